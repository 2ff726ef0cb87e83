/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* refs.c - every reference of a tree to a node, one after the other: what all who follow or rewrite phandles use.
 * In: an open tree, and perhaps the tree that it is a part of.  A cell is a reference because /__fixups__ or
 * /__local_fixups__ says so, because its property is known to hold references (refs_table.h), or because it stands
 * where a map has them; any other that equals a phandle is only suspected.
 * A list and a map are entries, each of some cells, a phandle, and the cells that the node referred to asks for:
 * one loop reads them all.  Needs no storage; linear in the blob.
 * Rules: DTSpec 2.4 (interrupts), 2.5 (nexus nodes), the bindings in refs_table.h; dtobj. */
#include "inner.h"

/* ---------------------------------------------------------------- the table */

enum shape { LIST, AT, INTERRUPT_MAP, ID_MAP, NEXUS_MAP, NONE };

struct row {
	const char *name, *cells;
	signed char n;                  /* LIST: arguments where cells says nothing; AT: cells before the phandle */
	unsigned char shape;
};

#define MUST (-1)
#define REST (-2)
#define REF(id, name, cells, n, source)         { name, cells, n, LIST },
#define REF_AT(id, name, n, source)             { name, NULL, n, AT },
#define REF_MAP(id, name, shape, cells, source) { name, cells, 1, shape },
#define REF_NONE(id, name, source)              { name, NULL, 0, NONE },

static const struct row named[] = {
#define REF_LIKE(id, name, cells, n, source)
#define REF_NONE_LIKE(id, name, source)
#include "refs_table.h"
};

#undef REF
#undef REF_AT
#undef REF_MAP
#undef REF_NONE
#undef REF_LIKE
#undef REF_NONE_LIKE
#define REF(id, name, cells, n, source)
#define REF_AT(id, name, n, source)
#define REF_MAP(id, name, shape, cells, source)
#define REF_NONE(id, name, source)
#define REF_LIKE(id, name, cells, n, source)    { name, cells, n, LIST },
#define REF_NONE_LIKE(id, name, source)         { name, NULL, 0, NONE },

static const struct row patterns[] = {
#include "refs_table.h"
};

enum { N_NAMED = sizeof(named) / sizeof(named[0]), N_PATTERNS = sizeof(patterns) / sizeof(patterns[0]) };

/* As strcmp(), for a slice and a text. */
static int compare(struct ovl_str a, const char *b)
{
	uint32_t i;

	for (i = 0; i < a.len && a.ptr[i] == b[i]; i++)
		;
	return (i < a.len ? (unsigned char)a.ptr[i] : 0) - (unsigned char)b[i];
}

static const struct row *row_named(struct ovl_str name)
{
	uint32_t from = 0, to = N_NAMED;

	while (from < to) {
		uint32_t middle = (from + to) / 2;
		int order = compare(name, named[middle].name);

		if (order == 0)
			return &named[middle];
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

static bool ends_in(struct ovl_str name, struct ovl_str end)
{
	return name.len > end.len && memcmp(end.ptr, name.ptr + name.len - end.len, end.len) == 0;
}

static bool numbered(struct ovl_str name, struct ovl_str start)
{
	uint32_t i;

	if (name.len <= start.len || memcmp(name.ptr, start.ptr, start.len) != 0)
		return false;
	for (i = start.len; i < name.len; i++)
		if (name.ptr[i] < '0' || name.ptr[i] > '9')
			return false;
	return true;
}

static const struct row *row_like(struct ovl_str name)
{
	uint32_t i;

	for (i = 0; i < N_PATTERNS; i++) {
		struct ovl_str pattern = ovl_str(patterns[i].name), rest = { pattern.ptr, pattern.len - 1 };

		if (pattern.ptr[0] == '*' ? ends_in(name, (struct ovl_str){ pattern.ptr + 1, rest.len })
					  : numbered(name, rest))
			return &patterns[i];
	}
	return NULL;
}

/* The row whose nodes say their cells as #X-cells, for a property called X-map. */
static const struct row *row_of_nexus(struct ovl_str name)
{
	uint32_t i, x = name.len - 4;

	if (!ends_in(name, OVLI_STR("-map")))
		return NULL;
	for (i = 0; i < N_NAMED; i++) {
		const char *cells = named[i].cells;

		if (named[i].shape == LIST && cells && ovli_strlen(cells) == x + 7 &&
		    memcmp(cells + 1, name.ptr, x) == 0)
			return &named[i];
	}
	return NULL;
}

/* ---------------------------------------------------------------- a place that goes along */

/* The node of another part of the tree, or of another tree, that is called as the one the walk is at; how many
 * levels below the last one that there was. */
static void follow_down(const struct ovl_tree *t, struct ovl_beside *b, struct ovl_str name)
{
	ovl_node child = b->lost ? OVL_NONE : ovl_node_child(t, b->node, name);

	if (child)
		b->node = child;
	else
		b->lost++;
}

static void follow_up(const struct ovl_tree *t, struct ovl_beside *b)
{
	if (b->lost)
		b->lost--;
	else
		b->node = ovl_node_parent(t, b->node);
}

static bool is_root(const struct ovl_tree *t, ovl_node node)
{
	return node == ovl_node_root(t);
}

static bool is_fragment(const struct ovl_tree *t, ovl_node node)
{
	return !is_root(t, node) && is_root(t, ovl_node_parent(t, node)) &&
	       (ovl_node_child(t, node, OVLI_STR("__overlay__")) || ovl_node_child(t, node, OVLI_STR("__delete__")));
}

/* The node of the context that a fragment is for, by a number or an absolute path.  Which one a label means only
 * /__fixups__ tells, from the label to its uses: such a target is not looked for. */
static ovl_node target_of(const struct ovl_ref *r, ovl_node fragment)
{
	struct ovli_prop p;
	uint32_t version;

	if (ovli_find_prop(r->tree, fragment, OVLI_STR("target"), &p, &version) && ovli_prop_len(p) == 4)
		return ovl_node_by_phandle(r->context, ovli_be32(ovli_prop_value(p)));
	if (!ovli_find_prop(r->tree, fragment, OVLI_STR("target-path"), &p, &version))
		return OVL_NONE;
	return ovl_node_by_path(r->context, ovli_text(p));
}

/* ---------------------------------------------------------------- from node to node */

static void node_down(struct ovl_ref *r, ovl_node child)
{
	struct ovl_str name = ovl_node_name(r->tree, child);
	bool content = r->context && is_fragment(r->tree, r->node) && ovli_same(name, "__overlay__");
	ovl_node home = content ? target_of(r, r->node) : OVL_NONE;

	follow_down(r->tree, &r->mirror, name);
	if (home)
		r->home = (struct ovl_beside){ home, 0 };
	else if (r->context)
		follow_down(r->context, &r->home, name);
	r->node = child;
}

static void node_up(struct ovl_ref *r)
{
	follow_up(r->tree, &r->mirror);
	r->node = ovl_node_parent(r->tree, r->node);
	if (r->context && is_fragment(r->tree, r->node))
		r->home = (struct ovl_beside){ ovl_node_root(r->context), 1 };
	else if (r->context)
		follow_up(r->context, &r->home);
}

/* What lies below these is about other nodes, or only paths. */
static bool is_table(const struct ovl_ref *r)
{
	struct ovl_str name = ovl_node_name(r->tree, r->node);

	if (is_root(r->tree, r->node) || !is_root(r->tree, ovl_node_parent(r->tree, r->node)))
		return false;
	return ovli_names_part(name.ptr) || compare(name, "aliases") == 0;
}

/* Parents first.  False at the end of top. */
static bool node_next(struct ovl_ref *r)
{
	ovl_node next = is_table(r) ? OVL_NONE : ovl_node_first(r->tree, r->node);

	while (!next) {
		if (r->node == r->top)
			return false;
		next = ovl_node_next(r->tree, r->node);
		node_up(r);
	}
	node_down(r, next);
	return true;
}

/* ---------------------------------------------------------------- entries */

/* Beyond every sum of counts. */
#define UNSAID  0x40000000u
#define NOWHERE (~0u)

/* Of the node that the walk is at, or the one that an overlay's node will be merged into. */
static uint32_t own_says(const struct ovl_ref *r, const char *name)
{
	uint32_t n = ovli_count(r->tree, r->node, name, UNSAID);

	return n == UNSAID && r->context && !r->home.lost ? ovli_count(r->context, r->home.node, name, n) : n;
}

/* Numbers that /__local_fixups__ lists are the tree's own; in an overlay, or where there are such lists, the others
 * are not. */
static bool look_up(struct ovl_ref *r, uint32_t phandle, bool own)
{
	r->phandle = phandle;
	r->in = r->tree;
	r->to = OVL_NONE;
	if (own || !r->context || !(r->listed || r->partial))
		r->to = ovl_node_by_phandle(r->tree, phandle);
	if (!r->to && !own && r->context) {
		r->in = r->context;
		r->to = ovl_node_by_phandle(r->context, phandle);
	}
	return r->to;
}

/* DTSpec 2.3.5: 2 where it is not said.  An overlay's node need not say what the one it goes into does. */
static uint32_t own_address_cells(const struct ovl_ref *r)
{
	uint32_t n = own_says(r, "#address-cells");

	return n == UNSAID && !r->partial ? 2 : n;
}

/* How many cells stand before the phandle of each entry: UNSAID or more when the map's node does not say. */
static uint32_t cells_before(const struct ovl_ref *r, const struct row *row, enum shape shape)
{
	if (shape == AT || shape == ID_MAP)
		return (uint32_t)row->n;
	if (shape == NEXUS_MAP)
		return own_says(r, row->cells);
	return shape == INTERRUPT_MAP ? own_address_cells(r) + own_says(r, row->cells) : 0;
}

/* How many stand behind it, when it is that of r->to: UNSAID or more when that does not say.  An interrupt
 * parent without #address-cells has no unit addresses in maps: it need not be a bus.  There are two other
 * readings: interrupt-maps that leave the parent's unit address out whatever it says, as Linux reads them for some
 * machines; and id maps whose ids become as many cells as the specifiers of that node have, where most have one. */
static uint32_t cells_behind(const struct ovl_ref *r)
{
	if (r->shape == INTERRUPT_MAP)
		return (r->other_way ? 0 : ovli_count(r->in, r->to, "#address-cells", 0)) + ovli_count(r->in, r->to, r->by, UNSAID);
	if (r->shape == ID_MAP)
		return 1 + (r->other_way ? ovli_count(r->in, r->to, r->by, 1) : 1);
	return r->by ? ovli_count(r->in, r->to, r->by, r->otherwise) : r->otherwise;
}

/* Whether a map can be read to its end. */
static bool map_fits(struct ovl_ref *r)
{
	uint32_t n = r->prop.len / 4, at = 0, behind;

	for (; at < n; at += r->before + 1 + behind) {
		if (n - at <= r->before || !look_up(r, ovl_prop_cell(&r->prop, at + r->before), false))
			return false;
		behind = cells_behind(r);
		if (behind >= n - at - r->before)
			return false;
	}
	return true;
}

/* ---------------------------------------------------------------- one property */

/* The gpios of a hog are lines of its parent. */
static bool is_of_hog(const struct ovl_ref *r, const struct row *row)
{
	return row->cells && compare(OVLI_STR("#gpio-cells"), row->cells) == 0 &&
	       ovli_has_prop(r->tree, r->node, OVLI_STR("gpio-hog"));
}

/* Open Firmware (IEEE 1275 3.5) keeps handles of instances there, which are no phandles: cpu, memory, stdin ... */
static bool is_chosen(const struct ovl_ref *r)
{
	return r->node != ovl_node_root(r->tree) && is_root(r->tree, ovl_node_parent(r->tree, r->node)) &&
	       compare(ovl_node_name(r->tree, r->node), "chosen") == 0;
}

/* How a property is read; NULL when nothing is known of it. */
static const struct row *row_of(const struct ovl_ref *r, struct ovl_str name, enum shape *shape)
{
	const struct row *row = row_named(name), *nexus = row ? NULL : row_of_nexus(name);

	*shape = NONE;
	if (is_chosen(r))
		return NULL;
	if (nexus && own_says(r, nexus->cells) != UNSAID) {
		*shape = NEXUS_MAP;
		return nexus;
	}
	if (!row)
		row = row_like(name);
	*shape = !row || is_of_hog(r, row) ? NONE : (enum shape)row->shape;
	return row;
}

/* From here on nothing is known of the value. */
static int fault(struct ovl_ref *r, enum ovl_ref_fault what, uint32_t off)
{
	if (r->n_args >= UNSAID)
		r->n_args = 0;
	r->fault = what;
	r->off = off;
	r->known = 0;
	return 1;
}

/* The next entry begins at this cell.  One that ends before its phandle is looked at at its start. */
static void entry_at(struct ovl_ref *r, uint32_t cell)
{
	r->entry = cell;
	r->want = cell + r->before < r->prop.len / 4 ? cell + r->before : cell;
}

/* The mask of a map is as long as what stands before the phandles. */
static int begin_mask(struct ovl_ref *r, struct ovl_str map)
{
	enum shape shape;
	const struct row *row = row_of(r, map, &shape);
	uint32_t before = row ? cells_before(r, row, shape) : UNSAID;

	r->cells = NULL;
	r->known = NOWHERE;
	if (before >= UNSAID || r->prop.len == before * 4)
		return 0;
	r->n_args = before;
	fault(r, OVL_REF_MASK, 0);
	r->known = NOWHERE;
	return 1;
}

/* A map or a list whose row is known. */
static int begin_entries(struct ovl_ref *r, const struct row *row)
{
	enum shape shape = (enum shape)r->shape;

	if (r->prop.len % 4)
		return fault(r, OVL_REF_LENGTH, 0);
	r->otherwise = shape != LIST ? 0 : row->n == MUST ? UNSAID : row->n == REST ? r->prop.len / 4 - 1 : (uint32_t)row->n;
	r->before = cells_before(r, row, shape);
	if (r->before >= UNSAID) {
		r->before = 0;
		return fault(r, OVL_REF_NO_CELLS, 0);
	}
	r->other_way = 0;
	if ((shape == INTERRUPT_MAP || shape == ID_MAP) && !map_fits(r)) {
		r->other_way = 1;
		r->other_way = map_fits(r);
	}
	entry_at(r, 0);
	return 0;
}

/* Decide how the value of r->prop is read. */
static int begin_prop(struct ovl_ref *r)
{
	struct ovl_str name = { r->prop.name, r->prop.name_len };
	enum shape shape = NONE;
	const struct row *row;

	memset(&r->list, 0, sizeof(r->list));
	if (!r->mirror.lost && ovl_prop_find(r->tree, r->mirror.node, name, &r->list) &&
	    r->list.layer != r->prop.layer)
		r->list.len = 0;        /* it was about a value that an overlay replaced */
	r->list_at = r->past = r->cell = r->before = r->n_args = r->phandle = 0;
	r->in = r->tree;
	r->to = OVL_NONE;
	r->want = NOWHERE;
	r->kind = OVL_REF_KNOWN;
	if (ends_in(name, OVLI_STR("-map-mask")))
		return begin_mask(r, (struct ovl_str){ name.ptr, name.len - 5 });
	row = row_of(r, name, &shape);
	r->shape = shape;
	r->by = r->cells = row ? row->cells : NULL;
	r->known = row ? NOWHERE : 0;
	return !row || shape == NONE ? 0 : begin_entries(r, row);
}

/* The cell where an entry has its phandle.  0 is an entry left out; what a label stands for is not known. */
static int take_entry(struct ovl_ref *r, uint32_t cell, bool local)
{
	uint32_t behind = r->prop.len / 4 - cell - 1;
	bool list = r->shape == LIST || r->shape == AT, fixed = !r->by || r->shape == ID_MAP;

	r->kind = local ? OVL_REF_LOCAL : list ? OVL_REF_KNOWN : OVL_REF_MAP;
	r->off = cell * 4;
	r->cells = r->by;
	if (cell != r->entry + r->before) {
		r->to = OVL_NONE;
		r->n_args = r->before;
		return fault(r, OVL_REF_SHORT, r->off);
	}
	if (look_up(r, ovl_prop_cell(&r->prop, cell), local)) {
		r->n_args = cells_behind(r);
		if (r->n_args >= UNSAID)
			return fault(r, OVL_REF_NO_CELLS, r->off);
		if (r->n_args > behind)
			return fault(r, OVL_REF_SHORT, r->off);
		entry_at(r, cell + 1 + r->n_args);
		return 1;
	}
	r->n_args = r->phandle == 0 && list && r->by ? 0 : r->shape == ID_MAP ? 2 : r->otherwise;
	if (r->phandle != 0 && !(r->phandle == ~0u && r->listed))
		r->fault = OVL_REF_DANGLING;
	if ((fixed || r->phandle == 0) && r->n_args <= behind)
		entry_at(r, cell + 1 + r->n_args);
	else
		fault(r, r->fault, r->off);
	return r->fault != OVL_REF_SOUND;
}

/* A cell of which no more is known than what it may refer to. */
static int take_cell(struct ovl_ref *r, enum ovl_ref_kind kind, uint32_t off)
{
	r->kind = kind;
	r->off = off;
	r->cells = NULL;
	r->n_args = 0;
	if (!look_up(r, ovli_be32(r->prop.value + off), kind == OVL_REF_LOCAL) && kind == OVL_REF_LOCAL)
		r->fault = OVL_REF_DANGLING;
	return r->to || kind == OVL_REF_LOCAL;
}

static int take(struct ovl_ref *r, uint32_t cell, bool local)
{
	if (r->want == cell)
		return take_entry(r, cell, local);
	if (local)
		return take_cell(r, OVL_REF_LOCAL, cell * 4);
	return r->known <= cell && take_cell(r, OVL_REF_SUSPECT, cell * 4);
}

/* The next offset that /__local_fixups__ lists for the property.  As for ovl_apply() they ascend. */
static uint32_t next_listed(struct ovl_ref *r)
{
	for (; r->list_at + 4 <= r->list.len; r->list_at += 4) {
		uint32_t off = ovli_be32(r->list.value + r->list_at);

		if (off >= r->past && r->prop.len >= 4 && off <= r->prop.len - 4)
			return off;
	}
	return NOWHERE;
}

static int next_in_prop(struct ovl_ref *r)
{
	while (r->prop.value) {
		uint32_t off = r->cell < r->prop.len / 4 ? r->cell * 4 : NOWHERE, listed = next_listed(r);

		if (off == NOWHERE && listed == NOWHERE)
			return 0;
		r->fault = OVL_REF_SOUND;
		if (listed <= off)
			r->past = listed + 1;
		if (listed < off)
			return take_cell(r, OVL_REF_LOCAL, listed);
		r->cell++;
		if (take(r, off / 4, listed == off))
			return 1;
	}
	return 0;
}

/* ---------------------------------------------------------------- /__fixups__ */

static bool lies_below(const struct ovl_tree *t, ovl_node node, ovl_node top)
{
	while (node && node != top)
		node = ovl_node_parent(t, node);
	return node;
}

static bool fixup_at(struct ovl_ref *r, struct ovl_str text)
{
	struct ovli_place place;

	if (!ovli_place_read(text, &place))
		return false;
	r->node = ovl_node_by_path(r->tree, place.path);
	if (!r->node || !lies_below(r->tree, r->node, r->top) ||
	    !ovl_prop_find(r->tree, r->node, place.prop, &r->prop) || !r->prop.value || r->prop.len < 4 ||
	    place.off > r->prop.len - 4)
		return false;
	r->kind = OVL_REF_FIXUP;
	r->off = place.off;
	r->phandle = ovli_be32(r->prop.value + place.off);
	r->label = (struct ovl_str){ r->list.name, r->list.name_len };
	r->in = r->context;
	r->to = r->context ? ovl_node_by_label(r->context, r->label) : OVL_NONE;
	return true;
}

/* The next use of a label; r->list is the label's uses. */
static bool next_fixup(struct ovl_ref *r)
{
	do {
		while (r->list_at < r->list.len) {
			struct ovl_str text = { (const char *)r->list.value + r->list_at, 0 };

			text.len = ovli_strlen_in(text.ptr, r->list.len - r->list_at);
			r->list_at += text.len + 1;
			if (fixup_at(r, text))
				return true;
		}
		r->list_at = 0;
	} while (ovl_prop_next(r->tree, &r->list));
	return false;
}

/* ---------------------------------------------------------------- all of it */

enum step { FIXUPS, NODE, PROPERTY };

/* Go down from the root to top, with what goes along. */
static void start_at_top(struct ovl_ref *r)
{
	ovl_node root = ovl_node_root(r->tree);
	ovl_node mirror = ovl_node_child(r->tree, root, OVLI_STR("__local_fixups__"));

	r->node = root;
	r->mirror = (struct ovl_beside){ mirror, !mirror };
	if (r->context)
		r->home = (struct ovl_beside){ ovl_node_root(r->context), 0 };
	while (r->node != r->top)
		node_down(r, ovli_child_towards(r->tree, r->node, r->top));
	memset(&r->prop, 0, sizeof(r->prop));
	r->label = (struct ovl_str){ NULL, 0 };
	r->step = NODE;
}

static int first_prop(struct ovl_ref *r)
{
	return !is_table(r) && ovl_prop_first(r->tree, r->node, &r->prop);
}

static bool next_prop(struct ovl_ref *r)
{
	int more = r->step == NODE ? first_prop(r) : ovl_prop_next(r->tree, &r->prop);

	r->step = PROPERTY;
	while (!more) {
		if (!node_next(r))
			return false;
		more = first_prop(r);
	}
	return true;
}

int ovl_ref_next(struct ovl_ref *r)
{
	if (r->step == FIXUPS) {
		if (next_fixup(r))
			return 1;
		start_at_top(r);
	}
	while (!next_in_prop(r)) {
		if (!next_prop(r))
			return 0;
		if (begin_prop(r))
			return 1;
	}
	return 1;
}

int ovl_ref_first(const struct ovl_tree *t, const struct ovl_tree *context, ovl_node top, struct ovl_ref *r)
{
	ovl_node root = ovl_node_root(t), fixups = ovl_node_child(t, root, OVLI_STR("__fixups__")), child;

	memset(r, 0, sizeof(*r));
	if (!top)
		return 0;
	r->tree = t;
	r->context = context;
	r->top = top;
	r->listed = fixups || ovl_node_child(t, root, OVLI_STR("__local_fixups__"));
	for (child = ovl_node_first(t, root); child && !r->partial; child = ovl_node_next(t, child))
		r->partial = is_fragment(t, child);
	if (!fixups || !ovl_prop_first(t, fixups, &r->list))
		start_at_top(r);
	return ovl_ref_next(r);
}
