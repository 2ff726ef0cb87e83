/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* get.c - ovl get: print a tree, a node or a property of a blob.
 * The node is found as path.h says; what is printed is made in memory first (print.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decoded.h"
#include "load.h"
#include "path.h"
#include "print.h"

enum { OPT_RAW = 256, OPT_JSON, OPT_DECODE };

static const struct option_row get_options[] = {
	{ OPT_RAW, "raw", NULL, "print the bytes of PROPERTY as they are" },
	{ OPT_JSON, "json", NULL, "print as JSON" },
	{ OPT_DECODE, "decode", NULL,
	  "print the node's names, and what its reg, ranges, interrupts and maps say" },
	{ 'p', "properties", NULL, "print only the names of the node's properties" },
	{ 'l', "list", NULL, "print only the names of the node's children" },
};

struct get {
	struct diags *diags;
	const char *file, *node, *prop;
	bool raw, json, decode, properties, list;
	struct stack stack;
	const struct blob *blob;
};

static void list_properties(const struct ovl_tree *tree, ovl_node node, struct text *out)
{
	struct ovl_prop p;

	for (int more = ovl_prop_first(tree, node, &p); more; more = ovl_prop_next(tree, &p))
		text_add(out, "%s\n", p.name);
}

static void list_children(const struct ovl_tree *tree, ovl_node node, struct text *out)
{
	ovl_node child;

	for (child = ovl_node_first(tree, node); child; child = ovl_node_next(tree, child)) {
		text_str(out, ovl_node_name(tree, child));
		text_add(out, "\n");
	}
}

static enum status print_decoded(struct get *g, ovl_node node, struct text *out)
{
	const struct ovl_tree *tree = &g->stack.tree;
	struct ovl_prop p;

	if (!g->node)
		decoded_tree(out, g->diags, tree, g->json);
	else if (!g->prop)
		decoded_node(out, g->diags, tree, node, g->json);
	else if (!ovl_prop_find(tree, node, ovl_str(g->prop), &p))
		return path_no_prop(g->diags, &g->stack, node, g->prop);
	else
		decoded_prop(out, tree, node, g->prop, g->json);
	return DONE;
}

static enum status print_what(struct get *g, ovl_node node, struct text *out)
{
	const struct ovl_tree *tree = &g->stack.tree;
	struct ovl_prop p;

	if (g->decode)
		return print_decoded(g, node, out);
	if (g->prop) {
		if (!ovl_prop_find(tree, node, ovl_str(g->prop), &p))
			return path_no_prop(g->diags, &g->stack, node, g->prop);
		if (g->raw)
			text_put(out, p.value, p.len);
		else if (!g->json)
			print_plain(out, &p);
		else
			print_json_line(out, &p);
	} else if (g->properties) {
		list_properties(tree, node, out);
	} else if (g->list) {
		list_children(tree, node, out);
	} else if (g->json) {
		print_json(out, tree, node);
	} else {
		if (!g->node)
			print_dts_head(out, g->blob);
		print_dts(out, tree, node);
	}
	return DONE;
}

static enum status print_node(struct get *g)
{
	const char *name = g->node ? g->node : "/";
	ovl_node node = path_find(&g->stack.tree, path_named(name), false);
	struct text out = { 0 };
	enum status status;

	if (!node)
		return path_no_node(g->diags, &g->stack, name);
	status = print_what(g, node, &out);
	if (!status)
		status = write_output(g->diags, "-", out.at, out.len);
	text_free(&out);
	return status;
}

static enum status get(struct get *g)
{
	struct blob blob = { 0 };
	enum status status = blob_read(g->diags, g->file, "blob", &blob);

	g->blob = &blob;
	if (!status)
		status = stack_open(&g->stack, g->diags, &blob);
	if (!status)
		status = print_node(g);
	stack_close(&g->stack);
	blob_free(&blob);
	g->blob = NULL;
	return status;
}

static const char *wrong_options(const struct get *g, int n_operands)
{
	if (!g->file)
		return "no blob is given";
	if (n_operands > 3)
		return "more than a blob, a node and a property are given";
	if (g->properties + g->list + g->json + g->raw > 1)
		return "only one of --raw, --json, -p and -l can be given";
	if (g->raw && !g->prop)
		return "--raw needs a property";
	if ((g->properties || g->list) && g->prop)
		return "-p and -l take a node, not a property";
	if (g->decode && (g->properties || g->list || g->raw))
		return "--decode goes with none of --raw, -p and -l";
	if (g->decode && g->prop && !decoded_knows(g->prop))
		return "--decode knows reg, ranges, dma-ranges, interrupts, interrupts-extended, "
		       "interrupt-map, iommu-map and msi-map";
	return NULL;
}

static enum status get_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct get g = { .diags = diags };
	struct options o;
	const char *wrong;
	int letter, n;

	options_start(&o, verb, diags, argc, argv);
	while ((letter = options_next(&o)) >= 0) {
		g.raw |= letter == OPT_RAW;
		g.json |= letter == OPT_JSON;
		g.decode |= letter == OPT_DECODE;
		g.properties |= letter == 'p';
		g.list |= letter == 'l';
	}
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? DONE : USAGE;
	n = argc - optind;
	g.file = n > 0 ? argv[optind] : NULL;
	g.node = n > 1 ? argv[optind + 1] : NULL;
	g.prop = n > 2 ? argv[optind + 2] : NULL;
	wrong = wrong_options(&g, n);
	if (wrong)
		return usage_error(diags, "%s", wrong);
	if (g.raw && isatty(STDOUT_FILENO)) {
		diag_error(diags, NULL, MSG_RAW_TO_TERMINAL);
		return USAGE;
	}
	return get(&g);
}

const struct verb verb_get = {
	.name = "get",
	.program = "ovl get",
	.synopsis = "BLOB [NODE [PROPERTY]] [OPTION]...",
	.summary = "Print a tree, a node or a property of a blob",
	.options = get_options,
	.n_options = sizeof(get_options) / sizeof(get_options[0]),
	.run = get_run,
	.more = "NODE is a path (/soc/serial@1000), an alias (serial0) or a label (&uart0), alone or before a path.\n"
		"With --decode: NODE alone, or all; reg, ranges, interrupts, interrupt-map, iommu-map, msi-map and the like.\n"
		"A property is printed as strings, one a line, or cells, or bytes, whichever its value looks like.\n"
		"Exit status: 0 done, 2 wrong command line, 3 malformed blob, 4 no such node or property,\n"
		"7 the blob cannot be read or the text not written.\n",
};
