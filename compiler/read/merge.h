/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* merge.h - how a block of source joins the tree that earlier blocks made. */
#ifndef OVLC_MERGE_H
#define OVLC_MERGE_H

#include "tree.h"

/* The first block of all becomes the tree. */
void merge_first(struct tree *tree, struct node *block);

/* What the block says replaces and joins what node has. */
void merge_into(struct tree *tree, struct node *node, struct node *block);

/* &label { } and &{/path} { } of an overlay: a fragment that targets ref, with the block as its content. */
void merge_fragment(struct tree *tree, struct node *block, const char *ref, struct pos at);

#endif
