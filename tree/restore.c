/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* restore.c - labels and references, back from /__symbols__, /__fixups__ and /__local_fixups__.
 * These nodes may say anything: an entry that fits nothing is left as it is, a property like any other.
 * Markers found are put in front of a property's list as they come, and each list is brought into the
 * order of offsets once, at the end. */
#include "restore.h"

#include <stdlib.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"

bool restore_is_label(const struct name *name)
{
	return name->len && strchr(LETTERS, name->text[0]) &&
	       strspn(name->text, LETTERS "0123456789") == name->len;
}

/* The value as one string, or NULL. */
static const char *one_text(const struct prop *p)
{
	return prop_is_text(p) ? (const char *)p->value.bytes : NULL;
}

/* ---------------------------------------------------------------- labels */

static void add_label(struct tree *tree, struct node *node, struct name *name)
{
	struct label *l = label_new(tree, name, 0), **end = &node->labels;

	while (*end)
		end = &(*end)->next;
	*end = l;
	label_enter(tree->pool, l, node);
}

void restore_labels(struct tree *tree)
{
	struct node *symbols = node_by_path(tree, tree->root, "/__symbols__");

	if (!symbols)
		return;
	for_each_prop(symbols, p) {
		const char *path = one_text(p);
		struct node *node = path && path[0] == '/' && restore_is_label(p->name)
				    ? node_by_path(tree, tree->root, path) : NULL;

		if (node && !node_by_ref(tree, p->name->text))
			add_label(tree, node, p->name);
	}
}

/* ---------------------------------------------------------------- references */

/* A reference to a label that is not here, or to a node, stands at an offset of a property; nothing is done
 * where that cannot be. */
static void add_ref(struct tree *tree, struct prop *p, uint32_t offset, const char *ref, struct node *target)
{
	static const struct pos nowhere;
	struct marker *m;

	if (p->value.len < 4 || offset > p->value.len - 4)
		return;
	m = marker_new(tree, MARK_REF_PHANDLE, offset, ref, nowhere);
	m->restored = true;
	m->to->target = target;
	m->next = p->value.markers;
	p->value.markers = m;
}

/* entry: "path:property:offset", the last two without a ':' in them. */
static void one_fixup(struct tree *tree, const char *entry, size_t len, const char *label)
{
	const char *offset = memrchr(entry, ':', len);
	const char *name = offset ? memrchr(entry, ':', (size_t)(offset - entry)) : NULL;
	struct name *known = name ? name_known(tree->pool, name + 1, (size_t)(offset - name - 1)) : NULL;
	struct node *node;
	struct prop *p;
	char *path, *end;
	unsigned long n;

	if (!known || entry[0] != '/' || offset[1] < '0' || offset[1] > '9')
		return;
	n = strtoul(offset + 1, &end, 10);
	path = pool_text(tree->pool, entry, (size_t)(name - entry));
	node = node_by_path(tree, tree->root, path);
	p = node ? prop_named(node, known) : NULL;
	if (p && !*end && n <= UINT32_MAX)
		add_ref(tree, p, (uint32_t)n, label, NULL);
}

static void restore_fixups(struct tree *tree, const struct node *fixups)
{
	for_each_prop(fixups, p) {
		const char *at = (const char *)p->value.bytes, *end = at + p->value.len;

		if (!p->value.len || end[-1] || !restore_is_label(p->name) || node_by_ref(tree, p->name->text))
			continue;
		for (; at < end; at += strlen(at) + 1)
			one_fixup(tree, at, strlen(at), p->name->text);
	}
}

static void local_fixups_of(struct tree *tree, const struct node *list, struct node *node)
{
	for_each_prop(list, p) {
		struct prop *of = prop_named(node, p->name);

		for (uint32_t at = 0; of && p->value.len - at >= 4; at += 4) {
			uint32_t offset = cell_get(p->value.bytes + at);
			struct node *target = NULL;

			if (of->value.len >= 4 && offset <= of->value.len - 4)
				target = node_by_phandle(tree, cell_get(of->value.bytes + offset));
			if (!target)
				continue;
			target->referenced = true;
			add_ref(tree, of, offset, NULL, target);
		}
	}
}

/* /__local_fixups__ has the shape of the tree: go through it, and through the tree along with it. */
static void restore_local_fixups(struct tree *tree, struct node *top)
{
	top->mirror = tree->root;
	for_each_node(top, list) {
		struct node *in = list == top ? NULL : list->parent->mirror;

		if (in)
			list->mirror = node_child(in, list->name);
		if (list->mirror)
			local_fixups_of(tree, list, list->mirror);
	}
	for_each_node(top, list)
		list->mirror = NULL;
}

/* ---------------------------------------------------------------- order */

struct item {
	struct marker *marker;
	size_t index;                   /* in the list */
};

/* At one offset references come last, those of the source before those found. */
static int compare(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	bool x_ref = x->marker->type == MARK_REF_PHANDLE, y_ref = y->marker->type == MARK_REF_PHANDLE;

	if (x->marker->offset != y->marker->offset)
		return x->marker->offset < y->marker->offset ? -1 : 1;
	if (x_ref != y_ref)
		return x_ref - y_ref;
	if (x->marker->restored != y->marker->restored)
		return x->marker->restored - y->marker->restored;
	return (x->index > y->index) - (x->index < y->index);
}

static void order(struct tree *tree, struct value *v)
{
	struct marker *last = NULL, **end = &v->markers;
	struct item *items;
	size_t n = 0, i = 0;

	for (struct marker *m = v->markers; m; m = m->next)
		n++;
	items = pool_alloc(tree->pool, n * sizeof(*items));
	for (struct marker *m = v->markers; m; m = m->next, i++)
		items[i] = (struct item){ m, i };
	qsort(items, n, sizeof(*items), compare);
	for (i = 0; i < n; i++) {
		struct marker *m = items[i].marker;

		if (m->type == MARK_REF_PHANDLE && last && m->offset < last->offset + 4) {
			/* Said twice, or no reference that makes sense. */
			last->restored |= m->offset == last->offset;
			continue;
		}
		if (m->type == MARK_REF_PHANDLE)
			last = m;
		*end = m;
		end = &m->next;
	}
	*end = NULL;
}

void restore_refs(struct tree *tree)
{
	struct node *fixups = node_by_path(tree, tree->root, "/__fixups__");
	struct node *local = node_by_path(tree, tree->root, "/__local_fixups__");

	if (fixups)
		restore_fixups(tree, fixups);
	if (local)
		restore_local_fixups(tree, local);
	if (!fixups && !local)
		return;
	for_each_node(tree->root, n)
		for_each_prop(n, p)
			if (p->value.markers && p->value.markers->restored)
				order(tree, &p->value);
}
