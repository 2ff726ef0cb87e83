/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* blob.c - write the tree as a blob: header, reservations, structure, strings, padding (DTSpec 5.2 to 5.6;
 * versions 1 to 3 as they were before it).  A property name is put into the strings block at its first
 * use, unless it is the end of a name that is there already: who puts a name in looks for each of its ends in
 * a table of all names. */
#include "blob.h"

#include <string.h>

#define MAGIC 0xd00dfeedu
enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, END = 9 };

/* The C library gets as much from the system by itself: more of it, when it is not enough, is no copy, and none of it
 * takes memory before it is used. */
#define ROOM ((size_t)256 << 10)

struct blob {
	struct tree *tree;
	struct diags *diags;
	unsigned int version;
	struct bytes *out;
	size_t strings_len;             /* of the strings block so far: it is put out in the end */
	uint32_t *slots;                /* the names of properties, by hash */
	uint32_t last_slot;             /* how many but one, which is all bits of their numbers */
	uint64_t lengths[256];          /* of those with one beginning(), a bit each: length_bit() */
};

/* ---------------------------------------------------------------- bytes */

static void put_cell(struct blob *b, struct bytes *to, uint32_t v)
{
	cell_put(bytes_more(to, 4, b->diags), v);
}

static void put_zero(struct blob *b, struct bytes *to, size_t len)
{
	if (len)
		memset(bytes_more(to, len, b->diags), 0, len);
}

static void align(struct blob *b, struct bytes *to, size_t to_bytes)
{
	put_zero(b, to, (to_bytes - to->len % to_bytes) % to_bytes);
}

/* ---------------------------------------------------------------- strings */

/* A slot that is not free holds in its low bits, as many as number the slots, the index of a name in pool.props, + 1;
 * above them those of the name's hash, which is of its letters from the last to the first. */
static struct name *prop_name(const struct blob *b, uint32_t slot, uint32_t hash)
{
	return (slot ^ hash) <= b->last_slot ? b->tree->pool->props[(slot & b->last_slot) - 1] : NULL;
}

static uint32_t first_slot(const struct blob *b, uint32_t hash)
{
	return (hash * 0x9e3779b1u) & b->last_slot;
}

static uint32_t next_slot(const struct blob *b, uint32_t i)
{
	return (i + 1) & b->last_slot;
}

/* What the first two characters of a name, or the only one and the NUL, come to. */
static uint8_t beginning(const char *text)
{
	return (uint8_t)(text[0] * 7 + text[1]);
}

/* Names that are 64 characters longer have the same. */
static uint64_t length_bit(uint32_t len)
{
	return (uint64_t)1 << (len & 63);
}

static void note_lengths(struct blob *b)
{
	const struct pool *pool = b->tree->pool;

	for (size_t k = 0; k < pool->n_props; k++)
		if (pool->props[k]->len)
			b->lengths[beginning(pool->props[k]->text)] |= length_bit(pool->props[k]->len);
}

static void index_names(struct blob *b)
{
	const struct pool *pool = b->tree->pool;
	size_t n = 256;

	while (n < pool->n_props * 2)
		n *= 2;
	b->last_slot = (uint32_t)(n - 1);
	b->slots = pool_array(b->tree->pool, n * sizeof(*b->slots));
	for (size_t k = 0; k < pool->n_props; k++) {
		uint32_t hash = NAME_HASH, i;

		for (size_t left = pool->props[k]->len; left; left--)
			hash = name_hash_more(hash, pool->props[k]->text[left - 1]);
		for (i = first_slot(b, hash); b->slots[i]; )
			i = next_slot(b, i);
		b->slots[i] = (hash & ~b->last_slot) | ((uint32_t)k + 1);
	}
}

/* Each name that is an end of this one, and stands nowhere yet, stands here.  Nearly all ends are no name for what they
 * begin with. */
static void note_ends(struct blob *b, const struct name *name, uint32_t off)
{
	uint32_t hash = NAME_HASH;

	for (uint32_t left = name->len; left > 1; left--) {
		const char *end = name->text + left - 1;
		uint32_t len = name->len - left + 1;

		hash = name_hash_more(hash, *end);
		if (!(b->lengths[beginning(end)] & length_bit(len)))
			continue;
		if (!b->slots)
			index_names(b);
		for (uint32_t i = first_slot(b, hash); b->slots[i]; i = next_slot(b, i)) {
			struct name *found = prop_name(b, b->slots[i], hash);

			if (found && !found->string_off && found->len == len && memcmp(found->text, end, len) == 0)
				found->string_off = off + left;
		}
	}
}

static uint32_t string_off(struct blob *b, struct name *name)
{
	uint32_t off = (uint32_t)b->strings_len;

	if (!name->string_off) {
		b->strings_len += name->len + 1;
		name->string_off = off + 1;
		note_ends(b, name, off);
	}
	return name->string_off - 1;
}

/* Those that stand at the end of others say there what these do. */
static void put_strings(struct blob *b)
{
	const struct pool *pool = b->tree->pool;
	unsigned char *strings = bytes_more(b->out, b->strings_len, b->diags);

	for (size_t k = 0; k < pool->n_props; k++) {
		const struct name *name = pool->props[k];

		if (name->string_off)
			memcpy(strings + name->string_off - 1, name->text, name->len + 1);
	}
}

/* ---------------------------------------------------------------- structure */

static size_t aligned(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static unsigned char *begin_value(struct blob *b, struct name *name, size_t len)
{
	size_t before = b->version < 16 && len >= 8 ? (8 - (b->out->len + 12) % 8) % 8 : 0;
	unsigned char *at = bytes_more(b->out, 12 + before + aligned(len), b->diags);

	cell_put(at, PROP);
	cell_put(at + 4, (uint32_t)len);
	cell_put(at + 8, string_off(b, name));
	if (before)
		memset(at + 12, 0, before);
	at += 12 + before;
	if (len % 4)
		memset(at + aligned(len) - 4, 0, 4);
	return at;
}

static void put_value(struct blob *b, struct name *name, const void *bytes, size_t len)
{
	unsigned char *at = begin_value(b, name, len);

	if (len)
		memcpy(at, bytes, len);
}

/* The labels that symbols.c left for here. */
static void put_labels(struct blob *b)
{
	for_each_node(b->tree->root, n)
		for_each_label(n->labels, l) {
			size_t len = node_path_len(n);
			char *at;

			if (l->unlisted)
				continue;
			at = (char *)begin_value(b, l->name, len + 1);
			node_path_put(n, at, len);
			at[len] = 0;
		}
}

/* Before version 16 a node had its whole path, and its name again as a property. */
static void put_begin(struct blob *b, const struct node *node)
{
	bool named = false;
	size_t len = node->name->len;
	const char *text = node->name->text;

	put_cell(b, b->out, BEGIN_NODE);
	if (b->version < 16)
		text = node_path(b->tree, node, &len);
	bytes_put(b->out, text, len + 1, b->diags);
	align(b, b->out, 4);
	for_each_prop(node, p) {
		named |= b->version < 16 && strcmp(p->name->text, "name") == 0;
		put_value(b, p->name, p->value.bytes, p->value.len);
	}
	for (unsigned int i = 0; i < 2; i++)
		if (node->phandle_left & 1u << i)
			cell_put(begin_value(b, b->tree->phandles.names[i], 4), node->phandle);
	if (node == b->tree->symbols)
		put_labels(b);
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
			put_cell(b, b->out, END_NODE);
		else
			put_begin(b, v.node);
	put_cell(b, b->out, END);
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

static void put_reserves(struct blob *b, struct bytes *out, size_t empty)
{
	for (struct reserve *r = b->tree->reserves; r; r = r->next) {
		put_u64(b, out, r->address);
		put_u64(b, out, r->size);
	}
	put_zero(b, out, (empty + 1) * 16);
}

/* needs: they fit, below 4 GiB. */
static void pad_out(struct blob *b, const struct blob_options *o, struct bytes *out)
{
	if (o->space > out->len)
		put_zero(b, out, (size_t)o->space - out->len);
	else if (o->space && o->space < out->len && !o->quiet)
		diag_warning(b->diags, NULL, MSG_SPACE_LESS, out->len, (unsigned long long)o->space);
	put_zero(b, out, (size_t)o->pad);
	if (o->align)
		align(b, out, (size_t)o->align);
}

static void fill_header(struct blob *b, size_t off_reserves, size_t off_structure, size_t off_strings)
{
	unsigned char *h = b->out->at;
	const size_t fields[] = { MAGIC, b->out->len, off_structure, off_strings, off_reserves, b->version,
				  b->version < 16 ? 1 : 16, b->tree->boot_cpu, b->strings_len,
				  off_strings - off_structure };

	for (size_t i = 0; i < header_bytes(b->version) / 4; i++)
		cell_put(h + i * 4, (uint32_t)fields[i]);
}

bool blob_make(struct tree *tree, const struct blob_options *options, struct diags *diags, struct bytes *out)
{
	struct blob b = { .tree = tree, .diags = diags, .version = options->version, .out = out };
	size_t off_reserves, off_structure, off_strings;
	uint64_t extra = options->reserves * 16 + options->space + options->pad + options->align;
	bool fits = options->reserves <= UINT32_MAX / 16 && extra <= UINT32_MAX;

	if (b.version < 16)
		name_is_of_prop(tree->pool, name_of(tree->pool, "name", 4));
	note_lengths(&b);
	out->at = grow(diags, out->at, &out->room, ROOM, 1);
	put_zero(&b, out, header_bytes(b.version));
	align(&b, out, 8);
	off_reserves = out->len;
	put_reserves(&b, out, fits ? (size_t)options->reserves : 0);
	off_structure = out->len;
	put_structure(&b);
	off_strings = out->len;
	put_strings(&b);
	fits = fits && extra + out->len <= UINT32_MAX - 4096;
	if (fits) {
		pad_out(&b, options, out);
		fill_header(&b, off_reserves, off_structure, off_strings);
	} else {
		diag_error(diags, NULL, MSG_TOO_LARGE);
	}
	pool_drop(tree->pool, b.slots, ((size_t)b.last_slot + 1) * sizeof(*b.slots));
	return fits;
}
