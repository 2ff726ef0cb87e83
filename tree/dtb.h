/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* dtb.h - a blob as input. */
#ifndef OVL_TREE_DTB_H
#define OVL_TREE_DTB_H

#include "diag.h"
#include "tree.h"

/* Whether bytes begin as a blob does. */
bool dtb_is(const unsigned char *bytes, size_t len);

/* The tree of a blob; names are copied, values stay where they are.  Nothing in it is believed.
 * tree->boot_cpu and tree->boot_cpu_known come from the header.  name: of the file, for messages.  False
 * when an error was reported. */
bool dtb_read(struct tree *tree, struct diags *diags, const char *name, const unsigned char *bytes,
	      size_t len);

#endif
