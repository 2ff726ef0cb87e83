/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* fill.c - ovl fill: an overlay with parameters into an ordinary one.
 * Rules: override.h, params.h. */
#include "params.h"

enum { OPT_BASE = 256 };

static const struct option_row fill_options[] = {
	{ OPT_BASE, "base", "FILE", "the base it is for: its kernel command line comes before the overlay's" },
	{ 'o', "output", "FILE", "write the overlay to FILE (- for standard output)" },
};

struct fill_verb {
	struct diags *diags;
	const char *overlay, *base, *output;
	struct params params;
};

static enum status fill_blobs(const struct fill_verb *f, struct blob *base, struct blob *overlay)
{
	enum status status = blob_read(f->diags, f->overlay, "overlay", overlay);

	if (!status && f->base)
		status = blob_read(f->diags, f->base, "base", base);
	if (!status)
		status = params_fill(f->diags, &f->params, f->base ? base : NULL, overlay, 1);
	if (status)
		return status;
	return write_outputs(f->diags,
			     &(struct output){ f->output, overlay->file.bytes, overlay->file.len, f->overlay }, 1);
}

static enum status fill(const struct fill_verb *f)
{
	struct blob base = { 0 }, overlay = { 0 };
	enum status status;

	if (output_is_terminal(f->output))
		return no_terminal(f->diags);
	status = fill_blobs(f, &base, &overlay);
	blob_free(&base);
	blob_free(&overlay);
	return status;
}

static enum status fill_words(struct fill_verb *f, char **words, int n)
{
	enum status status = DONE;

	if (n < 1)
		return usage_error(f->diags, "no overlay is given");
	if (!f->output)
		return usage_error(f->diags, "-o FILE is missing");
	f->overlay = words[0];
	for (int i = 1; i < n && !status; i++)
		status = params_add_word(&f->params, f->diags, words[i]);
	return status ? status : fill(f);
}

static enum status fill_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct fill_verb f = { .diags = diags };
	enum status status;
	struct options o;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while ((letter = options_next(&o)) >= 0)
		*(letter == 'o' ? &f.output : &f.base) = optarg;
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? DONE : USAGE;
	status = fill_words(&f, argv + optind, argc - optind);
	params_free(&f.params);
	return status;
}

const struct verb verb_fill = {
	.name = "fill",
	.program = "ovl fill",
	.synopsis = "OVERLAY [NAME[=VALUE]]... -o FILE [OPTION]...",
	.summary = "Make an ordinary overlay of one with parameters",
	.options = fill_options,
	.n_options = sizeof(fill_options) / sizeof(fill_options[0]),
	.run = fill_run,
	.more = "Exit status: 0 done, 2 wrong command line, 3 malformed input, 4 no such parameter,\n"
		"5 a value does not fit, 7 a file cannot be read or written.\n",
};
