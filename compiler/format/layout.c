/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* layout.c - write pieces at columns, see layout.h. */
#include "layout.h"

#include <string.h>

#include "pool.h"

void layout_put(struct layout *l, const char *text, size_t len)
{
	l->out.at = grow(l->diags, l->out.at, &l->out.room, l->out.len + len, 1);
	memcpy(l->out.at + l->out.len, text, len);
	l->out.len += len;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			l->column = 0;
		else if (text[i] == '\t')
			l->column += LAYOUT_TAB - l->column % LAYOUT_TAB;
		else
			l->column += ((unsigned char)text[i] & 0xc0) != 0x80; /* a character of UTF-8 is one column */
	}
}

void layout_go(struct layout *l, unsigned int column)
{
	while (l->column - l->column % LAYOUT_TAB + LAYOUT_TAB <= column)
		layout_put(l, "\t", 1);
	while (l->column < column)
		layout_put(l, " ", 1);
}

void layout_end_line(struct layout *l)
{
	if (l->out.len && l->out.at[l->out.len - 1] != '\n')
		layout_put(l, "\n", 1);
}

static bool is_after_blank(const struct layout *l, size_t at)
{
	return at < 2 || (l->out.at[at - 1] == '\n' && l->out.at[at - 2] == '\n');
}

void layout_blank(struct layout *l)
{
	if (!is_after_blank(l, l->out.len))
		layout_put(l, "\n", 1);
}

void layout_blank_at(struct layout *l, size_t at)
{
	unsigned int column = l->column;

	if (is_after_blank(l, at))
		return;
	layout_put(l, "\n", 1);
	memmove(l->out.at + at + 1, l->out.at + at, l->out.len - 1 - at);
	l->out.at[at] = '\n';
	l->column = column;
}

/* Without the blanks at the end of a line. */
static size_t trimmed(const char *line, size_t len)
{
	while (len && strchr(" \t\r\f\v", line[len - 1]))
		len--;
	return len;
}

/* A comment or a directive: the stars of its lines are lined up. */
static void put_lines(struct layout *l, const struct piece *piece)
{
	const char *line = piece->at, *end = piece->at + piece->len, *next;
	unsigned int column = l->column;

	for (; line; line = next) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((newline ? newline : end) - line), blanks = strspn(line, " \t");

		next = newline ? newline + 1 : NULL;
		if (line != piece->at && line[blanks] == '*') {
			layout_go(l, column + 1);
			line += blanks;
			len -= blanks;
		}
		layout_put(l, line, newline ? trimmed(line, len) : len);
		if (newline)
			layout_put(l, "\n", 1);
	}
}

void layout_piece(struct layout *l, const struct piece *piece)
{
	if (piece->kind == PIECE_COMMENT || piece->kind == PIECE_DIRECTIVE)
		put_lines(l, piece);
	else
		layout_put(l, piece->at, piece->len);
}
