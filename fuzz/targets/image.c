/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* image.c - fuzz target: any bytes as an Android image of device trees, and images made of any blobs.
 * Parts: an image, two blobs, numbers for their entries.  What create writes passes verify, and its entries come
 * out again as the blobs that went in; a broken one is refused or listed, never believed. */
#include <stdio.h>
#include <string.h>

#include "files.h"

void fuzz_start(void)
{
	files_quiet();
}

static void take_apart(void)
{
	char entry[24];

	ovl("image", "list", "image");
	ovl("image", "verify", "image");
	for (unsigned int i = 0; i < 3; i++) {
		snprintf(entry, sizeof(entry), "%u", i);
		ovl("image", "extract", "image", entry, "-o", "out");
		snprintf(entry, sizeof(entry), "image:%u", i);
		ovl("dump", entry);
	}
	ovl("image", "extract", "image", "id=1", "-o", "out");
}

static void make_one(struct input *input)
{
	static const char *const packed[] = { "plain", "zlib", "gzip" };
	static const char *const formats[] = { "", "--format=0", "--format=1" };
	const struct file_bytes *out;
	char one[48], two[48];

	snprintf(one, sizeof(one), "one,id=%u,pack=%s", choose(input, 256), packed[choose(input, 3)]);
	snprintf(two, sizeof(two), "two,rev=%u,pack=%s", choose(input, 256), packed[choose(input, 3)]);
	if (ovl("image", "create", one, two, formats[choose(input, 3)], "-o", "out"))
		return;
	out = files_get("out");
	files_put("made", out->bytes, out->len);
	EXPECT(ovl("image", "verify", "made") == 0);
	EXPECT(ovl("image", "extract", "made", "0", "-o", "out") == 0 && files_same("out", "one"));
	EXPECT(ovl("image", "extract", "made", "1", "-o", "out") == 0 && files_same("out", "two"));
}

void fuzz_target(struct input *input)
{
	files_put_part("image", &input->parts[0]);
	files_put_part("one", &input->parts[1]);
	files_put_part("two", &input->parts[2]);
	take_apart();
	make_one(input);
	files_clear();
}
