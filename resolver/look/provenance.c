/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* provenance.c - who made a node and who set its properties, through all overlays of a stack, see
 * explain.h.
 * Properties: the versions that libovl keeps.  Children that are gone: a second stack follows one
 * overlay behind the first, and what is there and no longer here has been deleted. */
#include "explain.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "path.h"

struct telling {
	const struct provenance *p;
	struct explain e; /* for the words */
	struct stack now, before;
	struct text gone;     /* of the children that were deleted, as it will be printed */
	uint32_t node_gone;   /* the overlay that deleted the node itself, as long as it is gone */
	bool first_gone;
};

static ovl_node find(const struct telling *t, const struct stack *stack)
{
	return path_find(&stack->tree, path_named(t->p->node), false);
}

/* ---------------------------------------------------------------- children that are gone */

static void say_child(struct telling *t, const struct ovl_tree *tree, ovl_node child)
{
	struct explain *e = &t->e;

	text_add(e->out, e->json ? "{\"name\": " : "child ");
	say_text(e, ovl_node_name(tree, child));
	text_add(e->out, e->json ? ", \"by\": " : ": ");
	say_who(e, ovl_node_layer(tree, child), ovl_node_fragment(tree, child));
}

static void note_gone(struct telling *t, ovl_node child, uint32_t layer)
{
	struct explain *e = &t->e;
	struct text *out = e->out;

	e->out = &t->gone;
	if (e->json)
		say_comma(e, &t->first_gone);
	say_child(t, &t->before.tree, child);
	text_add(e->out, e->json ? ", \"deleted\": " : ", deleted by ");
	say_who(e, layer, (struct ovl_str){ NULL, 0 });
	text_add(e->out, e->json ? "}" : "\n");
	e->out = out;
}

/* needs: the overlay of that layer applied now, and not before. */
static void compare(struct telling *t, uint32_t layer)
{
	ovl_node was = find(t, &t->before), is = find(t, &t->now), child;
	const struct ovl_tree *tree = &t->before.tree;

	if (is)
		t->node_gone = 0;
	else if (was)
		t->node_gone = layer;
	for (child = was && is ? ovl_node_first(tree, was) : OVL_NONE; child;
	     child = ovl_node_next(tree, child))
		if (!ovl_node_child(&t->now.tree, is, ovl_node_name(tree, child)))
			note_gone(t, child, layer);
}

/* ---------------------------------------------------------------- applying */

static enum status apply(struct telling *t, size_t i)
{
	enum status status = fit_apply(t->p->diags, &t->now, t->p->blobs, i);

	if (status)
		return status;
	compare(t, (uint32_t)i + 1);
	return fit_apply(t->p->diags, &t->before, t->p->blobs, i);
}

static enum status build(struct telling *t)
{
	enum status status = stack_open(&t->now, t->p->diags, &t->p->blobs[0]);

	if (!status)
		status = stack_open(&t->before, t->p->diags, &t->p->blobs[0]);
	for (size_t i = 0; i < t->p->n_overlays && !status; i++)
		status = apply(t, i);
	return status;
}

/* ---------------------------------------------------------------- properties */

/* The path of a symbol is stored nowhere. */
static void say_value(struct telling *t, const struct ovl_prop *p)
{
	struct ovl_prop made = *p;
	void *path = NULL;

	if (!p->value) {
		path = grow_bytes(NULL, p->len);
		ovl_prop_copy(&t->now.tree, p, path);
		made.value = path;
	}
	if (t->e.json)
		print_json_value(t->e.out, &made);
	else
		print_value(t->e.out, &made);
	free(path);
}

/* only: the value stands above already. */
static void say_version(struct telling *t, const struct ovl_prop *p, bool only)
{
	struct explain *e = &t->e;

	text_add(e->out, e->json ? "{\"by\": " : "  ");
	say_who(e, p->layer, ovl_prop_fragment(&t->now.tree, p));
	if (only && !e->json) {
		text_add(e->out, "\n");
		return;
	}
	if (e->json)
		text_add(e->out, p->deleted ? ", \"deleted\": true" : ", \"value\": ");
	else
		text_add(e->out, p->deleted ? ": deleted" : p->len ? ": " : ": set");
	if (!p->deleted)
		say_value(t, p);
	text_add(e->out, e->json ? "}" : "\n");
}

/* Versions are found newest first, and told oldest first. */
static void say_versions(struct telling *t, const struct ovl_prop *newest)
{
	struct ovl_prop p = *newest, *list;
	bool first = true;
	size_t n = 1;

	while (ovl_prop_older(&t->now.tree, &p))
		n++;
	list = grow_new(NULL, n, sizeof(*list));
	p = *newest;
	for (size_t i = n; i-- > 0; ovl_prop_older(&t->now.tree, &p))
		list[i] = p;
	for (size_t i = 0; i < n; i++) {
		if (t->e.json)
			say_comma(&t->e, &first);
		say_version(t, &list[i], n == 1);
	}
	free(list);
}

static void say_prop(struct telling *t, const struct ovl_prop *p)
{
	struct explain *e = &t->e;

	say_text(e, (struct ovl_str){ p->name, p->name_len });
	if (e->json) {
		text_add(e->out, ": [");
	} else if (p->deleted) {
		text_add(e->out, ": deleted\n");
	} else {
		text_add(e->out, p->len ? " = " : "");
		if (p->len)
			say_value(t, p);
		text_add(e->out, "\n");
	}
	say_versions(t, p);
	text_add(e->out, e->json ? "]" : "");
}

/* ---------------------------------------------------------------- the node */

static void say_node(struct telling *t, ovl_node node)
{
	const struct ovl_tree *tree = &t->now.tree;
	struct explain *e = &t->e;
	struct text path = { 0 };

	text_path(&path, tree, node);
	text_add(e->out, e->json ? "{\"node\": " : "");
	say_text(e, ovl_str(text_of(&path)));
	text_add(e->out, e->json ? ", \"by\": " : ": ");
	say_who(e, ovl_node_layer(tree, node), ovl_node_fragment(tree, node));
	text_add(e->out, e->json ? ", \"properties\": {" : "\n");
	text_free(&path);
}

static void say_children(struct telling *t, ovl_node node)
{
	struct explain *e = &t->e;
	ovl_node child;

	text_add(e->out, e->json ? "}, \"children\": [" : "");
	for (child = ovl_node_first(&t->now.tree, node); child;
	     child = ovl_node_next(&t->now.tree, child)) {
		say_child(t, &t->now.tree, child);
		text_add(e->out, !e->json		      ? "\n"
				 : ovl_node_next(&t->now.tree, child) ? "}, "
								      : "}");
	}
	text_add(e->out, e->json ? "], \"deleted-children\": [" : "");
	text_put(e->out, t->gone.at, t->gone.len);
	text_add(e->out, e->json ? "]" : "");
}

static enum status tell(struct telling *t, ovl_node node)
{
	bool first = true;
	struct ovl_prop p = { 0 };

	if (t->p->prop && !ovl_prop_ever_find(&t->now.tree, node, ovl_str(t->p->prop), &p))
		return path_no_prop(t->p->diags, &t->now, node, t->p->prop);
	say_node(t, node);
	if (t->p->prop)
		say_prop(t, &p);
	for (int more = !t->p->prop && ovl_prop_ever_first(&t->now.tree, node, &p); more;
	     more = ovl_prop_next(&t->now.tree, &p)) {
		if (t->e.json)
			say_comma(&t->e, &first);
		say_prop(t, &p);
	}
	if (!t->p->prop)
		say_children(t, node);
	else
		text_add(t->e.out, t->e.json ? "}" : "");
	text_add(t->e.out, t->e.json ? "}\n" : "");
	return DONE;
}

static enum status no_node(struct telling *t)
{
	struct diag_place at = { .file = t->p->blobs[0].name };
	enum status status = path_no_node(t->p->diags, &t->now, t->p->node);

	if (t->node_gone)
		diag_note(t->p->diags, &at, "it was there until %s deleted it",
			  layer_name(&t->e.fit, t->node_gone));
	return status;
}

enum status provenance_tell(const struct provenance *p, struct text *out)
{
	struct telling t = { .p = p,
			     .first_gone = true,
			     .e = { .out = out,
				    .json = p->json,
				    .fit = { .diags = p->diags,
					     .base = p->blobs,
					     .overlays = p->blobs + 1 } } };
	enum status status = build(&t);
	ovl_node node = status ? OVL_NONE : find(&t, &t.now);

	if (!status)
		status = node ? tell(&t, node) : no_node(&t);
	stack_close(&t.now);
	stack_close(&t.before);
	text_free(&t.gone);
	return status;
}
