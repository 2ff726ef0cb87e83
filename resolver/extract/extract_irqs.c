/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* extract_irqs.c - interrupts of the nodes that are extracted, see extract.h.
 * However the host says it (interrupt-parent of a node or of one above it, interrupts-extended, a map on the way):
 * what counts is the controller where an interrupt arrives, and what it is called there (decode.h).  By the map
 * that is another one of the guest's; what stays within the copies stays as it is.
 * Rules: DTSpec 2.4. */
#include <string.h>

#include "extract.h"

/* What an interrupt of the guest goes to: a copy, what a policy binds to, or, of neither, the controller that the
 * place where the nodes come has already. */
struct lead {
	struct node *copy;
	const struct policy *bound;
};

struct wire {
	struct lead lead;
	ovl_node controller; /* of the host, when it leads out of what is extracted */
	bool none; /* an entry that is left out */
	struct cell_run own;	/* to a copy: what the host has */
	struct map_cells cells; /* else what the map says for it */
};

struct wires {
	struct wire *list;
	size_t n, room;
	bool leave; /* some lead out of what is extracted */
	struct extract_gone gone; /* of the host's entries */
};

static bool has(const struct ovl_tree *tree, ovl_node node, const char *name)
{
	struct ovl_prop p;

	return ovl_prop_find(tree, node, ovl_str(name), &p);
}

static bool same_lead(const struct lead *a, const struct lead *b)
{
	if (a->copy || b->copy || !a->bound || !b->bound)
		return a->copy == b->copy && a->bound == b->bound;
	return a->bound->label && b->bound->label ? strcmp(a->bound->label, b->bound->label) == 0
						  : a->bound->label == b->bound->label &&
							    a->bound->phandle == b->bound->phandle;
}

/* Of a node of the host. */
static struct lead lead_of(struct extract *x, ovl_node controller)
{
	static const struct policy of_xen = { .kind = POLICY_BIND, .phandle = 65000 };
	const struct part *part = &x->parts[controller];
	const struct policy *policy;

	if (part->kind == PART_WHOLE)
		return (struct lead){ .copy = part->copy };
	policy = extract_policy(x, controller);
	if (policy->kind == POLICY_BIND)
		return (struct lead){ .bound = policy };
	return (struct lead){ .bound = x->profile == FOR_XEN ? &of_xen : NULL };
}

/* Whether the guest has it, so that what is behind it does not count. */
static bool is_bound(struct extract *x, ovl_node controller)
{
	return x->parts[controller].kind != PART_WHOLE && extract_policy(x, controller)->kind == POLICY_BIND;
}

static bool is_named(const struct lead *lead)
{
	return lead->copy || lead->bound;
}

/* ---------------------------------------------------------------- what went wrong */

static void tell_cells(struct text *to, struct cell_run run)
{
	for (uint32_t i = 0; i < run.n; i++)
		text_add(to, "%s%u", i ? " " : "", run_cell(run, i));
}

static void no_line(struct extract *x, ovl_node node, ovl_node controller, struct cell_run input)
{
	struct diag_place at = extract_place(x);
	struct text cells = { 0 };

	tell_cells(&cells, input);
	diag_error(x->diags, &at, MSG_GUEST_INTERRUPT, extract_path(x, node), text_of(&cells),
		   extract_path(x, controller));
	if (input.n > MAX_SPECIFIER)
		diag_help(x->diags, NULL, "extract %s as well: a line of the map takes up to %d cells",
			  extract_path(x, controller), MAX_SPECIFIER);
	else
		diag_help(x->diags, NULL, "add a line \"irq %s -> SPECIFIER\" to the map", text_of(&cells));
	text_free(&cells);
	extract_fail(x, UNRESOLVED);
}

/* lost: the node whose map has no entry; OVL_NONE when the entries themselves are at fault. */
static void unreadable(struct extract *x, const struct entries *e, ovl_node lost)
{
	struct text why = { 0 };

	if (lost)
		text_add(&why, "interrupt-map of %s has no entry for it", extract_path(x, lost));
	else
		entries_problem(e, &why);
	extract_unreadable(x, e->node, e->prop.name, text_of(&why));
	text_free(&why);
}

/* droppable: no line of the map has the interrupt. */
static void needs_name(struct extract *x, ovl_node node, ovl_node controller, bool droppable)
{
	struct diag_place at = extract_place(x);

	diag_error(x->diags, &at, MSG_GUEST_CONTROLLER, extract_path(x, node), extract_path(x, controller));
	if (droppable)
		diag_help(x->diags, NULL, "add a line \"bind %s -> &LABEL\" to the map, or \"policy %s drop\"",
			  extract_path(x, controller), extract_path(x, controller));
	else
		diag_help(x->diags, NULL, "add a line \"bind %s -> &LABEL\" to the map", extract_path(x, controller));
	extract_fail(x, UNRESOLVED);
}

/* ---------------------------------------------------------------- the guest's controller */

/* What has the interrupts of the target's children; OVL_NONE without a base. */
static ovl_node controller_of_bus(const struct extract *x)
{
	if (!x->has_base)
		return OVL_NONE;
	return has(&x->base.tree, x->bus, "#interrupt-cells") ? x->bus : interrupt_parent(&x->base.tree, x->bus);
}

/* The base, when there is one, says how many cells the controller takes. */
static void check_cells(struct extract *x, ovl_node controller, const struct wire *wire)
{
	const struct policy *bound = wire->lead.bound;
	ovl_node node = bound ? extract_check_bound(x, controller, bound) : controller_of_bus(x);
	uint32_t n;

	if (node && cell_in(&x->base.tree, node, "#interrupt-cells", &n))
		extract_check_cells(x, controller, bound, wire->cells.n, n);
}

/* ---------------------------------------------------------------- from the host to the guest */

/* The one whose interrupts are the guest's own with the same cells: the host's root says which, or the first is it. */
static ovl_node main_controller(struct extract *x, ovl_node first)
{
	const struct ovl_tree *host = &x->host.tree;

	if (!x->main_controller)
		x->main_controller = interrupt_parent(host, ovl_node_root(host));
	if (!x->main_controller)
		x->main_controller = first;
	return x->main_controller;
}

/* Whether a policy takes it out: one at another controller than the main one, where no line of the map has it.
 * in: as for map_wire(). */
static bool is_dropped(struct extract *x, const struct interrupt *in)
{
	ovl_node controller = in->controller ? in->controller : in->parent;
	struct map_cells guest;
	bool same;

	if (extract_policy(x, controller)->kind != POLICY_DROP)
		return false;
	return !(map_interrupt(&x->map, in->input, &guest, &same) && !same) &&
	       controller != main_controller(x, controller);
}

/* in: parent and specifier, followed; for who has it. */
static bool map_wire(struct extract *x, ovl_node node, const struct interrupt *in, struct wire *wire)
{
	bool bound = is_bound(x, in->parent), same;
	ovl_node controller = bound ? in->parent : in->controller;
	struct extract_irq irq = { .node = node, .controller = controller };

	irq.host = bound ? in->specifier : in->input;
	wire->controller = controller;
	wire->lead = lead_of(x, controller);
	wire->own = irq.host;
	if (wire->lead.copy)
		return true;
	if (!map_interrupt(&x->map, irq.host, &irq.guest, &same)) {
		no_line(x, node, controller, irq.host);
		return false;
	}
	if (same && !bound && controller != main_controller(x, controller)) {
		needs_name(x, node, controller, true);
		return false;
	}
	wire->cells = irq.guest;
	check_cells(x, controller, wire);
	x->irqs = pool_grow(&x->pool, x->irqs, &x->irqs_room, x->n_irqs + 1, sizeof(irq));
	x->irqs[x->n_irqs++] = irq;
	return true;
}

static bool take_wire(struct extract *x, const struct entries *e, const struct interrupt *in, struct wires *w)
{
	struct wire wire = { .none = !in->parent };

	if (in->parent && x->parts[in->parent].kind == PART_WHOLE) {
		wire.lead.copy = x->parts[in->parent].copy;
		wire.own = in->specifier;
	} else if (in->parent) {
		w->leave = true;
		if (!is_bound(x, in->parent) && is_dropped(x, in)) {
			w->gone.list[w->gone.n++] = true;
			return true;
		}
		if (!in->controller && !is_bound(x, in->parent)) {
			unreadable(x, e, in->lost);
			return false;
		}
		if (!map_wire(x, e->node, in, &wire))
			return false;
	}
	w->gone.n++;
	w->list = pool_grow(&x->pool, w->list, &w->room, w->n + 1, sizeof(wire));
	w->list[w->n++] = wire;
	return true;
}

/* False when something was wrong, which was reported. */
static bool find_wires(struct extract *x, ovl_node node, struct wires *w)
{
	const struct ovl_tree *tree = &x->host.tree;
	struct interrupt in;
	struct entries e;
	bool sound = true;

	if (!entries_open(&e, tree, node, "interrupts-extended") && !entries_open(&e, tree, node, "interrupts"))
		return true;
	w->gone.list = pool_alloc(&x->pool, e.prop.len / 4 + 1);
	while (interrupt_next(&e, &in))
		sound &= take_wire(x, &e, &in, w);
	if (e.end == ENTRIES_WHOLE)
		return sound;
	unreadable(x, &e, OVL_NONE);
	return false;
}

/* ---------------------------------------------------------------- writing */

static struct prop *make_prop(struct extract *x, struct node *node, const char *name)
{
	struct prop *p = prop_find(&x->tree, node, name);

	if (!p) {
		p = prop_new(&x->tree, name_of(&x->pool, name, strlen(name)), node->pos);
		prop_append(&x->tree, node, p);
	}
	p->value = (struct value){ .len = 0 };
	return p;
}

static void put_cell(struct extract *x, struct prop *p, uint32_t cell)
{
	cell_put(prop_more(&x->tree, p, 4), cell);
}

static void put_run(struct extract *x, struct prop *p, struct cell_run run)
{
	if (run.n)
		memcpy(prop_more(&x->tree, p, (size_t)run.n * 4), run.at, (size_t)run.n * 4);
}

static void put_specifier(struct extract *x, struct prop *p, const struct wire *wire)
{
	if (wire->lead.copy)
		put_run(x, p, wire->own);
	else
		for (uint32_t i = 0; i < wire->cells.n; i++)
			put_cell(x, p, wire->cells.cell[i]);
}

static void put_lead(struct extract *x, struct prop *p, const struct lead *lead)
{
	const char *label = !lead->copy && lead->bound ? lead->bound->label : NULL;
	uint32_t off = p->value.len;

	put_cell(x, p, lead->bound ? lead->bound->phandle : 0);
	if (lead->copy || label)
		extract_put_ref(x, p, off, label, lead->copy);
}

static void set_parent(struct extract *x, struct node *node, const struct lead *lead)
{
	put_lead(x, make_prop(x, node, "interrupt-parent"), lead);
}

/* What a node's interrupts go to in the copies when it says nothing itself; top: nothing there does. */
static struct lead inherited(struct extract *x, ovl_node node, bool *top)
{
	const struct ovl_tree *tree = &x->host.tree;
	struct ovl_prop p;

	*top = false;
	for (ovl_node n = node; !extract_is_outermost(x, n); ) {
		n = ovl_node_parent(tree, n);
		if (x->parts[n].kind == PART_SHELL)
			continue;
		if (has(tree, n, "#interrupt-cells"))
			return (struct lead){ .copy = x->parts[n].copy };
		if (prop_find(&x->tree, x->parts[n].copy, "interrupt-parent") &&
		    ovl_prop_find(tree, n, ovl_str("interrupt-parent"), &p))
			return lead_of(x, ovl_node_by_phandle(tree, ovl_prop_cell(&p, 0)));
	}
	*top = true;
	return (struct lead){ 0 };
}

/* Whether the guest knows without being told. */
static bool goes_without_saying(struct extract *x, ovl_node node, const struct lead *lead)
{
	bool top;
	struct lead other = inherited(x, node, &top);

	if (!top || !is_named(lead))
		return same_lead(lead, &other);
	return lead->bound && x->has_base && extract_bound(x, lead->bound) == controller_of_bus(x);
}

/* One controller for all: interrupts. */
static void put_interrupts(struct extract *x, ovl_node node, const struct wires *w)
{
	struct node *copy = x->parts[node].copy;
	const struct lead *lead = &w->list[0].lead;
	struct prop *extended = prop_find(&x->tree, copy, "interrupts-extended"), *p;
	bool told = has(&x->host.tree, node, "interrupt-parent") && is_named(lead);
	bool known = goes_without_saying(x, node, lead);

	if (!known && !is_named(lead)) {
		needs_name(x, node, w->list[0].controller, false);
		return;
	}
	p = prop_find(&x->tree, copy, "interrupts");
	if (p && extended)
		prop_delete(extended);
	else if (extended)
		prop_rename(&x->tree, copy, extended, name_of(&x->pool, "interrupts", strlen("interrupts")));
	p = make_prop(x, copy, "interrupts");
	for (size_t i = 0; i < w->n; i++)
		put_specifier(x, p, &w->list[i]);
	if (told || !known)
		set_parent(x, copy, lead);
}

static void put_extended(struct extract *x, ovl_node node, const struct wires *w)
{
	struct node *copy = x->parts[node].copy;
	struct prop *p = prop_find(&x->tree, copy, "interrupts");

	if (p)
		prop_delete(p);
	p = make_prop(x, copy, "interrupts-extended");
	for (size_t i = 0; i < w->n; i++) {
		if (w->list[i].none) {
			put_cell(x, p, 0);
		} else if (is_named(&w->list[i].lead)) {
			put_lead(x, p, &w->list[i].lead);
			put_specifier(x, p, &w->list[i]);
		} else {
			needs_name(x, node, w->list[i].controller, false);
		}
	}
}

static void delete_prop(struct extract *x, ovl_node node, const char *name)
{
	struct prop *p = prop_find(&x->tree, x->parts[node].copy, name);

	if (p)
		prop_delete(p);
}

/* An interrupt-parent that the host's node has not would become that of its children, too. */
static void put_wires(struct extract *x, ovl_node node, const struct wires *w)
{
	const struct ovl_tree *tree = &x->host.tree;
	bool one = w->n && !w->list[0].none;

	if (w->n < w->gone.n)
		extract_drop_names(x, node, "interrupts", &w->gone);
	if (!w->n) {
		delete_prop(x, node, "interrupts");
		delete_prop(x, node, "interrupts-extended");
		return;
	}
	for (size_t i = 1; i < w->n; i++)
		one &= !w->list[i].none && same_lead(&w->list[0].lead, &w->list[i].lead);
	if (one && has(tree, node, "interrupts-extended") && ovl_node_first(tree, node))
		one = !is_named(&w->list[0].lead);
	if (one)
		put_interrupts(x, node, w);
	else
		put_extended(x, node, w);
}

/* ---------------------------------------------------------------- interrupt-parent, interrupt-map */

/* One that leads out is another one's label, or goes. */
static void settle_parent(struct extract *x, ovl_node node)
{
	struct node *copy = x->parts[node].copy;
	struct ovl_prop old;
	struct lead lead;
	ovl_node parent;

	if (!ovl_prop_find(&x->host.tree, node, ovl_str("interrupt-parent"), &old))
		return;
	parent = ovl_node_by_phandle(&x->host.tree, ovl_prop_cell(&old, 0));
	if (parent && x->parts[parent].kind == PART_WHOLE)
		return;
	lead = parent ? lead_of(x, parent) : (struct lead){ 0 };
	if (is_named(&lead))
		set_parent(x, copy, &lead);
	else
		prop_delete(prop_find(&x->tree, copy, "interrupt-parent"));
}

/* The address that the guest's controller wants before the specifier is 0, unless it is the host's. */
static void put_address(struct extract *x, struct prop *p, const struct interrupt_map_entry *m, const struct lead *lead,
			ovl_node controller)
{
	ovl_node node = lead->copy ? controller : extract_bound(x, lead->bound);
	uint32_t n = x->profile == FOR_XEN ? 0 : m->parent_address.n;

	if (node)
		n = interrupt_address_cells(lead->copy ? &x->host.tree : &x->base.tree, node);
	if (controller == m->parent && n == m->parent_address.n)
		put_run(x, p, m->parent_address);
	else
		for (uint32_t i = 0; i < n; i++)
			put_cell(x, p, 0);
}

static bool map_entry(struct extract *x, const struct entries *e, const struct interrupt_map_entry *m, struct prop *p)
{
	struct interrupt in = { .parent = m->parent, .specifier = m->parent_specifier };
	bool bound = is_bound(x, m->parent), copied = x->parts[m->parent].kind == PART_WHOLE;
	struct wire wire;

	if (!copied)
		interrupt_follow(e->tree, m->parent_address, &in);
	if (!copied && !bound && is_dropped(x, &in))
		return true;
	put_run(x, p, m->child_address);
	put_run(x, p, m->child_specifier);
	if (copied) {
		wire.lead = lead_of(x, m->parent);
		put_lead(x, p, &wire.lead);
		put_run(x, p, m->parent_address);
		put_run(x, p, m->parent_specifier);
		return true;
	}
	if (!in.controller && !bound) {
		unreadable(x, e, in.lost);
		return false;
	}
	if (!map_wire(x, e->node, &in, &wire))
		return true;
	if (!is_named(&wire.lead)) {
		needs_name(x, e->node, in.controller, false);
		return false;
	}
	put_lead(x, p, &wire.lead);
	put_address(x, p, m, &wire.lead, bound ? m->parent : in.controller);
	put_specifier(x, p, &wire);
	return true;
}

static void settle_map(struct extract *x, ovl_node node)
{
	struct interrupt_map_entry m;
	struct entries e;
	struct prop *p;

	if (!entries_open(&e, &x->host.tree, node, "interrupt-map"))
		return;
	p = make_prop(x, x->parts[node].copy, "interrupt-map");
	while (interrupt_map_next(&e, &m))
		if (!map_entry(x, &e, &m, p))
			return;
	if (e.end != ENTRIES_WHOLE)
		unreadable(x, &e, OVL_NONE);
	if (p->value.len || !e.prop.len)
		return;
	prop_delete(p);
	delete_prop(x, node, "interrupt-map-mask");
}

void extract_irqs(struct extract *x)
{
	const struct ovl_tree *tree = &x->host.tree;
	ovl_node root = ovl_node_root(tree);

	for (ovl_node n = root; n; n = tree_next(tree, root, n)) {
		struct wires w = { 0 };

		if (x->parts[n].kind != PART_WHOLE)
			continue;
		settle_parent(x, n);
		settle_map(x, n);
		if (find_wires(x, n, &w) && w.leave)
			put_wires(x, n, &w);
	}
}
