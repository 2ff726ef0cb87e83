/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* check.h - the checks of a whole tree, by name, as -W and -E switch them.
 * Some of them do work as well: they resolve references, or note what the nodes are for the checks after
 * them.  A check runs after those it builds on; when one of these found an error it is left out.  The checks look
 * at the tree only through tree.h, and report through check_node() and check_prop(). */
#ifndef OVLC_CHECK_H
#define OVLC_CHECK_H

#include "source.h"
#include "tree.h"

/* What there is among the nodes, by bits: perhaps in one that was deleted since. */
enum check_has {
	HAS_ODD_NAME = 1,               /* a character that is not for names */
	HAS_TWO_UNITS = 2,              /* more than one '@' in a name */
	HAS_NO_BASE_NAME = 4,           /* nothing before the '@' */
	HAS_UNIT = 8,                   /* a unit address, or what asks for one */
	HAS_ZERO_UNIT = 16,             /* and one that begins with 0 and goes on */
	HAS_NAME_OF_PROP = 32,          /* a name that properties have too */
	HAS_PROP_TWICE = 64,            /* node.perhaps_twice */
	HAS_CHOSEN = 128,
	HAS_OMITTED = 256,              /* /omit-if-no-ref/ */
	HAS_ENDPOINT = 512, HAS_I2C = 1024, HAS_SPI = 2048,     /* so called, or else like one */
	HAS_LABELS_ALIKE = 4096,        /* of nodes; or there are labels of properties, which nobody compared yet */
};
/* A bus of a kind, as soon as the check that tells is through. */
#define HAS_BUS(kind) (1u << 16 << (kind))

struct checks {
	struct tree *tree;
	struct sources *sources;
	struct diags *diags;
	int phandle_format;
	bool symbols;                   /* -@: labelled nodes stay */
	bool fixups;                    /* a reference to what is not there becomes one, by its label */
	bool deletions;                 /* --deletions: an overlay's reach the base */
	bool only_own;                  /* the warnings that dtc has too are said when there is a base */
	const char *base;               /* the overlay's content is merged into this base, or NULL */
	bool one_of_many;               /* there are other bases: findings begin with the name of this one */
	bool base_has_labels, no_labels_told;
	uint32_t from;                  /* findings that stand before that position are not the overlay's */
	bool failed;                    /* what is running found something */
	struct node **nodes;            /* every node that there was, in order, to NULL, */
	struct node **devices;          /* and but for the tables of labels and fixups that a compiler makes; where
					 * there are none, nodes */
	unsigned int has;               /* enum check_has */
	const struct check *running;
	const void *what;               /* what the running check is told by the table */
};

/* What the checks of one kind of list are told: its property, and that of the nodes it refers to. */
struct check_list {
	const char *property, *cells;
	bool optional;                  /* without that property: no cells */
};

/* The kinds that libovl knows, by the names that its table gives them; of its other rows nothing is taken. */
enum check_list_id {
#define REF(id, name, cells, n, source)         LIST_##id,
#define REF_AT(id, name, n, source)
#define REF_MAP(id, name, shape, cells, source)
#define REF_NONE(id, name, source)
#define REF_LIKE(id, name, cells, n, source)
#define REF_NONE_LIKE(id, name, source)
#include "../../libovl/refs_table.h"
#undef REF
	N_CHECK_LISTS
};
extern const struct check_list check_lists[N_CHECK_LISTS];

/* `[no-]name`, of any version of dtc.  Whether it has the `no-`; and to switch it: false when there is no such check,
 * *nearest is then the name that was perhaps meant, or NULL. */
bool check_is_off(const char *option);
bool check_switch(const char *option, bool error, const char **nearest);

/* Every check, its level as it is switched so far, and what it needs, on standard output. */
void check_print(void);

/* needs: the merged tree.  Returns whether no check of error level found something. */
bool check_run(struct checks *c);

/* For the checks: a finding about a node, about a property of it, or about a place in its value. */
void check_node(struct checks *c, const struct node *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void check_prop(struct checks *c, const struct node *node, const struct prop *prop, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void check_at(struct checks *c, const struct node *node, const struct prop *prop, struct pos at,
	      const char *format, ...) __attribute__((format(printf, 5, 6)));
/* A finding of a check that is no pass of its own.  False when it is an error. */
bool check_report(struct checks *c, const char *check, const struct node *node, const struct prop *prop,
		  struct pos at, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Belongs to the finding before it, and is hidden with it. */
void check_note(struct checks *c, struct pos at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

void check_help(struct checks *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* It is a bus of that kind. */
static inline void check_is_bus(struct checks *c, struct node *node, enum bus kind)
{
	node->bus = kind;
	c->has |= HAS_BUS(kind);
}

/* Of what checks of names look for what there is in one: enum check_has. */
unsigned int name_has(const struct name *name);

/* A property by a name that was looked up once for the whole tree: name_known() tells at once that no node
 * has such a property.  NULL when the node has none, or name is NULL. */
static inline struct prop *check_get(const struct node *node, const struct name *name)
{
	struct prop *p = name && node_may_have(node, name) ? prop_find_any(node, name) : NULL;

	return p && p->deleted ? prop_named(node, name) : p;
}
const struct name *check_name(const struct checks *c, const char *text);

/* Every node, in order; and every device.  Checks delete some, and make none. */
static inline struct node *check_next(struct node ***at)
{
	while (**at && (**at)->deleted)
		++*at;
	return *(*at)++;
}
#define for_each_checked(c, n) \
	for (struct node **at_ = (c)->nodes, *n; (n = check_next(&at_)); )
#define for_each_device(c, n) \
	for (struct node **at_ = (c)->devices, *n; (n = check_next(&at_)); )

/* Every one of them that has the property, with it; none, at once, when name is NULL. */
#define for_each_holder(c, name, n, p) \
	for (struct node **at_ = (c)->devices, *n = NULL; (name) && (n = check_next(&at_)); ) \
		for (struct prop *p = check_get(n, name); p; p = NULL)

/* Every property of theirs that has one of a set of names, with its node: matches tells the set.  Passes by
 * all nodes at once when no property is so called. */
typedef bool check_match(const struct name *name);
uint64_t check_names(const struct checks *c, check_match *matches);     /* as node.prop_names */
#define for_each_match(c, matches, n, p) \
	for (uint64_t names_ = check_names(c, matches); names_; names_ = 0) \
		for_each_device(c, n) \
			if (n->prop_names & names_) \
				for_each_prop(n, p) \
					if (matches(p->name))

/* ---------------------------------------------------------------- the checks, by file */

/* check.c */
void check_always_fail(struct checks *c);

/* names.c */
void check_duplicate_node_names(struct checks *c);
void check_duplicate_property_names(struct checks *c);
void check_node_name_chars(struct checks *c);
void check_node_name_format(struct checks *c);
void check_node_name_not_empty(struct checks *c);
void check_property_name_chars(struct checks *c);
void check_name_is_string(struct checks *c);
void check_name_properties(struct checks *c);
void check_duplicate_label(struct checks *c);

/* types.c */
void check_cell_named(struct checks *c, const char *property);
void check_is_cell(struct checks *c);
void check_is_string(struct checks *c);
void check_is_string_list(struct checks *c);
void check_names_is_string_list(struct checks *c);
void check_property_name_chars_strict(struct checks *c);
void check_node_name_chars_strict(struct checks *c);
void check_node_name_vs_property_name(struct checks *c);

/* cells.c */
void check_addr_size_cells(struct checks *c);
void check_reg_unit_address(struct checks *c);
void check_reg_format(struct checks *c);
void check_ranges_format(struct checks *c);
void check_unit_address_vs_reg(struct checks *c);
void check_unit_address_format(struct checks *c);
void check_avoid_default_addr_size(struct checks *c);
void check_avoid_unnecessary_addr_size(struct checks *c);
void check_unique_unit_address(struct checks *c);

/* buses.c */
void check_pci_bridge(struct checks *c);
void check_pci_device_reg(struct checks *c);
void check_pci_device_bus_num(struct checks *c);
void check_simple_bus_bridge(struct checks *c);
void check_simple_bus_reg(struct checks *c);
void check_i2c_bus_bridge(struct checks *c);
void check_i2c_bus_reg(struct checks *c);
void check_spi_bus_bridge(struct checks *c);
void check_spi_bus_reg(struct checks *c);

/* lists.c */
void check_list_property(struct checks *c);
void check_list_count(struct checks *c);
void check_gpios_property(struct checks *c);
void check_deprecated_gpio_property(struct checks *c);
void check_references_property(struct checks *c);
void check_supply_property(struct checks *c);
void check_id_map(struct checks *c);

/* interrupts.c */
void check_interrupts_property(struct checks *c);
void check_interrupt_provider(struct checks *c);
void check_interrupt_map(struct checks *c);

/* graph.c */
void check_graph_nodes(struct checks *c);
void check_graph_port(struct checks *c);
void check_graph_endpoint(struct checks *c);

/* places.c */
void check_obsolete_chosen_interrupt_controller(struct checks *c);
void check_chosen_node_is_root(struct checks *c);
void check_chosen_node_bootargs(struct checks *c);
void check_chosen_node_stdout_path(struct checks *c);
void check_alias_paths(struct checks *c);

/* overlay.c */
void check_delete_no_effect(struct checks *c);
void check_overlay_delete(struct checks *c);
void check_fragment_no_overlay(struct checks *c);
void check_fragment_no_target(struct checks *c);
void check_fragment_target(struct checks *c);
void check_overlay_no_fragment(struct checks *c);
void check_overlay_stray(struct checks *c);
void check_fragment_merged(struct checks *c);
void check_reserved_phandle(struct checks *c);

#endif
