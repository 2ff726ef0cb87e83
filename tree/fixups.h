/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* fixups.h - the nodes in which a blob carries the places of its references. */
#ifndef OVL_TREE_FIXUPS_H
#define OVL_TREE_FIXUPS_H

#include "tree.h"

/* /__fixups__: every use of a label that this tree lacks, by label.
 * /__local_fixups__: every use of a node that it has, by place. */
void fixups_make(struct tree *tree);
void fixups_make_local(struct tree *tree);

#endif
