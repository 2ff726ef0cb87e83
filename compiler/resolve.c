/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* resolve.c - phandles and references, in the order that fixes every number in the blob: first those the
 * source gives, then one for each node in the order of its first reference.  Rules: DTSpec 2.3.3; the
 * order is dtc's, so that blobs are equal. */
#include "resolve.h"

#include <string.h>

#include "suggest.h"

/* ---------------------------------------------------------------- given phandles */

static bool refers_to_self(const struct checks *c, const struct prop *p, const struct node *node, bool *other)
{
	for_each_marker(p, m) {
		if (m->type != MARK_REF_PHANDLE)
			continue;
		*other = node_of_marker(c->tree, m) != node;
		return true;
	}
	return false;
}

/* The number one property gives; 0 for none. */
static uint32_t given_phandle(struct checks *c, const struct node *node, const struct name *name)
{
	struct prop *p = prop_named(node, name);
	bool other = false;
	uint32_t phandle;

	if (!p)
		return 0;
	if (p->value.len != 4) {
		check_prop(c, node, p, "it has %u bytes, a phandle has 4", p->value.len);
		return 0;
	}
	if (refers_to_self(c, p, node, &other)) {
		/* <&self> asks for a number, which comes with the references. */
		if (other)
			check_prop(c, node, p, "it refers to another node");
		return 0;
	}
	phandle = cell_get(p->value.bytes);
	if (phandle == 0 || phandle == UINT32_MAX) {
		check_prop(c, node, p, "it has the value 0x%x, which is no phandle", phandle);
		return 0;
	}
	return phandle;
}

void resolve_explicit_phandles(struct checks *c)
{
	struct name *const *names = c->tree->phandles.names;

	if (!names[0]->is_prop && !names[1]->is_prop)
		return;
	for_each_checked(c, n) {
		uint32_t phandle = given_phandle(c, n, names[1]), old = given_phandle(c, n, names[0]);
		struct node *taken;

		if (phandle && old && phandle != old)
			check_node(c, n, "phandle and linux,phandle differ");
		if (!phandle)
			phandle = old;
		if (!phandle)
			continue;
		taken = node_by_phandle(c->tree, phandle);
		if (taken) {
			check_node(c, n, "phandle 0x%x is taken", phandle);
			check_note(c, taken->pos, "by '%s'", node_path(c->tree, taken, NULL));
			continue;
		}
		node_take_phandle(c->tree, n, phandle);
	}
}

/* ---------------------------------------------------------------- new phandles */

uint32_t resolve_phandle(struct tree *tree, struct node *node, int format)
{
	if (node->phandle)
		return node->phandle;
	node_take_phandle(tree, node, 0);
	node_leave_phandle(tree, node, (unsigned int)format);
	return node->phandle;
}

/* ---------------------------------------------------------------- references */

/* A label that stands on a property, not on a node. */
static bool is_of_property(const struct checks *c, const char *label, struct pos *at)
{
	for_each_node(c->tree->root, n)
		for_each_prop(n, p)
			for_each_label(p->labels, l)
				if (strcmp(l->name->text, label) == 0) {
					*at = label_pos(l);
					return true;
				}
	return false;
}

static void help_with_label(struct checks *c, const struct node *node, const struct prop *p, const struct marker *m)
{
	struct pos at;

	if (is_of_property(c, m->to->ref, &at))
		check_note(c, at, "this label stands on a property; a reference needs that of a node");
	else if (suggest_label(c, m->to->ref, m->pos))
		return;
	else if (c->base)
		suggest_labels_of_base(c);
	else if (c->tree->plugin)
		diag_help(c->diags, NULL, "'= &%s' asks for the path of a node in this file; for one of the base "
			  "write <&%s>",
			  m->to->ref, m->to->ref);
	else if (strcmp(p->name->text, "target") == 0 && node->parent == c->tree->root)
		diag_help(c->diags, NULL, "if this is an overlay on another tree, add '/plugin/;' after '/dts-v1/;'");
}

struct node *resolve_own_label(const struct checks *c, const char *label)
{
	const struct name *known = check_name(c, label);

	for (const struct label *l = known ? known->labels : NULL; l; l = l->same)
		if (!l->deleted && l->start >= c->from)
			return l->node;
	return NULL;
}

/* A node of the overlay that is in none of its fragments. */
static void left_behind(struct checks *c, const struct node *node, const struct prop *p, const struct marker *m,
			const struct node *own)
{
	check_report(c, "base_label", node, p, m->pos, "label '%s' is that of %s in this overlay, which is in no fragment",
		     m->to->ref, node_path(c->tree, own, NULL));
	check_help(c, "write what is to be below the root of %s into &{/} { }", c->base);
}

static void unknown_ref(struct checks *c, const struct node *node, const struct prop *p,
			const struct marker *m)
{
	bool path = strchr(m->to->ref, '/');
	const struct node *own = c->base && !path ? resolve_own_label(c, m->to->ref) : NULL;

	if (own) {
		left_behind(c, node, p, m, own);
		return;
	}
	if (path)
		check_at(c, node, p, m->pos, "there is no node '%s'", m->to->ref);
	else if (c->base && !c->base_has_labels)
		base_without_labels(c, node, p, m);
	else if (c->base)
		check_report(c, "base_label", node, p, m->pos, "label '%s' is not in this overlay, nor in %s",
			     m->to->ref, c->base);
	else
		check_at(c, node, p, m->pos, "label '%s' is not defined in this file", m->to->ref);
	if (c->diags->last_hidden || c->diags->style == DIAG_DTC)
		return;
	if (path && m->to->ref[0] == '/')
		suggest_path(c, m->to->ref, m->pos, true);
	else if (!path && (!c->base || c->base_has_labels))
		help_with_label(c, node, p, m);
}

/* No fixup says a path.  It is no check's: no switch makes a blob of it. */
static void path_of_base(struct checks *c, const struct node *node, const struct prop *p, const struct marker *m)
{
	struct diag_place place = source_place(c->sources, m->pos);
	bool target = strcmp(p->name->text, "target") == 0 && node->parent == c->tree->root;

	c->failed = c->tree->unsayable = true;
	diag_error(c->diags, &place, MSG_PATH_IN_CELLS, m->to->ref);
	if (target && m->to->ref[0] == '/')
		diag_help(c->diags, NULL, "write target-path = \"%s\";, or target = <&LABEL>; with a label of the base",
			  m->to->ref);
	else
		diag_help(c->diags, NULL, "write &LABEL, with a label that the base has for that node");
}

/* When the overlay is applied, its references to nodes of the base are by number. */
static bool has_no_phandle(const struct checks *c, const struct marker *m, const struct node *target)
{
	return c->base && !target->phandle && target->pos.start < c->from && !resolve_own_label(c, m->to->ref);
}

static void no_phandle(struct checks *c, const struct node *node, const struct prop *p, const struct marker *m,
		       const struct node *target)
{
	check_report(c, "base_label", node, p, m->pos, "label '%s' is of %s, which has no phandle in %s", m->to->ref,
		     node_path(c->tree, target, NULL), c->base);
	check_help(c, "compile %s with -@, which gives every labelled node a phandle", c->base);
}

/* In an overlay a label that this file lacks is the base's, and stays open. */
static void resolve_cell(struct checks *c, const struct node *node, struct prop *p,
			 const struct marker *m)
{
	struct node *target = node_of_marker(c->tree, m);

	if (target && has_no_phandle(c, m, target)) {
		no_phandle(c, node, p, m, target);
	} else if (target) {
		target->referenced = true;
		cell_put(p->value.bytes + m->offset, resolve_phandle(c->tree, target, c->phandle_format));
	} else if (c->tree->plugin && !strchr(m->to->ref, '/')) {
		cell_put(p->value.bytes + m->offset, UINT32_MAX);
	} else if (c->tree->plugin) {
		path_of_base(c, node, p, m);
	} else {
		unknown_ref(c, node, p, m);
	}
}

void resolve_phandle_refs(struct checks *c)
{
	if (!(c->tree->pool->marks & 1u << MARK_REF_PHANDLE))
		return;
	for_each_checked(c, n)
		for_each_prop(n, p) {
			if (!p->refers)
				continue;
			for_each_marker(p, m)
				if (m->type == MARK_REF_PHANDLE)
					resolve_cell(c, n, p, m);
		}
}

/* The bytes of all paths in it. */
static size_t path_bytes(const struct checks *c, const struct prop *p)
{
	size_t sum = 0, len;

	for_each_marker(p, m) {
		struct node *target = m->type == MARK_REF_PATH ? node_of_marker(c->tree, m) : NULL;

		if (!target)
			continue;
		node_path(c->tree, target, &len);
		sum += len + 1;
	}
	return sum;
}

/* Its length, and what markers say of it, have 32 bits. */
static void too_long(struct checks *c, const struct prop *p)
{
	struct diag_place place = source_place(c->sources, p->pos);

	diag_error(c->diags, &place, MSG_TOO_LARGE);
	c->failed = c->tree->unsayable = true;
}

/* Paths go in where the reference stands; what follows moves up. */
static void insert_paths(struct checks *c, struct prop *p)
{
	struct value old = p->value;
	size_t more = path_bytes(c, p);
	uint32_t from = 0, at = 0;
	unsigned char *to;

	if (more > UINT32_MAX - old.len) {
		too_long(c, p);
		return;
	}
	p->value.bytes = to = pool_alloc(c->tree->pool, old.len + more);
	p->value.len = old.len + (uint32_t)more;
	for (struct marker *m = old.markers; m; m = m->next) {
		struct node *target;
		const char *path;
		size_t len;

		memcpy(to + at, old.bytes + from, m->offset - from);
		at += m->offset - from;
		from = m->offset;
		m->offset = at;
		if (m->type != MARK_REF_PATH || !(target = node_of_marker(c->tree, m)))
			continue;
		target->referenced = true;
		path = node_path(c->tree, target, &len);
		memcpy(to + at, path, len + 1);
		at += (uint32_t)len + 1;
	}
	memcpy(to + at, old.bytes + from, old.len - from);
}

void resolve_path_refs(struct checks *c)
{
	if (!(c->tree->pool->marks & 1u << MARK_REF_PATH))
		return;
	for_each_checked(c, n) {
		if (!n->has_paths)
			continue;
		for_each_prop(n, p) {
			bool any = false;

			for_each_marker(p, m) {
				if (m->type != MARK_REF_PATH)
					continue;
				any = true;
				if (!node_of_marker(c->tree, m))
					unknown_ref(c, n, p, m);
			}
			if (any)
				insert_paths(c, p);
		}
	}
}

/* ---------------------------------------------------------------- the rest */

/* To nodes that went with one around them.  What refers to a label becomes a fixup, as in dtc. */
static void paths_left_over(struct checks *c)
{
	for_each_checked(c, n)
		for_each_prop(n, p) {
			if (!p->refers)
				continue;
			for_each_marker(p, m)
				if (m->type == MARK_REF_PHANDLE && strchr(m->to->ref, '/') && !node_of_marker(c->tree, m))
					path_of_base(c, n, p, m);
		}
}

void resolve_omit(struct checks *c)
{
	struct node *next;
	bool any = false;

	for (struct node *n = c->tree->root; n; n = next) {
		bool drop = n->omit_if_no_ref && !n->referenced && !(c->symbols && n->labels);

		next = node_after(c->tree->root, n);
		if (!drop)
			continue;
		if (n == c->tree->root) {
			check_node(c, n, "nothing refers to it, so /omit-if-no-ref/ leaves no node at all");
			continue;
		}
		node_delete(n);
		any = true;
		while (next && next->deleted)
			next = node_after(c->tree->root, next);
	}
	if (any && c->fixups && !c->tree->unsayable)
		paths_left_over(c);
}

uint32_t resolve_boot_cpu(const struct tree *tree)
{
	struct node *cpus = node_by_path(tree, tree->root, "/cpus"), *cpu = cpus ? cpus->first : NULL;
	struct prop *reg = cpu && !cpu->deleted ? prop_find(tree, cpu, "reg") : NULL;

	return reg && reg->value.len == 4 ? cell_get(reg->value.bytes) : 0;
}
