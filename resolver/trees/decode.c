/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* decode.c - entries of reg, ranges, interrupts and the maps, and where they lead, see decode.h.
 * Rules: DTSpec 2.3.5 to 2.3.9 and 2.4; for three address cells, whose first is a kind of space, and
 * for iommu-map and msi-map the PCI bindings. */
#include "decode.h"

#include <string.h>

#include "tags.h"

/* More cells than this nobody has; ranges and maps with more entries than these are not searched,
 * so that a tree of nothing but such takes no time. */
enum { MOST_CELLS = 64, MOST_SEARCHED = 256, MOST_HOPS = 64, MOST_MAPS = 8 };

bool cell_in(const struct ovl_tree *tree, ovl_node node, const char *name, uint32_t *cell)
{
	struct ovl_prop p;

	if (!ovl_prop_find(tree, node, ovl_str(name), &p) || p.len != 4)
		return false;
	*cell = ovl_prop_cell(&p, 0);
	return true;
}

/* The value of a symbol, which may be called anything, need not be stored. */
const char *text_in(const struct ovl_tree *tree, ovl_node node, const char *name)
{
	struct ovl_prop p;

	if (!ovl_prop_find(tree, node, ovl_str(name), &p) || !p.value || !p.len || p.value[p.len - 1])
		return NULL;
	return (const char *)p.value;
}

uint32_t run_cell(struct cell_run run, uint32_t i)
{
	return i < run.n ? be32(run.at + (size_t)i * 4) : 0;
}

bool run_number(struct cell_run run, uint64_t *number)
{
	*number = 0;
	for (uint32_t i = 0; i < run.n; i++) {
		if (*number >> 32)
			return false;
		*number = *number << 32 | run_cell(run, i);
	}
	return true;
}

uint64_t line_number(struct cell_run run)
{
	return run.n > 2 ? (uint64_t)run_cell(run, 0) << 32 | run_cell(run, 1) : run_cell(run, 0);
}

/* A count of cells as a node gives it; otherwise when it has none, MOST_CELLS when it is absurd. */
static uint32_t count_of(const struct ovl_tree *tree, ovl_node node, const char *name,
			 uint32_t otherwise)
{
	uint32_t n;

	if (!node || !cell_in(tree, node, name, &n))
		return otherwise;
	return n > MOST_CELLS ? MOST_CELLS : n;
}

uint32_t address_cells(const struct ovl_tree *tree, ovl_node node)
{
	return count_of(tree, node, "#address-cells", 2);
}

uint32_t size_cells(const struct ovl_tree *tree, ovl_node node)
{
	return count_of(tree, node, "#size-cells", 1);
}

/* ---------------------------------------------------------------- entries */

bool entries_open(struct entries *e, const struct ovl_tree *tree, ovl_node node, const char *name)
{
	*e = (struct entries){ .tree = tree, .node = node };
	if (!ovl_prop_find(tree, node, ovl_str(name), &e->prop) || !e->prop.value)
		return false;
	e->n = e->prop.len / 4;
	if (e->prop.len % 4) {
		e->n = 0;
		e->end = ENTRIES_NOT_CELLS;
	}
	return true;
}

static bool stop(struct entries *e, enum entries_end end)
{
	e->end = end;
	e->at = e->n;
	return false;
}

/* Whether a further entry of so many cells is there. */
static bool is_whole(struct entries *e, uint32_t wanted)
{
	if (e->at == e->n)
		return false;
	e->wanted = wanted;
	if (!wanted) {
		e->count = "#address-cells and #size-cells";
		return stop(e, ENTRIES_EMPTY);
	}
	if (wanted > e->n - e->at)
		return stop(e, ENTRIES_CUT);
	return true;
}

static struct cell_run take(struct entries *e, uint32_t n)
{
	struct cell_run run = { e->prop.value + (size_t)e->at * 4, n };

	e->at += n;
	return run;
}

/* The count that a node has to give. */
static bool needs_count(struct entries *e, ovl_node provider, const char *name, uint32_t *n)
{
	*n = count_of(e->tree, provider, name, ~0u);
	if (*n != ~0u)
		return true;
	e->provider = provider;
	e->count = name;
	return stop(e, ENTRIES_NO_COUNT);
}

/* The node that the next cell is the phandle of. */
static bool take_node(struct entries *e, ovl_node *node)
{
	e->phandle = run_cell(take(e, 1), 0);
	*node = ovl_node_by_phandle(e->tree, e->phandle);
	if (!*node)
		return stop(e, ENTRIES_NO_NODE);
	return true;
}

void entries_problem(const struct entries *e, struct text *to)
{
	switch (e->end) {
	case ENTRIES_WHOLE:
		break;
	case ENTRIES_NOT_CELLS:
		text_add(to, "its length, %u, is not that of cells", e->prop.len);
		break;
	case ENTRIES_CUT:
		text_add(to, "an entry has %u cells, and fewer are left", e->wanted);
		break;
	case ENTRIES_EMPTY:
		text_add(to, "by %s it has no cells", e->count);
		break;
	case ENTRIES_NO_NODE:
		text_add(to, "no node has phandle 0x%x", e->phandle);
		break;
	case ENTRIES_NO_COUNT:
		text_path(to, e->tree, e->provider);
		text_add(to, " has no %s", e->count);
		break;
	case ENTRIES_NO_PARENT:
		text_add(to, "no node above has #interrupt-cells or an interrupt-parent");
		break;
	}
}

/* ---------------------------------------------------------------- addresses */

bool reg_next(struct entries *e, struct reg_entry *reg)
{
	ovl_node bus = ovl_node_parent(e->tree, e->node);
	uint32_t n_address = address_cells(e->tree, bus), n_size = size_cells(e->tree, bus);

	if (!is_whole(e, n_address + n_size))
		return false;
	reg->address = take(e, n_address);
	reg->size = take(e, n_size);
	return true;
}

bool range_next(struct entries *e, struct range_entry *range)
{
	uint32_t n_child = address_cells(e->tree, e->node), n_size = size_cells(e->tree, e->node);
	uint32_t n_parent = address_cells(e->tree, ovl_node_parent(e->tree, e->node));

	if (!is_whole(e, n_child + n_parent + n_size))
		return false;
	range->child = take(e, n_child);
	range->parent = take(e, n_parent);
	range->size = take(e, n_size);
	return true;
}

bool spot_read(struct cell_run run, struct spot *spot)
{
	*spot = (struct spot){ .space = run.n == 3 ? run_cell(run, 0) : 0 };
	if (run.n == 3)
		run = (struct cell_run){ run.at + 4, 2 };
	return run.n && run_number(run, &spot->offset);
}

static bool is_pci(const struct ovl_tree *tree, ovl_node bus)
{
	const char *type = text_in(tree, bus, "device_type");

	return type && (strcmp(type, "pci") == 0 || strcmp(type, "pciex") == 0);
}

/* Of the first cell of a PCI address: configuration, I/O or memory of 32 or 64 bits, which is one
 * space. */
static uint32_t pci_space(uint32_t cell)
{
	uint32_t space = cell >> 24 & 3;

	return space == 3 ? 2 : space;
}

static bool same_space(bool pci, uint32_t a, uint32_t b)
{
	return pci ? pci_space(a) == pci_space(b) : a == b;
}

/* Through one bus, from the addresses below it to its own parent's. */
static enum reach through(const struct ovl_tree *tree, ovl_node bus, const char *ranges, struct spot *spot)
{
	struct range_entry range;
	struct entries e;
	bool pci = is_pci(tree, bus);

	if (!entries_open(&e, tree, bus, ranges))
		return strcmp(ranges, "ranges") == 0 ? REACH_NO_RANGES : REACH_CPU;
	if (!e.prop.len)
		return REACH_CPU;
	for (int i = 0; i < MOST_SEARCHED && range_next(&e, &range); i++) {
		struct spot child, parent;
		uint64_t size;

		if (!spot_read(range.child, &child) || !spot_read(range.parent, &parent) ||
		    !run_number(range.size, &size))
			return REACH_UNKNOWN;
		if (!same_space(pci, child.space, spot->space) || spot->offset < child.offset ||
		    spot->offset - child.offset >= size)
			continue;
		spot->space = parent.space;
		spot->offset = parent.offset + (spot->offset - child.offset);
		return REACH_CPU;
	}
	return e.end == ENTRIES_WHOLE && e.at == e.n ? REACH_OUTSIDE : REACH_UNKNOWN;
}

struct place decode_place(const struct ovl_tree *tree, ovl_node bus, struct cell_run address)
{
	return decode_place_in(tree, bus, address, "ranges", ovl_node_root(tree));
}

struct place decode_place_in(const struct ovl_tree *tree, ovl_node bus, struct cell_run address,
			     const char *ranges, ovl_node above)
{
	struct place place = { .reach = REACH_CPU, .at = bus };
	struct spot spot;

	if (!bus || !spot_read(address, &spot)) {
		place.reach = REACH_UNKNOWN;
		return place;
	}
	while (place.at != above) {
		if (address.n == 3 && is_pci(tree, place.at) && !pci_space(spot.space))
			place.reach = REACH_CONFIG;
		else
			place.reach = through(tree, place.at, ranges, &spot);
		if (place.reach != REACH_CPU)
			return place;
		place.at = ovl_node_parent(tree, place.at);
	}
	place.at = OVL_NONE;
	place.address = spot.offset;
	return place;
}

/* ---------------------------------------------------------------- interrupts */

static bool has(const struct ovl_tree *tree, ovl_node node, const char *name)
{
	struct ovl_prop p;

	return ovl_prop_find(tree, node, ovl_str(name), &p);
}

/* What a node without #interrupt-cells has as its parent is only passed through.  *phandle is what led last from one
 * node to another, or to none. */
static ovl_node parent_by(const struct ovl_tree *tree, ovl_node node, uint32_t *phandle)
{
	struct ovl_prop p;

	for (int hops = 0; node && hops < MOST_HOPS; hops++) {
		if (ovl_prop_find(tree, node, ovl_str("interrupt-parent"), &p))
			node = ovl_node_by_phandle(tree, *phandle = ovl_prop_cell(&p, 0));
		else
			node = ovl_node_parent(tree, node);
		if (node && has(tree, node, "#interrupt-cells"))
			return node;
	}
	return OVL_NONE;
}

ovl_node interrupt_parent(const struct ovl_tree *tree, ovl_node node)
{
	uint32_t phandle;

	return parent_by(tree, node, &phandle);
}

uint32_t interrupt_address_cells(const struct ovl_tree *tree, ovl_node parent)
{
	return count_of(tree, parent, "#address-cells", 0);
}

bool interrupt_map_next(struct entries *e, struct interrupt_map_entry *m)
{
	uint32_t n_address = address_cells(e->tree, e->node), n_specifier, n_parent;

	if (e->at == e->n || !needs_count(e, e->node, "#interrupt-cells", &n_specifier) ||
	    !is_whole(e, n_address + n_specifier + 1))
		return false;
	m->child_address = take(e, n_address);
	m->child_specifier = take(e, n_specifier);
	if (!take_node(e, &m->parent) || !needs_count(e, m->parent, "#interrupt-cells", &n_parent))
		return false;
	n_address = interrupt_address_cells(e->tree, m->parent);
	if (n_address + n_parent > e->n - e->at) {
		e->wanted = n_address + n_parent;
		return stop(e, ENTRIES_CUT);
	}
	m->parent_address = take(e, n_address);
	m->parent_specifier = take(e, n_parent);
	return true;
}

/* An address and a specifier on their way from one nexus to the next. */
struct signal {
	struct cell_run address, specifier;
};

/* Cells that are not there are 0; those that a mask does not have count in full. */
static bool same_masked(struct cell_run a, struct cell_run b, const struct ovl_prop *mask,
			uint32_t mask_at, bool masked)
{
	for (uint32_t i = 0; i < b.n; i++) {
		uint32_t bits = masked ? ovl_prop_cell(mask, mask_at + i) : ~0u;

		if ((run_cell(a, i) ^ run_cell(b, i)) & bits)
			return false;
	}
	return true;
}

/* Through the interrupt-map of one nexus; OVL_NONE when it has no entry for the signal. */
static ovl_node map_signal(const struct ovl_tree *tree, ovl_node nexus, struct signal *signal)
{
	struct interrupt_map_entry m;
	struct ovl_prop mask;
	struct entries e;
	bool masked = ovl_prop_find(tree, nexus, ovl_str("interrupt-map-mask"), &mask);

	entries_open(&e, tree, nexus, "interrupt-map");
	for (int i = 0; i < MOST_SEARCHED && interrupt_map_next(&e, &m); i++) {
		if (!same_masked(signal->address, m.child_address, &mask, 0, masked) ||
		    !same_masked(signal->specifier, m.child_specifier, &mask, m.child_address.n,
				 masked))
			continue;
		*signal = (struct signal){ m.parent_address, m.parent_specifier };
		return m.parent;
	}
	return OVL_NONE;
}

void interrupt_follow(const struct ovl_tree *tree, struct cell_run address, struct interrupt *in)
{
	struct signal signal = { address, in->specifier };
	ovl_node node = in->parent, next;

	for (int hops = 0; has(tree, node, "interrupt-map"); hops++, node = next) {
		next = hops < MOST_MAPS ? map_signal(tree, node, &signal) : OVL_NONE;
		if (!next) {
			in->lost = node;
			return;
		}
	}
	in->controller = node;
	in->input = signal.specifier;
}

static bool take_interrupt(struct entries *e, struct interrupt *in)
{
	struct cell_run address = { 0 };
	struct ovl_prop reg;
	uint32_t n;

	if (!needs_count(e, in->parent, "#interrupt-cells", &n))
		return false;
	e->wanted = n;
	e->count = "#interrupt-cells";
	if (!n)
		return stop(e, ENTRIES_EMPTY);
	if (n > e->n - e->at)
		return stop(e, ENTRIES_CUT);
	in->specifier = take(e, n);
	if (ovl_prop_find(e->tree, e->node, ovl_str("reg"), &reg) && reg.value)
		address = (struct cell_run){ reg.value, reg.len / 4 };
	interrupt_follow(e->tree, address, in);
	return true;
}

bool interrupt_next(struct entries *e, struct interrupt *in)
{
	*in = (struct interrupt){ .parent = OVL_NONE };
	if (e->at == e->n)
		return false;
	if (strcmp(e->prop.name, "interrupts-extended") != 0) {
		e->phandle = 0;
		in->parent = parent_by(e->tree, e->node, &e->phandle);
		if (!in->parent)
			return stop(e, e->phandle && !ovl_node_by_phandle(e->tree, e->phandle) ? ENTRIES_NO_NODE
											       : ENTRIES_NO_PARENT);
		return take_interrupt(e, in);
	}
	if (!run_cell((struct cell_run){ e->prop.value, e->n }, e->at)) {
		e->at++;
		return true;
	}
	return take_node(e, &in->parent) && take_interrupt(e, in);
}

/* ---------------------------------------------------------------- requester ids */

/* Whether each of the entries, with ids of so many cells, has a node, which takes as many when they are two. */
static bool ids_fit(const struct entries *e, uint32_t id_cells)
{
	struct cell_run all = { e->prop.value, e->n };
	uint32_t entry = 3 + id_cells, n;

	if (e->n % entry)
		return false;
	for (uint32_t at = 0; at < e->n; at += entry) {
		ovl_node node = ovl_node_by_phandle(e->tree, run_cell(all, at + 1));

		if (!node || (id_cells == 2 && !(cell_in(e->tree, node, "#iommu-cells", &n) && n == 2)))
			return false;
	}
	return true;
}

/* Arm's IOMMUs have a mask behind an id, which most maps leave out. */
bool id_map_next(struct entries *e, struct id_map_entry *m)
{
	struct cell_run run;

	if (!e->id_cells)
		e->id_cells = !ids_fit(e, 1) && ids_fit(e, 2) ? 2 : 1;
	if (!is_whole(e, 3 + e->id_cells))
		return false;
	run = take(e, 3 + e->id_cells);
	*m = (struct id_map_entry){ .first = run_cell(run, 0),
				    .phandle = run_cell(run, 1),
				    .output = run_cell(run, 2),
				    .length = run_cell(run, run.n - 1),
				    .masked = run.n > 4 };
	if (m->masked)
		m->mask = run_cell(run, 3);
	m->node = m->phandle ? ovl_node_by_phandle(e->tree, m->phandle) : OVL_NONE;
	return true;
}
