/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* cells.c - checks: #address-cells and #size-cells, and what they lay out: reg, ranges, dma-ranges, and the
 * unit addresses in names (DTSpec 2.2.1, 2.3.5, 2.3.6, 2.3.8, 2.3.9).
 * A node that does not say its counts has 2 and 1 by the rule.  In an overlay it may have others, in the
 * base that it will land in: nothing is said about what only a guess would tell. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "layout.h"

/* ---------------------------------------------------------------- counts */

/* In place of a count: the node says none, or none that makes sense. */
enum { UNSAID = -1, UNUSABLE = -2 };

/* A count too large for any value stays too large; dtc takes 0xffffffff for none said. */
static int count_of(const struct checks *c, const struct node *node, const struct name *name)
{
	const struct prop *p = check_get(node, name);
	uint32_t count;

	if (!p)
		return UNSAID;
	if (p->value.len != 4)
		return UNUSABLE;
	count = cell_get(p->value.bytes);
	if (count > INT32_MAX)
		return c->diags->style == DIAG_DTC ? UNSAID : INT32_MAX;
	return (int)count;
}

void check_addr_size_cells(struct checks *c)
{
	const struct name *address = check_name(c, "#address-cells");
	const struct name *size = check_name(c, "#size-cells");

	if (!address && !size)
		return;
	for_each_checked(c, n) {
		n->addr_cells = count_of(c, n, address);
		n->size_cells = count_of(c, n, size);
	}
}

/* Whether some node says both. */
static bool any_counts(const struct checks *c)
{
	return check_name(c, "#address-cells") && check_name(c, "#size-cells");
}

void layout_find_parts(struct checks *c)
{
	const struct name *overlay = check_name(c, "__overlay__");

	if (!overlay)
		return;
	for_each_checked(c, n) {
		if (!n->parent)
			continue;
		n->in_overlay = n->parent->in_overlay || n->name == overlay;
		/* The fragment stands where the target's parent does. */
		if (n->name == overlay && n->parent->parent)
			n->parent->in_overlay = true;
	}
}

bool layout_is_part(const struct checks *c, const struct node *node)
{
	return node->in_overlay && c->diags->style == DIAG_OWN;
}

bool layout_is_target(const struct checks *c, const struct node *node)
{
	return layout_is_part(c, node) && strcmp(node->name->text, "__overlay__") == 0;
}

bool layout_known(const struct checks *c, const struct node *bus)
{
	if (bus->addr_cells == UNUSABLE || bus->size_cells == UNUSABLE)
		return false;
	return !layout_is_part(c, bus) || (bus->addr_cells >= 0 && bus->size_cells >= 0);
}

unsigned long long layout_address(const struct node *bus)
{
	return bus->addr_cells < 0 ? 2 : (unsigned long long)bus->addr_cells;
}

unsigned long long layout_size(const struct node *bus)
{
	return bus->size_cells < 0 ? 1 : (unsigned long long)bus->size_cells;
}

static bool fits(uint32_t len, unsigned long long cells)
{
	return cells ? len % (cells * 4) == 0 : len == 0;
}

/* ---------------------------------------------------------------- reg and ranges */

static void check_reg(struct checks *c, const struct node *n, const struct prop *p)
{
	unsigned long long address = layout_address(n->parent), size = layout_size(n->parent);

	if (!p->value.len)
		check_prop(c, n, p, "the property is empty");
	else if (!fits(p->value.len, address + size))
		check_prop(c, n, p, "it has %u bytes; with #address-cells = %llu and #size-cells = %llu "
			   "an entry has %llu", p->value.len, address, size, (address + size) * 4);
}

void check_reg_format(struct checks *c)
{
	const struct name *reg = check_name(c, "reg");

	if (!reg)
		return;
	for_each_device(c, n) {
		const struct prop *p = check_get(n, reg);

		if (p && !n->parent)
			check_prop(c, n, p, "the root has no address");
		else if (p && layout_known(c, n->parent))
			check_reg(c, n, p);
	}
}

/* An empty one says that addresses are the same on both sides. */
static void check_ranges(struct checks *c, const struct node *n, const struct prop *p)
{
	unsigned long long address = layout_address(n), size = layout_size(n);
	unsigned long long above = layout_address(n->parent), cells = above + address + size;

	if (!p->value.len && above != address)
		check_prop(c, n, p, "it is empty, but #address-cells is %llu here and %llu in the parent",
			   address, above);
	if (!p->value.len && layout_size(n->parent) != size)
		check_prop(c, n, p, "it is empty, but #size-cells is %llu here and %llu in the parent",
			   size, layout_size(n->parent));
	if (p->value.len && !fits(p->value.len, cells))
		check_prop(c, n, p, "it has %u bytes; with #address-cells = %llu and #size-cells = %llu here "
			   "and #address-cells = %llu in the parent an entry has %llu",
			   p->value.len, address, size, above, cells * 4);
}

/* c->what: the property's name. */
void check_ranges_format(struct checks *c)
{
	const struct name *name = check_name(c, c->what);

	if (!name)
		return;
	for_each_device(c, n) {
		const struct prop *p = check_get(n, name);

		if (p && !n->parent)
			check_prop(c, n, p, "the root has no bus above it to translate to");
		else if (p && layout_known(c, n) && layout_known(c, n->parent))
			check_ranges(c, n, p);
	}
}

/* ---------------------------------------------------------------- unit addresses */

const char *layout_unit(const struct node *node)
{
	const char *at = strchr(node->name->text, '@');

	return at ? at + 1 : "";
}

/* As %llx writes it. */
static bool is_number(const char *text, unsigned long long number)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 0;

	while (shift < 60 && number >> shift >= 16)
		shift += 4;
	for (; shift >= 0 && *text == digits[number >> shift & 15]; shift -= 4)
		text++;
	return shift < 0 && !*text;
}

void layout_check_unit(struct checks *c, const struct node *node, unsigned long long address)
{
	if (!is_number(layout_unit(node), address))
		check_node(c, node, "its unit address is '%s', but its reg says '%llx'", layout_unit(node), address);
}

void check_unit_address_vs_reg(struct checks *c)
{
	const struct name *reg = check_name(c, "reg"), *ranges = check_name(c, "ranges");
	const struct name *overlay = check_name(c, "__overlay__"), *target = check_name(c, "target");

	for_each_device(c, n) {
		const struct prop *p = check_get(n, reg);

		/* Fragments are numbered, not addressed; and what is outside of them is not applied. */
		if ((overlay && node_child(n, overlay)) ||
		    (c->tree->plugin && c->diags->style == DIAG_OWN && (check_get(n, target) || !n->in_overlay)))
			continue;
		if (!p)
			p = check_get(n, ranges);
		if (p && p->name == ranges && !p->value.len)
			p = NULL;
		if (p && !layout_unit(n)[0] && !layout_is_target(c, n))
			check_node(c, n, "it has '%s', but no unit address in its name", p->name->text);
		else if (!p && layout_unit(n)[0] && !layout_is_part(c, n))
			check_node(c, n, "its name has a unit address, but it has neither reg nor ranges");
	}
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

void check_unit_address_format(struct checks *c)
{
	for_each_checked(c, n) {
		const char *unit = layout_unit(n);

		if (!n->parent || n->parent->bus != BUS_NONE || !unit[0])
			continue;
		if (strncmp(unit, "0x", 2) == 0) {
			check_node(c, n, "a unit address is written without '0x'");
			unit += 2;
		}
		if (unit[0] == '0' && is_hex(unit[1]))
			check_node(c, n, "a unit address is written without leading zeros");
	}
}

static uint64_t hex_value(const char *text)
{
	uint64_t n = 0;

	for (; is_hex(*text); text++)
		n = n << 4 | (uint64_t)(*text <= '9' ? *text - '0' : (*text | 0x20) - 'a' + 10);
	return n;
}

/* Its first address has one cell or two. */
static void check_first_address(struct checks *c, const struct node *n, const struct prop *p)
{
	const char *unit = layout_unit(n);
	uint64_t wanted = hex_value(unit), one, two;

	if (p->value.len < 4 || !unit[0] || unit[strspn(unit, "0123456789abcdefABCDEF")])
		return;
	one = cell_get(p->value.bytes);
	two = p->value.len >= 8 ? one << 32 | cell_get(p->value.bytes + 4) : one;
	if (wanted == one || wanted == two)
		return;
	check_at(c, n, p, p->value.markers ? p->value.markers->pos : p->pos,
		 "its name says unit address '%s', and its reg 0x%llx", unit, (unsigned long long)one);
	check_help(c, "rename the node to '%.*s@%llx', or write reg = <0x%s>", (int)node_base_len(n),
		   n->name->text, (unsigned long long)one, unit);
}

/* An overlay's device whose bus is in the base, which is not here. */
void check_reg_unit_address(struct checks *c)
{
	const struct name *reg = check_name(c, "reg");

	if (!reg || c->only_own || !check_name(c, "__overlay__"))
		return;
	for_each_device(c, n) {
		const struct prop *p;

		if (!layout_is_part(c, n) || layout_known(c, n->parent))
			continue;
		p = check_get(n, reg);
		if (p)
			check_first_address(c, n, p);
	}
}

/* ---------------------------------------------------------------- counts that lack or are idle */

void check_avoid_default_addr_size(struct checks *c)
{
	const struct name *reg = check_name(c, "reg"), *ranges = check_name(c, "ranges");

	if (!reg && !ranges)
		return;
	for_each_device(c, n) {
		if (!n->parent || !layout_known(c, n->parent) ||
		    (n->parent->addr_cells >= 0 && n->parent->size_cells >= 0) ||
		    (!check_get(n, reg) && !check_get(n, ranges)))
			continue;
		if (n->parent->addr_cells < 0)
			check_node(c, n, "its parent does not say #address-cells, "
				   "and the default of 2 is taken");
		if (n->parent->size_cells < 0)
			check_node(c, n, "its parent does not say #size-cells, "
				   "and the default of 1 is taken");
	}
}

void check_avoid_unnecessary_addr_size(struct checks *c)
{
	const struct name *reg = check_name(c, "reg"), *ranges = check_name(c, "ranges");
	const struct name *dma_ranges = check_name(c, "dma-ranges");

	if (!any_counts(c))
		return;
	for_each_device(c, n) {
		/* Children that were deleted were meant to be there. */
		bool used = check_get(n, ranges) || check_get(n, dma_ranges) || !n->first;

		if (!n->parent || n->addr_cells < 0 || n->size_cells < 0 || layout_is_part(c, n))
			continue;
		for (struct node *child = node_live(n->first); child && !used; child = node_live(child->next))
			used = check_get(child, reg) || check_get(child, ranges);
		if (!used)
			check_node(c, n, "#address-cells and #size-cells are set, but no child has a reg "
				   "or ranges, and there are no ranges here");
	}
}

/* ---------------------------------------------------------------- one address, one node */

static bool is_disabled(const struct node *node, const struct name *status)
{
	const struct prop *p = check_get(node, status);

	return p && p->value.len >= 9 && memcmp(p->value.bytes, "disabled", 9) == 0;
}

/* The children of one bus by unit address, each the last that has it. */
struct units {
	const struct node **slots;
	size_t n_slots, room;           /* a power of two */
};

static const struct node **unit_slot(const struct units *units, const char *unit)
{
	uint32_t hash = NAME_HASH;
	size_t i;

	for (const char *c = unit; *c; c++)
		hash = name_hash_more(hash, *c);
	hash *= 0x9e3779b1u;
	i = hash & (units->n_slots - 1);
	while (units->slots[i] && strcmp(layout_unit(units->slots[i]), unit) != 0)
		i = (i + 1) & (units->n_slots - 1);
	return &units->slots[i];
}

/* The room is that of the largest bus so far; each has as much of it cleared as it needs. */
static void clear_units(struct checks *c, struct units *units, const struct node *bus)
{
	size_t n = 0;

	for_each_child(bus, child)
		n++;
	for (units->n_slots = 8; units->n_slots < n * 2; )
		units->n_slots *= 2;
	units->slots = grow(c->diags, units->slots, &units->room, units->n_slots, sizeof(*units->slots));
	memset(units->slots, 0, units->n_slots * sizeof(*units->slots));
}

static void unique_below(struct checks *c, const struct node *bus, const struct name *status,
			 bool enabled_only, struct units *units)
{
	clear_units(c, units, bus);
	for_each_child(bus, child) {
		const char *unit = layout_unit(child);
		const struct node **last;

		if (!unit[0] || (enabled_only && is_disabled(child, status)))
			continue;
		last = unit_slot(units, unit);
		if (*last) {
			check_node(c, *last, "its unit address is also that of '%s'", child->name->text);
			check_note(c, child->pos, "here");
		}
		*last = child;
	}
}

/* c->what: not NULL when disabled nodes are left out. */
void check_unique_unit_address(struct checks *c)
{
	const struct name *status = check_name(c, "status");
	struct units units = { 0 };

	if (!any_counts(c))
		return;
	for_each_checked(c, n)
		if (n->addr_cells >= 0 && n->size_cells >= 0 && n->first && n->first->next)
			unique_below(c, n, status, c->what, &units);
	free(units.slots);
}
