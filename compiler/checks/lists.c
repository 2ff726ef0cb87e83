/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* lists.c - checks: properties that are lists of references, each with as many cells behind it as the node
 * it refers to says (clocks and #clock-cells, and so on: libovl/refs_table.h), and references without any.
 * A cell of 0 or of all ones stands for an entry that is left out; in an overlay all ones stand for a label
 * of the base, of which nothing more is known. */
#include <string.h>

#include "check.h"
#include "layout.h"

/* Only MUST makes a difference here. */
#define MUST (-1)
#define REST (-2)
#define REF(id, name, cells, n, source) [LIST_##id] = { name, cells, (n) != MUST },

const struct check_list check_lists[N_CHECK_LISTS] = {
#include "../../libovl/refs_table.h"
};

static bool stands_for_nothing(uint32_t cell)
{
	return cell == 0 || cell == UINT32_MAX;
}

static uint32_t cell_at(const struct prop *p, uint64_t i)
{
	return cell_get(p->value.bytes + i * 4);
}

static bool is_cells(struct checks *c, const struct node *n, const struct prop *p)
{
	if (p->value.len % 4 == 0)
		return true;
	for_each_marker(p, m)
		if (m->type == MARK_REF_PATH && c->diags->style == DIAG_OWN) {
			check_at(c, n, p, m->pos, "the path of a node stands here, where cells should");
			check_help(c, "write <&%s>", m->to->ref);
			return false;
		}
	check_prop(c, n, p, "it has %u bytes, which is no number of cells", p->value.len);
	return false;
}

/* Markers tell which cells the source wrote as references; *m goes along with the cells. */
static bool is_reference(const struct marker **m, uint64_t i)
{
	while (*m && ((*m)->type != MARK_REF_PHANDLE || (*m)->offset < i * 4))
		*m = (*m)->next;
	return *m && (*m)->offset == i * 4;
}

/* Where the reference of a finding stands; dtc names the whole property. */
static struct pos place_of(const struct checks *c, const struct prop *p, const struct marker *m)
{
	return c->diags->style == DIAG_DTC ? prop_whole(p) : m && m->pos.end ? m->pos : p->pos;
}

/* The node that cell i refers to, or NULL: with a finding, unless it may be one of the base. */
static const struct node *node_at(struct checks *c, const struct node *n, const struct prop *p, uint64_t i)
{
	const struct node *node = node_by_phandle(c->tree, cell_at(p, i));

	if (!node && !layout_is_part(c, n))
		check_prop(c, n, p, "cell %llu: no node has the phandle 0x%x", (unsigned long long)i, cell_at(p, i));
	return node;
}

/* ---------------------------------------------------------------- references with cells */

/* How many cells follow the reference in cell i to provider, which says so in its property `name`; false when
 * that is not known, with a finding where it should be. */
static bool cells_of(struct checks *c, const struct node *n, const struct prop *p, uint64_t i,
		     const struct node *provider, const struct check_list *list, const struct name *name,
		     uint64_t *cells)
{
	const struct prop *says = check_get(provider, name);

	if (says && says->value.len == 4) {
		*cells = cell_get(says->value.bytes);
		return true;
	}
	*cells = 0;
	/* The X_is_cell checks have told the others. */
	if (says && !list->property)
		check_prop(c, n, p, "cell %llu: %s of %s has %u bytes, and is one cell of 4", (unsigned long long)i,
			   list->cells, node_path(c->tree, provider, NULL), says->value.len);
	if (says || layout_is_part(c, provider))
		return false;
	if (!list->optional)
		check_prop(c, n, p, "cell %llu: %s has no %s", (unsigned long long)i,
			   node_path(c->tree, provider, NULL), list->cells);
	return list->optional;
}

/* name: that of list->cells, looked up. */
static void check_list(struct checks *c, const struct node *n, const struct prop *p,
		       const struct check_list *list, const struct name *name)
{
	const struct marker *m = p->value.markers;
	uint64_t i = 0, end = p->value.len / 4, cells;

	if (!is_cells(c, n, p))
		return;
	while (i < end) {
		const struct node *provider;

		if (stands_for_nothing(cell_at(p, i))) {
			if (c->tree->plugin || (cell_at(p, i) && is_reference(&m, i)))
				return;
			i++;
			continue;
		}
		if (p->value.markers && !is_reference(&m, i))
			check_prop(c, n, p, "cell %llu, 0x%x, is not written as a reference",
				   (unsigned long long)i, cell_at(p, i));
		provider = node_at(c, n, p, i);
		if (!provider || !cells_of(c, n, p, i, provider, list, name, &cells))
			return;
		if (cells > end - i - 1) {
			check_at(c, n, p, place_of(c, p, m), "cell %llu: %s has %s = %llu, and %llu follow",
				 (unsigned long long)i, node_path(c->tree, provider, NULL), list->cells,
				 (unsigned long long)cells, (unsigned long long)(end - i - 1));
			return;
		}
		i += cells + 1;
	}
}

/* c->what: a struct check_list. */
void check_list_property(struct checks *c)
{
	const struct check_list *list = c->what;
	const struct name *name = check_name(c, list->property), *cells = check_name(c, list->cells);

	for_each_holder(c, name, n, p)
		check_list(c, n, p, list, cells);
}

/* c->what: the same; what says the number of cells is one cell itself. */
void check_list_count(struct checks *c)
{
	const struct check_list *list = c->what;

	check_cell_named(c, list->cells);
}

/* ---------------------------------------------------------------- GPIOs */

static bool ends_in(const struct name *name, const char *end)
{
	size_t len = strlen(end);

	return name->len >= len && memcmp(name->text + name->len - len, end, len) == 0;
}

static bool is_gpios(const struct name *name)
{
	if (!ends_in(name, "gpios") && !ends_in(name, "gpio"))
		return false;
	return !ends_in(name, ",nr-gpios") &&
	       (ends_in(name, "-gpios") || ends_in(name, "-gpio") || strcmp(name->text, "gpios") == 0 ||
		strcmp(name->text, "gpio") == 0);
}

/* The gpios of a hog are numbers of its parent. */
void check_gpios_property(struct checks *c)
{
	static const struct check_list list = { NULL, "#gpio-cells", false };
	const struct name *hog = check_name(c, "gpio-hog"), *cells = check_name(c, list.cells);

	for_each_match(c, is_gpios, n, p)
		if (!check_get(n, hog))
			check_list(c, n, p, &list, cells);
}

void check_deprecated_gpio_property(struct checks *c)
{
	for_each_match(c, is_gpios, n, p)
		if (ends_in(p->name, "gpio"))
			check_prop(c, n, p, "a name that ends in 'gpio' is deprecated; write '...gpios'");
}

/* ---------------------------------------------------------------- references without cells */

static void check_references(struct checks *c, const struct node *n, const struct prop *p)
{
	if (!is_cells(c, n, p))
		return;
	for (uint64_t i = 0; i < p->value.len / 4; i++)
		if (!stands_for_nothing(cell_at(p, i)))
			node_at(c, n, p, i);
}

/* c->what: the property's name.  Of phy-handle too there are lists: apm,xgene-enet tries one after the other. */
void check_references_property(struct checks *c)
{
	const struct name *name = check_name(c, c->what);

	for_each_holder(c, name, n, p)
		check_references(c, n, p);
}

static void check_one_reference(struct checks *c, const struct node *n, const struct prop *p)
{
	if (p->value.len != 4)
		check_prop(c, n, p, "it has %u bytes, and one phandle has 4", p->value.len);
	else if (!stands_for_nothing(cell_at(p, 0)))
		node_at(c, n, p, 0);
}

static bool is_supply(const struct name *name)
{
	return ends_in(name, "-supply");
}

void check_supply_property(struct checks *c)
{
	for_each_match(c, is_supply, n, p)
		check_one_reference(c, n, p);
}

/* ---------------------------------------------------------------- maps of requester ids */

/* Cells of the entry whose reference leads to `to`: the first id, the node, what the first id becomes there, how
 * many.  What it becomes has one cell in most sources, whatever the node's specifiers have. */
static uint64_t entry_cells(const struct node *to, const struct name *cells, bool by_cells)
{
	const struct prop *says = to && by_cells ? check_get(to, cells) : NULL;
	uint64_t n = says && says->value.len == 4 ? cell_get(says->value.bytes) : 1;

	return n ? n + 3 : 4;
}

/* Whether the map can be read so to its end. */
static bool map_is(const struct checks *c, const struct prop *p, const struct name *cells, bool by_cells)
{
	uint64_t end = p->value.len / 4, width;

	for (uint64_t i = 0; i < end; i += width) {
		const struct node *to;

		if (end - i < 4)
			return false;
		to = node_by_phandle(c->tree, cell_at(p, i + 1));
		width = entry_cells(to, cells, by_cells);
		if ((!to && !stands_for_nothing(cell_at(p, i + 1))) || width > end - i)
			return false;
	}
	return true;
}

static void check_map(struct checks *c, const struct node *n, const struct prop *p,
		      const struct check_list *list, const struct name *cells)
{
	bool by_cells = !map_is(c, p, cells, false) && map_is(c, p, cells, true);
	uint64_t end = p->value.len / 4, width;

	for (uint64_t i = 0; i < end; i += width) {
		const struct node *to = NULL;

		if (end - i < 4) {
			check_prop(c, n, p, "cell %llu: an entry has 4 cells, and %llu are left",
				   (unsigned long long)i, (unsigned long long)(end - i));
			return;
		}
		if (!stands_for_nothing(cell_at(p, i + 1))) {
			to = node_at(c, n, p, i + 1);
			if (!to)
				return;
			if (!list->optional && !check_get(to, cells) && !layout_is_part(c, to))
				check_prop(c, n, p, "cell %llu: %s has no %s", (unsigned long long)i + 1,
					   node_path(c->tree, to, NULL), list->cells);
		} else if (c->tree->plugin) {
			return;
		}
		width = entry_cells(to, cells, by_cells);
	}
}

/* c->what: as of a list. */
void check_id_map(struct checks *c)
{
	const struct check_list *list = c->what;
	const struct name *name = check_name(c, list->property), *cells = check_name(c, list->cells);

	for_each_holder(c, name, n, p)
		if (is_cells(c, n, p))
			check_map(c, n, p, list, cells);
}
