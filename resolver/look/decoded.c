/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* decoded.c - a node's names and the entries of its reg, ranges, interrupts and maps as text or
 * JSON, see decoded.h.
 * An entry is a list of fields, KEY VALUE; both forms are made from the same list, so that they say
 * the same.  What the cells mean comes from decode.h, labels and aliases from names.h. */
#include "decoded.h"

#include <inttypes.h>
#include <string.h>

#include "decode.h"
#include "names.h"
#include "print.h"

/* What is printed of, and in which form. */
struct decoded {
	struct text *out;
	const struct ovl_tree *tree;
	bool json;
	struct names labels, aliases;
	const char *prop; /* whose entry it is */
	uint32_t n_entries, n_fields;
};

/* ---------------------------------------------------------------- fields */

static void entry_begin(struct decoded *d)
{
	if (d->json)
		text_add(d->out, "%s{", d->n_entries ? ", " : "");
	else
		text_add(d->out, "%s[%u]: ", d->prop, d->n_entries);
	d->n_entries++;
	d->n_fields = 0;
}

static void entry_end(struct decoded *d)
{
	text_add(d->out, d->json ? "}" : "\n");
}

static void field(struct decoded *d, const char *key)
{
	text_add(d->out, d->json ? "%s\"%s\": " : "%s%s ", d->n_fields++ ? ", " : "", key);
}

static void field_text(struct decoded *d, const char *key, struct ovl_str value)
{
	field(d, key);
	print_quoted(d->out, value, d->json ? AS_JSON : AS_SOURCE);
}

static void add_path(struct decoded *d, ovl_node node)
{
	struct text path = { 0 };

	text_path(&path, d->tree, node);
	if (d->json)
		print_quoted(d->out, ovl_str(text_of(&path)), AS_JSON);
	else
		text_add(d->out, "%s", text_of(&path));
	text_free(&path);
}

static void field_node(struct decoded *d, const char *key, ovl_node node)
{
	field(d, key);
	add_path(d, node);
}

/* Addresses and sizes have up to 64 bits, which not every reader of JSON has: they are texts
 * there. */
static void field_u64(struct decoded *d, const char *key, uint64_t number)
{
	field(d, key);
	text_add(d->out, d->json ? "\"0x%" PRIx64 "\"" : "0x%" PRIx64, number);
}

static void add_cells(struct decoded *d, struct cell_run run)
{
	for (uint32_t i = 0; i < run.n; i++)
		text_add(d->out, d->json ? "%s%u" : "%s0x%x",
			 i ? d->json ? ", " : " " : "", run_cell(run, i));
}

static void field_cells(struct decoded *d, const char *key, struct cell_run run)
{
	field(d, key);
	text_add(d->out, d->json ? "[" : "<");
	add_cells(d, run);
	text_add(d->out, d->json ? "]" : ">");
}

/* One number when it is one; left out when there are no cells. */
static void field_run(struct decoded *d, const char *key, struct cell_run run)
{
	uint64_t number;

	if (run.n && run.n <= 2 && run_number(run, &number))
		field_u64(d, key, number);
	else if (run.n)
		field_cells(d, key, run);
}

static void problem(struct decoded *d, const struct entries *e)
{
	struct text why = { 0 };

	entries_problem(e, &why);
	if (why.len) {
		entry_begin(d);
		field_text(d, "problem", ovl_str(text_of(&why)));
		entry_end(d);
	}
	text_free(&why);
}

/* Text i of a list of names; empty when there is none. */
static struct ovl_str name_at(const struct ovl_tree *tree, ovl_node node, const char *list,
			      uint32_t i)
{
	struct ovl_prop p;
	const char *text;
	uint32_t at = 0, len;

	if (!ovl_prop_find(tree, node, ovl_str(list), &p) || !p.value)
		return (struct ovl_str){ 0 };
	for (text = (const char *)p.value; at < p.len; at += len + 1, i--) {
		len = (uint32_t)strnlen(text + at, p.len - at);
		if (!i)
			return (struct ovl_str){ text + at, len };
	}
	return (struct ovl_str){ 0 };
}

/* ---------------------------------------------------------------- addresses */

static void add_place(struct decoded *d, ovl_node bus, struct cell_run address)
{
	static const char *const keys[] = {
		[REACH_NO_RANGES] = "no-ranges",
		[REACH_OUTSIDE] = "outside-ranges",
		[REACH_UNKNOWN] = "unread-ranges",
	};
	struct place place;

	if (!bus) /* the root is on none */
		return;
	place = decode_place(d->tree, bus, address);
	if (place.reach == REACH_CPU) {
		field_u64(d, "cpu", place.address);
	} else if (place.reach == REACH_CONFIG) {
		uint32_t id = run_cell(address, 0) >> 8 & 0xffff;

		field(d, "pci");
		text_add(d->out, d->json ? "\"%02x:%02x.%x\"" : "%02x:%02x.%x", id >> 8,
			 id >> 3 & 31, id & 7);
	} else {
		field_node(d, keys[place.reach], place.at);
	}
}

static void print_reg(struct decoded *d, struct entries *e)
{
	ovl_node bus = ovl_node_parent(d->tree, e->node);
	struct reg_entry reg;

	while (reg_next(e, &reg)) {
		struct ovl_str name = name_at(d->tree, e->node, "reg-names", d->n_entries);

		entry_begin(d);
		if (name.len)
			field_text(d, "name", name);
		field_run(d, "address", reg.address);
		field_run(d, "size", reg.size);
		if (reg.size.n)
			add_place(d, bus, reg.address);
		entry_end(d);
	}
}

static void print_ranges(struct decoded *d, struct entries *e)
{
	bool dma = strcmp(e->prop.name, "dma-ranges") == 0;
	struct range_entry range;

	while (range_next(e, &range)) {
		entry_begin(d);
		field_run(d, "child", range.child);
		field_run(d, "parent", range.parent);
		field_run(d, "size", range.size);
		if (!dma)
			add_place(d, ovl_node_parent(d->tree, e->node), range.parent);
		entry_end(d);
	}
}

/* ---------------------------------------------------------------- interrupts */

static void print_interrupts(struct decoded *d, struct entries *e)
{
	struct interrupt in;

	while (interrupt_next(e, &in)) {
		struct ovl_str name = name_at(d->tree, e->node, "interrupt-names", d->n_entries);

		entry_begin(d);
		if (name.len)
			field_text(d, "name", name);
		if (in.parent) {
			field_cells(d, "specifier", in.specifier);
			field_node(d, "parent", in.parent);
		} else {
			field_u64(d, "phandle", 0);
		}
		if (in.controller && in.controller != in.parent) {
			field_node(d, "controller", in.controller);
			field_cells(d, "input", in.input);
		}
		if (in.lost)
			field_node(d, "not-in-map", in.lost);
		entry_end(d);
	}
}

static void print_interrupt_map(struct decoded *d, struct entries *e)
{
	struct interrupt_map_entry m;

	while (interrupt_map_next(e, &m)) {
		entry_begin(d);
		if (m.child_address.n)
			field_cells(d, "address", m.child_address);
		field_cells(d, "specifier", m.child_specifier);
		field_node(d, "parent", m.parent);
		if (m.parent_address.n)
			field_cells(d, "parent-address", m.parent_address);
		field_cells(d, "parent-specifier", m.parent_specifier);
		entry_end(d);
	}
}

/* ---------------------------------------------------------------- requester ids */

static void print_id_map(struct decoded *d, struct entries *e)
{
	struct id_map_entry m;

	while (id_map_next(e, &m)) {
		entry_begin(d);
		field_u64(d, "first", m.first);
		field_u64(d, "length", m.length);
		if (m.node)
			field_node(d, "node", m.node);
		else
			field_u64(d, "no-node", m.phandle);
		field_u64(d, "output", m.output);
		if (m.masked)
			field_u64(d, "mask", m.mask);
		entry_end(d);
	}
}

/* ---------------------------------------------------------------- nodes */

static const struct row {
	const char *prop;
	void (*print)(struct decoded *decoded, struct entries *entries);
} rows[] = {
	{ "reg", print_reg },
	{ "ranges", print_ranges },
	{ "dma-ranges", print_ranges },
	{ "interrupts", print_interrupts },
	{ "interrupts-extended", print_interrupts },
	{ "interrupt-map", print_interrupt_map },
	{ "iommu-map", print_id_map },
	{ "msi-map", print_id_map },
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct row *row_of(const char *prop)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (strcmp(rows[i].prop, prop) == 0)
			return &rows[i];
	return NULL;
}

bool decoded_knows(const char *prop)
{
	return row_of(prop);
}

static void print_entries(struct decoded *d, const struct row *row, struct entries *e)
{
	d->prop = row->prop;
	d->n_entries = 0;
	if (d->json)
		text_add(d->out, "[");
	row->print(d, e);
	problem(d, e);
	if (d->json)
		text_add(d->out, "]");
	else if (!d->n_entries)
		text_add(d->out, "%s: empty\n", d->prop);
}

static void print_names(struct decoded *d, const struct names *names, const char *one,
			const char *list, ovl_node node)
{
	const struct name *name = names_find(names, node), *first = name;

	if (d->json && name)
		text_add(d->out, ", \"%s\": [", list);
	for (; name; name = names_are_more(names, name) ? name + 1 : NULL) {
		if (d->json)
			text_add(d->out, "%s\"", name == first ? "" : ", ");
		else
			text_add(d->out, "%s: ", one);
		print_escaped(d->out, name->name, d->json ? AS_JSON : AS_PLAIN);
		text_add(d->out, d->json ? "\"" : "\n");
	}
	if (d->json && first)
		text_add(d->out, "]");
}

static void print_node(struct decoded *d, ovl_node node)
{
	uint32_t phandle = ovl_node_phandle(d->tree, node);
	struct entries e;

	text_add(d->out, d->json ? "{\"path\": " : "path: ");
	add_path(d, node);
	if (!d->json)
		text_add(d->out, "\n");
	print_names(d, &d->labels, "label", "labels", node);
	print_names(d, &d->aliases, "alias", "aliases", node);
	if (phandle)
		text_add(d->out, d->json ? ", \"phandle\": %u" : "phandle: 0x%x\n", phandle);
	for (size_t i = 0; i < N_ROWS; i++) {
		if (!entries_open(&e, d->tree, node, rows[i].prop))
			continue;
		if (d->json)
			text_add(d->out, ", \"%s\": ", rows[i].prop);
		print_entries(d, &rows[i], &e);
	}
	if (d->json)
		text_add(d->out, "}");
}

/* needs: the node has the property. */
void decoded_prop(struct text *out, const struct ovl_tree *tree, ovl_node node, const char *prop, bool json)
{
	struct decoded d = { .out = out, .tree = tree, .json = json };
	struct entries e;

	entries_open(&e, tree, node, prop);
	print_entries(&d, row_of(prop), &e);
	if (json)
		text_add(out, "\n");
}

/* Nodes from first to the end of the walk over top. */
static void print_nodes(struct text *out, struct diags *diags, const struct ovl_tree *tree,
			ovl_node first, bool all, bool json)
{
	struct decoded d = { .out = out, .tree = tree, .json = json };

	names_read(&d.labels, diags, tree, "__symbols__");
	names_read(&d.aliases, diags, tree, "aliases");
	for (ovl_node n = first; n; n = all ? tree_next(tree, first, n) : OVL_NONE) {
		if (n != first)
			text_add(out, json ? ",\n" : "\n");
		print_node(&d, n);
	}
	names_free(&d.labels);
	names_free(&d.aliases);
}

void decoded_node(struct text *out, struct diags *diags, const struct ovl_tree *tree, ovl_node node, bool json)
{
	print_nodes(out, diags, tree, node, false, json);
	if (json)
		text_add(out, "\n");
}

void decoded_tree(struct text *out, struct diags *diags, const struct ovl_tree *tree, bool json)
{
	text_add(out, json ? "[" : "");
	print_nodes(out, diags, tree, ovl_node_root(tree), true, json);
	text_add(out, json ? "]\n" : "");
}
