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

static uint32_t n_slots(const struct ovli_blob *b)
{
	uint32_t keys = b->nodes + b->many + b->phandles;

	return keys + keys / 2 + 1;
}

uint64_t ovli_layer_words(const struct ovli_blob *b, uint32_t stride)
{
	return OVLI_WORDS(ovli_layer) + (uint64_t)b->nodes * stride + n_slots(b);
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

/* Properties precede subnodes, so a node's properties lie between its tag and the next node's. */
static bool prop_of(const struct ovl_tree *t, const struct ovli_layer *l, uint32_t node, uint32_t off)
{
	uint32_t after = node + l->stride;

	return off > ovli_node(t, node)->off && (after == l->nodes_end || off < ovli_node(t, after)->off);
}

/* A key's kind and whose it is in one number: the node, of a phandle the number. */
#define KEY(kind, owner) ((uint64_t)(owner) << 2 | (kind))

/* The name that a slot stands for, when it has such a key. */
static const char *slot_name(const struct ovl_tree *t, const struct ovli_layer *l, uint32_t slot, uint64_t key)
{
	uint32_t value = slot >> 2, owner = (uint32_t)(key >> 2), off = l->structure + value * 4;
	const unsigned char *bytes = ovli_bytes(t, l);

	if ((slot & 3) != (key & 3))
		return NULL;
	switch (slot & 3) {
	case PHANDLE:
		return ovli_node(t, value)->phandle - l->delta == owner ? "" : NULL;
	case CHILD:
		return ovli_node(t, value)->parent == owner ? ovli_name(t, value) : NULL;
	default:
		return prop_of(t, l, owner, off) ? (const char *)bytes + l->strings + ovli_be32(bytes + off + 8) : NULL;
	}
}

/* The slot of a key, or the empty one where it would go; NULL after too many steps. */
static uint32_t *find_slot(const struct ovl_tree *t, const struct ovli_layer *l, uint64_t key, struct ovl_str name)
{
	uint32_t hash = ovli_hash((uint32_t)(key >> 2) + ((uint32_t)key & 3) * 0x51ed270bu, name.ptr, name.len), probes;
	uint32_t at = (uint32_t)((uint64_t)hash * l->n_slots >> 32);

	for (probes = 0; probes < MAX_PROBES; probes++) {
		uint32_t *slot = t->words + l->slots + at;
		const char *text = slot_name(t, l, *slot, key);

		if (*slot == 0 || (text && ovli_same(name, text)))
			return slot;
		if (++at == l->n_slots)
			at = 0;
	}
	return NULL;
}

static OVLI_INLINE uint32_t look_up(const struct ovl_tree *t, uint32_t layer, uint64_t key, struct ovl_str name)
{
	const uint32_t *slot = find_slot(t, ovli_layer(t, layer), key, name);

	return slot ? *slot >> 2 : 0;
}

/* ---------------------------------------------------------------- building */

struct walk {
	struct ovli_call *call;
	const struct ovl_tree *t;
	struct ovli_layer *l;
	const struct ovli_blob *blob;
	const unsigned char *at;        /* how far the structure block was gone through */
	uint32_t layer;
	uint32_t node;                  /* the innermost open node */
	uint32_t closed;                /* its child that was closed last */
	uint32_t next;                  /* the next record to fill */
};

static enum ovl_err enter(struct walk *w, uint64_t key, struct ovl_str name, uint32_t value)
{
	static const unsigned char duplicate[] = {
		[CHILD] = OVL_ERR_DUPLICATE_NODE, [PROP] = OVL_ERR_DUPLICATE_PROP,
		[PHANDLE] = OVL_ERR_DUPLICATE_PHANDLE,
	};
	uint32_t *slot = find_slot(w->t, w->l, key, name);

	if (slot && !*slot) {
		*slot = value << 2 | ((uint32_t)key & 3);
		return OVL_OK;
	}
	w->call->node = ovli_name(w->t, w->node);
	return ovli_fail(w->call, slot ? duplicate[key & 3] : OVL_ERR_COLLISION, w->at);
}

/* The node that begins here, under the innermost open one, which it then is. */
static enum ovl_err index_begin(struct walk *w)
{
	uint32_t node = w->next, parent = w->node;
	struct ovli_node *n = ovli_node(w->t, node);

	w->next += w->l->stride;
	memset(n, 0, w->l->stride * sizeof(uint32_t));
	n->off = (uint32_t)(w->at - ovli_bytes(w->t, w->l));
	n->parent = parent;
	if (w->l->stride > OVLI_WORDS(ovli_node))
		ovli_over(w->t, node)->layer = w->layer;
	if (w->closed)
		ovli_node(w->t, w->closed)->next = node;
	w->node = node;
	w->closed = 0;
	return parent ? enter(w, KEY(CHILD, parent), ovl_str(ovli_name(w->t, node)), node) : OVL_OK;
}

static enum ovl_err index_phandle(struct walk *w, uint32_t number)
{
	struct ovli_node *n = ovli_node(w->t, w->node);

	/* linux,phandle beside phandle: the scan saw that they agree. */
	if (n->phandle)
		return OVL_OK;
	w->call->number = number;
	if (enter(w, KEY(PHANDLE, number), (struct ovl_str){ NULL, 0 }, w->node))
		return w->call->code;
	w->call->number = 0;
	n->phandle = number;
	if (number > w->l->max_phandle)
		w->l->max_phandle = number;
	return OVL_OK;
}

static enum ovl_err index_many(struct walk *w, struct ovli_prop p)
{
	for (; p.tag; p = ovli_next_prop(p)) {
		w->at = p.tag;
		w->call->prop = ovli_prop_name(p);
		if (enter(w, KEY(PROP, w->node), ovl_str(w->call->prop), (uint32_t)(p.tag - w->blob->structure) / 4))
			return w->call->code;
	}
	w->call->prop = NULL;
	return OVL_OK;
}

/* All properties of the node just begun; w->at goes behind them. */
static enum ovl_err index_props(struct walk *w)
{
	const unsigned char *end = ovli_behind_name(w->at);
	struct ovli_prop first = ovli_prop_from(end, w->blob->strings), p;
	uint32_t n = 0;

	for (p = first; p.tag; p = ovli_next_prop(p), n++) {
		w->at = p.tag;
		if (ovli_names_phandle(ovli_prop_name(p)) && index_phandle(w, ovli_be32(ovli_prop_value(p))))
			return w->call->code;
		end = ovli_prop_end(p);
	}
	if (n > OVLI_FEW && index_many(w, first))
		return w->call->code;
	w->at = end;
	return OVL_OK;
}

static enum ovl_err walk_structure(struct walk *w)
{
	for (;;) {
		uint32_t tag = ovli_be32(w->at);

		if (tag == OVLI_BEGIN_NODE) {
			if (index_begin(w) || index_props(w))
				return w->call->code;
			continue;
		}
		if (tag == OVLI_END)
			return OVL_OK;
		if (tag == OVLI_END_NODE) {
			w->closed = w->node;
			w->node = ovli_node(w->t, w->node)->parent;
		}
		w->at += 4;
	}
}

/* needs: the layer's record with its blocks' places and its stride, and room behind it.
 * adds: node records, index, and where they are, to the record. */
enum ovl_err ovli_index(struct ovli_call *c, uint32_t layer, const struct ovli_blob *b)
{
	struct ovl_tree *t = &c->tree;
	struct ovli_layer *l = ovli_layer(t, layer);
	struct walk w = { .call = c, .t = t, .l = l, .blob = b, .at = b->structure, .layer = layer,
			  .next = t->used };

	l->nodes = t->used;
	l->slots = l->nodes_end = l->nodes + b->nodes * l->stride;
	l->n_slots = n_slots(b);
	l->n_strings = b->n_strings;
	l->n_props = b->props;
	t->used = l->slots + l->n_slots;
	memset(t->words + l->slots, 0, l->n_slots * sizeof(uint32_t));
	return walk_structure(&w);
}

/* ---------------------------------------------------------------- look-ups */

uint32_t ovli_own_child(const struct ovl_tree *t, uint32_t parent, struct ovl_str name)
{
	return look_up(t, ovli_layer_of(t, parent), KEY(CHILD, parent), name);
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
	return look_up(t, layer, KEY(PHANDLE, phandle), (struct ovl_str){ NULL, 0 });
}

struct ovli_prop ovli_own_prop(const struct ovl_tree *t, uint32_t node, struct ovl_str name)
{
	uint32_t layer = ovli_layer_of(t, node), n, at;
	struct ovli_prop p = ovli_first_prop(t, node);

	for (n = 0; p.tag && n <= OVLI_FEW; p = ovli_next_prop(p), n++)
		if (ovli_same(name, ovli_prop_name(p)))
			return p;
	if (p.tag) {
		at = look_up(t, layer, KEY(PROP, node), name);
		p.tag = at ? ovli_bytes(t, ovli_layer(t, layer)) + ovli_layer(t, layer)->structure + at * 4 : NULL;
	}
	return p;
}
