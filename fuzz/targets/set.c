/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* set.c - fuzz target: properties of any base changed, as overlays.
 * Parts: the base, a value.  The overlay that makes the changes is whole, applies, and gives them; the one that
 * takes them back gives the tree as it was. */
#include <string.h>

#include "fuzz.h"

enum { MOST = 3 };

static uint32_t storage[ROOM / 4];
static struct image before, after, on, off;

static bool apply_own(struct ovl_tree *tree, const struct image *overlay)
{
	struct ovl_error err;

	expect_valid(overlay->bytes, overlay->len);
	/* Only the base's names can make it slow; the storage is enough for anything so small. */
	if (ovl_apply(tree, overlay->bytes, overlay->len, NULL, &err))
		EXPECT(is_limit(err.code));
	return !err.code;
}

/* Some node: down, or on, as the choices say. */
static ovl_node some_node(struct input *input, const struct ovl_tree *tree, ovl_node node)
{
	for (unsigned int steps = choose(input, 8); steps; steps--) {
		ovl_node down = ovl_node_first(tree, node), on_from = ovl_node_next(tree, node);
		ovl_node next = choose(input, 2) && on_from ? on_from : down;

		if (!next)
			break;
		node = next;
	}
	return node;
}

static void expect_set(const struct ovl_tree *tree, const struct ovl_change *change)
{
	struct ovl_prop p;

	/* A status of okay is as good as none. */
	if (!ovl_prop_find(tree, change->node, change->prop, &p))
		EXPECT(change->prop.len == 6 && memcmp(change->prop.ptr, "status", 6) == 0);
	else
		EXPECT(p.len == change->len && memcmp(p.value, change->value, p.len) == 0);
}

void fuzz_target(struct input *input)
{
	static const char *const names[] = { "set-by-the-fuzzer", "status", "reg", "compatible", "#address-cells",
					     "phandle", "a/b", "clocks" };
	const struct part *base = &input->parts[0], *value = &input->parts[1];
	struct ovl_change changes[MOST];
	struct ovl_tree tree;
	struct ovl_error err;
	uint32_t n = 1 + choose(input, MOST);
	bool added;
	ovl_node node;

	if (ovl_tree_open(&tree, base->bytes, base->len, storage, sizeof(storage), NULL))
		return;
	node = some_node(input, &tree, ovl_node_root(&tree));
	for (uint32_t i = 0; i < n; i++) {
		size_t len = value->len ? choose(input, 64) % (value->len + 1) : 0;

		changes[i] = (struct ovl_change){ .node = node, .prop = ovl_str(names[(choose(input, 8) + i) % 8]),
						  .value = value->bytes, .len = (uint32_t)len };
		node = choose(input, 2) ? node : some_node(input, &tree, node);
	}
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < i; k++)
			if (changes[i].node == changes[k].node &&
			    (changes[i - 1].node != changes[i].node || changes[i].prop.ptr == changes[k].prop.ptr))
				return;
	if (ovl_set(&tree, changes, n, on.bytes, sizeof(on.bytes), &on.len, &err) ||
	    ovl_set_back(&tree, changes, n, off.bytes, sizeof(off.bytes), &off.len, &err) ||
	    !write_tree(&tree, &before) || !apply_own(&tree, &on))
		return;
	for (uint32_t i = 0; i < n; i++)
		expect_set(&tree, &changes[i]);
	if (!apply_own(&tree, &off) || !write_tree(&tree, &after))
		return;
	/* What ovl_set_back() says of names that stand unused at the end of the strings. */
	added = false;
	for (uint32_t i = 0; i < n; i++)
		added |= memmem(base->bytes, base->len, changes[i].prop.ptr, changes[i].prop.len) != NULL;
	EXPECT(added || same_bytes(&before, &after));
}
