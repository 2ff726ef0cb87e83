/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* names.h - what nodes are called beside their paths: the properties of /__symbols__ (labels) or of
 * /aliases, looked up by node. */
#ifndef OVL_RESOLVER_NAMES_H
#define OVL_RESOLVER_NAMES_H

#include "load.h"

struct names {
	struct name {
		ovl_node node;
		uint32_t order;
		struct ovl_str name;
	} *list; /* by node, then in order */
	size_t n;
};

/* from: "__symbols__" or "aliases".  Borrows the tree's texts. */
void names_read(struct names *names, struct diags *diags, const struct ovl_tree *tree,
		       const char *from);
/* The first of a node, NULL when it has none; the others follow it in the list. */
const struct name *names_find(const struct names *names, ovl_node node);
bool names_are_more(const struct names *names, const struct name *name);
void names_free(struct names *names);

#endif
