/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* index.c - give the nodes that a scan laid records of an index of their names, in the layer's storage.
 * A node's few properties and children are searched one by one.  For the others the index is one
 * open-addressing table with two kinds of key: (parent, name) of a node, and (node, name) of a property; behind it is
 * a table of the phandles.  Building them, and a look at each few, finds the duplicates.  The tables are at most two
 * thirds full and never change, so a look-up takes a few steps; a blob whose names or phandles collide by the hundred
 * was made for that, and is refused.  Relies on scan.c. */
#include "inner.h"

/* A slot holds an id, or of a property where it is in cells from the origin; shifted, and the kind of key.  The bits
 * that no such number of the layer needs hold those of the key's hash: another key in the way is passed over without
 * a look at its name. */
enum kind { CHILD = 1, PROP = 2 };

#define MAX_PROBES 512u

static uint32_t n_slots(const struct ovli_blob *b)
{
	return b->many + b->many / 2 + OVLI_FEW;        /* which the scan takes, too */
}

static uint32_t n_numbers(const struct ovli_blob *b)
{
	return b->phandles + b->phandles / 2 + 2;
}

uint64_t ovli_layer_words(const struct ovli_blob *b, uint32_t stride)
{
	return OVLI_WORDS(ovli_layer) + (uint64_t)b->nodes * stride + n_slots(b) + n_numbers(b);
}

/* ---------------------------------------------------------------- the tables */

/* Properties precede subnodes, so a node's properties lie between its tag and the next node's. */
static bool prop_of(const struct ovl_tree *t, const struct ovli_layer *l, uint32_t node, uint32_t cell)
{
	uint32_t after = node + l->stride;

	return cell > ovli_node(t, node)->off / 4 &&
	       (after == l->nodes_end || cell < ovli_node(t, after)->off / 4);
}

static uint32_t value_of(const struct ovli_layer *l, uint32_t slot)
{
	return (slot & ~l->tags) >> 2;
}

static const char *name_of(const struct ovl_tree *t, const struct ovli_layer *l, enum kind kind, uint32_t value)
{
	return kind == CHILD ? ovli_name(t, value)
			     : ovli_strings(t, l) + ovli_be32(ovli_origin(t, l) + (size_t)value * 4 + 8);
}

struct key {
	struct ovl_str name;
	uint32_t owner, hash;
	enum kind kind;
};

static bool has_key(const struct ovl_tree *t, const struct ovli_layer *l, uint32_t slot, const struct key *k)
{
	uint32_t value = value_of(l, slot);

	return !((slot ^ (k->hash & l->tags) ^ k->kind) & (l->tags | 3)) &&
	       (k->kind == CHILD ? ovli_node(t, value)->parent == k->owner : prop_of(t, l, k->owner, value)) &&
	       ovli_same(k->name, name_of(t, l, k->kind, value));
}

static OVLI_INLINE uint32_t *slot_at(const struct ovl_tree *t, const struct ovli_layer *l, uint32_t at)
{
	return t->words + l->nodes_end + at;
}

/* The slot of a key, or the empty one where it would go: from one that is taken on.  NULL after too many steps. */
static OVLI_APART uint32_t *find_from(const struct ovl_tree *t, const struct ovli_layer *l, uint32_t at,
				      const struct key *k)
{
	uint32_t probes;

	for (probes = 1;; probes++) {
		if (has_key(t, l, *slot_at(t, l, at), k))
			return slot_at(t, l, at);
		if (probes == MAX_PROBES)
			return NULL;
		if (++at == l->n_slots)
			at = 0;
		if (!*slot_at(t, l, at))
			return slot_at(t, l, at);
	}
}

/* Of a node's child or property.  The node is counted from its layer, so that what is laid anew elsewhere (remove.c)
 * meets nothing that it did not meet. */
static OVLI_INLINE uint32_t hash_below(const struct ovli_layer *l, uint32_t node, uint32_t name_hash)
{
	return name_hash ^ (node - l->nodes);
}

/* Where the search for a key begins. */
static OVLI_INLINE uint32_t first_slot(const struct ovli_layer *l, uint32_t hash)
{
	return (uint32_t)((uint64_t)(hash * (uint32_t)OVLI_SPREAD) * l->n_slots >> 32);
}

static OVLI_INLINE uint32_t *find_slot(const struct ovl_tree *t, const struct ovli_layer *l, const struct key *k)
{
	uint32_t at = first_slot(l, k->hash);

	return *slot_at(t, l, at) ? find_from(t, l, at, k) : slot_at(t, l, at);
}

/* The slot that holds the id of a phandle's node, or the empty one where it would go.  Compilers count from 1, so most
 * phandles have the slot of their own number.  NULL after too many steps. */
static OVLI_INLINE uint32_t *number_slot(const struct ovl_tree *t, const struct ovli_layer *l, uint32_t number)
{
	uint32_t *slots = t->words + l->nodes_end + l->n_slots, n = l->n_numbers, at = number, probes;

	if (number >= n)
		at = 1 + (uint32_t)((uint64_t)(number * (uint32_t)OVLI_SPREAD) * (n - 1) >> 32);
	for (probes = 1; slots[at] && ovli_node(t, slots[at])->phandle - l->delta != number; probes++) {
		if (probes == MAX_PROBES)
			return NULL;
		at = at + 1 < n ? at + 1 : 1;
	}
	return slots + at;
}

static OVLI_INLINE uint32_t look_below(const struct ovl_tree *t, const struct ovli_layer *l, enum kind kind,
				       uint32_t node, struct ovl_str name)
{
	struct key k = { name, node, hash_below(l, node, ovli_name_hash(name.ptr, name.len)), kind };
	const uint32_t *slot = find_slot(t, l, &k);

	return slot ? value_of(l, *slot) : 0;
}

/* ---------------------------------------------------------------- building */

/* The first child in the node's own blob. */
uint32_t ovli_own_first(const struct ovl_tree *t, const struct ovli_layer *l, uint32_t node)
{
	uint32_t after = node + l->stride;

	return after < l->nodes_end && ovli_node(t, after)->parent == node ? after : 0;
}

static enum ovl_err fail_node(struct ovli_call *c, enum ovl_err code, uint32_t node, const unsigned char *at)
{
	c->node = ovli_name(&c->tree, node);
	return ovli_fail(c, code, at);
}

static OVLI_APART enum ovl_err fail_phandle(struct ovli_call *c, enum ovl_err code, uint32_t node)
{
	struct ovli_prop p;

	c->number = ovli_node(&c->tree, node)->phandle;
	for (p = ovli_first_prop(&c->tree, node); !NEVER(!p.tag) && !ovli_names_phandle(ovli_prop_name(p));)
		p = ovli_next_prop(p);
	return fail_node(c, code, node, p.tag);
}

/* Without a branch on whether there is one: 0 has a slot, which stays empty. */
static OVLI_INLINE enum ovl_err index_phandle(struct ovli_call *c, uint32_t node)
{
	uint32_t number = ovli_node(&c->tree, node)->phandle, *slot = number_slot(&c->tree, c->l, number);

	if (!slot || *slot)
		return fail_phandle(c, slot ? OVL_ERR_DUPLICATE_PHANDLE : OVL_ERR_COLLISION, node);
	*slot = number ? node : 0;
	c->l->max_phandle = number > c->l->max_phandle ? number : c->l->max_phandle;
	return OVL_OK;
}

/* Keys of one kind and owner that wait to be entered, each until so many came behind it: meanwhile its slot comes into
 * the cache. */
#define WAITING 8u

struct waiting {
	enum kind kind;
	uint32_t owner, n;
	uint32_t hash[WAITING], value[WAITING];
	uint32_t bad;           /* the value of one that cannot be entered, and why */
	enum ovl_err code;
};

static OVLI_APART enum ovl_err fail_key(struct ovli_call *c, const struct waiting *w)
{
	const struct ovl_tree *t = &c->tree;

	if (w->kind == CHILD)
		return fail_node(c, w->code, w->bad, ovli_begin_of(t, w->bad));
	c->prop = name_of(t, c->l, PROP, w->bad);
	return fail_node(c, w->code, w->owner, ovli_origin(t, c->l) + (size_t)w->bad * 4);
}

/* Where key i goes, whose first slot is another's.  NULL when it is there already, or too many are like it. */
static OVLI_APART uint32_t *find_other(const struct ovli_call *c, struct waiting *w, uint32_t i)
{
	static const unsigned char duplicate[] = { [CHILD] = OVL_ERR_DUPLICATE_NODE, [PROP] = OVL_ERR_DUPLICATE_PROP };
	struct key k = { { name_of(&c->tree, c->l, w->kind, w->value[i]), ~0u }, w->owner, w->hash[i], w->kind };
	uint32_t *slot = find_from(&c->tree, c->l, first_slot(c->l, k.hash), &k);

	if (slot && !*slot)
		return slot;
	w->bad = w->value[i];
	w->code = slot ? (enum ovl_err)duplicate[w->kind] : OVL_ERR_COLLISION;
	return NULL;
}

static OVLI_INLINE bool enter(const struct ovli_call *c, struct waiting *w, uint32_t i)
{
	uint32_t *slot = slot_at(&c->tree, c->l, first_slot(c->l, w->hash[i]));

	if (*slot && !(slot = find_other(c, w, i)))
		return false;
	*slot = w->value[i] << 2 | w->kind | (w->hash[i] & c->l->tags);
	return true;
}

static OVLI_INLINE bool wait(const struct ovli_call *c, struct waiting *w, uint32_t name_hash, uint32_t value)
{
	uint32_t i = w->n % WAITING, hash = hash_below(c->l, w->owner, name_hash);

	OVLI_FORESEE(slot_at(&c->tree, c->l, first_slot(c->l, hash)));
	if (w->n++ >= WAITING && !enter(c, w, i))
		return false;
	w->hash[i] = hash;
	w->value[i] = value;
	return true;
}

static OVLI_APART enum ovl_err enter_all(struct ovli_call *c, struct waiting *w)
{
	uint32_t i;

	for (i = w->n < WAITING ? 0 : w->n - WAITING; i < w->n; i++)
		if (!enter(c, w, i % WAITING))
			return fail_key(c, w);
	return OVL_OK;
}

static enum ovl_err index_props(struct ovli_call *c, uint32_t node)
{
	const unsigned char *origin = ovli_origin(&c->tree, c->l), *at = ovli_first_prop(&c->tree, node).tag;
	const char *strings = ovli_strings(&c->tree, c->l);
	struct waiting w = { .kind = PROP, .owner = node };

	for (; ovli_be32(at) == OVLI_PROP || ovli_be32(at) == OVLI_NOP; at += 4) {
		uint32_t name = ovli_be32(at + 8);

		if (ovli_be32(at) == OVLI_NOP)
			continue;
		ovli_foresee_walk(at, OVLI_ONWARD);
		ovli_foresee_walk(strings + name, OVLI_ONWARD);
		if (!wait(c, &w, ovli_name_hash(strings + name, c->l->size_strings - name),
			  (uint32_t)(at - origin) / 4))
			return fail_key(c, &w);
		at += 8 + ovli_align4(ovli_be32(at + 4));
	}
	return enter_all(c, &w);
}

/* Each child's `pieces` still is the hash of its name. */
static enum ovl_err index_many(struct ovli_call *c, uint32_t parent, uint32_t child)
{
	const struct ovl_tree *t = &c->tree;
	struct waiting w = { .kind = CHILD, .owner = parent };

	for (; child; child = ovli_node(t, child)->next) {
		ovli_foresee_walk(ovli_node(t, child), OVLI_ONWARD);
		if (!wait(c, &w, ovli_node(t, child)->pieces, child))
			return fail_key(c, &w);
	}
	return enter_all(c, &w);
}

static bool called_so_before(const struct ovl_tree *t, uint32_t first, uint32_t child)
{
	for (; first != child; first = ovli_node(t, first)->next)
		if (ovli_node(t, first)->pieces == ovli_node(t, child)->pieces &&
		    ovli_is(ovli_name(t, first), ovli_name(t, child)))
			return true;
	return false;
}

/* The same; few are only compared. */
static enum ovl_err compare_few(struct ovli_call *c, uint32_t first)
{
	const struct ovl_tree *t = &c->tree;
	uint64_t seen = 0, bit;
	uint32_t child;

	for (child = first; child; child = ovli_node(t, child)->next) {
		bit = (uint64_t)1 << (ovli_node(t, child)->pieces >> 26);
		if ((seen & bit) && called_so_before(t, first, child))
			return fail_node(c, OVL_ERR_DUPLICATE_NODE, child, ovli_begin_of(t, child));
		seen |= bit;
	}
	return OVL_OK;
}

/* The bits of a slot that no number of the layer needs, nor the kind of key. */
static uint32_t spare_bits(const struct ovli_layer *l)
{
	uint32_t most = l->nodes_end | (l->structure + l->size_structure) / 4, taken;

	for (taken = 3; most; most >>= 1)
		taken = taken << 1 | 1;
	return ~taken;
}

/* needs: the record of the layer in hand with its blocks' places and its stride, and the scan's records at t->used,
 * with room behind them.  adds: the index, and where both are, to the record. */
enum ovl_err ovli_index(struct ovli_call *c, const struct ovli_blob *b)
{
	struct ovl_tree *t = &c->tree;
	struct ovli_layer *l = c->l;
	uint32_t n, child;

	l->nodes = t->used;
	l->nodes_end = l->nodes + b->nodes * l->stride;
	l->n_slots = n_slots(b);
	l->n_numbers = n_numbers(b);
	l->n_props = b->props;
	l->tags = spare_bits(l);
	t->used = l->nodes_end + l->n_slots + l->n_numbers;
	memset(t->words + l->nodes_end, 0, (t->used - l->nodes_end) * sizeof(uint32_t));
	for (n = l->nodes; n < l->nodes_end; n += l->stride) {
		struct ovli_node *node = ovli_node(t, n);

		ovli_foresee_walk(node, OVLI_ONWARD);
		node->pieces = 0;
		if (index_phandle(c, n) || ((node->off & OVLI_MANY_PROPS) && index_props(c, n)))
			return c->code;
		child = ovli_own_first(t, l, n);
		if (!child || !ovli_node(t, child)->next)
			continue;
		if (node->off & OVLI_MANY_CHILDREN ? index_many(c, n, child) : compare_few(c, child))
			return c->code;
	}
	return OVL_OK;
}

/* ---------------------------------------------------------------- look-ups */

/* How long the name of a node is when the text begins with it, itself with start; ~0u when it does not. */
static OVLI_INLINE uint32_t name_in(struct ovl_str text, uint64_t start, const char *name)
{
	uint64_t word, nul;
	uint32_t n;

	for (n = 0;; start = ovli_text_word(text.ptr + n, text.len - n)) {
		word = ovli_text8(name + n);
		nul = ovli_nul_in(word);
		if (nul || word != start)
			break;
		n += 8;
	}
	return !nul || ((word ^ start) & ovli_up_to(nul) >> 8) ? ~0u : n + ovli_before_nul(nul);
}

/* The child of a node with few whose name the text is; or begins with, when the text is a path: *len is how much of it
 * that is.  Nobody looks for the end of the name in a path: the child says how long it is. */
static OVLI_APART uint32_t one_of_few(const struct ovl_tree *t, uint32_t parent, struct ovl_str text, uint32_t *len)
{
	const struct ovli_layer *l = ovli_layer(t, ovli_layer_of(t, parent));
	const char *names = (const char *)ovli_origin(t, l) + 4;
	uint64_t start = ovli_text_word(text.ptr, text.len);
	uint32_t child, n = 0;

	for (child = ovli_own_first(t, l, parent); child; child = ovli_node(t, child)->next) {
		n = name_in(text, start, names + (ovli_node(t, child)->off & ~(uint32_t)OVLI_MANY));
		if (n == text.len || (len && n != ~0u && text.ptr[n] == '/'))
			break;
	}
	if (len)
		*len = n;
	return child;
}

static OVLI_APART uint32_t one_of_many(const struct ovl_tree *t, uint32_t parent, struct ovl_str name)
{
	return look_below(t, ovli_layer(t, ovli_layer_of(t, parent)), CHILD, parent, name);
}

static bool has_many(const struct ovl_tree *t, uint32_t parent)
{
	return ovli_node(t, parent)->off & OVLI_MANY_CHILDREN;
}

uint32_t ovli_own_child(const struct ovl_tree *t, uint32_t parent, struct ovl_str name)
{
	return has_many(t, parent) ? one_of_many(t, parent, name) : one_of_few(t, parent, name, NULL);
}

/* Of an overlay: the child that is called as another node of it. */
uint32_t ovli_own_namesake(const struct ovl_tree *t, uint32_t parent, uint32_t node)
{
	const char *name = ovli_name(t, node);
	uint32_t child, at;

	if (has_many(t, parent))
		return one_of_many(t, parent, ovl_str(name));
	child = ovli_own_first(t, ovli_layer(t, ovli_over(t, parent)->layer), parent);
	while (child && ovli_names_differ(ovli_name(t, child), name, &at))
		child = ovli_node(t, child)->next;
	return child;
}

/* The child that the next name of a path names, which is taken off the path; 0 when there is none. */
static uint32_t own_step(const struct ovl_tree *t, uint32_t parent, struct ovl_str *path)
{
	uint32_t child, len;

	if (has_many(t, parent))
		return one_of_many(t, parent, ovli_path_step(path));
	ovli_pass_slashes(path);
	child = one_of_few(t, parent, *path, &len);
	if (child)
		*path = (struct ovl_str){ path->ptr + len, path->len - len };
	return child;
}

/* path is relative to from; slashes before and behind it are passed over. */
uint32_t ovli_own_path(const struct ovl_tree *t, uint32_t from, struct ovl_str path)
{
	while (path.len && path.ptr[path.len - 1] == '/')
		path.len--;
	while (from && path.len)
		from = own_step(t, from, &path);
	return from;
}

/* phandle as it stands in the blob itself, before it was moved up. */
uint32_t ovli_own_phandle(const struct ovl_tree *t, uint32_t layer, uint32_t phandle)
{
	const uint32_t *slot = number_slot(t, ovli_layer(t, layer), phandle);

	return slot ? *slot : 0;
}

struct ovli_prop ovli_own_prop(const struct ovl_tree *t, uint32_t node, struct ovl_str name)
{
	const struct ovli_layer *l = ovli_layer(t, ovli_layer_of(t, node));
	struct ovli_prop p = { NULL, ovli_strings(t, l) };
	uint64_t start, nul;
	uint32_t at;
	bool whole;     /* the name is not longer than its start, and has no NUL */

	if (ovli_node(t, node)->off & OVLI_MANY_PROPS) {
		at = look_below(t, l, PROP, node, name);
		p.tag = at ? ovli_origin(t, l) + (size_t)at * 4 : NULL;
		return p;
	}
	start = ovli_text_word(name.ptr, name.len);
	nul = ovli_nul_in(start);
	whole = nul && ovli_before_nul(nul) == name.len;
	for (p = ovli_first_prop(t, node); p.tag; p = ovli_next_prop(p)) {
		at = ovli_be32(p.tag + 8);
		if ((ovli_text_word(p.strings + at, l->size_strings - at) & ovli_up_to(nul)) == start &&
		    (whole || ovli_same(name, p.strings + at)))
			break;
	}
	return p;
}
