/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* blob.c - write the tree as a blob: header, reservations, structure, strings, padding (DTSpec 5.2 to 5.6;
 * versions 1 to 3 as they were before it).  A property name is put into the strings block at its first
 * use, unless it is the end of a name that is there already: then it is found by a table of all ends, so
 * that no name is ever compared with all others. */
#include "blob.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC 0xd00dfeedu
enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, END = 9 };

struct blob {
	struct tree *tree;
	struct diags *diags;
	unsigned int version;
	struct bytes structure, strings;
	uint32_t *ends;                 /* offsets + 1 of every end of every string, by hash */
	size_t n_ends, ends_room;
};

/* ---------------------------------------------------------------- bytes */

static unsigned char *more(struct blob *b, struct bytes *to, size_t len)
{
	if (to->len + len > to->room)
		to->at = grow(b->diags, to->at, &to->room, to->len + len, 1);
	to->len += len;
	return to->at + to->len - len;
}

static void put(struct blob *b, struct bytes *to, const void *bytes, size_t len)
{
	if (len)
		memcpy(more(b, to, len), bytes, len);
}

static void put_cell(struct blob *b, struct bytes *to, uint32_t v)
{
	cell_put(more(b, to, 4), v);
}

static void put_zero(struct blob *b, struct bytes *to, size_t len)
{
	if (len)
		memset(more(b, to, len), 0, len);
}

static void align(struct blob *b, struct bytes *to, size_t to_bytes)
{
	put_zero(b, to, (to_bytes - to->len % to_bytes) % to_bytes);
}

/* ---------------------------------------------------------------- strings */

/* A hash that grows from the end: hash(cs) = hash(s) * K + c. */
#define STEP(hash, c) ((hash) * 0x01000193u + (unsigned char)(c) + 1)

static uint32_t *end_slot(const struct blob *b, const char *text, uint32_t hash)
{
	size_t i = (hash * 0x9e3779b1u) & (b->ends_room - 1);

	while (b->ends[i] && strcmp((char *)b->strings.at + b->ends[i] - 1, text) != 0)
		i = (i + 1) & (b->ends_room - 1);
	return &b->ends[i];
}

static void enter_ends(struct blob *b, uint32_t off, uint32_t len)
{
	const char *text = (char *)b->strings.at + off;
	uint32_t hash = 0;

	for (uint32_t i = len; i-- > 0; ) {
		uint32_t *slot;

		hash = STEP(hash, text[i]);
		slot = end_slot(b, text + i, hash);
		if (*slot)
			continue;
		*slot = off + i + 1;
		b->n_ends++;
	}
}

static void more_ends(struct blob *b, size_t need)
{
	size_t room = b->ends_room ? b->ends_room : 4096;
	uint32_t off = 0;

	if (b->n_ends + need <= b->ends_room / 2)
		return;
	while (b->n_ends + need > room / 2)
		room *= 2;
	free(b->ends);
	b->ends = calloc(room, sizeof(*b->ends));
	if (!b->ends)
		diag_no_memory(b->diags);
	b->ends_room = room;
	b->n_ends = 0;
	while (off < b->strings.len) {
		uint32_t len = (uint32_t)strlen((char *)b->strings.at + off);

		enter_ends(b, off, len);
		off += len + 1;
	}
}

static uint32_t string_off(struct blob *b, struct name *name)
{
	uint32_t hash = 0, *slot;

	if (name->string_off)
		return name->string_off - 1;
	more_ends(b, name->len + 1);
	for (uint32_t i = name->len; i-- > 0; )
		hash = STEP(hash, name->text[i]);
	slot = end_slot(b, name->text, hash);
	if (!*slot) {
		put(b, &b->strings, name->text, name->len + 1);
		name->string_off = (uint32_t)(b->strings.len - name->len);
		enter_ends(b, name->string_off - 1, name->len);
	} else {
		name->string_off = *slot;
	}
	return name->string_off - 1;
}

/* ---------------------------------------------------------------- structure */

static void put_value(struct blob *b, struct name *name, const void *bytes, size_t len)
{
	put_cell(b, &b->structure, PROP);
	put_cell(b, &b->structure, (uint32_t)len);
	put_cell(b, &b->structure, string_off(b, name));
	if (b->version < 16 && len >= 8)
		align(b, &b->structure, 8);
	put(b, &b->structure, bytes, len);
	align(b, &b->structure, 4);
}

/* Before version 16 a node had its whole path, and its name again as a property. */
static void put_begin(struct blob *b, const struct node *node)
{
	bool named = false;
	size_t len = node->name->len;
	const char *text = node->name->text;

	put_cell(b, &b->structure, BEGIN_NODE);
	if (b->version < 16)
		text = node_path(b->tree, node, &len);
	put(b, &b->structure, text, len + 1);
	align(b, &b->structure, 4);
	for_each_prop(node, p) {
		named |= strcmp(p->name->text, "name") == 0;
		put_value(b, p->name, p->value.bytes, p->value.len);
	}
	if (b->version < 16 && !named) {
		len = node_base_len(node);
		text = pool_text(b->tree->pool, node->name->text, len);
		put_value(b, name_of(b->tree->pool, "name", 4), text, len + 1);
	}
}

static void put_structure(struct blob *b)
{
	struct visit v = { .top = b->tree->root };

	while (node_visit(&v))
		if (v.leaving)
			put_cell(b, &b->structure, END_NODE);
		else
			put_begin(b, v.node);
	put_cell(b, &b->structure, END);
}

/* ---------------------------------------------------------------- the whole */

static size_t header_bytes(unsigned int version)
{
	switch (version) {
	case 1: return 28;
	case 2: return 32;
	case 17: return 40;
	default: return 36;
	}
}

static void put_u64(struct blob *b, struct bytes *to, uint64_t v)
{
	put_cell(b, to, (uint32_t)(v >> 32));
	put_cell(b, to, (uint32_t)v);
}

static void put_reserves(struct blob *b, struct bytes *out, uint64_t empty)
{
	for (struct reserve *r = b->tree->reserves; r; r = r->next) {
		put_u64(b, out, r->address);
		put_u64(b, out, r->size);
	}
	put_zero(b, out, (empty + 1) * 16);
}

static void pad_out(struct blob *b, const struct blob_options *o, struct bytes *out)
{
	if (o->space > out->len)
		put_zero(b, out, o->space - out->len);
	else if (o->space && o->space < out->len && !o->quiet)
		diag_warning(b->diags, NULL, MSG_SPACE_LESS, out->len, (unsigned long long)o->space);
	put_zero(b, out, o->pad);
	if (o->align)
		align(b, out, o->align);
}

static void fill_header(struct blob *b, struct bytes *out, size_t off_reserves, size_t off_structure)
{
	unsigned char *h = out->at;
	size_t off_strings = off_structure + b->structure.len;
	const size_t fields[] = { MAGIC, out->len, off_structure, off_strings, off_reserves, b->version,
				  b->version < 16 ? 1 : 16, b->tree->boot_cpu, b->strings.len,
				  b->structure.len };

	for (size_t i = 0; i < header_bytes(b->version) / 4; i++)
		cell_put(h + i * 4, (uint32_t)fields[i]);
}

bool blob_make(struct tree *tree, const struct blob_options *options, struct diags *diags, struct bytes *out)
{
	struct blob b = { .tree = tree, .diags = diags, .version = options->version };
	size_t off_reserves, off_structure;
	uint64_t extra = options->reserves * 16 + options->space + options->pad + options->align;

	put_structure(&b);
	if (options->reserves > UINT32_MAX / 16 || extra > UINT32_MAX ||
	    extra + b.structure.len + b.strings.len > UINT32_MAX - 4096) {
		diag_error(diags, NULL, MSG_TOO_LARGE);
		return false;
	}
	put_zero(&b, out, header_bytes(b.version));
	align(&b, out, 8);
	off_reserves = out->len;
	put_reserves(&b, out, options->reserves);
	off_structure = out->len;
	put(&b, out, b.structure.at, b.structure.len);
	put(&b, out, b.strings.at, b.strings.len);
	pad_out(&b, options, out);
	fill_header(&b, out, off_reserves, off_structure);
	free(b.structure.at);
	free(b.strings.at);
	free(b.ends);
	return true;
}
