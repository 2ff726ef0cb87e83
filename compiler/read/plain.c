/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* plain.c - the tokens that nearly all of a source is made of, read by hand: names, labels, references, numbers,
 * strings without quotes in them, and the signs between them, with the blanks before them.
 * What such a token is, scanner.l says; this only says it sooner.  Wherever more than these first characters
 * decide, or anything is out of the ordinary, nothing is taken and the scanner reads.
 * Properties and children, which are most of what such tokens make, go in from here, too: as parser.y says, which
 * reads on wherever one goes on otherwise. */
#include "parse.h"

#include <string.h>

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

static bool is_label(const char *text, const char *end)
{
	if (!begins_label(*text))
		return false;
	while (text < end && kind(*text) & LABEL_CHAR)
		text++;
	return text == end;
}

/* A name, or a label when a colon follows.  A '#' may begin a line that is for the preprocessor. */
static int name(struct parse *p, const char *text, const char **end, PARSE_STYPE *value)
{
	const char *at = text;
	uint32_t hash = NAME_HASH;

	if (*text == '#' && (text == (const char *)p->source->text.bytes || text[-1] == '\n'))
		return 0;
	for (; kind(*at) & NAME_CHAR; at++)
		hash = name_hash_more(hash, *at);
	value->name = name_hashed(p->tree->pool, text, (size_t)(at - text), hash);
	if (*at == ':' && is_label(text, at)) {
		*end = at + 1;
		return LABEL;
	}
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
	uint32_t hash = NAME_HASH;

	if (!begins_label(*at))
		return 0;
	for (; kind(*at) & LABEL_CHAR; at++)
		hash = name_hash_more(hash, *at);
	if (kind(*at) & AFTER_LABEL)
		return 0;
	value->text = (struct text){ text + 1, (uint32_t)(at - text - 1), hash };
	*end = at;
	return REF;
}

/* Whose last character is no backslash, which might make the quote a part of it. */
static int string(const char *text, const char **end, PARSE_STYPE *value)
{
	const char *at = strchr(text + 1, '"');

	if (!at || at[-1] == '\\')
		return 0;
	value->text = (struct text){ .ptr = text + 1, .len = (uint32_t)(at - text - 1) };
	*end = at + 1;
	return STRING;
}

/* Decimal, half of them of one digit, or hexadecimal, of no more digits than fit for sure, and without a suffix. */
static int number(const char *text, const char **end, PARSE_STYPE *value)
{
	const char *at = text, *from;
	uint64_t n = 0;

	if (!(kind(text[1]) & LABEL_CHAR) && text[1] != '.') {
		value->number = (uint64_t)(*text - '0');
		*end = text + 1;
		return NUMBER;
	}
	if ((text[1] | 0x20) == 'x' && text[0] == '0') {
		from = at = text + 2;
		for (; kind(*at) & (DIGIT | HEX); at++)
			n = n << 4 | (uint64_t)((*at & 0xf) + (*at >> 6) * 9);  /* letters have bit 6 */
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

/* A sign that begins no operator of two. */
static bool alone(const char *text, char sign)
{
	return *text == sign && text[1] != sign && text[1] != '=';
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
	case '<': case '>': case '=':
		return alone(text, *text) ? *text : 0;
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
	int token;

	if (kind(*text) & NAME_CHAR) {
		token = name(p, text, end, value);
		if (token == NAME)
			p->scanning = SCAN_VALUES;
		return token;
	}
	*end = text + 1;
	return *text == '}' || *text == ';' || *text == '{' ? *text : 0;
}

static struct pos place(const struct parse *p, const char *text, const char *end)
{
	uint32_t start = p->source->base + (uint32_t)(text - (const char *)p->source->text.bytes);

	return (struct pos){ start, start + (uint32_t)(end - text) };
}

static const char *skip_blanks(const char *text)
{
	while (kind(*text) & BLANK)
		text++;
	return text;
}

int plain_token(struct parse *p, PARSE_STYPE *value, struct pos *at)
{
	const char *text = skip_blanks(p->at), *end = text;
	int token = 0;

	if (p->scanning == SCAN_NAMES)
		token = in_names(p, text, &end, value);
	else if (p->scanning == SCAN_VALUES)
		token = in_values(p, text, &end, value);
	if (!token) {
		p->at = text;
		return 0;
	}
	*at = place(p, text, end);
	p->at = end;
	return token;
}

/* ---------------------------------------------------------------- without the grammar */

/* Text to end was a token, the last one so far.  Those before it are for mistakes, of which none is told here: by the
 * time another token is read they are older than that one and this. */
static struct pos pass(struct parse *p, const char *text, const char *end)
{
	p->at = end;
	return p->token = place(p, text, end);
}

enum { DEEPEST = 16, SHIFTS = 4 };      /* signs before each other; the precedence of << and >> */

/* The operators that calculated cells are mostly made of; 0: it is none of them.  Only shifts are two signs. */
static unsigned int precedence(const char *sign)
{
	static const unsigned char of[256] = {
		['|'] = 1, ['^'] = 2, ['&'] = 3, ['<'] = SHIFTS, ['>'] = SHIFTS, ['+'] = 5, ['-'] = 5, ['*'] = 6,
	};
	unsigned int binds = of[(unsigned char)*sign];

	return (sign[1] == *sign) == (binds == SHIFTS) ? binds : 0;
}

static uint64_t calculated(uint64_t a, char operator, uint64_t b)
{
	switch (operator) {
	case '|':
		return a | b;
	case '^':
		return a ^ b;
	case '&':
		return a & b;
	case '<':
		return parse_shift_left(a, b);
	case '>':
		return parse_shift_right(a, b);
	case '+':
		return a + b;
	case '-':
		return a - b;
	}
	return a * b;
}

static bool expression(const char **at, unsigned int least, unsigned int depth, uint64_t *n);

/* No deeper than DEEPEST.  NOLINTNEXTLINE(misc-no-recursion) */
static bool operand(const char **at, unsigned int depth, uint64_t *n)
{
	const char *text = *at = skip_blanks(*at);
	PARSE_STYPE value;

	if (depth > DEEPEST)
		return false;
	if (*text == '(') {
		++*at;
		return expression(at, 1, depth, n) && *(*at)++ == ')';
	}
	if (*text == '~' || *text == '-') {
		++*at;
		if (!operand(at, depth + 1, n))
			return false;
		*n = *text == '~' ? ~*n : -*n;
		return true;
	}
	if (!(kind(*text) & DIGIT) || !number(text, at, &value))
		return false;
	*n = value.number;
	return true;
}

/* Operands, with operators of at least that precedence between them.  NOLINTNEXTLINE(misc-no-recursion) */
static bool expression(const char **at, unsigned int least, unsigned int depth, uint64_t *n)
{
	unsigned int binds;
	const char *sign;
	uint64_t b;

	if (!operand(at, depth + 1, n))
		return false;
	for (;;) {
		sign = *at = skip_blanks(*at);
		binds = precedence(sign);
		if (!binds || binds < least)
			return true;
		*at += binds == SHIFTS ? 2 : 1;
		if (!expression(at, binds + 1, depth, &b))
			return false;
		*n = calculated(*n, *sign, b);
	}
}

/* A cell in parentheses. */
static bool plain_calculation(struct parse *p, const char *text)
{
	const char *end = text;
	uint64_t n;

	if (!operand(&end, 0, &n))
		return false;
	pass(p, end - 1, end);
	build_cell(p, n, place(p, text, end));
	return true;
}

/* After a mistake the grammar reads all. */
void plain_cells(struct parse *p)
{
	const char *text, *end;
	PARSE_STYPE value;

	while (!p->syntax_errors) {
		text = skip_blanks(p->at);
		if (kind(*text) & DIGIT && number(text, &end, &value))
			build_cell(p, value.number, pass(p, text, end));
		else if (*text == '&' && reference(text, &end, &value))
			build_cell_ref(p, value.text, pass(p, text, end));
		else if (*text != '(' || !plain_calculation(p, text))
			return;
	}
}

/* The beginning of a list of cells: `<`, or `/bits/ N <`.  Whether it was one. */
static bool begin_cells(struct parse *p, const char *text)
{
	const char *count, *end, *sign;
	PARSE_STYPE bits;
	struct pos at;

	if (alone(text, '<')) {
		build_bits(p, 32, pass(p, text, text + 1));
		return true;
	}
	if (strncmp(text, "/bits/", 6) != 0)
		return false;
	count = skip_blanks(text + 6);
	if (!(kind(*count) & DIGIT) || !number(count, &end, &bits))
		return false;
	sign = skip_blanks(end);
	if (!alone(sign, '<'))
		return false;
	at = pass(p, count, end);
	pass(p, sign, sign + 1);
	build_bits(p, bits.number, at);
	return true;
}

/* A value, of which the grammar may have to read on.  Returns what it has then. */
static int plain_value(struct parse *p)
{
	const char *text = skip_blanks(p->at), *end;
	PARSE_STYPE value;

	if (*text == '"' && string(text, &end, &value)) {
		build_text(p, value.text, pass(p, text, end));
	} else if (*text == '&' && reference(text, &end, &value)) {
		build_path_ref(p, value.text, pass(p, text, end));
	} else if (begin_cells(p, text)) {
		plain_cells(p);
		text = skip_blanks(p->at);
		if (!alone(text, '>'))
			return BEGUN_CELLS;
		pass(p, text, text + 1);
	} else {
		return BEGUN_PROPERTY;
	}
	return BEGUN_DATA;
}

/* A property of which the name was read, to its end; else the grammar reads on.  Whether it was the first. */
static bool plain_prop(struct parse *p, struct name *name, const char *text, const char *end, const char *behind)
{
	int begun = BEGUN_DATA;

	build_prop(p, name, pass(p, text, end));
	p->scanning = SCAN_VALUES;
	if (*behind == '=')
		do {
			pass(p, behind, behind + 1);
			begun = plain_value(p);
			behind = skip_blanks(p->at);
		} while (begun == BEGUN_DATA && *behind == ',');
	if (begun != BEGUN_DATA || *behind != ';') {
		p->begun[0] = begun == BEGUN_DATA ? BEGUN_DATA : BEGUN_PROPERTY;
		p->begun[1] = begun == BEGUN_CELLS ? BEGUN_CELLS : 0;
		return false;
	}
	build_prop_done(p, pass(p, behind, behind + 1));
	p->scanning = SCAN_NAMES;
	return true;
}

/* Whether a child begins with that name, and may: the grammar is told of no more of them at once. */
static bool opens(const struct parse *p, const char *brace)
{
	return *brace == '{' && p->n_opened < MOST_OPENED;
}

static void open_child(struct parse *p, struct name *name, const char *text, const char *end, const char *brace)
{
	build_open_child(p, name, pass(p, text, end));
	p->opened[p->n_opened++] = pass(p, brace, brace + 1);
}

/* Of the children that the grammar does not know of. */
static bool close_child(struct parse *p, const char *brace)
{
	const char *behind = skip_blanks(brace + 1);

	if (!p->n_opened || *brace != '}' || *behind != ';')
		return false;
	pass(p, brace, brace + 1);
	build_close_child(p, (struct pos){ p->opened[--p->n_opened].start, pass(p, behind, behind + 1).end });
	return true;
}

/* A property, or the beginning or the end of a child.  Whether it was one. */
static bool plain_item(struct parse *p)
{
	const char *text = skip_blanks(p->at), *end, *behind, *own_end, *brace;
	PARSE_STYPE value, own;
	int begun = kind(*text) & NAME_CHAR ? name(p, text, &end, &value) : 0;

	if (!begun)
		return close_child(p, text);
	behind = skip_blanks(end);
	if (begun == LABEL && kind(*behind) & NAME_CHAR && name(p, behind, &own_end, &own) == NAME &&
	    opens(p, brace = skip_blanks(own_end))) {
		build_label(p, value.name, pass(p, text, end));
		open_child(p, own.name, behind, own_end, brace);
		return true;
	}
	if (begun == NAME && opens(p, behind)) {
		open_child(p, value.name, text, end, behind);
		return true;
	}
	if (begun == NAME && (*behind == ';' || alone(behind, '=')))
		return plain_prop(p, value.name, text, end, behind);
	p->begun[0] = begun;
	p->begun_name = value.name;
	p->at = end;
	if (begun == NAME)
		p->scanning = SCAN_VALUES;
	return false;
}

/* The grammar may still be told of what was read before. */
void plain_items(struct parse *p)
{
	if (p->n_opened || p->begun[0])
		return;
	while (!p->syntax_errors && plain_item(p))
		;
}

int plain_begun(struct parse *p, PARSE_STYPE *value, struct pos *at)
{
	int token = p->begun[0];

	if (p->n_told < p->n_opened) {
		*at = p->opened[p->n_told++];
		if (p->n_told == p->n_opened)
			p->n_told = p->n_opened = 0;
		return BEGUN_CHILD;
	}
	if (!token)
		return 0;
	p->begun[0] = p->begun[1];
	p->begun[1] = 0;
	if (token == NAME || token == LABEL) {
		value->name = p->begun_name;
		*at = place(p, p->at - p->begun_name->len - (token == LABEL), p->at);
		parse_note_token(p, *at, token == LABEL);
	} else {
		*at = (struct pos){ p->prop->pos.start, p->token.end };
	}
	return token;
}
