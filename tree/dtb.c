/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* dtb.c - a blob as input: header, reservations and structure become the tree that a source would make
 * (DTSpec 5.2 to 5.5; versions 1 to 3 as they were before it).  What a blob need not keep is lost: NOPs,
 * padding, the order of strings, reservations behind the first empty one. */
#include "dtb.h"

#include <string.h>

#define MAGIC 0xd00dfeedu
enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9 };

struct block {
	const unsigned char *at;
	uint32_t len;
};

struct reader {
	struct tree *tree;
	struct diags *diags;
	struct diag_place place;
	const unsigned char *blob;
	uint32_t version, total;
	struct block structure, strings;
	uint32_t at;                    /* in the structure */
	struct node *node;              /* open, innermost; NULL before the root and behind it */
	bool warned;
};

bool dtb_is(const unsigned char *bytes, size_t len)
{
	return len >= 4 && cell_get(bytes) == MAGIC;
}

/* ---------------------------------------------------------------- header */

static uint32_t field(const struct reader *r, unsigned int n)
{
	return cell_get(r->blob + (size_t)4 * n);
}

/* A block whose size the header does not say goes up to the end of the blob. */
enum { NO_SIZE = 0 };

/* size: the field of the header that says how many bytes it has. */
static bool block(struct reader *r, const char *name, uint32_t off, unsigned int size, struct block *block)
{
	uint32_t rest = off > r->total ? 0 : r->total - off, len = size == NO_SIZE ? rest : field(r, size);

	if (off > r->total || len > rest) {
		diag_error(r->diags, &r->place, MSG_BLOB_HEADER, name);
		return false;
	}
	block->at = r->blob + off;
	block->len = len;
	return true;
}

static bool read_header(struct reader *r, size_t len)
{
	static const uint32_t header_cells[] = { 7, 8, 9 };
	struct diags *diags = r->diags;
	uint32_t cells, oldest;

	if (!dtb_is(r->blob, len)) {
		diag_error(diags, &r->place, MSG_NOT_A_BLOB, r->place.file);
		return false;
	}
	if (len < 28) {
		diag_error(diags, &r->place, MSG_BLOB_SHORT, r->place.file, len);
		return false;
	}
	r->total = field(r, 1);
	r->version = field(r, 5);
	oldest = field(r, 6);
	if (r->version < 1 || oldest > 17) {
		diag_error(diags, &r->place, MSG_BLOB_VERSION, r->version, oldest);
		return false;
	}
	cells = r->version >= 17 ? 10 : r->version >= 3 ? 9 : header_cells[r->version - 1];
	if (r->total > len) {
		diag_error(diags, &r->place, MSG_BLOB_TRUNCATED, r->total, len);
		return false;
	}
	if (r->total < 4 * cells) {
		diag_error(diags, &r->place, MSG_BLOB_TOTAL, r->total);
		return false;
	}
	r->tree->boot_cpu = r->version >= 2 ? field(r, 7) : 0;
	r->tree->boot_cpu_known = true;
	return block(r, "structure", field(r, 2), r->version >= 17 ? 9 : NO_SIZE, &r->structure) &&
	       block(r, "strings", field(r, 3), r->version >= 3 ? 8 : NO_SIZE, &r->strings);
}

static uint64_t get_64(const unsigned char *bytes)
{
	return (uint64_t)cell_get(bytes) << 32 | cell_get(bytes + 4);
}

static bool read_reserves(struct reader *r)
{
	struct block map;

	if (!block(r, "reservations", field(r, 4), NO_SIZE, &map))
		return false;
	for (; map.len >= 16; map.at += 16, map.len -= 16) {
		struct reserve *reserve;

		if (get_64(map.at + 8) == 0)
			return true;
		reserve = pool_alloc(r->tree->pool, sizeof(*reserve));
		reserve->address = get_64(map.at);
		reserve->size = get_64(map.at + 8);
		*r->tree->last_reserve = reserve;
		r->tree->last_reserve = &reserve->next;
	}
	diag_error(r->diags, &r->place, MSG_BLOB_HEADER, "reservations");
	return false;
}

/* ---------------------------------------------------------------- structure */

static bool broken(struct reader *r, uint32_t at)
{
	diag_error(r->diags, &r->place, MSG_BLOB_STRUCTURE, at,
		   r->node ? node_path(r->tree, r->node, NULL) : "/");
	return false;
}

static bool take_cell(struct reader *r, uint32_t *cell)
{
	if (r->structure.len - r->at < 4)
		return false;
	*cell = cell_get(r->structure.at + r->at);
	r->at += 4;
	return true;
}

/* Pass over len bytes, no more than there are, and what fills them up; the last ones of the block may lack that. */
static void skip(struct reader *r, uint32_t len)
{
	uint32_t rest = r->structure.len - r->at, padded = (len + 3) & ~3u;

	r->at += padded < rest ? padded : rest;
}

static bool open_node(struct reader *r)
{
	static const struct pos nowhere;
	const char *name = (const char *)r->structure.at + r->at, *slash;
	size_t len = strnlen(name, r->structure.len - r->at);
	struct node *n;

	if (len == r->structure.len - r->at || (!r->node && r->tree->root))
		return false;
	skip(r, (uint32_t)len + 1);
	/* Before version 16 it was the whole path. */
	slash = r->version < 16 ? memrchr(name, '/', len) : NULL;
	if (slash) {
		len -= (size_t)(slash + 1 - name);
		name = slash + 1;
	}
	n = node_new(r->tree, name_of(r->tree->pool, name, len), nowhere);
	if (r->node)
		node_append(r->tree, r->node, n);
	else
		r->tree->root = n;
	r->node = n;
	return true;
}

static bool read_prop(struct reader *r)
{
	static const struct pos nowhere;
	uint32_t len, name_off;
	const char *name;
	size_t name_len;
	struct prop *p;

	if (!r->node || !take_cell(r, &len) || !take_cell(r, &name_off) || name_off >= r->strings.len)
		return false;
	name = (const char *)r->strings.at + name_off;
	name_len = strnlen(name, r->strings.len - name_off);
	if (name_len == r->strings.len - name_off)
		return false;
	if (r->version < 16 && len >= 8 && r->at % 8 && !take_cell(r, &(uint32_t){ 0 }))
		return false;
	if (len > r->structure.len - r->at)
		return false;
	p = prop_new(r->tree, name_of(r->tree->pool, name, name_len), nowhere);
	p->value.bytes = (unsigned char *)r->structure.at + r->at;
	p->value.len = p->value.room = len;
	skip(r, len);
	if (r->node->first && !r->warned) {
		diag_warning(r->diags, &r->place, MSG_BLOB_ORDER,
			     node_path(r->tree, r->node, NULL), (int)name_len, name);
		r->warned = true;
	}
	prop_append(r->tree, r->node, p);
	return true;
}

static bool read_structure(struct reader *r)
{
	for (;;) {
		uint32_t start = r->at, token;
		bool good;

		if (!take_cell(r, &token))
			return broken(r, start);
		switch (token) {
		case BEGIN_NODE: good = open_node(r); break;
		case PROP: good = read_prop(r); break;
		case NOP: good = true; break;
		case END_NODE:
			good = r->node;
			r->node = good ? r->node->parent : NULL;
			break;
		case END:
			if (!r->node && r->tree->root)
				return true;
			good = false;
			break;
		default: good = false;
		}
		if (!good)
			return broken(r, start);
	}
}

bool dtb_read(struct tree *tree, struct diags *diags, const char *name, const unsigned char *bytes,
	      size_t len)
{
	struct reader r = { .tree = tree, .diags = diags, .place = { .file = name }, .blob = bytes };

	if (!read_header(&r, len) || !read_reserves(&r) || !read_structure(&r))
		return false;
	tree->plugin = node_by_path(tree, tree->root, "/__fixups__") ||
		       node_by_path(tree, tree->root, "/__local_fixups__");
	return true;
}
