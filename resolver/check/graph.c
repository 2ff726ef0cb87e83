/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* graph.c - follow every reference of a tree that is known to be one, see graph.h.
 * That phandles are unique is proven when the tree is opened.  Which cells are references libovl
 * knows (ovl_ref_first). */
#include "graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "path.h"

/* ---------------------------------------------------------------- findings */

struct noting {
	struct findings findings;
	struct known *known;
};

static char *line_of(const char *kind, const char *node, const struct ovl_prop *p, const char *text)
{
	struct text line = { 0 };

	text_add(&line, "%s:%s:%.*s:%s", kind, node, (int)p->name_len, p->name, text);
	return line.at;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool was_known(const struct findings *f, const char *kind, ovl_node node, const struct ovl_prop *p,
		      const char *text)
{
	struct text path = { 0 };
	bool found;
	char *line;

	text_path(&path, f->tree, node);
	line = line_of(kind, text_of(&path), p, text);
	found = f->known->n && bsearch(&line, f->known->lines, f->known->n, sizeof(line), by_text);
	free(line);
	text_free(&path);
	return found;
}

/* What the base says is told when an overlay makes it wrong. */
__attribute__((format(printf, 5, 6)))
static void found(struct findings *f, const char *kind, ovl_node node, const struct ovl_prop *p,
		  const char *format, ...)
{
	char text[512];
	va_list args;
	bool of_base = p->layer < f->first_layer;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!of_base || !was_known(f, kind, node, p, text))
		finding_add(f, kind, node, p, "%s%s", text, of_base ? "; without the overlays it is sound" : "");
}

static void note(struct findings *f, const char *kind, const struct diag_place *at, const char *text)
{
	struct known *known = ((struct noting *)f)->known;
	struct ovl_prop p = { .name = at->prop, .name_len = (uint32_t)at->prop_len };

	known->lines = grow(f->diags, known->lines, &known->room, known->n + 1, sizeof(*known->lines));
	known->lines[known->n++] = line_of(kind, at->node, &p, text);
}

/* ---------------------------------------------------------------- texts that name nodes */

/* The one text of a property; empty when it is not one text. */
static struct ovl_str one_text(const struct ovl_prop *p)
{
	if (!p->value || p->len < 2 || strnlen((const char *)p->value, p->len) != p->len - 1)
		return (struct ovl_str){ 0 };
	return (struct ovl_str){ (const char *)p->value, p->len - 1 };
}

/* Every property of /aliases or /__symbols__ is the path of a node.  A symbol without a stored
 * value is an overlay's own, whose path libovl makes. */
static void check_paths(struct findings *f, const char *top, const char *kind)
{
	ovl_node node = ovl_node_child(f->tree, ovl_node_root(f->tree), ovl_str(top));
	struct ovl_prop p;

	for (int more = node && ovl_prop_first(f->tree, node, &p); more;
	     more = ovl_prop_next(f->tree, &p)) {
		struct ovl_str path = one_text(&p);

		if (!p.value || prop_is_phandle(p.name))
			continue;
		if (!path.len || path.ptr[0] != '/')
			found(f, kind, node, &p, "it is not one absolute path");
		else if (!ovl_node_by_path(f->tree, path))
			found(f, kind, node, &p, "there is no node %.*s", (int)path.len, path.ptr);
	}
}

/* A path or an alias, and after a colon what the driver is told. */
static void check_stdout(struct findings *f, const char *name)
{
	ovl_node chosen = ovl_node_child(f->tree, ovl_node_root(f->tree), ovl_str("chosen"));
	struct ovl_str text;
	struct ovl_prop p;

	if (!chosen || !ovl_prop_find(f->tree, chosen, ovl_str(name), &p))
		return;
	text = one_text(&p);
	text.len = text.len ? (uint32_t)strcspn(text.ptr, ":") : 0;
	if (!text.len || !path_find(f->tree, text, false))
		found(f, "stdout-path-dangling", chosen, &p,
		      "there is no node or alias '%.*s'", STR(text));
}

/* ---------------------------------------------------------------- phandles */

/* Whether a phandle that no node has is one that the tree may use all the same. */
static bool is_outside(const struct findings *f, const struct ovl_ref *r)
{
	if (r->fault != OVL_REF_DANGLING)
		return false;
	for (size_t i = 0; f->outside && i < f->outside->n; i++)
		if (r->phandle >= f->outside->list[i].first &&
		    r->phandle <= f->outside->list[i].last)
			return true;
	return false;
}

/* Of an iommu-map with entries that are none, libovl's limits say more. */
static bool is_map_length(const struct ovl_ref *r)
{
	return (r->fault == OVL_REF_SHORT || r->fault == OVL_REF_LENGTH) &&
	       strcmp(r->prop.name, "iommu-map") == 0;
}

/* What cannot be read, and what leads nowhere.  A cell that only looks like a phandle is nobody's mistake. */
static void check_ref(struct findings *f, const struct ovl_ref *r)
{
	uint32_t cell = r->off / 4, left = r->prop.len / 4 - cell;
	struct text path = { 0 };

	text_ref(&path, r);
	if (r->fault == OVL_REF_LENGTH)
		found(f, "reference-length", r->node, &r->prop,
		      "its length, %u, is not that of cells", r->prop.len);
	else if (r->fault == OVL_REF_DANGLING)
		found(f, "phandle-dangling", r->node, &r->prop,
		      "cell %u: no node has phandle 0x%x", cell, r->phandle);
	else if (r->fault == OVL_REF_NO_CELLS)
		found(f, "cells-missing", r->node, &r->prop, "%s has no %s", text_of(&path),
		      r->cells);
	else if (r->fault == OVL_REF_MASK)
		found(f, "reference-length", r->node, &r->prop,
		      "its length is %u, and an entry of the map begins with %u cells",
		      r->prop.len, r->n_args);
	else if (!r->to)
		found(f, "reference-length", r->node, &r->prop,
		      "cell %u: an entry has %u cell%s before its phandle, %u %s left", cell,
		      r->n_args, r->n_args == 1 ? "" : "s", left, left == 1 ? "is" : "are");
	else
		found(f, "reference-length", r->node, &r->prop,
		      "%s wants %u cell%s%s%s%s, %u %s left", text_of(&path), r->n_args,
		      r->n_args == 1 ? "" : "s", r->cells ? " (" : "", r->cells ? r->cells : "",
		      r->cells ? ")" : "", left - 1, left == 2 ? "is" : "are");
	text_free(&path);
}

static void check_refs(struct findings *f)
{
	struct ovl_ref r;

	for (int more = ovl_ref_first(f->tree, NULL, ovl_node_root(f->tree), &r); more;
	     more = ovl_ref_next(&r))
		if (r.fault && !is_outside(f, &r) && !is_map_length(&r))
			check_ref(f, &r);
}

void graph_check(struct findings *f)
{
	check_paths(f, "aliases", "alias-dangling");
	check_paths(f, "__symbols__", "symbol-dangling");
	check_stdout(f, "stdout-path");
	check_stdout(f, "linux,stdout-path");
	check_refs(f);
}

void graph_known(struct known *known, const struct findings *f, const struct stack *base)
{
	struct noting noting = { .findings = *f, .known = known };

	noting.findings.tree = &base->tree;
	noting.findings.blobs = &base->base;
	noting.findings.first_layer = 0;
	noting.findings.tell = note;
	graph_check(&noting.findings);
	if (known->n)
		qsort(known->lines, known->n, sizeof(*known->lines), by_text);
}

void graph_forget(struct known *known)
{
	for (size_t i = 0; i < known->n; i++)
		free(known->lines[i]);
	free(known->lines);
}
