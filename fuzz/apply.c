/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* apply.c - fuzz target: any two overlays applied to any base, and taken out again.
 * Input: two lengths of two bytes each, then base, first overlay, second overlay.  What must hold is told
 * by abort(): a refused overlay leaves the tree as it was, what is written passes libfdt's check, opens
 * again, and comes out the same; without the first overlay the tree is what the second one alone gives, and
 * the receipt gives the base; a change of the base is an overlay that applies, and is taken back; what
 * violates a policy is counted the same with and without a list.  Runs under libFuzzer (clang
 * -fsanitize=fuzzer). */
#define _GNU_SOURCE
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "ovl.h"

static uint32_t storage[1 << 20], again[1 << 19];
static unsigned char before[1 << 20], after[1 << 20], twice[1 << 20], receipt[1 << 20];
static const struct ovl_apply_options keep = { .flags = OVL_KEEP };

static size_t write_tree(struct ovl_tree *tree, unsigned char *out)
{
	size_t len = 0;
	struct ovl_error err;

	if (ovl_flatten(tree, out, sizeof(before), &len, &err) && err.code != OVL_ERR_SPACE)
		abort();
	return len;
}

static void apply(struct ovl_tree *tree, const unsigned char *overlay, size_t len)
{
	size_t n_before = write_tree(tree, before), n_after;
	struct ovl_error err;
	enum ovl_err code = ovl_apply(tree, overlay, len, &keep, &err);

	n_after = write_tree(tree, after);
	if (code && (n_before != n_after || memcmp(before, after, n_before) != 0))
		abort();
	if (code != err.code)
		abort();
}

/* What was written is a base like any other. */
static void read_back(struct ovl_tree *tree)
{
	size_t len = write_tree(tree, after), n;
	struct ovl_tree copy;
	struct ovl_error err;

	if (!len)
		return;
	if (fdt_check_full(after, len))
		abort();
	if (ovl_tree_open(&copy, after, len, again, sizeof(again), &err)) {
		if (err.code != OVL_ERR_SPACE && err.code != OVL_ERR_COLLISION)
			abort();
		return;
	}
	n = write_tree(&copy, twice);
	if (n != len || memcmp(after, twice, len) != 0)
		abort();
}

/* The canonical base, in `before`. */
static size_t write_base(const unsigned char *base, size_t len)
{
	struct ovl_tree tree;

	if (ovl_tree_open(&tree, base, len, again, sizeof(again), NULL))
		return 0;
	return write_tree(&tree, before);
}

/* Against the base, in `again`; what is found in a list of eight. */
static void judge(struct ovl_tree *tree, const unsigned char *base, size_t len)
{
	const struct ovl_window window = { 0x1000, 0xffffffff };
	const struct ovl_range range = { 1, 0x100 };
	const struct ovl_limits limits = { &range, 1, &window, 1, 0, 1 };
	struct ovl_violation list[8];
	struct ovl_comparison c = { .tree = tree };
	struct ovl_tree seed;
	uint32_t n, m, i;

	n = ovl_policy_check(tree, &ovl_policy_status_only, list, 8);
	if (n != ovl_policy_check(tree, &ovl_policy_status_only, NULL, 0))
		abort();
	for (i = 0; i < n && i < 8; i++)
		ovl_violation_path(tree, &list[i], (char *)twice, sizeof(twice));
	if (!ovl_limits_check(tree, &limits, list, 8, &n, NULL) &&
	    (ovl_limits_check(tree, &limits, NULL, 0, &m, NULL) || n != m))
		abort();
	if (ovl_tree_open(&seed, base, len, again, sizeof(again), NULL))
		return;
	c.seed = &seed;
	n = ovl_seed_check(&c, list, 8);
	if (n != ovl_seed_check(&c, NULL, 0))
		abort();
}

static void try_receipt(struct ovl_tree *tree, const unsigned char *base, size_t base_len)
{
	size_t len, n_flat, n_base, n_undone;
	struct ovl_receipt r;
	struct ovl_error err;

	n_flat = write_tree(tree, after);
	n_base = write_base(base, base_len);
	if (!n_flat || !n_base || ovl_receipt_write(tree, NULL, receipt, sizeof(receipt), &len, &err))
		return;
	if (ovl_receipt_open(&r, receipt, len, &err))
		abort();
	if (ovl_receipt_base(&r, after, n_flat, again, sizeof(again), twice, sizeof(twice), &n_undone, &err)) {
		if (err.code != OVL_ERR_SPACE && err.code != OVL_ERR_COLLISION)
			abort();
		return;
	}
	if (n_undone != n_base || memcmp(before, twice, n_base) != 0)
		abort();
	/* A byte of it is wrong. */
	receipt[base[base_len / 2] % len] ^= (unsigned char)(1 + base[base_len / 3]);
	if (!ovl_receipt_open(&r, receipt, len, NULL))
		ovl_receipt_base(&r, after, n_flat, again, sizeof(again), twice, sizeof(twice), &n_undone, NULL);
}

static void try_remove(struct ovl_tree *tree, const unsigned char *base, size_t base_len,
		       const unsigned char *second, size_t second_len)
{
	size_t n_after = write_tree(tree, after), n_rest = 0, n;
	struct ovl_tree rest;
	int possible = !ovl_tree_open(&rest, base, base_len, again, sizeof(again), NULL) &&
		       !ovl_apply(&rest, second, second_len, &keep, NULL);
	struct ovl_error err;

	if (possible)
		n_rest = write_tree(&rest, before);
	if (ovl_remove(tree, 1, &err)) {
		n = write_tree(tree, twice);
		if ((possible && n_rest) || n != n_after || memcmp(twice, after, n) != 0)
			abort();
		return;
	}
	n = write_tree(tree, twice);
	if (!possible || n != n_rest || memcmp(twice, before, n) != 0)
		abort();
}

static void apply_own(struct ovl_tree *tree, const unsigned char *overlay, size_t len)
{
	struct ovl_error err;

	if (fdt_check_full(overlay, len))
		abort();
	/* Only the base's names can make it slow; the storage is enough for anything so small. */
	if (ovl_apply(tree, overlay, len, NULL, &err) && err.code != OVL_ERR_COLLISION && err.code != OVL_ERR_SPACE)
		abort();
}

/* A node of the base gets a property that no dictionary has, and another status if it has one. */
static void try_set(const unsigned char *base, size_t base_len)
{
	static unsigned char on[1 << 15], off[1 << 15];
	struct ovl_change changes[] = { { .prop = ovl_str("set-by-the-fuzzer"), .value = base,
					  .len = base[base_len / 2] },
					{ .prop = ovl_str("status"), .value = "disabled", .len = 9 } };
	size_t on_len, off_len, n_before, skip = base[base_len / 3];
	struct ovl_tree tree;
	struct ovl_prop p;
	uint32_t n;
	ovl_node node, next;

	if (ovl_tree_open(&tree, base, base_len, again, sizeof(again), NULL))
		return;
	for (node = ovl_node_root(&tree); skip--; node = next) {
		next = ovl_node_first(&tree, node);
		next = next && skip % 3 ? next : ovl_node_next(&tree, node);
		if (!next)
			break;
	}
	changes[0].node = changes[1].node = node;
	n = ovl_prop_find(&tree, node, changes[1].prop, &p) ? 2 : 1;
	if (changes[0].len > base_len || memmem(base, base_len, "set-by-the-fuzzer", 17) ||
	    ovl_set(&tree, changes, n, on, sizeof(on), &on_len, NULL) ||
	    ovl_set_back(&tree, changes, n, off, sizeof(off), &off_len, NULL))
		return;
	n_before = write_tree(&tree, before);
	apply_own(&tree, on, on_len);
	apply_own(&tree, off, off_len);
	if (ovl_tree_layers(&tree) == 2 && (write_tree(&tree, twice) != n_before || memcmp(before, twice, n_before) != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ovl_tree tree;
	size_t n_base, n_first;
	unsigned char *base, *first, *second;

	if (size < 4)
		return 0;
	n_base = (size_t)data[0] << 8 | data[1];
	n_first = (size_t)data[2] << 8 | data[3];
	data += 4;
	size -= 4;
	if (n_base > size || n_first > size - n_base)
		return 0;
	/* Blocks of their own, so that a byte too far is seen. */
	base = malloc(n_base + 1);
	first = malloc(n_first + 1);
	second = malloc(size - n_base - n_first + 1);
	if (!base || !first || !second)
		abort();
	memcpy(base, data, n_base);
	memcpy(first, data + n_base, n_first);
	memcpy(second, data + n_base + n_first, size - n_base - n_first);
	if (!ovl_tree_open(&tree, base, n_base, storage, sizeof(storage), NULL)) {
		apply(&tree, first, n_first);
		apply(&tree, second, size - n_base - n_first);
		read_back(&tree);
		judge(&tree, base, n_base);
		try_receipt(&tree, base, n_base);
		if (ovl_tree_layers(&tree) == 2)
			try_remove(&tree, base, n_base, second, size - n_base - n_first);
	}
	if (n_base)
		try_set(base, n_base);
	free(base);
	free(first);
	free(second);
	return 0;
}
