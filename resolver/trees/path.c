/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* path.c - find a node by path, alias or label, exactly, loosely or nearly, see path.h. */
#include "path.h"

#include <string.h>

#include "text.h"

enum { MOST_LISTED = 12 };

/* ---------------------------------------------------------------- finding */

static struct ovl_str next_step(struct ovl_str *path)
{
	uint32_t i = 0, n;
	struct ovl_str step;

	/* What is empty may stand nowhere. */
	if (!path->len)
		return *path;
	while (i < path->len && path->ptr[i] == '/')
		i++;
	for (n = i; n < path->len && path->ptr[n] != '/'; n++)
		;
	step = (struct ovl_str){ path->ptr + i, n - i };
	*path = (struct ovl_str){ path->ptr + n, path->len - n };
	return step;
}

static bool same(struct ovl_str a, struct ovl_str b)
{
	return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

static struct ovl_str without_address(struct ovl_str name)
{
	const char *at = memchr(name.ptr, '@', name.len);

	return (struct ovl_str){ name.ptr, at ? (uint32_t)(at - name.ptr) : name.len };
}

/* The only child with this name when unit addresses are left out of sight: of both, or of the
 * child's. */
static ovl_node only_child(const struct ovl_tree *tree, ovl_node parent, struct ovl_str name,
			   bool both)
{
	ovl_node child, found = OVL_NONE;

	if (both)
		name = without_address(name);
	for (child = ovl_node_first(tree, parent); child; child = ovl_node_next(tree, child)) {
		if (!same(without_address(ovl_node_name(tree, child)), name))
			continue;
		if (found)
			return OVL_NONE;
		found = child;
	}
	return found;
}

static ovl_node step_down(const struct ovl_tree *tree, ovl_node node, struct ovl_str step,
			  bool loose)
{
	ovl_node child = ovl_node_child(tree, node, step);

	return child || !loose ? child : only_child(tree, node, step, false);
}

static ovl_node alias_find(const struct ovl_tree *tree, struct ovl_str alias)
{
	ovl_node aliases = ovl_node_child(tree, ovl_node_root(tree), ovl_str("aliases"));
	struct ovl_prop p;

	if (!aliases || !ovl_prop_find(tree, aliases, alias, &p) || !p.value || p.len < 2)
		return OVL_NONE;
	return ovl_node_by_path(tree, (struct ovl_str){ (const char *)p.value, p.len - 1 });
}

/* Where a path starts: the root, or what its first word is an alias or label of. */
static ovl_node path_start(const struct ovl_tree *tree, struct ovl_str *path, struct ovl_str *word)
{
	ovl_node node;

	*word = (struct ovl_str){ 0 };
	if (path->len && path->ptr[0] == '/')
		return ovl_node_root(tree);
	*word = next_step(path);
	node = word->len ? alias_find(tree, *word) : OVL_NONE;
	return node || !word->len ? node : ovl_node_by_label(tree, *word);
}

ovl_node path_find(const struct ovl_tree *tree, struct ovl_str path, bool loose)
{
	struct ovl_str step, word;
	ovl_node node = path_start(tree, &path, &word);

	while (node && (step = next_step(&path)).len)
		node = step_down(tree, node, step, loose);
	return node;
}

/* ---------------------------------------------------------------- explaining */

static ovl_node nearest_child(const struct ovl_tree *tree, ovl_node parent, struct ovl_str name)
{
	struct diag_nearest nearest;
	ovl_node child;

	child = only_child(tree, parent, name, true);
	if (child)
		return child;
	diag_nearest_init(&nearest, name.ptr, name.len);
	for (child = ovl_node_first(tree, parent); child; child = ovl_node_next(tree, child)) {
		struct ovl_str candidate = ovl_node_name(tree, child);

		diag_nearest_offer(&nearest, candidate.ptr, candidate.len);
	}
	if (!nearest.best)
		return OVL_NONE;
	return ovl_node_child(tree, parent,
			      (struct ovl_str){ nearest.best, (uint32_t)nearest.best_len });
}

/* The deepest node on the path; *path is what is left behind the step that fails. */
static ovl_node walk_exact(const struct ovl_tree *tree, struct ovl_str *path, struct ovl_str *step,
			   struct ovl_str *word)
{
	ovl_node node = path_start(tree, path, word), child;

	while (node && (*step = next_step(path)).len) {
		child = ovl_node_child(tree, node, *step);
		if (!child)
			break;
		node = child;
	}
	return node;
}

ovl_node path_nearest(const struct ovl_tree *tree, struct ovl_str path)
{
	struct ovl_str step = { 0 }, word;
	ovl_node start = walk_exact(tree, &path, &step, &word), node = start, child;

	for (; node && step.len; step = next_step(&path)) {
		child = ovl_node_child(tree, node, step);
		if (!child)
			child = nearest_child(tree, node, step);
		if (!child)
			break;
		node = child;
	}
	return node == start ? OVL_NONE : node;
}

static void note_children(struct diags *diags, const struct diag_place *at,
			  const struct ovl_tree *tree, ovl_node parent)
{
	struct text path = { 0 }, list = { 0 };
	unsigned int n = 0;
	ovl_node child;

	text_path(&path, tree, parent);
	for (child = ovl_node_first(tree, parent); child; child = ovl_node_next(tree, child))
		if (n++ < MOST_LISTED)
			text_add(&list, "%s%.*s", n > 1 ? ", " : "",
				 STR(ovl_node_name(tree, child)));
	if (n > MOST_LISTED)
		text_add(&list, ", and %u more", n - MOST_LISTED);
	if (n)
		diag_note(diags, at, "%s exists; its %s %s", text_of(&path),
			  n == 1 ? "only child is" : "children are", text_of(&list));
	else
		diag_note(diags, at, "%s exists and has no children", text_of(&path));
	text_free(&path);
	text_free(&list);
}

static void offer_all(const struct ovl_tree *tree, const char *where, struct diag_nearest *nearest)
{
	ovl_node node = ovl_node_child(tree, ovl_node_root(tree), ovl_str(where));
	struct ovl_prop p;

	for (int more = node && ovl_prop_first(tree, node, &p); more;
	     more = ovl_prop_next(tree, &p))
		diag_nearest_offer(nearest, p.name, p.name_len);
}

/* The word may be an alias or a label that leads nowhere. */
static bool explain_dangling(struct diags *diags, const struct diag_place *at,
			     const struct ovl_tree *tree, struct ovl_str word, const char *where)
{
	ovl_node node = ovl_node_child(tree, ovl_node_root(tree), ovl_str(where));
	struct ovl_prop p;

	if (!node || !ovl_prop_find(tree, node, word, &p))
		return false;
	if (!p.value)
		diag_note(diags, at, "'%.*s' of /%s stands for a node that was deleted", STR(word),
			  where);
	else
		diag_note(diags, at, "'%.*s' of /%s is '%.*s', which is no path of a node",
			  STR(word), where, (int)strnlen((const char *)p.value, p.len),
			  (const char *)p.value);
	return true;
}

static void explain_word(struct diags *diags, const struct diag_place *at,
			 const struct ovl_tree *tree, struct ovl_str word)
{
	struct diag_nearest nearest;

	if (explain_dangling(diags, at, tree, word, "aliases") ||
	    explain_dangling(diags, at, tree, word, "__symbols__"))
		return;
	diag_note(diags, at, "'%.*s' is no alias and no label there, and begins with no '/'",
		  STR(word));
	diag_nearest_init(&nearest, word.ptr, word.len);
	offer_all(tree, "aliases", &nearest);
	offer_all(tree, "__symbols__", &nearest);
	if (nearest.best)
		diag_help(diags, at, "did you mean '%.*s'?", (int)nearest.best_len, nearest.best);
}

void path_explain(struct diags *diags, const struct diag_place *at, const struct ovl_tree *tree,
		  struct ovl_str path)
{
	struct ovl_str step, word;
	ovl_node node = walk_exact(tree, &path, &step, &word);

	if (node)
		note_children(diags, at, tree, node);
	else
		explain_word(diags, at, tree, word);
}

/* ---------------------------------------------------------------- reporting */

struct ovl_str path_named(const char *name)
{
	return ovl_str(name[0] == '&' ? name + 1 : name);
}

enum status path_no_node(struct diags *diags, const struct stack *stack, const char *name)
{
	struct diag_place at = { .file = stack->base->name };
	ovl_node nearest = path_nearest(&stack->tree, path_named(name));
	struct text path = { 0 };

	diag_error(diags, &at, MSG_NO_NODE, name);
	path_explain(diags, &at, &stack->tree, path_named(name));
	if (nearest) {
		text_path(&path, &stack->tree, nearest);
		diag_help(diags, &at, "nearest: %s", text_of(&path));
	}
	text_free(&path);
	return UNRESOLVED;
}

enum status path_no_prop(struct diags *diags, const struct stack *stack, ovl_node node,
			 const char *prop)
{
	struct diag_place at = { .file = stack->base->name };
	struct diag_nearest nearest;
	struct text path = { 0 };
	struct ovl_prop p;

	text_path(&path, &stack->tree, node);
	diag_error(diags, &at, MSG_NO_PROP, text_of(&path), prop);
	diag_nearest_init(&nearest, prop, strlen(prop));
	for (int more = ovl_prop_first(&stack->tree, node, &p); more;
	     more = ovl_prop_next(&stack->tree, &p))
		diag_nearest_offer(&nearest, p.name, p.name_len);
	if (nearest.best)
		diag_help(diags, &at, "did you mean '%.*s'?", (int)nearest.best_len,
			  nearest.best);
	text_free(&path);
	return UNRESOLVED;
}
