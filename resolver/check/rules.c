/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* rules.c - read a policy file, see rules.h.
 * The patterns stay where they are, in the file, which is kept; the values of a rule are joined
 * there, with a NUL between them.  A line with a mistake makes no rule, and reading goes on with
 * the next. */
#include "rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "rule_words.h"

static const struct ovl_policy *const presets[] = { &ovl_policy_status_only,
						    &ovl_policy_new_nodes_only };

/* What follows the word for an act: a path, or the name of a property or label. */
static const struct act {
	const char *word;
	unsigned int acts;
	bool path, values;
} acts[] = {
	{ "target", OVL_ACT_TARGET, true, false },
	{ "node", OVL_ACT_NODE | OVL_ACT_INIT, true, false },
	{ "set", OVL_ACT_SET, false, true },
	{ "property", OVL_ACT_SET | OVL_ACT_INIT, false, true },
	{ "delete", OVL_ACT_DELETE, false, false },
	{ "label", OVL_ACT_LABEL, false, false },
};

#define N_PRESETS (sizeof(presets) / sizeof(presets[0]))
#define N_ACTS (sizeof(acts) / sizeof(acts[0]))

/* ---------------------------------------------------------------- a rule */

static struct ovl_str pattern(const struct words *w)
{
	return ovl_str(w->word);
}

static bool missing(const struct words *w, const char *what)
{
	struct diag_place at = words_place(w);

	diag_error(w->diags, &at, MSG_POLICY_MISSING, what);
	return false;
}

static bool read_verdict(struct words *w, struct ovl_policy_rule *rule)
{
	struct diag_place at = words_place(w);

	rule->allow = words_is(w, "allow");
	if (!rule->allow && !words_is(w, "deny")) {
		diag_error(w->diags, &at, MSG_POLICY_VERDICT, w->word);
		return false;
	}
	words_next(w);
	return true;
}

static void report_act(const struct words *w, const struct diag_nearest *nearest)
{
	struct diag_place at = words_place(w);

	if (w->word)
		diag_error(w->diags, &at, MSG_POLICY_ACT, w->word);
	else
		missing(w, "what an overlay does");
	if (nearest->best)
		diag_help(w->diags, &at, "did you mean '%s'?", nearest->best);
	else
		diag_note(w->diags, &at,
			  "rules are about target, node, set, property, delete and label");
}

static const struct act *read_act(struct words *w, struct ovl_policy_rule *rule)
{
	struct diag_nearest nearest;

	diag_nearest_init(&nearest, w->word ? w->word : "", w->word ? strlen(w->word) : 0);
	for (size_t i = 0; i < N_ACTS; i++) {
		if (words_is(w, acts[i].word)) {
			rule->acts = acts[i].acts;
			words_next(w);
			return &acts[i];
		}
		diag_nearest_offer(&nearest, acts[i].word, strlen(acts[i].word));
	}
	report_act(w, &nearest);
	return NULL;
}

/* ** stands for what is below, so nothing can follow it. */
static const char *mistake_in_path(const char *path)
{
	const char *stars = strstr(path, "**");
	size_t len = strlen(path);

	if (path[0] != '/' && path[0] != '&' && stars != path)
		return "begins with none of / & **";
	if (len > 1 && path[len - 1] == '/')
		return "ends in a slash";
	if (stars && stars[2])
		return "has ** before its end";
	if (stars && stars != path && stars[-1] != '/')
		return "has ** without a slash before it";
	return NULL;
}

static bool read_path(struct words *w, struct ovl_policy_rule *rule)
{
	struct diag_place at = words_place(w);
	const char *mistake;

	if (!w->word)
		return missing(w, "a path after 'in'");
	mistake = mistake_in_path(w->word);
	if (mistake) {
		diag_error(w->diags, &at, MSG_POLICY_PATH, w->word, mistake);
		return false;
	}
	rule->path = pattern(w);
	words_next(w);
	return true;
}

/* To the end of the line, moved together so that only a NUL is between them. */
static bool read_values(struct words *w, struct ovl_policy_rule *rule)
{
	char *start = w->word, *to = start;

	if (!w->word)
		return missing(w, "a value after 'to'");
	for (; w->word; words_next(w)) {
		size_t len = strlen(w->word);

		if (!len)
			return missing(w, "a value that is not empty");
		if (to != start)
			*to++ = 0;
		memmove(to, w->word, len);
		to += len;
	}
	rule->values = (struct ovl_str){ start, (uint32_t)(to - start) };
	return true;
}

static bool read_subject(struct words *w, const struct act *act, struct ovl_policy_rule *rule)
{
	if (!w->word)
		return true;
	if (act->path)
		return read_path(w, rule);
	if (!words_is(w, "in") && !words_is(w, "to")) {
		if (!*w->word)
			return missing(w, "a name that is not empty");
		rule->prop = pattern(w);
		words_next(w);
	}
	if (words_is(w, "in")) {
		words_next(w);
		if (!read_path(w, rule))
			return false;
	}
	if (!act->values || !words_is(w, "to"))
		return true;
	words_next(w);
	return read_values(w, rule);
}

static bool read_rule(struct words *w, struct ovl_policy_rule *rule)
{
	struct diag_place at;
	const struct act *act;

	if (!read_verdict(w, rule))
		return false;
	act = read_act(w, rule);
	if (!act || !read_subject(w, act, rule))
		return false;
	at = words_place(w);
	if (w->word)
		diag_error(w->diags, &at, MSG_POLICY_WORD, w->word, act->word);
	return !w->word;
}

/* ---------------------------------------------------------------- a file */

static void add(struct rules *r, struct diags *diags, const struct ovl_policy_rule *rule, unsigned int line)
{
	r->list = grow(diags, r->list, &r->room, r->n + 1, sizeof(*r->list));
	r->lines = grow(diags, r->lines, &r->line_room, r->n + 1, sizeof(*r->lines));
	r->list[r->n] = *rule;
	r->lines[r->n++] = line;
}

static enum status read_lines(struct rules *r, struct diags *diags)
{
	enum status status = DONE;
	struct words w;

	words_start(&w, diags, r->name, &r->file);
	while (words_line(&w)) {
		struct ovl_policy_rule rule = { 0 };

		if (read_rule(&w, &rule))
			add(r, diags, &rule, w.line);
		else
			status = MALFORMED;
	}
	return w.failed && !status ? MALFORMED : status;
}

static enum status read_file(struct rules *r, struct diags *diags)
{
	struct diag_place at = { .file = r->name };
	int error = file_read(r->name, &r->file);
	enum status status;

	if (error == ENOMEM)
		diag_no_memory(diags);
	if (error) {
		diag_error(diags, NULL, MSG_CANNOT_READ, r->name, strerror(error));
		if (error == ENOENT)
			diag_note(diags, NULL, "the policies with a name are %s and %s",
				  presets[0]->name, presets[1]->name);
		return NO_IO;
	}
	status = read_lines(r, diags);
	if (status || r->n) {
		r->policy = (struct ovl_policy){ r->name, r->list, (uint32_t)r->n };
		return status;
	}
	diag_error(diags, &at, MSG_POLICY_EMPTY);
	return MALFORMED;
}

enum status rules_read(struct rules *r, struct diags *diags, const char *name)
{
	r->name = name;
	for (size_t i = 0; i < N_PRESETS; i++)
		if (strcmp(name, presets[i]->name) == 0) {
			r->policy = *presets[i];
			return DONE;
		}
	return read_file(r, diags);
}

void rules_free(struct rules *r)
{
	file_free(&r->file);
	free(r->list);
	free(r->lines);
	*r = (struct rules){ 0 };
}
