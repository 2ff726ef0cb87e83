/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* extract_regs.c - what reg, ranges and dma-ranges of the outermost nodes become for a guest, see extract.h.
 * An address goes up through the host's buses to the CPU (decode.h), by the map to what the guest's CPU sees, and
 * down through the guest's buses.  What is below the outermost nodes stays as it is, behind their ranges.
 * Rules: DTSpec 2.3.6 to 2.3.9. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "extract.h"

/* ---------------------------------------------------------------- cells */

static bool fits(uint32_t n, uint64_t number)
{
	return n > 1 || number <= (n ? UINT32_MAX : 0);
}

static void put_cells(struct text *to, uint32_t n, uint64_t number)
{
	while (n-- > 0) {
		unsigned char cell[4];

		cell_put(cell, n > 1 ? 0 : (uint32_t)(number >> (32 * n)));
		text_put(to, cell, sizeof(cell));
	}
}

static void put_fitting(struct extract *x, ovl_node node, struct text *to, uint32_t n, uint64_t number)
{
	struct diag_place at = extract_place(x);

	if (!fits(n, number)) {
		diag_error(x->diags, &at, MSG_GUEST_NO_ROOM, extract_path(x, node), (unsigned long long)number,
			   x->target, n);
		extract_fail(x, CONFLICT);
	}
	put_cells(to, n, number);
}

static void put_run(struct text *to, struct cell_run run)
{
	text_put(to, run.at, (size_t)run.n * 4);
}

static void take_value(struct extract *x, struct new_value *value, struct text *from)
{
	void *at = pool_alloc(&x->pool, from->len + 1);

	if (from->len)
		memcpy(at, from->at, from->len);
	*value = (struct new_value){ .set = true, .at = at, .len = (uint32_t)from->len };
	text_free(from);
}

static void tell_problem(struct extract *x, const struct entries *e)
{
	struct text why = { 0 };

	entries_problem(e, &why);
	if (why.len)
		extract_unreadable(x, e->node, e->prop.name, text_of(&why));
	text_free(&why);
}

static bool read_size(struct extract *x, ovl_node node, const char *prop, struct cell_run run, uint64_t *size)
{
	if (run_number(run, size))
		return true;
	extract_unreadable(x, node, prop, "a size in it has more than 64 bits");
	return false;
}

/* ---------------------------------------------------------------- to the guest's bus */

/* What a bus calls the addresses that its parent has at some place: ranges may lead there in more ways than one. */
enum { MOST_WAYS = 8 };

struct ways {
	uint64_t at[MOST_WAYS];
	uint32_t n;
};

static void add_ways(const struct ovl_tree *tree, ovl_node bus, const char *ranges, uint64_t parent_at, uint64_t size,
		     struct ways *to)
{
	struct range_entry range;
	struct entries e;
	bool there = entries_open(&e, tree, bus, ranges);

	/* Without dma-ranges, or with nothing in it, an address stays what it is. */
	if (to->n < MOST_WAYS && (there ? !e.prop.len : strcmp(ranges, "ranges") != 0))
		to->at[to->n++] = parent_at;
	while (there && to->n < MOST_WAYS && range_next(&e, &range)) {
		uint64_t child, parent, len;

		if (!run_number(range.child, &child) || !run_number(range.parent, &parent) ||
		    !run_number(range.size, &len) || parent_at < parent || parent_at - parent >= len ||
		    size > len - (parent_at - parent))
			continue;
		to->at[to->n++] = child + (parent_at - parent);
	}
}

/* Where the target's children see what the guest's CPU sees there; reported when they do not. */
static bool to_bus(struct extract *x, ovl_node node, const char *ranges, uint64_t size, uint64_t *at)
{
	const struct ovl_tree *tree = &x->base.tree;
	struct diag_place place = { .file = x->base_blob.name };
	struct ways ways = { .at = { *at }, .n = 1 };
	ovl_node buses[OVL_MAX_DEPTH];
	struct text path = { 0 };
	uint32_t n = 0;

	for (ovl_node b = x->bus; x->has_base && b != ovl_node_root(tree) && n < OVL_MAX_DEPTH;
	     b = ovl_node_parent(tree, b))
		buses[n++] = b;
	while (n > 0 && ways.n) {
		struct ways down = { .n = 0 };

		n--;
		for (uint32_t i = 0; i < ways.n; i++)
			add_ways(tree, buses[n], ranges, ways.at[i], size, &down);
		ways = down;
	}
	if (ways.n) {
		*at = ways.at[0];
		return true;
	}
	text_path(&path, tree, buses[n]);
	diag_error(x->diags, &place, MSG_GUEST_WINDOW, extract_path(x, node), ranges, text_of(&path),
		   (unsigned long long)*at);
	text_free(&path);
	extract_fail(x, CONFLICT);
	return false;
}

/* What has no size is one address. */
static void no_line(struct extract *x, ovl_node node, uint64_t host, uint64_t size)
{
	struct diag_place at = extract_place(x);
	unsigned long long last = host + (size ? size - 1 : 0);

	diag_error(x->diags, &at, MSG_GUEST_REGION, extract_path(x, node), (unsigned long long)host, last);
	if (last >= host)
		diag_help(x->diags, NULL, "add a line \"reg 0x%" PRIx64 " 0x%" PRIx64 " ADDRESS\" to the map", host,
			  size ? size : 1);
	extract_fail(x, UNRESOLVED);
}

/* ---------------------------------------------------------------- regions */

static void add_region(struct extract *x, ovl_node node, ovl_node outermost, const struct reg_entry *reg)
{
	const struct ovl_tree *tree = &x->host.tree;
	struct place cpu = decode_place(tree, ovl_node_parent(tree, node), reg->address);
	struct extract_region region = { .node = node, .host = cpu.address };

	if (cpu.reach != REACH_CPU || !reg->size.n || !run_number(reg->size, &region.size))
		return;
	if (!map_region(&x->map, region.host, region.size, &region.guest)) {
		no_line(x, node, region.host, region.size);
		return;
	}
	if (node != outermost)
		region.child = decode_place_in(tree, ovl_node_parent(tree, node), reg->address, "ranges",
					       outermost).address;
	x->regions = pool_grow(&x->pool, x->regions, &x->regions_room, x->n_regions + 1, sizeof(region));
	x->regions[x->n_regions++] = region;
}

/* All that the CPU sees of a node that is extracted and of what comes with it. */
static void find_regions(struct extract *x, ovl_node outermost)
{
	const struct ovl_tree *tree = &x->host.tree;
	struct reg_entry reg;
	struct entries e;

	for (ovl_node n = outermost; n; n = tree_next(tree, outermost, n))
		if (x->parts[n].kind == PART_WHOLE)
			for (entries_open(&e, tree, n, "reg"); reg_next(&e, &reg); )
				add_region(x, n, outermost, &reg);
}

/* ---------------------------------------------------------------- reg */

/* Whether an address that ends at its own bus in the host, as on I2C or in PCI's configuration space, does so at the
 * guest's bus: then it is the same there. */
static bool ends_alike(const struct extract *x, ovl_node node, struct cell_run address, const struct place *place)
{
	struct place guest;

	if (!x->has_base || place->reach == REACH_CPU || place->at != ovl_node_parent(&x->host.tree, node) ||
	    address.n != x->n_address)
		return false;
	guest = decode_place(&x->base.tree, x->bus, address);
	return guest.reach == place->reach && guest.at == x->bus;
}

/* dma: by dma-ranges; a bus without them has the addresses of its parent. */
static void tell_unmapped(struct extract *x, ovl_node node, const char *what, bool dma, const struct place *place)
{
	static const char config[] = "is PCI's, and it is in the space of configuration";
	static const char *const why[][2] = {
		[REACH_CPU] = { "gives it no size" },
		[REACH_CONFIG] = { config, config },
		[REACH_NO_RANGES] = { "has no ranges" },
		[REACH_OUTSIDE] = { "has ranges that do not hold it", "has dma-ranges that do not hold it" },
		[REACH_UNKNOWN] = { "has ranges that cannot be read", "has dma-ranges that cannot be read" },
	};
	struct diag_place at = extract_place(x);

	diag_error(x->diags, &at, MSG_GUEST_UNMAPPED, extract_path(x, node), what, extract_path(x, place->at),
		   why[place->reach][dma]);
	diag_help(x->diags, NULL, "extract %s, or say with --base and --target which bus of that kind the guest has",
		  extract_path(x, place->at));
	extract_fail(x, CONFLICT);
}

static void set_unit(struct moved *m, uint64_t unit, uint64_t host_unit)
{
	if (!m->has_unit) {
		m->has_unit = true;
		m->unit = unit;
		m->host_unit = host_unit;
	}
}

static void place_region(struct extract *x, ovl_node node, const struct reg_entry *reg, uint64_t cpu, struct text *to)
{
	uint64_t size, guest, host;

	if (!read_size(x, node, "reg", reg->size, &size) || !map_region(&x->map, cpu, size, &guest) ||
	    !to_bus(x, node, "ranges", size, &guest))
		return;
	set_unit(x->parts[node].moved, guest, run_number(reg->address, &host) ? host : 0);
	put_fitting(x, node, to, x->n_address, guest);
	put_fitting(x, node, to, x->n_size, size);
}

/* False when the entry, and all of reg with it, goes. */
static bool place_entry(struct extract *x, ovl_node node, const struct reg_entry *reg, struct text *to)
{
	const struct ovl_tree *tree = &x->host.tree;
	struct place place = decode_place(tree, ovl_node_parent(tree, node), reg->address);

	if (place.reach == REACH_CPU && !reg->size.n)
		place.at = ovl_node_parent(tree, node);
	if (place.reach == REACH_CPU && reg->size.n) {
		place_region(x, node, reg, place.address, to);
	} else if (ends_alike(x, node, reg->address, &place) && reg->size.n == x->n_size) {
		put_run(to, reg->address);
		put_run(to, reg->size);
	} else if (extract_is_plain(tree, node)) {
		return false;
	} else {
		tell_unmapped(x, node, "its reg", false, &place);
	}
	return true;
}

static void place_reg(struct extract *x, ovl_node node)
{
	struct moved *m = x->parts[node].moved;
	struct text value = { 0 };
	struct reg_entry reg;
	struct entries e;
	bool stays = true;

	if (x->parts[node].kind != PART_WHOLE || !entries_open(&e, &x->host.tree, node, "reg"))
		return;
	while (stays && reg_next(&e, &reg))
		stays = place_entry(x, node, &reg, &value);
	if (stays)
		tell_problem(x, &e);
	take_value(x, &m->reg, &value);
	m->reg.gone = !stays;
}

/* ---------------------------------------------------------------- ranges */

struct window {
	uint64_t child, guest, size;
};

static int by_child(const void *a, const void *b)
{
	const struct window *v = a, *w = b;

	return (v->child > w->child) - (v->child < w->child);
}

/* Windows that go on in the next one become one. */
static size_t join(struct window *w, size_t n)
{
	size_t last = 0;

	qsort(w, n, sizeof(*w), by_child);
	for (size_t i = 1; i < n; i++) {
		uint64_t apart = w[i].child - w[last].child;

		if (apart > w[last].size || w[i].guest - w[last].guest != apart)
			w[++last] = w[i];
		else if (w[i].size > w[last].size - apart)
			w[last].size = apart + w[i].size;
	}
	return n ? last + 1 : 0;
}

struct spread {
	ovl_node node;
	size_t first, n;                /* of the regions: those of what is below it */
	struct text *to;
};

/* What is needed from first to last, as the host's CPU sees it.  Returns how many windows that makes. */
static size_t put_windows(struct extract *x, const struct spread *s, uint64_t first, uint64_t last)
{
	const struct ovl_tree *tree = &x->host.tree;
	struct window *w = pool_alloc(&x->pool, (s->n + 1) * sizeof(*w));
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct extract_region *r = &x->regions[s->first + i];

		if (r->node == s->node || r->host < first || r->host > last)
			continue;
		w[n] = (struct window){ r->child, r->guest, r->size };
		n += to_bus(x, r->node, "ranges", r->size, &w[n].guest);
	}
	n = join(w, n);
	for (size_t i = 0; i < n; i++) {
		put_fitting(x, s->node, s->to, address_cells(tree, s->node), w[i].child);
		put_fitting(x, s->node, s->to, x->n_address, w[i].guest);
		put_fitting(x, s->node, s->to, size_cells(tree, s->node), w[i].size);
		set_unit(x->parts[s->node].moved, w[i].guest, w[i].child);
	}
	return n;
}

/* Whether children of the guest's bus have the addresses that those of the host's have, as far as they have any. */
static bool is_same(struct extract *x, const struct spread *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct extract_region *r = &x->regions[s->first + i];
		uint64_t guest = r->guest;

		if (r->node == s->node)
			continue;
		if (to_bus(x, r->node, "ranges", r->size, &guest) && guest != r->child)
			return false;
	}
	return address_cells(&x->host.tree, s->node) == x->n_address || !s->n;
}

/* As a whole where the map has it as a whole, else what is needed of it. */
static void place_range(struct extract *x, const struct spread *s, const struct range_entry *range)
{
	const struct ovl_tree *tree = &x->host.tree;
	struct place place = decode_place(tree, ovl_node_parent(tree, s->node), range->parent);
	uint64_t size, guest, host;

	if (ends_alike(x, s->node, range->parent, &place)) {
		put_run(s->to, range->child);
		put_run(s->to, range->parent);
		put_run(s->to, range->size);
		return;
	}
	if (place.reach != REACH_CPU) {
		tell_unmapped(x, s->node, "where its ranges lead", false, &place);
		return;
	}
	if (!read_size(x, s->node, "ranges", range->size, &size) || !size)
		return;
	if (!map_region(&x->map, place.address, size, &guest)) {
		if (!put_windows(x, s, place.address, place.address + (size - 1)) && range->child.n > 2)
			no_line(x, s->node, place.address, size);
		return;
	}
	if (!to_bus(x, s->node, "ranges", size, &guest))
		return;
	set_unit(x->parts[s->node].moved, guest, run_number(range->parent, &host) ? host : 0);
	put_run(s->to, range->child);
	put_fitting(x, s->node, s->to, x->n_address, guest);
	put_run(s->to, range->size);
}

/* Its regions are those from first on. */
static void place_ranges(struct extract *x, ovl_node node, size_t first)
{
	struct moved *m = x->parts[node].moved;
	struct text value = { 0 };
	struct spread s = { node, first, x->n_regions - first, &value };
	struct range_entry range;
	struct entries e;

	if (!entries_open(&e, &x->host.tree, node, "ranges") || (!e.prop.len && is_same(x, &s)))
		return;
	if (!e.prop.len)
		put_windows(x, &s, 0, UINT64_MAX);
	while (e.prop.len && range_next(&e, &range))
		place_range(x, &s, &range);
	tell_problem(x, &e);
	take_value(x, &m->ranges, &value);
	/* Empty it would say that all is the same. */
	m->ranges.gone = !m->ranges.len;
}

static void place_dma(struct extract *x, ovl_node node)
{
	const struct ovl_tree *tree = &x->host.tree;
	struct text value = { 0 };
	struct range_entry range;
	struct entries e;

	if (!entries_open(&e, tree, node, "dma-ranges") || !e.prop.len)
		return;
	while (range_next(&e, &range)) {
		struct place place = decode_place_in(tree, ovl_node_parent(tree, node), range.parent, "dma-ranges",
						     ovl_node_root(tree));
		uint64_t size, guest;

		if (!read_size(x, node, "dma-ranges", range.size, &size))
			continue;
		if (place.reach != REACH_CPU) {
			tell_unmapped(x, node, "where its dma-ranges lead", true, &place);
		} else if (!map_region(&x->map, place.address, size, &guest)) {
			no_line(x, node, place.address, size);
		} else if (to_bus(x, node, "dma-ranges", size, &guest)) {
			put_run(&value, range.child);
			put_fitting(x, node, &value, x->n_address, guest);
			put_run(&value, range.size);
		}
	}
	tell_problem(x, &e);
	take_value(x, &x->parts[node].moved->dma_ranges, &value);
}

/* ---------------------------------------------------------------- all of it */

void extract_regs(struct extract *x)
{
	const struct ovl_tree *tree = &x->host.tree;
	ovl_node root = ovl_node_root(tree);

	for (ovl_node n = root; n; n = tree_next(tree, root, n)) {
		size_t before = x->n_regions;

		if (!extract_is_outermost(x, n))
			continue;
		x->parts[n].moved = pool_alloc(&x->pool, sizeof(*x->parts[n].moved));
		find_regions(x, n);
		place_reg(x, n);
		place_ranges(x, n, before);
		place_dma(x, n);
	}
}
