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

	check_at(c, in, NULL, d->node ? d->node->whole : d->prop->whole, format,
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

/* Nodes of an overlay's root that are no fragments and need be none. */
static bool is_special(const struct node *node)
{
	static const char *const names[] = {
		"__symbols__", "__fixups__", "__local_fixups__", "__overrides__", "aliases", "metadata",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], node->name->text) == 0)
			return true;
	return false;
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

void check_fragment_no_overlay(struct checks *c)
{
	if (!c->tree->plugin)
		return;
	for_each_child(c->tree->root, n) {
		struct diag_nearest near;

		if (!has_target(c, n) || child_called(c, n, "__overlay__"))
			continue;
		check_node(c, n, "this fragment has a target but no '__overlay__' node, so it does nothing");
		diag_nearest_init(&near, "__overlay__", 11);
		for_each_child(n, child)
			diag_nearest_offer(&near, child->name->text, child->name->len);
		if (near.best)
			check_help(c, "rename its node '%s' to '__overlay__'", near.best);
	}
}

void check_fragment_no_target(struct checks *c)
{
	if (!c->tree->plugin)
		return;
	for_each_child(c->tree->root, n)
		if (child_called(c, n, "__overlay__") && !has_target(c, n) && !child_called(c, n, "__delete__")) {
			check_node(c, n, "this fragment has neither 'target' nor 'target-path'");
			check_help(c, "add target = <&LABEL>; or target-path = \"/PATH\";");
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
	check_node(c, other, "this overlay applies nothing: its root holds fragments, not the nodes of the base");
	check_help(c, "to change that node of the base write &{%s} { ... };", path);
}

void check_fragment_merged(struct checks *c)
{
	if (!c->tree->plugin)
		return;
	for_each_child(c->tree->root, n)
		if (n->made && n->also) {
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
	for_each_node(c->tree->root, n)
		if (n->phandle >= FIRST_RESERVED && n->phandle <= LAST_RESERVED)
			check_node(c, n, "phandle %u is one that Xen gives to nodes of its own in a guest's tree",
				   n->phandle);
}
