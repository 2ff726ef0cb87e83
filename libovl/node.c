/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* node.c - walk the merged tree by nodes, and find a node by name, path, phandle or label.
 * A node of the tree is a node of the base, or a node of an overlay that is its own home.  Its children
 * are its own blob's, then, for each overlay node that went into it, those of that node's children which
 * found no place and became new.  Relies on the records of index.c and the homes of apply.c. */
#include "inner.h"

struct ovl_str ovl_str(const char *text)
{
	return (struct ovl_str){ text, ovli_strlen(text) };
}

uint32_t ovli_home(const struct ovl_tree *t, uint32_t node)
{
	return ovli_in_base(t, node) ? node : ovli_over(t, node)->home;
}

/* Whether an overlay deleted it.  What is below it is not marked. */
bool ovli_gone(const struct ovl_tree *t, uint32_t node)
{
	uint32_t newest = ovli_node(t, node)->pieces;

	return newest && (ovli_over(t, newest)->flags & OVLI_TOMB);
}

/* Whether it is a node of the tree, and was not deleted itself. */
bool ovli_stands(const struct ovl_tree *t, uint32_t node)
{
	return ovli_home(t, node) == node && !ovli_gone(t, node);
}

/* A node's tag. */
const unsigned char *ovli_begin_of(const struct ovl_tree *t, uint32_t node)
{
	const unsigned char *words = (const unsigned char *)t->words;

	return (ovli_in_base(t, node) ? t->base + ovli_base(t)->structure : words) +
	       (ovli_node(t, node)->off & ~(uint32_t)OVLI_MANY);
}

const char *ovli_name(const struct ovl_tree *t, uint32_t node)
{
	return (const char *)ovli_begin_of(t, node) + 4;
}

/* ---------------------------------------------------------------- walking */

/* The node after this one in its blob, when it lies below top; 0 at the end.  Records stand in the order of
 * the structure block. */
uint32_t ovli_next_below(const struct ovl_tree *t, uint32_t layer, uint32_t top, uint32_t node)
{
	uint32_t next = node + ovli_layer(t, layer)->stride;

	return next < ovli_layer(t, layer)->nodes_end && ovli_node(t, next)->parent >= top ? next : 0;
}

/* From a node of one blob through its siblings there to the next that is a node of the tree. */
static uint32_t in_tree(const struct ovl_tree *t, uint32_t node)
{
	while (node && !ovli_stands(t, node))
		node = ovli_node(t, node)->next;
	return node;
}

static uint32_t own_first(const struct ovl_tree *t, uint32_t node)
{
	return in_tree(t, ovli_own_first(t, ovli_layer(t, ovli_layer_of(t, node)), node));
}

/* The first new child that piece, or a piece after it, brought to home. */
static uint32_t added_from(const struct ovl_tree *t, uint32_t home, uint32_t piece)
{
	uint32_t newest = ovli_node(t, home)->pieces, child;

	for (;;) {
		if (piece != home && (child = own_first(t, piece)))
			return child;
		if (piece == newest)
			return 0;
		piece = ovli_over(t, piece)->newer;
	}
}

/* The first child of a node that was added to it, not declared with it. */
uint32_t ovli_added_first(const struct ovl_tree *t, uint32_t node)
{
	uint32_t newest = ovli_node(t, node)->pieces;

	return newest ? added_from(t, node, ovli_over(t, newest)->newer) : 0;
}

ovl_node ovl_node_root(const struct ovl_tree *t)
{
	(void)t;
	return OVLI_ROOT;
}

/* The node that one stands in; 0 for the root. */
uint32_t ovli_parent(const struct ovl_tree *t, uint32_t node)
{
	uint32_t parent = ovli_node(t, node)->parent;

	return parent ? ovli_home(t, parent) : 0;
}

ovl_node ovl_node_parent(const struct ovl_tree *t, ovl_node node)
{
	return node ? ovli_parent(t, node) : OVL_NONE;
}

ovl_node ovl_node_first(const struct ovl_tree *t, ovl_node parent)
{
	uint32_t child;

	if (!parent)
		return OVL_NONE;
	child = own_first(t, parent);
	return child ? child : ovli_added_first(t, parent);
}

ovl_node ovl_node_next(const struct ovl_tree *t, ovl_node node)
{
	uint32_t next, holder, home;

	if (!node)
		return OVL_NONE;
	next = in_tree(t, ovli_node(t, node)->next);
	holder = ovli_node(t, node)->parent;
	if (next || !holder)
		return next;
	home = ovli_home(t, holder);
	if (home == holder)
		return ovli_added_first(t, home);
	if (holder == ovli_node(t, home)->pieces)
		return OVL_NONE;
	return added_from(t, home, ovli_over(t, holder)->newer);
}

struct ovl_str ovl_node_name(const struct ovl_tree *t, ovl_node node)
{
	const unsigned char *begin;

	if (!node)
		return (struct ovl_str){ NULL, 0 };
	begin = ovli_begin_of(t, node);
	return (struct ovl_str){ (const char *)begin + 4, ovli_node_name_len(begin) };
}

uint32_t ovl_node_phandle(const struct ovl_tree *t, ovl_node node)
{
	return node ? ovli_node(t, node)->phandle : 0;
}

uint32_t ovl_node_layer(const struct ovl_tree *t, ovl_node node)
{
	return node ? ovli_layer(t, ovli_layer_of(t, node))->number : 0;
}

/* The child of a node on the way down to one below it. */
uint32_t ovli_child_towards(const struct ovl_tree *t, uint32_t above, uint32_t node)
{
	uint32_t parent;

	while ((parent = ovli_parent(t, node)) != above)
		node = parent;
	return node;
}

/* The node after this one in a walk over the whole tree, parents first; 0 at the end. */
uint32_t ovli_tree_next(const struct ovl_tree *t, uint32_t node)
{
	uint32_t next = ovl_node_first(t, node);

	for (; !next && node; node = ovli_parent(t, node))
		next = ovl_node_next(t, node);
	return next;
}

/* ---------------------------------------------------------------- finding */

ovl_node ovl_node_child(const struct ovl_tree *t, ovl_node parent, struct ovl_str name)
{
	uint32_t child;

	if (!parent || !name.len)
		return OVL_NONE;
	child = ovli_own_child(t, parent, name);
	if (child && ovli_stands(t, child))
		return child;
	if (!ovli_node(t, parent)->pieces)
		return OVL_NONE;
	child = ovli_trie_find(t, OVLI_CHILDREN, parent, name);
	return child && !ovli_gone(t, child) ? child : OVL_NONE;
}

/* Whether neither it nor a node above it was deleted. */
bool ovli_alive(const struct ovl_tree *t, uint32_t node)
{
	for (; node; node = ovli_parent(t, node))
		if (ovli_gone(t, node))
			return false;
	return true;
}

/* Take the next name off a path; slashes before it are passed over. */
struct ovl_str ovli_path_step(struct ovl_str *path)
{
	struct ovl_str step;

	ovli_pass_slashes(path);
	step = (struct ovl_str){ path->ptr, ovli_before(path->ptr, path->len, '/') };
	*path = (struct ovl_str){ step.ptr + step.len, path->len - step.len };
	return step;
}

/* The only child whose name without unit address is name; 0 when there is none or more than one. */
static uint32_t loose_child(const struct ovl_tree *t, uint32_t parent, struct ovl_str name)
{
	uint32_t child, found = 0;

	for (child = ovl_node_first(t, parent); child; child = ovl_node_next(t, child)) {
		struct ovl_str full = ovl_node_name(t, child);

		if (full.len <= name.len || full.ptr[name.len] != '@' ||
		    memcmp(full.ptr, name.ptr, name.len) != 0)
			continue;
		if (found)
			return 0;
		found = child;
	}
	return found;
}

static uint32_t walk_path(const struct ovl_tree *t, uint32_t node, struct ovl_str path, bool loose)
{
	struct ovl_str step;

	while (node && (step = ovli_path_step(&path)).len) {
		uint32_t child = ovl_node_child(t, node, step);

		node = child || !loose ? child : loose_child(t, node, step);
	}
	return node;
}

/* The node of tree `to` with the path that node has in `from`; 0 when there is none. */
uint32_t ovli_same_path(const struct ovl_tree *from, uint32_t node, const struct ovl_tree *to)
{
	uint32_t at = OVLI_ROOT, there = OVLI_ROOT;

	while (there && at != node) {
		at = ovli_child_towards(from, at, node);
		there = ovl_node_child(to, there, ovl_node_name(from, at));
	}
	return there;
}

/* The node that stands where one does, or did before it was deleted: a symbol is a path. */
uint32_t ovli_in_place_of(const struct ovl_tree *t, uint32_t node)
{
	return ovli_alive(t, node) ? node : ovli_same_path(t, node, t);
}

/* The node that a property of /aliases or /__symbols__ names; *known tells whether there is one at all. */
static uint32_t entry_node(const struct ovl_tree *t, uint32_t holder, struct ovl_str name, bool *known)
{
	uint32_t version;
	struct ovli_prop p;

	*known = holder && ovli_find_prop(t, holder, name, &p, &version);
	if (!*known)
		return 0;
	if (!version || !ovli_version(t, version)->target)
		return ovl_node_by_path(t, ovli_text(p));
	return ovli_in_place_of(t, ovli_home(t, ovli_version(t, version)->target));
}

/* An absolute path, or an alias or else a label, alone or before a path; not empty. */
uint32_t ovli_find_path(const struct ovl_tree *t, struct ovl_str path, bool loose)
{
	uint32_t node = OVLI_ROOT;
	struct ovl_str first;
	bool known;

	if (path.ptr[0] != '/') {
		first = ovli_path_step(&path);
		node = entry_node(t, ovl_node_child(t, OVLI_ROOT, OVLI_STR("aliases")), first, &known);
		if (!node)
			node = ovli_label_node(t, first, &known);
	}
	return walk_path(t, node, path, loose);
}

ovl_node ovl_node_by_path(const struct ovl_tree *t, struct ovl_str path)
{
	return path.len && path.ptr[0] == '/' ? walk_path(t, OVLI_ROOT, path, false) : OVL_NONE;
}

/* The node a symbol names; *known tells whether the symbol exists at all. */
uint32_t ovli_label_node(const struct ovl_tree *t, struct ovl_str label, bool *known)
{
	return entry_node(t, ovli_symbols(t), label, known);
}

ovl_node ovl_node_by_label(const struct ovl_tree *t, struct ovl_str label)
{
	bool known;

	return ovli_label_node(t, label, &known);
}

/* A number is one node's, and an overlay's are above what was added to them. */
ovl_node ovl_node_by_phandle(const struct ovl_tree *t, uint32_t phandle)
{
	uint32_t layer, node = 0;

	for (layer = t->top_layer; layer && !node; layer = ovli_layer(t, layer)->below)
		if (phandle > ovli_layer(t, layer)->delta)
			node = ovli_own_phandle(t, layer, phandle - ovli_layer(t, layer)->delta);
	if (node)
		node = ovli_home(t, node);
	return node && ovli_node(t, node)->phandle == phandle && ovli_alive(t, node) ? node : OVL_NONE;
}

/* Write a node's path, of len bytes, as far as there is room. */
void ovli_path_write(const struct ovl_tree *t, uint32_t node, uint32_t len, char *out, uint32_t room)
{
	uint32_t at = len, left;

	if (room)
		out[0] = '/';
	for (; node != OVLI_ROOT; node = ovli_parent(t, node)) {
		struct ovl_str name = ovl_node_name(t, node);

		at -= name.len + 1;
		if (at >= room)
			continue;
		out[at] = '/';
		left = room - at - 1;
		memcpy(out + at + 1, name.ptr, name.len < left ? name.len : left);
	}
}

uint32_t ovli_path_len(const struct ovl_tree *t, uint32_t node)
{
	uint32_t len = node == OVLI_ROOT;

	for (; node != OVLI_ROOT; node = ovli_parent(t, node))
		len += ovli_node_name_len(ovli_begin_of(t, node)) + 1;
	return len;
}

uint32_t ovl_node_path(const struct ovl_tree *t, ovl_node node, char *out, uint32_t room)
{
	uint32_t len;

	if (!node)
		return 0;
	len = ovli_path_len(t, node);
	ovli_path_write(t, node, len, out, room);
	return len;
}
