/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* policy.c - judge what an overlay does by rules.
 * In: an overlay alone, or the newest layer of a tree, whose nodes have found their homes (apply.c).
 * Out: every act that no rule allows, with the rule.  Changes nothing, and needs no storage beside the
 * caller's list: a path is never written down, but matched name by name.  Rules: include/ovl.h. */
#include "inner.h"

/* ---------------------------------------------------------------- presets */

static const struct ovl_policy_rule status_only[] = {
	{ .allow = 1, .acts = OVL_ACT_TARGET },
	{ .allow = 1, .acts = OVL_ACT_SET, .prop = { "status", 6 }, .values = { "okay\0disabled", 13 } },
};

static const struct ovl_policy_rule new_nodes_only[] = {
	{ .allow = 1, .acts = OVL_ACT_TARGET | OVL_ACT_NODE | OVL_ACT_INIT | OVL_ACT_LABEL },
};

const struct ovl_policy ovl_policy_status_only = { "status-only", status_only, 2 };
const struct ovl_policy ovl_policy_new_nodes_only = { "new-nodes-only", new_nodes_only, 1 };

/* ---------------------------------------------------------------- paths */

/* The path of a node: what leads to top, and the names from below top down to node. */
struct path {
	const struct ovl_tree *t;
	uint32_t top, node;
	struct ovl_str text;            /* without a slash at its end */
	bool label;                     /* the text is a label, and has & before it */
	uint32_t n;                     /* names in the text; the root is one, without letters */
};

static bool is_alone(const struct ovl_tree *t)
{
	return !t->base_layer;
}

static uint32_t parent_of(const struct ovl_tree *t, uint32_t node)
{
	return is_alone(t) ? ovli_node(t, node)->parent : ovl_node_parent(t, node);
}

/* Of an overlay alone: what it says of a fragment's target, a path or a label, as apply.c reads it.  False for
 * a number. */
static bool read_target(struct path *path, uint32_t fragment)
{
	bool deletes = ovli_own_child(path->t, fragment, OVLI_STR("__delete__"));
	uint32_t label = ovli_over(path->t, fragment)->newer;
	struct ovli_prop p;

	if (label) {
		p = ovli_prop_at(path->t, ovli_layer_of(path->t, fragment), label);
		path->text = ovl_str(ovli_prop_name(p));
		path->label = true;
		return true;
	}
	p = ovli_own_prop(path->t, fragment, deletes ? OVLI_STR("delete-target") : OVLI_STR("target"));
	if (p.tag && ovli_be32(ovli_prop_value(p)))
		return false;
	p = ovli_own_prop(path->t, fragment, deletes ? OVLI_STR("delete-target-path") : OVLI_STR("target-path"));
	path->text = ovli_text(p);
	while (path->text.len && path->text.ptr[path->text.len - 1] == '/')
		path->text.len--;
	return true;
}

/* needs: path->node, a fragment's content or below it.  A fragment whose target is a number has no path but
 * that in the overlay. */
static void begin_at_target(struct path *path)
{
	uint32_t content = path->node, fragment;
	struct ovl_str rest;

	while (fragment = ovli_node(path->t, content)->parent, ovli_node(path->t, fragment)->parent != path->top)
		content = fragment;
	if (!read_target(path, fragment))
		return;
	path->top = content;
	rest = path->text;
	path->n = !rest.len || rest.ptr[0] == '/';
	while (ovli_path_step(&rest).len)
		path->n++;
}

static void find_path(struct path *path, const struct ovl_tree *t, uint32_t node)
{
	memset(path, 0, sizeof(*path));
	path->t = t;
	path->top = ovli_layer(t, is_alone(t) ? t->top_layer : t->base_layer)->nodes;
	path->node = node;
	path->n = 1;
	if (is_alone(t))
		begin_at_target(path);
}

static uint32_t depth_of(const struct path *path)
{
	uint32_t n, depth = path->n;

	for (n = path->node; n != path->top; n = parent_of(path->t, n))
		depth++;
	return depth;
}

/* ---------------------------------------------------------------- patterns */

/* Backtracks to the last star only, as every earlier one took as little as it could. */
static bool matches(struct ovl_str pattern, struct ovl_str name)
{
	uint32_t p = 0, n = 0, star = ~0u, from = 0;

	while (n < name.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = p++;
			from = n;
		} else if (p < pattern.len && (pattern.ptr[p] == '?' || pattern.ptr[p] == name.ptr[n])) {
			p++;
			n++;
		} else if (star != ~0u) {
			p = star + 1;
			n = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

/* Name i of a path, the root or the label being the first; *rest is what of the text was not taken yet. */
static struct ovl_str name_at(const struct path *path, uint32_t i, uint32_t depth, struct ovl_str *rest)
{
	uint32_t n = path->node;

	if (i == 0 && (!rest->len || rest->ptr[0] == '/'))
		return (struct ovl_str){ "", 0 };
	if (i < path->n)
		return ovli_path_step(rest);
	for (; i + 1 < depth; i++)
		n = parent_of(path->t, n);
	return ovl_node_name(path->t, n);
}

/* The part of a pattern up to the next slash, which is taken too.  A label's & is not part of the name. */
static struct ovl_str part_of(struct ovl_str *pattern)
{
	struct ovl_str part = { pattern->ptr, 0 };

	while (part.len < pattern->len && part.ptr[part.len] != '/')
		part.len++;
	pattern->ptr += part.len;
	pattern->len -= part.len;
	if (pattern->len) {
		pattern->ptr++;
		pattern->len--;
	}
	return part;
}

/* `**` at the end of a pattern, behind a slash or alone: whatever comes further down. */
static bool takes_all_below(struct ovl_str *pattern)
{
	uint32_t n = pattern->len;

	if (n < 2 || pattern->ptr[n - 1] != '*' || pattern->ptr[n - 2] != '*' ||
	    (n > 2 && pattern->ptr[n - 3] != '/'))
		return false;
	pattern->len = n > 2 ? n - 3 : 0;
	return true;
}

static uint32_t count_parts(struct ovl_str pattern)
{
	uint32_t i, n = 1;

	for (i = 0; i < pattern.len; i++)
		n += pattern.ptr[i] == '/';
	return n;
}

/* Name by name from the start, as far as the pattern goes. */
static bool matches_path(struct ovl_str pattern, const struct path *path)
{
	uint32_t i, n, depth = depth_of(path);
	struct ovl_str rest = path->text;
	bool all, any = pattern.len == 2;

	all = takes_all_below(&pattern);
	if (all && any)
		return true;
	if (!all && pattern.len == 1 && pattern.ptr[0] == '/')
		pattern.len = 0;
	n = count_parts(pattern);
	if (all ? depth <= n : depth != n)
		return false;
	for (i = 0; i < n; i++) {
		struct ovl_str part = part_of(&pattern), name = name_at(path, i, depth, &rest);

		if (i == 0 && path->label) {
			if (!part.len || *part.ptr != '&')
				return false;
			part.ptr++;
			part.len--;
		}
		if (name.len ? !matches(part, name) : part.len)
			return false;
	}
	return true;
}

/* ---------------------------------------------------------------- rules */

/* What is judged: an act on a node, and the property or label concerned, if any. */
struct act {
	enum ovl_act kind;
	uint32_t at, home;              /* of the overlay, of the tree */
	struct path path;
	struct ovl_str prop;
	struct ovli_prop value;         /* tag NULL: it does not matter */
};

struct judge {
	const struct ovl_tree *t;
	uint32_t layer;
	const struct ovl_policy *policy;
	struct ovl_violation *list;
	uint32_t room, n;
	struct act act;                 /* the one at hand */
};

static bool is_one_of(struct ovl_str values, struct ovli_prop p)
{
	const unsigned char *value = ovli_prop_value(p);
	uint32_t at, n;

	for (at = 0; at < values.len; at += n + 1) {
		n = ovli_strlen_in(values.ptr + at, values.len - at);
		if (ovli_prop_len(p) == n + 1 && value[n] == 0 && memcmp(value, values.ptr + at, n) == 0)
			return true;
	}
	return false;
}

static bool applies(const struct ovl_policy_rule *rule, const struct act *a)
{
	if (!(rule->acts & a->kind) || ((rule->prop.len || rule->values.len) && !a->prop.len))
		return false;
	if (rule->values.len && (!a->value.tag || !is_one_of(rule->values, a->value)))
		return false;
	if (rule->prop.len && !matches(rule->prop, a->prop))
		return false;
	return !rule->path.len || matches_path(rule->path, &a->path);
}

/* In the order of the bits of enum ovl_act. */
static enum ovl_violation_kind kind_of(enum ovl_act act)
{
	uint32_t bit = 0;

	while (!(act >> bit & 1))
		bit++;
	return (enum ovl_violation_kind)(OVL_VIOLATION_TARGET + bit);
}

/* needs: j->act. */
static void judge(struct judge *j)
{
	const struct act *a = &j->act;
	struct ovl_violation *v;
	uint32_t i = 0;

	while (i < j->policy->n_rules && !applies(&j->policy->rules[i], a))
		i++;
	if (i < j->policy->n_rules && j->policy->rules[i].allow)
		return;
	if (j->n++ >= j->room)
		return;
	v = &j->list[j->n - 1];
	memset(v, 0, sizeof(*v));
	v->kind = kind_of(a->kind);
	v->rule = i;
	v->node = a->home;
	v->prop = a->prop;
	if (a->value.tag)
		v->value = (struct ovl_str){ (const char *)ovli_prop_value(a->value), ovli_prop_len(a->value) };
	v->at = a->at;
}

/* ---------------------------------------------------------------- what an overlay does */

static void act_on(struct judge *j, enum ovl_act kind, uint32_t at)
{
	struct act *a = &j->act;

	a->kind = kind;
	a->at = at;
	a->home = is_alone(j->t) ? 0 : ovli_home(j->t, at);
	a->prop = (struct ovl_str){ NULL, 0 };
	a->value.tag = NULL;
	find_path(&a->path, j->t, a->home ? a->home : at);
}

static void judge_node(struct judge *j, enum ovl_act kind, uint32_t at)
{
	act_on(j, kind, at);
	judge(j);
}

/* The number of a new node is apply's matter; and a node that has one keeps it. */
static bool is_phandle_of_none(const struct judge *j, const struct act *a)
{
	if (a->kind == OVL_ACT_INIT || !a->home)
		return a->kind == OVL_ACT_INIT;
	return ovli_node(j->t, a->home)->phandle != ovli_node(j->t, a->at)->phandle;
}

static void judge_props(struct judge *j, enum ovl_act kind, uint32_t at)
{
	struct ovli_prop p = ovli_first_prop(j->t, at);

	act_on(j, kind, at);
	for (; p.tag; p = ovli_next_prop(p)) {
		if (ovli_names_phandle(ovli_prop_name(p)) && is_phandle_of_none(j, &j->act))
			continue;
		j->act.prop = ovl_str(ovli_prop_name(p));
		if (kind != OVL_ACT_DELETE)
			j->act.value = p;
		judge(j);
	}
}

/* Whether a node's home was there before this overlay; alone, only a target is known to be. */
static bool existed(const struct judge *j, uint32_t content, uint32_t node)
{
	return is_alone(j->t) ? node == content : ovli_layer_of(j->t, ovli_home(j->t, node)) != j->layer;
}

static void judge_content(struct judge *j, uint32_t content)
{
	uint32_t n;

	judge_node(j, OVL_ACT_TARGET, content);
	for (n = content; n; n = ovli_next_below(j->t, j->layer, content, n)) {
		if (n != content && (is_alone(j->t) || ovli_home(j->t, n) == n))
			judge_node(j, OVL_ACT_NODE, n);
		judge_props(j, existed(j, content, n) ? OVL_ACT_SET : OVL_ACT_INIT, n);
	}
}

/* A node called __delete__ takes the one above it, see apply.c. */
static void judge_deletions(struct judge *j, uint32_t gone)
{
	uint32_t n;

	judge_node(j, OVL_ACT_TARGET, gone);
	for (n = gone; n; n = ovli_next_below(j->t, j->layer, gone, n))
		if (n != gone && ovli_is(ovli_name(j->t, n), "__delete__"))
			judge_node(j, OVL_ACT_DELETE, ovli_node(j->t, n)->parent);
		else
			judge_props(j, OVL_ACT_DELETE, n);
}

static void judge_labels(struct judge *j)
{
	uint32_t symbols = ovli_overlay_part(j->t, j->layer, OVLI_STR("__symbols__")), node;
	struct ovli_prop p;

	if (!symbols)
		return;
	for (p = ovli_first_prop(j->t, symbols); p.tag; p = ovli_next_prop(p)) {
		ovli_symbol_node(j->t, j->layer, p, &node);
		if (!node)
			continue;
		act_on(j, OVL_ACT_LABEL, node);
		j->act.prop = ovl_str(ovli_prop_name(p));
		judge(j);
	}
}

/* ---------------------------------------------------------------- the calls */

uint32_t ovl_policy_check(const struct ovl_tree *t, const struct ovl_policy *policy,
			  struct ovl_violation *violations, uint32_t room)
{
	struct judge j = { .t = t, .layer = t->top_layer, .policy = policy, .list = violations, .room = room };
	uint32_t top = ovli_layer(t, j.layer)->nodes, f, content, gone;

	if (!is_alone(t) && t->top_layer == t->base_layer)
		return 0;
	f = ovli_fragment_from(t, ovli_next_below(t, j.layer, top, top), &content);
	for (; f; f = ovli_fragment_from(t, ovli_node(t, f)->next, &content)) {
		gone = ovli_own_child(t, f, OVLI_STR("__delete__"));
		if (gone)
			judge_deletions(&j, gone);
		else
			judge_content(&j, content);
	}
	judge_labels(&j);
	return j.n;
}

static void put_char(char *out, uint32_t room, uint32_t at, char c)
{
	if (at < room)
		out[at] = c;
}

uint32_t ovl_violation_path(const struct ovl_tree *t, const struct ovl_violation *v, char *out, uint32_t room)
{
	uint32_t i, n, len, at;
	struct path path;

	find_path(&path, t, v->node ? v->node : v->at);
	len = path.text.len + path.label;
	for (i = 0; i < len; i++)
		put_char(out, room, i, (char)(path.label && !i ? '&' : path.text.ptr[i - path.label]));
	for (n = path.node; n != path.top; n = parent_of(t, n))
		len += ovl_node_name(t, n).len + 1;
	for (n = path.node, at = len; n != path.top; n = parent_of(t, n)) {
		struct ovl_str name = ovl_node_name(t, n);

		at -= name.len + 1;
		put_char(out, room, at, '/');
		for (i = 0; i < name.len; i++)
			put_char(out, room, at + 1 + i, name.ptr[i]);
	}
	if (!len)
		put_char(out, room, 0, '/');
	return len ? len : 1;
}
