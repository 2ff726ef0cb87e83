/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* symbols.c - /aliases and /__symbols__ from labels.
 * needs: references resolved.  Each node that is made comes last below the root; one that the source has
 * is added to.  Format: the kernel's overlay notes (dt-object-internal), order as dtc's. */
#include "symbols.h"

#include "resolve.h"

/* Deleted labels count here, as they do in dtc: they make an empty node. */
static bool any_label(const struct tree *tree)
{
	for_each_node(tree->root, n)
		if (n->labels)
			return true;
	return false;
}

/* Whether it is in the list already; told. */
static bool is_there(struct sources *sources, const struct node *list, const struct label *label)
{
	struct diag_place place;

	if (!label->name->mark && !prop_named(list, label->name))
		return false;
	place = source_place(sources, label_pos(label));
	diag_warning(sources->diags, &place, MSG_SYMBOL_EXISTS, label->name->text, list->name->text);
	return true;
}

/* One property a label, or where it will be; with phandles also a number for each node that has labels. */
static void list_labels(struct tree *tree, struct sources *sources, const char *where, int phandle_format,
			bool leave)
{
	struct node *list;

	if (!any_label(tree))
		return;
	list = node_made(tree, tree->root, where);
	leave = leave && !list->labels; /* its own phandle would come between the labels */
	if (leave)
		tree->symbols = list;
	for_each_node(tree->root, n) {
		if (!n->labels)
			continue;
		for_each_label(n->labels, l) {
			if (is_there(sources, list, l)) {
				l->unlisted = leave;
				continue;
			}
			l->name->mark = leave;
			if (leave)
				name_is_of_prop(tree->pool, l->name);
			else    /* no line of the source has it, even if one has the list */
				prop_add_own_text(tree, list, l->name, node_path(tree, n, NULL))->end = 0;
		}
		if (phandle_format)
			resolve_phandle(tree, n, phandle_format);
	}
	for_each_node(tree->root, n)
		for_each_label(n->labels, l)
			l->name->mark = 0;
}

void symbols_aliases(struct tree *tree, struct sources *sources)
{
	list_labels(tree, sources, "aliases", 0, false);
}

void symbols_make(struct tree *tree, struct sources *sources, int phandle_format, bool leave)
{
	list_labels(tree, sources, "__symbols__", phandle_format, leave);
}
