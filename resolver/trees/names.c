/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* names.c - a list of labels or aliases sorted by the node that each is of, see names.h. */
#include "names.h"

#include <stdlib.h>

#include "grow.h"

static int compare(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* A symbol that an overlay brought has its path nowhere: libovl knows its node. */
static ovl_node node_of(const struct ovl_tree *tree, const struct ovl_prop *p)
{
	if (!p->value)
		return ovl_node_by_label(tree, (struct ovl_str){ p->name, p->name_len });
	if (p->len < 2 || p->value[p->len - 1])
		return OVL_NONE;
	return ovl_node_by_path(tree, (struct ovl_str){ (const char *)p->value, p->len - 1 });
}

void names_read(struct names *names, struct diags *diags, const struct ovl_tree *tree,
		       const char *from)
{
	ovl_node top = ovl_node_child(tree, ovl_node_root(tree), ovl_str(from));
	struct ovl_prop p;
	size_t room = 0;

	for (int more = top && ovl_prop_first(tree, top, &p); more; more = ovl_prop_next(tree, &p))
		room++;
	*names = (struct names){ .list = grow_new(diags, room, sizeof(*names->list)) };
	for (int more = top && ovl_prop_first(tree, top, &p); more; more = ovl_prop_next(tree, &p)) {
		ovl_node node = node_of(tree, &p);

		if (!node)
			continue;
		names->list[names->n] =
			(struct name){ node, (uint32_t)names->n, { p.name, p.name_len } };
		names->n++;
	}
	qsort(names->list, names->n, sizeof(*names->list), compare);
}

const struct name *names_find(const struct names *names, ovl_node node)
{
	size_t low = 0, high = names->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (names->list[middle].node < node)
			low = middle + 1;
		else
			high = middle;
	}
	return low < names->n && names->list[low].node == node ? &names->list[low] : NULL;
}

bool names_are_more(const struct names *names, const struct name *name)
{
	return name + 1 < names->list + names->n && name[1].node == name->node;
}

void names_free(struct names *names)
{
	free(names->list);
	*names = (struct names){ 0 };
}
