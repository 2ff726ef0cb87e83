/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* extract_copy.c - nodes of the host into a tree of their own, see extract.h.
 * needs: what becomes of reg and ranges.  Makes the fragment, or the node, that they come below; gives them names
 * that nothing there has, new phandles, and their labels.  References still have the numbers of the host.
 * For Xen each node says what it is in the host: Xen's docs/misc/arm/passthrough.txt. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "decode.h"
#include "extract.h"
#include "pages.h"

static const struct pos nowhere;

struct prop *extract_add_prop(struct extract *x, struct node *node, const char *name, const void *bytes, uint32_t len)
{
	struct prop *p = prop_new(&x->tree, name_of(&x->pool, name, strlen(name)), nowhere);

	prop_append(&x->tree, node, p);
	prop_set(&x->tree, p, bytes, len);
	return p;
}

void extract_add_cell(struct extract *x, struct node *node, const char *name, uint32_t number)
{
	unsigned char cell[4];

	cell_put(cell, number);
	extract_add_prop(x, node, name, cell, sizeof(cell));
}

void extract_put_ref(struct extract *x, struct prop *p, uint32_t off, const char *label, struct node *to)
{
	struct marker *m = marker_new(&x->tree, MARK_REF_PHANDLE, off, to ? NULL : label, nowhere);
	struct marker **at = &p->value.markers;

	m->to->target = to;
	cell_put(p->value.bytes + off, to ? to->phandle : UINT32_MAX);
	while (*at)
		at = &(*at)->next;
	m->next = *at;
	*at = m;
}

/* ---------------------------------------------------------------- where all comes below */

static void make_overlay(struct extract *x)
{
	struct node *fragment = node_made(&x->tree, x->tree.root, "fragment@0");
	static const unsigned char unknown[] = { 0xff, 0xff, 0xff, 0xff };

	if (x->target[0] == '&')
		extract_put_ref(x, extract_add_prop(x, fragment, "target", unknown, sizeof(unknown)), 0, x->target + 1, NULL);
	else
		prop_add_text(&x->tree, fragment, "target-path", x->target);
	x->home = node_made(&x->tree, fragment, "__overlay__");
}

static void make_partial(struct extract *x)
{
	struct node *root = x->tree.root;

	extract_add_cell(x, root, "#address-cells", 2);
	extract_add_cell(x, root, "#size-cells", 2);
	x->home = node_made(&x->tree, root, "passthrough");
	prop_add_text(&x->tree, x->home, "compatible", "simple-bus");
	extract_add_prop(x, x->home, "ranges", "", 0);
	extract_add_cell(x, x->home, "#address-cells", 2);
	extract_add_cell(x, x->home, "#size-cells", 2);
}

/* ---------------------------------------------------------------- names */

static bool is_taken(const struct extract *x, struct name *name)
{
	return node_child(x->home, name) ||
	       (x->bus && ovl_node_child(&x->base.tree, x->bus, (struct ovl_str){ name->text, name->len }));
}

struct name *extract_free_name(struct extract *x, const char *base_name, const char *unit)
{
	struct text text = { 0 };
	struct name *name;

	text_add(&text, "%s%s", base_name, unit);
	name = name_of(&x->pool, text_of(&text), text.len);
	while (is_taken(x, name)) {
		text_cut(&text, 0);
		text_add(&text, "%s-%u%s", base_name, ++x->n_suffixes, unit);
		name = name_of(&x->pool, text_of(&text), text.len);
	}
	text_free(&text);
	return name;
}

/* That of the host, at the address in the guest. */
static struct name *name_at_home(struct extract *x, ovl_node node)
{
	const struct moved *m = x->parts[node].moved;
	struct ovl_str name = ovl_node_name(&x->host.tree, node);
	const char *at = memchr(name.ptr, '@', name.len);
	size_t base_len = at ? (size_t)(at - name.ptr) : name.len;
	const char *base_name = pool_text(&x->pool, name.ptr, base_len);
	const char *unit = pool_text(&x->pool, name.ptr + base_len, name.len - base_len);
	char moved[32];

	if (at && m->reg.gone)
		unit = "";
	if (at && m->has_unit && m->unit != m->host_unit) {
		snprintf(moved, sizeof(moved), "@%" PRIx64, m->unit);
		unit = moved;
	}
	return extract_free_name(x, base_name, unit);
}

/* ---------------------------------------------------------------- nodes */

static bool is_called(const struct ovl_prop *p, const char *name)
{
	return strcmp(p->name, name) == 0;
}

static bool makes_a_bus(const struct ovl_prop *p)
{
	static const char *const names[] = { "compatible", "device_type", "#address-cells", "#size-cells",
					     "ranges", "dma-ranges", "dma-coherent", "dma-noncoherent" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_called(p, names[i]))
			return true;
	return false;
}

static const struct new_value *new_value(const struct moved *m, const struct ovl_prop *p)
{
	if (!m)
		return NULL;
	return is_called(p, "reg")	      ? &m->reg
	       : is_called(p, "ranges")	      ? &m->ranges
	       : is_called(p, "dma-ranges") ? &m->dma_ranges
					      : NULL;
}

static void copy_prop(struct extract *x, const struct part *part, const struct ovl_prop *p)
{
	const struct new_value *value = new_value(part->moved, p);

	if (part->kind == PART_SHELL && !makes_a_bus(p))
		return;
	/* The host's own would be what another tool said of another guest. */
	if (x->profile == FOR_XEN && (is_called(p, "xen,reg") || is_called(p, "xen,path")))
		return;
	if (prop_is_phandle(p->name)) {
		if (part->copy->phandle)
			return;
		node_take_phandle(&x->tree, part->copy, 0);
		extract_add_cell(x, part->copy, "phandle", part->copy->phandle);
	} else if (value && value->set) {
		if (!value->gone)
			extract_add_prop(x, part->copy, p->name, value->at, value->len);
	} else {
		extract_add_prop(x, part->copy, p->name, p->value, p->len);
	}
}

static void copy_node(struct extract *x, ovl_node node)
{
	const struct ovl_tree *tree = &x->host.tree;
	struct part *part = &x->parts[node];
	struct ovl_str name = ovl_node_name(tree, node);
	struct ovl_prop p;

	part->copy = node_new(&x->tree, part->moved ? name_at_home(x, node) : name_of(&x->pool, name.ptr, name.len),
			      nowhere);
	node_append(&x->tree, part->moved ? x->home : x->parts[ovl_node_parent(tree, node)].copy, part->copy);
	for (int more = ovl_prop_first(tree, node, &p); more; more = ovl_prop_next(tree, &p))
		copy_prop(x, part, &p);
}

/* ---------------------------------------------------------------- Xen */

/* n: the cells that the node's bus has for it. */
static void put_number(struct extract *x, ovl_node node, struct text *to, uint32_t n, uint64_t number)
{
	struct diag_place at = extract_place(x);
	unsigned char cells[8];

	cell_put(cells, (uint32_t)(number >> 32));
	cell_put(cells + 4, (uint32_t)number);
	if (n == 2 || (n == 1 && number <= UINT32_MAX)) {
		text_put(to, cells + (n == 2 ? 0 : 4), n == 2 ? 8 : 4);
		return;
	}
	diag_error(x->diags, &at, MSG_GUEST_NO_ROOM, extract_path(x, node), (unsigned long long)number,
		   extract_path(x, ovl_node_parent(&x->host.tree, node)), n);
	extract_fail(x, CONFLICT);
}

static void put_pages(struct extract *x, ovl_node node, struct text *to, const struct extract_region *r)
{
	const struct ovl_tree *tree = &x->host.tree;
	ovl_node bus = ovl_node_parent(tree, node);
	uint32_t n = x->parts[node].moved ? 2 : address_cells(tree, bus);
	uint32_t n_size = x->parts[node].moved ? 2 : size_cells(tree, bus);
	struct pages pages = { r->host, r->size, r->guest };
	struct diag_place at = extract_place(x);

	if (pages_round(x->diags, &at, extract_path(x, node), &pages))
		extract_fail(x, CONFLICT);
	put_number(x, node, to, n, pages.host);
	put_number(x, node, to, n_size, pages.size);
	put_number(x, node, to, n, pages.guest);
}

/* Its path in the host when it is a device, and where its registers are there and in the guest. */
static void say_host(struct extract *x, ovl_node node, size_t *region)
{
	struct part *part = &x->parts[node];
	struct text reg = { 0 };

	for (; *region < x->n_regions && x->regions[*region].node == node; ++*region)
		put_pages(x, node, &reg, &x->regions[*region]);
	if (reg.len)
		extract_add_prop(x, part->copy, "xen,reg", reg.at, (uint32_t)reg.len);
	if (reg.len || part->named)
		prop_add_text(&x->tree, part->copy, "xen,path", extract_path(x, node));
	text_free(&reg);
}

/* ---------------------------------------------------------------- labels */

static bool is_free_label(const struct extract *x, const struct node *symbols, struct name *label)
{
	return !prop_find_any(symbols, label) &&
	       (!x->has_base || !ovl_node_by_label(&x->base.tree, (struct ovl_str){ label->text, label->len }));
}

static void add_label(struct extract *x, struct node *symbols, const char *text, size_t len, struct node *node)
{
	struct name *label = name_of(&x->pool, text, len);
	size_t path_len;
	const char *path = node_path(&x->tree, node, &path_len);

	while (!is_free_label(x, symbols, label)) {
		struct text other = { 0 };

		text_add(&other, "%.*s_%u", (int)len, text, ++x->n_suffixes);
		label = name_of(&x->pool, text_of(&other), other.len);
		text_free(&other);
	}
	extract_add_prop(x, symbols, label->text, path, (uint32_t)path_len + 1);
}

/* Those of the host; moved: which nodes have one now. */
static void copy_labels(struct extract *x, struct node *symbols)
{
	const struct ovl_tree *tree = &x->host.tree;
	ovl_node of_host = ovl_node_child(tree, ovl_node_root(tree), ovl_str("__symbols__"));
	struct ovl_prop p;

	for (int more = of_host && ovl_prop_first(tree, of_host, &p); more; more = ovl_prop_next(tree, &p)) {
		ovl_node node = ovl_node_by_label(tree, (struct ovl_str){ p.name, p.name_len });

		if (!node || x->parts[node].kind != PART_WHOLE)
			continue;
		add_label(x, symbols, p.name, p.name_len, x->parts[node].copy);
		x->parts[node].copy->referenced = true;
	}
}

/* crosvm and pvmfw know a device by its label: one without gets its name. */
static void make_label(struct extract *x, struct node *symbols, struct node *node)
{
	size_t len = node_base_len(node);
	char *text = pool_text(&x->pool, node->name->text, len);

	for (size_t i = 0; i < len; i++)
		if (strchr(",._+-", text[i]))
			text[i] = '_';
	if (strchr("0123456789", text[0]))
		return;
	if (!node->phandle) {
		node_take_phandle(&x->tree, node, 0);
		extract_add_cell(x, node, "phandle", node->phandle);
	}
	add_label(x, symbols, text, len, node);
}

static void label_all(struct extract *x)
{
	const struct ovl_tree *tree = &x->host.tree;
	struct node *symbols = node_made(&x->tree, x->tree.root, "__symbols__");
	ovl_node root = ovl_node_root(tree);

	copy_labels(x, symbols);
	for (ovl_node n = root; n; n = tree_next(tree, root, n))
		if (x->parts[n].named && !x->parts[n].copy->referenced)
			make_label(x, symbols, x->parts[n].copy);
	if (!symbols->props)
		node_delete(symbols);
}

void extract_copy(struct extract *x)
{
	const struct ovl_tree *tree = &x->host.tree;
	ovl_node root = ovl_node_root(tree);
	size_t region = 0;

	tree_init(&x->tree, &x->pool);
	x->tree.root = node_new(&x->tree, name_of(&x->pool, "", 0), nowhere);
	if (x->profile == FOR_XEN)
		make_partial(x);
	else
		make_overlay(x);
	for (ovl_node n = root; n; n = tree_next(tree, root, n)) {
		if (!x->parts[n].kind)
			continue;
		copy_node(x, n);
		if (x->profile == FOR_XEN)
			say_host(x, n, &region);
	}
	if (x->profile == FOR_VFIO)
		label_all(x);
}
