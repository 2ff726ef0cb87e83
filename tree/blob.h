/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* blob.h - the tree as a blob. */
#ifndef OVL_TREE_BLOB_H
#define OVL_TREE_BLOB_H

#include "diag.h"
#include "tree.h"

struct blob_options {
	unsigned int version;           /* -V: 1, 2, 3, 16 or 17 */
	uint64_t reserves;              /* -R: empty reservations behind the source's */
	uint64_t space, pad, align;     /* -S, -p, -a: 0 for none */
	bool quiet;                     /* no word about -S when the blob is larger */
};

struct bytes {
	unsigned char *at;
	size_t len, room;
};

/* Returns false, with a message, when the blob would be too large. */
bool blob_make(struct tree *tree, const struct blob_options *options, struct diags *diags, struct bytes *out);

#endif
