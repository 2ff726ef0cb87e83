/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* extract_close.c - what becomes of nodes that are referred to, and which of them come along, see extract.h.
 * A line of the map says it for one node, a policy for many; fixed clocks and supplies come along without a word. */
#include <string.h>

#include "extract.h"

/* ---------------------------------------------------------------- policies */

bool extract_is_plain(const struct ovl_tree *tree, ovl_node node)
{
	static const char *const names[] = { "fixed-clock", "fixed-factor-clock", "regulator-fixed" };
	const char *compatible = text_in(tree, node, "compatible");

	for (size_t i = 0; compatible && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(compatible, names[i]) == 0)
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

ovl_node extract_bound(const struct extract *x, const struct policy *policy)
{
	if (!x->has_base)
		return OVL_NONE;
	return policy->label ? ovl_node_by_label(&x->base.tree, ovl_str(policy->label))
			     : ovl_node_by_phandle(&x->base.tree, policy->phandle);
}

ovl_node extract_check_bound(struct extract *x, ovl_node node, const struct policy *policy)
{
	struct diag_place at = extract_place(x);
	ovl_node found = extract_bound(x, policy);

	if (policy->label && x->profile == FOR_XEN) {
		diag_error(x->diags, &at, MSG_GUEST_NO_LABELS, policy->label);
		diag_help(x->diags, NULL, "bind to a phandle: 65000 is the guest's interrupt controller");
		extract_fail(x, CONFLICT);
	} else if (policy->label && x->has_base && !found) {
		diag_error(x->diags, &at, MSG_GUEST_LABEL, extract_path(x, node), policy->label, x->base_blob.name);
		extract_fail(x, UNRESOLVED);
	}
	return found;
}

void extract_check_cells(struct extract *x, ovl_node node, const struct policy *policy, uint32_t ours, uint32_t theirs)
{
	struct diag_place at = extract_place(x);

	if (ours == theirs)
		return;
	diag_error(x->diags, &at, MSG_GUEST_CELLS, extract_path(x, node), ours,
		   !policy ? "the controller" : policy->label ? policy->label : "its like", x->base_blob.name, theirs);
	extract_fail(x, CONFLICT);
}

/* ---------------------------------------------------------------- closure */

/* An interrupt leads to its controller by other ways. */
static bool is_of_interrupt(const struct ovl_ref *r)
{
	static const char *const names[] = { "interrupt-parent", "interrupts-extended", "interrupt-map" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(r->prop.name, names[i]) == 0)
			return true;
	return false;
}

bool extract_follows(const struct extract *x, const struct ovl_ref *r)
{
	if (r->kind == OVL_REF_FIXUP || r->kind == OVL_REF_SUSPECT || x->parts[r->node].kind != PART_WHOLE)
		return false;
	return !is_of_interrupt(r) || (r->to && x->parts[r->to].kind == PART_WHOLE);
}

/* Which nodes each node refers to. */
struct links {
	struct link {
		ovl_node to;
		size_t next; /* of the same node, + 1 */
	} *list;
	size_t n, room;
	size_t *first; /* by ovl_node: + 1 */
};

static void find_links(struct extract *x, struct links *l)
{
	const struct ovl_tree *tree = &x->host.tree;
	struct ovl_ref r;

	l->first = pool_alloc(&x->pool, extract_room(x) * sizeof(*l->first));
	for (int more = ovl_ref_first(tree, NULL, ovl_node_root(tree), &r); more; more = ovl_ref_next(&r)) {
		if (r.kind == OVL_REF_FIXUP || r.kind == OVL_REF_SUSPECT || !r.to || is_of_interrupt(&r))
			continue;
		l->list = pool_grow(&x->pool, l->list, &l->room, l->n + 1, sizeof(*l->list));
		l->list[l->n] = (struct link){ r.to, l->first[r.node] };
		l->first[r.node] = ++l->n;
	}
}

struct queue {
	ovl_node *list;
	size_t n, done, room;
};

/* A node and all that is below it, of which some may be marked already. */
static void mark(struct extract *x, struct queue *q, ovl_node top)
{
	const struct ovl_tree *tree = &x->host.tree;

	for (ovl_node n = top; n; n = tree_next(tree, top, n)) {
		x->parts[n].device = top;
		if (x->parts[n].kind == PART_WHOLE)
			continue;
		x->parts[n].kind = PART_WHOLE;
		q->list = pool_grow(&x->pool, q->list, &q->room, q->n + 1, sizeof(*q->list));
		q->list[q->n++] = n;
	}
}

/* needs: named nodes, and shells.  Each reference is looked at once. */
void extract_close(struct extract *x)
{
	const struct ovl_tree *tree = &x->host.tree;
	ovl_node root = ovl_node_root(tree);
	struct queue q = { 0 };
	struct links l = { 0 };

	find_links(x, &l);
	for (ovl_node n = root; n; n = tree_next(tree, root, n))
		if (x->parts[n].named)
			mark(x, &q, n);
	for (; q.done < q.n; q.done++)
		for (size_t i = l.first[q.list[q.done]]; i; i = l.list[i - 1].next) {
			/* Links that are counted from 1 are in the list.  NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
			ovl_node to = l.list[i - 1].to;

			if (x->parts[to].kind != PART_WHOLE && extract_policy(x, to)->kind == POLICY_COPY)
				mark(x, &q, to);
		}
}
