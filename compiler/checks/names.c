/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* names.c - checks: names of nodes and properties (DTSpec 2.2.1, 2.2.4), and labels, which are one
 * namespace over nodes, properties and places in values. */
#include <string.h>

#include "check.h"

/* A deletion of a node of the same block counts as a second one: it can only mean a mistake. */
void check_duplicate_node_names(struct checks *c)
{
	uint32_t parent = 0;

	for_each_checked(c, n) {
		parent++;
		for (struct node *child = n->first; child; child = child->next) {
			if (child->name->mark == parent) {
				check_node(c, child, child->deleted ? "this node is defined and deleted in one block"
								    : "this node is defined twice");
				check_note(c, node_child(n, child->name)->pos, "first defined here");
			}
			if (!child->deleted)
				child->name->mark = parent;
		}
	}
	for_each_checked(c, n)
		n->name->mark = 0;
}

void check_duplicate_property_names(struct checks *c)
{
	uint32_t node = 0;

	for_each_checked(c, n) {
		if (!n->perhaps_twice)
			continue;
		node++;
		for_each_prop(n, p) {
			struct prop *first = p->name->mark == node ? prop_named(n, p->name) : p;

			p->name->mark = node;
			if (first == p)
				continue;
			check_prop(c, n, p, "this property is defined twice");
			check_note(c, first->pos, "first defined here");
		}
	}
	for (size_t i = 0; i < c->tree->pool->n_props; i++)
		c->tree->pool->props[i]->mark = 0;
}

enum { OF_NODE = 1, OF_PROP = 2, OF_BOTH = OF_NODE | OF_PROP };

static const unsigned char letters[256] = {
	['a' ... 'z'] = OF_BOTH, ['A' ... 'Z'] = OF_BOTH, ['0' ... '9'] = OF_BOTH,
	[','] = OF_BOTH, ['.'] = OF_BOTH, ['_'] = OF_BOTH, ['+'] = OF_BOTH, ['-'] = OF_BOTH,
	['@'] = OF_NODE, ['*'] = OF_PROP, ['#'] = OF_PROP, ['?'] = OF_PROP,
};

/* How many letters of a name, from the first on, are those of a node, or of a property. */
static size_t good_letters(const struct name *name, unsigned int of)
{
	size_t i = 0;

	while (letters[(unsigned char)name->text[i]] & of)
		i++;
	return i;
}

unsigned int name_has(const struct name *name)
{
	const char *text = name->text, *unit = memchr(text, '@', name->len);
	unsigned int has = 0;

	if (good_letters(name, OF_NODE) < name->len)
		has |= HAS_ODD_NAME;
	if (!*text || *text == '@')
		has |= HAS_NO_BASE_NAME;
	if (unit)
		has |= HAS_UNIT;
	if (unit && unit[1] == '0' && unit[2])
		has |= HAS_ZERO_UNIT;
	if (unit && strchr(unit + 1, '@'))
		has |= HAS_TWO_UNITS;
	if (strncmp(text, "endpoint", 8) == 0)
		has |= HAS_ENDPOINT;
	if (strncmp(text, "i2c", 3) == 0)
		has |= HAS_I2C;
	if (strncmp(text, "spi", 3) == 0)
		has |= HAS_SPI;
	return has;
}

void check_node_name_chars(struct checks *c)
{
	for_each_checked(c, n) {
		size_t good = good_letters(n->name, OF_NODE);

		if (good < n->name->len)
			check_node(c, n, "bad character '%c' in the name of a node", n->name->text[good]);
	}
}

void check_node_name_format(struct checks *c)
{
	for_each_checked(c, n)
		if (strchr(n->name->text, '@') != strrchr(n->name->text, '@'))
			check_node(c, n, "more than one '@' in the name of a node");
}

void check_node_name_not_empty(struct checks *c)
{
	for_each_checked(c, n)
		if (n->parent && node_base_len(n) == 0)
			check_node(c, n, "a node has no name before its unit address");
}

void check_property_name_chars(struct checks *c)
{
	const struct pool *pool = c->tree->pool;
	bool all_good = true;

	for (size_t i = 0; i < pool->n_props && all_good; i++)
		all_good = pool->props[i]->len && good_letters(pool->props[i], OF_PROP) == pool->props[i]->len;
	if (all_good)
		return;
	for_each_checked(c, n)
		for_each_prop(n, p) {
			size_t good = good_letters(p->name, OF_PROP);

			if (!p->name->len)
				check_prop(c, n, p, "the name of a property is empty");
			else if (good < p->name->len)
				check_prop(c, n, p, "bad character '%c' in the name of a property",
					   p->name->text[good]);
			if (p->name->text[good] == '@')
				check_help(c, "only nodes have a unit address: %s { ... };", p->name->text);
		}
}

void check_name_is_string(struct checks *c)
{
	const struct name *name = check_name(c, "name");

	if (!name || !name->is_prop)
		return;
	for_each_checked(c, n) {
		struct prop *p = prop_named(n, name);

		if (p && !prop_is_text(p))
			check_prop(c, n, p, "the property is not a string");
	}
}

/* A `name` that says what the node's name says is left out of the blob. */
void check_name_properties(struct checks *c)
{
	const struct name *name = check_name(c, "name");

	if (!name || !name->is_prop)
		return;
	for_each_checked(c, n) {
		struct prop *p = prop_named(n, name);
		size_t len;

		if (!p || !prop_is_text(p))
			continue;
		len = node_base_len(n);
		if (p->value.len != len + 1 || memcmp(p->value.bytes, n->name->text, len) != 0)
			check_prop(c, n, p, "the property is not '%.*s'", (int)len, n->name->text);
		else
			prop_delete(p);
	}
}

/* ---------------------------------------------------------------- labels */

typedef void label_fn(struct checks *c, struct name *label, const struct node *node, const struct prop *prop,
		      uint32_t start);

static void each_label(struct checks *c, label_fn *act)
{
	bool in_props = c->tree->pool->marks & 1u << MARK_LABEL;

	for_each_checked(c, n) {
		for_each_label(n->labels, l)
			act(c, l->name, n, NULL, l->start);
		if (!in_props)
			continue;
		for_each_prop(n, p) {
			for_each_label(p->labels, l)
				act(c, l->name, n, p, l->start);
			for_each_marker(p, m)
				if (m->type == MARK_LABEL)
					act(c, name_of_text(m->to->ref), n, p, m->pos.start);
		}
	}
}

/* Of a base and an overlay, for which there are base_symbol and base_shadow. */
static bool are_of_two(const struct checks *c, uint32_t one, uint32_t other)
{
	return c->base && (one < c->from) != (other < c->from);
}

/* Nothing has the same label twice: that is of one thing, and here is another. */
static void claim(struct checks *c, struct name *label, const struct node *node, const struct prop *prop,
		  uint32_t start)
{
	if (!label->mark) {
		label->mark = start + 1;
		return;
	}
	if (are_of_two(c, label->mark - 1, start))
		return;
	check_at(c, node, prop, label_at(label, start), "label '%s' is defined twice", label->text);
	check_note(c, label_at(label, label->mark - 1), "first defined here");
}

static void forget(struct checks *c, struct name *label, const struct node *node, const struct prop *prop,
		   uint32_t start)
{
	(void)c, (void)node, (void)prop, (void)start;
	label->mark = 0;
}

void check_duplicate_label(struct checks *c)
{
	each_label(c, claim);
	each_label(c, forget);
}
