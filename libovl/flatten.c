/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* flatten.c - write the merged tree as one blob of version 17.
 * The walk follows the base's structure block and copies it in runs, from one node that an overlay touched
 * to the next; only touched and new nodes are written property by property.  The strings block is the
 * base's, less names at its end that overlays deleted, then the names that only overlays use, each once.
 * The same walk without an output counts.  Format: DTSpec 5.2 to 5.6. */
#include "inner.h"

struct writer {
	const struct ovl_tree *t;
	const struct ovli_layer *base;
	struct ovli_out out;            /* from the blob's start */

	const char *strings;            /* the base's, and how much of them stays */
	uint32_t size_strings;
	const unsigned char *src;       /* how far the base's structure block is written */

	/* Names in the output's strings block: slots of two words (offset + 1, where the text is), then the
	 * places of the texts that were added, in order. */
	uint32_t *slots, *added;
	uint32_t n_slots, n_added;
	uint32_t strings_bytes;
};

/* ---------------------------------------------------------------- names */

#define MAX_PROBES 512u

static uint32_t names_slots(const struct ovl_tree *t, uint32_t *n_added)
{
	const struct ovli_layer *base = ovli_base(t);
	uint32_t layer, keys;

	*n_added = 0;
	for (layer = t->top_layer; layer != t->base_layer; layer = ovli_layer(t, layer)->below)
		*n_added += ovli_layer(t, layer)->n_props;
	keys = base->n_strings + *n_added;
	return *n_added ? keys + keys / 2 + 1 : 0;
}

size_t ovl_flatten_storage(const struct ovl_tree *t)
{
	uint32_t n_added, slots = names_slots(t, &n_added);

	return ((size_t)slots * 2 + n_added) * sizeof(uint32_t);
}

/* Texts of the base are told by their offset in the output, the others by their place in the storage. */
static const char *name_text(const struct writer *w, uint32_t off, uint32_t place)
{
	return off < w->size_strings ? w->strings + off : (const char *)w->t->words + place;
}

static bool in_base_names(const struct writer *w, const char *name)
{
	return name >= w->strings && name < w->strings + w->size_strings;
}

/* The slot that holds a name, or would; NULL after too many steps: then the name is kept apart. */
static uint32_t *name_slot(const struct writer *w, const char *name, uint32_t hash)
{
	uint32_t at = (uint32_t)((uint64_t)hash * w->n_slots >> 32), probes;

	for (probes = 0; probes < MAX_PROBES; probes++) {
		uint32_t *slot = w->slots + at * 2;

		if (!slot[0] || ovli_is(name, name_text(w, slot[0] - 1, slot[1])))
			return slot;
		if (++at == w->n_slots)
			at = 0;
	}
	return NULL;
}

static void enter_base_names(struct writer *w)
{
	uint32_t off = 0, end = w->size_strings, *slot;
	struct ovli_name name;

	while (end && w->strings[end - 1])
		end--;
	for (; off < end; off += name.len + 1) {
		name = ovli_name_in(w->strings + off, end - off);
		slot = name_slot(w, w->strings + off, name.hash);
		if (slot && !slot[0])
			slot[0] = off + 1;
	}
}

/* Mark the base's names that overlays delete a property of. */
static void mark_deleted_names(const struct writer *w)
{
	uint32_t layer, v;

	for (layer = w->t->top_layer; layer != w->t->base_layer; layer = ovli_layer(w->t, layer)->below) {
		const struct ovli_layer *l = ovli_layer(w->t, layer);

		for (v = l->versions; l->deletes && v < l->next_version; v += OVLI_WORDS(ovli_version)) {
			const char *name = ovli_prop_name(ovli_version_prop(w->t, v));
			uint32_t *slot = name_slot(w, name, ovli_name_in(name, ovli_strlen(name)).hash);

			if ((ovli_version(w->t, v)->flags & OVLI_GONE) && slot)
				slot[1] = 1;
		}
	}
}

/* An overlay that deletes what another one added leaves no trace of it: the names at the end of the block that
 * are those of deleted properties, and of no other, go. */
static void drop_deleted_names(struct writer *w)
{
	uint32_t used = ovli_names_end(w->t), end = w->size_strings, start = end;

	mark_deleted_names(w);
	while (end > used && !w->strings[end - 1]) {
		uint32_t *slot;

		for (start = end - 1; start && w->strings[start - 1]; start--)
			;
		slot = start < used ? NULL : name_slot(w, w->strings + start,
						       ovli_name_in(w->strings + start, end - start).hash);
		if (!slot || slot[0] != start + 1 || !slot[1])
			break;
		end = start;
	}
	w->size_strings = w->strings_bytes = end;
	memset(w->slots, 0, (size_t)w->n_slots * 2 * sizeof(uint32_t));
	enter_base_names(w);
}

/* The offset of an overlay's property name in the output. */
static uint32_t name_off(struct writer *w, const char *name)
{
	uint32_t len = ovli_strlen(name), off = w->strings_bytes;
	uint32_t *slot = name_slot(w, name, ovli_name_in(name, len).hash);

	if (slot && slot[0])
		return slot[0] - 1;
	w->added[w->n_added++] = (uint32_t)(name - (const char *)w->t->words);
	w->strings_bytes += len + 1;
	if (slot) {
		slot[0] = off + 1;
		slot[1] = w->added[w->n_added - 1];
	}
	return off;
}

/* Names of the base's own properties keep their offset. */
static uint32_t prop_name_off(struct writer *w, const struct ovl_prop *p)
{
	if (in_base_names(w, p->name))
		return (uint32_t)(p->name - w->strings);
	return name_off(w, p->name);
}

/* ---------------------------------------------------------------- nodes */

static void put_props(struct writer *w, uint32_t node)
{
	struct ovl_prop p;

	ovli_props_begin(w->t, node, false, &p);
	while (ovl_prop_next(w->t, &p)) {
		ovli_put_cell(&w->out, OVLI_PROP);
		ovli_put_cell(&w->out, p.len);
		ovli_put_cell(&w->out, prop_name_off(w, &p));
		if (w->out.bytes && p.len)
			ovl_prop_copy(w->t, &p, w->out.bytes + w->out.at);
		w->out.at += p.len;
		ovli_put_padding(&w->out, p.len);
	}
}

static void put_begin(struct writer *w, uint32_t node)
{
	struct ovl_str name = ovl_node_name(w->t, node);

	ovli_put_cell(&w->out, OVLI_BEGIN_NODE);
	ovli_put(&w->out, name.ptr, name.len + 1);
	ovli_put_padding(&w->out, name.len + 1);
	put_props(w, node);
}

/* A node that an overlay made, and all below it. */
static void put_new(struct writer *w, uint32_t top)
{
	uint32_t node = top, next;

	put_begin(w, node);
	for (;;) {
		next = ovl_node_first(w->t, node);
		while (!next) {
			ovli_put_cell(&w->out, OVLI_END_NODE);
			if (node == top)
				return;
			next = ovl_node_next(w->t, node);
			if (!next)
				node = ovl_node_parent(w->t, node);
		}
		node = next;
		put_begin(w, node);
	}
}

/* ---------------------------------------------------------------- the base's structure block */

/* Copy it up to a tag, without its NOPs, and with zeros as padding. */
static void put_run(struct writer *w, const unsigned char *end)
{
	const unsigned char *at = w->src;

	w->src = end;
	if (!w->base->untidy) {
		ovli_put(&w->out, at, (uint32_t)(end - at));
		return;
	}
	while (at < end) {
		uint32_t tag = ovli_be32(at), len = 4;

		if (tag == OVLI_BEGIN_NODE)
			len += ovli_strlen((const char *)at + 4) + 1;
		else if (tag == OVLI_PROP)
			len = 12 + ovli_be32(at + 4);
		if (tag != OVLI_NOP) {
			ovli_put(&w->out, at, len);
			ovli_put_padding(&w->out, len);
		}
		at += ovli_align4(len);
	}
}

static const unsigned char *structure_end(const struct writer *w)
{
	return w->t->base + w->base->structure + w->base->size_structure;
}

/* Where the END_NODE of a base's node is.  Going back from what follows the node, or from what follows
 * the nearest ancestor that has something after it, there are only END_NODEs, and NOPs between them. */
static const unsigned char *node_end(const struct writer *w, uint32_t node)
{
	const struct ovl_tree *t = w->t;
	const unsigned char *at;
	uint32_t levels = 1;

	for (; ovli_node(t, node)->parent && !ovli_node(t, node)->next; levels++)
		node = ovli_node(t, node)->parent;
	at = ovli_node(t, node)->next ? ovli_begin_of(t, ovli_node(t, node)->next) : structure_end(w) - 4;
	while (levels) {
		at -= 4;
		levels -= ovli_be32(at) == OVLI_END_NODE;
	}
	return at;
}

/* The nearest touched node above one; 0 when there is none. */
static uint32_t touched_above(const struct writer *w, uint32_t node)
{
	do
		node = ovli_node(w->t, node)->parent;
	while (node && !ovli_node(w->t, node)->pieces);
	return node;
}

/* Write the rest of open touched nodes, from one up to but without another that is above it: what the base
 * has in each, then what was added. */
static void close_nodes(struct writer *w, uint32_t node, uint32_t above)
{
	uint32_t child;

	for (; node != above; node = touched_above(w, node)) {
		put_run(w, node_end(w, node));
		for (child = ovli_added_first(w->t, node); child; child = ovl_node_next(w->t, child))
			put_new(w, child);
	}
}

static void put_structure(struct writer *w)
{
	const struct ovl_tree *t = w->t;
	struct ovli_prop p;
	uint32_t node, open = 0;

	for (node = w->base->nodes; node < w->base->nodes_end; node += w->base->stride) {
		const unsigned char *begin = ovli_begin_of(t, node);

		if (!ovli_node(t, node)->pieces || begin < w->src)
			continue;
		close_nodes(w, open, touched_above(w, node));
		if (ovli_gone(t, node)) {
			open = touched_above(w, node);
			put_run(w, begin);
			w->src = node_end(w, node) + 4;
			continue;
		}
		open = node;
		put_run(w, ovli_behind_name(begin));
		put_props(w, node);
		for (p = ovli_first_prop(t, node); p.tag; p = ovli_next_prop(p))
			w->src = ovli_prop_end(p);
	}
	close_nodes(w, open, 0);
	put_run(w, structure_end(w));
}

/* ---------------------------------------------------------------- the blob */

static void put_strings(struct writer *w)
{
	uint32_t i;

	ovli_put(&w->out, w->strings, w->size_strings);
	for (i = 0; i < w->n_added; i++) {
		const char *name = (const char *)w->t->words + w->added[i];

		ovli_put(&w->out, name, ovli_strlen(name) + 1);
	}
}

/* One pass, counting or writing.  needs: room for the names behind t->used. */
static uint64_t write_blob(const struct ovl_tree *t, unsigned char *out)
{
	const struct ovli_layer *l = ovli_base(t);
	struct writer w = { .t = t, .base = l, .out = { out, OVLI_HEADER_BYTES },
			    .strings = (const char *)t->base + l->strings, .size_strings = l->size_strings,
			    .src = t->base + l->structure, .strings_bytes = l->size_strings };
	uint64_t off_structure, off_strings;
	uint32_t n_added;

	w.n_slots = names_slots(t, &n_added);
	w.slots = t->words + t->used;
	w.added = w.slots + (size_t)w.n_slots * 2;
	memset(w.slots, 0, (size_t)w.n_slots * 2 * sizeof(uint32_t));
	if (w.n_slots)
		enter_base_names(&w);
	if (ovli_deletes(t))
		drop_deleted_names(&w);

	ovli_put(&w.out, t->base + l->reserve, l->reserve_bytes + 16);
	off_structure = w.out.at;
	put_structure(&w);
	off_strings = w.out.at;
	put_strings(&w);
	if (out)
		ovli_header_write(out, (uint32_t)off_structure, (uint32_t)off_strings, w.strings_bytes, l->boot_cpu);
	return off_strings + w.strings_bytes;
}

/* One pass to count.  err says what there is too little of: storage, or room for the result. */
static enum ovl_err measure(struct ovl_tree *t, uint64_t *bytes, size_t room, struct ovl_error *err)
{
	uint64_t words = t->used + ovl_flatten_storage(t) / sizeof(uint32_t);

	if (words > t->n_words)
		return ovli_say_space(OVL_STORAGE, words * sizeof(uint32_t), err);
	*bytes = write_blob(t, NULL);
	if (*bytes > room || *bytes > ~0u)      /* no blob says more of itself */
		return ovli_say_space(OVL_OUTPUT, *bytes, err);
	if (words > t->peak)
		t->peak = (uint32_t)words;
	return ovli_say_space(OVL_STORAGE, 0, err);
}

enum ovl_err ovl_flatten_size(struct ovl_tree *t, size_t *out_bytes, struct ovl_error *err)
{
	uint64_t bytes;
	enum ovl_err code = measure(t, &bytes, (size_t)-1, err);

	if (!code)
		*out_bytes = (size_t)bytes;
	return code;
}

enum ovl_err ovl_flatten(struct ovl_tree *t, void *out, size_t out_bytes, size_t *out_len,
			 struct ovl_error *err)
{
	uint64_t bytes;
	enum ovl_err code = measure(t, &bytes, out_bytes, err);

	if (code)
		return code;
	write_blob(t, out);
	*out_len = (size_t)bytes;
	return OVL_OK;
}
