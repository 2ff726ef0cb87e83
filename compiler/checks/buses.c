/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* buses.c - checks: nodes that are a bus of a known kind, and the addresses of what is on them: PCI
 * (IEEE 1275's PCI binding), simple-bus (DTSpec 4.5), I2C and SPI (the kernel's bindings).
 * A ..._bridge check marks the nodes that are such a bus, for those behind it. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "layout.h"

static void wrong_counts(struct checks *c, const struct node *n, const char *bus, unsigned int address,
			 unsigned int size)
{
	if (!layout_known(c, n))
		return;
	if (layout_address(n) != address)
		check_node(c, n, "#address-cells is %llu, but %s bus has %u", layout_address(n), bus, address);
	if (layout_size(n) != size)
		check_node(c, n, "#size-cells is %llu, but %s bus has %u", layout_size(n), bus, size);
}

/* A bus without a device needs no counts; dtc takes a device that was deleted for one. */
static bool has_devices(const struct checks *c, const struct node *n)
{
	return c->diags->style == DIAG_DTC ? n->first : node_live(n->first);
}

/* ---------------------------------------------------------------- PCI */

static void check_bus_range(struct checks *c, const struct node *n, const struct prop *p)
{
	uint32_t first, last;

	if (p->value.len != 8) {
		check_prop(c, n, p, "it has %u bytes, and is two cells of 4", p->value.len);
		return;
	}
	first = cell_get(p->value.bytes);
	last = cell_get(p->value.bytes + 4);
	if (first > last)
		check_prop(c, n, p, "the first bus, %u, is behind the last, %u", first, last);
	if (last > 0xff)
		check_prop(c, n, p, "the last bus is %u; there are 256", last);
}

void check_pci_bridge(struct checks *c)
{
	const struct name *type = check_name(c, "device_type"), *ranges = check_name(c, "ranges");
	const struct name *bus_range = check_name(c, "bus-range");

	if (!type)
		return;
	for_each_checked(c, n) {
		const struct prop *p = check_get(n, type);

		if (!p || p->value.len != 4 || memcmp(p->value.bytes, "pci", 4) != 0)
			continue;
		check_is_bus(c, n, BUS_PCI);
		if (!node_is_called(n, "pci") && !node_is_called(n, "pcie") && !layout_is_target(c, n))
			check_node(c, n, "a PCI bus is called 'pci' or 'pcie'");
		if (!check_get(n, ranges) && !layout_is_part(c, n))
			check_node(c, n, "a PCI bridge has 'ranges'");
		wrong_counts(c, n, "a PCI", 3, 2);
		p = check_get(n, bus_range);
		if (p)
			check_bus_range(c, n, p);
	}
}

/* The first address of a device says its place in configuration space: phys.hi of npt000ss bbbbbbbb
 * dddddfff rrrrrrrr, and two cells of 0. */
static void check_config_address(struct checks *c, const struct node *n, const struct prop *p)
{
	uint32_t high = cell_get(p->value.bytes), device = high >> 11 & 0x1f, function = high >> 8 & 7;
	char expected[16], with_function[16];

	if (cell_get(p->value.bytes + 4) || cell_get(p->value.bytes + 8))
		check_prop(c, n, p, "cells 2 and 3 of a configuration address are 0");
	if (high & 0xff000000)
		check_prop(c, n, p, "the first address is not one of configuration space");
	if (high & 0xff)
		check_prop(c, n, p, "the register number of the first address is not 0");
	snprintf(with_function, sizeof(with_function), "%x,%x", device, function);
	snprintf(expected, sizeof(expected), "%x", device);
	if (function || strcmp(layout_unit(n), expected) != 0)
		if (strcmp(layout_unit(n), with_function) != 0)
			check_node(c, n, "its unit address is '%s', but its reg says '%s'", layout_unit(n),
				   function ? with_function : expected);
}

void check_pci_device_reg(struct checks *c)
{
	const struct name *reg = check_name(c, "reg");

	for_each_checked(c, n) {
		const struct prop *p;

		if (!n->parent || n->parent->bus != BUS_PCI)
			continue;
		p = check_get(n, reg);
		if (p && p->value.len >= 12)
			check_config_address(c, n, p);
	}
}

void check_pci_device_bus_num(struct checks *c)
{
	const struct name *reg = check_name(c, "reg"), *bus_range = check_name(c, "bus-range");

	for_each_checked(c, n) {
		uint32_t number, first = 0, last = 0;
		const struct prop *p, *range;

		if (!n->parent || n->parent->bus != BUS_PCI)
			continue;
		p = check_get(n, reg);
		range = check_get(n->parent, bus_range);
		if (!p || p->value.len < 4 || (range && range->value.len < 8))
			continue;
		if (range) {
			first = cell_get(range->value.bytes);
			last = cell_get(range->value.bytes + 4);
		}
		number = cell_get(p->value.bytes) >> 16 & 0xff;
		if (number < first || number > last)
			check_prop(c, n, p, "bus %u is not among those of its bridge, %u to %u",
				   number, first, last);
	}
}

/* ---------------------------------------------------------------- simple-bus */

static bool is_compatible(const struct node *node, const struct name *compatible, const char *wanted)
{
	const struct prop *p = check_get(node, compatible);
	size_t len = strlen(wanted);

	for (uint32_t at = 0; p && at < p->value.len; ) {
		size_t n = strnlen((char *)p->value.bytes + at, p->value.len - at);

		if (n == len && memcmp(p->value.bytes + at, wanted, len) == 0)
			return true;
		at += (uint32_t)n + 1;
	}
	return false;
}

void check_simple_bus_bridge(struct checks *c)
{
	const struct name *compatible = check_name(c, "compatible");

	if (!compatible)
		return;
	for_each_checked(c, n)
		if (is_compatible(n, compatible, "simple-bus"))
			check_is_bus(c, n, BUS_SIMPLE);
}

/* The address a node begins at: of its reg, or the parent's side of its ranges.  False when it has none. */
static bool first_address(const struct node *n, const struct name *reg, const struct name *ranges,
			  uint64_t *address)
{
	const struct prop *p = check_get(n, reg);
	uint64_t skip = 0, cells = layout_address(n->parent);

	if (!p) {
		p = check_get(n, ranges);
		skip = layout_address(n);
	}
	if (!p || !p->value.len || (skip + cells) * 4 > p->value.len)
		return false;
	*address = 0;
	for (uint64_t i = 0; i < cells; i++)
		*address = *address << 32 | cell_get(p->value.bytes + (skip + i) * 4);
	return true;
}

void check_simple_bus_reg(struct checks *c)
{
	const struct name *reg = check_name(c, "reg"), *ranges = check_name(c, "ranges");

	for_each_checked(c, n) {
		uint64_t address;

		if (!n->parent || n->parent->bus != BUS_SIMPLE || !layout_known(c, n->parent) ||
		    (!check_get(n, reg) && !layout_known(c, n)))
			continue;
		if (!first_address(n, reg, ranges, &address)) {
			if (n->parent->parent && n->bus != BUS_SIMPLE && !layout_is_part(c, n))
				check_node(c, n, "a device on a simple-bus has a reg or ranges");
			continue;
		}
		layout_check_unit(c, n, address);
	}
}

/* ---------------------------------------------------------------- I2C */

/* A controller whose buses are nodes of their own is no bus itself. */
static bool is_i2c(const struct node *n)
{
	if (node_is_called(n, "i2c-bus") || node_is_called(n, "i2c-arb"))
		return true;
	if (!node_is_called(n, "i2c"))
		return false;
	for_each_child(n, child)
		if (node_is_called(child, "i2c-bus"))
			return false;
	return true;
}

void check_i2c_bus_bridge(struct checks *c)
{
	for_each_checked(c, n) {
		if (!is_i2c(n))
			continue;
		check_is_bus(c, n, BUS_I2C);
		if (has_devices(c, n))
			wrong_counts(c, n, "an I2C", 1, 0);
	}
}

enum { OWN_SLAVE_ADDRESS = 1 << 30 };
#define TEN_BIT_ADDRESS 0x80000000u

static void check_i2c_address(struct checks *c, const struct node *n, const struct prop *p)
{
	layout_check_unit(c, n, cell_get(p->value.bytes) & ~(uint32_t)OWN_SLAVE_ADDRESS);
	for (uint32_t at = 0; p->value.len - at >= 4; at += 4) {
		uint32_t address = cell_get(p->value.bytes + at) & ~(uint32_t)OWN_SLAVE_ADDRESS;

		if (address & TEN_BIT_ADDRESS && (address & ~TEN_BIT_ADDRESS) > 0x3ff)
			check_prop(c, n, p, "address 0x%x has more than 10 bits",
				   address & ~TEN_BIT_ADDRESS);
		else if (!(address & TEN_BIT_ADDRESS) && address > 0x7f)
			check_prop(c, n, p, "address 0x%x has more than 7 bits; one of 10 has bit 31 set",
				   address);
	}
}

void check_i2c_bus_reg(struct checks *c)
{
	const struct name *reg = check_name(c, "reg");

	for_each_checked(c, n) {
		const struct prop *p;

		if (!n->parent || n->parent->bus != BUS_I2C)
			continue;
		p = check_get(n, reg);
		if (p && p->value.len >= 4)
			check_i2c_address(c, n, p);
		else if (!layout_is_part(c, n))
			check_node(c, n, "a device on an I2C bus has a reg");
	}
}

/* ---------------------------------------------------------------- SPI */

static bool has_spi_child(const struct node *n)
{
	for_each_child(n, child)
		for_each_prop(child, p)
			if (strncmp(p->name->text, "spi-", 4) == 0)
				return true;
	return false;
}

void check_spi_bus_bridge(struct checks *c)
{
	const struct name *reg = check_name(c, "reg"), *slave = check_name(c, "spi-slave");

	for_each_checked(c, n) {
		if (node_is_called(n, "spi")) {
			check_is_bus(c, n, BUS_SPI);
		} else if (n->addr_cells == 1 && n->size_cells == 0 && has_spi_child(n)) {
			check_is_bus(c, n, BUS_SPI);
			if (check_get(n, reg) && !layout_is_target(c, n))
				check_node(c, n, "an SPI bus is called 'spi'");
		}
		if (n->bus == BUS_SPI && has_devices(c, n))
			wrong_counts(c, n, "an SPI", check_get(n, slave) ? 0 : 1, 0);
	}
}

void check_spi_bus_reg(struct checks *c)
{
	const struct name *reg = check_name(c, "reg"), *slave = check_name(c, "spi-slave");

	for_each_checked(c, n) {
		const struct prop *p;

		if (!n->parent || n->parent->bus != BUS_SPI || check_get(n->parent, slave))
			continue;
		p = check_get(n, reg);
		if (!p || p->value.len < 4) {
			if (!layout_is_part(c, n))
				check_node(c, n, "a device on an SPI bus has a reg");
			continue;
		}
		layout_check_unit(c, n, cell_get(p->value.bytes));
	}
}
