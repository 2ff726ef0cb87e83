/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* pieces.c - cut a source into pieces, see pieces.h.
 * The grammar is not asked: where a word ends follows from whether a value is at hand.  Rules: DTSpec 6; the lines
 * of the preprocessor are C's. */
#include "pieces.h"

#include <string.h>

void pieces_start(struct pieces *p, struct sources *sources, const struct source *source)
{
	const char *text = (const char *)source->text.bytes;

	*p = (struct pieces){ .sources = sources, .source = source, .at = text, .end = text + source->text.len };
}

bool piece_is(const struct piece *piece, char sign)
{
	return piece->kind == PIECE_SIGN && *piece->at == sign;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct pos place_of(const struct pieces *p, const char *at, size_t len)
{
	uint32_t start = p->source->base + (uint32_t)(at - (const char *)p->source->text.bytes);

	return (struct pos){ start, start + (uint32_t)len };
}

/* ---------------------------------------------------------------- blanks */

static void skip_blanks(struct pieces *p, struct piece *piece)
{
	const char *start = p->at;

	for (; p->at < p->end && is_blank(*p->at); p->at++) {
		piece->newlines += *p->at == '\n';
		piece->far |= *p->at == '\t' || p->at > start;
		piece->apart = true;
	}
}

/* What is quoted from `from` on, with the quotes; 0 when it does not end before `end`, or on its line. */
static size_t quoted_length(const char *from, const char *end, bool one_line)
{
	for (const char *at = from + 1; at < end && !(one_line && *at == '\n'); at++)
		if (*at == '\\' && !(one_line && at[1] == '\n'))
			at++;
		else if (*at == *from)
			return (size_t)(at + 1 - from);
	return 0;
}

/* What is in single quotes here, with them; 0 when it has no end.  That of a value may stand on several lines. */
static size_t character_length(const struct pieces *p, const char *from)
{
	return quoted_length(from, p->end, !p->value);
}

/* ---------------------------------------------------------------- lines of the preprocessor */

static bool is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* At the start of a line: `#` and a directive, and not a property whose name begins so. */
static bool is_directive(const struct pieces *p)
{
	static const char *const words[] = { "include", "define", "undef", "if", "ifdef", "ifndef", "elif", "else", "endif",
					     "error", "warning", "pragma", "line" };
	const char *at = p->at + 1;
	size_t len = 0;

	while (*at == ' ' || *at == '\t')
		at++;
	if (*at >= '0' && *at <= '9')
		return at > p->at + 1;
	while (is_letter(at[len]))
		len++;
	if (at[len] && !is_blank(at[len]) && !strchr("\"<(!/", at[len]))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len && memcmp(words[i], at, len) == 0)
			return true;
	return false;
}

/* A backslash before its end, or a comment that is open there, takes the next line along. */
static size_t directive_length(const struct pieces *p)
{
	const char *at = p->at, *close;
	size_t quoted;

	for (; at < p->end && *at != '\n'; at++)
		if (*at == '/' && at[1] == '/') {
			at += strcspn(at, "\n") - 1;
		} else if (*at == '"') {	/* no comment begins in it; one quote alone is none */
			quoted = quoted_length(at, p->end, true);
			at += quoted ? quoted - 1 : 0;
		} else if (*at == '\\' && at[1] == '\n') {
			at++;
		} else if (*at == '\\' && at[1] == '\r' && at[2] == '\n') {
			at += 2;
		} else if (*at == '/' && at[1] == '*') {
			close = strstr(at + 2, "*/");
			if (!close)
				break;
			at = close + 1;
		}
	while (is_blank(at[-1]))
		at--;
	return (size_t)(at - p->at);
}

/* ---------------------------------------------------------------- words and signs */

static bool is_sign(const struct pieces *p, char c)
{
	if (strchr("<>", c))
		return p->value && !p->parentheses;
	if (c == ',')
		return p->value || p->parentheses;
	if (c == '=')
		return !p->value && !p->parentheses;
	return strchr("{};[]()", c) != NULL;
}

/* Behind an operator; in a word it is an apostrophe. */
static bool starts_character(const struct pieces *p, const char *at)
{
	return at > p->at && *at == '\'' && strchr("=<>!&|^+-*/%~?:", at[-1]) && character_length(p, at);
}

static bool starts_comment(const char *at)
{
	return at[0] == '/' && (at[1] == '*' || at[1] == '/');
}

/* The length of a directive of dtc's that begins here, or 0: the slash that ends it begins no comment. */
static size_t keyword_length(const char *at)
{
	static const char *const words[] = { "/dts-v1/", "/plugin/", "/include/", "/memreserve/", "/bits/", "/incbin/",
					     "/delete-node/", "/delete-property/", "/omit-if-no-ref/" };

	for (size_t i = 0; *at == '/' && i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(at, words[i], strlen(words[i])) == 0)
			return strlen(words[i]);
	return 0;
}

/* A reference by path holds braces.  A label before a node or property is a word. */
static size_t word_length(const struct pieces *p)
{
	const char *at = p->at;

	if (at[0] == '&' && at[1] == '{') {
		size_t len = strcspn(at, "} \t\r\n");

		if (at[len] == '}')
			at += len + 1;
	}
	while (at < p->end && *at && !is_blank(*at) && *at != '"' && !is_sign(p, *at) && !starts_comment(at) &&
	       !starts_character(p, at)) {
		size_t keyword = keyword_length(at);

		at += keyword ? keyword : 1;
		if (at[-1] == ':' && !p->value && !p->parentheses)
			break;
	}
	return (size_t)(at - p->at);
}

static void note_sign(struct pieces *p, char sign)
{
	if (sign == '=')
		p->value = true;
	else if (sign == '(')
		p->parentheses++;
	else if (sign == ')')
		p->parentheses -= p->parentheses > 0;
	else if (strchr("{};", sign))
		p->value = false;
	if (strchr("{};", sign))
		p->parentheses = 0;
}

/* ---------------------------------------------------------------- pieces */

/* What begins here has no end, or is no text. */
static struct piece refuse(struct pieces *p, enum piece_kind kind)
{
	struct diag_place at = source_place(p->sources, place_of(p, p->at, kind == PIECE_COMMENT ? 2 : 1));

	if (!*p->at)
		diag_error(p->sources->diags, &at, MSG_NOT_TEXT, "there is a byte 0 in it");
	else if (kind == PIECE_COMMENT)
		diag_error(p->sources->diags, &at, MSG_COMMENT_OPEN);
	else
		diag_error(p->sources->diags, &at, MSG_STRING_OPEN);
	p->failed = true;
	return (struct piece){ .kind = PIECE_END };
}

static bool at_line_start(const struct pieces *p, const struct piece *piece)
{
	return piece->newlines || p->at == (const char *)p->source->text.bytes ||
	       strspn((const char *)p->source->text.bytes, " \t") == (size_t)(p->at - (const char *)p->source->text.bytes);
}

/* The kind and the length of the piece that begins here; a length of 0 when it has no end. */
static void measure(struct pieces *p, struct piece *piece)
{
	const char *at = p->at, *close;

	if (at[0] == '/' && at[1] == '*') {
		close = strstr(at + 2, "*/");
		piece->kind = PIECE_COMMENT;
		piece->len = close ? (size_t)(close + 2 - at) : 0;
	} else if (at[0] == '/' && at[1] == '/') {
		piece->kind = PIECE_LINE_COMMENT;
		piece->len = strcspn(at, "\n");
		while (is_blank(at[piece->len - 1]))
			piece->len--;
	} else if (*at == '#' && at_line_start(p, piece) && is_directive(p)) {
		piece->kind = PIECE_DIRECTIVE;
		piece->len = directive_length(p);
	} else if (*at == '\'' && character_length(p, at)) {
		piece->kind = PIECE_STRING;
		piece->len = character_length(p, at);
	} else if (*at == '"') {
		piece->kind = PIECE_STRING;
		piece->len = quoted_length(p->at, p->end, false);
	} else if (is_sign(p, *at)) {
		piece->kind = PIECE_SIGN;
		piece->len = 1;
	} else {
		piece->kind = PIECE_WORD;
		piece->len = word_length(p);
	}
}

struct piece pieces_next(struct pieces *p)
{
	struct piece piece = { .kind = PIECE_END };

	skip_blanks(p, &piece);
	if (p->at == p->end || p->failed)
		return piece;
	piece.at = p->at;
	piece.nested = p->parentheses > 0;
	if (*p->at)
		measure(p, &piece);
	if (!piece.len)
		return refuse(p, piece.kind);
	p->at += piece.len;
	if (piece.kind == PIECE_SIGN)
		note_sign(p, *piece.at);
	return piece;
}
