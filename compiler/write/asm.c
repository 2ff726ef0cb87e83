/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* asm.c - write the tree as a file for the GNU assembler, in the form of dtc since 1.7.0.  The blob
 * is made first: it settles the header's numbers and where each name lies in the strings block.
 * The text then follows the tree, because a blob has no labels.  What a label stands on gets a
 * symbol, a node a second one (label_end) behind it, and each block of the blob one (dt_...). */
#include "asm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, END = 9 };
enum { OFF_STRINGS = 3, VERSION = 5, OLDEST = 6, BOOT_CPU = 7 };

struct text {
	struct tree *tree;
	struct diags *diags;
	struct bytes *out;
	const unsigned char *blob;
	unsigned int version;
};

/* ---------------------------------------------------------------- pieces */

static void put(struct text *t, const void *text, size_t len)
{
	bytes_put(t->out, text, len, t->diags);
}

static void say(struct text *t, const char *text)
{
	put(t, text, strlen(text));
}

static void put_byte(struct text *t, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	char line[] = "\t.byte\t0x..\n";

	line[9] = digits[byte >> 4];
	line[10] = digits[byte & 15];
	put(t, line, sizeof(line) - 1);
}

static void put_cell(struct text *t, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		put_byte(t, (unsigned char)(v >> shift));
}

/* A cell that the assembler works out. */
static void put_expression(struct text *t, const char *expression)
{
	char line[128];

	for (int shift = 24; shift > 0; shift -= 8) {
		snprintf(line, sizeof(line), "\t.byte\t((%s) >> %d) & 0xff\n", expression, shift);
		say(t, line);
	}
	snprintf(line, sizeof(line), "\t.byte\t(%s) & 0xff\n", expression);
	say(t, line);
}

static void put_difference(struct text *t, const char *end, const char *start)
{
	char expression[80];

	snprintf(expression, sizeof(expression), "_dt_%s - _dt_%s", end, start);
	put_expression(t, expression);
}

/* Names from a blob may hold what the assembler takes as its own. */
static void put_string(struct text *t, const char *lead, const char *text, size_t len)
{
	say(t, lead);
	say(t, "\"");
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		char octal[5];

		if (c >= ' ' && c != 0x7f && c != '"' && c != '\\') {
			put(t, text + i, 1);
		} else {
			snprintf(octal, sizeof(octal), "\\%03o", c);
			say(t, octal);
		}
	}
	say(t, "\"\n");
}

/* The second form is for use in this file: the first may be overridden where the file is linked. */
static void put_block(struct text *t, const char *name)
{
	char lines[128];

	snprintf(lines, sizeof(lines), "\t.globl\tdt_%s\ndt_%s:\n_dt_%s:\n", name, name, name);
	say(t, lines);
}

static void put_globl(struct text *t, const char *label, const char *suffix)
{
	say(t, "\t.globl\t");
	say(t, label);
	say(t, suffix);
	say(t, "\n");
	say(t, label);
	say(t, suffix);
}

static void put_labels(struct text *t, struct label *labels, const char *suffix)
{
	for_each_label(labels, l) {
		put_globl(t, l->name->text, suffix);
		say(t, ":\n");
	}
}

/* ---------------------------------------------------------------- header and reservations */

static void put_header(struct text *t)
{
	say(t, "\t/* magic */\n");
	put_cell(t, cell_get(t->blob));
	say(t, "\t/* totalsize */\n");
	put_difference(t, "blob_abs_end", "blob_start");
	say(t, "\t/* off_dt_struct */\n");
	put_difference(t, "struct_start", "blob_start");
	say(t, "\t/* off_dt_strings */\n");
	put_difference(t, "strings_start", "blob_start");
	say(t, "\t/* off_mem_rsvmap */\n");
	put_difference(t, "reserve_map", "blob_start");
	say(t, "\t/* version */\n");
	put_cell(t, cell_get(t->blob + (size_t)4 * VERSION));
	say(t, "\t/* last_comp_version */\n");
	put_cell(t, cell_get(t->blob + (size_t)4 * OLDEST));
	if (t->version >= 2) {
		say(t, "\t/* boot_cpuid_phys */\n");
		put_cell(t, cell_get(t->blob + (size_t)4 * BOOT_CPU));
	}
	if (t->version >= 3) {
		say(t, "\t/* size_dt_strings */\n");
		put_difference(t, "strings_end", "strings_start");
	}
	if (t->version >= 17) {
		say(t, "\t/* size_dt_struct */\n");
		put_difference(t, "struct_end", "struct_start");
	}
	say(t, "\t.balign\t8, 0\n");
}

static void put_u64(struct text *t, uint64_t v)
{
	char number[16];

	snprintf(number, sizeof(number), "0x%08x", (unsigned int)(v >> 32));
	put_expression(t, number);
	snprintf(number, sizeof(number), "0x%08x", (unsigned int)(v & UINT32_MAX));
	put_expression(t, number);
}

static void put_reserves(struct text *t, uint64_t empty)
{
	put_block(t, "reserve_map");
	say(t, "/* Memory reserve map from source file */\n");
	for (struct reserve *r = t->tree->reserves; r; r = r->next) {
		put_labels(t, r->labels, "");
		put_u64(t, r->address);
		put_u64(t, r->size);
	}
	for (uint64_t i = 0; i <= empty; i++)
		say(t, "\t.long\t0, 0\n\t.long\t0, 0\n");
}

/* ---------------------------------------------------------------- structure */

static void put_prop_head(struct text *t, const struct name *name, uint32_t len)
{
	say(t, "\t/* FDT_PROP */\n");
	put_cell(t, PROP);
	put_cell(t, len);
	put_cell(t, name->string_off - 1);
	if (t->version < 16 && len >= 8)
		say(t, "\t.balign\t8, 0\n");
}

/* Whole cells are written as such, and the bytes behind them without a leading zero. */
static void put_prop(struct text *t, const struct prop *p)
{
	char line[32];
	uint32_t i;

	put_labels(t, p->labels, "");
	put_prop_head(t, p->name, p->value.len);
	for_each_marker(p, m)
		if (m->type == MARK_LABEL) {
			put_globl(t, m->to->ref, "");
			snprintf(line, sizeof(line), "\t= . + %u\n", m->offset);
			say(t, line);
		}
	for (i = 0; i < (p->value.len & ~3u); i++)
		put_byte(t, p->value.bytes[i]);
	for (; i < p->value.len; i++) {
		snprintf(line, sizeof(line), "\t.byte\t0x%x\n", p->value.bytes[i]);
		say(t, line);
	}
	say(t, "\t.balign\t4, 0\n");
}

/* Before version 16 a node had its whole path, and its name again as a property. */
static void put_begin(struct text *t, const struct node *node)
{
	bool named = false;
	size_t len = node->name->len, base_len = node_base_len(node);
	const char *text = node->name->text;

	put_labels(t, node->labels, "");
	say(t, "\t/* FDT_BEGIN_NODE */\n");
	put_cell(t, BEGIN_NODE);
	if (t->version < 16)
		text = node_path(t->tree, node, &len);
	put_string(t, "\t.asciz\t", text, len);
	say(t, "\t.balign\t4, 0\n");
	for_each_prop(node, p) {
		named |= strcmp(p->name->text, "name") == 0;
		put_prop(t, p);
	}
	if (t->version < 16 && !named) {
		put_prop_head(t, name_known(t->tree->pool, "name", 4), (uint32_t)base_len + 1);
		put_string(t, "\t.asciz\t", node->name->text, base_len);
		say(t, "\t.balign\t4, 0\n");
	}
}

static void put_end(struct text *t, const struct node *node)
{
	say(t, "\t/* FDT_END_NODE */\n");
	put_cell(t, END_NODE);
	put_labels(t, node->labels, "_end");
}

static void put_structure(struct text *t)
{
	struct visit v = { .top = t->tree->root };

	put_block(t, "struct_start");
	while (node_visit(&v))
		if (v.leaving)
			put_end(t, v.node);
		else
			put_begin(t, v.node);
	say(t, "\t/* FDT_END */\n");
	put_cell(t, END);
	put_block(t, "struct_end");
}

/* ---------------------------------------------------------------- strings, and the whole */

static void put_strings(struct text *t, size_t len)
{
	const char *at = (const char *)t->blob + cell_get(t->blob + (size_t)4 * OFF_STRINGS);
	const char *end = at + len;

	put_block(t, "strings_start");
	while (at < end) {
		size_t string_len = strlen(at);

		put_string(t, "\t.asciz ", at, string_len);
		at += string_len + 1;
	}
	put_block(t, "strings_end");
}

static void put_padding(struct text *t, const struct blob_options *o)
{
	char line[80];

	if (o->space) {
		snprintf(line, sizeof(line),
			 "\t.space\t%llu - (_dt_blob_end - _dt_blob_start), 0\n",
			 (unsigned long long)o->space);
		say(t, line);
	}
	if (o->pad) {
		snprintf(line, sizeof(line), "\t.space\t%llu, 0\n", (unsigned long long)o->pad);
		say(t, line);
	}
	if (o->align) {
		snprintf(line, sizeof(line), "\t.balign\t%llu, 0\n", (unsigned long long)o->align);
		say(t, line);
	}
}

bool asm_make(struct tree *tree, const struct blob_options *options, struct diags *diags,
	      struct bytes *out)
{
	struct blob_options bare = { .version = options->version, .reserves = options->reserves };
	struct bytes blob = { 0 };
	struct text t = { .tree = tree, .diags = diags, .out = out, .version = options->version };

	if (!blob_make(tree, &bare, diags, &blob))
		return false;
	t.blob = blob.at;
	say(&t, "/* autogenerated by dtc, do not edit */\n\n");
	put_block(&t, "blob_start");
	put_block(&t, "header");
	put_header(&t);
	put_reserves(&t, options->reserves);
	put_structure(&t);
	put_strings(&t, blob.len - cell_get(blob.at + (size_t)4 * OFF_STRINGS));
	put_block(&t, "blob_end");
	put_padding(&t, options);
	put_block(&t, "blob_abs_end");
	free(blob.at);
	return true;
}
