/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* outline_changes.c - what overlays changed in a base, as lines with a sign, see outline.h.
 * The merged tree is walked with the base's beside it: what only one of the two has is added or removed, a
 * property with another value is both.  Whoever did it libovl knows, but for nodes that are gone.
 * /__symbols__ is left out, as new nodes tell their labels. */
#include "outline.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "lines.h"

struct changes {
	struct outline *o, was; /* the merged tree, the base */
	struct links links, links_was;
	const struct blob *blobs;
	ovl_node *old;	   /* by node of the merged tree: the base's, or OVL_NONE */
	bool *shown;	   /* the same: whether it, or what is below it, changed */
};

static bool is_symbols(const struct ovl_tree *tree, ovl_node node)
{
	struct ovl_str name = ovl_node_name(tree, node), symbols = ovl_str("__symbols__");

	return ovl_node_parent(tree, node) == ovl_node_root(tree) && name.len == symbols.len &&
	       memcmp(name.ptr, symbols.ptr, name.len) == 0;
}

/* ---------------------------------------------------------------- what changed */

/* The property of the base that one of the merged tree, by name, was; false when there was none. */
static bool find_old(const struct changes *c, ovl_node node, const struct ovl_prop *p, struct ovl_prop *was)
{
	return c->old[node] && ovl_prop_find(c->was.tree, c->old[node], (struct ovl_str){ p->name, p->name_len }, was);
}

/* A property that is gone, or has another value, than in the base; one that is there for the first time. */
static bool is_changed(const struct changes *c, ovl_node node, const struct ovl_prop *p)
{
	struct ovl_prop was;

	if (!p->layer)
		return false;
	if (!find_old(c, node, p, &was))
		return !p->deleted;
	return p->deleted || was.len != p->len || memcmp(was.value, p->value, p->len) != 0;
}

static bool has_lost(const struct changes *c, ovl_node node)
{
	for (ovl_node child = ovl_node_first(c->was.tree, c->old[node]); child;
	     child = ovl_node_next(c->was.tree, child))
		if (!ovl_node_child(c->o->tree, node, ovl_node_name(c->was.tree, child)))
			return true;
	return false;
}

static bool has_changed(const struct changes *c, ovl_node node)
{
	struct ovl_prop p;

	if (!c->old[node] || has_lost(c, node))
		return true;
	for (int more = ovl_prop_ever_first(c->o->tree, node, &p); more; more = ovl_prop_next(c->o->tree, &p))
		if (is_changed(c, node, &p))
			return true;
	return false;
}

/* Parents come first: the old node is known from the parent's, and the way up is marked as far as it is not yet. */
static void find_changes(struct changes *c)
{
	const struct ovl_tree *tree = c->o->tree;
	ovl_node root = ovl_node_root(tree), above;

	for (ovl_node node = root; node; node = tree_next(tree, root, node)) {
		above = node == root ? OVL_NONE : ovl_node_parent(tree, node);
		if (node == root)
			c->old[node] = ovl_node_root(c->was.tree);
		else if (c->old[above] && !ovl_node_layer(tree, node))
			c->old[node] = ovl_node_child(c->was.tree, c->old[above], ovl_node_name(tree, node));
		if (is_symbols(tree, node) || !has_changed(c, node))
			continue;
		for (above = node; above && !c->shown[above]; above = above == root ? OVL_NONE : ovl_node_parent(tree, above))
			c->shown[above] = true;
	}
}

/* ---------------------------------------------------------------- lines */

static void end_line(struct outline *o, const char *by)
{
	if (by) {
		text_add(o->out, "  ");
		outline_on(o, OUTLINE_DIM);
		text_add(o->out, "(%s)", by);
		outline_off(o);
	}
	text_add(o->out, "\n");
}

static void put_prop(const struct changes *c, char sign, const struct outline *side, const struct links *links,
		     const struct ovl_prop *p, unsigned int depth)
{
	struct outline *o = c->o;

	outline_on(o, sign == '+' ? OUTLINE_ADDED : OUTLINE_REMOVED);
	text_add(o->out, "%c %*s%s%s", sign, (int)depth * 2, "", p->name, p->len ? " = " : "");
	lines_value(o->out, side->tree, links, p);
	text_add(o->out, ";");
	outline_off(o);
}

static void put_props(const struct changes *c, ovl_node node, unsigned int depth)
{
	struct ovl_prop p, was;

	for (int more = ovl_prop_ever_first(c->o->tree, node, &p); more; more = ovl_prop_next(c->o->tree, &p)) {
		const char *by = c->blobs[p.layer].name;

		if (!is_changed(c, node, &p))
			continue;
		if (find_old(c, node, &p, &was)) {
			put_prop(c, '-', &c->was, &c->links_was, &was, depth);
			end_line(c->o, p.deleted ? by : NULL);
		}
		if (!p.deleted) {
			put_prop(c, '+', c->o, &c->links, &p, depth);
			end_line(c->o, by);
		}
	}
}

/* A child of the base that is gone, with all below it. */
static void put_gone(struct changes *c, ovl_node top, unsigned int depth)
{
	const struct ovl_tree *tree = c->was.tree;

	for (ovl_node node = top; node; node = tree_next(tree, top, node)) {
		unsigned int below = 0;

		for (ovl_node n = node; n != top; n = ovl_node_parent(tree, n))
			below++;
		outline_on(c->o, OUTLINE_REMOVED);
		outline_node(&c->was, '-', node, depth + below);
		outline_off(c->o);
		end_line(c->o, NULL);
	}
}

static void put_lost(struct changes *c, ovl_node node, unsigned int depth)
{
	for (ovl_node child = ovl_node_first(c->was.tree, c->old[node]); child;
	     child = ovl_node_next(c->was.tree, child)) {
		ovl_node now = ovl_node_child(c->o->tree, node, ovl_node_name(c->was.tree, child));

		if (!now || !c->old[now])
			put_gone(c, child, depth);
	}
}

static void put_node(struct changes *c, ovl_node node, unsigned int depth)
{
	bool is_new = !c->old[node];

	if (is_new)
		outline_on(c->o, OUTLINE_ADDED);
	outline_node(c->o, is_new ? '+' : ' ', node, depth);
	text_add(c->o->out, depth == c->o->most ? "  ..." : "");
	end_line(c->o, is_new ? c->blobs[ovl_node_layer(c->o->tree, node)].name : NULL);
	if (is_new || depth == c->o->most)
		return;
	put_props(c, node, depth + 1);
	put_lost(c, node, depth + 1);
}

static void put_all(struct changes *c)
{
	const struct ovl_tree *tree = c->o->tree;
	ovl_node root = ovl_node_root(tree), next;
	unsigned int depth = 0;

	for (ovl_node node = root; node; node = next) {
		if (c->shown[node])
			put_node(c, node, depth);
		next = c->shown[node] && depth < c->o->most ? ovl_node_first(tree, node) : OVL_NONE;
		depth += next != OVL_NONE;
		for (; !next && node != root; depth -= !next) {
			next = ovl_node_next(tree, node);
			node = ovl_node_parent(tree, node);
		}
	}
}

void outline_changes(struct outline *o, struct diags *diags, const struct stack *base, const struct blob *blobs)
{
	size_t n = ovl_tree_used(o->tree) / sizeof(uint32_t) + 1;
	struct changes c = { .o = o,
			     .was = { .out = o->out, .tree = &base->tree },
			     .blobs = blobs,
			     .old = grow_new(diags, n, sizeof(ovl_node)),
			     .shown = grow_new(diags, n, sizeof(bool)) };

	names_read(&c.was.labels, diags, c.was.tree, "__symbols__");
	links_find(&c.links, diags, o->tree);
	links_find(&c.links_was, diags, c.was.tree);
	find_changes(&c);
	put_all(&c);
	names_free(&c.was.labels);
	links_free(&c.links);
	links_free(&c.links_was);
	free(c.old);
	free(c.shown);
}
