/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* typed.c - VALUEs of the command line into bytes, by what a tree says of them, see typed.h.
 * Rules: DTSpec 2.2.4 and 2.3 (which properties are what), 6.3 (source). */
#include "typed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "grow.h"
#include "path.h"
#include "provider.h"
#include "value.h"

struct typed {
	struct text *out;
	struct diags *diags;
	const struct stack *stack;
	ovl_node node;
	const char *prop, *value;
	const char *at; /* what is left of the value */
};

static enum status wrong(const struct typed *t, const char *why)
{
	diag_error(t->diags, NULL, MSG_VALUE, t->prop, t->value, why);
	return USAGE;
}

static void skip_blanks(struct typed *t)
{
	t->at += strspn(t->at, " \t\n");
}

/* A number that ends where a word of the value does. */
static bool read_number(struct typed *t, uint64_t *number)
{
	char *end;

	if (*t->at < '0' || *t->at > '9')
		return false;
	errno = 0;
	*number = strtoull(t->at, &end, 0);
	if (errno || !strchr(" \t\n,>", *end))
		return false;
	t->at = end;
	return true;
}

/* ---------------------------------------------------------------- source */

/* &label, &{/path}: the phandle that the node has in the tree. */
static enum status put_reference(struct typed *t)
{
	bool path = t->at[1] == '{';
	size_t start = path ? 2 : 1, len = strcspn(t->at + start, path ? "}" : " \t\n,>");
	char *name = grow_text(t->diags, t->at + start, len);
	enum status status = DONE;
	ovl_node node;

	node = path_find(&t->stack->tree, ovl_str(name), false);
	if (path && !t->at[start + len])
		status = wrong(t, "&{ has no }");
	else if (!node)
		status = path_no_node(t->diags, t->stack, name);
	else if (!ovl_node_phandle(&t->stack->tree, node)) {
		struct diag_place at = { .file = t->stack->base->name };

		diag_error(t->diags, &at, MSG_NOT_REFERABLE, name, t->prop);
		status = UNRESOLVED;
	}
	if (!status)
		text_cell(t->out, ovl_node_phandle(&t->stack->tree, node));
	t->at += start + len + path;
	free(name);
	return status;
}

static enum status put_cells(struct typed *t)
{
	enum status status;
	uint64_t number;

	for (t->at++, skip_blanks(t); *t->at != '>'; skip_blanks(t)) {
		if (*t->at == '&') {
			status = put_reference(t);
			if (status)
				return status;
			continue;
		}
		if (!*t->at)
			return wrong(t, "'<' has no '>'");
		if (!read_number(t, &number))
			return wrong(t, "between '<' and '>' stand numbers, &labels and &{/paths}");
		if (number > UINT32_MAX)
			return wrong(t, "a number is more than a cell of 4 bytes holds");
		text_cell(t->out, (uint32_t)number);
	}
	t->at++;
	return DONE;
}

static int digit(char c)
{
	const char *digits = "0123456789abcdefABCDEF", *at = c ? strchr(digits, c) : NULL;
	int n = at ? (int)(at - digits) : -1;

	return n > 15 ? n - 6 : n;
}

/* A byte as a number: at most so many digits of that base. */
static unsigned char take_byte(struct typed *t, int base, int most)
{
	unsigned int byte = 0;
	int next;

	for (; most && (next = digit(*t->at)) >= 0 && next < base; most--, t->at++)
		byte = byte * (unsigned int)base + (unsigned int)next;
	return (unsigned char)byte;
}

/* What stands behind a backslash, as ovlc reads it; a character that has no such meaning is itself. */
static enum status put_escape(struct typed *t)
{
	static const char names[] = "abtnvfr", values[] = "\a\b\t\n\v\f\r";
	const char *known = strchr(names, *t->at);
	unsigned char byte;

	if (*t->at >= '0' && *t->at <= '7') {
		byte = take_byte(t, 8, 3);
	} else if (*t->at == 'x') {
		t->at++;
		if (digit(*t->at) < 0)
			return wrong(t, "\\x is not followed by a hexadecimal digit");
		byte = take_byte(t, 16, 2);
	} else {
		byte = (unsigned char)(known ? values[known - names] : *t->at);
		t->at++;
	}
	text_put(t->out, &byte, 1);
	return DONE;
}

static enum status put_text(struct typed *t)
{
	enum status status = DONE;

	for (t->at++; *t->at != '"' && !status; ) {
		if (!*t->at || (t->at[0] == '\\' && !t->at[1]))
			return wrong(t, "a text has no end");
		if (*t->at != '\\') {
			text_put(t->out, t->at++, 1);
			continue;
		}
		t->at++;
		status = put_escape(t);
	}
	text_put(t->out, "", 1);
	t->at += !status;
	return status;
}

static enum status put_bytes(struct typed *t)
{
	for (t->at++, skip_blanks(t); *t->at != ']'; skip_blanks(t)) {
		int high = digit(t->at[0]), low = high < 0 ? -1 : digit(t->at[1]);
		unsigned char byte;

		if (high < 0 || low < 0)
			return wrong(t, "between '[' and ']' stand pairs of hexadecimal digits");
		byte = (unsigned char)(high << 4 | low);
		text_put(t->out, &byte, 1);
		t->at += 2;
	}
	t->at++;
	return DONE;
}

static enum status put_source(struct typed *t)
{
	enum status status = DONE;

	while (!status) {
		skip_blanks(t);
		if (*t->at == '<')
			status = put_cells(t);
		else if (*t->at == '"')
			status = put_text(t);
		else if (*t->at == '[')
			status = put_bytes(t);
		else
			status = wrong(t, "what follows a comma is <cells>, \"text\" or [bytes]");
		skip_blanks(t);
		if (!*t->at || status)
			break;
		if (*t->at++ != ',')
			status = wrong(t, "expected a comma between its parts");
	}
	return status;
}

/* ---------------------------------------------------------------- bare values */

/* With blanks around it, and perhaps a comma behind it. */
static bool next_number(struct typed *t, uint64_t *number)
{
	skip_blanks(t);
	if (!read_number(t, number))
		return false;
	skip_blanks(t);
	t->at += *t->at == ',';
	return true;
}

/* Whether all words are numbers. */
static bool is_numbers(struct typed *t)
{
	uint64_t number;

	t->at = t->value;
	while (next_number(t, &number))
		;
	return !*t->at;
}

/* widths: as put_numbers() takes them, those of reg or of ranges. */
static enum status uneven(const struct typed *t, const uint32_t *widths, uint32_t n)
{
	static const char *const of_reg[] = { "an address", "a size" },
				 *const of_ranges[] = { "an address", "an address on the bus above", "a size" };
	const char *const *parts = n == 3 ? of_ranges : of_reg;
	struct text entry = { 0 };

	for (uint32_t i = 0; i < n; i++)
		if (widths[i])
			text_add(&entry, "%s%s", entry.len ? ", " : "", parts[i]);
	wrong(t, "its addresses and sizes do not come out even");
	diag_help(t->diags, NULL, "an entry of it is %s", text_of(&entry));
	text_free(&entry);
	return USAGE;
}

/* needs: is_numbers().  Number i has widths[i % n] cells; those with none are not there. */
static enum status put_numbers(struct typed *t, const uint32_t *widths, uint32_t n)
{
	uint64_t number;
	uint32_t i = 0;

	for (t->at = t->value; next_number(t, &number); i++) {
		while (!widths[i % n])
			i++;
		if (widths[i % n] > 2)
			return wrong(t, "the bus has more than 2 cells for it: write it as <cells>");
		if (widths[i % n] == 1 && number > UINT32_MAX)
			return wrong(t, "a number is more than one cell of 4 bytes holds");
		if (widths[i % n] == 2)
			text_cell(t->out, (uint32_t)(number >> 32));
		text_cell(t->out, (uint32_t)number);
	}
	while (i % n && !widths[i % n])
		i++;
	return i % n ? uneven(t, widths, n) : DONE;
}

static enum status put_addresses(struct typed *t, bool ranges)
{
	const struct ovl_tree *tree = &t->stack->tree;
	ovl_node bus = ovl_node_parent(tree, t->node);
	uint32_t widths[3];
	uint32_t n = 0;

	if (!is_numbers(t))
		return wrong(t, "it is made of addresses and sizes");
	if (ranges)
		widths[n++] = address_cells(tree, t->node);
	widths[n++] = address_cells(tree, bus);
	widths[n++] = size_cells(tree, ranges ? t->node : bus);
	for (uint32_t i = 0; i < n; i++)
		if (widths[i])
			return put_numbers(t, widths, n);
	return wrong(t, "the bus has no cells for addresses and sizes");
}

static enum status unclear(const struct typed *t)
{
	wrong(t, "the value in the base does not tell whether it is text or numbers");
	diag_help(t->diags, NULL, "write it as source: %s='<numbers>', %s='\"text\"' or %s='[bytes]'",
		  t->prop, t->prop, t->prop);
	return USAGE;
}

/* Whether it is made of numbers, and some are below 0, which no cell holds. */
static bool is_negative(struct typed *t)
{
	bool negative = false, below;
	uint64_t number;

	t->at = t->value;
	do {
		skip_blanks(t);
		below = t->at[0] == '-' && t->at[1] >= '0' && t->at[1] <= '9';
		negative |= below;
		t->at += below;
	} while (next_number(t, &number));
	return negative && !*t->at;
}

static enum status below_zero(const struct typed *t)
{
	wrong(t, "cells hold no numbers below 0");
	diag_help(t->diags, NULL, "write what it is: %s='<0xffffffff>', say, for -1, or %s='\"%s\"'", t->prop, t->prop,
		  t->value);
	return USAGE;
}

static enum status bare_reference(const struct typed *t)
{
	wrong(t, "a reference stands between '<' and '>'");
	diag_help(t->diags, NULL, "write %s='<%s>'", t->prop, t->at);
	return USAGE;
}

/* DTSpec 2.3.4; `fail` may be followed by what failed.  Any other text turns the device off, too. */
static enum status put_status(struct typed *t)
{
	static const char *const words[] = { "okay", "disabled", "reserved", "fail" };
	bool known = strncmp(t->at, "fail-", 5) == 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		known |= strcmp(t->at, words[i]) == 0;
	if (!known)
		return wrong(t, "a status is okay, disabled, reserved, fail or fail-WHAT");
	text_put(t->out, t->at, strlen(t->at) + 1);
	return DONE;
}

/* A value that is there may look like text and like numbers, or like neither. */
static enum status put_bare(struct typed *t)
{
	static const uint32_t one_cell[] = { 1 };
	bool numbers = is_numbers(t), there, as_cells, as_text;
	struct ovl_prop p;

	there = ovl_prop_find(&t->stack->tree, t->node, ovl_str(t->prop), &p) && p.len;
	as_cells = numbers && (!there || p.len % 4 == 0);
	as_text = there ? value_is_strings(p.value, p.len) : !numbers;
	if (as_cells == as_text)
		return unclear(t);
	if (!there && is_negative(t))
		return below_zero(t);
	if (as_cells)
		return put_numbers(t, one_cell, 1);
	text_put(t->out, t->value, strlen(t->value) + 1);
	return DONE;
}

/* ---------------------------------------------------------------- all of it */

enum status typed_encode(struct text *out, struct diags *diags, const struct stack *stack,
			 ovl_node node, const char *prop, const char *value)
{
	struct typed t = { .out = out, .diags = diags, .stack = stack, .node = node,
			   .prop = prop, .value = value, .at = value };
	bool ranges = strcmp(prop, "ranges") == 0 || strcmp(prop, "dma-ranges") == 0;
	enum status status = DONE;

	skip_blanks(&t);
	/* There is one word for it: DTSpec 2.3.4. */
	if (strcmp(prop, "status") == 0 && strcmp(value, "ok") == 0)
		text_put(out, "okay", 5);
	else if (*t.at == '<' || *t.at == '"' || *t.at == '[')
		status = put_source(&t);
	else if (*t.at && (ranges || strcmp(prop, "reg") == 0))
		status = put_addresses(&t, ranges);
	else if (*t.at == '&')
		status = bare_reference(&t);
	else if (*t.at && strcmp(prop, "status") == 0)
		status = put_status(&t);
	else if (*t.at)
		status = put_bare(&t);
	return status;
}

/* Entry by entry to the end, or to where it goes wrong. */
static void read_entries(struct entries *e, const char *prop)
{
	union {
		struct reg_entry reg;
		struct range_entry range;
		struct interrupt interrupt;
		struct interrupt_map_entry map;
		struct id_map_entry id;
	} entry;

	if (strcmp(prop, "reg") == 0)
		while (reg_next(e, &entry.reg))
			;
	else if (strcmp(prop, "ranges") == 0 || strcmp(prop, "dma-ranges") == 0)
		while (range_next(e, &entry.range))
			;
	else if (strcmp(prop, "interrupts") == 0 || strcmp(prop, "interrupts-extended") == 0)
		while (interrupt_next(e, &entry.interrupt))
			;
	else if (strcmp(prop, "interrupt-map") == 0)
		while (interrupt_map_next(e, &entry.map))
			;
	else if (strcmp(prop, "iommu-map") == 0 || strcmp(prop, "msi-map") == 0)
		while (id_map_next(e, &entry.id))
			;
	else
		e->end = ENTRIES_WHOLE;
}

static void entries_problem_in(const struct ovl_tree *tree, ovl_node node, const char *prop, struct text *why)
{
	struct entries e = { .end = ENTRIES_WHOLE };

	if (entries_open(&e, tree, node, prop))
		read_entries(&e, prop);
	entries_problem(&e, why);
}

/* The node's own interrupts, which have as many cells as their parent says. */
static void interrupts_problem(const struct ovl_tree *tree, ovl_node node, struct text *why)
{
	struct text own = { 0 };
	struct ovl_prop p;

	if (!ovl_prop_find(tree, node, ovl_str("interrupts-extended"), &p))
		entries_problem_in(tree, node, "interrupts", &own);
	if (own.len)
		text_add(why, "its interrupts are not for that: %s", text_of(&own));
	text_free(&own);
}

/* It is one reference, never to nobody. */
static void parent_problem(const struct ovl_tree *tree, ovl_node node, struct text *why)
{
	struct ovl_prop p;

	if (!ovl_prop_find(tree, node, ovl_str("interrupt-parent"), &p))
		return;
	if (p.len != 4)
		text_add(why, "its length, %u, is not that of one cell", p.len);
	else if (!ovl_node_by_phandle(tree, ovl_prop_cell(&p, 0)))
		text_add(why, "no node has phandle 0x%x", ovl_prop_cell(&p, 0));
	else
		interrupts_problem(tree, node, why);
}

static void find_problem(const struct ovl_tree *tree, ovl_node node, const char *prop,
			 struct text *why)
{
	struct ovl_ref r;

	entries_problem_in(tree, node, prop, why);
	if (strcmp(prop, "interrupt-parent") == 0)
		parent_problem(tree, node, why);
	for (int more = ovl_ref_first(tree, NULL, node, &r); more && r.node == node && !why->len;
	     more = ovl_ref_next(&r))
		if ((provider_is_listed(&r) || r.kind == OVL_REF_MAP) && strcmp(r.prop.name, prop) == 0)
			provider_problem(&r, why);
}

enum status typed_check(struct diags *diags, const struct stack *stack, ovl_node node,
			const char *prop)
{
	struct text path = { 0 }, why = { 0 };
	enum status status = DONE;

	find_problem(&stack->tree, node, prop, &why);
	if (why.len) {
		text_path(&path, &stack->tree, node);
		diag_error(diags, NULL, MSG_CANNOT_SET, prop, text_of(&path), text_of(&why));
		status = CONFLICT;
	}
	text_free(&path);
	text_free(&why);
	return status;
}
