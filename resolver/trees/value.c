/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* value.c - words of a command line into the bytes of a property and back, see value.h.
 * Numbers are read as by fdtput of dtc 1.8: the whole word must be one.  Type h gives
 * the number in two bytes, where fdtput 1.6.1 writes memory that it never set. */
#include "value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool value_type_read(const char *word, struct value_type *type)
{
	static const struct {
		const char *prefix;
		unsigned int size;
	} sizes[] = { { "hh", 1 }, { "b", 1 }, { "h", 2 }, { "l", 4 } };

	*type = (struct value_type){ 0 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && !type->size; i++) {
		size_t len = strlen(sizes[i].prefix);

		if (strncmp(word, sizes[i].prefix, len) == 0) {
			type->size = sizes[i].size;
			word += len;
		}
	}
	type->letter = word[0];
	return word[0] && strchr("iuxsr", word[0]) && !word[1];
}

bool value_is_strings(const unsigned char *value, size_t len)
{
	bool inside = false;

	for (size_t i = 0; i < len; i++) {
		if (value[i] ? value[i] < 0x20 || value[i] > 0x7e : !inside)
			return false;
		inside = value[i];
	}
	return len && !inside;
}

/* ---------------------------------------------------------------- words into bytes */

static int base_of(struct value_type type)
{
	return type.letter == 'x' ? 16 : type.letter == 'i' || type.letter == 'u' ? 0 : 10;
}

static const char *kind_of_number(struct value_type type)
{
	return type.letter == 'x' ? "hexadecimal number" : type.letter ? "number" : "decimal number";
}

/* Negative numbers are in two's complement.  *fits: the size holds the number. */
static bool read_number(const char *word, struct value_type type, unsigned long long *number,
			bool *fits)
{
	unsigned int bits = 8 * type.size;
	bool negative = word[strspn(word, " \t\n\v\f\r")] == '-';
	char *end;

	errno = 0;
	if (negative)
		*number = (unsigned long long)strtoll(word, &end, base_of(type));
	else
		*number = strtoull(word, &end, base_of(type));
	*fits = negative ? -*number <= 1ull << (bits - 1) : *number >> bits == 0;
	return end != word && !*end && !errno;
}

static void say_number(struct value_type type, unsigned long long number)
{
	static const char *const names[] = { [1] = "byte", [2] = "short", [4] = "int" };

	fprintf(stderr, "\t%s: %d\n", names[type.size], (int)(unsigned int)number);
}

static enum status encode_number(struct text *out, struct diags *diags, struct value_type type,
				 const char *word, bool verbose)
{
	unsigned long long number;
	bool fits;

	if (!read_number(word, type, &number, &fits)) {
		diag_error(diags, NULL, MSG_NOT_A_NUMBER, word, kind_of_number(type));
		if (!type.letter)
			diag_help(diags, NULL, "with -t s it is a string, with -t x hexadecimal");
		return USAGE;
	}
	if (!fits)
		diag_warning(diags, NULL, MSG_NUMBER_CUT, word, type.size,
			     type.size == 1 ? "" : "s",
			     number & ((1ull << 8 * type.size) - 1));
	for (unsigned int i = type.size; i-- > 0; ) {
		unsigned char byte = (unsigned char)(number >> 8 * i);

		text_put(out, &byte, 1);
	}
	if (verbose)
		say_number(type, number);
	return DONE;
}

enum status value_encode(struct text *out, struct diags *diags, struct value_type type,
			 char *const *words, size_t n_words, bool verbose)
{
	enum status status = DONE;

	if (!type.size)
		type.size = 4;
	if (verbose)
		fprintf(stderr, "Decoding value:\n");
	for (size_t i = 0; i < n_words && !status; i++) {
		if (type.letter != 's') {
			status = encode_number(out, diags, type, words[i], verbose);
			continue;
		}
		text_put(out, words[i], strlen(words[i]) + 1);
		if (verbose)
			fprintf(stderr, "\tstring: '%s'\n", words[i]);
	}
	if (verbose && !status)
		fprintf(stderr, "Value size %zu\n", out->len);
	return status;
}

/* ---------------------------------------------------------------- bytes into text */

static void print_number(struct text *out, struct value_type type, const unsigned char *value,
			 unsigned int size)
{
	uint32_t number = 0;

	for (unsigned int i = 0; i < size; i++)
		number = number << 8 | value[i];
	if (type.letter == 'x')
		text_add(out, "%x", number);
	else if (type.letter == 'u')
		text_add(out, "%u", number);
	else
		text_add(out, "%d", (int)number);
}

static enum value_problem print_numbers(struct text *out, struct value_type type,
					const unsigned char *value, size_t len)
{
	unsigned int size = type.size ? type.size : len % 4 ? 1 : 4;

	if (len % size)
		return VALUE_NO_WHOLE_NUMBER;
	for (size_t i = 0; i < len; i += size) {
		text_add(out, "%s", i ? " " : "");
		print_number(out, type, value + i, size);
	}
	text_add(out, "\n");
	return VALUE_FINE;
}

/* With a blank between two strings. */
static enum value_problem print_strings(struct text *out, const unsigned char *value, size_t len)
{
	if (len && value[len - 1])
		return VALUE_UNTERMINATED;
	for (size_t i = 0; i + 1 < len; i++)
		text_put(out, value[i] ? &value[i] : (const unsigned char *)" ", 1);
	text_add(out, "\n");
	return VALUE_FINE;
}

enum value_problem value_print(struct text *out, struct value_type type,
			       const unsigned char *value, size_t len)
{
	if (type.letter == 'r') {
		text_put(out, value, len);
		text_add(out, "\n");
		return VALUE_FINE;
	}
	if (type.letter == 's' || (!type.letter && value_is_strings(value, len)))
		return print_strings(out, value, len);
	return print_numbers(out, type, value, len);
}
