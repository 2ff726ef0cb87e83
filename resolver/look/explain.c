/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* explain.c - ovl explain: what overlays would do to a base, and who set what in the result.
 * Overlay by overlay it is looked up what each refers to, it is applied to the tree so far, and then
 * told what it did.  One that cannot be applied is reported as `ovl apply` does, told as far as that
 * goes, and left out.  Nothing is written but the telling. */
#include "explain.h"

#include <stdlib.h>
#include <string.h>

#include "defaults.h"
#include "grow.h"
#include "malformed.h"
#include "path.h"

enum { OPT_BASE = 256, OPT_PROFILE, OPT_NODE, OPT_PROP, OPT_JSON };

static const struct option_row explain_options[] = {
	{ OPT_BASE, "base", "FILE", "the tree that the overlays are for" },
	{ OPT_PROFILE, "profile", "NAME,...",
	  "of these consumers only (linux, libfdt, u-boot, android, xen, pvmfw, rpi)" },
	{ OPT_NODE, "node", "PATH", "tell who made this node, and who set its properties" },
	{ OPT_PROP, "prop", "NAME", "of this property only" },
	{ OPT_JSON, "json", NULL, "print as JSON" },
};

struct run {
	struct diags *diags;
	const char *base_name, *node, *prop;
	char **names;
	size_t n_names;
	struct profile profile;
	bool json, picky; /* a consumer that was asked for counts */
	struct blob base;
	struct blob *overlays; /* those that were applied, in order, and then the one in question */
	size_t n_applied;
	struct stack stack;
	struct text out;
	enum status worst;
};

/* ---------------------------------------------------------------- one overlay */

/* As apply does; then, so that more can be told, by what apply could be allowed. */
static enum status apply(struct run *r, struct explain *e, struct ovl_error *err)
{
	const struct ovl_apply_options strict = { 0 },
				       lenient = { .flags = OVL_ALLOW_CELLS | OVL_LOOSE };
	const struct blob *overlay = &r->overlays[r->n_applied];
	enum status status = DONE;

	if (!e->fit.tree) {
		status = malformed_check(r->diags, overlay);
		if (!blob_has_fragments(overlay))
			diag_help(r->diags, NULL, "a base is given with --base, the overlays without an option");
		return status;
	}
	if (!blob_has_fragments(overlay))
		return malformed_check(r->diags, overlay);
	e->fit.options = &strict;
	if (stack_apply(&r->stack, overlay, &strict, err)) {
		status = fit_report(&e->fit, err);
		stack_apply(&r->stack, overlay, &lenient, err);
	}
	e->fit.options = NULL;
	if (!err->code)
		e->layer = ovl_tree_layers(&r->stack.tree);
	return status;
}

static void say_head(struct run *r, struct explain *e, enum status status)
{
	struct text tree = { 0 };

	if (e->fit.tree)
		fit_tree_name(&e->fit, &tree);
	if (e->out->len > 1)
		text_add(e->out, r->json ? ",\n" : "\n");
	if (r->json) {
		text_add(e->out, "{\"overlay\": ");
		say_text(e, ovl_str(r->overlays[r->n_applied].name));
		text_add(e->out, ", \"base\": ");
		if (e->fit.tree)
			say_text(e, ovl_str(r->base.name));
		else
			text_add(e->out, "null");
		text_add(e->out, ", \"status\": %d", (int)status);
	} else {
		say_text(e, ovl_str(r->overlays[r->n_applied].name));
		text_add(e->out, e->fit.tree ? " on " : "");
		say_text(e, ovl_str(text_of(&tree)));
		text_add(e->out, !status ? "\n" : e->fit.tree ? ": does not apply\n" : ": malformed\n");
	}
	text_free(&tree);
}

/* needs: the view open.  The labels are looked up before the overlay brings its own. */
static enum status tell(struct run *r, struct explain *e)
{
	struct ovl_error err = { 0 };
	struct text needs = { 0 };
	enum status applied, told;

	e->out = &needs;
	needs_tell(e);
	e->out = &r->out;
	applied = apply(r, e, &err);
	targets_complete(e);
	say_head(r, e, applied);
	fragments_tell(e);
	text_put(&r->out, needs.at, needs.len);
	exports_tell(e);
	told = consumers_tell(e, &r->profile, &err);
	text_add(&r->out, r->json ? "}" : "");
	text_free(&needs);
	return told ? told : applied;
}

static enum status explain_one(struct run *r, const char *name)
{
	struct blob *overlay = &r->overlays[r->n_applied];
	struct explain e = { .json = r->json };
	enum status status = blob_read(r->diags, name, "overlay", overlay);

	e.fit = (struct fit){ .diags = r->diags,
			      .tree = r->base_name ? &r->stack.tree : NULL,
			      .base = &r->base,
			      .overlays = r->overlays,
			      .n_before = r->n_applied };
	if (!status && r->base_name)
		status = params_defaults(r->diags, &r->base, overlay, 1);
	if (!status)
		status = explain_open(&e);
	if (!status)
		status = tell(r, &e);
	explain_close(&e);
	if (e.layer)
		r->n_applied++;
	else
		blob_free(overlay);
	return status;
}

static enum status explain_all(struct run *r)
{
	text_add(&r->out, r->json ? "[" : "");
	for (size_t i = 0; i < r->n_names && r->worst != NO_IO; i++) {
		enum status status = explain_one(r, r->names[i]);

		r->worst = status > r->worst ? status : r->worst;
	}
	text_add(&r->out, r->json ? "]\n" : "");
	if (!r->worst && r->picky && r->profile.refused)
		r->worst = DIFFERS;
	return r->worst;
}

/* ---------------------------------------------------------------- who set what */

static enum status tell_node(struct run *r)
{
	struct provenance p = { .diags = r->diags,
				.node = r->node,
				.prop = r->prop,
				.n_overlays = r->n_names,
				.json = r->json };
	struct blob *blobs = grow_new(r->diags, 1 + r->n_names, sizeof(*blobs));
	enum status status = DONE;

	blobs[0] = r->base;
	for (size_t i = 0; i < r->n_names && !status; i++)
		status = blob_read(r->diags, r->names[i], "overlay", &blobs[1 + i]);
	if (!status)
		status = params_defaults(r->diags, &blobs[0], &blobs[1], r->n_names);
	p.blobs = blobs;
	if (!status)
		status = provenance_tell(&p, &r->out);
	for (size_t i = 0; blobs && i < r->n_names; i++)
		blob_free(&blobs[1 + i]);
	free(blobs);
	return status;
}

/* ---------------------------------------------------------------- the command line */

static enum status run(struct run *r)
{
	enum status status = DONE, written;

	if (r->base_name)
		status = blob_read(r->diags, r->base_name, "base", &r->base);
	if (!status && r->node)
		status = tell_node(r);
	if (!status && !r->node && r->base_name)
		status = stack_open(&r->stack, r->diags, &r->base);
	r->overlays = grow_new(r->diags, r->n_names, sizeof(*r->overlays));
	if (!status && !r->node)
		status = explain_all(r);
	if (status == NO_IO)
		return status;
	written = r->out.len ? write_output(r->diags, "-", r->out.at, r->out.len) : DONE;
	return written ? written : status;
}

static enum status add_profiles(struct run *r, char *list)
{
	enum status status = DONE;
	char *name, *rest;

	for (name = strtok_r(list, ",", &rest); name && !status; name = strtok_r(NULL, ",", &rest))
		status = profile_add(&r->profile, name);
	r->picky = true;
	return status;
}

static enum status option(struct run *r, int letter)
{
	switch (letter) {
	case OPT_BASE: r->base_name = optarg; break;
	case OPT_PROFILE: return add_profiles(r, optarg);
	case OPT_NODE: r->node = optarg; break;
	case OPT_PROP: r->prop = optarg; break;
	case OPT_JSON: r->json = true; break;
	}
	return DONE;
}

/* With --node the base may be the first operand, as for apply. */
static const char *take_operands(struct run *r, int argc, char **argv)
{
	r->names = argv + optind;
	r->n_names = (size_t)(argc - optind);
	if (r->node && !r->base_name && r->n_names) {
		r->base_name = *r->names++;
		r->n_names--;
	}
	if (r->node && !r->base_name)
		return "no base is given";
	if (!r->node && !r->n_names)
		return "no overlay is given";
	if (r->prop && !r->node)
		return "--prop needs --node";
	if (r->node && r->picky)
		return "--profile tells of overlays, --node of the result";
	return NULL;
}

static enum status explain_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct run r = { .diags = diags, .profile.diags = diags };
	enum status status = DONE;
	const char *wrong;
	struct options o;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while (!status && (letter = options_next(&o)) >= 0)
		status = option(&r, letter);
	if (status)
		return status;
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? DONE : USAGE;
	wrong = take_operands(&r, argc, argv);
	if (wrong)
		return usage_error(diags, "%s", wrong);
	if (!r.profile.consumers)
		r.profile.consumers = ALL_CONSUMERS;
	status = run(&r);
	for (size_t i = 0; r.overlays && i < r.n_applied; i++)
		blob_free(&r.overlays[i]);
	free(r.overlays);
	stack_close(&r.stack);
	blob_free(&r.base);
	text_free(&r.out);
	return status;
}

const struct verb verb_explain = {
	.name = "explain",
	.program = "ovl explain",
	.synopsis = "OVERLAY... [--base BASE] [OPTION]... | BASE OVERLAY... --node PATH [OPTION]...",
	.summary = "Tell what overlays would do, or who set what in the result",
	.options = explain_options,
	.n_options = sizeof(explain_options) / sizeof(explain_options[0]),
	.run = explain_run,
	.more = "Nothing is written but what is told.\n"
		"Exit status: 0 told, and the overlays apply as far as can be seen; 1 a consumer named by --profile\n"
		"refuses one; 2 wrong command line; 3 to 6 as apply would end; 7 a file cannot be read or written.\n",
};
