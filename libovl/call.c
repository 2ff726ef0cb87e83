/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* call.c - begin and end a call that may fail.
 * Between the two a copy of the tree is changed, and what is in the way is noted as pointers; only a call
 * that succeeds gives the copy back, and only one that fails works the notes out for the caller, if the
 * caller wants them.  So no step between needs room for an error of its own. */
#include "inner.h"

void ovli_begin(struct ovli_call *c, const struct ovl_tree *t, enum ovl_side side)
{
	static const struct ovl_apply_options none;
	struct ovl_tree tree = { .words = NULL };

	if (t)
		tree = *t;      /* which may be the call's own */
	memset(c, 0, sizeof(*c));
	c->tree = tree;
	c->options = &none;
	c->side = (unsigned char)side;
}

static void tell(const struct ovli_call *c, struct ovl_str *to, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	to->ptr = text;
	to->len = !text ? 0 : c->room ? ovli_strlen_in(text, (uint32_t)(c->from + c->room - at)) : ovli_strlen(text);
}

enum ovl_err ovli_end(const struct ovli_call *c, struct ovl_tree *t, struct ovl_error *err)
{
	if (!c->code && t)
		*t = c->tree;
	if (!err)
		return c->code;
	memset(err, 0, sizeof(*err));
	err->side = (enum ovl_side)c->side;
	if (!c->code)
		return OVL_OK;
	err->code = c->code;
	err->off = c->off;
	err->number = c->number;
	tell(c, &err->fragment, c->fragment);
	tell(c, &err->node, c->node);
	tell(c, &err->prop, c->prop);
	tell(c, &err->label, c->label);
	tell(c, &err->path, c->path);
	err->need_bytes = c->need_bytes;
	return c->code;
}

/* at is where in the bytes that begin at c->from; NULL when there is no place. */
enum ovl_err ovli_fail(struct ovli_call *c, enum ovl_err code, const unsigned char *at)
{
	c->code = code;
	c->off = at ? (uint32_t)(at - c->from) : 0;
	return code;
}

enum ovl_err ovli_no_space(struct ovli_call *c, enum ovl_side side, uint64_t bytes)
{
	c->side = (unsigned char)side;
	c->need_bytes = (size_t)bytes;
	return ovli_fail(c, OVL_ERR_SPACE, NULL);
}

/* A call that can only fail for want of room, and needs its stack for something else, ends so; it did well
 * when bytes is 0. */
enum ovl_err ovli_say_space(enum ovl_side side, uint64_t bytes, struct ovl_error *err)
{
	struct ovli_call c;

	ovli_begin(&c, NULL, side);
	if (bytes)
		ovli_no_space(&c, side, bytes);
	return ovli_end(&c, NULL, err);
}
