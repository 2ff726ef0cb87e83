/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* overlay.c - checks that dtc has not: deletions that delete nothing, and overlays whose fragments will not
 * do what they say.  What a fragment is: the kernel's overlay notes; what an overlay cannot say: deletions,
 * because it only ever adds to a base. */
#include <string.h>

#include "check.h"

/* ---------------------------------------------------------------- deletions */

/* A deletion acts on what earlier blocks of the same source made. */
static void report_deletion(struct checks *c, const struct deletion *d, const char *format)
{
	const char *name = d->node ? d->node->name->text : d->prop->name->text;
	const struct node *in = d->in->mirror ? d->in->mirror : d->in;

	check_at(c, in, NULL, d->node ? d->node->whole : prop_whole(d->prop), format,
		 d->node ? "node" : "property", name);
}

static bool in_vain(const struct deletion *d)
{
	return d->node ? !d->node->did_delete : !d->prop->did_delete;
}

void check_delete_no_effect(struct checks *c)
{
	for (const struct deletion *d = c->tree->deletions; d && !c->tree->plugin; d = d->next)
		if (in_vain(d))
			report_deletion(c, d, "there is no %s '%s' to delete");
}

void check_overlay_delete(struct checks *c)
{
	for (const struct deletion *d = c->tree->deletions; d && c->tree->plugin && !c->deletions; d = d->next)
		if (in_vain(d)) {
			report_deletion(c, d, "deleting %s '%s' has no effect on the base: an overlay can only "
					"add and change");
			check_help(c, "to switch a device off, set its status to \"disabled\"; to delete all the same, for "
				   "consumers that know how, use --deletions");
		}
}

/* ---------------------------------------------------------------- fragments */

static bool is_one_of(const char *name, const char *const names[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Nodes of an overlay's root that are no fragments and need be none. */
static bool is_special(const struct node *node)
{
	static const char *const names[] = {
		"__symbols__", "__fixups__", "__local_fixups__", "__overrides__", "__holes__", "__exports__", "aliases", "metadata",
	};

	return is_one_of(node->name->text, names, sizeof(names) / sizeof(names[0]));
}

static struct node *child_called(const struct checks *c, const struct node *node, const char *text)
{
	const struct name *name = check_name(c, text);

	return name ? node_child(node, name) : NULL;
}

static bool has_target(const struct checks *c, const struct node *node)
{
	return prop_find(c->tree, node, "target") || prop_find(c->tree, node, "target-path");
}

/* The child that was meant as `__overlay__`. */
static const struct node *meant_as_overlay(const struct node *fragment)
{
	struct diag_nearest near;

	diag_nearest_init(&near, "__overlay__", 11);
	for_each_child(fragment, child)
		diag_nearest_offer(&near, child->name->text, child->name->len);
	for_each_child(fragment, child)
		if (child->name->text == near.best || (!near.best && strstr(child->name->text, "overlay")))
			return child;
	return NULL;
}

/* A parameter may switch it on: ovl-fill(1). */
static bool is_dormant(const struct checks *c, const struct node *fragment)
{
	return child_called(c, fragment, "__dormant__") && child_called(c, c->tree->root, "__overrides__");
}

void check_fragment_no_overlay(struct checks *c)
{
	if (!c->tree->plugin)
		return;
	for_each_child(c->tree->root, n) {
		const struct node *meant = meant_as_overlay(n);

		if (!has_target(c, n) || child_called(c, n, "__overlay__") || is_dormant(c, n))
			continue;
		check_at(c, n, NULL, meant ? meant->pos : n->pos, "this fragment has a target but no '__overlay__' "
			 "node, so it does nothing");
		if (meant)
			check_help(c, "rename its node '%s' to '__overlay__'", meant->name->text);
		else if (prop_find(c->tree, n, "__overlay__"))
			check_help(c, "'__overlay__' is a node: __overlay__ { ... };");
		else
			check_help(c, "what it changes stands in its node __overlay__ { ... };");
	}
}

static void help_with_target(struct checks *c, const struct node *fragment)
{
	const struct node *overlay = child_called(c, fragment, "__overlay__");
	struct diag_nearest near, path;

	diag_nearest_init(&near, "target", 6);
	diag_nearest_init(&path, "target-path", 11);
	for_each_prop(fragment, p) {
		diag_nearest_offer(&near, p->name->text, p->name->len);
		diag_nearest_offer(&path, p->name->text, p->name->len);
	}
	if (near.best || path.best)
		check_help(c, "rename its property '%s' to '%s'", path.best ? path.best : near.best,
			   path.best ? "target-path" : "target");
	else if (has_target(c, overlay))
		check_help(c, "move the target out of '__overlay__', before it");
	else
		check_help(c, "add target = <&LABEL>; or target-path = \"/PATH\";");
}

/* No consumer takes an overlay with such a fragment. */
void check_fragment_no_target(struct checks *c)
{
	if (!c->tree->plugin)
		return;
	for_each_child(c->tree->root, n) {
		if (!child_called(c, n, "__overlay__") || has_target(c, n) || child_called(c, n, "__delete__"))
			continue;
		if (!check_report(c, "fragment_no_target", n, NULL, n->pos,
				  "this fragment has neither 'target' nor 'target-path'"))
			c->tree->no_target = true;
		help_with_target(c, n);
	}
}

static void check_target(struct checks *c, const struct node *fragment, const struct prop *p)
{
	struct pos at = p->value.markers ? p->value.markers->pos : p->pos;
	const char *text = (const char *)p->value.bytes;
	bool is_text = p->value.markers && p->value.markers->type == MARK_STRING;

	if (p->value.len == 4 && !is_text)
		return;
	check_at(c, fragment, p, at, "a target is a reference to one node");
	if (is_text && prop_is_text(p))
		check_help(c, text[0] == '/' ? "write target-path = \"%s\";" : "write target = <&%s>;",
			   text + strspn(text, "&"));
}

static void check_target_path(struct checks *c, const struct node *fragment, const struct prop *p)
{
	const struct marker *m = p->value.markers;

	if (prop_is_text(p) && (!m || m->type == MARK_STRING))
		return;
	check_at(c, fragment, p, m ? m->pos : p->pos, "a target path is one string: the path of a node");
	while (m && m->type != MARK_REF_PHANDLE)
		m = m->next;
	if (m && m->to->ref)
		check_help(c, "write target = <&%s>;", m->to->ref);
}

void check_fragment_target(struct checks *c)
{
	if (!c->tree->plugin)
		return;
	for_each_child(c->tree->root, n) {
		const struct prop *target = prop_find(c->tree, n, "target");
		const struct prop *path = prop_find(c->tree, n, "target-path");

		if (target && child_called(c, n, "__overlay__"))
			check_target(c, n, target);
		if (path && child_called(c, n, "__overlay__"))
			check_target_path(c, n, path);
	}
}

/* What stands in the root beside fragments is no part of what is applied. */
void check_overlay_no_fragment(struct checks *c)
{
	const struct node *other = NULL;
	const char *path;

	if (!c->tree->plugin)
		return;
	for_each_child(c->tree->root, n) {
		if (child_called(c, n, "__overlay__") || has_target(c, n))
			return;
		if (!other && !is_special(n))
			other = n;
	}
	if (!other)
		return;
	/* The one that says something. */
	while (!prop_live(other->props) && node_live(other->first) && !node_live(node_live(other->first)->next))
		other = node_live(other->first);
	path = node_path(c->tree, other, NULL);
	check_node(c, c->tree->root, "this overlay applies nothing: its root holds fragments, not the nodes of the "
		   "base");
	check_help(c, "to change that node of the base write &{%s} { ... };", path);
}

/* A property that was meant for the node below, most often. */
static void report_stray_props(struct checks *c, const struct node *fragment)
{
	static const char *const own[] = {
		"target", "target-path", "delete-target", "delete-target-path", "phandle", "linux,phandle", "name",
	};

	for_each_prop(fragment, p) {
		if (is_one_of(p->name->text, own, sizeof(own) / sizeof(own[0])))
			continue;
		check_prop(c, fragment, p, "a fragment has its target here, and nobody applies the rest");
		check_help(c, "to set it in the target, move it into '__overlay__'");
	}
}

static void report_stray_nodes(struct checks *c, const struct node *fragment)
{
	static const char *const own[] = { "__overlay__", "__dormant__", "__delete__" };

	for_each_child(fragment, child) {
		if (is_one_of(child->name->text, own, sizeof(own) / sizeof(own[0])))
			continue;
		check_node(c, child, "it stands beside '__overlay__', and nobody applies it");
		check_help(c, "to have it below the target, move it into '__overlay__'");
	}
}

static bool has_fragment(const struct checks *c)
{
	for_each_child(c->tree->root, n)
		if (child_called(c, n, "__overlay__"))
			return true;
	return false;
}

/* What else is in an overlay than what its fragments apply.  A fragment without a target is told already. */
void check_overlay_stray(struct checks *c)
{
	if (!c->tree->plugin || !has_fragment(c))
		return;
	for_each_child(c->tree->root, n) {
		bool applied = child_called(c, n, "__overlay__"), target = has_target(c, n);

		if (applied && target) {
			report_stray_props(c, n);
			report_stray_nodes(c, n);
		} else if (!applied && !target && !is_special(n) && !is_dormant(c, n)) {
			check_node(c, n, "it stands beside the fragments, and nobody applies it");
			check_help(c, "to have it in the base, write it into &{/} { ... };");
		}
	}
}

void check_fragment_merged(struct checks *c)
{
	if (!c->tree->plugin)
		return;
	for_each_child(c->tree->root, n)
		if (n->made && node_also(n)) {
			check_node(c, n, "the compiler gave this name to the fragment made from &REF { }, and the source "
				   "defines it as well: both are one now");
			check_help(c, "number fragments written by hand from %u on", c->tree->n_fragments);
		}
}

/* ---------------------------------------------------------------- phandles */

/* The numbers that Xen's toolstack gives to nodes that it makes in a guest's tree. */
enum { FIRST_RESERVED = 65000, LAST_RESERVED = 65001 };

void check_reserved_phandle(struct checks *c)
{
	for_each_checked(c, n)
		if (n->phandle >= FIRST_RESERVED && n->phandle <= LAST_RESERVED)
			check_node(c, n, "phandle %u is one that Xen gives to nodes of its own in a guest's tree",
				   n->phandle);
}
