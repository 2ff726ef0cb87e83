/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* prop.c - the properties of a node as they stand in the merged tree.
 * First those that the node's own blob gives, each in its newest version; then, overlay by overlay, those
 * that only overlays gave.  A value is borrowed from the base or from an overlay's copy; a symbol of an
 * overlay has none, its path is made when it is asked for. */
#include "inner.h"

/* The text of a property that holds one NUL-terminated string; empty otherwise. */
struct ovl_str ovli_text(const struct ovli_prop *prop)
{
	uint32_t n = 0;

	while (n < prop->len && prop->value[n])
		n++;
	if (n + 1 != prop->len)
		return (struct ovl_str){ NULL, 0 };
	return (struct ovl_str){ (const char *)prop->value, n };
}

static void fill(const struct ovl_tree *t, struct ovl_prop *out, const struct ovli_prop *p, uint32_t layer)
{
	out->name = p->name;
	out->name_len = ovli_strlen(p->name);
	out->value = p->value;
	out->len = p->len;
	out->layer = ovli_layer(t, layer)->number;
	out->target = 0;
}

static void fill_version(const struct ovl_tree *t, struct ovl_prop *out, uint32_t version)
{
	const struct ovli_version *v = ovli_version(t, version);
	uint32_t layer = ovli_over(t, v->piece)->layer;
	struct ovli_blob b = ovli_blob(t, layer);
	struct ovli_prop p = ovli_prop_at(&b, v->off);

	fill(t, out, &p, layer);
	if (v->target) {
		out->target = v->target;
		out->value = NULL;
		out->len = ovl_node_path(t, ovli_home(t, v->target), NULL, 0) + 1;
	}
}

/* Own properties: out->own_off is where to look on.  0 when they are through. */
static int own_next(const struct ovl_tree *t, struct ovl_prop *out)
{
	uint32_t layer = ovli_layer_of(t, out->node), version = 0;
	struct ovli_blob b = ovli_blob(t, layer);
	struct ovli_prop p;

	do {
		p = ovli_prop_at(&b, out->own_off);
		if (!p.tag)
			return 0;
		out->own_off = p.tag + 12 + ovli_align4(p.len);
		if (out->replaced)
			version = ovli_trie_find(t, OVLI_VERSIONS, out->node, ovl_str(p.name));
	} while (version && (ovli_version(t, version)->flags & OVLI_GONE));
	if (version)
		fill_version(t, out, version);
	else
		fill(t, out, &p, layer);
	out->name = p.name;             /* the same text, where the blob it came with has it */
	return 1;
}

/* Properties that pieces brought: out->left of out->piece are still to be looked at. */
static int piece_next(const struct ovl_tree *t, struct ovl_prop *out)
{
	uint32_t newest = ovli_node(t, out->node)->pieces;

	for (;;) {
		const struct ovli_over *piece = ovli_over(t, out->piece);

		for (; out->left; out->left--) {
			uint32_t id = piece->versions + (piece->n_versions - out->left) * OVLI_WORDS(ovli_version);
			const struct ovli_version *v = ovli_version(t, id);
			struct ovli_blob b = ovli_blob(t, piece->layer);

			if (!(v->flags & OVLI_SET) || (v->flags & OVLI_OWN) || v->older)
				continue;
			id = ovli_trie_find(t, OVLI_VERSIONS, out->node, ovl_str(ovli_prop_at(&b, v->off).name));
			if (ovli_version(t, id)->flags & OVLI_GONE)
				continue;
			out->left--;
			fill_version(t, out, id);
			return 1;
		}
		if (out->piece == newest)
			return 0;
		out->piece = piece->newer;
		out->left = ovli_over(t, out->piece)->n_versions;
	}
}

/* Whether any overlay replaced a property that the node has of its own. */
static bool replaced(const struct ovl_tree *t, uint32_t node)
{
	uint32_t piece = ovli_node(t, node)->pieces;

	while (piece) {
		if (ovli_over(t, piece)->n_own)
			return true;
		piece = ovli_over(t, piece)->older;
	}
	return false;
}

int ovl_prop_first(const struct ovl_tree *t, ovl_node node, struct ovl_prop *out)
{
	struct ovli_blob b = ovli_blob(t, ovli_layer_of(t, node));

	memset(out, 0, sizeof(*out));
	out->node = node;
	out->replaced = replaced(t, node);
	if (!ovli_hides_own(t, node))
		out->own_off = ovli_props_start(&b, ovli_node(t, node)->off);
	return ovl_prop_next(t, out);
}

int ovl_prop_next(const struct ovl_tree *t, struct ovl_prop *out)
{
	uint32_t newest = ovli_node(t, out->node)->pieces;

	if (!out->piece) {
		if (out->own_off && own_next(t, out))
			return 1;
		if (!newest)
			return 0;
		out->piece = ovli_over(t, newest)->newer;
		out->left = ovli_over(t, out->piece)->n_versions;
	}
	return piece_next(t, out);
}

int ovl_prop_find(const struct ovl_tree *t, ovl_node node, struct ovl_str name, struct ovl_prop *out)
{
	uint32_t version = 0;
	struct ovli_prop p;

	memset(out, 0, sizeof(*out));
	out->node = node;
	if (ovli_node(t, node)->pieces)
		version = ovli_trie_find(t, OVLI_VERSIONS, node, name);
	if (version && (ovli_version(t, version)->flags & OVLI_GONE))
		return 0;
	if (version) {
		fill_version(t, out, version);
		return 1;
	}
	if (ovli_hides_own(t, node))
		return 0;
	p = ovli_own_prop(t, node, name);
	if (!p.tag)
		return 0;
	fill(t, out, &p, ovli_layer_of(t, node));
	return 1;
}

void ovl_prop_copy(const struct ovl_tree *t, const struct ovl_prop *prop, void *out)
{
	char *text = out;

	if (!prop->target) {
		memcpy(out, prop->value, prop->len);
		return;
	}
	ovl_node_path(t, ovli_home(t, prop->target), text, prop->len - 1);
	text[prop->len - 1] = 0;
}

uint32_t ovl_prop_cell(const struct ovl_prop *prop, uint32_t i)
{
	return prop->value && i < prop->len / 4 ? ovli_be32(prop->value + (size_t)i * 4) : 0;
}
