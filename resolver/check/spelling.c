/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* spelling.c - the characters of the names in a tree, see spelling.h.
 * Rules: DTSpec 2.2.1 and 2.2.4.1. */
#include "spelling.h"

#include <string.h>

static bool all_in(const char *name, size_t len, const char *more)
{
	static const char both[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ,._+-";

	for (size_t i = 0; i < len; i++)
		if (!memchr(both, name[i], sizeof(both) - 1) && !strchr(more, name[i]))
			return false;
	return true;
}

static void check_node_name(struct findings *f, ovl_node node)
{
	struct ovl_str name = ovl_node_name(f->tree, node);
	const char *at = name.len ? memchr(name.ptr, '@', name.len) : NULL;
	size_t left = at ? (size_t)(name.ptr + name.len - at) : 0;

	if (!all_in(name.ptr, name.len, "@"))
		finding_add(f, "node-name-chars", node, NULL,
			    "a node's name is letters, digits and ,._+-");
	if (left > 2 && at[1] == '0' && (at[2] == 'x' || at[2] == 'X'))
		finding_add(f, "unit-name-0x", node, NULL, "a unit address is written without 0x");
}

void spelling_check(struct findings *f)
{
	ovl_node root = ovl_node_root(f->tree), n;
	struct ovl_prop p;

	for (n = root; n; n = tree_next(f->tree, root, n)) {
		check_node_name(f, n);
		for (int more = ovl_prop_first(f->tree, n, &p); more;
		     more = ovl_prop_next(f->tree, &p))
			if (!all_in(p.name, p.name_len, "?#"))
				finding_add(f, "property-name-chars", n, &p,
					    "a property's name is letters, digits and ,._+?#-");
	}
}
