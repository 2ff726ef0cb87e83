/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* limits.c - judge what numbers in a tree stand for: phandles, memory, streams of an IOMMU.
 * In: an open tree, with room above it in its storage.  Out: every number that lies where it may not, and
 * every list of them that is none.  The walk keeps a record of each bus above it there, with its ranges
 * sorted, so that an address is looked up in the logarithm of their number.
 * Rules: DTSpec 2.3.5, 2.3.6, 2.3.8 (cells, reg, ranges); the bindings of iommu-map and xen,grant-dma; what
 * Xen says of partial trees (docs/misc/arm/passthrough.txt). */
#include "inner.h"

/* What an address below a bus is. */
enum reach {
	MEMORY,         /* one that the processor uses, or that ranges lead to from there */
	NO_MEMORY,      /* something else: there are no ranges, or it is PCI's */
	ODD,            /* of so many cells that it is no number */
};

/* A bus above the node at hand, in the storage, with n ranges behind it. */
struct bus {
	uint32_t up;                    /* the bus above; 0 for the root */
	uint32_t n_address, n_size;     /* cells of its children */
	uint32_t reach, touched;        /* touched: a layer that is judged decides how its children are read */
	uint32_t maps, n;               /* maps: addresses are only what the ranges say */
};

/* So many numbers from start stand for those from to.  High word first. */
struct range {
	uint32_t start[2], to[2], size[2];
};

struct walk {
	struct ovl_tree *t;
	const struct ovl_limits *limits;
	struct ovl_violation *list;
	uint32_t room, n;
	ovl_node node;
	uint32_t bus;                   /* that the node is on; 0 for the root itself */
	uint32_t free;                  /* from where on the storage is */
	struct ovl_prop p, q;           /* at hand */
};

enum { PAGE = 4096, FIRST_RESERVED_DOMID = 0x7ff0, MAP_CELLS = 4 };

static void add(struct walk *w, enum ovl_violation_kind kind, const char *prop, uint64_t first, uint64_t last,
		ovl_node other)
{
	struct ovl_violation *v;

	if (w->n++ >= w->room)
		return;
	v = &w->list[w->n - 1];
	memset(v, 0, sizeof(*v));
	v->kind = kind;
	v->node = w->node;
	v->prop = ovl_str(prop);
	v->first = first;
	v->last = last;
	v->other = other;
}

static bool find(const struct walk *w, ovl_node node, const char *name, struct ovl_prop *p)
{
	return ovl_prop_find(w->t, node, ovl_str(name), p) && p->value;
}

static bool judges(const struct walk *w, const struct ovl_prop *p)
{
	return p->layer >= w->limits->first_layer;
}

/* Of so many cells, at most two. */
static uint64_t number(const struct ovl_prop *p, uint32_t cell, uint32_t n)
{
	uint64_t high = n > 1 ? ovl_prop_cell(p, cell) : 0;

	return n ? high << 32 | ovl_prop_cell(p, cell + n - 1) : 0;
}

/* Whether a value is so many cells again and again.  Dividing may need a routine of the compiler's library. */
static bool is_list(const struct ovl_prop *p, uint32_t entry)
{
	uint32_t left = p->len / 4;

	while (left >= entry)
		left -= entry;
	return left == 0 && p->len % 4 == 0;
}

static uint64_t most(uint32_t n_cells)
{
	return n_cells < 2 ? 0xffffffff : ~(uint64_t)0;
}

/* ---------------------------------------------------------------- ranges, sorted */

static uint64_t joined(const uint32_t halves[2])
{
	return (uint64_t)halves[0] << 32 | halves[1];
}

static void split(uint32_t halves[2], uint64_t number)
{
	halves[0] = (uint32_t)(number >> 32);
	halves[1] = (uint32_t)number;
}

/* Let the range at i sink to where it belongs in a heap, the largest first. */
static void sink(struct range *r, uint32_t i, uint32_t n)
{
	uint32_t child;

	while ((child = 2 * i + 1) < n) {
		struct range held = r[i];

		if (child + 1 < n && joined(r[child].start) < joined(r[child + 1].start))
			child++;
		if (joined(r[child].start) <= joined(held.start))
			return;
		r[i] = r[child];
		r[child] = held;
		i = child;
	}
}

static void sort(struct range *r, uint32_t n)
{
	uint32_t i;

	for (i = n / 2; i-- > 0; )
		sink(r, i, n);
	for (i = n; i-- > 1; ) {
		struct range held = r[0];

		r[0] = r[i];
		r[i] = held;
		sink(r, 0, i);
	}
}

/* The first of two, sorted, that share a number; n when none do. */
static uint32_t overlap(const struct range *r, uint32_t n)
{
	uint32_t i;

	for (i = 0; i + 1 < n; i++)
		if (joined(r[i + 1].start) - joined(r[i].start) < joined(r[i].size))
			return i;
	return n;
}

static uint64_t end_of(const struct range *r)
{
	return joined(r->start) + (joined(r->size) - 1);
}

static bool same_shift(const struct range *a, const struct range *b)
{
	return joined(a->to) - joined(a->start) == joined(b->to) - joined(b->start);
}

/* Join ranges, sorted, that touch or share numbers and lead to the same; returns how many are left. */
static uint32_t join(struct range *r, uint32_t n)
{
	uint32_t i, last = 0;

	for (i = 1; i < n; i++) {
		uint64_t end = end_of(&r[last]), start = joined(r[i].start);

		if (start > end + 1 || !same_shift(&r[last], &r[i]))
			r[++last] = r[i];
		else if (end_of(&r[i]) > end)
			split(r[last].size, end_of(&r[i]) - joined(r[last].start) + 1);
	}
	return n ? last + 1 : 0;
}

/* The last one that starts at a number or before it; NULL when none does. */
static const struct range *range_of(const struct range *r, uint32_t n, uint64_t at)
{
	uint32_t from = 0, to = n;

	while (from < to) {
		uint32_t middle = (from + to) / 2;

		if (joined(r[middle].start) <= at)
			from = middle + 1;
		else
			to = middle;
	}
	return from ? &r[from - 1] : NULL;
}

/* ---------------------------------------------------------------- buses */

static struct bus *bus_at(const struct walk *w, uint32_t id)
{
	return (struct bus *)(void *)(w->t->words + id);
}

static struct range *ranges_at(const struct walk *w, uint32_t id)
{
	return (struct range *)(void *)(w->t->words + id + OVLI_WORDS(bus));
}

static uint32_t cells(struct walk *w, const char *name, uint32_t otherwise, uint32_t *touched)
{
	if (!find(w, w->node, name, &w->p) || w->p.len != 4)
		return otherwise;
	*touched |= judges(w, &w->p);
	return ovl_prop_cell(&w->p, 0);
}

/* needs: w->p, the ranges of a bus.  adds: them, sorted, behind its record. */
static void take_ranges(struct walk *w, struct bus *b)
{
	const struct bus *above = bus_at(w, b->up);
	uint32_t entry = b->n_address + above->n_address + b->n_size, at;
	struct range *r = ranges_at(w, w->free);

	b->maps = 1;
	if (b->n_size == 0 || !is_list(&w->p, entry)) {
		if (b->touched)
			add(w, OVL_VIOLATION_RANGES_LENGTH, "ranges", 0, 0, OVL_NONE);
		return;
	}
	for (at = 0; at < w->p.len / 4; at += entry) {
		uint64_t start = number(&w->p, at, b->n_address), size;

		size = number(&w->p, at + entry - b->n_size, b->n_size);
		if (!size)
			continue;
		split(r[b->n].start, start);
		split(r[b->n].to, number(&w->p, at + b->n_address, above->n_address));
		split(r[b->n].size, size);
		b->n++;
	}
	sort(r, b->n);
	b->n = join(r, b->n);
	at = overlap(r, b->n);
	if (at < b->n && b->touched)
		add(w, OVL_VIOLATION_RANGES_OVERLAP, "ranges", joined(r[at].start), joined(r[at + 1].start), OVL_NONE);
}

static bool is_pci(struct walk *w)
{
	return find(w, w->node, "device_type", &w->p) && w->p.len == 4 && memcmp(w->p.value, "pci", 4) == 0;
}

/* From here on w->node is the bus. */
static void open_bus(struct walk *w)
{
	struct bus *b = bus_at(w, w->free);
	uint32_t id = w->free;

	memset(b, 0, sizeof(*b));
	b->up = w->bus;
	b->touched = b->up && bus_at(w, b->up)->touched;
	b->n_address = cells(w, "#address-cells", 2, &b->touched);
	b->n_size = cells(w, "#size-cells", 1, &b->touched);
	b->reach = b->up ? bus_at(w, b->up)->reach : MEMORY;
	if (b->up && b->reach != NO_MEMORY && (is_pci(w) || !find(w, w->node, "ranges", &w->p)))
		b->reach = NO_MEMORY;
	if (b->reach == MEMORY && b->n_address == 0)
		b->reach = NO_MEMORY;
	if (b->reach == MEMORY && (b->n_address > 2 || b->n_size > 2))
		b->reach = ODD;
	if (b->up && b->reach == MEMORY) {
		b->touched |= judges(w, &w->p);
		if (w->p.len && w->limits->n_windows)
			take_ranges(w, b);
	}
	w->bus = id;
	w->free += OVLI_WORDS(bus) + b->n * OVLI_WORDS(range);
}

static void close_bus(struct walk *w)
{
	w->free = w->bus;
	w->bus = bus_at(w, w->bus)->up;
}

/* ---------------------------------------------------------------- reg */

/* What the processor uses for these addresses of a bus; false when it cannot reach them, not in one piece. */
static bool translate(const struct walk *w, uint64_t *first, uint64_t *last)
{
	uint32_t id;

	for (id = w->bus; bus_at(w, id)->up; id = bus_at(w, id)->up) {
		const struct bus *b = bus_at(w, id);
		const struct range *r = range_of(ranges_at(w, id), b->n, *first);
		uint64_t skip, to, length = *last - *first;

		if (!b->maps)
			continue;
		skip = r ? *first - joined(r->start) : 0;
		if (!r || skip >= joined(r->size) || length > joined(r->size) - 1 - skip)
			return false;
		to = joined(r->to);
		if (skip > ~(uint64_t)0 - to || length > ~(uint64_t)0 - to - skip)
			return false;
		*first = to + skip;
		*last = *first + length;
	}
	return true;
}

static bool in_window(const struct walk *w, uint64_t first, uint64_t last)
{
	uint32_t i;

	for (i = 0; i < w->limits->n_windows; i++)
		if (first >= w->limits->windows[i].first && last <= w->limits->windows[i].last)
			return true;
	return w->limits->n_windows == 0;
}

/* The addresses that begin at a cell; false when they go beyond what so many cells can say. */
static bool span(const struct bus *b, const struct ovl_prop *p, uint32_t cell, uint64_t *first, uint64_t *last)
{
	uint64_t size = number(p, cell + b->n_address, b->n_size);

	*first = number(p, cell, b->n_address);
	*last = *first + (size ? size - 1 : 0);
	return !size || size - 1 <= most(b->n_address) - *first;
}

static void judge_span(struct walk *w, const char *name, uint32_t cell, bool translates)
{
	uint64_t first, last;

	if (!span(bus_at(w, w->bus), &w->p, cell, &first, &last))
		add(w, OVL_VIOLATION_REG_OVERFLOW, name, first, last, OVL_NONE);
	else if (translates && !translate(w, &first, &last))
		add(w, OVL_VIOLATION_REG_UNREACHABLE, name, first, last, OVL_NONE);
	else if (!in_window(w, first, last))
		add(w, OVL_VIOLATION_REG_OUTSIDE, name, first, last, OVL_NONE);
}

static void judge_reg(struct walk *w)
{
	const struct bus *b = bus_at(w, w->bus);
	uint32_t at, entry = b->n_address + b->n_size;

	if (!w->limits->n_windows || b->reach == NO_MEMORY || !find(w, w->node, "reg", &w->p) ||
	    (!b->touched && !judges(w, &w->p)))
		return;
	if (b->reach == ODD) {
		add(w, OVL_VIOLATION_REG_CELLS, "reg", b->n_address, b->n_size, OVL_NONE);
		return;
	}
	if (!w->p.len || !is_list(&w->p, entry))
		add(w, OVL_VIOLATION_REG_LENGTH, "reg", w->p.len, (uint64_t)entry * 4, OVL_NONE);
	for (at = 0; at + entry <= w->p.len / 4; at += entry)
		judge_span(w, "reg", at, true);
}

/* ---------------------------------------------------------------- Xen's partial trees */

/* Each entry: where the host has it, how much, where the guest is to have it. */
static void judge_xen_reg(struct walk *w)
{
	const struct bus *b = bus_at(w, w->bus);
	uint32_t at, entry = 2 * b->n_address + b->n_size;

	if (b->n_address < 1 || b->n_address > 2 || b->n_size < 1 || b->n_size > 2) {
		add(w, OVL_VIOLATION_REG_CELLS, "xen,reg", b->n_address, b->n_size, OVL_NONE);
		return;
	}
	if (!w->p.len || !is_list(&w->p, entry))
		add(w, OVL_VIOLATION_REG_LENGTH, "xen,reg", w->p.len, (uint64_t)entry * 4, OVL_NONE);
	for (at = 0; at + entry <= w->p.len / 4; at += entry) {
		uint64_t host = number(&w->p, at, b->n_address);
		uint64_t size = number(&w->p, at + b->n_address, b->n_size);
		uint64_t guest = number(&w->p, at + entry - b->n_address, b->n_address);

		if ((host | size | guest) % PAGE)
			add(w, OVL_VIOLATION_XEN_REG_ALIGN, "xen,reg", host, guest, OVL_NONE);
		judge_span(w, "xen,reg", at, false);
	}
}

static void judge_xen(struct walk *w)
{
	if (!w->limits->partial)
		return;
	if (find(w, w->node, "xen,reg", &w->p))
		judge_xen_reg(w);
	if (find(w, w->node, "xen,path", &w->p) &&
	    (w->p.len < 2 || w->p.value[0] != '/' ||
	     ovli_strlen_in((const char *)w->p.value, w->p.len) != w->p.len - 1))
		add(w, OVL_VIOLATION_XEN_PATH, "xen,path", 0, 0, OVL_NONE);
}

/* ---------------------------------------------------------------- phandles */

static void judge_phandle(struct walk *w)
{
	uint32_t i, phandle = ovl_node_phandle(w->t, w->node);

	for (i = 0; phandle && i < w->limits->n_reserved; i++) {
		if (phandle < w->limits->reserved[i].first || phandle > w->limits->reserved[i].last)
			continue;
		if (!find(w, w->node, "phandle", &w->p) && !find(w, w->node, "linux,phandle", &w->p))
			continue;
		if (judges(w, &w->p))
			add(w, OVL_VIOLATION_RESERVED, w->p.name, phandle, phandle, OVL_NONE);
		return;
	}
}

/* ---------------------------------------------------------------- streams */

/* Whether one of the texts of `compatible` begins so, or, with its NUL, is so. */
static bool compatible(struct walk *w, ovl_node node, struct ovl_str wanted)
{
	uint32_t at, n;

	if (!find(w, node, "compatible", &w->q))
		return false;
	for (at = 0; at < w->q.len; at += n + 1) {
		const char *text = (const char *)w->q.value + at;

		n = ovli_strlen_in(text, w->q.len - at);
		if (wanted.len <= w->q.len - at && memcmp(text, wanted.ptr, wanted.len) == 0)
			return true;
	}
	return false;
}

static uint32_t iommu_cells(struct walk *w, ovl_node iommu)
{
	return iommu && find(w, iommu, "#iommu-cells", &w->q) && w->q.len == 4 ? ovl_prop_cell(&w->q, 0) : 1;
}

/* Arm's have a second cell, a mask, that can be left out. */
static bool takes_mask(struct walk *w, ovl_node iommu)
{
	return iommu_cells(w, iommu) == 2 &&
	       (compatible(w, iommu, OVLI_STR("arm,mmu-")) || compatible(w, iommu, OVLI_STR("arm,smmu")) ||
		compatible(w, iommu, OVLI_STR("qcom,smmu")));
}

/* Whether there is an IOMMU for each entry without a mask. */
static bool has_no_masks(const struct walk *w)
{
	uint32_t at = 0, n = w->p.len / 4;

	while (at < n && ovl_node_by_phandle(w->t, ovl_prop_cell(&w->p, at + 1)))
		at += MAP_CELLS;
	return at >= n;
}

/* An entry: ID, IOMMU, its number there, which is one cell, how many.  With a mask, if there is any, in all; what
 * can be read in both ways has masks when it makes no sense without, as in refs.c. */
static uint32_t entry_cells(struct walk *w)
{
	uint32_t masked = MAP_CELLS + 1;

	if (!is_list(&w->p, masked) || (is_list(&w->p, MAP_CELLS) && has_no_masks(w)))
		return MAP_CELLS;
	return takes_mask(w, ovl_node_by_phandle(w->t, ovl_prop_cell(&w->p, 1))) ? masked : MAP_CELLS;
}

/* Xen's IOMMU for grants takes numbers of domains, from a number on there are none. */
static void judge_domids(struct walk *w, ovl_node iommu, const char *prop, uint32_t first, uint64_t n)
{
	uint64_t last = first + (n ? n - 1 : 0);

	if (last >= FIRST_RESERVED_DOMID && iommu && compatible(w, iommu, OVLI_STR("xen,grant-dma\0")))
		add(w, OVL_VIOLATION_DOMID, prop, first, last, iommu);
}

/* How many ranges of IDs it adds: one, if any ID is in it. */
static uint32_t judge_map_entry(struct walk *w, uint32_t at, uint32_t entry, uint32_t mask, struct range *r)
{
	uint32_t rid = ovl_prop_cell(&w->p, at), n = ovl_prop_cell(&w->p, at + entry - 1);
	ovl_node iommu = ovl_node_by_phandle(w->t, ovl_prop_cell(&w->p, at + 1));

	if (rid & ~mask)
		add(w, OVL_VIOLATION_MAP_MASK, "iommu-map", rid, mask, OVL_NONE);
	if (iommu_cells(w, iommu) != 1 && !takes_mask(w, iommu))
		add(w, OVL_VIOLATION_MAP_CELLS, "iommu-map", iommu_cells(w, iommu), 0, iommu);
	judge_domids(w, iommu, "iommu-map", ovl_prop_cell(&w->p, at + 2), n);
	split(r->start, rid);
	split(r->size, n);
	return n != 0;
}

static void judge_map(struct walk *w)
{
	struct range *r = (struct range *)(void *)(w->t->words + w->free);
	uint32_t mask = ~0u, at, n = 0, entry;
	bool judged = false;

	if (find(w, w->node, "iommu-map-mask", &w->p)) {
		mask = w->p.len == 4 ? ovl_prop_cell(&w->p, 0) : mask;
		judged = judges(w, &w->p);
	}
	if (!find(w, w->node, "iommu-map", &w->p) || (!judged && !judges(w, &w->p)))
		return;
	entry = entry_cells(w);
	if (!is_list(&w->p, entry)) {
		add(w, OVL_VIOLATION_MAP_LENGTH, "iommu-map", w->p.len, (uint64_t)MAP_CELLS * 4, OVL_NONE);
		return;
	}
	for (at = 0; at < w->p.len / 4; at += entry)
		n += judge_map_entry(w, at, entry, mask, &r[n]);
	sort(r, n);
	at = overlap(r, n);
	if (at < n)
		add(w, OVL_VIOLATION_MAP_OVERLAP, "iommu-map", joined(r[at].start), joined(r[at + 1].start), OVL_NONE);
}

/* The IOMMUs of a device that is no bus: each with the number of a domain, when it is Xen's. */
static void judge_iommus(struct walk *w)
{
	uint32_t at, n;

	if (!find(w, w->node, "iommus", &w->p) || !judges(w, &w->p))
		return;
	for (at = 0; at < w->p.len / 4; at += 1 + n) {
		ovl_node iommu = ovl_node_by_phandle(w->t, ovl_prop_cell(&w->p, at));

		if (!iommu || !find(w, iommu, "#iommu-cells", &w->q))
			return;
		n = ovl_prop_cell(&w->q, 0);
		if (n >= w->p.len / 4 - at)
			return;
		if (n)
			judge_domids(w, iommu, "iommus", ovl_prop_cell(&w->p, at + 1), 1);
	}
}

/* ---------------------------------------------------------------- the calls */

static void judge_node(struct walk *w)
{
	judge_phandle(w);
	judge_map(w);
	judge_iommus(w);
	if (!w->bus)
		return;
	judge_reg(w);
	judge_xen(w);
}

/* A range takes at least three cells, an entry of a map four. */
static uint64_t words_for(const struct ovl_tree *t, ovl_node node, const char *name)
{
	struct ovl_prop p;

	return ovl_prop_find(t, node, ovl_str(name), &p) ? (uint64_t)p.len / 12 * OVLI_WORDS(range) : 0;
}

static uint64_t bus_words(const struct ovl_tree *t, ovl_node node)
{
	return OVLI_WORDS(bus) + words_for(t, node, "ranges");
}

/* What lies below the parts that say what labels and numbers mean is about other nodes. */
static ovl_node first_below(const struct ovl_tree *t, ovl_node node)
{
	ovl_node root = ovl_node_root(t);

	if (node != root && ovl_node_parent(t, node) == root && ovli_names_part(ovl_node_name(t, node).ptr))
		return OVL_NONE;
	return ovl_node_first(t, node);
}

size_t ovl_limits_storage(const struct ovl_tree *t)
{
	ovl_node root = ovl_node_root(t), node = root, next;
	uint64_t words = 0, peak = 0, map;

	for (;; node = next) {
		map = words + words_for(t, node, "iommu-map");
		peak = map > peak ? map : peak;
		next = first_below(t, node);
		if (next) {
			words += bus_words(t, node);
			continue;
		}
		for (; node != root && !(next = ovl_node_next(t, node)); words -= bus_words(t, node))
			node = ovl_node_parent(t, node);
		if (node == root)
			return (size_t)(peak * sizeof(uint32_t));
	}
}

enum ovl_err ovl_limits_check(struct ovl_tree *t, const struct ovl_limits *limits,
			      struct ovl_violation *violations, uint32_t room, uint32_t *n,
			      struct ovl_error *err)
{
	struct walk w = { .t = t, .limits = limits, .list = violations, .room = room, .free = t->used };
	ovl_node root = ovl_node_root(t), next;
	uint64_t words = t->used + ovl_limits_storage(t) / sizeof(uint32_t);

	if (words > t->n_words)
		return ovli_say_space(OVL_STORAGE, words * sizeof(uint32_t), err);
	if (words > t->peak)
		t->peak = (uint32_t)words;
	for (w.node = root;; w.node = next) {
		judge_node(&w);
		next = first_below(t, w.node);
		if (next) {
			open_bus(&w);
			continue;
		}
		for (; w.node != root && !(next = ovl_node_next(t, w.node)); close_bus(&w))
			w.node = ovl_node_parent(t, w.node);
		if (w.node == root)
			break;
	}
	*n = w.n;
	return ovli_say_space(OVL_STORAGE, 0, err);
}
