/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* scene.h - the token at fault and what stands around it, and what is said of it in each place. */
#ifndef OVLC_SCENE_H
#define OVLC_SCENE_H

#include "parse.h"

/* The token at fault, and what stands around it. */
struct scene {
	struct parse *p;
	struct pos pos;
	const char *at;                 /* in the text of the source being read */
	int len;                        /* of the word there */
	const char *prev;               /* the token before, NULL when it is in another file */
	int prev_len;
	bool same_line;                 /* as that */
	bool at_end;                    /* of the whole text */
	struct text seen;               /* what stands there, in the words of a message */
};

#define WORD_AT(s) (s)->len, (s)->at
#define SEEN(s) (int)(s)->seen.len, (s)->seen.ptr
#define PREV(s) (s)->prev_len, (s)->prev        /* where it is known not to be in another file: across_files() */

struct scene scene_of(struct parse *p, struct pos pos);
/* One mistake on a line is told: what more there is comes of it most of the time. */
bool on_told_line(const struct parse *p, struct pos here);

struct pos word_pos(const struct scene *s);
struct pos gap(const struct parse *p);          /* where a token was left out: behind the one before */

/* What to do, for people and as a suggestion: add something at a place, remove what stands there, or write
 * something else. */
void help_to_add(struct parse *p, struct pos at, const char *what);
void help_to_remove(struct parse *p, struct pos at);
void help_instead(struct parse *p, struct pos at, const char *text, int len);

void note(struct parse *p, struct pos at, const char *text);
const char *find(const char *from, const char *end, const char *text);

/* What may be anywhere; true when it was that, and has been told: a directive without its slashes, a line of
 * the preprocessor that is misspelt, and what a merge, a patch, a listing or a web page leaves in a text. */
bool tell_directive(struct scene *s, const char *at);
bool tell_cpp_line(struct scene *s, const char *at, int len);
bool left_over(struct scene *s);

/* values.c */
void before_value(struct scene *s);
void behind_value(struct scene *s);
void in_cells(struct scene *s);
void in_bytes(struct scene *s);
void in_expression(struct scene *s, bool operand);

/* outside.c */
void no_header(struct scene *s);
void at_top(struct scene *s);
void no_brace(struct scene *s);
void no_end(struct scene *s);

#endif
