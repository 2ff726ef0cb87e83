/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* targets.c - what each fragment of an overlay changes, for `ovl explain`, see explain.h.
 * A target that is not in the tree is one that an earlier fragment of the overlay makes, or is not
 * there at all.  Rules: include/ovl.h, ovl_apply(). */
#include "explain.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "path.h"

/* So many fragments before one are searched for the node it targets. */
enum { MOST_SEARCHED = 256 };

/* "__overlay__" and "__delete__" are both preceded by the fragment's name in a path of the view. */
static void join(struct text *to, const struct text *path, struct ovl_str rest)
{
	if (path->len != 1 || path->at[0] != '/' || !rest.len)
		text_add(to, "%s", text_of(path));
	text_str(to, rest);
}

static int compare(const void *a, const void *b)
{
	const struct target *x = a, *y = b;

	return x->fragment < y->fragment ? -1 : x->fragment > y->fragment;
}

bool targets_path(const struct explain *e, ovl_node node, struct text *path)
{
	const struct ovl_tree *view = &e->fit.view.tree;
	ovl_node root = ovl_node_root(view), content = OVL_NONE, n = node;
	struct target wanted = { .fragment = OVL_NONE }, *t = NULL;
	struct text whole = { 0 };
	size_t skip;

	for (; n != root; n = ovl_node_parent(view, n)) {
		content = wanted.fragment;
		wanted.fragment = n;
	}
	if (content && e->n_targets)
		t = bsearch(&wanted, e->targets, e->n_targets, sizeof(wanted), compare);
	if (!t || (content != t->content && content != t->deletes))
		return false;
	text_path(&whole, view, node);
	skip = 2 + ovl_node_name(view, t->fragment).len + ovl_node_name(view, content).len;
	join(path, &t->node,
	     (struct ovl_str){ text_of(&whole) + skip, (uint32_t)(whole.len - skip) });
	text_free(&whole);
	return true;
}

/* ---------------------------------------------------------------- as written */

static void read_written(struct explain *e, struct target *t)
{
	const struct ovl_tree *view = &e->fit.view.tree;
	const char *cell = t->deletes ? "delete-target" : "target";
	const char *text = t->deletes ? "delete-target-path" : "target-path";
	const struct use *use = uses_find(&e->uses, t->fragment, ovl_str(cell), 0);
	struct ovl_prop p;

	if (use && use->label.len)
		t->label = use->label;
	else if (ovl_prop_find(view, t->fragment, ovl_str(cell), &p) && ovl_prop_cell(&p, 0))
		t->phandle = ovl_prop_cell(&p, 0);
	else if (ovl_prop_find(view, t->fragment, ovl_str(text), &p) && p.len)
		t->path = (struct ovl_str){ (const char *)p.value,
					    (uint32_t)strnlen((const char *)p.value, p.len) };
}

/* What stands for the path of a target that is not known. */
static void name_target(struct target *t)
{
	if (t->label.len)
		text_add(&t->node, "&%.*s", (int)t->label.len, t->label.ptr);
	else if (t->path.len)
		print_escaped(&t->node, t->path, AS_PLAIN);
	else
		text_add(&t->node, "TARGET");
	if (t->node.len > 1 && t->node.at[t->node.len - 1] == '/')
		text_cut(&t->node, t->node.len - 1);
}

/* ---------------------------------------------------------------- in the tree */

static void found(struct target *t, const struct ovl_tree *tree, ovl_node node)
{
	text_cut(&t->node, 0);
	text_path(&t->node, tree, node);
	t->found = true;
	t->layer = ovl_node_layer(tree, node);
	text_cut(&t->by, 0);
	text_str(&t->by, ovl_node_fragment(tree, node));
}

static ovl_node look_up(const struct explain *e, const struct target *t)
{
	const struct ovl_tree *tree = e->fit.tree;
	ovl_node node;

	if (t->label.len)
		return labels_find(&e->fit, t->label);
	if (t->phandle)
		return ovl_node_by_phandle(&e->fit.view.tree, t->phandle)
			       ? OVL_NONE
			       : ovl_node_by_phandle(tree, t->phandle);
	node = path_find(tree, t->path, false);
	return node ? node : path_find(tree, t->path, true);
}

/* A target that is a node of the overlay's own: where an earlier fragment puts it. */
static void look_inside(struct explain *e, struct target *t)
{
	const struct ovl_tree *view = &e->fit.view.tree;
	ovl_node node = ovl_node_by_phandle(view, t->phandle), n;
	struct text path = { 0 };

	for (n = node; n && ovl_node_parent(view, n) != ovl_node_root(view); )
		n = ovl_node_parent(view, n);
	if (node && n < t->fragment && targets_path(e, node, &path)) {
		text_str(&t->by, ovl_node_name(view, n));
		t->layer = (uint32_t)e->fit.n_before + 1;
		t->found = e->fit.tree;
		text_free(&t->node);
		t->node = path;
		return;
	}
	text_free(&path);
}

/* Whether u, a fragment before t, makes the node that t's path names. */
static bool makes(const struct explain *e, const struct target *u, const struct target *t)
{
	const struct ovl_tree *view = &e->fit.view.tree;
	uint32_t len = u->found && u->node.len > 1 ? (uint32_t)u->node.len : 0;
	struct ovl_str rest = { t->path.ptr + len, t->path.len - len };
	ovl_node node = u->content;

	if (!u->found || t->path.len <= len || memcmp(t->path.ptr, text_of(&u->node), len) != 0)
		return false;
	while (rest.len && rest.ptr[rest.len - 1] == '/')
		rest.len--;
	while (node && rest.len && rest.ptr[0] == '/') {
		const char *name = rest.ptr + 1, *end = memchr(name, '/', rest.len - 1);
		uint32_t n = end ? (uint32_t)(end - name) : rest.len - 1;

		node = ovl_node_child(view, node, (struct ovl_str){ name, n });
		rest = (struct ovl_str){ name + n, rest.len - 1 - n };
	}
	return node && !rest.len;
}

/* The same for a target-path.  needs: nothing else to tell, the overlay could not be applied. */
static void look_before(struct explain *e, struct target *t, size_t n)
{
	size_t first = n > MOST_SEARCHED ? n - MOST_SEARCHED : 0;

	for (size_t i = first; i < n && !t->found && t->path.len; i++) {
		if (!makes(e, &e->targets[i], t))
			continue;
		t->found = true;
		text_str(&t->by, ovl_node_name(&e->fit.view.tree, e->targets[i].fragment));
		t->layer = (uint32_t)e->fit.n_before + 1;
	}
}

static bool is_fragment(const struct ovl_tree *view, ovl_node node)
{
	return ovl_node_child(view, node, ovl_str("__overlay__"));
}

static void targets_read(struct explain *e)
{
	const struct ovl_tree *view = &e->fit.view.tree;
	ovl_node root = ovl_node_root(view), n;
	size_t room = 1;

	for (n = ovl_node_first(view, root); n; n = ovl_node_next(view, n))
		room += is_fragment(view, n);
	e->targets = grow_new(e->fit.diags, room, sizeof(*e->targets));
	for (n = ovl_node_first(view, root); n; n = ovl_node_next(view, n)) {
		struct target *t = &e->targets[e->n_targets];
		ovl_node node;

		if (!is_fragment(view, n))
			continue;
		*t = (struct target){ .fragment = n,
				      .content = ovl_node_child(view, n, ovl_str("__overlay__")),
				      .deletes = ovl_node_child(view, n, ovl_str("__delete__")) };
		read_written(e, t);
		name_target(t);
		e->n_targets++;
		node = e->fit.tree ? look_up(e, t) : OVL_NONE;
		if (node)
			found(t, e->fit.tree, node);
		else if (t->phandle)
			look_inside(e, t);
	}
}

void targets_complete(struct explain *e)
{
	for (size_t i = 0; i < e->n_targets; i++) {
		struct target *t = &e->targets[i];
		ovl_node node = t->found || !e->layer ? OVL_NONE : look_up(e, t);

		if (node)
			found(t, e->fit.tree, node);
		else if (e->fit.tree)
			look_before(e, t, i);
	}
}

enum status explain_open(struct explain *e)
{
	enum status status = fit_open(&e->fit);

	if (status)
		return status;
	uses_read(&e->uses, &e->fit);
	names_read(&e->own, e->fit.diags, &e->fit.view.tree, "__symbols__");
	targets_read(e);
	return DONE;
}

void explain_close(struct explain *e)
{
	for (size_t i = 0; i < e->n_targets; i++) {
		text_free(&e->targets[i].node);
		text_free(&e->targets[i].by);
	}
	free(e->targets);
	names_free(&e->own);
	uses_free(&e->uses);
	fit_close(&e->fit);
}
