/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* suggest.c - a reference leads nowhere: what comes near it in the tree, and what there is at all. */
#include "suggest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LABELS 12

/* Say it in words and as a suggestion, in the place of what is there. */
static void suggest(struct checks *c, struct pos at, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void suggest(struct checks *c, struct pos at, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = diag_text(c->diags, format, args);
	va_end(args);
	diag_help(c->diags, NULL, "did you mean '%s'?", text);
	source_suggest(c->sources, at, "%s", text);
	free(text);
}

/* ---------------------------------------------------------------- labels */

/* Whether a name is the label of a node that is there; of the base only, or of whatever was read. */
static bool is_label(const struct checks *c, const struct name *name, bool of_base)
{
	for (const struct label *l = name->labels; l; l = l->same)
		if (!l->deleted && (!of_base || l->start < c->from))
			return true;
	return false;
}

/* n is declared. */
#define for_each_name(c, n) \
	for (uint32_t i_ = 0; i_ < (c)->tree->pool->n_buckets; i_++) \
		for (const struct name *n = (c)->tree->pool->buckets[i_]; n; n = n->chain)  /* NOLINT(bugprone-macro-parentheses) */

/* Its path may be one that is still to be put in. */
static const struct node *node_of_alias(const struct checks *c, const struct prop *alias)
{
	for_each_marker(alias, m)
		if (m->type == MARK_REF_PATH)
			return node_by_ref(c->tree, m->to->ref);
	return prop_is_text(alias) ? node_by_path(c->tree, c->tree->root, (const char *)alias->value.bytes) : NULL;
}

/* The kernel's drivers and boot loaders use aliases, and people take them for labels. */
static bool suggest_alias(struct checks *c, const char *label, struct pos at)
{
	const struct node *aliases = node_by_path(c->tree, c->tree->root, "/aliases"), *node;
	const struct prop *alias = aliases ? prop_find(c->tree, aliases, label) : NULL;
	const struct label *own;

	node = alias ? node_of_alias(c, alias) : NULL;
	if (!node)
		return false;
	own = label_live(node->labels);
	diag_help(c->diags, NULL, "'%s' is an alias, of %s; a reference takes %s%s", label, node_path(c->tree, node, NULL),
		  own ? "its label: &" : "a label or a path", own ? own->name->text : "");
	if (own)
		source_suggest(c->sources, at, "&%s", own->name->text);
	return true;
}

bool suggest_label(struct checks *c, const char *label, struct pos at)
{
	struct diag_nearest nearest;

	if (suggest_alias(c, label, at))
		return true;
	diag_nearest_init(&nearest, label, strlen(label));
	for_each_name(c, n)
		if (is_label(c, n, false))
			diag_nearest_offer(&nearest, n->text, n->len);
	if (nearest.best)
		suggest(c, at, "&%.*s", (int)nearest.best_len, nearest.best);
	return nearest.best;
}

bool base_has_labels(const struct checks *c)
{
	for_each_name(c, n)
		if (is_label(c, n, true))
			return true;
	return false;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void suggest_labels_of_base(struct checks *c)
{
	const char *labels[MOST_LABELS] = { NULL };
	char text[MOST_LABELS * 64] = "", *at = text;
	size_t n_labels = 0;

	for_each_name(c, n) {
		if (!is_label(c, n, true))
			continue;
		if (n_labels < MOST_LABELS)
			labels[n_labels] = n->text;
		n_labels++;
		if (n->len > 60)
			return;
	}
	if (n_labels > MOST_LABELS)
		return;
	qsort(labels, n_labels, sizeof(labels[0]), by_text);
	for (size_t i = 0; i < n_labels; i++)
		at += sprintf(at, "%s%s", i ? ", " : "", labels[i]);
	diag_note(c->diags, NULL, "%s has %zu label%s: %s", c->base, n_labels, n_labels == 1 ? "" : "s", text);
}

static const struct node *only_node_called(const struct checks *c, const char *name)
{
	const struct node *only = NULL;

	for_each_node(c->tree->root, n) {
		if (!node_is_called(n, name))
			continue;
		if (only)
			return NULL;
		only = n;
	}
	return only;
}

static bool base_is_overlay(const struct checks *c)
{
	const struct name *name = check_name(c, "__overlay__");

	for_each_child(c->tree->root, n)
		if (name && n->pos.start < c->from && node_child(n, name))
			return true;
	return false;
}

/* One mistake, whatever the number of labels: it is told of the first. */
void base_without_labels(struct checks *c, const struct node *node, const struct prop *p, const struct marker *m)
{
	if (c->no_labels_told) {
		c->failed = true;
		diag_hide(c->diags);
		return;
	}
	c->no_labels_told = true;
	check_report(c, "base_label", node, p, m->pos, "label '%s' cannot be found: %s has no labels at all",
		     m->to->ref, c->base);
	node = only_node_called(c, m->to->ref);
	if (base_is_overlay(c))
		check_help(c, "%s is an overlay itself: --base takes the tree that both are for", c->base);
	else if (node)
		check_help(c, "compile %s with -@, or write &{%s} { } for the only node called '%s'", c->base,
			   node_path(c->tree, node, NULL), m->to->ref);
	else
		check_help(c, "compile %s with -@, or write &{/PATH} { } for what is changed", c->base);
}

/* ---------------------------------------------------------------- paths */

/* How far down a path there are nodes, and which of the children there comes near to what follows. */
void suggest_path(struct checks *c, const char *path, struct pos at, bool braces)
{
	const struct node *n = c->tree->root;
	const char *part = path + 1;
	struct diag_nearest nearest;
	size_t len;

	for (;;) {
		const struct name *name;
		const struct node *child;

		len = strcspn(part, "/");
		name = name_known(c->tree->pool, part, len);
		child = name ? node_child(n, name) : NULL;
		if (!child || !part[len])
			break;
		n = child;
		part += len + 1;
	}
	diag_nearest_init(&nearest, part, len);
	for_each_child(n, child)
		diag_nearest_offer(&nearest, child->name->text, child->name->len);
	if (nearest.best)
		suggest(c, at, braces ? "&{%.*s%s%s}" : "\"%.*s%s%s\"", (int)(part - path), path, nearest.best,
			part + len);
	else
		diag_help(c->diags, NULL, "%s is there, and has no child '%.*s'", node_path(c->tree, n, NULL),
			  (int)len, part);
}
