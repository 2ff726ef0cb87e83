/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* unlabel.c - take the labels out of an overlay, see unlabel.h.
 * A fragment's target that is a label becomes a target-path.  A label in a value becomes the
 * phandle of its node: who applies an overlay moves the phandles that /__local_fixups__ lists, and
 * no other number, so the base's stays what it is.  /__fixups__ goes.  Format: dtobj. */
#include "unlabel.h"

#include <string.h>

#include "draft.h"
#include "fit.h"
#include "holes.h"
#include "malformed.h"
#include "path.h"

struct unlabel {
	struct fit fit;
	struct draft base, overlay;
	bool may_give;	  /* phandles to nodes of the base */
	uint32_t n_cells; /* that became phandles */
};

/* How a fragment says its target, by a label and by a path, and the child that makes it one, or
 * can when the overlay is filled. */
static const struct target {
	const char *label, *path, *content;
} targets[] = {
	{ "target", "target-path", "__overlay__" },
	{ "target", "target-path", "__dormant__" },
	{ "delete-target", "delete-target-path", "__delete__" },
};

/* ---------------------------------------------------------------- one use of a label */

static const struct target *target_of(struct unlabel *u, const struct node *node,
				      const struct prop *p)
{
	struct pool *pool = u->overlay.pool;

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (strcmp(p->name->text, targets[i].label) == 0 &&
		    node->parent == u->overlay.tree.root &&
		    node_child(node, name_of(pool, targets[i].content, strlen(targets[i].content))))
			return &targets[i];
	return NULL;
}

static enum status set_path(struct unlabel *u, struct node *fragment, const char *name,
			    ovl_node target)
{
	struct text path = { 0 };
	enum status status = DONE;

	text_path(&path, u->fit.tree, target);
	prop_set(&u->overlay.tree, draft_clear(&u->overlay, fragment, name), path.at, path.len + 1);
	text_free(&path);
	return status;
}

static enum status no_phandle(struct unlabel *u, const struct node *node, const struct prop *p,
			      const struct marker *m, const struct node *named)
{
	struct diag_place at = fit_place(&u->fit);

	diag_error(u->fit.diags, &at, MSG_LABEL_NO_PHANDLE, (int)strlen(m->to->ref), m->to->ref,
		   node_path(&u->base.tree, named, NULL), u->base.blob->name);
	diag_note(u->fit.diags, &at, "needed by %s:%s:%u", node_path(&u->overlay.tree, node, NULL),
		  p->name->text, m->offset);
	diag_help(u->fit.diags, &at, "--base-out FILE writes a base in which it has one");
	return UNRESOLVED;
}

static enum status set_cell(struct unlabel *u, const struct node *node, struct prop *p,
			    const struct marker *m)
{
	struct text path = { 0 };
	struct node *named;
	uint32_t phandle;

	text_path(&path, u->fit.tree, labels_find(&u->fit, ovl_str(m->to->ref)));
	named = draft_node(&u->base, ovl_str(path.at));
	text_free(&path);
	if (!named->phandle && !u->may_give)
		return no_phandle(u, node, p, m, named);
	phandle = draft_phandle(&u->base, named);
	cell_put(p->value.bytes + m->offset, phandle);
	u->n_cells++;
	return phandle ? DONE : POLICY;
}

/* ---------------------------------------------------------------- all uses of labels */

static bool is_label(const struct marker *m)
{
	return m->type == MARK_REF_PHANDLE && !m->to->target;
}

static bool has_labels(const struct prop *p)
{
	for_each_marker(p, m)
		if (is_label(m))
			return true;
	return false;
}

/* needs: every label leads to a node. */
static enum status take_uses(struct unlabel *u, struct node *node, struct prop *p)
{
	const struct target *target = target_of(u, node, p);
	struct marker **at = &p->value.markers;
	enum status status = DONE, one;

	if (target) {
		prop_delete(p);
		return set_path(u, node, target->path,
				labels_find(&u->fit, ovl_str(p->value.markers->to->ref)));
	}
	prop_set(&u->overlay.tree, p, p->value.bytes, p->value.len);
	while (*at) {
		struct marker *m = *at;

		if (!is_label(m)) {
			at = &m->next;
			continue;
		}
		*at = m->next;
		one = set_cell(u, node, p, m);
		if (one > status)
			status = one;
	}
	return status;
}

/* ---------------------------------------------------------------- paths */

/* A target-path may begin with a label, too, when that is no alias. */
static enum status take_path(struct unlabel *u, struct node *fragment, const char *name)
{
	struct node *aliases = draft_node(&u->base, ovl_str("/aliases"));
	struct prop *p = prop_find(&u->overlay.tree, fragment, name);
	struct ovl_str path;
	const char *word;
	ovl_node target;

	if (!p || !prop_is_text(p) || p->value.bytes[0] == '/')
		return DONE;
	path = ovl_str((const char *)p->value.bytes);
	word = pool_text(u->base.pool, path.ptr, strcspn(path.ptr, "/"));
	if (aliases && prop_find(&u->base.tree, aliases, word))
		return DONE;
	target = path_find(u->fit.tree, path, false);
	return target ? set_path(u, fragment, name, target) : DONE;
}

/* ---------------------------------------------------------------- all of it */

static void tell(struct unlabel *u)
{
	struct diag_place at = fit_place(&u->fit), at_base = { .file = u->base.blob->name };
	struct text what = { 0 };

	u->fit.diags->last_hidden = false;
	if (u->base.n_given) {
		draft_tell_phandles(&u->base, &what);
		diag_note(u->fit.diags, &at_base, "%s, which the overlay refers to",
			  text_of(&what));
	}
	if (u->n_cells)
		diag_note(u->fit.diags, &at,
			  "%u reference%s became %s of %s%s: the overlay is for that base alone",
			  u->n_cells, u->n_cells == 1 ? "" : "s",
			  u->n_cells == 1 ? "a phandle" : "phandles", at_base.file,
			  u->base.n_given ? " as it is written now" : "");
	text_free(&what);
}

static enum status take_labels(struct unlabel *u)
{
	const struct ovl_error err = { .code = labels_check(&u->fit) };
	enum status status = DONE, one;

	if (err.code) {
		labels_report(&u->fit, &err);
		return UNRESOLVED;
	}
	for_each_node(u->overlay.tree.root, n)
		for_each_prop(n, p) {
			one = has_labels(p) ? take_uses(u, n, p) : DONE;
			if (one > status)
				status = one;
		}
	for_each_child(u->overlay.tree.root, fragment)
		for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]) && !status; i++)
			status = take_path(u, fragment, targets[i].path);
	return status;
}

/* A value that is made when the overlay is filled names labels in a text, where no path can stand. */
static enum status check_holes(struct unlabel *u)
{
	const struct node *holes = holes_node(&u->overlay);
	const struct node *values = holes ? node_by_path(&u->overlay.tree, holes, "values") : NULL;
	struct diag_place at = fit_place(&u->fit);
	struct hole_labels labels;
	struct ovl_str label;

	for (const struct prop *p = values ? values->props : NULL; p; p = p->next) {
		hole_labels_open(&labels, p->value.bytes, p->value.len);
		if (!hole_labels_next(&labels, &label))
			continue;
		diag_error(u->fit.diags, &at, MSG_HOLE, p->name->text, "it needs a label of the tree", "&",
			   pool_text(u->overlay.pool, label.ptr, label.len), "");
		diag_help(u->fit.diags, &at, "fill it first: ovl fill %s --base %s NAME=VALUE... -o FILE", at.file,
			  u->base.blob->name);
		return UNRESOLVED;
	}
	return DONE;
}

static enum status open_all(struct unlabel *u, const struct stack *base)
{
	enum status status = malformed_check(u->fit.diags, u->fit.overlays);

	if (!status)
		status = fit_open(&u->fit);
	if (!status)
		status = draft_open(&u->base, u->fit.diags, base->base);
	if (!status)
		status = draft_open(&u->overlay, u->fit.diags, u->fit.overlays);
	return status;
}

enum status unlabel(struct diags *diags, const struct stack *base, const struct blob *overlay,
		    const struct symbols *symbols, struct file_bytes *overlay_out,
		    struct file_bytes *base_out)
{
	const struct ovl_apply_options options = { .symbols = symbols->list,
						   .n_symbols = (uint32_t)symbols->n };
	struct unlabel u = { .fit = { .diags = diags,
				      .own_options = true,
				      .tree = &base->tree,
				      .base = base->base,
				      .overlays = overlay,
				      .options = &options },
			     .may_give = base_out };
	enum status status = open_all(&u, base);

	if (!status)
		status = check_holes(&u);
	if (!status)
		status = take_labels(&u);
	if (!status)
		status = draft_write(&u.overlay, overlay_out);
	if (!status && base_out)
		status = draft_write(&u.base, base_out);
	if (!status)
		tell(&u);
	draft_close(&u.base);
	draft_close(&u.overlay);
	fit_close(&u.fit);
	return status;
}
