/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* reader.c - fuzz target: any bytes as a blob, and every way to look into it.
 * Parts: the blob.  It opens in exactly the storage that was said; each node is found again by its path, its
 * phandle and its name, each property by its name; libfdt, given the flattened tree, sees the same nodes and the
 * same values; what consumers make of it is counted the same with and without a list. */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static struct image flat;

static ovl_node tree_next(const struct ovl_tree *tree, ovl_node node)
{
	ovl_node next = ovl_node_first(tree, node);

	for (; !next && node; node = ovl_node_parent(tree, node))
		next = ovl_node_next(tree, node);
	return next;
}

static void look_at_prop(const struct ovl_tree *tree, ovl_node node, const struct ovl_prop *p, int off)
{
	const struct ovl_str name = { p->name, p->name_len };
	struct ovl_prop found;
	const void *value;
	int len;

	EXPECT(ovl_prop_find(tree, node, name, &found));
	EXPECT(found.value == p->value && found.len == p->len && p->layer == 0 && !p->deleted);
	EXPECT(strlen(p->name) == p->name_len);
	value = fdt_getprop_namelen(flat.bytes, off, p->name, (int)p->name_len, &len);
	EXPECT(value && len == (int)p->len && memcmp(value, p->value, p->len) == 0);
	EXPECT(p->len < 4 || ovl_prop_cell(p, 0) == fdt32_ld(value));
	EXPECT(ovl_prop_cell(p, p->len / 4) == 0);
	EXPECT(!ovl_prop_older(tree, &found));
}

static void look_at_node(const struct ovl_tree *tree, ovl_node node, int off)
{
	static char path[OVL_MAX_DEPTH * (OVL_MAX_NAME + 1) + 1];
	ovl_node parent = ovl_node_parent(tree, node);
	struct ovl_str name = ovl_node_name(tree, node);
	uint32_t phandle = ovl_node_phandle(tree, node), len = ovl_node_path(tree, node, path, sizeof(path));
	struct ovl_prop p;
	int more, their_len, theirs;

	EXPECT(len < sizeof(path));
	EXPECT(ovl_node_by_path(tree, (struct ovl_str){ path, len }) == node);
	EXPECT(!parent || ovl_node_child(tree, parent, name) == node);
	EXPECT(!phandle || ovl_node_by_phandle(tree, phandle) == node);
	EXPECT(phandle == fdt_get_phandle(flat.bytes, off));
	EXPECT(memcmp(fdt_get_name(flat.bytes, off, &their_len), name.ptr, name.len) == 0);
	EXPECT(their_len == (int)name.len && ovl_node_layer(tree, node) == 0);
	theirs = fdt_first_property_offset(flat.bytes, off);
	for (more = ovl_prop_first(tree, node, &p); more; more = ovl_prop_next(tree, &p)) {
		EXPECT(theirs >= 0);
		theirs = fdt_next_property_offset(flat.bytes, theirs);
		look_at_prop(tree, node, &p, off);
	}
	EXPECT(theirs < 0);
}

static void look_at_all(struct ovl_tree *tree)
{
	ovl_node symbols = ovl_node_by_path(tree, ovl_str("/__symbols__"));
	int off = 0, depth = 0, more;
	struct ovl_prop p;

	for (ovl_node node = ovl_node_root(tree); node; node = tree_next(tree, node)) {
		EXPECT(off >= 0);
		look_at_node(tree, node, off);
		off = fdt_next_node(flat.bytes, off, &depth);
	}
	EXPECT(off < 0 || depth < 0);
	for (more = symbols && ovl_prop_first(tree, symbols, &p); more; more = ovl_prop_next(tree, &p))
		ovl_node_by_label(tree, (struct ovl_str){ p.name, p.name_len });
}

/* What has the look of an overlay is judged for all who could get it. */
static void look_at_overlay(const struct part *blob)
{
	struct ovl_finding list[4], one;
	struct ovl_error err;
	struct ovl_tree tree;
	size_t bytes;
	void *storage;

	if (ovl_apply_size(blob->bytes, blob->len, NULL, &bytes, &err))
		return;
	storage = malloc(bytes);
	EXPECT(storage);
	if (ovl_profile_open(&tree, blob->bytes, blob->len, storage, bytes, &err)) {
		EXPECT(err.code != OVL_ERR_SPACE);
		for (int c = 0; c < OVL_N_CONSUMERS; c++)
			ovl_profile_error(&err, (enum ovl_consumer)c, &one);
	} else {
		for (int c = 0; c < OVL_N_CONSUMERS; c++)
			EXPECT(ovl_profile(&tree, (enum ovl_consumer)c, list, 4) ==
			       ovl_profile(&tree, (enum ovl_consumer)c, NULL, 0));
	}
	free(storage);
}

void fuzz_target(struct input *input)
{
	const struct part *blob = &input->parts[0];
	struct ovl_error err;
	struct ovl_tree tree;
	size_t bytes, out_bytes;
	void *storage;

	look_at_overlay(blob);
	if (ovl_tree_size(blob->bytes, blob->len, &bytes, &err))
		return;
	storage = malloc(bytes);
	EXPECT(storage);
	if (!ovl_tree_open(&tree, blob->bytes, blob->len, storage, bytes, &err)) {
		EXPECT(ovl_tree_used(&tree) <= bytes && ovl_tree_peak(&tree) <= bytes);
		EXPECT(write_tree(&tree, &flat) && !ovl_flatten_size(&tree, &out_bytes, &err));
		EXPECT(out_bytes == flat.len);
		expect_valid(flat.bytes, flat.len);
		look_at_all(&tree);
		expect_refs(&tree, NULL, blob->len);
		expect_refs(&tree, &tree, blob->len);
	}
	EXPECT(err.code != OVL_ERR_SPACE);
	free(storage);
}
