/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* draft.h - a blob that is rewritten: an overlay or a whole tree, read into a tree that can be changed.
 * References are known by what they refer to, not by where they stand: nodes may be renamed, moved and
 * deleted, values may change, and writing makes the fixups and the paths of symbols that go with it. */
#ifndef OVL_RESOLVER_DRAFT_H
#define OVL_RESOLVER_DRAFT_H

#include "load.h"
#include "text.h"
#include "tree.h"

struct draft {
	struct diags *diags;
	const struct blob *blob; /* borrowed: values that do not change stay there; NULL for a new one */
	struct pool own, *pool;
	struct tree tree;
	bool overlay; /* references to its own nodes are to be found again */
	uint32_t largest;	 /* phandle */
	uint32_t n_given, first_given; /* by draft_phandle() */
};

/* Checks the blob first, as a tree, and as an overlay when it has fixups or fragments; what is wrong was
 * reported. */
enum status draft_open(struct draft *draft, struct diags *diags, const struct blob *blob);

/* The same in the memory of another draft, which is closed last: names are equal pointers in both. */
enum status draft_open_beside(struct draft *draft, const struct draft *other, const struct blob *blob);
/* An overlay that is a root alone. */
void draft_new(struct draft *draft, struct diags *diags);
void draft_close(struct draft *draft);

/* To be freed with file_free(). */
enum status draft_write(struct draft *draft, struct file_bytes *out);

/* Put bytes at an offset of a value, which grows with zeros to hold them; references that they overwrite are
 * no references any more. */
void draft_put(struct draft *draft, struct prop *prop, uint32_t offset, const void *bytes, uint32_t len);

/* The same with a cell that refers to what another reference refers to. */
void draft_put_ref(struct draft *draft, struct prop *prop, uint32_t offset, const struct reference *like);

/* The property of that name with no bytes in it, made when there is none. */
struct prop *draft_clear(struct draft *draft, struct node *node, const char *name);

/* The reference at an offset of a value, or NULL. */
const struct marker *draft_ref(const struct prop *prop, uint32_t offset);

/* The node that a property of /__symbols__ stands for; NULL when its path leads to none. */
struct node *draft_symbol(const struct prop *prop);

struct node *draft_node(struct draft *draft, struct ovl_str path);

/* A node's phandle.  One that has none is given the lowest above the largest in use; 0 when there is
 * none left, which has been reported. */
uint32_t draft_phandle(struct draft *draft, struct node *node);

/* "2 nodes were given phandles, 0x3 to 0x4", or "1 node was given phandle 0x3". */
void draft_tell_phandles(const struct draft *draft, struct text *text);

#endif
