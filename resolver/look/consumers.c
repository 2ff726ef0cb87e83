/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* consumers.c - what others make of an overlay, one line for each reason, see explain.h.
 * The findings of profile.h are put together by rule and verdict: all consumers that find the same,
 * the first place, and how many places there are. */
#include "explain.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

enum { N_VERDICTS = OVL_DIFFERS + 1 };

struct reason {
	unsigned int consumers;
	uint32_t n[OVL_N_CONSUMERS]; /* findings of each */
	struct text place, why;	     /* of the first */
};

struct reasons {
	struct reason of[OVL_N_RULES][N_VERDICTS];
	struct {
		enum ovl_rule rule;
		enum ovl_verdict verdict;
	} order[OVL_N_RULES * N_VERDICTS];
	size_t n;
	unsigned int heard; /* of these consumers there are findings */
};

static enum status take(void *arg, const struct profile_finding *f)
{
	struct reasons *all = arg;
	struct reason *r = &all->of[f->rule][f->verdict];

	if (!r->consumers) {
		text_add(&r->place, "%s", f->place);
		text_add(&r->why, "%s", f->why);
		all->order[all->n].rule = f->rule;
		all->order[all->n++].verdict = f->verdict;
	}
	r->consumers |= 1u << f->consumer;
	r->n[f->consumer]++;
	all->heard |= 1u << f->consumer;
	return DONE;
}

static void say_names(struct explain *e, unsigned int consumers)
{
	bool first = true;

	for (unsigned int i = 0; i < OVL_N_CONSUMERS; i++) {
		if (!(consumers & 1u << i))
			continue;
		say_comma(e, &first);
		say_text(e, ovl_str(profile_consumer((enum ovl_consumer)i)));
	}
}

static void say_reason(struct explain *e, const struct reason *r, enum ovl_rule rule,
		       enum ovl_verdict verdict)
{
	static const char *const names[] = { "", "refuses", "ignores", "differs" };
	static const char *const one[] = { "", "refuses", "ignores", "takes" };
	static const char *const many[] = { "", "refuse", "ignore", "take" };
	const char *const *verbs = r->consumers & (r->consumers - 1) ? many : one;
	uint32_t most = 0;

	for (int i = 0; i < OVL_N_CONSUMERS; i++)
		most = r->n[i] > most ? r->n[i] : most;
	text_add(e->out, e->json ? "{\"consumers\": [" : "  ");
	say_names(e, r->consumers);
	text_add(e->out, e->json ? "], \"does\": \"%s\", \"place\": " : " %s ",
		 e->json ? names[verdict] : verbs[verdict]);
	say_text(e, ovl_str(text_of(&r->place)));
	text_add(e->out, e->json ? ", \"why\": " : verdict == OVL_DIFFERS ? " otherwise: " : ": ");
	say_text(e, ovl_str(text_of(&r->why)));
	text_add(e->out, e->json ? ", \"rule\": \"%s\", \"places\": %u}" : " (%s", profile_rule(rule),
		 most);
	if (e->json)
		return;
	if (most > 1)
		text_add(e->out, "; %u such places", most);
	text_add(e->out, ")\n");
}

static void say_all(struct explain *e, const struct reasons *all, unsigned int asked)
{
	bool first = true;

	text_add(e->out, e->json ? ", \"consumers\": [" : "consumers:\n");
	for (enum ovl_verdict v = OVL_REFUSES; v <= OVL_DIFFERS; v++)
		for (size_t i = 0; i < all->n; i++) {
			if (all->order[i].verdict != v)
				continue;
			if (e->json)
				say_comma(e, &first);
			say_reason(e, &all->of[all->order[i].rule][v], all->order[i].rule, v);
		}
	asked &= ~all->heard;
	text_add(e->out, e->json ? "], \"nothing-to-say\": [" : asked ? "  " : "");
	say_names(e, asked);
	text_add(e->out, e->json ? "]" : asked ? ": nothing to say\n" : "");
}

enum status consumers_tell(struct explain *e, struct profile *profile, const struct ovl_error *err)
{
	const struct blob *overlay = &e->fit.overlays[e->fit.n_before];
	struct reasons *all = grow_new(e->fit.diags, 1, sizeof(*all));
	struct text tree = { 0 };
	enum status status;

	if (e->fit.tree)
		fit_tree_name(&e->fit, &tree);
	profile->take = take;
	profile->arg = all;
	status = profile_report(profile, overlay, e->layer ? e->fit.tree : NULL, text_of(&tree),
				e->fit.tree ? err : NULL);
	if (!status)
		say_all(e, all, profile->consumers);
	for (size_t i = 0; i < all->n; i++) {
		struct reason *r = &all->of[all->order[i].rule][all->order[i].verdict];

		text_free(&r->place);
		text_free(&r->why);
	}
	text_free(&tree);
	free(all);
	return status;
}
