/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* extract_refs.c - references of the nodes that are extracted, see extract.h.
 * Which they are libovl knows (ovl_ref_first()).  Those to copies are to them; what becomes of the others says the
 * policy for the node referred to: another reference, a stub in its place, or nothing.  What names the entries of
 * a list, or goes with them, loses what they lose.  References of interrupts out of the copies are not looked at. */
#include <string.h>

#include "extract.h"

/* ---------------------------------------------------------------- what is refused */

/* A node that only its bus makes something of. */
static void note_bus(struct extract *x, ovl_node node)
{
	const struct ovl_tree *tree = &x->host.tree;
	ovl_node bus = ovl_node_parent(tree, node);
	struct ovl_prop p;

	if (bus == ovl_node_root(tree) || ovl_prop_find(tree, bus, ovl_str("ranges"), &p) ||
	    !ovl_prop_find(tree, node, ovl_str("reg"), &p))
		return;
	diag_note(x->diags, NULL, "it is on the bus %s, which would have to come along", extract_path(x, bus));
}

static void refuse(struct extract *x, const struct ovl_ref *r)
{
	struct diag_place at = extract_place(x);
	const char *path = extract_path(x, r->to), *compatible = text_in(&x->host.tree, r->to, "compatible");

	diag_error(x->diags, &at, MSG_GUEST_LACKS, extract_path(x, r->node), r->prop.name, path);
	extract_fail(x, CONFLICT);
	if (x->parts[r->to].told)
		return;
	x->parts[r->to].told = true;
	note_bus(x, r->to);
	diag_help(x->diags, NULL, "say it in the map: \"bind %s -> &LABEL\", or \"policy %s\" with copy, stub or drop",
		  path, compatible ? compatible : path);
}

static void tell_fault(struct extract *x, const struct ovl_ref *r)
{
	struct diag_place at = extract_place(x);
	struct text place = { 0 };

	if (r->fault != OVL_REF_DANGLING) {
		extract_unreadable(x, r->node, r->prop.name,
				   r->fault == OVL_REF_NO_CELLS ? "a node it refers to does not say how many cells follow"
				   : r->fault == OVL_REF_MASK	? "its mask does not fit"
								: "an entry is not whole");
		return;
	}
	text_add(&place, "%s:%s", extract_path(x, r->node), r->prop.name);
	diag_error(x->diags, &at, MSG_REF_DANGLING, r->off / 4, text_of(&place), r->phandle, x->host_blob.name);
	text_free(&place);
	extract_fail(x, UNRESOLVED);
}

static void check_bound(struct extract *x, const struct ovl_ref *r, const struct policy *policy)
{
	ovl_node node = extract_check_bound(x, r->to, policy);
	uint32_t n;

	if (node && r->cells && r->kind == OVL_REF_KNOWN && cell_in(&x->base.tree, node, r->cells, &n))
		extract_check_cells(x, r->to, policy, r->n_args, n);
}

/* ---------------------------------------------------------------- one node's references */

/* A reference, the entry it is in, and what becomes of that. */
struct taken {
	struct ovl_ref r;
	uint32_t index, from, to; /* the entry: which, and its bytes */
	const struct policy *policy; /* NULL: it is to a copy */
	bool drop;
};

struct node_refs {
	struct extract *x;
	ovl_node node;
	struct taken *list;
	size_t n, room;
};

static void note_stream(struct extract *x, const struct ovl_ref *r)
{
	struct extract_stream s = { .node = r->node, .to = r->to, .prop = r->prop.name };

	if (strcmp(r->prop.name, "iommus") != 0 && strcmp(r->prop.name, "iommu-map") != 0)
		return;
	s.before = (struct cell_run){ r->prop.value + r->off - (size_t)4 * r->before, r->before };
	s.ids = (struct cell_run){ r->prop.value + r->off + 4, r->n_args };
	x->streams = pool_grow(&x->pool, x->streams, &x->streams_room, x->n_streams + 1, sizeof(s));
	x->streams[x->n_streams++] = s;
}

static void decide(struct node_refs *t, struct taken *k)
{
	const struct taken *last = t->n ? &t->list[t->n - 1] : NULL;
	struct extract *x = t->x;

	if (x->parts[k->r.to].kind == PART_WHOLE)
		return;
	note_stream(x, &k->r);
	k->policy = extract_policy(x, k->r.to);
	if (k->policy->kind == POLICY_BIND)
		check_bound(x, &k->r, k->policy);
	else if (k->policy->kind != POLICY_REFUSE)
		k->drop = k->policy->kind == POLICY_DROP ||
			  /* A fixed clock has its rate and no parent. */
			  (k->policy->kind == POLICY_STUB && strncmp(k->r.prop.name, "assigned-clock", 14) == 0);
	/* A list with several of one node is told of once. */
	else if (!last || last->r.prop.value != k->r.prop.value || last->r.to != k->r.to)
		refuse(x, &k->r);
}

/* Entries of a phandle 0 stand for none, and count. */
static void take_ref(struct node_refs *t, const struct ovl_ref *r)
{
	const struct taken *last = t->n ? &t->list[t->n - 1] : NULL;
	struct taken k = { .r = *r, .from = r->off - 4 * r->before, .to = r->off + 4 + 4 * r->n_args };

	if (r->fault != OVL_REF_SOUND || !r->to) {
		tell_fault(t->x, r);
		return;
	}
	if (last && last->r.prop.value != r->prop.value)
		last = NULL;
	k.index = last ? last->index + 1 + (k.from - last->to) / 4 : k.from / 4;
	decide(t, &k);
	t->list = pool_grow(&t->x->pool, t->list, &t->room, t->n + 1, sizeof(k));
	t->list[t->n++] = k;
}

/* ---------------------------------------------------------------- values anew */

struct rewrite {
	struct extract *x;
	struct prop *prop;
	struct text value;
	struct marker *markers, **last;
};

static void put_ref(struct rewrite *w, const char *label, uint32_t phandle, struct node *to)
{
	struct marker *m = marker_new(&w->x->tree, MARK_REF_PHANDLE, (uint32_t)w->value.len, to ? NULL : label,
				      w->prop->pos);
	unsigned char cell[4];

	m->to->target = to;
	cell_put(cell, to ? to->phandle : label ? UINT32_MAX : phandle);
	text_put(&w->value, cell, sizeof(cell));
	if (!to && !label)
		return;
	*w->last = m;
	w->last = &m->next;
}

static void put_entry(struct rewrite *w, const struct taken *k)
{
	const unsigned char *old = k->r.prop.value;
	struct node *stub;

	if (k->drop)
		return;
	text_put(&w->value, old + k->from, k->r.off - k->from);
	if (!k->policy || k->policy->kind == POLICY_COPY) {
		put_ref(w, NULL, 0, w->x->parts[k->r.to].copy);
	} else if (k->policy->kind == POLICY_BIND) {
		put_ref(w, k->policy->label, k->policy->phandle, NULL);
	} else if (k->policy->kind == POLICY_STUB) {
		stub = extract_stub(w->x, &k->r, k->policy);
		if (stub)
			put_ref(w, NULL, 0, stub);
		return;
	}
	text_put(&w->value, old + k->r.off + 4, k->to - k->r.off - 4);
}

static void take_value(struct rewrite *w)
{
	struct prop *p = w->prop;

	prop_set(&w->x->tree, p, w->value.at ? w->value.at : "", w->value.len);
	p->value.markers = w->markers;
	text_free(&w->value);
}

static struct prop *copied(const struct extract *x, ovl_node node, const char *name)
{
	return prop_find(&x->tree, x->parts[node].copy, name);
}

enum { TEXTS = 0 };

/* Takes what is of the entries that go out of what stands beside them: texts, or so many bytes of each. */
static void drop_beside(struct extract *x, ovl_node node, const char *name, const struct extract_gone *d,
			uint32_t bytes)
{
	struct prop *p = copied(x, node, name);
	struct text left = { 0 };
	uint32_t at = 0, len;

	for (uint32_t i = 0; p && at < p->value.len; i++, at += len) {
		const unsigned char *from = p->value.bytes + at;

		len = p->value.len - at;
		if (!bytes && memchr(from, 0, len))
			len = (uint32_t)strlen((const char *)from) + 1;
		else if (bytes && len > bytes)
			len = bytes;
		if (i >= d->n || !d->list[i])
			text_put(&left, from, len);
	}
	if (p && !left.len)
		prop_delete(p);
	else if (p)
		prop_set(&x->tree, p, left.at, left.len);
	text_free(&left);
}

void extract_drop_names(struct extract *x, ovl_node node, const char *list, const struct extract_gone *gone)
{
	for (size_t n = prop_stem(list, 0); n; n = prop_stem(list, n)) {
		struct text twin = { 0 };

		text_add(&twin, "%.*s-names", (int)n, list);
		drop_beside(x, node, text_of(&twin), gone, TEXTS);
		text_free(&twin);
	}
}

/* A state of pins may be one without settings; any other list that has nothing goes, and what a map is read by too. */
static void drop_empty(const struct node_refs *t, struct prop *p)
{
	static const char *const ends[] = { "mask", "pass-thru" };

	if (p->value.len || strncmp(p->name->text, "pinctrl-", 8) == 0)
		return;
	prop_delete(p);
	for (size_t i = 0; i < 2; i++) {
		struct text twin = { 0 };
		struct prop *beside;

		text_add(&twin, "%s-%s", p->name->text, ends[i]);
		beside = copied(t->x, t->node, text_of(&twin));
		if (beside)
			prop_delete(beside);
		text_free(&twin);
	}
}

/* Cells between two entries, each of which stands for one that is none, from entry i on. */
static void put_gap(struct rewrite *w, const unsigned char *at, uint32_t len, uint32_t i,
		    const struct extract_gone *others)
{
	for (; others && len >= 4; at += 4, len -= 4, i++)
		if (i >= others->n || !others->list[i])
			text_put(&w->value, at, 4);
	text_put(&w->value, at, len);
}

/* All references of one property.  others: entries of another list that these stand beside, and go with; what goes
 * itself only leaves a gap then. */
static void rewrite(const struct node_refs *t, const struct taken *k, size_t n, const struct extract_gone *others,
		    struct extract_gone *d)
{
	struct rewrite w = { .x = t->x, .prop = copied(t->x, t->node, k->r.prop.name) };
	const unsigned char *old = k->r.prop.value;
	uint32_t at = 0, index = 0;

	w.last = &w.markers;
	d->n = k[n - 1].index + 1;
	d->list = pool_alloc(&t->x->pool, d->n * sizeof(*d->list));
	for (size_t i = 0; i < n; i++) {
		put_gap(&w, old + at, k[i].from - at, index, others);
		at = k[i].to;
		index = k[i].index + 1;
		/* A list of n.  NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
		if (others && index <= others->n && others->list[index - 1])
			continue;
		put_entry(&w, &k[i]);
		d->list[index - 1] = k[i].drop;
		if (others && k[i].drop)
			text_put(&w.value, "\0\0\0\0", 4);
	}
	put_gap(&w, old + at, k->r.prop.len - at, index, others);
	take_value(&w);
	drop_empty(t, w.prop);
}

static bool any(const struct extract_gone *d)
{
	for (uint32_t i = 0; i < d->n; i++)
		if (d->list[i])
			return true;
	return false;
}

/* Two entries are one path, from a node to another, which goes with either of them. */
static void drop_paths(struct taken *k, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (k[i - 1].index / 2 == k[i].index / 2)
			k[i - 1].drop = k[i].drop = k[i - 1].drop || k[i].drop;
}

/* And they have one name. */
static void name_paths(struct extract_gone *d)
{
	for (size_t i = 0; 2 * i < d->n; i++)
		d->list[i] = d->list[2 * i];
	d->n = (d->n + 1) / 2;
}

static void settle_prop(const struct node_refs *t, struct taken *k, size_t n, struct extract_gone *assigned)
{
	struct extract_gone d = { 0 };
	const char *name = k->r.prop.name;
	bool beside = strcmp(name, "assigned-clock-parents") == 0, paths = strcmp(name, "interconnects") == 0;

	if (paths)
		drop_paths(k, n);
	rewrite(t, k, n, beside ? assigned : NULL, &d);
	if (!any(&d) || beside)
		return;
	if (paths)
		name_paths(&d);
	extract_drop_names(t->x, t->node, name, &d);
	if (strcmp(name, "assigned-clocks") == 0) {
		drop_beside(t->x, t->node, "assigned-clock-rates", &d, 4);
		drop_beside(t->x, t->node, "assigned-clock-rates-u64", &d, 8);
		*assigned = d;
	}
}

static size_t n_of_prop(const struct node_refs *t, size_t first)
{
	size_t n = 1;

	while (first + n < t->n && t->list[first + n].r.prop.value == t->list[first].r.prop.value)
		n++;
	return n;
}

/* assigned-clock-parents come behind all others: assigned-clocks says which of them go. */
static void settle_node(struct node_refs *t)
{
	struct extract_gone assigned = { 0 };
	size_t n, parents = t->n;

	for (size_t i = 0; i < t->n; i += n) {
		n = n_of_prop(t, i);
		if (strcmp(t->list[i].r.prop.name, "assigned-clock-parents") == 0)
			parents = i;
		else
			settle_prop(t, t->list + i, n, &assigned);
	}
	if (parents < t->n)
		settle_prop(t, t->list + parents, n_of_prop(t, parents), &assigned);
	t->n = 0;
}

static void suspect(struct extract *x, const struct ovl_ref *r)
{
	if (x->parts[r->node].kind != PART_WHOLE || strcmp(r->prop.name, "interrupts") == 0)
		return;
	text_add(&x->suspects, "%s\"%s:%s:%u\"", x->n_suspects++ ? ", " : "", extract_path(x, r->node), r->prop.name,
		 r->off);
}

void extract_refs(struct extract *x)
{
	const struct ovl_tree *tree = &x->host.tree;
	struct node_refs t = { .x = x };
	struct ovl_ref r;

	for (int more = ovl_ref_first(tree, NULL, ovl_node_root(tree), &r); more; more = ovl_ref_next(&r)) {
		if (r.node != t.node)
			settle_node(&t);
		t.node = r.node;
		if (r.kind == OVL_REF_SUSPECT)
			suspect(x, &r);
		else if (extract_follows(x, &r))
			take_ref(&t, &r);
	}
	settle_node(&t);
}
