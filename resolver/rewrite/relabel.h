/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* relabel.h - a tree with other symbols: the same but for /__symbols__, and for the phandles that
 * labelled nodes need to be referred to.  out is freed with file_free(). */
#ifndef OVL_RESOLVER_RELABEL_H
#define OVL_RESOLVER_RELABEL_H

#include "symbols.h"

/* Add symbols.  phandles: give one to every labelled node that has none. */
enum status relabel_add(struct diags *diags, const struct stack *tree, const struct symbols *added,
			bool phandles, struct file_bytes *out);

enum status relabel_strip(struct diags *diags, const struct stack *tree, struct file_bytes *out);

/* Leave out the symbols that none of the overlays uses; those that one uses must be there, or come
 * with another. */
enum status relabel_keep(struct diags *diags, const struct stack *tree, const struct blob *overlays,
			 size_t n_overlays, struct file_bytes *out);

#endif
