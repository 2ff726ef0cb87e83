/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* flat.c - the nodes of a checked blob with their places in it, see flat.h.
 * One pass over the tags makes the records.  What libovl proved of the blob is relied on: tags,
 * names and values lie within their blocks, nodes nest, properties stand before children.  Format:
 * DTSpec 5.4. */
#include "flat.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "tags.h"

static uint32_t aligned(uint32_t n)
{
	return (n + 3) & ~(uint32_t)3;
}

/* ---------------------------------------------------------------- records */

uint32_t flat_add(struct flat *f)
{
	f->nodes = grow(f->diags, f->nodes, &f->room, f->n_nodes + (size_t)2, sizeof(*f->nodes));
	f->nodes[++f->n_nodes] = (struct flat_node){ .parent = 0 };
	return f->n_nodes;
}

/* Where the pass stands: the node it is in, and that node's child before. */
struct place {
	uint32_t at, node, before;
};

static void end_properties(struct flat *f, const struct place *place)
{
	if (place->node && !f->nodes[place->node].children)
		f->nodes[place->node].children = place->at;
}

static void begin_node(struct flat *f, struct place *place)
{
	const char *name = (const char *)f->structure + place->at + 4;
	uint32_t len = (uint32_t)strlen(name), node = flat_add(f);

	f->nodes[node] = (struct flat_node){ .name = { name, len },
					     .begin = place->at,
					     .props = place->at + 4 + aligned(len + 1),
					     .parent = place->node };
	if (place->before)
		f->nodes[place->before].next = node;
	else
		f->nodes[place->node].first = node;
	*place = (struct place){ f->nodes[node].props, node, 0 };
}

static void end_node(struct flat *f, struct place *place)
{
	struct flat_node *node = &f->nodes[place->node];

	place->at += 4;
	node->end = place->at;
	place->before = place->node;
	place->node = node->parent;
}

static void read_nodes(struct flat *f)
{
	struct place place = { 0 };

	for (;; ) {
		switch (be32(f->structure + place.at)) {
		case BEGIN_NODE:
			end_properties(f, &place);
			begin_node(f, &place);
			break;
		case END_NODE:
			end_properties(f, &place);
			end_node(f, &place);
			break;
		case PROP:
			place.at += 12 + aligned(be32(f->structure + place.at + 4));
			break;
		case NOP:
			place.at += 4;
			break;
		default:
			f->structure_len = place.at + 4;
			return;
		}
	}
}

void flat_open(struct flat *f, struct diags *diags, const struct blob *blob)
{
	const unsigned char *bytes = blob->file.bytes;

	*f = (struct flat){ .diags = diags,
			    .blob = blob,
			    .structure = bytes + be32(bytes + 8),
			    .strings = (const char *)bytes + be32(bytes + 12),
			    .strings_len = be32(bytes + 32) };
	f->nodes = grow(diags, NULL, &f->room, 1, sizeof(*f->nodes));
	f->nodes[0] = (struct flat_node){ .parent = 0 };
	read_nodes(f);
}

void flat_close(struct flat *f)
{
	free(f->nodes);
	*f = (struct flat){ .blob = NULL };
}

/* From the node upwards the length is found, and from there the names are put in from behind. */
void flat_path(const struct flat *f, uint32_t node, struct text *path)
{
	size_t from = path->len, len = 0;

	for (uint32_t n = node; n > 1; n = f->nodes[n].parent)
		len += 1 + f->nodes[n].name.len;
	if (!len) {
		text_add(path, "/");
		return;
	}
	text_add(path, "%*s", (int)len, "");
	for (uint32_t n = node; n > 1; n = f->nodes[n].parent) {
		struct ovl_str name = f->nodes[n].name;

		len -= 1 + name.len;
		path->at[from + len] = '/';
		memcpy(path->at + from + len + 1, name.ptr, name.len);
	}
}

/* ---------------------------------------------------------------- properties */

bool flat_prop_at(const struct flat *f, uint32_t off, struct flat_prop *prop)
{
	while (be32(f->structure + off) == NOP)
		off += 4;
	if (be32(f->structure + off) != PROP)
		return false;
	prop->at = off;
	prop->len = be32(f->structure + off + 4);
	prop->name = f->strings + be32(f->structure + off + 8);
	prop->value = f->structure + off + 12;
	prop->end = off + 12 + aligned(prop->len);
	return true;
}

bool flat_prop_find(const struct flat *f, uint32_t node, const char *name, struct flat_prop *prop)
{
	for (uint32_t off = f->nodes[node].props; flat_prop_at(f, off, prop); off = prop->end)
		if (strcmp(prop->name, name) == 0)
			return true;
	return false;
}

/* ---------------------------------------------------------------- finding */

static bool is_called(struct ovl_str node, struct ovl_str name, bool loose)
{
	if (node.len < name.len || memcmp(node.ptr, name.ptr, name.len) != 0)
		return false;
	return node.len == name.len ||
	       (loose && node.ptr[name.len] == '@' && !memchr(name.ptr, '@', name.len));
}

uint32_t flat_child(const struct flat *f, uint32_t parent, struct ovl_str name, bool loose)
{
	uint32_t child = f->nodes[parent].first;

	while (child &&
	       (f->nodes[child].removed || !is_called(f->nodes[child].name, name, loose)))
		child = f->nodes[child].next;
	return child;
}

struct ovl_str flat_step(struct ovl_str *path)
{
	uint32_t from = 0, to;

	while (from < path->len && path->ptr[from] == '/')
		from++;
	for (to = from; to < path->len && path->ptr[to] != '/'; to++)
		;
	*path = (struct ovl_str){ path->ptr + to, path->len - to };
	return (struct ovl_str){ path->ptr - (to - from), to - from };
}

static uint32_t walk_down(const struct flat *f, uint32_t node, struct ovl_str path, bool loose)
{
	struct ovl_str step;

	while (node && (step = flat_step(&path)).len)
		node = flat_child(f, node, step, loose);
	return node;
}

/* The path that an alias stands for; no path when there is no such alias. */
static struct ovl_str alias_path(const struct flat *f, struct ovl_str alias)
{
	uint32_t aliases = flat_child(f, 1, ovl_str("aliases"), false);
	struct flat_prop p;

	for (uint32_t off = f->nodes[aliases].props; aliases && flat_prop_at(f, off, &p);
	     off = p.end)
		if (strlen(p.name) == alias.len && memcmp(p.name, alias.ptr, alias.len) == 0 &&
		    p.len && p.value[0] == '/' && !p.value[p.len - 1])
			return ovl_str((const char *)p.value);
	return (struct ovl_str){ 0 };
}

uint32_t flat_start(const struct flat *f, struct ovl_str *path, bool loose)
{
	struct ovl_str alias;

	if (path->len && path->ptr[0] == '/')
		return 1;
	alias = flat_step(path);
	alias = alias.len ? alias_path(f, alias) : alias;
	return alias.len ? walk_down(f, 1, alias, loose) : 0;
}

uint32_t flat_find(const struct flat *f, struct ovl_str path, bool loose)
{
	uint32_t start = flat_start(f, &path, loose);

	return walk_down(f, start, path, loose);
}
