/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* apply.c - make an overlay the next layer of a tree, or leave the tree as it was.
 * In: any bytes.  The overlay is copied, proven, indexed; its numbers are resolved in the copy; then each
 * of its nodes finds its home: a node of the tree that it goes into, as a piece, or itself, as a new node.
 * Whatever fails on the way, everything done so far is taken back (ovli_drop).  All storage is taken
 * once, before the first change, by counts.  Rules: dtobj; DTSpec 5; include/ovl.h. */
#include "inner.h"

/* ---------------------------------------------------------------- pieces */

/* The pieces of a home are a ring: home->pieces is the newest, its `newer` is the oldest. */
static void link_piece(struct ovl_tree *t, uint32_t piece, uint32_t home)
{
	uint32_t newest = ovli_node(t, home)->pieces;
	struct ovli_over *p = ovli_over(t, piece);

	p->home = home;
	p->older = newest;
	p->newer = newest ? ovli_over(t, newest)->newer : piece;
	p->n_own = ovli_n_replaced(t, home);
	if (newest)
		ovli_over(t, newest)->newer = piece;
	ovli_node(t, home)->pieces = piece;
}

static void unlink_piece(struct ovl_tree *t, uint32_t piece)
{
	struct ovli_over *p = ovli_over(t, piece);
	uint32_t *newest = &ovli_node(t, p->home)->pieces;

	if (*newest == piece)
		*newest = p->older;
	else
		ovli_over(t, p->newer)->older = p->older;
	if (p->older)
		ovli_over(t, p->older)->newer = p->newer;
	else if (*newest)
		ovli_over(t, *newest)->newer = p->newer;
}

static bool is_piece(const struct ovl_tree *t, uint32_t node)
{
	const struct ovli_over *n = ovli_over(t, node);

	return n->home && (n->home != node || (n->flags & OVLI_HIDE_OWN));
}

/* Undo whatever was done for the newest layer, and give its storage back.  Newest first, but for /__symbols__, which
 * was put last wherever it stands: as nothing else brings or deletes it, no other record has its key (trie.c). */
void ovli_drop(struct ovl_tree *t, uint32_t layer)
{
	const struct ovli_layer *l = ovli_layer(t, layer);
	uint32_t n;

	for (n = l->next_version; n > l->versions; ) {
		n -= OVLI_WORDS(ovli_version);
		if (ovli_version(t, n)->flags & OVLI_SET)
			ovli_trie_take(t, OVLI_VERSIONS, n, ovli_version(t, n)->older);
	}
	for (n = l->nodes_end; n > l->nodes; ) {
		struct ovli_over *o;

		n -= l->stride;
		o = ovli_over(t, n);
		ovli_foresee_walk(o, OVLI_BACK);
		if (o->flags & OVLI_IN_TRIE)
			ovli_trie_take(t, OVLI_CHILDREN, n, is_piece(t, n) ? 0 : o->older);
		if (!is_piece(t, n))
			continue;
		unlink_piece(t, n);
		/* No other node ever has this number: the home had it from here. */
		if (ovli_node(t, o->home)->phandle == o->node.phandle && o->home != n)
			ovli_node(t, o->home)->phandle = 0;
	}
	t->used = layer;
}

/* ---------------------------------------------------------------- properties */

static bool existed(const struct ovli_call *c, uint32_t home)
{
	return ovli_layer_of(&c->tree, home) != c->layer;
}

static bool has_flag(const struct ovli_call *c, unsigned int flag)
{
	return c->options->flags & flag;
}

/* A node's #cells say how its children are read: those there would be misread. */
bool ovli_counts_cells(struct ovl_str name)
{
	return name.ptr[0] == '#' &&
	       (ovli_same(name, "#address-cells") || ovli_same(name, "#size-cells") ||
		ovli_same(name, "#interrupt-cells"));
}

/* Whether a property of a home may be set, or deleted, as p says. */
static enum ovl_err may_change(struct ovli_call *c, uint32_t home, struct ovli_prop p)
{
	bool cells = !has_flag(c, OVL_ALLOW_CELLS) && ovli_counts_cells(ovl_str(c->prop)), there = false;
	struct ovli_prop now = p;
	uint32_t version;

	if (c->deletes || cells)
		there = ovli_find_prop(&c->tree, home, ovl_str(c->prop), &now, &version);
	if (c->deletes && !there)
		return ovli_fail(c, OVL_ERR_NOT_THERE, p.tag);
	if (c->deletes && ovli_names_phandle(c->prop))
		return ovli_fail(c, OVL_ERR_PROTECTED, p.tag);
	if (cells && (c->deletes || (there && existed(c, home) && !ovli_same_value(now, p))))
		return ovli_fail(c, OVL_ERR_CELLS, p.tag);
	if (has_flag(c, OVL_NEW_ONLY) && existed(c, home))
		return ovli_fail(c, OVL_ERR_TOUCHES, p.tag);
	return OVL_OK;
}

/* needs: piece->home.  adds: one version, which it gives, in the trie unless it is left out (no flags). */
static uint32_t add_version(struct ovli_call *c, uint32_t piece, struct ovli_prop p, uint32_t target, uint32_t flags)
{
	struct ovl_tree *t = &c->tree;
	struct ovli_over *o = ovli_over(t, piece);
	uint32_t id = c->l->next_version;
	struct ovli_version *v = ovli_version(t, id);

	c->l->next_version += OVLI_WORDS(ovli_version);
	o->n_versions++;
	*v = (struct ovli_version){ .piece = piece, .off = (uint32_t)(p.tag - (const unsigned char *)t->words),
				    .target = target, .flags = flags };
	if (!flags)
		return id;
	v->older = ovli_trie_put(t, OVLI_VERSIONS, id);
	if (v->older) {
		ovli_version(t, v->older)->flags |= OVLI_OLD;
	} else if (!ovli_hides_own(t, o->home) && ovli_own_prop(t, o->home, ovl_str(ovli_prop_name(p))).tag) {
		v->flags |= OVLI_OWN;
		o->n_own++;
	}
	return id;
}

/* The newest of all is left out after all: it says what there was before. */
static void leave_out(struct ovl_tree *t, uint32_t version)
{
	struct ovli_version *v = ovli_version(t, version);

	ovli_trie_take(t, OVLI_VERSIONS, version, v->older);
	ovli_over(t, v->piece)->n_own -= (v->flags & OVLI_OWN) != 0;
	v->flags = v->older = 0;
}

/* The properties of a piece replace those of its home, or below __delete__ name those of it that go. */
static enum ovl_err change_props(struct ovli_call *c, uint32_t piece)
{
	const struct ovl_tree *t = &c->tree;
	struct ovli_over *o = ovli_over(t, piece);
	struct ovli_node *home = ovli_node(t, o->home);
	struct ovli_prop p;

	o->versions = c->l->next_version;
	c->node = ovli_name(t, o->home);
	for (p = ovli_first_prop(t, piece); p.tag; p = ovli_next_prop(p)) {
		c->prop = ovli_prop_name(p);
		if (may_change(c, o->home, p))
			return c->code;
		add_version(c, piece, p, 0, home->phandle && ovli_names_phandle(c->prop) ? 0 :
			    c->deletes ? OVLI_SET | OVLI_GONE : OVLI_SET);
	}
	c->prop = c->node = NULL;
	if (!home->phandle)
		home->phandle = o->node.phandle;
	c->phandles_differ |= o->node.phandle && o->node.phandle != home->phandle;
	return OVL_OK;
}

/* ---------------------------------------------------------------- nodes */

/* How deep a node is, the root being 1, and which child of the root it is, or lies below. */
static uint32_t depth_of(const struct ovl_tree *t, uint32_t node, uint32_t *top)
{
	uint32_t depth = 1;

	for (*top = node; node != OVLI_ROOT; node = ovli_parent(t, node), depth++)
		*top = node;
	return depth;
}

/* Whether it is, or lies below, a part of the root that is not for fragments to write. */
bool ovli_protected(const struct ovl_tree *t, uint32_t node)
{
	uint32_t top;

	depth_of(t, node, &top);
	return ovli_names_part(ovli_name(t, top));      /* the root itself has no name */
}

/* The child of its home that a node goes into; 0: there is none, and unless it is to be deleted, the node becomes one.
 * As most do, it is put into the trie at once, and taken out when another is there. */
static uint32_t join_child(struct ovli_call *c, uint32_t node, uint32_t home)
{
	struct ovl_tree *t = &c->tree;
	struct ovli_over *n = ovli_over(t, node);
	struct ovl_str name = ovl_str(c->node);
	uint32_t there, older;

	if (c->deletes)
		return ovl_node_child(t, home, name);
	there = ovli_own_child(t, home, name);
	if (there && ovli_stands(t, there))
		return there;
	older = ovli_trie_put(t, OVLI_CHILDREN, node);
	if (older && !ovli_gone(t, older)) {
		ovli_trie_take(t, OVLI_CHILDREN, node, older);
		return older;
	}
	n->flags |= OVLI_IN_TRIE;
	n->older = older;       /* one of that name that was deleted */
	return 0;
}

/* One node below a fragment's content, whose parent has its home.  Below __delete__ it names one of the tree,
 * or, called __delete__ itself, says that the one above it goes with all it has. */
static enum ovl_err change_node(struct ovli_call *c, uint32_t node)
{
	struct ovl_tree *t = &c->tree;
	struct ovli_over *n = ovli_over(t, node), *above = ovli_over(t, n->node.parent);
	uint32_t there = 0, top;
	bool tomb = c->deletes && ovli_is(ovli_name(t, node), "__delete__");

	ovli_foresee_walk(n, OVLI_ONWARD);
	c->node = ovli_name(t, node);
	if (!above->home || (above->home == OVLI_ROOT && (tomb || ovli_names_part(c->node))))
		return ovli_fail(c, OVL_ERR_PROTECTED, ovli_begin_of(t, node));
	if (tomb) {
		above->flags |= OVLI_TOMB;
		return OVL_OK;
	}
	if (above->home != n->node.parent)      /* all below a new node is new */
		there = join_child(c, node, above->home);
	if (there) {
		link_piece(t, node, there);
		return change_props(c, node);
	}
	if (c->deletes)
		return ovli_fail(c, OVL_ERR_NOT_THERE, ovli_begin_of(t, node));
	n->home = node;
	if (depth_of(t, node, &top) > OVL_MAX_DEPTH)      /* base and overlay may each be that deep */
		return ovli_fail(c, OVL_ERR_DEPTH, ovli_begin_of(t, node));
	return OVL_OK;
}

static enum ovl_err change_content(struct ovli_call *c, uint32_t content, uint32_t target)
{
	uint32_t n = content;

	if (c->deletes && has_flag(c, OVL_NEW_ONLY))
		return ovli_fail(c, OVL_ERR_TOUCHES, ovli_begin_of(&c->tree, content));
	c->l->deletes |= c->deletes;
	link_piece(&c->tree, content, target);
	if (change_props(c, content))
		return c->code;
	while ((n = ovli_next_below(&c->tree, c->layer, content, n)))
		if (change_node(c, n))
			return c->code;
	c->node = NULL;
	return OVL_OK;
}

/* ---------------------------------------------------------------- fragments */

/* One that deletes says its target in properties of other names, so that who does not know of deletions finds no
 * target, and fails. */
static struct ovli_prop target_prop(const struct ovli_call *c, uint32_t fragment)
{
	return ovli_own_prop(&c->tree, fragment, c->deletes ? OVLI_STR("delete-target") : OVLI_STR("target"));
}

/* What a fragment says of its target: a phandle, c->number, or a path, c->path. */
static enum ovl_err read_target(struct ovli_call *c, uint32_t fragment)
{
	const struct ovl_tree *t = &c->tree;
	struct ovli_prop p = target_prop(c, fragment);
	uint32_t number = p.tag && ovli_prop_len(p) == 4 ? ovli_be32(ovli_prop_value(p)) : 0;

	/* The compiler's placeholder for a label, all ones, for which no fixup found one. */
	if (p.tag && (ovli_prop_len(p) != 4 || number == ~0u))
		return ovli_fail(c, OVL_ERR_FRAGMENT, p.tag);
	c->number = number;
	if (number)
		return OVL_OK;
	p = ovli_own_prop(t, fragment, c->deletes ? OVLI_STR("delete-target-path") : OVLI_STR("target-path"));
	c->path = p.tag ? ovli_text(p).ptr : NULL;
	if (c->path && *c->path)
		return OVL_OK;
	return ovli_fail(c, OVL_ERR_FRAGMENT, p.tag ? p.tag : ovli_begin_of(t, fragment));
}

/* The node that a phandle names: one that this overlay brought in an earlier fragment, or the tree's. */
static uint32_t by_phandle(const struct ovli_call *c, uint32_t phandle)
{
	uint32_t own = phandle > c->l->delta ? ovli_own_phandle(&c->tree, c->layer, phandle - c->l->delta) : 0;

	return own ? ovli_home(&c->tree, own) : ovl_node_by_phandle(&c->tree, phandle);
}

/* 0 when there is none, and without a base, where only what the fragment says is looked at. */
static uint32_t find_target(struct ovli_call *c, uint32_t fragment)
{
	const struct ovl_tree *t = &c->tree;
	uint32_t target = ovli_over(t, fragment)->newer;        /* a fixup found it */
	struct ovli_prop p = target_prop(c, fragment);

	/* The fixup may be of the other of the two properties, or of one cell of several. */
	bool found = target && p.tag && ovli_prop_len(p) == 4;

	if ((!found && read_target(c, fragment)) || !t->base_layer)
		return 0;
	if (found)
		c->number = ovli_node(t, target)->phandle;
	else
		target = c->number ? by_phandle(c, c->number)
				   : ovli_find_path(t, ovl_str(c->path), has_flag(c, OVL_LOOSE));
	if (!target || !ovli_alive(t, target))
		ovli_fail(c, OVL_ERR_NO_TARGET, ovli_begin_of(t, fragment));
	return target;
}

/* One that deletes has no target that others would know, and adds nothing. */
static bool only_deletes(const struct ovli_call *c, uint32_t fragment, uint32_t content)
{
	const struct ovl_tree *t = &c->tree;

	return !ovli_own_prop(t, fragment, OVLI_STR("target")).tag &&
	       !ovli_own_prop(t, fragment, OVLI_STR("target-path")).tag &&
	       !ovli_first_prop(t, content).tag && !ovli_next_below(t, c->layer, content, content);
}

static enum ovl_err apply_fragment(struct ovli_call *c, uint32_t fragment, uint32_t content)
{
	const struct ovl_tree *t = &c->tree;
	uint32_t gone = ovli_own_child(t, fragment, OVLI_STR("__delete__")), target;

	c->fragment = ovli_name(t, fragment);
	c->any = true;
	c->deletes = gone;
	if (gone && !only_deletes(c, fragment, content))
		return ovli_fail(c, OVL_ERR_FRAGMENT, ovli_begin_of(t, fragment));
	target = find_target(c, fragment);
	if (!c->code && target && ovli_protected(t, target))    /* a label may name any node */
		ovli_fail(c, OVL_ERR_PROTECTED, ovli_begin_of(t, fragment));
	if (c->code)
		return c->code;
	c->path = NULL;
	c->number = 0;
	return target ? change_content(c, gone ? gone : content, target) : OVL_OK;
}

static OVLI_APART enum ovl_err apply_fragments(struct ovli_call *c)
{
	const struct ovl_tree *t = &c->tree;
	uint32_t fragment = ovli_next_below(t, c->layer, c->l->nodes, c->l->nodes), content;

	while ((fragment = ovli_fragment_from(t, fragment, &content))) {
		if (apply_fragment(c, fragment, content))
			return c->code;
		fragment = ovli_node(t, fragment)->next;
	}
	c->fragment = NULL;
	return OVL_OK;
}

/* ---------------------------------------------------------------- symbols */

/* The tree's /__symbols__; made from the overlay's when there is none.  Such a node shows none of its own
 * properties, whose paths are the overlay's, but only versions: it is a piece of itself. */
static void symbols_home(struct ovli_call *c, uint32_t symbols)
{
	struct ovl_tree *t = &c->tree;

	if (!c->l->symbols) {
		link_piece(t, ovli_node(t, symbols)->parent, OVLI_ROOT);
		ovli_over(t, symbols)->home = c->l->symbols = symbols;
		ovli_over(t, symbols)->flags |= OVLI_IN_TRIE | OVLI_HIDE_OWN;
		ovli_trie_put(t, OVLI_CHILDREN, symbols);
	}
	link_piece(t, symbols, c->l->symbols);
	ovli_over(t, symbols)->versions = c->l->next_version;
}

/* The node that a label named before it got this version; 0: none. */
static uint32_t named_before(const struct ovl_tree *t, uint32_t version)
{
	const struct ovli_version *v = ovli_version(t, version);
	const char *label = ovli_prop_name(ovli_version_prop(t, version));
	uint32_t home = ovli_home(t, v->piece);

	if (v->older)
		return ovli_in_place_of(t, ovli_home(t, ovli_version(t, v->older)->target));
	return v->flags & OVLI_OWN ? ovl_node_by_path(t, ovli_text(ovli_own_prop(t, home, ovl_str(label)))) : 0;
}

static enum ovl_err apply_symbol(struct ovli_call *c, uint32_t symbols, struct ovli_prop p)
{
	struct ovl_tree *t = &c->tree;
	uint32_t node, before, version;

	if (!ovli_symbol_node(t, c->layer, p, &node)) {
		c->label = ovli_prop_name(p);
		c->path = ovli_text(p).ptr;
		return ovli_fail(c, OVL_ERR_SYMBOL, p.tag);
	}
	if (!node || !t->base_layer)
		return OVL_OK;
	if (!ovli_over(t, symbols)->home)
		symbols_home(c, symbols);
	version = add_version(c, symbols, p, node, OVLI_SET);
	before = named_before(t, version);
	if (before && before != ovli_home(t, node)) {
		c->label = ovli_prop_name(p);
		c->node = ovli_name(t, ovli_home(t, node));
		return ovli_fail(c, OVL_ERR_SYMBOL_TAKEN, p.tag);
	}
	if (before)
		leave_out(t, version);
	return OVL_OK;
}

static OVLI_APART enum ovl_err apply_symbols(struct ovli_call *c)
{
	uint32_t symbols = ovli_overlay_part(&c->tree, c->layer, OVLI_STR("__symbols__"));
	struct ovli_prop p = { NULL, NULL };

	if (symbols)
		p = ovli_first_prop(&c->tree, symbols);
	for (; p.tag; p = ovli_next_prop(p)) {
		c->any = true;
		if (apply_symbol(c, symbols, p))
			return c->code;
	}
	return OVL_OK;
}

/* ---------------------------------------------------------------- storage */

static uint32_t words_of(uint32_t bytes)
{
	return bytes / 4 + (bytes % 4 != 0);
}

/* What a layer keeps to be applied anew: its structure block as it came, the ranges that it was given, and
 * the labels.  These are texts, each behind its length. */
static uint64_t kept_words(const struct ovl_apply_options *o, uint32_t size_structure)
{
	uint64_t words = words_of(size_structure) + (uint64_t)o->n_reserved * OVLI_WORDS(ovl_range);
	uint32_t i;

	if (!(o->flags & OVL_KEEP))
		return 0;
	for (i = 0; i < o->n_symbols; i++)
		words += 2 + (uint64_t)words_of(o->symbols[i].label.len) + words_of(o->symbols[i].path.len);
	return words;
}

static void keep_text(struct ovl_tree *t, struct ovl_str text)
{
	t->words[t->used] = text.len;
	if (text.len)
		memcpy(t->words + t->used + 1, text.ptr, text.len);
	t->used += 1 + ovli_align4(text.len) / 4;
}

/* needs: nothing of the layer's copy changed yet. */
static void keep(struct ovli_call *c)
{
	struct ovl_tree *t = &c->tree;
	const struct ovl_apply_options *o = c->options;
	struct ovli_layer *l = c->l;
	uint32_t i;

	if (!has_flag(c, OVL_KEEP))
		return;
	l->kept = t->used - c->layer;
	l->flags = o->flags;
	l->n_reserved = o->n_reserved;
	memcpy(t->words + t->used, (unsigned char *)t->words + l->structure, l->size_structure);
	t->used = ovli_kept_ranges(t, c->layer);
	if (o->n_reserved)
		memcpy(t->words + t->used, o->reserved, o->n_reserved * sizeof(*o->reserved));
	t->used = ovli_kept_texts(t, c->layer);
	for (i = 0; i < o->n_symbols; i++) {
		keep_text(t, o->symbols[i].label);
		keep_text(t, o->symbols[i].path);
	}
}

/* Read a header, copy the blocks to where a layer's stand, when there is room for that, and prove them.
 * *words is what the layer needs. */
enum ovl_err ovli_prove_overlay(struct ovli_call *c, const void *overlay, size_t len, struct ovli_blob *b,
				uint32_t room, uint64_t *words)
{
	struct ovli_room records = { .stride = OVLI_WORDS(ovli_over) };
	uint32_t structure;
	unsigned char *copy;

	if (ovli_header_read(c, overlay, len, b))
		return c->code;
	structure = words_of(b->size_structure);
	*words = (uint64_t)structure + words_of(b->size_strings);
	if (room >= OVLI_WORDS(ovli_layer) + *words) {
		copy = (unsigned char *)(c->tree.words + c->tree.used + OVLI_WORDS(ovli_layer));
		/* Names are read by words, what fills up the last one too. */
		c->tree.words[c->tree.used + OVLI_WORDS(ovli_layer) + *words - 1] = 0;
		memcpy(copy, b->structure, b->size_structure);
		b->structure = copy;
		copy += (size_t)structure * 4;
		memcpy(copy, b->strings, b->size_strings);
		b->strings = (const char *)copy;
		c->room = 0;
		records.origin = (unsigned char *)c->tree.words;
		records.first = c->tree.used + OVLI_WORDS(ovli_layer) + (uint32_t)*words;
		records.end = c->tree.used + room;
	}
	if (ovli_scan(c, b, records.end ? &records : NULL))
		return c->code;
	*words += ovli_layer_words(b, OVLI_WORDS(ovli_over)) + (uint64_t)b->props * OVLI_WORDS(ovli_version) +
		  kept_words(c->options, b->size_structure);
	return OVL_OK;
}

/* needs: a proven copy behind where the record goes.  adds: the record, all that its look-ups need, and
 * room for versions. */
enum ovl_err ovli_lay(struct ovli_call *c, const struct ovli_blob *b)
{
	struct ovl_tree *t = &c->tree;
	struct ovli_layer *l = ovli_layer(t, t->used);

	c->layer = t->used;
	c->l = l;
	memset(l, 0, sizeof(*l));
	l->below = t->top_layer;
	l->symbols = ovli_symbols(t);   /* without a base this layer is the tree's, and has none yet */
	l->number = t->n_layers;
	l->stride = OVLI_WORDS(ovli_over);
	l->structure = (uint32_t)(b->structure - (unsigned char *)t->words);
	l->size_structure = b->size_structure;
	l->strings = (uint32_t)((const unsigned char *)b->strings - (unsigned char *)t->words);
	l->size_strings = b->size_strings;
	l->untidy = b->untidy;
	t->used = l->strings / 4 + words_of(b->size_strings);
	if (ovli_index(c, b))
		return c->code;
	l->versions = l->next_version = t->used;
	t->used += b->props * OVLI_WORDS(ovli_version);
	return OVL_OK;
}

static enum ovl_err load_layer(struct ovli_call *c, const void *overlay, size_t len)
{
	struct ovl_tree *t = &c->tree;
	uint32_t room = t->used < t->n_words ? (uint32_t)t->n_words - t->used : 0;
	struct ovli_blob b;
	uint64_t words = 0;

	if (ovli_prove_overlay(c, overlay, len, &b, room, &words))
		return c->code;
	if (room < words)
		return ovli_no_space(c, OVL_STORAGE, (t->used + words) * sizeof(uint32_t));
	if (ovli_lay(c, &b))
		return c->code;
	keep(c);
	c->l->words = t->used - c->layer;
	if (t->used > t->peak)
		t->peak = t->used;
	return OVL_OK;
}

/* ---------------------------------------------------------------- the calls */

static enum ovl_err resolve_and_merge(struct ovli_call *c)
{
	if (ovli_move_phandles(c) || ovli_local_fixups(c, false) || ovli_fixups(c) || apply_fragments(c) ||
	    apply_symbols(c))
		return c->code;
	if (!c->any)
		return ovli_fail(c, OVL_ERR_NOT_OVERLAY, NULL);
	if (c->phandles_differ)
		return ovli_local_fixups(c, true);
	return OVL_OK;
}

/* Make a loaded layer the tree's newest, or give its storage back.  Without a base everything is checked that
 * needs none. */
enum ovl_err ovli_join(struct ovli_call *c)
{
	if (resolve_and_merge(c)) {
		ovli_drop(&c->tree, c->layer);
		return c->code;
	}
	c->tree.top_layer = c->layer;
	c->tree.n_layers++;
	return OVL_OK;
}

enum ovl_err ovl_apply(struct ovl_tree *t, const void *overlay, size_t len,
		       const struct ovl_apply_options *options, struct ovl_error *err)
{
	struct ovli_call c;

	ovli_begin(&c, t, OVL_OVERLAY);
	if (options)
		c.options = options;
	if (!load_layer(&c, overlay, len))
		ovli_join(&c);
	return ovli_end(&c, t, err);
}

enum ovl_err ovl_apply_size(const void *overlay, size_t len, const struct ovl_apply_options *options,
			    size_t *storage_bytes, struct ovl_error *err)
{
	struct ovli_call c;
	struct ovli_blob b;
	uint64_t words = 0;

	ovli_begin(&c, NULL, OVL_OVERLAY);
	if (options)
		c.options = options;
	if (!ovli_prove_overlay(&c, overlay, len, &b, 0, &words))
		*storage_bytes = (size_t)(words * sizeof(uint32_t));
	return ovli_end(&c, NULL, err);
}

/* The tree has this layer only, at the start of the storage, and no base. */
enum ovl_err ovli_check_overlay(struct ovli_call *c, const void *overlay, size_t len, void *storage,
				size_t storage_bytes)
{
	ovli_begin(c, NULL, OVL_OVERLAY);
	c->tree.words = storage;
	c->tree.n_words = ovli_words_of(storage_bytes);
	return load_layer(c, overlay, len) ? c->code : ovli_join(c);
}

enum ovl_err ovl_check_overlay(const void *overlay, size_t len, void *storage, size_t storage_bytes,
			       struct ovl_error *err)
{
	struct ovli_call c;

	ovli_check_overlay(&c, overlay, len, storage, storage_bytes);
	return ovli_end(&c, NULL, err);
}
