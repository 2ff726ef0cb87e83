/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* tree.c - make, delete and find the parts of a source tree, see tree.h. */
#include "tree.h"

#include <string.h>

/* A node with more children, or properties, than this has an index of them. */
#define FEW 24

/* ---------------------------------------------------------------- index: name -> first thing so called */

/* Children and properties have little in common; this tells a thing's name. */
typedef const struct name *name_fn(const void *thing);

static const struct name *name_of_node(const void *thing)
{
	return ((const struct node *)thing)->name;
}

static const struct name *name_of_prop(const void *thing)
{
	return ((const struct prop *)thing)->name;
}

static void **index_slot(const struct index *x, const struct name *name, name_fn *name_of_thing)
{
	uint32_t i = (name->hash * 0x9e3779b1u) & (x->n_slots - 1);

	while (x->slots[i] && name_of_thing(x->slots[i]) != name)
		i = (i + 1) & (x->n_slots - 1);
	return &x->slots[i];
}

static void index_add(struct pool *pool, struct index *x, void *thing, name_fn *name_of_thing)
{
	void **slot;

	if (x->n * 2 >= x->n_slots) {
		struct index old = *x;

		x->n_slots = old.n_slots ? old.n_slots * 4 : 128;
		x->slots = pool_array(pool, x->n_slots * sizeof(void *));
		for (uint32_t i = 0; i < old.n_slots; i++)
			if (old.slots[i])
				*index_slot(x, name_of_thing(old.slots[i]), name_of_thing) = old.slots[i];
		pool_drop(pool, old.slots, old.n_slots * sizeof(void *));
	}
	slot = index_slot(x, name_of_thing(thing), name_of_thing);
	if (!*slot) {
		*slot = thing;
		x->n++;
	}
}

/* All are found anew. */
static void index_drop(struct pool *pool, struct index *x)
{
	pool_drop(pool, x->slots, x->n_slots * sizeof(void *));
	*x = (struct index){ 0 };
}

/* ---------------------------------------------------------------- making */

void tree_init(struct tree *tree, struct pool *pool)
{
	*tree = (struct tree){ .pool = pool };
	tree->last_reserve = &tree->reserves;
	tree->last_deletion = &tree->deletions;
	tree->phandles.next = 1;
	tree->phandles.names[0] = name_of(pool, "linux,phandle", 13);
	tree->phandles.names[1] = name_of(pool, "phandle", 7);
}

struct node *node_new(struct tree *tree, struct name *name, struct pos pos)
{
	struct node *n = pool_alloc(tree->pool, sizeof(*n));

	n->name = name;
	n->pos = n->whole = pos;
	return n;
}

void deletion_new(struct tree *tree, struct node *in, struct node *node, struct prop *prop)
{
	struct deletion *d = pool_alloc(tree->pool, sizeof(*d));

	*d = (struct deletion){ .in = in, .node = node, .prop = prop };
	*tree->last_deletion = d;
	tree->last_deletion = &d->next;
}

struct extra *node_extra(struct pool *pool, struct node *node)
{
	if (!node->extra) {
		node->extra = pool_alloc(pool, sizeof(*node->extra));
		node->extra->pool = pool;
	}
	return node->extra;
}

static bool has_many_children(const struct node *node)
{
	return node->n_children > FEW;
}

static bool has_many_props(const struct node *node)
{
	return node->n_props > FEW;
}

/* Where the next one goes.  Of few the last is found from the first. */
static struct node **children_end(struct node *parent)
{
	struct node **end = has_many_children(parent) ? &parent->extra->last->next : &parent->first;

	while (*end)
		end = &(*end)->next;
	return end;
}

static struct prop **props_end(const struct tree *tree, struct node *node)
{
	struct prop **end = tree->grown == node ? &tree->grown_by->next :
			    has_many_props(node) ? &node->extra->last_prop->next : &node->props;

	while (*end)
		end = &(*end)->next;
	return end;
}

void node_append(struct tree *tree, struct node *parent, struct node *child)
{
	child->parent = parent;
	child->next = NULL;
	*children_end(parent) = child;
	if (!has_many_children(parent))
		parent->n_children++;
	if (has_many_children(parent)) {
		node_extra(tree->pool, parent)->last = child;
		if (parent->extra->children.slots)
			index_add(tree->pool, &parent->extra->children, child, name_of_node);
	}
}

void node_rename(struct tree *tree, struct node *node, struct name *name)
{
	node->name = name;
	if (has_many_children(node->parent))
		index_drop(tree->pool, &node->parent->extra->children);
}

struct node *node_made(struct tree *tree, struct node *parent, const char *text)
{
	struct name *name = name_of(tree->pool, text, strlen(text));
	struct node *n = node_child(parent, name);

	if (!n) {
		n = node_new(tree, name, (struct pos){ 0 });
		node_append(tree, parent, n);
	}
	return n;
}

struct prop *prop_new(struct tree *tree, struct name *name, struct pos pos)
{
	struct prop *p = pool_alloc(tree->pool, sizeof(*p));

	p->name = name;
	p->pos = pos;
	p->end = pos.end;
	return p;
}

static void note_prop_name(struct pool *pool, struct node *node, struct name *name)
{
	node->perhaps_twice |= node_may_have(node, name);
	node->prop_names |= node_name_bit(name);
	if (!name->is_prop)
		name_is_of_prop(pool, name);
}

static void append(struct tree *tree, struct node *node, struct prop *prop)
{
	note_prop_name(tree->pool, node, prop->name);
	prop->next = NULL;
	*props_end(tree, node) = prop;
	tree->grown = node;
	tree->grown_by = prop;
	if (!has_many_props(node))
		node->n_props++;
	if (has_many_props(node)) {
		node_extra(tree->pool, node)->last_prop = prop;
		if (node->extra->props.slots)
			index_add(tree->pool, &node->extra->props, prop, name_of_prop);
	}
}

static void put_phandle(struct tree *tree, struct node *node);

void prop_append(struct tree *tree, struct node *node, struct prop *prop)
{
	if (node->phandle_left)
		put_phandle(tree, node);
	append(tree, node, prop);
}

void prop_rename(struct tree *tree, struct node *node, struct prop *prop, struct name *name)
{
	prop->name = name;
	note_prop_name(tree->pool, node, name);
	if (has_many_props(node))
		index_drop(tree->pool, &node->extra->props);
}

void prop_set(struct tree *tree, struct prop *prop, const void *bytes, size_t len)
{
	prop->value.bytes = pool_alloc(tree->pool, len);
	prop->value.len = prop->value.room = (uint32_t)len;
	if (len)
		memcpy(prop->value.bytes, bytes, len);
}

unsigned char *prop_more(struct tree *tree, struct prop *prop, size_t len)
{
	struct value *v = &prop->value;
	unsigned char *old = v->bytes;

	if (len > v->room - v->len) {
		v->room = (uint32_t)(v->len + len) * 2;
		v->bytes = pool_alloc(tree->pool, v->room);
		if (v->len)
			memcpy(v->bytes, old, v->len);
	}
	v->len += (uint32_t)len;
	return v->bytes + v->len - len;
}

struct prop *prop_add_text(struct tree *tree, struct node *node, const char *name, const char *text)
{
	return prop_add_own_text(tree, node, name_of(tree->pool, name, strlen(name)),
				 pool_text(tree->pool, text, strlen(text)));
}

struct prop *prop_add_own_text(struct tree *tree, struct node *node, struct name *name, const char *text)
{
	struct prop *p = prop_new(tree, name, node->pos);

	p->value.bytes = (unsigned char *)text;
	p->value.len = p->value.room = (uint32_t)strlen(text) + 1;
	p->value.markers = marker_new(tree, MARK_STRING, 0, NULL, node->pos);
	prop_append(tree, node, p);
	return p;
}

struct marker *marker_new(struct tree *tree, enum marker_type type, uint32_t offset, const char *ref,
			  struct pos pos)
{
	struct marker *m;

	if (type < MARK_REF_PHANDLE) {
		m = pool_alloc(tree->pool, sizeof(*m));
	} else {
		m = pool_alloc(tree->pool, sizeof(*m) + sizeof(*m->to));
		m->to->ref = ref;
	}
	tree->pool->marks |= 1u << type;
	m->type = type;
	m->offset = offset;
	m->pos = pos;
	return m;
}

/* ---------------------------------------------------------------- deleting */

static void delete_labels(struct label *label)
{
	for (; label; label = label->next)
		label->deleted = true;
}

void prop_delete(struct prop *prop)
{
	prop->deleted = true;
	delete_labels(prop->labels);
}

/* Every node below, deleted ones too, whose marks stay. */
static struct node *next_below(const struct node *top, const struct node *n)
{
	if (n->first)
		return n->first;
	while (n != top && !n->next)
		n = n->parent;
	return n == top ? NULL : n->next;
}

void node_delete(struct node *node)
{
	for (struct node *n = node; n; n = next_below(node, n)) {
		n->deleted = true;
		delete_labels(n->labels);
		for (struct prop *p = n->props; p; p = p->next)
			prop_delete(p);
	}
}

/* ---------------------------------------------------------------- labels */

struct label *label_new(struct tree *tree, struct name *name, uint32_t start)
{
	struct label *l = pool_alloc(tree->pool, sizeof(*l));

	l->name = name;
	l->start = start;
	return l;
}

void label_enter(struct pool *pool, struct label *label, struct node *node)
{
	pool->labels_twice |= label->name->labels != NULL;
	label->node = node;
	label->same = label->name->labels;
	label->name->labels = label;
}

/* ---------------------------------------------------------------- looking */

/* A function of its own, for most look among few, and are faster without this in theirs. */
#define APART __attribute__((noinline))

static APART struct node *indexed_child(const struct node *parent, const struct name *name)
{
	struct index *x = &parent->extra->children;

	if (!x->slots)
		for (struct node *c = parent->first; c; c = c->next)
			index_add(parent->extra->pool, x, c, name_of_node);
	return *index_slot(x, name, name_of_node);
}

static APART struct prop *indexed_prop(const struct node *node, const struct name *name)
{
	struct index *x = &node->extra->props;

	if (!x->slots)
		for (struct prop *p = node->props; p; p = p->next)
			index_add(node->extra->pool, x, p, name_of_prop);
	return *index_slot(x, name, name_of_prop);
}

struct node *node_child_any(const struct node *parent, const struct name *name)
{
	struct node *c;

	if (has_many_children(parent))
		return indexed_child(parent, name);
	for (c = parent->first; c && c->name != name; c = c->next)
		;
	return c;
}

struct node *node_child(const struct node *parent, const struct name *name)
{
	struct node *c = node_child_any(parent, name);

	while (c && (c->deleted || c->name != name))
		c = c->next;
	return c;
}

struct prop *prop_find_any(const struct node *node, const struct name *name)
{
	struct prop *p;

	if (!node_may_have(node, name))
		return NULL;
	if (has_many_props(node))
		return indexed_prop(node, name);
	for (p = node->props; p && p->name != name; p = p->next)
		;
	return p;
}

struct prop *prop_named(const struct node *node, const struct name *name)
{
	struct prop *p = name ? prop_find_any(node, name) : NULL;

	while (p && (p->deleted || p->name != name))
		p = p->next;
	return p;
}

struct prop *prop_find(const struct tree *tree, const struct node *node, const char *name)
{
	return prop_named(node, name_known(tree->pool, name, strlen(name)));
}

static bool node_reachable(const struct tree *tree, const struct node *node)
{
	for (; node; node = node->parent) {
		if (node->deleted)
			return false;
		if (node == tree->root)
			return true;
	}
	return false;
}

static struct node *labelled(const struct tree *tree, const struct name *name)
{
	struct node *found = NULL;

	/* Entered newest first: the last one met is the first in the source. */
	for (struct label *l = name ? name->labels : NULL; l; l = l->same)
		if (!l->deleted && l->node != found && node_reachable(tree, l->node))
			found = l->node;
	return found;
}

struct node *node_by_path(const struct tree *tree, const struct node *from, const char *path)
{
	const struct node *n = from;

	while (n) {
		const struct name *name;
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len == 0)
			break;
		name = name_known(tree->pool, path, len);
		n = name ? node_child(n, name) : NULL;
		path += len;
	}
	return (struct node *)n;
}

struct node *node_by_ref(const struct tree *tree, const char *ref)
{
	const char *path = strchr(ref, '/');
	size_t len = path ? (size_t)(path - ref) : strlen(ref);
	struct node *from = len ? labelled(tree, name_known(tree->pool, ref, len)) : tree->root;

	return path && tree->root ? node_by_path(tree, from, path) : from;
}

struct node *node_of_marker(const struct tree *tree, const struct marker *marker)
{
	return marker->named ? labelled(tree, name_of_text(marker->to->ref)) : node_by_ref(tree, marker->to->ref);
}

/* ---------------------------------------------------------------- phandles */

static struct node **phandle_slot(const struct phandles *p, uint32_t phandle)
{
	uint32_t i = (phandle * 0x9e3779b1u) & (p->n_slots - 1);

	while (p->slots[i] && p->slots[i]->phandle != phandle)
		i = (i + 1) & (p->n_slots - 1);
	return &p->slots[i];
}

struct node *node_by_phandle(const struct tree *tree, uint32_t phandle)
{
	struct node *n = tree->phandles.n_slots ? *phandle_slot(&tree->phandles, phandle) : NULL;

	return n && !n->deleted ? n : NULL;
}

static void more_phandle_slots(struct tree *tree)
{
	struct phandles *p = &tree->phandles, old = *p;

	p->n_slots = old.n_slots ? old.n_slots * 2 : 256;
	p->slots = pool_array(tree->pool, p->n_slots * sizeof(*p->slots));
	for (uint32_t i = 0; i < old.n_slots; i++)
		if (old.slots[i])
			*phandle_slot(p, old.slots[i]->phandle) = old.slots[i];
	pool_drop(tree->pool, old.slots, old.n_slots * sizeof(*old.slots));
}

void node_take_phandle(struct tree *tree, struct node *node, uint32_t phandle)
{
	if (!phandle) {
		while (node_by_phandle(tree, tree->phandles.next))
			tree->phandles.next++;
		phandle = tree->phandles.next;
	}
	if (tree->phandles.n * 2 >= tree->phandles.n_slots)
		more_phandle_slots(tree);
	/* The number of a node that was deleted is free again: its slot is taken over. */
	tree->phandles.n++;
	node->phandle = phandle;
	*phandle_slot(&tree->phandles, phandle) = node;
}

void node_leave_phandle(struct tree *tree, struct node *node, unsigned int names)
{
	for (unsigned int i = 0; i < 2; i++)
		if (names & 1u << i && !prop_named(node, tree->phandles.names[i])) {
			node->phandle_left = (node->phandle_left | 1u << i) & 3;
			name_is_of_prop(tree->pool, tree->phandles.names[i]);
		}
}

static void put_phandle(struct tree *tree, struct node *node)
{
	unsigned int left = node->phandle_left;
	unsigned char cell[4];

	cell_put(cell, node->phandle);
	node->phandle_left = 0;
	for (unsigned int i = 0; i < 2; i++)
		if (left & 1u << i) {
			struct prop *p = prop_new(tree, tree->phandles.names[i], node->pos);

			p->end = 0;
			prop_set(tree, p, cell, sizeof(cell));
			p->value.markers = marker_new(tree, MARK_U32, 0, NULL, node->pos);
			append(tree, node, p);
		}
}

void tree_put_phandles(struct tree *tree)
{
	for_each_node(tree->root, n)
		if (n->phandle_left)
			put_phandle(tree, n);
}

void tree_drop_phandles(struct tree *tree)
{
	struct phandles *p = &tree->phandles;

	pool_drop(tree->pool, p->slots, p->n_slots * sizeof(*p->slots));
	p->slots = NULL;
	p->n_slots = p->n = 0;
}

/* ---------------------------------------------------------------- walking */

struct node *node_after(const struct node *top, const struct node *node)
{
	struct node *next = node_live(node->first);

	while (!next && node != top) {
		next = node_live(node->next);
		node = node->parent;
	}
	return next;
}

bool node_visit(struct visit *v)
{
	const struct node *below = v->node && !v->leaving ? node_live(v->node->first) : NULL, *next;

	if (!v->node) {
		v->node = v->top;
		return v->node && !v->node->deleted;
	}
	if (below) {
		v->node = below;
		return true;
	}
	if (!v->leaving) {
		v->leaving = true;
		return true;
	}
	if (v->node == v->top)
		return false;
	next = node_live(v->node->next);
	v->leaving = !next;
	v->node = next ? next : v->node->parent;
	return true;
}

/* ---------------------------------------------------------------- names */

size_t node_path_len(const struct node *node)
{
	size_t len = 0;

	for (const struct node *n = node; n->parent; n = n->parent)
		len += n->name->len + 1;
	return len ? len : 1;
}

void node_path_put(const struct node *node, char *to, size_t len)
{
	to[0] = '/';
	for (const struct node *n = node; n->parent; n = n->parent) {
		len -= n->name->len + 1;
		to[len] = '/';
		memcpy(to + len + 1, n->name->text, n->name->len);
	}
}

const char *node_path(const struct tree *tree, const struct node *node, size_t *len)
{
	size_t n = node_path_len(node);
	char *path = pool_alloc(tree->pool, n + 1);

	if (len)
		*len = n;
	node_path_put(node, path, n);
	return path;
}

size_t node_base_len(const struct node *node)
{
	return strcspn(node->name->text, "@");
}

bool node_is_called(const struct node *node, const char *base_name)
{
	const char *name = node->name->text;

	while (*base_name && *name == *base_name)
		name++, base_name++;
	return !*base_name && (!*name || *name == '@');
}

bool prop_is_text(const struct prop *prop)
{
	const struct value *v = &prop->value;

	return v->len && memchr(v->bytes, 0, v->len) == v->bytes + v->len - 1;
}
