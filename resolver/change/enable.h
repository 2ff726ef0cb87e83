/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* enable.h - which nodes are enabled, and whether those that are switched on have what they need. */
#ifndef OVL_RESOLVER_ENABLE_H
#define OVL_RESOLVER_ENABLE_H

#include "load.h"

/* Whether a value of status, or that it is deleted, says so. */
bool enable_by(const struct ovl_prop *status);

/* A node is enabled when its status is okay (or ok, or there is none) and all above it are. */
bool enable_is_on(const struct ovl_tree *tree, ovl_node node);

/* Which nodes of a tree are, in its order. */
struct enabled {
	unsigned char *on;
	size_t n;
};
void enabled_read(struct enabled *enabled, struct diags *diags,
			 const struct ovl_tree *tree);
void enabled_free(struct enabled *enabled);

/* Whether nodes are enabled in the tree now that were not before; both have the same nodes. */
bool enabled_grew(const struct ovl_tree *tree, const struct enabled *before);

/* CONFLICT when one of these has a provider that is not there or not enabled: with force, that is a
 * warning. */
enum status enable_check(struct diags *diags, const struct stack *stack,
			 const struct enabled *before, bool force);

#endif
