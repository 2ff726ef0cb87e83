/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* overlay.c - read what an overlay says beside its fragments: /__local_fixups__, /__fixups__,
 * /__symbols__.  In: a layer that was indexed, its phandles moved up by delta.  Each entry is proven to
 * name a cell that is there before the cell is written, in the layer's own copy.  Format: dtobj. */
#include "inner.h"

uint32_t ovli_overlay_part(const struct ovl_tree *t, uint32_t layer, struct ovl_str name)
{
	return ovli_own_child(t, ovli_layer(t, layer)->nodes, name);
}

/* The parts of the root that say what a tree's labels mean, and the overlay's numbers. */
bool ovli_names_part(const char *name)
{
	return ovli_is(name, "__symbols__") || ovli_is(name, "__fixups__") || ovli_is(name, "__local_fixups__");
}

/* The next child of the root that is a fragment, from node on, and its content; 0 when there is none. */
uint32_t ovli_fragment_from(const struct ovl_tree *t, uint32_t node, uint32_t *content)
{
	for (; node; node = ovli_node(t, node)->next) {
		*content = ovli_own_child(t, node, OVLI_STR("__overlay__"));
		if (*content && !ovli_names_part(ovli_name(t, node)))
			return node;
	}
	*content = 0;
	return 0;
}

/* The cell at off of a property; NULL when it does not lie inside. */
static unsigned char *cell_of(const struct ovl_tree *t, struct ovli_prop p, uint32_t off)
{
	if (!p.tag || ovli_prop_len(p) < 4 || off > ovli_prop_len(p) - 4)
		return NULL;
	return ovli_writable(t, ovli_prop_value(p) + off);
}

/* ---------------------------------------------------------------- local fixups */

/* One cell that holds a phandle of this overlay.  First it is moved up with the phandles; afterwards, when
 * the nodes have found their homes, it follows: the home may have kept a phandle of its own.  A node that
 * stands outside every fragment has no home; a reference to it keeps a number that no node has. */
static bool local_cell(const struct ovli_call *c, unsigned char *cell, bool follow)
{
	const struct ovl_tree *t = &c->tree;
	uint32_t delta = c->l->delta, number = ovli_be32(cell);
	uint32_t named = ovli_own_phandle(t, c->layer, follow ? number - delta : number);

	if (!named)     /* afterwards: a fixup wrote here since */
		return follow;
	if (!follow)
		number += delta;
	else if (ovli_home(t, named))
		number = ovli_node(t, ovli_home(t, named))->phandle;
	ovli_put32(cell, number);
	return true;
}

/* Entries stand in ascending order; one that comes twice would be moved up twice. */
static enum ovl_err local_prop(struct ovli_call *c, uint32_t node, struct ovli_prop list, bool follow)
{
	uint32_t i, off, before = 0;
	struct ovli_prop p;
	unsigned char *cell;

	c->prop = ovli_prop_name(list);
	c->node = ovli_name(&c->tree, node);
	p = ovli_own_prop(&c->tree, node, ovl_str(c->prop));
	for (i = 0; i < ovli_prop_len(list); i += 4, before = off) {
		off = ovli_be32(ovli_prop_value(list) + i);
		cell = cell_of(&c->tree, p, off);
		if (ovli_prop_len(list) % 4 || !cell)
			return ovli_fail(c, OVL_ERR_LOCAL_FIXUP, list.tag);
		if ((i && off <= before) || !local_cell(c, cell, follow))
			return ovli_fail(c, OVL_ERR_LOCAL_PHANDLE, list.tag);
	}
	return OVL_OK;
}

/* /__local_fixups__ mirrors the overlay: the same paths, the same property names, lists of offsets.  No
 * node below it is ever part of the tree, so its `older` can hold the node that it mirrors. */
enum ovl_err ovli_local_fixups(struct ovli_call *c, bool follow)
{
	const struct ovl_tree *t = &c->tree;
	uint32_t top = ovli_overlay_part(t, c->layer, OVLI_STR("__local_fixups__")), n;
	struct ovli_prop list;

	for (n = top; n; n = ovli_next_below(t, c->layer, top, n)) {
		struct ovli_over *mirror = ovli_over(t, n);

		mirror->older = n == top ? c->l->nodes
					 : ovli_own_namesake(t, ovli_over(t, mirror->node.parent)->older, n);
		if (!mirror->older) {
			c->node = ovli_name(t, n);
			return ovli_fail(c, OVL_ERR_LOCAL_FIXUP, ovli_begin_of(t, n));
		}
		for (list = ovli_first_prop(t, n); list.tag; list = ovli_next_prop(list))
			if (local_prop(c, mirror->older, list, follow))
				return c->code;
	}
	c->node = c->prop = NULL;
	return OVL_OK;
}

/* ---------------------------------------------------------------- fixups */

static bool split_at_colon(struct ovl_str *rest, struct ovl_str *part)
{
	uint32_t n = ovli_before(rest->ptr, rest->len, ':');

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
 * Without a base it holds where the label is. */
static enum ovl_err fixup_place(struct ovli_call *c, const unsigned char *tag, struct ovl_str path,
					   uint32_t named)
{
	const struct ovl_tree *t = &c->tree;
	uint32_t root = c->l->nodes, node, phandle;
	struct ovli_place place;
	unsigned char *cell = NULL;
	bool target;

	node = ovli_place_read(path, &place) ? ovli_own_path(t, root, place.path) : 0;
	if (node)
		cell = cell_of(t, ovli_own_prop(t, node, place.prop), place.off);
	if (!cell)
		return ovli_fail(c, OVL_ERR_FIXUP, tag);
	target = ovli_node(t, node)->parent == root &&
		 (ovli_same(place.prop, "target") || ovli_same(place.prop, "delete-target"));
	if (target)
		ovli_over(t, node)->newer = named ? named : (uint32_t)(tag - (const unsigned char *)t->words);
	if (!named)
		return OVL_OK;
	phandle = ovli_node(t, named)->phandle;
	if (!phandle && !target)
		return ovli_fail(c, OVL_ERR_NO_PHANDLE, tag);
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

/* The path that the caller gave for a label, as a layer keeps it. */
struct ovl_str ovli_kept_path(const struct ovl_tree *t, uint32_t layer, const char *wanted)
{
	const struct ovli_layer *l = ovli_layer(t, layer);
	uint32_t at = ovli_kept_texts(t, layer), end = layer + (l->kept ? l->words : 0);

	while (at < end) {
		struct ovl_str label = kept_text(t, &at), path = kept_text(t, &at);

		if (ovli_same(label, wanted))
			return path;
	}
	return (struct ovl_str){ NULL, 0 };
}

/* The same, as it is given now when the layer does not keep it. */
static struct ovl_str given_path(const struct ovli_call *c, const char *wanted)
{
	const struct ovl_symbol *given = c->options->symbols;
	uint32_t i;

	if (c->l->kept)
		return ovli_kept_path(&c->tree, c->layer, wanted);
	for (i = 0; i < c->options->n_symbols; i++)
		if (ovli_same(given[i].label, wanted))
			return given[i].path;
	return (struct ovl_str){ NULL, 0 };
}

static enum ovl_err find_label(struct ovli_call *c, const unsigned char *tag, uint32_t *named)
{
	const struct ovl_tree *t = &c->tree;
	struct ovl_str path;
	bool known;

	*named = ovli_label_node(t, ovl_str(c->label), &known);
	if (!known) {
		path = given_path(c, c->label);
		known = path.len;
		*named = ovl_node_by_path(t, path);
	}
	if (*named)
		return OVL_OK;
	if (known)
		return ovli_fail(c, OVL_ERR_NO_LABEL_NODE, tag);
	return ovli_fail(c, ovli_symbols(t) ? OVL_ERR_NO_LABEL : OVL_ERR_NO_SYMBOLS, tag);
}

/* One label and the list of its uses, NUL-terminated each. */
static enum ovl_err fixup_label(struct ovli_call *c, struct ovli_prop uses)
{
	const char *at = (const char *)ovli_prop_value(uses), *end = at + ovli_prop_len(uses);
	struct ovl_str path;
	uint32_t named = 0;

	c->label = ovli_prop_name(uses);
	if (at == end || end[-1] != 0)
		return ovli_fail(c, OVL_ERR_FIXUP, uses.tag);
	c->path = at;
	if (c->tree.base_layer && find_label(c, uses.tag, &named))
		return c->code;
	for (; at < end; at += path.len + 1) {
		c->path = at;
		path = (struct ovl_str){ at, ovli_strlen_in(at, (uint32_t)(end - at)) };
		if (fixup_place(c, uses.tag, path, named))
			return c->code;
	}
	c->path = c->label = NULL;
	return OVL_OK;
}

/* Without a base (base_layer 0) the entries are checked and nothing is resolved. */
enum ovl_err ovli_fixups(struct ovli_call *c)
{
	uint32_t fixups = ovli_overlay_part(&c->tree, c->layer, OVLI_STR("__fixups__"));
	struct ovli_prop uses = { NULL, NULL };

	if (fixups)
		uses = ovli_first_prop(&c->tree, fixups);
	for (; uses.tag; uses = ovli_next_prop(uses))
		if (fixup_label(c, uses))
			return c->code;
	return OVL_OK;
}

/* ---------------------------------------------------------------- symbols */

static bool begins_with(struct ovl_str path, struct ovl_str name)
{
	return path.len >= name.len && memcmp(path.ptr, name.ptr, name.len) == 0 &&
	       (path.len == name.len || path.ptr[name.len] == '/');
}

/* The overlay's node that a symbol of it names; *node is 0 for a path that leads to no fragment's content,
 * which means nothing outside the overlay.  False for one that is no path, or leads into content that is not there.
 * An __overlay__ that is none's, or beside a __delete__, has no home once the fragments are applied. */
bool ovli_symbol_node(const struct ovl_tree *t, uint32_t layer, struct ovli_prop symbol, uint32_t *node)
{
	struct ovl_str path = ovli_text(symbol), content = path;
	uint32_t n;

	*node = 0;
	if (path.len == 0 || path.ptr[0] != '/')
		return false;
	ovli_path_step(&content);
	ovli_pass_slashes(&content);
	if (!begins_with(content, OVLI_STR("__overlay__")))
		return true;
	n = ovli_own_path(t, ovli_layer(t, layer)->nodes, path);
	if (!t->base_layer || ovli_home(t, n))
		*node = n;
	return n;
}
