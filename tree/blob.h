/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* blob.h - the tree as a blob. */
#ifndef OVL_TREE_BLOB_H
#define OVL_TREE_BLOB_H

#include <string.h>

#include "diag.h"
#include "tree.h"

struct blob_options {
	unsigned int version;           /* -V: 1, 2, 3, 16 or 17 */
	uint64_t reserves;              /* -R: empty reservations behind the source's */
	uint64_t space, pad, align;     /* -S, -p, -a: 0 for none */
	bool quiet;                     /* no word about -S when the blob is larger */
};

/* What is written, until it is whole. */
struct bytes {
	unsigned char *at;              /* malloc's */
	size_t len, room;
};

/* Where len more of them go. */
static inline unsigned char *bytes_more(struct bytes *to, size_t len, struct diags *diags)
{
	if (!to->at || to->len + len > to->room)
		to->at = grow(diags, to->at, &to->room, to->len + len, 1);
	to->len += len;
	return to->at + to->len - len;
}

static inline void bytes_put(struct bytes *to, const void *bytes, size_t len, struct diags *diags)
{
	if (len)
		memcpy(bytes_more(to, len, diags), bytes, len);
}

/* Returns false, with a message, when the blob would be too large. */
bool blob_make(struct tree *tree, const struct blob_options *options, struct diags *diags, struct bytes *out);

#endif
