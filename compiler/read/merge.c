/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* merge.c - join a block to the tree.
 * Order is kept: what is there stays where it is, even deleted and declared again; what is new comes last.
 * The walk goes down both trees at once without recursion: a node of the block remembers where it went. */
#include "merge.h"

#include <stdio.h>
#include <string.h>

static void enter_labels(struct pool *pool, struct node *node)
{
	for (struct label *l = node->labels; l; l = l->next)
		if (!l->node)
			label_enter(pool, l, node);
}

static void enter_subtree(struct pool *pool, struct node *top)
{
	struct node *n = top;

	for (;;) {
		enter_labels(pool, n);
		if (n->first) {
			n = n->first;
			continue;
		}
		while (n != top && !n->next)
			n = n->parent;
		if (n == top)
			return;
		n = n->next;
	}
}

void merge_first(struct tree *tree, struct node *block)
{
	tree->root = block;
	enter_subtree(tree->pool, block);
}

/* ---------------------------------------------------------------- parts of a node */

/* Labels of the newer declaration come first; one that is there already is there again. */
static struct label *join_labels(struct pool *pool, struct label *old, struct label *added, struct node *node)
{
	enum { THERE = 1, THERE_AGAIN };
	struct label *l, *next;

	for (l = added ? old : NULL; l; l = l->next)
		l->name->mark = THERE;
	for (l = added; l; l = next) {
		next = l->next;
		if (l->name->mark) {
			l->name->mark = THERE_AGAIN;
			continue;
		}
		l->name->mark = THERE;
		l->next = old;
		old = l;
		if (node && l->node)
			l->node = node;
		else if (node)
			label_enter(pool, l, node);
	}
	for (l = added ? old : NULL; l; l = l->next) {
		l->deleted &= l->name->mark != THERE_AGAIN;
		l->name->mark = 0;
	}
	return old;
}

static void merge_props(struct tree *tree, struct node *node, struct node *block)
{
	struct prop *p, *next, *old;

	for (p = block->props; p; p = next) {
		next = p->next;
		old = prop_find_any(node, p->name);
		if (p->deleted) {
			if (!old || tree->keeps)
				continue;
			p->did_delete = !old->deleted;
			prop_delete(old);
		} else if (old) {
			old->value = p->value;
			old->refers = p->refers;
			old->deleted = false;
			old->pos = p->pos;
			old->end = p->end;
			old->labels = join_labels(tree->pool, old->labels, p->labels, NULL);
		} else {
			prop_append(tree, node, p);
		}
	}
}

static void merge_node(struct tree *tree, struct node *node, struct node *block)
{
	struct also *also = pool_alloc(tree->pool, sizeof(*also)), **last = &node_extra(tree->pool, node)->also;

	*also = (struct also){ *last ? (*last)->next : also, block->pos, block->whole };
	if (*last)
		(*last)->next = also;
	*last = also;
	block->mirror = node;
	node->deleted = false;
	node->has_paths |= block->has_paths;
	node->labels = join_labels(tree->pool, node->labels, block->labels, node);
	merge_props(tree, node, block);
}

/* One child of a block whose node went into node.  Returns where the child went when its own children
 * have to be looked at as well, NULL when it is done. */
static struct node *merge_child(struct tree *tree, struct node *node, struct node *child)
{
	struct node *old = node_child_any(node, child->name);

	if (child->deleted) {
		if (old && !tree->keeps) {
			child->did_delete = !old->deleted;
			node_delete(old);
		}
		return NULL;
	}
	if (old) {
		merge_node(tree, old, child);
		return old;
	}
	node_append(tree, node, child);
	enter_subtree(tree->pool, child);
	return NULL;
}

/* needs: block is apart from the tree.  keeps: the order of what is there. */
void merge_into(struct tree *tree, struct node *node, struct node *block)
{
	struct node *child = block->first, *up = NULL, *next, *old;

	merge_node(tree, node, block);
	/* child goes through the block; node is where its parent went; up is that parent. */
	for (;;) {
		while (!child) {
			if (!up)
				return;
			child = up->next;
			node = up->parent->mirror;
			up = up->parent == block ? NULL : up->parent;
		}
		next = child->next;
		old = merge_child(tree, node, child);
		if (!old) {
			child = next;
			continue;
		}
		up = child;
		node = old;
		child = child->first;
	}
}

/* ---------------------------------------------------------------- fragments */

static struct prop *target_prop(struct tree *tree, struct node *fragment, const char *ref, struct pos at)
{
	static const unsigned char unresolved[4] = { 0xff, 0xff, 0xff, 0xff };
	struct prop *p;

	if (ref[0] == '/')
		return prop_add_text(tree, fragment, "target-path", ref);
	p = prop_new(tree, name_of(tree->pool, "target", 6), at);
	prop_set(tree, p, unresolved, sizeof(unresolved));
	p->value.markers = marker_new(tree, MARK_U32, 0, NULL, at);
	p->value.markers->next = marker_new(tree, MARK_REF_PHANDLE, 0, ref, at);
	p->refers = true;
	prop_append(tree, fragment, p);
	return p;
}

void merge_fragment(struct tree *tree, struct node *block, const char *ref, struct pos at)
{
	char name[32];
	struct node *fragment;

	snprintf(name, sizeof(name), "fragment@%u", tree->n_fragments++);
	fragment = node_new(tree, name_of(tree->pool, name, strlen(name)), at);
	fragment->made = true;
	target_prop(tree, fragment, ref, at);
	block->name = name_of(tree->pool, "__overlay__", 11);
	node_append(tree, fragment, block);
	node_append(tree, tree->root, fragment);
	enter_subtree(tree->pool, fragment);
}
