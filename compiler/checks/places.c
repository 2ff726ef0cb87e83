/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* places.c - checks: /chosen and /aliases (DTSpec 3.3 and 3.6). */
#include <string.h>

#include "check.h"

void check_obsolete_chosen_interrupt_controller(struct checks *c)
{
	const struct node *chosen = node_by_path(c->tree, c->tree->root, "/chosen");
	const struct prop *p = chosen ? check_get(chosen, check_name(c, "interrupt-controller")) : NULL;

	/* dtc reports it at the root. */
	if (p)
		check_prop(c, c->diags->style == DIAG_DTC ? c->tree->root : chosen, p,
			   "this property is obsolete in /chosen");
}

void check_chosen_node_is_root(struct checks *c)
{
	const struct name *chosen = check_name(c, "chosen");

	for_each_checked(c, n)
		if (n->name == chosen && n->parent != c->tree->root)
			check_node(c, n, "'chosen' is a child of the root");
}

void check_chosen_node_bootargs(struct checks *c)
{
	const struct name *chosen = check_name(c, "chosen"), *bootargs = check_name(c, "bootargs");

	for_each_checked(c, n) {
		const struct prop *p = n->name == chosen ? check_get(n, bootargs) : NULL;

		if (p && !prop_is_text(p))
			check_prop(c, n, p, "the value is not one string");
	}
}

void check_chosen_node_stdout_path(struct checks *c)
{
	const struct name *chosen = check_name(c, "chosen"), *path = check_name(c, "stdout-path");
	const struct name *old = check_name(c, "linux,stdout-path");

	for_each_checked(c, n) {
		const struct prop *p = n->name == chosen ? check_get(n, path) : NULL;

		if (n->name == chosen && !p) {
			p = check_get(n, old);
			if (p)
				check_prop(c, n, p, "this name is old: write 'stdout-path'");
		}
		if (p && !prop_is_text(p))
			check_prop(c, n, p, "the value is not one string");
	}
}

#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

/* What dtc takes for the path of a node: up to the first NUL, of the root when empty but not when "/", with or
 * without a slash in front, and with one at the end. */
static bool dtc_knows(const struct checks *c, const struct prop *p)
{
	const char *path = pool_text(c->tree->pool, (const char *)p->value.bytes, p->value.len);
	size_t len = strlen(path);

	if (!len)
		return p->value.len > 0;
	if (path[len - 1] == '/' && (len == 1 || path[len - 2] == '/'))
		return false;
	return node_by_path(c->tree, c->tree->root, path);
}

static bool names_node(struct checks *c, const struct node *aliases, const struct prop *p)
{
	const char *path = (const char *)p->value.bytes;

	if (c->diags->style == DIAG_DTC) {
		if (dtc_knows(c, p))
			return true;
		check_prop(c, aliases, p, "it names no node");
	} else if (!prop_is_text(p)) {
		check_prop(c, aliases, p, "the value is not one string");
	} else if (path[0] != '/') {
		check_prop(c, aliases, p, "'%s' is no path: it does not begin with '/'", path);
	} else if (!node_by_path(c->tree, c->tree->root, path)) {
		check_prop(c, aliases, p, "there is no node '%s'", path);
	} else {
		return true;
	}
	return false;
}

static void check_aliases(struct checks *c, const struct node *aliases)
{
	for_each_prop(aliases, p) {
		const char *name = p->name->text;

		if (strcmp(name, "phandle") == 0 || strcmp(name, "linux,phandle") == 0 || !names_node(c, aliases, p))
			continue;
		if (strspn(name, LETTERS) != p->name->len)
			check_prop(c, aliases, p, "the name of an alias has lower-case letters, digits and '-' only");
	}
}

/* What an overlay's aliases name stands in the base.  dtc looks at every node that is called so. */
void check_alias_paths(struct checks *c)
{
	const struct name *aliases = check_name(c, "aliases");

	if (!aliases || c->tree->plugin)
		return;
	for_each_checked(c, n)
		if (n->name == aliases && (n->parent == c->tree->root || c->diags->style == DIAG_DTC))
			check_aliases(c, n);
}
