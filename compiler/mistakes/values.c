/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* values.c - mistakes in and around the value of a property: its cells, bytes, strings and expressions, and
 * what stands between them.  See mistakes.c. */
#include "scene.h"

#include <ctype.h>
#include <string.h>

#include "mending.h"
#include "mistakes.h"
#include "words.h"

/* ---------------------------------------------------------------- lists */

/* The parenthesis, bracket or angle that is still open in the value before a place; NULL for none. */
static const char *still_open(struct scene *s, char open, char close)
{
	const char *from = s->p->prop ? text_of(s->p, s->p->prop->pos) : NULL, *at = s->at;
	int depth = 0;

	for (; from && at > from; at--) {
		depth += (at[-1] == close) - (at[-1] == open);
		if (depth < 0)
			return at - 1;
	}
	return NULL;
}

/* `a = <0};`, where the node that is open did not begin on this line: it does not end there either. */
static bool is_wrong_end(const struct scene *s)
{
	return s->at[0] == '}' && s->at[1] == ';' && s->same_line && !brace_on_line(s->p, line_first(s->p, s->at));
}

static void tell_open(struct scene *s, char open, char close)
{
	const char *where = still_open(s, open, close);
	struct pos at = where ? pos_of(s->p, where, where + 1) : gap(s->p);
	bool ended = *s->at == ';' || s->same_line;

	parse_error(s->p, at, MSG_LIST_OPEN, open);
	if (is_wrong_end(s)) {
		help(s->p, "write '%c' for this '}'", close);
		source_suggest(s->p->sources, s->pos, "%c", close);
		return;
	}
	help(s->p, "add '%c%s' behind '%.*s'", close, ended ? "" : ";", PREV(s));
	source_suggest(s->p->sources, (struct pos){ gap(s->p).start, gap(s->p).start }, "%c%s", close,
		       ended ? "" : ";");
}

static bool ends_list(const struct scene *s)
{
	return s->at_end || *s->at == ';' || *s->at == '}' ||
	       (!s->same_line && begins_item(line_first(s->p, s->at)));
}

/* A list that stops without its closing sign: the next item is where the text has it. */
static void list_not_closed(struct scene *s, char open, char close)
{
	tell_open(s, open, close);
	if (*s->at == ';' || s->same_line)
		resume_behind(s->p, s->at + is_wrong_end(s));
	else
		resume_at(s->p, line_first(s->p, s->at));
}

void mistake_in_cells(struct parse *p, struct pos at)
{
	struct scene s = scene_of(p, at);
	bool negative = *s.at == '-' && isdigit((unsigned char)s.at[1]) && !isalnum((unsigned char)s.at[-1]);

	p->syntax_errors = true;
	p->mending.skip_word = *s.at == '&';
	if (p->mending.in_list)
		return;
	p->mending.in_list = true;
	parse_error(p, at, MSG_IN_CELLS, WORD_AT(&s));
	if (*s.at == ',')
		help(p, "cells have blanks between them, not ','");
	else if (*s.at == '"')
		help(p, "a string stands by itself: %.*s, or beside the cells: <1>, %.*s", WORD_AT(&s), WORD_AT(&s));
	else if (*s.at == '&')
		help(p, "a reference is written &LABEL, with one '&' and no blank");
	else if (negative)
		help(p, "a negative number stands in parentheses: <(-1)>");
	else
		help(p, "an expression stands in parentheses: <(1 %.*s 2)>", (int)(at.end - at.start), s.at);
}

void in_cells(struct scene *s)
{
	if (ends_list(s)) {
		list_not_closed(s, '<', '>');
		return;
	}
	if (s->p->mending.in_list) {
		resume_behind(s->p, s->at);
		return;
	}
	if (strncmp(s->at, ">>", 2) == 0) {
		parse_error(s->p, pos_of(s->p, s->at + 1, s->at + 2), MSG_LIST_EXTRA, '<', '>');
		help_to_remove(s->p, pos_of(s->p, s->at + 1, s->at + 2));
		resume_behind(s->p, s->at);
		return;
	}
	parse_error(s->p, word_pos(s), MSG_IN_CELLS, WORD_AT(s));
	if (strncmp(s->at, "/bits/", 6) == 0)
		help(s->p, "write it before the list: /bits/ 8 <1 2>");
	else if (*s->at == ')')
		help(s->p, "an expression stands in parentheses: <(1 + 2)>");
	else
		help(s->p, "cells are numbers, expressions in parentheses, and references");
	resume_behind(s->p, s->at);
}

void in_bytes(struct scene *s)
{
	if (ends_list(s) || *s->at == '>' || *s->at == ')') {
		list_not_closed(s, '[', ']');
		return;
	}
	s->len = (int)strcspn(s->at, " \t\r\n];>,\"");
	if (!s->len)
		s->len = 1;
	parse_error(s->p, word_pos(s), MSG_IN_BYTES, WORD_AT(s));
	if (strncmp(s->at, "0x", 2) == 0)
		help(s->p, "bytes are hexadecimal without 0x: [12 ff]; cells stand in < >");
	else if (strchr(":,-", *s->at))
		help(s->p, "bytes have blanks between them, or nothing: [00 11 22]");
	else
		help(s->p, "a byte has two hexadecimal digits: [01 ff]");
	resume_behind(s->p, s->at);
}

/* ---------------------------------------------------------------- expressions */

void in_expression(struct scene *s, bool operand)
{
	const char *open = still_open(s, '(', ')');

	if (ends_list(s) || (open && memchr(open, '>', (size_t)(s->at - open)))) {
		parse_error(s->p, open ? pos_of(s->p, open, open + 1) : gap(s->p), MSG_LIST_OPEN, '(');
		help(s->p, "add ')'");
	} else if (*s->at == '&' && operand) {
		parse_error(s->p, s->pos, MSG_IN_EXPRESSION, "a number", WORD_AT(s));
		help(s->p, "nothing can be reckoned with a reference: its number is not known yet");
	} else {
		parse_error(s->p, word_pos(s), MSG_IN_EXPRESSION,
			    operand ? "a number" : *s->at == ')' ? "':'" : "an operator or ')'", WORD_AT(s));
		if (*s->at == '=')
			help(s->p, "to compare write '=='");
	}
	resume_behind(s->p, s->at);
}

/* ---------------------------------------------------------------- values */

/* The rest of what was written as a value: up to its ';', the brace of its node, or a comment. */
static struct text whole_of(const struct scene *s)
{
	const char *end = s->at, *stop = line_end(s->p, s->at);

	for (bool open = false; end < stop && *end != ';' && (open || *end != '}'); end++) {
		open |= *end == '{';
		if (*end == '/' && end > s->at && strchr(" \t", end[-1]) && strchr("/*", end[1]))
			break;
	}
	while (end > s->at + 1 && strchr(" \t\r", end[-1]))
		end--;
	return (struct text){ .ptr = s->at, .len = (uint32_t)(end - s->at) };
}

/* The same without the quotes and brackets behind it. */
static struct text rest_of(const struct scene *s)
{
	struct text rest = whole_of(s);

	while (rest.len > 1 && strchr(" \t\r\">'`,", rest.ptr[rest.len - 1]))
		rest.len--;
	return rest;
}

/* Cells are written without commas, and negative ones in parentheses. */
static void help_with_cells(const struct scene *s, struct text whole, const char *from, int n)
{
	char cells[80];
	int i, k = 0;

	for (i = 0; i < n && k < (int)sizeof(cells) - 3; i++) {
		bool minus = from[i] == '-' && isdigit((unsigned char)from[i + 1]) &&
			     (i == 0 || strchr(" \t,", from[i - 1]));

		if (minus)
			cells[k++] = '(';
		if (from[i] != ',')
			cells[k++] = from[i];
		for (; minus && isalnum((unsigned char)from[i + 1]) && k < (int)sizeof(cells) - 2; i++)
			cells[k++] = from[i + 1];
		if (minus)
			cells[k++] = ')';
	}
	if (i < n) {    /* more than there is room for */
		help(s->p, "cells go in angle brackets");
		return;
	}
	help(s->p, "cells go in angle brackets: <%.*s>", k, cells);
	source_suggest(s->p->sources, pos_of(s->p, whole.ptr, whole.ptr + whole.len), "<%.*s>", k, cells);
}

/* How much stands in quotes that are no double ones, these included; 0 where there are none, or only one. */
static uint32_t quoted_len(const struct scene *s)
{
	size_t n = *s->at == '\'' || *s->at == '`' ? 1 + strcspn(s->at + 1, "'`\n") : 0;

	return n && (s->at[n] == '\'' || s->at[n] == '`') ? (uint32_t)n + 1 : 0;
}

static void help_with_string(const struct scene *s, struct text whole, const char *from, int n, bool single)
{
	if (quoted_len(s))
		whole.len = quoted_len(s);
	help(s->p, "strings need %squotes: \"%.*s\"", single ? "double " : "", n, from);
	source_suggest(s->p->sources, pos_of(s->p, s->at, s->at + whole.len), "\"%.*s\"", n, from);
}

static void help_with_value(const struct scene *s)
{
	struct text rest = rest_of(s);
	bool single = *s->at == '\'' || *s->at == '`';
	const char *inner = s->at + strspn(s->at, "<({'` \t");
	int n = (int)(rest.len - (size_t)(inner - s->at));

	if (quoted_len(s)) {
		inner = s->at + 1;
		n = (int)quoted_len(s) - 2;
	}
	while (n > 0 && strchr(")} \t", inner[n - 1]) && strchr("({", *s->at))
		n--;
	if (n <= 0 && !quoted_len(s))
		return;
	if (*s->at == ',')
		help(s->p, "remove it");
	else if (strncmp(s->at, "true", 4) == 0 || strncmp(s->at, "false", 5) == 0)
		help(s->p, "a property that is there is true, without a value: '%s;'; for false leave it out",
		     s->p->prop->name->text);
	else if (strncmp(s->at, "bits", 4) == 0)
		help(s->p, "did you mean '/bits/'?");
	else if (!single && is_macro(s->at, (size_t)strcspn(s->at, "(;, \t\r\n")))
		help(s->p, "a macro needs the #include that defines it, a string its quotes");
	else if (!single && ispunct((unsigned char)*inner) && !strchr("-(&/.#_", *inner))
		help(s->p, "write a string in quotes, or cells in angle brackets");
	else if (!single && (isdigit((unsigned char)*inner) || strchr("-(&", *inner)))
		help_with_cells(s, whole_of(s), inner, n);
	else
		help_with_string(s, whole_of(s), inner, n, single);
}

/* `a = "x",` and then another property, or the end of the node. */
static bool comma_for_semicolon(struct scene *s)
{
	if (*s->prev != ',' || s->same_line || (*s->at != '}' && !begins_item(line_first(s->p, s->at))))
		return false;
	parse_error(s->p, s->p->before, MSG_MISSING_AFTER_VALUE, ";", s->p->prop->name->text);
	help(s->p, "write ';' for this ',', which stands between two values");
	resume_at(s->p, line_first(s->p, s->at));
	return true;
}

/* `node = {`. */
static bool node_with_equals(struct scene *s)
{
	const struct name *name = s->p->prop->name;

	if (*s->at != '{' || *s->prev != '=' ||
	    memchr(s->at, '}', (size_t)(line_end(s->p, s->at) - s->at)))
		return false;
	parse_error(s->p, s->p->before, MSG_EXPECTED, "'{'", (int)name->len, name->text, 1, "=");
	help(s->p, "a node is written without '=': %s {", name->text);
	open_at(s->p, s->at + 1);
	return true;
}

/* Behind '=' or ','. */
void before_value(struct scene *s)
{
	struct text rest = rest_of(s);
	uint32_t quoted = quoted_len(s);

	if (comma_for_semicolon(s) || node_with_equals(s))
		return;
	if (strncmp(s->at, "<<", 2) == 0) {
		parse_error(s->p, pos_of(s->p, s->at, s->at + 1), MSG_LIST_EXTRA, '>', '<');
		help_to_remove(s->p, pos_of(s->p, s->at, s->at + 1));
	} else if (*s->prev == ',') {
		parse_error(s->p, s->at_end ? gap(s->p) : word_pos(s), MSG_EXPECTED, "another value", 1, ",",
			    SEEN(s));
		if (*s->at == ';' || *s->at == ',')
			help(s->p, "remove the ',' that is too many");
		else if (*s->at == '}')
			help(s->p, "write ';' in the place of the ','");
		else
			help_with_value(s);
	} else if (*s->at == ';' || *s->at == '}' || s->at_end) {
		parse_error(s->p, *s->at == ';' ? s->pos : gap(s->p), MSG_NO_VALUE);
		help(s->p, "a property without a value is written '%s;'", s->p->prop->name->text);
	} else {
		parse_error(s->p, pos_of(s->p, s->at, s->at + (quoted ? quoted : rest.len)), MSG_NO_VALUE);
		help_with_value(s);
	}
	if (rest.len && !memchr(rest.ptr, '{', rest.len))
		resume_behind(s->p, rest.ptr + rest.len);
	else
		resume_behind(s->p, s->at);
}

/* An odd number of quotes on the line: one of them is missing, and what is inside and what outside of strings
 * cannot be told from there on. */
static bool odd_quotes(struct scene *s)
{
	const char *end = line_end(s->p, s->at), *first = NULL;
	bool odd = false;

	for (const char *c = line_first(s->p, s->at); c < end; c++) {
		if (*c == '"') {
			first = first ? first : c;
			odd = !odd;
		} else if (*c == '\\') {
			c++;
		}
	}
	if (!odd)
		return false;
	s->p->mending.string = true;
	parse_error(s->p, pos_of(s->p, first, end), MSG_STRING_OPEN);
	help(s->p, "the quotes on this line do not pair up: add '\"' where the string ends");
	resume_behind(s->p, end);
	return true;
}

/* `a = &x 1>;` */
static bool lacks_angle(struct scene *s)
{
	struct text rest = rest_of(s);
	const char *close = rest.ptr + rest.len, *from = *s->prev == '&' ? s->prev : s->at;

	close += strspn(close, " \t");
	if (*close != '>' || memchr(rest.ptr, '<', rest.len))
		return false;
	parse_error(s->p, pos_of(s->p, close, close + 1), MSG_LIST_EXTRA, '<', '>');
	help(s->p, "cells go in angle brackets: <%.*s>", (int)(rest.ptr + rest.len - from), from);
	resume_behind(s->p, close);
	return true;
}

/* The labels that were read behind a value: those of the next item, when a ';' is missing.  NULL for none. */
static const char *labels_before(const struct scene *s)
{
	struct pos end = { s->p->before.end, s->p->before.end };
	const char *from = text_of(s->p, end);

	return end.start == s->p->previous.end ? NULL : from ? from : s->prev;
}

/* Behind a value. */
void behind_value(struct scene *s)
{
	const char *prop = s->p->prop->name->text;
	bool begins_value = *s->at && strchr("\"<[", *s->at);
	const char *label = labels_before(s);

	if (odd_quotes(s))
		return;
	if (begins_value || (s->same_line && (*s->at == '&' || strncmp(s->at, "/bits/", 6) == 0))) {
		parse_error(s->p, gap(s->p), MSG_MISSING, ",");
		help(s->p, "a ',' stands between the values of property '%s'", prop);
		source_suggest(s->p->sources, (struct pos){ gap(s->p).start, gap(s->p).start }, ",");
		resume_behind(s->p, s->at);
		return;
	}
	if (s->same_line && *s->at && strchr(">])", *s->at)) {
		parse_error(s->p, pos_of(s->p, s->at, s->at + 1), MSG_LIST_EXTRA,
			    *s->at == '>' ? '<' : *s->at == ']' ? '[' : '(', *s->at);
		help_to_remove(s->p, pos_of(s->p, s->at, s->at + 1));
		resume_behind(s->p, s->at);
		return;
	}
	if (s->same_line && lacks_angle(s))
		return;
	parse_error(s->p, gap(s->p), MSG_MISSING_AFTER_VALUE, ";", prop);
	help_to_add(s->p, gap(s->p), ";");
	if (label && *s->at != '}')
		resume_at(s->p, label);
	else if (s->same_line && *s->at != '}')
		resume_behind(s->p, s->at);
	else
		resume_at(s->p, s->at);
}
