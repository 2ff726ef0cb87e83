/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* robust.c - what libovl promises whatever it is given, tried on a base and overlays from files:
 *   storage   every size from 0 to enough: one "no space" with the exact need, then success at that size
 *   truncate  every length of every blob: refused
 *   flip      every bit of every blob: refused with the tree as it was, or accepted with a result that
 *             libfdt's fdt_check_full() takes
 *   moved     a tree that was moved, storage and all, gives the same bytes
 *   unaligned the eight alignments of the inputs give the same bytes
 *   end       nothing is read behind a blob, whatever the name is that its strings block ends in
 *   exact     a small base in no more storage than is asked for
 *   rebase    an artefact moved to a base with any bit flipped: refused, or a blob that is sound; in any storage and
 *             output that is too small it is refused with the exact need
 * Blobs are handed over in blocks of exactly their size, so that a sanitizer sees every byte too far.
 * Usage: robust BASE OVERLAY...    Prints what failed, then "N passed, N failed". */
#define _GNU_SOURCE
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge.h"
#include "load.h"
#include "ovl.h"
#include "sketch.h"

struct made {
	enum ovl_err code;
	struct ovl_error err;
	unsigned char *bytes;
	size_t len;
};

static unsigned long n_passed, n_failed;
static struct sketch small;

static void expect(int holds, const char *test, const char *what, size_t at)
{
	if (holds) {
		n_passed++;
		return;
	}
	if (n_failed++ < 20)
		printf("FAIL %s: %s (at %zu)\n", test, what, at);
}

static struct blob copy_of(struct blob b, size_t len)
{
	struct blob c = { need(malloc(len ? len : 1)), len };

	memcpy(c.bytes, b.bytes, len);
	return c;
}

/* Storage for a tree on base with these overlays, as the library asks for it. */
static size_t storage_for(struct blob base, const struct blob *overlays, int n)
{
	size_t total = 0, bytes;
	struct ovl_error err;
	int i;

	if (ovl_tree_size(base.bytes, base.len, &total, &err))
		return 0;
	for (i = 0; i < n; i++)
		if (!ovl_apply_size(overlays[i].bytes, overlays[i].len, NULL, &bytes, &err))
			total += bytes;
	return total;
}

static void flatten(struct ovl_tree *tree, struct made *made)
{
	size_t room;

	made->code = ovl_flatten_size(tree, &room, &made->err);
	if (made->code)
		return;
	made->bytes = need(malloc(room));
	made->code = ovl_flatten(tree, made->bytes, room, &made->len, &made->err);
}

/* Base and all overlays that are accepted, flattened; made.code is the first refusal's. */
static struct made build(struct blob base, const struct blob *overlays, int n)
{
	size_t bytes = storage_for(base, overlays, n) * 2 + 65536;
	void *storage = need(malloc(bytes));
	struct made made = { 0 };
	struct ovl_tree tree;
	enum ovl_err refused = OVL_OK;
	int i;

	made.code = ovl_tree_open(&tree, base.bytes, base.len, storage, bytes, &made.err);
	if (!made.code) {
		for (i = 0; i < n; i++) {
			enum ovl_err code = ovl_apply(&tree, overlays[i].bytes, overlays[i].len, NULL, NULL);

			refused = refused ? refused : code;
		}
		flatten(&tree, &made);
	}
	if (!made.code)
		made.code = refused;
	free(storage);
	return made;
}

static int same(const struct made *a, const struct made *b)
{
	return a->bytes && b->bytes && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* ---------------------------------------------------------------- storage */

static void test_open_sizes(struct blob base)
{
	struct ovl_tree tree;
	struct ovl_error err;
	size_t enough, bytes, step;

	expect(!ovl_tree_size(base.bytes, base.len, &enough, &err), "storage", "size of the base", 0);
	step = enough > 65536 ? enough / 4096 / 4 * 4 : 4;
	for (bytes = 0; bytes < enough; bytes += step) {
		void *storage = need(malloc(bytes ? bytes : 1));
		enum ovl_err code = ovl_tree_open(&tree, base.bytes, base.len, storage, bytes, &err);

		expect(code == OVL_ERR_SPACE && err.need_bytes == enough, "storage", "open too small", bytes);
		free(storage);
	}
	{
		void *storage = need(malloc(enough));

		expect(!ovl_tree_open(&tree, base.bytes, base.len, storage, enough, &err), "storage",
		       "open with enough", enough);
		free(storage);
	}
}

static void test_apply_sizes(struct blob base, struct blob overlay)
{
	struct made alone = build(base, NULL, 0), now = { 0 };
	struct ovl_tree tree, before;
	struct ovl_error err;
	size_t open, enough, bytes, whole;
	void *storage;

	if (ovl_tree_size(base.bytes, base.len, &open, &err) ||
	    ovl_apply_size(overlay.bytes, overlay.len, NULL, &enough, &err)) {
		expect(0, "storage", "size of the overlay", err.code);
		return;
	}
	whole = open + enough;
	for (bytes = open; bytes <= whole; bytes += 4) {
		enum ovl_err code;

		storage = need(malloc(bytes));
		expect(!ovl_tree_open(&tree, base.bytes, base.len, storage, bytes, &err), "storage", "open", bytes);
		before = tree;
		code = ovl_apply(&tree, overlay.bytes, overlay.len, NULL, &err);
		if (bytes < whole) {
			expect(code == OVL_ERR_SPACE && err.need_bytes == whole, "storage", "apply too small", bytes);
			expect(memcmp(&before, &tree, sizeof(tree)) == 0, "storage", "tree changed", bytes);
			flatten(&tree, &now);
			expect(same(&now, &alone), "storage", "result changed", bytes);
			free(now.bytes);
			now.bytes = NULL;
		} else {
			expect(!code, "storage", "apply with enough", bytes);
			expect(ovl_tree_peak(&tree) == whole, "storage", "peak", bytes);
		}
		free(storage);
	}
	free(alone.bytes);
}

static void test_output_sizes(struct blob base, const struct blob *overlays, int n)
{
	size_t bytes = storage_for(base, overlays, n) * 2 + 65536, full, len, room, i;
	void *storage = need(malloc(bytes));
	struct ovl_tree tree;
	struct ovl_error err;
	int k;

	if (ovl_tree_open(&tree, base.bytes, base.len, storage, bytes, &err))
		exit(2);
	for (k = 0; k < n; k++)
		expect(!ovl_apply(&tree, overlays[k].bytes, overlays[k].len, NULL, &err), "output", "apply", (size_t)k);
	expect(!ovl_flatten_size(&tree, &full, &err), "output", "size", 0);
	for (room = 0; room <= full; room += full > 4096 && room + 64 < full ? 61 : 1) {
		unsigned char *out = need(malloc(room + 1));
		enum ovl_err code;

		memset(out, 0xa5, room + 1);
		code = ovl_flatten(&tree, out, room, &len, &err);
		expect(out[room] == 0xa5, "output", "written past the end", room);
		if (room == full)
			expect(!code && len == full && !fdt_check_full(out, len), "output", "enough", room);
		else
			expect(code == OVL_ERR_SPACE && err.side == OVL_OUTPUT && err.need_bytes == full, "output",
			       "too small", room);
		for (i = 0; code && i < room; i++)
			if (out[i] != 0xa5)
				break;
		expect(!code || i == room, "output", "touched on failure", room);
		free(out);
	}
	free(storage);
}

/* ---------------------------------------------------------------- hostile bytes */

static void test_truncate(struct blob base, struct blob overlay)
{
	size_t len;

	for (len = 0; len < base.len; len++) {
		struct blob cut = copy_of(base, len);
		struct made made = build(cut, NULL, 0);

		expect(made.code != OVL_OK, "truncate", "base accepted", len);
		free(made.bytes);
		free(cut.bytes);
	}
	for (len = 0; len < overlay.len; len++) {
		struct blob cut = copy_of(overlay, len);
		struct made made = build(base, &cut, 1);

		expect(made.code != OVL_OK, "truncate", "overlay accepted", len);
		free(made.bytes);
		free(cut.bytes);
	}
}

static void test_flips(struct blob base, struct blob overlay)
{
	struct made alone = build(base, NULL, 0);
	size_t bit;

	for (bit = 0; bit < base.len * 8; bit++) {
		struct blob hurt = copy_of(base, base.len);
		struct made made;

		hurt.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		made = build(hurt, &overlay, 1);
		expect(!made.bytes || !fdt_check_full(made.bytes, made.len), "flip", "result of a hurt base", bit);
		free(made.bytes);
		free(hurt.bytes);
	}
	for (bit = 0; bit < overlay.len * 8; bit++) {
		struct blob hurt = copy_of(overlay, overlay.len);
		struct made made;

		hurt.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		made = build(base, &hurt, 1);
		expect(made.bytes && !fdt_check_full(made.bytes, made.len), "flip", "result of a hurt overlay", bit);
		expect(!made.code || same(&made, &alone), "flip", "refused, yet the tree changed", bit);
		free(made.bytes);
		free(hurt.bytes);
	}
	free(alone.bytes);
}

/* ---------------------------------------------------------------- places */

static void test_moved(struct blob base, const struct blob *overlays, int n)
{
	size_t bytes = storage_for(base, overlays, n) * 2 + 65536;
	unsigned char *storage = need(malloc(bytes)), *other = need(malloc(bytes));
	struct made want = build(base, overlays, n), got = { 0 };
	struct blob base2 = copy_of(base, base.len);
	struct ovl_tree tree;
	int i;

	if (ovl_tree_open(&tree, base.bytes, base.len, storage, bytes, NULL))
		exit(2);
	for (i = 0; i < n; i++) {
		unsigned char *swap = storage;

		memcpy(other, storage, bytes);
		memset(storage, 0xff, bytes);
		storage = other;
		other = swap;
		ovl_tree_moved(&tree, base2.bytes, storage, bytes);
		expect(!ovl_apply(&tree, overlays[i].bytes, overlays[i].len, NULL, NULL), "moved", "apply", (size_t)i);
	}
	flatten(&tree, &got);
	expect(same(&want, &got), "moved", "bytes", 0);
	free(want.bytes);
	free(got.bytes);
	free(base2.bytes);
	free(storage);
	free(other);
}

static void test_unaligned(struct blob base, struct blob overlay)
{
	struct made want = build(base, &overlay, 1);
	size_t shift;

	for (shift = 1; shift < 8; shift++) {
		struct blob b = { need(malloc(base.len + shift)), base.len };
		struct blob o = { need(malloc(overlay.len + shift)), overlay.len };
		struct made got;

		b.bytes += shift;
		o.bytes += shift;
		memcpy(b.bytes, base.bytes, base.len);
		memcpy(o.bytes, overlay.bytes, overlay.len);
		got = build(b, &o, 1);
		expect(same(&want, &got), "unaligned", "bytes", shift);
		free(got.bytes);
		free(b.bytes - shift);
		free(o.bytes - shift);
	}
	free(want.bytes);
}

/* ---------------------------------------------------------------- end */

/* What the blob of a text is said to be when it ends where a page does, and what follows may not be read.  The name
 * that its strings block ends in is another of that length. */
static enum ovl_err open_at_end(const char *text, const char *name)
{
	size_t n = strlen(name) + 1;
	struct blob b;
	struct made made;

	sketch(&small, text);
	memcpy(small.bytes + small.len - n, name, n);
	b = (struct blob){ at_an_edge(small.len), small.len };
	memcpy(b.bytes, small.bytes, b.len);
	made = build(b, NULL, 0);
	free(made.bytes);
	return made.code;
}

/* A name of each length at the end: alone, twice in a node, twice in the block, and that with the last one first. */
static void test_end(void)
{
	char text[128], name[32] = "", other[32] = "";
	size_t n;

	for (n = 1; n < sizeof(name); n++) {
		name[n - 1] = (char)('a' + n % 26);
		memcpy(other, name, n);
		other[0] = 'Z';
		snprintf(text, sizeof(text), "first;%s;", other);
		expect(open_at_end(text, name) == OVL_OK, "end", "a name", n);
		snprintf(text, sizeof(text), "first;%s;%s;", other, other);
		expect(open_at_end(text, name) == OVL_ERR_DUPLICATE_PROP, "end", "twice", n);
		snprintf(text, sizeof(text), "%s;%s;", name, other);
		expect(open_at_end(text, name) == OVL_ERR_DUPLICATE_PROP, "end", "two places", n);
		snprintf(text, sizeof(text), "a{%s;}b{%s;%s;}", name, other, name);
		expect(open_at_end(text, name) == OVL_ERR_DUPLICATE_PROP, "end", "two places, the last first", n);
	}
}

/* ---------------------------------------------------------------- exact */

/* The record of the node that comes last has the least room behind it. */
static void test_exact(void)
{
	static const char *const texts[] = { "", "p;", "a{}", "a{p;b{}}c{q=<1>;}" };
	size_t i, bytes;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct made want, got = { 0 };
		struct ovl_tree tree;
		struct blob b;
		void *storage;

		sketch(&small, texts[i]);
		b = (struct blob){ small.bytes, small.len };
		want = build(b, NULL, 0);
		bytes = storage_for(b, NULL, 0);
		storage = need(malloc(bytes));
		memset(storage, 0xff, bytes);
		expect(!ovl_tree_open(&tree, b.bytes, b.len, storage, bytes, NULL), "exact", "open", i);
		flatten(&tree, &got);
		expect(same(&want, &got), "exact", "bytes", i);
		free(want.bytes);
		free(got.bytes);
		free(storage);
	}
}

/* ---------------------------------------------------------------- rebase */

static void *open_on(struct ovl_tree *tree, struct blob b)
{
	size_t need_bytes = storage_for(b, NULL, 0);
	void *storage = need(malloc(need_bytes ? need_bytes : 1));

	if (!ovl_tree_open(tree, b.bytes, b.len, storage, need_bytes, NULL))
		return storage;
	free(storage);
	return NULL;
}

/* Every room from none to enough, for the plan and for what it writes. */
static void test_rebase_sizes(const struct ovl_tree *artefact, const struct ovl_tree *old, size_t len)
{
	size_t enough = ovl_rebase_size(artefact, old), bytes, out_len;
	struct ovl_rebase plan;
	struct ovl_error err;
	void *storage, *out;

	for (bytes = 0; bytes < enough; bytes += 4) {
		storage = need(malloc(bytes ? bytes : 1));
		expect(ovl_rebase_plan(&plan, artefact, old, old, NULL, storage, bytes, &err) == OVL_ERR_SPACE &&
		       err.side == OVL_STORAGE && err.need_bytes == enough, "rebase", "storage too small", bytes);
		free(storage);
	}
	storage = need(malloc(enough));
	expect(!ovl_rebase_plan(&plan, artefact, old, old, NULL, storage, enough, &err), "rebase", "enough", enough);
	expect(plan.n_rewritten == 0 && plan.n_renumbered == 0, "rebase", "the same tree, other numbers", 0);
	for (bytes = 0; bytes <= len; bytes++) {
		out = need(malloc(bytes ? bytes : 1));
		if (bytes < len)
			expect(ovl_rebase_write(&plan, out, bytes, &out_len, &err) == OVL_ERR_SPACE &&
			       err.side == OVL_OUTPUT && err.need_bytes == len, "rebase", "output too small", bytes);
		else
			expect(!ovl_rebase_write(&plan, out, bytes, &out_len, &err) && out_len == len &&
			       memcmp(out, artefact->base, len) == 0, "rebase", "the same tree, other bytes", bytes);
		free(out);
	}
	free(storage);
}

static void rebase_to(const struct ovl_tree *artefact, const struct ovl_tree *old, const struct ovl_tree *now,
		      size_t len, size_t at)
{
	size_t bytes = ovl_rebase_size(artefact, old), out_len = 0;
	void *storage = need(malloc(bytes)), *out = need(malloc(len));
	struct ovl_rebase_options options = { .match = OVL_MATCH_PATH };
	struct ovl_rebase plan;
	int match;

	for (match = OVL_MATCH_PATH; match <= OVL_MATCH_COMPATIBLE; match++) {
		options.match = (enum ovl_match)match;
		if (!ovl_rebase_plan(&plan, artefact, old, now, &options, storage, bytes, NULL))
			expect(!ovl_rebase_write(&plan, out, len, &out_len, NULL) && !fdt_check_full(out, out_len),
			       "rebase", "to a hurt tree", at);
		else
			expect(plan.ref.node != OVL_NONE, "rebase", "refused, and no place", at);
	}
	free(storage);
	free(out);
}

static void test_rebase(struct blob base, struct blob artefact)
{
	struct ovl_tree old, now, made;
	void *old_storage = open_on(&old, base), *made_storage = open_on(&made, artefact), *storage;
	size_t bit;

	test_rebase_sizes(&made, &old, artefact.len);
	for (bit = 0; bit < base.len * 8; bit++) {
		struct blob hurt = copy_of(base, base.len);

		hurt.bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		ovl_first_phandle_wins(hurt.bytes, hurt.len, NULL, 0);
		storage = open_on(&now, hurt);
		if (storage)
			rebase_to(&made, &old, &now, artefact.len, bit);
		free(storage);
		free(hurt.bytes);
	}
	free(old_storage);
	free(made_storage);
}

int main(int argc, char **argv)
{
	struct blob blobs[64];
	int i;

	if (argc < 3 || argc > 64) {
		fputs("usage: robust BASE OVERLAY...\n", stderr);
		return 2;
	}
	for (i = 1; i < argc; i++)
		blobs[i - 1] = load(argv[i]);

	test_open_sizes(blobs[0]);
	test_apply_sizes(blobs[0], blobs[1]);
	test_output_sizes(blobs[0], blobs + 1, argc - 2);
	test_truncate(blobs[0], blobs[1]);
	test_flips(blobs[0], blobs[1]);
	test_moved(blobs[0], blobs + 1, argc - 2);
	test_unaligned(blobs[0], blobs[1]);
	test_end();
	test_exact();
	test_rebase(blobs[0], blobs[0]);
	test_rebase(blobs[0], blobs[1]);

	for (i = 1; i < argc; i++)
		free(blobs[i - 1].bytes);
	printf("%lu passed, %lu failed\n", n_passed, n_failed);
	return n_failed != 0;
}
