/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* types.c - checks: properties whose value has one type wherever they stand (DTSpec 2.3), and names that
 * keep to the letters which DTSpec 2.2.1 and 2.2.4 recommend. */
#include <string.h>

#include "check.h"

/* ---------------------------------------------------------------- values */

static void check_texts(struct checks *c, const struct node *n, const struct prop *p)
{
	if (p->value.len && p->value.bytes[p->value.len - 1])
		check_prop(c, n, p, "the value is not a list of strings: the last one has no end");
}

void check_cell_named(struct checks *c, const char *property)
{
	const struct name *name = check_name(c, property);

	for_each_holder(c, name, n, p)
		if (p->value.len != 4)
			check_prop(c, n, p, "it has %u bytes, and is one cell of 4", p->value.len);
}

/* c->what: the property's name. */
void check_is_cell(struct checks *c)
{
	check_cell_named(c, c->what);
}

void check_is_string(struct checks *c)
{
	const struct name *name = check_name(c, c->what);

	for_each_holder(c, name, n, p)
		if (!prop_is_text(p))
			check_prop(c, n, p, "the value is not one string");
}

void check_is_string_list(struct checks *c)
{
	const struct name *name = check_name(c, c->what);

	for_each_holder(c, name, n, p)
		check_texts(c, n, p);
}

static bool is_names(const struct name *name)
{
	return name->len >= 6 && memcmp(name->text + name->len - 6, "-names", 6) == 0;
}

void check_names_is_string_list(struct checks *c)
{
	for_each_match(c, is_names, n, p)
		check_texts(c, n, p);
}

/* ---------------------------------------------------------------- names */

#define STRICT "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,-"

/* A '#' may begin a name, or what follows a vendor's prefix; device_type is older than the rule. */
void check_property_name_chars_strict(struct checks *c)
{
	for_each_device(c, n)
		for_each_prop(n, p) {
			const char *name = p->name->text;
			size_t good = strspn(name, STRICT);

			if (strcmp(name, "device_type") == 0)
				continue;
			if (name[good] == '#' && (good == 0 || name[good - 1] == ','))
				good += 1 + strspn(name + good + 1, STRICT);
			if (good < p->name->len)
				check_prop(c, n, p, "character '%c' is not recommended in the name of a "
					   "property", name[good]);
		}
}

void check_node_name_chars_strict(struct checks *c)
{
	for_each_checked(c, n) {
		size_t good = strspn(n->name->text, STRICT);

		if (good < node_base_len(n))
			check_node(c, n, "character '%c' is not recommended in the name of a node",
				   n->name->text[good]);
	}
}

void check_node_name_vs_property_name(struct checks *c)
{
	for_each_checked(c, n)
		if (n->parent && check_get(n->parent, n->name))
			check_node(c, n, "this node and a property of its parent have the same name");
}
