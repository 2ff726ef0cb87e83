/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* flatten.c - write the merged tree as one blob of version 17.
 * The walk follows the base's structure block and copies it in runs, from one node that an overlay touched
 * to the next; only touched and new nodes are written property by property.  The strings block is the
 * base's, less names at its end that overlays deleted, then the names that only overlays use, each once.
 * The same walk without an output counts.  Format: DTSpec 5.2 to 5.6. */
#include "inner.h"

struct writer {
	struct ovl_tree *t;
	struct ovli_out out;            /* from the blob's start */

	struct ovli_blob base;
	uint32_t src;                   /* how far the base's structure block is written */

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
	const struct ovli_layer *base = ovli_layer(t, t->base_layer);
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
	return off < w->base.size_strings ? w->base.strings + off : (const char *)w->t->words + place;
}

static bool in_base_names(const struct writer *w, const char *name)
{
	return name >= w->base.strings && name < w->base.strings + w->base.size_strings;
}

/* The slot that holds a name, or would; NULL after too many steps: then the name is kept apart. */
static uint32_t *name_slot(const struct writer *w, const char *name, uint32_t len)
{
	uint32_t at = (uint32_t)((uint64_t)ovli_hash(0, name, len) * w->n_slots >> 32), probes;

	for (probes = 0; probes < MAX_PROBES; probes++) {
		uint32_t *slot = w->slots + at * 2;
		const char *text;

		if (!slot[0])
			return slot;
		text = name_text(w, slot[0] - 1, slot[1]);
		if (ovli_same((struct ovl_str){ name, len }, text, ovli_strlen(text)))
			return slot;
		if (++at == w->n_slots)
			at = 0;
	}
	return NULL;
}

static void enter_base_names(struct writer *w)
{
	uint32_t off = 0, end = w->base.size_strings, len;

	while (end && w->base.strings[end - 1])
		end--;
	for (; off < end; off += len + 1) {
		const char *name = w->base.strings + off;
		uint32_t *slot;

		len = ovli_strlen(name);
		slot = name_slot(w, name, len);
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
		struct ovli_blob b = ovli_blob(w->t, layer);

		for (v = l->versions; l->deletes && v < l->next_version; v += OVLI_WORDS(ovli_version)) {
			const char *name = ovli_prop_at(&b, ovli_version(w->t, v)->off).name;
			uint32_t *slot = name_slot(w, name, ovli_strlen(name));

			if ((ovli_version(w->t, v)->flags & OVLI_GONE) && slot)
				slot[1] = 1;
		}
	}
}

/* An overlay that deletes what another one added leaves no trace of it: the names at the end of the block that
 * are those of deleted properties, and of no other, go. */
static void drop_deleted_names(struct writer *w)
{
	uint32_t used = ovli_names_end(w->t), end = w->base.size_strings, start = end;

	mark_deleted_names(w);
	while (end > used && !w->base.strings[end - 1]) {
		uint32_t *slot;

		for (start = end - 1; start && w->base.strings[start - 1]; start--)
			;
		slot = start < used ? NULL : name_slot(w, w->base.strings + start, end - 1 - start);
		if (!slot || slot[0] != start + 1 || !slot[1])
			break;
		end = start;
	}
	w->base.size_strings = w->strings_bytes = end;
	memset(w->slots, 0, (size_t)w->n_slots * 2 * sizeof(uint32_t));
	enter_base_names(w);
}

/* The offset of an overlay's property name in the output. */
static uint32_t name_off(struct writer *w, const char *name)
{
	uint32_t len = ovli_strlen(name), off = w->strings_bytes, *slot = name_slot(w, name, len);

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
		return (uint32_t)(p->name - w->base.strings);
	return name_off(w, p->name);
}

/* ---------------------------------------------------------------- nodes */

static void put_props(struct writer *w, uint32_t node)
{
	struct ovl_prop p;
	int more;

	for (more = ovl_prop_first(w->t, node, &p); more; more = ovl_prop_next(w->t, &p)) {
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
	struct ovl_str name = ovli_node_name(w->t, node);

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

/* Copy it up to off, without its NOPs, and with zeros as padding. */
static void put_run(struct writer *w, uint32_t off)
{
	uint32_t from = w->src, at = w->src;

	w->src = off;
	if (!ovli_layer(w->t, w->t->base_layer)->untidy) {
		ovli_put(&w->out, w->base.structure + from, off - from);
		return;
	}
	while (at < off) {
		uint32_t tag = ovli_be32(w->base.structure + at), len = 4;

		if (tag == OVLI_BEGIN_NODE)
			len += ovli_name_at(&w->base, at).len + 1;
		else if (tag == OVLI_PROP)
			len = 12 + ovli_be32(w->base.structure + at + 4);
		if (tag != OVLI_NOP) {
			ovli_put(&w->out, w->base.structure + at, len);
			ovli_put_padding(&w->out, len);
		}
		at += ovli_align4(len);
	}
}

static uint32_t props_end(const struct writer *w, uint32_t node)
{
	uint32_t at = ovli_props_start(&w->base, ovli_node(w->t, node)->off);
	struct ovli_prop p;

	for (p = ovli_prop_at(&w->base, at); p.tag; p = ovli_prop_after(&w->base, &p))
		at = p.tag + 12 + ovli_align4(p.len);
	return at;
}

/* Where the END_NODE of a base's node is.  Going back from what follows the node, or from what follows
 * the nearest ancestor that has something after it, there are only END_NODEs, and NOPs between them. */
static uint32_t node_end(const struct writer *w, uint32_t node)
{
	uint32_t up = node, levels = 1, at;

	while (ovli_node(w->t, up)->parent && !ovli_node(w->t, up)->next) {
		up = ovli_node(w->t, up)->parent;
		levels++;
	}
	at = ovli_node(w->t, up)->next ? ovli_node(w->t, ovli_node(w->t, up)->next)->off
				       : w->base.size_structure - 4;
	while (levels) {
		at -= 4;
		if (ovli_be32(w->base.structure + at) == OVLI_END_NODE)
			levels--;
	}
	return at;
}

/* The touched node that is still open around one that was closed; 0 above the last. */
static uint32_t touched_above(const struct writer *w, uint32_t node)
{
	do
		node = ovli_node(w->t, node)->parent;
	while (node && !ovli_node(w->t, node)->pieces);
	return node;
}

/* Write the rest of an open touched node: what the base has in it, then what was added. */
static void close_node(struct writer *w, uint32_t node, uint32_t end)
{
	uint32_t child;

	put_run(w, end);
	for (child = ovli_added_first(w->t, node); child; child = ovl_node_next(w->t, child))
		put_new(w, child);
}

static void put_structure(struct writer *w)
{
	const struct ovli_layer *l = ovli_layer(w->t, w->t->base_layer);
	uint32_t node, open = 0, end = 0;

	for (node = l->nodes; node < l->nodes_end; node += l->stride) {
		uint32_t off = ovli_node(w->t, node)->off;

		if (!ovli_node(w->t, node)->pieces || off < w->src)
			continue;
		while (open && end < off) {
			close_node(w, open, end);
			open = touched_above(w, open);
			end = open ? node_end(w, open) : 0;
		}
		if (ovli_gone(w->t, node)) {
			put_run(w, off);
			w->src = node_end(w, node) + 4;
			continue;
		}
		put_run(w, ovli_props_start(&w->base, off));
		put_props(w, node);
		w->src = props_end(w, node);
		open = node;
		end = node_end(w, node);
	}
	for (; open; open = touched_above(w, open))
		close_node(w, open, node_end(w, open));
	put_run(w, w->base.size_structure);
}

/* ---------------------------------------------------------------- the blob */

static void put_strings(struct writer *w)
{
	uint32_t i;

	ovli_put(&w->out, w->base.strings, w->base.size_strings);
	for (i = 0; i < w->n_added; i++) {
		const char *name = (const char *)w->t->words + w->added[i];

		ovli_put(&w->out, name, ovli_strlen(name) + 1);
	}
}

/* One pass, counting or writing.  needs: room for the names behind t->used. */
static uint64_t write_blob(struct ovl_tree *t, unsigned char *out)
{
	const struct ovli_layer *l = ovli_layer(t, t->base_layer);
	struct writer w = { .t = t, .out = { out, OVLI_HEADER_BYTES }, .base = ovli_blob(t, t->base_layer) };
	uint64_t off_structure, off_strings;
	uint32_t n_added;

	w.n_slots = names_slots(t, &n_added);
	w.slots = t->words + t->used;
	w.added = w.slots + (size_t)w.n_slots * 2;
	w.strings_bytes = w.base.size_strings;
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

static enum ovl_err measure(struct ovl_tree *t, size_t *out_bytes, struct ovl_error *err)
{
	uint64_t words = t->used + ovl_flatten_storage(t) / sizeof(uint32_t), bytes;

	if (words > t->n_words)
		return ovli_no_space(err, words);
	if (words > t->peak)
		t->peak = (uint32_t)words;
	bytes = write_blob(t, NULL);
	if (bytes > ~0u) {              /* no blob says so much of itself */
		err->side = OVL_OUTPUT;
		err->need_bytes = (size_t)bytes;
		return ovli_fail(err, OVL_ERR_SPACE, 0);
	}
	*out_bytes = (size_t)bytes;
	return OVL_OK;
}

enum ovl_err ovl_flatten_size(struct ovl_tree *t, size_t *out_bytes, struct ovl_error *err)
{
	struct ovl_error none;

	return measure(t, out_bytes, ovli_begin(err, &none, OVL_STORAGE));
}

enum ovl_err ovl_flatten(struct ovl_tree *t, void *out, size_t out_bytes, size_t *out_len,
			 struct ovl_error *err)
{
	struct ovl_error none;
	size_t need;

	err = ovli_begin(err, &none, OVL_STORAGE);
	if (measure(t, &need, err))
		return err->code;
	if (need > out_bytes) {
		err->side = OVL_OUTPUT;
		err->need_bytes = need;
		return ovli_fail(err, OVL_ERR_SPACE, 0);
	}
	write_blob(t, out);
	*out_len = need;
	return OVL_OK;
}
