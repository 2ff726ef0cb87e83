/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* decoded.h - a node and what its cells say, as `ovl get --decode` prints it: a line for each fact,
 * or an object of JSON.  man/ovl-get.1 describes both. */
#ifndef OVL_RESOLVER_DECODED_H
#define OVL_RESOLVER_DECODED_H

#include "load.h"
#include "text.h"

/* Whether a property of this name is one that is decoded. */
bool decoded_knows(const char *prop);

/* One property of one node; a node with all its properties; the nodes of a tree. */
void decoded_prop(struct text *out, const struct ovl_tree *tree, ovl_node node, const char *prop, bool json);
void decoded_node(struct text *out, struct diags *diags, const struct ovl_tree *tree, ovl_node node, bool json);
void decoded_tree(struct text *out, struct diags *diags, const struct ovl_tree *tree, bool json);

#endif
