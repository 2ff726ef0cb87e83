/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* input.c - the bytes of a fuzzer into the parts of an input, see fuzz.h, and a target called with them. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((weak)) void fuzz_start(void)
{
}

/* Standard error may be closed, or be a target's own. */
_Noreturn void fuzz_fail(const char *file, int line, const char *what)
{
	dprintf(STDERR_FILENO, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

unsigned int choose(struct input *input, unsigned int n)
{
	return input->n_chosen < input->choices.len ? input->choices.bytes[input->n_chosen++] % n : 0;
}

/* The next part of data: where it starts; *at is moved behind it. */
static const uint8_t *next_part(const uint8_t *data, size_t size, size_t *at, size_t *len)
{
	const uint8_t *start;

	*len = 0;
	if (size - *at < 2)
		return data + *at;
	start = data + *at + 2;
	*len = (size_t)start[-2] << 8 | start[-1];
	if (*len > size - *at - 2)
		*len = size - *at - 2;
	*at += 2 + *len;
	return start;
}

static void take(struct part *part, const uint8_t *bytes, size_t len)
{
	part->bytes = malloc(len);
	EXPECT(part->bytes || !len);
	part->len = len;
	if (len)
		memcpy(part->bytes, bytes, len);
}

static void give_back(struct part *part, const uint8_t *bytes)
{
	EXPECT(!part->len || memcmp(part->bytes, bytes, part->len) == 0);
	free(part->bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;
	const uint8_t *from[1 + FUZZ_PARTS];
	struct input input = { .n_chosen = 0 };
	size_t at = 0, len;

	if (!started)
		fuzz_start();
	started = true;
	for (size_t i = 0; i <= FUZZ_PARTS; i++) {
		from[i] = next_part(data, size, &at, &len);
		take(i ? &input.parts[i - 1] : &input.choices, from[i], len);
	}
	fuzz_target(&input);
	for (size_t i = 0; i <= FUZZ_PARTS; i++)
		give_back(i ? &input.parts[i - 1] : &input.choices, from[i]);
	return 0;
}
