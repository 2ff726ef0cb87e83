/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* as_yaml.c - write the tree as YAML, as dtc does for the schema checker: a node is a mapping, a
 * value the sequence of the pieces it was written in, a piece a string or a sequence of numbers, an
 * empty value true.  Numbers that are no cells have a tag (!u8, !u16, !u64), and so has a cell that
 * refers to a node (!phandle).  libyaml knows the rest of YAML: quoting, line breaks, and the
 * layout. */
#include "as_yaml.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct yaml {
	yaml_emitter_t emitter;
	struct sources *sources;
	struct bytes *out;
};

/* A part of a value that was written in one piece. */
struct piece {
	enum marker_type type;
	uint32_t from, to;
	const struct marker *markers;   /* from the one that begins it on */
};

/* ---------------------------------------------------------------- events */

static int take_output(void *arg, unsigned char *text, size_t len)
{
	struct yaml *y = arg;

	bytes_put(y->out, text, len, y->sources->diags);
	return 1;
}

/* libyaml fails when it gets no memory, and then only: the events are in order. */
static void must(struct yaml *y, int done)
{
	if (!done)
		diag_no_memory(y->sources->diags);
}

static void emit(struct yaml *y, yaml_event_t *event, int made)
{
	must(y, made && yaml_emitter_emit(&y->emitter, event));
}

static void begin_mapping(struct yaml *y)
{
	yaml_event_t event;

	emit(y, &event, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
							    YAML_BLOCK_MAPPING_STYLE));
}

static void end_mapping(struct yaml *y)
{
	yaml_event_t event;

	emit(y, &event, yaml_mapping_end_event_initialize(&event));
}

static void begin_sequence(struct yaml *y, const char *tag, yaml_sequence_style_t style)
{
	yaml_event_t event;

	emit(y, &event, yaml_sequence_start_event_initialize(&event, NULL, (const yaml_char_t *)tag,
							     !tag, style));
}

static void end_sequence(struct yaml *y)
{
	yaml_event_t event;

	emit(y, &event, yaml_sequence_end_event_initialize(&event));
}

static void put_plain(struct yaml *y, const char *tag, const char *text)
{
	yaml_event_t event;

	emit(y, &event, yaml_scalar_event_initialize(&event, NULL, (const yaml_char_t *)tag,
						     (const yaml_char_t *)text, (int)strlen(text),
						     !tag, !tag, YAML_PLAIN_SCALAR_STYLE));
}

/* Whether it surely is UTF-8: control characters of two bytes are left to libyaml. */
static bool is_utf8(const unsigned char *text, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n ? n : 1) {
		n = diag_character((const char *)text + i, len - i);
		if (!n && text[i] >= 0x80)
			return false;
	}
	return true;
}

/* False for what is no UTF-8, as YAML has no other text, or does not end in a NUL.  Libyaml says no for want of
 * memory, too. */
static bool put_text(struct yaml *y, const unsigned char *text, uint32_t len)
{
	yaml_event_t event;

	if (text[len - 1])
		return false;
	if (!yaml_scalar_event_initialize(&event, NULL, NULL, text, (int)len - 1, 0, 1,
					  YAML_DOUBLE_QUOTED_SCALAR_STYLE)) {
		must(y, !is_utf8(text, len - 1));
		return false;
	}
	emit(y, &event, 1);
	return true;
}

/* ---------------------------------------------------------------- values */

static uint32_t width(enum marker_type type)
{
	return type == MARK_U8 ? 1 : type == MARK_U16 ? 2 : type == MARK_U64 ? 8 : 4;
}

static const char *tag(enum marker_type type)
{
	switch (type) {
	case MARK_U8: return "!u8";
	case MARK_U16: return "!u16";
	case MARK_U64: return "!u64";
	default: return NULL;
	}
}

static bool refers(const struct marker **markers, uint32_t offset)
{
	const struct marker *m = *markers;

	while (m && (m->offset < offset || (m->offset == offset && m->type != MARK_REF_PHANDLE)))
		m = m->next;
	*markers = m;
	return m && m->offset == offset;
}

static void put_numbers(struct yaml *y, const struct value *value, const struct piece *piece)
{
	const struct marker *m = piece->markers;
	uint32_t bytes = width(piece->type);
	char text[32];

	begin_sequence(y, tag(piece->type), YAML_FLOW_SEQUENCE_STYLE);
	for (uint32_t at = piece->from; at < piece->to; at += bytes) {
		uint64_t n = 0;

		for (uint32_t i = 0; i < bytes; i++)
			n = n << 8 | value->bytes[at + i];
		snprintf(text, sizeof(text), "0x%" PRIx64, n);
		put_plain(y, piece->type == MARK_U32 && refers(&m, at) ? "!phandle" : NULL, text);
	}
	end_sequence(y);
}

static void put_piece(struct yaml *y, const struct prop *p, struct piece piece)
{
	struct diag_place place;

	if (piece.type != MARK_STRING) {
		if ((piece.to - piece.from) % width(piece.type))
			piece.type = MARK_U8;
		put_numbers(y, &p->value, &piece);
		return;
	}
	if (put_text(y, p->value.bytes + piece.from, piece.to - piece.from))
		return;
	place = source_place(y->sources, p->pos);
	diag_warning(y->sources->diags, &place, MSG_YAML_BYTES, p->name->text);
	piece.type = MARK_U8;
	put_numbers(y, &p->value, &piece);
}

/* What the compiler made itself has one marker for all its pieces: strings, or cells. */
static void put_made(struct yaml *y, const struct prop *p, struct piece piece)
{
	uint32_t end = piece.to;

	for (; piece.from < end; piece.from = piece.to) {
		const char *at = (const char *)p->value.bytes + piece.from;

		piece.to = piece.from + (piece.type == MARK_STRING ? (uint32_t)strlen(at) + 1 : 4);
		put_piece(y, p, piece);
	}
}

static const struct marker *typed(const struct marker *m)
{
	while (m && m->type > MARK_U64)
		m = m->next;
	return m;
}

/* Entries that were added to a list of the source (symbols.c) may lie outside of its pieces, or not
 * fit the type of the last. */
static void put_value(struct yaml *y, const struct prop *p)
{
	struct piece piece = { .type = MARK_U8 };
	bool made = p->pos.end == p->end;
	const struct marker *next;

	if (!p->value.len) {
		put_plain(y, NULL, "true");
		return;
	}
	begin_sequence(y, NULL, YAML_FLOW_SEQUENCE_STYLE);
	next = typed(p->value.markers);
	piece.to = next ? next->offset : p->value.len;
	for (;;) {
		if (made)
			put_made(y, p, piece);
		else if (piece.from < piece.to)
			put_piece(y, p, piece);
		if (!next)
			break;
		piece = (struct piece){ .type = next->type, .from = next->offset, .markers = next };
		next = typed(next->next);
		piece.to = next ? next->offset : p->value.len;
	}
	end_sequence(y);
}

/* ---------------------------------------------------------------- the tree */

static void put_begin(struct yaml *y, const struct node *node)
{
	if (node->parent)
		put_plain(y, NULL, node->name->text);
	begin_mapping(y);
	for_each_prop(node, p) {
		put_plain(y, NULL, p->name->text);
		put_value(y, p);
	}
}

static void put_tree(struct yaml *y, const struct node *root)
{
	struct visit v = { .top = root };

	while (node_visit(&v))
		if (v.leaving)
			end_mapping(y);
		else
			put_begin(y, v.node);
}

bool yaml_make(const struct tree *tree, struct sources *sources, struct bytes *out)
{
	struct yaml y = { .sources = sources, .out = out };
	yaml_event_t event;

	if (sources->unplaced) {
		diag_error(sources->diags, NULL, MSG_YAML_UNTYPED, sources->unplaced);
		return false;
	}
	must(&y, yaml_emitter_initialize(&y.emitter));
	yaml_emitter_set_output(&y.emitter, take_output, &y);
	emit(&y, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	emit(&y, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 0));
	begin_sequence(&y, NULL, YAML_ANY_SEQUENCE_STYLE);
	put_tree(&y, tree->root);
	end_sequence(&y);
	emit(&y, &event, yaml_document_end_event_initialize(&event, 0));
	emit(&y, &event, yaml_stream_end_event_initialize(&event));
	yaml_emitter_delete(&y.emitter);
	return true;
}
