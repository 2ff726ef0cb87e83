/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* params.c - which value goes to which overlay, and what is left of an overlay afterwards, see params.h.
 * Rules: dtmerge's, as observed: a name is looked for in the overlays, then in the base; a parameter may be
 * given several times; the kernel's command line of an overlay is added to the base's. */
#include "params.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "holes.h"
#include "text.h"

/* ---------------------------------------------------------------- the command line */

enum status params_add_word(struct params *params, struct diags *diags, const char *word)
{
	size_t name_len = strcspn(word, "=");
	const char *colon = memrchr(word, ':', name_len), *name = colon ? colon + 1 : word;
	struct param *list, *p;

	name_len -= (size_t)(name - word);
	if (!name_len)
		return usage_error(diags, "--param takes [OVERLAY:]NAME[=VALUE], and '%s' has no name",
				   word);
	list = grow_one(diags, params->list, params->n, sizeof(*list));
	params->list = list;
	p = &list[params->n];
	*p = (struct param){ .name = grow_text(diags, name, name_len), .value = "true" };
	if (name[name_len] == '=')
		p->value = name + name_len + 1;
	if (colon)
		p->overlay = grow_text(diags, word, (size_t)(colon - word));
	params->n++;
	return DONE;
}

void params_free(struct params *params)
{
	for (size_t i = 0; i < params->n; i++) {
		free(params->list[i].name);
		free(params->list[i].overlay);
	}
	free(params->list);
}

/* ---------------------------------------------------------------- which overlay */

struct fill {
	struct diags *diags;
	const struct params *params;
	struct draft *drafts; /* of the base, then of the overlays */
	bool *given;	      /* whether a parameter was, to each of these */
	struct blob *base, *overlays;
	size_t n;
	struct stack stack; /* of the base as it was */
};

static bool is_meant(const struct fill *f, const struct param *p, size_t i)
{
	const char *name = f->overlays[i].name;

	return !p->overlay || strcmp(p->overlay, name) == 0 || strcmp(p->overlay, file_name(name)) == 0;
}

static void offer_props(const struct node *all, struct diag_nearest *nearest)
{
	if (all)
		for_each_prop(all, prop)
			diag_nearest_offer(nearest, prop->name->text, prop->name->len);
}

static void offer_names(const struct fill *f, const struct param *p, struct diag_nearest *nearest)
{
	for (size_t i = 0; i <= f->n; i++) {
		const struct draft *d = &f->drafts[i];

		if (!d->tree.root || (i ? !is_meant(f, p, i - 1) : p->overlay != NULL))
			continue;
		offer_props(override_node(d), nearest);
		offer_props(holes_node(d), nearest);
	}
}

static enum status unknown(const struct fill *f, const struct param *p)
{
	struct diag_nearest nearest;

	diag_error(f->diags, NULL, MSG_PARAM_UNKNOWN, p->name,
		   p->overlay ? p->overlay
		   : f->base  ? "any overlay, nor in the base"
			      : "the overlay");
	diag_nearest_init(&nearest, p->name, strlen(p->name));
	offer_names(f, p, &nearest);
	if (nearest.best)
		diag_help(f->diags, NULL, "did you mean '%.*s'?", (int)nearest.best_len, nearest.best);
	else
		diag_help(f->diags, NULL, "ovl params OVERLAY lists what an overlay has");
	return UNRESOLVED;
}

/* The only overlay that has the parameter, or else the base. */
static enum status find(const struct fill *f, const struct param *p, struct draft **found)
{
	bool any = false;

	*found = NULL;
	for (size_t i = 0; i < f->n; i++) {
		if (!is_meant(f, p, i))
			continue;
		any = true;
		if (!override_find(&f->drafts[1 + i], p->name) && !holes_has(&f->drafts[1 + i], p->name))
			continue;
		if (*found) {
			diag_error(f->diags, NULL, MSG_PARAM_TWO, (*found)->blob->name, f->overlays[i].name, p->name);
			diag_help(f->diags, NULL, "say which: --param %s:%s=%s", file_name(f->overlays[i].name),
				  p->name, p->value);
			return UNRESOLVED;
		}
		*found = &f->drafts[1 + i];
	}
	if (!any)
		return usage_error(f->diags, "no overlay is called '%s'", p->overlay);
	if (!*found && !p->overlay && f->base && override_find(&f->drafts[0], p->name))
		*found = &f->drafts[0];
	return *found ? DONE : unknown(f, p);
}

static enum status keep_base(const struct fill *f, const struct param *p)
{
	const char *base = f->base->name, *receipt = f->params->receipt;
	size_t n = f->params->n_past;
	struct text which = { 0 };

	for (size_t i = 1; i <= n; i++)
		text_add(&which, " -x %zu", i);
	diag_error(f->diags, NULL, MSG_PARAM_BASE, p->name, receipt);
	if (n)
		diag_help(f->diags, NULL, "take out what was applied: ovl remove %s --receipt %s%s -o BASE", base, receipt,
			  text_of(&which));
	diag_help(f->diags, NULL, "set it in the base: ovl fill %s %s=%s -o FILE, and apply overlays to FILE",
		  n ? "BASE" : base, p->name, p->value);
	text_free(&which);
	return USAGE;
}

static enum status give(struct fill *f, const struct param *p)
{
	struct override target;
	enum status status;
	struct draft *d = NULL;
	const struct prop *param;
	bool more;

	status = find(f, p, &d);
	if (status || !d)
		return status;
	if (d == &f->drafts[0] && f->params->receipt)
		return keep_base(f, p);
	f->given[d - f->drafts] = true;
	param = override_find(d, p->name);
	if (!param)
		return holes_give(d, p->name, p->value);
	for (more = override_first(d, param, &target); more && !status; more = override_next(&target))
		status = param_set(d, p->name, &target, p->value);
	if (!status && target.wrong) {
		struct diag_place at = { .file = d->blob->name };

		diag_error(d->diags, &at, MSG_PARAM_MALFORMED, p->name, target.wrong);
		return MALFORMED;
	}
	return status;
}

/* ---------------------------------------------------------------- what is left */

static struct node *content_of(const struct draft *d, const struct node *fragment)
{
	return node_by_path(&d->tree, fragment, "__overlay__");
}

/* The kernel's command line that the tree has so far, and then the overlay's; or that alone, as applying would
 * have it, when the overlay stays as it is. */
static void join_bootargs(struct draft *d, struct text *bootargs, bool stays)
{
	for_each_child(d->tree.root, fragment) {
		struct node *content = content_of(d, fragment);
		struct prop *p = content ? prop_find(&d->tree, content, "bootargs") : NULL;
		struct prop *target = prop_find(&d->tree, fragment, "target-path");

		if (!p || !prop_is_text(p) || !target || !prop_is_text(target) ||
		    strcmp((const char *)target->value.bytes, "/chosen") != 0)
			continue;
		if (stays)
			text_cut(bootargs, 0);
		text_add(bootargs, "%s%s", bootargs->len ? " " : "", (const char *)p->value.bytes);
		if (!stays)
			prop_set(&d->tree, p, text_of(bootargs), bootargs->len + 1);
	}
}

static bool is_off(const struct draft *d, const struct node *top)
{
	return node_by_path(&d->tree, top, "__dormant__");
}

/* What a fragment that stays refers to stays with it, a list whose end is *last; that a switch is off which another one
 * needs on is worth a warning. */
static void keep(struct draft *d, struct node *n, const struct prop *p, struct node *to, struct node ***last)
{
	struct diag_place at = { .file = d->blob->name };

	if (to == node_top(n) || to->referenced || !is_off(d, to))
		return;
	to->referenced = true;
	*(*last)++ = to;
	if (!is_off(d, node_top(n)))
		diag_warning(d->diags, &at, MSG_PARAM_OFF, node_path(&d->tree, to, NULL), node_path(&d->tree, n, NULL),
			     p->name->text);
}

static void keep_from_props(struct draft *d, struct node *n, struct node ***last)
{
	for_each_prop(n, p)
		for_each_marker(p, m)
			if (m->type == MARK_REF_PHANDLE && m->to->target)
				keep(d, n, p, node_top(m->to->target), last);
}

static void keep_from(struct draft *d, struct node *top, struct node ***last)
{
	for_each_node(top, n)
		keep_from_props(d, n, last);
}

/* A fragment that is switched off goes, but for one that something which stays refers to. */
static void drop_dormant(struct draft *d)
{
	struct node **kept, **last;
	size_t n = 0;

	for_each_child(d->tree.root, top) {
		top->referenced = false;
		n++;
	}
	kept = last = grow_new(d->diags, n + 1, sizeof(*kept));
	keep_from_props(d, d->tree.root, &last);
	for_each_child(d->tree.root, top)
		if (!is_off(d, top))
			keep_from(d, top, &last);
	for (struct node **at = kept; at < last; at++)
		keep_from(d, *at, &last);
	for_each_child(d->tree.root, top)
		if (is_off(d, top) && !top->referenced)
			node_delete(top);
	free(kept);
}

static enum status finish(struct draft *d, struct blob *blob)
{
	struct file_bytes out = { 0 };
	enum status status = draft_write(d, &out);

	if (status)
		return status;
	draft_close(d);
	file_free(&blob->file);
	blob->file = out;
	*d = (struct draft){ .diags = d->diags };
	return DONE;
}

static enum status finish_overlay(struct fill *f, size_t i, struct text *bootargs)
{
	struct draft *d = &f->drafts[1 + i];
	struct node *all = override_node(d);
	bool stays = f->params->only_given && !f->given[1 + i] && !holes_node(d);
	enum status status = holes_encode(d, f->base ? &f->stack : NULL);

	if (status)
		return status;
	join_bootargs(d, bootargs, stays);
	if (stays)
		return DONE;
	if (all)
		node_delete(all);
	drop_dormant(d);
	return finish(d, &f->overlays[i]);
}

static enum status finish_all(struct fill *f)
{
	struct text bootargs = { 0 };
	const struct prop *p = NULL;
	struct node *chosen = f->base ? node_by_path(&f->drafts[0].tree, f->drafts[0].tree.root, "/chosen") : NULL;
	enum status status = DONE;

	if (chosen)
		p = prop_find(&f->drafts[0].tree, chosen, "bootargs");
	if (p && prop_is_text(p))
		text_add(&bootargs, "%s", (const char *)p->value.bytes);
	for (size_t i = 0; i < f->n && !status; i++)
		status = finish_overlay(f, i, &bootargs);
	if (!status && f->base && f->given[0])
		status = finish(&f->drafts[0], f->base);
	text_free(&bootargs);
	return status;
}

static enum status fill_all(struct fill *f)
{
	enum status status = DONE;

	if (f->base)
		status = draft_open(&f->drafts[0], f->diags, f->base);
	if (!status && f->base)
		status = stack_open(&f->stack, f->diags, f->base);
	for (size_t i = 0; i < f->n && !status; i++)
		status = draft_open(&f->drafts[1 + i], f->diags, &f->overlays[i]);
	for (size_t i = 0; i < f->params->n && !status; i++)
		status = give(f, &f->params->list[i]);
	return status ? status : finish_all(f);
}

enum status params_fill(struct diags *diags, const struct params *params, struct blob *base,
			struct blob *overlays, size_t n)
{
	struct fill f = { .diags = diags, .params = params, .base = base, .overlays = overlays, .n = n };
	enum status status;

	f.drafts = grow_new(diags, 1 + n, sizeof(*f.drafts));
	f.given = grow_new(diags, 1 + n, sizeof(*f.given));
	status = fill_all(&f);
	for (size_t i = 0; i <= n; i++)
		draft_close(&f.drafts[i]);
	stack_close(&f.stack);
	free(f.drafts);
	free(f.given);
	return status;
}
