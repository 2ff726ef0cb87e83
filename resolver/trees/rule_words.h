/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* rule_words.h - a file of lines, word by word, each with its place.  A word may stand in double quotes, which are
 * no part of it.  A # at the start of a line, or with a blank behind it, begins a comment. */
#ifndef OVL_RESOLVER_RULE_WORDS_H
#define OVL_RESOLVER_RULE_WORDS_H

#include "diag.h"
#include "file.h"

struct words {
	struct diags *diags;
	const char *file;
	uint32_t line;
	char *at, *end; /* what is left of the file */
	char *start;	/* of the line */
	char *word;	/* at hand, NUL-terminated; NULL at the end of the line */
	char *stop;	/* what follows it */
	bool quoted, over; /* the line is over */
	bool failed;	   /* a quote had no end, which was reported */
};

/* The bytes are written to, and borrowed as long as words are used. */
void words_start(struct words *words, struct diags *diags, const char *name, struct file_bytes *file);

/* The next line with a word in it, and that word; false at the end of the file. */
bool words_line(struct words *words);

/* The next word of the line; false, and no word, at its end. */
bool words_next(struct words *words);

/* The word at hand, or the end of the line. */
struct diag_place words_place(const struct words *words);
bool words_is(const struct words *words, const char *word);

/* Whether the word at hand is a number as C has it, from 0 to most. */
bool words_number(const struct words *words, uint64_t most, uint64_t *number);

/* Report that the word at hand is not what is wanted; false. */
bool words_wrong(const struct words *words, const char *wanted);

/* Whether a text is what a pattern says: * for any run of bytes but '/', ** for any, ? for one. */
bool words_match(const char *pattern, const char *text, size_t len);

/* Whether one of the texts in a value is. */
bool words_match_any(const char *pattern, const unsigned char *value, size_t len);

#endif
