/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* dtb.h - a blob as input. */
#ifndef OVLC_DTB_H
#define OVLC_DTB_H

#include "source.h"
#include "tree.h"

/* Whether bytes begin as a blob does. */
bool dtb_is(const unsigned char *bytes, size_t len);

/* The tree of the blob that blob->text holds; names are copied, values stay where they are.  Nothing in it
 * is believed.  tree->boot_cpu and tree->boot_cpu_known come from the header.  False when an error was
 * reported. */
bool dtb_read(struct tree *tree, struct sources *sources, const struct source *blob);

#endif
