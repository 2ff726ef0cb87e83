/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* pieces.h - the text of a source as the pieces that formatting moves and never changes: words, strings, signs,
 * comments, lines of the preprocessor.  A file that is only included, and one full of macros, has them as well as
 * a whole source. */
#ifndef OVLC_PIECES_H
#define OVLC_PIECES_H

#include "source.h"

enum piece_kind {
	PIECE_END,
	PIECE_WORD,	    /* a name, a number, a reference, a macro, an operator */
	PIECE_STRING,	    /* and a character */
	PIECE_SIGN,	    /* one of { } ; = , < > [ ] ( ) */
	PIECE_COMMENT,	    /* in C's first form */
	PIECE_LINE_COMMENT, /* from // on */
	PIECE_DIRECTIVE,    /* a line of the preprocessor, with the lines that it goes on in */
};

struct piece {
	enum piece_kind kind;
	const char *at;
	size_t len;
	unsigned int newlines; /* between it and the piece before */
	bool apart, far;       /* something is between the two; a tab, or more than one blank */
	bool nested;	       /* it stands inside ( ) */
};

struct pieces {
	struct sources *sources;
	const struct source *source;
	const char *at, *end;
	bool value; /* behind a `=`, where a comma and angle brackets are signs */
	unsigned int parentheses;
	bool failed;
};

void pieces_start(struct pieces *pieces, struct sources *sources, const struct source *source);

/* PIECE_END at the end, and at what is no source: then failed is set, and it was reported. */
struct piece pieces_next(struct pieces *pieces);

bool piece_is(const struct piece *piece, char sign);

#endif
