/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* says.h - what of the differences of two trees an overlay can say. */
#ifndef OVL_RESOLVER_SAYS_H
#define OVL_RESOLVER_SAYS_H

#include "compare.h"

/* Report all that it cannot; CONFLICT then.  deletions: what goes can be said. */
enum status says_check(const struct comparison *comparison, const struct blob *a,
		       const struct blob *b, bool deletions);

/* Whether a node is /__symbols__, whose properties the overlay says in its own. */
bool says_symbols(const struct ovl_tree *tree, ovl_node node);

/* The node of b that a symbol of it stands for. */
ovl_node says_symbol(const struct comparison *comparison, const struct ovl_prop *symbol);

#endif
