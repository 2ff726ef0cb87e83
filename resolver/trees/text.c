/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* text.c - text that grows, see text.h. */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"


/* Room for len more bytes and a NUL. */
static void more(struct text *text, size_t len)
{
	text->at = grow(NULL, text->at, &text->room, text->len + len + 1, 1);
}

void text_put(struct text *text, const void *bytes, size_t len)
{
	more(text, len);
	if (len)
		memcpy(text->at + text->len, bytes, len);
	text->len += len;
	text->at[text->len] = 0;
}

void text_cell(struct text *text, uint32_t cell)
{
	const unsigned char bytes[] = { (unsigned char)(cell >> 24), (unsigned char)(cell >> 16),
					(unsigned char)(cell >> 8), (unsigned char)cell };

	text_put(text, bytes, sizeof(bytes));
}

void text_str(struct text *text, struct ovl_str part)
{
	text_put(text, part.ptr, part.len);
}

void text_add_args(struct text *text, const char *format, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	more(text, (size_t)len);
	vsnprintf(text->at + text->len, (size_t)len + 1, format, args);
	text->len += (size_t)len;
}

void text_add(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_add_args(text, format, args);
	va_end(args);
}

void text_path(struct text *text, const struct ovl_tree *tree, ovl_node node)
{
	uint32_t len = ovl_node_path(tree, node, NULL, 0);

	more(text, len);
	ovl_node_path(tree, node, text->at + text->len, len);
	text->len += len;
	text->at[text->len] = 0;
}

void text_ref(struct text *text, const struct ovl_ref *r)
{
	ovl_node node = r->fault == OVL_REF_NO_CELLS && !r->to ? r->node : r->to;

	if (node)
		text_path(text, r->in, node);
}

void text_cut(struct text *text, size_t len)
{
	if (len >= text->len)
		return;
	text->len = len;
	text->at[len] = 0;
}

void text_free(struct text *text)
{
	free(text->at);
	*text = (struct text){ 0 };
}

const char *text_of(const struct text *text)
{
	return text->at ? text->at : "";
}
