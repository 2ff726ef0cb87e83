/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* receipt.h - what was applied to a flattened tree before, from its receipt, and a receipt for what is
 * applied now. */
#ifndef OVL_RESOLVER_RECEIPT_H
#define OVL_RESOLVER_RECEIPT_H

#include "load.h"

struct past {
	struct file_bytes file; /* the receipt */
	struct blob base;	/* the tree without any overlay */
	struct blob *overlays;	/* in order; their bytes lie in the receipt */
	struct ovl_apply_options *options; /* of each, OVL_KEEP among them */
	size_t n;
};

/* Read a receipt alone; the base is empty then. */
enum status past_read(struct past *past, struct diags *diags, const char *path);

/* needs: past_read().  Undo all overlays in the tree that the receipt belongs to. */
enum status past_undo(struct past *past, struct diags *diags, const char *path,
		      const struct blob *tree);
void past_free(struct past *past);

/* The receipt of a stack whose overlays are these; file_free() *out. */
void receipt_make(struct diags *diags, const struct stack *stack, const struct blob *const *overlays, size_t n,
		  struct file_bytes *out);

#endif
