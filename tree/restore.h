/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* restore.h - labels and references, back from the nodes a blob carries them in (symbols.h). */
#ifndef OVL_TREE_RESTORE_H
#define OVL_TREE_RESTORE_H

#include "tree.h"

/* Whether a name can be that of a label (DTSpec 6.2). */
bool restore_is_label(const struct name *name);

/* Every node that /__symbols__ names has that label. */
void restore_labels(struct tree *tree);

/* Every cell that /__fixups__ or /__local_fixups__ names is a reference: to a label that this tree lacks,
 * or to the node that has the cell's phandle.  needs: labels and phandles known. */
void restore_refs(struct tree *tree);

#endif
