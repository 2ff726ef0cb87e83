/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* space.c - what libovl promises about room, on a base and a stack of overlays from files.  For each of
 *   ovl_tree_open, ovl_apply (with and without OVL_KEEP), ovl_flatten_size, ovl_flatten, ovl_check_overlay
 * every storage, and every output, from nothing to enough: too little is one clean OVL_ERR_SPACE with the
 * exact need, which is what the call that tells the size says; tree, base, overlay and output are as they
 * were, and nothing around them is written; with the need itself the call succeeds.
 * Sizes go up by a word, in the end by a byte; of large ones all up to 4 KiB, some between, and all in the
 * last 1 KiB are tried.
 * Usage: space BASE OVERLAY...    Prints what failed, how much was tried, then "N passed, N failed". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "ovl.h"

enum { WORD = 4, ALL_BELOW = 4096, ALL_NEAR = 1024, BETWEEN = 64, PATTERN = 0xa5 };

/* Under ASan the borders of a block that is exactly as long see reading, too. */
#if defined(__SANITIZE_ADDRESS__)
#define GUARD ((size_t)0)
#else
#define GUARD ((size_t)64)
#endif

/* Bytes with guards around them. */
struct block {
	unsigned char *bytes;
	size_t len;
};

static unsigned long n_passed, n_failed, n_sizes;
static const char *input;

/* ---------------------------------------------------------------- helpers */

static int expect(int holds, const char *call, const char *what, size_t at)
{
	n_passed += holds != 0;
	n_failed += !holds;
	if (!holds && n_failed <= 20)
		printf("FAIL %s: %s: %s (at %zu)\n", input, call, what, at);
	return holds;
}

static void stop(const char *why)
{
	printf("FAIL %s: %s\nspace: %lu passed, %lu failed\n", input, why, n_passed, n_failed + 1);
	exit(1);
}

static struct block block_new(size_t len)
{
	unsigned char *whole = malloc(len + 2 * GUARD + !(len + GUARD));

	if (!whole)
		stop("out of memory");
	memset(whole, PATTERN, len + 2 * GUARD);
	return (struct block){ whole + GUARD, len };
}

static struct block block_copy(const unsigned char *bytes, size_t n, size_t len)
{
	struct block b = block_new(len);

	memcpy(b.bytes, bytes, n);
	return b;
}

static int all_pattern(const unsigned char *bytes, size_t n)
{
	while (n && bytes[n - 1] == PATTERN)
		n--;
	return n == 0;
}

static int guards_hold(const struct block *b)
{
	return all_pattern(b->bytes - GUARD, GUARD) && all_pattern(b->bytes + b->len, GUARD);
}

static void block_free(struct block *b)
{
	free(b->bytes - GUARD);
}

static int same(const struct block *a, const struct block *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static struct block load_block(const char *path)
{
	struct blob file = load(path);
	struct block b = block_copy(file.bytes, file.len, file.len);

	free(file.bytes);
	return b;
}

/* The size to try after this one, on the way from start to need; the last is need. */
static size_t next_size(size_t size, size_t start, size_t need, size_t step)
{
	size_t done = size - start, all = need - start, stride = (all / BETWEEN + WORD) / WORD * WORD;

	n_sizes++;
	if (all > ALL_BELOW + 2 * ALL_NEAR && done >= ALL_BELOW && all - done > ALL_NEAR)
		step = stride < all - done - ALL_NEAR ? stride : all - done - ALL_NEAR;
	else if (all - done <= WORD)
		step = 1;
	return done + step < all || done == all ? size + step : need;
}

/* Whether err says that there is no room, that so much is enough, and nothing else. */
static int says_space(enum ovl_err code, const struct ovl_error *err, enum ovl_side side, size_t need)
{
	struct ovl_error clean;

	memset(&clean, 0, sizeof(clean));
	clean.code = OVL_ERR_SPACE;
	clean.side = side;
	clean.need_bytes = need;
	/* Both are zero where they have no member.  NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c) */
	return code == OVL_ERR_SPACE && memcmp(&clean, err, sizeof(clean)) == 0;
}

/* A tree with its storage copied to a block of that size. */
static struct block move(struct ovl_tree *to, const struct ovl_tree *from, const struct block *base, size_t size)
{
	struct block storage = block_copy((const unsigned char *)from->words, ovl_tree_used(from), size);

	*to = *from;
	ovl_tree_moved(to, base->bytes, storage.bytes, size);
	return storage;
}

/* What a blob says of itself (DTSpec 5.2). */
static size_t totalsize(const struct block *b)
{
	return (size_t)b->bytes[4] << 24 | (size_t)b->bytes[5] << 16 | (size_t)b->bytes[6] << 8 | b->bytes[7];
}

/* What the tree is, in bytes, without touching it or its storage. */
static struct block flat(const struct ovl_tree *tree, const struct block *base)
{
	struct ovl_tree copy;
	struct block storage = move(&copy, tree, base, ovl_tree_used(tree) + ovl_flatten_storage(tree)), out;
	size_t len = 0;

	if (ovl_flatten_size(&copy, &len, NULL))
		stop("cannot be measured");
	out = block_new(len);
	if (ovl_flatten(&copy, out.bytes, out.len, &len, NULL))
		stop("cannot be flattened");
	expect(len == out.len && totalsize(&out) == len, "ovl_flatten_size", "not the blob's own", len);
	block_free(&storage);
	return out;
}

/* Whether a refused call left the tree, its storage and what it flattens to as they were. */
static int unchanged(const struct ovl_tree *now, const struct ovl_tree *before, const struct block *storage,
		     const struct block *base, const struct ovl_tree *origin, const struct block *wanted)
{
	struct block is;
	int holds;

	if (memcmp(now, before, sizeof(*now)) != 0 || !guards_hold(storage) || !guards_hold(base) ||
	    memcmp(storage->bytes, origin->words, ovl_tree_used(origin)) != 0)
		return 0;
	is = flat(now, base);
	holds = same(&is, wanted);
	block_free(&is);
	return holds;
}

/* ---------------------------------------------------------------- open */

static void test_open(const struct block *base, const struct block *base_was)
{
	size_t need = 0, size;
	struct ovl_error err;

	expect(!ovl_tree_size(base->bytes, base->len, &need, &err), "ovl_tree_size", "refused", 0);
	for (size = 0; size <= need; size = next_size(size, 0, need, WORD)) {
		struct block storage = block_new(size);
		struct ovl_tree tree;
		enum ovl_err code = ovl_tree_open(&tree, base->bytes, base->len, storage.bytes, size, &err);

		if (size < need)
			expect(says_space(code, &err, OVL_STORAGE, need), "ovl_tree_open", "too little", size);
		else
			expect(!code && ovl_tree_used(&tree) == need && ovl_tree_peak(&tree) == need, "ovl_tree_open",
			       "enough", size);
		expect(guards_hold(&storage) && same(base, base_was), "ovl_tree_open", "wrote elsewhere", size);
		block_free(&storage);
	}
}

/* ---------------------------------------------------------------- apply and check */

static void test_apply(const struct ovl_tree *origin, const struct block *base, const struct block *overlay,
		       const struct ovl_apply_options *options, const char *call)
{
	struct block was = flat(origin, base), overlay_was = block_copy(overlay->bytes, overlay->len, overlay->len);
	size_t used = ovl_tree_used(origin), need = 0, size;
	struct ovl_error err;

	expect(!ovl_apply_size(overlay->bytes, overlay->len, options, &need, &err), "ovl_apply_size", "refused", 0);
	need += used;
	for (size = used; size <= need; size = next_size(size, used, need, WORD)) {
		struct ovl_tree tree, before;
		struct block storage = move(&tree, origin, base, size);
		enum ovl_err code;

		before = tree;
		code = ovl_apply(&tree, overlay->bytes, overlay->len, options, &err);
		if (size < need) {
			expect(says_space(code, &err, OVL_STORAGE, need), call, "too little", size);
			expect(unchanged(&tree, &before, &storage, base, origin, &was), call, "changed the tree", size);
		} else {
			expect(!code && ovl_tree_used(&tree) == need, call, "enough", size);
			expect(ovl_tree_peak(&tree) == need || ovl_tree_peak(origin) > need, call, "peak", size);
			expect(guards_hold(&storage), call, "wrote elsewhere", size);
		}
		expect(same(overlay, &overlay_was), call, "changed the overlay", size);
		block_free(&storage);
	}
	block_free(&overlay_was);
	block_free(&was);
}

static void test_check(const struct block *overlay)
{
	struct block was = block_copy(overlay->bytes, overlay->len, overlay->len);
	size_t need = 0, size;
	struct ovl_error err;

	expect(!ovl_apply_size(overlay->bytes, overlay->len, NULL, &need, &err), "ovl_apply_size", "refused", 0);
	for (size = 0; size <= need; size = next_size(size, 0, need, WORD)) {
		struct block storage = block_new(size);
		enum ovl_err code = ovl_check_overlay(overlay->bytes, overlay->len, storage.bytes, size, &err);

		if (size < need)
			expect(says_space(code, &err, OVL_STORAGE, need), "ovl_check_overlay", "too little", size);
		else
			expect(!code, "ovl_check_overlay", "enough", size);
		expect(guards_hold(&storage) && same(overlay, &was), "ovl_check_overlay", "wrote elsewhere", size);
		block_free(&storage);
	}
	block_free(&was);
}

/* ---------------------------------------------------------------- flatten */

static void test_flatten_storage(const struct ovl_tree *origin, const struct block *base,
				 const struct block *wanted)
{
	size_t used = ovl_tree_used(origin), need = used + ovl_flatten_storage(origin), size;
	struct ovl_error err;

	for (size = used; size <= need; size = next_size(size, used, need, WORD)) {
		size_t told = 1, len = 2;
		struct ovl_tree tree, before;
		struct block storage = move(&tree, origin, base, size), out = block_new(wanted->len);
		enum ovl_err code;

		before = tree;
		code = ovl_flatten_size(&tree, &told, &err);
		if (size < need)
			expect(says_space(code, &err, OVL_STORAGE, need) && told == 1 &&
			       unchanged(&tree, &before, &storage, base, origin, wanted), "ovl_flatten_size", "too little", size);
		else
			expect(!code && told == wanted->len, "ovl_flatten_size", "enough", size);
		code = ovl_flatten(&tree, out.bytes, out.len, &len, &err);
		if (size < need)
			expect(says_space(code, &err, OVL_STORAGE, need) && len == 2 && all_pattern(out.bytes, out.len) &&
			       unchanged(&tree, &before, &storage, base, origin, wanted), "ovl_flatten", "too little", size);
		else
			expect(!code && len == wanted->len && same(&out, wanted), "ovl_flatten", "enough", size);
		expect(guards_hold(&out) && guards_hold(&storage), "ovl_flatten", "wrote elsewhere", size);
		block_free(&out);
		block_free(&storage);
	}
}

static void test_flatten_output(const struct ovl_tree *origin, const struct block *base,
				 const struct block *wanted)
{
	size_t whole = ovl_tree_used(origin) + ovl_flatten_storage(origin), need = wanted->len, size;
	struct ovl_tree tree, before;
	struct block storage = move(&tree, origin, base, whole);
	struct ovl_error err;

	for (size = 0; size <= need; size = next_size(size, 0, need, need > ALL_BELOW ? WORD : 1)) {
		struct block out = block_new(size);
		size_t len = 2;
		enum ovl_err code;

		before = tree;
		code = ovl_flatten(&tree, out.bytes, size, &len, &err);
		before.peak = tree.peak;        /* the storage was used, for the names */
		if (size < need)
			expect(says_space(code, &err, OVL_OUTPUT, need) && len == 2 && all_pattern(out.bytes, size) &&
			       unchanged(&tree, &before, &storage, base, origin, wanted), "ovl_flatten", "no room", size);
		else
			expect(!code && len == need && same(&out, wanted), "ovl_flatten", "room", size);
		expect(guards_hold(&out), "ovl_flatten", "wrote elsewhere", size);
		block_free(&out);
	}
	block_free(&storage);
}

/* ---------------------------------------------------------------- in one call */

static void test_once(const struct block *base, const struct block *overlay)
{
	size_t need = 0, most = 0, size, len;
	struct ovl_error err;

	expect(!ovl_overlay_size(base->bytes, base->len, overlay->bytes, overlay->len, &need, &most, &err),
	       "ovl_overlay_size", "refused", 0);
	for (size = need - (size_t)2 * WORD; size <= need; size += WORD) {
		struct block storage = block_new(size), out = block_new(most);
		enum ovl_err code = ovl_overlay_apply(base->bytes, base->len, overlay->bytes, overlay->len, storage.bytes,
						      size, out.bytes, out.len, &len, &err);

		if (size < need)
			expect(says_space(code, &err, OVL_STORAGE, need) && all_pattern(out.bytes, out.len),
			       "ovl_overlay_apply", "too little", size);
		else
			expect(!code && len <= most, "ovl_overlay_apply", "enough", size);
		expect(guards_hold(&storage) && guards_hold(&out), "ovl_overlay_apply", "wrote elsewhere", size);
		block_free(&storage);
		block_free(&out);
	}
}

/* ---------------------------------------------------------------- all of it */

/* The tree as it is now, flattened into too little; then the next overlay into too little. */
static void test_layer(const struct ovl_tree *tree, const struct block *base, const struct block *overlay)
{
	static const struct ovl_symbol symbol = { { "space", 5 }, { "/", 1 } };
	static const struct ovl_range ranges[] = { { 7, 9 }, { 65000, 65001 } };
	struct ovl_apply_options keep = { .flags = OVL_KEEP, .symbols = &symbol, .n_symbols = 1,
					  .reserved = ranges, .n_reserved = 2 };
	struct block now = flat(tree, base);

	test_flatten_storage(tree, base, &now);
	test_flatten_output(tree, base, &now);
	if (overlay) {
		test_apply(tree, base, overlay, NULL, "ovl_apply");
		test_apply(tree, base, overlay, &keep, "ovl_apply with OVL_KEEP");
		test_check(overlay);
	}
	block_free(&now);
}

int main(int argc, char **argv)
{
	struct block base, base_was, storage;
	struct ovl_tree tree;
	size_t bytes = 0;
	int i;

	if (argc < 2) {
		fputs("usage: space BASE OVERLAY...\n", stderr);
		return 2;
	}
	input = argv[1];
	base = load_block(input);
	base_was = block_copy(base.bytes, base.len, base.len);
	test_open(&base, &base_was);

	if (ovl_tree_size(base.bytes, base.len, &bytes, NULL))
		stop("is no base");
	storage = block_new(bytes);
	if (ovl_tree_open(&tree, base.bytes, base.len, storage.bytes, storage.len, NULL))
		stop("is no base");
	for (i = 2; i < argc; i++) {
		struct block overlay = load_block(argv[i]), larger;
		struct ovl_tree next;

		input = argv[i];
		test_layer(&tree, &base, &overlay);
		if (i == 2)
			test_once(&base, &overlay);
		if (ovl_apply_size(overlay.bytes, overlay.len, NULL, &bytes, NULL))
			stop("is no overlay");
		larger = move(&next, &tree, &base, ovl_tree_used(&tree) + bytes);
		block_free(&storage);
		storage = larger;
		tree = next;
		if (ovl_apply(&tree, overlay.bytes, overlay.len, NULL, NULL))
			stop("cannot be applied");
		block_free(&overlay);
	}
	test_layer(&tree, &base, NULL);
	expect(same(&base, &base_was) && guards_hold(&base), "all calls", "changed the base", 0);

	block_free(&storage);
	block_free(&base_was);
	block_free(&base);
	printf("space: %lu sizes tried\n", n_sizes);
	printf("space: %lu passed, %lu failed\n", n_passed, n_failed);
	return n_failed != 0;
}
