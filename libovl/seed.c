/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* seed.c - compare a tree with one that is trusted, which it is said to come from.
 * In: two trees.  Out: every difference that is not of an allowed kind, with its node and property.  Nodes are
 * matched by path: the walk goes down both trees at once, and beside it the references of the tree
 * (refs.c), in the same order.  Changes nothing, and needs no storage beside the caller's. */
#include "inner.h"

static bool allows(const struct ovl_comparison *c, enum ovl_violation_kind kind)
{
	return c->allowed >> kind & 1;
}

static void add(struct ovl_comparison *c, enum ovl_violation_kind kind, ovl_node node, struct ovl_str prop)
{
	struct ovl_violation *v;

	if (allows(c, kind) || c->n++ >= c->room)
		return;
	v = &c->list[c->n - 1];
	memset(v, 0, sizeof(*v));
	v->kind = kind;
	v->node = node;
	v->prop = prop;
}

static struct ovl_str name_of(const struct ovl_prop *p)
{
	return (struct ovl_str){ p->name, p->name_len };
}

/* ---------------------------------------------------------------- values */

/* Whether two nodes, of the tree and, if there is one, of the seed, have the same path. */
static bool same_path(const struct ovl_comparison *c, ovl_node a, ovl_node b)
{
	ovl_node up_a, up_b;

	for (; b; a = up_a, b = up_b) {
		up_a = ovl_node_parent(c->tree, a);
		up_b = ovl_node_parent(c->seed, b);
		if (!ovli_equal(ovl_node_name(c->tree, a), ovl_node_name(c->seed, b)))
			return false;
		if (!up_a)
			return true;    /* only roots have no name */
	}
	return false;
}

/* Whether a stored value is the path of a node: from its end upwards, name by name. */
static bool is_path_of(const struct ovl_tree *t, const struct ovl_prop *p, ovl_node node)
{
	const char *text = (const char *)p->value;
	uint32_t len = ovli_path_len(t, node);

	if (p->len != len + 1 || text[len])
		return false;
	for (; node != OVLI_ROOT; node = ovli_parent(t, node)) {
		struct ovl_str name = ovl_node_name(t, node);

		len -= name.len + 1;
		if (text[len] != '/' || memcmp(text + len + 1, name.ptr, name.len) != 0)
			return false;
	}
	return text[0] == '/';
}

/* Whether two symbols are the same path: an overlay's own has no stored value. */
static bool same_symbol(const struct ovl_comparison *c)
{
	if (c->prop.value)
		return is_path_of(c->seed, &c->prop, ovli_prop_target(c->seed, &c->there));
	if (c->there.value)
		return is_path_of(c->tree, &c->there, ovli_prop_target(c->tree, &c->prop));
	return same_path(c, ovli_prop_target(c->tree, &c->prop), ovli_prop_target(c->seed, &c->there));
}

static bool same_bytes(const struct ovl_comparison *c, uint32_t from, uint32_t to)
{
	return memcmp(c->prop.value + from, c->there.value + from, to - from) == 0;
}

/* Whether the reference at hand is in the tree's property at hand. */
static bool in_prop(const struct ovl_comparison *c)
{
	return c->more_refs && c->ref.node == c->node && ovli_equal(name_of(&c->ref.prop), name_of(&c->prop));
}

/* Whether the values are the same but for references: c->moved is set when one has another phandle. */
static bool same_but_phandles(struct ovl_comparison *c)
{
	bool same_so_far = c->prop.len == c->there.len;
	uint32_t at = 0, off;

	for (; in_prop(c); c->more_refs = ovl_ref_next(&c->ref)) {
		off = c->ref.off;
		if (!same_so_far || c->ref.kind == OVL_REF_SUSPECT || !c->ref.to || off < at)
			continue;
		same_so_far = same_bytes(c, at, off) &&
			      same_path(c, c->ref.to, ovl_node_by_phandle(c->seed, ovli_be32(c->there.value + off)));
		c->moved |= !same_bytes(c, off, off + 4);
		at = off + 4;
	}
	return same_so_far && same_bytes(c, at, c->prop.len);
}

static void compare_value(struct ovl_comparison *c)
{
	struct ovl_str name = name_of(&c->prop);

	c->moved = 0;
	if (!c->prop.value || !c->there.value) {
		if (!same_symbol(c))
			add(c, OVL_VIOLATION_VALUE, c->node, name);
	} else if (!same_but_phandles(c)) {
		add(c, ovli_names_phandle(name.ptr) ? OVL_VIOLATION_PHANDLE : OVL_VIOLATION_VALUE, c->node, name);
	} else if (c->moved) {
		add(c, OVL_VIOLATION_PHANDLE, c->node, name);
	}
}

/* ---------------------------------------------------------------- properties */

/* Move c->at, a place among the seed's properties, on to behind name; what the tree does not have is passed over.
 * False when another that the tree has comes first.
 * needs: the seed has name, and all that the tree has before it was in order.  Then it is still to come: no node has
 * two properties of a name (index.c), and what a walk gives is found by its name, and the other way round. */
static bool prop_in_order(struct ovl_comparison *c, struct ovl_str name)
{
	for (; !ovli_equal(name_of(&c->at), name); ovl_prop_next(c->seed, &c->at))
		if (ovl_prop_find(c->tree, c->node, name_of(&c->at), &c->there))
			return false;
	ovl_prop_next(c->seed, &c->at);
	return true;
}

static void one_has(struct ovl_comparison *c, enum ovl_violation_kind kind, const struct ovl_prop *p)
{
	add(c, ovli_names_phandle(p->name) ? OVL_VIOLATION_PHANDLE : kind, c->node, name_of(p));
}

/* A property of the tree's node. */
static void compare_prop(struct ovl_comparison *c)
{
	if (ovl_prop_find(c->seed, c->other, name_of(&c->prop), &c->there)) {
		compare_value(c);
		c->ordered = c->ordered && prop_in_order(c, name_of(&c->prop));
	} else {
		one_has(c, OVL_VIOLATION_PROP_ADDED, &c->prop);
	}
	while (in_prop(c))
		c->more_refs = ovl_ref_next(&c->ref);
}

static void compare_props(struct ovl_comparison *c)
{
	int more;

	ovl_prop_first(c->seed, c->other, &c->at);
	c->ordered = 1;
	for (more = ovl_prop_first(c->tree, c->node, &c->prop); more; more = ovl_prop_next(c->tree, &c->prop))
		compare_prop(c);
	for (more = ovl_prop_first(c->seed, c->other, &c->at); more; more = ovl_prop_next(c->seed, &c->at))
		if (!ovl_prop_find(c->tree, c->node, name_of(&c->at), &c->there))
			one_has(c, OVL_VIOLATION_PROP_MISSING, &c->at);
	if (!c->ordered)
		add(c, OVL_VIOLATION_ORDER, c->node, (struct ovl_str){ NULL, 0 });
}

/* ---------------------------------------------------------------- nodes */

/* As for properties: *at is the seed's node from which on the next is looked for. */
static bool node_in_order(const struct ovl_comparison *c, ovl_node *at, ovl_node wanted)
{
	for (; *at != wanted; *at = ovl_node_next(c->seed, *at))
		if (ovl_node_child(c->tree, c->node, ovl_node_name(c->seed, *at)))
			return false;
	*at = ovl_node_next(c->seed, *at);
	return true;
}

static void compare_children(struct ovl_comparison *c)
{
	ovl_node at = ovl_node_first(c->seed, c->other), child, there;

	c->ordered = 1;
	for (child = ovl_node_first(c->tree, c->node); child; child = ovl_node_next(c->tree, child)) {
		there = ovl_node_child(c->seed, c->other, ovl_node_name(c->tree, child));
		if (!there)
			add(c, OVL_VIOLATION_NODE_ADDED, child, (struct ovl_str){ NULL, 0 });
		else
			c->ordered = c->ordered && node_in_order(c, &at, there);
	}
	for (there = ovl_node_first(c->seed, c->other); there; there = ovl_node_next(c->seed, there))
		if (!ovl_node_child(c->tree, c->node, ovl_node_name(c->seed, there)))
			add(c, OVL_VIOLATION_NODE_MISSING, c->node, ovl_node_name(c->seed, there));
	if (!c->ordered)
		add(c, OVL_VIOLATION_ORDER, c->node, (struct ovl_str){ NULL, 0 });
}

/* From c->node to the next, parents first: beside it goes c->other, while the seed has it; below a node that
 * it does not have, c->lost is how far. */
static bool go_on(struct ovl_comparison *c)
{
	ovl_node next = ovl_node_first(c->tree, c->node), there;

	for (; !next; c->node = ovl_node_parent(c->tree, c->node)) {
		if (c->node == ovl_node_root(c->tree))
			return false;
		if (c->lost)
			c->lost--;
		else
			c->other = ovl_node_parent(c->seed, c->other);
		next = ovl_node_next(c->tree, c->node);
	}
	c->node = next;
	there = c->lost ? OVL_NONE : ovl_node_child(c->seed, c->other, ovl_node_name(c->tree, next));
	if (there)
		c->other = there;
	else
		c->lost++;
	return true;
}

/* ---------------------------------------------------------------- the call */

static bool same_reservations(const struct ovl_tree *a, const struct ovl_tree *b)
{
	const struct ovli_layer *x = ovli_base(a), *y = ovli_base(b);

	return x->boot_cpu == y->boot_cpu && x->reserve_bytes == y->reserve_bytes &&
	       memcmp(a->base + x->reserve, b->base + y->reserve, x->reserve_bytes) == 0;
}

/* The references in a node that the seed does not have. */
static void leave_node(struct ovl_comparison *c)
{
	while (c->more_refs && c->ref.node == c->node)
		c->more_refs = ovl_ref_next(&c->ref);
}

uint32_t ovl_seed_check(struct ovl_comparison *c, struct ovl_violation *violations, uint32_t room)
{
	c->list = violations;
	c->room = room;
	c->n = c->lost = 0;
	c->node = ovl_node_root(c->tree);
	c->other = ovl_node_root(c->seed);
	if (!same_reservations(c->tree, c->seed))
		add(c, OVL_VIOLATION_RESERVATIONS, c->node, (struct ovl_str){ NULL, 0 });
	c->more_refs = ovl_ref_first(c->tree, NULL, c->node, &c->ref);
	while (c->more_refs && c->ref.kind == OVL_REF_FIXUP)
		c->more_refs = ovl_ref_next(&c->ref);
	do {
		if (!c->lost) {
			compare_props(c);
			compare_children(c);
		}
		leave_node(c);
	} while (go_on(c));
	return c->n;
}
