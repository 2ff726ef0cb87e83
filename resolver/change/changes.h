/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* changes.h - NODE PROPERTY=VALUE... of a command line into the list that ovl_set() takes. */
#ifndef OVL_RESOLVER_CHANGES_H
#define OVL_RESOLVER_CHANGES_H

#include "load.h"
#include "text.h"

struct wanted {
	ovl_node node;
	size_t order, group; /* of the word; of the first word about that node */
	char *prop;
	struct text value;
};

struct changes {
	struct diags *diags;
	const struct stack *stack; /* the tree that is to change */
	const char *status;	   /* the status that each node is to have, or NULL */
	bool label;		   /* target nodes by their labels */
	struct ovl_change *list;   /* n of them, those of a node together, in the words' order */
	size_t n, room;
	struct wanted *wanted;	   /* what the list points into, in its order */
};

/* needs: diags, stack, status, label.  A word with a '=' is a property of the node named before it.
 * Notes tell what is so already. */
enum status changes_read(struct changes *changes, char *const *words, size_t n);

/* A status of okay, which is what a node without any has (DTSpec 2.3.4). */
bool changes_is_okay(const struct ovl_change *change);
void changes_free(struct changes *changes);

#endif
