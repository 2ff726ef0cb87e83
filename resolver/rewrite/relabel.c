/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* relabel.c - change the symbols of a tree: more, none, or those that overlays use, see relabel.h.
 * /__symbols__ is changed in the draft as it is decided; when something was wrong, and all of that
 * was told, the draft is given up.  Format of /__symbols__: dtobj. */
#include "relabel.h"

#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "grow.h"
#include "holes.h"
#include "malformed.h"
#include "path.h"

struct relabel {
	struct diags *diags;
	const struct stack *stack;
	struct draft draft;
	struct node *symbols; /* NULL when there is none */
};

static enum status open_draft(struct relabel *r)
{
	enum status status = draft_open(&r->draft, r->diags, r->stack->base);

	if (!status)
		r->symbols = draft_node(&r->draft, ovl_str("/__symbols__"));
	return status;
}

/* What a property of /__symbols__ says; false for the node's own phandle. */
static bool read_symbol(const struct prop *p, struct ovl_symbol *symbol)
{
	return symbols_read(symbol, &(struct ovl_prop){ .name = p->name->text,
							.name_len = p->name->len,
							.value = p->value.bytes,
							.len = p->value.len });
}

static void worse(enum status *status, enum status one)
{
	if (one > *status)
		*status = one;
}

/* ---------------------------------------------------------------- adding */

/* DTSpec 6.2, but for its limit of 31 characters, which nobody keeps.  As a symbol `phandle` would
 * be that of the node.  What was read has one character at least, and no more than a property's name. */
static bool is_label(struct ovl_str label)
{
	for (uint32_t i = 0; i < label.len; i++) {
		char c = label.ptr[i];
		bool digit = c >= '0' && c <= '9';

		if (!(c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (digit && i)))
			return false;
	}
	return label.len != 7 || memcmp(label.ptr, "phandle", 7) != 0;
}

static enum status no_node(struct relabel *r, const struct ovl_symbol *s)
{
	struct diag_place at = { .file = r->stack->base->name };
	struct text name = { 0 };
	enum status status;

	text_str(&name, s->path);
	status = path_no_node(r->diags, r->stack, text_of(&name));
	diag_note(r->diags, &at, "label '%.*s' was to be added to it", STR(s->label));
	text_free(&name);
	return status;
}

/* The label is there: it must stand for the same node. */
static enum status match_symbol(struct relabel *r, const struct ovl_symbol *s,
				const struct node *node, const struct prop *there)
{
	struct diag_place at = { .file = r->stack->base->name };
	struct ovl_symbol own = { .path.len = 0 };

	if (read_symbol(there, &own) && own.path.len && draft_node(&r->draft, own.path) == node)
		return DONE;
	if (!own.path.len)
		own.path = ovl_str("what is no path");
	diag_error(r->diags, &at, MSG_SYMBOL_TWICE, STR(s->label),
		   node_path(&r->draft.tree, node, NULL), STR(own.path));
	return CONFLICT;
}

static enum status add_symbol(struct relabel *r, const struct ovl_symbol *s)
{
	struct diag_place at = { .file = r->stack->base->name };
	struct tree *tree = &r->draft.tree;
	struct node *node = draft_node(&r->draft, s->path);
	const char *label = pool_text(tree->pool, s->label.ptr, s->label.len);
	struct prop *there;

	if (!is_label(s->label)) {
		diag_error(r->diags, &at, MSG_BAD_LABEL, label);
		if (strcmp(label, "phandle") == 0)
			diag_note(r->diags, &at, "a property of that name gives /__symbols__ a phandle");
		return MALFORMED;
	}
	if (!node)
		return no_node(r, s);
	if (!r->symbols)
		r->symbols = node_made(tree, tree->root, "__symbols__");
	there = prop_find(tree, r->symbols, label);
	if (there)
		return match_symbol(r, s, node, there);
	prop_add_text(tree, r->symbols, label, node_path(tree, node, NULL));
	return DONE;
}

/* To every node that has a label, those it had before too. */
static enum status give_phandles(struct relabel *r)
{
	struct diag_place at = { .file = r->stack->base->name };
	struct text what = { 0 };
	struct ovl_symbol own;

	for_each_prop(r->symbols, p) {
		struct node *node = read_symbol(p, &own) && own.path.len
					    ? draft_node(&r->draft, own.path)
					    : NULL;

		if (node && !draft_phandle(&r->draft, node))
			return POLICY;
	}
	if (!r->draft.n_given)
		return DONE;
	draft_tell_phandles(&r->draft, &what);
	r->diags->last_hidden = false;
	diag_note(r->diags, &at, "%s, to be referred to by label", text_of(&what));
	text_free(&what);
	return DONE;
}

static enum status add_all(struct relabel *r, const struct symbols *added, bool phandles,
			   struct file_bytes *out)
{
	enum status status = DONE;

	for (size_t i = 0; i < added->n; i++)
		worse(&status, add_symbol(r, &added->list[i]));
	if (!status && phandles && r->symbols)
		status = give_phandles(r);
	return status ? status : draft_write(&r->draft, out);
}

enum status relabel_add(struct diags *diags, const struct stack *stack, const struct symbols *added,
			bool phandles, struct file_bytes *out)
{
	struct relabel r = { .diags = diags, .stack = stack };
	enum status status = open_draft(&r);

	if (!status)
		status = add_all(&r, added, phandles, out);
	draft_close(&r.draft);
	return status;
}

/* ---------------------------------------------------------------- stripping */

enum status relabel_strip(struct diags *diags, const struct stack *stack, struct file_bytes *out)
{
	struct relabel r = { .diags = diags, .stack = stack };
	enum status status = open_draft(&r);

	if (!status && r.symbols)
		node_delete(r.symbols);
	if (!status)
		status = draft_write(&r.draft, out);
	draft_close(&r.draft);
	return status;
}

/* ---------------------------------------------------------------- keeping what is used */

/* The label of an overlay as a name of the draft. */
static struct name *label_of(struct relabel *r, const struct ovl_prop *p)
{
	return name_of(r->draft.pool, p->name, p->name_len);
}

/* From here on a name has a label when an overlay brings it, or was told to lack it. */
static void mark(struct relabel *r, struct name *label)
{
	if (!label->labels)
		label_enter(r->draft.pool, label_new(&r->draft.tree, label, 0), r->draft.tree.root);
}

static void no_label(struct relabel *r, const struct blob *overlay, struct name *label)
{
	struct diag_place at = { .file = overlay->name };
	struct diag_nearest nearest;

	diag_error(r->diags, &at, MSG_LABEL_NOWHERE, label->text, r->stack->base->name);
	diag_nearest_init(&nearest, label->text, label->len);
	for (struct prop *p = r->symbols ? r->symbols->props : NULL; p; p = p->next)
		diag_nearest_offer(&nearest, p->name->text, p->name->len);
	if (nearest.best)
		diag_help(r->diags, &at, "did you mean '%.*s'?", (int)nearest.best_len,
			  nearest.best);
	mark(r, label);
}

/* A symbol of the tree that is used is not deleted any more. */
static bool use_symbol(struct relabel *r, const struct name *label)
{
	struct prop *p = r->symbols ? prop_find_any(r->symbols, label) : NULL;

	if (p)
		p->deleted = false;
	return p;
}

/* A path may begin with a label, or with an alias. */
static void use_path(struct relabel *r, const struct ovl_tree *overlay, ovl_node fragment,
		     const char *prop)
{
	struct ovl_prop p;
	const char *path;
	size_t len = 0;

	if (!ovl_prop_find(overlay, fragment, ovl_str(prop), &p))
		return;
	path = (const char *)p.value;
	while (len < p.len && path[len] && path[len] != '/')
		len++;
	use_symbol(r, name_of(r->draft.pool, path, len));
}

static ovl_node top(const struct stack *overlay, const char *name)
{
	return ovl_node_child(&overlay->tree, ovl_node_root(&overlay->tree), ovl_str(name));
}

static void mark_symbols(struct relabel *r, const struct stack *overlay)
{
	ovl_node symbols = top(overlay, "__symbols__");
	struct ovl_prop p;

	for (int more = symbols && ovl_prop_first(&overlay->tree, symbols, &p); more;
	     more = ovl_prop_next(&overlay->tree, &p))
		mark(r, label_of(r, &p));
}

static enum status need_label(struct relabel *r, const struct stack *overlay, struct name *label)
{
	if (use_symbol(r, label) || label->labels)
		return DONE;
	no_label(r, overlay->base, label);
	return UNRESOLVED;
}

/* What is filled in later names its labels in texts. */
static enum status use_holes(struct relabel *r, const struct stack *overlay)
{
	const struct ovl_tree *tree = &overlay->tree;
	ovl_node values = ovl_node_child(tree, top(overlay, "__holes__"), ovl_str("values"));
	enum status status = DONE;
	struct hole_labels labels;
	struct ovl_str label;
	struct ovl_prop p;

	for (int more = ovl_prop_first(tree, values, &p); more; more = ovl_prop_next(tree, &p)) {
		hole_labels_open(&labels, p.value, p.len);
		while (hole_labels_next(&labels, &label))
			worse(&status, need_label(r, overlay, name_of(r->draft.pool, label.ptr, label.len)));
	}
	return status;
}

/* needs: what all overlays bring is marked. */
static enum status use_symbols(struct relabel *r, const struct stack *overlay)
{
	const struct ovl_tree *tree = &overlay->tree;
	ovl_node fixups = top(overlay, "__fixups__"), fragment;
	enum status status = DONE;
	struct ovl_prop p;

	for (int more = fixups && ovl_prop_first(tree, fixups, &p); more;
	     more = ovl_prop_next(tree, &p))
		worse(&status, need_label(r, overlay, label_of(r, &p)));
	worse(&status, use_holes(r, overlay));
	for (fragment = ovl_node_first(tree, ovl_node_root(tree)); fragment;
	     fragment = ovl_node_next(tree, fragment)) {
		use_path(r, tree, fragment, "target-path");
		use_path(r, tree, fragment, "delete-target-path");
	}
	return status;
}

static enum status keep_used(struct relabel *r, const struct blob *overlays, struct stack *stacks,
			     size_t n)
{
	enum status status = DONE;
	struct ovl_symbol own;

	for (size_t i = 0; i < n && !status; i++) {
		status = malformed_check(r->diags, &overlays[i]);
		if (!status)
			status = stack_open(&stacks[i], r->diags, &overlays[i]);
		if (!status)
			mark_symbols(r, &stacks[i]);
	}
	if (status)
		return status;
	for (struct prop *p = r->symbols ? r->symbols->props : NULL; p; p = p->next)
		p->deleted = read_symbol(p, &own);
	for (size_t i = 0; i < n; i++)
		worse(&status, use_symbols(r, &stacks[i]));
	return status;
}

enum status relabel_keep(struct diags *diags, const struct stack *stack,
			 const struct blob *overlays, size_t n_overlays, struct file_bytes *out)
{
	struct relabel r = { .diags = diags, .stack = stack };
	struct stack *stacks = grow_new(diags, n_overlays, sizeof(*stacks));
	enum status status = open_draft(&r);

	if (!status)
		status = keep_used(&r, overlays, stacks, n_overlays);
	if (!status)
		status = draft_write(&r.draft, out);
	for (size_t i = 0; i < n_overlays; i++)
		stack_close(&stacks[i]);
	free(stacks);
	draft_close(&r.draft);
	return status;
}
