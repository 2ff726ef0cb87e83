/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* index.c - give a proven blob its node records and an index of its names, in the layer's storage.
 * The index is one open-addressing table for three kinds of key: (parent, name) of every node, (node,
 * name) of each property of a node that has many, and the phandles.  Building it finds the duplicates.
 * The table is at most two thirds full and never changes, so a look-up takes a few steps; a blob whose
 * names collide by the hundred was made for that, and is refused.  Relies on blob.c's scan. */
#include "inner.h"

/* A slot holds an id or an offset, shifted, and the kind of key. */
enum { CHILD = 1, PROP = 2, PHANDLE = 3 };

#define MAX_PROBES 512u

uint64_t ovli_layer_words(const struct ovli_counts *counts, uint32_t stride)
{
	uint64_t keys = (uint64_t)counts->nodes + counts->many + counts->phandles;

	return OVLI_WORDS(ovli_layer) + (uint64_t)counts->nodes * stride + keys + keys / 2 + 1;
}

/* The same on every machine: bytes are taken in a fixed order. */
uint32_t ovli_hash(uint32_t owner, const char *name, uint32_t len)
{
	const unsigned char *p = (const unsigned char *)name;
	uint32_t h = owner * 0x9e3779b1u;

	for (; len >= 4; len -= 4, p += 4) {
		h ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		h *= 0x85ebca6bu;
		h ^= h >> 15;
	}
	for (; len; len--, p++)
		h = (h ^ *p) * 0x01000193u;
	h ^= h >> 16;
	h *= 0x85ebca6bu;
	return h ^ h >> 13;
}

/* ---------------------------------------------------------------- the table */

struct key {
	uint32_t kind;
	uint32_t owner;                 /* the node; for PHANDLE the number */
	struct ovl_str name;
};

static uint32_t key_hash(const struct key *k)
{
	return ovli_hash(k->owner + k->kind * 0x51ed270bu, k->name.ptr, k->name.len);
}

/* Properties precede subnodes, so a node's properties lie between its tag and the next node's. */
static bool prop_of(const struct ovl_tree *t, const struct ovli_layer *l, uint32_t node, uint32_t tag)
{
	uint32_t after = node + l->stride;

	return tag > ovli_node(t, node)->off &&
	       (after == l->nodes_end || tag < ovli_node(t, after)->off);
}

static bool slot_is(const struct ovl_tree *t, const struct ovli_layer *l, const struct ovli_blob *b,
		    uint32_t slot, const struct key *k)
{
	uint32_t value = slot >> 2;

	if ((slot & 3) != k->kind)
		return false;
	if (k->kind == PHANDLE)
		return ovli_node(t, value)->phandle - l->delta == k->owner;
	if (k->kind == PROP) {
		const char *name = b->strings + ovli_be32(b->structure + value * 4 + 8);

		/* A name of the strings block is terminated, and so is any text compared with it. */
		return prop_of(t, l, k->owner, value * 4) &&
		       ovli_same(k->name, name, ovli_strlen(name));
	}
	if (ovli_node(t, value)->parent != k->owner)
		return false;
	return ovli_same(k->name, (const char *)b->structure + ovli_node(t, value)->off + 4,
			 ovli_name_at(b, ovli_node(t, value)->off).len);
}

/* The slot of a key, or the empty one where it would go; NULL after too many steps. */
static uint32_t *find_slot(const struct ovl_tree *t, uint32_t layer, const struct key *k)
{
	const struct ovli_layer *l = ovli_layer(t, layer);
	struct ovli_blob b = ovli_blob(t, layer);
	uint32_t at = (uint32_t)((uint64_t)key_hash(k) * l->n_slots >> 32), probes;

	for (probes = 0; probes < MAX_PROBES; probes++) {
		uint32_t *slot = t->words + l->slots + at;

		if (*slot == 0 || slot_is(t, l, &b, *slot, k))
			return slot;
		if (++at == l->n_slots)
			at = 0;
	}
	return NULL;
}

static uint32_t look_up(const struct ovl_tree *t, uint32_t layer, const struct key *k)
{
	const uint32_t *slot = find_slot(t, layer, k);

	return slot ? *slot >> 2 : 0;
}

static enum ovl_err enter(struct ovl_tree *t, uint32_t layer, const struct key *k, uint32_t value,
			  enum ovl_err duplicate, struct ovl_error *err)
{
	uint32_t *slot = find_slot(t, layer, k);

	if (!slot)
		return ovli_fail(err, OVL_ERR_COLLISION, 0);
	if (*slot)
		return ovli_fail(err, duplicate, 0);
	*slot = value << 2 | k->kind;
	return OVL_OK;
}

/* ---------------------------------------------------------------- building */

struct walk {
	struct ovl_tree *t;
	uint32_t layer;
	struct ovli_blob blob;
	struct ovl_error *err;
	uint32_t node;                  /* the innermost open node */
	uint32_t closed;                /* its child that was closed last */
	uint32_t next;                  /* the next record to fill */
};

static enum ovl_err index_begin(struct walk *w, uint32_t *at)
{
	struct ovli_layer *l = ovli_layer(w->t, w->layer);
	struct ovl_str name = ovli_name_at(&w->blob, *at);
	struct ovli_node *n = ovli_node(w->t, w->next);
	struct key k = { CHILD, w->node, name };

	memset(n, 0, l->stride * sizeof(uint32_t));
	n->off = *at;
	n->parent = w->node;
	if (l->stride > OVLI_WORDS(ovli_node))
		ovli_over(w->t, w->next)->layer = w->layer;
	if (w->closed)
		ovli_node(w->t, w->closed)->next = w->next;
	if (w->node && enter(w->t, w->layer, &k, w->next, OVL_ERR_DUPLICATE_NODE, w->err)) {
		w->err->off = *at;
		w->err->node = name;
		return w->err->code;
	}
	w->node = w->next;
	w->closed = 0;
	w->next += l->stride;
	*at += 4 + ovli_align4(name.len + 1);
	return OVL_OK;
}

static enum ovl_err index_phandle(struct walk *w, const struct ovli_prop *p)
{
	struct ovli_node *n = ovli_node(w->t, w->node);
	struct key k = { PHANDLE, 0, { NULL, 0 } };

	/* linux,phandle beside phandle: the scan saw that they agree. */
	if (n->phandle)
		return OVL_OK;
	k.owner = ovli_be32(p->value);
	if (enter(w->t, w->layer, &k, w->node, OVL_ERR_DUPLICATE_PHANDLE, w->err)) {
		w->err->off = p->tag;
		w->err->number = k.owner;
		w->err->node = ovli_name_at(&w->blob, n->off);
		return w->err->code;
	}
	n->phandle = k.owner;
	if (n->phandle > ovli_layer(w->t, w->layer)->max_phandle)
		ovli_layer(w->t, w->layer)->max_phandle = n->phandle;
	return OVL_OK;
}

static enum ovl_err index_many(struct walk *w, struct ovli_prop p)
{
	for (; p.tag; p = ovli_prop_after(&w->blob, &p)) {
		struct key k = { PROP, w->node, { p.name, ovli_strlen(p.name) } };

		if (enter(w->t, w->layer, &k, p.tag / 4, OVL_ERR_DUPLICATE_PROP, w->err)) {
			w->err->off = p.tag;
			w->err->node = ovli_name_at(&w->blob, ovli_node(w->t, w->node)->off);
			w->err->prop = k.name;
			return w->err->code;
		}
	}
	return OVL_OK;
}

static bool names_phandle(const char *name)
{
	struct ovl_str both[] = { OVLI_STR("phandle"), OVLI_STR("linux,phandle") };
	uint32_t len;

	if (name[0] != 'p' && name[0] != 'l')
		return false;
	len = ovli_strlen(name);
	return ovli_same(both[0], name, len) || ovli_same(both[1], name, len);
}

/* All properties of the node just begun. */
static enum ovl_err index_props(struct walk *w, uint32_t *at)
{
	struct ovli_prop first = ovli_prop_at(&w->blob, *at), p = first;
	uint32_t n = 0;

	for (; p.tag; p = ovli_prop_after(&w->blob, &p)) {
		if (names_phandle(p.name) && index_phandle(w, &p))
			return w->err->code;
		*at = p.tag + 12 + ovli_align4(p.len);
		n++;
	}
	return n > OVLI_FEW ? index_many(w, first) : OVL_OK;
}

static enum ovl_err walk_structure(struct walk *w)
{
	uint32_t at = 0;

	for (;;) {
		uint32_t tag = ovli_be32(w->blob.structure + at);

		if (tag == OVLI_BEGIN_NODE) {
			if (index_begin(w, &at) || index_props(w, &at))
				return w->err->code;
		} else if (tag == OVLI_END_NODE) {
			w->closed = w->node;
			w->node = ovli_node(w->t, w->node)->parent;
			at += 4;
		} else if (tag == OVLI_NOP) {
			at += 4;
		} else {
			return OVL_OK;
		}
	}
}

/* needs: the layer's record with its blocks' places and its stride, and room behind it.
 * adds: node records, index, and where they are, to the record. */
enum ovl_err ovli_index(struct ovl_tree *t, uint32_t layer, const struct ovli_counts *counts,
			struct ovl_error *err)
{
	struct ovli_layer *l = ovli_layer(t, layer);
	struct walk w = { .t = t, .layer = layer, .blob = ovli_blob(t, layer), .err = err };
	uint32_t keys = counts->nodes + counts->many + counts->phandles;

	l->nodes = t->used;
	l->nodes_end = l->nodes + counts->nodes * l->stride;
	l->slots = l->nodes_end;
	l->n_slots = keys + keys / 2 + 1;
	l->n_strings = counts->strings;
	l->n_props = counts->props;
	t->used = l->slots + l->n_slots;
	memset(t->words + l->slots, 0, l->n_slots * sizeof(uint32_t));
	w.next = l->nodes;
	return walk_structure(&w);
}

/* ---------------------------------------------------------------- look-ups */

uint32_t ovli_own_child(const struct ovl_tree *t, uint32_t parent, struct ovl_str name)
{
	struct key k = { CHILD, parent, name };

	return look_up(t, ovli_layer_of(t, parent), &k);
}

/* path is relative to from; a leading slash is passed over. */
uint32_t ovli_own_path(const struct ovl_tree *t, uint32_t from, struct ovl_str path)
{
	struct ovl_str step;

	while (from && (step = ovli_path_step(&path)).len)
		from = ovli_own_child(t, from, step);
	return from;
}

/* phandle as it stands in the blob itself, before it was moved up. */
uint32_t ovli_own_phandle(const struct ovl_tree *t, uint32_t layer, uint32_t phandle)
{
	struct key k = { PHANDLE, phandle, { NULL, 0 } };

	return look_up(t, layer, &k);
}

struct ovli_prop ovli_own_prop(const struct ovl_tree *t, uint32_t node, struct ovl_str name)
{
	uint32_t layer = ovli_layer_of(t, node), n = 0, tag;
	struct ovli_blob b = ovli_blob(t, layer);
	struct ovli_prop p = ovli_prop_at(&b, ovli_props_start(&b, ovli_node(t, node)->off));
	struct key k = { PROP, node, name };

	for (; p.tag && n <= OVLI_FEW; p = ovli_prop_after(&b, &p), n++)
		if (p.name[0] == (name.len ? name.ptr[0] : 0) && ovli_same(name, p.name, ovli_strlen(p.name)))
			return p;
	tag = p.tag ? look_up(t, layer, &k) * 4 : 0;
	return tag ? ovli_prop_at(&b, tag) : (struct ovli_prop){ 0 };
}
