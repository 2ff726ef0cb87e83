/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* parse.h - what the scanner, the parser and its actions share.
 * The parser's actions call build_...() (build.c); those keep the node that is open, the value that grows,
 * and the labels that wait for what they stand on. */
#ifndef OVLC_PARSE_H
#define OVLC_PARSE_H

#include "source.h"
#include "tree.h"

/* A piece of text in the pool, or borrowed from the source. */
struct text {
	const char *ptr;
	uint32_t len;
	uint32_t hash;                  /* name_hash(), of a reference's */
};

/* How reading goes on after a mistake; NULL and 0 without one. */
struct mending {
	bool pending;                   /* mistake_token() has something to hand over */
	int token;                      /* RESUME or OPENED, */
	uint32_t from;                  /* with what stands from there on */
	unsigned int close;             /* so many nodes are closed then, with two tokens each */
	struct label *labels;           /* these stand before what comes then */
	uint32_t told_at;               /* the scanner told something of what is there */
	uint32_t last_at;               /* the parser came upon the token there, */
	uint32_t passed;                /* and the text from there on was passed over */
	bool told;                      /* there was one */
	bool header;                    /* it was told that there is no /dts-v1/ */
	const char *left_over;          /* what was told to have left something in the text */
	char wrong_brace;               /* a node was opened with another sign: what it will be closed with */
	bool no_include;                /* a file was not included: what it defines is not there */
	bool string;                    /* a string that is not closed was told */
	bool outside;                   /* a node outside of every node was told */
	bool in_list;                   /* something was told of this list of cells */
	bool plugin;                    /* a misplaced /plugin/ was told */
	bool no_plugin;                 /* there is none further down */
	bool skip_word;                 /* the next word belongs to what was told */
	uint32_t foreign[8];            /* characters that were told */
};

/* How many references are read before the first of them is looked up, a power of two. */
#define LATE_REFS 16
/* How many children plain.c opens that the grammar does not know of. */
#define MOST_OPENED 16

struct parse {
	struct tree *tree;
	struct sources *sources;
	struct diags *diags;
	void *scanner;
	struct source *source;          /* being read */
	const char *at;                 /* where in its text the next token is, blanks before it */
	enum { SCAN_START, SCAN_VALUES, SCAN_NAMES, SCAN_BYTES } scanning;      /* what can stand there */
	int begun[2];                   /* tokens of plain_begun(), 0 for none, */
	struct name *begun_name;        /* and what one of them is called; */
	struct pos opened[MOST_OPENED]; /* before these, one for each child that is open: its brace */
	unsigned int n_opened, n_told;
	bool syntax_errors;             /* something was said; nothing is written */

	/* The token read last, the one before it, and the one before it that is no label: a label belongs to
	 * what follows, when something is missing. */
	struct pos token, previous, before;
	bool token_is_label;
	struct pos quoted;              /* in single quotes, where a string may be meant: not one byte, */
	size_t quoted_len;              /* but these */
	bool saw_v1;
	bool stop;                      /* nothing that follows can be trusted */
	struct mending mending;         /* after a mistake, see mistakes.c */

	/* What is being built. */
	struct node *node;              /* innermost open node; NULL between blocks */
	struct node *block;             /* the root of the block being read */
	const struct node *disorder;    /* it was told that a property of it comes after a child */
	struct pos last_block;          /* the block read before, from its brace to its semicolon */
	struct label *labels, *last_label; /* waiting for a node or property */
	struct label *before_block;     /* those that stood before &ref { */
	bool omit;                      /* /omit-if-no-ref/ waits for a node */
	struct pos omit_pos;
	struct prop *prop;              /* whose value is being read */
	unsigned char *value;           /* its bytes so far, and room in the pool for more and for the next */
	size_t value_len, value_room;
	struct marker *markers, **last_marker;
	unsigned int bits;              /* of the cells being read */

	/* References that were read last, in a ring: build_refs(). */
	struct late_ref {
		struct marker *marker;  /* that is to get the name; NULL for none */
		struct text text;
	} late[LATE_REFS];
	unsigned int n_late;
};

/* parse.c: read the whole input into p->tree.  False when an error was reported. */
bool parse_source(struct parse *p, struct source *source);

/* What was read last. */
static inline void parse_note_token(struct parse *p, struct pos at, bool is_label)
{
	p->previous = p->token;
	if (!p->token_is_label)
		p->before = p->token;
	p->token = at;
	p->token_is_label = is_label;
}

/* The next token: plain.c takes what it knows, or says 0, and scanner.l reads the rest. */
union PARSE_STYPE;
int plain_token(struct parse *p, union PARSE_STYPE *value, struct pos *at);

/* By 64 and more nothing is left, whatever the processor would make of it. */
static inline uint64_t parse_shift_left(uint64_t a, uint64_t by)
{
	return by < 64 ? a << by : 0;
}

static inline uint64_t parse_shift_right(uint64_t a, uint64_t by)
{
	return by < 64 ? a >> by : 0;
}

/* What plain.c knows of the properties and children, or the cells, that come next goes in without the grammar.  Where
 * it knows no more, plain_begun() tells the grammar which children and what of a property there are already, or hands
 * over the name or the label that begins no such thing; 0: there is nothing. */
void plain_items(struct parse *p);
void plain_cells(struct parse *p);
int plain_begun(struct parse *p, union PARSE_STYPE *value, struct pos *at);

int scan_token(struct parse *p, union PARSE_STYPE *value, struct pos *at);

/* scanner.l.  scan_go() goes on at an offset of the source being read, scan_go_name() with a name there; a line
 * marker that is passed over so has to be noted. */
void scan_begin(struct parse *p, struct source *source);
void scan_end(struct parse *p);
void scan_go(struct parse *p, uint32_t offset);
void scan_go_name(struct parse *p, uint32_t offset);
void scan_line_marker(struct parse *p, const char *text, size_t len, struct pos at);

/* build.c: the bytes that a quoted text stands for, put at out. */
size_t unescape(struct parse *p, const char *text, size_t len, unsigned char *out, struct pos at);

/* What each rule of the grammar does */
void parse_error(struct parse *p, struct pos at, int id, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void build_header(struct parse *p, bool plugin, struct pos at);
void build_old_header(struct parse *p, struct pos at);
void build_reserve(struct parse *p, uint64_t address, uint64_t size);
void build_label(struct parse *p, struct name *name, struct pos at);
void build_omit(struct parse *p, struct pos at);

void build_open_root(struct parse *p, struct pos at);
void build_open_ref(struct parse *p, struct text ref, struct pos at);
void build_open_child(struct parse *p, struct name *name, struct pos at);
void build_open_nameless(struct parse *p, struct pos at);
void build_open_stray(struct parse *p, struct pos at);
void build_close_stray(struct parse *p);
void build_close_child(struct parse *p, struct pos at);
void build_close_root(struct parse *p, struct pos at);
void build_close_ref(struct parse *p, struct text ref, struct pos at, struct pos whole);
void build_delete_ref(struct parse *p, struct text ref, struct pos at);
void build_omit_ref(struct parse *p, struct text ref, struct pos at);
void build_delete_child(struct parse *p, struct name *name, struct pos at);
void build_delete_prop(struct parse *p, struct name *name, struct pos at);

void build_prop(struct parse *p, struct name *name, struct pos at);
void build_prop_done(struct parse *p, struct pos whole);
void build_prop_to_child(struct parse *p);
void build_mark(struct parse *p, enum marker_type type, const char *ref, struct pos at);
void build_text(struct parse *p, struct text text, struct pos at);
void build_bits(struct parse *p, uint64_t bits, struct pos at);
void build_cell(struct parse *p, uint64_t value, struct pos at);
void build_cell_ref(struct parse *p, struct text ref, struct pos at);
void build_path_ref(struct parse *p, struct text ref, struct pos at);
void build_refs(struct parse *p);       /* give all references that were read their names */
void build_byte(struct parse *p, unsigned char byte);
void build_incbin(struct parse *p, struct text file, const uint64_t *range, struct pos at);

#endif
