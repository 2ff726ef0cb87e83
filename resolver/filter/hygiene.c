/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* hygiene.c - what has to follow when nodes of a tree go, see filter.h.
 * References to them: out of iommus and the maps of IOMMUs and MSI controllers always, by the command line's
 * choice elsewhere.  Aliases, symbols and stdout-path lead to nodes that are there.  A node's interrupts stay
 * those of the parent that they were written for.  Each reference is looked at once, in whatever order nodes
 * turn out to go. */
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "filter.h"
#include "grow.h"
#include "path.h"

struct ref {
	struct ovl_ref at;
	size_t next; /* to the same node, + 1 */
};

struct cut {
	struct prop *prop;
	uint32_t from, to; /* bytes */
	ovl_node node;
};

struct hygiene {
	struct filter *f;
	struct ref *refs;
	size_t n, room;
	size_t *to; /* by ovl_node: the last reference to it, + 1 */
	size_t followed; /* of the nodes that go */
	unsigned int n_suspects;
	struct cut *cuts;
	size_t n_cuts;
};

static const char *node_text(const struct filter *f, ovl_node node)
{
	return node_path(&f->draft.tree, f->fates[node].node, NULL);
}

static bool is_called(const struct ovl_prop *p, const char *name)
{
	return strlen(name) == p->name_len && memcmp(p->name, name, p->name_len) == 0;
}

/* A property of the tree that came in; NULL when a rule has deleted it, or given it another value. */
static struct prop *as_it_came(const struct filter *f, ovl_node node, const struct ovl_prop *p)
{
	struct prop *own = filter_prop(f, node, p->name);

	return own && own->value.bytes == p->value ? own : NULL;
}

/* ---------------------------------------------------------------- references */

static void add_ref(struct hygiene *h, const struct ovl_ref *r)
{
	h->refs = grow(h->f->diags, h->refs, &h->room, h->n + 1, sizeof(*h->refs));
	h->refs[h->n] = (struct ref){ *r, h->to[r->to] };
	h->to[r->to] = ++h->n;
}

static void find_refs(struct hygiene *h)
{
	const struct ovl_tree *tree = &h->f->stack.tree;
	struct ovl_ref r;

	for (int more = ovl_ref_first(tree, NULL, ovl_node_root(tree), &r); more; more = ovl_ref_next(&r)) {
		if (r.to && as_it_came(h->f, r.node, &r.prop))
			add_ref(h, &r);
	}
}

/* An entry of these can go without the others. */
static bool is_id_list(const struct ovl_ref *r)
{
	static const char *const names[] = { "iommus", "iommu-map", "msi-map" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_called(&r->prop, names[i]))
			return r->fault == OVL_REF_SOUND;
	return false;
}

static void cut_entry(struct hygiene *h, const struct ovl_ref *r)
{
	struct prop *p = filter_prop(h->f, r->node, r->prop.name);
	uint32_t from = r->off - 4 * r->before;

	h->cuts[h->n_cuts++] = (struct cut){ p, from, r->off + 4 + 4 * r->n_args, r->node };
	filter_note(h->f, "reference", r->node, r->prop.name, WHY_DANGLING, "the entry for %s goes",
		    node_text(h->f, r->to));
}

/* The reference is one to that node from here on, with all that may become of it and of the node. */
static enum status bind_own(struct hygiene *h, const struct ovl_ref *r, ovl_node to)
{
	struct node *node = h->f->fates[to].node;
	struct ovl_ref other = *r;

	if (!draft_phandle(&h->f->draft, node))
		return POLICY;
	draft_put_ref(&h->f->draft, filter_prop(h->f, r->node, r->prop.name), r->off,
		      &(struct reference){ .target = node });
	filter_note(h->f, "reference", r->node, r->prop.name, WHY_DANGLING, "it is to %s now, not %s",
		    node_text(h->f, to), node_text(h->f, r->to));
	other.to = to;
	add_ref(h, &other);
	return DONE;
}

static enum status bind(struct hygiene *h, const struct ovl_ref *r, const struct bound *bound)
{
	struct prop *p = filter_prop(h->f, r->node, r->prop.name);
	unsigned char cell[4];

	if (bound->to)
		return bind_own(h, r, bound->to);
	cell_put(cell, bound->is_number ? bound->number : UINT32_MAX);
	draft_put(&h->f->draft, p, r->off, cell, sizeof(cell));
	if (bound->label)
		draft_put_ref(&h->f->draft, p, r->off, &(struct reference){ .ref = bound->label });
	filter_note(h->f, "reference", r->node, r->prop.name, WHY_DANGLING, "it is to %s%s now, not %s",
		    bound->label ? "&" : "", bound->label ? bound->label : "another phandle",
		    node_text(h->f, r->to));
	return DONE;
}

static void drop_twin(struct hygiene *h, ovl_node node, const char *twin, const char *name)
{
	struct prop *p = filter_prop(h->f, node, twin);

	if (!p)
		return;
	prop_delete(p);
	filter_note(h->f, "property", node, twin, WHY_DANGLING, "goes with %s", name);
}

/* Without one half the other means nothing. */
static void drop_names(struct hygiene *h, ovl_node node, const char *name)
{
	for (size_t n = prop_stem(name, 0); n; n = prop_stem(name, n)) {
		struct text twin = { 0 };

		text_add(&twin, "%.*s-names", (int)n, name);
		drop_twin(h, node, text_of(&twin), name);
		text_free(&twin);
	}
}

/* What a map is read by (DTSpec 2.4.3, 2.5). */
static void drop_beside_map(struct hygiene *h, ovl_node node, const char *name)
{
	static const char *const ends[] = { "mask", "pass-thru" };
	size_t len = strlen(name);

	for (size_t i = 0; i < 2 && len > 4 && strcmp(name + len - 4, "-map") == 0; i++) {
		struct text twin = { 0 };

		text_add(&twin, "%s-%s", name, ends[i]);
		drop_twin(h, node, text_of(&twin), name);
		text_free(&twin);
	}
}

static bool has_pin_states(const struct node *node)
{
	static const char stem[] = "pinctrl-";
	const size_t len = sizeof(stem) - 1;

	for_each_prop(node, p)
		if (strncmp(p->name->text, stem, len) == 0 && p->name->text[len] >= '0' && p->name->text[len] <= '9')
			return true;
	return false;
}

/* What tells something of a property tells nothing when that is gone. */
static void drop_companions(struct hygiene *h, ovl_node node, const char *name)
{
	static const struct {
		const char *of, *twin;
	} twins[] = {
		{ "assigned-clocks", "assigned-clock-parents" },
		{ "assigned-clocks", "assigned-clock-rates" },
		{ "assigned-clocks", "assigned-clock-rates-u64" },
	};

	drop_names(h, node, name);
	drop_beside_map(h, node, name);
	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++)
		if (strcmp(name, twins[i].of) == 0)
			drop_twin(h, node, twins[i].twin, name);
	if (strcmp(name, "interrupts-extended") == 0 && !filter_prop(h->f, node, "interrupts"))
		drop_twin(h, node, "interrupt-names", name);
	if (strncmp(name, "pinctrl-", 8) == 0 && !has_pin_states(h->f->fates[node].node))
		drop_twin(h, node, "pinctrl-names", name);
}

static enum status refuse(struct filter *f, ovl_node node, const char *name, ovl_node to)
{
	struct diag_place at = { .file = f->blob.name };

	f->refused = true;
	diag_error(f->diags, &at, MSG_FILTER_DANGLES, node_text(f, node), name, node_text(f, to));
	return DONE;
}

/* Takes what is told of a property's cells to be references to a node; whether there was one. */
static bool forget_refs(struct prop *p, const struct node *to)
{
	struct marker **at = &p->value.markers;
	bool found = false;

	while (*at) {
		struct marker *m = *at;

		if (m->type == MARK_REF_PHANDLE && m->to->target == to) {
			*at = m->next;
			found = true;
		} else {
			at = &m->next;
		}
	}
	return found;
}

/* No fixup can tell of a cell that refers to a node which is not there, and without one it is a number, which an
 * overlay's reference is not: its nodes get other phandles in every base. */
static enum status keep(struct filter *f, ovl_node node, const char *name, ovl_node to)
{
	if (forget_refs(filter_prop(f, node, name), f->fates[to].node) && blob_has_fragments(&f->blob))
		return refuse(f, node, name, to);
	filter_note(f, "reference", node, name, WHY_DANGLING, "it is to %s, which goes", node_text(f, to));
	return DONE;
}

/* Takes the property out, or what makes no sense without it. */
static enum status prune(struct hygiene *h, ovl_node node, const char *name, ovl_node to)
{
	struct filter *f = h->f;

	if (filter_is_fragment(f, node))
		return filter_drop(f, node, WHY_DANGLING);
	prop_delete(filter_prop(f, node, name));
	filter_note(f, "property", node, name, WHY_DANGLING, "it refers to %s", node_text(f, to));
	drop_companions(h, node, name);
	return DONE;
}

static enum status dangles(struct hygiene *h, ovl_node node, const char *name, ovl_node to)
{
	struct filter *f = h->f;

	switch (f->dangling) {
	case DANGLING_PRUNE_NODE:
		/* The root cannot go. */
		if (node == ovl_node_root(&f->stack.tree))
			return prune(h, node, name, to);
		return filter_drop(f, node, WHY_DANGLING);
	case DANGLING_PRUNE_PROP: return prune(h, node, name, to);
	case DANGLING_KEEP: return keep(f, node, name, to);
	default: return refuse(f, node, name, to);
	}
}

/* Whoever has interrupts by it is told later. */
static void drop_interrupt_parent(struct hygiene *h, const struct ovl_ref *r)
{
	prop_delete(filter_prop(h->f, r->node, "interrupt-parent"));
	filter_note(h->f, "property", r->node, "interrupt-parent", WHY_DANGLING, "it refers to %s",
		    node_text(h->f, r->to));
}

static enum status follow(struct hygiene *h, const struct ovl_ref *r)
{
	/* Who calls has a reference.  NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	const struct fate *to = &h->f->fates[r->to];

	/* A property may have gone for another reference in it. */
	if (h->f->fates[r->node].gone || !filter_prop(h->f, r->node, r->prop.name))
		return DONE;
	if (r->kind == OVL_REF_SUSPECT) {
		h->n_suspects++;
		filter_note(h->f, "suspect", r->node, r->prop.name, WHY_DANGLING,
			    "cell %u may refer to %s", (unsigned int)r->off / 4, node_text(h->f, r->to));
		return DONE;
	}
	if (to->bound)
		return bind(h, r, to->bound);
	if (is_id_list(r)) {
		cut_entry(h, r);
		return DONE;
	}
	if (is_called(&r->prop, "interrupt-parent") && h->f->dangling != DANGLING_KEEP) {
		drop_interrupt_parent(h, r);
		return DONE;
	}
	return dangles(h, r->node, r->prop.name, r->to);
}

/* Nodes may be added to the list meanwhile. */
static enum status follow_all(struct hygiene *h)
{
	enum status status = DONE;

	for (; h->followed < h->f->n_gone && !status; h->followed++)
		for (size_t k = h->to[h->f->gone[h->followed]]; k && !status; k = h->refs[k - 1].next)
			status = follow(h, &h->refs[k - 1].at);
	return status;
}

/* When all that goes is known: what references are bound to stays. */
static enum status check_bounds(struct filter *f)
{
	enum status status = DONE;

	for (size_t i = 0; i < f->n_gone; i++) {
		struct bound *bound = f->fates[f->gone[i]].bound;
		struct text goes = { 0 };

		if (!bound || bound->told || !bound->to || !f->fates[bound->to].gone)
			continue;
		text_add(&goes, "%s goes, too", node_text(f, bound->to));
		diag_error(f->diags, &bound->at, MSG_FILTER_BIND, node_text(f, f->gone[i]), bound->label,
			   text_of(&goes));
		text_free(&goes);
		bound->told = true;
		status = CONFLICT;
	}
	return status;
}

/* ---------------------------------------------------------------- entries out of values */

static int compare_cuts(const void *a, const void *b)
{
	const struct cut *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	if (x->prop != y->prop)
		return strcmp(x->prop->name->text, y->prop->name->text);
	return (x->from > y->from) - (x->from < y->from);
}

/* References behind a cut move up with their cells; those in it go. */
static void move_refs(struct prop *p, const struct cut *cuts, size_t n)
{
	struct marker **at = &p->value.markers;
	uint32_t gone = 0;

	while (*at) {
		struct marker *m = *at;

		for (; n && cuts->to <= m->offset; cuts++, n--)
			gone += cuts->to - cuts->from;
		if (n && m->offset >= cuts->from) {
			*at = m->next;
			continue;
		}
		m->offset -= gone;
		at = &m->next;
	}
}

/* cuts: n of one property, in order. */
static void make_cuts(struct hygiene *h, const struct cut *cuts, size_t n)
{
	struct prop *p = cuts->prop;
	unsigned char *bytes = pool_alloc(h->f->draft.pool, p->value.len);
	uint32_t len = 0, at = 0;

	for (size_t i = 0; i < n; i++) {
		memcpy(bytes + len, p->value.bytes + at, cuts[i].from - at);
		len += cuts[i].from - at;
		at = cuts[i].to;
	}
	memcpy(bytes + len, p->value.bytes + at, p->value.len - at);
	len += p->value.len - at;
	move_refs(p, cuts, n);
	p->value.bytes = bytes;
	p->value.len = p->value.room = len;
	if (len)
		return;
	prop_delete(p);
	filter_note(h->f, "property", cuts->node, p->name->text, WHY_DANGLING, "nothing is left of it");
	drop_beside_map(h, cuts->node, p->name->text);
}

static void cut_all(struct hygiene *h)
{
	size_t i = 0, n;

	qsort(h->cuts, h->n_cuts, sizeof(*h->cuts), compare_cuts);
	for (; i < h->n_cuts; i += n) {
		for (n = 1; i + n < h->n_cuts && h->cuts[i + n].prop == h->cuts[i].prop; n++)
			;
		if (!h->f->fates[h->cuts[i].node].gone && !h->cuts[i].prop->deleted)
			make_cuts(h, &h->cuts[i], n);
	}
}

/* ---------------------------------------------------------------- paths */

static ovl_node top(const struct filter *f, const char *name)
{
	const struct ovl_tree *tree = &f->stack.tree;

	return ovl_node_child(tree, ovl_node_root(tree), ovl_str(name));
}

/* The node that a path leads to, or an alias with a path behind it; in /chosen a colon ends it. */
static ovl_node led_to(const struct filter *f, const struct ovl_prop *p, char end)
{
	struct ovl_str path = { (const char *)p->value, 0 };

	while (path.len < p->len && path.ptr[path.len] && path.ptr[path.len] != end)
		path.len++;
	return path.len ? path_find(&f->stack.tree, path, false) : OVL_NONE;
}

/* Whether it begins with an alias of the board that was taken out, or went with all of them. */
static bool lost_alias(const struct filter *f, const struct ovl_prop *p)
{
	struct ovl_str alias = { (const char *)p->value, 0 };
	ovl_node list = top(f, "aliases");
	struct ovl_prop was;

	/* strchr() finds the NUL as well; a value need not have one. */
	while (alias.len < p->len && !strchr("/:", alias.ptr[alias.len]))
		alias.len++;
	if (!alias.len || !list || !ovl_prop_find(&f->stack.tree, list, alias, &was))
		return false;
	return f->fates[list].gone || !filter_prop(f, list, was.name);
}

/* table is a node of which each property is a path. */
static void clean_table(struct filter *f, const char *table, const char *what)
{
	const struct ovl_tree *tree = &f->stack.tree;
	ovl_node list = top(f, table), to;
	struct ovl_prop p;

	if (!list || f->fates[list].gone)
		return;
	for (int more = ovl_prop_first(tree, list, &p); more; more = ovl_prop_next(tree, &p)) {
		struct prop *own = as_it_came(f, list, &p);

		to = led_to(f, &p, '\0');
		if (to && own && f->fates[to].gone) {
			prop_delete(own);
			filter_note(f, what, to, p.name, f->fates[to].why, "of %s", node_text(f, to));
		}
	}
}

ovl_node filter_console(const struct filter *f, size_t i, struct ovl_prop *p)
{
	static const char *const consoles[FILTER_CONSOLES] = { "stdout-path", "linux,stdout-path", "stdin-path" };
	ovl_node chosen = top(f, "chosen");

	if (!chosen || !ovl_prop_find(&f->stack.tree, chosen, ovl_str(consoles[i]), p))
		return OVL_NONE;
	return led_to(f, p, ':');
}

static void clean_chosen(struct filter *f)
{
	ovl_node chosen = top(f, "chosen");
	struct ovl_prop p;

	if (!chosen || f->fates[chosen].gone)
		return;
	for (size_t i = 0; i < FILTER_CONSOLES; i++) {
		ovl_node to = filter_console(f, i, &p);
		struct prop *own = to ? as_it_came(f, chosen, &p) : NULL;

		if (own && (f->fates[to].gone || lost_alias(f, &p))) {
			prop_delete(own);
			filter_note(f, "property", to, p.name, f->fates[to].why, "of %s", node_text(f, to));
		}
	}
}

/* ---------------------------------------------------------------- interrupts */

/* As interrupt_parent(), for what the draft has become. */
static const struct node *new_parent(const struct draft *d, const struct node *node)
{
	for (int hops = 0; node && hops < 64; hops++) {
		const struct prop *p = prop_find(&d->tree, node, "interrupt-parent");

		if (p && p->value.len >= 4)
			node = node_by_phandle(&d->tree, cell_get(p->value.bytes));
		else
			node = node->parent;
		if (node && node->deleted)
			node = NULL;
		if (node && prop_find(&d->tree, node, "#interrupt-cells"))
			return node;
	}
	return NULL;
}

static enum status make_explicit(struct filter *f, ovl_node node, ovl_node parent)
{
	struct draft *d = &f->draft;
	struct prop *p;

	if (!draft_phandle(d, f->fates[parent].node))
		return POLICY;
	p = draft_clear(d, f->fates[node].node, "interrupt-parent");
	draft_put_ref(d, p, 0, &(struct reference){ .target = f->fates[parent].node });
	filter_note(f, "property", node, "interrupt-parent", WHY_DANGLING, "set to %s, which was inherited",
		    node_text(f, parent));
	return DONE;
}

/* A rule said who the node's interrupts go to. */
static bool is_told(const struct filter *f, ovl_node node)
{
	struct ovl_prop was;

	if (!filter_prop(f, node, "interrupt-parent"))
		return false;
	return !ovl_prop_find(&f->stack.tree, node, ovl_str("interrupt-parent"), &was) || !as_it_came(f, node, &was);
}

static enum status settle_interrupts(struct hygiene *h, ovl_node node)
{
	struct filter *f = h->f;
	ovl_node parent = interrupt_parent(&f->stack.tree, node);
	const struct fate *to = &f->fates[parent];

	if (!parent || to->bound || is_told(f, node))
		return DONE;
	if (to->gone)
		return dangles(h, node, "interrupts", parent);
	if (new_parent(&f->draft, f->fates[node].node) != to->node)
		return make_explicit(f, node, parent);
	return DONE;
}

static enum status settle_all(struct hygiene *h)
{
	const struct ovl_tree *tree = &h->f->stack.tree;
	ovl_node root = ovl_node_root(tree);
	enum status status = DONE;

	for (ovl_node n = root; n && !status; n = tree_next(tree, root, n))
		if (!h->f->fates[n].gone && filter_prop(h->f, n, "interrupts"))
			status = settle_interrupts(h, n);
	return status;
}

/* ---------------------------------------------------------------- phandles */

static void put_number(struct draft *d, struct prop *p, uint32_t off, uint32_t number)
{
	unsigned char cell[4];

	cell_put(cell, number);
	draft_put(d, p, off, cell, sizeof(cell));
}

/* What a rule set in the place of a reference is not touched. */
static void renumber_refs(struct hygiene *h, ovl_node node, uint32_t old)
{
	for (size_t k = h->to[node]; k; k = h->refs[k - 1].next) {
		const struct ovl_ref *r = &h->refs[k - 1].at;
		/* References that are counted from 1 are in the list.  NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
		struct prop *p = r->kind == OVL_REF_SUSPECT ? NULL : filter_prop(h->f, r->node, r->prop.name);
		const struct marker *m = p ? draft_ref(p, r->off) : NULL;

		if (!p || p->value.len < r->off + 4 || cell_get(p->value.bytes + r->off) != old)
			continue;
		if (m)
			draft_put_ref(&h->f->draft, p, r->off, m->to);
		else
			put_number(&h->f->draft, p, r->off, h->f->fates[node].node->phandle);
	}
}

static void renumber_node(struct hygiene *h, ovl_node node, uint32_t number)
{
	static const char *const names[] = { "phandle", "linux,phandle" };
	struct node *n = h->f->fates[node].node;
	uint32_t old = n->phandle;

	n->phandle = 0;
	node_take_phandle(&h->f->draft.tree, n, number);
	for (int i = 0; i < 2; i++) {
		struct prop *p = filter_prop(h->f, node, names[i]);

		if (p)
			put_number(&h->f->draft, p, 0, number);
	}
	filter_note(h->f, "phandle", node, NULL, WHY_DANGLING, "0x%x becomes 0x%x", old, number);
	renumber_refs(h, node, old);
}

/* The largest that is in use and not reserved. */
static uint32_t largest(const struct filter *f, const struct ranges *reserved)
{
	uint32_t most = 0;

	for_each_node(f->draft.tree.root, n)
		if (n->phandle > most && !ranges_hold(reserved, n->phandle))
			most = n->phandle;
	return most;
}

static enum status renumber(struct hygiene *h, const struct ranges *reserved, bool strict)
{
	const struct ovl_tree *tree = &h->f->stack.tree;
	struct diag_place at = { .file = h->f->blob.name };
	ovl_node root = ovl_node_root(tree);
	uint32_t number = reserved->n ? largest(h->f, reserved) : 0;
	enum status status = DONE;

	for (ovl_node n = root; n && reserved->n; n = tree_next(tree, root, n)) {
		uint32_t phandle = h->f->fates[n].gone ? 0 : h->f->fates[n].node->phandle;

		if (!phandle || !ranges_hold(reserved, phandle))
			continue;
		if (strict) {
			diag_error(h->f->diags, &at, MSG_FILTER_RESERVED, node_text(h->f, n), phandle);
			status = CONFLICT;
			continue;
		}
		number = ranges_beyond(reserved, number + 1);
		if (number == UINT32_MAX) {
			diag_error(h->f->diags, &at, MSG_NO_PHANDLE_LEFT, h->f->draft.largest);
			diag_note(h->f->diags, &at, "%s needs one for 0x%x: what is given is above all that are in use, "
				  "and not reserved", node_text(h->f, n), phandle);
			return POLICY;
		}
		renumber_node(h, n, number);
	}
	return status;
}

/* ---------------------------------------------------------------- all of it */

static void mark_deleted(struct filter *f)
{
	for (size_t i = 0; i < f->n_gone; i++)
		if (!f->fates[f->gone[i]].node->deleted)
			node_delete(f->fates[f->gone[i]].node);
}

static enum status clean(struct hygiene *h, const struct ranges *reserved, bool strict)
{
	enum status status;

	find_refs(h);
	h->cuts = grow_new(h->f->diags, h->n + 1, sizeof(*h->cuts));
	status = follow_all(h);
	mark_deleted(h->f);
	if (!status)
		status = settle_all(h);
	/* Nodes that went for want of their interrupts are referred to as well. */
	if (!status)
		status = follow_all(h);
	mark_deleted(h->f);
	if (!status)
		status = check_bounds(h->f);
	if (!status)
		status = renumber(h, reserved, strict);
	if (status)
		return status;
	cut_all(h);
	clean_table(h->f, "aliases", "alias");
	clean_chosen(h->f);
	clean_table(h->f, "__symbols__", "symbol");
	if (h->n_suspects)
		diag_remark(h->f->diags, &(struct diag_place){ .file = h->f->blob.name },
			    "%u %s may refer to nodes that went, and %s left as they are: --report tells which",
			    h->n_suspects, h->n_suspects == 1 ? "cell" : "cells",
			    h->n_suspects == 1 ? "is" : "are");
	return h->f->refused ? CONFLICT : DONE;
}

enum status filter_hygiene(struct filter *f, const struct ranges *reserved, bool strict)
{
	struct hygiene h = { .f = f };
	enum status status;

	h.to = grow_new(f->diags, ovl_tree_used(&f->stack.tree) / sizeof(uint32_t) + 1, sizeof(*h.to));
	status = clean(&h, reserved, strict);
	free(h.refs);
	free(h.to);
	free(h.cuts);
	return status;
}
