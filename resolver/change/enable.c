/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* enable.c - which nodes are enabled, and whether those that are switched on have what they need,
 * see enable.h.  Rules: DTSpec 2.3.4 (status), 2.4 (interrupts). */
#include "enable.h"

#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "grow.h"
#include "provider.h"
#include "text.h"

struct enable {
	struct diags *diags;
	const struct stack *stack;
	const struct ovl_tree *tree;
	bool force;
	enum status status;
};

/* ---------------------------------------------------------------- status */

/* A label that is called so has no value: ovl_prop_copy(). */
bool enable_by(const struct ovl_prop *p)
{
	return p->deleted || (p->value && p->len == 5 && memcmp(p->value, "okay", 5) == 0) ||
	       (p->value && p->len == 3 && memcmp(p->value, "ok", 3) == 0);
}

static bool is_okay(const struct ovl_tree *tree, ovl_node node)
{
	struct ovl_prop p;

	return !ovl_prop_find(tree, node, ovl_str("status"), &p) || enable_by(&p);
}

bool enable_is_on(const struct ovl_tree *tree, ovl_node node)
{
	for (; node; node = ovl_node_parent(tree, node))
		if (!is_okay(tree, node))
			return false;
	return true;
}

void enabled_read(struct enabled *enabled, struct diags *diags, const struct ovl_tree *tree)
{
	ovl_node root = ovl_node_root(tree), node;
	size_t i = 0;

	*enabled = (struct enabled){ 0 };
	for (node = root; node; node = tree_next(tree, root, node))
		enabled->n++;
	enabled->on = grow_bytes(diags, enabled->n);
	for (node = root; node; node = tree_next(tree, root, node))
		enabled->on[i++] = enable_is_on(tree, node);
}

void enabled_free(struct enabled *enabled)
{
	free(enabled->on);
	*enabled = (struct enabled){ 0 };
}

/* ---------------------------------------------------------------- providers */

static void lacks(struct enable *e, ovl_node node, const char *prop, const char *why)
{
	struct diag_place at = { .file = e->stack->base->name };
	struct text path = { 0 };

	text_path(&path, e->tree, node);
	if (e->force)
		diag_warning(e->diags, &at, MSG_PROVIDER_LACKS, text_of(&path), prop, why);
	else
		diag_error(e->diags, &at, MSG_PROVIDER_LACKS, text_of(&path), prop, why);
	e->status = e->force ? DONE : CONFLICT;
	text_free(&path);
}

static void lacks_if_off(struct enable *e, ovl_node node, const char *prop, ovl_node provider)
{
	struct text why = { 0 };

	if (enable_is_on(e->tree, provider))
		return;
	text_path(&why, e->tree, provider);
	text_add(&why, " is not enabled");
	lacks(e, node, prop, text_of(&why));
	text_free(&why);
}

static void check_provider(struct enable *e, const struct ovl_ref *r)
{
	struct text why = { 0 };

	provider_problem(r, &why);
	if (why.len)
		lacks(e, r->node, r->prop.name, text_of(&why));
	else if (provider_is_needed(r))
		lacks_if_off(e, r->node, r->prop.name, r->to);
	text_free(&why);
}

static void check_interrupts(struct enable *e, ovl_node node)
{
	struct entries entries;
	struct interrupt in;
	struct text why = { 0 };

	if (!entries_open(&entries, e->tree, node, "interrupts-extended") &&
	    !entries_open(&entries, e->tree, node, "interrupts"))
		return;
	while (interrupt_next(&entries, &in)) {
		if (in.controller)
			lacks_if_off(e, node, entries.prop.name, in.controller);
		if (!in.lost)
			continue;
		text_path(&why, e->tree, in.lost);
		text_add(&why, " has no entry for it in interrupt-map");
		lacks(e, node, entries.prop.name, text_of(&why));
		text_cut(&why, 0);
	}
	entries_problem(&entries, &why);
	if (why.len)
		lacks(e, node, entries.prop.name, text_of(&why));
	text_free(&why);
}

static void check_id_map(struct enable *e, ovl_node node, const char *prop)
{
	struct id_map_entry m;
	struct entries entries;
	struct text why = { 0 };

	if (!entries_open(&entries, e->tree, node, prop))
		return;
	while (id_map_next(&entries, &m)) {
		if (m.node)
			lacks_if_off(e, node, prop, m.node);
		if (m.node || !m.phandle)
			continue;
		text_add(&why, "no node has phandle 0x%x", m.phandle);
		lacks(e, node, prop, text_of(&why));
		text_cut(&why, 0);
	}
	text_free(&why);
}

static void check_fresh(struct enable *e, ovl_node node)
{
	check_interrupts(e, node);
	check_id_map(e, node, "iommu-map");
	check_id_map(e, node, "msi-map");
}

/* ---------------------------------------------------------------- all of it */

/* References come in the order of the nodes. */
static void check_all_providers(struct enable *e, const struct enabled *before)
{
	ovl_node root = ovl_node_root(e->tree), node = root;
	struct ovl_ref r;
	size_t i = 0;

	for (int more = ovl_ref_first(e->tree, NULL, root, &r); more; more = ovl_ref_next(&r)) {
		if (!provider_is_listed(&r))
			continue;
		for (; node && node != r.node; i++)
			node = tree_next(e->tree, root, node);
		if (node && !before->on[i] && enable_is_on(e->tree, node))
			check_provider(e, &r);
	}
}

enum status enable_check(struct diags *diags, const struct stack *stack,
			 const struct enabled *before, bool force)
{
	struct enable e = { .diags = diags, .stack = stack, .tree = &stack->tree, .force = force };
	ovl_node root = ovl_node_root(e.tree), node;
	size_t i = 0;

	for (node = root; node; node = tree_next(e.tree, root, node), i++)
		if (!before->on[i] && enable_is_on(e.tree, node))
			check_fresh(&e, node);
	check_all_providers(&e, before);
	if (e.status)
		diag_help(diags, NULL, "enable what is needed as well, or pass --force");
	return e.status;
}

bool enabled_grew(const struct ovl_tree *tree, const struct enabled *before)
{
	ovl_node root = ovl_node_root(tree), node;
	size_t i = 0;

	for (node = root; node; node = tree_next(tree, root, node), i++)
		if (!before->on[i] && enable_is_on(tree, node))
			return true;
	return false;
}
