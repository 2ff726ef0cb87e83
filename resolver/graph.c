/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* graph.c - follow every reference of a tree that is known to be one, see graph.h.
 * That phandles are unique is proven when the tree is opened.  Which properties hold phandles, and
 * what tells how many cells follow each: DTSpec 2.4, 3 and the bindings in wide use. */
#include "graph.h"

#include <string.h>

#include "path.h"

/* ---------------------------------------------------------------- texts that name nodes */

/* The one text of a property; empty when it is not one text. */
static struct ovl_str one_text(const struct ovl_prop *p)
{
	if (!p->value || p->len < 2 || strnlen((const char *)p->value, p->len) != p->len - 1)
		return (struct ovl_str){ 0 };
	return (struct ovl_str){ (const char *)p->value, p->len - 1 };
}

static bool skips(const struct findings *f, const struct ovl_prop *p)
{
	return p->layer < f->first_layer;
}

/* Every property of /aliases or /__symbols__ is the path of a node.  A symbol without a stored
 * value is an overlay's own, whose path libovl makes. */
static void check_paths(struct findings *f, const char *top, const char *kind)
{
	ovl_node node = ovl_node_child(f->tree, ovl_node_root(f->tree), ovl_str(top));
	struct ovl_prop p;

	for (int more = node && ovl_prop_first(f->tree, node, &p); more;
	     more = ovl_prop_next(f->tree, &p)) {
		struct ovl_str path = one_text(&p);

		if (skips(f, &p) || !p.value || strcmp(p.name, "phandle") == 0 ||
		    strcmp(p.name, "linux,phandle") == 0)
			continue;
		if (!path.len || path.ptr[0] != '/')
			finding_add(f, kind, node, &p, "it is not one absolute path");
		else if (!ovl_node_by_path(f->tree, path))
			finding_add(f, kind, node, &p, "there is no node %.*s", (int)path.len,
				    path.ptr);
	}
}

/* A path or an alias, and after a colon what the driver is told. */
static void check_stdout(struct findings *f, const char *name)
{
	ovl_node chosen = ovl_node_child(f->tree, ovl_node_root(f->tree), ovl_str("chosen"));
	struct ovl_str text;
	struct ovl_prop p;

	if (!chosen || !ovl_prop_find(f->tree, chosen, ovl_str(name), &p) || skips(f, &p))
		return;
	text = one_text(&p);
	text.len = text.len ? (uint32_t)strcspn(text.ptr, ":") : 0;
	if (!text.len || !path_find(f->tree, text, false))
		finding_add(f, "stdout-path-dangling", chosen, &p,
			    "there is no node or alias '%.*s'", (int)text.len,
			    text.len ? text.ptr : "");
}

/* ---------------------------------------------------------------- phandles */

/* A property of phandles; cells is the property of the node referred to that says how many cells
 * follow, NULL when none do; default_cells stands where the node has no such property, -1 when it
 * must. */
static const struct ref {
	const char *name, *cells;
	int default_cells;
} refs[] = {
	{ "assigned-clock-parents", "#clock-cells", -1 },
	{ "assigned-clocks", "#clock-cells", -1 },
	{ "clocks", "#clock-cells", -1 },
	{ "cooling-device", "#cooling-cells", -1 },
	{ "cpu", NULL, 0 },
	{ "cpu-idle-states", NULL, 0 },
	{ "dmas", "#dma-cells", -1 },
	{ "domain-idle-states", NULL, 0 },
	{ "gpio", "#gpio-cells", -1 },
	{ "gpios", "#gpio-cells", -1 },
	{ "hwlocks", "#hwlock-cells", -1 },
	{ "interconnects", "#interconnect-cells", -1 },
	{ "interrupt-affinity", NULL, 0 },
	{ "interrupt-parent", NULL, 0 },
	{ "interrupts-extended", "#interrupt-cells", -1 },
	{ "io-channels", "#io-channel-cells", -1 },
	{ "iommus", "#iommu-cells", -1 },
	{ "mboxes", "#mbox-cells", -1 },
	{ "memory-region", NULL, 0 },
	{ "msi-parent", "#msi-cells", 0 },
	{ "next-level-cache", NULL, 0 },
	{ "nvmem-cells", "#nvmem-cell-cells", 0 },
	{ "operating-points-v2", NULL, 0 },
	{ "phy-handle", NULL, 0 },
	{ "phys", "#phy-cells", -1 },
	{ "power-domains", "#power-domain-cells", -1 },
	{ "pwms", "#pwm-cells", -1 },
	{ "remote-endpoint", NULL, 0 },
	{ "resets", "#reset-cells", -1 },
	{ "sound-dai", "#sound-dai-cells", -1 },
	{ "thermal-sensors", "#thermal-sensor-cells", -1 },
};

static const struct ref ref_gpio = { "-gpios", "#gpio-cells", -1 },
			ref_plain = { "-supply", NULL, 0 };

static bool ends_in(const struct ovl_prop *p, const char *end)
{
	size_t len = strlen(end);

	return p->name_len > len && memcmp(p->name + p->name_len - len, end, len) == 0;
}

static bool is_pinctrl(const struct ovl_prop *p)
{
	return p->name_len > 8 && memcmp(p->name, "pinctrl-", 8) == 0 &&
	       strspn(p->name + 8, "0123456789") == p->name_len - 8;
}

static const struct ref *ref_of(const struct findings *f, ovl_node node, const struct ovl_prop *p)
{
	struct ovl_prop hog;

	if (ends_in(p, "-supply") || is_pinctrl(p))
		return &ref_plain;
	if (ends_in(p, "nr-gpios"))
		return NULL;
	if (ends_in(p, "-gpios") || ends_in(p, "-gpio"))
		return &ref_gpio;
	/* In a hog, gpios are the lines of its parent. */
	if (strncmp(p->name, "gpio", 4) == 0 &&
	    ovl_prop_find(f->tree, node, ovl_str("gpio-hog"), &hog))
		return NULL;
	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++)
		if (strcmp(p->name, refs[i].name) == 0)
			return &refs[i];
	return NULL;
}

/* How many cells follow the phandle of provider; -1 when it does not say. */
static int n_arguments(const struct findings *f, const struct ref *ref, ovl_node provider)
{
	struct ovl_prop p;

	if (!ref->cells)
		return 0;
	if (!ovl_prop_find(f->tree, provider, ovl_str(ref->cells), &p) || p.len != 4)
		return ref->default_cells;
	return ovl_prop_cell(&p, 0) > 255 ? 255 : (int)ovl_prop_cell(&p, 0);
}

/* Entry by entry; after one that cannot be measured the rest cannot be read.  A phandle of 0 is an
 * entry left out. */
static void check_ref(struct findings *f, ovl_node node, const struct ovl_prop *p,
		      const struct ref *ref)
{
	uint32_t n = p->len / 4, i = 0;

	if (p->len % 4)
		finding_add(f, "reference-length", node, p, "its length, %u, is not that of cells",
			    p->len);
	while (i < n && p->len % 4 == 0) {
		uint32_t phandle = ovl_prop_cell(p, i);
		ovl_node provider = phandle ? ovl_node_by_phandle(f->tree, phandle) : OVL_NONE;
		int follow = provider ? n_arguments(f, ref, provider) : 0;
		struct text path = { 0 };

		if (phandle && !provider) {
			finding_add(f, "phandle-dangling", node, p,
				    "cell %u: no node has phandle 0x%x", i, phandle);
			return;
		}
		if (provider)
			text_path(&path, f->tree, provider);
		if (follow < 0)
			finding_add(f, "cells-missing", node, p, "%s has no %s", text_of(&path),
				    ref->cells);
		else if ((uint32_t)follow > n - i - 1)
			finding_add(f, "reference-length", node, p,
				    "%s wants %d cells (%s), %u are left", text_of(&path), follow,
				    ref->cells, n - i - 1);
		text_free(&path);
		if (follow < 0)
			return;
		i += 1 + (uint32_t)follow;
	}
}

/* Nodes whose properties are called as their author liked. */
static bool holds_names(const struct findings *f, ovl_node node)
{
	ovl_node root = ovl_node_root(f->tree);

	return node == ovl_node_child(f->tree, root, ovl_str("aliases")) ||
	       node == ovl_node_child(f->tree, root, ovl_str("__symbols__"));
}

static void check_refs(struct findings *f, ovl_node node)
{
	struct ovl_prop p;

	if (holds_names(f, node))
		return;
	for (int more = ovl_prop_first(f->tree, node, &p); more;
	     more = ovl_prop_next(f->tree, &p)) {
		const struct ref *ref = skips(f, &p) ? NULL : ref_of(f, node, &p);

		if (ref)
			check_ref(f, node, &p, ref);
	}
}

void graph_check(struct findings *f)
{
	ovl_node root = ovl_node_root(f->tree), n;

	check_paths(f, "aliases", "alias-dangling");
	check_paths(f, "__symbols__", "symbol-dangling");
	check_stdout(f, "stdout-path");
	check_stdout(f, "linux,stdout-path");
	for (n = root; n; n = tree_next(f->tree, root, n))
		check_refs(f, n);
}
