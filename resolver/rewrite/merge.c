/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* merge.c - ovl merge: several overlays into one that does what they do in their order.
 * The first one is added to: fragments with the same target become one where nothing between them writes the
 * same names; what a later one does to a node of an earlier one is done to that node; labels between them become
 * local.  Every node and value is gone through once, and made anew in the first draft. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "grow.h"
#include "holes.h"
#include "malformed.h"
#include "override.h"
#include "path.h"
#include "text.h"

enum { OPT_BASE = 256, OPT_LAST_WINS };

static const struct option_row merge_options[] = {
	{ OPT_BASE, "base", "FILE", "the base they are for: tells which targets are one node" },
	{ OPT_LAST_WINS, "last-wins", NULL, "let a later overlay set what an earlier one set otherwise" },
	{ 'o', "output", "FILE", "write the overlay to FILE (- for standard output)" },
};

/* What is known by a text. */
struct entry {
	const char *key;
	uint32_t hash;
	uint32_t number; /* targets, fragments: how many there were then; writers: when it was last written */
	uint32_t before; /* writers: the same for other fragments than the last one */
	const char *target; /* fragments */
	const struct node *fragment; /* writers */
	struct node *node; /* targets: what the last fragment brings; given: who gives the phandle */
	const struct prop *prop;
	size_t overlay;
};

struct table {
	struct entry *slots;
	size_t n, room;
};

/* A property was set by an overlay before this one, too. */
struct doubt {
	const char *setting;
	size_t overlay;
	struct value was, is;
};

struct merge {
	struct diags *diags;
	char **names;
	size_t n;
	const char *base, *output;
	bool last_wins, conflict;

	struct blob base_blob, *blobs;
	struct stack stack;
	struct draft *drafts;	/* the result is made in the first */
	size_t at;		/* the overlay being merged */
	struct table targets;	/* the last fragment of each target */
	struct table fragments; /* the target of each fragment */
	struct table settings;	/* target and path and property: who set it */
	struct table writers;	/* by property, or with a base by path and property */
	struct table given;	/* by path: nodes of the base that the overlays give a phandle */
	struct doubt *doubts;	/* of the overlay being merged */
	size_t n_doubts, doubts_room;
	uint32_t n_fragments, barrier;
};

/* ---------------------------------------------------------------- tables */

static uint32_t hash_text(const char *text)
{
	uint32_t hash = 0x811c9dc5u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x01000193u;
	return hash;
}

static struct entry *slot(const struct table *t, const char *key, uint32_t hash)
{
	size_t i = hash & (t->room - 1);

	while (t->slots[i].key && (t->slots[i].hash != hash || strcmp(t->slots[i].key, key) != 0))
		i = (i + 1) & (t->room - 1);
	return &t->slots[i];
}

/* The entry of a key, made when there is none; the pool ends the run when there is no memory. */
static struct entry *entry(struct merge *m, struct table *t, const char *key)
{
	uint32_t hash = hash_text(key);
	struct entry *e;

	if (t->n * 2 >= t->room) {
		struct table old = *t;

		t->room = old.room ? old.room * 2 : 256;
		t->slots = pool_alloc(m->drafts[0].pool, t->room * sizeof(*t->slots));
		for (size_t i = 0; i < old.room; i++)
			if (old.slots[i].key)
				*slot(t, old.slots[i].key, old.slots[i].hash) = old.slots[i];
	}
	e = slot(t, key, hash);
	if (!e->key) {
		*e = (struct entry){ .key = key, .hash = hash };
		t->n++;
	}
	return e;
}

/* ---------------------------------------------------------------- properties */

/* Where a node of an overlay went. */
static struct node *became(struct node *node)
{
	return node && node->mirror ? node->mirror : node;
}

static const struct marker *next_ref(const struct marker *m)
{
	while (m && m->type != MARK_REF_PHANDLE)
		m = m->next;
	return m;
}

/* References are the same when they are to the same, whatever number stands there. */
static bool same_value(const struct value *a, const struct value *b)
{
	const struct marker *x = next_ref(a->markers), *y = next_ref(b->markers);
	uint32_t at = 0;

	if (a->len != b->len)
		return false;
	for (; x && y; x = next_ref(x->next), y = next_ref(y->next)) {
		if (x->offset != y->offset || became(x->to->target) != became(y->to->target) ||
		    (x->to->ref && y->to->ref ? strcmp(x->to->ref, y->to->ref) != 0 : x->to->ref != y->to->ref) ||
		    memcmp(a->bytes + at, b->bytes + at, x->offset - at) != 0)
			return false;
		at = x->offset + 4;
	}
	return !x && !y && (a->len == at || memcmp(a->bytes + at, b->bytes + at, a->len - at) == 0);
}

static void report(struct merge *m, const struct doubt *d)
{
	const char *first = m->names[d->overlay], *second = m->names[m->at], *colon = strrchr(d->setting, ':');

	m->conflict = true;
	diag_error(m->diags, NULL, MSG_MERGE_CONFLICT, first, second, colon + 1, (int)(colon - d->setting),
		   d->setting);
	diag_help(m->diags, NULL, "leave one of them out, or say --last-wins: then it is as %s says", second);
}

/* needs: all nodes of the overlay merged.  Only then it is known where each reference in it leads to. */
static void settle_doubts(struct merge *m)
{
	for (size_t i = 0; i < m->n_doubts; i++)
		if (!same_value(&m->doubts[i].was, &m->doubts[i].is))
			report(m, &m->doubts[i]);
	m->n_doubts = 0;
}

/* A target, the path below it and a property, of which both may be empty: the root's own slash is that of the path. */
static const char *join(struct merge *m, const char *a, const char *b, const char *c)
{
	size_t x = strcmp(a, "/") == 0 && *b ? 0 : strlen(a), y = strlen(b), z = strlen(c);
	char *text = pool_alloc(m->drafts[0].pool, x + y + z + 2);

	memcpy(text, a, x);
	memcpy(text + x, b, y);
	text[x + y] = z ? ':' : '\0';
	memcpy(text + x + y + 1, c, z);
	return text;
}

/* Without a base two targets may be one node: then what counts is that a property of that name was written. */
static struct entry *writer(struct merge *m, const char *setting, const struct prop *p)
{
	return entry(m, &m->writers, m->base ? setting : p->name->text);
}

static void note_written(struct merge *m, const struct node *fragment, const char *setting, const struct prop *p)
{
	struct entry *e = writer(m, setting, p);

	if (e->fragment != fragment) {
		e->before = e->number;
		e->fragment = fragment;
	}
	e->number = m->n_fragments;
}

/* target and path say which node it is, whatever it is in the result; fragment of which it is there. */
static void note_setting(struct merge *m, const char *target, const char *path, const struct prop *p,
			 const struct node *fragment)
{
	const char *setting = join(m, target, path, p->name->text);
	struct entry *e = entry(m, &m->settings, setting);

	if (e->prop && e->overlay != m->at && !m->last_wins) {
		m->doubts = grow(m->diags, m->doubts, &m->doubts_room, m->n_doubts + 1, sizeof(*m->doubts));
		m->doubts[m->n_doubts++] = (struct doubt){ setting, e->overlay, e->prop->value, p->value };
	}
	e->prop = p;
	e->overlay = m->at;
	note_written(m, fragment, setting, p);
}

static void merge_prop(struct merge *m, struct node *to, const struct prop *p)
{
	struct tree *tree = &m->drafts[0].tree;
	struct prop *old = prop_find(tree, to, p->name->text);

	if (!old) {
		old = prop_new(tree, p->name, p->pos);
		prop_append(tree, to, old);
	}
	old->value = p->value;
}

static void give_phandle(struct merge *m, struct node *to)
{
	struct tree *tree = &m->drafts[0].tree;
	struct prop *p;

	if (to->phandle)
		return;
	node_take_phandle(tree, to, 0);
	p = draft_clear(&m->drafts[0], to, "phandle");
	cell_put(prop_more(tree, p, 4), to->phandle);
}

/* A node of an overlay with a phandle: what it is merged into says one for the node of the base with that path. */
static void note_given(struct merge *m, const char *target, const char *path, struct node *node)
{
	struct entry *e = entry(m, &m->given, join(m, target, path, ""));

	e->node = e->node ? e->node : node;
}

/* ---------------------------------------------------------------- nodes */

/* A node, and all below it, into one of the result; each remembers where it went. */
static void merge_node(struct merge *m, struct node *to, struct node *from, const char *target)
{
	const struct draft *d = &m->drafts[m->at];
	const struct node *fragment = node_top(to);
	struct tree *tree = &m->drafts[0].tree;
	size_t skip;

	node_path(&d->tree, from, &skip);
	for_each_node(from, n) {
		struct node *parent = n == from ? NULL : n->parent->mirror;
		struct node *into = parent ? node_child(parent, n->name) : to;
		const char *path = node_path(&d->tree, n, NULL) + skip;

		if (!into) {
			into = node_new(tree, n->name, n->pos);
			node_append(tree, parent, into);
		}
		n->mirror = into;
		for_each_prop(n, p) {
			if (prop_is_phandle(p->name->text))
				continue;
			note_setting(m, target, path, p, fragment);
			merge_prop(m, into, p);
		}
		if (n->phandle) {
			give_phandle(m, into);
			note_given(m, target, path, into);
		}
	}
}

static struct node *new_fragment(struct merge *m)
{
	struct tree *tree = &m->drafts[0].tree;
	struct node *node;
	char name[32];
	struct name *known;

	do {
		snprintf(name, sizeof(name), "fragment@%u", (unsigned int)m->n_fragments++);
		known = name_of(tree->pool, name, strlen(name));
	} while (node_child(tree->root, known));
	node = node_new(tree, known, (struct pos){ 0, 0 });
	node_append(tree, tree->root, node);
	return node;
}

/* ---------------------------------------------------------------- targets */

static struct node *symbol_node(const struct draft *d, const char *label)
{
	struct node *symbols = node_by_path(&d->tree, d->tree.root, "/__symbols__");
	struct prop *p = symbols ? prop_find(&d->tree, symbols, label) : NULL;

	return p ? draft_symbol(p) : NULL;
}

/* What a label of the base says: a path, whether there is a node with it or an overlay makes one. */
static const char *label_path(const struct merge *m, const char *label)
{
	const struct ovl_tree *tree = &m->stack.tree;
	ovl_node symbols = ovl_node_child(tree, ovl_node_root(tree), ovl_str("__symbols__"));
	struct ovl_prop p;

	if (!ovl_prop_find(tree, symbols, ovl_str(label), &p) || !p.len || p.value[0] != '/' || p.value[p.len - 1])
		return NULL;
	return (const char *)p.value;
}

/* The path in the base, when there is one and it has the target; else the target as it is written. */
static const char *target_key(struct merge *m, const char *label, const char *path)
{
	struct pool *pool = m->drafts[0].pool;
	const char *said = label && m->base ? label_path(m, label) : path;
	ovl_node node = said && m->base ? path_find(&m->stack.tree, ovl_str(said), false) : OVL_NONE;
	struct text text = { 0 };
	char *key;

	if (node)
		text_path(&text, &m->stack.tree, node);
	else
		text_add(&text, "%s%s", said ? "" : "&", said ? said : label);
	key = pool_text(pool, text_of(&text), text.len);
	text_free(&text);
	return key;
}

/* What gives the node with that label its phandle, when it has none in the base: in the overlay that does so the label
 * leads to no phandle.  NULL otherwise, and when there is no base. */
static struct entry *given_label(struct merge *m, const char *label)
{
	struct entry *e;

	if (!m->base || ovl_node_phandle(&m->stack.tree, ovl_node_by_label(&m->stack.tree, ovl_str(label))))
		return NULL;
	e = entry(m, &m->given, target_key(m, label, NULL));
	return e->node ? e : NULL;
}

static struct node *child(const struct draft *d, const struct node *node, const char *name)
{
	return node_by_path(&d->tree, node, name);
}

/* What a fragment targets, as text that is one pointer; NULL for a node of an overlay, or nothing.  A path counts only
 * without a reference. */
static const char *target_of(struct merge *m, const struct draft *d, const struct node *fragment)
{
	struct prop *by_ref = prop_find(&d->tree, fragment, "target");
	struct prop *by_path = prop_find(&d->tree, fragment, "target-path");
	const struct marker *ref = by_ref ? draft_ref(by_ref, 0) : NULL;
	const char *label = ref ? ref->to->ref : NULL;
	const char *path = !by_ref && by_path && prop_is_text(by_path) ? (const char *)by_path->value.bytes : NULL;

	if (!child(d, fragment, "__overlay__") || (!label && !path))
		return NULL;
	return entry(m, &m->targets, target_key(m, label, path))->key;
}

static void note_fragment(struct merge *m, const struct node *fragment, const char *target)
{
	struct entry *e = entry(m, &m->fragments, fragment->name->text);

	e->target = target;
	e->number = m->n_fragments;
}

/* A label that leads to no phandle is none for a fragment either: then the target is said by its path. */
static struct node *begin_fragment(struct merge *m, const struct node *like, const char *target)
{
	struct tree *tree = &m->drafts[0].tree;
	struct node *node = new_fragment(m);

	for_each_prop(like, p) {
		const struct marker *ref = strcmp(p->name->text, "target") == 0 ? draft_ref(p, 0) : NULL;

		if (ref && ref->to->ref && given_label(m, ref->to->ref))
			prop_set(tree, draft_clear(&m->drafts[0], node, "target-path"), target, strlen(target) + 1);
		else if (!prop_is_phandle(p->name->text))
			merge_prop(m, node, p);
	}
	note_fragment(m, node, target);
	return node_made(tree, node, "__overlay__");
}

/* The target of a node of the result: that of its fragment, and the path below it. */
static const char *target_of_node(struct merge *m, const struct node *node)
{
	const char *path = node_path(&m->drafts[0].tree, node, NULL), *rest = strchr(path + 1, '/');
	char *name = pool_text(m->drafts[0].pool, path + 1, rest ? (size_t)(rest - path - 1) : 0);
	const char *target = entry(m, &m->fragments, name)->target;

	if (!target || !rest || strncmp(rest, "/__overlay__", 12) != 0)
		return path;
	return entry(m, &m->targets, join(m, target, rest + 12, ""))->key;
}

/* Whether a node of this overlay is in the result already: one that the fragment at hand or a later one brings is
 * nobody's target yet, nor is an overlay's own root ever. */
static bool is_merged(const struct merge *m, const struct node *node)
{
	const struct node *top = node;

	while (top->parent)
		top = top->parent;
	return node->parent && (node->mirror || top == m->drafts[0].tree.root);
}

/* Whether what content writes to the target cannot be written in a fragment of the result that began when there were so
 * many: something was deleted since, or it was written, by a fragment that may be for the same node. */
static bool is_too_late(struct merge *m, const struct node *fragment, uint32_t number, struct node *content,
			const char *target)
{
	const struct draft *d = &m->drafts[m->at];
	size_t skip;

	if (number < m->barrier)
		return true;
	node_path(&d->tree, content, &skip);
	for_each_node(content, n)
		for_each_prop(n, p) {
			const struct entry *e =
				writer(m, join(m, target, node_path(&d->tree, n, NULL) + skip, p->name->text), p);

			if ((e->fragment == fragment ? e->before : e->number) > number)
				return true;
		}
	return false;
}

/* The content of the last fragment with that target, or of a new one that is like another. */
static struct node *content_for(struct merge *m, const char *target, const struct node *like, struct node *content)
{
	struct entry *e = entry(m, &m->targets, target);

	if (!e->node || is_too_late(m, node_top(e->node), e->number, content, target)) {
		e->node = begin_fragment(m, like, target);
		e->number = m->n_fragments;
	}
	return e->node;
}

/* Into a node that is in the result, there or in a fragment of its own that follows. */
static void merge_into(struct merge *m, struct node *into, const struct node *fragment, struct node *content)
{
	const struct node *top = node_top(into);
	const char *target = target_of_node(m, into);
	const struct entry *e = entry(m, &m->fragments, top->name->text);

	if (e->target && is_too_late(m, top, e->number, content, target))
		into = content_for(m, target, fragment, content);
	merge_node(m, into, content, target);
}

static void merge_fragment(struct merge *m, struct node *fragment)
{
	struct draft *d = &m->drafts[m->at];
	struct prop *by_ref = prop_find(&d->tree, fragment, "target");
	const struct marker *ref = by_ref ? draft_ref(by_ref, 0) : NULL;
	struct node *content = child(d, fragment, "__overlay__");
	const char *target = target_of(m, d, fragment);
	struct node *into;

	if (!target && content && ref && ref->to->target && is_merged(m, ref->to->target)) {
		merge_into(m, became(ref->to->target), fragment, content);
		return;
	}
	if (!target) {
		into = new_fragment(m);
		merge_node(m, into, fragment, into->name->text);
		m->barrier = m->n_fragments + 1;
		return;
	}
	into = content_for(m, target, fragment, content);
	fragment->mirror = into->parent;
	merge_node(m, into, content, target);
}

/* ---------------------------------------------------------------- one overlay */

static bool is_fragment(const struct draft *d, const struct node *node)
{
	return strcmp(node->name->text, "__symbols__") != 0 &&
	       (child(d, node, "__overlay__") || child(d, node, "__delete__"));
}

/* The node of the overlays before that a label stands for, or NULL. */
static struct node *labelled(struct merge *m, const char *label)
{
	struct node *node = symbol_node(&m->drafts[0], label);
	const struct entry *given = node ? NULL : given_label(m, label);

	return given ? given->node : node;
}

/* Labels of the overlays before become the nodes that they stand for; a target in the base stays there. */
static void resolve_labels(struct merge *m)
{
	const struct node *root = m->drafts[m->at].tree.root;

	for_each_node(m->drafts[m->at].tree.root, n)
		for_each_prop(n, p) {
			bool is_target = n->parent == root && strcmp(p->name->text, "target") == 0;

			for_each_marker(p, mark) {
				const char *label = mark->type == MARK_REF_PHANDLE ? mark->to->ref : NULL;
				struct node *node = !label      ? NULL
						    : is_target ? symbol_node(&m->drafts[0], label)
								: labelled(m, label);

				if (!node)
					continue;
				give_phandle(m, node);
				mark->to->target = node;
				mark->to->ref = NULL;
			}
		}
}

/* The node that a symbol stands for; NULL when its path leads to none: no consumer takes it, and in the result it might
 * lead to a node of another overlay. */
static struct node *symbol_target(const struct prop *p)
{
	return became(draft_symbol(p));
}

static void merge_symbols(struct merge *m, const struct node *symbols)
{
	struct tree *tree = &m->drafts[0].tree;
	struct node *into = node_made(tree, tree->root, "__symbols__");

	for_each_prop(symbols, p) {
		struct prop *old = prop_find(tree, into, p->name->text), *made;
		struct node *target = symbol_target(p);

		if (!target || (old && symbol_target(old) == target))
			continue;
		note_setting(m, "", "/__symbols__", p, into);
		if (old)
			continue;
		made = prop_new(tree, p->name, p->pos);
		prop_append(tree, into, made);
		made->value = p->value;
		made->value.markers->to->target = target;
	}
}

/* What is no fragment here says nothing to a fragment of the result that is so called. */
static bool is_apart(struct merge *m, const struct node *node)
{
	struct node *known = child(&m->drafts[0], m->drafts[0].tree.root, node->name->text);

	return known && is_fragment(&m->drafts[0], known);
}

static void merge_overlay(struct merge *m)
{
	struct draft *d = &m->drafts[m->at];
	struct tree *tree = &m->drafts[0].tree;
	struct node *symbols = node_by_path(&d->tree, d->tree.root, "/__symbols__");

	resolve_labels(m);
	for_each_prop(d->tree.root, p) {
		if (prop_is_phandle(p->name->text))
			continue;
		note_setting(m, "", "/", p, tree->root);
		merge_prop(m, tree->root, p);
	}
	if (d->tree.root->phandle)
		give_phandle(m, tree->root);
	d->tree.root->mirror = tree->root;
	for_each_child(d->tree.root, c)
		if (is_fragment(d, c))
			merge_fragment(m, c);
		else if (c != symbols && !is_apart(m, c))
			merge_node(m, node_made(tree, tree->root, c->name->text), c, c->name->text);
	if (symbols)
		merge_symbols(m, symbols);
	settle_doubts(m);
}

/* ---------------------------------------------------------------- the result */

static void note_node(struct merge *m, struct node *top, const char *target)
{
	struct tree *tree = &m->drafts[0].tree;
	size_t skip;

	node_path(tree, top, &skip);
	for_each_node(top, n) {
		for_each_prop(n, p)
			if (!prop_is_phandle(p->name->text))
				note_setting(m, target, node_path(tree, n, NULL) + skip, p, node_top(top));
		if (n->phandle)
			note_given(m, target, node_path(tree, n, NULL) + skip, n);
	}
}

/* The first one is the result already: what it targets and sets is noted. */
static void note_first(struct merge *m)
{
	struct draft *d = &m->drafts[0];
	struct node *symbols = node_by_path(&d->tree, d->tree.root, "/__symbols__");

	if (symbols)
		for_each_prop(symbols, p)
			if (!symbol_target(p))
				prop_delete(p);
	/* What was opened has a root.  NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	for_each_prop(d->tree.root, p)
		note_setting(m, "", "/", p, d->tree.root);
	for_each_child(d->tree.root, c) {
		bool fragment = is_fragment(d, c);
		const char *target = fragment ? target_of(m, d, c) : NULL;
		struct entry *e;

		m->n_fragments += fragment;
		if (!target) {
			note_node(m, c, strcmp(c->name->text, "__symbols__") == 0 ? "/__symbols__" : c->name->text);
			m->barrier = fragment ? m->n_fragments + 1 : m->barrier;
			continue;
		}
		e = entry(m, &m->targets, target);
		e->node = child(d, c, "__overlay__");
		e->number = m->n_fragments;
		note_fragment(m, c, target);
		note_node(m, e->node, target);
	}
}

/* Each reference to a node of the result has its number. */
static void write_numbers(struct merge *m)
{
	for_each_node(m->drafts[0].tree.root, n)
		for_each_prop(n, p) {
			bool copied = false;

			for_each_marker(p, mark) {
				if (mark->type != MARK_REF_PHANDLE)
					continue;
				if (!copied)
					prop_set(&m->drafts[0].tree, p, p->value.bytes, p->value.len);
				copied = true;
				mark->to->target = became(mark->to->target);
				cell_put(p->value.bytes + mark->offset,
					 mark->to->target ? mark->to->target->phandle : UINT32_MAX);
			}
		}
	/* The maker of fixups has its own use for it. */
	for_each_node(m->drafts[0].tree.root, n)
		n->mirror = NULL;
}

/* They are for that overlay alone; alone it stays as it is. */
static enum status refuse_parameters(const struct merge *m, size_t i)
{
	const struct draft *d = &m->drafts[i];
	const struct node *params = override_node(d) ? override_node(d) : holes_node(d);

	if (m->n == 1 || !params)
		return DONE;
	diag_error(m->diags, NULL, MSG_MERGE_PARAMS, m->names[i], node_path(&d->tree, params, NULL));
	diag_help(m->diags, NULL,
		  "merge what 'ovl fill %s -o FILE' makes of it, with a NAME=VALUE for each that is set", m->names[i]);
	return POLICY;
}

static enum status open_all(struct merge *m)
{
	enum status status = DONE;

	for (size_t i = 0; i < m->n && !status; i++) {
		status = blob_read(m->diags, m->names[i], "overlay", &m->blobs[i]);
		if (!status)
			status = malformed_check(m->diags, &m->blobs[i]);
		if (!status)
			status = i ? draft_open_beside(&m->drafts[i], &m->drafts[0], &m->blobs[i])
				   : draft_open(&m->drafts[0], m->diags, &m->blobs[0]);
		if (!status)
			status = refuse_parameters(m, i);
	}
	if (!status && m->base)
		status = blob_read(m->diags, m->base, "base", &m->base_blob);
	if (!status && m->base)
		status = stack_open(&m->stack, m->diags, &m->base_blob);
	return status;
}

static enum status merge_all(struct merge *m)
{
	struct file_bytes out = { 0 };
	enum status status = open_all(m);

	if (status)
		return status;
	note_first(m);
	for (m->at = 1; m->at < m->n; m->at++)
		merge_overlay(m);
	if (m->conflict)
		return CONFLICT;
	write_numbers(m);
	status = draft_write(&m->drafts[0], &out);
	if (!status)
		status = write_outputs(m->diags, &(struct output){ m->output, out.bytes, out.len, m->names[0] }, 1);
	file_free(&out);
	return status;
}

static enum status merge(struct merge *m)
{
	enum status status;

	m->blobs = grow_new(m->diags, m->n, sizeof(*m->blobs));
	m->drafts = grow_new(m->diags, m->n, sizeof(*m->drafts));
	status = merge_all(m);
	for (size_t i = m->n; i-- > 0;) {
		draft_close(&m->drafts[i]);
		blob_free(&m->blobs[i]);
	}
	free(m->doubts);
	free(m->drafts);
	free(m->blobs);
	stack_close(&m->stack);
	blob_free(&m->base_blob);
	return status;
}

static enum status merge_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct merge m = { .diags = diags };
	struct options o;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while ((letter = options_next(&o)) >= 0) {
		if (letter == OPT_LAST_WINS)
			m.last_wins = true;
		else
			*(letter == 'o' ? &m.output : &m.base) = optarg;
	}
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? DONE : USAGE;
	m.names = argv + optind;
	m.n = (size_t)(argc - optind);
	if (!m.n)
		return usage_error(diags, "no overlay is given");
	if (!m.output)
		return usage_error(diags, "-o FILE is missing");
	if (output_is_terminal(m.output))
		return no_terminal(diags);
	return merge(&m);
}

const struct verb verb_merge = {
	.name = "merge",
	.program = "ovl merge",
	.synopsis = "OVERLAY... -o FILE [OPTION]...",
	.summary = "Make one overlay of several",
	.options = merge_options,
	.n_options = sizeof(merge_options) / sizeof(merge_options[0]),
	.run = merge_run,
	.more = "Exit status: 0 done, 2 wrong command line, 3 malformed input, 5 two set the same otherwise,\n"
		"6 an overlay has parameters, 7 a file cannot be read or written.\n",
};
