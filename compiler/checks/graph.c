/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* graph.c - checks: ports and endpoints (the kernel's graph binding).
 * A node with an endpoint in it is a port, whatever it is called; two endpoints that are connected refer to
 * each other. */
#include <string.h>

#include "check.h"
#include "layout.h"

void check_graph_nodes(struct checks *c)
{
	const struct name *remote = check_name(c, "remote-endpoint"), *reg = check_name(c, "reg");

	for_each_device(c, n)
		for_each_child(n, child) {
			if (!node_is_called(child, "endpoint") && !check_get(child, remote))
				continue;
			if (!n->parent) {
				check_node(c, n, "the root has an endpoint, '%s'", child->name->text);
				continue;
			}
			check_is_bus(c, n, BUS_PORT);
			if (n->parent->bus == BUS_NONE &&
			    (strcmp(n->parent->name->text, "ports") == 0 || check_get(n, reg)))
				check_is_bus(c, n->parent, BUS_PORTS);
			break;
		}
}

static void check_count(struct checks *c, const struct node *n, const char *name, int is, int right)
{
	if (is == right)
		return;
	if (is < 0)
		check_node(c, n, "its parent has no usable %s, and %d is right", name, right);
	else
		check_node(c, n, "its parent has %s = %d, and %d is right", name, is, right);
}

/* A numbered port or endpoint. */
static void check_number(struct checks *c, const struct node *n, const struct name *reg)
{
	const struct prop *p = check_get(n, reg);

	/* unit_address_vs_reg tells of a reg without unit address; dtc tells it once more here. */
	if (!p || (!layout_unit(n)[0] && c->diags->style == DIAG_OWN))
		return;
	if (p->value.len != 4) {
		check_node(c, n, "its reg has %u bytes, and is one cell of 4", p->value.len);
		return;
	}
	layout_check_unit(c, n, cell_get(p->value.bytes));
	if (c->diags->style == DIAG_OWN && !layout_known(c, n->parent))
		return;
	check_count(c, n, "#address-cells", n->parent->addr_cells, 1);
	check_count(c, n, "#size-cells", n->parent->size_cells, 0);
}

void check_graph_port(struct checks *c)
{
	const struct name *reg = check_name(c, "reg");

	for_each_device(c, n) {
		if (n->bus != BUS_PORT)
			continue;
		check_number(c, n, reg);
		/* In an overlay it may well be __overlay__, whose name is the target's. */
		if (!c->tree->plugin && !node_is_called(n, "port"))
			check_node(c, n, "it has an endpoint, and so is called 'port'");
	}
}

static const struct node *other_end(struct checks *c, const struct node *n, const struct name *remote)
{
	const struct prop *p = check_get(n, remote);

	return p && p->value.len == 4 ? node_by_phandle(c->tree, cell_get(p->value.bytes)) : NULL;
}

static void check_connection(struct checks *c, const struct node *n, const struct name *remote)
{
	const struct prop *p = check_get(n, remote);
	const struct node *other = other_end(c, n, remote);

	/* 0 stands for what is not connected. */
	if (!p || (p->value.len == 4 && (cell_get(p->value.bytes) + 1) <= 1))
		return;
	if (p->value.len != 4)
		check_prop(c, n, p, "it has %u bytes, and a phandle has 4", p->value.len);
	else if (!other)
		check_prop(c, n, p, "no node has the phandle 0x%x", cell_get(p->value.bytes));
	else if (other_end(c, other, remote) != n)
		check_node(c, n, "its other end, %s, does not refer back to it", node_path(c->tree, other, NULL));
}

void check_graph_endpoint(struct checks *c)
{
	const struct name *reg = check_name(c, "reg"), *remote = check_name(c, "remote-endpoint");

	for_each_device(c, n) {
		if (!n->parent || n->parent->bus != BUS_PORT)
			continue;
		check_number(c, n, reg);
		if (c->tree->plugin)
			continue;
		if (!node_is_called(n, "endpoint"))
			check_node(c, n, "it is in a port, and so is called 'endpoint'");
		check_connection(c, n, remote);
	}
}
