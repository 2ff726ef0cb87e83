/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* path.h - find a node by what a person or a target-path calls it, and tell how near it came.
 * A name is an absolute path, or an alias or a label, alone or before a path: /soc/serial@1000,
 * serial0, serial0/child. */
#ifndef OVL_RESOLVER_PATH_H
#define OVL_RESOLVER_PATH_H

#include "load.h"

/* loose: a step without unit address takes the only child so called. */
ovl_node path_find(const struct ovl_tree *tree, struct ovl_str path, bool loose);

/* Notes on a path that leads to no node: where it ends, and what is there. */
void path_explain(struct diags *diags, const struct diag_place *at, const struct ovl_tree *tree,
		  struct ovl_str path);

/* The node nearest to a path that leads to none, as far as near names go; OVL_NONE when no name is
 * near. */
ovl_node path_nearest(const struct ovl_tree *tree, struct ovl_str path);

/* What was meant by a name that may have an & before it, as labels have. */
struct ovl_str path_named(const char *name);

/* Report that a name leads to no node, or that a node has no such property, and what there is;
 * UNRESOLVED. */
enum status path_no_node(struct diags *diags, const struct stack *stack, const char *name);
enum status path_no_prop(struct diags *diags, const struct stack *stack, ovl_node node,
			 const char *prop);

#endif
