/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* conflicts.c - properties that overlays of one tree set to different values, and resources that two of them say
 * are for one alone, see conflicts.h.
 * What each set stands in the versions that libovl keeps.  What is for one alone is metadata that no consumer
 * applies: the property `exclusive` of a node /metadata, as Radxa and Armbian write it, and `exclusive-use` of the
 * root, as BeagleBoard does; both are lists of texts.  O(n log n) in the blobs. */
#include "conflicts.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "print.h"

/* ---------------------------------------------------------------- values */

/* The values of a property that overlays gave it, the newest first. */
struct settings {
	struct ovl_prop *list;
	size_t n, room;
};

/* Longer values are not told. */
enum { MOST_TOLD = 64 };

/* A symbol's value is stored nowhere, and never changed: applying refuses that. */
static bool same_value(const struct ovl_prop *a, const struct ovl_prop *b)
{
	if (a->deleted || b->deleted)
		return a->deleted == b->deleted;
	return !a->value || !b->value ||
	       (a->len == b->len && memcmp(a->value, b->value, a->len) == 0);
}

static void say_setting(struct text *text, const struct ovl_prop *p)
{
	if (p->deleted)
		text_add(text, "deletes it");
	else if (!p->len)
		text_add(text, "sets it without a value");
	else if (p->len > MOST_TOLD)
		text_add(text, "sets it to a value of %u bytes", p->len);
	else
		text_add(text, "sets it to ");
	if (!p->deleted && p->len <= MOST_TOLD && p->value)
		print_value(text, p);
}

static void report_settings(struct findings *f, ovl_node node, const struct settings *s)
{
	struct text text = { 0 };

	for (size_t i = s->n; i-- > 0; ) {
		text_add(&text, "%s%s ", text.len ? ", " : "", f->blobs[s->list[i].layer]->name);
		say_setting(&text, &s->list[i]);
	}
	f->other = s->list[1].layer;
	finding_in(f, s->list[0].layer, "overlays-set", node, &s->list[0], text_of(&text));
	text_free(&text);
}

/* Of each overlay the last fragment counts; what the base gave, no overlay did. */
static void check_prop(struct findings *f, struct settings *s, ovl_node node, struct ovl_prop *p)
{
	bool differ = false;

	s->n = 0;
	do {
		if (!p->layer)
			break;
		if (s->n && s->list[s->n - 1].layer == p->layer)
			continue;
		s->list = grow(f->diags, s->list, &s->room, s->n + 1, sizeof(*s->list));
		differ |= s->n && !same_value(&s->list[s->n - 1], p);
		s->list[s->n++] = *p;
	} while (ovl_prop_older(f->tree, p));
	if (differ)
		report_settings(f, node, s);
}

static void check_values(struct findings *f)
{
	ovl_node root = ovl_node_root(f->tree), node;
	struct settings s = { 0 };
	struct ovl_prop p, version;

	for (node = root; node; node = tree_next(f->tree, root, node))
		for (int more = ovl_prop_ever_first(f->tree, node, &p); more;
		     more = ovl_prop_next(f->tree, &p)) {
			version = p;
			if (p.layer && !prop_is_phandle(p.name))
				check_prop(f, &s, node, &version);
		}
	free(s.list);
}

/* ---------------------------------------------------------------- what is for one alone */

struct mark {
	struct ovl_str text;
	uint32_t layer;
	const char *node, *prop;
};

struct marks {
	struct mark *list;
	size_t n, room;
};

static void read_texts(struct findings *f, struct marks *marks, const struct ovl_prop *p, struct mark mark)
{
	const char *at = (const char *)p->value, *end = at + p->len, *nul;

	for (; at < end && (nul = memchr(at, 0, (size_t)(end - at))); at = nul + 1) {
		mark.text = (struct ovl_str){ at, (uint32_t)(nul - at) };
		if (!mark.text.len)
			continue;
		marks->list = grow(f->diags, marks->list, &marks->room, marks->n + 1, sizeof(mark));
		marks->list[marks->n++] = mark;
	}
}

/* The values are borrowed from the blob. */
static enum status read_marks(struct findings *f, struct marks *marks, uint32_t layer)
{
	struct mark mark = { .layer = layer };
	struct stack alone;
	enum status status = stack_open(&alone, f->diags, f->blobs[layer]);
	ovl_node root, metadata;
	struct ovl_prop p;

	if (status)
		return status;
	root = ovl_node_root(&alone.tree);
	if (ovl_prop_find(&alone.tree, root, ovl_str("exclusive-use"), &p)) {
		mark.node = "/";
		mark.prop = "exclusive-use";
		read_texts(f, marks, &p, mark);
	}
	metadata = ovl_node_child(&alone.tree, root, ovl_str("metadata"));
	if (metadata && ovl_prop_find(&alone.tree, metadata, ovl_str("exclusive"), &p)) {
		mark.node = "/metadata";
		mark.prop = "exclusive";
		read_texts(f, marks, &p, mark);
	}
	stack_close(&alone);
	return DONE;
}

static int compare_texts(const struct mark *x, const struct mark *y)
{
	uint32_t len = x->text.len < y->text.len ? x->text.len : y->text.len;
	int order = memcmp(x->text.ptr, y->text.ptr, len);

	return order ? order : x->text.len < y->text.len ? -1 : x->text.len > y->text.len;
}

static int by_text(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	int order = compare_texts(x, y);

	return order ? order : x->layer < y->layer ? -1 : x->layer > y->layer;
}

static void report_mark(struct findings *f, const struct mark *first, const struct mark *mark)
{
	struct diag_place at = { .file = f->blobs[mark->layer]->name, .node = mark->node,
				 .prop = mark->prop, .prop_len = strlen(mark->prop) };
	struct text text = { 0 };

	print_quoted(&text, mark->text, AS_SOURCE);
	text_add(&text, " is to be for this overlay alone, and for %s alone", f->blobs[first->layer]->name);
	f->other = first->layer;
	finding_put(f, DIFFERS, "overlays-exclusive", &at, text_of(&text));
	text_free(&text);
}

/* Each overlay but the first that has a text tells of that one. */
static void compare_marks(struct findings *f, struct marks *marks)
{
	const struct mark *list = marks->list;
	size_t first = 0;

	if (marks->n)
		qsort(marks->list, marks->n, sizeof(*marks->list), by_text);
	for (size_t i = 1; i < marks->n; i++)
		if (compare_texts(&list[first], &list[i]) != 0)
			first = i;
		else if (list[i].layer != list[i - 1].layer)
			report_mark(f, &list[first], &list[i]);
}

static enum status check_marks(struct findings *f)
{
	struct marks marks = { 0 };
	enum status status = DONE;

	for (uint32_t layer = 1; layer <= ovl_tree_layers(f->tree) && !status; layer++)
		status = read_marks(f, &marks, layer);
	if (!status)
		compare_marks(f, &marks);
	free(marks.list);
	return status;
}

enum status conflicts_check(struct findings *f)
{
	check_values(f);
	claims_check(f);
	return check_marks(f);
}
