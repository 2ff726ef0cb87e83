/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* manifest.c - what a node depends on, see manifest.h.
 * Registers, interrupts and maps are printed by decoded.h; here come the other references, and the
 * ids at the node's IOMMU: domains, for Xen's.  Format: man/ovl-set.1. */
#include "manifest.h"

#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "decoded.h"
#include "grow.h"
#include "idtable.h"
#include "print.h"
#include "provider.h"

struct span {
	uint32_t first, last;
	bool xen;
};

struct manifest {
	struct text *out;
	struct diags *diags;
	const struct ovl_tree *tree;
	ovl_node node;
	bool json;
	struct span *spans;
	size_t n_spans, room;
};

/* ---------------------------------------------------------------- providers */

static void add_path(struct manifest *m, ovl_node node)
{
	struct text path = { 0 };

	text_path(&path, m->tree, node);
	if (m->json)
		print_quoted(m->out, ovl_str(text_of(&path)), true);
	else
		text_add(m->out, "%s", text_of(&path));
	text_free(&path);
}

static void add_args(struct manifest *m, const struct ovl_ref *r)
{
	if (!r->n_args)
		return;
	text_add(m->out, m->json ? ", \"arguments\": [" : ", arguments <");
	for (uint32_t i = 0; i < r->n_args; i++)
		text_add(m->out, m->json ? "%s%u" : "%s0x%x", i ? m->json ? ", " : " " : "",
			 ovl_prop_cell(&r->prop, r->off / 4 + 1 + i));
	text_add(m->out, m->json ? "]" : ">");
}

static void add_provider(struct manifest *m, const struct ovl_ref *r)
{
	struct text why = { 0 };

	provider_problem(r, &why);
	if (why.len) {
		text_add(m->out, m->json ? "\"problem\": " : "problem ");
		print_quoted(m->out, ovl_str(text_of(&why)), m->json);
	} else {
		text_add(m->out, m->json ? "\"node\": " : "node ");
		add_path(m, r->to);
		add_args(m, r);
	}
	text_free(&why);
}

/* Where the references stand of the property that is being printed. */
struct list {
	const char *prop;
	uint32_t cell, n; /* behind the last one; how many */
};

/* Cells of 0 are entries left out, and count. */
static void place_in_list(struct list *list, const struct ovl_ref *r)
{
	uint32_t cell = r->off / 4;

	if (list->prop != r->prop.name)
		*list = (struct list){ .prop = r->prop.name };
	list->n += cell > list->cell ? cell - list->cell : 0;
	list->cell = cell + 1 + r->n_args;
}

/* One property after the other. */
static void add_providers(struct manifest *m)
{
	struct list list = { 0 };
	struct ovl_ref r;

	for (int more = ovl_ref_first(m->tree, NULL, m->node, &r); more && r.node == m->node;
	     more = ovl_ref_next(&r)) {
		const char *before = list.prop;

		if (!provider_is_listed(&r))
			continue;
		place_in_list(&list, &r);
		if (!m->json)
			text_add(m->out, "%s[%u]: ", r.prop.name, list.n++);
		else if (before == list.prop)
			text_add(m->out, "}, {");
		else
			text_add(m->out, "%s, \"%s\": [{", before ? "}]" : "", r.prop.name);
		add_provider(m, &r);
		if (!m->json)
			text_add(m->out, "\n");
	}
	if (m->json && list.prop)
		text_add(m->out, "}]");
}

/* ---------------------------------------------------------------- ids */

static void add_span(struct manifest *m, ovl_node iommu, uint32_t first, uint32_t length)
{
	if (!iommu || !length)
		return;
	m->spans = grow(m->diags, m->spans, &m->room, m->n_spans + 1, sizeof(*m->spans));
	m->spans[m->n_spans++] = (struct span){
		first, length - 1 > UINT32_MAX - first ? UINT32_MAX : first + length - 1,
		idtable_is_xen(m->tree, iommu),
	};
}

/* Of iommu-map, and of iommus with one cell. */
static void gather_ids(struct manifest *m)
{
	struct id_map_entry map;
	struct entries e;
	struct ovl_ref r;

	if (entries_open(&e, m->tree, m->node, "iommu-map"))
		while (id_map_next(&e, &map))
			add_span(m, map.node, map.output, map.length);
	for (int more = ovl_ref_first(m->tree, NULL, m->node, &r);
	     more && r.node == m->node; more = ovl_ref_next(&r))
		if (strcmp(r.prop.name, "iommus") == 0 && !r.fault && r.n_args == 1)
			add_span(m, r.to, ovl_prop_cell(&r.prop, r.off / 4 + 1), 1);
}

static int by_kind(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->xen != y->xen)
		return x->xen ? 1 : -1;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* n spans, by their first id, as {1, 2, 5-8}: each id once. */
static void add_ids(struct manifest *m, const char *key, const struct span *spans, size_t n)
{
	const char *quote = m->json ? "\"" : "";

	if (!n)
		return;
	text_add(m->out, m->json ? ", \"%s\": [" : "%s: {", key);
	for (size_t i = 0, next; i < n; i = next) {
		struct span s = spans[i];

		for (next = i + 1; next < n && spans[next].first <= s.last; next++)
			s.last = spans[next].last > s.last ? spans[next].last : s.last;
		text_add(m->out, "%s%s%u", i ? ", " : "", quote, s.first);
		if (s.last != s.first)
			text_add(m->out, "-%u", s.last);
		text_add(m->out, "%s", quote);
	}
	text_add(m->out, m->json ? "]" : "}\n");
}

static void add_all_ids(struct manifest *m)
{
	size_t n = 0;

	if (m->n_spans)
		qsort(m->spans, m->n_spans, sizeof(*m->spans), by_kind);
	while (n < m->n_spans && !m->spans[n].xen)
		n++;
	add_ids(m, "ids", m->spans, n);
	add_ids(m, "domids", n ? m->spans + n : m->spans, m->n_spans - n);
}

void manifest_add(struct text *out, struct diags *diags, const struct ovl_tree *tree, ovl_node node, bool json)
{
	struct manifest m = { .out = out, .diags = diags, .tree = tree, .node = node, .json = json };

	decoded_node(out, diags, tree, node, json);
	/* Of JSON, the object stays open. */
	if (json)
		text_cut(out, out->len - 2);
	gather_ids(&m);
	add_providers(&m);
	add_all_ids(&m);
	text_add(out, json ? "}" : "");
	free(m.spans);
}
