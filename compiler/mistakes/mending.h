/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* mending.h - how reading goes on after a mistake, and what the layout of the text tells about it. */
#ifndef OVLC_MENDING_H
#define OVLC_MENDING_H

#include "parse.h"

/* The text of the source being read.  Positions in other sources have no place in it. */
const char *text_of(const struct parse *p, struct pos at);      /* NULL when it is another source's */
const char *text_end(const struct parse *p);
struct pos pos_of(const struct parse *p, const char *from, const char *to);

/* Lines: columns of white space before the first character, where that is, and where the line ends. */
unsigned int indent_of(const struct parse *p, const char *at);
const char *line_first(const struct parse *p, const char *at);
const char *line_end(const struct parse *p, const char *at);

/* The brace on the rest of the line that opens a node, not a path; or NULL. */
const char *brace_on_line(const struct parse *p, const char *at);

/* What stands at a place as one word: a name, a character. */
int word_len(const struct parse *p, const char *at);

/* Whether a line looks like the beginning of a property, a node or a block. */
bool begins_item(const char *first);

/* Arrange what mistake_token() hands over: RESUME, with what stands at a place or behind the end of what does;
 * OPENED, inside a node whose brace was left out; or the brace of the open node, or of all of them, and then RESUME;
 * or just that brace. */
void resume_at(struct parse *p, const char *at);
void resume_behind(struct parse *p, const char *at);
void open_at(struct parse *p, const char *at);
void close_at(struct parse *p, const char *at);
void close_here(struct parse *p);
void close_all_at(struct parse *p, const char *at);

/* The first node of the block being read that the layout says was left open, and where it should have been
 * closed; NULL when it says nothing. */
const struct node *left_open(const struct parse *p, struct pos *before);

/* Whether the last block ended with a brace that the layout says belongs to something inside of it. */
bool closed_early(const struct parse *p);

#endif
