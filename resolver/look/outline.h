/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* outline.h - a tree as lines, one a node: what it is called, what it is compatible with, where its registers
 * are, and its status when that is not okay; and the same of what overlays changed in a base. */
#ifndef OVL_RESOLVER_OUTLINE_H
#define OVL_RESOLVER_OUTLINE_H

#include "names.h"
#include "text.h"

struct outline {
	struct text *out;
	const struct ovl_tree *tree;
	struct names labels;
	bool colour;
	unsigned int most; /* levels below the first node */
};

/* A line for a node at a depth, behind a sign and a blank when sign is not 0; the end of the line is the
 * caller's. */
void outline_node(struct outline *outline, char sign, ovl_node node, unsigned int depth);

/* What is put before and behind a text to have it in a colour; nothing when there are none. */
enum outline_colour { OUTLINE_NAME, OUTLINE_LABEL, OUTLINE_COMPATIBLE, OUTLINE_REG, OUTLINE_DIM, OUTLINE_ADDED,
		      OUTLINE_REMOVED };
void outline_on(struct outline *outline, enum outline_colour colour);
void outline_off(struct outline *outline);

/* A node and what is below it. */
void outline_tree(struct outline *outline, ovl_node top);

/* What the overlays on a base, blobs[1] and on, changed: the nodes that lead there, and lines that are added or
 * removed. */
void outline_changes(struct outline *outline, struct diags *diags, const struct stack *base,
		     const struct blob *blobs);

#endif
