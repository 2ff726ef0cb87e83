/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* fdtget.c - ovl fdtget: properties of a blob, and the names in it, with fdtget's command line.
 * Prints byte for byte what fdtget prints.  Nodes are found as there: a path that leaves out a unit
 * address takes the first node so called.  What is printed before something is not found is printed
 * all the same. */
#include <string.h>

#include "flat.h"
#include "path.h"
#include "value.h"

static const struct option_row fdtget_options[] = {
	{ 't', "type", "TYPE", "how to print values, see below" },
	{ 'p', "properties", NULL, "print the names of the properties of each NODE" },
	{ 'l', "list", NULL, "print the names of the children of each NODE" },
	{ 'd', "default", "VALUE", "print VALUE for what is not there" },
	{ 'V', "version", NULL, "say which version this is" },
};

struct fdtget {
	struct diags *diags;
	const char *file, *missing;
	struct value_type type;
	char list; /* the letter of the option that lists names, or 0 */
	char **words;
	size_t n_words;
	struct stack stack;
	struct flat flat;
	struct text out;
};

static enum status list_names(struct fdtget *g, uint32_t node)
{
	const struct flat_node *nodes = g->flat.nodes;
	struct flat_prop p;

	if (g->list == 'l')
		for (uint32_t child = nodes[node].first; child; child = nodes[child].next)
			text_add(&g->out, "%s\n", nodes[child].name.ptr);
	else
		for (uint32_t off = nodes[node].props; flat_prop_at(&g->flat, off, &p); off = p.end)
			text_add(&g->out, "%s\n", p.name);
	return DONE;
}

static enum status no_prop(struct fdtget *g, uint32_t node, const char *prop)
{
	struct text path = { 0 };
	enum status status;

	flat_path(&g->flat, node, &path);
	status = path_no_prop(g->diags, &g->stack,
			      ovl_node_by_path(&g->stack.tree, ovl_str(text_of(&path))), prop);
	text_free(&path);
	return status;
}

static enum status no_value(struct fdtget *g, uint32_t node, const struct flat_prop *p,
			    enum value_problem problem)
{
	struct diag_place at = { .file = g->stack.base->name };
	struct text path = { 0 };

	flat_path(&g->flat, node, &path);
	if (problem == VALUE_UNTERMINATED)
		diag_error(g->diags, &at, MSG_NO_STRING, p->name, text_of(&path));
	else
		diag_error(g->diags, &at, MSG_NO_WHOLE_NUMBER, p->len, p->name, text_of(&path),
			   g->type.size);
	text_free(&path);
	return CONFLICT;
}

static enum status print_prop(struct fdtget *g, uint32_t node, const char *name)
{
	enum value_problem problem;
	struct flat_prop p;

	if (!flat_prop_find(&g->flat, node, name, &p)) {
		if (!g->missing)
			return no_prop(g, node, name);
		text_add(&g->out, "%s\n", g->missing);
		return DONE;
	}
	problem = value_print(&g->out, g->type, p.value, p.len);
	return problem ? no_value(g, node, &p, problem) : DONE;
}

static enum status print_words(struct fdtget *g, char **words)
{
	uint32_t node = flat_find(&g->flat, ovl_str(words[0]), true);

	if (!node && !g->missing)
		return path_no_node(g->diags, &g->stack, words[0]);
	if (!node)
		text_add(&g->out, "%s\n", g->missing);
	else if (g->list)
		return list_names(g, node);
	else
		return print_prop(g, node, words[1]);
	return DONE;
}

static enum status print_all(struct fdtget *g, const struct blob *blob)
{
	size_t step = g->list ? 1 : 2;
	enum status status = stack_open(&g->stack, g->diags, blob), written = DONE;

	if (!status)
		flat_open(&g->flat, g->diags, blob);
	for (size_t i = 0; i + step <= g->n_words && !status; i += step)
		status = print_words(g, g->words + i);
	if (g->out.len)
		written = write_output(g->diags, "-", g->out.at, g->out.len);
	text_free(&g->out);
	flat_close(&g->flat);
	stack_close(&g->stack);
	return status ? status : written;
}

static enum status run(struct fdtget *g)
{
	struct blob blob = { 0 };
	enum status status = blob_read(g->diags, g->file, "blob", &blob);

	if (!status)
		status = print_all(g, &blob);
	blob_free(&blob);
	return status ? 1 : 0;
}

static const char *wrong_options(const struct fdtget *g, const char *type)
{
	if (type && !g->type.letter)
		return "-t takes i, u, x, s or r, with hh, b, h or l before it";
	if (!g->file)
		return "no blob is given";
	if (!g->list && g->n_words % 2)
		return "a property is missing after the last node";
	return NULL;
}

static enum status fdtget_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct fdtget g = { .diags = diags };
	const char *wrong, *type = NULL;
	struct options o;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while ((letter = options_next(&o)) >= 0) {
		if (letter == 't')
			type = optarg;
		else if (letter == 'd')
			g.missing = optarg;
		else if (letter == 'V')
			return drop_in_version();
		else
			g.list = (char)letter;
	}
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? 0 : 1;
	if (type && !value_type_read(type, &g.type))
		g.type.letter = 0;
	g.file = argv[optind];
	g.words = argv + optind + 1;
	g.n_words = g.file ? (size_t)(argc - optind - 1) : 0;
	wrong = wrong_options(&g, type);
	if (!wrong)
		return run(&g);
	usage_error(diags, "%s", wrong);
	return 1;
}

const struct verb verb_fdtget = {
	.name = "fdtget",
	.program = "fdtget",
	.synopsis = "[OPTION]... BLOB [NODE PROPERTY]... | -l|-p [OPTION]... BLOB [NODE]...",
	.summary = "Print properties of a blob, with the command line of fdtget",
	.options = fdtget_options,
	.n_options = sizeof(fdtget_options) / sizeof(fdtget_options[0]),
	.run = fdtget_run,
	.more = "TYPE is i (number), u (unsigned), x (hexadecimal), s (strings) or r (the bytes as\n"
		"they are), with the size of a number before it: hh or b (1 byte), h (2), l (4).\n"
		"Also what ovl does when it is called by the name fdtget.  Exit status: 0 done, 1 not.\n",
};
