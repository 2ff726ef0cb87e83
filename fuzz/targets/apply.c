/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* apply.c - fuzz target: any two overlays applied to any base.
 * Parts: the base, the first overlay, the second.  A refused overlay leaves the tree as it was; what is written is
 * whole for libfdt and comes out the same when it is opened and written again; in one call, in place, and in
 * storage of exactly the size that was said it is the same tree, or the same refusal with nothing changed. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static uint32_t storage[ROOM / 4], again[ROOM / 4];
static struct image before, after, twice;

static bool apply(struct ovl_tree *tree, const struct part *overlay, const struct ovl_apply_options *options)
{
	struct ovl_error err;
	enum ovl_err code;

	write_tree(tree, &before);
	code = ovl_apply(tree, overlay->bytes, overlay->len, options, &err);
	EXPECT(code == err.code);
	write_tree(tree, &after);
	EXPECT(!code || same_bytes(&before, &after));
	return !code;
}

/* What was written is a base like any other. */
static void read_back(void)
{
	const struct part written = { after.bytes, after.len };

	if (!after.len)
		return;
	expect_valid(after.bytes, after.len);
	if (apply_all(&written, NULL, 0, NULL, again, &twice, NULL))
		EXPECT(same_bytes(&after, &twice));
}

/* In storage and a buffer that are not a byte larger than what was said. */
static void apply_once(const struct part *base, const struct part *overlay)
{
	bool possible = apply_all(base, &overlay, 1, NULL, again, &after, NULL);
	size_t bytes, most, len;
	unsigned char *own, *out;
	struct ovl_error err;

	if (ovl_overlay_size(base->bytes, base->len, overlay->bytes, overlay->len, &bytes, &most, &err)) {
		EXPECT(!possible);
		return;
	}
	own = malloc(bytes);
	out = malloc(most);
	EXPECT(own && out);
	EXPECT(!ovl_overlay_apply(base->bytes, base->len, overlay->bytes, overlay->len, own, bytes, out, most, &len,
				  &err) == possible || is_limit(err.code));
	EXPECT(err.code != OVL_ERR_SPACE);
	EXPECT(err.code || (len == after.len && memcmp(out, after.bytes, len) == 0));
	EXPECT(!ovl_libfdt_code(err.code) == !err.code);
	free(own);
	free(out);
}

static void apply_in_place(const struct part *base, const struct part *overlay, size_t room)
{
	bool possible = apply_all(base, &overlay, 1, NULL, again, &after, NULL);
	unsigned char *buffer = malloc(room);
	struct ovl_error err;

	EXPECT(buffer);
	memcpy(buffer, base->bytes, base->len);
	if (ovl_overlay_apply_in_place(buffer, room, overlay->bytes, overlay->len, again, sizeof(again), &err)) {
		EXPECT(!possible || is_limit(err.code));
		EXPECT(memcmp(buffer, base->bytes, base->len) == 0);
	} else {
		EXPECT(possible && memcmp(buffer, after.bytes, after.len) == 0);
	}
	free(buffer);
}

void fuzz_target(struct input *input)
{
	static const unsigned int flags[] = { 0, OVL_KEEP, OVL_ALLOW_CELLS | OVL_LOOSE, OVL_NEW_ONLY };
	const struct ovl_range reserved = { 3, 3 + choose(input, 64) };
	const struct ovl_symbol symbol = { ovl_str("given"), ovl_str("/") };
	const struct ovl_apply_options options = { flags[choose(input, 4)], &symbol, 1, &reserved, choose(input, 2) };
	const struct part *base = &input->parts[0], *first = &input->parts[1], *second = &input->parts[2];
	struct ovl_tree tree;
	size_t slack = choose(input, 256);

	if (ovl_tree_open(&tree, base->bytes, base->len, storage, sizeof(storage), NULL))
		return;
	apply(&tree, first, &options);
	apply(&tree, second, &options);
	read_back();
	apply_once(base, first);
	apply_in_place(base, second, base->len + slack * 8);
}
