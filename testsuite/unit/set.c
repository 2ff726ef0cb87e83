/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* set.c - what libovl promises of ovl_set() and ovl_set_back(), on a base from a file.  For each node, with
 * a property that it has, one that it has not, and its status:
 *   sizes     every output from nothing to enough: one "no space" with the exact need, nothing written
 *   back      applied and taken back it is the base, byte for byte: in one tree, and flattened in between
 *   judge     libfdt takes both overlays to be sound, and the first applied gives the same tree
 *   hurt      of every base with a wrong bit that opens, the same as `back`
 *   refused   what ovl_apply() would refuse, or take otherwise, with the node and the property named
 * Usage: set BASE    Prints what failed, then "N passed, N failed". */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "ovl.h"

enum { ROOM = 1 << 16, N_CHANGES = 3 };

static uint32_t storage[ROOM], again[ROOM];
static unsigned char on[ROOM], off[ROOM], base_was[ROOM], merged[ROOM], back[ROOM];
static unsigned long n_passed, n_failed;

static void expect(int holds, const char *test, const char *what, size_t at)
{
	n_passed += holds != 0;
	n_failed += !holds;
	if (!holds && n_failed <= 20)
		printf("FAIL set/%s: %s (at %zu)\n", test, what, at);
}

static size_t flatten(struct ovl_tree *tree, unsigned char *out)
{
	size_t len = 0;

	return ovl_flatten(tree, out, ROOM, &len, NULL) ? 0 : len;
}

static ovl_node next_node(const struct ovl_tree *tree, ovl_node node)
{
	ovl_node next = ovl_node_first(tree, node);

	while (!next && node) {
		next = ovl_node_next(tree, node);
		node = ovl_node_parent(tree, node);
	}
	return next;
}

/* What is changed of a node: its last property as far as it may, a new one, its status. */
static void changes_of(const struct ovl_tree *tree, ovl_node node, struct ovl_change changes[N_CHANGES])
{
	struct ovl_str last = ovl_str("new-too");
	struct ovl_prop p;
	int more, i;

	for (more = ovl_prop_first(tree, node, &p); more; more = ovl_prop_next(tree, &p))
		if (p.name[0] != '#' && !strstr(p.name, "phandle") && strcmp(p.name, "status") != 0 &&
		    strcmp(p.name, "never-seen") != 0)
			last = (struct ovl_str){ p.name, p.name_len };
	for (i = 0; i < N_CHANGES; i++)
		changes[i] = (struct ovl_change){ .node = node };
	changes[0].prop = last;
	changes[0].value = "other";
	changes[0].len = 5;
	changes[1].prop = ovl_str("never-seen");
	changes[2].prop = ovl_str("status");
	changes[2].value = "disabled";
	changes[2].len = 9;
}

/* ---------------------------------------------------------------- sizes */

typedef enum ovl_err set_fn(const struct ovl_tree *tree, const struct ovl_change *changes, uint32_t n, void *out,
			    size_t out_bytes, size_t *out_len, struct ovl_error *err);

static void test_sizes(const struct ovl_tree *tree, const struct ovl_change *changes, set_fn *set)
{
	size_t need = 0, room, len;
	struct ovl_error err;

	expect(!set(tree, changes, N_CHANGES, NULL, 0, &need, &err), "sizes", "dry run", 0);
	for (room = 0; room <= need; room++) {
		unsigned char *out = malloc(room + 1);
		enum ovl_err code;

		memset(out, 0xa5, room + 1);
		len = 1;
		code = set(tree, changes, N_CHANGES, out, room, &len, &err);
		if (room < need)
			expect(code == OVL_ERR_SPACE && err.side == OVL_OUTPUT && err.need_bytes == need && len == 1 &&
			       (!room || out[0] == 0xa5), "sizes", "too small", room);
		else
			expect(!code && len == need && !fdt_check_full(out, len), "sizes", "enough", room);
		expect(out[room] == 0xa5, "sizes", "written past the end", room);
		free(out);
	}
}

/* ---------------------------------------------------------------- back */

/* Both overlays applied, in one tree or with a blob between them. */
static size_t apply_both(const void *base, size_t base_len, size_t on_len, size_t off_len, int flat_between)
{
	struct ovl_tree tree;
	size_t len;

	if (ovl_tree_open(&tree, base, base_len, again, sizeof(again), NULL) ||
	    ovl_apply(&tree, on, on_len, NULL, NULL))
		return 0;
	if (flat_between) {
		len = flatten(&tree, merged);
		if (!len || ovl_tree_open(&tree, merged, len, again, sizeof(again), NULL))
			return 0;
	}
	if (ovl_apply(&tree, off, off_len, NULL, NULL))
		return 0;
	return flatten(&tree, back);
}

/* A hurt base may have names in its strings block that nothing uses: those at its end may go. */
static void test_back(const struct ovl_tree *tree, const unsigned char *base, size_t base_len, size_t was_len,
		      const struct ovl_change *changes, const char *test, int sound)
{
	size_t on_len = 0, off_len = 0, len;
	int between;

	if (ovl_set(tree, changes, N_CHANGES, on, ROOM, &on_len, NULL) ||
	    ovl_set_back(tree, changes, N_CHANGES, off, ROOM, &off_len, NULL)) {
		expect(!sound, test, "refused", 0);
		return;
	}
	expect(!fdt_check_full(on, on_len) && !fdt_check_full(off, off_len), test, "no sound blobs", 0);
	for (between = 0; between < 2; between++) {
		len = apply_both(base, base_len, on_len, off_len, between);
		expect(len == was_len && memcmp(back, base_was, len) == 0, test, "not the base", (size_t)between);
	}
}

static void test_judge(const unsigned char *base, size_t base_len, size_t on_len)
{
	static unsigned char peer[ROOM], overlay[ROOM];
	struct ovl_tree tree;
	size_t len;
	int node;

	if (fdt_open_into(base, peer, ROOM))
		return;
	memcpy(overlay, on, on_len);
	expect(!fdt_overlay_apply(peer, overlay), "judge", "libfdt refuses", 0);
	if (ovl_tree_open(&tree, base, base_len, again, sizeof(again), NULL) || ovl_apply(&tree, on, on_len, NULL, NULL))
		return;
	len = flatten(&tree, merged);
	for (node = 0; node >= 0; node = fdt_next_node(peer, node, NULL)) {
		char path[256];
		int ours = fdt_get_path(peer, node, path, sizeof(path)) ? -1 : fdt_path_offset(merged, path), prop;

		fdt_for_each_property_offset(prop, peer, node) {
			const char *name;
			int n, m;
			const void *value = fdt_getprop_by_offset(peer, prop, &name, &n);
			const void *mine = ours < 0 ? NULL : fdt_getprop(merged, ours, name, &m);

			expect(mine && n == m && memcmp(value, mine, (size_t)n) == 0, "judge", path, len);
		}
	}
}

static void test_nodes(const unsigned char *base, size_t base_len)
{
	struct ovl_change changes[N_CHANGES];
	struct ovl_tree tree;
	size_t was_len, len;
	ovl_node node;

	if (ovl_tree_open(&tree, base, base_len, storage, sizeof(storage), NULL))
		exit(2);
	was_len = flatten(&tree, base_was);
	for (node = ovl_node_root(&tree); node; node = next_node(&tree, node)) {
		struct ovl_str name = ovl_node_name(&tree, node);

		if (name.len == 11 && memcmp(name.ptr, "__symbols__", 11) == 0)
			continue;
		changes_of(&tree, node, changes);
		test_sizes(&tree, changes, ovl_set);
		test_sizes(&tree, changes, ovl_set_back);
		test_back(&tree, base, base_len, was_len, changes, "back", 1);
		if (!ovl_set(&tree, changes, N_CHANGES, on, ROOM, &len, NULL))
			test_judge(base, base_len, len);
	}
}

/* Names that a wrong bit leaves without a use are not at the end of the block as long as the last name is used. */
static void test_hurt(const unsigned char *base, size_t base_len)
{
	struct ovl_change changes[N_CHANGES];
	size_t bit, was_len;

	for (bit = 0; bit < base_len * 8; bit++) {
		unsigned char *hurt = malloc(base_len);
		struct ovl_tree tree;

		memcpy(hurt, base, base_len);
		hurt[bit / 8] ^= (unsigned char)(1 << bit % 8);
		if (!ovl_tree_open(&tree, hurt, base_len, storage, sizeof(storage), NULL) &&
		    (was_len = flatten(&tree, base_was)) != 0) {
			ovl_node node = ovl_node_root(&tree);
			size_t skip = bit % 23;

			while (skip-- && next_node(&tree, node))
				node = next_node(&tree, node);
			changes_of(&tree, node, changes);
			test_back(&tree, hurt, base_len, was_len, changes, "hurt", 0);
		}
		free(hurt);
	}
}

/* ---------------------------------------------------------------- refused */

static void test_one(const struct ovl_tree *tree, set_fn *set, struct ovl_change change, enum ovl_err wanted,
		     const char *what)
{
	size_t len = 7;
	struct ovl_error err;
	enum ovl_err code = set(tree, &change, 1, on, ROOM, &len, &err);

	expect(code == wanted && (!code || (err.code == code && len == 7 && err.prop.ptr == change.prop.ptr)), "refused",
	       what, code);
}

static void test_refused(const unsigned char *base, size_t base_len)
{
	static const char two[] = { 0, 0, 0, 2 };
	struct ovl_tree tree;
	ovl_node root, leaf;

	if (ovl_tree_open(&tree, base, base_len, storage, sizeof(storage), NULL))
		exit(2);
	root = ovl_node_root(&tree);
	leaf = ovl_node_by_label(&tree, ovl_str("uart0"));
	test_one(&tree, ovl_set, (struct ovl_change){ .node = leaf, .prop = ovl_str("phandle"), .value = two, .len = 4 },
		 OVL_ERR_PROTECTED, "a phandle");
	test_one(&tree, ovl_set, (struct ovl_change){ .node = ovl_node_child(&tree, root, ovl_str("__symbols__")),
		 .prop = ovl_str("a"), .value = "/", .len = 2 }, OVL_ERR_PROTECTED, "a symbol");
	test_one(&tree, ovl_set, (struct ovl_change){ .node = root, .prop = ovl_str("#address-cells"), .value = two,
		 .len = 4 }, OVL_ERR_CELLS, "cells");
	test_one(&tree, ovl_set, (struct ovl_change){ .node = leaf, .prop = ovl_str("#size-cells"), .value = two,
		 .len = 4 }, OVL_OK, "cells that are not there");
	test_one(&tree, ovl_set_back, (struct ovl_change){ .node = leaf, .prop = ovl_str("#size-cells"), .value = two,
		 .len = 4 }, OVL_ERR_CELLS, "cells that are not there, back");
	test_one(&tree, ovl_set, (struct ovl_change){ .node = leaf, .prop = ovl_str("") }, OVL_ERR_NAME, "no name");
	test_one(&tree, ovl_set, (struct ovl_change){ .node = leaf, .prop = ovl_str("a b") }, OVL_ERR_NAME, "a blank");
	test_one(&tree, ovl_set, (struct ovl_change){ .node = leaf, .prop = ovl_str("a"), .label = ovl_str("gpio") },
		 OVL_ERR_NO_LABEL, "another's label");
	test_one(&tree, ovl_set, (struct ovl_change){ .node = OVL_NONE, .prop = ovl_str("a") }, OVL_ERR_NO_TARGET, "no node");
	expect(ovl_set(&tree, NULL, 0, on, ROOM, &(size_t){ 0 }, NULL) == OVL_ERR_NOT_OVERLAY, "refused", "nothing", 0);
}

int main(int argc, char **argv)
{
	static unsigned char base[ROOM];
	size_t len;

	if (argc != 2) {
		fputs("usage: set BASE\n", stderr);
		return 2;
	}
	len = load_file_into(argv[1], base, ROOM);
	test_nodes(base, len);
	test_hurt(base, len);
	test_refused(base, len);
	printf("%lu passed, %lu failed\n", n_passed, n_failed);
	return n_failed != 0;
}
