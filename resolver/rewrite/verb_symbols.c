/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* verb_symbols.c - ovl symbols: list the labels of a blob, add to them, take them away, or do
 * without them in an overlay.
 * One action a run; each makes its result in memory (relabel.c, unlabel.c), and what was made is
 * written when all is well. */
#include <stdlib.h>
#include <string.h>

#include "relabel.h"
#include "grow.h"
#include "text.h"
#include "unlabel.h"

enum {
	OPT_ADD = 256,
	OPT_NO_PHANDLES,
	OPT_STRIP,
	OPT_ONLY,
	OPT_PATHS,
	OPT_SYMBOL,
	OPT_SYMBOLS,
	OPT_BASE_OUT,
};

static const struct option_row symbols_options[] = {
	{ OPT_ADD, "add", "FILE",
	  "add lines `label = /path`, or the /__symbols__ of a blob; may be repeated" },
	{ OPT_NO_PHANDLES, "no-phandles", NULL,
	  "with --add: leave labelled nodes without phandle as they are" },
	{ OPT_STRIP, "strip", NULL, "leave out /__symbols__" },
	{ OPT_ONLY, "only-needed-by", "OVERLAY",
	  "leave out the symbols that no OVERLAY uses; may be repeated" },
	{ OPT_PATHS, "paths", "OVERLAY",
	  "rewrite OVERLAY for this tree alone: paths and phandles for its labels" },
	{ OPT_SYMBOL, "symbol", "LABEL=PATH",
	  "with --paths: a label that TREE does not define; may be repeated" },
	{ OPT_SYMBOLS, "symbols", "FILE", "with --paths: such labels, as for --add" },
	{ OPT_BASE_OUT, "base-out", "FILE",
	  "with --paths: write TREE to FILE, with the phandles that are needed" },
	{ 'o', "output", "FILE", "write the result to FILE (- for standard output)" },
};

struct request {
	struct diags *diags;
	int action; /* the option that asks for it; 0: list */
	bool several, no_phandles, with_paths;
	const char *tree, *output, *base_out;
	const char **overlays; /* --only-needed-by, or the one of --paths */
	size_t n_overlays;
	struct symbols symbols; /* --add, or --symbol and --symbols */
	struct stack stack;
};

/* ---------------------------------------------------------------- listing */

/* As --add reads it; what leads nowhere is told behind a #. */
static bool list_one(const struct ovl_tree *tree, const struct ovl_symbol *s, struct text *out)
{
	text_str(out, s->label);
	text_add(out, " = ");
	text_str(out, s->path);
	if (!s->path.len)
		text_add(out, "# this is not one absolute path\n");
	else if (!ovl_node_by_path(tree, s->path))
		text_add(out, " # there is no such node\n");
	else
		text_add(out, "\n");
	return s->path.len && ovl_node_by_path(tree, s->path);
}

static enum status list(struct request *r)
{
	const struct ovl_tree *tree = &r->stack.tree;
	ovl_node node = ovl_node_child(tree, ovl_node_root(tree), ovl_str("__symbols__"));
	struct diag_place at = { .file = r->stack.base->name };
	enum status status = DONE, written;
	struct text out = { 0 };
	struct ovl_symbol symbol;
	struct ovl_prop p;

	if (!node)
		diag_note(r->diags, &at, "it has no /__symbols__ node");
	for (int more = node && ovl_prop_first(tree, node, &p); more;
	     more = ovl_prop_next(tree, &p))
		if (symbols_read(&symbol, &p) && !list_one(tree, &symbol, &out))
			status = DIFFERS;
	if ((written = write_output(r->diags, "-", out.at, out.len)))
		status = written;
	text_free(&out);
	return status;
}

/* ---------------------------------------------------------------- changing */

static enum status read_overlays(struct request *r, struct blob *overlays)
{
	enum status status = DONE;

	for (size_t i = 0; i < r->n_overlays && !status; i++)
		status = blob_read(r->diags, r->overlays[i], "overlay", &overlays[i]);
	return status;
}

static enum status make(struct request *r, const struct blob *overlays, struct file_bytes *out,
			struct file_bytes *base_out)
{
	switch (r->action) {
	case OPT_ADD: return relabel_add(r->diags, &r->stack, &r->symbols, !r->no_phandles, out);
	case OPT_STRIP: return relabel_strip(r->diags, &r->stack, out);
	case OPT_ONLY: return relabel_keep(r->diags, &r->stack, overlays, r->n_overlays, out);
	default:
		return unlabel(r->diags, &r->stack, overlays, &r->symbols, out,
			       r->base_out ? base_out : NULL);
	}
}

static enum status change(struct request *r)
{
	struct blob *overlays = grow_new(r->diags, r->n_overlays, sizeof(*overlays));
	struct file_bytes out = { 0 }, base_out = { 0 };
	enum status status = read_overlays(r, overlays);

	if (!status)
		status = make(r, overlays, &out, &base_out);
	if (!status)
		status = write_outputs(r->diags,
				       (const struct output[]){ { r->base_out, base_out.bytes, base_out.len, r->tree },
								{ r->output, out.bytes, out.len,
								  r->action == OPT_PATHS ? r->overlays[0] : r->tree } },
				       2);
	file_free(&out);
	file_free(&base_out);
	for (size_t i = 0; i < r->n_overlays; i++)
		blob_free(&overlays[i]);
	free(overlays);
	return status;
}

static enum status run(struct request *r)
{
	struct blob blob = { 0 };
	enum status status;

	if (output_is_terminal(r->output) || output_is_terminal(r->base_out))
		return no_terminal(r->diags);
	status = blob_read(r->diags, r->tree, "blob", &blob);
	if (!status)
		status = stack_open(&r->stack, r->diags, &blob);
	if (!status)
		status = r->action ? change(r) : list(r);
	stack_close(&r->stack);
	blob_free(&blob);
	return status;
}

/* ---------------------------------------------------------------- command line */

static void take_action(struct request *r, int action)
{
	r->several |= r->action && (r->action != action || action == OPT_PATHS);
	r->action = action;
	if (action == OPT_ONLY || action == OPT_PATHS)
		r->overlays[r->n_overlays++] = optarg;
}

static enum status take_option(struct request *r, int letter)
{
	switch (letter) {
	case OPT_ADD:
		take_action(r, letter);
		return symbols_add_file(&r->symbols, r->diags, optarg);
	case OPT_SYMBOL:
		r->with_paths = true;
		return symbols_add_word(&r->symbols, r->diags, optarg);
	case OPT_SYMBOLS:
		r->with_paths = true;
		return symbols_add_file(&r->symbols, r->diags, optarg);
	case OPT_BASE_OUT:
		r->with_paths = true;
		r->base_out = optarg;
		break;
	case OPT_NO_PHANDLES: r->no_phandles = true; break;
	case 'o': r->output = optarg; break;
	default: take_action(r, letter); break;
	}
	return DONE;
}

static const char *wrong_options(const struct request *r, int n_operands)
{
	if (!r->tree)
		return "no blob is given";
	if (n_operands > 1)
		return "more than one blob is given";
	if (r->several)
		return "--add, --strip, --only-needed-by and --paths are not for one run";
	if (r->no_phandles && r->action != OPT_ADD)
		return "--no-phandles is for --add";
	if (r->with_paths && r->action != OPT_PATHS)
		return "--symbol, --symbols and --base-out are for --paths";
	if (r->action && !r->output)
		return "-o FILE is missing";
	if (!r->action && r->output)
		return "-o FILE is for what a change makes; the list is printed";
	return NULL;
}

static enum status read_command_line(struct request *r, const struct verb *verb, int argc,
				     char **argv)
{
	enum status status = DONE;
	const char *wrong;
	struct options o;
	int letter;

	options_start(&o, verb, r->diags, argc, argv);
	while (!status && (letter = options_next(&o)) >= 0)
		status = take_option(r, letter);
	if (status)
		return status;
	if (letter == OPTIONS_HELPED)
		return DONE;
	if (letter == OPTIONS_WRONG)
		return USAGE;
	r->tree = argv[optind];
	wrong = wrong_options(r, argc - optind);
	return wrong ? usage_error(r->diags, "%s", wrong) : run(r);
}

static enum status symbols_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct request r = { .diags = diags,
			     .overlays = grow_new(diags, (size_t)argc, sizeof(const char *)) };
	enum status status = read_command_line(&r, verb, argc, argv);

	symbols_free(&r.symbols);
	free(r.overlays);
	return status;
}

const struct verb verb_symbols = {
	.name = "symbols",
	.program = "ovl symbols",
	.synopsis = "TREE [--add FILE | --strip | --only-needed-by OVERLAY | --paths OVERLAY] "
		    "[-o FILE] [OPTION]...",
	.summary = "List the labels of a blob, change them, or rewrite an overlay to need none",
	.options = symbols_options,
	.n_options = sizeof(symbols_options) / sizeof(symbols_options[0]),
	.run = symbols_run,
	.more = "Without an action the labels are printed, as --add reads them.  The labels of a\n"
		"source are those of the blob that `ovlc -@` makes of it.\n"
		"Exit status: 0 done, 1 a label listed leads nowhere, 2 wrong command line,\n"
		"3 malformed input, 4 a label, a path or a phandle is not there, 5 a label stands\n"
		"for another node, 6 beyond a limit, 7 a file cannot be read or written.\n",
};
