/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* overlay.c - read what an overlay says beside its fragments: /__local_fixups__, /__fixups__,
 * /__symbols__.  In: a layer that was indexed, its phandles moved up by delta.  Each entry is proven to
 * name a cell that is there before the cell is written, in the layer's own copy.  Format: dtobj. */
#include "inner.h"

uint32_t ovli_overlay_part(const struct ovl_tree *t, uint32_t layer, struct ovl_str name)
{
	return ovli_own_child(t, ovli_layer(t, layer)->nodes, name);
}

/* The next child of the root that is a fragment, from node on, and its content; 0 when there is none. */
uint32_t ovli_fragment_from(const struct ovl_tree *t, uint32_t node, uint32_t *content)
{
	for (; node; node = ovli_node(t, node)->next) {
		struct ovl_str name = ovli_node_name(t, node);

		*content = ovli_own_child(t, node, OVLI_STR("__overlay__"));
		if (*content && !ovli_same(name, "__symbols__", 11) && !ovli_same(name, "__fixups__", 10) &&
		    !ovli_same(name, "__local_fixups__", 16))
			return node;
	}
	*content = 0;
	return 0;
}

/* The node after this one in the blob, when it lies below above; 0 at the end. */
uint32_t ovli_next_below(const struct ovl_tree *t, uint32_t layer, uint32_t above, uint32_t node)
{
	const struct ovli_layer *l = ovli_layer(t, layer);
	uint32_t next = node + l->stride;

	return next < l->nodes_end && ovli_node(t, next)->parent >= above ? next : 0;
}

/* The cell at off of a property; NULL when it does not lie inside. */
static unsigned char *cell_of(const struct ovl_tree *t, uint32_t layer, const struct ovli_prop *p,
			      uint32_t off)
{
	if (!p->tag || p->len < 4 || off > p->len - 4)
		return NULL;
	return ovli_writable(t, layer, p->tag + 12 + off);
}

/* ---------------------------------------------------------------- local fixups */

/* One cell that holds a phandle of this overlay.  First it is moved up with the phandles; afterwards, when
 * the nodes have found their homes, it follows: the home may have kept a phandle of its own.  A node that
 * stands outside every fragment has no home; a reference to it keeps a number that no node has. */
static bool local_cell(struct ovl_tree *t, uint32_t layer, unsigned char *cell, bool follow)
{
	uint32_t delta = ovli_layer(t, layer)->delta, number = ovli_be32(cell), named;

	named = ovli_own_phandle(t, layer, follow ? number - delta : number);
	if (!follow) {
		if (named)
			ovli_put32(cell, number + delta);
		return named;
	}
	/* None is named when a fixup wrote here since. */
	if (named && ovli_home(t, named))
		ovli_put32(cell, ovli_node(t, ovli_home(t, named))->phandle);
	return true;
}

/* Entries stand in ascending order; one that comes twice would be moved up twice. */
static enum ovl_err local_prop(struct ovl_tree *t, uint32_t layer, uint32_t node, const struct ovli_prop *list,
			       bool follow, struct ovl_error *err)
{
	struct ovli_prop p = ovli_own_prop(t, node, ovl_str(list->name));
	uint32_t i, off, before = 0;

	err->prop = ovl_str(list->name);
	err->node = ovli_node_name(t, node);
	if (list->len % 4)
		return ovli_fail(err, OVL_ERR_LOCAL_FIXUP, list->tag);
	for (i = 0; i < list->len; i += 4, before = off) {
		unsigned char *cell;

		off = ovli_be32(list->value + i);
		cell = cell_of(t, layer, &p, off);
		if (!cell || (i && off <= before) || !local_cell(t, layer, cell, follow))
			return ovli_fail(err, OVL_ERR_LOCAL_FIXUP, list->tag);
	}
	return OVL_OK;
}

/* /__local_fixups__ mirrors the overlay: the same paths, the same property names, lists of offsets.  No
 * node below it is ever part of the tree, so its `older` can hold the node that it mirrors. */
enum ovl_err ovli_local_fixups(struct ovl_tree *t, uint32_t layer, bool follow, struct ovl_error *err)
{
	const struct ovli_layer *l = ovli_layer(t, layer);
	uint32_t top = ovli_overlay_part(t, layer, OVLI_STR("__local_fixups__")), n;
	struct ovli_blob b = ovli_blob(t, layer);

	for (n = top; n && n < l->nodes_end; n += l->stride) {
		struct ovli_over *mirror = ovli_over(t, n);
		struct ovl_str name = ovli_name_at(&b, mirror->node.off);
		struct ovli_prop list;

		if (n != top && mirror->node.parent < top)
			break;
		mirror->older = n == top ? l->nodes
					 : ovli_own_child(t, ovli_over(t, mirror->node.parent)->older, name);
		if (!mirror->older) {
			err->node = name;
			return ovli_fail(err, OVL_ERR_LOCAL_FIXUP, mirror->node.off);
		}
		list = ovli_prop_at(&b, ovli_props_start(&b, mirror->node.off));
		for (; list.tag; list = ovli_prop_after(&b, &list))
			if (local_prop(t, layer, mirror->older, &list, follow, err))
				return err->code;
	}
	err->node = err->prop = (struct ovl_str){ NULL, 0 };
	return OVL_OK;
}

/* ---------------------------------------------------------------- fixups */

static bool split_at_colon(struct ovl_str *rest, struct ovl_str *part)
{
	uint32_t n = 0;

	while (n < rest->len && rest->ptr[n] != ':')
		n++;
	if (n == rest->len)
		return false;
	*part = (struct ovl_str){ rest->ptr, n };
	*rest = (struct ovl_str){ rest->ptr + n + 1, rest->len - n - 1 };
	return true;
}

/* Decimal digits only, no sign, no blank, nothing that does not fit. */
static bool read_decimal(struct ovl_str text, uint32_t *number)
{
	uint32_t i, digit;

	*number = 0;
	for (i = 0; i < text.len; i++) {
		digit = (uint32_t)(unsigned char)text.ptr[i] - '0';
		if (digit > 9 || *number > (~0u - digit) / 10)
			return false;
		*number = *number * 10 + digit;
	}
	return text.len > 0;
}

bool ovli_place_read(struct ovl_str text, struct ovli_place *place)
{
	return split_at_colon(&text, &place->path) && split_at_colon(&text, &place->prop) &&
	       place->path.len && place->path.ptr[0] == '/' && read_decimal(text, &place->off);
}

/* Write the phandle of the node a label names into one place.  A fragment's target is remembered as the
 * node itself, so that it needs no phandle: no fragment is ever part of the tree, its `newer` is free.
 * Without a base it holds where the label is, err->off. */
static enum ovl_err fixup_place(struct ovl_tree *t, uint32_t layer, struct ovl_str text, uint32_t named,
				struct ovl_error *err)
{
	uint32_t root = ovli_layer(t, layer)->nodes, node, phandle;
	struct ovli_place place;
	struct ovli_prop p;
	unsigned char *cell;
	bool target;

	err->path = text;
	node = ovli_place_read(text, &place) ? ovli_own_path(t, root, place.path) : 0;
	if (!node)
		return ovli_fail(err, OVL_ERR_FIXUP, err->off);
	p = ovli_own_prop(t, node, place.prop);
	cell = cell_of(t, layer, &p, place.off);
	if (!cell)
		return ovli_fail(err, OVL_ERR_FIXUP, err->off);
	target = ovli_node(t, node)->parent == root &&
		 (ovli_same(place.prop, "target", 6) || ovli_same(place.prop, "delete-target", 13));
	if (target)
		ovli_over(t, node)->newer = named ? named : err->off;
	if (!named)
		return OVL_OK;
	phandle = ovli_node(t, named)->phandle;
	if (!phandle && !target)
		return ovli_fail(err, OVL_ERR_NO_PHANDLE, err->off);
	ovli_put32(cell, phandle);
	return OVL_OK;
}

/* The next text that a layer keeps, at word *at; see apply.c. */
static struct ovl_str kept_text(const struct ovl_tree *t, uint32_t *at)
{
	uint32_t start = *at, len = t->words[start];

	*at += 1 + ovli_align4(len) / 4;
	return (struct ovl_str){ (const char *)(t->words + start + 1), len };
}

/* The path that the caller gave for a label: as the layer keeps it, or as it is given now. */
static bool given_path(const struct ovl_tree *t, uint32_t layer, const struct ovl_apply_options *options,
		       struct ovl_str wanted, struct ovl_str *path)
{
	const struct ovli_layer *l = ovli_layer(t, layer);
	uint32_t i, at = ovli_kept_texts(t, layer);

	while (l->kept && at < layer + l->words) {
		struct ovl_str label = kept_text(t, &at);

		*path = kept_text(t, &at);
		if (ovli_same(wanted, label.ptr, label.len))
			return true;
	}
	for (i = 0; !l->kept && options && i < options->n_symbols; i++) {
		struct ovl_str label = options->symbols[i].label;

		*path = options->symbols[i].path;
		if (ovli_same(wanted, label.ptr, label.len))
			return true;
	}
	return false;
}

static enum ovl_err find_label(struct ovl_tree *t, uint32_t layer, const struct ovl_apply_options *options,
			       uint32_t *named, struct ovl_error *err)
{
	struct ovl_str path;
	bool known;

	*named = ovli_label_node(t, err->label, &known);
	if (!known && given_path(t, layer, options, err->label, &path)) {
		known = true;
		*named = ovl_node_by_path(t, path);
	}
	if (*named)
		return OVL_OK;
	if (known)
		return ovli_fail(err, OVL_ERR_NO_LABEL_NODE, err->off);
	if (!ovl_node_child(t, ovl_node_root(t), OVLI_STR("__symbols__")))
		return ovli_fail(err, OVL_ERR_NO_SYMBOLS, err->off);
	return ovli_fail(err, OVL_ERR_NO_LABEL, err->off);
}

/* One label and the list of its uses, NUL-terminated each. */
static enum ovl_err fixup_label(struct ovl_tree *t, uint32_t layer, const struct ovli_prop *uses,
				const struct ovl_apply_options *options, struct ovl_error *err)
{
	uint32_t at, n, named = 0;

	err->label = ovl_str(uses->name);
	err->off = uses->tag;
	if (uses->len == 0 || uses->value[uses->len - 1] != 0)
		return ovli_fail(err, OVL_ERR_FIXUP, uses->tag);
	if (t->base_layer && find_label(t, layer, options, &named, err))
		return err->code;
	for (at = 0; at < uses->len; at += n + 1) {
		const char *text = (const char *)uses->value + at;

		n = ovli_strlen(text);
		if (fixup_place(t, layer, (struct ovl_str){ text, n }, named, err))
			return err->code;
	}
	err->path = err->label = (struct ovl_str){ NULL, 0 };
	return OVL_OK;
}

/* Without a base (t->base_layer 0) the entries are checked and nothing is resolved. */
enum ovl_err ovli_fixups(struct ovl_tree *t, uint32_t layer, const struct ovl_apply_options *options,
			 struct ovl_error *err)
{
	uint32_t fixups = ovli_overlay_part(t, layer, OVLI_STR("__fixups__"));
	struct ovli_blob b = ovli_blob(t, layer);
	struct ovli_prop uses;

	if (!fixups)
		return OVL_OK;
	uses = ovli_prop_at(&b, ovli_props_start(&b, ovli_node(t, fixups)->off));
	for (; uses.tag; uses = ovli_prop_after(&b, &uses))
		if (fixup_label(t, layer, &uses, options, err))
			return err->code;
	return OVL_OK;
}

/* ---------------------------------------------------------------- symbols */

/* The overlay's node that a symbol of it names; *node is 0 for a path that leads to no fragment's content,
 * which means nothing outside the overlay. */
enum ovl_err ovli_symbol_node(const struct ovl_tree *t, uint32_t layer, const struct ovli_prop *symbol,
			      uint32_t *node, struct ovl_error *err)
{
	struct ovl_str path = ovli_text(symbol), step;
	uint32_t n = ovli_layer(t, layer)->nodes;

	err->label = ovl_str(symbol->name);
	err->path = path;
	*node = 0;
	if (!path.ptr || path.len == 0 || path.ptr[0] != '/')
		return ovli_fail(err, OVL_ERR_SYMBOL, symbol->tag);
	step = ovli_path_step(&path);
	n = step.len ? ovli_own_child(t, n, step) : 0;
	step = ovli_path_step(&path);
	if (n && ovli_same(step, "__overlay__", 11)) {
		n = ovli_own_path(t, n, step);
		*node = n ? ovli_own_path(t, n, path) : 0;
		if (!*node)
			return ovli_fail(err, OVL_ERR_SYMBOL, symbol->tag);
	}
	err->label = err->path = (struct ovl_str){ NULL, 0 };
	return OVL_OK;
}
