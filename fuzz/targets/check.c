/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* check.c - fuzz target: an overlay judged alone, and on a base, by everything that judges.
 * Parts: the base, the overlay, another tree for the seed.  What fails the check alone is not applied; findings
 * and violations are counted the same with and without a list, their paths fit what they say; a tree is never
 * found to differ from itself. */
#include <stdlib.h>

#include "fuzz.h"

static uint32_t storage[ROOM / 4], again[ROOM / 4];
static char path[1 << 16];

static void see_violations(const struct ovl_tree *tree, const struct ovl_violation *list, uint32_t n)
{
	for (uint32_t i = 0; i < n && i < 8; i++) {
		EXPECT(list[i].kind < OVL_N_VIOLATIONS);
		ovl_violation_path(tree, &list[i], path, sizeof(path));
	}
}

static void by_policy(const struct ovl_tree *tree)
{
	static const struct ovl_policy_rule rules[] = {
		{ 0, OVL_ACT_SET, { "/**", 3 }, { "reg*", 4 }, { 0 } },
		{ 1, OVL_ACT_NODE | OVL_ACT_INIT, { "/?*/*", 5 }, { 0 }, { 0 } },
		{ 1, OVL_ACT_SET, { 0 }, { "status", 6 }, { "okay\0disabled", 13 } },
	};
	static const struct ovl_policy own = { "own", rules, 3 };
	const struct ovl_policy *const policies[] = { &own, &ovl_policy_status_only, &ovl_policy_new_nodes_only };
	struct ovl_violation list[8];

	for (size_t i = 0; i < 3; i++) {
		uint32_t n = ovl_policy_check(tree, policies[i], list, 8);

		EXPECT(n == ovl_policy_check(tree, policies[i], NULL, 0));
		see_violations(tree, list, n);
	}
}

static void by_consumers(const struct ovl_tree *tree)
{
	struct ovl_finding list[8];

	for (int c = 0; c < OVL_N_CONSUMERS; c++) {
		uint32_t n = ovl_profile(tree, (enum ovl_consumer)c, list, 8);

		EXPECT(n == ovl_profile(tree, (enum ovl_consumer)c, NULL, 0));
		for (uint32_t i = 0; i < n && i < 8; i++) {
			EXPECT(list[i].rule < OVL_N_RULES && list[i].verdict != OVL_ACCEPTS);
			ovl_finding_path(tree, &list[i], path, sizeof(path));
		}
	}
}

static void by_limits(struct ovl_tree *tree, int partial)
{
	const struct ovl_window window = { 0x1000, 0xffffffff };
	const struct ovl_range range = { 1, 0x100 };
	const struct ovl_limits limits = { &range, 1, &window, 1, 0, partial };
	struct ovl_violation list[8];
	uint32_t n, m;

	if (ovl_limits_check(tree, &limits, list, 8, &n, NULL))
		return;
	EXPECT(!ovl_limits_check(tree, &limits, NULL, 0, &m, NULL) && n == m);
	see_violations(tree, list, n);
}

static void by_seed(const struct ovl_tree *tree, const struct ovl_tree *seed, bool same)
{
	struct ovl_violation list[8];
	struct ovl_comparison c = { .tree = tree, .seed = seed };
	uint32_t n = ovl_seed_check(&c, list, 8);

	c = (struct ovl_comparison){ .tree = tree, .seed = seed };
	EXPECT(n == ovl_seed_check(&c, NULL, 0));
	EXPECT(!same || n == 0);
	see_violations(tree, list, n);
}

/* Returns whether it is good; everything in exactly the storage that was said. */
static bool alone(const struct part *overlay)
{
	struct ovl_error err;
	struct ovl_tree tree;
	size_t bytes;
	void *own;

	if (ovl_apply_size(overlay->bytes, overlay->len, NULL, &bytes, &err))
		return false;
	own = malloc(bytes);
	EXPECT(own);
	if (ovl_check_overlay(overlay->bytes, overlay->len, own, bytes, &err)) {
		EXPECT(err.code != OVL_ERR_SPACE);
		EXPECT(ovl_profile_open(&tree, overlay->bytes, overlay->len, own, bytes, NULL) == err.code);
	} else {
		EXPECT(!ovl_profile_open(&tree, overlay->bytes, overlay->len, own, bytes, NULL));
		by_policy(&tree);
		by_consumers(&tree);
	}
	free(own);
	return !err.code;
}

void fuzz_target(struct input *input)
{
	const struct part *base = &input->parts[0], *overlay = &input->parts[1], *seed = &input->parts[2];
	const struct ovl_apply_options options = { .flags = OVL_KEEP | OVL_ALLOW_CELLS | OVL_LOOSE };
	int partial = (int)choose(input, 2);
	bool good = alone(overlay);
	struct ovl_tree tree, other;

	if (ovl_tree_open(&tree, base->bytes, base->len, storage, sizeof(storage), NULL))
		return;
	by_seed(&tree, &tree, true);
	by_limits(&tree, partial);
	if (ovl_apply(&tree, overlay->bytes, overlay->len, &options, NULL))
		return;
	EXPECT(good);
	by_policy(&tree);
	by_consumers(&tree);
	by_limits(&tree, partial);
	by_seed(&tree, &tree, true);
	if (!ovl_tree_open(&other, seed->len ? seed->bytes : base->bytes, seed->len ? seed->len : base->len, again,
			   sizeof(again), NULL))
		by_seed(&tree, &other, false);
}
