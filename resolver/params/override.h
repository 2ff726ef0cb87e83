/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* override.h - the declarations of parameters in /__overrides__, the dialect of Raspberry Pi overlays.
 * A parameter is a property; its value is a row of targets, each a cell and a text:
 *
 *     <&node>, "property"            a text          <&node>, "property?"    there or not there
 *     <&node>, "property[" bytes                     <&node>, "property!"    not there or there
 *     <&node>, "property.OFFSET"     a number of one byte; ; # : for two, eight, four
 *     <0>, "+1-2=3!4"                fragments on, off, as the value says, or as it does not
 *
 * followed by nothing (the user's value), "=literal", "=" and the value itself (a cell or a text), or
 * "{key=value,other='its value',=default}".  Grammar: dtmerge's, as observed; what it reads by accident
 * (negative offsets, text behind a table) is refused. */
#ifndef OVL_RESOLVER_OVERRIDE_H
#define OVL_RESOLVER_OVERRIDE_H

#include "draft.h"

enum override_kind {
	OVERRIDE_TEXT, OVERRIDE_BYTES, OVERRIDE_BOOL, OVERRIDE_NOT, OVERRIDE_NUMBER, OVERRIDE_FRAGMENTS,
};

enum override_source { FROM_USER, FROM_TEXT, FROM_CELL, FROM_TABLE };

/* One target of a parameter. */
struct override {
	const struct draft *draft;
	const struct prop *param;
	const char *wrong;	   /* what is, when reading it failed */
	struct node *node;	   /* NULL for fragments, and for a node that the draft does not have */
	const char *label;	   /* of that one, or NULL */
	enum override_kind kind;
	const char *name;	   /* of the property; for fragments all of the text */
	uint32_t name_len;
	uint32_t size, offset;	   /* of a number, in bytes */
	enum override_source from;
	const char *text;	   /* the literal, or what follows the table's brace */
	uint32_t cell;		   /* where in the parameter the value is */
	uint32_t next;		   /* where in it the next target is, or what belongs to the table */
};

/* What a property is to be set to. */
struct override_value {
	const char *text;
	uint32_t len;
	bool is_cell;
	uint32_t cell;
	const struct marker *ref; /* what the cell refers to, or NULL */
};

/* /__overrides__, and a parameter there; NULL when there is none. */
struct node *override_node(const struct draft *draft);
struct prop *override_find(const struct draft *draft, const char *name);

/* The targets of a parameter.  Return false at the end, and when one is malformed: then wrong says what is. */
bool override_first(const struct draft *draft, const struct prop *param, struct override *target);
bool override_next(struct override *target);

/* What the user's text gives for a target.  False when its table has nothing for that. */
bool override_value(const struct override *target, const char *user, struct override_value *value);

/* The entries of a target's table (from == FROM_TABLE), in order: start with { *target, target->text }. */
struct override_table {
	struct override at;
	const char *s;
	bool comma;
};

/* A key without '=' is its own value.  A default counts when no key is the user's; pass: its value is what the
 * user gave. */
struct override_entry {
	const char *key, *value;
	uint32_t key_len, value_len;
	uint32_t cell; /* where in the parameter the value is, when is_cell */
	bool is_default, pass, is_cell;
};

/* False at the end, and when the table is malformed: then at.wrong says how. */
bool override_entry(struct override_table *table, struct override_entry *entry);

#endif
