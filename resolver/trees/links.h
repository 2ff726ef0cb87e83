/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* links.h - the cells of a tree that refer to nodes, found by their place. */
#ifndef OVL_RESOLVER_LINKS_H
#define OVL_RESOLVER_LINKS_H

#include "load.h"

struct link {
	const unsigned char *at; /* the cell, in the blob */
	ovl_node to;		 /* OVL_NONE: no node of the tree has that phandle */
	struct ovl_str label;	 /* of another tree, which /__fixups__ says it stands for */
	bool known;		 /* false: it only equals a phandle */
};

struct links {
	struct link *list; /* in the order of the cells */
	size_t n, room;
};

void links_find(struct links *links, struct diags *diags, const struct ovl_tree *tree);

/* The first link from a place on, before another; NULL when there is none. */
const struct link *links_next(const struct links *links, const unsigned char *from,
			      const unsigned char *before);

void links_free(struct links *links);

#endif
