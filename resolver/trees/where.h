/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* where.h - from an offset in the structure block of a blob, which may be broken behind it, to the
 * path of the node there.  libovl's errors give such offsets, and opens no tree on a broken
 * blob. */
#ifndef OVL_RESOLVER_WHERE_H
#define OVL_RESOLVER_WHERE_H

#include "load.h"
#include "text.h"

/* Add the path of the node that off lies in, or begins. */
void where_path(struct text *path, const struct blob *blob, uint32_t off);

/* The place of the node or property that begins at off: path, which is empty, gets that of the node
 * and must outlive the place. */
struct diag_place where_place(struct text *path, const struct blob *blob, uint32_t off);

/* Add the path of the first node that has this phandle. */
void where_phandle(struct text *path, const struct blob *blob, uint32_t phandle);

#endif
