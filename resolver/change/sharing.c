/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* sharing.c - registers and interrupts that nodes which are switched on share with others, see
 * sharing.h.
 * Registers are compared as the CPU sees them, interrupts at the controller where they end, without
 * the cells that say how they are triggered.  Everything is gathered once and sorted: a tree takes
 * O(n log n), whatever it holds.  Rules: DTSpec 2.3.6 (reg), 2.4 (interrupts). */
#include "sharing.h"

#include <inttypes.h>
#include <stdlib.h>

#include "decode.h"
#include "grow.h"
#include "text.h"

/* Of one region that is switched on; and of all that is shared. */
enum { MOST_COMPARED = 16, MOST_REPORTED = 20 };

struct region {
	uint64_t first, last;
	ovl_node node;
	bool fresh; /* its node is switched on */
};

/* An interrupt of a controller. */
struct line {
	ovl_node controller;
	uint64_t number;
	ovl_node node;
	bool fresh;
};

struct sharing {
	struct diags *diags;
	const struct stack *stack;
	const struct ovl_tree *tree;
	struct region *regions;
	size_t n_regions, region_room;
	uint64_t *reach; /* a tree of the largest `last`: leaf i of `leaves` is reach[leaves + i] */
	size_t leaves;
	struct line *lines;
	size_t n_lines, line_room;
	unsigned int n_reported;
	ovl_node told, told_other; /* the pair reported last: registers come in many parts */
};

/* ---------------------------------------------------------------- gathering */

/* Memory is there to be shared: reserved-memory and frame buffers lie in it. */
static void gather_regions(struct sharing *s, ovl_node node, bool fresh)
{
	ovl_node bus = ovl_node_parent(s->tree, node);
	struct entries entries;
	struct reg_entry reg;
	uint64_t size;

	if (!entries_open(&entries, s->tree, node, "reg") || tree_is_memory(s->tree, node))
		return;
	while (reg_next(&entries, &reg)) {
		struct place place = decode_place(s->tree, bus, reg.address);
		struct region region = { .first = place.address, .last = UINT64_MAX, .node = node,
					 .fresh = fresh };

		if (place.reach != REACH_CPU || !run_number(reg.size, &size) || !size)
			continue;
		if (size - 1 < UINT64_MAX - region.first)
			region.last = region.first + size - 1;
		s->regions = grow(s->diags, s->regions, &s->region_room, s->n_regions + 1, sizeof(*s->regions));
		s->regions[s->n_regions++] = region;
	}
}

static void add_line(struct sharing *s, const struct interrupt *in, ovl_node node, bool fresh)
{
	s->lines = grow(s->diags, s->lines, &s->line_room, s->n_lines + 1, sizeof(*s->lines));
	s->lines[s->n_lines++] = (struct line){
		.controller = in->controller, .number = line_number(in->input), .node = node, .fresh = fresh,
	};
}

static void gather_lines(struct sharing *s, ovl_node node, bool fresh)
{
	struct entries entries;
	struct interrupt in;

	if (!entries_open(&entries, s->tree, node, "interrupts-extended") &&
	    !entries_open(&entries, s->tree, node, "interrupts"))
		return;
	while (interrupt_next(&entries, &in))
		if (in.controller)
			add_line(s, &in, node, fresh);
}

/* ---------------------------------------------------------------- registers */

static bool is_above(const struct ovl_tree *tree, ovl_node above, ovl_node node)
{
	while (node && node != above)
		node = ovl_node_parent(tree, node);
	return node;
}

static bool may_report(struct sharing *s)
{
	return s->n_reported++ < MOST_REPORTED;
}

static void report_overlap(struct sharing *s, const struct region *a, const struct region *b)
{
	struct diag_place at = { .file = s->stack->base->name };
	struct text on = { 0 }, other = { 0 };

	text_path(&on, s->tree, a->node);
	text_path(&other, s->tree, b->node);
	if (may_report(s)) {
		diag_warning(s->diags, &at, MSG_REG_OVERLAPS, text_of(&on), text_of(&other));
		diag_note(s->diags, &at,
			  "0x%" PRIx64 " to 0x%" PRIx64 ", and 0x%" PRIx64 " to 0x%" PRIx64,
			  a->first, a->last, b->first, b->last);
	}
	text_free(&on);
	text_free(&other);
}

static int by_first(const void *a, const void *b)
{
	const struct region *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

static void build_reach(struct sharing *s)
{
	for (s->leaves = 1; s->leaves < s->n_regions; s->leaves *= 2)
		;
	s->reach = grow_new(s->diags, s->leaves * 2, sizeof(*s->reach));
	for (size_t i = 0; i < s->n_regions; i++)
		s->reach[s->leaves + i] = s->regions[i].last;
	for (size_t i = s->leaves - 1; i; i--)
		s->reach[i] = s->reach[2 * i] > s->reach[2 * i + 1] ? s->reach[2 * i]
								    : s->reach[2 * i + 1];
}

/* The first region from i on that reaches up to an address; n_regions and more when none does. */
static size_t next_reaching(const struct sharing *s, size_t i, uint64_t address)
{
	if (i >= s->n_regions)
		return i;
	/* Up from right branches, and over to the next one. */
	for (i += s->leaves; i && s->reach[i] < address; i += i != 0)
		while (i & 1)
			i >>= 1;
	if (!i)
		return s->n_regions;
	while (i < s->leaves) {
		i *= 2;
		i += s->reach[i] < address;
	}
	return i - s->leaves;
}

/* A node lies within those above it, and of two that are switched on the one that comes first has
 * told of it. */
static bool clashes(const struct sharing *s, size_t i, size_t j)
{
	const struct region *a = &s->regions[i], *b = &s->regions[j];

	return a->node != b->node && !(b->fresh && j < i) && !is_above(s->tree, a->node, b->node) &&
	       !is_above(s->tree, b->node, a->node);
}

static void compare_region(struct sharing *s, size_t i)
{
	const struct region *a = &s->regions[i];
	size_t j = 0;

	for (int n = 0; n < MOST_COMPARED; n++, j++) {
		j = next_reaching(s, j, a->first);
		if (j >= s->n_regions || s->regions[j].first > a->last)
			return;
		if (!clashes(s, i, j) ||
		    (s->told == a->node && s->told_other == s->regions[j].node))
			continue;
		s->told = a->node;
		s->told_other = s->regions[j].node;
		report_overlap(s, a, &s->regions[j]);
	}
}

/* ---------------------------------------------------------------- interrupts */

static int compare_lines(const struct line *x, const struct line *y)
{
	if (x->controller != y->controller)
		return x->controller < y->controller ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static int by_line(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = compare_lines(x, y);

	return order ? order : x->node < y->node ? -1 : x->node > y->node;
}

static void report_shared(struct sharing *s, const struct line *a, const struct line *b)
{
	struct diag_place at = { .file = s->stack->base->name };
	struct text on = { 0 }, other = { 0 }, controller = { 0 };

	text_path(&on, s->tree, a->node);
	text_path(&other, s->tree, b->node);
	text_path(&controller, s->tree, a->controller);
	if (may_report(s))
		diag_warning(s->diags, &at, MSG_INTERRUPT_SHARED, text_of(&on), text_of(&other),
			     text_of(&controller));
	text_free(&on);
	text_free(&other);
	text_free(&controller);
}

/* n lines of one interrupt, by node: each node that is switched on, and one other. */
static void compare_shared(struct sharing *s, const struct line *lines, size_t n)
{
	const struct line *first = &lines[0], *last = &lines[n - 1];

	if (first->node == last->node)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct line *other = lines[i].node == first->node ? last : first;
		bool again = i && lines[i].node == lines[i - 1].node;

		/* The first has told of the last. */
		again |= first->fresh && lines[i].node == last->node;
		if (lines[i].fresh && !again)
			report_shared(s, &lines[i], other);
	}
}

static void compare_all_lines(struct sharing *s)
{
	size_t from = 0;

	for (size_t i = 1; i <= s->n_lines; i++) {
		if (i < s->n_lines && compare_lines(&s->lines[from], &s->lines[i]) == 0)
			continue;
		compare_shared(s, &s->lines[from], i - from);
		from = i;
	}
}

/* ---------------------------------------------------------------- all of it */

static void gather(struct sharing *s, const struct enabled *before)
{
	ovl_node root = ovl_node_root(s->tree), node;
	size_t i = 0;

	for (node = root; node; node = tree_next(s->tree, root, node), i++) {
		bool fresh = !before->on[i];

		if (!enable_is_on(s->tree, node))
			continue;
		gather_regions(s, node, fresh);
		gather_lines(s, node, fresh);
	}
}

static void compare(struct sharing *s)
{
	struct diag_place at = { .file = s->stack->base->name };

	if (s->n_regions)
		qsort(s->regions, s->n_regions, sizeof(*s->regions), by_first);
	if (s->n_lines)
		qsort(s->lines, s->n_lines, sizeof(*s->lines), by_line);
	build_reach(s);
	for (size_t i = 0; i < s->n_regions; i++)
		if (s->regions[i].fresh)
			compare_region(s, i);
	if (s->n_lines)
		compare_all_lines(s);
	if (s->n_reported > MOST_REPORTED)
		diag_remark(s->diags, &at, "and %u more such", s->n_reported - MOST_REPORTED);
}

void sharing_warn(struct diags *diags, const struct stack *stack, const struct enabled *before)
{
	struct sharing s = { .diags = diags, .stack = stack, .tree = &stack->tree };

	gather(&s, before);
	compare(&s);
	free(s.regions);
	free(s.reach);
	free(s.lines);
}
