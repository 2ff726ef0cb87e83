/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* flatten.c - write the merged tree as one blob of version 17.
 * The walk follows the base's structure block and copies it in runs, from one property that an overlay replaced, or
 * node that it added to, to the next; only what overlays brought is written property by property.  The strings
 * block is the base's, less names at its end that overlays deleted, then the names that only overlays use, each
 * once.  Where there may be too little room the same walk without an output counts first.  Format: DTSpec 5.2 to
 * 5.6. */
#include "inner.h"

struct writer {
	const struct ovl_tree *t;
	const struct ovli_layer *base;
	struct ovli_out out;            /* from the blob's start */

	const char *strings;            /* the base's, and how much of them stays */
	uint32_t size_strings, strings_bytes;   /* and with what comes behind */
	const unsigned char *src;       /* how far the base's structure block is written */

	/* The names that overlays have: slots of two words (the place of its text in the storage, its offset in
	 * the output; both + 1), then the places of those that were written and the base's strings block lacks. */
	uint32_t *slots, *added;
	uint32_t n_slots, n_added;
	uint64_t wanted[4];             /* a bit for each, by how it starts */
	uint64_t most;                  /* no more bytes than that will be written */
};

/* ---------------------------------------------------------------- names */

#define MAX_PROBES 512u

static uint32_t names_slots(const struct ovl_tree *t, uint32_t *n_added)
{
	uint32_t layer;

	*n_added = 0;
	for (layer = t->top_layer; layer != t->base_layer; layer = ovli_layer(t, layer)->below)
		*n_added += ovli_layer(t, layer)->n_props;
	return *n_added ? *n_added + *n_added / 2 + 1 : 0;
}

size_t ovl_flatten_storage(const struct ovl_tree *t)
{
	uint32_t n_added, slots = names_slots(t, &n_added);

	return ((size_t)slots * 2 + n_added) * sizeof(uint32_t);
}

static const char *text_at(const struct writer *w, uint32_t place)
{
	return (const char *)w->t->words + place;
}

/* Which of them: by the first eight bytes of a name. */
static OVLI_INLINE uint32_t start_bit(uint64_t text)
{
	return (uint32_t)((text & ovli_up_to(ovli_nul_in(text))) * OVLI_SPREAD >> 56);
}

static bool same_name(const char *name, uint32_t room, const char *text)
{
	uint64_t word, nul = 0;

	for (; !nul; name += 8, room -= 8, text += 8) {
		word = ovli_text_word(name, room);
		nul = ovli_nul_in(word);
		if ((word ^ ovli_text8(text)) & ovli_up_to(nul))
			return false;
	}
	return true;
}

/* The slot that holds a name, or would; NULL after too many steps: then each use of the name is kept apart. */
static uint32_t *slot_of(const struct writer *w, const char *name, uint32_t room)
{
	uint32_t at = (uint32_t)((uint64_t)ovli_name_hash(name, room) * w->n_slots >> 32), probes;

	for (probes = 0; probes < MAX_PROBES; probes++) {
		uint32_t *slot = w->slots + (size_t)at * 2;

		if (!slot[0] || same_name(name, room, text_at(w, slot[0] - 1)))
			return slot;
		if (++at == w->n_slots)
			at = 0;
	}
	return NULL;
}

/* Note a name of an overlay. */
static void want(struct writer *w, const char *name)
{
	uint32_t *slot = slot_of(w, name, OVLI_TO_NUL);
	uint32_t bit = start_bit(ovli_text8(name));

	if (slot && slot[0])
		return;
	if (slot)
		slot[0] = (uint32_t)(name - text_at(w, 0)) + 1;
	w->wanted[bit / 64] |= (uint64_t)1 << bit % 64;
	w->most += ovli_strlen_in(name, OVLI_TO_NUL) + 1;
}

/* An overlay that deletes what another one added leaves no trace of it: the names at the end of the block that
 * are those of deleted properties, and of no other, go. */
static void drop_deleted_names(struct writer *w)
{
	const struct ovl_tree *t = w->t;
	uint32_t used = ovli_names_end(t), end = w->size_strings, start, layer, v, *slot;

	for (layer = t->top_layer; layer != t->base_layer; layer = ovli_layer(t, layer)->below) {
		const struct ovli_layer *l = ovli_layer(t, layer);

		for (v = l->versions; l->deletes && v < l->next_version; v += OVLI_WORDS(ovli_version))
			if (ovli_version(t, v)->flags & OVLI_GONE)
				want(w, ovli_prop_name(ovli_version_prop(t, v)));
	}
	while (end > used && !w->strings[end - 1]) {
		for (start = end - 1; start && w->strings[start - 1]; start--)
			;
		slot = slot_of(w, w->strings + start, end - start);
		if (!slot || !slot[0])
			break;
		end = start;
	}
	w->size_strings = w->strings_bytes = end;
	memset(w->slots, 0, (size_t)w->n_slots * 2 * sizeof(uint32_t));
}

/* Of each NUL in a text one bit, and no others. */
static OVLI_INLINE uint64_t nuls_in(uint64_t text)
{
	uint64_t low = ~(OVLI_EACH_BYTE << 7);

	return ~(((text & low) + low) | text | low);
}

/* Whether a name that overlays have may begin there in the base's strings block. */
static OVLI_INLINE uint64_t may_begin(const struct writer *w, uint32_t off, uint32_t end)
{
	uint32_t bit = start_bit(ovli_text_word(w->strings + off, end - off));

	return w->wanted[bit / 64] >> bit % 64 & 1;
}

static OVLI_APART void note_name(struct writer *w, uint32_t off, uint32_t end)
{
	uint32_t *slot = slot_of(w, w->strings + off, end - off);

	if (slot && slot[0] && !slot[1])
		slot[1] = off + 1;
}

/* Where the base's strings block has the names, its first like each.  Most words have a NUL or none, as it comes: what
 * stands behind is looked at in either case, which costs less than a branch that is not foreseen. */
static void find_names(struct writer *w)
{
	uint32_t at, off, end = w->size_strings;
	uint64_t nuls;

	while (end && w->strings[end - 1])
		end--;
	if (end && may_begin(w, 0, end))
		note_name(w, 0, end);
	for (at = 0; at < end; at += 8) {
		nuls = nuls_in(ovli_text_word(w->strings + at, end - at));
		do {
			off = at + ovli_before_nul(nuls) + 1;
			if (off < end && (may_begin(w, off, end) & (nuls != 0)))
				note_name(w, off, end);
			nuls &= nuls - 1;
		} while (nuls);
	}
}

static void want_names(struct writer *w, uint32_t node)
{
	struct ovli_prop p;

	for (p = ovli_first_prop(w->t, node); p.tag; p = ovli_next_prop(p))
		want(w, ovli_prop_name(p));
}

/* Of all nodes that went into the tree.  Each part of a blob is written once at the most; only symbols may have longer
 * paths than they had: a fragment's target's takes the place of its own. */
static void add_layers(struct writer *w)
{
	const struct ovl_tree *t = w->t;
	uint32_t layer, n, len, longest;

	w->most = (uint64_t)OVLI_HEADER_BYTES + w->base->reserve_bytes + 16 + w->base->size_structure + w->size_strings;
	for (layer = t->top_layer; layer != t->base_layer; layer = ovli_layer(t, layer)->below) {
		const struct ovli_layer *l = ovli_layer(t, layer);

		w->most += l->size_structure;
		longest = 0;
		for (n = l->nodes; n < l->nodes_end; n += l->stride) {
			if (!ovli_home(t, n))
				continue;
			want_names(w, n);
			if (ovli_node(t, ovli_node(t, n)->parent)->parent == l->nodes) {
				len = ovli_path_len(t, ovli_home(t, n));
				longest = len > longest ? len : longest;
			}
		}
		for (n = l->versions; n < l->next_version; n += OVLI_WORDS(ovli_version))
			if (ovli_version(t, n)->target)
				w->most += ovli_align4(longest + 1);
	}
	if (w->n_slots)
		find_names(w);
}

/* The offset of an overlay's property name in the output: where the base's strings block has it, or behind that. */
static uint32_t name_off(struct writer *w, const char *name)
{
	uint32_t *slot = slot_of(w, name, OVLI_TO_NUL), off = w->strings_bytes;

	if (slot && slot[1])
		return slot[1] - 1;
	if (slot)
		slot[1] = off + 1;
	w->added[w->n_added++] = (uint32_t)(name - text_at(w, 0));
	w->strings_bytes += ovli_strlen_in(name, OVLI_TO_NUL) + 1;
	return off;
}

/* Before a pass. */
static void forget_added(struct writer *w)
{
	uint32_t *slot;

	for (; w->n_added; w->n_added--) {
		slot = slot_of(w, text_at(w, w->added[w->n_added - 1]), OVLI_TO_NUL);
		if (slot)
			slot[1] = 0;
	}
	w->strings_bytes = w->size_strings;
}

/* ---------------------------------------------------------------- properties */

static void put_prop(struct writer *w, const struct ovl_prop *p, uint32_t name)
{
	ovli_put_cell(&w->out, OVLI_PROP);
	ovli_put_cell(&w->out, p->len);
	ovli_put_cell(&w->out, name);
	if (w->out.bytes && p->len)
		ovl_prop_copy(w->t, p, w->out.bytes + w->out.at);
	w->out.at += p->len;
	ovli_put_padding(&w->out, p->len);
}

/* ---------------------------------------------------------------- nodes that overlays made */

/* Nothing of it but where its names are has changed. */
static void put_as_it_is(struct writer *w, uint32_t node)
{
	const unsigned char *from = ovli_begin_of(w->t, node), *end = ovli_behind_name(from);
	struct ovli_prop p;

	for (p = ovli_first_prop(w->t, node); p.tag; p = ovli_next_prop(p)) {
		ovli_put(&w->out, from, (uint32_t)(p.tag + 8 - from));
		ovli_put_cell(&w->out, name_off(w, ovli_prop_name(p)));
		from = ovli_prop_value(p);
		end = ovli_prop_end(p);
	}
	ovli_put(&w->out, from, (uint32_t)(end - from));
}

static void put_begin(struct writer *w, uint32_t node)
{
	struct ovl_str name = ovl_node_name(w->t, node);
	struct ovl_prop p;

	if (!ovli_node(w->t, node)->pieces && !ovli_layer(w->t, ovli_layer_of(w->t, node))->untidy) {
		put_as_it_is(w, node);
		return;
	}
	ovli_put_cell(&w->out, OVLI_BEGIN_NODE);
	ovli_put(&w->out, name.ptr, name.len + 1);
	ovli_put_padding(&w->out, name.len + 1);
	ovli_props_begin(w->t, node, false, &p);
	while (ovl_prop_next(w->t, &p))
		put_prop(w, &p, name_off(w, p.name));
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
				node = ovli_parent(w->t, node);
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

/* A touched node's tag and properties.  What overlays left alone stays part of the run; what they replaced keeps
 * its place and the offset of its name; what they brought follows. */
static void put_touched(struct writer *w, uint32_t node)
{
	const unsigned char *origin = ovli_origin(w->t, w->base);
	uint32_t child = ovli_own_first(w->t, w->base, node), at;
	struct ovl_prop p;

	ovli_props_begin(w->t, node, true, &p);
	while (p.left) {
		at = p.own_off;
		ovl_prop_next(w->t, &p);
		if (!p.version)
			continue;
		put_run(w, origin + at);
		if (!p.deleted)
			put_prop(w, &p, (uint32_t)(p.name - w->strings));
		w->src = origin + p.own_off;
	}
	put_run(w, child ? ovli_begin_of(w->t, child) : node_end(w, node));
	p.own_off = 0;
	while (ovl_prop_next(w->t, &p))
		if (!p.deleted)
			put_prop(w, &p, name_off(w, p.name));
}

static void put_structure(struct writer *w)
{
	const struct ovl_tree *t = w->t;
	uint32_t node, open = 0;

	for (node = w->base->nodes; node < w->base->nodes_end; node += w->base->stride) {
		const unsigned char *begin;

		if (!ovli_node(t, node)->pieces)
			continue;
		begin = ovli_begin_of(t, node);
		if (begin < w->src)
			continue;
		close_nodes(w, open, touched_above(w, node));
		if (ovli_gone(t, node)) {
			open = touched_above(w, node);
			put_run(w, begin);
			w->src = node_end(w, node) + 4;
			continue;
		}
		open = node;
		put_touched(w, node);
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
		const char *name = text_at(w, w->added[i]);

		ovli_put(&w->out, name, ovli_strlen_in(name, OVLI_TO_NUL) + 1);
	}
}

/* needs: room for the names behind t->used. */
static OVLI_APART void begin(struct writer *w, const struct ovl_tree *t)
{
	const struct ovli_layer *l = ovli_base(t);
	uint32_t n_added;

	*w = (struct writer){ .t = t, .base = l, .strings = ovli_strings(t, l), .size_strings = l->size_strings,
			      .strings_bytes = l->size_strings, .slots = t->words + t->used };
	w->n_slots = names_slots(t, &n_added);
	w->added = w->slots + (size_t)w->n_slots * 2;
	memset(w->slots, 0, (size_t)w->n_slots * 2 * sizeof(uint32_t));
	if (ovli_deletes(t))
		drop_deleted_names(w);
	add_layers(w);
}

/* One pass, counting or writing.  Gives the bytes. */
static uint64_t pass(struct writer *w, unsigned char *out)
{
	/* measure() began it.  NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign) */
	const struct ovli_layer *l = w->base;
	uint64_t off_structure, off_strings;

	forget_added(w);
	w->out = (struct ovli_out){ out, OVLI_HEADER_BYTES };
	w->src = ovli_origin(w->t, l);
	ovli_put(&w->out, w->t->base + l->reserve, l->reserve_bytes + 16);
	off_structure = w->out.at;
	put_structure(w);
	off_strings = w->out.at;
	put_strings(w);
	if (out)
		ovli_header_write(out, (uint32_t)off_structure, (uint32_t)off_strings, w->strings_bytes, l->boot_cpu);
	return w->out.at;
}

/* Get ready.  *bytes is how many there are, or how many at the most when so many have room, and nobody wants to know
 * exactly.  err says what there is too little of: storage, or room for the result. */
static enum ovl_err measure(struct writer *w, struct ovl_tree *t, uint64_t *bytes, size_t room, bool exactly,
			    struct ovl_error *err)
{
	uint64_t words = t->used + ovl_flatten_storage(t) / sizeof(uint32_t);

	if (words > t->n_words)
		return ovli_say_space(OVL_STORAGE, words * sizeof(uint32_t), err);
	begin(w, t);
	*bytes = w->most;
	if (exactly || *bytes > ovli_most_bytes(room))
		*bytes = pass(w, NULL);
	if (*bytes > ovli_most_bytes(room))
		return ovli_say_space(OVL_OUTPUT, *bytes, err);
	if (words > t->peak)
		t->peak = (uint32_t)words;
	return ovli_say_space(OVL_STORAGE, 0, err);
}

enum ovl_err ovl_flatten_size(struct ovl_tree *t, size_t *out_bytes, struct ovl_error *err)
{
	struct writer w;
	uint64_t bytes = 0;
	enum ovl_err code = measure(&w, t, &bytes, (size_t)-1, true, err);

	if (!code)
		*out_bytes = (size_t)bytes;
	return code;
}

enum ovl_err ovl_flatten(struct ovl_tree *t, void *out, size_t out_bytes, size_t *out_len,
			 struct ovl_error *err)
{
	struct writer w;
	uint64_t bytes = 0;
	enum ovl_err code = measure(&w, t, &bytes, out_bytes, false, err);

	if (!code)
		*out_len = (size_t)pass(&w, out);
	return code;
}
