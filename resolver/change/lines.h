/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* lines.h - a difference of two trees as lines; their form is in ovl-diff(1), and stays. */
#ifndef OVL_RESOLVER_LINES_H
#define OVL_RESOLVER_LINES_H

#include "compare.h"
#include "text.h"

/* The value of a property as source has it, with the references that links tell of; nothing when it is empty. */
void lines_value(struct text *out, const struct ovl_tree *tree, const struct links *links, const struct ovl_prop *p);

/* One line, and when below is set one for each property and node below a node that is added or
 * removed. */
void lines_add(struct text *out, const struct comparison *comparison,
	       const struct difference *difference, bool below);

#endif
