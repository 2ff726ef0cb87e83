/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* edit.h - changes of a blob, collected and then made in one pass that writes a new blob.
 * What is new stands where libfdt puts it: a property before those of its node, a node before its
 * parent's children.  A path is searched in what the changes before it made.  Tags that mean
 * nothing, and strings that nothing uses any more, stay. */
#ifndef OVL_RESOLVER_EDIT_H
#define OVL_RESOLVER_EDIT_H

#include "flat.h"
#include "text.h"

struct edit {
	struct flat flat;    /* the blob's nodes, then the new ones */
	uint32_t n_old;      /* how many of them are the blob's */
	uint32_t node;       /* whose properties change; 0 for none */
	const char *name;    /* the property that is set, or NULL */
	const void *value;
	uint32_t value_len;
	uint32_t replaced;   /* its tag when there is one, else 0 */
	unsigned char *dropped; /* for each word of the structure block: a property there goes */
};

void edit_open(struct edit *edit, struct diags *diags, const struct blob *blob);
void edit_close(struct edit *edit);

/* A new node, the first child of its parent. */
uint32_t edit_add_node(struct edit *edit, uint32_t parent, struct ovl_str name);

/* Not the root. */
void edit_remove_node(struct edit *edit, uint32_t node);

/* Name and value are borrowed until the edit is closed.  For one property of one node. */
void edit_set_prop(struct edit *edit, uint32_t node, const char *name, const void *value,
		   uint32_t len);

/* For properties of one node.  False when it has none of that name. */
bool edit_drop_prop(struct edit *edit, uint32_t node, const char *name);

/* The changed blob: version 17, nothing behind its blocks. */
enum status edit_write(const struct edit *edit, struct diags *diags, struct text *out);

#endif
