/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* resolve.h - references become numbers and paths. */
#ifndef OVLC_RESOLVE_H
#define OVLC_RESOLVE_H

#include "check.h"

/* How a node's phandle is written: -H. */
enum phandle_format { PHANDLE_LEGACY = 1, PHANDLE_EPAPR = 2 };

/* Give a node a phandle, if it has none, and the property that says so. */
uint32_t resolve_phandle(struct tree *tree, struct node *node, int format);

/* needs: unique names.  Numbers that the source gives are taken first. */
void resolve_explicit_phandles(struct checks *c);
/* adds: phandles, in the order in which they are first referred to. */
void resolve_phandle_refs(struct checks *c);
void resolve_path_refs(struct checks *c);
/* deletes: nodes marked /omit-if-no-ref/ that nothing refers to. */
void resolve_omit(struct checks *c);

/* For an overlay that is checked against a base: the node that has the label in the overlay itself, or NULL. */
struct node *resolve_own_label(const struct checks *c, const char *label);

/* The number of the first CPU, which is the boot CPU when no option says another. */
uint32_t resolve_boot_cpu(const struct tree *tree);

#endif
