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

/* Undo whatever was done for the newest layer, newest first, and give its storage back. */
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
		if (o->flags & OVLI_IN_TRIE)
			ovli_trie_take(t, OVLI_CHILDREN, n, is_piece(t, n) ? 0 : o->older);
		if (!is_piece(t, n))
			continue;
		unlink_piece(t, n);
		/* No other node ever has this number: the home had it from here. */
		if (ovli_node(t, o->home)->phandle == o->node.phandle && o->home != n)
			ovli_node(t, o->home)->phandle = 0;
	}
	t->used = l->mark;
}

/* ---------------------------------------------------------------- merging */

struct merge {
	struct ovl_tree *t;
	uint32_t layer;
	const struct ovl_apply_options *options;
	struct ovl_error *err;
};

static bool existed(const struct merge *m, uint32_t home)
{
	return ovli_layer_of(m->t, home) != m->layer;
}

static bool has_flag(const struct merge *m, unsigned int flag)
{
	return m->options && (m->options->flags & flag);
}

/* A node's #cells say how its children are read: those there would be misread. */
bool ovli_counts_cells(struct ovl_str name)
{
	static const char *const cells[] = { "#address-cells", "#size-cells", "#interrupt-cells" };
	uint32_t i;

	for (i = 0; name.ptr[0] == '#' && i < 3; i++)
		if (ovli_same(name, cells[i], ovli_strlen(cells[i])))
			return true;
	return false;
}

static bool changes_cells(const struct merge *m, const struct ovli_prop *p, uint32_t home)
{
	struct ovl_str name = ovl_str(p->name);
	struct ovl_prop now;

	return ovli_counts_cells(name) && ovl_prop_find(m->t, home, name, &now) &&
	       (now.len != p->len || memcmp(now.value, p->value, p->len) != 0);
}

/* needs: piece->home.  adds: one version, in the trie unless it is left out (set false). */
static void add_version(struct merge *m, uint32_t piece, const struct ovli_prop *p, uint32_t target, bool set)
{
	struct ovli_layer *l = ovli_layer(m->t, m->layer);
	uint32_t id = l->next_version, home = ovli_over(m->t, piece)->home;
	struct ovli_version *v = ovli_version(m->t, id);

	l->next_version += OVLI_WORDS(ovli_version);
	ovli_over(m->t, piece)->n_versions++;
	memset(v, 0, sizeof(*v));
	v->piece = piece;
	v->off = p->tag;
	v->target = target;
	if (!set)
		return;
	v->flags = OVLI_SET;
	v->older = ovli_trie_put(m->t, OVLI_VERSIONS, id);
	if (v->older)
		v->flags |= ovli_version(m->t, v->older)->flags & OVLI_OWN;
	else if (!ovli_hides_own(m->t, home) && ovli_own_prop(m->t, home, ovl_str(p->name)).tag)
		v->flags |= OVLI_OWN;
	if (v->flags & OVLI_OWN)
		ovli_over(m->t, piece)->n_own++;
}

static enum ovl_err merge_props(struct merge *m, uint32_t piece)
{
	struct ovli_blob b = ovli_blob(m->t, m->layer);
	struct ovli_over *o = ovli_over(m->t, piece);
	struct ovli_node *home = ovli_node(m->t, o->home);
	struct ovli_prop p = ovli_prop_at(&b, ovli_props_start(&b, o->node.off));
	uint32_t first = ovli_layer(m->t, m->layer)->next_version;

	o->versions = first;
	for (; p.tag; p = ovli_prop_after(&b, &p)) {
		struct ovl_str name = ovl_str(p.name);
		bool phandle = ovli_same(name, "phandle", 7) || ovli_same(name, "linux,phandle", 13);

		m->err->prop = name;
		m->err->node = ovli_node_name(m->t, o->home);
		if (existed(m, o->home) && !has_flag(m, OVL_ALLOW_CELLS) && changes_cells(m, &p, o->home))
			return ovli_fail(m->err, OVL_ERR_CELLS, p.tag);
		if (existed(m, o->home) && has_flag(m, OVL_NEW_ONLY))
			return ovli_fail(m->err, OVL_ERR_TOUCHES, p.tag);
		add_version(m, piece, &p, 0, !phandle || !home->phandle);
	}
	m->err->prop = m->err->node = (struct ovl_str){ NULL, 0 };
	if (!home->phandle)
		home->phandle = o->node.phandle;
	return OVL_OK;
}

/* The parts of the root that say what a tree's labels mean are not for fragments to write. */
static bool protected_name(struct ovl_str name)
{
	return ovli_same(name, "__symbols__", 11) || ovli_same(name, "__fixups__", 10) ||
	       ovli_same(name, "__local_fixups__", 16);
}

bool ovli_protected(const struct ovl_tree *t, uint32_t node)
{
	uint32_t root = ovl_node_root(t), parent;

	for (; node != root; node = parent) {
		parent = ovl_node_parent(t, node);
		if (parent == root)
			return protected_name(ovli_node_name(t, node));
	}
	return false;
}

/* Base and overlay may each be as deep as is allowed, and the result no deeper. */
static bool too_deep(const struct merge *m, uint32_t node)
{
	uint32_t root = ovl_node_root(m->t), depth = 1;

	for (; node != root; node = ovl_node_parent(m->t, node))
		depth++;
	return depth > OVL_MAX_DEPTH;
}

/* One node below a fragment's content: its parent has its home. */
static enum ovl_err merge_node(struct merge *m, uint32_t node)
{
	struct ovli_over *n = ovli_over(m->t, node);
	uint32_t home = ovli_over(m->t, n->node.parent)->home, there;
	struct ovl_str name = ovli_node_name(m->t, node);

	if (home == ovl_node_root(m->t) && protected_name(name)) {
		m->err->node = name;
		return ovli_fail(m->err, OVL_ERR_PROTECTED, n->node.off);
	}
	there = home == n->node.parent ? 0 : ovl_node_child(m->t, home, name);
	if (there) {
		link_piece(m->t, node, there);
		return merge_props(m, node);
	}
	n->home = node;
	if (home != n->node.parent) {   /* all below a new node is new */
		n->flags |= OVLI_IN_TRIE;
		n->older = ovli_trie_put(m->t, OVLI_CHILDREN, node);    /* one of that name that was deleted */
	}
	if (too_deep(m, node)) {
		m->err->node = name;
		return ovli_fail(m->err, OVL_ERR_DEPTH, n->node.off);
	}
	return OVL_OK;
}

static enum ovl_err merge_content(struct merge *m, uint32_t content, uint32_t target)
{
	const struct ovli_layer *l = ovli_layer(m->t, m->layer);
	uint32_t n;

	link_piece(m->t, content, target);
	if (merge_props(m, content))
		return m->err->code;
	for (n = content + l->stride; n < l->nodes_end && ovli_node(m->t, n)->parent >= content; n += l->stride)
		if (merge_node(m, n))
			return m->err->code;
	return OVL_OK;
}

/* ---------------------------------------------------------------- deletions */

/* Each property of a node below __delete__ names one of its home that goes. */
static enum ovl_err delete_props(struct merge *m, uint32_t piece)
{
	struct ovli_blob b = ovli_blob(m->t, m->layer);
	struct ovli_layer *l = ovli_layer(m->t, m->layer);
	struct ovli_over *o = ovli_over(m->t, piece);
	struct ovli_prop p = ovli_prop_at(&b, ovli_props_start(&b, o->node.off));

	o->versions = l->next_version;
	for (; p.tag; p = ovli_prop_after(&b, &p)) {
		struct ovl_str name = ovl_str(p.name);
		struct ovl_prop now;

		m->err->prop = name;
		m->err->node = ovli_node_name(m->t, o->home);
		if (!ovl_prop_find(m->t, o->home, name, &now))
			return ovli_fail(m->err, OVL_ERR_NOT_THERE, p.tag);
		if (ovli_same(name, "phandle", 7) || ovli_same(name, "linux,phandle", 13))
			return ovli_fail(m->err, OVL_ERR_PROTECTED, p.tag);
		if (!has_flag(m, OVL_ALLOW_CELLS) && ovli_counts_cells(name))
			return ovli_fail(m->err, OVL_ERR_CELLS, p.tag);
		add_version(m, piece, &p, 0, true);
		ovli_version(m->t, l->next_version - OVLI_WORDS(ovli_version))->flags |= OVLI_GONE;
	}
	m->err->prop = m->err->node = (struct ovl_str){ NULL, 0 };
	return OVL_OK;
}

/* A node below __delete__: it names one of the tree, or, called __delete__ itself, says that the one above
 * it goes with all it has. */
static enum ovl_err delete_node(struct merge *m, uint32_t node)
{
	struct ovli_over *n = ovli_over(m->t, node), *above = ovli_over(m->t, n->node.parent);
	struct ovl_str name = ovli_node_name(m->t, node);
	uint32_t there, root = ovl_node_root(m->t);

	m->err->node = name;
	if (ovli_same(name, "__delete__", 10)) {
		if (above->home == root)
			return ovli_fail(m->err, OVL_ERR_PROTECTED, n->node.off);
		above->flags |= OVLI_TOMB;
		return OVL_OK;
	}
	if (!above->home || (above->home == root && protected_name(name)))
		return ovli_fail(m->err, OVL_ERR_PROTECTED, n->node.off);
	there = ovl_node_child(m->t, above->home, name);
	if (!there)
		return ovli_fail(m->err, OVL_ERR_NOT_THERE, n->node.off);
	link_piece(m->t, node, there);
	return delete_props(m, node);
}

static enum ovl_err delete_content(struct merge *m, uint32_t content, uint32_t target)
{
	struct ovli_layer *l = ovli_layer(m->t, m->layer);
	uint32_t n;

	if (has_flag(m, OVL_NEW_ONLY))
		return ovli_fail(m->err, OVL_ERR_TOUCHES, ovli_node(m->t, content)->off);
	l->deletes = 1;
	link_piece(m->t, content, target);
	if (delete_props(m, content))
		return m->err->code;
	for (n = content + l->stride; n < l->nodes_end && ovli_node(m->t, n)->parent >= content; n += l->stride)
		if (delete_node(m, n))
			return m->err->code;
	m->err->node = (struct ovl_str){ NULL, 0 };
	return OVL_OK;
}

/* ---------------------------------------------------------------- fragments */

/* What a fragment says of its target: a phandle, or a path (phandle 0).  One that deletes says it in
 * properties of other names, so that who does not know of deletions finds no target, and fails. */
static enum ovl_err read_target(struct merge *m, uint32_t fragment, bool deletes, uint32_t *phandle,
				struct ovl_str *path)
{
	struct ovl_str cell = deletes ? OVLI_STR("delete-target") : OVLI_STR("target");
	struct ovl_str text = deletes ? OVLI_STR("delete-target-path") : OVLI_STR("target-path");
	struct ovli_prop p = ovli_own_prop(m->t, fragment, cell);
	uint32_t off = ovli_node(m->t, fragment)->off;

	*phandle = 0;
	if (p.tag) {
		if (p.len != 4)
			return ovli_fail(m->err, OVL_ERR_FRAGMENT, p.tag);
		*phandle = ovli_be32(p.value);
	}
	/* Without a base the compiler's placeholder for a label, all ones, still stands there. */
	if (*phandle == ~0u && m->t->base_layer)
		return ovli_fail(m->err, OVL_ERR_FRAGMENT, p.tag);
	if (*phandle)
		return OVL_OK;
	p = ovli_own_prop(m->t, fragment, text);
	*path = p.tag ? ovli_text(&p) : (struct ovl_str){ NULL, 0 };
	return path->len ? OVL_OK : ovli_fail(m->err, OVL_ERR_FRAGMENT, p.tag ? p.tag : off);
}

static enum ovl_err find_target(struct merge *m, uint32_t fragment, bool deletes, uint32_t *target)
{
	struct ovl_str path = { NULL, 0 };
	uint32_t phandle, delta = ovli_layer(m->t, m->layer)->delta;

	*target = ovli_over(m->t, fragment)->newer;     /* a fixup found it */
	if (*target && ovli_alive(m->t, *target))
		return OVL_OK;
	if (read_target(m, fragment, deletes, &phandle, &path))
		return m->err->code;
	if (!phandle) {
		*target = ovli_find_path(m->t, path, has_flag(m, OVL_LOOSE));
	} else {
		*target = phandle > delta ? ovli_own_phandle(m->t, m->layer, phandle - delta) : 0;
		*target = *target ? ovli_home(m->t, *target) : ovl_node_by_phandle(m->t, phandle);
		if (*target && !ovli_alive(m->t, *target))
			*target = 0;
	}
	m->err->path = path;
	m->err->number = phandle;
	if (!*target)
		return ovli_fail(m->err, OVL_ERR_NO_TARGET, ovli_node(m->t, fragment)->off);
	if (ovli_protected(m->t, *target))
		return ovli_fail(m->err, OVL_ERR_PROTECTED, ovli_node(m->t, fragment)->off);
	m->err->path = (struct ovl_str){ NULL, 0 };
	m->err->number = 0;
	return OVL_OK;
}

/* One that deletes has no target that others would know, and adds nothing. */
static bool only_deletes(const struct merge *m, uint32_t fragment, uint32_t content)
{
	struct ovli_blob b = ovli_blob(m->t, m->layer);
	uint32_t after = content + ovli_layer(m->t, m->layer)->stride;

	return !ovli_own_prop(m->t, fragment, OVLI_STR("target")).tag &&
	       !ovli_own_prop(m->t, fragment, OVLI_STR("target-path")).tag &&
	       !ovli_prop_at(&b, ovli_props_start(&b, ovli_node(m->t, content)->off)).tag &&
	       (after == ovli_layer(m->t, m->layer)->nodes_end || ovli_node(m->t, after)->parent != content);
}

/* Any child of the root that holds `__overlay__` is a fragment, whatever its name.  *any is set when
 * there is one.  Without a base only what each says of its target is checked. */
static enum ovl_err merge_fragments(struct merge *m, bool *any)
{
	const struct ovli_layer *l = ovli_layer(m->t, m->layer);
	uint32_t fragment = l->nodes + l->stride, content, gone, target, phandle;
	struct ovl_str path;

	if (fragment == l->nodes_end)
		return OVL_OK;
	for (; fragment; fragment = ovli_node(m->t, fragment)->next) {
		content = ovli_own_child(m->t, fragment, OVLI_STR("__overlay__"));
		gone = ovli_own_child(m->t, fragment, OVLI_STR("__delete__"));
		m->err->fragment = ovli_node_name(m->t, fragment);
		if (!content || protected_name(m->err->fragment))
			continue;
		*any = true;
		if (gone && !only_deletes(m, fragment, content))
			return ovli_fail(m->err, OVL_ERR_FRAGMENT, ovli_node(m->t, fragment)->off);
		if (!m->t->base_layer) {
			if (read_target(m, fragment, gone, &phandle, &path))
				return m->err->code;
		} else if (find_target(m, fragment, gone, &target) ||
			   (gone ? delete_content(m, gone, target) : merge_content(m, content, target))) {
			return m->err->code;
		}
	}
	m->err->fragment = (struct ovl_str){ NULL, 0 };
	return OVL_OK;
}

/* ---------------------------------------------------------------- symbols */

/* The tree's /__symbols__; made from the overlay's when there is none.  Such a node shows none of its own
 * properties, whose paths are the overlay's, but only versions: it is a piece of itself. */
static void symbols_home(struct merge *m, uint32_t symbols)
{
	uint32_t root = ovl_node_root(m->t), top = ovli_layer(m->t, m->layer)->nodes;
	uint32_t home = ovl_node_child(m->t, root, OVLI_STR("__symbols__"));

	if (!home) {
		link_piece(m->t, top, root);
		ovli_over(m->t, symbols)->home = home = symbols;
		ovli_over(m->t, symbols)->flags |= OVLI_IN_TRIE | OVLI_HIDE_OWN;
		ovli_trie_put(m->t, OVLI_CHILDREN, symbols);
	}
	link_piece(m->t, symbols, home);
	ovli_over(m->t, symbols)->versions = ovli_layer(m->t, m->layer)->next_version;
}

static enum ovl_err merge_symbol(struct merge *m, uint32_t symbols, const struct ovli_prop *p)
{
	uint32_t node, now;
	bool known;

	if (ovli_symbol_node(m->t, m->layer, p, &node, m->err))
		return m->err->code;
	if (!node || !m->t->base_layer)
		return OVL_OK;
	if (!ovli_over(m->t, symbols)->home)
		symbols_home(m, symbols);
	now = ovli_label_node(m->t, ovl_str(p->name), &known);
	if (known && now && now != ovli_home(m->t, node)) {
		m->err->label = ovl_str(p->name);
		m->err->node = ovli_node_name(m->t, ovli_home(m->t, node));
		return ovli_fail(m->err, OVL_ERR_SYMBOL_TAKEN, p->tag);
	}
	add_version(m, symbols, p, node, !known || !now);
	return OVL_OK;
}

static enum ovl_err merge_symbols(struct merge *m, bool *any)
{
	uint32_t symbols = ovli_overlay_part(m->t, m->layer, OVLI_STR("__symbols__"));
	struct ovli_blob b = ovli_blob(m->t, m->layer);
	struct ovli_prop p;

	if (!symbols)
		return OVL_OK;
	p = ovli_prop_at(&b, ovli_props_start(&b, ovli_node(m->t, symbols)->off));
	for (; p.tag; p = ovli_prop_after(&b, &p)) {
		*any = true;
		if (merge_symbol(m, symbols, &p))
			return m->err->code;
	}
	return OVL_OK;
}

/* Whether a node of the overlay has another phandle in the tree. */
static bool phandles_differ(const struct ovl_tree *t, uint32_t layer)
{
	const struct ovli_layer *l = ovli_layer(t, layer);
	uint32_t n;

	for (n = l->nodes; n < l->nodes_end; n += l->stride) {
		const struct ovli_over *o = ovli_over(t, n);

		if (o->node.phandle && o->home && ovli_node(t, o->home)->phandle != o->node.phandle)
			return true;
	}
	return false;
}

/* ---------------------------------------------------------------- storage */

static uint32_t copy_words(const struct ovli_blob *b)
{
	return ovli_align4(b->size_structure) / 4 + ovli_align4(b->size_strings) / 4;
}

static uint64_t words_needed(const struct ovli_blob *whole, const struct ovli_counts *counts)
{
	return ovli_layer_words(counts, OVLI_WORDS(ovli_over)) + copy_words(whole) +
	       (uint64_t)counts->props * OVLI_WORDS(ovli_version);
}

/* What a layer keeps to be applied anew: its structure block as it came, the ranges that it was given, and
 * the labels.  These are texts, each behind its length. */
static uint64_t kept_words(uint32_t size_structure, const struct ovl_apply_options *options)
{
	uint64_t words = ovli_align4(size_structure) / 4;
	uint32_t i;

	if (!options || !(options->flags & OVL_KEEP))
		return 0;
	words += (uint64_t)options->n_reserved * OVLI_WORDS(ovl_range);
	for (i = 0; i < options->n_symbols; i++)
		words += 2 + ((uint64_t)options->symbols[i].label.len + 3) / 4 +
			 ((uint64_t)options->symbols[i].path.len + 3) / 4;
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
static void keep(struct ovl_tree *t, uint32_t layer, const struct ovl_apply_options *options)
{
	struct ovli_layer *l = ovli_layer(t, layer);
	uint32_t i;

	if (!options || !(options->flags & OVL_KEEP))
		return;
	l->kept = t->used - layer;
	l->flags = options->flags;
	l->n_reserved = options->n_reserved;
	memcpy(t->words + t->used, (unsigned char *)t->words + l->structure, l->size_structure);
	t->used = ovli_kept_ranges(t, layer);
	if (l->n_reserved)
		memcpy(t->words + t->used, options->reserved, l->n_reserved * sizeof(*options->reserved));
	t->used = ovli_kept_texts(t, layer);
	for (i = 0; i < options->n_symbols; i++) {
		keep_text(t, options->symbols[i].label);
		keep_text(t, options->symbols[i].path);
	}
}

static enum ovl_err count(const void *overlay, size_t len, const struct ovl_apply_options *options,
			  uint64_t *words, struct ovl_error *err)
{
	struct ovli_header h;
	struct ovli_blob whole;
	struct ovli_counts counts;
	bool untidy;

	if (ovli_header_read(overlay, len, &h, err))
		return err->code;
	whole = h.blob;
	if (ovli_scan(&h.blob, &counts, &untidy, err))
		return err->code;
	*words = words_needed(&whole, &counts) + kept_words(h.blob.size_structure, options);
	return OVL_OK;
}

enum ovl_err ovl_apply_size(const void *overlay, size_t len, const struct ovl_apply_options *options,
			    size_t *storage_bytes, struct ovl_error *err)
{
	struct ovl_error none;
	uint64_t words = 0;

	err = ovli_begin(err, &none, OVL_OVERLAY);
	if (count(overlay, len, options, &words, err))
		return err->code;
	*storage_bytes = (size_t)(words * sizeof(uint32_t));
	return OVL_OK;
}

static enum ovl_err too_small(const struct ovl_tree *t, const void *overlay, size_t len,
			      const struct ovl_apply_options *options, struct ovl_error *err)
{
	uint64_t words = 0;

	if (count(overlay, len, options, &words, err))
		return err->code;
	return ovli_no_space(err, t->used + words);
}

/* Copy an overlay into the storage as a layer, prove it, index it.  On failure t->used is unchanged. */
static enum ovl_err load_layer(struct ovl_tree *t, const void *overlay, size_t len,
			       const struct ovl_apply_options *options, uint32_t *layer,
			       struct ovl_error *err)
{
	uint32_t mark = t->used, id = t->used, at = id + OVLI_WORDS(ovli_layer);
	struct ovli_layer *l = ovli_layer(t, id);
	struct ovli_counts counts;
	struct ovli_header h;
	struct ovli_blob b;
	uint64_t words = 0;
	bool untidy;

	if (ovli_header_read(overlay, len, &h, err))
		return err->code;
	if (t->used > t->n_words ||
	    t->n_words - t->used < OVLI_WORDS(ovli_layer) + (uint64_t)copy_words(&h.blob))
		return too_small(t, overlay, len, options, err);
	memset(l, 0, sizeof(*l));
	l->mark = mark;
	l->below = t->top_layer;
	l->number = t->n_layers;
	l->stride = OVLI_WORDS(ovli_over);
	l->structure = at * 4;
	l->size_structure = h.blob.size_structure;
	l->strings = (at + ovli_align4(h.blob.size_structure) / 4) * 4;
	l->size_strings = h.blob.size_strings;
	memcpy(t->words + at, h.blob.structure, h.blob.size_structure);
	memcpy((unsigned char *)t->words + l->strings, h.blob.strings, h.blob.size_strings);

	b = ovli_blob(t, id);
	if (ovli_scan(&b, &counts, &untidy, err))
		return err->code;
	words = words_needed(&h.blob, &counts) + kept_words(b.size_structure, options);
	if (t->n_words - t->used < words)
		return ovli_no_space(err, t->used + words);
	l->size_structure = b.size_structure;
	t->used = at + copy_words(&h.blob);
	if (ovli_index(t, id, &counts, err)) {
		t->used = mark;
		return err->code;
	}
	l->versions = l->next_version = t->used;
	t->used += counts.props * OVLI_WORDS(ovli_version);
	keep(t, id, options);
	l->words = t->used - id;
	if (t->used > t->peak)
		t->peak = t->used;
	*layer = id;
	return OVL_OK;
}

/* ---------------------------------------------------------------- the calls */

/* needs: a layer that was loaded.  Without a base everything is checked that needs none. */
static enum ovl_err resolve_and_merge(struct merge *m)
{
	struct ovl_tree *t = m->t;
	bool any = false;

	if (ovli_move_phandles(t, m->layer, m->options, m->err) ||
	    ovli_local_fixups(t, m->layer, false, m->err) ||
	    ovli_fixups(t, m->layer, m->options, m->err) ||
	    merge_fragments(m, &any) ||
	    merge_symbols(m, &any))
		return m->err->code;
	if (!any)
		return ovli_fail(m->err, OVL_ERR_NOT_OVERLAY, 0);
	if (t->base_layer && phandles_differ(t, m->layer))
		return ovli_local_fixups(t, m->layer, true, m->err);
	return OVL_OK;
}

/* Make a loaded layer the tree's newest, or give its storage back. */
enum ovl_err ovli_join(struct ovl_tree *t, uint32_t layer, const struct ovl_apply_options *options,
		       struct ovl_error *err)
{
	struct merge m = { .t = t, .layer = layer, .options = options, .err = err };

	if (resolve_and_merge(&m)) {
		ovli_drop(t, layer);
		return err->code;
	}
	t->top_layer = layer;
	t->n_layers++;
	return OVL_OK;
}

enum ovl_err ovl_apply(struct ovl_tree *t, const void *overlay, size_t len,
		       const struct ovl_apply_options *options, struct ovl_error *err)
{
	struct ovl_error none;
	uint32_t layer;

	err = ovli_begin(err, &none, OVL_OVERLAY);
	if (load_layer(t, overlay, len, options, &layer, err))
		return err->code;
	return ovli_join(t, layer, options, err);
}

enum ovl_err ovl_check_overlay(const void *overlay, size_t len, void *storage, size_t storage_bytes,
			       struct ovl_error *err)
{
	struct ovl_tree t = { .words = storage, .n_words = ovli_words_of(storage_bytes) };
	struct ovl_error none;
	struct merge m = { .t = &t };

	m.err = ovli_begin(err, &none, OVL_OVERLAY);
	if (load_layer(&t, overlay, len, NULL, &m.layer, m.err))
		return m.err->code;
	return resolve_and_merge(&m);
}
