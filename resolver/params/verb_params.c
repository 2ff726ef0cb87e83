/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* verb_params.c - ovl params: which parameters an overlay has, what each takes, and what it sets.
 * Rules: override.h, holes.h. */
#include <string.h>

#include "holes.h"
#include "override.h"
#include "print.h"
#include "text.h"

/* Names and texts of a blob may hold anything. */
static void say(struct text *out, const char *text, size_t len)
{
	print_escaped(out, (struct ovl_str){ text, (uint32_t)len }, AS_PLAIN);
}

static void say_whole(struct text *out, const char *text)
{
	say(out, text, strlen(text));
}

static void say_kind(struct text *out, const struct override *o)
{
	static const char *const kinds[] = {
		[OVERRIDE_TEXT] = "text",    [OVERRIDE_BYTES] = "bytes",     [OVERRIDE_BOOL] = "yes/no",
		[OVERRIDE_NOT] = "no/yes",   [OVERRIDE_NUMBER] = "number",   [OVERRIDE_FRAGMENTS] = "fragments",
	};

	text_add(out, "%s", kinds[o->kind]);
	if (o->kind == OVERRIDE_NUMBER)
		text_add(out, " of %u byte%s", (unsigned int)o->size, o->size == 1 ? "" : "s");
}

static void say_table(struct text *out, const struct override *o)
{
	struct override_table table = { .at = *o, .s = o->text };
	struct override_entry e;
	const char *between = ": ";

	while (override_entry(&table, &e)) {
		text_add(out, "%s", between);
		say(out, e.is_default ? "..." : e.key, e.is_default ? 3 : e.key_len);
		between = ", ";
	}
}

static void say_target(struct text *out, const struct draft *d, const struct override *o)
{
	if (o->kind != OVERRIDE_FRAGMENTS) {
		text_add(out, "%s", o->node ? "" : "&");
		say_whole(out, o->node	  ? node_path(&d->tree, o->node, NULL)
			       : o->label ? o->label
					  : "?");
		text_add(out, ":");
	}
	say(out, o->name, o->name_len);
	if (o->kind == OVERRIDE_NUMBER)
		text_add(out, ":%u", (unsigned int)o->offset);
}

/* What the place holds now; "-" for a place that is not there. */
static void say_number(struct text *out, const struct prop *p, const struct override *o)
{
	const struct marker *ref = draft_ref(p, o->offset);
	uint64_t number = 0;

	if (p->value.len < o->offset + o->size) {
		text_add(out, "-");
		return;
	}
	for (uint32_t i = 0; i < o->size; i++)
		number = number << 8 | p->value.bytes[o->offset + i];
	if (ref && ref->to->ref)
		text_add(out, "&%s", ref->to->ref);
	else
		text_add(out, "0x%llx", (unsigned long long)number);
}

static void say_now(struct text *out, const struct draft *d, const struct override *o)
{
	char *name = pool_text(d->tree.pool, o->name, o->name_len);
	const struct prop *p = o->node ? prop_find(&d->tree, o->node, name) : NULL;

	if (o->kind == OVERRIDE_BOOL || o->kind == OVERRIDE_NOT)
		text_add(out, (o->kind == OVERRIDE_BOOL) == (p != NULL) ? "yes" : "no");
	else if (o->kind == OVERRIDE_TEXT && o->node && strcmp(name, "name") == 0)
		say_whole(out, o->node->name->text);
	else if (!p)
		text_add(out, "-");
	else if (o->kind == OVERRIDE_NUMBER)
		say_number(out, p, o);
	else if (o->kind == OVERRIDE_TEXT && prop_is_text(p))
		say_whole(out, (const char *)p->value.bytes);
	else
		for (uint32_t i = 0; i < p->value.len; i++)
			text_add(out, "%s%02x", i ? " " : "", p->value.bytes[i]);
}

static enum status say_param(struct text *out, const struct draft *d, const struct prop *param)
{
	struct diag_place at = { .file = d->blob->name };
	struct override o;
	bool more;

	for (more = override_first(d, param, &o); more; more = override_next(&o)) {
		say_whole(out, param->name->text);
		text_add(out, "\t");
		say_kind(out, &o);
		if (o.from == FROM_TABLE)
			say_table(out, &o);
		else if (o.from != FROM_USER)
			text_add(out, ", always the same");
		text_add(out, "\t");
		say_target(out, d, &o);
		text_add(out, "\t");
		say_now(out, d, &o);
		text_add(out, "\n");
	}
	if (!param->value.len) {
		say_whole(out, param->name->text);
		text_add(out, "\tnothing\t-\t-\n");
	}
	if (!o.wrong)
		return DONE;
	diag_error(d->diags, &at, MSG_PARAM_MALFORMED, param->name->text, o.wrong);
	return MALFORMED;
}

/* What a parameter of __holes__ is without being given. */
static void say_hole(struct text *out, const struct prop *p)
{
	uint64_t number = 0;

	for (uint32_t i = 0; i < p->value.len && i < 8; i++)
		number = number << 8 | p->value.bytes[i];
	say_whole(out, p->name->text);
	if (p->value.len)
		text_add(out, "\tnumber\t-\t0x%llx\n", (unsigned long long)number);
	else
		text_add(out, "\tnumber, has to be given\t-\t-\n");
}

static enum status params_list(struct diags *diags, const struct draft *d)
{
	const struct node *all = override_node(d);
	struct diag_place at = { .file = d->blob->name };
	struct text out = { 0 };
	enum status status = DONE, told;

	if (all)
		for_each_prop(all, p) {
			told = say_param(&out, d, p);
			status = told ? told : status;
		}
	if (holes_node(d))
		for_each_prop(holes_node(d), p)
			say_hole(&out, p);
	if (!all && !holes_node(d))
		diag_remark(diags, &at, "it has no /__overrides__ node, so no parameters");
	told = write_output(diags, "-", text_of(&out), out.len);
	text_free(&out);
	return status ? status : told;
}

static enum status params_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct blob blob = { 0 };
	struct draft draft = { 0 };
	enum status status;
	struct options o;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	letter = options_next(&o);
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? DONE : USAGE;
	if (argc - optind != 1)
		return usage_error(diags, "one overlay is wanted");
	status = blob_read(diags, argv[optind], "overlay", &blob);
	if (!status)
		status = draft_open(&draft, diags, &blob);
	if (!status)
		status = params_list(diags, &draft);
	draft_close(&draft);
	blob_free(&blob);
	return status;
}

const struct verb verb_params = {
	.name = "params",
	.program = "ovl params",
	.synopsis = "OVERLAY",
	.summary = "Say which parameters an overlay has",
	.run = params_run,
	.more = "A line for each place that a parameter sets: its name, what it takes, the place,\n"
		"and what is there now.\n"
		"Exit status: 0 done, 2 wrong command line, 3 malformed input, 7 a file cannot be read.\n",
};
