/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* filter_rules.c - rules for what stays of a tree, read and applied, see filter_rules.h.
 * A line with a mistake is reported, and reading goes on with the next. */
#include "filter_rules.h"

#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "fit.h"
#include "grow.h"
#include "malformed.h"
#include "rule_words.h"

enum condition_kind { PATH, COMPATIBLE, DEVICE_TYPE, STATUS, PROPERTY, LABEL, PPI, N_CONDITIONS };

static const char *const condition_names[N_CONDITIONS] = {
	"path", "compatible", "device_type", "status", "property", "label", "ppi",
};

enum action_kind { KEEP, DROP, BIND, SET, DELETE, REPLACE, N_ACTIONS };

static const char *const action_names[N_ACTIONS] = { "keep", "drop", "bind", "set", "delete", "replace" };

struct condition {
	struct condition *next;
	enum condition_kind kind;
	const char *pattern;
	uint32_t number;
};

struct action {
	struct action *next;
	enum action_kind kind;
	const char *name;   /* of the property, or of the overlay */
	struct text value;
	struct bound bound;
};

struct rule {
	struct rule *next;
	int number;
	bool met;
	struct condition *conditions;
	struct action *actions;
};

struct filter_rules {
	struct file_bytes *files;
	size_t n_files;
	struct rule *first, **end;
	struct rule_place *places;
	size_t n, room;
};

/* ---------------------------------------------------------------- reading */

/* What Xen keeps from the domain that it gives the board to: it makes these nodes anew, or has the device. */
static const char xen_dom0[] =
	"drop where path /cpus\n"
	"drop where device_type memory\n"
	"drop where compatible arm,psci*\n"
	"drop where compatible arm,armv7-timer\n"
	"drop where compatible arm,armv8-timer\n"
	"drop where compatible arm,cortex-a*-pmu\n"
	"drop where compatible arm,armv8-pmuv3\n"
	"drop where compatible arm,smmu-*\n"
	"drop where compatible arm,mmu-*\n"
	"drop where compatible xen,xen\n"
	"drop where compatible *multiboot,module\n"
	"delete stdout-path xen,xen-bootargs xen,dom0-bootargs where path /chosen\n"
	"set status \"disabled\" and delete xen,passthrough where property xen,passthrough\n";

static void *make(struct words *w, size_t size)
{
	return grow_new(w->diags, 1, size);
}

static bool wrong_name(struct words *w, const char *wanted, const char *const *names, size_t n)
{
	struct diag_nearest nearest;

	words_wrong(w, wanted);
	if (!w->word || w->quoted)
		return false;
	diag_nearest_init(&nearest, w->word, strlen(w->word));
	for (size_t i = 0; i < n; i++)
		diag_nearest_offer(&nearest, names[i], strlen(names[i]));
	if (nearest.best)
		diag_help(w->diags, NULL, "did you mean '%s'?", nearest.best);
	return false;
}

static bool to_number(const struct words *w, uint32_t *number)
{
	uint64_t n = 0;
	bool is = words_number(w, UINT32_MAX, &n);

	*number = (uint32_t)n;
	return is;
}

static bool read_condition(struct words *w, struct condition **to)
{
	size_t kind = 0;

	while (kind < N_CONDITIONS && !words_is(w, condition_names[kind]))
		kind++;
	if (kind == N_CONDITIONS)
		return wrong_name(w, "path, compatible, device_type, status, property, label or ppi",
				  condition_names, N_CONDITIONS);
	*to = make(w, sizeof(**to));
	(*to)->kind = (enum condition_kind)kind;
	if (!words_next(w))
		return words_wrong(w, kind == PPI ? "a number" : "a pattern");
	(*to)->pattern = w->word;
	if (kind == PPI && !to_number(w, &(*to)->number))
		return words_wrong(w, "a number");
	if (kind == PATH && w->word[0] != '/' && w->word[0] != '*')
		return words_wrong(w, "a path, which begins with /");
	words_next(w);
	return true;
}

static bool ends_action(const struct words *w)
{
	return !w->word || words_is(w, "and") || words_is(w, "where");
}

/* Texts and numbers, each kind as in source. */
static bool read_value(struct words *w, struct action *a)
{
	for (; !ends_action(w); words_next(w)) {
		unsigned char cell[4];
		uint32_t number;

		if (w->quoted) {
			text_put(&a->value, w->word, strlen(w->word) + 1);
			continue;
		}
		if (!to_number(w, &number))
			return words_wrong(w, "a number, or a text in double quotes");
		cell_put(cell, number);
		text_put(&a->value, cell, sizeof(cell));
	}
	return true;
}

static bool read_bound(struct words *w, struct bound *bound)
{
	bound->at = words_place(w);
	bound->is_number = to_number(w, &bound->number) && bound->number && bound->number != UINT32_MAX;
	if (!bound->is_number &&
	    (!w->word || w->word[0] != '&' || !prop_can_be_called(w->word + 1, strlen(w->word + 1))))
		return words_wrong(w, "a phandle or a &label");
	bound->label = bound->is_number ? NULL : w->word + 1;
	words_next(w);
	return true;
}

/* The number of a node stands in other places, too, which a rule would not change with it. */
static bool no_phandle(struct words *w)
{
	if (!prop_is_phandle(w->word))
		return true;
	words_wrong(w, "a property that is no phandle");
	diag_help(w->diags, NULL, "--reserved gives nodes other phandles, and the references to them follow; bind NUMBER "
		  "drops a node for one that others have under that phandle");
	return false;
}

/* A deletion for each. */
static bool read_names(struct words *w, struct action *a)
{
	if (ends_action(w))
		return words_wrong(w, "a property");
	for (; no_phandle(w); a = a->next) {
		a->name = w->word;
		words_next(w);
		if (ends_action(w))
			return true;
		a->next = make(w, sizeof(*a));
		a->next->kind = DELETE;
	}
	return false;
}

/* The word at hand is the first behind the action's own. */
static bool read_operands(struct words *w, struct action **to)
{
	struct action *a = *to;

	switch (a->kind) {
	case BIND: return read_bound(w, &a->bound);
	case SET:
	case REPLACE:
		if (ends_action(w) || (a->kind == SET && !prop_can_be_called(w->word, strlen(w->word))))
			return words_wrong(w, a->kind == SET ? "a property" : "the file of an overlay");
		if (a->kind == SET && !no_phandle(w))
			return false;
		a->name = w->word;
		words_next(w);
		return a->kind == REPLACE || read_value(w, a);
	case DELETE: return read_names(w, a);
	default: return true;
	}
}

static bool read_action(struct words *w, struct action **to)
{
	size_t kind = 0;

	while (kind < N_ACTIONS && !words_is(w, action_names[kind]))
		kind++;
	if (kind == N_ACTIONS)
		return wrong_name(w, "keep, drop, bind, set, delete or replace", action_names, N_ACTIONS);
	*to = make(w, sizeof(**to));
	(*to)->kind = (enum action_kind)kind;
	words_next(w);
	return read_operands(w, to);
}

static bool read_rule(struct words *w, struct rule *rule)
{
	struct action **action = &rule->actions;
	struct condition **condition = &rule->conditions;

	for (;;) {
		if (!read_action(w, action))
			return false;
		while (*action)
			action = &(*action)->next;
		if (!words_is(w, "and"))
			break;
		words_next(w);
	}
	if (!words_is(w, "where"))
		return words_wrong(w, "'where', or 'and'");
	words_next(w);
	do {
		if (!read_condition(w, condition))
			return false;
		condition = &(*condition)->next;
	} while (w->word);
	return true;
}

static enum status read_rules(struct words *w, struct filter_rules *rules)
{
	enum status status = DONE;

	while (words_line(w)) {
		struct rule *rule = make(w, sizeof(*rule));

		rules->places = grow(w->diags, rules->places, &rules->room, rules->n + 1, sizeof(*rules->places));
		rules->places[rules->n] = (struct rule_place){ w->file, w->line };
		rule->number = (int)++rules->n;
		*rules->end = rule;
		rules->end = &rule->next;
		if (!read_rule(w, rule))
			status = USAGE;
	}
	return w->failed ? USAGE : status;
}

static enum status read_file(struct diags *diags, const char *name, struct filter_rules *rules)
{
	struct file_bytes *file = &rules->files[rules->n_files++];
	enum status status = bytes_read(diags, name, file);
	struct words words;

	if (status)
		return status;
	words_start(&words, diags, name, file);
	return read_rules(&words, rules);
}

static enum status read_profile(struct diags *diags, const char *name, struct filter_rules *rules)
{
	struct file_bytes *file = &rules->files[rules->n_files++];
	struct words words;

	file->len = sizeof(xen_dom0) - 1;
	file->bytes = (unsigned char *)grow_text(diags, xen_dom0, file->len);
	words_start(&words, diags, name, file);
	return read_rules(&words, rules);
}

enum status filter_rules_read(struct diags *diags, const char *const *names, size_t n, const char *profile,
			      struct filter_rules **to)
{
	struct filter_rules *rules = grow_new(diags, 1, sizeof(*rules));
	enum status status = DONE;

	*to = rules;
	rules->files = grow_new(diags, n + 1, sizeof(*rules->files));
	rules->end = &rules->first;
	if (profile && strcmp(profile, "xen-dom0") != 0)
		return usage_error(diags, "there is no profile '%s'; xen-dom0 is one", profile);
	for (size_t i = 0; i < n; i++) {
		enum status own = read_file(diags, names[i], rules);

		status = own ? own : status;
	}
	return profile && !status ? read_profile(diags, profile, rules) : status;
}

void filter_rules_free(struct filter_rules *rules)
{
	struct rule *r = rules ? rules->first : NULL, *next;

	for (; r; r = next) {
		next = r->next;
		for (struct condition *c = r->conditions, *after; c; c = after) {
			after = c->next;
			free(c);
		}
		for (struct action *a = r->actions, *after; a; a = after) {
			after = a->next;
			text_free(&a->value);
			free(a);
		}
		free(r);
	}
	for (size_t i = 0; rules && i < rules->n_files; i++)
		file_free(&rules->files[i]);
	if (rules) {
		free(rules->files);
		free(rules->places);
	}
	free(rules);
}

/* ---------------------------------------------------------------- conditions */

/* One of the texts of a property. */
static bool any_text(const struct ovl_tree *tree, ovl_node node, const char *name, const char *pattern)
{
	struct ovl_prop p;

	return ovl_prop_find(tree, node, ovl_str(name), &p) && words_match_any(pattern, p.value, p.len);
}

static bool has_prop(const struct ovl_tree *tree, ovl_node node, const char *pattern)
{
	struct ovl_prop p;

	for (int more = ovl_prop_first(tree, node, &p); more; more = ovl_prop_next(tree, &p))
		if (words_match(pattern, p.name, p.name_len))
			return true;
	return false;
}

static bool has_label(const struct filter *f, ovl_node node, const char *pattern)
{
	for (const struct symbol *s = f->fates[node].symbols; s; s = s->next)
		if (words_match(pattern, s->name, s->name_len))
			return true;
	return false;
}

/* Of an interrupt controller whose specifiers are <kind number flags>, as Arm's are, a private one. */
static bool uses_ppi(const struct ovl_tree *tree, ovl_node node, uint32_t number)
{
	static const char *const props[] = { "interrupts", "interrupts-extended" };
	struct interrupt i;
	struct entries e;

	for (int k = 0; k < 2; k++)
		for (entries_open(&e, tree, node, props[k]); interrupt_next(&e, &i);)
			if (i.input.n >= 3 && run_cell(i.input, 0) == 1 && run_cell(i.input, 1) == number)
				return true;
	return false;
}

static bool has_status(const struct ovl_tree *tree, ovl_node node, const char *pattern)
{
	struct ovl_prop p;

	if (!ovl_prop_find(tree, node, ovl_str("status"), &p))
		return words_match(pattern, "okay", 4);
	return any_text(tree, node, "status", pattern);
}

static bool holds(const struct filter *f, const struct condition *c, ovl_node node, const struct text *path)
{
	const struct ovl_tree *tree = &f->stack.tree;

	switch (c->kind) {
	case PATH: return words_match(c->pattern, text_of(path), path->len);
	case COMPATIBLE: return any_text(tree, node, "compatible", c->pattern);
	case DEVICE_TYPE: return any_text(tree, node, "device_type", c->pattern);
	case STATUS: return has_status(tree, node, c->pattern);
	case PROPERTY: return has_prop(tree, node, c->pattern);
	case LABEL: return has_label(f, node, c->pattern);
	default: return uses_ppi(tree, node, c->number);
	}
}

static struct rule *rule_of(const struct filter_rules *rules, const struct filter *f, ovl_node node,
			    const struct text *path)
{
	for (struct rule *r = rules->first; r; r = r->next) {
		const struct condition *c = r->conditions;

		while (c && holds(f, c, node, path))
			c = c->next;
		if (!c)
			return r;
	}
	return NULL;
}

/* ---------------------------------------------------------------- actions */

static void set(struct filter *f, ovl_node node, const struct action *a, int why)
{
	struct draft *d = &f->draft;
	struct prop *p = filter_prop(f, node, a->name);

	if (p && p->value.len == a->value.len && memcmp(p->value.bytes, text_of(&a->value), a->value.len) == 0)
		return;
	draft_put(d, draft_clear(d, f->fates[node].node, a->name), 0, text_of(&a->value), (uint32_t)a->value.len);
	filter_note(f, "property", node, a->name, why, "set");
}

static void empty(struct filter *f, ovl_node node)
{
	for_each_prop(f->fates[node].node, p)
		if (!prop_is_phandle(p->name->text))
			prop_delete(p);
}

/* Of the root the table of labels stays, less those of nodes that go: the overlay's labels join it. */
static enum status drop_below(struct filter *f, ovl_node node, int why)
{
	const struct ovl_tree *tree = &f->stack.tree;
	ovl_node symbols = ovl_node_child(tree, ovl_node_root(tree), ovl_str("__symbols__"));
	enum status status = DONE;

	for (ovl_node c = ovl_node_first(tree, node); c && !status; c = ovl_node_next(tree, c))
		if (c != symbols)
			status = filter_drop(f, c, why);
	return status;
}

static enum status act(struct filter *f, ovl_node node, struct rule *r)
{
	enum status status = DONE;
	int why = r->number;

	for (struct action *a = r->actions; a && !status; a = a->next) {
		struct prop *p;

		switch (a->kind) {
		case KEEP: break;
		case BIND:
			status = filter_bind(f, node, &a->bound);
			if (!status)
				status = filter_drop(f, node, why);
			break;
		case DROP: status = filter_drop(f, node, why); break;
		case SET: set(f, node, a, why); break;
		case DELETE:
			p = filter_prop(f, node, a->name);
			if (p) {
				prop_delete(p);
				filter_note(f, "property", node, a->name, why, "deleted");
			}
			break;
		default:
			empty(f, node);
			status = drop_below(f, node, why);
			break;
		}
	}
	r->met = true;
	return status;
}

enum status filter_rules_apply(struct filter_rules *rules, struct filter *f)
{
	const struct ovl_tree *tree = &f->stack.tree;
	ovl_node root = ovl_node_root(tree);
	enum status status = DONE;

	f->rules = rules->places;
	f->several = rules->n_files > 1;
	for (ovl_node n = root; n && !status; n = tree_next(tree, root, n)) {
		struct text path = { 0 };
		struct rule *r;

		if (f->fates[n].gone)
			continue;
		text_path(&path, tree, n);
		r = rule_of(rules, f, n, &path);
		if (r)
			status = act(f, n, r);
		text_free(&path);
	}
	return status;
}

/* ---------------------------------------------------------------- replacing */

/* A tree that came with labels lost them to the rules, and was not built without; and no option here gives it some. */
static enum status explain(const struct filter *f, struct fit *fit, const struct ovl_error *err)
{
	const struct ovl_tree *tree = &f->stack.tree;
	struct diag_place at = { .file = fit->overlays->name };
	struct text who = { 0 };

	if (err->code != OVL_ERR_NO_SYMBOLS)
		return fit_explain(fit, err);
	text_add(&who, "the base %s does not define", fit->base->name);
	diag_error(f->diags, &at, MSG_LABEL_UNKNOWN, STR(err->label), text_of(&who));
	if (ovl_node_child(tree, ovl_node_root(tree), ovl_str("__symbols__")))
		diag_help(f->diags, &at, "let the rules leave /__symbols__ of %s", f->blob.name);
	else
		diag_help(f->diags, &at, "rebuild %s with -@, or write paths in the overlay", f->blob.name);
	text_free(&who);
	return UNRESOLVED;
}

static enum status replace(const struct filter *f, const char *name, struct blob *left)
{
	struct diags *diags = f->diags;
	struct blob blobs[2] = { *left, { 0 } };
	struct ovl_apply_options options = { .flags = OVL_ALLOW_CELLS };
	struct stack stack = { 0 };
	struct file_bytes out = { 0 };
	struct ovl_error err;
	enum status status = blob_read(diags, name, "overlay", &blobs[1]);

	if (!status && !blob_has_fragments(&blobs[1]))
		status = malformed_check(diags, &blobs[1]);
	if (!status)
		status = stack_open(&stack, diags, &blobs[0]);
	if (!status && stack_apply(&stack, &blobs[1], &options, &err)) {
		struct fit fit = { .diags = diags, .tree = &stack.tree, .base = blobs, .overlays = blobs + 1,
				   .options = &options };

		status = explain(f, &fit, &err);
	}
	if (!status)
		stack_flatten(&stack, diags, &out);
	stack_close(&stack);
	blob_free(&blobs[1]);
	if (!status) {
		file_free(&left->file);
		left->file = out;
	}
	return status;
}

unsigned int filter_rules_from_standard(const struct filter_rules *rules)
{
	unsigned int n = 0;

	for (const struct rule *r = rules->first; r; r = r->next)
		for (const struct action *a = r->actions; a; a = a->next)
			n += a->kind == REPLACE && is_standard(a->name);
	return n;
}

enum status filter_rules_replace(struct filter_rules *rules, const struct filter *f, struct blob *left)
{
	enum status status = DONE;

	for (struct rule *r = rules->first; r; r = r->next)
		for (struct action *a = r->actions; a && !status; a = a->next)
			if (r->met && a->kind == REPLACE)
				status = replace(f, a->name, left);
	return status;
}
