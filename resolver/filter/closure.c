/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* closure.c - a tree less all that some nodes do not need, see filter.h.
 * What stays: the nodes named with all below them; the nodes above each, with their own properties; whatever
 * those refer to, with its parts, and the consoles that /chosen names; and the interrupt parents of those that have
 * interrupts.  Each node is looked at once for each way in which it stays. */
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "filter.h"
#include "grow.h"
#include "path.h"

struct link {
	ovl_node to;
	unsigned char how; /* it stays */
	size_t next; /* of the same node, + 1 */
};

struct closure {
	struct filter *f;
	unsigned char *stays; /* by ovl_node: how */
	bool *meant;	      /* by ovl_node: something refers to it, or to what is below it */
	size_t *links;	      /* by ovl_node: the first reference from it, + 1 */
	struct link *all;
	size_t n, room;
	ovl_node *queue;
	size_t n_queued, done;
};

/* A node itself, its parts, and all that is below it. */
enum { ITSELF = 1, PARTS = 2, BELOW = 4 };

static void add_link(struct closure *c, ovl_node from, ovl_node to, unsigned char how)
{
	c->all = grow(c->f->diags, c->all, &c->room, c->n + 1, sizeof(*c->all));
	c->all[c->n] = (struct link){ to, how, c->links[from] };
	c->links[from] = ++c->n;
	for (; to && !c->meant[to]; to = ovl_node_parent(&c->f->stack.tree, to))
		c->meant[to] = true;
}

/* A table has all its entries, those as well that others refer to. */
static unsigned char how_meant(const struct ovl_ref *r)
{
	return ITSELF | (strcmp(r->prop.name, "operating-points-v2") == 0 ? BELOW : PARTS);
}

static void find_links(struct closure *c)
{
	const struct ovl_tree *tree = &c->f->stack.tree;
	ovl_node root = ovl_node_root(tree);
	struct ovl_prop p;
	struct ovl_ref r;

	for (int more = ovl_ref_first(tree, NULL, root, &r); more; more = ovl_ref_next(&r))
		if (r.to && r.kind != OVL_REF_FIXUP && r.kind != OVL_REF_SUSPECT)
			add_link(c, r.node, r.to, how_meant(&r));
	for (size_t i = 0; i < FILTER_CONSOLES; i++) {
		ovl_node console = filter_console(c->f, i, &p);

		if (console)
			add_link(c, ovl_node_child(tree, root, ovl_str("chosen")), console, ITSELF | PARTS);
	}
	for (ovl_node n = root; n; n = tree_next(tree, root, n)) {
		ovl_node parent = ovl_prop_find(tree, n, ovl_str("interrupts"), &p) ? interrupt_parent(tree, n)
										    : OVL_NONE;

		if (parent)
			add_link(c, n, parent, ITSELF | PARTS);
	}
}

/* A node comes into the queue when it stays, and once more when more of it does. */
static void stay(struct closure *c, ovl_node node, unsigned char how)
{
	if ((c->stays[node] & how) == how)
		return;
	c->stays[node] |= how;
	c->queue[c->n_queued++] = node;
}

/* A node may say in nodes below it what it is, as a state of pins does; others there are devices of their own, or
 * stand for themselves: who needs one refers to it. */
static bool is_part(const struct closure *c, ovl_node child)
{
	struct ovl_prop p;

	return !c->meant[child] && !ovl_prop_find(&c->f->stack.tree, child, ovl_str("compatible"), &p);
}

static void go_below(struct closure *c, ovl_node node)
{
	const struct ovl_tree *tree = &c->f->stack.tree;
	unsigned char how = c->stays[node];

	for (ovl_node child = ovl_node_first(tree, node); child && how != ITSELF; child = ovl_node_next(tree, child))
		if (how & BELOW || is_part(c, child))
			stay(c, child, how);
}

static void go_on(struct closure *c, ovl_node node)
{
	const struct ovl_tree *tree = &c->f->stack.tree;

	if (node != ovl_node_root(tree))
		stay(c, ovl_node_parent(tree, node), ITSELF);
	for (size_t i = c->links[node]; i; i = c->all[i - 1].next)
		/* Links that are counted from 1 are in the list.  NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
		stay(c, c->all[i - 1].to, c->all[i - 1].how);
	go_below(c, node);
}

static enum status start(struct closure *c, const char *const *names, size_t n)
{
	const struct stack *stack = &c->f->stack;
	enum status status = DONE;

	for (size_t i = 0; i < n && !status; i++) {
		struct ovl_str path = path_named(names[i]);
		ovl_node node = path_find(&stack->tree, path, false);

		if (node)
			stay(c, node, ITSELF | BELOW);
		else
			status = path_no_node(c->f->diags, stack, names[i]);
	}
	return status;
}

static enum status drop_others(struct closure *c)
{
	const struct ovl_tree *tree = &c->f->stack.tree;
	ovl_node root = ovl_node_root(tree);
	enum status status = DONE;

	for (ovl_node n = root; n && !status; n = tree_next(tree, root, n)) {
		bool top = n != root && ovl_node_parent(tree, n) == root;

		/* Hygiene takes out what is too much. */
		if (top && tree_is_table(tree, n))
			c->stays[n] |= BELOW;
		if (c->stays[n] || c->f->fates[n].gone || n == root ||
		    (!top && (c->stays[ovl_node_parent(tree, n)] & BELOW)))
			continue;
		status = filter_drop(c->f, n, WHY_CLOSURE);
	}
	return status;
}

static enum status close_over(struct closure *c, const char *const *names, size_t n)
{
	enum status status;

	find_links(c);
	status = start(c, names, n);
	if (status)
		return status;
	while (c->done < c->n_queued)
		go_on(c, c->queue[c->done++]);
	return drop_others(c);
}

enum status filter_closure(struct filter *f, const char *const *names, size_t n)
{
	size_t room = ovl_tree_used(&f->stack.tree) / sizeof(uint32_t) + 1;
	struct closure c = { .f = f,
			     .stays = grow_new(f->diags, room, sizeof(*c.stays)),
			     .meant = grow_new(f->diags, room, sizeof(*c.meant)),
			     .links = grow_new(f->diags, room, sizeof(*c.links)),
			     .queue = grow_new(f->diags, room, 3 * sizeof(*c.queue)) };
	enum status status = close_over(&c, names, n);

	free(c.stays);
	free(c.meant);
	free(c.links);
	free(c.all);
	free(c.queue);
	return status;
}
