/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* claims.c - what devices that overlays bring or switch on have for themselves, and who else has it, see
 * conflicts.h.
 * Every line of a GPIO provider, address on a bus and input of an interrupt controller becomes a claim by number;
 * sorted, those of one number stand together, and each is compared with the two that can overlap it and are of
 * different overlays: O(n log n).  Nodes that are not enabled claim nothing, and what the base alone has no
 * overlay brought.  Rules: DTSpec 2.3.4 (status), 2.3.6 (reg), 2.4 (interrupts); the GPIO binding. */
#include "conflicts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "enable.h"
#include "grow.h"

enum kind { GPIO, ADDRESS, UNIT, INTERRUPT };

struct claim {
	enum kind kind;
	ovl_node at;			/* the provider, the bus, the controller */
	uint32_t space;			/* ADDRESS: see decode.h */
	struct ovl_str unit;		/* UNIT: the unit address, as it is written */
	uint64_t first, last;		/* the numbers; UNIT: from 1 on for a node that has a reg */
	struct cell_run specifier;	/* of a line or an input */
	ovl_node node;
	struct ovl_prop prop;		/* it stands in; without a name for none */
	uint32_t by, on;		/* the overlay that brought it, and the one since which it is on */
};

struct claims {
	struct findings *f;
	const struct ovl_tree *tree;
	uint32_t *since;	/* by node: the overlay since which it is on, or OFF */
	struct claim *list;
	size_t n, room;
	ovl_node told, told_other; /* the pair whose addresses were told last: they come in many parts */
};

enum { OFF = -1 };

/* ---------------------------------------------------------------- who */

/* What the status of a node says for itself: the overlay since which it has been okay, 0 when it always was, or
 * OFF.  Versions are looked at from the newest on. */
static uint32_t own_since(const struct ovl_tree *tree, ovl_node node)
{
	uint32_t since = (uint32_t)OFF;
	struct ovl_prop p;
	bool more = ovl_prop_ever_find(tree, node, ovl_str("status"), &p);

	for (; more && enable_by(&p); more = ovl_prop_older(tree, &p))
		since = p.layer;
	return more ? since : 0;
}

/* A node is on since the last of those above it is. */
static void find_since(struct claims *c, ovl_node node)
{
	ovl_node above = ovl_node_parent(c->tree, node);
	uint32_t since = above && c->since[above] == (uint32_t)OFF ? (uint32_t)OFF : own_since(c->tree, node);

	if (since != (uint32_t)OFF && above && c->since[above] > since)
		since = c->since[above];
	c->since[node] = since;
}

static bool is_on(const struct claims *c, ovl_node node)
{
	return c->since[node] != (uint32_t)OFF;
}

/* adds: who brought it.  A claim that no overlay has to do with is none. */
static void add(struct claims *c, struct claim claim)
{
	uint32_t layer = ovl_node_layer(c->tree, claim.node);

	claim.by = claim.prop.layer > layer ? claim.prop.layer : layer;
	claim.on = c->since[claim.node];
	if (!claim.by)
		claim.by = claim.on;
	if (claim.on < claim.by)
		claim.on = claim.by;
	if (!claim.by)
		return;
	c->list = grow(c->f->diags, c->list, &c->room, c->n + 1, sizeof(claim));
	c->list[c->n++] = claim;
}

/* ---------------------------------------------------------------- GPIO lines */

static void add_gpio(struct claims *c, ovl_node node, const struct ovl_prop *p, ovl_node provider,
		     struct cell_run specifier)
{
	uint64_t line = line_number(specifier);

	add(c, (struct claim){ .kind = GPIO, .at = provider, .first = line, .last = line,
			       .specifier = specifier, .node = node, .prop = *p });
}

/* All references of the tree, but for the entries of a gpio-map, which use no line. */
static void find_gpios(struct claims *c)
{
	struct ovl_ref r;

	for (int more = ovl_ref_first(c->tree, NULL, ovl_node_root(c->tree), &r); more;
	     more = ovl_ref_next(&r))
		if (r.kind == OVL_REF_KNOWN && !r.fault && r.n_args && r.cells &&
		    strcmp(r.cells, "#gpio-cells") == 0 && is_on(c, r.node))
			add_gpio(c, r.node, &r.prop, r.to,
				 (struct cell_run){ r.prop.value + r.off + 4, r.n_args });
}

/* The gpios of a hog are lines of its parent. */
static void find_hog(struct claims *c, ovl_node node)
{
	ovl_node provider = ovl_node_parent(c->tree, node);
	struct ovl_prop hog, cells;
	struct entries lines;
	uint32_t n;

	if (!ovl_prop_find(c->tree, node, ovl_str("gpio-hog"), &hog) ||
	    !entries_open(&lines, c->tree, node, "gpios") ||
	    !ovl_prop_find(c->tree, provider, ovl_str("#gpio-cells"), &cells))
		return;
	n = ovl_prop_cell(&cells, 0);
	for (; n && n <= lines.n - lines.at; lines.at += n)
		add_gpio(c, node, &lines.prop, provider,
			 (struct cell_run){ lines.prop.value + (size_t)lines.at * 4, n });
}

/* ---------------------------------------------------------------- addresses */

/* An address without a size is one number.  Memory is there to be shared. */
static void find_addresses(struct claims *c, ovl_node node)
{
	struct entries entries;
	struct reg_entry reg;

	if (!entries_open(&entries, c->tree, node, "reg") || tree_is_memory(c->tree, node))
		return;
	while (reg_next(&entries, &reg)) {
		struct spot spot;
		uint64_t size;

		if (!spot_read(reg.address, &spot) || !run_number(reg.size, &size))
			continue;
		size -= size != 0;
		add(c, (struct claim){
			.kind = ADDRESS, .at = ovl_node_parent(c->tree, node), .space = spot.space,
			.first = spot.offset,
			.last = size < UINT64_MAX - spot.offset ? spot.offset + size : UINT64_MAX,
			.node = node, .prop = entries.prop });
	}
}

/* What has a reg is judged by that: those without stand before the others. */
static void find_unit(struct claims *c, ovl_node node)
{
	struct ovl_str name = ovl_node_name(c->tree, node);
	const char *at = memchr(name.ptr, '@', name.len);
	struct ovl_prop reg;

	if (!at)
		return;
	add(c, (struct claim){
		.kind = UNIT, .at = ovl_node_parent(c->tree, node),
		.unit = { at + 1, (uint32_t)(name.ptr + name.len - at - 1) },
		.first = ovl_prop_find(c->tree, node, ovl_str("reg"), &reg) != 0, .last = UINT64_MAX,
		.node = node });
}

/* ---------------------------------------------------------------- interrupts */

static void find_interrupts(struct claims *c, ovl_node node)
{
	struct entries entries;
	struct interrupt in;

	if (!entries_open(&entries, c->tree, node, "interrupts-extended") &&
	    !entries_open(&entries, c->tree, node, "interrupts"))
		return;
	while (interrupt_next(&entries, &in)) {
		uint64_t number = line_number(in.input);

		if (in.controller)
			add(c, (struct claim){ .kind = INTERRUPT, .at = in.controller, .first = number,
					       .last = number, .specifier = in.input, .node = node,
					       .prop = entries.prop });
	}
}

static void find_all(struct claims *c)
{
	ovl_node root = ovl_node_root(c->tree), node;

	for (node = root; node; node = tree_next(c->tree, root, node)) {
		find_since(c, node);
		if (!is_on(c, node) || node == root)
			continue;
		find_hog(c, node);
		find_addresses(c, node);
		find_unit(c, node);
		find_interrupts(c, node);
	}
	find_gpios(c);
}

/* ---------------------------------------------------------------- findings */

static void say_line(struct text *text, struct cell_run specifier)
{
	text_add(text, "%" PRIu32, run_cell(specifier, 0));
	if (specifier.n > 2)
		text_add(text, " %" PRIu32, run_cell(specifier, 1));
}

static void say_numbers(struct text *text, const struct claim *claim)
{
	text_add(text, "0x%" PRIx64, claim->first);
	if (claim->last != claim->first)
		text_add(text, " to 0x%" PRIx64, claim->last);
}

/* PATH:PROPERTY (FILE) */
static void say_user(const struct claims *c, struct text *text, const struct claim *claim, uint32_t layer)
{
	text_path(text, c->tree, claim->node);
	if (claim->prop.name)
		text_add(text, ":%s", claim->prop.name);
	text_add(text, " (%s)", c->f->blobs[layer]->name);
}

static const char *say_conflict(const struct claims *c, struct text *text, const struct claim *claim,
				const struct claim *other, uint32_t layer)
{
	switch (claim->kind) {
	case GPIO:
		text_add(text, "line ");
		say_line(text, claim->specifier);
		text_add(text, " of ");
		text_path(text, c->tree, claim->at);
		text_add(text, " is used by ");
		say_user(c, text, other, layer);
		text_add(text, ", too");
		return "overlays-gpio";
	case ADDRESS:
		say_numbers(text, claim);
		text_add(text, " overlaps ");
		say_numbers(text, other);
		text_add(text, " of ");
		say_user(c, text, other, layer);
		return "overlays-address";
	case UNIT:
		text_add(text, "the same unit address as ");
		say_user(c, text, other, layer);
		return "overlays-address";
	default:
		text_add(text, "interrupt ");
		say_line(text, claim->specifier);
		text_add(text, " of ");
		text_path(text, c->tree, claim->at);
		text_add(text, " is triggered otherwise for ");
		say_user(c, text, other, layer);
		return "overlays-interrupt";
	}
}

/* The overlays that they differ in: who brought them, or else who switched them on. */
static void report(struct claims *c, const struct claim *a, const struct claim *b)
{
	uint32_t one = a->by != b->by ? a->by : a->on, two = a->by != b->by ? b->by : b->on;
	const struct claim *later = one > two ? a : b, *other = one > two ? b : a;
	struct text text = { 0 };
	const char *kind;

	if (a->kind == ADDRESS && c->told == later->node && c->told_other == other->node)
		return;
	c->told = later->node;
	c->told_other = other->node;
	kind = say_conflict(c, &text, later, other, one > two ? two : one);
	c->f->other = one > two ? two : one;
	finding_in(c->f, one > two ? one : two, kind, later->node, later->prop.name ? &later->prop : NULL,
		   text_of(&text));
	text_free(&text);
}

/* ---------------------------------------------------------------- comparing */

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Those that stand together; in each group those without a reg come first, and what overlaps in order. */
static int compare_groups(const struct claim *x, const struct claim *y)
{
	uint32_t len = x->unit.len < y->unit.len ? x->unit.len : y->unit.len;
	int order = compare_numbers(x->kind, y->kind);

	if (!order)
		order = compare_numbers(x->at, y->at);
	if (!order)
		order = compare_numbers(x->space, y->space);
	if (!order && len)
		order = memcmp(x->unit.ptr, y->unit.ptr, len);
	return order ? order : compare_numbers(x->unit.len, y->unit.len);
}

static int by_number(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int order = compare_groups(x, y);

	if (!order)
		order = compare_numbers(x->first, y->first);
	if (!order)
		order = compare_numbers(x->by, y->by);
	return order ? order : compare_numbers(x->node, y->node);
}

static bool of_other_overlays(const struct claim *a, const struct claim *b)
{
	return a->by != b->by || a->on != b->on;
}

/* An interrupt can be shared by who is triggered in the same way.  Both have as many cells as their controller says. */
static bool same_trigger(const struct claim *a, const struct claim *b)
{
	return a->specifier.n == b->specifier.n &&
	       memcmp(a->specifier.at, b->specifier.at, a->specifier.n * (size_t)4) == 0;
}

static bool conflict(const struct claim *a, const struct claim *b)
{
	return a->last >= b->first && of_other_overlays(a, b) && a->node != b->node &&
	       !(a->kind == UNIT && a->first && b->first) &&
	       !(a->kind == INTERRUPT && same_trigger(a, b));
}

/* Of those before in the group, the one that reaches furthest, and of those of other overlays than that the one that
 * does. */
struct before {
	const struct claim *furthest, *other;
};

static void note(struct before *before, const struct claim *claim)
{
	if (!before->furthest || claim->last > before->furthest->last) {
		if (before->furthest && of_other_overlays(before->furthest, claim))
			before->other = before->furthest;
		before->furthest = claim;
	} else if (of_other_overlays(before->furthest, claim) &&
		   (!before->other || claim->last > before->other->last)) {
		before->other = claim;
	}
}

static void compare_all(struct claims *c)
{
	struct before before = { 0 };

	if (c->n)
		qsort(c->list, c->n, sizeof(*c->list), by_number);
	for (size_t i = 0; i < c->n; i++) {
		const struct claim *claim = &c->list[i];

		if (i && compare_groups(claim - 1, claim) != 0)
			before = (struct before){ 0 };
		if (before.furthest && conflict(before.furthest, claim))
			report(c, before.furthest, claim);
		else if (before.other && conflict(before.other, claim))
			report(c, before.other, claim);
		note(&before, claim);
	}
}

void claims_check(struct findings *f)
{
	struct claims c = { .f = f, .tree = f->tree };

	c.since = grow_new(f->diags, ovl_tree_used(f->tree) / sizeof(uint32_t) + 1, sizeof(*c.since));
	find_all(&c);
	compare_all(&c);
	free(c.since);
	free(c.list);
}
