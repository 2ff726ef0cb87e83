/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* symbols.h - the nodes in which a blob carries its labels. */
#ifndef OVLC_SYMBOLS_H
#define OVLC_SYMBOLS_H

#include "source.h"
#include "tree.h"

/* -A: every label of a node becomes an alias of it. */
void symbols_aliases(struct tree *tree, struct sources *sources);

/* -@: /__symbols__ says the path of every labelled node, and each of them gets a phandle.  The paths can be left
 * to who makes a blob, where they take nothing but their place: tree.symbols. */
void symbols_make(struct tree *tree, struct sources *sources, int phandle_format, bool leave);

#endif
