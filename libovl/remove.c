/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* remove.c - take a layer out of a tree, or leave the tree as it was; and tell what uses a layer.
 * All layers down to it are taken back; it is moved behind the others; these are built anew from what they
 * kept and applied again, in the storage that they had.  When one of them cannot be applied without the one
 * that went, the blocks are moved back and all are applied as they were, which cannot fail. */
#include "inner.h"

/* ---------------------------------------------------------------- blocks */

static void reverse(uint32_t *words, uint32_t n)
{
	uint32_t i, other;

	for (i = 0; i < n / 2; i++) {
		other = words[n - 1 - i];
		words[n - 1 - i] = words[i];
		words[i] = other;
	}
}

/* The first `first` words of n go behind the others. */
static OVLI_APART void rotate(uint32_t *words, uint32_t first, uint32_t n)
{
	if (first == n)         /* there are no others */
		return;
	reverse(words, first);
	reverse(words + first, n - first);
	reverse(words, n);
}

static void take_back(struct ovl_tree *t)
{
	uint32_t layer = t->top_layer, below = ovli_layer(t, layer)->below;

	ovli_drop(t, layer);
	t->top_layer = below;
	t->n_layers--;
}

/* A block that was moved to where t->used is becomes a layer again. */
static OVLI_APART void lay_anew(struct ovli_call *c)
{
	struct ovl_tree *t = &c->tree;
	uint32_t id = t->used;
	struct ovli_layer *l = ovli_layer(t, id);
	uint32_t words = l->words, kept = l->kept, flags = l->flags, n_reserved = l->n_reserved;
	unsigned char *structure = (unsigned char *)(t->words + id + OVLI_WORDS(ovli_layer));
	struct ovli_blob b = { .structure = structure, .size_structure = l->size_structure,
			       .strings = (const char *)structure + (l->strings - l->structure),
			       .size_strings = l->size_strings };
	struct ovli_room room = { .end = id + words, .stride = OVLI_WORDS(ovli_over),
				  .origin = (unsigned char *)t->words };

	room.first = id + OVLI_WORDS(ovli_layer) + (l->strings - l->structure + ovli_align4(l->size_strings)) / 4;
	memcpy(structure, t->words + id + kept, l->size_structure);
	ovli_scan(c, &b, &room);        /* neither fails: it was all done before, and nothing of it depends on the place */
	ovli_lay(c, &b);
	l->words = words;
	l->kept = kept;
	l->flags = flags;
	l->n_reserved = n_reserved;
	t->used = id + words;
}

/* And the newest one. */
static enum ovl_err apply_anew(struct ovli_call *c)
{
	struct ovl_apply_options options = { .flags = 0 };
	const struct ovli_layer *l;

	lay_anew(c);
	l = c->l;
	options.flags = l->flags;
	options.n_reserved = l->n_reserved;
	options.reserved = (const struct ovl_range *)(const void *)(c->tree.words +
								   ovli_kept_ranges(&c->tree, c->layer));
	c->options = &options;
	ovli_join(c);
	c->options = NULL;
	return c->code;
}

/* ---------------------------------------------------------------- the call */

/* The number of the newest layer from down to layer that kept nothing; 0 when all did. */
static uint32_t not_kept(const struct ovl_tree *t, uint32_t layer)
{
	uint32_t at = t->top_layer;

	for (; at > layer; at = ovli_layer(t, at)->below)
		if (!ovli_layer(t, at)->kept)
			return ovli_layer(t, at)->number;
	return ovli_layer(t, layer)->kept || layer == t->top_layer ? 0 : ovli_layer(t, layer)->number;
}

/* Apply the blocks from start up to end anew.  Returns how many were. */
static uint32_t apply_blocks(struct ovli_call *c, uint32_t end)
{
	uint32_t n = 0;

	while (c->tree.used < end && !apply_anew(c))
		n++;
	return n;
}

/* A text of a block from first on is where the block stands, so many words further up than it did. */
static void follow(const struct ovl_tree *t, struct ovl_str *text, uint32_t first, uint32_t words)
{
	uintptr_t at = (uintptr_t)text->ptr, from = (uintptr_t)(t->words + first), end = (uintptr_t)(t->words + t->used);

	if (at >= from && at < end)
		text->ptr += (size_t)words * sizeof(uint32_t);
}

/* *err says why an overlay cannot be applied without the one whose block is the first, and all are back. */
static OVLI_APART void tell_in_use(const struct ovl_tree *t, uint32_t first, uint32_t words, uint32_t number,
				   struct ovl_error *err)
{
	err->why = err->code;
	err->code = OVL_ERR_IN_USE;
	err->number = number;
	follow(t, &err->fragment, first, words);
	follow(t, &err->node, first, words);
	follow(t, &err->prop, first, words);
	follow(t, &err->label, first, words);
	follow(t, &err->path, first, words);
}

static enum ovl_err take_out(struct ovli_call *c, uint32_t layer, struct ovl_error *err)
{
	struct ovl_tree *t = &c->tree;
	uint32_t number = ovli_layer(t, layer)->number, words = ovli_layer(t, layer)->words, end = t->used;
	uint32_t above = t->n_layers - 1 - number, n;

	while (t->n_layers > number)
		take_back(t);
	rotate(t->words + layer, words, end - layer);
	n = apply_blocks(c, end - words);
	if (n == above)
		return OVL_OK;
	ovli_end(c, NULL, err);
	while (t->n_layers > number)
		take_back(t);
	rotate(t->words + layer, end - layer - words, end - layer);
	ovli_begin(c, t, OVL_OVERLAY);  /* nothing is in the way of these */
	apply_blocks(c, end);
	if (err)
		tell_in_use(t, layer, words, number + 1 + n, err);
	return OVL_ERR_IN_USE;
}

enum ovl_err ovl_remove(struct ovl_tree *t, uint32_t number, struct ovl_error *err)
{
	uint32_t layer = ovli_layer_of_number(t, number);
	struct ovli_call c;

	ovli_begin(&c, t, OVL_OVERLAY);
	c.number = layer ? not_kept(t, layer) : number;
	if (!layer)
		ovli_fail(&c, OVL_ERR_NO_LAYER, NULL);
	else if (c.number)
		ovli_fail(&c, OVL_ERR_NOT_KEPT, NULL);
	else if (take_out(&c, layer, err))
		return OVL_ERR_IN_USE;
	return ovli_end(&c, t, err);
}

uint32_t ovl_tree_layers(const struct ovl_tree *t)
{
	return t->n_layers - 1;
}

/* ---------------------------------------------------------------- uses */

/* What is looked at in turn, in each layer. */
enum { AT_TARGETS, AT_LABELS, AT_END };

static bool brought_by(const struct ovl_tree *t, uint32_t node, uint32_t number)
{
	return node && ovli_layer(t, ovli_layer_of(t, node))->number == number;
}

/* Whether a layer before the user would bring the node as well. */
static bool others_bring(const struct ovl_tree *t, uint32_t home, uint32_t user)
{
	uint32_t newest = ovli_node(t, home)->pieces, piece = newest;

	for (; piece; piece = ovli_over(t, piece)->older) {
		const struct ovli_over *o = ovli_over(t, piece);

		if (ovli_layer(t, o->layer)->number < user && o->layer != ovli_layer_of(t, home) &&
		    !ovli_is(ovli_name(t, piece), "__overlay__"))
			return true;
	}
	return false;
}

/* Whether a property would not be there without this version of it. */
static bool adds(const struct ovl_tree *t, uint32_t version)
{
	const struct ovli_version *v = ovli_version(t, version);

	return v->older ? ovli_version(t, v->older)->flags & OVLI_GONE : !(v->flags & OVLI_OWN);
}

/* Whether a node below __delete__ takes away a property that the layer in question added to its home. */
static bool deletes_prop_of(const struct ovl_tree *t, const struct ovl_use *use, uint32_t piece)
{
	const struct ovli_over *o = ovli_over(t, piece);
	uint32_t i;

	for (i = 0; i < o->n_versions; i++) {
		uint32_t older = ovli_version(t, o->versions + i * OVLI_WORDS(ovli_version))->older;

		if (older && adds(t, older) &&
		    ovli_layer(t, ovli_over(t, ovli_version(t, older)->piece)->layer)->number == use->of)
			return true;
	}
	return false;
}

/* What a fragment needs of the layer in question: its target, unless that is a label, which is told as such;
 * and all that it deletes.  0 when it needs nothing. */
static uint32_t needed_home(const struct ovl_tree *t, const struct ovl_use *use, uint32_t fragment)
{
	const struct ovli_layer *l = ovli_layer(t, use->layer);
	uint32_t n, home, content = ovli_own_child(t, fragment, OVLI_STR("__delete__"));

	for (n = content; n && n < l->nodes_end && (n == content || ovli_node(t, n)->parent >= content);
	     n += l->stride) {
		home = ovli_over(t, n)->home;
		if (home && ((brought_by(t, home, use->of) && !others_bring(t, home, use->user)) ||
			     deletes_prop_of(t, use, n)))
			return home;
	}
	content = ovli_own_child(t, fragment, OVLI_STR("__overlay__"));
	home = content && !ovli_over(t, fragment)->newer ? ovli_over(t, content)->home : 0;
	return brought_by(t, home, use->of) && !others_bring(t, home, use->user) ? home : 0;
}

/* use->at is the fragment to look at. */
static int next_target(const struct ovl_tree *t, struct ovl_use *use)
{
	while (use->at) {
		uint32_t fragment = use->at, home = needed_home(t, use, fragment);

		use->at = ovli_node(t, fragment)->next;
		if (!home)
			continue;
		use->fragment = ovl_node_name(t, fragment);
		use->node = home;
		return 1;
	}
	return 0;
}

static bool label_is_of(const struct ovl_tree *t, struct ovl_use *use, const char *label)
{
	uint32_t symbols = ovli_symbols(t);
	struct ovl_prop p;

	use->label = ovl_str(label);
	use->node = ovl_node_by_label(t, use->label);
	if (!use->node)
		use->node = ovl_node_by_path(t, ovli_kept_path(t, use->layer, label));
	return brought_by(t, use->node, use->of) ||
	       (symbols && ovl_prop_find(t, symbols, use->label, &p) && p.layer == use->of);
}

/* use->off is where the label's entry in /__fixups__ is in the storage, use->at the use of it to look at. */
static int next_label(const struct ovl_tree *t, struct ovl_use *use)
{
	const unsigned char *bytes = (const unsigned char *)t->words;
	const char *strings = (const char *)bytes + ovli_layer(t, use->layer)->strings;
	struct ovli_prop p = ovli_prop_from(bytes + use->off, strings);

	for (; p.tag; p = ovli_next_prop(p), use->at = 0) {
		if (use->at >= ovli_prop_len(p) || !label_is_of(t, use, ovli_prop_name(p)))
			continue;
		use->off = (uint32_t)(p.tag - bytes);
		use->place = ovl_str((const char *)ovli_prop_value(p) + use->at);
		use->at += use->place.len + 1;
		return 1;
	}
	return 0;
}

/* Go on to what is to be looked at next.  needs: use->at is 0, as at the end of each step. */
static void next_step(const struct ovl_tree *t, struct ovl_use *use)
{
	uint32_t fixups = ovli_overlay_part(t, use->layer, OVLI_STR("__fixups__"));

	use->fragment = use->label = use->place = (struct ovl_str){ NULL, 0 };
	if (use->step == AT_TARGETS) {
		use->step = fixups ? AT_LABELS : AT_END;
		use->off = fixups ? (uint32_t)(ovli_behind_name(ovli_begin_of(t, fixups)) -
					       (const unsigned char *)t->words) : 0;
	} else {
		use->step = AT_END;
	}
	if (use->step != AT_END)
		return;
	use->layer = ovli_layer_above(t, use->layer);
	if (!use->layer)
		return;
	use->user++;
	use->step = AT_TARGETS;
	use->at = ovli_layer(t, use->layer)->nodes + ovli_layer(t, use->layer)->stride;
}

int ovl_use_next(const struct ovl_tree *t, struct ovl_use *use)
{
	while (use->layer) {
		if (use->step == AT_TARGETS ? next_target(t, use) : next_label(t, use))
			return 1;
		next_step(t, use);
	}
	return 0;
}

int ovl_use_first(const struct ovl_tree *t, uint32_t number, struct ovl_use *use)
{
	use->of = use->user = number;
	use->layer = ovli_layer_of_number(t, number);
	if (!use->layer)
		return 0;
	use->step = AT_LABELS;
	next_step(t, use);
	return ovl_use_next(t, use);
}
