/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* rebase.c - an artefact with one tree's phandles -> the same artefact with another tree's.
 * In: open trees on the artefact, on the tree that it was made for, and on the new one, which may be a guest's.
 * First every node that the artefact refers to is noted once (a target), then each is found in the new tree, then
 * each reference is looked at; nothing is written before all that was good.
 * The storage holds the targets, then two tables of them: by node, and by compatible.
 * Relies on refs.c for what is a reference.  Rules: include/ovl.h. */
#include "inner.h"

uint32_t ovl_phandle_by_path(const struct ovl_tree *t, struct ovl_str path, uint32_t fallback)
{
	ovl_node node = t ? ovl_node_by_path(t, path) : OVL_NONE;
	uint32_t phandle = node ? ovl_node_phandle(t, node) : 0;

	return phandle ? phandle : fallback;
}

/* ---------------------------------------------------------------- targets */

/* A node that references lead to. */
struct target {
	uint32_t node;
	uint32_t own;                   /* it is one of the artefact, not of the old tree */
	uint32_t was, is;               /* its phandle */
	uint32_t now, other;            /* what matches in the new tree */
	uint32_t alike;                 /* the first target with the same compatible, counted from 1; 0: none is */
	uint32_t pinned, n_refs;
};

enum { WORDS = sizeof(struct target) / sizeof(uint32_t), MAX_PROBES = 512 };

static struct target *target_at(const struct ovl_rebase *p, uint32_t i)
{
	return (struct target *)(void *)(p->words + (size_t)i * WORDS);
}

static uint32_t *slots_by_node(const struct ovl_rebase *p)
{
	return p->words + (size_t)p->room * WORDS;
}

static uint32_t *slots_by_compatible(const struct ovl_rebase *p)
{
	return slots_by_node(p) + p->n_slots;
}

static struct ovl_str compatible_of(const struct ovl_tree *t, ovl_node node)
{
	struct ovl_prop p;

	if (!ovl_prop_find(t, node, OVLI_STR("compatible"), &p) || !p.value)
		return (struct ovl_str){ NULL, 0 };
	return (struct ovl_str){ (const char *)p.value, p.len };
}

static uint32_t start_of(const struct ovl_rebase *p, uint32_t hash)
{
	return (uint32_t)((uint64_t)hash * p->n_slots >> 32);
}

/* The slot of a node, or the empty one where it would go; NULL after too many steps. */
static uint32_t *find_node(const struct ovl_rebase *p, uint32_t node, uint32_t own)
{
	uint32_t at = start_of(p, ovli_hash(node * 2 + own, NULL, 0)), probes;

	for (probes = 0; probes < MAX_PROBES; probes++) {
		uint32_t *slot = slots_by_node(p) + at;

		if (!*slot || (target_at(p, *slot - 1)->node == node && target_at(p, *slot - 1)->own == own))
			return slot;
		at = at + 1 < p->n_slots ? at + 1 : 0;
	}
	return NULL;
}

static uint32_t *find_compatible(const struct ovl_rebase *p, struct ovl_str compatible)
{
	uint32_t at = start_of(p, ovli_hash(0, compatible.ptr, compatible.len)), probes;

	for (probes = 0; probes < MAX_PROBES; probes++) {
		uint32_t *slot = slots_by_compatible(p) + at;
		struct ovl_str its;

		if (!*slot)
			return slot;
		its = compatible_of(p->old, target_at(p, *slot - 1)->node);
		if (ovli_equal(compatible, its))
			return slot;
		at = at + 1 < p->n_slots ? at + 1 : 0;
	}
	return NULL;
}

static struct target *known_target(const struct ovl_rebase *p, uint32_t node, uint32_t own)
{
	const uint32_t *slot = node ? find_node(p, node, own) : NULL;

	return slot && *slot ? target_at(p, *slot - 1) : NULL;
}

/* The node of the old tree that a node of the artefact stands for; OVL_NONE when it is its own. */
static ovl_node twin_of(const struct ovl_rebase *p, ovl_node node)
{
	ovl_node twin = ovli_same_path(p->artefact, node, p->old);

	return twin && ovl_node_phandle(p->old, twin) == ovl_node_phandle(p->artefact, node) ? twin : OVL_NONE;
}

/* The target that references to a node of a tree are for, noted now if it was not; NULL after a collision. */
static struct target *target_of(struct ovl_rebase *p, const struct ovl_tree *in, ovl_node node)
{
	ovl_node twin = in == p->artefact ? twin_of(p, node) : node;
	uint32_t own = !twin, *slot = find_node(p, twin ? twin : node, own);
	struct target *t;

	if (!slot)
		return NULL;
	if (!*slot) {
		t = target_at(p, p->n_targets);
		memset(t, 0, sizeof(*t));
		t->node = twin ? twin : node;
		t->own = own;
		t->was = t->is = ovl_node_phandle(in, node);
		*slot = ++p->n_targets;
	}
	return target_at(p, *slot - 1);
}

/* The number that references to a node get.  needs: the node was noted. */
static uint32_t number_of(struct ovl_rebase *p, const struct ovl_tree *in, ovl_node node)
{
	const struct target *t = target_of(p, in, node);

	return NEVER(!t) ? 0 : t->is;
}

/* ---------------------------------------------------------------- references */

/* What a rebase has to do with: a number of the old tree, or of the artefact itself. */
static bool concerns(const struct ovl_ref *r)
{
	return r->kind != OVL_REF_FIXUP && r->kind != OVL_REF_LOCAL && r->kind != OVL_REF_SUSPECT &&
	       !(r->fault == OVL_REF_DANGLING && r->phandle == ~0u);
}

static int first_ref(const struct ovl_tree *artefact, const struct ovl_tree *old, struct ovl_ref *r)
{
	return ovl_ref_first(artefact, old, ovl_node_root(artefact), r);
}

static enum ovl_err stop(struct ovl_rebase *p, enum ovl_err code, const struct target *t, struct ovli_call *c)
{
	c->number = p->ref.phandle;
	c->prop = p->ref.prop.name;
	if (t) {
		p->old_node = t->node;
		p->new_node = t->now;
		p->other_node = t->other;
		c->node = ovli_name(p->old, t->node);
	}
	ovli_fail(c, code, NULL);
	c->off = p->ref.off;
	return code;
}

/* Every target, from every reference; whatever cannot be read ends it. */
static enum ovl_err note_targets(struct ovl_rebase *p, struct ovli_call *c)
{
	struct ovl_ref *r = &p->ref;
	struct target *t;
	int more;

	for (more = first_ref(p->artefact, p->old, r); more; more = ovl_ref_next(r)) {
		p->n_suspects += r->kind == OVL_REF_SUSPECT;
		if (!concerns(r))
			continue;
		if (r->fault)
			return stop(p, r->fault == OVL_REF_DANGLING ? OVL_ERR_DANGLING : OVL_ERR_UNREADABLE, NULL, c);
		t = target_of(p, r->in, r->to);
		if (!t)
			return stop(p, OVL_ERR_COLLISION, NULL, c);
		t->n_refs++;
	}
	return OVL_OK;
}

/* The artefact's own nodes that have a phandle; an overlay's are its own affair. */
static enum ovl_err note_own(struct ovl_rebase *p, struct ovli_call *c)
{
	ovl_node n = p->whole ? ovl_node_root(p->artefact) : OVL_NONE;

	for (; n; n = ovli_tree_next(p->artefact, n))
		if (ovl_node_phandle(p->artefact, n) && !target_of(p, p->artefact, n))
			return stop(p, OVL_ERR_COLLISION, NULL, c);
	return OVL_OK;
}

/* ---------------------------------------------------------------- matching */

static void note_match(struct target *t, ovl_node now)
{
	if (!t->now)
		t->now = now;
	else if (now && now != t->now)
		t->other = now;
}

static void match_paths(struct ovl_rebase *p)
{
	uint32_t i;

	for (i = 0; i < p->n_targets; i++) {
		struct target *t = target_at(p, i);

		if (!t->own)
			t->now = ovli_same_path(p->old, t->node, p->now);
	}
}

static void match_symbols(struct ovl_rebase *p)
{
	ovl_node symbols = ovl_node_child(p->old, ovl_node_root(p->old), OVLI_STR("__symbols__"));
	struct ovl_prop s;
	int more;

	for (more = symbols && ovl_prop_first(p->old, symbols, &s); more; more = ovl_prop_next(p->old, &s)) {
		struct ovl_str label = { s.name, s.name_len };
		struct target *t = known_target(p, ovl_node_by_label(p->old, label), 0);

		if (t)
			note_match(t, ovl_node_by_label(p->now, label));
	}
}

/* Targets of one compatible share what is found for the first of them. */
static enum ovl_err match_compatibles(struct ovl_rebase *p, struct ovli_call *c)
{
	ovl_node n;
	uint32_t i, *slot;

	for (i = 0; i < p->n_targets; i++) {
		struct target *t = target_at(p, i);
		struct ovl_str compatible = compatible_of(p->old, t->own ? ovl_node_root(p->old) : t->node);

		if (t->own || !compatible.len)
			continue;
		slot = find_compatible(p, compatible);
		if (!slot)
			return ovli_fail(c, OVL_ERR_COLLISION, NULL);
		if (!*slot)
			*slot = i + 1;
		t->alike = *slot;
	}
	for (n = ovl_node_root(p->now); n; n = ovli_tree_next(p->now, n)) {
		struct ovl_str compatible = compatible_of(p->now, n);

		slot = compatible.len ? find_compatible(p, compatible) : NULL;
		if (slot && *slot)
			note_match(target_at(p, *slot - 1), n);
	}
	for (i = 0; i < p->n_targets; i++) {
		struct target *t = target_at(p, i);

		if (t->alike) {
			t->now = target_at(p, t->alike - 1)->now;
			t->other = target_at(p, t->alike - 1)->other;
		}
	}
	return OVL_OK;
}

static OVLI_APART enum ovl_err match(struct ovl_rebase *p, const struct ovl_rebase_options *options,
				     struct ovli_call *c)
{
	enum ovl_match by = options ? options->match : OVL_MATCH_PATH;
	uint32_t i;

	for (i = 0; options && i < options->n_pins; i++) {
		struct target *t = known_target(p, options->pins[i].node, 0);

		if (t) {
			t->pinned = 1;
			t->is = options->pins[i].phandle;
		}
	}
	if (!p->now)
		return OVL_OK;
	if (by == OVL_MATCH_COMPATIBLE)
		return match_compatibles(p, c);
	if (by == OVL_MATCH_SYMBOL)
		match_symbols(p);
	else
		match_paths(p);
	return OVL_OK;
}

/* ---------------------------------------------------------------- numbers */

/* Counts in maps; none is 0. */
static bool same_address_cells(const struct ovl_rebase *p, const struct target *t)
{
	return ovli_count(p->old, t->node, "#address-cells", 0) == ovli_count(p->now, t->now, "#address-cells", 0);
}

static bool same_value(const struct ovl_rebase *p, const struct target *t, const char *name)
{
	return ovli_same_prop(p->old, t->node, p->now, t->now, ovl_str(name));
}

/* The name of the property in which the nodes do not agree, though this reference needs it; NULL when they do.  An
 * interrupt-parent's cells are in the interrupts of the nodes below. */
static const char *difference(const struct ovl_rebase *p, const struct target *t)
{
	static const char compatible[] = "compatible", address_cells[] = "#address-cells",
			  interrupt_cells[] = "#interrupt-cells";
	const struct ovl_ref *r = &p->ref;
	const char *cells = ovli_is(r->prop.name, "interrupt-parent") ? interrupt_cells : r->cells;

	if (!same_value(p, t, compatible))
		return compatible;
	if (cells && !same_value(p, t, cells))
		return cells;
	if (r->kind == OVL_REF_MAP && ovli_is(cells, interrupt_cells) && !same_address_cells(p, t))
		return address_cells;
	return NULL;
}

static enum ovl_err number(struct ovl_rebase *p, struct target *t, struct ovli_call *c)
{
	if (t->own || t->pinned || !p->now)
		return OVL_OK;
	if (!t->now)
		return stop(p, OVL_ERR_NO_MATCH, t, c);
	if (t->other)
		return stop(p, OVL_ERR_AMBIGUOUS, t, c);
	p->prop = difference(p, t);
	if (p->prop)
		return stop(p, OVL_ERR_NOT_ALIKE, t, c);
	t->is = ovl_node_phandle(p->now, t->now);
	return t->is ? OVL_OK : stop(p, OVL_ERR_NO_PHANDLE, t, c);
}

static enum ovl_err number_refs(struct ovl_rebase *p, struct ovli_call *c)
{
	struct ovl_ref *r = &p->ref;
	struct target *t;
	int more;

	for (more = first_ref(p->artefact, p->old, r); more; more = ovl_ref_next(r)) {
		if (!concerns(r))
			continue;
		t = target_of(p, r->in, r->to);
		if (number(p, t, c))
			return c->code;
	}
	return OVL_OK;
}

static void raise(uint32_t *most, const struct ovl_tree *t)
{
	uint32_t layer = t ? t->top_layer : 0;

	for (; layer; layer = ovli_layer(t, layer)->below)
		if (ovli_layer(t, layer)->max_phandle > *most)
			*most = ovli_layer(t, layer)->max_phandle;
}

/* A node of the new tree has it, or a pin gives it. */
static bool is_taken(const struct ovl_rebase *p, const struct ovl_rebase_options *options, uint32_t phandle)
{
	uint32_t i;

	for (i = 0; options && i < options->n_pins; i++)
		if (options->pins[i].phandle == phandle)
			return true;
	return p->now && ovl_node_by_phandle(p->now, phandle);
}

/* The next number above *most that is not reserved and that no pin gives; 0 when there is none. */
static uint32_t next_free(const struct ovl_rebase_options *options, uint32_t *most)
{
	uint32_t i;

	++*most;
	for (i = 0; options && i < options->n_reserved; i++)
		if (*most >= options->reserved[i].first && *most <= options->reserved[i].last) {
			if (options->reserved[i].last == ~0u)
				return 0;
			*most = options->reserved[i].last + 1;
			i = ~0u;        /* and all ranges anew */
		}
	return *most;
}

/* Nodes that only the artefact has must not have a number that the new tree uses.  A node that is also in the old
 * tree, and that nothing refers to, need not be in the new one. */
static OVLI_APART enum ovl_err number_own(struct ovl_rebase *p, const struct ovl_rebase_options *options,
					  struct ovli_call *c)
{
	uint32_t most = 0, i;

	raise(&most, p->artefact);
	raise(&most, p->old);
	raise(&most, p->now);
	for (i = 0; options && i < options->n_pins; i++)
		most = options->pins[i].phandle > most ? options->pins[i].phandle : most;
	for (i = 0; i < p->n_targets; i++) {
		struct target *t = target_at(p, i);
		bool unused = !t->own && !t->n_refs && !t->pinned;

		if (unused && t->now && ovl_node_phandle(p->now, t->now)) {
			t->is = ovl_node_phandle(p->now, t->now);
		} else if ((t->own || unused) && is_taken(p, options, t->was)) {
			t->is = most >= ~0u - 1 ? 0 : next_free(options, &most);
			if (!t->is || t->is == ~0u)
				return ovli_fail(c, OVL_ERR_PHANDLES_FULL, NULL);
		}
	}
	return OVL_OK;
}

static void count(struct ovl_rebase *p)
{
	ovl_node n = p->whole ? ovl_node_root(p->artefact) : OVL_NONE;
	uint32_t i;

	for (i = 0; i < p->n_targets; i++) {
		const struct target *t = target_at(p, i);

		*(t->is == t->was ? &p->n_kept : &p->n_rewritten) += t->n_refs;
	}
	for (; n; n = ovli_tree_next(p->artefact, n)) {
		uint32_t phandle = ovl_node_phandle(p->artefact, n);

		p->n_renumbered += phandle && number_of(p, p->artefact, n) != phandle;
	}
}

/* ---------------------------------------------------------------- the plan */

static bool has_fragments(const struct ovl_tree *t)
{
	ovl_node child = ovl_node_first(t, ovl_node_root(t));

	while (child && !ovl_node_child(t, child, OVLI_STR("__overlay__")))
		child = ovl_node_next(t, child);
	return child;
}

static uint32_t count_phandles(const struct ovl_tree *t)
{
	uint32_t n = 0;
	ovl_node node;

	for (node = ovl_node_root(t); node; node = ovli_tree_next(t, node))
		n += ovl_node_phandle(t, node) != 0;
	return n;
}

static uint64_t words_for(uint32_t n)
{
	return (uint64_t)n * WORDS + ((uint64_t)n + n / 2 + 1) * 2;
}

size_t ovl_rebase_size(const struct ovl_tree *artefact, const struct ovl_tree *old)
{
	return (size_t)words_for(count_phandles(artefact) + count_phandles(old)) * sizeof(uint32_t);
}

static enum ovl_err plan(struct ovl_rebase *p, const struct ovl_rebase_options *options, size_t storage_bytes,
			 struct ovli_call *c)
{
	if (words_for(p->room) > ovli_words_of(storage_bytes))
		return ovli_no_space(c, OVL_STORAGE, words_for(p->room) * sizeof(uint32_t));
	memset(slots_by_node(p), 0, (size_t)p->n_slots * 2 * sizeof(uint32_t));
	if (note_targets(p, c) || note_own(p, c) || match(p, options, c) || number_refs(p, c) ||
	    number_own(p, options, c))
		return c->code;
	count(p);
	return OVL_OK;
}

enum ovl_err ovl_rebase_plan(struct ovl_rebase *p, const struct ovl_tree *artefact, const struct ovl_tree *old,
			     const struct ovl_tree *now, const struct ovl_rebase_options *options, void *storage,
			     size_t storage_bytes, struct ovl_error *err)
{
	struct ovli_call c;

	ovli_begin(&c, NULL, OVL_OVERLAY);
	memset(p, 0, sizeof(*p));
	p->artefact = artefact;
	p->old = old;
	p->now = now;
	p->words = storage;
	p->room = count_phandles(artefact) + count_phandles(old);
	p->n_slots = p->room + p->room / 2 + 1;
	p->whole = !has_fragments(artefact);
	plan(p, options, storage_bytes, &c);
	return ovli_end(&c, NULL, err);
}

int ovl_rebased_first(const struct ovl_rebase *p, struct ovl_rebased *to)
{
	to->i = 0;
	return ovl_rebased_next(p, to);
}

int ovl_rebased_next(const struct ovl_rebase *p, struct ovl_rebased *to)
{
	const struct target *t;

	if (to->i == p->n_targets)
		return 0;
	t = target_at(p, to->i++);
	to->in = t->own ? p->artefact : p->old;
	to->node = t->node;
	to->was = t->was;
	to->is = t->is;
	to->n_refs = t->n_refs;
	return 1;
}

/* ---------------------------------------------------------------- writing */

static void write_number(const struct ovl_rebase *p, unsigned char *out, const struct ovl_prop *prop, uint32_t off,
			 uint32_t phandle)
{
	ovli_put32(out + (prop->value - p->artefact->base) + off, phandle);
}

static void write_own(struct ovl_rebase *p, unsigned char *out, ovl_node node)
{
	static const char names[] = "linux,phandle";
	uint32_t skip;
	struct ovl_prop prop;

	for (skip = 0; skip <= 6; skip += 6)
		if (ovl_prop_find(p->artefact, node, ovl_str(names + skip), &prop))
			write_number(p, out, &prop, 0, number_of(p, p->artefact, node));
}

enum ovl_err ovl_rebase_write(struct ovl_rebase *p, void *out, size_t out_bytes, size_t *out_len,
			      struct ovl_error *err)
{
	uint32_t total = ovli_be32(p->artefact->base + 4);
	struct ovl_ref *r = &p->ref;
	ovl_node n;
	int more;

	if (out_bytes < total)
		return ovli_say_space(OVL_OUTPUT, total, err);
	memcpy(out, p->artefact->base, total);
	for (more = first_ref(p->artefact, p->old, r); more; more = ovl_ref_next(r))
		if (concerns(r))
			write_number(p, out, &r->prop, r->off, number_of(p, r->in, r->to));
	for (n = p->whole ? ovl_node_root(p->artefact) : OVL_NONE; n; n = ovli_tree_next(p->artefact, n))
		if (ovl_node_phandle(p->artefact, n))
			write_own(p, out, n);
	*out_len = total;
	return ovli_say_space(OVL_OUTPUT, 0, err);
}
