/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* stacks.c - stacks of overlays, built and taken apart in any order.
 * In: a number of stacks, a seed, a base and overlays for it (blobs).  Each stack grows and shrinks at
 * random.  After every step it must be, byte for byte, what applying the overlays that are on it, in their
 * order, to a fresh tree gives; a removal may be refused only when that cannot be done, and then must name
 * what is in the way and change nothing.  At the end it is taken down to the canonical base. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "ovl.h"
#include "seal.h"

enum { MOST = 64, STEPS = 40, DEEP = 50 };

struct image {
	unsigned char *bytes;
	size_t len;
};

static struct blob base, overlays[MOST];
static int n_overlays, passed, failed;
static uint32_t *storage[2];
static size_t storage_bytes;
static struct image images[5];
static uint64_t state;

static int random_below(int n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (int)((state >> 33) % (uint64_t)n);
}

static int ok(int holds, const char *what, int stack)
{
	if (holds) {
		passed++;
	} else {
		failed++;
		printf("FAIL stack %d: %s\n", stack, what);
	}
	return holds;
}

/* Some numbers are kept free, so that what is applied anew has to keep them free again. */
static const struct ovl_range reserved = { 5, 30 };
static const struct ovl_apply_options keep = { .flags = OVL_KEEP | OVL_ALLOW_CELLS,
					       .reserved = &reserved, .n_reserved = 1 };

/* What a fresh tree gives; 0 when one of them cannot be applied. */
static int apply_all(const int *list, int n, struct image *out)
{
	struct ovl_tree t;
	int i;

	if (ovl_tree_open(&t, base.bytes, base.len, storage[1], storage_bytes, NULL))
		return 0;
	for (i = 0; i < n; i++)
		if (ovl_apply(&t, overlays[list[i]].bytes, overlays[list[i]].len, &keep, NULL))
			return 0;
	return !ovl_flatten(&t, out->bytes, storage_bytes, &out->len, NULL);
}

static int same(const struct image *a, const struct image *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static int is_as(struct ovl_tree *t, const struct image *wanted)
{
	return !ovl_flatten(t, images[1].bytes, storage_bytes, &images[1].len, NULL) &&
	       same(&images[1], wanted);
}

static int drop(int *list, int n, int which)
{
	memmove(list + which, list + which + 1, (size_t)(n - which - 1) * sizeof(*list));
	return n - 1;
}

/* Take overlay which (from 0) off the stack, if that can be. */
static int try_remove(struct ovl_tree *t, int *list, int n, int which, int stack)
{
	int rest[DEEP], possible;
	struct ovl_error err;
	struct ovl_use use;

	apply_all(list, n, &images[2]);
	memcpy(rest, list, (size_t)n * sizeof(*list));
	drop(rest, n, which);
	possible = apply_all(rest, n - 1, &images[0]);
	if (ovl_remove(t, (uint32_t)which + 1, &err)) {
		ok(!possible, "a removal that can be done is refused", stack);
		ok(err.code == OVL_ERR_IN_USE && err.why, "a refusal has another code, or no reason", stack);
		ok(ovl_use_first(t, (uint32_t)which + 1, &use), "a refusal names no use", stack);
		ok(is_as(t, &images[2]), "a refused removal changed the tree", stack);
		return n;
	}
	ok(possible, "a removal leaves what cannot be applied", stack);
	memcpy(list, rest, sizeof(rest));
	ok(is_as(t, &images[0]), "a removal gives another tree", stack);
	return n - 1;
}

static int try_apply(struct ovl_tree *t, int *list, int n, int stack)
{
	struct ovl_error err;
	int possible;

	list[n] = random_below(n_overlays);
	possible = apply_all(list, n + 1, &images[0]);
	if (ovl_apply(t, overlays[list[n]].bytes, overlays[list[n]].len, &keep, &err)) {
		ok(!possible, "an overlay that fits is refused", stack);
		return n;
	}
	ok(possible && is_as(t, &images[0]), "applying gives another tree", stack);
	return n + 1;
}

/* The receipt of the stack and its flattened tree give the base, and the overlays. */
static void try_receipt(struct ovl_tree *t, const int *list, int n, int stack)
{
	struct image *flat = &images[1], *undone = &images[2], *receipt = &images[3];
	struct ovl_receipt_overlay o;
	struct ovl_receipt r;
	struct ovl_error err;
	struct ovl_tree again;
	int i = 0;

	if (!ok(!ovl_flatten(t, flat->bytes, storage_bytes, &flat->len, NULL) &&
		!ovl_receipt_write(t, NULL, receipt->bytes, storage_bytes, &receipt->len, &err) &&
		!ovl_receipt_open(&r, receipt->bytes, receipt->len, &err), "no receipt", stack))
		return;
	if (!ok(!ovl_receipt_base(&r, flat->bytes, flat->len, storage[1], storage_bytes, undone->bytes,
				  storage_bytes, &undone->len, &err), "the receipt is not the tree's", stack))
		return;
	apply_all(list, 0, &images[0]);
	ok(same(undone, &images[0]), "undone by the receipt it is not the base", stack);
	ok(!ovl_tree_open(&again, undone->bytes, undone->len, storage[1], storage_bytes, &err),
	   "what the receipt gives is no tree", stack);
	for (int more = ovl_receipt_first(&r, &o); more; more = ovl_receipt_next(&r, &o), i++) {
		struct ovl_range range;
		struct ovl_apply_options options = { .flags = o.flags, .reserved = &range,
						     .n_reserved = o.n_reserved };

		ok(ovl_receipt_reserved(&r, &o, &range) && !ovl_receipt_reserved(&r, &o, &range),
		   "not the range that was reserved", stack);

		ok(!ovl_apply(&again, o.blob, o.len, &options, &err), "an overlay of the receipt is refused", stack);
	}
	ok(i == n && is_as(&again, flat), "the receipt's overlays give another tree", stack);
}

/* One byte of a receipt is wrong: it is refused.  So it is, or gives a tree that can be opened, when that was done on
 * purpose. */
static void break_receipt(int stack)
{
	struct image *flat = &images[1], *undone = &images[2], *receipt = &images[3], *broken = &images[4];
	size_t at = (size_t)random_below((int)receipt->len);
	struct ovl_receipt_overlay o;
	struct ovl_symbol symbol;
	struct ovl_receipt r;
	struct ovl_tree again;

	broken->len = receipt->len;
	memcpy(broken->bytes, receipt->bytes, broken->len);
	broken->bytes[at] ^= (unsigned char)(1 << random_below(8));
	ok(ovl_receipt_open(&r, broken->bytes, broken->len, NULL) == OVL_ERR_RECEIPT, "a broken receipt opens", stack);
	seal(broken->bytes, broken->len);
	if (ovl_receipt_open(&r, broken->bytes, broken->len, NULL))
		return;
	for (int more = ovl_receipt_first(&r, &o); more; more = ovl_receipt_next(&r, &o))
		while (ovl_receipt_symbol(&r, &o, &symbol))
			;
	if (!ovl_receipt_base(&r, flat->bytes, flat->len, storage[1], storage_bytes, undone->bytes, storage_bytes,
			      &undone->len, NULL))
		ok(!ovl_tree_open(&again, undone->bytes, undone->len, storage[1], storage_bytes, NULL),
		   "a broken receipt gives what is no tree", stack);
}

/* In one call, into a buffer and in place, with exactly the storage that was said. */
static void try_once(int which)
{
	struct blob *o = &overlays[which];
	size_t need = 0, most = 0, len = 0;
	struct ovl_error err;
	struct ovl_tree t;
	int possible;

	/* These calls let no cells change, so neither does this. */
	possible = !ovl_tree_open(&t, base.bytes, base.len, storage[1], storage_bytes, NULL) &&
		   !ovl_apply(&t, o->bytes, o->len, NULL, NULL) &&
		   !ovl_flatten(&t, images[0].bytes, storage_bytes, &images[0].len, NULL);
	ok(!ovl_overlay_size(base.bytes, base.len, o->bytes, o->len, &need, &most, &err), "no size", which);
	ok(possible == !ovl_overlay_apply(base.bytes, base.len, o->bytes, o->len, storage[0], need,
					  images[1].bytes, storage_bytes, &images[1].len, &err),
	   "in one call it is another verdict", which);
	ok((ovl_libfdt_code(err.code) == 0) == possible, "libfdt's code has another sign", which);
	memcpy(images[2].bytes, base.bytes, base.len);
	ok(possible == !ovl_overlay_apply_in_place(images[2].bytes, storage_bytes, o->bytes, o->len, storage[0],
						   storage_bytes, &err),
	   "in place it is another verdict", which);
	if (!possible) {
		ok(memcmp(images[2].bytes, base.bytes, base.len) == 0, "in place a failure leaves traces", which);
		return;
	}
	len = images[0].len;
	ok(same(&images[0], &images[1]), "in one call it is another tree", which);
	ok(memcmp(images[2].bytes, images[0].bytes, len) == 0, "in place it is another tree", which);
	ok(len <= most, "it is longer than was said", which);
	ok(ovl_overlay_apply(base.bytes, base.len, o->bytes, o->len, storage[0], need - 4, images[1].bytes,
			     storage_bytes, &images[1].len, &err) == OVL_ERR_SPACE, "less storage does", which);
	memcpy(images[2].bytes, base.bytes, base.len);
	if (len > base.len)
		ok(ovl_overlay_apply_in_place(images[2].bytes, len - 1, o->bytes, o->len, storage[0],
					      storage_bytes, &err) == OVL_ERR_SPACE && err.need_bytes == len &&
		   memcmp(images[2].bytes, base.bytes, base.len) == 0, "in place less room does", which);
}

static void one_stack(int stack)
{
	int list[DEEP], n = 0, i;
	struct ovl_tree t;

	if (!ok(!ovl_tree_open(&t, base.bytes, base.len, storage[0], storage_bytes, NULL), "no base", stack))
		return;
	for (i = 0; i < STEPS; i++)
		if (n < DEEP && (n == 0 || random_below(5) < 3))
			n = try_apply(&t, list, n, stack);
		else
			n = try_remove(&t, list, n, random_below(n), stack);
	try_receipt(&t, list, n, stack);
	for (i = 0; i < 20; i++)
		break_receipt(stack);
	/* The newest one can always go. */
	while (n)
		n = try_remove(&t, list, n, random_below(3) ? n - 1 : random_below(n), stack);
	apply_all(list, 0, &images[0]);
	ok(is_as(&t, &images[0]), "taken down, it is not the base", stack);
	ok(ovl_tree_layers(&t) == 0, "taken down, there are layers", stack);
}

int main(int argc, char **argv)
{
	int i, n_stacks;

	if (argc < 5 || argc - 4 > MOST)
		return 2;
	n_stacks = (int)strtol(argv[1], NULL, 10);
	state = strtoull(argv[2], NULL, 0);
	base = load(argv[3]);
	storage_bytes = base.len * 4 + 4096;
	for (i = 4; i < argc; i++) {
		overlays[n_overlays] = load(argv[i]);
		storage_bytes += overlays[n_overlays++].len * 20;
	}
	storage_bytes = storage_bytes * 12 & ~(size_t)3;
	for (i = 0; i < 5; i++)
		images[i].bytes = malloc(storage_bytes);
	for (i = 0; i < 2; i++)
		storage[i] = malloc(storage_bytes);
	for (i = 0; i < n_overlays; i++)
		try_once(i);
	for (i = 0; i < n_stacks; i++)
		one_stack(i);
	printf("stacks: %d passed, %d failed, 0 skipped\n", passed, failed);
	return failed != 0;
}
