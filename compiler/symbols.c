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

/* One property a label; with phandles also a number for each node that has labels. */
static void list_labels(struct tree *tree, struct sources *sources, const char *where, int phandle_format)
{
	struct node *list;

	if (!any_label(tree))
		return;
	list = node_made(tree, tree->root, where);
	for_each_node(tree->root, n) {
		if (!n->labels)
			continue;
		for_each_label(n->labels, l) {
			if (prop_named(list, l->name)) {
				struct diag_place place = source_place(sources, l->pos);

				diag_warning(sources->diags, &place, MSG_SYMBOL_EXISTS, l->name->text, where);
				continue;
			}
			prop_add_own_text(tree, list, l->name, node_path(tree, n, NULL));
		}
		if (phandle_format)
			resolve_phandle(tree, n, phandle_format);
	}
}

void symbols_aliases(struct tree *tree, struct sources *sources)
{
	list_labels(tree, sources, "aliases", 0);
}

void symbols_make(struct tree *tree, struct sources *sources, int phandle_format)
{
	list_labels(tree, sources, "__symbols__", phandle_format);
}
