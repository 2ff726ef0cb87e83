/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* links.c - collect what ovl_ref_first() finds, see links.h. */
#include "links.h"

#include <stdlib.h>

#include "grow.h"

static void add(struct links *l, struct diags *diags, struct link link)
{
	l->list = grow(diags, l->list, &l->room, l->n + 1, sizeof(*l->list));
	l->list[l->n++] = link;
}

static int by_place(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

void links_find(struct links *l, struct diags *diags, const struct ovl_tree *tree)
{
	struct ovl_ref r;

	for (int more = ovl_ref_first(tree, NULL, ovl_node_root(tree), &r); more; more = ovl_ref_next(&r))
		if (r.to || r.label.len || r.fault == OVL_REF_DANGLING)
			add(l, diags,
			    (struct link){ .at = r.prop.value + r.off,
					   .to = r.to,
					   .label = r.label,
					   .known = r.kind != OVL_REF_SUSPECT });
	if (l->n)
		qsort(l->list, l->n, sizeof(*l->list), by_place);
}

const struct link *links_next(const struct links *l, const unsigned char *from,
			      const unsigned char *before)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->list[middle].at < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low < l->n && l->list[low].at < before ? &l->list[low] : NULL;
}

void links_free(struct links *l)
{
	free(l->list);
	*l = (struct links){ .list = NULL };
}
