/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* rebase.c - fuzz target: the references of any blob, and any artefact moved from any tree to any other.
 * Input: two lengths of two bytes each, then artefact, old tree, new tree.  What must hold is told by abort(): a
 * reference lies in its value and leads to the node with its phandle; what is written has the artefact's length,
 * passes libfdt's check when the artefact does, and stays as it is when it is moved to the new tree once more, by
 * paths as before; a refusal names its place.  Runs under libFuzzer (clang -fsanitize=fuzzer). */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "ovl.h"

static uint32_t storage[4][1 << 17], plans[2][1 << 17];
static unsigned char moved[1 << 17], again[1 << 17];

static uint32_t cell(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* References are found in linear time: there are not more of them than bytes. */
static void check_refs(const struct ovl_tree *tree, const struct ovl_tree *context, size_t len)
{
	struct ovl_ref r;
	size_t n = 0;
	int more;

	for (more = ovl_ref_first(tree, context, ovl_node_root(tree), &r); more; more = ovl_ref_next(&r)) {
		if (n++ > len)
			abort();
		if (r.fault)
			continue;
		if (r.prop.len < 4 || r.off > r.prop.len - 4 || cell(r.prop.value + r.off) != r.phandle)
			abort();
		if (r.kind != OVL_REF_FIXUP && (!r.to || ovl_node_phandle(r.in, r.to) != r.phandle))
			abort();
	}
}

static void move_again(const struct ovl_tree *now, size_t len)
{
	struct ovl_rebase plan;
	struct ovl_tree tree;
	size_t n;

	if (ovl_tree_open(&tree, moved, len, storage[3], sizeof(storage[3]), NULL))
		abort();
	if (ovl_rebase_plan(&plan, &tree, now, now, NULL, plans[1], sizeof(plans[1]), NULL))
		return;
	if (plan.n_rewritten || plan.n_renumbered ||
	    ovl_rebase_write(&plan, again, sizeof(again), &n, NULL) || n != len || memcmp(moved, again, n) != 0)
		abort();
}

static void move(const struct ovl_tree *artefact, const struct ovl_tree *old, const struct ovl_tree *now,
		 enum ovl_match match, size_t room)
{
	struct ovl_rebase_options options = { .match = match };
	struct ovl_rebase plan;
	struct ovl_error err;
	size_t len;

	if (ovl_rebase_plan(&plan, artefact, old, now, &options, plans[0], sizeof(plans[0]), &err)) {
		if (err.code >= OVL_ERR_DANGLING && (!plan.ref.node || !err.prop.len))
			abort();
		return;
	}
	if (ovl_rebase_write(&plan, moved, sizeof(moved), &len, &err) || len > room ||
	    !fdt_check_full(artefact->base, room) != !fdt_check_full(moved, len))
		abort();
	if (match == OVL_MATCH_PATH)
		move_again(now, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ovl_tree tree[3];
	unsigned char *blob[3] = { NULL, NULL, NULL };
	size_t len[3], i;
	int match, opened = 0;

	if (size < 4)
		return 0;
	len[0] = (size_t)data[0] << 8 | data[1];
	len[1] = (size_t)data[2] << 8 | data[3];
	data += 4;
	size -= 4;
	if (len[0] > size || len[1] > size - len[0])
		return 0;
	len[2] = size - len[0] - len[1];
	for (i = 0; i < 3; data += len[i++]) {
		blob[i] = malloc(len[i] + 1);
		if (!blob[i])
			abort();
		memcpy(blob[i], data, len[i]);
		if (i == 2)
			ovl_first_phandle_wins(blob[i], len[i], NULL, 0);
		opened += !ovl_tree_open(&tree[i], blob[i], len[i], storage[i], sizeof(storage[i]), NULL);
	}
	if (opened == 3) {
		check_refs(&tree[0], NULL, len[0]);
		check_refs(&tree[0], &tree[1], len[0]);
		for (match = OVL_MATCH_PATH; match <= OVL_MATCH_COMPATIBLE; match++)
			move(&tree[0], &tree[1], &tree[2], (enum ovl_match)match, len[0]);
	}
	for (i = 0; i < 3; i++)
		free(blob[i]);
	return 0;
}
