/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* check.c - run the checks of a tree in their order, and those that every tree must pass.
 * The table gives each its name, its level and what it builds on; its order is the order of work, and the
 * references are resolved on the way (resolve.c).  What the names mean: ovlc(1). */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolve.h"

struct check {
	const char *name;
	void (*run)(struct checks *c);
	bool warn, error;
	const char *needs[3];
	enum { NOT_RUN, PASSED, FAILED } status;
};

/* ---------------------------------------------------------------- findings */

static void check_fail_args(struct checks *c, struct pos at, const char *format, va_list args)
{
	struct diag_place place = source_place(c->sources, at);
	char *text;

	c->failed = true;
	if (vasprintf(&text, format, args) < 0)
		return;
	diag_check(c->diags, c->running->error ? DIAG_ERROR : DIAG_WARNING, c->running->name, &place, "%s", text);
	free(text);
}

void check_fail(struct checks *c, struct pos at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	check_fail_args(c, at, format, args);
	va_end(args);
}

void check_note(struct checks *c, struct pos at, const char *format, ...)
{
	struct diag_place place = source_place(c->sources, at);
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		return;
	diag_note(c->diags, &place, "%s", text);
	free(text);
}

/* ---------------------------------------------------------------- names */

/* A deletion of a node of the same block counts as a second one: it can only mean a mistake. */
static void duplicate_node_names(struct checks *c)
{
	for_each_node(c->tree->root, n)
		for (struct node *child = n->first; child; child = child->next) {
			if (child->name->seen == n) {
				check_fail(c, child->pos, child->deleted ? "node '%s' is defined and deleted in one block"
									 : "node '%s' is defined twice",
					   node_path(c->tree, child, NULL));
				check_note(c, node_child(n, child->name)->pos, "first defined here");
			}
			if (!child->deleted)
				child->name->seen = n;
		}
}

static void duplicate_property_names(struct checks *c)
{
	for_each_node(c->tree->root, n)
		for_each_prop(n, p) {
			struct prop *first = prop_find(c->tree, n, p->name->text);

			if (first == p)
				continue;
			check_fail(c, p->pos, "property '%s' is defined twice", p->name->text);
			check_note(c, first->pos, "first defined here");
		}
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static void node_name_chars(struct checks *c)
{
	for_each_node(c->tree->root, n) {
		size_t good = strspn(n->name->text, LETTERS ",._+-@");

		if (good < n->name->len)
			check_fail(c, n->pos, "bad character '%c' in the name of node '%s'", n->name->text[good],
				   n->name->text);
	}
}

static void node_name_format(struct checks *c)
{
	for_each_node(c->tree->root, n)
		if (strchr(n->name->text, '@') != strrchr(n->name->text, '@'))
			check_fail(c, n->pos, "more than one '@' in the name of node '%s'", n->name->text);
}

static void node_name_not_empty(struct checks *c)
{
	for_each_node(c->tree->root, n)
		if (n->parent && node_base_len(n) == 0)
			check_fail(c, n->pos, "node '%s' has no name before its unit address", n->name->text);
}

static void property_name_chars(struct checks *c)
{
	for_each_node(c->tree->root, n)
		for_each_prop(n, p) {
			size_t good = strspn(p->name->text, LETTERS ",._+*#?-");

			if (good < p->name->len)
				check_fail(c, p->pos, "bad character '%c' in the name of property '%s'",
					   p->name->text[good], p->name->text);
		}
}

static bool one_text(const struct prop *p)
{
	return p->value.len && memchr(p->value.bytes, 0, p->value.len) == p->value.bytes + p->value.len - 1;
}

static void name_is_string(struct checks *c)
{
	for_each_node(c->tree->root, n) {
		struct prop *p = prop_find(c->tree, n, "name");

		if (p && !one_text(p))
			check_fail(c, p->pos, "property 'name' is not a string");
	}
}

/* A `name` that says what the node's name says is left out of the blob. */
static void name_properties(struct checks *c)
{
	for_each_node(c->tree->root, n) {
		struct prop *p = prop_find(c->tree, n, "name");
		size_t len = node_base_len(n);

		if (!p)
			continue;
		if (p->value.len != len + 1 || memcmp(p->value.bytes, n->name->text, len) != 0)
			check_fail(c, p->pos, "property 'name' of node '%s' is not '%.*s'", n->name->text,
				   (int)len, n->name->text);
		else
			prop_delete(p);
	}
}

/* ---------------------------------------------------------------- labels */

struct owner {
	struct name *label;
	const void *thing;
	struct pos pos;
};

struct owners {
	struct owner *slots;
	size_t n, room;
};

static struct owner *owner_slot(const struct owners *o, const struct name *label)
{
	size_t i = (label->hash * 0x9e3779b1u) & (o->room - 1);

	while (o->slots[i].label && o->slots[i].label != label)
		i = (i + 1) & (o->room - 1);
	return &o->slots[i];
}

static void claim(struct checks *c, struct owners *o, struct name *label, const void *thing, struct pos pos)
{
	struct owner *slot;

	if (o->n * 2 >= o->room) {
		struct owners old = *o;

		o->room = old.room ? old.room * 4 : 256;
		o->slots = pool_alloc(c->tree->pool, o->room * sizeof(*o->slots));
		for (size_t i = 0; i < old.room; i++)
			if (old.slots[i].label)
				*owner_slot(o, old.slots[i].label) = old.slots[i];
	}
	slot = owner_slot(o, label);
	if (slot->label && slot->thing != thing) {
		check_fail(c, pos, "label '%s' is defined twice", label->text);
		check_note(c, slot->pos, "first defined here");
	} else if (!slot->label) {
		*slot = (struct owner){ label, thing, pos };
		o->n++;
	}
}

static void duplicate_label(struct checks *c)
{
	struct owners o = { 0 };

	for_each_node(c->tree->root, n) {
		for_each_label(n->labels, l)
			claim(c, &o, l->name, n, l->pos);
		for_each_prop(n, p) {
			for_each_label(p->labels, l)
				claim(c, &o, l->name, p, l->pos);
			for_each_marker(p, m)
				if (m->type == MARK_LABEL)
					claim(c, &o, name_of(c->tree->pool, m->ref, strlen(m->ref)), m, m->pos);
		}
	}
}

/* ---------------------------------------------------------------- the table */

static struct check table[] = {
	{ "duplicate_node_names", duplicate_node_names, .error = true },
	{ "duplicate_property_names", duplicate_property_names, .error = true },
	{ "node_name_chars", node_name_chars, .error = true },
	{ "node_name_format", node_name_format, .error = true, .needs = { "node_name_chars" } },
	{ "node_name_not_empty", node_name_not_empty, .error = true, .needs = { "node_name_chars" } },
	{ "property_name_chars", property_name_chars, .error = true },
	{ "name_is_string", name_is_string, .error = true },
	{ "name_properties", name_properties, .error = true, .needs = { "name_is_string" } },
	{ "duplicate_label", duplicate_label, .error = true },
	{ "explicit_phandles", resolve_explicit_phandles, .error = true },
	{ "phandle_references", resolve_phandle_refs, .error = true,
	  .needs = { "duplicate_node_names", "explicit_phandles" } },
	{ "path_references", resolve_path_refs, .error = true, .needs = { "duplicate_node_names" } },
	{ "omit_unused_nodes", resolve_omit, .error = true,
	  .needs = { "phandle_references", "path_references" } },
};

#define N_CHECKS (sizeof(table) / sizeof(table[0]))

static struct check *find_check(const char *name)
{
	for (size_t i = 0; i < N_CHECKS; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

bool check_switch(const char *option, bool error)
{
	bool off = strncmp(option, "no-", 3) == 0 || strncmp(option, "no_", 3) == 0;
	struct check *check = find_check(option + (off ? 3 : 0));

	if (!check)
		return false;
	if (error)
		check->error = !off;
	else if (!off)
		check->warn = true;
	return true;
}

static bool may_run(const struct check *check)
{
	for (size_t i = 0; i < 3 && check->needs[i]; i++)
		if (find_check(check->needs[i])->status != PASSED)
			return false;
	return true;
}

/* Every check that can run does, so that one run shows all there is to mend. */
bool check_run(struct checks *c)
{
	bool good = true;

	for (size_t i = 0; i < N_CHECKS; i++) {
		struct check *check = &table[i];

		if (!may_run(check)) {
			check->status = FAILED;
			continue;
		}
		c->running = check;
		c->failed = false;
		check->run(c);
		check->status = c->failed ? FAILED : PASSED;
		good &= !c->failed || !check->error;
	}
	return good;
}
