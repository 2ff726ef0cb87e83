/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* outline.c - a node as one line, and a tree as such lines, see outline.h. */
#include "outline.h"

#include <inttypes.h>
#include <string.h>

#include "decode.h"
#include "print.h"

void outline_on(struct outline *o, enum outline_colour colour)
{
	static const char *const codes[] = { "1", "35", "32", "36", "2", "32", "31" };

	if (o->colour)
		text_add(o->out, "\033[%sm", codes[colour]);
}

void outline_off(struct outline *o)
{
	if (o->colour)
		text_add(o->out, "\033[0m");
}

/* ---------------------------------------------------------------- facts */

static void add_labels(struct outline *o, ovl_node node)
{
	const struct name *name = names_find(&o->labels, node);

	for (bool more = name; more; name++) {
		more = names_are_more(&o->labels, name);
		outline_on(o, OUTLINE_LABEL);
		print_escaped(o->out, name->name, AS_PLAIN);
		text_add(o->out, ":");
		outline_off(o);
		text_add(o->out, " ");
	}
}

/* The first text of a property, if it begins with one. */
static struct ovl_str first_text(const struct ovl_tree *tree, ovl_node node, const char *name)
{
	struct ovl_prop p;

	if (!ovl_prop_find(tree, node, ovl_str(name), &p) || !p.value)
		return (struct ovl_str){ 0 };
	return (struct ovl_str){ (const char *)p.value, (uint32_t)strnlen((const char *)p.value, p.len) };
}

static void add_fact(struct outline *o, enum outline_colour colour, struct ovl_str text)
{
	if (!text.len)
		return;
	text_add(o->out, "  ");
	outline_on(o, colour);
	print_escaped(o->out, text, AS_PLAIN);
	outline_off(o);
}

/* What is more than 64 bits stands as it is, cell by cell. */
static void add_number(struct text *out, struct cell_run run)
{
	uint64_t number;

	if (run_number(run, &number)) {
		text_add(out, "0x%" PRIx64, number);
		return;
	}
	for (uint32_t i = 0; i < run.n; i++)
		text_add(out, "%s0x%" PRIx32, i ? ":" : "", run_cell(run, i));
}

/* The first address and size, and how many there are besides. */
static void add_reg(struct outline *o, ovl_node node)
{
	struct entries entries;
	struct reg_entry reg;
	unsigned int n = 0;

	for (bool more = entries_open(&entries, o->tree, node, "reg"); more && reg_next(&entries, &reg); )
		if (n++ == 0) {
			text_add(o->out, "  ");
			outline_on(o, OUTLINE_REG);
			add_number(o->out, reg.address);
			text_add(o->out, reg.size.n ? "+" : "");
			if (reg.size.n)
				add_number(o->out, reg.size);
		}
	if (n > 1)
		text_add(o->out, ", %u more", n - 1);
	if (n)
		outline_off(o);
}

static void add_status(struct outline *o, ovl_node node)
{
	struct ovl_str status = first_text(o->tree, node, "status");

	if (status.len != 2 || memcmp(status.ptr, "ok", 2) != 0)
		if (status.len != 4 || memcmp(status.ptr, "okay", 4) != 0)
			add_fact(o, OUTLINE_DIM, status);
}

void outline_node(struct outline *o, char sign, ovl_node node, unsigned int depth)
{
	struct ovl_str name = ovl_node_name(o->tree, node);

	if (sign)
		text_add(o->out, "%c ", sign);
	text_add(o->out, "%*s", (int)depth * 2, "");
	add_labels(o, node);
	outline_on(o, OUTLINE_NAME);
	print_escaped(o->out, name.len ? name : ovl_str("/"), AS_PLAIN);
	outline_off(o);
	add_fact(o, OUTLINE_COMPATIBLE, first_text(o->tree, node, "compatible"));
	add_reg(o, node);
	add_status(o, node);
}

/* ---------------------------------------------------------------- a tree */

static void add_count_below(struct outline *o, ovl_node top)
{
	unsigned int n = 0;

	for (ovl_node node = tree_next(o->tree, top, top); node; node = tree_next(o->tree, top, node))
		n++;
	if (!n)
		return;
	outline_on(o, OUTLINE_DIM);
	text_add(o->out, "  ... %u node%s", n, n == 1 ? "" : "s");
	outline_off(o);
}

void outline_tree(struct outline *o, ovl_node top)
{
	unsigned int depth = 0;

	for (ovl_node node = top, next; node; node = next) {
		bool cut = depth == o->most;

		outline_node(o, 0, node, depth);
		if (cut)
			add_count_below(o, node);
		text_add(o->out, "\n");
		next = cut ? OVL_NONE : ovl_node_first(o->tree, node);
		depth += next != OVL_NONE;
		for (; !next && node != top; depth -= !next) {
			next = ovl_node_next(o->tree, node);
			node = ovl_node_parent(o->tree, node);
		}
	}
}
