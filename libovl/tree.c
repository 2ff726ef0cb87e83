/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* tree.c - open a tree on a base: prove the blob, then index it as the lowest layer.
 * The storage holds, in this order: a word that no id is, the roots of the two tries, the base's layer,
 * and then a layer for each overlay.  Rules: DTSpec 5; include/ovl.h. */
#include "inner.h"

/* *words is the storage that a tree on this base needs. */
enum ovl_err ovli_prove_base(struct ovli_call *c, const void *base, size_t len, struct ovli_blob *b,
			     uint64_t *words)
{
	struct ovli_room room = { .first = OVLI_ROOT, .end = (uint32_t)c->tree.n_words,
				  .stride = OVLI_WORDS(ovli_node) };

	if (ovli_header_read(c, base, len, b))
		return c->code;
	room.origin = b->structure;
	if (ovli_scan(c, b, room.end > room.first ? &room : NULL))
		return c->code;
	*words = OVLI_FIRST_WORD + ovli_layer_words(b, OVLI_WORDS(ovli_node));
	return OVL_OK;
}

enum ovl_err ovl_tree_size(const void *base, size_t len, size_t *storage_bytes, struct ovl_error *err)
{
	struct ovli_call c;
	struct ovli_blob b;
	uint64_t words = 0;

	ovli_begin(&c, NULL, OVL_BASE);
	if (!ovli_prove_base(&c, base, len, &b, &words))
		*storage_bytes = (size_t)(words * sizeof(uint32_t));
	return ovli_end(&c, NULL, err);
}

/* needs: room. */
static enum ovl_err lay_base(struct ovli_call *c, const struct ovli_blob *b)
{
	struct ovl_tree *t = &c->tree;
	struct ovli_layer *l = ovli_layer(t, OVLI_FIRST_WORD);

	t->base_layer = t->top_layer = OVLI_FIRST_WORD;
	t->n_layers = 1;
	t->used = OVLI_FIRST_WORD + OVLI_WORDS(ovli_layer);
	t->base_end = t->used + b->nodes * OVLI_WORDS(ovli_node);
	memset(t->words, 0, t->used * sizeof(uint32_t));
	l->structure = (uint32_t)(b->structure - t->base);
	l->strings = (uint32_t)((const unsigned char *)b->strings - t->base);
	l->size_structure = b->size_structure;
	l->size_strings = b->size_strings;
	l->reserve = (uint32_t)(b->reserve - t->base);
	l->reserve_bytes = b->reserve_bytes;
	l->boot_cpu = b->boot_cpu;
	l->stride = OVLI_WORDS(ovli_node);
	l->untidy = b->untidy;
	c->l = l;
	if (!ovli_index(c, b))
		l->symbols = ovli_own_child(t, OVLI_ROOT, OVLI_STR("__symbols__"));
	t->peak = t->used;
	return c->code;
}

enum ovl_err ovl_tree_open(struct ovl_tree *t, const void *base, size_t len, void *storage,
			   size_t storage_bytes, struct ovl_error *err)
{
	struct ovli_call c;
	struct ovli_blob b;
	uint64_t words = 0;

	memset(t, 0, sizeof(*t));
	ovli_begin(&c, NULL, OVL_BASE);
	c.tree.words = storage;
	c.tree.n_words = ovli_words_of(storage_bytes);
	c.tree.base = base;
	if (ovli_prove_base(&c, base, len, &b, &words))
		;
	else if (words > c.tree.n_words)
		ovli_no_space(&c, OVL_STORAGE, words * sizeof(uint32_t));
	else
		lay_base(&c, &b);
	return ovli_end(&c, t, err);
}

void ovl_tree_moved(struct ovl_tree *t, const void *base, void *storage, size_t storage_bytes)
{
	t->base = base;
	t->words = storage;
	t->n_words = ovli_words_of(storage_bytes);
}

size_t ovl_tree_used(const struct ovl_tree *t)
{
	return (size_t)t->used * sizeof(uint32_t);
}

size_t ovl_tree_peak(const struct ovl_tree *t)
{
	return (size_t)t->peak * sizeof(uint32_t);
}

/* The overlay of a number; 0 when there is none. */
uint32_t ovli_layer_of_number(const struct ovl_tree *t, uint32_t number)
{
	uint32_t layer = t->top_layer;

	if (number == 0 || number >= t->n_layers)
		return 0;
	while (ovli_layer(t, layer)->number > number)
		layer = ovli_layer(t, layer)->below;
	return layer;
}

/* Layers stand one behind the other. */
uint32_t ovli_layer_above(const struct ovl_tree *t, uint32_t layer)
{
	return layer == t->top_layer ? 0 : layer + ovli_layer(t, layer)->words;
}

/* Whether any overlay deletes something. */
bool ovli_deletes(const struct ovl_tree *t)
{
	uint32_t layer = t->top_layer;

	while (layer != t->base_layer && !ovli_layer(t, layer)->deletes)
		layer = ovli_layer(t, layer)->below;
	return layer != t->base_layer;
}
