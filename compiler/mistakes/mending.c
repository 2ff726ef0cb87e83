/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* mending.c - after a mistake: find where reading can go on, and lead the parser there.
 * Nobody can trust the tokens after a mistake, but people lay their text out: one item a line, what is
 * inside a node further to the right.  So the text itself is looked at, up to the `;` or the brace that ends
 * the item, or the line that begins another one.  The parser gets one token that tells what it finds there:
 * RESUME for the next item, OPENED for the inside of a node. */
#include "mending.h"

#include <ctype.h>
#include <string.h>

#include "mistakes.h"
#include "parser.h"

enum { LONGEST_LINE = 1000 };

/* ---------------------------------------------------------------- the text */

static const char *text_start(const struct parse *p)
{
	return (const char *)p->source->text.bytes;
}

const char *text_end(const struct parse *p)
{
	return text_start(p) + p->source->text.len;
}

const char *text_of(const struct parse *p, struct pos at)
{
	if (at.start < p->source->base || at.end < at.start || at.end > p->source->base + p->source->text.len)
		return NULL;
	return text_start(p) + at.start - p->source->base;
}

struct pos pos_of(const struct parse *p, const char *from, const char *to)
{
	return (struct pos){ p->source->base + (uint32_t)(from - text_start(p)),
			     p->source->base + (uint32_t)(to - text_start(p)) };
}

/* A line that is longer than people write has no layout: neither end of it is looked for further than that. */
static const char *line_start(const struct parse *p, const char *at)
{
	const char *least = at - text_start(p) > LONGEST_LINE ? at - LONGEST_LINE : text_start(p);

	while (at > least && at[-1] != '\n')
		at--;
	return at;
}

const char *line_end(const struct parse *p, const char *at)
{
	size_t most = (size_t)(text_end(p) - at) < LONGEST_LINE ? (size_t)(text_end(p) - at) : LONGEST_LINE;
	const char *end = memchr(at, '\n', most);

	return end ? end : at + most;
}

const char *line_first(const struct parse *p, const char *at)
{
	at = line_start(p, at);
	return at + strspn(at, " \t\r\f\v");
}

unsigned int indent_of(const struct parse *p, const char *at)
{
	unsigned int columns = 0;

	for (at = line_start(p, at); *at == ' ' || *at == '\t'; at++)
		columns = *at == '\t' ? (columns / 8 + 1) * 8 : columns + 1;
	return columns;
}

const char *brace_on_line(const struct parse *p, const char *at)
{
	for (const char *end = line_end(p, at); at < end; at++)
		if (*at == '{' && at > text_start(p) && at[-1] != '&')
			return at;
	return NULL;
}

static bool in_name(char c)
{
	return c && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,._+*#?@-", c);
}

static size_t name_len(const char *at)
{
	size_t n = 0;

	while (in_name(at[n]))
		n++;
	return n;
}

int word_len(const struct parse *p, const char *at)
{
	size_t n = name_len(at);

	if (n || at == text_end(p))
		return (int)n;
	for (n = 1; (at[n] & 0xc0) == 0x80; n++)
		;
	return (int)n;
}

static const char *skip_blank(const char *at)
{
	return at + strspn(at, " \t");
}

bool begins_item(const char *first)
{
	const char *after;
	size_t n = name_len(first);

	while (n && first[n] == ':') {
		first = skip_blank(first + n + 1);
		n = name_len(first);
	}
	if (*first == '&')
		return strcspn(first, "{") < strcspn(first, ";>\n");
	if (*first == '/')
		return *skip_blank(first + 1) == '{' || strncmp(first, "/delete-", 8) == 0;
	after = skip_blank(first + n);
	if (!n || *after == ';')
		return n && islower((unsigned char)*first);
	return *after == '{' || (*after == '=' && after[1] != '=');
}

/* ---------------------------------------------------------------- going on */

static void go_on(struct parse *p, int token, const char *at)
{
	p->mending.pending = true;
	p->mending.token = token;
	p->mending.from = pos_of(p, at, at).start;
}

void resume_at(struct parse *p, const char *at)
{
	go_on(p, RESUME, at);
}

void open_at(struct parse *p, const char *at)
{
	go_on(p, OPENED, at);
}

void close_all_at(struct parse *p, const char *at)
{
	go_on(p, RESUME, at);
	for (const struct node *n = p->node; n; n = n->parent)
		p->mending.close += 2;
}

void close_at(struct parse *p, const char *at)
{
	go_on(p, RESUME, at);
	p->mending.close = 2;
}

void close_here(struct parse *p)
{
	p->mending.pending = true;
	p->mending.close = 2;
}

/* Behind a string or a comment that begins at a place, or the place itself. */
static const char *skip_quoted(const struct parse *p, const char *at)
{
	const char *end = text_end(p), *close;

	if (*at == '"') {
		for (close = at + 1; close < end && *close != '"' && *close != '\n'; close++)
			close += *close == '\\' && close + 1 < end && close[1] != '\n';
		return close < end && *close == '"' ? close + 1 : close;
	}
	if (at[0] == '/' && at[1] == '*') {
		close = memmem(at, (size_t)(end - at), "*/", 2);
		return close ? close + 2 : end;
	}
	return at[0] == '/' && at[1] == '/' ? line_end(p, at) : at;
}

/* A line marker, `# N "file"`, is passed over, but what it says counts. */
static const char *skip_marker(struct parse *p, const char *at)
{
	const char *end = line_end(p, at), *behind;

	if (at[0] != '#' || at[1] != ' ')
		return at;
	behind = at + 2 + strspn(at + 2, "0123456789");
	if (behind == at + 2 || strncmp(behind, " \"", 2) != 0 || end - behind <= 2 ||
	    !memchr(behind + 2, '"', (size_t)(end - behind - 2)))
		return at;
	scan_line_marker(p, at, (size_t)(end - at), pos_of(p, at, end));
	return end;
}

/* Braces around a value, as C has them. */
static const char *skip_braced(const struct parse *p, const char *brace)
{
	const char *end = text_end(p) - brace > LONGEST_LINE ? brace + LONGEST_LINE : text_end(p);
	const char *close = memchr(brace, '}', (size_t)(end - brace));

	if (close && memchr(brace, '\n', (size_t)(close - brace)))
		return NULL;
	return close && !memchr(brace, ';', (size_t)(close - brace)) ? close + 1 : NULL;
}

void resume_behind(struct parse *p, const char *at)
{
	const char *end = text_end(p), *to;

	p->mending.passed = pos_of(p, at, at).start;
	while (at < end) {
		to = skip_quoted(p, at);
		if (to == at && at > text_start(p) && at[-1] == '\n') {
			to = skip_marker(p, at);
			if (to == at && begins_item(line_first(p, at)))
				break;
		}
		if (to > at) {
			at = to;
			continue;
		}
		if (*at == ';') {
			at++;
			break;
		}
		if (*at == '}')
			break;
		if (*at == '{') {
			to = skip_braced(p, at);
			if (!to) {
				open_at(p, at + 1);
				return;
			}
			at = to;
			continue;
		}
		at++;
	}
	resume_at(p, at);
}

int mistake_token(struct parse *p, struct pos *at)
{
	struct mending *m = &p->mending;
	int token = m->token;

	if (token) {
		m->token = 0;
		scan_go_name(p, m->from);
		at->start = at->end = m->from;
		p->token = (struct pos){ 0 };
		p->token_is_label = false;
		return token;
	}
	if (m->close)
		return --m->close % 2 ? '}' : ';';
	m->pending = false;
	for (struct label *l = m->labels; l; l = l->next)
		build_label(p, l->name, label_pos(l));
	m->labels = NULL;
	return 0;
}

/* ---------------------------------------------------------------- braces and layout */

/* The first child or property of a node that stands no further to the right than the node itself, though those
 * before it do. */
static bool outdented(const struct parse *p, const struct node *n, struct pos *before)
{
	const char *own = text_of(p, n->pos), *at;
	const struct node *child = n->first;
	bool inside = false;

	for (const struct prop *prop = n->props; prop; prop = prop->next) {
		at = text_of(p, prop->pos);
		if (!at || line_first(p, at) != at)
			continue;
		*before = prop->pos;
		if (indent_of(p, at) > indent_of(p, own))
			inside = true;
		else if (inside)
			return true;
	}
	for (; child; child = child->next) {
		at = text_of(p, child->pos);
		if (!at || line_start(p, at) == line_start(p, own))
			continue;
		*before = child->pos;
		if (indent_of(p, at) > indent_of(p, own))
			inside = true;
		else if (inside)
			return true;
	}
	return false;
}

/* Whether the brace that closed a node stands further to the left than the node. */
static bool closed_late(const struct parse *p, const struct node *n, struct pos *before)
{
	const char *at = text_of(p, (struct pos){ n->whole.end - 1, n->whole.end });

	if (!at || indent_of(p, at) >= indent_of(p, text_of(p, n->pos)))
		return false;
	at = line_first(p, at);
	*before = pos_of(p, at, at + 1);
	return true;
}

const struct node *left_open(const struct parse *p, struct pos *before)
{
	for (const struct node *n = p->block; n; n = node_after(p->block, n))
		if (text_of(p, n->pos) && (outdented(p, n, before) || closed_late(p, n, before)))
			return n;
	return NULL;
}

bool closed_early(const struct parse *p)
{
	const char *open = text_of(p, p->last_block), *close;

	if (!open)
		return false;
	close = open + (p->last_block.end - 1 - p->last_block.start);
	return indent_of(p, close) > indent_of(p, open);
}
