/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* places.c - checks: /chosen and /aliases (DTSpec 3.3 and 3.6). */
#include <string.h>

#include "check.h"

static bool is_one_text(const struct prop *p)
{
	return p->value.len && memchr(p->value.bytes, 0, p->value.len) == p->value.bytes + p->value.len - 1;
}

void check_obsolete_chosen_interrupt_controller(struct checks *c)
{
	const struct node *chosen = node_by_path(c->tree, c->tree->root, "/chosen");
	const struct prop *p = chosen ? check_get(chosen, check_name(c, "interrupt-controller")) : NULL;

	if (p)
		check_prop(c, chosen, p, "this property is obsolete in /chosen");
}

void check_chosen_node_is_root(struct checks *c)
{
	const struct name *chosen = check_name(c, "chosen");

	for_each_node(c->tree->root, n)
		if (n->name == chosen && n->parent != c->tree->root)
			check_node(c, n, "'chosen' is a child of the root");
}

void check_chosen_node_bootargs(struct checks *c)
{
	const struct name *chosen = check_name(c, "chosen"), *bootargs = check_name(c, "bootargs");

	for_each_node(c->tree->root, n) {
		const struct prop *p = n->name == chosen ? check_get(n, bootargs) : NULL;

		if (p && !is_one_text(p))
			check_prop(c, n, p, "the value is not one string");
	}
}

void check_chosen_node_stdout_path(struct checks *c)
{
	const struct name *chosen = check_name(c, "chosen"), *path = check_name(c, "stdout-path");
	const struct name *old = check_name(c, "linux,stdout-path");

	for_each_node(c->tree->root, n) {
		const struct prop *p = n->name == chosen ? check_get(n, path) : NULL;

		if (n->name == chosen && !p) {
			p = check_get(n, old);
			if (p)
				check_prop(c, n, p, "this name is old: write 'stdout-path'");
		}
		if (p && !is_one_text(p))
			check_prop(c, n, p, "the value is not one string");
	}
}

#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

/* What an overlay's aliases name stands in the base. */
void check_alias_paths(struct checks *c)
{
	const struct node *aliases = node_by_path(c->tree, c->tree->root, "/aliases");

	if (!aliases || c->tree->plugin)
		return;
	for_each_prop(aliases, p) {
		const char *name = p->name->text;

		if (strcmp(name, "phandle") == 0 || strcmp(name, "linux,phandle") == 0)
			continue;
		if (!is_one_text(p) || p->value.bytes[0] != '/' ||
		    !node_by_path(c->tree, c->tree->root, (const char *)p->value.bytes))
			check_prop(c, aliases, p, "it names no node");
		else if (strspn(name, LETTERS) != p->name->len)
			check_prop(c, aliases, p, "the name of an alias has lower-case letters, digits and '-' only");
	}
}
