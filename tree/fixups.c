/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* fixups.c - /__fixups__ and /__local_fixups__ from references.
 * Each node that is made comes last below the root; one that is there is added to.  Format: the kernel's
 * overlay notes (dt-object-internal), order as dtc's. */
#include "fixups.h"

#include <stdio.h>
#include <string.h>

/* Whether the node that it refers to is in this tree. */
static bool is_local(const struct tree *tree, const struct marker *m)
{
	return m->to->target || node_of_marker(tree, m);
}

/* ---------------------------------------------------------------- fixups */

struct walk {
	struct tree *tree;
	struct node *node;              /* where entries go, once there is one */
};

static struct prop *entry_prop(struct tree *tree, struct node *node, struct name *name, enum marker_type type,
			       struct pos pos)
{
	struct prop *p = prop_named(node, name);

	if (p)
		return p;
	p = prop_new(tree, name, pos);
	p->value.markers = marker_new(tree, type, 0, NULL, pos);
	prop_append(tree, node, p);
	return p;
}

static void add_fixup(struct walk *w, const struct node *node, const struct prop *p, const struct marker *m)
{
	const char *path = node_path(w->tree, node, NULL);
	struct name *label = name_of(w->tree->pool, m->to->ref, strlen(m->to->ref));
	char offset[16];
	size_t size, n = strlen(path), k = p->name->len;
	struct prop *uses;
	char *entry;

	size = n + k + 3 + (size_t)snprintf(offset, sizeof(offset), "%u", m->offset);
	entry = pool_alloc(w->tree->pool, size);
	memcpy(entry, path, n);
	entry[n] = ':';
	memcpy(entry + n + 1, p->name->text, k);
	entry[n + k + 1] = ':';
	strcpy(entry + n + k + 2, offset);

	if (!w->node)
		w->node = node_made(w->tree, w->tree->root, "__fixups__");
	uses = entry_prop(w->tree, w->node, label, MARK_STRING, m->pos);
	memcpy(prop_more(w->tree, uses, size), entry, size);
}

void fixups_make(struct tree *tree)
{
	struct walk w = { .tree = tree };

	for_each_node(tree->root, n)
		for_each_prop(n, p)
			for_each_marker(p, m)
				if (m->type == MARK_REF_PHANDLE && !m->restored && !is_local(tree, m))
					add_fixup(&w, n, p, m);
}

/* ---------------------------------------------------------------- local fixups */

/* The node below top that has the same path as node has below the root; made where it is missing.
 * Walks the path twice, never deeper than it is. */
static struct node *mirror(struct tree *tree, struct node *top, struct node *node)
{
	struct node *n, *to, *next, *up = NULL;

	/* Turn the parent links of the path into a chain downwards, and back while going down. */
	if (!node->parent)
		return top;
	if (node->mirror)
		return node->mirror;
	for (n = node; n->parent && !n->mirror; n = n->parent) {
		n->down = up;
		up = n;
	}
	to = n->parent ? n->mirror : top;
	for (n = up; n; n = next) {
		struct node *child = node_child(to, n->name);

		next = n->down;
		if (!child) {
			child = node_new(tree, n->name, (struct pos){ 0 });
			node_append(tree, to, child);
		}
		n->mirror = to = child;
	}
	return to;
}

void fixups_make_local(struct tree *tree)
{
	struct node *top = NULL;

	for_each_node(tree->root, n)
		for_each_prop(n, p)
			for_each_marker(p, m) {
				struct prop *uses;

				if (m->type != MARK_REF_PHANDLE || m->restored || !is_local(tree, m))
					continue;
				if (!top)
					top = node_made(tree, tree->root, "__local_fixups__");
				uses = entry_prop(tree, mirror(tree, top, n), p->name, MARK_U32, m->pos);
				cell_put(prop_more(tree, uses, 4), m->offset);
			}
}
