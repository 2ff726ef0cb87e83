/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* compare.c - compare two trees, see compare.h.
 * The walk goes through both trees at once, along parents and siblings, so that it needs no stack.
 * The properties of a node are sorted by name on both sides and matched then. */
#include "compare.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

/* A property of the node that the walk is at, and the one so called on the other side. */
struct entry {
	struct ovl_prop prop;
	struct entry *match;
};

struct props {
	struct entry *list;    /* in their order */
	struct entry **sorted; /* by name */
	size_t n, room, sorted_room;
};

struct walk {
	struct comparison *c;
	struct props a, b;
};

/* ---------------------------------------------------------------- the list */

static void add(struct comparison *c, struct difference difference)
{
	c->list = grow(c->diags, c->list, &c->room, c->n + 1, sizeof(*c->list));
	c->list[c->n++] = difference;
}

/* ---------------------------------------------------------------- values */

static bool same_name(struct ovl_str a, struct ovl_str b)
{
	return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* The same path. */
static bool same_node(const struct comparison *c, ovl_node a, ovl_node b)
{
	while (a && b && same_name(ovl_node_name(c->a, a), ovl_node_name(c->b, b))) {
		a = a == ovl_node_root(c->a) ? OVL_NONE : ovl_node_parent(c->a, a);
		b = b == ovl_node_root(c->b) ? OVL_NONE : ovl_node_parent(c->b, b);
	}
	return !a && !b;
}

/* Two cells at one offset, of which one or both refer to nodes; same: their bytes are.  What is only suspected may be a
 * number: an equal one is the same, unless the other is known to refer to another node than has that number here. */
static bool same_link(const struct comparison *c, const struct link *x, const struct link *y, bool same)
{
	static const struct link number = { .to = OVL_NONE };

	x = x ? x : &number;
	y = y ? y : &number;
	if (x->label.len || y->label.len)
		return same_name(x->label, y->label);
	if (x->to && y->to && same_node(c, x->to, y->to))
		return true;
	return same && !(x->known && x->to) && !(y->known && y->to);
}

static bool is_known(const struct link *link)
{
	return link && link->known;
}

static uint32_t offset_of(const struct link *link, const struct ovl_prop *p)
{
	return link ? (uint32_t)(link->at - p->value) : p->len;
}

/* The offset of the next cell that refers to a node on either side, or the length; *x and *y are what it is on each, or
 * NULL.  needs: values of one length. */
static uint32_t next_link(const struct comparison *c, const struct ovl_prop *p, const struct ovl_prop *q, uint32_t from,
			  const struct link **x, const struct link **y)
{
	uint32_t at_x, at_y;

	*x = links_next(&c->links_a, p->value + from, p->value + p->len);
	*y = links_next(&c->links_b, q->value + from, q->value + q->len);
	at_x = offset_of(*x, p);
	at_y = offset_of(*y, q);
	if (at_x > at_y)
		*x = NULL;
	else if (at_y > at_x)
		*y = NULL;
	return at_x < at_y ? at_x : at_y;
}

/* Bytes are compared up to the next cell that refers to a node, and so on. */
static bool same_value(const struct comparison *c, const struct ovl_prop *p,
		       const struct ovl_prop *q)
{
	const struct link *x, *y;
	uint32_t at = 0, from = 0, off;

	if (p->len != q->len)
		return false;
	while ((off = next_link(c, p, q, from, &x, &y)) < p->len) {
		from = off + 1;
		if ((!x || !y) && !is_known(x) && !is_known(y))
			continue;
		if (memcmp(p->value + at, q->value + at, off - at) != 0 ||
		    !same_link(c, x, y, memcmp(p->value + off, q->value + off, 4) == 0))
			return false;
		at = from = off + 4;
	}
	return memcmp(p->value + at, q->value + at, p->len - at) == 0;
}

/* ---------------------------------------------------------------- properties */

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct entry *const *)a)->prop.name,
		      (*(struct entry *const *)b)->prop.name);
}

static void read_props(struct props *props, struct comparison *c, const struct ovl_tree *tree, ovl_node node)
{
	struct ovl_prop p;

	props->n = 0;
	for (int more = ovl_prop_first(tree, node, &p); more; more = ovl_prop_next(tree, &p)) {
		if ((c->modulo & MODULO_PHANDLE) && prop_is_phandle(p.name))
			continue;
		props->list = grow(c->diags, props->list, &props->room, props->n + 1, sizeof(*props->list));
		props->list[props->n++] = (struct entry){ p, NULL };
	}
	props->sorted = grow(c->diags, props->sorted, &props->sorted_room, props->n, sizeof(*props->sorted));
	for (size_t i = 0; i < props->n; i++)
		props->sorted[i] = &props->list[i];
	if (props->n)
		qsort(props->sorted, props->n, sizeof(*props->sorted), by_name);
}

static void match_props(struct props *a, struct props *b)
{
	for (size_t i = 0, k = 0; i < a->n && k < b->n; ) {
		int order = by_name(&a->sorted[i], &b->sorted[k]);

		if (order == 0) {
			a->sorted[i]->match = b->sorted[k];
			b->sorted[k]->match = a->sorted[i];
		}
		i += order <= 0;
		k += order >= 0;
	}
}

static void compare_props(struct walk *w, ovl_node a, ovl_node b)
{
	struct comparison *c = w->c;
	struct difference d = { .a = a, .b = b };
	const struct entry *last = NULL;
	bool moved = false;

	read_props(&w->a, c, c->a, a);
	read_props(&w->b, c, c->b, b);
	match_props(&w->a, &w->b);
	for (size_t i = 0; i < w->a.n; i++) {
		const struct entry *e = &w->a.list[i];

		d.what = e->match ? PROP_CHANGED : PROP_REMOVED;
		d.in_a = e->prop;
		if (e->match)
			d.in_b = e->match->prop;
		if (!e->match || !same_value(c, &d.in_a, &d.in_b))
			add(c, d);
		moved |= e->match && e->match < last;
		last = e->match ? e->match : last;
	}
	for (size_t i = 0; i < w->b.n; i++)
		if (!w->b.list[i].match)
			add(c, (struct difference){ PROP_ADDED, a, b, .in_b = w->b.list[i].prop });
	if (moved && !(c->modulo & MODULO_ORDER))
		add(c, (struct difference){ .what = PROPS_MOVED, .a = a, .b = b });
}

/* ---------------------------------------------------------------- nodes */

/* Whether the children that both have stand in another order: nodes are numbered as they stand. */
static bool children_moved(const struct comparison *c, ovl_node a, ovl_node b)
{
	ovl_node last = OVL_NONE, child, other;

	for (child = ovl_node_first(c->a, a); child; child = ovl_node_next(c->a, child)) {
		other = ovl_node_child(c->b, b, ovl_node_name(c->a, child));
		if (other && other < last)
			return true;
		last = other ? other : last;
	}
	return false;
}

/* What is there to say of two nodes before what is below them. */
static void enter(struct walk *w, ovl_node a, ovl_node b)
{
	compare_props(w, a, b);
	if (!(w->c->modulo & MODULO_ORDER) && children_moved(w->c, a, b))
		add(w->c, (struct difference){ .what = NODES_MOVED, .a = a, .b = b });
}

/* The nodes that only b has, when all below that both have was compared. */
static void leave(struct walk *w, ovl_node a, ovl_node b)
{
	struct comparison *c = w->c;
	ovl_node child;

	for (child = ovl_node_first(c->b, b); child; child = ovl_node_next(c->b, child))
		if (!ovl_node_child(c->a, a, ovl_node_name(c->b, child)))
			add(c, (struct difference){ .what = NODE_ADDED, .a = a, .b = child });
}

/* The first of these siblings that both trees have; the ones before it were removed. */
static ovl_node next_common(struct walk *w, ovl_node sibling, ovl_node parent_b, ovl_node *other)
{
	struct comparison *c = w->c;

	for (; sibling; sibling = ovl_node_next(c->a, sibling)) {
		*other = ovl_node_child(c->b, parent_b, ovl_node_name(c->a, sibling));
		if (*other)
			return sibling;
		add(c, (struct difference){ .what = NODE_REMOVED, .a = sibling, .b = parent_b });
	}
	return OVL_NONE;
}

static void walk(struct walk *w)
{
	struct comparison *c = w->c;
	ovl_node top = ovl_node_root(c->a), a = top, b = ovl_node_root(c->b), next, other = OVL_NONE;

	for (;; a = next, b = other) {
		enter(w, a, b);
		next = next_common(w, ovl_node_first(c->a, a), b, &other);
		while (!next) {
			leave(w, a, b);
			if (a == top)
				return;
			next = ovl_node_next(c->a, a);
			a = ovl_node_parent(c->a, a);
			b = ovl_node_parent(c->b, b);
			next = next_common(w, next, b, &other);
		}
	}
}

/* ---------------------------------------------------------------- all of it */

void compare_trees(struct comparison *c, struct diags *diags, const struct ovl_tree *a, const struct ovl_tree *b,
		   unsigned int modulo)
{
	struct walk w = { .c = c };

	*c = (struct comparison){ .diags = diags, .a = a, .b = b, .modulo = modulo };
	links_find(&c->links_a, diags, a);
	links_find(&c->links_b, diags, b);
	walk(&w);
	free(w.a.list);
	free(w.a.sorted);
	free(w.b.list);
	free(w.b.sorted);
}

void compare_free(struct comparison *c)
{
	links_free(&c->links_a);
	links_free(&c->links_b);
	free(c->list);
	*c = (struct comparison){ .list = NULL };
}
