/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* unlabel.h - the labels of an overlay into paths and numbers of one base, which may have none. */
#ifndef OVL_RESOLVER_UNLABEL_H
#define OVL_RESOLVER_UNLABEL_H

#include "symbols.h"

/* symbols: the labels given beside the base's.  overlay_out: the overlay, which needs no label any
 * more.  base_out: the base, with phandles for the nodes that the overlay refers to; without it
 * (NULL) they must have them. */
enum status unlabel(struct diags *diags, const struct stack *base, const struct blob *overlay,
		    const struct symbols *symbols, struct file_bytes *overlay_out,
		    struct file_bytes *base_out);

#endif
