/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* receipt.c - the layers of a tree as bytes, and a flattened tree back to its base by them.
 * Cells are big-endian, texts and bytes follow their length and are filled up to four:
 *
 *     "OVLR" 3 | bytes of all | overlays | nodes | where the overlays begin | bytes of the base's strings
 *     and their hash | bytes of the base, when an overlay deletes something
 *     nodes, in their order in the tree, with all above them: depth name | properties | children
 *         a property: name | hash of its value | length of the base's value, or ~0, and that value
 *         a child that an overlay brought: name | hash of all it holds
 *     overlays, in their order: name | flags | ranges reserved | each: first last | labels given | each:
 *         label path | the blob
 *     the hash of all this
 *
 * What was deleted is not put back piece by piece: with a deletion the receipt holds the whole base in place
 * of the nodes, and the hash is that of all the flattened tree holds.
 *
 * Both sides look at values and names only, so a tree that was repacked, or changed elsewhere, still fits. */
#include "inner.h"

#define RECEIPT_MAGIC	0x4f564c52u	/* "OVLR" */
#define RECEIPT_VERSION	3u
#define ADDED		0xffffffffu	/* the base has no such property */
enum { HEADER_BYTES = 9 * 4, SEAL_BYTES = 4, AT_HASH = 28, AT_BASE = 32 };

/* ---------------------------------------------------------------- hashes */

/* Name by name from the last on, as a path is found. */
static uint32_t hash_path(const struct ovl_tree *t, uint32_t hash, uint32_t node)
{
	for (; node != OVLI_ROOT; node = ovl_node_parent(t, node)) {
		struct ovl_str name = ovl_node_name(t, node);

		hash = ovli_hash(ovli_hash(hash, "/", 1), name.ptr, name.len);
	}
	return hash;
}

/* The same whether the value is stored or made of a node's path. */
static uint32_t hash_value(const struct ovl_tree *t, uint32_t hash, const struct ovl_prop *p)
{
	const char *text = (const char *)p->value;
	uint32_t at = p->len - 1, end;

	if (!p->value)
		return ovli_hash(hash_path(t, hash, ovli_prop_target(t, p)), "", 1);
	/* As hash_path() goes: from the last slash and name on, and the NUL; anything else at once. */
	if (p->len < 2 || text[0] != '/' || ovli_strlen_in(text, p->len) + 1 != p->len)
		return ovli_hash(hash, text, p->len);
	while (at > 1) {                /* of "/" there is no name */
		for (end = at; text[at - 1] != '/'; at--)
			;
		hash = ovli_hash(ovli_hash(hash, "/", 1), text + at, end - at);
		at--;
	}
	return ovli_hash(hash, "", 1);
}

static uint32_t hash_props(const struct ovl_tree *t, uint32_t hash, uint32_t node)
{
	struct ovl_str name = ovl_node_name(t, node);
	struct ovl_prop p;

	hash = ovli_hash(hash, name.ptr, name.len + 1);
	ovli_props_begin(t, node, false, &p);
	while (ovl_prop_next(t, &p))
		hash = hash_value(t, ovli_hash(hash, p.name, p.name_len + 1), &p);
	return hash;
}

static uint32_t hash_node(const struct ovl_tree *t, uint32_t top)
{
	uint32_t node = top, hash = hash_props(t, 0, top), next;

	for (;;) {
		next = ovl_node_first(t, node);
		while (!next) {
			hash = ovli_hash(hash, "}", 1);
			if (node == top)
				return hash;
			next = ovl_node_next(t, node);
			if (!next)
				node = ovl_node_parent(t, node);
		}
		node = next;
		hash = hash_props(t, hash, node);
	}
}

/* Of whole cells: no two that differ in one of them have the same. */
static uint32_t seal(const unsigned char *receipt, uint32_t len)
{
	return ovli_hash(0, (const char *)receipt, len);
}

/* ---------------------------------------------------------------- writing */

struct writer {
	const struct ovl_tree *t;
	struct ovli_out out;
	uint32_t last;                  /* the node written last, 0 before the first */
	uint32_t n_nodes;
};

static void put_bytes(struct writer *w, const void *bytes, uint32_t len)
{
	ovli_put(&w->out, bytes, len);
	ovli_put_padding(&w->out, len);
}

static void put_text(struct writer *w, struct ovl_str text)
{
	ovli_put_cell(&w->out, text.len);
	put_bytes(w, text.ptr, text.len);
}

static uint32_t put_props(struct writer *w, uint32_t node, bool count)
{
	struct ovl_prop p;
	uint32_t n = 0;

	ovli_props_begin(w->t, node, false, &p);
	while (ovl_prop_next(w->t, &p)) {
		struct ovl_str name = { p.name, p.name_len };
		struct ovli_prop own;

		if (p.layer == 0)
			continue;
		n++;
		if (count)
			continue;
		own = ovli_own_prop(w->t, node, name);
		put_text(w, name);
		ovli_put_cell(&w->out, hash_value(w->t, 0, &p));
		ovli_put_cell(&w->out, own.tag ? ovli_prop_len(own) : ADDED);
		if (own.tag)
			put_bytes(w, ovli_prop_value(own), ovli_prop_len(own));
	}
	return n;
}

static uint32_t put_children(struct writer *w, uint32_t node, bool count)
{
	uint32_t child, n = 0;

	for (child = ovli_added_first(w->t, node); child; child = ovl_node_next(w->t, child)) {
		n++;
		if (count)
			continue;
		put_text(w, ovl_node_name(w->t, child));
		ovli_put_cell(&w->out, hash_node(w->t, child));
	}
	return n;
}

static void put_node(struct writer *w, uint32_t node, uint32_t depth)
{
	bool touched = ovli_node(w->t, node)->pieces;

	ovli_put_cell(&w->out, depth);
	put_text(w, ovl_node_name(w->t, node));
	ovli_put_cell(&w->out, touched ? put_props(w, node, true) : 0);
	ovli_put_cell(&w->out, touched ? put_children(w, node, true) : 0);
	if (touched) {
		put_props(w, node, false);
		put_children(w, node, false);
	}
	w->last = node;
	w->n_nodes++;
}

/* A touched node, and those above it that are not written yet: records of the base stand in the order of
 * the tree, so these are the ones behind the last one written. */
static void put_touched(struct writer *w, uint32_t node)
{
	uint32_t above, next, depth;

	while (w->last != node) {
		/* The topmost that is not written yet. */
		for (next = above = node, depth = 1; (above = ovli_node(w->t, above)->parent); depth++)
			;
		for (; (above = ovli_node(w->t, next)->parent) > w->last; depth--)
			next = above;
		put_node(w, next, depth);
	}
}

static void put_overlay(struct writer *w, uint32_t layer, struct ovl_str name)
{
	const struct ovli_layer *l = ovli_layer(w->t, layer);
	uint32_t structure = ovli_align4(l->size_structure), at = ovli_kept_ranges(w->t, layer), n = 0, start;
	uint32_t total = OVLI_HEADER_BYTES + 16 + structure + l->size_strings, i;
	const uint32_t header[] = {
		OVLI_MAGIC, total, OVLI_HEADER_BYTES + 16, OVLI_HEADER_BYTES + 16 + structure,
		OVLI_HEADER_BYTES, 17, 16, 0, l->size_strings, structure, 0, 0, 0, 0,
	};

	put_text(w, name);
	ovli_put_cell(&w->out, l->flags);
	ovli_put_cell(&w->out, l->n_reserved);
	for (; at < ovli_kept_texts(w->t, layer); at++)
		ovli_put_cell(&w->out, w->t->words[at]);
	for (start = at; at < layer + l->words; n++)
		at += 1 + ovli_align4(w->t->words[at]) / 4;
	ovli_put_cell(&w->out, n / 2);
	for (at = start; at < layer + l->words; ) {
		uint32_t len = w->t->words[at];

		put_text(w, (struct ovl_str){ (const char *)(w->t->words + at + 1), len });
		at += 1 + ovli_align4(len) / 4;
	}
	ovli_put_cell(&w->out, total);
	for (i = 0; i < sizeof(header) / sizeof(header[0]); i++)
		ovli_put_cell(&w->out, header[i]);
	put_bytes(w, w->t->words + layer + l->kept, l->size_structure);
	put_bytes(w, (const char *)w->t->words + l->strings, l->size_strings);
}

/* Returns where the overlays begin. */
static uint64_t write_receipt(struct writer *w, const struct ovl_str *names, uint32_t n_nodes, uint64_t overlays,
			      uint64_t total)
{
	const struct ovli_layer *base = ovli_layer(w->t, w->t->base_layer);
	uint32_t node, layer, whole = ovli_deletes(w->t) ? ovli_be32(w->t->base + 4) : 0;

	ovli_put_cell(&w->out, RECEIPT_MAGIC);
	ovli_put_cell(&w->out, RECEIPT_VERSION);
	ovli_put_cell(&w->out, (uint32_t)total);
	ovli_put_cell(&w->out, w->t->n_layers - 1);
	ovli_put_cell(&w->out, n_nodes);
	ovli_put_cell(&w->out, (uint32_t)overlays);
	ovli_put_cell(&w->out, base->size_strings);
	ovli_put_cell(&w->out, whole ? hash_node(w->t, ovl_node_root(w->t))
				     : ovli_hash(0, (const char *)w->t->base + base->strings, base->size_strings));
	ovli_put_cell(&w->out, whole);
	put_bytes(w, w->t->base, whole);
	for (node = base->nodes; !whole && node < base->nodes_end; node += base->stride)
		if (ovli_node(w->t, node)->pieces)
			put_touched(w, node);
	overlays = w->out.at;
	for (layer = ovli_layer_of_number(w->t, 1); layer; layer = ovli_layer_above(w->t, layer))
		put_overlay(w, layer, names ? *names++ : (struct ovl_str){ "", 0 });
	ovli_put_cell(&w->out, w->out.bytes ? seal((const unsigned char *)w->out.bytes, (uint32_t)w->out.at) : 0);
	return overlays;
}

/* The number of the newest overlay that kept nothing; 0 when all did. */
static uint32_t not_kept(const struct ovl_tree *t)
{
	uint32_t layer = t->top_layer;

	while (layer != t->base_layer && ovli_layer(t, layer)->kept)
		layer = ovli_layer(t, layer)->below;
	return ovli_layer(t, layer)->number;
}

static enum ovl_err say_not_kept(uint32_t number, struct ovl_error *err)
{
	struct ovli_call c;

	ovli_begin(&c, NULL, OVL_OUTPUT);
	c.number = number;
	ovli_fail(&c, OVL_ERR_NOT_KEPT, NULL);
	return ovli_end(&c, NULL, err);
}

enum ovl_err ovl_receipt_write(const struct ovl_tree *t, const struct ovl_str *names, void *out, size_t out_bytes,
			       size_t *out_len, struct ovl_error *err)
{
	struct writer w = { .t = t };
	uint64_t overlays, total;
	uint32_t n_nodes = not_kept(t);

	if (n_nodes)
		return say_not_kept(n_nodes, err);
	overlays = write_receipt(&w, names, 0, 0, 0);
	total = w.out.at;
	n_nodes = w.n_nodes;
	if (out && total > ovli_most_bytes(out_bytes))
		return ovli_say_space(OVL_OUTPUT, total, err);
	*out_len = (size_t)total;
	if (out) {
		w = (struct writer){ .t = t, .out = { .bytes = out } };
		write_receipt(&w, names, n_nodes, overlays, total);
	}
	return ovli_say_space(OVL_OUTPUT, 0, err);
}

/* ---------------------------------------------------------------- reading */

struct reader {
	const unsigned char *bytes;
	uint32_t at, end;
	bool bad;                       /* went beyond the end */
};

static uint32_t get_cell(struct reader *r)
{
	if (r->bad || r->end - r->at < 4) {
		r->bad = true;
		return 0;
	}
	r->at += 4;
	return ovli_be32(r->bytes + r->at - 4);
}

static const unsigned char *get_bytes(struct reader *r, uint32_t len)
{
	const unsigned char *bytes = r->bytes + r->at;
	uint32_t rest = r->end - r->at;

	if (r->bad || len > rest || (len + 3) / 4 > rest / 4) {
		r->bad = true;
		return NULL;
	}
	r->at += ovli_align4(len);
	return bytes;
}

/* No text has a NUL in it. */
static struct ovl_str get_text(struct reader *r)
{
	uint32_t len = get_cell(r);
	const char *text = (const char *)get_bytes(r, len);

	r->bad |= text && ovli_strlen_in(text, len) < len;
	return (struct ovl_str){ text, text ? len : 0 };
}

/* One thing that a receipt says of a node. */
struct note {
	struct ovl_str name;
	uint32_t hash, old_len;
	const unsigned char *old;
};

static struct note get_prop(struct reader *r)
{
	struct note n = { .name = get_text(r) };

	n.hash = get_cell(r);
	n.old_len = get_cell(r);
	n.old = n.old_len == ADDED ? NULL : get_bytes(r, n.old_len);
	return n;
}

static struct note get_child(struct reader *r)
{
	struct note n = { .name = get_text(r) };

	n.hash = get_cell(r);
	return n;
}

static void skip_notes(struct reader *r, uint32_t n_props, uint32_t n_children)
{
	while (n_props-- && !r->bad)
		get_prop(r);
	while (n_children-- && !r->bad)
		get_child(r);
}

static void get_overlay(struct reader *r, struct ovl_receipt_overlay *o)
{
	uint32_t i, len;

	o->name = get_text(r);
	o->flags = get_cell(r);
	o->n_reserved = get_cell(r);
	o->reserved = r->at;
	for (i = 0; i < o->n_reserved && !r->bad; i++) {
		get_cell(r);
		get_cell(r);
	}
	o->n_symbols = get_cell(r);
	o->symbols = r->at;
	for (i = 0; i < o->n_symbols && !r->bad; i++) {
		get_text(r);
		get_text(r);
	}
	len = get_cell(r);
	o->len = len;
	o->blob = get_bytes(r, len);
}

static struct reader read_from(const struct ovl_receipt *receipt, uint32_t at)
{
	return (struct reader){ receipt->bytes, at, receipt->len, false };
}

static struct reader node_records(const struct ovl_receipt *receipt)
{
	return (struct reader){ receipt->bytes, HEADER_BYTES, receipt->overlays, false };
}

/* The nodes: each below one before it, and none where the next part begins. */
static bool nodes_are_good(const struct ovl_receipt *receipt, struct reader *r)
{
	uint32_t i, depth, before = 0, n_props, n_children;

	*r = node_records(receipt);
	get_bytes(r, ovli_be32(receipt->bytes + AT_BASE));
	for (i = 0; i < receipt->n_nodes && !r->bad; i++, before = depth) {
		depth = get_cell(r);
		get_text(r);
		n_props = get_cell(r);
		n_children = get_cell(r);
		skip_notes(r, n_props, n_children);
		r->bad |= depth > before + 1 || depth < (i ? 2 : 1);
	}
	return !r->bad && r->at == r->end;
}

static bool overlays_are_good(const struct ovl_receipt *receipt, struct reader *r)
{
	struct ovl_receipt_overlay o;
	uint32_t i;

	*r = read_from(receipt, receipt->overlays);
	for (i = 0; i < receipt->n_overlays && !r->bad; i++)
		get_overlay(r, &o);
	return !r->bad && r->at == r->end;
}

static enum ovl_err check_receipt(struct ovli_call *c, struct ovl_receipt *receipt, size_t len)
{
	const unsigned char *bytes = receipt->bytes;
	struct reader r;

	c->from = bytes;
	if (len < HEADER_BYTES || ovli_be32(bytes) != RECEIPT_MAGIC || ovli_be32(bytes + 4) != RECEIPT_VERSION)
		return ovli_fail(c, OVL_ERR_RECEIPT, bytes);
	receipt->len = ovli_be32(bytes + 8);
	receipt->n_overlays = ovli_be32(bytes + 12);
	receipt->n_nodes = ovli_be32(bytes + 16);
	receipt->overlays = ovli_be32(bytes + 20);
	if (receipt->len > len || receipt->overlays < HEADER_BYTES ||
	    (uint64_t)receipt->overlays + SEAL_BYTES > receipt->len)
		return ovli_fail(c, OVL_ERR_RECEIPT, bytes + 8);
	receipt->len -= SEAL_BYTES;
	if (!nodes_are_good(receipt, &r) || !overlays_are_good(receipt, &r) ||
	    ovli_be32(bytes + r.at) != seal(bytes, r.at))
		return ovli_fail(c, OVL_ERR_RECEIPT, bytes + r.at);
	return OVL_OK;
}

enum ovl_err ovl_receipt_open(struct ovl_receipt *receipt, const void *bytes, size_t len, struct ovl_error *err)
{
	struct ovli_call c;

	ovli_begin(&c, NULL, OVL_OVERLAY);
	memset(receipt, 0, sizeof(*receipt));
	receipt->bytes = bytes;
	check_receipt(&c, receipt, len);
	return ovli_end(&c, NULL, err);
}

int ovl_receipt_next(const struct ovl_receipt *receipt, struct ovl_receipt_overlay *overlay)
{
	struct reader r = read_from(receipt, overlay->next);

	if (r.at >= r.end)
		return 0;
	get_overlay(&r, overlay);
	overlay->next = r.at;
	return 1;
}

int ovl_receipt_first(const struct ovl_receipt *receipt, struct ovl_receipt_overlay *overlay)
{
	overlay->next = receipt->overlays;
	return ovl_receipt_next(receipt, overlay);
}

int ovl_receipt_reserved(const struct ovl_receipt *receipt, struct ovl_receipt_overlay *overlay,
			 struct ovl_range *range)
{
	struct reader r = read_from(receipt, overlay->reserved);

	if (!overlay->n_reserved)
		return 0;
	range->first = get_cell(&r);
	range->last = get_cell(&r);
	overlay->reserved = r.at;
	overlay->n_reserved--;
	return 1;
}

int ovl_receipt_symbol(const struct ovl_receipt *receipt, struct ovl_receipt_overlay *overlay,
		       struct ovl_symbol *symbol)
{
	struct reader r = read_from(receipt, overlay->symbols);

	if (!overlay->n_symbols)
		return 0;
	symbol->label = get_text(&r);
	symbol->path = get_text(&r);
	overlay->symbols = r.at;
	overlay->n_symbols--;
	return 1;
}

/* ---------------------------------------------------------------- undoing */

/* What is to be done with a node of the flattened tree stands in its record in the place of its phandle,
 * which nothing asks for here: where the receipt speaks of its properties, or that it goes. */
#define GOES 0xffffffffu

/* The names that a receipt holds are not terminated: of what is not there the notes are the caller's to fill. */
struct missing {
	struct ovl_str node, prop;
	uint32_t at;                    /* in the receipt */
};

static bool not_there(struct missing *m, struct ovl_str node, struct ovl_str prop, uint32_t at)
{
	*m = (struct missing){ node, prop, at };
	return false;
}

/* The properties named stand in the order of the tree. */
static bool check_props(const struct ovl_tree *t, uint32_t node, struct reader *r, uint32_t n, struct missing *m)
{
	struct ovl_prop p;
	int more = ovl_prop_first(t, node, &p);

	for (; n; n--) {
		uint32_t at = r->at;
		struct note note = get_prop(r);

		while (more && !ovli_same(note.name, p.name))
			more = ovl_prop_next(t, &p);
		if (!more || hash_value(t, 0, &p) != note.hash)
			return not_there(m, ovl_node_name(t, node), note.name, at);
		more = ovl_prop_next(t, &p);
	}
	return true;
}

static bool check_children(const struct ovl_tree *t, uint32_t node, struct reader *r, uint32_t n, struct missing *m)
{
	for (; n; n--) {
		uint32_t at = r->at;
		struct note note = get_child(r);
		uint32_t child = ovl_node_child(t, node, note.name);

		if (!child || ovli_node(t, child)->phandle == GOES || hash_node(t, child) != note.hash)
			return not_there(m, note.name, (struct ovl_str){ NULL, 0 }, at);
		ovli_node(t, child)->phandle = GOES;
	}
	return true;
}

/* Prove that the tree is as the receipt says, and mark what is to be undone. */
static bool mark(const struct ovl_tree *t, const struct ovl_receipt *receipt, struct missing *m)
{
	const struct ovli_layer *l = ovli_base(t);
	struct reader r = node_records(receipt);
	uint32_t node, last = 0, last_depth = 0, i;

	for (node = l->nodes; node < l->nodes_end; node += l->stride)
		ovli_node(t, node)->phandle = 0;
	for (i = 0; i < receipt->n_nodes; i++) {
		uint32_t at = r.at, depth = get_cell(&r), n_props, n_children;
		struct ovl_str name = get_text(&r);

		/* From the node before up to the parent of this one. */
		for (; last_depth >= depth; last_depth--)
			last = ovl_node_parent(t, last);
		last = depth == 1 ? l->nodes : ovl_node_child(t, last, name);
		last_depth = depth;
		if (!last || ovli_node(t, last)->phandle)
			return not_there(m, name, (struct ovl_str){ NULL, 0 }, at);
		ovli_node(t, last)->phandle = r.at;
		n_props = get_cell(&r);
		n_children = get_cell(&r);
		if (!check_props(t, last, &r, n_props, m) || !check_children(t, last, &r, n_children, m))
			return false;
	}
	return true;
}

struct undo {
	const struct ovl_tree *t;
	const struct ovli_layer *flat;  /* its only layer */
	const char *strings;
	const struct ovl_receipt *receipt;
	struct ovli_out out;
	uint32_t names_end;             /* behind the first byte of the last name that stays */
};

static void use_name(struct undo *u, uint32_t off)
{
	if (off >= u->names_end)
		u->names_end = off + 1;
}

static void undo_prop(struct undo *u, struct ovli_prop p, const struct note *note)
{
	if (note->old_len == ADDED)
		return;
	ovli_put_cell(&u->out, OVLI_PROP);
	ovli_put_cell(&u->out, note->old_len);
	ovli_put(&u->out, p.tag + 8, 4);
	use_name(u, ovli_be32(p.tag + 8));
	ovli_put(&u->out, note->old, note->old_len);
	ovli_put_padding(&u->out, note->old_len);
}

/* The node's properties, from its tag on; returns where they end. */
static const unsigned char *undo_props(struct undo *u, uint32_t node)
{
	const unsigned char *begin = ovli_begin_of(u->t, node), *at = ovli_behind_name(begin);
	struct ovli_prop p = ovli_first_prop(u->t, node);
	struct reader r = read_from(u->receipt, ovli_node(u->t, node)->phandle);
	struct note note = { .name = { NULL, 0 } };
	uint32_t n = 0;

	ovli_put(&u->out, begin, (uint32_t)(at - begin));
	if (ovli_node(u->t, node)->phandle) {
		n = get_cell(&r);
		get_cell(&r);
		note = n ? get_prop(&r) : note;
	}
	for (; p.tag; p = ovli_next_prop(p)) {
		at = ovli_prop_end(p);
		if (n && ovli_same(note.name, ovli_prop_name(p))) {
			undo_prop(u, p, &note);
			note = --n ? get_prop(&r) : note;
		} else {
			ovli_put(&u->out, p.tag, (uint32_t)(at - p.tag));
			use_name(u, ovli_be32(p.tag + 8));
		}
	}
	return at;
}

/* Behind the END_NODE of the node that begins here. */
static const unsigned char *behind(const unsigned char *at)
{
	uint32_t depth = 0;

	do {
		uint32_t tag = ovli_be32(at);

		if (tag == OVLI_BEGIN_NODE) {
			depth++;
			at = ovli_behind_name(at);
		} else if (tag == OVLI_PROP) {
			at += 12 + ovli_align4(ovli_be32(at + 4));
		} else {
			depth -= tag == OVLI_END_NODE;
			at += 4;
		}
	} while (depth);
	return at;
}

static void undo_structure(struct undo *u)
{
	const struct ovli_layer *l = u->flat;
	const unsigned char *at = u->t->base + l->structure, *end = at + l->size_structure;
	uint32_t node = l->nodes;

	while (at < end) {
		uint32_t tag = ovli_be32(at);

		if (tag == OVLI_BEGIN_NODE && ovli_node(u->t, node)->phandle == GOES) {
			at = behind(at);
			while (node < l->nodes_end && ovli_begin_of(u->t, node) < at)
				node += l->stride;
		} else if (tag == OVLI_BEGIN_NODE) {
			at = undo_props(u, node);
			node += l->stride;
		} else {
			if (tag != OVLI_NOP)
				ovli_put_cell(&u->out, tag);
			at += 4;
		}
	}
}

/* The strings of the base come first, unless others wrote the block anew: then all of it stays, as it does
 * when they added a name behind.  needs: the structure was gone through. */
static uint32_t base_strings(const struct undo *u)
{
	uint32_t size = ovli_be32(u->receipt->bytes + 24), all = u->flat->size_strings;

	return size <= all && u->names_end <= size &&
	       ovli_hash(0, u->strings, size) == ovli_be32(u->receipt->bytes + AT_HASH) ? size : all;
}

static uint64_t write_base(struct undo *u)
{
	const struct ovli_layer *l = u->flat;
	uint32_t strings, structure = OVLI_HEADER_BYTES + l->reserve_bytes + 16;
	uint64_t end;

	u->out.at = OVLI_HEADER_BYTES;
	ovli_put(&u->out, u->t->base + l->reserve, l->reserve_bytes + 16);
	undo_structure(u);
	end = u->out.at;
	strings = base_strings(u);
	ovli_put(&u->out, u->strings, strings);
	if (u->out.bytes)
		ovli_header_write(u->out.bytes, structure, (uint32_t)end, strings, l->boot_cpu);
	return end + strings;
}

/* Undo what is marked: fails only for want of room. */
static OVLI_APART enum ovl_err undo(const struct ovl_receipt *receipt, const struct ovl_tree *t, void *out,
				    size_t out_bytes, size_t *out_len, struct ovl_error *err)
{
	struct undo u = { .t = t, .receipt = receipt, .flat = ovli_base(t) };
	uint64_t need;

	u.strings = (const char *)t->base + u.flat->strings;
	need = write_base(&u);
	*out_len = (size_t)need;
	if (need > ovli_most_bytes(out_bytes))
		return ovli_say_space(OVL_OUTPUT, need, err);
	u.out.bytes = out;
	write_base(&u);
	return ovli_say_space(OVL_BASE, 0, err);
}

/* Whether the tree is the receipt's, which holds the base whole or else says what to undo.
 * needs: err as the call that opened the tree left it. */
static OVLI_APART enum ovl_err check_tree(const struct ovl_receipt *receipt, const struct ovl_tree *t,
					  struct ovl_error *err)
{
	struct missing m = { OVLI_STR("/"), { NULL, 0 }, AT_HASH };

	if (ovli_be32(receipt->bytes + AT_BASE)
		    ? hash_node(t, OVLI_ROOT) == ovli_be32(receipt->bytes + AT_HASH)
		    : mark(t, receipt, &m))
		return OVL_OK;
	if (err) {
		err->code = OVL_ERR_NOT_ITS_TREE;
		err->off = m.at;
		err->node = m.node;
		err->prop = m.prop;
	}
	return OVL_ERR_NOT_ITS_TREE;
}

enum ovl_err ovl_receipt_base(const struct ovl_receipt *receipt, const void *flat, size_t len, void *storage,
			      size_t storage_bytes, void *out, size_t out_bytes, size_t *out_len,
			      struct ovl_error *err)
{
	uint32_t whole = ovli_be32(receipt->bytes + AT_BASE);
	struct ovl_tree t;
	enum ovl_err code = ovl_tree_open(&t, flat, len, storage, storage_bytes, err);

	if (!code)
		code = check_tree(receipt, &t, err);
	if (code)
		return code;
	if (!whole)
		return undo(receipt, &t, out, out_bytes, out_len, err);
	/* As ovl_flatten() writes it. */
	code = ovl_tree_open(&t, receipt->bytes + HEADER_BYTES, whole, storage, storage_bytes, err);
	return code ? code : ovl_flatten(&t, out, out_bytes, out_len, err);
}
