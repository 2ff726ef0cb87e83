/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* survey.c - before the checks: all nodes in a list, and what there is among them, so that a check of what no node
 * has need not come to each of them.
 * A large tree does not fit into the processor's caches: to visit every node takes longer than to look at it. */
#include "survey.h"

#include <stdlib.h>
#include <string.h>

/* What /__symbols__ and its like hold is called as the labels are, /__local_fixups__ has offsets where the
 * nodes have references: dtc takes both for devices. */
static bool is_table(const struct checks *c, const struct node *n)
{
	return n->parent == c->tree->root && c->diags->style == DIAG_OWN && strncmp(n->name->text, "__", 2) == 0;
}

static void list_devices(struct checks *c, size_t n_nodes)
{
	size_t n_devices = 0, room = 0;
	bool listed = true;

	c->devices = grow(c->diags, NULL, &room, n_nodes + 1, sizeof(*c->devices));
	for (size_t i = 0; i < n_nodes; i++) {
		if (c->nodes[i]->parent == c->tree->root)
			listed = !is_table(c, c->nodes[i]);
		if (listed)
			c->devices[n_devices++] = c->nodes[i];
	}
	c->devices[n_devices] = NULL;
}

/* What properties and labels are called tells some of it for all nodes. */
static unsigned int has_names(const struct checks *c)
{
	const struct pool *pool = c->tree->pool;
	unsigned int has = 0;

	for (size_t i = 0; i < pool->n_props; i++)
		if (strncmp(pool->props[i]->text, "spi-", 4) == 0)
			has |= HAS_SPI;
	if (check_name(c, "remote-endpoint"))
		has |= HAS_ENDPOINT;
	if (check_name(c, "reg") || check_name(c, "ranges"))
		has |= HAS_UNIT;
	if (pool->labels_twice || (pool->marks & 1u << MARK_LABEL))
		has |= HAS_LABELS_ALIKE;
	return has;
}

static unsigned int has_node(const struct node *n, const struct name *chosen)
{
	unsigned int has = name_has(n->name);

	if (!n->parent)
		has &= ~(unsigned int)HAS_NO_BASE_NAME;
	return has | (n->name->is_prop ? HAS_NAME_OF_PROP : 0) | (n->name == chosen ? HAS_CHOSEN : 0) |
	       (n->omit_if_no_ref ? HAS_OMITTED : 0) | (n->perhaps_twice ? HAS_PROP_TWICE : 0);
}

/* adds: the order in which the checks come to the nodes. */
void survey(struct checks *c)
{
	const struct name *chosen = check_name(c, "chosen");
	size_t n_nodes = 0, room = 0;
	bool tables = false;

	c->has = has_names(c);
	c->nodes = grow(c->diags, NULL, &room, 1, sizeof(*c->nodes));
	for_each_node(c->tree->root, n) {
		c->nodes = grow(c->diags, c->nodes, &room, n_nodes + 2, sizeof(*c->nodes));
		c->nodes[n_nodes++] = n;
		c->has |= has_node(n, chosen);
		n->bus = BUS_NONE;
		n->addr_cells = n->size_cells = -1;
		tables |= is_table(c, n);
	}
	c->nodes[n_nodes] = NULL;
	c->devices = c->nodes;
	if (tables)
		list_devices(c, n_nodes);
}

void survey_drop(struct checks *c)
{
	if (c->devices != c->nodes)
		free(c->devices);
	free(c->nodes);
}
