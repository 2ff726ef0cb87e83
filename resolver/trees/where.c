/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* where.c - find the path of a node by offset or phandle in bytes of which nothing is proven.
 * One pass over the tags from the start, that ends where it is asked to or where something does not
 * lie within the file.  Format: DTSpec 5.4. */
#include "where.h"

#include <string.h>

#include "tags.h"

struct walk {
	const unsigned char *structure;
	size_t len;
	const char *strings;
	size_t strings_len;
	size_t at; /* of the tag that walk_step() read */
	size_t next;
	struct text *path;
	size_t root_len; /* of what path held before */
};

static void walk_start(struct walk *w, const struct blob *blob, struct text *path)
{
	size_t structure, strings;

	*w = (struct walk){ .path = path, .root_len = path->len };
	if (blob->file.len < 40)
		return;
	structure = be32(blob->file.bytes + 8);
	strings = be32(blob->file.bytes + 12);
	if (structure > blob->file.len || strings > blob->file.len)
		return;
	w->structure = blob->file.bytes + structure;
	w->len = blob->file.len - structure;
	w->strings = (const char *)blob->file.bytes + strings;
	w->strings_len = blob->file.len - strings;
}

static bool step_begin(struct walk *w)
{
	const char *name = (const char *)w->structure + w->at + 4;
	size_t len = strnlen(name, w->len - w->at - 4);

	w->next = w->at + 4 + ((len + 4) & ~(size_t)3);
	if (len || w->path->len > w->root_len)
		text_add(w->path, "/%.*s", len > 255 ? 255 : (int)len, name);
	return w->next <= w->len;
}

static bool step_end(struct walk *w)
{
	size_t len = w->path->len;

	while (len > w->root_len && w->path->at[--len] != '/')
		;
	text_cut(w->path, len);
	w->next = w->at + 4;
	return true;
}

/* Read one tag: keeps path as that of the node it stands in.  False where nothing can be read. */
static bool walk_step(struct walk *w)
{
	w->at = w->next;
	if (w->at > w->len || w->len - w->at < 4)
		return false;
	switch (be32(w->structure + w->at)) {
	case BEGIN_NODE:
		return step_begin(w);
	case END_NODE:
		return step_end(w);
	case PROP:
		if (w->len - w->at < 12)
			return false;
		w->next = w->at + 12 + (((size_t)be32(w->structure + w->at + 4) + 3) & ~(size_t)3);
		return w->next <= w->len;
	case NOP:
		w->next = w->at + 4;
		return true;
	default:
		return false;
	}
}

static bool is_named(const struct walk *w, const char *name)
{
	size_t off = be32(w->structure + w->at + 8), len = strlen(name) + 1;

	return off <= w->strings_len && len <= w->strings_len - off &&
	       memcmp(w->strings + off, name, len) == 0;
}

/* The name of the property that w stands at; NULL when it does not lie within the blob. */
static const char *prop_name(const struct walk *w, size_t *len)
{
	size_t off = be32(w->structure + w->at + 8);

	if (off >= w->strings_len)
		return NULL;
	*len = strnlen(w->strings + off, w->strings_len - off);
	return w->strings + off;
}

static void name_root(struct walk *w)
{
	if (w->path->len == w->root_len)
		text_add(w->path, "/");
}

void where_path(struct text *path, const struct blob *blob, uint32_t off)
{
	struct walk w;

	walk_start(&w, blob, path);
	while (w.next <= off && walk_step(&w))
		;
	name_root(&w);
}

struct diag_place where_place(struct text *path, const struct blob *blob, uint32_t off)
{
	struct diag_place place = { .file = blob->name };
	struct walk w;

	where_path(path, blob, off);
	place.node = text_of(path);
	walk_start(&w, blob, path);
	if (off > w.len || w.len - off < 4)
		return place;
	place.off_bytes = (size_t)(w.structure - blob->file.bytes) + off;
	w.at = off;
	if (w.len - off >= 12 && be32(w.structure + off) == PROP)
		place.prop = prop_name(&w, &place.prop_len);
	return place;
}

void where_phandle(struct text *path, const struct blob *blob, uint32_t phandle)
{
	struct walk w;
	bool found = false;

	walk_start(&w, blob, path);
	while (!found && walk_step(&w)) {
		const unsigned char *prop = w.structure + w.at;

		found = be32(prop) == PROP && be32(prop + 4) == 4 && be32(prop + 12) == phandle &&
			(is_named(&w, "phandle") || is_named(&w, "linux,phandle"));
	}
	name_root(&w);
}
