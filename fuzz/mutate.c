/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* mutate.c - an input into another one, see mutate.h, for libFuzzer and for AFL++.
 * The same source is linked into a target (libFuzzer's LLVMFuzzerCustomMutator) and loaded by afl-fuzz as a shared
 * object (AFL++'s afl_custom_fuzz).  Everything random comes from the seed that these give. */
#include "mutate.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* ---------------------------------------------------------------- numbers and bytes */

static uint64_t state = 1;

void random_seed(uint64_t seed)
{
	state = seed * 2654435761u + 1;
}

uint32_t random_below(size_t n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((state >> 33) % n);
}

bool buffer_replace(struct buffer *b, size_t off, size_t old, const void *bytes, size_t n)
{
	if (off > b->len || old > b->len - off || b->len - old + n > b->room)
		return false;
	memmove(b->at + off + n, b->at + off + old, b->len - off - old);
	if (n)
		memcpy(b->at + off, bytes, n);
	b->len = b->len - old + n;
	return true;
}

void mutate_bytes(struct buffer *b)
{
	uint8_t byte = (uint8_t)random_below(256);
	size_t off = b->len ? random_below(b->len) : 0;

	switch (b->len ? random_below(5) : 0) {
	case 0: buffer_replace(b, off, 0, &byte, 1); break;
	case 1: buffer_replace(b, off, 1, NULL, 0); break;
	case 2: b->at[off] = byte; break;
	case 3: b->at[off] ^= (uint8_t)(1u << byte % 8); break;
	default: b->at[off] = (uint8_t)(b->at[off] + byte % 17 - 8); break;
	}
}

/* ---------------------------------------------------------------- parts */

static void mutate_part(struct buffer *b, struct donor other)
{
	if (is_blob(b->at, b->len) && random_below(32))
		mutate_blob(b, other);
	else if (is_text(b->at, b->len) && random_below(32))
		mutate_text(b, other);
	else
		mutate_bytes(b);
}

/* What the parts of an input are; returns how many. */
static size_t find_parts(const uint8_t *data, size_t size, struct donor parts[1 + FUZZ_PARTS])
{
	size_t n = 0, at = 0;

	while (n <= FUZZ_PARTS && size - at >= 2) {
		size_t len = (size_t)data[at] << 8 | data[at + 1];

		at += 2;
		if (len > size - at)
			len = size - at;
		parts[n++] = (struct donor){ data + at, len };
		at += len;
	}
	return n;
}

/* With the bytes of one part in b. */
static size_t put_together(uint8_t *out, const struct donor *parts, size_t n, size_t which, const struct buffer *b)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		struct donor part = i == which ? (struct donor){ b->at, b->len } : parts[i];

		out[at++] = (uint8_t)(part.len >> 8);
		out[at++] = (uint8_t)part.len;
		memcpy(out + at, part.at, part.len);
		at += part.len;
	}
	return at;
}

/* The choices come first; most of the changes are to what they are about. */
static size_t some_part(const struct donor *parts, size_t n)
{
	size_t which = random_below(8) ? 1 + random_below(n) : 0;

	while (which >= n || (which && !parts[which].len && random_below(8)))
		which = random_below(n);
	return which;
}

size_t mutate_input(uint8_t *data, size_t size, size_t room, struct donor other)
{
	static uint8_t changed[0x10000], whole[8 * 0x10000];
	struct donor parts[1 + FUZZ_PARTS], theirs[1 + FUZZ_PARTS], from;
	size_t n = find_parts(data, size, parts), n_theirs = find_parts(other.at, other.len, theirs), which;
	struct buffer b = { changed, 0, 0xffff };

	if (!n || size > sizeof(whole) / 2) {
		b = (struct buffer){ data, size, room };
		mutate_bytes(&b);
		return b.len;
	}
	which = some_part(parts, n);
	from = n_theirs && random_below(2) ? theirs[random_below(n_theirs)] : parts[random_below(n)];
	if (room - size < b.room - parts[which].len)
		b.room = parts[which].len + (room - size);
	memcpy(changed, parts[which].at, parts[which].len);
	b.len = parts[which].len;
	if (which && !random_below(16) && from.len <= b.room)
		buffer_replace(&b, 0, b.len, from.at, from.len);
	else
		for (uint32_t times = 1u << random_below(3); times; times--)
			mutate_part(&b, from);
	size = put_together(whole, parts, n, which, &b);
	memcpy(data, whole, size);
	return size;
}

/* ---------------------------------------------------------------- libFuzzer */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room) __attribute__((weak));

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned int seed);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned int seed)
{
	random_seed(seed);
	/* Its own ways know the dictionary and what was compared with what. */
	if (LLVMFuzzerMutate && random_below(4) == 0)
		return LLVMFuzzerMutate(data, size, room);
	return mutate_input(data, size, room, (struct donor){ NULL, 0 });
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_len, const uint8_t *two, size_t two_len, uint8_t *out,
				 size_t room, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_len, const uint8_t *two, size_t two_len, uint8_t *out,
				 size_t room, unsigned int seed)
{
	random_seed(seed);
	if (one_len > room)
		return 0;
	memcpy(out, one, one_len);
	return mutate_input(out, one_len, room, (struct donor){ two, two_len });
}

/* ---------------------------------------------------------------- AFL++ */

enum { AFL_ROOM = 1 << 20 };

void *afl_custom_init(void *afl, unsigned int seed);
void *afl_custom_init(void *afl, unsigned int seed)
{
	(void)afl;
	random_seed(seed);
	return malloc(AFL_ROOM);
}

void afl_custom_deinit(void *own);
void afl_custom_deinit(void *own)
{
	free(own);
}

size_t afl_custom_fuzz(void *own, uint8_t *data, size_t size, uint8_t **out, uint8_t *other, size_t other_len,
		       size_t room);
size_t afl_custom_fuzz(void *own, uint8_t *data, size_t size, uint8_t **out, uint8_t *other, size_t other_len,
		       size_t room)
{
	if (room > AFL_ROOM)
		room = AFL_ROOM;
	if (size > room)
		size = room;
	*out = own;
	memcpy(own, data, size);
	return mutate_input(own, size, room, (struct donor){ other, other_len });
}
