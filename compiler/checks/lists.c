/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* lists.c - checks: properties that are lists of references, each with as many cells behind it as the node
 * it refers to says (clocks and #clock-cells, and so on: the kernel's bindings), and references without any.
 * A cell of 0 or of all ones stands for an entry that is left out; in an overlay all ones stand for a label
 * of the base, of which nothing more is known. */
#include <string.h>

#include "check.h"

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

/* The node that cell i refers to, or NULL with a finding. */
static struct node *provider_at(struct checks *c, const struct node *n, const struct prop *p, uint64_t i,
				const struct marker **m)
{
	uint32_t phandle = cell_at(p, i);
	struct node *provider = node_by_phandle(c->tree, phandle);

	if (p->value.markers && !is_reference(m, i))
		check_prop(c, n, p, "cell %llu, 0x%x, is not written as a reference",
			   (unsigned long long)i, phandle);
	if (!provider)
		check_prop(c, n, p, "cell %llu: no node has the phandle 0x%x", (unsigned long long)i, phandle);
	return provider;
}

/* How many cells follow a reference to provider; false with a finding. */
static bool cells_of(struct checks *c, const struct node *n, const struct prop *p, uint64_t i,
		     const struct node *provider, const struct check_list *list, uint64_t *cells)
{
	const struct prop *says = check_get(provider, check_name(c, list->cells));

	*cells = says && says->value.len == 4 ? cell_get(says->value.bytes) : 0;
	if (says || list->optional)
		return true;
	check_prop(c, n, p, "cell %llu: %s has no %s", (unsigned long long)i, node_path(c->tree, provider, NULL),
		   list->cells);
	return false;
}

static void check_list(struct checks *c, const struct node *n, const struct prop *p,
		       const struct check_list *list)
{
	const struct marker *m = p->value.markers;
	uint64_t i = 0, end = p->value.len / 4, cells;

	if (!is_cells(c, n, p))
		return;
	while (i < end) {
		const struct node *provider;

		if (stands_for_nothing(cell_at(p, i))) {
			if (c->tree->plugin)
				return;
			i++;
			continue;
		}
		provider = provider_at(c, n, p, i, &m);
		if (!provider || !cells_of(c, n, p, i, provider, list, &cells))
			return;
		if (cells > end - i - 1) {
			check_prop(c, n, p, "cell %llu: %s has %s = %llu, and %llu follow", (unsigned long long)i,
				   node_path(c->tree, provider, NULL), list->cells, (unsigned long long)cells,
				   (unsigned long long)(end - i - 1));
			return;
		}
		i += cells + 1;
	}
}

/* c->what: a struct check_list. */
void check_list_property(struct checks *c)
{
	const struct check_list *list = c->what;
	const struct name *name = check_name(c, list->property);

	if (!name)
		return;
	for_each_node(c->tree->root, n) {
		const struct prop *p = check_get(n, name);

		if (p)
			check_list(c, n, p, list);
	}
}

/* ---------------------------------------------------------------- GPIOs */

static bool ends_in(const struct name *name, const char *end)
{
	size_t len = strlen(end);

	return name->len >= len && memcmp(name->text + name->len - len, end, len) == 0;
}

/* What a label is called says nothing about its fixups. */
static bool is_table(const struct checks *c, const struct node *n)
{
	return c->diags->style == DIAG_OWN && n->parent == c->tree->root && strncmp(n->name->text, "__", 2) == 0;
}

static bool is_gpios(const struct name *name)
{
	return !ends_in(name, ",nr-gpios") &&
	       (ends_in(name, "-gpios") || ends_in(name, "-gpio") || strcmp(name->text, "gpios") == 0 ||
		strcmp(name->text, "gpio") == 0);
}

/* The gpios of a hog are numbers of its parent. */
void check_gpios_property(struct checks *c)
{
	static const struct check_list list = { NULL, "#gpio-cells", false };
	const struct name *hog = check_name(c, "gpio-hog");

	for_each_node(c->tree->root, n)
		for_each_prop(n, p)
			if (is_gpios(p->name) && !check_get(n, hog) && !is_table(c, n))
				check_list(c, n, p, &list);
}

void check_deprecated_gpio_property(struct checks *c)
{
	for_each_node(c->tree->root, n)
		for_each_prop(n, p)
			if (is_gpios(p->name) && ends_in(p->name, "gpio"))
				check_prop(c, n, p, "a name that ends in 'gpio' is deprecated; write '...gpios'");
}

/* ---------------------------------------------------------------- references without cells */

static void check_references(struct checks *c, const struct node *n, const struct prop *p)
{
	const struct marker *m = p->value.markers;

	if (!is_cells(c, n, p))
		return;
	for (uint64_t i = 0; i < p->value.len / 4; i++)
		if (!stands_for_nothing(cell_at(p, i)))
			provider_at(c, n, p, i, &m);
}

/* c->what: the property's name. */
void check_references_property(struct checks *c)
{
	const struct name *name = check_name(c, c->what);

	if (!name)
		return;
	for_each_node(c->tree->root, n) {
		const struct prop *p = check_get(n, name);

		if (p)
			check_references(c, n, p);
	}
}

void check_supply_property(struct checks *c)
{
	for_each_node(c->tree->root, n)
		for_each_prop(n, p)
			if (ends_in(p->name, "-supply") && p->value.len)
				check_references(c, n, p);
}

/* ---------------------------------------------------------------- maps of requester ids */

/* Entries: the first id, the node, what the first id becomes there, how many.  c->what: as of a list. */
void check_id_map(struct checks *c)
{
	const struct check_list *list = c->what;
	const struct name *name = check_name(c, list->property), *cells = check_name(c, list->cells);

	if (!name)
		return;
	for_each_node(c->tree->root, n) {
		const struct prop *p = check_get(n, name);
		const struct marker *m = p ? p->value.markers : NULL;
		uint64_t end = p ? p->value.len / 4 : 0, width;

		if (p && !is_cells(c, n, p))
			continue;
		for (uint64_t i = 0; i < end; i += width) {
			const struct prop *says;
			const struct node *to;

			width = 4;
			if (end - i < width) {
				check_prop(c, n, p, "cell %llu: an entry has %llu cells, and %llu are left",
					   (unsigned long long)i, (unsigned long long)width,
					   (unsigned long long)(end - i));
				break;
			}
			if (stands_for_nothing(cell_at(p, i + 1)))
				continue;
			to = provider_at(c, n, p, i + 1, &m);
			says = to ? check_get(to, cells) : NULL;
			if (to && !says && !list->optional)
				check_prop(c, n, p, "cell %llu: %s has no %s", (unsigned long long)i + 1,
					   node_path(c->tree, to, NULL), list->cells);
			if (!to)
				break;
		}
	}
}
