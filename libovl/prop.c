/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* prop.c - the properties of a node as they stand in the merged tree.
 * First those that the node's own blob gives, each in its newest version; then, overlay by overlay, those
 * that only overlays gave.  A value is borrowed from the base or from an overlay's copy; a symbol of an
 * overlay has none, its path is made when it is asked for. */
#include "inner.h"

/* The text of a property that holds one NUL-terminated string; empty otherwise. */
struct ovl_str ovli_text(struct ovli_prop p)
{
	const char *text = (const char *)ovli_prop_value(p);
	uint32_t n = ovli_strlen_in(text, ovli_prop_len(p));

	return n + 1 == ovli_prop_len(p) ? (struct ovl_str){ text, n } : (struct ovl_str){ NULL, 0 };
}

bool ovli_hides_own(const struct ovl_tree *t, uint32_t node)
{
	return !ovli_in_base(t, node) && (ovli_over(t, node)->flags & OVLI_HIDE_OWN);
}

/* The first property that the node's own blob gives it. */
struct ovli_prop ovli_first_prop(const struct ovl_tree *t, uint32_t node)
{
	const struct ovli_layer *l = ovli_layer(t, ovli_layer_of(t, node));
	const unsigned char *begin = ovli_origin(t, l) + (ovli_node(t, node)->off & ~(uint32_t)OVLI_MANY);

	return ovli_prop_from(ovli_behind_name(begin), ovli_strings(t, l));
}

/* Of an overlay: the property whose tag is there in the storage. */
struct ovli_prop ovli_prop_at(const struct ovl_tree *t, uint32_t layer, uint32_t off)
{
	return (struct ovli_prop){ (const unsigned char *)t->words + off, ovli_strings(t, ovli_layer(t, layer)) };
}

struct ovli_prop ovli_version_prop(const struct ovl_tree *t, uint32_t version)
{
	const struct ovli_version *v = ovli_version(t, version);

	return ovli_prop_at(t, ovli_over(t, v->piece)->layer, v->off);
}

/* The property of a node as it stands; *version is the one that an overlay set, or 0.  One that the node has of its
 * own needs no look for that as long as none of them was replaced. */
bool ovli_find_prop(const struct ovl_tree *t, uint32_t node, struct ovl_str name, struct ovli_prop *p,
		    uint32_t *version)
{
	*version = 0;
	p->tag = NULL;
	if (!ovli_hides_own(t, node))
		*p = ovli_own_prop(t, node, name);
	if (ovli_node(t, node)->pieces && (!p->tag || ovli_n_replaced(t, node)))
		*version = ovli_trie_find(t, OVLI_VERSIONS, node, name);
	if (!*version)
		return p->tag;
	*p = ovli_version_prop(t, *version);
	return !(ovli_version(t, *version)->flags & OVLI_GONE);
}

/* The node that a symbol without a value names. */
uint32_t ovli_prop_target(const struct ovl_tree *t, const struct ovl_prop *prop)
{
	return ovli_home(t, ovli_version(t, prop->version)->target);
}

/* Tell of a property of out->node: of a version of it, or, version 0, of what the node's own blob gives. */
void ovli_prop_tell(const struct ovl_tree *t, struct ovli_prop p, uint32_t version, struct ovl_prop *out)
{
	const struct ovli_version *v = ovli_version(t, version);

	out->name = ovli_prop_name(p);
	out->name_len = ovli_strlen(out->name);
	out->value = ovli_prop_value(p);
	out->len = ovli_prop_len(p);
	out->layer = ovl_node_layer(t, version ? v->piece : out->node);
	out->version = version;
	out->deleted = version && (v->flags & OVLI_GONE);
	if (version && v->target) {
		out->value = NULL;
		out->len = ovli_path_len(t, ovli_home(t, v->target)) + 1;
	}
}

static uint32_t newest_version(const struct ovl_tree *t, uint32_t node, struct ovli_prop p)
{
	return ovli_trie_find(t, OVLI_VERSIONS, node, ovl_str(ovli_prop_name(p)));
}

static bool is_hidden(const struct ovl_tree *t, const struct ovl_prop *walk, uint32_t version)
{
	return !(walk->flags & OVLI_EVER) && (ovli_version(t, version)->flags & OVLI_GONE);
}

/* Own properties: out->own_off is where to look on, out->left how many of the rest were replaced.  0 when they are
 * through. */
static int own_next(const struct ovl_tree *t, struct ovl_prop *out)
{
	const struct ovli_layer *l = ovli_layer(t, ovli_layer_of(t, out->node));
	const unsigned char *origin = ovli_origin(t, l);
	uint32_t version;
	struct ovli_prop p;

	do {
		p = ovli_prop_from(origin + out->own_off, ovli_strings(t, l));
		if (!p.tag)
			return 0;
		out->own_off = (uint32_t)(ovli_prop_end(p) - origin);
		version = out->left ? newest_version(t, out->node, p) : 0;
		out->left -= version != 0;
	} while (version && is_hidden(t, out, version));
	ovli_prop_tell(t, version ? ovli_version_prop(t, version) : p, version, out);
	out->name = ovli_prop_name(p);  /* the same text, where the blob it came with has it */
	return 1;
}

/* Properties that pieces brought: out->left of out->piece are still to be looked at. */
static int piece_next(const struct ovl_tree *t, struct ovl_prop *out)
{
	uint32_t newest = ovli_node(t, out->node)->pieces;

	for (;;) {
		const struct ovli_over *piece = ovli_over(t, out->piece);

		while (out->left) {
			uint32_t id = piece->versions + (piece->n_versions - out->left--) * OVLI_WORDS(ovli_version);
			const struct ovli_version *v = ovli_version(t, id);

			if ((v->flags & (OVLI_SET | OVLI_OWN)) != OVLI_SET || v->older)
				continue;
			if (v->flags & OVLI_OLD)
				id = newest_version(t, out->node, ovli_version_prop(t, id));
			if (!is_hidden(t, out, id)) {
				ovli_prop_tell(t, ovli_version_prop(t, id), id, out);
				return 1;
			}
		}
		if (out->piece == newest)
			return 0;
		out->piece = piece->newer;
		out->left = ovli_over(t, out->piece)->n_versions;
	}
}

/* Before the first one. */
void ovli_props_begin(const struct ovl_tree *t, uint32_t node, bool ever, struct ovl_prop *out)
{
	const struct ovli_layer *l = ovli_layer(t, ovli_layer_of(t, node));

	memset(out, 0, sizeof(*out));
	out->node = node;
	out->flags = ever ? OVLI_EVER : 0;
	out->left = ovli_n_replaced(t, node);
	if (!ovli_hides_own(t, node))
		out->own_off = (uint32_t)(ovli_behind_name(ovli_begin_of(t, node)) - ovli_origin(t, l));
}

static int prop_first(const struct ovl_tree *t, ovl_node node, bool ever, struct ovl_prop *out)
{
	if (!node)
		return 0;
	ovli_props_begin(t, node, ever, out);
	return ovl_prop_next(t, out);
}

int ovl_prop_first(const struct ovl_tree *t, ovl_node node, struct ovl_prop *out)
{
	return prop_first(t, node, false, out);
}

int ovl_prop_ever_first(const struct ovl_tree *t, ovl_node node, struct ovl_prop *out)
{
	return prop_first(t, node, true, out);
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

static int prop_find(const struct ovl_tree *t, ovl_node node, struct ovl_str name, bool ever, struct ovl_prop *out)
{
	uint32_t version;
	struct ovli_prop p;

	memset(out, 0, sizeof(*out));
	out->node = node;
	if (!node || (!ovli_find_prop(t, node, name, &p, &version) && !(ever && version)))
		return 0;
	ovli_prop_tell(t, p, version, out);
	return 1;
}

int ovl_prop_find(const struct ovl_tree *t, ovl_node node, struct ovl_str name, struct ovl_prop *out)
{
	return prop_find(t, node, name, false, out);
}

int ovl_prop_ever_find(const struct ovl_tree *t, ovl_node node, struct ovl_str name, struct ovl_prop *out)
{
	return prop_find(t, node, name, true, out);
}

bool ovli_has_prop(const struct ovl_tree *t, uint32_t node, struct ovl_str name)
{
	uint32_t version;
	struct ovli_prop p;

	return ovli_find_prop(t, node, name, &p, &version);
}

/* What a node says in a property of one cell, OVLI_LARGEST at the most. */
uint32_t ovli_count(const struct ovl_tree *t, uint32_t node, const char *name, uint32_t otherwise)
{
	uint32_t version, n;
	struct ovli_prop p;

	if (!ovli_find_prop(t, node, ovl_str(name), &p, &version) || ovli_prop_len(p) != 4)
		return otherwise;
	n = ovli_be32(ovli_prop_value(p));
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
	ovli_path_write(t, ovli_prop_target(t, prop), prop->len - 1, text, prop->len - 1);
	text[prop->len - 1] = 0;
}

uint32_t ovl_prop_cell(const struct ovl_prop *prop, uint32_t i)
{
	return prop->value && i < prop->len / 4 ? ovli_be32(prop->value + (size_t)i * 4) : 0;
}

/* Where in the base's strings block the last name ends that a property of a base's node has. */
uint32_t ovli_names_end(const struct ovl_tree *t)
{
	const struct ovli_layer *l = ovli_base(t);
	const char *strings = ovli_strings(t, l);
	uint32_t node, end = 0;
	struct ovl_prop p;

	for (node = l->nodes; node < l->nodes_end; node += l->stride) {
		ovli_props_begin(t, node, false, &p);
		while (ovl_prop_next(t, &p)) {
			bool in_base = p.name >= strings && p.name < strings + l->size_strings;
			uint32_t behind = in_base ? (uint32_t)(p.name - strings) + p.name_len + 1 : 0;

			end = behind > end ? behind : end;
		}
	}
	return end;
}
