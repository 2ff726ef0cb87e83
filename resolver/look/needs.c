/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* needs.c - the labels that an overlay needs, and those that it brings, see explain.h.
 * In: /__fixups__ and /__symbols__ of the view (dtobj). */
#include "explain.h"

#include <string.h>

/* For so many missing labels the nearest is looked for. */
enum { MOST_NEAREST = 20 };

struct needs {
	struct explain *e;
	unsigned int n_missing;
};

static ovl_node top(const struct ovl_tree *tree, const char *name)
{
	return ovl_node_child(tree, ovl_node_root(tree), ovl_str(name));
}

/* ---------------------------------------------------------------- needed */

static void say_nearest(struct needs *n, struct ovl_str label)
{
	const struct ovl_tree *tree = n->e->fit.tree;
	ovl_node symbols = top(tree, "__symbols__");
	struct text *out = n->e->out;
	struct diag_nearest nearest;
	struct ovl_prop p;

	if (n->n_missing++ >= MOST_NEAREST)
		return;
	diag_nearest_init(&nearest, label.ptr, label.len);
	for (int more = ovl_prop_first(tree, symbols, &p); more; more = ovl_prop_next(tree, &p))
		diag_nearest_offer(&nearest, p.name, p.name_len);
	if (!nearest.best)
		return;
	text_add(out, n->e->json ? ", \"nearest\": " : "; nearest: ");
	say_text(n->e, (struct ovl_str){ nearest.best, (uint32_t)nearest.best_len });
}

/* The tree, when there is one, has the label or has not. */
static void say_where(struct needs *n, struct ovl_str label)
{
	const struct ovl_tree *tree = n->e->fit.tree;
	ovl_node symbols = top(tree, "__symbols__"), node = labels_find(&n->e->fit, label);
	struct text path = { 0 }, name = { 0 };
	bool json = n->e->json;
	struct ovl_prop p;

	fit_tree_name(&n->e->fit, &name);
	if (node) {
		text_path(&path, tree, node);
		text_add(n->e->out, json ? ", \"node\": " : ": ");
		say_text(n->e, ovl_str(text_of(&path)));
		text_add(n->e->out, json ? ", \"of\": " : " of ");
		say_who(n->e, ovl_node_layer(tree, node), ovl_node_fragment(tree, node));
	} else {
		const char *why = !symbols ? "no /__symbols__ in"
				  : ovl_prop_find(tree, symbols, label, &p) ? "no node for it in"
									     : "not in";

		text_add(n->e->out, json ? ", \"missing\": \"%s " : ": %s ", why);
		print_escaped(n->e->out, ovl_str(text_of(&name)), json ? AS_JSON : AS_PLAIN);
		text_add(n->e->out, json ? "\"" : "");
		if (symbols)
			say_nearest(n, label);
	}
	text_free(&path);
	text_free(&name);
}

static void say_uses(struct needs *n, const struct ovl_prop *p)
{
	bool first = true;

	text_add(n->e->out, n->e->json ? ", \"uses\": [" : ", for ");
	for (uint32_t at = 0, len; at < p->len; at += len + 1) {
		const char *text = (const char *)p->value + at;

		len = (uint32_t)strnlen(text, p->len - at);
		say_comma(n->e, &first);
		say_text(n->e, (struct ovl_str){ text, len });
	}
	text_add(n->e->out, n->e->json ? "]}" : "\n");
}

void needs_tell(struct explain *e)
{
	const struct ovl_tree *view = &e->fit.view.tree;
	ovl_node fixups = top(view, "__fixups__");
	struct needs n = { .e = e };
	bool first = true;
	struct ovl_prop p;

	text_add(e->out, e->json ? ", \"needs\": [" : "");
	for (int more = fixups && ovl_prop_first(view, fixups, &p); more;
	     more = ovl_prop_next(view, &p)) {
		struct ovl_str label = { p.name, p.name_len };

		if (e->json)
			say_comma(e, &first);
		else if (first)
			text_add(e->out, "labels it needs:\n");
		first = false;
		text_add(e->out, e->json ? "{\"label\": " : "  ");
		say_text(e, label);
		if (e->fit.tree)
			say_where(&n, label);
		say_uses(&n, &p);
	}
	text_add(e->out, e->json ? "]" : "");
}

/* ---------------------------------------------------------------- brought */

void exports_tell(struct explain *e)
{
	const struct ovl_tree *view = &e->fit.view.tree;
	ovl_node symbols = top(view, "__symbols__");
	bool first = true;
	struct ovl_prop p;

	text_add(e->out, e->json ? ", \"brings\": [" : "");
	for (int more = symbols && ovl_prop_first(view, symbols, &p); more;
	     more = ovl_prop_next(view, &p)) {
		struct ovl_str label = { p.name, p.name_len };
		ovl_node node = ovl_node_by_label(view, label);
		struct text path = { 0 };

		if (e->json)
			say_comma(e, &first);
		else if (first)
			text_add(e->out, "labels it brings:\n");
		first = false;
		text_add(e->out, e->json ? "{\"label\": " : "  ");
		say_text(e, label);
		text_add(e->out, e->json ? ", \"node\": " : ": ");
		if (node && targets_path(e, node, &path))
			say_text(e, ovl_str(text_of(&path)));
		else
			text_add(e->out, e->json ? "null" : "no node of a fragment");
		text_add(e->out, e->json ? "}" : "\n");
		text_free(&path);
	}
	text_add(e->out, e->json ? "]" : "");
}
