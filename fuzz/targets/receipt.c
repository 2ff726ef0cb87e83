/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* receipt.c - fuzz target: the receipts of stacks, whole and broken, and any bytes as a receipt.
 * Parts: the base, two overlays, bytes for a receipt.  A tree's own receipt gives back the base and, applied
 * anew, the tree; what a broken one gives is refused, or a blob like any other. */
#include <stdlib.h>
#include <string.h>

#include "../../testsuite/unit/seal.h"
#include "fuzz.h"

static uint32_t storage[ROOM / 4], again[ROOM / 4];
static struct image flat, undone, wanted, written;

static const struct ovl_symbol given = { { "given", 5 }, { "/", 1 } };
static const struct ovl_range reserved = { 2, 9 };

/* Everything that it holds is looked at. */
static void walk(const struct ovl_receipt *r)
{
	struct ovl_receipt_overlay o;
	struct ovl_symbol symbol;
	struct ovl_range range;

	for (int more = ovl_receipt_first(r, &o); more; more = ovl_receipt_next(r, &o)) {
		uint32_t n = o.n_symbols, m = o.n_reserved;

		for (; ovl_receipt_symbol(r, &o, &symbol); n--)
			EXPECT(!memchr(symbol.label.ptr, 0, symbol.label.len));
		while (ovl_receipt_reserved(r, &o, &range))
			m--;
		EXPECT(!n && !m);
	}
}

/* From a copy with no room behind it, so that a byte too far is seen. */
static void undo(const unsigned char *receipt, size_t len, bool own)
{
	struct ovl_error err;
	struct ovl_receipt r;

	if (ovl_receipt_open(&r, receipt, len, &err)) {
		EXPECT(!own);
		return;
	}
	walk(&r);
	if (ovl_receipt_base(&r, flat.bytes, flat.len, again, sizeof(again), undone.bytes, sizeof(undone.bytes),
			     &undone.len, &err)) {
		EXPECT(!own || is_limit(err.code));
		return;
	}
	EXPECT(!own || same_bytes(&undone, &wanted));
	expect_valid(undone.bytes, undone.len);
}

static void undo_broken(struct input *input, unsigned char *receipt, size_t len)
{
	size_t at = (choose(input, 256) << 8 | choose(input, 256)) % len;
	struct ovl_receipt r;

	receipt[at] ^= (unsigned char)(1 + choose(input, 255));
	EXPECT(ovl_receipt_open(&r, receipt, len, NULL) == OVL_ERR_RECEIPT);
	undo(receipt, at, false);
	seal(receipt, len);
	undo(receipt, len, false);
}

/* The overlays of an own receipt, put back on what it gave. */
static void put_back(const unsigned char *receipt, size_t len)
{
	struct ovl_receipt_overlay o;
	struct ovl_receipt r;
	struct ovl_tree tree;
	struct ovl_error err;

	if (ovl_tree_open(&tree, undone.bytes, undone.len, again, sizeof(again), &err))
		return;
	EXPECT(!ovl_receipt_open(&r, receipt, len, NULL));
	for (int more = ovl_receipt_first(&r, &o); more; more = ovl_receipt_next(&r, &o)) {
		const struct ovl_apply_options options = { o.flags, &given, o.n_symbols, &reserved, o.n_reserved };

		if (ovl_apply(&tree, o.blob, o.len, &options, &err)) {
			EXPECT(is_limit(err.code));
			return;
		}
	}
	if (write_tree(&tree, &written))
		EXPECT(same_bytes(&written, &flat));
}

static void try_own(struct input *input, struct ovl_tree *tree)
{
	struct ovl_error err;
	unsigned char *receipt;
	size_t len, again_len;

	EXPECT(!ovl_receipt_write(tree, NULL, NULL, 0, &len, &err));
	receipt = malloc(len);
	EXPECT(receipt && !ovl_receipt_write(tree, NULL, receipt, len, &again_len, &err) && len == again_len);
	undone.len = 0;
	undo(receipt, len, true);
	if (undone.len)
		put_back(receipt, len);
	undo_broken(input, receipt, len);
	free(receipt);
}

/* Any bytes, which would hardly ever have the hash of what they say. */
static void undo_sealed(const unsigned char *bytes, size_t len)
{
	unsigned char *receipt = malloc(len);

	EXPECT(receipt);
	memcpy(receipt, bytes, len);
	if (len >= 12)
		seal(receipt, len);
	undo(receipt, len, false);
	free(receipt);
}

void fuzz_target(struct input *input)
{
	const struct part *base = &input->parts[0], *any = &input->parts[3];
	const struct ovl_apply_options options = { OVL_KEEP, &given, choose(input, 2), &reserved, choose(input, 2) };
	struct ovl_tree tree;

	if (!apply_all(base, NULL, 0, NULL, again, &wanted, NULL) ||
	    ovl_tree_open(&tree, base->bytes, base->len, storage, sizeof(storage), NULL))
		return;
	for (size_t i = 1; i <= 2; i++)
		ovl_apply(&tree, input->parts[i].bytes, input->parts[i].len, &options, NULL);
	if (!write_tree(&tree, &flat))
		return;
	try_own(input, &tree);
	if (any->len)
		undo_sealed(any->bytes, any->len);
}
