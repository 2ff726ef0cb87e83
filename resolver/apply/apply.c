/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* apply.c - ovl apply, and fdtoverlay: overlays onto a base.
 * Everything is read, applied in order and flattened in memory; the output is written when all that
 * is done.  The overlays go on by the strict rules first: what --allow-cells or --loose permits is
 * asked for only when it is needed, and told.  Rules: include/ovl.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deleted.h"
#include "fit.h"
#include "grow.h"
#include "malformed.h"
#include "params.h"
#include "ranges.h"
#include "receipt.h"
#include "symbols.h"

enum {
	OPT_SYMBOL = 256, OPT_SYMBOLS, OPT_RECEIPT, OPT_PARAM, OPT_NEW_ONLY, OPT_ALLOW_CELLS, OPT_LOOSE,
	OPT_RESERVED, OPT_FILTERED,
};

static const struct option_row apply_options[] = {
	{ 'o', "output", "FILE", "write the merged tree to FILE (- for standard output)" },
	{ OPT_SYMBOL, "symbol", "LABEL=PATH",
	  "a label that the base does not define; may be repeated" },
	{ OPT_SYMBOLS, "symbols", "FILE",
	  "such labels: lines `label = /path`, or the /__symbols__ of a blob" },
	{ OPT_RECEIPT, "receipt", "FILE",
	  "write what `ovl remove` needs; when FILE belongs to BASE it is extended" },
	{ OPT_PARAM, "param", "[OVERLAY:]NAME[=VALUE]",
	  "give a parameter of an overlay, or of the base, a value; may be repeated" },
	{ OPT_NEW_ONLY, "new-only", NULL, "refuse an overlay that changes a node that exists" },
	{ OPT_ALLOW_CELLS, "allow-cells", NULL,
	  "let #address-cells, #size-cells, #interrupt-cells change; warn" },
	{ OPT_LOOSE, "loose", NULL,
	  "let a path leave out unit addresses where that is unique; warn" },
	{ OPT_RESERVED, "reserved", "FIRST-LAST",
	  "phandles, or one, that no overlay is given; may be repeated" },
	{ OPT_FILTERED, "filtered", "REPORT",
	  "the report of the `ovl filter` that made BASE: tell what became of labels" },
};

static const struct option_row fdtoverlay_options[] = {
	{ 'i', "input", "FILE", "the base (- for standard input)" },
	{ 'o', "output", "FILE", "write the merged tree to FILE (- for standard output)" },
	{ 'v', "verbose", NULL, "say which files are read and written" },
	{ 'V', "version", NULL, "say which version this is" },
};

struct apply {
	struct diags *diags;
	const char *base, *output;
	char **overlays;
	size_t n_overlays;
	struct symbols symbols;
	struct params params;
	struct ranges reserved;
	unsigned int flags; /* what is allowed: enum ovl_apply_flags */
	bool drop_in, verbose;
	const char *receipt, *filtered;

	struct past past;   /* what the receipt says was applied to the base before */
	struct blob given;  /* the base as it was given, when there was something */
	struct blob *blobs; /* the base, then the overlays, those of the past first */
	struct stack stack;
};

/* ---------------------------------------------------------------- one overlay */

/* Not strictly, but by what the command line allows?  Takes one more of the flags that the error
 * asks for. */
static bool may_go_on(const struct apply *a, enum ovl_err code, struct ovl_apply_options *options)
{
	unsigned int wanted = code == OVL_ERR_CELLS	  ? OVL_ALLOW_CELLS
			      : code == OVL_ERR_NO_TARGET ? OVL_LOOSE
							  : 0;

	if (!(a->flags & wanted) || (options->flags & wanted))
		return false;
	options->flags |= wanted;
	return true;
}

/* An overlay with nothing in it, as fdtoverlay takes it. */
static enum status note_nothing(struct apply *a, const struct blob *overlay)
{
	struct diag_place at = { .file = overlay->name };

	diag_remark(a->diags, &at,
		    "it holds no fragment with an __overlay__ node: it changes nothing");
	malformed_fragments(a->diags, overlay);
	return DONE;
}

/* The overlay could not go on by the strict rules. */
static enum status apply_leniently(struct apply *a, struct fit *fit,
				   struct ovl_apply_options *options, struct ovl_error *err)
{
	const struct blob *overlay = &fit->overlays[fit->n_before];
	enum ovl_err code = err->code;

	while (code && may_go_on(a, code, options)) {
		if (code == OVL_ERR_CELLS)
			cells_report(fit, DIAG_WARNING);
		code = stack_apply(&a->stack, overlay, options, err);
	}
	if (code)
		return fit_report(fit, err);
	if (options->flags & OVL_LOOSE)
		target_warn_loose(fit);
	return DONE;
}

static enum status apply_one(struct apply *a, size_t n)
{
	const struct blob *overlay = &a->blobs[1 + n];
	struct ovl_apply_options options = { .flags = (a->flags & OVL_NEW_ONLY) |
						      (a->receipt ? OVL_KEEP : 0u),
					     .symbols = a->symbols.list,
					     .n_symbols = (uint32_t)a->symbols.n,
					     .reserved = a->reserved.list,
					     .n_reserved = (uint32_t)a->reserved.n };
	struct fit fit = { .diags = a->diags,
			   .tree = &a->stack.tree,
			   .base = a->blobs,
			   .overlays = a->blobs + 1,
			   .n_before = n,
			   .options = &options,
			   .own_options = !a->drop_in,
			   .filtered = a->filtered };
	struct ovl_error err;
	enum ovl_err code = stack_apply(&a->stack, overlay, &options, &err);
	enum status status;

	/* For libovl symbols are enough, which a base given in the wrong place has too. */
	if (!code && !blob_has_fragments(overlay))
		code = err.code = OVL_ERR_NOT_OVERLAY;
	if (!code)
		return DONE;
	if (code < OVL_ERR_NOT_OVERLAY)
		return malformed_blob(a->diags, overlay, &err);
	if (code == OVL_ERR_NOT_OVERLAY && a->drop_in)
		return note_nothing(a, overlay);
	if (code == OVL_ERR_NOT_OVERLAY)
		return fit_nothing(a->diags, &a->stack.tree, a->blobs, n);
	if (code <= OVL_ERR_SYMBOL)
		return malformed_overlay(a->diags, overlay, &err);
	status = fit_open(&fit);
	if (status)
		return status;
	status = apply_leniently(a, &fit, &options, &err);
	fit_close(&fit);
	return status;
}

/* ---------------------------------------------------------------- the past */

/* A receipt that is there tells what was applied before: the base is without that, and gets it again. */
static enum status read_past(struct apply *a, struct blob *base)
{
	enum status status;

	if (!a->receipt || access(a->receipt, F_OK) != 0)
		return DONE;
	status = past_read(&a->past, a->diags, a->receipt);
	if (!status)
		status = past_undo(&a->past, a->diags, a->receipt, base);
	if (status)
		return status;
	a->given = *base;
	*base = a->past.base;
	a->past.base = (struct blob){ .name = NULL };
	return DONE;
}

static enum status apply_past(struct apply *a, size_t n)
{
	struct ovl_error err;

	if (!stack_apply(&a->stack, &a->blobs[1 + n], &a->past.options[n], &err))
		return DONE;
	diag_error(a->diags, NULL, MSG_NOT_AGAIN, a->blobs[1 + n].name, a->receipt);
	return CONFLICT;
}

/* ---------------------------------------------------------------- all of it */

/* Values of /__holes__ are made whether a parameter is given or not: it may have a default, or be missed.  fdtoverlay
 * knows neither. */
static bool has_to_be_filled(const struct apply *a)
{
	bool has = a->params.n;

	for (size_t i = 0; i < a->n_overlays && !a->drop_in && !has; i++)
		has = blob_has(&a->blobs[1 + a->past.n + i], "__holes__");
	return has;
}

static enum status read_inputs(struct apply *a)
{
	struct blob base = { .name = NULL };
	enum status status = blob_read(a->diags, a->base, "base", &base);

	if (!status)
		status = read_past(a, &base);
	a->blobs = grow_new(a->diags, 1 + a->past.n + a->n_overlays, sizeof(*a->blobs));
	a->blobs[0] = base;
	if (status)
		return status;
	for (size_t i = 0; i < a->past.n; i++)
		a->blobs[1 + i] = a->past.overlays[i];
	for (size_t i = 0; i < a->n_overlays && !status; i++)
		status = blob_read(a->diags, a->overlays[i], "overlay", &a->blobs[1 + a->past.n + i]);
	a->params.receipt = a->receipt;
	a->params.n_past = a->past.n;
	if (!status && has_to_be_filled(a))
		status = params_fill(a->diags, &a->params, &a->blobs[0], &a->blobs[1 + a->past.n],
				     a->n_overlays);
	return status;
}

static void make_receipt(struct apply *a, struct file_bytes *out)
{
	size_t n = a->past.n + a->n_overlays;
	const struct blob **overlays = grow_new(a->diags, n, sizeof(*overlays));

	for (size_t i = 0; i < n; i++)
		overlays[i] = &a->blobs[1 + i];
	receipt_make(a->diags, &a->stack, overlays, n, out);
	free(overlays);
}

/* The tree and its receipt: there is never one without the other. */
static enum status write_tree(struct apply *a)
{
	const char *over = a->drop_in ? a->output : a->base;
	struct file_bytes out = { 0 }, receipt = { 0 };
	enum status status;

	stack_flatten(&a->stack, a->diags, &out);
	if (a->receipt)
		make_receipt(a, &receipt);
	status = write_outputs(a->diags,
			       (const struct output[]){ { a->output, out.bytes, out.len, over },
							{ a->receipt, receipt.bytes, receipt.len, a->receipt } },
			       2);
	file_free(&out);
	file_free(&receipt);
	return status;
}

/* An overlay of nodes takes about three times its size.  There is room for as many as the base's size from the start,
 * instead of moving what there is as they come. */
static void make_room(struct apply *a)
{
	size_t bytes = 0, most = a->blobs[0].file.len;

	for (size_t i = 0; i < a->past.n + a->n_overlays && bytes < most; i++)
		bytes += a->blobs[1 + i].file.len;
	stack_room(&a->stack, a->diags, 3 * (bytes < most ? bytes : most));
}

static enum status apply_all(struct apply *a)
{
	enum status status = read_inputs(a);

	if (!status)
		status = stack_open(&a->stack, a->diags, &a->blobs[0]);
	if (!status)
		make_room(a);
	for (size_t i = 0; i < a->past.n + a->n_overlays && !status; i++)
		status = i < a->past.n ? apply_past(a, i) : apply_one(a, i);
	if (!status && !a->drop_in)
		status = deleted_warn(a->diags, &a->stack, &a->blobs[1], a->past.n + a->n_overlays);
	return status ? status : write_tree(a);
}

static enum status run(struct apply *a)
{
	enum status status;

	if (output_is_terminal(a->output))
		return no_terminal(a->diags);
	status = apply_all(a);
	stack_close(&a->stack);
	for (size_t i = 0; i <= a->n_overlays; i++)
		blob_free(&a->blobs[i ? a->past.n + i : 0]);
	free(a->blobs);
	blob_free(&a->given);
	past_free(&a->past);
	return status;
}

/* ---------------------------------------------------------------- ovl apply */

static enum status apply_option(struct apply *a, int letter)
{
	switch (letter) {
	case 'o': a->output = optarg; break;
	case OPT_SYMBOL: return symbols_add_word(&a->symbols, a->diags, optarg);
	case OPT_SYMBOLS: return symbols_add_file(&a->symbols, a->diags, optarg);
	case OPT_RECEIPT: a->receipt = optarg; break;
	case OPT_PARAM: return params_add_word(&a->params, a->diags, optarg);
	case OPT_FILTERED: a->filtered = optarg; break;
	case OPT_NEW_ONLY: a->flags |= OVL_NEW_ONLY; break;
	case OPT_ALLOW_CELLS: a->flags |= OVL_ALLOW_CELLS; break;
	case OPT_LOOSE: a->flags |= OVL_LOOSE; break;
	case OPT_RESERVED: return ranges_add_word(&a->reserved, a->diags, "--reserved", optarg);
	}
	return DONE;
}

static enum status apply_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct apply a = { .diags = diags, .params.only_given = true };
	enum status status = DONE;
	struct options o;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while (!status && (letter = options_next(&o)) >= 0)
		status = apply_option(&a, letter);
	a.base = argv[optind];
	a.overlays = argv + optind + 1;
	a.n_overlays = optind < argc ? (size_t)(argc - optind - 1) : 0;
	if (status)
		;
	else if (letter == OPTIONS_HELPED)
		status = DONE;
	else if (letter == OPTIONS_WRONG)
		status = USAGE;
	else if (!a.n_overlays)
		status = usage_error(diags, a.base ? "no overlay is given" : "no base is given");
	else if (!a.output)
		status = usage_error(diags, "-o FILE is missing");
	else
		status = (enum status)run(&a);
	symbols_free(&a.symbols);
	params_free(&a.params);
	ranges_free(&a.reserved);
	return status;
}

const struct verb verb_apply = {
	.name = "apply",
	.program = "ovl apply",
	.synopsis = "BASE OVERLAY... -o FILE [OPTION]...",
	.summary = "Apply overlays to a base, in order, all or none",
	.options = apply_options,
	.n_options = sizeof(apply_options) / sizeof(apply_options[0]),
	.run = apply_run,
	.more = "BASE and OVERLAY are compiled blobs; - is standard input.\n"
		"Exit status: 0 done, 2 wrong command line, 3 malformed input, 4 a label or path is not there,\n"
		"5 conflict, 6 not allowed or beyond a limit, 7 a file cannot be read or written.\n",
};

/* ---------------------------------------------------------------- fdtoverlay */

static void print_names(const struct apply *a)
{
	printf("input  = %s\noutput = %s\n", a->base, a->output);
	for (size_t i = 0; i < a->n_overlays; i++)
		printf("overlay[%zu] = %s\n", i, a->overlays[i]);
}

static enum status fdtoverlay_fail(struct diags *diags, const char *what)
{
	usage_error(diags, "%s", what);
	return 1;
}

static enum status fdtoverlay_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	/* It has no option to refuse or to allow by; what it always allowed is allowed, and
	 * told. */
	struct apply a = { .diags = diags, .drop_in = true, .flags = OVL_ALLOW_CELLS | OVL_LOOSE };
	struct options o;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while ((letter = options_next(&o)) >= 0) {
		if (letter == 'i')
			a.base = optarg;
		else if (letter == 'o')
			a.output = optarg;
		else if (letter == 'v')
			a.verbose = true;
		else
			return drop_in_version();
	}
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? 0 : 1;
	a.overlays = argv + optind;
	a.n_overlays = (size_t)(argc - optind);
	if (!a.base)
		return fdtoverlay_fail(diags, "-i FILE is missing");
	if (!a.output)
		return fdtoverlay_fail(diags, "-o FILE is missing");
	if (!a.n_overlays)
		return fdtoverlay_fail(diags, "no overlay is given");
	if (a.verbose)
		print_names(&a);
	return run(&a) ? 1 : 0;
}

const struct verb verb_fdtoverlay = {
	.name = "fdtoverlay",
	.program = "fdtoverlay",
	.synopsis = "-i BASE -o FILE OVERLAY...",
	.summary = "Apply overlays to a base, with the command line of fdtoverlay",
	.options = fdtoverlay_options,
	.n_options = sizeof(fdtoverlay_options) / sizeof(fdtoverlay_options[0]),
	.run = fdtoverlay_run,
	.more = "Also what ovl does when it is called by the name fdtoverlay.  Exit status: 0 done, 1 not.\n",
};
