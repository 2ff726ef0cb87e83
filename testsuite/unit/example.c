/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* example.c - the README's example of libovl, word for word, as a function that is compiled and run.
 * The build takes the text out of README.md (readme.inc); what it needs around it is here.
 * Usage: example BASE OVERLAY WANTED: applies the overlay and compares with the blob WANTED. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "load.h"
#include "ovl.h"

struct input {
	unsigned char bytes[1 << 16];
	size_t len;
};

static unsigned char out[1 << 16];
static uint32_t storage[1 << 15];

static enum ovl_err merge(const void *base, size_t base_len, const void *overlay, size_t overlay_len,
			  size_t *out_len)
{
	struct ovl_error err = { .code = OVL_OK };

	{
#include "readme.inc"
	}
	return err.code;
}

int main(int argc, char **argv)
{
	static struct input base, overlay, wanted;
	size_t out_len = 0;
	int same;

	if (argc != 4) {
		fputs("usage: example BASE OVERLAY WANTED\n", stderr);
		return 2;
	}
	base.len = load_file_into(argv[1], base.bytes, sizeof(base.bytes));
	overlay.len = load_file_into(argv[2], overlay.bytes, sizeof(overlay.bytes));
	wanted.len = load_file_into(argv[3], wanted.bytes, sizeof(wanted.bytes));
	same = merge(base.bytes, base.len, overlay.bytes, overlay.len, &out_len) == OVL_OK &&
	       out_len == wanted.len && memcmp(out, wanted.bytes, out_len) == 0;
	if (!same)
		printf("FAIL example: its result is not that of ovl apply\n");
	printf("example: %d passed, %d failed, 0 skipped\n", same, !same);
	return !same;
}
