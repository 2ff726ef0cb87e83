/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* deletions.c - fragments that delete.  Each has the target of the fragment that the deletion stands in, in
 * properties of other names, an empty __overlay__, so that nobody takes it for something else, and below
 * __delete__ the path to what goes: include/ovl.h, ovl_apply(). */
#include "deletions.h"

#include <stdio.h>
#include <string.h>

static struct name *name(struct tree *tree, const char *text)
{
	return name_of(tree->pool, text, strlen(text));
}

static struct node *child(struct tree *tree, struct node *parent, struct name *called, struct pos pos)
{
	struct node *n = node_child(parent, called);

	if (!n) {
		n = node_new(tree, called, pos);
		node_append(tree, parent, n);
	}
	return n;
}

/* The same value under another name. */
static void copy_target(struct tree *tree, struct node *to, const struct node *from, const char *prop,
			const char *as)
{
	const struct prop *p = prop_find(tree, from, prop);
	struct marker **end;
	struct prop *copy;

	if (!p)
		return;
	copy = prop_new(tree, name(tree, as), p->pos);
	prop_set(tree, copy, p->value.bytes, p->value.len);
	end = &copy->value.markers;
	for (const struct marker *m = p->value.markers; m; m = m->next) {
		*end = marker_new(tree, m->type, m->offset, marker_leads(m) ? m->to->ref : NULL, m->pos);
		end = &(*end)->next;
	}
	prop_append(tree, to, copy);
}

/* A name that no child of the root has. */
static struct name *free_name(struct tree *tree, const char *text)
{
	struct name *n = name(tree, text);
	char *longer;

	do {
		longer = pool_alloc(tree->pool, n->len + sizeof("delete-"));
		sprintf(longer, "delete-%s", n->text);
		n = name(tree, longer);
	} while (node_child_any(tree->root, n));
	return n;
}

/* The fragment that deletes for this one, which notes it: until put_before() it is one of the last. */
static struct node *make_deleting(struct tree *tree, struct node *fragment)
{
	struct node *n = node_new(tree, free_name(tree, fragment->name->text), fragment->pos);

	node_append(tree, tree->root, n);
	copy_target(tree, n, fragment, "target", "delete-target");
	copy_target(tree, n, fragment, "target-path", "delete-target-path");
	child(tree, n, name(tree, "__overlay__"), fragment->pos);
	fragment->mirror = n;
	return n;
}

/* Each of those made, from the first on the last of the root's children, goes before its fragment. */
static void put_before(struct node *root, const struct node *first)
{
	struct node **link = &root->first, *n;

	while ((n = *link) != first) {
		if (n->mirror) {
			*link = n->mirror;
			n->mirror->next = n;
			n->mirror = NULL;
		}
		link = &n->next;
	}
	*link = NULL;
}

/* The node below __delete__ that stands for this one; NULL when it is in no fragment.  Paths are walked from
 * their end, and turned round by way of `down`.  *first is the first fragment that was made. */
static struct node *stand_in(struct tree *tree, struct node *node, struct node **first)
{
	struct node *n = node, *at = NULL, *below = NULL, *next;

	for (; n->parent && n->parent->parent && n->parent->parent != tree->root; n = n->parent) {
		n->down = below;
		below = n;
	}
	if (n->parent && n->parent->parent == tree->root && strcmp(n->name->text, "__overlay__") == 0) {
		at = n->parent->mirror ? n->parent->mirror : make_deleting(tree, n->parent);
		*first = *first ? *first : at;
		at = child(tree, at, name(tree, "__delete__"), n->parent->pos);
	}
	for (; below; below = next) {
		next = below->down;
		below->down = NULL;
		at = at ? child(tree, at, below->name, below->pos) : NULL;
	}
	return at;
}

/* Other nodes refer to this one by it. */
static bool is_phandle(const struct tree *tree, const struct prop *p)
{
	return p && (p->name == tree->phandles.names[0] || p->name == tree->phandles.names[1]);
}

static void report_phandle(struct sources *sources, const struct prop *p)
{
	struct diag_place place = source_place(sources, prop_whole(p));

	diag_error(sources->diags, &place, MSG_DELETE_PHANDLE, p->name->text);
}

bool deletions_make(struct tree *tree, struct sources *sources)
{
	struct node *first = NULL;
	bool good = true;

	for (const struct deletion *d = tree->deletions; d; d = d->next) {
		struct node *in = d->in->mirror ? d->in->mirror : d->in, *at;

		if (d->node ? d->node->did_delete : d->prop->did_delete)
			continue;
		at = stand_in(tree, in, &first);
		if (!at)
			continue;
		if (is_phandle(tree, d->prop)) {
			report_phandle(sources, d->prop);
			good = false;
		}
		if (d->node) {
			at = child(tree, at, d->node->name, d->node->pos);
			child(tree, at, name(tree, "__delete__"), d->node->pos);
			d->node->did_delete = true;
		} else {
			/* It may be deleted twice. */
			if (!prop_find_any(at, d->prop->name))
				prop_append(tree, at, prop_new(tree, d->prop->name, d->prop->pos));
			d->prop->did_delete = true;
		}
	}
	if (first)
		put_before(tree->root, first);
	return good;
}
