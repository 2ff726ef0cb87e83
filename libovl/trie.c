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
	uint32_t owner;
	struct ovl_str name;
};

/* Those of record 0, were there one: all others are as far from it as their ids say. */
static uint32_t *links(const struct ovl_tree *t, enum ovli_kind kind)
{
	return kind == OVLI_CHILDREN ? ovli_over(t, 0)->links : ovli_version(t, 0)->links;
}

static uint32_t owner_of(const struct ovl_tree *t, enum ovli_kind kind, uint32_t id)
{
	return kind == OVLI_CHILDREN ? ovli_parent(t, id) : ovli_home(t, ovli_version(t, id)->piece);
}

/* Of an overlay's node or property: in the storage. */
static const char *name_of(const struct ovl_tree *t, enum ovli_kind kind, uint32_t id)
{
	return kind == OVLI_CHILDREN ? ovli_name(t, id) : ovli_prop_name(ovli_version_prop(t, id));
}

static struct key key_of(const struct ovl_tree *t, enum ovli_kind kind, uint32_t id)
{
	const char *name = name_of(t, kind, id);

	return (struct key){ owner_of(t, kind, id), { name, ovli_strlen_in(name, OVLI_TO_NUL) } };
}

static bool has_key(const struct ovl_tree *t, enum ovli_kind kind, uint32_t id, const struct key *k)
{
	return owner_of(t, kind, id) == k->owner && ovli_same(k->name, name_of(t, kind, id));
}

/* A key is the bits of the owner, the name, then NULs without end. */
static inline uint32_t key_bit(const struct key *k, uint32_t bit)
{
	uint32_t byte = bit / 8 - 4;

	if (bit < 32)
		return k->owner >> (31 - bit) & 1;
	return byte < k->name.len ? (uint32_t)(unsigned char)k->name.ptr[byte] >> (7 - bit % 8) & 1 : 0;
}

/* Down as the bits of a key lead, as long as these come before bit; the other bits may differ.  *last is the last of
 * them. */
static uint32_t *descend(const struct ovl_tree *t, enum ovli_kind kind, const struct key *k, uint32_t bit,
			 uint32_t *last)
{
	uint32_t *link = t->words + kind, *all = links(t, kind), *inner;

	*last = 0;
	while (*link && !(*link & 1)) {
		inner = all + (*link >> 1);
		if (inner[0] >= bit)
			break;
		*last = inner[0];
		link = &inner[1 + key_bit(k, inner[0])];
	}
	return link;
}

uint32_t ovli_trie_find(const struct ovl_tree *t, enum ovli_kind kind, uint32_t owner, struct ovl_str name)
{
	struct key k = { owner, name };
	uint32_t last, id = *descend(t, kind, &k, ~0u, &last) >> 1;

	return id && has_key(t, kind, id, &k) ? id : 0;
}

/* The first bit that tells the keys of two records apart; ~0u when none does. */
static uint32_t first_difference(uint32_t owner, uint32_t other, const char *name, const char *its_name)
{
	uint32_t at, bit = 0;
	uint64_t differ;

	for (other ^= owner; other; other >>= 1)
		bit++;
	if (bit)
		return 32 - bit;
	differ = ovli_names_differ(name, its_name, &at);
	if (!differ)
		return ~0u;
	for (bit = 32 + at * 8; !(differ & 0xff); differ >>= 8)
		bit += 8;
	for (; !(differ & 0x80); differ <<= 1)
		bit++;
	return bit;
}

/* Put a record in.  When one with the same key is there, the new one takes its place in the trie, and the
 * old one's id is returned; else 0. */
uint32_t ovli_trie_put(struct ovl_tree *t, enum ovli_kind kind, uint32_t id)
{
	struct key k = key_of(t, kind, id);
	uint32_t last, *link = descend(t, kind, &k, ~0u, &last), *mine = links(t, kind) + id, near = *link >> 1, bit, side;

	bit = near ? first_difference(k.owner, owner_of(t, kind, near), k.name.ptr, name_of(t, kind, near)) : ~0u;
	if (bit == ~0u) {       /* or the trie is empty */
		*link = id << 1 | 1;
		return near;
	}
	if (last > bit)         /* further up than the leaf's place */
		link = descend(t, kind, &k, bit, &last);
	side = key_bit(&k, bit);
	mine[0] = bit;
	mine[1 + side] = id << 1 | 1;
	mine[2 - side] = *link;
	*link = id << 1;
	return 0;
}

/* Take a record out; older, when not 0, gets its place back.  The inner node that goes with it may be that of a record
 * put later, and its own stay for that one: so all that was put since must be taken out too, before anything else is
 * put; in any order, but of one key the newest first.  Then each bit that told sides apart before is where it was. */
void ovli_trie_take(struct ovl_tree *t, enum ovli_kind kind, uint32_t id, uint32_t older)
{
	uint32_t *link = t->words + kind, *above = NULL, *inner = NULL;
	struct key k = key_of(t, kind, id);

	while (!(*link & 1)) {
		above = link;
		inner = links(t, kind) + (*link >> 1);
		link = &inner[1 + key_bit(&k, inner[0])];
	}
	if (older || !above) {
		*link = older ? older << 1 | 1 : 0;
		return;
	}
	/* The inner node above goes with the leaf: its other side takes its place. */
	*above = inner[link == &inner[1] ? 2 : 1];
}
