/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* facts.c - a base, and what each overlay does to it, as the JSON that report.h describes.
 * Of an overlay what it says is told, fragment by fragment, and not what came of it: the page can then
 * apply any of them in its turn.  Where targets and references lead is looked up in the tree, as libovl
 * resolved them. */
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>

#include "conflicts.h"
#include "graph.h"
#include "grow.h"
#include "links.h"
#include "spelling.h"

/* What a tree, the base or the view of an overlay, is told with. */
struct teller {
	struct text *out;
	const struct ovl_tree *tree;
	const struct links *links; /* the base's */
	struct explain *e;	   /* the overlay's */
};

static void put_text(struct text *out, struct ovl_str text)
{
	print_quoted(out, text, AS_JSON);
}

static void put_comma(struct text *out, bool *first)
{
	text_add(out, *first ? "" : ",");
	*first = false;
}

static void put_path(struct text *out, const struct ovl_tree *tree, ovl_node node)
{
	struct text path = { 0 };

	text_path(&path, tree, node);
	put_text(out, ovl_str(text_of(&path)));
	text_free(&path);
}

/* ---------------------------------------------------------------- values */

/* The path of the node that a cell refers to, if it does. */
static bool refers(const struct teller *t, ovl_node node, const struct ovl_prop *p, uint32_t off, struct text *path)
{
	const unsigned char *cell = p->value + off;
	const struct link *link = t->links ? links_next(t->links, cell, cell + 1) : NULL;
	const struct use *use = t->e ? uses_find(&t->e->uses, node, ovl_str(p->name), off) : NULL;
	ovl_node to;

	if (link && link->known && link->to)
		text_path(path, t->tree, link->to);
	if (use && !use->label.len)
		return targets_path(t->e, use->to, path);
	to = use ? labels_find(&t->e->fit, use->label) : OVL_NONE;
	if (to)
		text_path(path, t->e->fit.tree, to);
	return path->len != 0;
}

/* The texts between the references, and these. */
static void put_cells(struct teller *t, ovl_node node, const struct ovl_prop *p)
{
	struct text path = { 0 };

	text_add(t->out, "[\"<");
	for (uint32_t off = 0; off < p->len; off += 4) {
		text_add(t->out, off ? " " : "");
		text_cut(&path, 0);
		if (refers(t, node, p, off, &path)) {
			text_add(t->out, "\",");
			put_text(t->out, ovl_str(text_of(&path)));
			text_add(t->out, ",\"");
		} else {
			text_add(t->out, "0x%" PRIx32, ovl_prop_cell(p, off / 4));
		}
	}
	text_add(t->out, ">\"]");
	text_free(&path);
}

static void put_value(struct teller *t, ovl_node node, const struct ovl_prop *p)
{
	struct text value = { 0 };

	if (print_is_cells(p)) {
		put_cells(t, node, p);
		return;
	}
	print_value(&value, p);
	put_text(t->out, ovl_str(text_of(&value)));
	text_free(&value);
}

/* ---------------------------------------------------------------- trees */

/* Applying gives an overlay's node another phandle than it says, or leaves the one that was there: then false,
 * as the overlay sets none. */
static bool find_phandle(const struct teller *t, ovl_node node, struct ovl_prop *p)
{
	struct text path = { 0 };
	ovl_node there = targets_path(t->e, node, &path)
				 ? ovl_node_by_path(t->e->fit.tree, ovl_str(text_of(&path)))
				 : OVL_NONE;
	bool is = there && ovl_prop_find(t->e->fit.tree, there, ovl_str(p->name), p) && p->layer == t->e->layer;

	text_free(&path);
	return is;
}

static void put_props(struct teller *t, ovl_node node)
{
	struct ovl_prop next;
	bool first = true;

	for (int more = ovl_prop_first(t->tree, node, &next); more; more = ovl_prop_next(t->tree, &next)) {
		struct ovl_prop p = next;

		if (t->e && prop_is_phandle(p.name) && !find_phandle(t, node, &p))
			continue;
		put_comma(t->out, &first);
		text_add(t->out, "[");
		put_text(t->out, ovl_str(p.name));
		text_add(t->out, ",");
		put_value(t, node, &p);
		text_add(t->out, "]");
	}
}

/* A walk by parent and sibling.  Before the first child stands its parent's "[", behind a last one "]". */
static void put_tree(struct teller *t, ovl_node top)
{
	ovl_node node = top, next;

	for (;;) {
		text_add(t->out, "[");
		put_text(t->out, ovl_node_name(t->tree, node));
		text_add(t->out, ",[");
		put_props(t, node);
		text_add(t->out, "],[");
		next = ovl_node_first(t->tree, node);
		for (; !next; node = ovl_node_parent(t->tree, node)) {
			text_add(t->out, "]]");
			if (node == top)
				return;
			next = ovl_node_next(t->tree, node);
			if (next) {
				text_add(t->out, ",\n");
				break;
			}
		}
		node = next;
	}
}

/* ---------------------------------------------------------------- the base */

static void put_labels(struct text *out, const struct ovl_tree *tree, const struct names *names)
{
	bool first = true;

	for (size_t i = 0; i < names->n; i++) {
		put_comma(out, &first);
		text_add(out, "[");
		put_text(out, names->list[i].name);
		text_add(out, ",");
		put_path(out, tree, names->list[i].node);
		text_add(out, "]");
	}
}

void facts_base(struct text *out, struct diags *diags, const struct stack *stack)
{
	struct links links = { 0 };
	struct names labels = { 0 };
	struct teller t = { .out = out, .tree = &stack->tree, .links = &links };

	names_read(&labels, diags, t.tree, "__symbols__");
	links_find(&links, diags, t.tree);
	text_add(out, "\"base\":{\"name\":");
	put_text(out, ovl_str(stack->base->name));
	text_add(out, ",\"tree\":");
	put_tree(&t, ovl_node_root(t.tree));
	text_add(out, ",\"labels\":[");
	put_labels(out, t.tree, &labels);
	text_add(out, "]}");
	names_free(&labels);
	links_free(&links);
}

/* ---------------------------------------------------------------- an overlay */

static void put_fragment(struct teller *t, const struct target *target)
{
	text_add(t->out, "{\"name\":");
	put_text(t->out, ovl_node_name(t->tree, target->fragment));
	text_add(t->out, ",\"target\":");
	put_text(t->out, ovl_str(text_of(&target->node)));
	text_add(t->out, ",\"set\":");
	put_tree(t, target->content);
	if (target->deletes) {
		text_add(t->out, ",\"delete\":");
		put_tree(t, target->deletes);
	}
	text_add(t->out, "}");
}

static void put_needs(struct teller *t)
{
	ovl_node fixups = ovl_node_child(t->tree, ovl_node_root(t->tree), ovl_str("__fixups__"));
	bool first = true;
	struct ovl_prop p;

	for (int more = fixups && ovl_prop_first(t->tree, fixups, &p); more; more = ovl_prop_next(t->tree, &p)) {
		put_comma(t->out, &first);
		put_text(t->out, ovl_str(p.name));
	}
}

static void put_brought(struct teller *t)
{
	const struct names *own = &t->e->own;
	struct text path = { 0 };
	bool first = true;

	for (size_t i = 0; i < own->n; i++) {
		text_cut(&path, 0);
		if (!targets_path(t->e, own->list[i].node, &path))
			continue;
		put_comma(t->out, &first);
		text_add(t->out, "[");
		put_text(t->out, own->list[i].name);
		text_add(t->out, ",");
		put_text(t->out, ovl_str(text_of(&path)));
		text_add(t->out, "]");
	}
	text_free(&path);
}

void facts_overlay(struct text *out, struct explain *e)
{
	struct teller t = { .out = out, .tree = &e->fit.view.tree, .e = e };

	text_add(out, "{\"name\":");
	put_text(out, ovl_str(e->fit.overlays[e->fit.n_before].name));
	text_add(out, ",\"needs\":[");
	put_needs(&t);
	text_add(out, "],\"brings\":[");
	put_brought(&t);
	text_add(out, "],\"fragments\":[");
	for (size_t i = 0; i < e->n_targets; i++) {
		text_add(out, i ? "," : "");
		put_fragment(&t, &e->targets[i]);
	}
	text_add(out, "]}");
}

/* ---------------------------------------------------------------- findings */

/* The blob of a finding is known by its name's address, which is one of the command line's. */
static void put_finding(struct findings *f, const char *kind, const struct diag_place *at, const char *text)
{
	struct text *out = &f->lines;
	uint32_t layer = 0;

	while (layer < ovl_tree_layers(f->tree) && f->blobs[layer]->name != at->file)
		layer++;
	text_add(out, "%s{\"layer\":%" PRIu32 ",\"with\":%" PRIu32 ",\"kind\":\"%s\",\"node\":", f->n > 1 ? "," : "",
		 layer, f->other, kind);
	put_text(out, ovl_str(at->node));
	text_add(out, ",\"prop\":");
	put_text(out, (struct ovl_str){ at->prop, (uint32_t)at->prop_len });
	text_add(out, ",\"text\":");
	put_text(out, ovl_str(text));
	text_add(out, "}");
}

enum status facts_findings(struct text *out, struct diags *diags, const struct stack *stack, const struct blob *blobs)
{
	uint32_t n = ovl_tree_layers(&stack->tree);
	const struct blob **layers = grow_new(diags, n + (size_t)1, sizeof(*layers));
	struct findings f = { .diags = diags, .tree = &stack->tree, .blobs = layers, .tell = put_finding };
	enum status status;

	for (uint32_t i = 0; i <= n; i++)
		layers[i] = &blobs[i];
	spelling_check(&f);
	graph_check(&f);
	status = n > 1 ? conflicts_check(&f) : DONE;
	text_add(out, "\"findings\":[");
	text_put(out, f.lines.at, f.lines.len);
	text_add(out, "]");
	text_free(&f.lines);
	free(layers);
	return status;
}
