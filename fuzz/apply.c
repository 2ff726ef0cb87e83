/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* apply.c - fuzz target: any two overlays applied to any base.
 * Input: two lengths of two bytes each, then base, first overlay, second overlay.  What must hold is told
 * by abort(): a refused overlay leaves the tree as it was, what is written passes libfdt's check, opens
 * again, and comes out the same.  Runs under libFuzzer (clang -fsanitize=fuzzer). */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "ovl.h"

static uint32_t storage[1 << 20], again[1 << 19];
static unsigned char before[1 << 20], after[1 << 20], twice[1 << 20];

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
	enum ovl_err code = ovl_apply(tree, overlay, len, NULL, &err);

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
	}
	free(base);
	free(first);
	free(second);
	return 0;
}
