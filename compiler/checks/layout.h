/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* layout.h - how the children of a node are addressed, as cells.c found out. */
#ifndef OVLC_LAYOUT_H
#define OVLC_LAYOUT_H

#include "check.h"

/* Before any check: note which nodes a fragment holds. */
void layout_find_parts(struct checks *c);

/* What a fragment holds may be a node of the base, of which this is but a part: nothing is said about what it
 * lacks.  dtc makes no difference. */
bool layout_is_part(const struct checks *c, const struct node *node);

/* Whether it is a node of the base for sure, whose name is not here. */
bool layout_is_target(const struct checks *c, const struct node *node);

/* Whether the counts of a bus are known; of such a part often only the base knows, and those that are not one
 * cell (address_cells_is_cell) tell nothing. */
bool layout_known(const struct checks *c, const struct node *bus);

/* Cells of a child's address and size, the defaults where the bus says nothing. */
unsigned long long layout_address(const struct node *bus);
unsigned long long layout_size(const struct node *bus);

/* What stands behind the '@' of a node's name; "" for nothing. */
const char *layout_unit(const struct node *node);

/* Tell when that is not the address that its reg begins with. */
void layout_check_unit(struct checks *c, const struct node *node, unsigned long long address);

#endif
