/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* remove.c - fuzz target: stacks of any overlays on any base, built and taken apart in any order.
 * Parts: the base, and up to five overlays.  The choices say which overlay is put on or taken off next.  After each
 * step the tree is, byte for byte, what the overlays that are on it give when they are applied to a fresh one; an
 * overlay is refused to be taken off only when that cannot be done, with what the fresh one refuses, and its use is
 * named when there is one; a refusal changes nothing; taken down to the last, the tree is the canonical base. */
#include <string.h>

#include "fuzz.h"

enum { DEEP = 6, STEPS = 8 };

static uint32_t storage[ROOM / 4], again[ROOM / 4];
static struct image before, wanted, got;

static const struct ovl_range reserved = { 5, 30 };
static const struct ovl_apply_options options = { .flags = OVL_KEEP | OVL_ALLOW_CELLS, .reserved = &reserved,
						  .n_reserved = 1 };

struct stack {
	struct ovl_tree tree;
	const struct part *base, *list[DEEP];
	size_t n;
};

/* Nothing more can be told once a tree does not fit the room. */
static bool put_on(struct stack *s, const struct part *overlay)
{
	struct ovl_error err;
	bool possible;

	s->list[s->n] = overlay;
	possible = apply_all(s->base, s->list, s->n + 1, &options, again, &wanted, NULL);
	if (ovl_apply(&s->tree, overlay->bytes, overlay->len, &options, &err)) {
		EXPECT(!possible || is_limit(err.code));
		return !is_limit(err.code);
	}
	s->n++;
	if (!possible || !write_tree(&s->tree, &got))
		return false;
	EXPECT(same_bytes(&wanted, &got));
	return true;
}

/* Whether one of them is the user's. */
static bool see_uses(const struct ovl_tree *tree, uint32_t number, uint32_t user)
{
	bool seen = false;
	struct ovl_use use;

	for (int more = ovl_use_first(tree, number, &use); more; more = ovl_use_next(tree, &use)) {
		EXPECT(use.user > number && use.user <= ovl_tree_layers(tree));
		seen |= use.user == user;
	}
	return seen;
}

static bool same_text(struct ovl_str a, struct ovl_str b)
{
	return a.len == b.len && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static bool same_reason(const struct ovl_error *in_use, const struct ovl_error *alone)
{
	return in_use->why == alone->code && in_use->off == alone->off && in_use->side == alone->side &&
	       same_text(in_use->fragment, alone->fragment) && same_text(in_use->node, alone->node) &&
	       same_text(in_use->prop, alone->prop) && same_text(in_use->label, alone->label) &&
	       same_text(in_use->path, alone->path);
}

/* Of what has another reason ovl_use_first() does not tell. */
static bool lacks_what_is_used(const struct ovl_error *in_use)
{
	switch (in_use->why) {
	case OVL_ERR_NO_SYMBOLS:
	case OVL_ERR_NO_LABEL:
	case OVL_ERR_NO_LABEL_NODE:
	case OVL_ERR_NOT_THERE: return true;
	default: return in_use->why == OVL_ERR_NO_TARGET && in_use->path.len;
	}
}

static bool take_off(struct stack *s, size_t which)
{
	const struct part *rest[DEEP];
	struct ovl_error err, alone;
	bool possible;

	memcpy(rest, s->list, sizeof(rest));
	memmove(rest + which, rest + which + 1, (s->n - which - 1) * sizeof(rest[0]));
	possible = apply_all(s->base, rest, s->n - 1, &options, again, &wanted, &alone);
	if (!write_tree(&s->tree, &before))
		return false;
	if (ovl_remove(&s->tree, (uint32_t)which + 1, &err)) {
		EXPECT(!possible && err.code == OVL_ERR_IN_USE && same_reason(&err, &alone));
		EXPECT(see_uses(&s->tree, (uint32_t)which + 1, err.number) || !lacks_what_is_used(&err));
		EXPECT(write_tree(&s->tree, &got) && same_bytes(&before, &got));
		return true;
	}
	s->n--;
	memcpy(s->list, rest, sizeof(rest));
	EXPECT(possible && write_tree(&s->tree, &got) && same_bytes(&wanted, &got));
	return true;
}

void fuzz_target(struct input *input)
{
	struct stack s = { .base = &input->parts[0] };
	bool go_on = true;

	if (ovl_tree_open(&s.tree, s.base->bytes, s.base->len, storage, sizeof(storage), NULL))
		return;
	EXPECT(ovl_remove(&s.tree, 1, NULL) == OVL_ERR_NO_LAYER);
	for (int i = 0; go_on && i < STEPS; i++)
		if (s.n < DEEP && (!s.n || choose(input, 8) < 5))
			go_on = put_on(&s, &input->parts[1 + (choose(input, 5) + (unsigned int)i) % 5]);
		else
			go_on = take_off(&s, choose(input, (unsigned int)s.n));
	for (uint32_t i = 1; i <= s.n; i++)
		see_uses(&s.tree, i, 0);
	/* The newest one can always go. */
	while (go_on && s.n)
		go_on = take_off(&s, s.n - 1);
	if (go_on && apply_all(s.base, NULL, 0, NULL, again, &wanted, NULL))
		EXPECT(write_tree(&s.tree, &got) && same_bytes(&wanted, &got));
}
