/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* tree.c - open a tree on a base: prove the blob, then index it as the lowest layer.
 * The storage holds, in this order: a word that no id is, the roots of the two tries, the base's layer,
 * and then a layer for each overlay.  Rules: DTSpec 5; include/ovl.h. */
#include "inner.h"

enum ovl_err ovli_no_space(struct ovl_error *err, uint64_t words)
{
	err->side = OVL_STORAGE;
	err->need_bytes = (size_t)(words * sizeof(uint32_t));
	return ovli_fail(err, OVL_ERR_SPACE, 0);
}

static enum ovl_err prove(const void *base, size_t len, struct ovli_header *h, struct ovli_counts *counts,
			  bool *untidy, uint64_t *words, struct ovl_error *err)
{
	if (ovli_header_read(base, len, h, err) || ovli_scan(&h->blob, counts, untidy, err))
		return err->code;
	*words = OVLI_FIRST_WORD + ovli_layer_words(counts, OVLI_WORDS(ovli_node));
	return OVL_OK;
}

enum ovl_err ovl_tree_size(const void *base, size_t len, size_t *storage_bytes, struct ovl_error *err)
{
	struct ovl_error none;
	struct ovli_header h;
	struct ovli_counts counts;
	uint64_t words = 0;
	bool untidy;

	err = ovli_begin(err, &none, OVL_BASE);
	if (prove(base, len, &h, &counts, &untidy, &words, err))
		return err->code;
	*storage_bytes = (size_t)(words * sizeof(uint32_t));
	return OVL_OK;
}

enum ovl_err ovl_tree_open(struct ovl_tree *t, const void *base, size_t len, void *storage,
			   size_t storage_bytes, struct ovl_error *err)
{
	struct ovl_error none;
	struct ovli_header h;
	struct ovli_counts counts;
	struct ovli_layer *l;
	uint64_t words = 0;
	bool untidy;

	err = ovli_begin(err, &none, OVL_BASE);
	memset(t, 0, sizeof(*t));
	if (prove(base, len, &h, &counts, &untidy, &words, err))
		return err->code;
	t->words = storage;
	t->n_words = ovli_words_of(storage_bytes);
	if (words > t->n_words)
		return ovli_no_space(err, words);
	t->base = base;
	memset(t->words, 0, OVLI_FIRST_WORD * sizeof(uint32_t));

	t->base_layer = t->top_layer = OVLI_FIRST_WORD;
	t->used = OVLI_FIRST_WORD + OVLI_WORDS(ovli_layer);
	l = ovli_layer(t, t->base_layer);
	memset(l, 0, sizeof(*l));
	l->structure = (uint32_t)(h.blob.structure - t->base);
	l->strings = (uint32_t)((const unsigned char *)h.blob.strings - t->base);
	l->size_structure = h.blob.size_structure;
	l->size_strings = h.blob.size_strings;
	l->reserve = (uint32_t)(h.reserve - t->base);
	l->reserve_bytes = h.reserve_bytes;
	l->boot_cpu = h.boot_cpu;
	l->stride = OVLI_WORDS(ovli_node);
	l->untidy = untidy;
	if (ovli_index(t, t->base_layer, &counts, err))
		return err->code;
	t->n_layers = 1;
	t->peak = t->used;
	return OVL_OK;
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

/* Whether any overlay deletes something. */
bool ovli_deletes(const struct ovl_tree *t)
{
	uint32_t layer = t->top_layer;

	while (layer != t->base_layer && !ovli_layer(t, layer)->deletes)
		layer = ovli_layer(t, layer)->below;
	return layer != t->base_layer;
}
