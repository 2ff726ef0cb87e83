/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* extract.h - nodes of a host's tree made nodes for a guest.
 * The host is looked at through libovl; what is decided is kept for each node by its index (struct part); the copies
 * are made in a tree of their own.  Each phase reports all that is wrong and goes on; extract_fail() remembers it.
 *
 *     choose    which nodes, and whether their parents come along as shells       extract.c
 *     close     and the nodes that they refer to, where the policy is to copy     extract_close.c
 *     place     what reg, ranges and dma-ranges become                            extract_regs.c
 *     copy      nodes and properties, with names and labels                       extract_copy.c
 *     refer     references, to copies, to stubs, and to what the guest has        extract_refs.c, extract_stubs.c
 *     connect   interrupts                                                        extract_irqs.c
 *     list      the manifest                                                      extract_list.c */
#ifndef OVL_RESOLVER_EXTRACT_H
#define OVL_RESOLVER_EXTRACT_H

#include "extract_map.h"
#include "tree.h"

/* What is done with a node of the host. */
enum part_kind {
	PART_NONE,
	PART_SHELL, /* only what makes it a bus */
	PART_WHOLE, /* it is copied, and all below it */
};

/* A new value of a property. */
struct new_value {
	bool set, gone;
	const void *at;
	uint32_t len;
};

/* Of a node whose parent is not extracted: where it is in the guest. */
struct moved {
	struct new_value reg, ranges, dma_ranges;
	bool has_unit;
	uint64_t unit, host_unit; /* the first address, on the buses */
};

struct part {
	enum part_kind kind;
	ovl_node device;      /* the whole node that it is, or is below */
	bool named;	      /* on the command line */
	struct moved *moved;
	struct node *copy;
	struct map_bind *bind; /* of a node that is not extracted */
	const struct policy *policy;
	bool told;	      /* that nothing is said for it */
	struct node *stub;
};

struct extract_region {
	ovl_node node;
	uint64_t host, size, guest; /* as the CPUs see them */
	uint64_t child;		    /* on the bus that the outermost node extracted is, when it is one */
};

struct extract_irq {
	ovl_node node, controller;
	struct cell_run host;
	struct map_cells guest;
};

struct extract_stream {
	ovl_node node, to;
	const char *prop;
	struct cell_run before, ids;
};

enum extract_profile { FOR_VFIO, FOR_XEN, FOR_JAILHOUSE };

struct extract {
	struct diags *diags;
	enum status status;
	enum extract_profile profile;
	struct map map;
	struct blob host_blob, base_blob;
	struct stack host, base;
	bool has_base;
	const char *target;	     /* the node that all comes below: a path or a &label */
	ovl_node bus;		     /* that of the base */
	uint32_t n_address, n_size;  /* its cells */
	struct part *parts;	     /* by ovl_node of the host */
	struct pool pool;
	struct tree tree;
	struct node *home;	     /* what all is below in it */
	uint32_t n_suffixes;	     /* given to names that were taken */

	struct extract_region *regions; /* these in the order of the host */
	struct extract_irq *irqs;
	ovl_node main_controller;    /* of the host; OVL_NONE until an interrupt goes to the guest's as it is */
	struct extract_stream *streams;
	size_t n_regions, regions_room, n_irqs, irqs_room, n_streams, streams_room;
	struct text suspects;
	unsigned int n_suspects;
};

/* The first failure is the exit status. */
void extract_fail(struct extract *x, enum status status);
struct diag_place extract_place(const struct extract *x);	   /* the host's file */
const char *extract_path(struct extract *x, ovl_node node);	   /* in the host; lives as long as x */
size_t extract_room(const struct extract *x);			   /* of a list by its nodes */
bool extract_is_outermost(const struct extract *x, ovl_node node); /* of what is extracted */

void extract_close(struct extract *x);
void extract_regs(struct extract *x);
void extract_copy(struct extract *x);
void extract_refs(struct extract *x);
void extract_irqs(struct extract *x);
/* Lines of JSON: what the guest needs of the host.  needs: all else done. */
void extract_list(struct extract *x, struct text *out);

/* Report a property of the host that cannot be read. */
void extract_unreadable(struct extract *x, ovl_node node, const char *prop, const char *why);

/* extract_close.c: what becomes of references to a node that is not extracted; never NULL. */
const struct policy *extract_policy(struct extract *x, ovl_node node);
/* Whether it says nothing of the board: a fixed clock or supply. */
bool extract_is_plain(const struct ovl_tree *tree, ovl_node node);
/* The node that a policy binds to, OVL_NONE when there is no base.  check: that a label can be told of, and that
 * the base has it, or report it. */
ovl_node extract_bound(const struct extract *x, const struct policy *policy);
ovl_node extract_check_bound(struct extract *x, ovl_node node, const struct policy *policy);
/* Report that a node of the host has other cells with it than what stands for it in the guest takes, if it has. */
void extract_check_cells(struct extract *x, ovl_node node, const struct policy *policy, uint32_t ours, uint32_t theirs);
/* Whether a reference is one that policies are for. */
bool extract_follows(const struct extract *x, const struct ovl_ref *ref);

/* Which entries of a list go, by index. */
struct extract_gone {
	bool *list;
	uint32_t n;
};

/* extract_refs.c: take the names of entries that go out of what the copy has beside its list. */
void extract_drop_names(struct extract *x, ovl_node node, const char *list, const struct extract_gone *gone);

/* extract_stubs.c: what a reference to a node is to instead; NULL when nothing will do, which was reported. */
struct node *extract_stub(struct extract *x, const struct ovl_ref *ref, const struct policy *policy);

/* extract_copy.c: the first free name like that for a node at home. */
struct name *extract_free_name(struct extract *x, const char *base_name, const char *unit);
struct prop *extract_add_prop(struct extract *x, struct node *node, const char *name, const void *bytes, uint32_t len);
void extract_add_cell(struct extract *x, struct node *node, const char *name, uint32_t number);
/* A cell, behind all others that do, that refers to a label, or to a copy. */
void extract_put_ref(struct extract *x, struct prop *prop, uint32_t off, const char *label, struct node *to);

#endif
