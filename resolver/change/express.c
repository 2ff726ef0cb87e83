/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* express.c - differences into fragments, see express.h.
 * One fragment for each node of A that changes, what is new below it; then one for each node that
 * something is deleted from.  Nodes first, then their values, so that a cell can refer to any of
 * them: to a label of A, to a phandle that A has already, or to one that the overlay brings.
 * Whoever applies the overlay adds the largest phandle of A to those it brings, so they are B's
 * less that, and become B's again.  Format: dtobj; deletions as ovl_apply() takes them. */
#include "express.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "says.h"
#include "symbols.h"

enum { MOST_SUSPECTS = 8 };

/* What stands for a node of A, or for a new one of B, in the overlay. */
struct piece {
	ovl_node node;
	struct node *made;
};

struct pieces {
	struct piece *list; /* by node, once sorted */
	size_t n, room;
};

/* A node of A and the label it has there. */
struct label_of {
	ovl_node node;
	const char *label;
};

struct express {
	const struct comparison *c;
	struct diags *diags;
	const struct blob *a, *b;
	struct draft draft;
	struct pieces fragments, deleting; /* by node of A */
	struct pieces added;		   /* by node of B */
	struct label_of *labels;	   /* by node of A */
	size_t n_labels;
	uint32_t largest; /* phandle of A */
	size_t n_numbers; /* cells that hold a phandle of A */
	size_t n_suspects;
	struct text suspects; /* the first of them, a line each */
	struct text path;
};

/* ---------------------------------------------------------------- pieces */

static void add_piece(struct express *e, struct pieces *pieces, ovl_node node, struct node *made)
{
	pieces->list =
		grow(e->diags, pieces->list, &pieces->room, pieces->n + 1, sizeof(*pieces->list));
	pieces->list[pieces->n++] = (struct piece){ node, made };
}

static int by_node(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return (x->node > y->node) - (x->node < y->node);
}

static void sort_pieces(struct pieces *pieces)
{
	size_t n = 0;

	if (pieces->n)
		qsort(pieces->list, pieces->n, sizeof(*pieces->list), by_node);
	for (size_t i = 0; i < pieces->n; i++)
		if (!n || pieces->list[n - 1].node != pieces->list[i].node)
			pieces->list[n++] = pieces->list[i];
	pieces->n = n;
}

static struct node *find_piece(const struct pieces *pieces, ovl_node node)
{
	const struct piece key = { .node = node }, *found = NULL;

	if (pieces->n)
		found = bsearch(&key, pieces->list, pieces->n, sizeof(key), by_node);
	return found ? found->made : NULL;
}

/* ---------------------------------------------------------------- the two trees */

static struct ovl_str path_in(struct express *e, const struct ovl_tree *tree, ovl_node node)
{
	text_cut(&e->path, 0);
	text_path(&e->path, tree, node);
	return ovl_str(text_of(&e->path));
}

static ovl_node in_a(struct express *e, ovl_node b)
{
	return ovl_node_by_path(e->c->a, path_in(e, e->c->b, b));
}

static ovl_node in_b(struct express *e, ovl_node a)
{
	return ovl_node_by_path(e->c->b, path_in(e, e->c->a, a));
}

/* ---------------------------------------------------------------- which nodes of A */

typedef void value_fn(struct express *e, const struct ovl_prop *p);

/* Call for each value that the overlay will hold, symbols aside. */
static void each_value(struct express *e, const struct difference *d, value_fn *call)
{
	struct ovl_prop p;

	if (d->what == PROP_ADDED || d->what == PROP_CHANGED)
		call(e, &d->in_b);
	if (d->what != NODE_ADDED)
		return;
	for (ovl_node n = d->b; n; n = tree_next(e->c->b, d->b, n))
		for (int more = ovl_prop_first(e->c->b, n, &p); more;
		     more = ovl_prop_next(e->c->b, &p))
			call(e, &p);
}

/* A node of A that is referred to and has no phandle gets one. */
static void want_references(struct express *e, const struct ovl_prop *p)
{
	const unsigned char *at = p->value, *end = at + p->len;
	const struct link *link;

	for (; (link = links_next(&e->c->links_b, at, end)); at = link->at + 1) {
		ovl_node there = link->known && link->to ? in_a(e, link->to) : OVL_NONE;

		if (there && !ovl_node_phandle(e->c->a, there))
			add_piece(e, &e->fragments, there, NULL);
	}
}

/* The node of a symbol, when it is one of A. */
static void want_symbol(struct express *e, const struct ovl_prop *p)
{
	ovl_node named = says_symbol(e->c, p), there = named ? in_a(e, named) : OVL_NONE;

	if (there)
		add_piece(e, &e->fragments, there, NULL);
}

static void choose_nodes(struct express *e)
{
	for (size_t i = 0; i < e->c->n; i++) {
		const struct difference *d = &e->c->list[i];

		switch (d->what) {
		case NODE_REMOVED:
			add_piece(e, &e->deleting, ovl_node_parent(e->c->a, d->a), NULL);
			break;
		case PROP_REMOVED: add_piece(e, &e->deleting, d->a, NULL); break;
		default:
			if (says_symbols(e->c->b, d->b)) {
				each_value(e, d, want_symbol);
				break;
			}
			each_value(e, d, want_references);
			add_piece(e, &e->fragments, d->a, NULL);
			break;
		}
	}
	sort_pieces(&e->fragments);
	sort_pieces(&e->deleting);
}

/* ---------------------------------------------------------------- nodes */

static struct node *make_node(struct express *e, struct node *parent, struct ovl_str name)
{
	struct tree *tree = &e->draft.tree;
	struct node *n = node_new(tree, name_of(tree->pool, name.ptr, name.len), (struct pos){ 0 });

	node_append(tree, parent, n);
	return n;
}

/* B's phandle of a node that A gives none: less the largest of A where it is above that; the others
 * get one when all these are taken. */
static void take_phandle(struct express *e, struct node *made, ovl_node b)
{
	uint32_t phandle = ovl_node_phandle(e->c->b, b);

	made->referenced = phandle;
	if (phandle <= e->largest)
		return;
	node_take_phandle(&e->draft.tree, made, phandle - e->largest);
	if (made->phandle > e->draft.largest)
		e->draft.largest = made->phandle;
}

static struct node *make_fragment(struct express *e, const char *name, size_t number,
				  const char *target, ovl_node a)
{
	struct tree *tree = &e->draft.tree;
	struct node *fragment;
	char text[48];

	snprintf(text, sizeof(text), "%s@%zu", name, number);
	fragment = make_node(e, tree->root, ovl_str(text));
	prop_add_text(tree, fragment, target, path_in(e, e->c->a, a).ptr);
	return fragment;
}

static void make_fragments(struct express *e)
{
	for (size_t i = 0; i < e->fragments.n; i++) {
		struct piece *piece = &e->fragments.list[i];
		struct node *fragment = make_fragment(e, "fragment", i, "target-path", piece->node);

		piece->made = make_node(e, fragment, ovl_str("__overlay__"));
		if (!ovl_node_phandle(e->c->a, piece->node))
			take_phandle(e, piece->made, in_b(e, piece->node));
	}
}

/* A node that only B has, and all below it. */
static void make_added(struct express *e, const struct difference *d)
{
	const struct ovl_tree *tree = e->c->b;
	struct node *parent = find_piece(&e->fragments, d->a), *made;
	ovl_node node = d->b, next;

	for (;; ) {
		made = make_node(e, parent, ovl_node_name(tree, node));
		take_phandle(e, made, node);
		add_piece(e, &e->added, node, made);
		next = ovl_node_first(tree, node);
		if (next) {
			parent = made;
			node = next;
			continue;
		}
		while (node != d->b && !(next = ovl_node_next(tree, node))) {
			node = ovl_node_parent(tree, node);
			parent = parent->parent;
		}
		if (!next)
			return;
		node = next;
	}
}

/* ---------------------------------------------------------------- labels of A */

static int by_labelled(const void *a, const void *b)
{
	const struct label_of *x = a, *y = b;

	return (x->node > y->node) - (x->node < y->node);
}

/* Of several labels of a node the first by name. */
static int by_labelled_and_name(const void *a, const void *b)
{
	int order = by_labelled(a, b);

	return order ? order
		     : strcmp(((const struct label_of *)a)->label,
			      ((const struct label_of *)b)->label);
}

static void sort_labels(struct express *e)
{
	size_t n = 0;

	if (e->n_labels)
		qsort(e->labels, e->n_labels, sizeof(*e->labels), by_labelled_and_name);
	for (size_t i = 0; i < e->n_labels; i++)
		if (!n || e->labels[n - 1].node != e->labels[i].node)
			e->labels[n++] = e->labels[i];
	e->n_labels = n;
}

static void read_labels(struct express *e)
{
	const struct ovl_tree *tree = e->c->a;
	ovl_node symbols = ovl_node_child(tree, ovl_node_root(tree), ovl_str("__symbols__"));
	struct ovl_symbol symbol;
	size_t room = 0;
	struct ovl_prop p;

	for (int more = symbols && ovl_prop_first(tree, symbols, &p); more;
	     more = ovl_prop_next(tree, &p)) {
		ovl_node node =
			symbols_read(&symbol, &p) ? ovl_node_by_path(tree, symbol.path) : OVL_NONE;

		if (!node)
			continue;
		e->labels = grow(e->diags, e->labels, &room, e->n_labels + 1, sizeof(*e->labels));
		e->labels[e->n_labels++] = (struct label_of){ node, p.name };
	}
	sort_labels(e);
}

static const char *label_of(const struct express *e, ovl_node a)
{
	const struct label_of key = { .node = a }, *found = NULL;

	if (e->n_labels)
		found = bsearch(&key, e->labels, e->n_labels, sizeof(key), by_labelled);
	return found ? found->label : NULL;
}

/* ---------------------------------------------------------------- values */

/* A cell that refers to a node of A: by label, else by the number it has there. */
static const char *refer_to_a(struct express *e, unsigned char *cell, ovl_node there)
{
	const char *label = label_of(e, there);

	cell_put(cell, label ? UINT32_MAX : ovl_node_phandle(e->c->a, there));
	e->n_numbers += !label;
	return label;
}

/* What may be a reference stays the number it is; that number may not stay its node's. */
static void check_suspect(struct express *e, const struct link *link, ovl_node there,
			  const struct node *made, const struct node *node, const struct prop *p)
{
	uint32_t phandle = ovl_node_phandle(e->c->b, link->to);

	if ((there && ovl_node_phandle(e->c->a, there) == phandle) ||
	    (made && phandle > e->largest))
		return;
	if (e->n_suspects++ < MOST_SUSPECTS)
		text_add(&e->suspects, "%s:%s: 0x%x is %s\n", node_path(&e->draft.tree, node, NULL),
			 p->name->text, phandle, path_in(e, e->c->b, link->to).ptr);
}

/* A reference at an offset of a value, from B's number to what it is in the overlay. */
static void make_reference(struct express *e, const struct node *node, struct prop *p,
			   const struct link *link, uint32_t off, struct marker ***end)
{
	ovl_node there = link->to ? in_a(e, link->to) : OVL_NONE;
	struct node *made =
		there ? find_piece(&e->fragments, there) : find_piece(&e->added, link->to);
	bool has_number = there && ovl_node_phandle(e->c->a, there);
	const char *label = NULL;
	struct marker *m;

	if (!link->to || (link->known && !has_number && !made))
		return;
	if (!link->known) {
		check_suspect(e, link, there, made, node, p);
		return;
	}
	if (has_number) {
		label = refer_to_a(e, p->value.bytes + off, there);
		if (!label)
			return;
		made = NULL;
	} else {
		cell_put(p->value.bytes + off, made->phandle);
	}
	m = marker_new(&e->draft.tree, MARK_REF_PHANDLE, off, label, (struct pos){ 0 });
	m->to->target = made;
	**end = m;
	*end = &m->next;
}

static void make_prop(struct express *e, struct node *node, const struct ovl_prop *from)
{
	const unsigned char *at = from->value, *end = at + from->len;
	struct tree *tree = &e->draft.tree;
	struct prop *p =
		prop_new(tree, name_of(tree->pool, from->name, from->name_len), (struct pos){ 0 });
	struct marker **markers = &p->value.markers;
	const struct link *link;

	prop_set(tree, p, from->value, from->len);
	for (; (link = links_next(&e->c->links_b, at, end)); at = link->at + 4)
		make_reference(e, node, p, link, (uint32_t)(link->at - from->value), &markers);
	prop_append(tree, node, p);
}

/* All of a node that only B has; its phandle is given to it. */
static void make_props(struct express *e, ovl_node b)
{
	struct node *made = find_piece(&e->added, b);
	struct ovl_prop p;

	for (int more = ovl_prop_first(e->c->b, b, &p); more; more = ovl_prop_next(e->c->b, &p))
		if (!prop_is_phandle(p.name))
			make_prop(e, made, &p);
}

static void write_phandles(struct express *e)
{
	for_each_node(e->draft.tree.root, n)
		if (n->phandle) {
			struct prop *p = draft_clear(&e->draft, n, "phandle");

			cell_put(prop_more(&e->draft.tree, p, 4), n->phandle);
		}
}

/* ---------------------------------------------------------------- symbols */

/* Writing puts in the path of the node. */
static void make_symbol(struct express *e, const struct ovl_prop *from)
{
	struct tree *tree = &e->draft.tree;
	ovl_node named = says_symbol(e->c, from), there = named ? in_a(e, named) : OVL_NONE;
	struct node *symbols;
	struct prop *p;

	if (!named)
		return;
	symbols = node_made(tree, tree->root, "__symbols__");
	p = prop_add_text(tree, symbols, from->name, "");
	p->value.markers = marker_new(tree, MARK_REF_PATH, 0, NULL, p->pos);
	p->value.markers->to->target =
		there ? find_piece(&e->fragments, there) : find_piece(&e->added, named);
}

/* ---------------------------------------------------------------- deletions */

static void make_deleting(struct express *e)
{
	for (size_t i = 0; i < e->deleting.n; i++) {
		struct piece *piece = &e->deleting.list[i];
		struct node *fragment =
			make_fragment(e, "delete-fragment", i, "delete-target-path", piece->node);

		make_node(e, fragment, ovl_str("__overlay__"));
		piece->made = make_node(e, fragment, ovl_str("__delete__"));
	}
}

static void make_deletion(struct express *e, const struct difference *d)
{
	ovl_node in = d->what == NODE_REMOVED ? ovl_node_parent(e->c->a, d->a) : d->a;
	struct node *made = find_piece(&e->deleting, in);

	if (d->what == PROP_REMOVED)
		draft_clear(&e->draft, made, d->in_a.name);
	else
		make_node(e, make_node(e, made, ovl_node_name(e->c->a, d->a)),
			  ovl_str("__delete__"));
}

/* ---------------------------------------------------------------- all of it */

/* Whatever the differences are, there is a fragment: an overlay without any is none. */
static void make_nodes(struct express *e)
{
	choose_nodes(e);
	if (!e->fragments.n && !e->deleting.n)
		add_piece(e, &e->fragments, ovl_node_root(e->c->a), NULL);
	make_fragments(e);
	for (size_t i = 0; i < e->c->n; i++)
		if (e->c->list[i].what == NODE_ADDED && !says_symbols(e->c->b, e->c->list[i].b))
			make_added(e, &e->c->list[i]);
	sort_pieces(&e->added);
	make_deleting(e);
	for_each_node(e->draft.tree.root, n)
		if (n->referenced && !n->phandle)
			node_take_phandle(&e->draft.tree, n, ++e->draft.largest);
}

static void make_values(struct express *e)
{
	for (size_t i = 0; i < e->c->n; i++) {
		const struct difference *d = &e->c->list[i];

		if (d->what == NODE_REMOVED || d->what == PROP_REMOVED)
			make_deletion(e, d);
		else if (says_symbols(e->c->b, d->b))
			each_value(e, d, make_symbol);
		else if (d->what == NODE_ADDED)
			for (ovl_node n = d->b; n; n = tree_next(e->c->b, d->b, n))
				make_props(e, n);
		else
			make_prop(e, find_piece(&e->fragments, d->a), &d->in_b);
	}
	write_phandles(e);
}

static void tell_suspects(struct express *e)
{
	struct diag_place at = { .file = e->b->name };
	const char *line = text_of(&e->suspects);

	if (!e->n_suspects)
		return;
	diag_warning(e->diags, &at, MSG_MAY_REFER, e->n_suspects);
	for (; *line; line += strcspn(line, "\n") + 1)
		diag_note(e->diags, &at, "%.*s", (int)strcspn(line, "\n"), line);
	if (e->n_suspects > MOST_SUSPECTS)
		diag_note(e->diags, &at, "and %zu more", e->n_suspects - MOST_SUSPECTS);
}

static void tell(struct express *e)
{
	struct diag_place at = { .file = e->b->name };

	tell_suspects(e);
	e->diags->last_hidden = false;
	if (!e->c->n)
		diag_note(e->diags, &at, "it is equal to %s: the overlay changes nothing",
			  e->a->name);
	if (e->n_numbers)
		diag_note(e->diags, &at,
			  "%zu reference%s of %s: the overlay is for that base alone", e->n_numbers,
			  e->n_numbers == 1 ? " is a phandle" : "s are phandles", e->a->name);
}

enum status express(const struct comparison *c, const struct blob *a, const struct blob *b,
		    bool deletions, struct file_bytes *out)
{
	struct express e = { .c = c, .diags = c->diags, .a = a, .b = b };
	ovl_node root = ovl_node_root(c->a);
	enum status status = says_check(c, a, b, deletions);

	if (status)
		return status;
	for (ovl_node n = root; n; n = tree_next(c->a, root, n))
		if (ovl_node_phandle(c->a, n) > e.largest)
			e.largest = ovl_node_phandle(c->a, n);
	draft_new(&e.draft, e.diags);
	read_labels(&e);
	make_nodes(&e);
	make_values(&e);
	status = draft_write(&e.draft, out);
	if (!status)
		tell(&e);
	draft_close(&e.draft);
	free(e.fragments.list);
	free(e.deleting.list);
	free(e.added.list);
	free(e.labels);
	text_free(&e.path);
	text_free(&e.suspects);
	return status;
}
