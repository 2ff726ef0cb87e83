/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* build.c - what each rule of the grammar does: the parse becomes a tree as it goes.
 * A block between braces at the top level is built apart and joins the tree when it is complete (merge.c),
 * because deletions in it act on what earlier blocks made, not on its own nodes. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "merge.h"
#include "mistakes.h"

/* Bytes of values for which there is room at once. */
#define VALUES 2048

void parse_error(struct parse *p, struct pos at, int id, const char *format, ...)
{
	struct diag_place place = source_place(p->sources, at);
	char *text;
	va_list args;

	p->syntax_errors = true;
	va_start(args, format);
	text = diag_text(p->diags, format, args);
	va_end(args);
	diag_error(p->diags, &place, id, "%s", text);
	free(text);
}

/* ---------------------------------------------------------------- headers and reservations */

void build_header(struct parse *p, bool plugin, struct pos at)
{
	if (p->saw_v1 && plugin != p->tree->plugin && !p->syntax_errors)
		parse_error(p, at, MSG_HEADERS_DIFFER);
	p->saw_v1 = true;
	p->tree->plugin = plugin || p->mending.plugin;
}

/* dtc never took it; called by that name ovlc does without a word, for the sources that there are. */
void build_old_header(struct parse *p, struct pos at)
{
	struct diag_place place = source_place(p->sources, (struct pos){ at.start, at.start + 8 });

	build_header(p, true, at);
	if (p->diags->style == DIAG_DTC)
		return;
	diag_warning(p->diags, &place, MSG_OLD_HEADER);
	diag_help(p->diags, NULL, "write '/dts-v1/; /plugin/;'");
}

static struct label *take_labels(struct parse *p)
{
	struct label *labels = p->labels;

	p->labels = NULL;
	for (struct label *l = labels; l; l = l->next)
		l->name->mark = 0;
	return labels;
}

void build_reserve(struct parse *p, uint64_t address, uint64_t size)
{
	struct reserve *r = pool_alloc(p->tree->pool, sizeof(*r));

	r->address = address;
	r->size = size;
	r->labels = take_labels(p);
	*p->tree->last_reserve = r;
	p->tree->last_reserve = &r->next;
}

/* Labels gather until what they stand on comes. */
void build_label(struct parse *p, struct name *name, struct pos at)
{
	struct label *label;

	if (name->mark)
		return;
	label = label_new(p->tree, name, at.start);
	if (p->labels)
		p->last_label->next = label;
	else
		p->labels = label;
	p->last_label = label;
	name->mark = 1;
}

void build_omit(struct parse *p, struct pos at)
{
	p->omit = true;
	p->omit_pos = at;
}

/* ---------------------------------------------------------------- nodes */

static struct name *root_name(struct parse *p)
{
	return name_of(p->tree->pool, "", 0);
}

static void open_block(struct parse *p, struct pos at)
{
	p->block = p->node = node_new(p->tree, root_name(p), at);
	p->before_block = take_labels(p);
}

void build_open_root(struct parse *p, struct pos at)
{
	open_block(p, at);
}

void build_open_ref(struct parse *p, struct text ref, struct pos at)
{
	struct label *second = p->labels ? p->labels->next : NULL;

	if (second)
		parse_error(p, label_pos(second), MSG_ONE_LABEL, (int)ref.len, ref.ptr);
	if (second)
		take_labels(p);
	open_block(p, at);
}

void build_open_child(struct parse *p, struct name *name, struct pos at)
{
	struct node *n = node_new(p->tree, name, at);

	n->labels = take_labels(p);
	n->omit_if_no_ref = p->omit;
	p->omit = false;
	node_append(p->tree, p->node, n);
	p->node = n;
}

/* A node, or a block, of which a mistake left no more than what is inside. */
void build_open_nameless(struct parse *p, struct pos at)
{
	build_open_child(p, root_name(p), at);
}

void build_open_stray(struct parse *p, struct pos at)
{
	open_block(p, at);
}

void build_close_stray(struct parse *p)
{
	p->node = p->block = NULL;
}

void build_close_child(struct parse *p, struct pos at)
{
	p->node->whole = at;
	p->node = p->node->parent;
}

void build_close_root(struct parse *p, struct pos at)
{
	struct node *block = p->block;

	block->whole = p->last_block = at;
	p->node = p->block = NULL;
	if (p->tree->root)
		merge_into(p->tree, p->tree->root, block);
	else
		merge_first(p->tree, block);
}

/* The tree of an overlay begins with its first fragment. */
static void need_root(struct parse *p, struct pos at)
{
	struct node *root;

	if (p->tree->root)
		return;
	root = node_new(p->tree, root_name(p), at);
	root->made = true;
	merge_first(p->tree, root);
}

/* Labels are names, and used more often than they are defined. */
static const char *ref_text(struct parse *p, struct text ref)
{
	return name_hashed(p->tree->pool, ref.ptr, ref.len, ref.hash)->text;
}

#define PERHAPS_OVERLAY "if this is an overlay on another tree, add '/plugin/;' after '/dts-v1/;'"

static void no_such_node(struct parse *p, const char *ref, struct pos at)
{
	bool overlay = !p->tree->plugin && !p->tree->root;
	struct diag_nearest nearest;

	if (!ref[0] || mistake_late_plugin(p))
		return;
	/* Without any tree to begin with it is an overlay that does not say so, which is told once. */
	p->tree->plugin |= overlay;
	p->syntax_errors = true;
	if (p->mending.no_include)
		return;
	if (strchr(ref, '/')) {
		parse_error(p, at, MSG_NO_PATH, ref);
		if (overlay)
			diag_help(p->diags, NULL, PERHAPS_OVERLAY);
		return;
	}
	parse_error(p, at, MSG_NO_LABEL, ref);
	if (p->diags->last_hidden || p->diags->style == DIAG_DTC)
		return;
	diag_nearest_init(&nearest, ref, strlen(ref));
	for (uint32_t i = 0; i < p->tree->pool->n_buckets; i++)
		for (struct name *n = p->tree->pool->buckets[i]; n; n = n->chain)
			if (n->labels && node_by_ref(p->tree, n->text))
				diag_nearest_offer(&nearest, n->text, n->len);
	if (nearest.best) {
		diag_help(p->diags, NULL, "did you mean '%.*s'?", (int)nearest.best_len, nearest.best);
		source_suggest(p->sources, at, "&%.*s", (int)nearest.best_len, nearest.best);
	}
	if (overlay || !p->tree->plugin)
		diag_help(p->diags, NULL, PERHAPS_OVERLAY);
}

/* needs: the block is complete.  In an overlay, a path without a label before it, or a label that this file does not
 * have, makes a fragment; anything else merges into the node that is there. */
void build_close_ref(struct parse *p, struct text text, struct pos at, struct pos whole)
{
	const char *ref = ref_text(p, text);
	struct node *block = p->block, *target = node_by_ref(p->tree, ref);
	struct label *labels = p->before_block;

	block->whole = p->last_block = whole;
	p->node = p->block = NULL;
	if (!ref[0])
		return;
	if (p->tree->plugin && ref[0] != '/' && strchr(ref, '/') && !(labels && target)) {
		parse_error(p, at, MSG_PLUGIN_LABEL_PATH, ref);
		return;
	}
	if (target && (labels || !p->tree->plugin || ref[0] != '/')) {
		block->labels = labels;
		merge_into(p->tree, target, block);
		return;
	}
	if (!p->tree->plugin) {
		no_such_node(p, ref, at);
		return;
	}
	if (labels) {
		parse_error(p, label_pos(labels), MSG_LABEL_ON_EXTERN, labels->name->text, ref);
		return;
	}
	need_root(p, at);
	merge_fragment(p->tree, block, ref, at);
}

void build_delete_ref(struct parse *p, struct text text, struct pos at)
{
	const char *ref = ref_text(p, text);
	struct node *target = node_by_ref(p->tree, ref);

	if (target)
		node_delete(target);
	else
		no_such_node(p, ref, at);
}

void build_omit_ref(struct parse *p, struct text text, struct pos at)
{
	const char *ref = ref_text(p, text);
	struct node *target = node_by_ref(p->tree, ref);

	if (target)
		target->omit_if_no_ref = true;
	else
		no_such_node(p, ref, at);
}

void build_delete_child(struct parse *p, struct name *name, struct pos at)
{
	struct node *n = node_new(p->tree, name, at);

	take_labels(p);
	p->omit = false;
	n->deleted = true;
	node_append(p->tree, p->node, n);
	deletion_new(p->tree, p->node, n, NULL);
}

/* ---------------------------------------------------------------- properties */

static void check_order(struct parse *p, struct name *name, struct pos at)
{
	struct diag_place place;

	if (p->node->first && p->disorder != p->node) {
		p->disorder = p->node;
		parse_error(p, at, MSG_PROP_AFTER_NODE, name->text);
		place = source_place(p->sources, p->node->first->pos);
		diag_note(p->diags, &place, "the first child is here");
	}
	if (p->omit)
		parse_error(p, p->omit_pos, MSG_OMIT_ON_PROP, name->text);
	p->omit = false;
}

void build_delete_prop(struct parse *p, struct name *name, struct pos at)
{
	struct prop *prop = prop_new(p->tree, name, at);

	check_order(p, name, at);
	take_labels(p);
	prop->deleted = true;
	prop_append(p->tree, p->node, prop);
	deletion_new(p->tree, p->node, NULL, prop);
}

/* The blob says lengths in 32 bits, and so do the markers. */
static bool value_fits(struct parse *p, size_t before, size_t len)
{
	if (len <= UINT32_MAX - before)
		return true;
	parse_error(p, p->prop->pos, MSG_TOO_LARGE);
	return false;
}

/* There is never room for more than fits.  Of what does not, only the end is kept: it was told.  Returns where the
 * last len bytes begin.  It is seldom called. */
__attribute__((noinline)) static size_t grow_value(struct parse *p, size_t before, size_t len)
{
	const unsigned char *from = p->value;

	if (!value_fits(p, before, len)) {
		before = 0;
		p->value_len = len;
	}
	p->value_room = p->value_len < UINT32_MAX / 2 - VALUES ? (p->value_len + VALUES) * 2 : UINT32_MAX;
	p->value = pool_array(p->tree->pool, p->value_room);
	if (before)
		memcpy(p->value, from, before);
	return before;
}

/* Values are put together where they stay, one behind the other. */
static unsigned char *more_value(struct parse *p, size_t len)
{
	size_t before = p->value_len;

	p->value_len += len;
	if (p->value_len >= p->value_room)
		before = grow_value(p, before, len);
	return p->value + before;
}

void build_prop(struct parse *p, struct name *name, struct pos at)
{
	check_order(p, name, at);
	p->prop = prop_new(p->tree, name, at);
	p->prop->labels = take_labels(p);
	if (p->prop->labels)
		p->tree->pool->marks |= 1u << MARK_LABEL;
	p->value_len = 0;
	more_value(p, 0);
	p->markers = NULL;
	p->last_marker = &p->markers;
}

void build_prop_done(struct parse *p, struct pos whole)
{
	struct prop *prop = p->prop;

	p->prop = NULL;
	take_labels(p);
	p->omit = false;
	if (!prop || !p->node)
		return;
	prop->end = whole.end;
	prop->value.bytes = p->value;
	prop->value.len = prop->value.room = (uint32_t)p->value_len;
	prop->value.markers = p->markers;
	p->value += p->value_len;
	p->value_room -= p->value_len;
	prop_append(p->tree, p->node, prop);
}

/* What was read as a property was meant as a node. */
void build_prop_to_child(struct parse *p)
{
	struct prop *prop = p->prop;

	p->prop = NULL;
	build_open_child(p, prop->name, prop->pos);
}

/* ---------------------------------------------------------------- values */

static struct marker *mark(struct parse *p, enum marker_type type, const char *ref, struct pos at)
{
	struct marker *m = marker_new(p->tree, type, (uint32_t)p->value_len, ref, at);

	*p->last_marker = m;
	p->last_marker = &m->next;
	return m;
}

void build_mark(struct parse *p, enum marker_type type, const char *ref, struct pos at)
{
	mark(p, type, ref, at);
}

static void name_late(struct parse *p, struct late_ref *late)
{
	if (late->marker)
		late->marker->to->ref = name_hashed(p->tree->pool, late->text.ptr, late->text.len,
						    late->text.hash)->text;
	late->marker = NULL;
}

void build_refs(struct parse *p)
{
	for (size_t i = 0; i < LATE_REFS; i++)
		name_late(p, &p->late[i]);
}

/* A reference leads anywhere: of a large source what tells about its name is not at hand.  It is asked for, and looked
 * at when some more references were read; for the name itself likewise. */
static void mark_ref(struct parse *p, enum marker_type type, struct text ref, struct pos at)
{
	struct late_ref *late = &p->late[p->n_late % LATE_REFS];
	const struct late_ref *halfway = &p->late[(p->n_late + LATE_REFS / 2) % LATE_REFS];

	name_late(p, late);
	*late = (struct late_ref){ mark(p, type, NULL, at), ref };
	p->prop->refers = true;
	late->marker->named = !memchr(ref.ptr, '/', ref.len);
	name_foresee_place(p->tree->pool, ref.hash);
	name_foresee(p->tree->pool, halfway->text.hash);
	p->n_late++;
}

void build_text(struct parse *p, struct text text, struct pos at)
{
	unsigned char *to;
	size_t len;

	build_mark(p, MARK_STRING, NULL, at);
	to = more_value(p, text.len + 1);
	len = unescape(p, text.ptr, text.len, to, at);
	to[len] = 0;
	p->value_len -= text.len - len;
}

void build_bits(struct parse *p, uint64_t bits, struct pos at)
{
	enum marker_type type = bits == 8 ? MARK_U8 : bits == 16 ? MARK_U16 : bits == 64 ? MARK_U64 : MARK_U32;

	p->bits = (unsigned int)bits;
	p->mending.in_list = false;
	if (bits != 8 && bits != 16 && bits != 32 && bits != 64) {
		parse_error(p, at, MSG_BAD_BITS, (unsigned long long)bits);
		p->bits = 32;
	}
	build_mark(p, type, NULL, at);
}

/* A number as its author has it before the eyes: what an expression comes to may be below zero. */
static const char *written_value(const struct parse *p, uint64_t value, struct pos at, char text[24])
{
	const struct source *source = p->source;
	uint32_t offset = at.start - source->base;

	/* One that began in another file is not looked up. */
	if (offset < source->text.len && source->text.bytes[offset] == '(' && value >> 63)
		snprintf(text, 24, "-%llu", (unsigned long long)-value);
	else
		snprintf(text, 24, "0x%llx", (unsigned long long)value);
	return text;
}

/* dtc cuts such a number off, and as dtc so do we. */
static void cell_too_large(struct parse *p, uint64_t value, uint64_t mask, struct pos at)
{
	struct diag_place place = source_place(p->sources, at);
	char text[24];

	if (p->diags->style == DIAG_DTC) {
		diag_warning(p->diags, &place, MSG_CELL_TRUNCATED, (unsigned long long)value,
			     (unsigned long long)(value & mask));
		return;
	}
	parse_error(p, at, MSG_CELL_RANGE, written_value(p, value, at, text), p->bits);
	if (p->bits == 32)
		diag_help(p->diags, NULL, "write two cells <0x%llx 0x%08llx>, or /bits/ 64 <0x%llx>",
			  (unsigned long long)value >> 32, (unsigned long long)(value & mask),
			  (unsigned long long)value);
}

void build_cell(struct parse *p, uint64_t value, struct pos at)
{
	uint64_t mask = UINT64_MAX >> (64 - p->bits);
	unsigned int bytes = p->bits / 8;
	unsigned char *to = more_value(p, bytes);

	/* Small negative numbers, written as such, fit as well. */
	if (value > mask && (value | mask) != UINT64_MAX)
		cell_too_large(p, value, mask, at);
	if (bytes == 4)
		cell_put(to, (uint32_t)value);
	else
		for (unsigned int i = bytes; i; i--, value >>= 8)
			to[i - 1] = (unsigned char)value;
}

void build_cell_ref(struct parse *p, struct text ref, struct pos at)
{
	if (p->bits != 32) {
		parse_error(p, at, MSG_REF_BITS, p->bits);
		return;
	}
	mark_ref(p, MARK_REF_PHANDLE, ref, at);
	cell_put(more_value(p, 4), UINT32_MAX);
}

void build_path_ref(struct parse *p, struct text ref, struct pos at)
{
	build_mark(p, MARK_STRING, NULL, at);
	mark_ref(p, MARK_REF_PATH, ref, at);
	p->node->has_paths = true;
}

void build_byte(struct parse *p, unsigned char byte)
{
	*more_value(p, 1) = byte;
}

/* range: first byte and length; NULL for the whole file.  What lies beyond its end is left out. */
void build_incbin(struct parse *p, struct text file, const uint64_t *range, struct pos at)
{
	unsigned char *name = pool_alloc(p->tree->pool, file.len + 1);
	struct diag_place place = source_place(p->sources, at);
	struct file_bytes bytes;
	size_t from = 0, len;
	const char *full;
	int error;

	if (range && p->quoted.start > at.start) {
		parse_error(p, p->quoted, MSG_BAD_CHARACTER, p->quoted_len);
		return;
	}
	name[unescape(p, file.ptr, file.len, name, at)] = 0;
	full = source_find(p->sources, p->source, (const char *)name);
	if (!full) {
		source_not_found(p->sources, p->source, (const char *)name, at);
		p->syntax_errors = true;
		return;
	}
	if (range && range[0] >= INT64_MAX) {
		parse_error(p, at, MSG_INCBIN_START, (unsigned long long)range[0]);
		return;
	}
	error = file_read(full, &bytes);
	if (error) {
		diag_error(p->diags, &place, MSG_CANNOT_READ, full, strerror(error));
		p->syntax_errors = true;
		return;
	}
	sources_depend(p->sources, full);
	len = bytes.len;
	if (range) {
		from = range[0] < bytes.len ? (size_t)range[0] : bytes.len;
		len = range[1] < bytes.len - from ? (size_t)range[1] : bytes.len - from;
		if (len < range[1])
			diag_warning(p->diags, &place, MSG_INCBIN_SHORT, full, bytes.len,
				     (unsigned long long)range[1], (unsigned long long)range[0]);
	}
	build_mark(p, MARK_U8, NULL, at);
	if (len)
		memcpy(more_value(p, len), bytes.bytes + from, len);
	file_free(&bytes);
}

/* ---------------------------------------------------------------- quoted text */

static bool hex_digit(char c, unsigned int *digit)
{
	if (c >= '0' && c <= '9')
		*digit = (unsigned int)(c - '0');
	else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		*digit = (unsigned int)((c | 0x20) - 'a') + 10;
	else
		return false;
	return true;
}

/* The bytes that a quoted text stands for (C's escapes, DTSpec 6.4); at most as many as its characters. */
size_t unescape(struct parse *p, const char *text, size_t len, unsigned char *out, struct pos at)
{
	static const char names[] = "abtnvfr", values[] = "\a\b\t\n\v\f\r";
	const char *end = text + len, *known;
	unsigned char *start = out;
	unsigned int v, digit;

	if (!memchr(text, '\\', len)) {
		memcpy(out, text, len);
		return len;
	}
	while (text < end) {
		char c = *text++;

		if (c != '\\' || text == end) {
			*out++ = (unsigned char)c;
			continue;
		}
		c = *text++;
		if (c >= '0' && c <= '7') {
			v = (unsigned int)(c - '0');
			for (int i = 0; i < 2 && text < end && *text >= '0' && *text <= '7'; i++)
				v = v * 8 + (unsigned int)(*text++ - '0');
			*out++ = (unsigned char)v;
		} else if (c == 'x') {
			if (text == end || !hex_digit(*text, &v)) {
				parse_error(p, at, MSG_BAD_ESCAPE);
				continue;
			}
			text++;
			if (text < end && hex_digit(*text, &digit)) {
				v = v * 16 + digit;
				text++;
			}
			*out++ = (unsigned char)v;
		} else {
			known = strchr(names, c);
			*out++ = (unsigned char)(known ? values[known - names] : c);
		}
	}
	return (size_t)(out - start);
}
