/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* print.c - nodes and properties as source, JSON and plain text, see print.h.
 * The walks go by parent and sibling, with a depth to indent by and no stack.  Syntax: DTSpec 6. */
#include "print.h"

#include <inttypes.h>
#include <string.h>

#include "tags.h"

enum kind { EMPTY, STRINGS, CELLS, BYTES };

static bool is_text(unsigned char c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

/* One or more texts, none of them empty, each with its NUL. */
static bool is_strings(const struct ovl_prop *p)
{
	bool inside = false;

	for (uint32_t i = 0; i < p->len; i++) {
		if (p->value[i] ? !is_text(p->value[i]) : !inside)
			return false;
		inside = p->value[i];
	}
	return !inside;
}

/* Numbers that may by chance look like text. */
static bool is_number(const char *name)
{
	static const char *const names[] = { "phandle", "linux,phandle", "reg", "ranges",
					     "interrupts" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return name[0] == '#';
}

static enum kind kind_of(const struct ovl_prop *p)
{
	bool cells = p->len % 4 == 0;

	if (!p->len)
		return EMPTY;
	if (is_strings(p) && !(cells && is_number(p->name)))
		return STRINGS;
	return cells ? CELLS : BYTES;
}

void print_escaped(struct text *out, struct ovl_str text, enum quoting as)
{
	for (uint32_t i = 0, n; i < text.len; i += n ? n : 1) {
		unsigned char c = (unsigned char)text.ptr[i];

		n = (uint32_t)diag_character(text.ptr + i, text.len - i);
		if (as != AS_PLAIN && (c == '"' || c == '\\'))
			text_add(out, "\\%c", c);
		else if (c == '\n' || c == '\t' || c == '\r')
			text_add(out, "\\%c", c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
		else if (n)
			text_put(out, text.ptr + i, n);
		else
			text_add(out, as == AS_JSON ? "\\u%04x" : "\\x%02x", c);
	}
}

void print_quoted(struct text *out, struct ovl_str text, enum quoting as)
{
	text_add(out, "\"");
	print_escaped(out, text, as);
	text_add(out, "\"");
}

static void add_strings(struct text *out, const struct ovl_prop *p, const char *between)
{
	const char *text = (const char *)p->value;

	for (uint32_t at = 0; at < p->len; ) {
		size_t len = strnlen(text + at, p->len - at);

		text_add(out, "%s", at ? between : "");
		print_quoted(out, (struct ovl_str){ text + at, (uint32_t)len }, AS_SOURCE);
		at += (uint32_t)len + 1;
	}
}

static void add_cells(struct text *out, const struct ovl_prop *p)
{
	for (uint32_t i = 0; i < p->len / 4; i++)
		text_add(out, "%s0x%x", i ? " " : "", ovl_prop_cell(p, i));
}

static void add_bytes(struct text *out, const struct ovl_prop *p, const char *between)
{
	for (uint32_t i = 0; i < p->len; i++)
		text_add(out, "%s%02x", i ? between : "", p->value[i]);
}

/* ---------------------------------------------------------------- walking */

/* How a node begins, its properties included, and how it ends; first: it is the first of its
 * parent's. */
struct form {
	void (*begin)(struct text *out, const struct ovl_tree *tree, ovl_node node,
		      unsigned int depth, bool first);
	void (*end)(struct text *out, unsigned int depth);
};

static void walk(struct text *out, const struct ovl_tree *tree, ovl_node top,
		 const struct form *form)
{
	unsigned int depth = 0;
	ovl_node node = top, next;

	form->begin(out, tree, node, depth, true);
	for (;;) {
		next = ovl_node_first(tree, node);
		if (next) {
			node = next;
			form->begin(out, tree, node, ++depth, true);
			continue;
		}
		for (;; ) {
			form->end(out, depth);
			if (node == top)
				return;
			next = ovl_node_next(tree, node);
			if (next)
				break;
			node = ovl_node_parent(tree, node);
			depth--;
		}
		node = next;
		form->begin(out, tree, node, depth, false);
	}
}

/* ---------------------------------------------------------------- source */

static void indent(struct text *out, unsigned int depth)
{
	for (; depth > 0; depth--)
		text_put(out, "\t", 1);
}

void print_value(struct text *out, const struct ovl_prop *p)
{
	switch (kind_of(p)) {
	case EMPTY:
		break;
	case STRINGS:
		add_strings(out, p, ", ");
		break;
	case CELLS:
		text_add(out, "<");
		add_cells(out, p);
		text_add(out, ">");
		break;
	case BYTES:
		text_add(out, "[");
		add_bytes(out, p, " ");
		text_add(out, "]");
		break;
	}
}

bool print_is_cells(const struct ovl_prop *p)
{
	return kind_of(p) == CELLS;
}

static void add_dts_prop(struct text *out, const struct ovl_prop *p)
{
	text_add(out, p->len ? "%s = " : "%s", p->name);
	print_value(out, p);
	text_add(out, ";\n");
}

static void begin_dts(struct text *out, const struct ovl_tree *tree, ovl_node node,
		      unsigned int depth, bool first)
{
	struct ovl_str name = ovl_node_name(tree, node);
	struct ovl_prop p;

	(void)first;
	text_add(out, "%s", depth ? "\n" : "");
	indent(out, depth);
	text_add(out, "%.*s {\n", name.len ? (int)name.len : 1, name.len ? name.ptr : "/");
	for (int more = ovl_prop_first(tree, node, &p); more; more = ovl_prop_next(tree, &p)) {
		indent(out, depth + 1);
		add_dts_prop(out, &p);
	}
}

static void end_dts(struct text *out, unsigned int depth)
{
	indent(out, depth);
	text_add(out, "};\n");
}

void print_dts(struct text *out, const struct ovl_tree *tree, ovl_node node)
{
	static const struct form form = { begin_dts, end_dts };

	walk(out, tree, node, &form);
}

/* The memory reservations are no part of the tree; libovl has proven that they end (DTSpec 5.3). */
void print_dts_head(struct text *out, const struct blob *blob)
{
	const unsigned char *entry = blob->file.bytes + be32(blob->file.bytes + 16);

	text_add(out, "/dts-v1/;\n\n");
	for (; be64(entry) || be64(entry + 8); entry += 16)
		text_add(out, "/memreserve/ 0x%" PRIx64 " 0x%" PRIx64 ";\n", be64(entry),
			 be64(entry + 8));
}

/* ---------------------------------------------------------------- JSON */

void print_json_value(struct text *out, const struct ovl_prop *p)
{
	enum kind kind = kind_of(p);

	text_add(out, kind == BYTES ? "\"" : "[");
	if (kind == STRINGS)
		add_strings(out, p, ", ");
	for (uint32_t i = 0; kind == CELLS && i < p->len / 4; i++)
		text_add(out, "%s%u", i ? ", " : "", ovl_prop_cell(p, i));
	if (kind == BYTES)
		add_bytes(out, p, "");
	text_add(out, kind == BYTES ? "\"" : "]");
}

void print_json_line(struct text *out, const struct ovl_prop *p)
{
	print_json_value(out, p);
	text_add(out, "\n");
}

static void add_json_name(struct text *out, struct ovl_str name)
{
	print_quoted(out, name, AS_JSON);
	text_add(out, ": ");
}

static void begin_json(struct text *out, const struct ovl_tree *tree, ovl_node node,
		       unsigned int depth, bool first)
{
	struct ovl_str name = ovl_node_name(tree, node);
	struct ovl_prop p;
	bool comma = false;

	text_add(out, "%s", first ? "" : ",\n");
	if (depth)
		add_json_name(out, name);
	text_add(out, "{\"properties\": {");
	for (int more = ovl_prop_first(tree, node, &p); more; more = ovl_prop_next(tree, &p)) {
		text_add(out, "%s", comma ? ", " : "");
		add_json_name(out, (struct ovl_str){ p.name, p.name_len });
		print_json_value(out, &p);
		comma = true;
	}
	text_add(out, "},\n\"nodes\": {");
}

static void end_json(struct text *out, unsigned int depth)
{
	text_add(out, "}}%s", depth ? "" : "\n");
}

void print_json(struct text *out, const struct ovl_tree *tree, ovl_node node)
{
	static const struct form form = { begin_json, end_json };

	walk(out, tree, node, &form);
}

/* ---------------------------------------------------------------- plain */

void print_plain(struct text *out, const struct ovl_prop *p)
{
	switch (kind_of(p)) {
	case EMPTY:
		break;
	case STRINGS:
		for (uint32_t at = 0; at < p->len; ) {
			size_t len = strnlen((const char *)p->value + at, p->len - at);

			text_put(out, p->value + at, len);
			text_add(out, "\n");
			at += (uint32_t)len + 1;
		}
		break;
	case CELLS:
		add_cells(out, p);
		text_add(out, "\n");
		break;
	case BYTES:
		add_bytes(out, p, " ");
		text_add(out, "\n");
		break;
	}
}
