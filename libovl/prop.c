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

void ovli_prop_own(const struct ovl_tree *t, struct ovl_prop *out, const struct ovli_prop *p, uint32_t layer)
{
	out->name = p->name;
	out->name_len = ovli_strlen(p->name);
	out->value = p->value;
	out->len = p->len;
	out->layer = ovli_layer(t, layer)->number;
	out->version = out->deleted = 0;
}

void ovli_prop_version(const struct ovl_tree *t, struct ovl_prop *out, uint32_t version)
{
	const struct ovli_version *v = ovli_version(t, version);
	uint32_t layer = ovli_over(t, v->piece)->layer;
	struct ovli_blob b = ovli_blob(t, layer);
	struct ovli_prop p = ovli_prop_at(&b, v->off);

	ovli_prop_own(t, out, &p, layer);
	out->version = version;
	out->deleted = (v->flags & OVLI_GONE) != 0;
	if (v->target) {
		out->value = NULL;
		out->len = ovl_node_path(t, ovli_prop_target(t, out), NULL, 0) + 1;
	}
}

/* Of a walk: an overlay replaced what the node has of its own; what was deleted is shown. */
enum { REPLACED = 1, EVER = 2 };

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
		if (out->flags & REPLACED)
			version = ovli_trie_find(t, OVLI_VERSIONS, out->node, ovl_str(p.name));
	} while (version && !(out->flags & EVER) && (ovli_version(t, version)->flags & OVLI_GONE));
	if (version)
		ovli_prop_version(t, out, version);
	else
		ovli_prop_own(t, out, &p, layer);
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
			if (!(out->flags & EVER) && (ovli_version(t, id)->flags & OVLI_GONE))
				continue;
			out->left--;
			ovli_prop_version(t, out, id);
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

int ovli_prop_start(const struct ovl_tree *t, ovl_node node, bool ever, struct ovl_prop *out)
{
	struct ovli_blob b = ovli_blob(t, ovli_layer_of(t, node));

	memset(out, 0, sizeof(*out));
	out->node = node;
	out->flags = (replaced(t, node) ? REPLACED : 0) | (ever ? EVER : 0);
	if (!ovli_hides_own(t, node))
		out->own_off = ovli_props_start(&b, ovli_node(t, node)->off);
	return ovl_prop_next(t, out);
}

int ovl_prop_first(const struct ovl_tree *t, ovl_node node, struct ovl_prop *out)
{
	return ovli_prop_start(t, node, false, out);
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
		ovli_prop_version(t, out, version);
		return 1;
	}
	if (ovli_hides_own(t, node))
		return 0;
	p = ovli_own_prop(t, node, name);
	if (!p.tag)
		return 0;
	ovli_prop_own(t, out, &p, ovli_layer_of(t, node));
	return 1;
}

bool ovli_has_prop(const struct ovl_tree *t, uint32_t node, struct ovl_str name)
{
	struct ovl_prop p;

	return ovl_prop_find(t, node, name, &p);
}

/* What a node says in a property of one cell, OVLI_LARGEST at the most. */
uint32_t ovli_count(const struct ovl_tree *t, uint32_t node, const char *name, uint32_t otherwise)
{
	struct ovl_prop p;
	uint32_t n;

	if (!ovl_prop_find(t, node, ovl_str(name), &p) || p.len != 4)
		return otherwise;
	n = ovl_prop_cell(&p, 0);
	return n < OVLI_LARGEST ? n : OVLI_LARGEST;
}

/* Whether two nodes have the same stored value, or both none. */
bool ovli_same_prop(const struct ovl_tree *t, uint32_t node, const struct ovl_tree *u, uint32_t other,
		    struct ovl_str name)
{
	struct ovl_prop a, b;
	int in_t = ovl_prop_find(t, node, name, &a), in_u = ovl_prop_find(u, other, name, &b);

	if (!in_t || !in_u)
		return in_t == in_u;
	return a.value && b.value && a.len == b.len && memcmp(a.value, b.value, a.len) == 0;
}

void ovl_prop_copy(const struct ovl_tree *t, const struct ovl_prop *prop, void *out)
{
	char *text = out;

	if (prop->value) {
		memcpy(out, prop->value, prop->len);
		return;
	}
	ovl_node_path(t, ovli_prop_target(t, prop), text, prop->len - 1);
	text[prop->len - 1] = 0;
}

uint32_t ovl_prop_cell(const struct ovl_prop *prop, uint32_t i)
{
	return prop->value && i < prop->len / 4 ? ovli_be32(prop->value + (size_t)i * 4) : 0;
}

/* Where in the base's strings block the last name ends that a property of a base's node has. */
uint32_t ovli_names_end(const struct ovl_tree *t)
{
	const struct ovli_layer *l = ovli_layer(t, t->base_layer);
	struct ovli_blob b = ovli_blob(t, t->base_layer);
	uint32_t node, end = 0;
	struct ovl_prop p;
	int more;

	for (node = l->nodes; node < l->nodes_end; node += l->stride)
		for (more = ovl_prop_first(t, node, &p); more; more = ovl_prop_next(t, &p)) {
			bool in_base = p.name >= b.strings && p.name < b.strings + b.size_strings;
			uint32_t behind = in_base ? (uint32_t)(p.name - b.strings) + p.name_len + 1 : 0;

			end = behind > end ? behind : end;
		}
	return end;
}
