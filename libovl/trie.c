/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* trie.c - find what overlays added to nodes of other layers: children and property versions, by
 * (node, name).  Two binary radix tries with their links inside the records, so that they grow and shrink
 * with the layers and take no storage of their own; a look-up looks at no more bits than the key has,
 * whatever the other keys are.
 *
 * A link is 0, an inner node (id << 1) or a leaf (id << 1 | 1).  Inner node id means the links[] of record
 * id: the number of the bit that tells its two sides apart, and the sides.  An inner node always lies
 * above the leaf of the record that holds it. */
#include "inner.h"

struct key {
	unsigned char owner[4];
	struct ovl_str name;
};

static uint32_t *links(const struct ovl_tree *t, enum ovli_kind kind, uint32_t id)
{
	return kind == OVLI_CHILDREN ? ovli_over(t, id)->links : ovli_version(t, id)->links;
}

static struct key make_key(uint32_t owner, struct ovl_str name)
{
	struct key k;

	ovli_put32(k.owner, owner);
	k.name = name;
	return k;
}

static struct key key_of(const struct ovl_tree *t, enum ovli_kind kind, uint32_t id)
{
	struct ovli_blob b;
	const struct ovli_version *v;

	if (kind == OVLI_CHILDREN)
		return make_key(ovl_node_parent(t, id), ovli_node_name(t, id));
	v = ovli_version(t, id);
	b = ovli_blob(t, ovli_over(t, v->piece)->layer);
	return make_key(ovli_over(t, v->piece)->home, ovl_str(ovli_prop_at(&b, v->off).name));
}

/* Byte i of a key: the owner, the name, then NULs without end. */
static unsigned char key_byte(const struct key *k, uint32_t i)
{
	if (i < 4)
		return k->owner[i];
	return i - 4 < k->name.len ? (unsigned char)k->name.ptr[i - 4] : 0;
}

static uint32_t key_bit(const struct key *k, uint32_t bit)
{
	return key_byte(k, bit >> 3) >> (7 - (bit & 7)) & 1;
}

static bool same_key(const struct key *a, const struct key *b)
{
	return memcmp(a->owner, b->owner, 4) == 0 && ovli_same(a->name, b->name.ptr, b->name.len);
}

static uint32_t *root_of(const struct ovl_tree *t, enum ovli_kind kind)
{
	return t->words + (kind == OVLI_CHILDREN ? OVLI_CHILDREN_ROOT : OVLI_VERSIONS_ROOT);
}

/* The leaf that the bits of a key lead to, whose other bits may differ; 0 when the trie is empty. */
static uint32_t nearest(const struct ovl_tree *t, enum ovli_kind kind, const struct key *k)
{
	uint32_t link = *root_of(t, kind);

	while (link && !(link & 1)) {
		const uint32_t *inner = links(t, kind, link >> 1);

		link = inner[1 + key_bit(k, inner[0])];
	}
	return link >> 1;
}

uint32_t ovli_trie_find(const struct ovl_tree *t, enum ovli_kind kind, uint32_t owner, struct ovl_str name)
{
	struct key k = make_key(owner, name), found;
	uint32_t id = nearest(t, kind, &k);

	if (!id)
		return 0;
	found = key_of(t, kind, id);
	return same_key(&k, &found) ? id : 0;
}

static uint32_t first_difference(const struct key *a, const struct key *b)
{
	uint32_t i = 0, bit = 0;
	unsigned char diff;

	while (key_byte(a, i) == key_byte(b, i))
		i++;
	diff = key_byte(a, i) ^ key_byte(b, i);
	while (!(diff & 0x80)) {
		diff = (unsigned char)(diff << 1);
		bit++;
	}
	return i * 8 + bit;
}

/* Put a record in.  When one with the same key is there, the new one takes its place in the trie, and the
 * old one's id is returned; else 0. */
uint32_t ovli_trie_put(struct ovl_tree *t, enum ovli_kind kind, uint32_t id)
{
	struct key k = key_of(t, kind, id), other;
	uint32_t near = nearest(t, kind, &k), *link = root_of(t, kind), *mine = links(t, kind, id);
	uint32_t bit, side;

	if (!near) {
		*link = id << 1 | 1;
		return 0;
	}
	other = key_of(t, kind, near);
	if (same_key(&k, &other)) {
		while (!(*link & 1)) {
			uint32_t *inner = links(t, kind, *link >> 1);

			link = &inner[1 + key_bit(&k, inner[0])];
		}
		*link = id << 1 | 1;
		return near;
	}
	bit = first_difference(&k, &other);
	while (!(*link & 1)) {
		uint32_t *inner = links(t, kind, *link >> 1);

		if (inner[0] > bit)
			break;
		link = &inner[1 + key_bit(&k, inner[0])];
	}
	side = key_bit(&k, bit);
	mine[0] = bit;
	mine[1 + side] = id << 1 | 1;
	mine[2 - side] = *link;
	*link = id << 1;
	return 0;
}

/* Take a record out; older, when not 0, gets its place back. */
void ovli_trie_take(struct ovl_tree *t, enum ovli_kind kind, uint32_t id, uint32_t older)
{
	struct key k = key_of(t, kind, id);
	uint32_t *link = root_of(t, kind), *above = NULL, *to_mine = NULL, *inner;
	uint32_t above_id;

	while (!(*link & 1)) {
		if (*link == id << 1)
			to_mine = link;
		above = link;
		inner = links(t, kind, *link >> 1);
		link = &inner[1 + key_bit(&k, inner[0])];
	}
	if (older) {
		*link = older << 1 | 1;
		return;
	}
	if (!above) {
		*link = 0;
		return;
	}
	/* The inner node above goes with the leaf: its other side takes its place. */
	above_id = *above >> 1;
	inner = links(t, kind, above_id);
	*above = inner[link == &inner[1] ? 2 : 1];
	/* The record's own inner node, if it is another one, moves to the place that became free. */
	if (to_mine && above_id != id) {
		memcpy(inner, links(t, kind, id), 3 * sizeof(uint32_t));
		*to_mine = above_id << 1;
	}
}
