/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* idtable.c - a table of PCI functions into iommu-map and iommu-map-mask, see idtable.h.
 * Functions that follow one another and whose ids do so too become one entry.  The mask is all 16
 * bits of a requester id: no bit of it is left out, so no function that the table does not name is
 * in any entry.  Rules: the kernel's PCI binding of iommu-map; #iommu-cells is 1 there. */
#include "idtable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "grow.h"
#include "path.h"

/* From here on ids are Xen's own (xen/include/public/xen.h: DOMID_FIRST_RESERVED). */
enum { XEN_RESERVED = 0x7ff0, RID_MASK = 0xffff };

struct row {
	uint32_t rid, id, line;
	ovl_node iommu;
};

struct table {
	struct diags *diags;
	const struct stack *stack;
	ovl_node node;
	ovl_node iommu; /* for rows that name none; OVL_NONE until it was looked for */
	struct file_bytes file;
	struct diag_place at;
	struct row *rows;
	size_t n, room;
};

/* ---------------------------------------------------------------- words */

/* The next word of a line, which is ended with a NUL; NULL when there is none. */
static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " \t\r"), *end = word + strcspn(word, " \t\r");

	*line = *end ? end + 1 : end;
	*end = 0;
	return *word && *word != '#' ? word : NULL;
}

static bool take_hex(const char **at, unsigned int max, const char *end, uint32_t *number)
{
	const char *start = *at;

	for (*number = 0; **at && !strchr(end, **at) && *at - start < 2; ++*at) {
		char c = (char)(**at | 0x20);

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
		*number = *number * 16 + (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return *at > start && *number <= max;
}

/* BUS:DEVICE.FUNCTION, as lspci prints it: all hexadecimal. */
static bool read_function(const char *word, uint32_t *rid)
{
	uint32_t bus, device, function;

	if (!take_hex(&word, 0xff, ":", &bus) || *word++ != ':' ||
	    !take_hex(&word, 0x1f, ".", &device) || *word++ != '.' ||
	    !take_hex(&word, 7, "", &function) || *word)
		return false;
	*rid = bus << 8 | device << 3 | function;
	return true;
}

static bool read_id(const char *word, uint32_t *id)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(word, &end, 0);
	*id = (uint32_t)number;
	return *word >= '0' && *word <= '9' && !*end && !errno && number <= UINT32_MAX;
}

/* ---------------------------------------------------------------- IOMMUs */

static bool takes_ids(const struct ovl_tree *tree, ovl_node node)
{
	struct ovl_prop p;

	return ovl_prop_find(tree, node, ovl_str("#iommu-cells"), &p);
}

/* The one that the node's map has now. */
static ovl_node of_the_map(const struct table *t, unsigned int *n)
{
	struct id_map_entry m;
	struct entries e;
	ovl_node found = OVL_NONE;

	*n = 0;
	if (!entries_open(&e, &t->stack->tree, t->node, "iommu-map"))
		return OVL_NONE;
	while (id_map_next(&e, &m)) {
		*n += m.node && m.node != found;
		found = m.node ? m.node : found;
	}
	return found;
}

static ovl_node of_the_tree(const struct ovl_tree *tree, unsigned int *n)
{
	ovl_node root = ovl_node_root(tree), node, found = OVL_NONE;

	*n = 0;
	for (node = root; node; node = tree_next(tree, root, node)) {
		if (!takes_ids(tree, node))
			continue;
		found = node;
		++*n;
	}
	return found;
}

/* For rows that do not name it: the map's, or else the only one of the tree. */
static enum status find_iommu(struct table *t, const char *function)
{
	unsigned int n;

	if (t->iommu)
		return DONE;
	t->iommu = of_the_map(t, &n);
	if (n == 0)
		t->iommu = of_the_tree(&t->stack->tree, &n);
	if (n == 1)
		return DONE;
	diag_error(t->diags, &t->at, MSG_TABLE, function,
		   n ? "does not say for which IOMMU its id is, and there are several"
		     : "has an id for no IOMMU: no node has #iommu-cells");
	if (n)
		diag_help(t->diags, &t->at, "write its &label or path behind the id");
	return UNRESOLVED;
}

bool idtable_is_xen(const struct ovl_tree *tree, ovl_node iommu)
{
	static const char name[] = "xen,grant-dma";
	struct ovl_prop p;

	return ovl_prop_find(tree, iommu, ovl_str("compatible"), &p) && p.value &&
	       memmem(p.value, p.len, name, sizeof(name));
}

static enum status check_iommu(const struct table *t, const struct row *row)
{
	const struct ovl_tree *tree = &t->stack->tree;
	struct text path = { 0 };
	const char *why = NULL;
	struct ovl_prop p;

	if (!ovl_prop_find(tree, row->iommu, ovl_str("#iommu-cells"), &p) ||
	    ovl_prop_cell(&p, 0) != 1)
		why = "its #iommu-cells is not 1, and an id of the map is one cell";
	else if (!ovl_node_phandle(tree, row->iommu))
		why = "it has no phandle to refer to it by";
	else if (row->id >= XEN_RESERVED && idtable_is_xen(tree, row->iommu))
		why = "domains from 0x7ff0 on are Xen's own";
	if (!why)
		return DONE;
	text_path(&path, tree, row->iommu);
	diag_error(t->diags, &t->at, MSG_NOT_ITS_ID, row->id, text_of(&path), why);
	text_free(&path);
	return CONFLICT;
}

/* ---------------------------------------------------------------- rows */

static enum status wrong(const struct table *t, const char *word, const char *why)
{
	diag_error(t->diags, &t->at, MSG_TABLE, word, why);
	return USAGE;
}

static void add_row(struct table *t, const struct row *row)
{
	t->rows = grow(t->diags, t->rows, &t->room, t->n + 1, sizeof(*t->rows));
	t->rows[t->n++] = *row;
}

static bool is_on_the_bus(const struct table *t, uint32_t bus)
{
	struct ovl_prop p;

	return !ovl_prop_find(&t->stack->tree, t->node, ovl_str("bus-range"), &p) || p.len != 8 ||
	       (bus >= ovl_prop_cell(&p, 0) && bus <= ovl_prop_cell(&p, 1));
}

static enum status read_line(struct table *t, char *line)
{
	char *start = line, *function = next_word(&line), *id = function ? next_word(&line) : NULL;
	char *iommu = id ? next_word(&line) : NULL;
	struct row row = { .line = t->at.line };
	enum status status = DONE;

	if (!function)
		return DONE;
	t->at.col = (uint32_t)(function - start) + 1;
	if (!read_function(function, &row.rid))
		return wrong(t, function, "is no PCI function; one is BUS:DEVICE.FUNCTION, as 00:1f.7");
	if (!is_on_the_bus(t, row.rid >> 8))
		return wrong(t, function, "is beyond the bus-range of the node");
	if (!id || !read_id(id, &row.id))
		return wrong(t, id ? id : function, id ? "is no id of 32 bits" : "has no id behind it");
	if (iommu && next_word(&line))
		return wrong(t, iommu, "is not the last word; the line is FUNCTION ID [IOMMU]");
	if (!iommu)
		status = find_iommu(t, function);
	row.iommu = iommu ? path_find(&t->stack->tree, path_named(iommu), false) : t->iommu;
	if (!status && !row.iommu) {
		diag_error(t->diags, &t->at, MSG_NO_NODE, iommu);
		path_explain(t->diags, &t->at, &t->stack->tree, path_named(iommu));
		return UNRESOLVED;
	}
	if (!status)
		status = check_iommu(t, &row);
	if (!status)
		add_row(t, &row);
	return status;
}

static int by_rid(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->rid != y->rid)
		return x->rid < y->rid ? -1 : 1;
	return x->line < y->line ? -1 : 1;
}

static enum status sort_rows(struct table *t)
{
	char word[16];

	if (!t->n)
		return wrong(t, t->at.file, "names no function");
	qsort(t->rows, t->n, sizeof(*t->rows), by_rid);
	for (size_t i = 1; i < t->n; i++) {
		const struct row *row = &t->rows[i];

		if (row->rid != row[-1].rid)
			continue;
		snprintf(word, sizeof(word), "%02x:%02x.%x", row->rid >> 8, row->rid >> 3 & 31,
			 row->rid & 7);
		t->at.line = row->line;
		t->at.col = 1;
		wrong(t, word, "has an id already");
		t->at.line = row[-1].line;
		diag_note(t->diags, &t->at, "here");
		return USAGE;
	}
	return DONE;
}

static enum status read_rows(struct table *t)
{
	char *line = (char *)t->file.bytes;
	enum status status = DONE;

	while (*line && !status) {
		char *end = line + strcspn(line, "\n");
		bool last = !*end;

		t->at.line++;
		*end = 0;
		status = read_line(t, line);
		line = last ? end : end + 1;
	}
	t->at.line = status ? t->at.line : 0;
	return status ? status : sort_rows(t);
}

/* ---------------------------------------------------------------- values */

/* Entries of FIRST IOMMU ID LENGTH. */
static void put_rows(const struct table *t, struct text *map)
{
	for (size_t i = 0, n; i < t->n; i += n) {
		const struct row *row = &t->rows[i];

		for (n = 1; i + n < t->n && row[n].rid == row->rid + n &&
			    row[n].id == row->id + n && row[n].iommu == row->iommu; )
			n++;
		text_cell(map, row->rid);
		text_cell(map, ovl_node_phandle(&t->stack->tree, row->iommu));
		text_cell(map, row->id);
		text_cell(map, (uint32_t)n);
	}
}

enum status idtable_encode(struct text *map, struct text *mask, struct diags *diags,
			   const struct stack *stack, ovl_node node, const char *file)
{
	struct table t = { .diags = diags, .stack = stack, .node = node, 
			   .at = { .file = strcmp(file, "-") == 0 ? "standard input" : file } };
	enum status status = bytes_read(diags, file, &t.file);

	if (status)
		return status;
	status = memchr(t.file.bytes, 0, t.file.len) ? wrong(&t, t.at.file, "is no text")
						     : read_rows(&t);
	if (!status) {
		put_rows(&t, map);
		text_cell(mask, RID_MASK);
	}
	file_free(&t.file);
	free(t.rows);
	return status;
}
