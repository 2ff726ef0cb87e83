/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* target.c - find what a fragment changes, and report a target that is not there, see fit.h.
 * Rules: include/ovl.h, ovl_apply(). */
#include "fit.h"

#include <string.h>

#include "path.h"

/* ---------------------------------------------------------------- finding */

/* The label that stands at /FRAGMENT:target. */
struct wanted {
	struct ovl_str fragment, label;
};

static void match_use(void *arg, struct ovl_str label, struct ovl_str use)
{
	static const char tail[] = ":target:0";
	struct wanted *w = arg;

	if (use.len == 1 + w->fragment.len + strlen(tail) &&
	    memcmp(use.ptr + 1, w->fragment.ptr, w->fragment.len) == 0 &&
	    memcmp(use.ptr + 1 + w->fragment.len, tail, strlen(tail)) == 0)
		w->label = label;
}

static struct ovl_str text_of_prop(const struct ovl_prop *p)
{
	return (struct ovl_str){ (const char *)p->value, p->len && p->value ? p->len - 1 : 0 };
}

ovl_node target_find_unlabelled(const struct fit *f, ovl_node fragment)
{
	const struct ovl_tree *view = &f->view.tree;
	struct ovl_prop p;

	if (ovl_prop_find(view, fragment, ovl_str("target"), &p) && ovl_prop_cell(&p, 0))
		return ovl_node_by_phandle(view, ovl_prop_cell(&p, 0))
			       ? OVL_NONE
			       : ovl_node_by_phandle(f->tree, ovl_prop_cell(&p, 0));
	if (ovl_prop_find(view, fragment, ovl_str("target-path"), &p))
		return path_find(f->tree, text_of_prop(&p),
				 f->options && (f->options->flags & OVL_LOOSE));
	return OVL_NONE;
}

/* By which the fragment names its target; empty when it has none. */
static struct ovl_str target_label(const struct fit *f, struct ovl_str fragment)
{
	struct wanted w = { .fragment = fragment };

	labels_each_use(f, match_use, &w);
	return w.label;
}

ovl_node target_find(const struct fit *f, ovl_node fragment)
{
	struct ovl_str label = target_label(f, ovl_node_name(&f->view.tree, fragment));

	return label.len ? labels_find(f, label) : target_find_unlabelled(f, fragment);
}

/* ---------------------------------------------------------------- reporting */

static void explain_path(struct fit *f, const struct diag_place *at, struct ovl_str whole)
{
	const char *or_loose = !path_find(f->tree, whole, true) ? ""
			       : f->own_options		 ? ", or pass --loose"
							 : ", or pass --loose to ovl apply";
	ovl_node nearest = path_nearest(f->tree, whole);
	struct text path = { 0 };

	path_explain(f->diags, at, f->tree, whole);
	if (!nearest)
		return;
	text_path(&path, f->tree, nearest);
	diag_help(f->diags, at, "nearest: %s; write target-path = \"%s\"%s", text_of(&path),
		  text_of(&path), or_loose);
	diag_suggest(f->diags, at, "%s", text_of(&path));
	text_free(&path);
}

/* The node of the overlay itself that is the target of the fragment. */
static ovl_node own_target(const struct fit *f, struct ovl_str fragment)
{
	const struct ovl_tree *view = &f->view.tree;
	ovl_node node = ovl_node_child(view, ovl_node_root(view), fragment);
	struct ovl_prop p;

	return node && ovl_prop_find(view, node, ovl_str("target"), &p) ? ovl_node_by_phandle(view, ovl_prop_cell(&p, 0))
									: OVL_NONE;
}

static void name_target(const struct fit *f, const struct ovl_error *err, ovl_node own, struct ovl_str label,
			struct text *what)
{
	if (err->path.len) {
		text_add(what, "target-path '%.*s'", STR(err->path));
	} else if (own) {
		text_add(what, "the overlay's own node ");
		text_path(what, &f->view.tree, own);
		text_add(what, ", the target");
	} else if (label.len) {
		text_add(what, "the node that label '%.*s' stood for, the target", STR(label));
	} else {
		text_add(what, "the node with phandle 0x%x, the target", err->number);
	}
}

void target_report(struct fit *f, const struct ovl_error *err)
{
	ovl_node own = err->path.len ? OVL_NONE : own_target(f, err->fragment);
	struct ovl_str label = target_label(f, err->fragment);
	struct diag_place at = fit_place(f);
	struct text tree = { 0 }, what = { 0 };

	fit_tree_name(f, &tree);
	at.prop = err->path.len ? "target-path" : "target";
	at.prop_len = strlen(at.prop);
	at.off_bytes = 0;
	name_target(f, err, own, label, &what);
	diag_error(f->diags, &at, MSG_TARGET_MISSING, text_of(&what), STR(err->fragment), text_of(&tree));
	if (err->path.len)
		explain_path(f, &at, err->path);
	else if (own)
		diag_help(f->diags, &at, "write what is to be there into that node itself, or give its label another name");
	else if (label.len)
		diag_help(f->diags, &at, "the overlay deletes it before, in another fragment");
	else
		diag_help(f->diags, &at, "write target = <&label> instead of a number: numbers change with each build");
	text_free(&tree);
	text_free(&what);
}

/* ---------------------------------------------------------------- --loose */

/* needs: the overlay applied.  Then what an earlier fragment made is there too, and exact. */
void target_warn_loose(struct fit *f)
{
	const struct ovl_tree *view = &f->view.tree;
	struct diag_place at = fit_place(f);
	ovl_node fragment, node;
	struct ovl_prop p;

	for (fragment = ovl_node_first(view, ovl_node_root(view)); fragment;
	     fragment = ovl_node_next(view, fragment)) {
		struct ovl_str name = ovl_node_name(view, fragment);
		struct text path = { 0 };

		if (!ovl_node_child(view, fragment, ovl_str("__overlay__")) ||
		    (ovl_prop_find(view, fragment, ovl_str("target"), &p) &&
		     ovl_prop_cell(&p, 0)) ||
		    !ovl_prop_find(view, fragment, ovl_str("target-path"), &p) ||
		    path_find(f->tree, text_of_prop(&p), false))
			continue;
		node = path_find(f->tree, text_of_prop(&p), true);
		if (!node)
			continue;
		text_path(&path, f->tree, node);
		diag_warning(f->diags, &at, MSG_LOOSE_PATH, STR(text_of_prop(&p)), STR(name),
			     text_of(&path));
		diag_help(f->diags, &at, "write target-path = \"%s\": Linux takes exact names only",
			  text_of(&path));
		text_free(&path);
	}
}
