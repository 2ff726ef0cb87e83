/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* value.h - words of a command line into the bytes of a property, and those bytes into words.
 * How is said by a type as fdtget and fdtput take it: i, u, x (numbers), s (strings) or r (bytes as
 * they are), with the size of a number before it: hh or b for one byte, h for two, l for four. */
#ifndef OVL_RESOLVER_VALUE_H
#define OVL_RESOLVER_VALUE_H

#include "text.h"
#include "verb.h"

/* Nothing set stands for what a tool does when no type is given. */
struct value_type {
	char letter;
	unsigned int size; /* of a number, 0 when it is not said */
};

/* False when the word is no type. */
bool value_type_read(const char *word, struct value_type *type);

/* One or more texts in ASCII, none of them empty, each with its NUL: what fdtget and fdtdump print
 * as strings. */
bool value_is_strings(const unsigned char *value, size_t len);

/* Add the bytes that the words stand for, one after the other.  Verbose: say on standard error what
 * each was read as.  USAGE for a word that is no such value; it has been reported. */
enum status value_encode(struct text *out, struct diags *diags, struct value_type type,
			 char *const *words, size_t n_words, bool verbose);

enum value_problem { VALUE_FINE, VALUE_NO_WHOLE_NUMBER, VALUE_UNTERMINATED };

/* Add the value as a line of text. */
enum value_problem value_print(struct text *out, struct value_type type,
			       const unsigned char *value, size_t len);

#endif
