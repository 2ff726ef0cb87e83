/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* draft.c - a blob into a tree that can be changed, and back, see draft.h.
 * Opening turns every entry of /__fixups__ and /__local_fixups__ into a reference in the value it is about,
 * every symbol into a reference to its node, and drops the first two: writing makes them anew. */
#include "draft.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "blob.h"
#include "dtb.h"
#include "fixups.h"
#include "malformed.h"
#include "restore.h"

/* ---------------------------------------------------------------- opening */

static void take_phandles(struct draft *d)
{
	static const char *const names[] = { "phandle", "linux,phandle" };

	for_each_node(d->tree.root, n) {
		for (int i = 0; i < 2 && !n->phandle; i++) {
			struct prop *p = prop_find(&d->tree, n, names[i]);

			if (p && p->value.len == 4)
				node_take_phandle(&d->tree, n, cell_get(p->value.bytes));
		}
		if (n->phandle > d->largest)
			d->largest = n->phandle;
	}
}

struct node *draft_symbol(const struct prop *p)
{
	const struct marker *m = p->value.markers;

	return m && marker_leads(m) ? m->to->target : NULL;
}

static void restore_symbols(struct tree *tree)
{
	struct node *symbols = node_by_path(tree, tree->root, "/__symbols__");

	if (!symbols)
		return;
	for_each_prop(symbols, p)
		if (prop_is_text(p)) {
			p->value.markers = marker_new(tree, MARK_REF_PATH, 0, NULL, p->pos);
			p->value.markers->to->target =
				node_by_path(tree, tree->root, (const char *)p->value.bytes);
		}
}

static enum status only_labels(struct draft *d)
{
	struct node *fixups = node_by_path(&d->tree, d->tree.root, "/__fixups__");
	struct diag_place place = { .file = d->blob->name };

	if (!fixups)
		return DONE;
	for_each_prop(fixups, p)
		if (!restore_is_label(p->name)) {
			diag_error(d->diags, &place, MSG_NO_LABEL_NAME, p->name->text);
			return MALFORMED;
		}
	return DONE;
}

static void drop_fixups(struct tree *tree)
{
	static const char *const names[] = { "/__fixups__", "/__local_fixups__" };

	for (int i = 0; i < 2; i++) {
		struct node *node = node_by_path(tree, tree->root, names[i]);

		if (node)
			node_delete(node);
	}
	for_each_node(tree->root, n)
		for_each_prop(n, p)
			for_each_marker(p, m)
				m->restored = false;
}

static enum status check(struct diags *diags, const struct blob *blob)
{
	struct stack stack;
	enum status status = stack_open(&stack, diags, blob);

	if (!status)
		stack_close(&stack);
	if (!status && (blob_has_fragments(blob) || blob_has_fixups(blob)))
		status = overlay_check(diags, blob);
	return status;
}

static enum status read_blob(struct draft *d, const struct blob *blob)
{
	enum status status;

	d->blob = blob;
	tree_init(&d->tree, d->pool);
	if (!dtb_read(&d->tree, d->diags, blob->name, blob->file.bytes, blob->file.len))
		return MALFORMED;
	d->overlay = d->tree.plugin || blob_has_fragments(blob);
	take_phandles(d);
	status = only_labels(d);
	if (status)
		return status;
	restore_refs(&d->tree);
	restore_symbols(&d->tree);
	drop_fixups(&d->tree);
	return DONE;
}

enum status draft_open(struct draft *d, struct diags *diags, const struct blob *blob)
{
	enum status status = check(diags, blob);

	*d = (struct draft){ .diags = diags };
	if (status)
		return status;
	d->pool = &d->own;
	pool_init(d->pool, diags);
	return read_blob(d, blob);
}

enum status draft_open_beside(struct draft *d, const struct draft *other, const struct blob *blob)
{
	enum status status = check(other->diags, blob);

	*d = (struct draft){ .diags = other->diags, .pool = other->pool };
	return status ? status : read_blob(d, blob);
}

void draft_new(struct draft *d, struct diags *diags)
{
	*d = (struct draft){ .diags = diags, .overlay = true };
	d->pool = &d->own;
	pool_init(d->pool, diags);
	tree_init(&d->tree, d->pool);
	d->tree.root = node_new(&d->tree, name_of(d->pool, "", 0), (struct pos){ 0 });
}

void draft_close(struct draft *d)
{
	if (d->pool == &d->own)
		pool_free(d->pool);
	d->pool = NULL;
}

/* ---------------------------------------------------------------- writing */

static void write_symbols(struct tree *tree)
{
	struct node *symbols = node_by_path(tree, tree->root, "/__symbols__");

	if (!symbols)
		return;
	for_each_prop(symbols, p) {
		const struct node *target = draft_symbol(p);
		const char *path;
		size_t len;

		if (!target)
			continue;
		if (target->deleted) {
			prop_delete(p);
			continue;
		}
		path = node_path(tree, target, &len);
		prop_set(tree, p, path, len + 1);
	}
}

enum status draft_write(struct draft *d, struct file_bytes *out)
{
	const struct blob_options options = { .version = 17 };
	struct bytes bytes = { 0 };

	write_symbols(&d->tree);
	fixups_make(&d->tree);
	if (d->overlay)
		fixups_make_local(&d->tree);
	if (!blob_make(&d->tree, &options, d->diags, &bytes))
		return POLICY;
	*out = (struct file_bytes){ .bytes = bytes.at, .len = bytes.len };
	return DONE;
}

/* ---------------------------------------------------------------- values */

/* Takes the references that stand at [from, to) out of the list. */
static void drop_refs(struct prop *p, uint32_t from, uint32_t to)
{
	struct marker **at = &p->value.markers;

	while (*at) {
		struct marker *m = *at;

		if (m->type == MARK_REF_PHANDLE && m->offset < to && m->offset + 4 > from)
			*at = m->next;
		else
			at = &m->next;
	}
}

void draft_put(struct draft *d, struct prop *p, uint32_t offset, const void *bytes, uint32_t len)
{
	uint32_t new_len = offset + len > p->value.len ? offset + len : p->value.len;
	unsigned char *copy = pool_alloc(d->pool, new_len);

	if (p->value.len)
		memcpy(copy, p->value.bytes, p->value.len);
	if (len)
		memcpy(copy + offset, bytes, len);
	p->value.bytes = copy;
	p->value.len = p->value.room = new_len;
	drop_refs(p, offset, offset + len);
}

void draft_put_ref(struct draft *d, struct prop *p, uint32_t offset, const struct reference *like)
{
	struct marker *m = marker_new(&d->tree, MARK_REF_PHANDLE, offset, like->ref, p->pos);
	struct marker **at = &p->value.markers;
	unsigned char cell[4];

	m->to->target = like->target;
	cell_put(cell, m->to->target ? m->to->target->phandle : UINT32_MAX);
	draft_put(d, p, offset, cell, sizeof(cell));
	while (*at && (*at)->offset < offset)
		at = &(*at)->next;
	m->next = *at;
	*at = m;
}

struct prop *draft_clear(struct draft *d, struct node *node, const char *name)
{
	struct prop *p = prop_find(&d->tree, node, name);

	if (!p) {
		p = prop_new(&d->tree, name_of(d->pool, name, strlen(name)), node->pos);
		prop_append(&d->tree, node, p);
	}
	p->value = (struct value){ .len = 0 };
	return p;
}

const struct marker *draft_ref(const struct prop *p, uint32_t offset)
{
	for_each_marker(p, m)
		if (m->type == MARK_REF_PHANDLE && m->offset == offset)
			return m;
	return NULL;
}

/* ---------------------------------------------------------------- nodes */

struct node *draft_node(struct draft *d, struct ovl_str path)
{
	return node_by_path(&d->tree, d->tree.root, pool_text(d->pool, path.ptr, path.len));
}

uint32_t draft_phandle(struct draft *d, struct node *node)
{
	struct diag_place at = { .file = d->blob ? d->blob->name : NULL };
	struct prop *p;

	if (node->phandle)
		return node->phandle;
	if (d->largest >= UINT32_MAX - 1) {
		diag_error(d->diags, &at, MSG_NO_PHANDLE_LEFT, d->largest);
		return 0;
	}
	node_take_phandle(&d->tree, node, ++d->largest);
	p = draft_clear(d, node, "phandle");
	cell_put(prop_more(&d->tree, p, 4), node->phandle);
	if (!d->n_given++)
		d->first_given = node->phandle;
	return node->phandle;
}

void draft_tell_phandles(const struct draft *d, struct text *text)
{
	if (d->n_given == 1)
		text_add(text, "1 node was given phandle 0x%" PRIx32, d->first_given);
	else
		text_add(text, "%" PRIu32 " nodes were given phandles, 0x%" PRIx32 " to 0x%" PRIx32,
			 d->n_given, d->first_given, d->largest);
}
