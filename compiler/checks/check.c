/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* check.c - the checks of a tree in one table, switched by name and run in their order.
 * The table gives each its name, its level and what it builds on; its order is the order of work, and the
 * references are resolved on the way (resolve.c).  What the names mean: ovlc(1). */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "resolve.h"
#include "survey.h"

/* Bits: a check that -E made an error is still a warning once -E no- takes that back. */
enum { OFF = 0, WARNING = 1, ERROR = 2 };

struct check {
	const char *name;
	unsigned int level;
	unsigned int about;             /* enum check_has: without one of these it finds nothing; 0: it may anyway */
	bool works;                     /* it makes what is written: nothing keeps it from running */
	bool patient;                   /* it passes over references that lead nowhere, which were told */
	bool own;                       /* dtc has none such: off when called as dtc, unless asked for */
	bool switched;                  /* by -W or -E */
	enum { NOT_RUN, PASSED, FAILED } status;
	void (*run)(struct checks *c);
	const char *needs[4];
	const void *what;
};

/* ---------------------------------------------------------------- the table */

/* What it is about, its name and level, what it needs. */
#define ABOUT(has, n, l, f, ...) \
	{ .name = #n, .level = l, .about = has, .run = f, .needs = { __VA_ARGS__ } }
#define CHECK(...) ABOUT(0, __VA_ARGS__)

/* A property that has one type, or one form, wherever it stands. */
#define TYPE(n, f, property, ...) \
	{ .name = #n, .level = WARNING, .run = f, .what = property, .needs = { __VA_ARGS__ } }

#define WORK(n, f, ...) { .name = #n, .level = ERROR, .works = true, .run = f, .needs = { __VA_ARGS__ } }

/* One that dtc has not. */
#define OWN(n, l, f, ...) { .name = #n, .level = l, .own = true, .run = f, .needs = { __VA_ARGS__ } }

/* A list of phandles, each followed by as many cells as the property of its node says. */
#define LIST(n, id) \
	{ .name = #n "_property", .level = WARNING, .patient = true, .run = check_list_property, \
	  .needs = { #n "_is_cell", "phandle_references" }, .what = &check_lists[LIST_##id] }, \
	{ .name = #n "_is_cell", .level = WARNING, .run = check_list_count, .what = &check_lists[LIST_##id] }

static struct check table[] = {
	CHECK(duplicate_node_names, ERROR, check_duplicate_node_names),
	ABOUT(HAS_PROP_TWICE, duplicate_property_names, ERROR, check_duplicate_property_names),
	ABOUT(HAS_ODD_NAME, node_name_chars, ERROR, check_node_name_chars),
	ABOUT(HAS_TWO_UNITS, node_name_format, ERROR, check_node_name_format, "node_name_chars"),
	ABOUT(HAS_NO_BASE_NAME, node_name_not_empty, ERROR, check_node_name_not_empty, "node_name_chars"),
	CHECK(property_name_chars, ERROR, check_property_name_chars),
	CHECK(name_is_string, ERROR, check_name_is_string),
	WORK(name_properties, check_name_properties, "name_is_string"),
	ABOUT(HAS_NAME_OF_PROP, node_name_vs_property_name, WARNING, check_node_name_vs_property_name,
	      "node_name_chars"),
	ABOUT(HAS_LABELS_ALIKE, duplicate_label, ERROR, check_duplicate_label),
	WORK(explicit_phandles, resolve_explicit_phandles),
	WORK(phandle_references, resolve_phandle_refs, "duplicate_node_names", "explicit_phandles"),
	WORK(path_references, resolve_path_refs, "duplicate_node_names"),
	{ .name = "omit_unused_nodes", .level = ERROR, .works = true, .about = HAS_OMITTED, .run = resolve_omit,
	  .needs = { "phandle_references", "path_references" } },

	TYPE(address_cells_is_cell, check_is_cell, "#address-cells"),
	TYPE(size_cells_is_cell, check_is_cell, "#size-cells"),
	TYPE(device_type_is_string, check_is_string, "device_type"),
	TYPE(model_is_string, check_is_string, "model"),
	TYPE(status_is_string, check_is_string, "status"),
	TYPE(label_is_string, check_is_string, "label"),
	TYPE(compatible_is_string_list, check_is_string_list, "compatible"),
	CHECK(names_is_string_list, WARNING, check_names_is_string_list),
	CHECK(property_name_chars_strict, OFF, check_property_name_chars_strict),
	CHECK(node_name_chars_strict, OFF, check_node_name_chars_strict),

	CHECK(addr_size_cells, WARNING, check_addr_size_cells, "address_cells_is_cell", "size_cells_is_cell"),
	CHECK(reg_format, WARNING, check_reg_format, "addr_size_cells"),
	TYPE(ranges_format, check_ranges_format, "ranges", "addr_size_cells"),
	TYPE(dma_ranges_format, check_ranges_format, "dma-ranges", "addr_size_cells"),
	ABOUT(HAS_UNIT, unit_address_vs_reg, WARNING, check_unit_address_vs_reg),
	ABOUT(HAS_ZERO_UNIT, unit_address_format, WARNING, check_unit_address_format,
	      "node_name_format", "pci_bridge", "simple_bus_bridge"),
	CHECK(pci_bridge, WARNING, check_pci_bridge, "device_type_is_string", "addr_size_cells"),
	ABOUT(HAS_BUS(BUS_PCI), pci_device_reg, WARNING, check_pci_device_reg, "reg_format", "pci_bridge"),
	ABOUT(HAS_BUS(BUS_PCI), pci_device_bus_num, WARNING, check_pci_device_bus_num, "reg_format", "pci_bridge"),
	CHECK(simple_bus_bridge, WARNING, check_simple_bus_bridge, "addr_size_cells", "compatible_is_string_list"),
	ABOUT(HAS_BUS(BUS_SIMPLE), simple_bus_reg, WARNING, check_simple_bus_reg, "reg_format", "simple_bus_bridge"),
	ABOUT(HAS_I2C, i2c_bus_bridge, WARNING, check_i2c_bus_bridge, "addr_size_cells"),
	ABOUT(HAS_BUS(BUS_I2C), i2c_bus_reg, WARNING, check_i2c_bus_reg, "reg_format", "i2c_bus_bridge"),
	ABOUT(HAS_SPI, spi_bus_bridge, WARNING, check_spi_bus_bridge, "addr_size_cells"),
	ABOUT(HAS_BUS(BUS_SPI), spi_bus_reg, WARNING, check_spi_bus_reg, "reg_format", "spi_bus_bridge"),
	CHECK(avoid_default_addr_size, WARNING, check_avoid_default_addr_size, "addr_size_cells"),
	CHECK(avoid_unnecessary_addr_size, WARNING, check_avoid_unnecessary_addr_size, "avoid_default_addr_size"),
	CHECK(unique_unit_address, WARNING, check_unique_unit_address, "avoid_default_addr_size"),
	{ .name = "unique_unit_address_if_enabled", .run = check_unique_unit_address, .what = "",
	  .needs = { "avoid_default_addr_size" } },
	CHECK(obsolete_chosen_interrupt_controller, WARNING, check_obsolete_chosen_interrupt_controller),
	ABOUT(HAS_CHOSEN, chosen_node_is_root, WARNING, check_chosen_node_is_root),
	ABOUT(HAS_CHOSEN, chosen_node_bootargs, WARNING, check_chosen_node_bootargs),
	ABOUT(HAS_CHOSEN, chosen_node_stdout_path, WARNING, check_chosen_node_stdout_path),

	LIST(clocks, CLOCKS),
	LIST(cooling_device, COOLING_DEVICE),
	LIST(dmas, DMAS),
	LIST(hwlocks, HWLOCKS),
	LIST(interrupts_extended, INTERRUPTS_EXTENDED),
	LIST(io_channels, IO_CHANNELS),
	LIST(iommus, IOMMUS),
	LIST(mboxes, MBOXES),
	LIST(msi_parent, MSI_PARENT),
	LIST(mux_controls, MUX_CONTROLS),
	LIST(phys, PHYS),
	LIST(power_domains, POWER_DOMAINS),
	LIST(pwms, PWMS),
	LIST(resets, RESETS),
	LIST(sound_dai, SOUND_DAI),
	LIST(thermal_sensors, THERMAL_SENSORS),
	CHECK(deprecated_gpio_property, OFF, check_deprecated_gpio_property),
	{ .name = "gpios_property", .level = WARNING, .patient = true, .run = check_gpios_property,
	  .needs = { "phandle_references" } },
	CHECK(interrupts_property, WARNING, check_interrupts_property, "phandle_references"),
	CHECK(interrupt_provider, WARNING, check_interrupt_provider, "interrupts_extended_is_cell"),
	CHECK(interrupt_map, WARNING, check_interrupt_map,
	      "phandle_references", "addr_size_cells", "interrupt_provider"),
	CHECK(alias_paths, WARNING, check_alias_paths),
	ABOUT(HAS_ENDPOINT, graph_nodes, WARNING, check_graph_nodes),
	ABOUT(HAS_BUS(BUS_PORT), graph_port, WARNING, check_graph_port, "graph_nodes"),
	ABOUT(HAS_BUS(BUS_PORT), graph_endpoint, WARNING, check_graph_endpoint, "graph_nodes"),
	CHECK(always_fail, OFF, check_always_fail),

	OWN(delete_no_effect, WARNING, check_delete_no_effect),
	OWN(overlay_delete, WARNING, check_overlay_delete),
	OWN(fragment_no_overlay, WARNING, check_fragment_no_overlay),
	OWN(fragment_no_target, ERROR, check_fragment_no_target),
	OWN(fragment_target, ERROR, check_fragment_target, "phandle_references", "path_references"),
	OWN(fragment_merged, WARNING, check_fragment_merged),
	OWN(overlay_no_fragment, WARNING, check_overlay_no_fragment),
	OWN(overlay_stray, WARNING, check_overlay_stray),
	OWN(base_label, ERROR, NULL),
	OWN(base_path, ERROR, NULL),
	OWN(base_phandle, ERROR, NULL),
	OWN(base_symbol, ERROR, NULL),
	OWN(base_shadow, WARNING, NULL),
	OWN(base_deletion, ERROR, NULL),
	OWN(base_protected, ERROR, NULL),
	OWN(base_cells, ERROR, NULL),
	OWN(base_arguments, WARNING, NULL),
	{ .name = "iommu_map", .level = WARNING, .own = true, .run = check_id_map,
	  .needs = { "phandle_references" }, .what = &(const struct check_list){ "iommu-map", "#iommu-cells", false } },
	{ .name = "msi_map", .level = WARNING, .own = true, .run = check_id_map,
	  .needs = { "phandle_references" }, .what = &(const struct check_list){ "msi-map", "#msi-cells", true } },
	{ .name = "memory_region_property", .level = WARNING, .own = true, .run = check_references_property,
	  .needs = { "phandle_references" }, .what = "memory-region" },
	{ .name = "phy_handle_property", .level = WARNING, .own = true, .run = check_references_property,
	  .needs = { "phandle_references" }, .what = "phy-handle" },
	OWN(reg_unit_address, WARNING, check_reg_unit_address, "addr_size_cells"),
	OWN(supply_property, WARNING, check_supply_property, "phandle_references"),
	OWN(reserved_phandle, OFF, check_reserved_phandle),
};

#define N_CHECKS (sizeof(table) / sizeof(table[0]))

/* Checks that versions of dtc had and have no more: their names are let pass. */
static const char *const retired[] = {
	"graph_child_address", "interrupt_cells_is_cell", "sound_dais_property",
};

static struct check *find_check(const char *name)
{
	for (size_t i = 0; i < N_CHECKS; i++)
		if (table[i].name[0] == name[0] && strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

/* ---------------------------------------------------------------- switching */

/* As with dtc, what a check needs rises with it, and what needs a check falls with it.  What does work does
 * not fall: it would leave holes in what is written. */
/* As deep as the table's longest chain of needs.  NOLINTNEXTLINE(misc-no-recursion) */
static void raise_to(struct check *check, unsigned int level)
{
	if (check->level & level)
		return;
	check->level |= level;
	for (size_t i = 0; check->needs[i]; i++)
		raise_to(find_check(check->needs[i]), level);
}

static bool needs(const struct check *check, const char *name)
{
	for (size_t i = 0; check->needs[i]; i++)
		if (strcmp(check->needs[i], name) == 0)
			return true;
	return false;
}

/* As deep as the table's longest chain of needs.  NOLINTNEXTLINE(misc-no-recursion) */
static void lower_from(struct check *check, unsigned int level)
{
	if (!(check->level & level))
		return;
	check->level &= ~level;
	for (size_t i = 0; i < N_CHECKS; i++)
		if (needs(&table[i], check->name) && !table[i].works)
			lower_from(&table[i], level);
}

bool check_is_off(const char *option)
{
	return strncmp(option, "no-", 3) == 0 || strncmp(option, "no_", 3) == 0;
}

bool check_switch(const char *option, bool error, const char **nearest)
{
	bool off = check_is_off(option);
	const char *name = option + (off ? 3 : 0);
	struct check *check = find_check(name);
	struct diag_nearest n;

	if (check)
		check->switched = true;
	if (check && off)
		lower_from(check, error ? ERROR : WARNING);
	else if (check)
		raise_to(check, error ? ERROR : WARNING);
	if (check)
		return true;
	for (size_t i = 0; i < sizeof(retired) / sizeof(retired[0]); i++)
		if (strcmp(retired[i], name) == 0)
			return true;
	diag_nearest_init(&n, name, strlen(name));
	for (size_t i = 0; i < N_CHECKS; i++)
		diag_nearest_offer(&n, table[i].name, strlen(table[i].name));
	*nearest = n.best;
	return false;
}

void check_print(void)
{
	for (size_t i = 0; i < N_CHECKS; i++) {
		const struct check *check = &table[i];
		const char *level = check->level & ERROR ? "error" : check->level & WARNING ? "warning" : "off";

		printf(check->needs[0] ? "%-36s %-8s needs" : "%-36s %s", check->name, level);
		for (size_t k = 0; check->needs[k]; k++)
			printf(" %s", check->needs[k]);
		printf("\n");
	}
}

/* ---------------------------------------------------------------- findings */

/* The path of a node, or its end when it is very long: a deep tree may have a finding at every level. */
static const char *shown_path(const struct node *node, char *buffer, size_t size)
{
	char *at = buffer + size - 1;

	*at = 0;
	if (!node->parent)
		*--at = '/';
	for (; node->parent; node = node->parent) {
		if ((size_t)(at - buffer) < node->name->len + 5u) {
			at -= 4;
			memcpy(at, "/...", 4);
			break;
		}
		at -= node->name->len;
		memcpy(at, node->name->text, node->name->len);
		*--at = '/';
	}
	return at;
}

static void finding(struct checks *c, const struct node *node, const struct prop *prop, struct pos at,
		    const char *format, va_list args)
{
	struct diag_place place;
	unsigned int level = c->running->level;
	char buffer[2048], *text;

	if (at.start < c->from) {
		diag_hide(c->diags);
		return;
	}
	c->failed = true;
	if (level == OFF || (c->only_own && level == WARNING && !c->running->own)) {
		diag_hide(c->diags);
		return;
	}
	/* What is counted, and not shown, needs no words and no place. */
	if (level == WARNING && c->diags->quiet) {
		diag_check(c->diags, DIAG_WARNING, c->running->name, NULL, "%s", "");
		return;
	}
	place = source_place(c->sources, at);
	text = diag_text(c->diags, format, args);
	if (node)
		place.node = shown_path(node, buffer, sizeof(buffer));
	if (prop) {
		place.prop = prop->name->text;
		place.prop_len = prop->name->len;
	}
	diag_check(c->diags, level & ERROR ? DIAG_ERROR : DIAG_WARNING, c->running->name, &place, "%s%s%s%s%s%s%s",
		   c->one_of_many ? c->base : "", c->one_of_many ? ": " : "",
		   node ? place.node : "", prop ? ":" : "", prop ? place.prop : "", node ? ": " : "", text);
	free(text);
}

void check_node(struct checks *c, const struct node *node, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding(c, node, NULL, c->diags->style == DIAG_DTC ? node->whole : node->pos, format, args);
	va_end(args);
	for (const struct also *a = NULL; (a = also_after(node_also(node), a)); )
		check_note(c, a->pos, "also defined here");
}

void check_prop(struct checks *c, const struct node *node, const struct prop *prop, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding(c, node, prop, c->diags->style == DIAG_DTC ? prop_whole(prop) : prop->pos, format, args);
	va_end(args);
}

void check_at(struct checks *c, const struct node *node, const struct prop *prop, struct pos at,
	      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding(c, node, prop, at, format, args);
	va_end(args);
}

bool check_report(struct checks *c, const char *check, const struct node *node, const struct prop *prop,
		  struct pos at, const char *format, ...)
{
	va_list args;

	c->running = find_check(check);
	va_start(args, format);
	finding(c, node, prop, at, format, args);
	va_end(args);
	return !(c->running->level & ERROR);
}

void check_note(struct checks *c, struct pos at, const char *format, ...)
{
	struct diag_place place;
	va_list args;

	if (c->diags->last_hidden)
		return;
	place = source_place(c->sources, at);
	va_start(args, format);
	diag_attach(c->diags, DIAG_NOTE, &place, format, args);
	va_end(args);
}

void check_help(struct checks *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag_attach(c->diags, DIAG_HELP, NULL, format, args);
	va_end(args);
}

/* ---------------------------------------------------------------- running */

const struct name *check_name(const struct checks *c, const char *text)
{
	return name_known(c->tree->pool, text, strlen(text));
}

uint64_t check_names(const struct checks *c, check_match *matches)
{
	const struct pool *pool = c->tree->pool;
	uint64_t names = 0;

	for (size_t i = 0; i < pool->n_props; i++)
		if (matches(pool->props[i]))
			names |= node_name_bit(pool->props[i]);
	return names;
}

/* For those who test what a failure does. */
void check_always_fail(struct checks *c)
{
	for_each_checked(c, n)
		check_node(c, n, "always_fail check");
}

static bool run(struct checks *c, struct check *check);

static struct check *needed(const struct check *check, size_t i)
{
	return check->needs[i] ? find_check(check->needs[i]) : NULL;
}

/* A warning somewhere does not keep the checks that build on it from their work elsewhere; what an error
 * leaves behind is not worth looking at.  dtc stops at both. */
/* As deep as run().  NOLINTNEXTLINE(misc-no-recursion) */
static bool may_run(struct checks *c, struct check *check)
{
	bool may = true;
	struct check *need;

	for (size_t i = 0; (need = needed(check, i)); i++) {
		run(c, need);
		if (need->status == PASSED || check->works ||
		    ((!(need->level & ERROR) || (check->patient && need->run == resolve_phandle_refs)) &&
		     c->diags->style != DIAG_DTC))
			continue;
		may = false;
		if (c->diags->style == DIAG_DTC && check->level != OFF)
			diag_check(c->diags, check->level & ERROR ? DIAG_ERROR : DIAG_WARNING, check->name, NULL,
				   "Failed prerequisite '%s'", need->name);
	}
	return may;
}

/* Returns whether the tree may still become a blob.
 * As deep as the table's longest chain of needs.  NOLINTNEXTLINE(misc-no-recursion) */
static bool run(struct checks *c, struct check *check)
{
	if (check->status == NOT_RUN) {
		bool may = may_run(c, check);

		c->running = check;
		c->what = check->what;
		c->failed = !may;
		if (may && check->run && (!check->about || (c->has & check->about)))
			check->run(c);
		check->status = c->failed ? FAILED : PASSED;
	}
	return check->status == PASSED || !(check->level & ERROR);
}

/* Every check that can run does, so that one run shows all there is to mend. */
bool check_run(struct checks *c)
{
	bool good = true;

	for (size_t i = 0; i < N_CHECKS; i++)
		table[i].status = NOT_RUN;
	survey(c);
	layout_find_parts(c);
	for (size_t i = 0; i < N_CHECKS; i++) {
		if (table[i].own && !table[i].switched && c->diags->style == DIAG_DTC)
			table[i].level = OFF;
		if (table[i].level != OFF || table[i].works)
			good &= run(c, &table[i]);
	}
	survey_drop(c);
	return good;
}
