/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* fit.c - turn libovl's errors of applying into messages, see fit.h. */
#include "fit.h"

#include <string.h>

#include "malformed.h"
#include "where.h"

enum status fit_open(struct fit *f)
{
	return stack_open(&f->view, f->diags, &f->overlays[f->n_before]);
}

void fit_close(struct fit *f)
{
	stack_close(&f->view);
}

struct diag_place fit_place(const struct fit *f)
{
	return f->at.file ? f->at : (struct diag_place){ .file = f->overlays[f->n_before].name };
}

void fit_tree_name(const struct fit *f, struct text *name)
{
	text_add(name, "%s", f->base->name);
	if (f->n_before > 3)
		text_add(name, " with the %zu overlays before this one", f->n_before);
	for (size_t i = 0; f->n_before <= 3 && i < f->n_before; i++)
		text_add(name, "%s%s", i ? ", " : " with ", f->overlays[i].name);
}

/* The path in the tree of the place that an error in a fragment is about. */
static void tree_path(struct fit *f, const struct ovl_error *err, struct text *path)
{
	struct text inside = { 0 };
	ovl_node fragment =
		ovl_node_child(&f->view.tree, ovl_node_root(&f->view.tree), err->fragment);
	ovl_node target = fragment ? target_find(f, fragment) : OVL_NONE;
	size_t skip = err->fragment.len + strlen("//__overlay__");

	where_path(&inside, &f->overlays[f->n_before], err->off);
	if (target)
		text_path(path, f->tree, target);
	else
		text_add(path, "the target of /%.*s", STR(err->fragment));
	if (inside.len > skip && path->len == 1)
		text_cut(path, 0);
	if (inside.len > skip)
		text_add(path, "%s", inside.at + skip);
	text_free(&inside);
}

static void report_touches(struct fit *f, const struct ovl_error *err, const char *tree)
{
	struct diag_place at = fit_place(f);
	struct text path = { 0 };

	tree_path(f, err, &path);
	diag_error(f->diags, &at, MSG_TOUCHES, STR(err->fragment), STR(err->prop), text_of(&path),
		   tree);
	text_free(&path);
}

/* The walk finds all nodes at once, unless the node is one that this overlay makes itself. */
static void report_cells(struct fit *f, const struct ovl_error *err)
{
	struct diag_place at = fit_place(f);
	struct text path = { 0 }, what = { 0 };

	if (cells_report(f, DIAG_ERROR))
		return;
	tree_path(f, err, &path);
	text_add(&what, "%.*s", STR(err->prop));
	diag_error(f->diags, &at, MSG_CELLS_CHANGE, text_of(&path), text_of(&what));
	text_free(&path);
	text_free(&what);
}

static void report_symbol_taken(struct fit *f, const struct ovl_error *err, const char *tree)
{
	ovl_node symbols =
		ovl_node_child(&f->view.tree, ovl_node_root(&f->view.tree), ovl_str("__symbols__"));
	ovl_node there = ovl_node_by_label(f->tree, err->label);
	struct diag_place at = fit_place(f);
	struct text here_path = { 0 }, there_path = { 0 };
	struct ovl_prop p;

	/* It is one of the overlay's symbols, of a node there, and the tree has it for another one. */
	if (ovl_prop_find(&f->view.tree, symbols, err->label, &p))
		text_put(&here_path, p.value, p.len - 1);
	text_path(&there_path, f->tree, there);
	diag_error(f->diags, &at, MSG_SYMBOL_TAKEN, STR(err->label), text_of(&here_path), text_of(&there_path), tree);
	diag_help(f->diags, &at, "give the label another name in the overlay");
	text_free(&here_path);
	text_free(&there_path);
}

static void report_no_phandle(struct fit *f, const struct ovl_error *err, const char *tree)
{
	struct diag_place at = fit_place(f);
	struct text path = { 0 };
	ovl_node node = labels_find(f, err->label);

	text_path(&path, f->tree, node);
	diag_error(f->diags, &at, MSG_LABEL_NO_PHANDLE, STR(err->label), text_of(&path), tree);
	diag_note(f->diags, &at, "needed by %.*s", STR(err->path));
	diag_help(f->diags, &at, "rebuild %s with -@, which gives every labelled node a phandle",
		  f->base->name);
	text_free(&path);
}

/* Whether the fragment is one that deletes. */
static bool deletes(const struct fit *f, const struct ovl_error *err)
{
	const struct ovl_tree *view = &f->view.tree;
	ovl_node fragment = ovl_node_child(view, ovl_node_root(view), err->fragment);

	return fragment && ovl_node_child(view, fragment, ovl_str("__delete__"));
}

static enum status report_deletion(struct fit *f, const struct ovl_error *err)
{
	struct diag_place at = fit_place(f);
	enum status status = POLICY;
	struct text what = { 0 };

	switch (err->code) {
	case OVL_ERR_NO_TARGET:
		text_add(&what, "the node it deletes from is not there");
		if (err->path.len)
			text_add(&what, ": %.*s", STR(err->path));
		status = UNRESOLVED;
		break;
	case OVL_ERR_NOT_THERE:
		if (err->prop.len)
			text_add(&what, "node '%.*s' has no property '%.*s' to delete", STR(err->node),
				 STR(err->prop));
		else
			text_add(&what, "there is no node '%.*s' to delete", STR(err->node));
		status = CONFLICT;
		break;
	case OVL_ERR_CELLS:
		text_add(&what, "without %.*s the children of node '%.*s' would be read differently",
			 STR(err->prop), STR(err->node));
		status = CONFLICT;
		break;
	case OVL_ERR_TOUCHES:
		text_add(&what, "it deletes, and --new-only is given");
		break;
	default:
		text_add(&what, "the root, a phandle and /__symbols__ cannot be deleted");
		break;
	}
	diag_error(f->diags, &at, MSG_DELETE, STR(err->fragment), text_of(&what));
	text_free(&what);
	return status;
}

static enum status report(struct fit *f, const struct ovl_error *err, const char *tree)
{
	struct diag_place at = fit_place(f);

	if (err->code >= OVL_ERR_NO_TARGET && deletes(f, err))
		return report_deletion(f, err);
	switch (err->code) {
	case OVL_ERR_NO_SYMBOLS:
	case OVL_ERR_NO_LABEL:
	case OVL_ERR_NO_LABEL_NODE:
		labels_report(f, err);
		return UNRESOLVED;
	case OVL_ERR_NO_PHANDLE:
		report_no_phandle(f, err, tree);
		return UNRESOLVED;
	case OVL_ERR_NO_TARGET:
		target_report(f, err);
		return UNRESOLVED;
	case OVL_ERR_CELLS:
		report_cells(f, err);
		return CONFLICT;
	case OVL_ERR_SYMBOL_TAKEN:
		report_symbol_taken(f, err, tree);
		return CONFLICT;
	case OVL_ERR_PHANDLES_FULL:
		diag_error(f->diags, &at, MSG_PHANDLES_FULL, tree);
		if (f->options->n_reserved)
			diag_note(f->diags, &at, "numbers given with --reserved are not taken");
		return POLICY;
	case OVL_ERR_PROTECTED:
		diag_error(f->diags, &at, MSG_PROTECTED, STR(err->fragment), tree);
		diag_help(
			f->diags, &at,
			"compile the overlay with -@: its labels join /__symbols__ by themselves");
		return POLICY;
	default:
		report_touches(f, err, tree);
		return POLICY;
	}
}

enum status fit_report(struct fit *f, const struct ovl_error *err)
{
	const struct blob *overlay = &f->overlays[f->n_before];
	struct text tree = { 0 };
	struct diag_place at;
	enum status status;

	if (err->code < OVL_ERR_NOT_OVERLAY)
		return malformed_blob(f->diags, overlay, err);
	if (err->code <= OVL_ERR_SYMBOL)
		return malformed_overlay(f->diags, overlay, err);
	at = f->at = where_place(&f->where, overlay, err->off);
	fit_tree_name(f, &tree);
	status = report(f, err, text_of(&tree));
	if (status == UNRESOLVED && tree_is_fit(f->tree))
		malformed_help_fit(f->diags, f->base);
	else if (status == UNRESOLVED && tree_is_overlay(f->tree))
		diag_note(f->diags, &at,
			  "the base %s has an __overlay__ node: is it an overlay itself?",
			  f->base->name);
	text_free(&tree);
	text_free(&f->where);
	f->at.file = NULL;
	return status;
}

enum status fit_explain(struct fit *f, const struct ovl_error *err)
{
	enum status status = fit_open(f);

	if (!status)
		status = fit_report(f, err);
	fit_close(f);
	return status;
}

void fit_help_swapped(struct diags *diags, const struct blob *base, const struct blob *overlay)
{
	struct diag_place at = { .file = overlay->name };

	diag_help(diags, &at, "%s, given as the base, is an overlay: the two are swapped", base->name);
}

enum status fit_nothing(struct diags *diags, const struct ovl_tree *tree, const struct blob *blobs, size_t n)
{
	enum status status = malformed_check(diags, &blobs[1 + n]);

	if (tree_is_overlay(tree))
		fit_help_swapped(diags, blobs, &blobs[1 + n]);
	return status;
}

enum status fit_apply(struct diags *diags, struct stack *stack, const struct blob *blobs, size_t n)
{
	const struct ovl_apply_options options = { 0 };
	struct fit f = { .diags = diags,
			 .tree = &stack->tree,
			 .base = blobs,
			 .overlays = blobs + 1,
			 .n_before = n,
			 .options = &options };
	struct ovl_error err = { 0 };

	if (!blob_has_fragments(&blobs[1 + n]))
		return fit_nothing(diags, &stack->tree, blobs, n);
	if (!stack_apply(stack, &blobs[1 + n], &options, &err))
		return DONE;
	return fit_explain(&f, &err);
}
