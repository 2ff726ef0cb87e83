/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* mutate.h - inputs changed by one who knows what they are made of.
 * mutate.c takes an input apart and changes one of its parts: a blob by its fields (mutate_blob.c), a text by its
 * tokens (mutate_text.c), anything else by its bytes.  It serves libFuzzer, AFL++ and the differential targets. */
#ifndef OVL_FUZZ_MUTATE_H
#define OVL_FUZZ_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes that are changed, in room that ends at `room`. */
struct buffer {
	uint8_t *at;
	size_t len, room;
};

/* Another part of the same input, or of another one, to take things from; may be empty. */
struct donor {
	const uint8_t *at;
	size_t len;
};

struct word {
	const char *text;
	size_t len;
};

/* ---------------------------------------------------------------- mutate.c */

/* Change an input in parts (fuzz.h); returns its new size, at most room. */
size_t mutate_input(uint8_t *data, size_t size, size_t room, struct donor other);

void random_seed(uint64_t seed);
/* Below n, which is not 0. */
uint32_t random_below(size_t n);

/* Put n bytes in the place of the `old` bytes at off; false, with nothing changed, when there is no room. */
bool buffer_replace(struct buffer *b, size_t off, size_t old, const void *bytes, size_t n);
void mutate_bytes(struct buffer *b);

/* ---------------------------------------------------------------- mutate_blob.c, mutate_text.c */

bool is_blob(const uint8_t *bytes, size_t len);
void mutate_blob(struct buffer *b, struct donor other);

bool is_text(const uint8_t *bytes, size_t len);
void mutate_text(struct buffer *b, struct donor other);

#endif
