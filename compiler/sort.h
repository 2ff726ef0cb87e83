/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* sort.h - the tree in the order of names, see -s in ovlc(1). */
#ifndef OVLC_SORT_H
#define OVLC_SORT_H

#include "tree.h"

void sort_tree(struct tree *tree);

#endif
