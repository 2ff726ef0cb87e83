/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* changes.c - words of a command line into changes of a tree, see changes.h.
 * Nodes are found as path.h says, and /memory wherever the memory is; values are read as typed.h
 * says, and iommu-map from a table as idtable.h says. */
#include "changes.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "idtable.h"
#include "names.h"
#include "path.h"
#include "typed.h"

/* ---------------------------------------------------------------- nodes */

/* The memory is the node whose device_type says so, whatever its unit address (DTSpec 3.4). */
static enum status find_memory(struct changes *c, ovl_node *node)
{
	const struct ovl_tree *tree = &c->stack->tree;
	struct diag_place at = { .file = c->stack->base->name };
	struct text list = { 0 };
	ovl_node child;
	unsigned int n = 0;

	for (child = ovl_node_first(tree, ovl_node_root(tree)); child;
	     child = ovl_node_next(tree, child)) {
		if (!tree_is_memory(tree, child))
			continue;
		*node = child;
		text_add(&list, n++ ? ", " : "");
		text_path(&list, tree, child);
	}
	if (n == 1)
		diag_remark(c->diags, &at, "/memory is %s", text_of(&list));
	else
		path_no_node(c->diags, c->stack, "/memory");
	if (n > 1)
		diag_help(c->diags, &at, "say which: %s", text_of(&list));
	text_free(&list);
	return n == 1 ? DONE : UNRESOLVED;
}

static enum status find_node(struct changes *c, const char *name, ovl_node *node)
{
	*node = path_find(&c->stack->tree, path_named(name), false);
	if (*node)
		return DONE;
	if (strcmp(name, "/memory") == 0)
		return find_memory(c, node);
	return path_no_node(c->diags, c->stack, name);
}

/* ---------------------------------------------------------------- properties */

static enum status add(struct changes *c, ovl_node node, const char *prop, size_t prop_len,
		       struct wanted **added)
{
	struct wanted *w;

	c->wanted = grow(c->diags, c->wanted, &c->room, c->n + 1, sizeof(*c->wanted));
	*added = w = &c->wanted[c->n];
	*w = (struct wanted){ .node = node, .order = c->n, .prop = grow_text(c->diags, prop, prop_len) };
	c->n++;
	return DONE;
}

static enum status add_status(struct changes *c, ovl_node node)
{
	struct wanted *w;
	enum status status = add(c, node, "status", 6, &w);

	if (!status)
		status = typed_encode(&w->value, c->diags, c->stack, node, "status", c->status);
	return status;
}

static enum status add_table(struct changes *c, ovl_node node, const char *file)
{
	struct text map = { 0 }, mask = { 0 };
	struct wanted *w;
	enum status status = idtable_encode(&map, &mask, c->diags, c->stack, node, file);

	if (!status)
		status = add(c, node, "iommu-map", 9, &w);
	if (!status) {
		w->value = map;
		map = (struct text){ 0 };
		status = add(c, node, "iommu-map-mask", 14, &w);
	}
	if (!status) {
		w->value = mask;
		mask = (struct text){ 0 };
	}
	text_free(&map);
	text_free(&mask);
	return status;
}

/* PROPERTY=VALUE */
static enum status add_word(struct changes *c, ovl_node node, const char *word)
{
	size_t len = strcspn(word, "=");
	const char *value = word + len + 1;
	struct wanted *w;
	enum status status;

	if (value[0] == '@' && len == 9 && memcmp(word, "iommu-map", 9) == 0)
		return add_table(c, node, value + 1);
	status = add(c, node, word, len, &w);
	if (!status)
		status = typed_encode(&w->value, c->diags, c->stack, node, w->prop, value);
	return status;
}

static enum status add_words(struct changes *c, char *const *words, size_t n)
{
	enum status status = DONE;
	ovl_node node = OVL_NONE;

	for (size_t i = 0; i < n && !status; i++) {
		if (strchr(words[i], '=')) {
			status = add_word(c, node, words[i]);
			continue;
		}
		status = find_node(c, words[i], &node);
		if (!status && c->status)
			status = add_status(c, node);
	}
	return status;
}

/* ---------------------------------------------------------------- order */

static int by_place(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;
	int order = x->node == y->node ? strcmp(x->prop, y->prop) : x->node < y->node ? -1 : 1;

	return order ? order : x->order < y->order ? -1 : 1;
}

static int by_group(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;
	size_t i = x->group, j = y->group;

	if (i == j) {
		i = x->order;
		j = y->order;
	}
	return i < j ? -1 : i > j;
}

static enum status set_twice(const struct changes *c, const struct wanted *w)
{
	struct text path = { 0 };

	text_path(&path, &c->stack->tree, w->node);
	usage_error(c->diags, "%s of %s is set twice", w->prop, text_of(&path));
	text_free(&path);
	return USAGE;
}

/* A node may have been named twice, by two of its names: all that is said of it comes together. */
static enum status sort(struct changes *c)
{
	qsort(c->wanted, c->n, sizeof(*c->wanted), by_place);
	for (size_t i = 0, end; i < c->n; i = end) {
		size_t group = c->wanted[i].order;

		for (end = i; end < c->n && c->wanted[end].node == c->wanted[i].node; end++) {
			const struct wanted *w = &c->wanted[end];

			if (end > i && strcmp(w->prop, w[-1].prop) == 0)
				return set_twice(c, w);
			group = w->order < group ? w->order : group;
		}
		for (size_t j = i; j < end; j++)
			c->wanted[j].group = group;
	}
	qsort(c->wanted, c->n, sizeof(*c->wanted), by_group);
	return DONE;
}

/* ---------------------------------------------------------------- the list */

static enum status no_label(const struct changes *c, ovl_node node)
{
	struct diag_place at = { .file = c->stack->base->name };
	struct text path = { 0 };

	text_path(&path, &c->stack->tree, node);
	diag_error(c->diags, &at, MSG_LABEL_LESS, text_of(&path));
	diag_help(c->diags, &at, "without --label the path is the target");
	text_free(&path);
	return UNRESOLVED;
}

static enum status fill_list(struct changes *c, const struct names *labels)
{
	c->list = grow_new(c->diags, c->n, sizeof(*c->list));
	for (size_t i = 0; i < c->n; i++) {
		const struct wanted *w = &c->wanted[i];
		const struct name *label = c->label ? names_find(labels, w->node) : NULL;

		if (c->label && !label)
			return no_label(c, w->node);
		c->list[i] = (struct ovl_change){
			.node = w->node, .prop = ovl_str(w->prop),
			.value = w->value.at, .len = (uint32_t)w->value.len,
		};
		if (label)
			c->list[i].label = label->name;
	}
	return DONE;
}

bool changes_is_okay(const struct ovl_change *c)
{
	return c->prop.len == 6 && memcmp(c->prop.ptr, "status", 6) == 0 && c->len == 5 &&
	       memcmp(c->value, "okay", 5) == 0;
}

/* The overlay leaves out what would not change. */
static void note_unchanged(const struct changes *c)
{
	struct diag_place at = { .file = c->stack->base->name };

	for (size_t i = 0; i < c->n; i++) {
		const struct ovl_change *change = &c->list[i];
		struct text path = { 0 };
		struct ovl_prop p;
		bool there = ovl_prop_find(&c->stack->tree, change->node, change->prop, &p);

		text_path(&path, &c->stack->tree, change->node);
		if (there && p.len == change->len &&
		    (!p.len || memcmp(p.value, change->value, p.len) == 0))
			diag_remark(c->diags, &at, "%s of %s is so already", p.name,
				    text_of(&path));
		else if (!there && changes_is_okay(change))
			diag_remark(c->diags, &at, "%s has no status, which is okay already",
				    text_of(&path));
		text_free(&path);
	}
}

enum status changes_read(struct changes *c, char *const *words, size_t n)
{
	struct names labels = { 0 };
	enum status status = add_words(c, words, n);

	if (!status)
		status = sort(c);
	if (!status && c->label)
		names_read(&labels, c->diags, &c->stack->tree, "__symbols__");
	if (!status)
		status = fill_list(c, &labels);
	if (!status)
		note_unchanged(c);
	names_free(&labels);
	return status;
}

void changes_free(struct changes *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->wanted[i].prop);
		text_free(&c->wanted[i].value);
	}
	free(c->wanted);
	free(c->list);
}
