/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* check.h - the checks of a whole tree, by name, as -W and -E switch them.
 * Some of them do work as well: they resolve references, or note what the nodes are for the checks after
 * them.  A check runs after those it builds on; when one of these failed it is left out.  The checks look
 * at the tree only through tree.h, and report through check_node() and check_prop(). */
#ifndef OVLC_CHECK_H
#define OVLC_CHECK_H

#include "source.h"
#include "tree.h"

struct checks {
	struct tree *tree;
	struct sources *sources;
	struct diags *diags;
	int phandle_format;
	bool symbols;                   /* -@: labelled nodes stay */
	bool only_own;                  /* the warnings that dtc has too are said when there is a base */
	const char *base;               /* the overlay's content is merged into this base, or NULL */
	uint32_t from;                  /* findings that stand before that position are not the overlay's */
	bool failed;                    /* what is running found something */
	const struct check *running;
	const void *what;               /* what the running check is told by the table */
};

/* What the checks of one kind of list are told: its property, and that of the nodes it refers to. */
struct check_list {
	const char *property, *cells;
	bool optional;                  /* without that property: no cells */
};

/* `[no-]name`, of any version of dtc; false when there is no such check.  *nearest is then the name that
 * was perhaps meant, or NULL. */
bool check_switch(const char *option, bool error, const char **nearest);

/* needs: the merged tree.  Returns whether no check of error level found something. */
bool check_run(struct checks *c);

/* For the checks: a finding about a node, about a property of it, or about a place in its value. */
void check_node(struct checks *c, const struct node *node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void check_prop(struct checks *c, const struct node *node, const struct prop *prop, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void check_at(struct checks *c, const struct node *node, const struct prop *prop, struct pos at,
	      const char *format, ...) __attribute__((format(printf, 5, 6)));
/* A finding of a check that is no pass of its own.  False when it is an error. */
bool check_report(struct checks *c, const char *check, const struct node *node, const struct prop *prop,
		  struct pos at, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Belongs to the finding before it, and is hidden with it. */
void check_note(struct checks *c, struct pos at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

void check_help(struct checks *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A property by a name that was looked up once for the whole tree: name_known() tells at once that no node
 * has such a property.  NULL when the node has none, or name is NULL. */
struct prop *check_get(const struct node *node, const struct name *name);
const struct name *check_name(const struct checks *c, const char *text);

/* ---------------------------------------------------------------- the checks, by file */

/* check.c */
void check_always_fail(struct checks *c);

/* names.c */
void check_duplicate_node_names(struct checks *c);
void check_duplicate_property_names(struct checks *c);
void check_node_name_chars(struct checks *c);
void check_node_name_format(struct checks *c);
void check_node_name_not_empty(struct checks *c);
void check_property_name_chars(struct checks *c);
void check_name_is_string(struct checks *c);
void check_name_properties(struct checks *c);
void check_duplicate_label(struct checks *c);

/* overlay.c */
void check_delete_no_effect(struct checks *c);
void check_overlay_delete(struct checks *c);
void check_fragment_no_overlay(struct checks *c);
void check_fragment_no_target(struct checks *c);
void check_overlay_no_fragment(struct checks *c);
void check_fragment_merged(struct checks *c);
void check_reserved_phandle(struct checks *c);

#endif
