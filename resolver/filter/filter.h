/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* filter.h - a tree less some of its nodes: which (rules, closure), and what has to follow (hygiene).
 * The tree is looked at through libovl, which does not change it, and changed in a draft beside it; what was
 * decided is kept for each node by its index. */
#ifndef OVL_RESOLVER_FILTER_H
#define OVL_RESOLVER_FILTER_H

#include "draft.h"
#include "ranges.h"
#include "text.h"

/* What is done with a reference to a node that goes. */
enum dangling { DANGLING_ERROR, DANGLING_PRUNE_PROP, DANGLING_PRUNE_NODE, DANGLING_KEEP };

/* Why a node goes: the number of a rule, from 1 on, or one of these. */
enum { WHY_CLOSURE = -1, WHY_DANGLING = -2 };

struct rule_place {
	const char *file;
	uint32_t line;
};

/* What a rule lets references be to. */
struct bound {
	struct diag_place at;
	bool is_number;
	uint32_t number;
	const char *label; /* in the rules */
	ovl_node to;	   /* the node of this tree that has it; OVL_NONE: one of another tree */
	bool told;	   /* that it goes as well */
};

/* A symbol of a node. */
struct symbol {
	struct symbol *next;
	const char *name;
	uint32_t name_len;
};

struct fate {
	struct node *node;	   /* of the draft */
	bool gone;
	int why;
	struct symbol *symbols;
	struct bound *bound;	   /* what references to it become, or NULL */
};

struct filter {
	struct diags *diags;
	struct blob blob;
	struct stack stack;
	struct draft draft;
	struct fate *fates;	/* by ovl_node */
	const struct rule_place *rules; /* by their numbers less 1 */
	bool several;		/* files of them */
	enum dangling dangling;
	bool refused;		/* something dangles, and that was reported */
	ovl_node *gone;		/* nodes that go, in the order in which that was found */
	size_t n_gone, gone_room;
	struct text report;
};

enum status filter_open(struct filter *filter, struct diags *diags, const char *path);
void filter_close(struct filter *filter);

/* A node goes, and all that is below it; with what a fragment sets, the fragment. */
enum status filter_drop(struct filter *filter, ovl_node node, int why);

/* References to a node are to be to something else: a label of this tree, or where it refers to others one of
 * those.  The node is dropped besides. */
enum status filter_bind(struct filter *filter, ovl_node node, struct bound *bound);

/* A line of the report; what: node, property, symbol, alias, reference or value.  name may be NULL. */
void filter_note(struct filter *filter, const char *what, ovl_node node, const char *name, int why,
		 const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Whether it is one of an overlay. */
bool filter_is_fragment(const struct filter *filter, ovl_node node);

/* The property of the draft's node. */
struct prop *filter_prop(const struct filter *filter, ovl_node node, const char *name);

/* hygiene.c: the node that a console of /chosen is, i of FILTER_CONSOLES, by what property; or OVL_NONE. */
enum { FILTER_CONSOLES = 3 };
ovl_node filter_console(const struct filter *filter, size_t i, struct ovl_prop *prop);

/* closure.c: all goes but the nodes that the names (labels or paths) stand for, and what they need. */
enum status filter_closure(struct filter *filter, const char *const *names, size_t n);

/* hygiene.c: what follows when nodes go: references, paths, interrupt parents.  Phandles in the ranges become
 * others, with the references to them; strict: they are refused.  needs: nothing else dropped afterwards. */
enum status filter_hygiene(struct filter *filter, const struct ranges *reserved, bool strict);

#endif
