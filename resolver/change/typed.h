/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* typed.h - the VALUE of a PROPERTY=VALUE into the bytes that it stands for in a tree.
 * As source, it says itself what it is: <1 0x2 &label &{/path}>, "text", [00 ff], and these with
 * commas between them.  A bare one is what the tree says that it is: addresses and sizes of as many
 * cells as the node's bus has for reg, ranges and dma-ranges; else the kind of the value that is
 * there; else numbers, when all its words are, or else one text. */
#ifndef OVL_RESOLVER_TYPED_H
#define OVL_RESOLVER_TYPED_H

#include "load.h"
#include "text.h"

/* Add the bytes.  USAGE for what cannot be read, UNRESOLVED for a reference to no node; it has been
 * reported. */
enum status typed_encode(struct text *out, struct diags *diags, const struct stack *stack,
			 ovl_node node, const char *prop, const char *value);

/* Report a property whose cells are not what its node, its bus or those it refers to want:
 * CONFLICT.  Needs the property as it shall be in the tree. */
enum status typed_check(struct diags *diags, const struct stack *stack, ovl_node node,
			const char *prop);

#endif
