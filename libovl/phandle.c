/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* phandle.c - give the phandles of an overlay numbers that no node of the tree has.
 * All move up by one delta: the largest number in use below the layer, or the least more that keeps every
 * one of them out of the caller's reserved ranges.  What the base has there does not count as in use, so
 * that a number far up, kept for a hypervisor's devices, does not push the others beyond it.
 * In: a layer that was indexed and joins a tree.  Rules: include/ovl.h, ovl_apply(). */
#include "inner.h"

/* ---------------------------------------------------------------- the least delta */

static bool is_reserved(const struct ovl_apply_options *o, uint32_t number)
{
	uint32_t i;

	for (i = 0; i < o->n_reserved; i++)
		if (number >= o->reserved[i].first && number <= o->reserved[i].last)
			return true;
	return false;
}

/* The largest phandle of the overlays that are applied. */
static uint32_t overlays_end(const struct ovl_tree *t)
{
	return t->top_layer == t->base_layer ? 0 : ovli_layer(t, t->top_layer)->max_phandle;
}

/* The largest phandle in use that is not the base's and reserved.  An overlay's never lie in the way. */
static uint32_t largest(const struct ovl_tree *t, const struct ovl_apply_options *options)
{
	const struct ovli_layer *base = ovli_base(t);
	uint32_t most = overlays_end(t), n;

	if (!options->n_reserved && base->max_phandle > most)
		return base->max_phandle;
	for (n = base->nodes; options->n_reserved && n < base->nodes_end; n += base->stride)
		if (ovli_node(t, n)->phandle > most && !is_reserved(options, ovli_node(t, n)->phandle))
			most = ovli_node(t, n)->phandle;
	return most;
}

/* The largest of a heap that begins at `at`, whose two halves are heaps, comes to its top. */
static void sift(uint32_t *heap, uint32_t at, uint32_t n)
{
	uint32_t child, number = heap[at];

	for (; (child = at * 2 + 1) < n; at = child) {
		child += child + 1 < n && heap[child + 1] > heap[child];
		if (heap[child] <= number)
			break;
		heap[at] = heap[child];
	}
	heap[at] = number;
}

static void sort(uint32_t *list, uint32_t n)
{
	uint32_t i, last;

	for (i = n / 2; i-- > 0;)
		sift(list, i, n);
	while (n > 1) {
		last = list[--n];
		list[n] = list[0];
		list[0] = last;
		sift(list, 0, n);
	}
}

/* The smallest number of the list that delta would move into a range; 0 when none is. */
static uint32_t first_in(const uint32_t *list, uint32_t n, const struct ovl_range *range, uint32_t delta)
{
	uint32_t low = 0, high = n, middle;

	if (range->last < delta)
		return 0;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (range->first > delta && list[middle] < range->first - delta)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && list[low] <= range->last - delta ? list[low] : 0;
}

/* Each step goes by the smallest number in the way: no less would move that one out.  So a number is in the
 * way of each range once.  The numbers stand where the layer's versions will; each has a property. */
static uint32_t out_of_ranges(const struct ovl_tree *t, const struct ovli_layer *l,
			      const struct ovl_apply_options *o, uint32_t delta)
{
	uint32_t *list = t->words + l->versions, n = 0, node, i, in_way;

	for (node = l->nodes; node < l->nodes_end; node += l->stride)
		if (ovli_node(t, node)->phandle)
			list[n++] = ovli_node(t, node)->phandle;
	sort(list, n);
	for (i = 0; i < o->n_reserved; i++) {
		in_way = first_in(list, n, &o->reserved[i], delta);
		if (in_way) {
			delta = o->reserved[i].last - in_way + 1;
			i = ~0u;        /* and all ranges anew */
		}
	}
	return delta;
}

/* ---------------------------------------------------------------- moving */

/* Both properties that say it. */
static void move_props(const struct ovl_tree *t, uint32_t node)
{
	struct ovli_prop p;

	for (p = ovli_first_prop(t, node); p.tag; p = ovli_next_prop(p))
		if (ovli_names_phandle(ovli_prop_name(p)))
			ovli_put32(ovli_writable(t, ovli_prop_value(p)), ovli_node(t, node)->phandle);
}

/* changes: every phandle of the overlay, in its records and its bytes.  Without a base they stay. */
enum ovl_err ovli_move_phandles(struct ovli_call *c)
{
	const struct ovl_tree *t = &c->tree;
	struct ovli_layer *l = c->l;
	uint32_t n;

	if (!t->base_layer)
		return OVL_OK;
	l->delta = largest(t, c->options);
	if (c->options->n_reserved)
		l->delta = out_of_ranges(t, l, c->options, l->delta);
	if (l->max_phandle >= ~0u - l->delta)
		return ovli_fail(c, OVL_ERR_PHANDLES_FULL, NULL);
	if (!l->max_phandle) {
		l->max_phandle = overlays_end(t);
		return OVL_OK;
	}
	l->max_phandle += l->delta;
	for (n = l->nodes; n < l->nodes_end; n += l->stride) {
		struct ovli_node *node = ovli_node(t, n);

		ovli_foresee_walk(node, OVLI_ONWARD);
		if (!node->phandle)
			continue;
		node->phandle += l->delta;
		move_props(t, n);
	}
	return OVL_OK;
}
