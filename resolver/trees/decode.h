/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* decode.h - what the cells of reg, ranges, interrupts, interrupt-map, iommu-map and msi-map say.
 * entries_open() finds the property, the function named after it takes entry by entry until it says
 * false; entries_problem() then tells why it stopped before the end of the value, if it did.
 *
 *     for (entries_open(&e, tree, node, "reg"); reg_next(&e, &reg); )
 *             place = decode_place(tree, ovl_node_parent(tree, node), reg.address);
 *
 * Slices of cells are borrowed like those of a property.  Nothing is believed: a count of cells may
 * be anything, and nodes may lead to each other in circles.  Each step is bounded, so that a tree
 * takes time linear in its size. */
#ifndef OVL_RESOLVER_DECODE_H
#define OVL_RESOLVER_DECODE_H

#include "ovl.h"
#include "text.h"

struct cell_run {
	const unsigned char *at; /* n cells of 4 bytes, big-endian */
	uint32_t n;
};

/* What a property of one cell has; false when there is none, or it is not one cell. */
bool cell_in(const struct ovl_tree *tree, ovl_node node, const char *name, uint32_t *cell);
/* The first text of a property; NULL when there is none, or the value does not end in a NUL. */
const char *text_in(const struct ovl_tree *tree, ovl_node node, const char *name);

uint32_t run_cell(struct cell_run run, uint32_t i);
/* What the cells are as one number: false when it does not fit in 64 bits.  No cells are 0. */
bool run_number(struct cell_run run, uint64_t *number);

enum entries_end {
	ENTRIES_WHOLE,	      /* nothing is left */
	ENTRIES_NOT_CELLS,    /* the length of the value is not that of cells */
	ENTRIES_CUT,	      /* what is left is shorter than an entry */
	ENTRIES_EMPTY,	      /* by the #cells that count, an entry has no cell at all */
	ENTRIES_NO_NODE,      /* no node has the phandle */
	ENTRIES_NO_COUNT,     /* the node referred to does not say how many cells it wants */
	ENTRIES_NO_PARENT,    /* there is no interrupt parent */
};

struct entries {
	const struct ovl_tree *tree;
	ovl_node node;
	struct ovl_prop prop;
	uint32_t at, n;	      /* cells taken, cells there are */
	uint32_t id_cells;    /* of each entry of an iommu-map: an id, or an id and a mask */
	enum entries_end end; /* and of what: */
	uint32_t phandle, wanted;
	ovl_node provider;
	const char *count; /* the #...-cells that is missing, or is 0 */
};

/* False, and no entry, when the node has no such property. */
bool entries_open(struct entries *entries, const struct ovl_tree *tree, ovl_node node,
		  const char *name);
/* Add why the last entry was not taken; nothing when all were. */
void entries_problem(const struct entries *entries, struct text *to);

/* The number of a line that a specifier says, of an interrupt or a GPIO: one cell of two, or two of three and
 * more; what is left says how it is used. */
uint64_t line_number(struct cell_run specifier);

/* ---------------------------------------------------------------- addresses (DTSpec 2.3) */

/* What the children of a node have. */
uint32_t address_cells(const struct ovl_tree *tree, ovl_node node);
uint32_t size_cells(const struct ovl_tree *tree, ovl_node node);

/* reg: the #cells are the parent's (2 and 1 when it has none).  A size of no cells is none. */
struct reg_entry {
	struct cell_run address, size;
};
bool reg_next(struct entries *entries, struct reg_entry *reg);

/* ranges and dma-ranges: from the node's own addresses to those of its parent. */
struct range_entry {
	struct cell_run child, parent, size;
};
bool range_next(struct entries *entries, struct range_entry *range);

/* An address by what it is in, and where.  False when it is none: no cells, or too many to be a number. */
struct spot {
	uint32_t space; /* the first of three cells */
	uint64_t offset;
};
bool spot_read(struct cell_run address, struct spot *spot);

/* Where an address leads that the children of bus have. */
enum reach {
	REACH_CPU,	 /* to the CPU: address is the one it sees */
	REACH_CONFIG,	 /* a function in PCI's configuration space */
	REACH_NO_RANGES, /* at has no ranges: what is below it is not mapped */
	REACH_OUTSIDE,	 /* the ranges of at do not hold it */
	REACH_UNKNOWN,	 /* the cells of at, or its ranges, are more than is read, or broken */
};
struct place {
	enum reach reach;
	uint64_t address;
	ovl_node at; /* the bus where it ends, when it does not reach the CPU */
};
struct place decode_place(const struct ovl_tree *tree, ovl_node bus, struct cell_run address);

/* The same by ranges or dma-ranges, and only as far as the addresses that the children of above have.  What
 * has no dma-ranges passes addresses on as they are, as Linux has it. */
struct place decode_place_in(const struct ovl_tree *tree, ovl_node bus, struct cell_run address,
			     const char *ranges, ovl_node above);

/* ---------------------------------------------------------------- interrupts (DTSpec 2.4) */

/* An entry of interrupts or interrupts-extended. */
struct interrupt {
	ovl_node parent;	   /* what the specifier is for; OVL_NONE for an entry left out */
	struct cell_run specifier; /* as it stands */
	/* Where interrupt-maps lead from there, which is the parent itself when it has none;
	 * OVL_NONE when a map has no entry for it. */
	ovl_node controller;
	struct cell_run input;	   /* the specifier there */
	ovl_node lost;		   /* the node whose interrupt-map has no entry, or a broken one */
};
bool interrupt_next(struct entries *entries, struct interrupt *interrupt);

/* Where parent and specifier lead for who has this address there. */
void interrupt_follow(const struct ovl_tree *tree, struct cell_run address, struct interrupt *interrupt);

/* The node that the specifiers in `interrupts` of a node are for: by interrupt-parent, its own or
 * inherited, or the parent.  OVL_NONE when there is none. */
ovl_node interrupt_parent(const struct ovl_tree *tree, ovl_node node);

/* How many cells of an address stand before a specifier in an interrupt-map that leads to the node. */
uint32_t interrupt_address_cells(const struct ovl_tree *tree, ovl_node parent);

/* An entry of interrupt-map: what is a child's, and what it is for the parent. */
struct interrupt_map_entry {
	struct cell_run child_address, child_specifier;
	ovl_node parent;
	struct cell_run parent_address, parent_specifier;
};
bool interrupt_map_next(struct entries *entries, struct interrupt_map_entry *entry);

/* ---------------------------------------------------------------- requester ids */

/* An entry of iommu-map or msi-map: length ids from first on are output and up at the node. */
struct id_map_entry {
	uint32_t first, length;
	uint32_t phandle;
	ovl_node node; /* OVL_NONE when there is none of that phandle */
	uint32_t output;
	bool masked; /* at that node an id is two cells, of which this is the second: */
	uint32_t mask;
};
bool id_map_next(struct entries *entries, struct id_map_entry *entry);

#endif
