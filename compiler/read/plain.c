/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* plain.c - the tokens that nearly all of a source is made of, read by hand: names, labels, references, numbers,
 * strings without escapes, and the signs between them, with the blanks before them.
 * What such a token is, scanner.l says; this only says it sooner.  Wherever more than these first characters
 * decide, or anything is out of the ordinary, nothing is taken and the scanner reads. */
#include "parse.h"

#include "parser.h"

enum {
	BLANK = 1,
	LABEL_CHAR = 2,         /* of labels, but for digits in front */
	DIGIT = 4,
	HEX = 8,                /* the digits from ten on */
	NAME_CHAR = 16,
	AFTER_LABEL = 32,       /* behind what looks like a reference to a label, of something else */
};

static const unsigned char kinds[256] = {
	[' '] = BLANK, ['\t'] = BLANK, ['\r'] = BLANK, ['\n'] = BLANK, ['\f'] = BLANK, ['\v'] = BLANK,
	['0' ... '9'] = LABEL_CHAR | DIGIT | NAME_CHAR,
	['a' ... 'f'] = LABEL_CHAR | HEX | NAME_CHAR, ['A' ... 'F'] = LABEL_CHAR | HEX | NAME_CHAR,
	['g' ... 'z'] = LABEL_CHAR | NAME_CHAR, ['G' ... 'Z'] = LABEL_CHAR | NAME_CHAR,
	['_'] = LABEL_CHAR | NAME_CHAR, [','] = NAME_CHAR,
	['.'] = NAME_CHAR | AFTER_LABEL, ['+'] = NAME_CHAR | AFTER_LABEL, ['*'] = NAME_CHAR | AFTER_LABEL,
	['#'] = NAME_CHAR | AFTER_LABEL, ['?'] = NAME_CHAR | AFTER_LABEL, ['@'] = NAME_CHAR | AFTER_LABEL,
	['-'] = NAME_CHAR | AFTER_LABEL,
};

static unsigned int kind(char c)
{
	return kinds[(unsigned char)c];
}

static bool begins_label(char c)
{
	return (kind(c) & (LABEL_CHAR | DIGIT)) == LABEL_CHAR;
}

/* A name, or a label when a colon follows.  A '#' may begin a line that is for the preprocessor. */
static int name(struct parse *p, const char *text, const char **end, PARSE_STYPE *value)
{
	const char *at = text;
	uint32_t hash = NAME_HASH;
	unsigned int all = LABEL_CHAR;

	if (*text == '#' && (text == (const char *)p->source->text.bytes || text[-1] == '\n'))
		return 0;
	for (; kind(*at) & NAME_CHAR; at++) {
		all &= kind(*at);
		hash = name_hash_more(hash, *at);
	}
	value->name = name_hashed(p->tree->pool, text, (size_t)(at - text), hash);
	if (*at == ':' && all && begins_label(*text)) {
		*end = at + 1;
		return LABEL;
	}
	p->scanning = SCAN_VALUES;
	*end = at;
	return NAME;
}

static int label(struct parse *p, const char *text, const char **end, PARSE_STYPE *value)
{
	const char *at = text;
	uint32_t hash = NAME_HASH;

	for (; kind(*at) & LABEL_CHAR; at++)
		hash = name_hash_more(hash, *at);
	if (*at != ':')
		return 0;
	value->name = name_hashed(p->tree->pool, text, (size_t)(at - text), hash);
	*end = at + 1;
	return LABEL;
}

static int reference(const char *text, const char **end, PARSE_STYPE *value)
{
	const char *at = text + 1;

	if (!begins_label(*at))
		return 0;
	while (kind(*at) & LABEL_CHAR)
		at++;
	if (kind(*at) & AFTER_LABEL)
		return 0;
	value->text = (struct text){ text + 1, (uint32_t)(at - text - 1) };
	*end = at;
	return REF;
}

static int string(const char *text, const char **end, PARSE_STYPE *value)
{
	const char *at = text + 1;

	while (*at && *at != '"' && *at != '\\')
		at++;
	if (*at != '"')
		return 0;
	value->text = (struct text){ text + 1, (uint32_t)(at - text - 1) };
	*end = at + 1;
	return STRING;
}

/* Decimal, or hexadecimal, of no more digits than fit for sure, and without a suffix. */
static int number(const char *text, const char **end, PARSE_STYPE *value)
{
	const char *at = text, *from;
	uint64_t n = 0;

	if (text[0] == '0' && (text[1] | 0x20) == 'x') {
		from = at = text + 2;
		for (; kind(*at) & (DIGIT | HEX); at++)
			n = n << 4 | (uint64_t)(kind(*at) & DIGIT ? *at - '0' : (*at | 0x20) - 'a' + 10);
		if (at - from > 16 || at == from)
			return 0;
	} else {
		for (; kind(*at) & DIGIT; at++)
			n = n * 10 + (uint64_t)(*at - '0');
		if (at - text > 19 || (*text == '0' && at - text > 1))
			return 0;
	}
	if (kind(*at) & LABEL_CHAR || *at == '.')
		return 0;
	value->number = n;
	*end = at;
	return NUMBER;
}

/* Where values and signs can stand. */
static int in_values(struct parse *p, const char *text, const char **end, PARSE_STYPE *value)
{
	*end = text + 1;
	switch (*text) {
	case ';': case '{':
		p->scanning = SCAN_NAMES;
		return *text;
	case '}': case ',': case '(': case ')':
		return *text;
	case '<':
		return text[1] == '<' || text[1] == '=' ? 0 : '<';
	case '>':
		return text[1] == '>' || text[1] == '=' ? 0 : '>';
	case '=':
		return text[1] == '=' ? 0 : '=';
	case '"':
		return string(text, end, value);
	case '&':
		return reference(text, end, value);
	}
	if (kind(*text) & DIGIT)
		return number(text, end, value);
	return kind(*text) & LABEL_CHAR ? label(p, text, end, value) : 0;
}

/* Where names can stand. */
static int in_names(struct parse *p, const char *text, const char **end, PARSE_STYPE *value)
{
	if (kind(*text) & NAME_CHAR)
		return name(p, text, end, value);
	*end = text + 1;
	return *text == '}' || *text == ';' || *text == '{' ? *text : 0;
}

int plain_token(struct parse *p, PARSE_STYPE *value, struct pos *at)
{
	const char *text = p->at, *end = text;
	int token = 0;

	while (kind(*text) & BLANK)
		text++;
	if (p->scanning == SCAN_NAMES)
		token = in_names(p, text, &end, value);
	else if (p->scanning == SCAN_VALUES)
		token = in_values(p, text, &end, value);
	if (!token) {
		p->at = text;
		return 0;
	}
	at->start = p->source->base + (uint32_t)(text - (const char *)p->source->text.bytes);
	at->end = at->start + (uint32_t)(end - text);
	p->at = end;
	return token;
}
