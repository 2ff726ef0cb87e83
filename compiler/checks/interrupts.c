/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* interrupts.c - checks: interrupts, the nodes that take them, and maps of them (DTSpec 2.4). */
#include <string.h>

#include "check.h"
#include "layout.h"

/* What these checks look for in a node. */
struct words {
	const struct name *interrupts, *parent, *controller, *cells, *map, *mask, *address;
};

static struct words words_of(const struct checks *c)
{
	return (struct words){
		.interrupts = check_name(c, "interrupts"),
		.parent = check_name(c, "interrupt-parent"),
		.controller = check_name(c, "interrupt-controller"),
		.cells = check_name(c, "#interrupt-cells"),
		.map = check_name(c, "interrupt-map"),
		.mask = check_name(c, "interrupt-map-mask"),
		.address = check_name(c, "#address-cells"),
	};
}

static bool takes_interrupts(const struct node *n, const struct words *w)
{
	return check_get(n, w->controller) || check_get(n, w->map);
}

static uint32_t cell_of(const struct prop *p)
{
	return p && p->value.len == 4 ? cell_get(p->value.bytes) : 0;
}

/* interrupts_extended_is_cell has told it. */
static bool is_no_count(const struct prop *p)
{
	return p && p->value.len != 4;
}

static bool refers_to_nothing(uint32_t cell)
{
	return cell == 0 || cell == UINT32_MAX;
}

/* An overlay may say no more of it than what it changes. */
static bool lacks_taker(const struct checks *c, const struct node *n, const struct words *w)
{
	return !takes_interrupts(n, w) && !layout_is_part(c, n);
}

/* ---------------------------------------------------------------- interrupts */

enum found { FOUND, NOT_FOUND, SAID };

/* For the nodes below each node: the nearest one, from it upwards, that takes interrupts or has an
 * interrupt-parent. */
static void note_nearest(struct checks *c, const struct words *w)
{
	for_each_device(c, n)
		n->nearest = takes_interrupts(n, w) || check_get(n, w->parent) ? n : n->parent ? n->parent->nearest : NULL;
}

static void forget_nearest(struct checks *c)
{
	for_each_device(c, n)
		n->nearest = NULL;
}

/* The node that the interrupt-parent p of n refers to. */
static enum found follow_parent(struct checks *c, const struct words *w, const struct node *n,
				const struct prop *p, const struct node **to)
{
	uint32_t phandle = cell_of(p);

	if (p->value.len != 4) {
		check_prop(c, n, p, "it has %u bytes, and a phandle has 4", p->value.len);
		return SAID;
	}
	if (refers_to_nothing(phandle) && c->tree->plugin)
		return SAID;
	*to = node_by_phandle(c->tree, phandle);
	if (!*to) {
		if (!layout_is_part(c, n))
			check_prop(c, n, p, "no node has the phandle 0x%x", phandle);
		/* dtc goes on to say that the parent lacks when this is no phandle at all. */
		return c->diags->style == DIAG_DTC && refers_to_nothing(phandle) ? NOT_FOUND : SAID;
	}
	if (lacks_taker(c, *to, w)) {
		check_node(c, *to, "it is an interrupt-parent, but has neither interrupt-controller nor "
			   "interrupt-map");
		check_note(c, n->pos, "of '%s'", n->name->text);
	}
	return FOUND;
}

/* The node that takes the interrupts of n: said by the nearest interrupt-parent, or the nearest one above
 * that takes any. */
static enum found find_parent(struct checks *c, const struct words *w, const struct node *n,
			      const struct node **to)
{
	const struct prop *p = check_get(n, w->parent);
	const struct node *at = p ? n : n->parent ? n->parent->nearest : NULL;

	*to = at;
	if (!at)
		return NOT_FOUND;
	if (at != n && takes_interrupts(at, w))
		return FOUND;
	return follow_parent(c, w, at, check_get(at, w->parent), to);
}

void check_interrupts_property(struct checks *c)
{
	struct words w = words_of(c);

	if (!w.interrupts)
		return;
	note_nearest(c, &w);
	for_each_device(c, n) {
		const struct prop *p = check_get(n, w.interrupts), *cells;
		const struct node *to = NULL;
		enum found found;

		if (!p)
			continue;
		if (p->value.len % 4)
			check_prop(c, n, p, "it has %u bytes, which is no number of cells", p->value.len);
		found = find_parent(c, &w, n, &to);
		/* What an overlay's node inherits stands in the base. */
		if (found == NOT_FOUND && !layout_is_part(c, n))
			check_node(c, n, "neither it nor a node above it has an interrupt-parent");
		cells = found == FOUND ? check_get(to, w.cells) : NULL;
		if (!cells || cells->value.len != 4 || p->value.len % 4)
			continue;
		if (cell_of(cells) ? p->value.len % ((uint64_t)cell_of(cells) * 4) != 0 : p->value.len != 0)
			check_prop(c, n, p, "it has %u bytes; with #interrupt-cells = %u of %s an entry has %llu",
				   p->value.len, cell_of(cells), node_path(c->tree, to, NULL),
				   (unsigned long long)cell_of(cells) * 4);
	}
	forget_nearest(c);
}

void check_interrupt_provider(struct checks *c)
{
	struct words w = words_of(c);

	if (!w.cells && !w.controller && !w.map)
		return;
	for_each_device(c, n) {
		const struct prop *cells = check_get(n, w.cells);

		if (layout_is_part(c, n))
			continue;
		if (cells && !takes_interrupts(n, &w))
			check_node(c, n, "it has #interrupt-cells, but neither interrupt-controller nor interrupt-map");
		else if (!cells && takes_interrupts(n, &w))
			check_node(c, n, "it takes interrupts, but has no #interrupt-cells");
	}
}

/* ---------------------------------------------------------------- interrupt-map */

/* The cells of one entry from the reference at cell on, which the node it leads to says; false when the rest
 * of the map makes no sense. */
static bool map_target(struct checks *c, const struct words *w, const struct node *n, const struct prop *p,
		       uint64_t cell, uint64_t *width)
{
	uint32_t phandle = cell_get(p->value.bytes + cell * 4);
	const struct node *to = node_by_phandle(c->tree, phandle);
	const struct prop *says;

	if (refers_to_nothing(phandle) && c->tree->plugin)
		return false;
	if (!to) {
		if (!layout_is_part(c, n))
			check_prop(c, n, p, "cell %llu: no node has the phandle 0x%x", (unsigned long long)cell,
				   phandle);
		return false;
	}
	says = check_get(to, w->cells);
	if (!says && !layout_is_part(c, to))
		check_prop(c, n, p, "cell %llu: %s has no #interrupt-cells", (unsigned long long)cell,
			   node_path(c->tree, to, NULL));
	if (!says || is_no_count(says) || (layout_is_part(c, to) && !check_get(to, w->address)))
		return false;
	*width = 1 + (uint64_t)cell_of(says) + cell_of(check_get(to, w->address));
	return true;
}

static void check_map(struct checks *c, const struct words *w, const struct node *n, const struct prop *p)
{
	const struct prop *mask = check_get(n, w->mask);
	uint64_t own = (uint64_t)n->addr_cells + cell_of(check_get(n, w->cells)), cell = 0, width;
	uint64_t end = p->value.len / 4;

	if (is_no_count(check_get(n, w->cells)))
		return;
	if (mask && mask->value.len != own * 4)
		check_prop(c, n, mask, "it has %u bytes; with #address-cells = %d and the #interrupt-cells it has %llu",
			   mask->value.len, n->addr_cells, (unsigned long long)own * 4);
	if (p->value.len % 4) {
		check_prop(c, n, p, "it has %u bytes, which is no number of cells", p->value.len);
		return;
	}
	while (cell < end) {
		if (end - cell <= own) {
			check_prop(c, n, p, "cell %llu: an entry has more than %llu cells, and %llu are left",
				   (unsigned long long)cell, (unsigned long long)own,
				   (unsigned long long)(end - cell));
			return;
		}
		cell += own;
		if (!map_target(c, w, n, p, cell, &width))
			return;
		if (width > end - cell) {
			check_prop(c, n, p, "cell %llu: %llu cells belong to this reference, and %llu follow",
				   (unsigned long long)cell, (unsigned long long)width - 1,
				   (unsigned long long)(end - cell - 1));
			return;
		}
		cell += width;
	}
}

void check_interrupt_map(struct checks *c)
{
	struct words w = words_of(c);

	if (!w.map)
		return;
	for_each_device(c, n) {
		const struct prop *p = check_get(n, w.map);

		if (!p || (layout_is_part(c, n) && (n->addr_cells < 0 || !check_get(n, w.cells))))
			continue;
		if (n->addr_cells >= 0)
			check_map(c, &w, n, p);
		else if (c->diags->style == DIAG_DTC || !check_get(n, w.address))
			check_node(c, n, "it has an interrupt-map, but does not say #address-cells");
	}
}
