/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* report.c - ovl report: a base and its overlays as one page for a browser.
 * The overlays are applied as `ovl apply` does; facts.c tells what they say, as JSON, which goes into the page
 * that the Makefile puts together, beginning with page.html.  All the rest is the page's: it applies the facts
 * itself, so that overlays can be switched off in it.  It loads nothing. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "defaults.h"
#include "grow.h"

static const struct option_row report_options[] = {
	{ 'o', "output", "FILE", "write the page to FILE (- for standard output)" },
};

struct report {
	struct diags *diags;
	const char *output;
	char **names;
	size_t n_overlays;
	struct blob *blobs; /* the base, then the overlays */
	struct stack stack;
	struct text facts;
};

/* The page, as bytes, with a line that says where the facts go. */
static const char page[] = {
#include "page.inc"
	0
};
static const char facts_go_here[] = "@FACTS@";

/* ---------------------------------------------------------------- overlays */

/* needs: the view open. */
static enum status tell(struct report *r, struct explain *e)
{
	enum status status = fit_apply(r->diags, &r->stack, r->blobs, e->fit.n_before);

	if (status)
		return status;
	e->layer = ovl_tree_layers(&r->stack.tree);
	targets_complete(e);
	text_add(&r->facts, e->fit.n_before ? ",\n" : "\n");
	facts_overlay(&r->facts, e);
	return DONE;
}

static enum status add_overlay(struct report *r, size_t i)
{
	struct explain e = { .fit = { .diags = r->diags,
				      .tree = &r->stack.tree,
				      .base = r->blobs,
				      .overlays = r->blobs + 1,
				      .n_before = i } };
	enum status status = explain_open(&e);

	if (!status)
		status = tell(r, &e);
	explain_close(&e);
	return status;
}

static enum status collect(struct report *r)
{
	enum status status = blob_read(r->diags, r->names[0], "base", &r->blobs[0]);

	for (size_t i = 1; i <= r->n_overlays && !status; i++)
		status = blob_read(r->diags, r->names[i], "overlay", &r->blobs[i]);
	if (!status)
		status = params_defaults(r->diags, &r->blobs[0], &r->blobs[1], r->n_overlays);
	if (!status)
		status = stack_open(&r->stack, r->diags, &r->blobs[0]);
	text_add(&r->facts, "{");
	if (!status)
		facts_base(&r->facts, r->diags, &r->stack);
	text_add(&r->facts, ",\n\"overlays\":[");
	for (size_t i = 0; i < r->n_overlays && !status; i++)
		status = add_overlay(r, i);
	text_add(&r->facts, "],\n");
	if (!status)
		status = facts_findings(&r->facts, r->diags, &r->stack, r->blobs);
	text_add(&r->facts, "}\n");
	return status;
}

/* ---------------------------------------------------------------- the page */

/* No text of a blob can end the element that the facts stand in: JSON knows a `<` by its number, too. */
static void add_facts(struct text *out, const struct text *facts)
{
	const char *at = facts->at, *end = at + facts->len, *sign;

	for (; (sign = memchr(at, '<', (size_t)(end - at))); at = sign + 1) {
		text_put(out, at, (size_t)(sign - at));
		text_add(out, "\\u003c");
	}
	text_put(out, at, (size_t)(end - at));
}

static enum status write_page(struct report *r)
{
	const char *here = strstr(page, facts_go_here);
	struct text out = { 0 };
	enum status status = NO_IO;

	text_put(&out, page, (size_t)(here - page));
	add_facts(&out, &r->facts);
	text_add(&out, "%s", here + sizeof(facts_go_here) - 1);
	status = write_output(r->diags, r->output, out.at, out.len);
	text_free(&out);
	return status;
}

static enum status run(struct report *r)
{
	enum status status;

	r->blobs = grow_new(r->diags, 1 + r->n_overlays, sizeof(*r->blobs));
	status = collect(r);
	if (!status)
		status = write_page(r);
	for (size_t i = 0; i <= r->n_overlays; i++)
		blob_free(&r->blobs[i]);
	free(r->blobs);
	stack_close(&r->stack);
	text_free(&r->facts);
	return status;
}

static enum status report_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct report r = { .diags = diags };
	struct options o;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while ((letter = options_next(&o)) >= 0)
		r.output = optarg;
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? DONE : USAGE;
	if (optind == argc)
		return usage_error(diags, "no base is given");
	if (!r.output)
		return usage_error(diags, "-o FILE is missing");
	r.names = argv + optind;
	r.n_overlays = (size_t)(argc - optind) - 1;
	return run(&r);
}

const struct verb verb_report = {
	.name = "report",
	.program = "ovl report",
	.synopsis = "BASE [OVERLAY]... -o FILE [OPTION]...",
	.summary = "Write a page for a browser: who set what, and who depends on whom",
	.options = report_options,
	.n_options = sizeof(report_options) / sizeof(report_options[0]),
	.run = report_run,
	.more = "The page is one file and loads nothing.  It shows the merged tree, what each overlay changed in it, the\n"
		"findings of ovl check, and what is left when overlays are switched off.\n"
		"Exit status: 0 written, 2 wrong command line, 3 malformed input, 4 a label or path is not there,\n"
		"5 conflict, 6 beyond a limit, 7 a file cannot be read or written.\n",
};
