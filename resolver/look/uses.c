/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* uses.c - a sorted list of the references that an overlay says it has, see uses.h.
 * libovl finds them one after the other; here they can be looked up. */
#include "uses.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

static void add(struct uses *u, struct diags *diags, struct use use)
{
	u->list = grow(diags, u->list, &u->room, u->n + 1, sizeof(*u->list));
	u->list[u->n++] = use;
}

static int compare(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	uint32_t len = x->prop.len < y->prop.len ? x->prop.len : y->prop.len;
	int differ;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	differ = len ? memcmp(x->prop.ptr, y->prop.ptr, len) : 0;
	if (differ)
		return differ;
	if (x->prop.len != y->prop.len)
		return x->prop.len < y->prop.len ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

void uses_read(struct uses *uses, const struct fit *fit)
{
	const struct ovl_tree *view = &fit->view.tree;
	struct ovl_ref ref;
	int more = ovl_ref_first(view, NULL, ovl_node_root(view), &ref);

	*uses = (struct uses){ .n = 0 };
	for (; more; more = ovl_ref_next(&ref)) {
		if ((ref.kind != OVL_REF_FIXUP && ref.kind != OVL_REF_LOCAL) || !ref.prop.name)
			continue;
		add(uses, fit->diags,
		    (struct use){ .node = ref.node,
				  .prop = { ref.prop.name, ref.prop.name_len },
				  .off = ref.off,
				  .label = ref.label,
				  .to = ref.to });
	}
	if (uses->n)
		qsort(uses->list, uses->n, sizeof(*uses->list), compare);
}

const struct use *uses_find(const struct uses *uses, ovl_node node, struct ovl_str prop,
			    uint32_t off)
{
	struct use wanted = { .node = node, .prop = prop, .off = off };

	if (!uses->n)
		return NULL;
	return bsearch(&wanted, uses->list, uses->n, sizeof(wanted), compare);
}

void uses_free(struct uses *uses)
{
	free(uses->list);
	*uses = (struct uses){ .n = 0 };
}
