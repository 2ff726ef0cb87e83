/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* fragments.c - what each fragment of an overlay does, node by node, see explain.h.
 * The content of a fragment, in the view, is walked beside the tree; what a property was before comes
 * from the versions that libovl keeps.  Both forms, text and JSON, are made in the same place. */
#include "explain.h"

#include <string.h>

/* What has been set more often than this by one overlay alone is not searched further. */
enum { MOST_VERSIONS = 256 };

/* Where the walk is: a node of the view, what it is in the tree, and its path there. */
struct walk {
	struct explain *e;
	const struct target *target;
	ovl_node node, there;
	unsigned int beyond; /* so many levels below the last node that is there */
	struct text path;
	bool first_node, first_prop, open; /* JSON; the node was begun */
	struct text phandles;		   /* the list of them, as it will be printed */
};

static const struct ovl_tree *view_of(const struct walk *w)
{
	return &w->e->fit.view.tree;
}

/* ---------------------------------------------------------------- values */

static void say_label(struct explain *e, const struct use *use)
{
	const struct name *own = use->to ? names_find(&e->own, use->to) : NULL;
	struct ovl_str label = use->label.len ? use->label : own ? own->name : use->label;

	if (label.len)
		text_add(e->out, "&%.*s", (int)label.len, label.ptr);
	else
		text_add(e->out, "&{");
	if (!label.len && !(use->to && targets_path(e, use->to, e->out)))
		text_add(e->out, "?");
	if (!label.len)
		text_add(e->out, "}");
}

/* As source, with the references that the fixups tell of. */
static void say_source(struct walk *w, const struct ovl_prop *p)
{
	struct ovl_str name = { p->name, p->name_len };
	struct explain *e = w->e;

	if (!print_is_cells(p)) {
		print_value(e->out, p);
		return;
	}
	for (uint32_t i = 0; i < p->len / 4; i++) {
		const struct use *use = uses_find(&e->uses, w->node, name, i * 4);

		text_add(e->out, i ? " " : "<");
		if (use)
			say_label(e, use);
		else
			text_add(e->out, "0x%x", ovl_prop_cell(p, i));
	}
	text_add(e->out, ">");
}

static void say_references(struct walk *w, const struct ovl_prop *p)
{
	struct explain *e = w->e;
	bool first = true;

	for (uint32_t off = 0; off + 4 <= p->len; off++) {
		const struct use *use = uses_find(&e->uses, w->node,
						  (struct ovl_str){ p->name, p->name_len }, off);

		if (!use)
			continue;
		text_add(e->out, first ? ", \"references\": [" : ", ");
		first = false;
		text_add(e->out, "{\"offset\": %u, \"to\": \"", off);
		say_label(e, use);
		text_add(e->out, "\"}");
	}
	text_add(e->out, first ? "" : "]");
}

/* ---------------------------------------------------------------- what was before */

static bool same_text(struct ovl_str a, struct ovl_str b)
{
	return a.len == b.len && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* The version of a property that this fragment made: *now; false when there is none. */
static bool find_set(const struct walk *w, const char *name, struct ovl_prop *now)
{
	const struct ovl_tree *tree = w->e->fit.tree;
	struct ovl_str mine = ovl_node_name(view_of(w), w->target->fragment);
	int more = ovl_prop_ever_find(tree, w->there, ovl_str(name), now);

	for (int i = 0; more && i < MOST_VERSIONS; more = ovl_prop_older(tree, now), i++)
		if (now->layer == w->e->layer && same_text(ovl_prop_fragment(tree, now), mine))
			return true;
	return false;
}

enum before { UNKNOWN, NEW, SAME, OTHER };

static enum before find_before(const struct walk *w, const struct ovl_prop *p, struct ovl_prop *was)
{
	const struct ovl_tree *tree = w->e->fit.tree;
	struct ovl_prop now = *p;

	if (!w->e->layer && w->target->layer > w->e->fit.n_before)
		return UNKNOWN;
	if (!w->there || w->beyond)
		return w->target->found ? NEW : UNKNOWN;
	if (!w->e->layer) {
		if (!ovl_prop_find(tree, w->there, ovl_str(p->name), was))
			return NEW;
	} else {
		if (!find_set(w, p->name, &now))
			return UNKNOWN;
		*was = now;
		if (!ovl_prop_older(tree, was) || was->deleted)
			return NEW;
	}
	if (!now.deleted && was->len == now.len && memcmp(was->value, now.value, now.len) == 0)
		return SAME;
	return OTHER;
}

static void say_before(struct walk *w, enum before before, const struct ovl_prop *was)
{
	struct text *out = w->e->out;

	if (w->e->json && (before == SAME || before == OTHER)) {
		text_add(out, ", \"was\": ");
		print_json_value(out, was);
	} else if (w->e->json || before == UNKNOWN) {
		;
	} else if (before == NEW) {
		text_add(out, " (new)");
	} else if (before == SAME) {
		text_add(out, " (as it was)");
	} else if (was->len) {
		text_add(out, " (was ");
		print_value(out, was);
		text_add(out, ")");
	} else {
		text_add(out, " (was there without a value)");
	}
}

/* ---------------------------------------------------------------- properties */

static void begin_prop(struct walk *w, const char *deletes, const struct ovl_prop *p)
{
	struct ovl_str name = { p->name, p->name_len };

	if (w->e->json) {
		say_comma(w->e, &w->first_prop);
		text_add(w->e->out, "{\"name\": ");
	} else {
		text_add(w->e->out, "    %s", deletes);
	}
	say_text(w->e, name);
}

static void end_prop(struct walk *w)
{
	text_add(w->e->out, w->e->json ? "}" : "\n");
}

static void say_set(struct walk *w, const struct ovl_prop *p, bool new_node)
{
	struct ovl_prop was = { .name = NULL };
	enum before before = new_node ? UNKNOWN : find_before(w, p, &was);

	begin_prop(w, "", p);
	if (w->e->json) {
		text_add(w->e->out, ", \"value\": ");
		print_json_value(w->e->out, p);
		say_references(w, p);
	} else if (p->len) {
		text_add(w->e->out, " = ");
		say_source(w, p);
	}
	say_before(w, before, &was);
	end_prop(w);
}

static void say_deleted(struct walk *w, const struct ovl_prop *p)
{
	struct ovl_prop was = { .name = NULL };
	enum before before = find_before(w, p, &was);

	begin_prop(w, "deletes ", p);
	if (w->e->json)
		text_add(w->e->out, ", \"deleted\": true");
	if (before == SAME || before == OTHER)
		say_before(w, OTHER, &was);
	end_prop(w);
}

/* Not as a property, which nobody wrote, but in a list of their own. */
static void note_phandle(struct walk *w)
{
	uint32_t number = ovl_node_phandle(view_of(w), w->node), there = 0;
	struct text *out = w->e->out, *list = &w->phandles;
	struct ovl_prop p = { .layer = 0 };
	bool json = w->e->json;

	if (!number)
		return;
	if (w->e->layer && w->there && ovl_prop_find(w->e->fit.tree, w->there, ovl_str("phandle"), &p))
		there = ovl_node_phandle(w->e->fit.tree, w->there);
	w->e->out = list;
	if (json)
		text_add(list, "%s{\"number\": %u, \"node\": ", list->len ? ", " : "", number);
	else
		text_add(list, "  0x%x: ", number);
	say_text(w->e, ovl_str(text_of(&w->path)));
	if (there && json)
		text_add(list, ", \"%s\": %u", p.layer == w->e->layer ? "becomes" : "stays", there);
	else if (there && p.layer == w->e->layer)
		text_add(list, ", becomes 0x%x", there);
	else if (there)
		text_add(list, ", which stays 0x%x", there);
	text_add(list, json ? "}" : "\n");
	w->e->out = out;
}

/* ---------------------------------------------------------------- nodes */

static void begin_node(struct walk *w, const char *does)
{
	if (w->open)
		return;
	w->open = w->first_prop = true;
	if (w->e->json) {
		say_comma(w->e, &w->first_node);
		text_add(w->e->out, "{\"path\": ");
		say_text(w->e, ovl_str(text_of(&w->path)));
		text_add(w->e->out, ", \"does\": \"%s\", \"properties\": [", does);
	} else {
		text_add(w->e->out, "  %s %s\n", does, text_of(&w->path));
	}
}

static void end_node(struct walk *w)
{
	if (w->open && w->e->json)
		text_add(w->e->out, "]}");
	w->open = false;
}

/* Whether the fragment makes the node: none was there, or what is there came from it. */
static bool is_new(const struct walk *w)
{
	const struct ovl_tree *tree = w->e->fit.tree;

	if (!w->target->found)
		return false;
	if (!w->there || w->beyond)
		return true;
	return w->e->layer && ovl_node_layer(tree, w->there) == w->e->layer &&
	       same_text(ovl_node_fragment(tree, w->there),
			 ovl_node_name(view_of(w), w->target->fragment));
}

static void say_node(struct walk *w)
{
	bool new_node = w->node != w->target->content && is_new(w);
	const char *does = new_node ? "adds" : w->target->found ? "changes" : w->e->json ? "unknown" : "in";
	struct ovl_prop p;

	if (new_node || (!w->target->found && w->node != w->target->content))
		begin_node(w, does);
	for (int more = ovl_prop_first(view_of(w), w->node, &p); more;
	     more = ovl_prop_next(view_of(w), &p)) {
		if (prop_is_phandle(p.name))
			continue;
		begin_node(w, does);
		say_set(w, &p, new_node);
	}
	end_node(w);
	note_phandle(w);
}

static void say_deletions(struct walk *w)
{
	struct ovl_prop p;

	if (ovl_node_child(view_of(w), w->node, ovl_str("__delete__")))
		begin_node(w, "deletes");
	for (int more = ovl_prop_first(view_of(w), w->node, &p); more;
	     more = ovl_prop_next(view_of(w), &p)) {
		begin_node(w, "changes");
		say_deleted(w, &p);
	}
	end_node(w);
}

/* ---------------------------------------------------------------- walking */

static void go_up(struct walk *w)
{
	size_t len = w->path.len;

	while (len > 0 && w->path.at[--len] != '/')
		;
	text_cut(&w->path, len);
	w->node = ovl_node_parent(view_of(w), w->node);
	if (w->beyond)
		w->beyond--;
	else if (w->there)
		w->there = ovl_node_parent(w->e->fit.tree, w->there);
}

static void go_down(struct walk *w, ovl_node child)
{
	struct ovl_str name = ovl_node_name(view_of(w), child);
	ovl_node there = OVL_NONE;

	text_add(&w->path, "%s%.*s", strcmp(text_of(&w->path), "/") == 0 ? "" : "/", (int)name.len,
		 name.ptr);
	w->node = child;
	if (w->there && !w->beyond)
		there = ovl_node_child(w->e->fit.tree, w->there, name);
	if (there)
		w->there = there;
	else
		w->beyond++;
}

/* The root's path has nothing before its slash, and nothing after it. */
static void up_to(struct walk *w, ovl_node parent)
{
	while (w->node != parent)
		go_up(w);
	if (!w->path.len)
		text_add(&w->path, "/");
}

static void walk_content(struct walk *w, ovl_node content, void (*say)(struct walk *w))
{
	const struct ovl_tree *view = view_of(w);

	w->node = content;
	w->beyond = 0;
	w->there = w->target->found ? ovl_node_by_path(w->e->fit.tree,
						       ovl_str(text_of(&w->target->node)))
				    : OVL_NONE;
	text_cut(&w->path, 0);
	text_add(&w->path, "%s", text_of(&w->target->node));
	say(w);
	for (ovl_node n = tree_next(view, content, content); n; n = tree_next(view, content, n)) {
		up_to(w, ovl_node_parent(view, n));
		go_down(w, n);
		if (say != say_deletions || !same_text(ovl_node_name(view, n), ovl_str("__delete__")))
			say(w);
	}
}

/* ---------------------------------------------------------------- fragments */

static bool is_unsaid(const struct target *t)
{
	return !t->label.len && !t->path.len && !t->phandle;
}

static void say_written(struct explain *e, const struct target *t)
{
	const char *deletes = t->deletes ? "delete-" : "";

	if (e->json && t->label.len) {
		text_add(e->out, "{\"label\": ");
		say_text(e, t->label);
	} else if (e->json && t->path.len) {
		text_add(e->out, "{\"path\": ");
		say_text(e, t->path);
	} else if (e->json) {
		text_add(e->out, "{\"phandle\": %u", t->phandle);
	} else if (t->label.len) {
		text_add(e->out, "%starget = <&%.*s>", deletes, (int)t->label.len, t->label.ptr);
	} else if (t->path.len) {
		text_add(e->out, "%starget-path = ", deletes);
		print_quoted(e->out, t->path, AS_SOURCE);
	} else if (t->phandle) {
		ovl_node own = ovl_node_by_phandle(&e->fit.view.tree, t->phandle);
		const struct name *name = own ? names_find(&e->own, own) : NULL;

		if (name)
			text_add(e->out, "%starget = <&%.*s>", deletes, (int)name->name.len,
				 name->name.ptr);
		else
			text_add(e->out, "%starget = <0x%x>", deletes, t->phandle);
	}
	text_add(e->out, !e->json && is_unsaid(t) ? "no target" : "");
	text_add(e->out, e->json ? "}" : "");
}

static void say_target(struct explain *e, const struct target *t)
{
	bool own = t->by.len && t->layer == e->fit.n_before + 1;
	struct text tree = { 0 };

	if (e->fit.tree)
		fit_tree_name(&e->fit, &tree);
	text_add(e->out, e->json ? ", \"node\": " : ": ");
	if (e->json && !t->found)
		text_add(e->out, "null");
	else if (!t->found && !own && (!e->fit.tree || is_unsaid(t)))
		text_cut(e->out, e->out->len - 2);
	else if (!t->found && !own)
		text_add(e->out, "not in %s", text_of(&tree));
	else
		say_text(e, ovl_str(text_of(&t->node)));
	if (t->found || own) {
		text_add(e->out, e->json ? ", \"of\": " : t->layer ? ", made by " : " of ");
		say_who(e, t->layer, ovl_str(text_of(&t->by)));
	}
	text_free(&tree);
}

static void say_fragment(struct walk *w, const struct target *t)
{
	struct explain *e = w->e;
	struct ovl_str name = ovl_node_name(view_of(w), t->fragment);

	text_add(e->out, e->json ? "{\"name\": " : "/");
	say_text(e, name);
	text_add(e->out, e->json ? ", \"target\": " : ": ");
	say_written(e, t);
	say_target(e, t);
	text_add(e->out, e->json ? ", \"nodes\": [" : "\n");
	w->target = t;
	w->first_node = true;
	if (t->deletes)
		walk_content(w, t->deletes, say_deletions);
	walk_content(w, t->content, say_node);
	text_add(e->out, e->json ? "]}" : "");
}

void fragments_tell(struct explain *e)
{
	struct walk w = { .e = e };
	bool first = true;

	text_add(e->out, e->json ? ", \"fragments\": [" : "");
	for (size_t i = 0; i < e->n_targets; i++) {
		if (e->json)
			say_comma(e, &first);
		say_fragment(&w, &e->targets[i]);
	}
	text_add(e->out, e->json ? "], \"phandles\": [%s]" : w.phandles.len ? "phandles it brings:\n%s"
									     : "%s",
		 text_of(&w.phandles));
	text_free(&w.path);
	text_free(&w.phandles);
}
