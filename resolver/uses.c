/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* uses.c - a sorted list of the references that an overlay says it has, see uses.h.
 * In: the view of an overlay, of whose fixups nothing needs to be proven.  Format: dtobj. */
#include "uses.h"

#include <stdlib.h>
#include <string.h>

#include "tags.h"

static void add(struct uses *u, struct use use)
{
	if (u->n == u->room) {
		size_t room = u->room ? u->room * 2 : 32;
		struct use *list = realloc(u->list, room * sizeof(*list));

		u->failed |= !list;
		if (!list)
			return;
		u->list = list;
		u->room = room;
	}
	u->list[u->n++] = use;
}

/* ---------------------------------------------------------------- labels */

struct reading {
	struct uses *uses;
	const struct ovl_tree *view;
};

/* Take what stands before the next colon. */
static bool take_part(struct ovl_str *rest, struct ovl_str *part)
{
	const char *colon = rest->len ? memchr(rest->ptr, ':', rest->len) : NULL;

	if (!colon)
		return false;
	*part = (struct ovl_str){ rest->ptr, (uint32_t)(colon - rest->ptr) };
	*rest = (struct ovl_str){ colon + 1, rest->len - part->len - 1 };
	return true;
}

static bool read_number(struct ovl_str digits, uint32_t *number)
{
	*number = 0;
	for (uint32_t i = 0; i < digits.len; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9' || *number > 100000000)
			return false;
		*number = *number * 10 + (uint32_t)(digits.ptr[i] - '0');
	}
	return digits.len;
}

static void add_label(void *arg, struct ovl_str label, struct ovl_str entry)
{
	struct reading *r = arg;
	struct use use = { .label = label };
	struct ovl_str path;

	if (!take_part(&entry, &path) || !take_part(&entry, &use.prop) ||
	    !read_number(entry, &use.off))
		return;
	use.node = ovl_node_by_path(r->view, path);
	if (use.node)
		add(r->uses, use);
}

/* ---------------------------------------------------------------- nodes of its own */

static void add_locals(struct reading *r, ovl_node node, const struct ovl_prop *offs)
{
	struct ovl_prop p;

	if (!offs->value || !ovl_prop_find(r->view, node, ovl_str(offs->name), &p) || !p.value)
		return;
	for (uint32_t i = 0; i < offs->len / 4; i++) {
		uint32_t off = ovl_prop_cell(offs, i);

		if (off > p.len || p.len - off < 4)
			continue;
		add(r->uses, (struct use){ .node = node,
					   .prop = { p.name, p.name_len },
					   .off = off,
					   .to = ovl_node_by_phandle(r->view,
								     be32(p.value + off)) });
	}
}

/* The node of the overlay that one below /__local_fixups__ stands for. */
static ovl_node mirrored(const struct ovl_tree *view, ovl_node mirror)
{
	size_t skip = strlen("/__local_fixups__");
	struct text path = { 0 };
	ovl_node node = OVL_NONE;

	text_path(&path, view, mirror);
	if (path.len > skip)
		node = ovl_node_by_path(view, (struct ovl_str){ path.at + skip,
								(uint32_t)(path.len - skip) });
	text_free(&path);
	return node;
}

static void read_locals(struct reading *r)
{
	ovl_node top = ovl_node_child(r->view, ovl_node_root(r->view),
				      ovl_str("__local_fixups__"));
	struct ovl_prop p;

	for (ovl_node m = top; m; m = tree_next(r->view, top, m)) {
		ovl_node node = OVL_NONE;

		for (int more = ovl_prop_first(r->view, m, &p); more;
		     more = ovl_prop_next(r->view, &p)) {
			if (!node)
				node = mirrored(r->view, m);
			if (node)
				add_locals(r, node, &p);
		}
	}
}

/* ---------------------------------------------------------------- the list */

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

enum status uses_read(struct uses *uses, const struct fit *fit)
{
	struct reading r = { .uses = uses, .view = &fit->view.tree };

	*uses = (struct uses){ .n = 0 };
	labels_each_use(fit, add_label, &r);
	read_locals(&r);
	if (uses->failed)
		return no_memory(fit->diags);
	if (uses->n)
		qsort(uses->list, uses->n, sizeof(*uses->list), compare);
	return DONE;
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
