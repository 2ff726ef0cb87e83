/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* cells.c - find the nodes whose #address-cells, #size-cells or #interrupt-cells an overlay
 * changes, and tell who reads them, see fit.h.
 * The fragments of the view are walked beside the tree, node by node of the same name; a fragment
 * whose target an earlier one makes changes nothing that exists, and is passed over. */
#include "fit.h"

#include <string.h>

/* Nodes reported with all their readers; and readers listed, before "and more". */
enum { MOST_REPORTED = 10, MOST_LISTED = 12 };

struct cells {
	struct fit *fit;
	enum diag_severity severity;
	unsigned int n;
};

struct readers {
	struct text list;
	unsigned int n;
};

static void add_reader(struct readers *r, const struct ovl_tree *tree, ovl_node node,
		       bool whole_path)
{
	if (r->n++ >= MOST_LISTED)
		return;
	text_add(&r->list, "%s", r->n > 1 ? ", " : "");
	if (whole_path)
		text_path(&r->list, tree, node);
	else
		text_str(&r->list, ovl_node_name(tree, node));
}

static void find_children(const struct ovl_tree *tree, ovl_node node, struct readers *r)
{
	struct ovl_prop p;
	ovl_node child;

	for (child = ovl_node_first(tree, node); child; child = ovl_node_next(tree, child))
		if (ovl_prop_find(tree, child, ovl_str("reg"), &p) ||
		    (ovl_prop_find(tree, child, ovl_str("ranges"), &p) && p.len))
			add_reader(r, tree, child, false);
}

static void find_interrupts(const struct ovl_tree *tree, ovl_node controller, struct readers *r)
{
	uint32_t phandle = ovl_node_phandle(tree, controller);
	ovl_node root = ovl_node_root(tree), n;
	struct ovl_prop p;

	for (n = root; phandle && n; n = tree_next(tree, root, n))
		if (ovl_prop_find(tree, n, ovl_str("interrupt-parent"), &p) &&
		    ovl_prop_cell(&p, 0) == phandle)
			add_reader(r, tree, n, true);
}

static void note_readers(struct cells *c, const struct diag_place *at, ovl_node node,
			 bool interrupts, bool regs)
{
	struct readers r = { 0 };

	if (regs)
		find_children(c->fit->tree, node, &r);
	if (interrupts)
		find_interrupts(c->fit->tree, node, &r);
	if (r.n > MOST_LISTED)
		text_add(&r.list, ", and %u more", r.n - MOST_LISTED);
	if (r.n)
		diag_note(c->fit->diags, at, "%s: %s",
			  c->severity == DIAG_ERROR ? "these would be misread"
						    : "these are misread now",
			  text_of(&r.list));
	text_free(&r.list);
}

static bool may_allow(const struct cells *c)
{
	return c->severity == DIAG_ERROR && !(c->fit->options->flags & OVL_NEW_ONLY);
}

/* piece: the node in the overlay. */
static void report(struct cells *c, ovl_node piece, ovl_node node, const struct text *changes,
		   const struct text *keep, bool interrupts, bool regs)
{
	struct text path = { 0 }, here = { 0 };
	struct diag_place at = { .file = fit_place(c->fit).file };

	text_path(&path, c->fit->tree, node);
	text_path(&here, &c->fit->view.tree, piece);
	at.node = text_of(&here);
	if (c->severity == DIAG_ERROR)
		diag_error(c->fit->diags, &at, MSG_CELLS_CHANGE, text_of(&path), text_of(changes));
	else
		diag_warning(c->fit->diags, &at, MSG_CELLS_CHANGED, text_of(&path),
			     text_of(changes));
	if (c->n++ < MOST_REPORTED)
		note_readers(c, &at, node, interrupts, regs);
	diag_help(c->fit->diags, &at,
		  "leave that out of the overlay and write what it puts there for %s%s%s",
		  text_of(keep), may_allow(c) ? "; or pass --allow-cells" : "",
		  may_allow(c) && !c->fit->own_options ? " to ovl apply" : "");
	text_free(&path);
	text_free(&here);
}

static void add_value(struct text *to, const struct ovl_prop *p)
{
	if (p->len == 4)
		text_add(to, "<%u>", ovl_prop_cell(p, 0));
	else
		text_add(to, "a value of %u bytes", p->len);
}

static void compare(struct cells *c, ovl_node piece, ovl_node node)
{
	static const char *const names[] = { "#interrupt-cells", "#address-cells", "#size-cells" };
	bool changed[3] = { false };
	struct text changes = { 0 }, keep = { 0 };
	struct ovl_prop new, old;

	for (int i = 0; i < 3; i++) {
		if (!ovl_prop_find(&c->fit->view.tree, piece, ovl_str(names[i]), &new) ||
		    !ovl_prop_find(c->fit->tree, node, ovl_str(names[i]), &old) ||
		    (new.len == old.len && memcmp(new.value, old.value, new.len) == 0))
			continue;
		changed[i] = true;
		text_add(&changes, "%s%s from ", changes.len ? " and " : "", names[i]);
		add_value(&changes, &old);
		text_add(&changes, " to ");
		add_value(&changes, &new);
		text_add(&keep, "%s%s = ", keep.len ? ", " : "", names[i]);
		add_value(&keep, &old);
	}
	if (changed[0] || changed[1] || changed[2])
		report(c, piece, node, &changes, &keep, changed[0], changed[1] || changed[2]);
	text_free(&changes);
	text_free(&keep);
}

/* Every node of a fragment that is in the tree too, and its counterpart there. */
static void walk_content(struct cells *c, ovl_node content, ovl_node target)
{
	const struct ovl_tree *view = &c->fit->view.tree, *tree = c->fit->tree;
	ovl_node piece = content, node = target, next, there = OVL_NONE;

	for (;; ) {
		compare(c, piece, node);
		next = ovl_node_first(view, piece);
		for (;; ) {
			while (next &&
			       !(there = ovl_node_child(tree, node, ovl_node_name(view, next))))
				next = ovl_node_next(view, next);
			if (next)
				break;
			if (piece == content)
				return;
			next = ovl_node_next(view, piece);
			piece = ovl_node_parent(view, piece);
			node = ovl_node_parent(tree, node);
		}
		piece = next;
		node = there;
	}
}

static void walk_fragment(struct cells *c, ovl_node fragment, ovl_node target)
{
	ovl_node content = ovl_node_child(&c->fit->view.tree, fragment, ovl_str("__overlay__"));

	if (content && target)
		walk_content(c, content, target);
}

/* A use of a label that is a fragment's target: "/NAME:target:0". */
static void walk_use(void *arg, struct ovl_str label, struct ovl_str use)
{
	static const char tail[] = ":target:0";
	struct cells *c = arg;
	const struct ovl_tree *view = &c->fit->view.tree;
	uint32_t len = (uint32_t)strlen(tail);
	ovl_node fragment;

	if (use.len <= 1 + len || memcmp(use.ptr + use.len - len, tail, len) != 0)
		return;
	fragment = ovl_node_child(view, ovl_node_root(view),
				  (struct ovl_str){ use.ptr + 1, use.len - 1 - len });
	if (fragment)
		walk_fragment(c, fragment, labels_find(c->fit, label));
}

unsigned int cells_report(struct fit *f, enum diag_severity severity)
{
	const struct ovl_tree *view = &f->view.tree;
	struct cells c = { .fit = f, .severity = severity };
	ovl_node fragment;
	struct ovl_prop p;

	labels_each_use(f, walk_use, &c);
	for (fragment = ovl_node_first(view, ovl_node_root(view)); fragment;
	     fragment = ovl_node_next(view, fragment)) {
		bool labelled = ovl_prop_find(view, fragment, ovl_str("target"), &p) &&
				ovl_prop_cell(&p, 0) == ~0u;

		if (!labelled)
			walk_fragment(&c, fragment, target_find_unlabelled(f, fragment));
	}
	return c.n;
}
