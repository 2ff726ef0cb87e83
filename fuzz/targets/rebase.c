/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* rebase.c - fuzz target: the references of any blob, and any artefact moved from any tree to any other.
 * Parts: the artefact, the old tree, the new tree.  A reference lies in its value and leads to the node with its
 * phandle; what is written has the artefact's length, passes libfdt's check when the artefact does, and stays as it
 * is when it is moved to the new tree once more, by paths as before; a refusal names its place. */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static uint32_t storage[4][ROOM / 4], plans[2][ROOM / 4];
static unsigned char moved[1 << 17], again[1 << 17];

static void move_again(const struct ovl_tree *now, size_t len)
{
	struct ovl_rebase plan;
	struct ovl_tree tree;
	size_t n;

	EXPECT(!ovl_tree_open(&tree, moved, len, storage[3], sizeof(storage[3]), NULL));
	if (ovl_rebase_plan(&plan, &tree, now, now, NULL, plans[1], sizeof(plans[1]), NULL))
		return;
	EXPECT(!plan.n_rewritten && !plan.n_renumbered);
	EXPECT(!ovl_rebase_write(&plan, again, sizeof(again), &n, NULL));
	EXPECT(n == len && memcmp(moved, again, n) == 0);
}

static void move(const struct ovl_tree *artefact, const struct ovl_tree *old, const struct ovl_tree *now,
		 enum ovl_match match, size_t room)
{
	struct ovl_rebase_options options = { .match = match };
	struct ovl_rebase plan;
	struct ovl_rebased to;
	struct ovl_error err;
	size_t len;

	if (ovl_rebase_plan(&plan, artefact, old, now, &options, plans[0], sizeof(plans[0]), &err)) {
		EXPECT(err.code < OVL_ERR_DANGLING || (plan.ref.node && err.prop.len));
		return;
	}
	for (int more = ovl_rebased_first(&plan, &to); more; more = ovl_rebased_next(&plan, &to))
		EXPECT(to.node);
	EXPECT(!ovl_rebase_write(&plan, moved, sizeof(moved), &len, &err) && len <= room);
	EXPECT(!fdt_check_full(artefact->base, room) == !fdt_check_full(moved, len));
	if (match == OVL_MATCH_PATH)
		move_again(now, len);
}

void fuzz_target(struct input *input)
{
	struct ovl_tree tree[3];
	struct part blob[3];
	int match, opened = 0;

	for (size_t i = 0; i < 3; i++) {
		/* Copies: what has two phandles is made one that has one. */
		blob[i] = (struct part){ malloc(input->parts[i].len + 1), input->parts[i].len };
		EXPECT(blob[i].bytes);
		memcpy(blob[i].bytes, input->parts[i].bytes, blob[i].len);
		if (i == 2)
			ovl_first_phandle_wins(blob[i].bytes, blob[i].len, NULL, 0);
		opened += !ovl_tree_open(&tree[i], blob[i].bytes, blob[i].len, storage[i], sizeof(storage[i]), NULL);
	}
	if (opened == 3) {
		expect_refs(&tree[0], NULL, blob[0].len);
		expect_refs(&tree[0], &tree[1], blob[0].len);
		for (match = OVL_MATCH_PATH; match <= OVL_MATCH_COMPATIBLE; match++)
			move(&tree[0], &tree[1], &tree[2], (enum ovl_match)match, blob[0].len);
	}
	for (size_t i = 0; i < 3; i++)
		free(blob[i].bytes);
}
