/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* tree.c - ovl tree: a tree, or what overlays change in one, in as many lines as it has nodes.
 * The lines are made by outline.c and outline_changes.c. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "defaults.h"
#include "fit.h"
#include "grow.h"
#include "outline.h"
#include "path.h"

enum { OPT_DEPTH = 256, OPT_DIFF };

static const struct option_row tree_options[] = {
	{ OPT_DEPTH, "depth", "N", "show so many levels below the first node" },
	{ OPT_DIFF, "diff", NULL, "show what the overlays added (+) and removed (-)" },
};

struct tree_run {
	struct diags *diags;
	char **names;
	size_t n_names;
	bool diff;
	struct blob *blobs; /* the base, then the overlays */
	struct stack stack, base;
	struct text out;
	struct outline outline;
};

static enum status show_node(struct tree_run *r)
{
	const char *name = r->n_names > 1 ? r->names[1] : "/";
	ovl_node node = path_find(&r->stack.tree, path_named(name), false);

	if (!node)
		return path_no_node(r->diags, &r->stack, name);
	outline_tree(&r->outline, node);
	return DONE;
}

static enum status show_changes(struct tree_run *r)
{
	enum status status = stack_open(&r->base, r->diags, &r->blobs[0]);

	if (!status)
		outline_changes(&r->outline, r->diags, &r->base, r->blobs);
	return status;
}

static enum status show(struct tree_run *r)
{
	size_t n_overlays = r->diff ? r->n_names - 1 : 0;
	enum status status = blob_read(r->diags, r->names[0], r->diff ? "base" : "blob", &r->blobs[0]);

	for (size_t i = 1; i <= n_overlays && !status; i++)
		status = blob_read(r->diags, r->names[i], "overlay", &r->blobs[i]);
	if (!status)
		status = params_defaults(r->diags, &r->blobs[0], &r->blobs[1], n_overlays);
	if (!status)
		status = stack_open(&r->stack, r->diags, &r->blobs[0]);
	for (size_t i = 0; i < n_overlays && !status; i++)
		status = fit_apply(r->diags, &r->stack, r->blobs, i);
	if (!status)
		names_read(&r->outline.labels, r->diags, &r->stack.tree, "__symbols__");
	if (!status)
		status = r->diff ? show_changes(r) : show_node(r);
	if (!status)
		status = write_output(r->diags, "-", r->out.at, r->out.len);
	return status;
}

static enum status run(struct tree_run *r)
{
	enum status status;

	r->blobs = grow_new(r->diags, r->n_names, sizeof(*r->blobs));
	r->outline.out = &r->out;
	r->outline.tree = &r->stack.tree;
	r->outline.colour = r->diags->colour_out;
	status = show(r);
	for (size_t i = 0; i < r->n_names; i++)
		blob_free(&r->blobs[i]);
	free(r->blobs);
	stack_close(&r->stack);
	stack_close(&r->base);
	names_free(&r->outline.labels);
	text_free(&r->out);
	return status;
}

static bool read_depth(struct tree_run *r, const char *word)
{
	char *end;
	unsigned long depth = strtoul(word, &end, 10);

	if (*word < '0' || *word > '9' || *end)
		return false;
	r->outline.most = depth < OVL_MAX_DEPTH ? (unsigned int)depth : OVL_MAX_DEPTH;
	return true;
}

static const char *wrong_operands(const struct tree_run *r)
{
	if (!r->n_names)
		return r->diff ? "no base is given" : "no blob is given";
	if (r->diff && r->n_names == 1)
		return "no overlay is given";
	if (!r->diff && r->n_names == 2 && strchr(r->names[1], '.') && access(r->names[1], F_OK) == 0)
		return "a file is given where a node is wanted; --diff takes overlays";
	if (!r->diff && r->n_names > 2)
		return "more than a blob and a node are given; --diff takes overlays";
	return NULL;
}

static enum status tree_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct tree_run r = { .diags = diags, .outline.most = OVL_MAX_DEPTH };
	const char *wrong;
	struct options o;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while ((letter = options_next(&o)) >= 0)
		if (letter == OPT_DIFF)
			r.diff = true;
		else if (!read_depth(&r, optarg))
			return usage_error(diags, "--depth takes a number");
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? DONE : USAGE;
	r.names = argv + optind;
	r.n_names = (size_t)(argc - optind);
	wrong = wrong_operands(&r);
	return wrong ? usage_error(diags, "%s", wrong) : run(&r);
}

const struct verb verb_tree = {
	.name = "tree",
	.program = "ovl tree",
	.synopsis = "BLOB [NODE] [OPTION]... | BASE OVERLAY... --diff [OPTION]...",
	.summary = "Show a tree, or what overlays change in it, a line for each node",
	.options = tree_options,
	.n_options = sizeof(tree_options) / sizeof(tree_options[0]),
	.run = tree_run,
	.more = "NODE is a path (/soc/serial@1000), an alias (serial0) or a label (&uart0), alone or before a path.\n"
		"A line tells labels, name, the first compatible, the first registers, and a status that is not okay.\n"
		"Exit status: 0 done, 2 wrong command line, 3 malformed blob, 4 no such node, or a label or path that an\n"
		"overlay needs is not there, 5 conflict, 6 beyond a limit, 7 a file cannot be read.\n",
};
