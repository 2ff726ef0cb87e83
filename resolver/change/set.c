/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* set.c - ovl set: the least overlay that changes properties of a base, and the one that takes it
 * back.  What the words say becomes a list of changes (changes.c), libovl makes overlays of it;
 * they are applied in memory, and what came of it is looked at (typed.c, enable.c, sharing.c) before
 * anything is written. */
#include <stdlib.h>
#include <string.h>

#include "changes.h"
#include "enable.h"
#include "fit.h"
#include "grow.h"
#include "manifest.h"
#include "sharing.h"
#include "typed.h"

enum { OPT_STATUS = 256, OPT_INVERSE, OPT_LABEL, OPT_MANIFEST, OPT_JSON, OPT_FORCE };

static const struct option_row set_options[] = {
	{ 'o', "output", "FILE", "where to write the overlay (- for standard output)" },
	{ OPT_INVERSE, "inverse", "FILE", "write the overlay that takes it back, too" },
	{ OPT_STATUS, "status", "okay|disabled", "set the status of each NODE" },
	{ OPT_LABEL, "label", NULL, "target the nodes by label, not by path" },
	{ OPT_MANIFEST, "manifest", NULL, "print what each NODE depends on" },
	{ OPT_JSON, "json", NULL, "print that as JSON" },
	{ OPT_FORCE, "force", NULL, "enable nodes whose providers are missing or off" },
};

struct set {
	struct diags *diags;
	const char *file, *output, *inverse;
	char **words;
	size_t n_words;
	bool manifest, json, force;
	struct changes changes;
	struct blob base;
	struct stack stack;	       /* the base, then with the overlay */
	struct enabled enabled;	       /* in the base */
	struct file_bytes canonical;   /* the base */
	struct blob on, off;
	struct text report;
};

/* ---------------------------------------------------------------- overlays */

static enum status cannot_set(const struct set *s, const struct ovl_error *err)
{
	struct diag_place at = { .file = s->base.name };
	const struct ovl_change *c = s->changes.list;
	const char *why = "an overlay's phandles are its own, and so is what its labels mean";
	struct text path = { 0 };

	if (err->code == OVL_ERR_SPACE) {
		diag_error(s->diags, NULL, MSG_TOO_LARGE);
		return POLICY;
	}
	while (c->prop.ptr != err->prop.ptr)
		c++;
	if (err->code == OVL_ERR_NAME)
		why = "no property can be called so";
	else if (err->code == OVL_ERR_NO_LABEL)
		why = "its label has a path that is not written as the node's";
	else if (err->code == OVL_ERR_CELLS)
		why = "what is below it would be read differently";
	text_path(&path, &s->stack.tree, c->node);
	diag_error(s->diags, &at, MSG_CANNOT_SET, c->prop.ptr, text_of(&path), why);
	text_free(&path);
	return err->code == OVL_ERR_NAME ? USAGE : CONFLICT;
}

typedef enum ovl_err set_fn(const struct ovl_tree *tree, const struct ovl_change *changes,
			    uint32_t n, void *out, size_t out_bytes, size_t *out_len,
			    struct ovl_error *err);

static enum status make(const struct set *s, set_fn *set, const char *name, struct blob *blob)
{
	const struct ovl_tree *tree = &s->stack.tree;
	uint32_t n = (uint32_t)s->changes.n;
	struct ovl_error err;
	size_t len = 0;

	if (set(tree, s->changes.list, n, NULL, 0, &len, &err))
		return cannot_set(s, &err);
	blob->name = name;
	blob->file.bytes = grow_bytes(s->diags, len);
	set(tree, s->changes.list, n, blob->file.bytes, len, &blob->file.len, &err);
	return DONE;
}

static enum status apply(const struct set *s, struct stack *stack, const struct blob *overlay)
{
	struct fit fit = { .diags = s->diags, .tree = &stack->tree, .base = stack->base,
			   .overlays = overlay };
	struct ovl_error err;

	return stack_apply(stack, overlay, NULL, &err) ? fit_explain(&fit, &err) : DONE;
}

/* ---------------------------------------------------------------- the way back */

/* needs: the overlay is not applied yet. */
static bool is_deleted(const struct set *s, const struct ovl_change *c)
{
	struct ovl_prop now;

	return !ovl_prop_find(&s->stack.tree, c->node, c->prop, &now) && !changes_is_okay(c);
}

static void note_deletions(const struct set *s)
{
	const struct ovl_change *list = s->changes.list;
	struct diag_place at = { .file = s->off.name };

	for (size_t i = 0, end; i < s->changes.n; i = end) {
		struct text props = { 0 }, path = { 0 };

		for (end = i; end < s->changes.n && list[end].node == list[i].node; end++)
			if (is_deleted(s, &list[end]))
				text_add(&props, "%s%s", props.len ? ", " : "", list[end].prop.ptr);
		text_path(&path, &s->stack.tree, list[i].node);
		if (props.len)
			diag_remark(s->diags, &at,
				    "it deletes %s of %s, which only ovl and libovl do",
				    text_of(&props), text_of(&path));
		text_free(&props);
		text_free(&path);
	}
}

/* The changed base as a file, opened anew, is taken back to the base's bytes. */
static enum status prove_inverse(struct set *s)
{
	struct blob merged = { .name = s->base.name };
	struct file_bytes back = { 0 };
	struct stack stack = { 0 };
	enum status status;

	stack_flatten(&s->stack, s->diags, &merged.file);
	status = stack_open(&stack, s->diags, &merged);
	if (!status)
		status = apply(s, &stack, &s->off);
	if (!status)
		stack_flatten(&stack, s->diags, &back);
	if (!status && (back.len != s->canonical.len ||
			memcmp(back.bytes, s->canonical.bytes, back.len) != 0)) {
		diag_warning(s->diags, NULL, MSG_NOT_EXACT, s->off.name, s->base.name);
		diag_note(s->diags, NULL, "it gives all nodes and properties back; %s has names of "
			  "properties in its strings block that it does not use", s->base.name);
	}
	file_free(&back);
	stack_close(&stack);
	blob_free(&merged);
	return status;
}

/* ---------------------------------------------------------------- the changed tree */

/* What is above a node may keep it off. */
static void note_still_off(const struct set *s)
{
	const struct ovl_tree *tree = &s->stack.tree;
	struct diag_place at = { .file = s->base.name };

	for (size_t i = 0; i < s->changes.n; i++) {
		const struct ovl_change *c = &s->changes.list[i];
		ovl_node above = ovl_node_parent(tree, c->node);
		struct text path = { 0 }, off = { 0 };

		if (!changes_is_okay(c) || enable_is_on(tree, c->node))
			continue;
		while (ovl_node_parent(tree, above) &&
		       !enable_is_on(tree, ovl_node_parent(tree, above)))
			above = ovl_node_parent(tree, above);
		text_path(&path, tree, c->node);
		text_path(&off, tree, above);
		diag_remark(s->diags, &at, "%s stays off: %s above it is not okay", text_of(&path),
			    text_of(&off));
		text_free(&path);
		text_free(&off);
	}
}

static enum status check_result(struct set *s)
{
	enum status status = DONE;

	for (size_t i = 0; i < s->changes.n && !status; i++)
		status = typed_check(s->diags, &s->stack, s->changes.list[i].node,
				     s->changes.wanted[i].prop);
	if (!status)
		note_still_off(s);
	if (status || !enabled_grew(&s->stack.tree, &s->enabled))
		return status;
	sharing_warn(s->diags, &s->stack, &s->enabled);
	return enable_check(s->diags, &s->stack, &s->enabled, s->force);
}

static void report(struct set *s)
{
	const struct ovl_change *list = s->changes.list;
	size_t n = 0;

	for (size_t i = 0; i < s->changes.n; i++) {
		if (i && list[i].node == list[i - 1].node)
			continue;
		text_add(&s->report, "%s", s->json ? n ? ",\n" : "[" : n ? "\n" : "");
		manifest_add(&s->report, s->diags, &s->stack.tree, list[i].node, s->json);
		n++;
	}
	text_add(&s->report, s->json ? "]\n" : "");
}

/* ---------------------------------------------------------------- all of it */

static enum status read_inputs(struct set *s)
{
	enum status status = blob_read(s->diags, s->file, "base", &s->base);

	if (!status)
		status = stack_open(&s->stack, s->diags, &s->base);
	if (!status && s->inverse)
		stack_flatten(&s->stack, s->diags, &s->canonical);
	if (!status)
		status = changes_read(&s->changes, s->words, s->n_words);
	if (!status)
		enabled_read(&s->enabled, s->diags, &s->stack.tree);
	return status;
}

static enum status make_overlays(struct set *s)
{
	enum status status = make(s, ovl_set, s->output ? s->output : "the overlay", &s->on);

	if (!status && s->inverse) {
		status = make(s, ovl_set_back, s->inverse, &s->off);
		if (!status)
			note_deletions(s);
	}
	if (!status)
		status = apply(s, &s->stack, &s->on);
	return status;
}

/* The way back comes first: an overlay that can be applied but not taken back is never left. */
static enum status write_all(struct set *s)
{
	return write_outputs(s->diags,
			     (const struct output[]){ { s->inverse, s->off.file.bytes, s->off.file.len, NULL },
						      { s->output, s->on.file.bytes, s->on.file.len, NULL },
						      { s->manifest ? "-" : NULL, s->report.at, s->report.len, NULL } },
			     3);
}

static enum status run(struct set *s)
{
	enum status status = read_inputs(s);

	if (!status)
		status = make_overlays(s);
	if (!status)
		status = check_result(s);
	if (!status && s->inverse)
		status = prove_inverse(s);
	if (!status && s->manifest)
		report(s);
	if (!status)
		status = write_all(s);
	return status;
}

static void free_all(struct set *s)
{
	text_free(&s->report);
	blob_free(&s->on);
	blob_free(&s->off);
	file_free(&s->canonical);
	enabled_free(&s->enabled);
	changes_free(&s->changes);
	stack_close(&s->stack);
	blob_free(&s->base);
}

/* ---------------------------------------------------------------- the command line */

static void take_option(struct set *s, int letter)
{
	switch (letter) {
	case 'o': s->output = optarg; break;
	case OPT_INVERSE: s->inverse = optarg; break;
	case OPT_STATUS: s->changes.status = optarg; break;
	case OPT_LABEL: s->changes.label = true; break;
	case OPT_MANIFEST: s->manifest = true; break;
	case OPT_JSON: s->json = true; break;
	case OPT_FORCE: s->force = true; break;
	}
}

/* Each node needs something to be set: by --status, or by the words behind it. */
static const char *wrong_words(const struct set *s)
{
	if (!s->n_words)
		return "no node is given";
	if (strchr(s->words[0], '='))
		return "PROPERTY=VALUE stands behind its NODE";
	for (size_t i = 0; i < s->n_words; i++)
		if (s->words[i][0] == '=')
			return "a '=' has no PROPERTY before it";
	for (size_t i = 0; i < s->n_words && !s->changes.status; i++)
		if (!strchr(s->words[i], '=') &&
		    (i + 1 == s->n_words || !strchr(s->words[i + 1], '=')))
			return "a NODE has no PROPERTY=VALUE behind it, and no --status is given";
	return NULL;
}

static const char *wrong_options(const struct set *s)
{
	const char *status = s->changes.status;

	if (!s->file)
		return "no base is given";
	if (status && strcmp(status, "okay") != 0 && strcmp(status, "ok") != 0 &&
	    strcmp(status, "disabled") != 0)
		return "--status takes okay or disabled";
	if (!s->output && (!s->manifest || s->inverse))
		return "-o FILE is missing";
	if (s->output && s->inverse && strcmp(s->output, s->inverse) == 0)
		return "the overlay and its inverse need two files";
	if (s->json && !s->manifest)
		return "--json is for --manifest";
	if ((is_standard(s->output) || is_standard(s->inverse)) && s->manifest)
		return "only one thing can go to standard output";
	return wrong_words(s);
}

static enum status set_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct set s = { .diags = diags, .changes = { .diags = diags, .stack = &s.stack } };
	struct options o;
	const char *wrong;
	int letter;
	enum status status;

	options_start(&o, verb, diags, argc, argv);
	while ((letter = options_next(&o)) >= 0)
		take_option(&s, letter);
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? DONE : USAGE;
	s.file = argv[optind];
	s.words = argv + optind + 1;
	s.n_words = s.file ? (size_t)(argc - optind - 1) : 0;
	wrong = wrong_options(&s);
	if (wrong)
		return usage_error(diags, "%s", wrong);
	if (output_is_terminal(s.output) || output_is_terminal(s.inverse))
		return no_terminal(diags);
	status = run(&s);
	free_all(&s);
	return status;
}

const struct verb verb_set = {
	.name = "set",
	.program = "ovl set",
	.synopsis = "BASE NODE PROPERTY=VALUE... -o FILE [OPTION]... | "
		    "BASE --status okay|disabled NODE... -o FILE [OPTION]...",
	.summary = "Make the overlay that changes properties of a base",
	.options = set_options,
	.n_options = sizeof(set_options) / sizeof(set_options[0]),
	.run = set_run,
	.more = "NODE is a path (/soc/serial@1000), an alias (serial0) or a label (&uart0), alone or before a path;\n"
		"more of them may follow, each with its own properties.\n"
		"VALUE is written as in source, <1 &osc>, \"text\" or [00 ff]; or bare, and is then what the base says:\n"
		"addresses and sizes for reg, ranges and dma-ranges, or the kind of the value that is there.\n"
		"iommu-map=@FILE is made from lines of BUS:DEVICE.FUNCTION ID [IOMMU].\n"
		"Exit status: 0 done, 2 wrong command line, value or table, 3 malformed base, 4 no such node,\n"
		"5 conflict: a value that does not fit, a provider that is missing or off, 6 beyond a limit,\n"
		"7 a file cannot be read or written.\n",
};
