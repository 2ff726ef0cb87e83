/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* extract_refs.c - references of the nodes that are extracted, see extract.h.
 * Which they are libovl knows (ovl_ref_first()).  Those to copies are to them; what becomes of the others says the
 * policy for the node referred to: another reference, a stub in its place, or nothing.  What names the entries of
 * a list, or goes with them, loses what they lose.  Interrupts are not looked at here. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "extract.h"
#include "rule_words.h"

/* ---------------------------------------------------------------- policies */

bool extract_is_plain(const struct ovl_tree *tree, ovl_node node)
{
	static const char *const names[] = { "fixed-clock", "fixed-factor-clock", "regulator-fixed" };
	struct ovl_prop p;

	if (!ovl_prop_find(tree, node, ovl_str("compatible"), &p) || !p.value || !p.len || p.value[p.len - 1])
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp((const char *)p.value, names[i]) == 0)
			return true;
	return false;
}

const struct policy *extract_policy(struct extract *x, ovl_node node)
{
	static const struct policy copy = { .kind = POLICY_COPY }, refuse = { .kind = POLICY_REFUSE };
	struct part *part = &x->parts[node];

	if (part->bind) {
		part->bind->at.used = true;
		return &part->bind->policy;
	}
	if (!part->policy)
		part->policy = map_policy(&x->map, &x->host.tree, node);
	if (!part->policy)
		part->policy = extract_is_plain(&x->host.tree, node) ? &copy : &refuse;
	return part->policy;
}

ovl_node extract_bound(struct extract *x, const struct policy *policy)
{
	if (!x->has_base)
		return OVL_NONE;
	return policy->label ? ovl_node_by_label(&x->base.tree, ovl_str(policy->label))
			     : ovl_node_by_phandle(&x->base.tree, policy->phandle);
}

/* ---------------------------------------------------------------- closure */

static bool is_called(const struct ovl_prop *p, const char *name)
{
	return strcmp(p->name, name) == 0;
}

static bool is_of_interrupts(const struct ovl_ref *r)
{
	return is_called(&r->prop, "interrupt-parent") || is_called(&r->prop, "interrupts-extended") ||
	       is_called(&r->prop, "interrupt-map");
}

static bool counts(const struct extract *x, const struct ovl_ref *r)
{
	return r->kind != OVL_REF_FIXUP && r->kind != OVL_REF_SUSPECT && x->parts[r->node].kind == PART_WHOLE;
}

/* Returns whether anything is new in it. */
static bool mark(struct extract *x, ovl_node top)
{
	const struct ovl_tree *tree = &x->host.tree;
	bool any = x->parts[top].kind != PART_WHOLE;

	for (ovl_node n = any ? top : OVL_NONE; n; n = tree_next(tree, top, n)) {
		x->parts[n].kind = PART_WHOLE;
		x->parts[n].device = top;
	}
	return any;
}

/* needs: what was chosen is marked.  A node copied has all of it looked at once more when one above it is copied
 * too, and paths have an end. */
void extract_close(struct extract *x)
{
	const struct ovl_tree *tree = &x->host.tree;
	ovl_node root = ovl_node_root(tree), *queue = NULL;
	size_t n = 0, done = 0, room = 0;
	struct ovl_ref r;

	for (ovl_node node = root; node; node = tree_next(tree, root, node))
		if (x->parts[node].named) {
			queue = pool_grow(&x->pool, queue, &room, n + 1, sizeof(*queue));
			queue[n++] = node;
		}
	for (size_t i = n; i-- > 0; )
		mark(x, queue[i]);
	for (; done < n; done++)
		for (int more = ovl_ref_first(tree, NULL, queue[done], &r); more; more = ovl_ref_next(&r)) {
			if (!counts(x, &r) || !r.to || is_of_interrupts(&r) || x->parts[r.to].kind ||
			    extract_policy(x, r.to)->kind != POLICY_COPY)
				continue;
			mark(x, r.to);
			queue = pool_grow(&x->pool, queue, &room, n + 1, sizeof(*queue));
			queue[n++] = r.to;
		}
}

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
	const char *path = extract_path(x, r->to);
	struct ovl_prop p;

	diag_error(x->diags, &at, MSG_GUEST_LACKS, extract_path(x, r->node), r->prop.name, path);
	extract_fail(x, CONFLICT);
	if (x->parts[r->to].told)
		return;
	x->parts[r->to].told = true;
	note_bus(x, r->to);
	if (ovl_prop_find(&x->host.tree, r->to, ovl_str("compatible"), &p) && p.value && p.len &&
	    !p.value[p.len - 1])
		path = (const char *)p.value;
	diag_help(x->diags, NULL, "say it in the map: \"bind %s -> &LABEL\", or \"policy %s\" with copy, stub or drop",
		  extract_path(x, r->to), path);
}

static void tell_fault(struct extract *x, const struct ovl_ref *r)
{
	struct diag_place at = extract_place(x);
	struct text place = { 0 };

	text_add(&place, "%s:%s", extract_path(x, r->node), r->prop.name);
	if (r->fault == OVL_REF_DANGLING)
		diag_error(x->diags, &at, MSG_REF_DANGLING, r->off / 4, text_of(&place), r->phandle,
			   x->host_blob.name);
	else
		diag_error(x->diags, &at, MSG_REF_UNREADABLE, text_of(&place),
			   r->fault == OVL_REF_NO_CELLS ? "a node it refers to does not say how many cells follow"
			   : r->fault == OVL_REF_MASK	? "its mask does not fit"
							: "an entry is not whole");
	text_free(&place);
	extract_fail(x, r->fault == OVL_REF_DANGLING ? UNRESOLVED : CONFLICT);
}

/* ---------------------------------------------------------------- bound nodes */

static void check_bound(struct extract *x, const struct ovl_ref *r, const struct policy *policy)
{
	struct diag_place at = extract_place(x);
	ovl_node node = extract_bound(x, policy);
	struct ovl_prop p;
	uint32_t n = 0;

	if (x->profile == FOR_XEN && policy->label) {
		diag_error(x->diags, &at, MSG_GUEST_NO_LABELS, policy->label);
		diag_help(x->diags, NULL, "bind to a phandle: 65000 is the guest's interrupt controller");
		extract_fail(x, CONFLICT);
		return;
	}
	if (!x->has_base)
		return;
	if (!node && policy->label) {
		diag_error(x->diags, &at, MSG_GUEST_LABEL, extract_path(x, r->to), policy->label, x->base_blob.name);
		extract_fail(x, UNRESOLVED);
	}
	if (!node || !r->cells)
		return;
	if (ovl_prop_find(&x->base.tree, node, ovl_str(r->cells), &p) && p.len == 4)
		n = ovl_prop_cell(&p, 0);
	if (n != r->n_args && r->kind == OVL_REF_KNOWN) {
		diag_error(x->diags, &at, MSG_GUEST_CELLS, extract_path(x, r->to), r->n_args,
			   policy->label ? policy->label : "its phandle", x->base_blob.name, n);
		extract_fail(x, CONFLICT);
	}
}

/* ---------------------------------------------------------------- stubs */

static struct node *new_stub(struct extract *x, const char *name, const char *compatible)
{
	struct node *stub = node_new(&x->tree, extract_free_name(x, name, ""), (struct pos){ 0 });

	node_append(&x->tree, x->home, stub);
	prop_add_text(&x->tree, stub, "compatible", compatible);
	return stub;
}

static void add_cell(struct extract *x, struct node *node, const char *name, uint32_t number)
{
	struct prop *p = prop_new(&x->tree, name_of(&x->pool, name, strlen(name)), node->pos);

	prop_append(&x->tree, node, p);
	cell_put(prop_more(&x->tree, p, 4), number);
}

static void finish_stub(struct extract *x, struct node *stub)
{
	node_take_phandle(&x->tree, stub, 0);
	add_cell(x, stub, "phandle", stub->phandle);
}

static bool cell_of(const struct extract *x, ovl_node node, const char *name, uint32_t *number)
{
	struct ovl_prop p;
	bool has = ovl_prop_find(&x->host.tree, node, ovl_str(name), &p) && p.len == 4;

	*number = has ? ovl_prop_cell(&p, 0) : 0;
	return has;
}

/* One for each rate. */
static struct node *clock_stub(struct extract *x, uint32_t rate)
{
	struct text name = { 0 };
	struct name *known;
	struct node *stub;

	text_add(&name, "clock-%" PRIu32, rate);
	known = name_of(&x->pool, text_of(&name), name.len);
	stub = node_child(x->home, known);
	if (!stub || !stub->made) {
		stub = new_stub(x, text_of(&name), "fixed-clock");
		stub->made = true;
		add_cell(x, stub, "#clock-cells", 0);
		add_cell(x, stub, "clock-frequency", rate);
		finish_stub(x, stub);
	}
	text_free(&name);
	return stub;
}

/* One for each supply of the host, with its name and voltage. */
static struct node *supply_stub(struct extract *x, ovl_node node)
{
	static const char *const voltages[] = { "regulator-min-microvolt", "regulator-max-microvolt" };
	struct part *part = &x->parts[node];
	struct ovl_prop p;
	uint32_t number;

	if (part->stub)
		return part->stub;
	part->stub = new_stub(x, "regulator", "regulator-fixed");
	if (ovl_prop_find(&x->host.tree, node, ovl_str("regulator-name"), &p) && p.value && p.len && !p.value[p.len - 1])
		prop_add_text(&x->tree, part->stub, "regulator-name", (const char *)p.value);
	for (size_t i = 0; i < 2; i++)
		if (cell_of(x, node, voltages[i], &number))
			add_cell(x, part->stub, voltages[i], number);
	finish_stub(x, part->stub);
	return part->stub;
}

/* NULL when there can be none, which was reported. */
static struct node *stub_for(struct extract *x, const struct ovl_ref *r, const struct policy *policy)
{
	struct diag_place at = extract_place(x);
	const char *why = "a stub is made for a clock or a supply only";
	size_t len = r->prop.name_len;
	uint32_t rate = policy->rate;

	if (len > 7 && strcmp(r->prop.name + len - 7, "-supply") == 0)
		return supply_stub(x, r->to);
	if (r->cells && strcmp(r->cells, "#clock-cells") == 0) {
		if (rate || cell_of(x, r->to, "clock-frequency", &rate))
			return clock_stub(x, rate);
		why = "a stub for a clock that does not tell its rate needs one: \"stub RATE\"";
	}
	diag_error(x->diags, &at, MSG_GUEST_NO_STUB, extract_path(x, r->node), r->prop.name, why);
	extract_fail(x, CONFLICT);
	return NULL;
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

/* Which entries of a list go, by index. */
struct dropped {
	bool *list;
	uint32_t n;
};

static void note_stream(struct extract *x, const struct ovl_ref *r)
{
	struct extract_stream s = { .node = r->node, .to = r->to, .prop = r->prop.name };

	if (!is_called(&r->prop, "iommus") && !is_called(&r->prop, "iommu-map"))
		return;
	s.before = (struct cell_run){ r->prop.value + r->off - 4 * r->before, r->before };
	s.ids = (struct cell_run){ r->prop.value + r->off + 4, r->n_args };
	x->streams = pool_grow(&x->pool, x->streams, &x->streams_room, x->n_streams + 1, sizeof(s));
	x->streams[x->n_streams++] = s;
}

static void decide(struct node_refs *t, struct taken *k)
{
	struct extract *x = t->x;

	if (x->parts[k->r.to].kind)
		return;
	note_stream(x, &k->r);
	k->policy = extract_policy(x, k->r.to);
	if (k->policy->kind == POLICY_BIND)
		check_bound(x, &k->r, k->policy);
	else if (k->policy->kind == POLICY_REFUSE)
		refuse(x, &k->r);
	else
		k->drop = k->policy->kind == POLICY_DROP;
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

	m->target = to;
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
		stub = stub_for(w->x, &k->r, k->policy);
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
	if (w->value.failed)
		diag_no_memory(w->x->diags);
	text_free(&w->value);
}

static struct prop *copied(const struct node_refs *t, const char *name)
{
	return prop_find(&t->x->tree, t->x->parts[t->node].copy, name);
}

/* Takes the texts, or cells, of the entries that go out of what stands beside them. */
static void drop_beside(const struct node_refs *t, const char *name, const struct dropped *d, bool texts)
{
	struct prop *p = copied(t, name);
	struct text left = { 0 };
	uint32_t at = 0, len;

	for (uint32_t i = 0; p && at < p->value.len; i++, at += len) {
		const unsigned char *from = p->value.bytes + at;

		len = p->value.len - at;
		if (texts && memchr(from, 0, len))
			len = (uint32_t)strlen((const char *)from) + 1;
		else if (!texts && len > 4)
			len = 4;
		if (i >= d->n || !d->list[i])
			text_put(&left, from, len);
	}
	if (p && !left.len)
		prop_delete(p);
	else if (p)
		prop_set(&t->x->tree, p, left.at, left.len);
	text_free(&left);
}

/* clocks and clock-names, mboxes and mbox-names, memory-region and memory-region-names. */
static void drop_names(const struct node_refs *t, const char *name, const struct dropped *d)
{
	size_t len = strlen(name), shortest = len > 2 ? len - 2 : len;

	for (size_t keep = len; keep >= shortest && keep > 0; keep--) {
		struct text twin = { 0 };

		if (keep < len && name[keep] != (keep == len - 1 ? 's' : 'e'))
			break;
		text_add(&twin, "%.*s-names", (int)keep, name);
		drop_beside(t, text_of(&twin), d, true);
		text_free(&twin);
	}
}

/* A state of pins may be one without settings; any other list that has nothing goes. */
static void drop_empty(struct prop *p)
{
	if (!p->value.len && strncmp(p->name->text, "pinctrl-", 8) != 0)
		prop_delete(p);
}

/* Cells between two entries, each of which stands for one that is none, from entry i on. */
static void put_gap(struct rewrite *w, const unsigned char *at, uint32_t len, uint32_t i, const struct dropped *others)
{
	for (; others && len >= 4; at += 4, len -= 4, i++)
		if (i >= others->n || !others->list[i])
			text_put(&w->value, at, 4);
	text_put(&w->value, at, len);
}

/* All references of one property.  others: entries of another list that these stand beside, and go with; what goes
 * itself only leaves a gap then. */
static void rewrite(const struct node_refs *t, const struct taken *k, size_t n, const struct dropped *others,
		    struct dropped *d)
{
	struct rewrite w = { .x = t->x, .prop = copied(t, k->r.prop.name) };
	const unsigned char *old = k->r.prop.value;
	uint32_t at = 0, index = 0;

	w.last = &w.markers;
	d->n = k[n - 1].index + 1;
	d->list = pool_alloc(&t->x->pool, d->n * sizeof(*d->list));
	for (size_t i = 0; i < n; i++) {
		put_gap(&w, old + at, k[i].from - at, index, others);
		at = k[i].to;
		index = k[i].index + 1;
		if (others && index <= others->n && others->list[index - 1])
			continue;
		put_entry(&w, &k[i]);
		d->list[index - 1] = k[i].drop;
		if (others && k[i].drop)
			text_put(&w.value, "\0\0\0\0", 4);
	}
	put_gap(&w, old + at, k->r.prop.len - at, index, others);
	take_value(&w);
	drop_empty(w.prop);
}

static bool any(const struct dropped *d)
{
	for (uint32_t i = 0; i < d->n; i++)
		if (d->list[i])
			return true;
	return false;
}

static void settle_prop(const struct node_refs *t, const struct taken *k, size_t n, struct dropped *assigned)
{
	struct dropped d = { 0 };
	const char *name = k->r.prop.name;
	bool beside = strcmp(name, "assigned-clock-parents") == 0;

	rewrite(t, k, n, beside ? assigned : NULL, &d);
	if (!any(&d) || beside)
		return;
	drop_names(t, name, &d);
	if (strcmp(name, "assigned-clocks") == 0) {
		drop_beside(t, "assigned-clock-rates", &d, false);
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
	struct dropped assigned = { 0 };
	size_t n, parents = t->n;

	for (size_t i = 0; i < t->n; i += n) {
		n = n_of_prop(t, i);
		if (is_called(&t->list[i].r.prop, "assigned-clock-parents"))
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
	if (x->parts[r->node].kind != PART_WHOLE || is_called(&r->prop, "interrupts"))
		return;
	text_add(&x->suspects, "%s\"%s:%s:%u\"", x->n_suspects++ ? ", " : "", extract_path(x, r->node), r->prop.name,
		 r->off);
}

void extract_refs(struct extract *x)
{
	const struct ovl_tree *tree = &x->host.tree;
	ovl_node root = ovl_node_root(tree);
	struct node_refs t = { .x = x };
	struct ovl_ref r;

	for (ovl_node top = root; top; top = tree_next(tree, root, top)) {
		if (!extract_is_outermost(x, top))
			continue;
		for (int more = ovl_ref_first(tree, NULL, top, &r); more; more = ovl_ref_next(&r)) {
			if (r.node != t.node)
				settle_node(&t);
			t.node = r.node;
			if (r.kind == OVL_REF_SUSPECT)
				suspect(x, &r);
			if (counts(x, &r) && (!is_of_interrupts(&r) || (r.to && x->parts[r.to].kind)))
				take_ref(&t, &r);
		}
		settle_node(&t);
	}
}
