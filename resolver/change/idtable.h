/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* idtable.h - a table of PCI functions and their ids into iommu-map and iommu-map-mask.
 * Each line is BUS:DEVICE.FUNCTION ID, with the IOMMU behind it when the tree does not tell which;
 * # begins a comment. */
#ifndef OVL_RESOLVER_IDTABLE_H
#define OVL_RESOLVER_IDTABLE_H

#include "load.h"
#include "text.h"

/* Add the values of both properties for a node.  USAGE for a mistake in the table, UNRESOLVED when
 * it is not known which node the ids are for, CONFLICT when that takes no such ids, NO_IO when the
 * file cannot be read; it has been reported. */
enum status idtable_encode(struct text *map, struct text *mask, struct diags *diags,
			   const struct stack *stack, ovl_node node, const char *file);

/* Whether the ids of an IOMMU are domains of Xen. */
bool idtable_is_xen(const struct ovl_tree *tree, ovl_node iommu);

#endif
