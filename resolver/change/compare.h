/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* compare.h - two trees into the list of their differences.
 * Nodes are matched by path, properties by name.  A cell that refers to a node is compared by that
 * node and not by number.  The trees have no layers; they must stay as long as the list. */
#ifndef OVL_RESOLVER_COMPARE_H
#define OVL_RESOLVER_COMPARE_H

#include "links.h"
#include "load.h"

enum modulo {
	MODULO_PHANDLE = 1, /* what number a node has, or whether it has one */
	MODULO_ORDER = 2,   /* of properties and of nodes */
};

enum change {
	NODE_REMOVED, /* with all below it */
	NODE_ADDED,   /* the same */
	PROP_REMOVED,
	PROP_ADDED,
	PROP_CHANGED,
	PROPS_MOVED, /* those that both have stand in another order */
	NODES_MOVED, /* the same */
};

struct difference {
	enum change what;
	ovl_node a, b; /* the node; where it is added its parent in a, where it is removed in b */
	struct ovl_prop in_a, in_b;
};

struct comparison {
	struct diags *diags;
	const struct ovl_tree *a, *b;
	unsigned int modulo;
	struct links links_a, links_b;
	struct difference *list;
	size_t n, room;
};

/* In the order of a, what only b has behind it, node by node. */
void compare_trees(struct comparison *comparison, struct diags *diags, const struct ovl_tree *a,
		   const struct ovl_tree *b, unsigned int modulo);
void compare_free(struct comparison *comparison);

#endif
