/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* mistakes.h - what is said of a mistake in a source, and where reading goes on after it. */
#ifndef OVLC_MISTAKES_H
#define OVLC_MISTAKES_H

#include "parse.h"

/* What to do about it: the line under an error. */
#define help(p, ...) diag_help((p)->diags, NULL, __VA_ARGS__)

/* What the parser was reading when it came upon what cannot stand there. */
enum reading {
	READING_TOP,                    /* between blocks */
	READING_BODY,                   /* a property or a node is to come */
	READING_NAME,                   /* after the name of one */
	READING_VALUE,                  /* a value is to come */
	READING_NEXT_VALUE,             /* after a value */
	READING_CELLS,                  /* inside < > */
	READING_BYTES,                  /* inside [ ] */
	READING_OPERAND,                /* in an expression, a number is to come, */
	READING_OPERATOR,               /* or what connects two */
	READING_REF,                    /* a reference is to come, */
	READING_DELETED,                /* or the name of what a directive deletes, */
	READING_OPEN,                   /* or the brace of a block, */
	READING_END,                    /* or a semicolon */
	READING_OTHER,
};

/* Say what is wrong with the token at a place, unless that was told, and arrange that mistake_token() leads
 * the parser to what can be read next; stop: to the end. */
void mistake(struct parse *p, struct pos at, enum reading reading, bool told, bool stop);

/* The token that the parser takes in place of the next one of the text; 0 for none. */
int mistake_token(struct parse *p, struct pos *at);

/* Mistakes after which reading goes on where it is: those that the grammar has rules for, */
void mistake_plugin(struct parse *p, struct pos at);
void mistake_ampersand(struct parse *p, struct pos at);
void mistake_semicolon(struct parse *p, struct pos at);
void mistake_brace(struct parse *p, struct pos at);
void mistake_word(struct parse *p, struct text word, struct pos at);
void mistake_in_cells(struct parse *p, struct pos at);

/* those that the builder finds: whether a label is unknown because the /plugin/ stands further down; */
bool mistake_late_plugin(struct parse *p);

/* and those that the scanner comes upon.  A directive or a character may stand for another one clearly enough:
 * then that token is returned, with its text; TOLD to pass it over with all it belongs to; 0 for none. */
int mistake_directive(struct parse *p, const char *text, size_t len, struct pos at);
int mistake_foreign(struct parse *p, const char *text, size_t len, struct pos *at, struct text *quoted);
bool mistake_include(struct parse *p, struct pos at);   /* true when it was to be an /incbin/ */
void mistake_ref(struct parse *p, const char *text, size_t len, struct pos at);

#endif
