/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* profile.c - what others make of an overlay that is applied here: refuse it, ignore part of it, or do
 * something else.  In: an overlay alone, or the newest layer of a tree, whose nodes have found their homes
 * (apply.c).  Out: findings.  Each rule is looked for in one place; the table says who has it.  Changes
 * nothing, and needs no storage beside the caller's list. */
#include "inner.h"

/* What a consumer makes of a rule: '-' nothing, R refuses, I ignores, D differs; in the order of
 * enum ovl_consumer: Linux, libfdt, U-Boot, Android, Xen, pvmfw, Raspberry Pi. */
static const char verdicts[OVL_N_RULES][OVL_N_CONSUMERS + 1] = {
	[OVL_RULE_OVERRIDES]         = "IIIIII-",
	[OVL_RULE_NO_FRAGMENTS]      = "RII----",
	[OVL_RULE_NO_TARGET]         = "RRR-RR-",
	[OVL_RULE_FIXUP]             = "RRR-RR-",
	[OVL_RULE_FIXUP_PATH]        = "IRR-RR-",
	[OVL_RULE_LOCAL_FIXUP]       = "RRR-RR-",
	[OVL_RULE_TARGET_INSIDE]     = "R------",
	[OVL_RULE_TARGET_PROPERTY]   = "-----R-",
	[OVL_RULE_TARGET_LABEL]      = "----D--",
	[OVL_RULE_TARGET_NOT_ROOT]   = "-----R-",
	[OVL_RULE_TARGET_ROOT]       = "---D---",
	[OVL_RULE_FRAGMENT_NAME]     = "------I",
	[OVL_RULE_BOOTARGS]          = "---D---",
	[OVL_RULE_BOOTARGS_ADDED]    = "------D",
	[OVL_RULE_UNTRUSTED]         = "-----R-",
	[OVL_RULE_TARGET_PHANDLE]    = "------I",
	[OVL_RULE_SYMBOL_TARGET]     = "-DD-DD-",
	[OVL_RULE_SYMBOL_NO_DEVICE]  = "-----I-",
	[OVL_RULE_SYMBOLS_PRIVATE]   = "---I--I",
	[OVL_RULE_LARGE]             = "--D----",
	[OVL_RULE_TOO_LARGE]         = "----R--",
	[OVL_RULE_LABEL_MISSING]     = "RRRRRRR",
	[OVL_RULE_LABEL_NO_PHANDLE]  = "-RR-RR-",
	[OVL_RULE_TARGET_NO_PHANDLE] = "RRR-R--",
	[OVL_RULE_TARGET_MISSING]    = "RRRRRRR",
	[OVL_RULE_TARGET_LOOSE]      = "RDD-D--",
	[OVL_RULE_TARGET_PATH_LABEL] = "RRR-R--",
	[OVL_RULE_TARGET_OF_OVERLAY] = "----R--",
	[OVL_RULE_LABEL_OF_OVERLAY]  = "---RR-R",
	[OVL_RULE_PHANDLES_AGAIN]    = "----D--",
	[OVL_RULE_COMPATIBLE]        = "--D----",
	[OVL_RULE_PHANDLE_EXISTS]    = "R------",
	[OVL_RULE_PHANDLE_REPLACED]  = "-DD-DD-",
	[OVL_RULE_REFERENCE_LOST]    = "D------",
	[OVL_RULE_NODE_EXISTS]       = "----R--",
	[OVL_RULE_NODE_TWICE]        = "R------",
	[OVL_RULE_PROP_EXISTING]     = "----I--",
	[OVL_RULE_PROP_TWICE]        = "R------",
	[OVL_RULE_CELLS]             = "RDDDDDD",
	[OVL_RULE_INTERRUPT_CELLS]   = "DDDDDDD",
	[OVL_RULE_SYMBOL_EXISTS]     = "R------",
	[OVL_RULE_SYMBOL_REPLACED]   = "-DD-DD-",
	[OVL_RULE_SYMBOLS_MISSING]   = "R------",
	[OVL_RULE_TARGET_LOST]       = "-RR-RR-",
	[OVL_RULE_SYMBOL_LOST]       = "-RR-RR-",
};

enum { LARGE_BYTES = 64 * 1024, TOO_LARGE_BYTES = 500 * 1024 };

/* A label is looked for among all symbols, so only for the first of the findings. */
enum { MOST_LABELS = 16 };

/* Of the nodes that get other phandles the first are remembered. */
enum { MOST_RENUMBERED = 16 };

struct profile {
	const struct ovl_tree *t;
	uint32_t layer;
	enum ovl_consumer consumer;
	struct ovl_finding *findings;
	uint32_t room, n, n_labels;
	uint32_t fragment, content;     /* where the walk is */
	struct {
		uint32_t home, times;
	} renumbered[MOST_RENUMBERED];
	uint32_t n_renumbered;
	struct ovl_finding spare;       /* for what is not listed */
};

static enum ovl_verdict verdict(enum ovl_consumer consumer, enum ovl_rule rule)
{
	switch (verdicts[rule][consumer]) {
	case 'R':
		return OVL_REFUSES;
	case 'I':
		return OVL_IGNORES;
	case 'D':
		return OVL_DIFFERS;
	default:
		return OVL_ACCEPTS;
	}
}

static bool asks(const struct profile *p, enum ovl_rule rule)
{
	return verdict(p->consumer, rule) != OVL_ACCEPTS;
}

/* Where to fill in what else there is to say. */
static struct ovl_finding *add(struct profile *p, enum ovl_rule rule, uint32_t at, const char *prop)
{
	struct ovl_finding *f = p->n < p->room && asks(p, rule) ? &p->findings[p->n] : &p->spare;

	memset(f, 0, sizeof(*f));
	p->n += asks(p, rule);
	f->rule = rule;
	f->verdict = verdict(p->consumer, rule);
	f->at = at;
	if (p->t->base_layer && at && ovli_over(p->t, at)->home)
		f->node = ovli_over(p->t, at)->home;
	if (p->fragment)
		f->fragment = ovl_node_name(p->t, p->fragment);
	if (prop)
		f->prop = ovl_str(prop);
	return f;
}

/* ---------------------------------------------------------------- the overlay's own parts */

static struct ovli_prop own(const struct profile *p, uint32_t node, const char *name)
{
	return ovli_own_prop(p->t, node, ovl_str(name));
}

static uint32_t child(const struct profile *p, uint32_t node, const char *name)
{
	return node ? ovli_own_child(p->t, node, ovl_str(name)) : 0;
}

static uint32_t top(const struct profile *p)
{
	return ovli_layer(p->t, p->layer)->nodes;
}

static uint32_t next_below(const struct profile *p, uint32_t above, uint32_t node)
{
	return ovli_next_below(p->t, p->layer, above, node);
}

static bool is_content(const struct profile *p, uint32_t node)
{
	return ovli_node(p->t, ovli_node(p->t, node)->parent)->parent == top(p);
}

static bool first_fragment(struct profile *p)
{
	p->fragment = ovli_fragment_from(p->t, next_below(p, top(p), top(p)), &p->content);
	return p->fragment;
}

static bool next_fragment(struct profile *p)
{
	p->fragment = ovli_fragment_from(p->t, ovli_node(p->t, p->fragment)->next, &p->content);
	return p->fragment;
}

/* `target`, when it says anything, goes before `target-path`; a fixup says it whatever stood there before. */
static bool has_target(const struct profile *p)
{
	struct ovli_prop target = own(p, p->fragment, "target");

	return target.tag && (ovli_over(p->t, p->fragment)->newer || ovli_be32(ovli_prop_value(target)));
}

static struct ovl_str target_path(const struct profile *p)
{
	struct ovli_prop path = own(p, p->fragment, "target-path");

	return path.tag && !has_target(p) ? ovli_text(path) : (struct ovl_str){ NULL, 0 };
}

/* By a phandle of the overlay's own. */
static bool target_is_local(const struct profile *p)
{
	uint32_t mirrors = child(p, top(p), "__local_fixups__");
	uint32_t mirror = mirrors ? ovli_own_child(p->t, mirrors, ovl_node_name(p->t, p->fragment)) : 0;

	return mirror && own(p, mirror, "target").tag;
}

/* ---------------------------------------------------------------- an overlay alone */

/* What only deletes has no target that others know, see apply.c. */
static void alone_target(struct profile *p)
{
	struct ovl_str path = target_path(p);
	bool local = target_is_local(p);

	if (!has_target(p) && !path.len) {
		add(p, OVL_RULE_NO_TARGET, p->fragment, NULL);
		return;
	}
	if (local)
		add(p, OVL_RULE_TARGET_INSIDE, p->fragment, "target");
	if (own(p, p->fragment, "target").tag)
		add(p, OVL_RULE_TARGET_PROPERTY, p->fragment, "target");
	else if (!ovli_same(path, "/"))
		add(p, OVL_RULE_TARGET_NOT_ROOT, p->fragment, "target-path")->path = path;
	if (has_target(p) && !local)
		add(p, OVL_RULE_TARGET_LABEL, p->fragment, "target");
	if (ovli_same(path, "/"))
		add(p, OVL_RULE_TARGET_ROOT, p->fragment, "target-path");
}

static void alone_name(struct profile *p)
{
	struct ovl_str name = ovl_node_name(p->t, p->fragment);

	if (name.len < 9 || memcmp(name.ptr, "fragment", 8) != 0 ||
	    (name.ptr[8] != '@' && name.ptr[8] != '-'))
		add(p, OVL_RULE_FRAGMENT_NAME, p->fragment, NULL);
}

static void alone_chosen(struct profile *p)
{
	struct ovl_str path = target_path(p);
	uint32_t chosen = 0;

	if (ovli_same(path, "/chosen"))
		chosen = p->content;
	else if (ovli_same(path, "/"))
		chosen = child(p, p->content, "chosen");
	if (!chosen || !own(p, chosen, "bootargs").tag)
		return;
	add(p, OVL_RULE_BOOTARGS, chosen, "bootargs");
	add(p, OVL_RULE_BOOTARGS_ADDED, chosen, "bootargs");
}

static void alone_untrusted(struct profile *p)
{
	uint32_t untrusted = child(p, child(p, p->content, "avf"), "untrusted"), n;

	for (n = untrusted; n; n = next_below(p, untrusted, n)) {
		if (own(p, n, "phandle").tag)
			add(p, OVL_RULE_UNTRUSTED, n, "phandle");
		if (own(p, n, "compatible").tag)
			add(p, OVL_RULE_UNTRUSTED, n, "compatible");
	}
}

static void alone_symbols(struct profile *p)
{
	uint32_t symbols = child(p, top(p), "__symbols__"), exports = child(p, top(p), "__exports__"), node;
	struct ovli_prop s;
	bool told = false;

	if (!symbols)
		return;
	for (s = ovli_first_prop(p->t, symbols); s.tag; s = ovli_next_prop(s)) {
		bool exported = p->consumer == OVL_FOR_RPI && exports && own(p, exports, ovli_prop_name(s)).tag;

		ovli_symbol_node(p->t, p->layer, s, &node);
		if (!told && !exported) {
			add(p, OVL_RULE_SYMBOLS_PRIVATE, symbols, NULL)->label = ovl_str(ovli_prop_name(s));
			told = true;
		}
		if (node && is_content(p, node))
			add(p, OVL_RULE_SYMBOL_TARGET, symbols, ovli_prop_name(s))->label = ovl_str(ovli_prop_name(s));
		if (!node || is_content(p, node))
			add(p, OVL_RULE_SYMBOL_NO_DEVICE, symbols, ovli_prop_name(s))->label = ovl_str(ovli_prop_name(s));
	}
}

static void profile_alone(struct profile *p)
{
	uint32_t overrides = child(p, top(p), "__overrides__"), len = ovli_be32(p->t->base + 4);

	if (len > LARGE_BYTES)
		add(p, OVL_RULE_LARGE, 0, NULL);
	if (len > TOO_LARGE_BYTES)
		add(p, OVL_RULE_TOO_LARGE, 0, NULL);
	for (bool more = first_fragment(p); more; more = next_fragment(p)) {
		alone_name(p);
		alone_target(p);
		if (ovli_node(p->t, p->content)->phandle &&
		    !own(p, p->content, "dtoverlay,preserve-phandle").tag)
			add(p, OVL_RULE_TARGET_PHANDLE, p->content, NULL);
		alone_chosen(p);
		alone_untrusted(p);
	}
	alone_symbols(p);
	if (overrides)
		add(p, OVL_RULE_OVERRIDES, overrides, NULL);
}

/* ---------------------------------------------------------------- a layer of a tree: targets */

/* Whether a node of the tree was there before this overlay. */
static bool existed(const struct profile *p, uint32_t home)
{
	return ovli_layer_of(p->t, home) != p->layer;
}

/* Came with an overlay that was applied before. */
static bool of_overlay(const struct profile *p, uint32_t number)
{
	return number && number < ovli_layer(p->t, p->layer)->number;
}

/* A path that is not absolute begins with an alias, or else with a label. */
static bool begins_with_label(const struct profile *p, struct ovl_str path)
{
	uint32_t aliases = ovl_node_child(p->t, ovl_node_root(p->t), OVLI_STR("aliases"));
	struct ovl_prop alias;

	if (!path.len || path.ptr[0] == '/')
		return false;
	return !aliases || !ovl_prop_find(p->t, aliases, ovli_path_step(&path), &alias);
}

/* Where a node is among those that have other phandles. */
static uint32_t renumbered(const struct profile *p, uint32_t home)
{
	uint32_t i;

	for (i = 0; i < p->n_renumbered && p->renumbered[i].home != home; i++)
		;
	return i;
}

static void note_phandle(struct profile *p, uint32_t node)
{
	uint32_t home = ovli_home(p->t, node), i = renumbered(p, home);

	if (!ovli_node(p->t, node)->phandle || i == MOST_RENUMBERED || home == node)
		return;
	if (i == p->n_renumbered) {
		p->n_renumbered++;
		p->renumbered[i].home = home;
		p->renumbered[i].times = !existed(p, home) && own(p, home, "phandle").tag;
	}
	p->renumbered[i].times++;
}

/* Whether an earlier fragment gave the target another phandle, and it is looked for by the old one.  A local fixup is
 * to the first node of the overlay that was merged into it, which it has found if that was the last. */
static bool is_lost(const struct profile *p)
{
	uint32_t home = ovli_home(p->t, p->content), i = renumbered(p, home);

	return i < p->n_renumbered && has_target(p) && (p->renumbered[i].times > 1 || !target_is_local(p));
}

static void layer_target(struct profile *p)
{
	uint32_t home = ovli_home(p->t, p->content);
	bool by_label = ovli_over(p->t, p->fragment)->newer != 0;
	struct ovl_str path = by_label ? (struct ovl_str){ NULL, 0 } : target_path(p);

	if (!existed(p, home) && !target_is_local(p))
		add(p, OVL_RULE_TARGET_INSIDE, p->fragment, "target-path")->path = path;
	if (p->consumer == OVL_FOR_LINUX && own(p, p->fragment, "target").tag && !has_target(p))
		add(p, OVL_RULE_TARGET_MISSING, p->fragment, "target");
	if (is_lost(p))
		add(p, OVL_RULE_TARGET_LOST, p->fragment, "target")->node = home;
	if (by_label && !ovli_node(p->t, home)->phandle)
		add(p, OVL_RULE_TARGET_NO_PHANDLE, p->fragment, "target")->node = home;
	if (begins_with_label(p, path))
		add(p, OVL_RULE_TARGET_PATH_LABEL, p->fragment, "target-path")->path = path;
	if (path.len && ovli_find_path(p->t, path, false) != home) {
		struct ovl_finding *f = add(p, OVL_RULE_TARGET_LOOSE, p->fragment, "target-path");

		f->path = path;
		f->node = home;
	}
	if (!by_label && of_overlay(p, ovl_node_layer(p->t, home)))
		add(p, OVL_RULE_TARGET_OF_OVERLAY, p->fragment,
		    path.len ? "target-path" : "target")->node = home;
}

/* ---------------------------------------------------------------- a layer of a tree: nodes */

/* The overlay's label for a node of it. */
static struct ovl_str label_of(struct profile *p, uint32_t node)
{
	uint32_t symbols = child(p, top(p), "__symbols__"), named;
	struct ovli_prop s;

	if (!symbols || p->n_labels++ >= MOST_LABELS)
		return (struct ovl_str){ NULL, 0 };
	for (s = ovli_first_prop(p->t, symbols); s.tag; s = ovli_next_prop(s)) {
		ovli_symbol_node(p->t, p->layer, s, &named);
		if (named == node)
			return ovl_str(ovli_prop_name(s));
	}
	return (struct ovl_str){ NULL, 0 };
}

/* Whether a number of the tree is one that this overlay brought. */
static bool brought(const struct profile *p, uint32_t phandle)
{
	uint32_t delta = ovli_layer(p->t, p->layer)->delta;

	return phandle > delta && ovli_own_phandle(p->t, p->layer, phandle - delta);
}

static void layer_phandle(struct profile *p, uint32_t node)
{
	uint32_t mine = ovli_node(p->t, node)->phandle;
	uint32_t theirs = ovli_node(p->t, ovli_home(p->t, node))->phandle;
	enum ovl_rule rule = asks(p, OVL_RULE_PHANDLE_EXISTS) ? OVL_RULE_PHANDLE_EXISTS
							      : OVL_RULE_PHANDLE_REPLACED;

	if (!mine || brought(p, theirs) || !asks(p, rule) ||
	    (rule == OVL_RULE_PHANDLE_EXISTS && node == p->content))
		return;
	add(p, rule, node, NULL)->label = label_of(p, node);
}

/* Of a node added twice only the topmost is told: all below it that both fragments have is, too.  What
 * changes a node that an earlier fragment made by targeting it is no second node. */
static void layer_node(struct profile *p, uint32_t node)
{
	uint32_t parent = ovli_node(p->t, node)->parent, home = ovli_home(p->t, node);

	if (existed(p, home)) {
		layer_phandle(p, node);
		if (parent == p->content)
			add(p, OVL_RULE_NODE_EXISTS, node, NULL);
	} else if (home != node && existed(p, ovli_home(p->t, parent))) {
		add(p, OVL_RULE_NODE_TWICE, node, NULL)->other = ovli_fragment_of(p->t, home);
	}
}

/* ---------------------------------------------------------------- a layer of a tree: properties */

/* The property that a version took the place of. */
static struct ovli_prop replaced(const struct profile *p, const struct ovli_version *v, const char *name,
				 uint32_t *piece)
{
	struct ovli_prop none = { NULL, NULL };
	uint32_t older = v->older;

	*piece = ovli_home(p->t, v->piece);
	if (!older)
		return v->flags & OVLI_OWN ? own(p, *piece, name) : none;
	*piece = ovli_version(p->t, older)->piece;
	return ovli_version(p->t, older)->flags & OVLI_GONE ? none : ovli_version_prop(p->t, older);
}

static bool is_cells(const char *name, enum ovl_rule *rule)
{
	*rule = ovli_is(name, "#interrupt-cells") ? OVL_RULE_INTERRUPT_CELLS : OVL_RULE_CELLS;
	return *rule == OVL_RULE_INTERRUPT_CELLS || ovli_is(name, "#address-cells") ||
	       ovli_is(name, "#size-cells");
}

static void layer_prop(struct profile *p, uint32_t node, uint32_t version)
{
	struct ovli_prop now = ovli_version_prop(p->t, version), was;
	const char *name = ovli_prop_name(now);
	enum ovl_rule rule;
	uint32_t piece;
	bool same;

	if (ovli_names_phandle(name))
		return;
	if (node == p->content && existed(p, ovli_home(p->t, node)))
		add(p, OVL_RULE_PROP_EXISTING, node, name);
	was = replaced(p, ovli_version(p->t, version), name, &piece);
	if (!was.tag)
		return;
	same = ovli_same_value(was, now);
	if (is_cells(name, &rule) && existed(p, ovli_home(p->t, node))) {
		if (!same)
			add(p, rule, node, name);
	} else if (!existed(p, piece) && existed(p, ovli_home(p->t, p->content))) {
		add(p, OVL_RULE_PROP_TWICE, node, name)->other = ovli_fragment_of(p->t, piece);
	}
}

static void layer_props(struct profile *p, uint32_t node)
{
	const struct ovli_over *o = ovli_over(p->t, node);
	uint32_t i;

	for (i = 0; i < o->n_versions; i++) {
		uint32_t version = o->versions + i * OVLI_WORDS(ovli_version);

		if (ovli_version(p->t, version)->flags & OVLI_SET)
			layer_prop(p, node, version);
	}
}

/* ---------------------------------------------------------------- a layer of a tree: labels */

static bool find_symbol(const struct profile *p, const char *name, struct ovl_prop *found)
{
	uint32_t symbols = ovl_node_child(p->t, ovl_node_root(p->t), OVLI_STR("__symbols__"));

	return symbols && ovl_prop_find(p->t, symbols, ovl_str(name), found);
}

/* Of the fragment that a symbol's node is in.  needs: the walk of the fragments done. */
static bool loses_target(struct profile *p, uint32_t node)
{
	bool lost;

	while (ovli_node(p->t, node)->parent != top(p)) {
		p->content = node;
		node = ovli_node(p->t, node)->parent;
	}
	p->fragment = node;
	lost = is_lost(p);
	p->fragment = 0;
	return lost;
}

static void layer_symbols(struct profile *p)
{
	uint32_t symbols = child(p, top(p), "__symbols__"), node;
	struct ovl_prop there;
	struct ovli_prop s;
	bool lost = false;

	if (!symbols || !ovli_over(p->t, symbols)->home)
		return;
	if (ovli_hides_own(p->t, symbols))
		add(p, OVL_RULE_SYMBOLS_MISSING, symbols, NULL);
	for (s = ovli_first_prop(p->t, symbols); s.tag; s = ovli_next_prop(s)) {
		struct ovl_finding *f;

		ovli_symbol_node(p->t, p->layer, s, &node);
		if (node && !lost && loses_target(p, node)) {
			f = add(p, OVL_RULE_SYMBOL_LOST, symbols, ovli_prop_name(s));
			f->label = ovl_str(ovli_prop_name(s));
			f->node = ovli_home(p->t, p->content);
			lost = true;
		}
		if (!node || NEVER(!find_symbol(p, ovli_prop_name(s), &there)) || /* it has joined the tree's */
		    there.layer == ovli_layer(p->t, p->layer)->number)
			continue;
		f = add(p, OVL_RULE_SYMBOL_EXISTS, symbols, ovli_prop_name(s));
		f->label = ovl_str(ovli_prop_name(s));
		f->node = ovli_home(p->t, node);
	}
}

/* Whether a label of an overlay is one that the Raspberry Pi's tools give to others. */
static bool is_exported(const struct profile *p, const struct ovl_prop *symbol)
{
	uint32_t exports;

	if (p->consumer != OVL_FOR_RPI)
		return false;
	exports = ovli_overlay_part(p->t, ovli_layer_of(p->t, ovli_version(p->t, symbol->version)->piece),
				    OVLI_STR("__exports__"));
	return exports && own(p, exports, symbol->name).tag;
}

static void layer_labels(struct profile *p)
{
	uint32_t fixups = child(p, top(p), "__fixups__");
	struct ovl_prop symbol;
	struct ovli_prop uses;

	if (!fixups || !asks(p, OVL_RULE_LABEL_OF_OVERLAY))
		return;
	for (uses = ovli_first_prop(p->t, fixups); uses.tag; uses = ovli_next_prop(uses)) {
		struct ovl_finding *f;

		if (!find_symbol(p, ovli_prop_name(uses), &symbol) || !of_overlay(p, symbol.layer) ||
		    is_exported(p, &symbol))
			continue;
		f = add(p, OVL_RULE_LABEL_OF_OVERLAY, fixups, ovli_prop_name(uses));
		f->label = ovl_str(ovli_prop_name(uses));
		f->node = ovl_node_by_label(p->t, f->label);
	}
}

/* A node that was there before and that one of the references in a property leads to, or 0. */
static uint32_t existing_in(const struct profile *p, uint32_t node, struct ovli_prop list)
{
	struct ovli_prop cells = own(p, node, ovli_prop_name(list));
	uint32_t i, named;

	for (i = 0; i < ovli_prop_len(list); i += 4) {
		uint32_t off = ovli_be32(ovli_prop_value(list) + i);

		named = ovl_node_by_phandle(p->t, ovli_be32(ovli_prop_value(cells) + off));
		if (named && existed(p, named))
			return named;
	}
	return 0;
}

/* needs: the local fixups applied; the mirror of a node has it in `older`, see overlay.c. */
static void layer_references(struct profile *p)
{
	uint32_t mirrors = child(p, top(p), "__local_fixups__"), n, node, named;
	struct ovli_prop list;

	for (n = mirrors; n && asks(p, OVL_RULE_REFERENCE_LOST); n = next_below(p, mirrors, n)) {
		node = ovli_over(p->t, n)->older;
		if (!ovli_over(p->t, node)->home)
			continue;
		for (list = ovli_first_prop(p->t, n); list.tag; list = ovli_next_prop(list)) {
			named = existing_in(p, node, list);
			if (named)
				add(p, OVL_RULE_REFERENCE_LOST, node, ovli_prop_name(list))->node = named;
		}
	}
}

/* ---------------------------------------------------------------- a layer of a tree */

/* Whether this overlay has phandles, and one before it has. */
static bool phandles_again(const struct profile *p)
{
	uint32_t layer = p->layer;
	const struct ovli_layer *l = ovli_layer(p->t, layer);

	if (l->max_phandle <= l->delta)
		return false;
	while ((layer = ovli_layer(p->t, layer)->below) != p->t->base_layer) {
		l = ovli_layer(p->t, layer);
		if (l->max_phandle > l->delta)
			return true;
	}
	return false;
}

/* DTSpec 2.3.1: a list of texts; the first is the most exact. */
static bool compatible_differs(const struct profile *p)
{
	struct ovli_prop mine = own(p, top(p), "compatible");
	uint32_t root = ovl_node_root(p->t), n;
	struct ovl_prop theirs;
	const char *text;

	if (!mine.tag || !ovl_prop_find(p->t, root, OVLI_STR("compatible"), &theirs))
		return false;
	text = (const char *)ovli_prop_value(mine);
	n = ovli_strlen_in(text, ovli_prop_len(mine));
	return n != ovli_strlen_in((const char *)theirs.value, theirs.len) || memcmp(text, theirs.value, n) != 0;
}

static void profile_layer(struct profile *p)
{
	uint32_t n;

	if (compatible_differs(p))
		add(p, OVL_RULE_COMPATIBLE, top(p), "compatible");
	if (phandles_again(p))
		add(p, OVL_RULE_PHANDLES_AGAIN, 0, NULL);
	for (bool more = first_fragment(p); more; more = next_fragment(p)) {
		if (!ovli_home(p->t, p->content))
			continue;
		layer_target(p);
		note_phandle(p, p->content);
		if (existed(p, ovli_home(p->t, p->content)))
			layer_phandle(p, p->content);
		layer_props(p, p->content);
		for (n = next_below(p, p->content, p->content); n; n = next_below(p, p->content, n)) {
			note_phandle(p, n);
			layer_node(p, n);
			layer_props(p, n);
		}
	}
	layer_labels(p);
	layer_references(p);
	layer_symbols(p);
}

/* ---------------------------------------------------------------- the calls */

/* The node that an entry of /__fixups__ names; 0 when there is none. */
static uint32_t entry_node(const struct ovl_tree *t, const char *entry)
{
	struct ovl_str path = { entry, 0 };

	while (entry[path.len] && entry[path.len] != ':')
		path.len++;
	return entry[0] == '/' ? ovli_own_path(t, ovli_layer(t, 0)->nodes, path) : 0;
}

/* Of a bad fixup the name of the node tells whether there is one, because not all refuse it when there is
 * none. */
enum ovl_err ovl_profile_open(struct ovl_tree *t, const void *overlay, size_t len, void *storage,
			      size_t storage_bytes, struct ovl_error *err)
{
	struct ovli_call c;
	uint32_t node = 0;

	ovli_check_overlay(&c, overlay, len, storage, storage_bytes);
	c.tree.base = overlay;
	*t = c.tree;
	if (c.code == OVL_ERR_FIXUP && c.path)
		node = entry_node(t, c.path);
	if (node)
		c.node = ovli_name(t, node);
	return ovli_end(&c, t, err);
}

uint32_t ovl_profile(const struct ovl_tree *t, enum ovl_consumer consumer, struct ovl_finding *findings,
		     uint32_t room)
{
	struct profile p = { .t = t, .layer = t->top_layer, .consumer = consumer, .findings = findings,
			     .room = room };

	if (!t->base_layer)
		profile_alone(&p);
	else if (t->top_layer != t->base_layer)
		profile_layer(&p);
	return p.n;
}

static bool rule_of(const struct ovl_error *err, enum ovl_rule *rule)
{
	switch (err->code) {
	case OVL_ERR_NOT_OVERLAY:
		*rule = OVL_RULE_NO_FRAGMENTS;
		return true;
	case OVL_ERR_FRAGMENT:
		*rule = OVL_RULE_NO_TARGET;
		return true;
	case OVL_ERR_FIXUP:
		*rule = err->path.len && err->path.ptr[0] == '/' && !err->node.len ? OVL_RULE_FIXUP_PATH
										   : OVL_RULE_FIXUP;
		return true;
	case OVL_ERR_LOCAL_FIXUP:
		*rule = OVL_RULE_LOCAL_FIXUP;
		return true;
	case OVL_ERR_NO_SYMBOLS:
	case OVL_ERR_NO_LABEL:
	case OVL_ERR_NO_LABEL_NODE:
		*rule = OVL_RULE_LABEL_MISSING;
		return true;
	case OVL_ERR_NO_PHANDLE:
		*rule = OVL_RULE_LABEL_NO_PHANDLE;
		return true;
	case OVL_ERR_NO_TARGET:
		*rule = OVL_RULE_TARGET_MISSING;
		return true;
	case OVL_ERR_SYMBOL_TAKEN:
		*rule = OVL_RULE_SYMBOL_REPLACED;
		return true;
	default:
		return false;
	}
}

int ovl_profile_error(const struct ovl_error *err, enum ovl_consumer consumer, struct ovl_finding *f)
{
	memset(f, 0, sizeof(*f));
	if (!rule_of(err, &f->rule))
		return 0;
	if (f->rule == OVL_RULE_SYMBOL_REPLACED && verdict(consumer, f->rule) == OVL_ACCEPTS)
		f->rule = OVL_RULE_SYMBOL_EXISTS;
	f->verdict = verdict(consumer, f->rule);
	f->fragment = err->fragment;
	f->prop = err->prop;
	f->label = err->label;
	f->path = err->path;
	return f->verdict != OVL_ACCEPTS;
}

uint32_t ovl_finding_path(const struct ovl_tree *t, const struct ovl_finding *f, char *out, uint32_t room)
{
	uint32_t len = 0, at, n, i;

	if (!f->at)
		return 0;
	for (n = f->at; ovli_node(t, n)->parent; n = ovli_node(t, n)->parent)
		len += ovl_node_name(t, n).len + 1;
	if (len == 0 && room)
		out[0] = '/';
	for (n = f->at, at = len; ovli_node(t, n)->parent; n = ovli_node(t, n)->parent) {
		struct ovl_str name = ovl_node_name(t, n);

		at -= name.len + 1;
		if (at < room)
			out[at] = '/';
		for (i = 0; i < name.len && at + 1 + i < room; i++)
			out[at + 1 + i] = name.ptr[i];
	}
	return len ? len : 1;
}
