/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* flat.h - the nodes of a blob with their places in it, found by the rules of fdtget and fdtput.
 * The blob must have been checked (stack_open).  A node is an index: the blob's are numbered from 1
 * on (the root) in the order in which they stand; 0 is no node.  Places are bytes from the start of
 * the structure block.  The blob is borrowed. */
#ifndef OVL_RESOLVER_FLAT_H
#define OVL_RESOLVER_FLAT_H

#include "load.h"
#include "text.h"

struct flat_node {
	struct ovl_str name;
	uint32_t begin, end; /* its first tag, and what follows its last */
	uint32_t props;      /* what follows its name */
	uint32_t children;   /* its first child's first tag, or where one would stand */
	uint32_t parent, first, next;
	bool removed;
};

struct flat {
	const struct blob *blob;
	const unsigned char *structure;
	uint32_t structure_len; /* FDT_END included */
	const char *strings;
	uint32_t strings_len;
	struct flat_node *nodes; /* nodes[0] is none */
	uint32_t n_nodes;
	size_t room;
	struct diags *diags;
};

struct flat_prop {
	const char *name;
	const unsigned char *value;
	uint32_t len;
	uint32_t at, end; /* its tag, and what follows its value */
};

void flat_open(struct flat *flat, struct diags *diags, const struct blob *blob);
void flat_close(struct flat *flat);

/* A new record, to be filled. */
uint32_t flat_add(struct flat *flat);

void flat_path(const struct flat *flat, uint32_t node, struct text *path);

/* The properties of a node of the blob: start with off = node.props, go on with prop.end. */
bool flat_prop_at(const struct flat *flat, uint32_t off, struct flat_prop *prop);
bool flat_prop_find(const struct flat *flat, uint32_t node, const char *name,
		    struct flat_prop *prop);

/* The first child of that name.  loose: a name without unit address is also that of a child with
 * one. */
uint32_t flat_child(const struct flat *flat, uint32_t parent, struct ovl_str name, bool loose);

/* Take the next name off a path; empty at its end. */
struct ovl_str flat_step(struct ovl_str *path);

/* A path, or an alias alone or before one, each step as with flat_child(). */
uint32_t flat_find(const struct flat *flat, struct ovl_str path, bool loose);

/* Where such a path starts: the root, or the node of the alias that is taken off it; 0 when it
 * starts with neither. */
uint32_t flat_start(const struct flat *flat, struct ovl_str *path, bool loose);

#endif
