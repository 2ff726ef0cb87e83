/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* edit.c - changes of a blob, made in one pass that writes a new blob, see edit.h.
 * The pass copies the structure block up to the next place where something changes, puts in what
 * is new, leaves out what goes, and so on: nodes are numbered as they stand, so the places come in
 * order.  Format: DTSpec 5. */
#include "edit.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "tags.h"

enum { HEADER_LEN = 40, BOOT_CPU = 28 };

void edit_open(struct edit *e, struct diags *diags, const struct blob *blob)
{
	*e = (struct edit){ .node = 0 };
	flat_open(&e->flat, diags, blob);
	e->n_old = e->flat.n_nodes;
	e->dropped = grow_new(diags, e->flat.structure_len / 4, 1);
}

void edit_close(struct edit *e)
{
	flat_close(&e->flat);
	free(e->dropped);
	*e = (struct edit){ .node = 0 };
}

uint32_t edit_add_node(struct edit *e, uint32_t parent, struct ovl_str name)
{
	uint32_t node = flat_add(&e->flat);
	struct flat_node *nodes = e->flat.nodes;

	nodes[node].name = name;
	nodes[node].parent = parent;
	nodes[node].next = nodes[parent].first;
	nodes[parent].first = node;
	return node;
}

void edit_remove_node(struct edit *e, uint32_t node)
{
	e->flat.nodes[node].removed = true;
}

void edit_set_prop(struct edit *e, uint32_t node, const char *name, const void *value, uint32_t len)
{
	struct flat_prop prop;

	e->node = node;
	e->name = name;
	e->value = value;
	e->value_len = len;
	e->replaced = node <= e->n_old && flat_prop_find(&e->flat, node, name, &prop) ? prop.at : 0;
}

bool edit_drop_prop(struct edit *e, uint32_t node, const char *name)
{
	struct flat_prop prop;

	e->node = node;
	if (!flat_prop_find(&e->flat, node, name, &prop) || e->dropped[prop.at / 4])
		return false;
	e->dropped[prop.at / 4] = 1;
	return true;
}

/* ---------------------------------------------------------------- writing */

struct writer {
	const struct edit *e;
	struct text *out;
	uint32_t copied;   /* of the structure block */
	uint32_t name_off; /* of the property that is set */
};

static void set32(unsigned char *at, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(n >> (24 - 8 * i));
}

static void put_padded(struct text *out, const void *bytes, size_t len)
{
	text_put(out, bytes, len);
	text_put(out, "\0\0\0", -len & 3);
}

static void copy_to(struct writer *w, uint32_t off)
{
	text_put(w->out, w->e->flat.structure + w->copied, off - w->copied);
	w->copied = off;
}

static void put_prop(struct writer *w)
{
	text_cell(w->out, PROP);
	text_cell(w->out, w->e->value_len);
	text_cell(w->out, w->name_off);
	put_padded(w->out, w->e->value, w->e->value_len);
}

static void begin_new(struct writer *w, uint32_t node)
{
	struct ovl_str name = w->e->flat.nodes[node].name;

	text_cell(w->out, BEGIN_NODE);
	text_put(w->out, name.ptr, name.len);
	text_put(w->out, "\0\0\0\0", 4 - name.len % 4);
	if (node == w->e->node && w->e->name)
		put_prop(w);
}

/* The new children of a node of the blob, with what is below them: all of that is new. */
static void put_new_children(struct writer *w, uint32_t parent)
{
	const struct flat_node *nodes = w->e->flat.nodes;
	uint32_t node = nodes[parent].first;

	while (node > w->e->n_old) {
		begin_new(w, node);
		if (nodes[node].first) {
			node = nodes[node].first;
			continue;
		}
		text_cell(w->out, END_NODE);
		while (!nodes[node].next && nodes[node].parent != parent) {
			node = nodes[node].parent;
			text_cell(w->out, END_NODE);
		}
		node = nodes[node].next;
	}
}

static void put_props(struct writer *w)
{
	const struct edit *e = w->e;
	struct flat_prop p;
	uint32_t off = e->flat.nodes[e->node].props;

	copy_to(w, off);
	if (e->name && !e->replaced)
		put_prop(w);
	for (; flat_prop_at(&e->flat, off, &p); off = p.end) {
		if (p.at != e->replaced && !e->dropped[p.at / 4])
			continue;
		copy_to(w, p.at);
		if (p.at == e->replaced)
			put_prop(w);
		w->copied = p.end;
	}
}

static void put_structure(struct writer *w)
{
	const struct edit *e = w->e;

	for (uint32_t node = 1; node <= e->n_old; node++) {
		const struct flat_node *n = &e->flat.nodes[node];

		if (n->begin < w->copied)
			continue;
		if (n->removed) {
			copy_to(w, n->begin);
			w->copied = n->end;
			continue;
		}
		if (node == e->node)
			put_props(w);
		if (n->first > e->n_old) {
			copy_to(w, n->children);
			put_new_children(w, node);
		}
	}
	copy_to(w, e->flat.structure_len);
}

/* The memory reservations with their end, which libovl has proven to be there (DTSpec 5.3). */
static void put_reservations(struct text *out, const struct blob *blob)
{
	static const unsigned char end[16];
	const unsigned char *at = blob->file.bytes + be32(blob->file.bytes + 16);

	for (; memcmp(at, end, sizeof(end)) != 0; at += sizeof(end))
		text_put(out, at, sizeof(end));
	text_put(out, end, sizeof(end));
}

/* Where a name stands in the strings block, perhaps as the end of another. */
static bool find_name(const struct edit *e, uint32_t *off)
{
	const char *at = memmem(e->flat.strings, e->flat.strings_len, e->name, strlen(e->name) + 1);

	*off = at ? (uint32_t)(at - e->flat.strings) : e->flat.strings_len;
	return at;
}

/* needs: the blocks behind it are written. */
static void write_header(struct text *out, const struct blob *blob, uint32_t structure,
			 uint32_t strings)
{
	unsigned char *header = (unsigned char *)out->at;
	uint32_t len = (uint32_t)out->len;
	const uint32_t words[] = { 0xd00dfeed, len, structure, strings, HEADER_LEN, 17, 16, 0,
				   len - strings, strings - structure };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		set32(header + 4 * i, words[i]);
	memcpy(header + BOOT_CPU, blob->file.bytes + BOOT_CPU, 4);
}

enum status edit_write(const struct edit *e, struct diags *diags, struct text *out)
{
	static const char header[HEADER_LEN];
	struct writer w = { .e = e, .out = out };
	bool name_there = !e->name || find_name(e, &w.name_off);
	size_t structure, strings;

	text_put(out, header, sizeof(header));
	put_reservations(out, e->flat.blob);
	structure = out->len;
	put_structure(&w);
	strings = out->len;
	text_put(out, e->flat.strings, e->flat.strings_len);
	if (!name_there)
		text_put(out, e->name, strlen(e->name) + 1);
	if (out->len > UINT32_MAX) {
		diag_error(diags, NULL, MSG_TOO_LARGE);
		return POLICY;
	}
	write_header(out, e->flat.blob, (uint32_t)structure, (uint32_t)strings);
	return DONE;
}
