/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* history.c - what a property was before an overlay set it, and which part of an overlay did.
 * Every layer that sets a property leaves a version, which knows the one before it; the oldest stands on
 * what the node's own blob gives.  Nothing is searched: a step takes constant time, a name the node's depth. */
#include "inner.h"

int ovl_prop_older(const struct ovl_tree *t, struct ovl_prop *prop)
{
	const struct ovli_version *v;

	if (!prop->version)
		return 0;
	v = ovli_version(t, prop->version);
	if (v->older)
		ovli_prop_tell(t, ovli_version_prop(t, v->older), v->older, prop);
	else if (v->flags & OVLI_OWN)
		ovli_prop_tell(t, ovli_own_prop(t, prop->node, ovl_str(prop->name)), 0, prop);
	else
		return 0;
	return 1;
}

/* The child of its layer's root that a node of an overlay stands in. */
struct ovl_str ovli_fragment_of(const struct ovl_tree *t, uint32_t node)
{
	uint32_t top = ovli_layer(t, ovli_layer_of(t, node))->nodes;

	if (node == top || ovli_in_base(t, node))
		return (struct ovl_str){ NULL, 0 };
	while (ovli_node(t, node)->parent != top)
		node = ovli_node(t, node)->parent;
	return ovl_node_name(t, node);
}

struct ovl_str ovl_prop_fragment(const struct ovl_tree *t, const struct ovl_prop *prop)
{
	return ovli_fragment_of(t, prop->version ? ovli_version(t, prop->version)->piece : prop->node);
}

struct ovl_str ovl_node_fragment(const struct ovl_tree *t, ovl_node node)
{
	return node ? ovli_fragment_of(t, node) : (struct ovl_str){ NULL, 0 };
}
