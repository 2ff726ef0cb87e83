/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* words.c - words and characters that nobody can read as they stand, and what was meant: directives that are
 * misspelt, macros that nothing defined, numbers with strange digits, and the signs of printed text that come
 * with what is copied from a web page. */
#include "words.h"

#include <ctype.h>
#include <string.h>

#include "mending.h"
#include "mistakes.h"
#include "parser.h"

/* ---------------------------------------------------------------- names that are nearly right */

static const struct { const char *text; int token; } directives[] = {
	{ "/dts-v1/", V1 }, { "/plugin/", PLUGIN }, { "/memreserve/", MEMRESERVE }, { "/bits/", BITS },
	{ "/include/", 0 }, { "/incbin/", INCBIN }, { "/delete-property/", DELETE_PROPERTY },
	{ "/delete-node/", DELETE_NODE }, { "/omit-if-no-ref/", OMIT_IF_NO_REF },
};

enum { N_DIRECTIVES = sizeof(directives) / sizeof(directives[0]), LONGEST_DIRECTIVE = 40 };

/* The directive that a text comes nearest to, whatever its slashes, capitals and underscores: its place in the
 * list, N_DIRECTIVES when none is near. */
static size_t nearest_directive(const char *text, size_t len)
{
	char plain[LONGEST_DIRECTIVE + 2] = "/";
	struct diag_nearest near;
	size_t n = 1, found = 0;

	for (; len && n < LONGEST_DIRECTIVE; text++, len--)
		if (*text != '/')
			plain[n++] = (char)(*text == '_' ? '-' : tolower((unsigned char)*text));
	plain[n++] = '/';
	diag_nearest_init(&near, plain, n);
	for (size_t i = 0; i < N_DIRECTIVES; i++)
		diag_nearest_offer(&near, directives[i].text, strlen(directives[i].text));
	while (found < N_DIRECTIVES && directives[found].text != near.best)
		found++;
	return found;
}

int mistake_directive(struct parse *p, const char *text, size_t len, struct pos at)
{
	size_t found = nearest_directive(text, len);

	if (found == N_DIRECTIVES)
		return 0;
	if (p->mending.told_at != at.start) {
		parse_error(p, at, MSG_UNKNOWN_DIRECTIVE, (int)len, text);
		help(p, "did you mean '%s'?", directives[found].text);
		source_suggest(p->sources, at, "%s", directives[found].text);
	}
	p->mending.no_include |= strcmp(directives[found].text, "/include/") == 0;
	p->mending.told_at = at.start;
	return directives[found].token ? directives[found].token : TOLD;
}

const char *directive_near(const char *text, size_t len)
{
	size_t found = nearest_directive(text, len);

	return found < N_DIRECTIVES ? directives[found].text : NULL;
}

const char *cpp_line_near(const char *text, size_t len)
{
	static const char *const words[] = { "#include", "#define", "#undef", "#ifdef", "#ifndef", "#elif", "#endif" };
	struct diag_nearest near;

	diag_nearest_init(&near, text, len);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		diag_nearest_offer(&near, words[i], strlen(words[i]));
	return near.best;
}

/* ---------------------------------------------------------------- words that are no numbers */

bool is_macro(const char *text, size_t len)
{
	bool upper = false;

	for (size_t i = 0; i < len; i++) {
		if (islower((unsigned char)text[i]))
			return false;
		upper |= isupper((unsigned char)text[i]) != 0;
	}
	return upper;
}

/* The headers that have the names seen most often. */
static const char *header_of(const char *text)
{
	static const struct { const char *prefix, *header; } known[] = {
		{ "GPIO_", "gpio/gpio.h" }, { "IRQ_TYPE_", "interrupt-controller/irq.h" },
		{ "GIC_", "interrupt-controller/arm-gic.h" }, { "KEY_", "input/input.h" }, { "BTN_", "input/input.h" },
		{ "LED_COLOR_", "leds/common.h" }, { "LED_FUNCTION_", "leds/common.h" },
		{ "THERMAL_", "thermal/thermal.h" }, { "PWM_POLARITY_", "pwm/pwm.h" }, { "PHY_TYPE_", "phy/phy.h" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strncmp(text, known[i].prefix, strlen(known[i].prefix)) == 0)
			return known[i].header;
	return NULL;
}

static void help_with_macro(struct parse *p, struct text word, struct pos at)
{
	const char *header = header_of(word.ptr);
	struct diag_nearest near;

	diag_nearest_init(&near, word.ptr, word.len);
	source_offer_macros(p->sources, &near);
	if (near.best) {
		help(p, "did you mean '%.*s'?", (int)near.best_len, near.best);
		source_suggest(p->sources, at, "%.*s", (int)near.best_len, near.best);
	} else if (header) {
		help(p, "it is defined by #include <dt-bindings/%s>", header);
	} else {
		help(p, "a macro needs the #include that defines it");
	}
}

static void help_with_label(struct parse *p, struct text word)
{
	bool hex = word.len > 1 && strspn(word.ptr, "0123456789abcdefABCDEF") >= word.len;

	help(p, "to refer to the node with label '%.*s' write <&%.*s>; %s", (int)word.len, word.ptr, (int)word.len,
	     word.ptr, hex ? "a hexadecimal number begins with 0x" : "a macro needs its #include");
}

static void help_with_number(struct parse *p, struct text word)
{
	size_t digits = strspn(word.ptr, "0123456789abcdefABCDEF");

	if (word.len > 2 && word.ptr[0] == '0' && (word.ptr[1] | 0x20) == 'b' &&
	    strspn(word.ptr + 2, "01") >= word.len - 2)
		help(p, "there are no binary numbers; write it in hexadecimal");
	else if (memchr(word.ptr, '.', word.len))
		help(p, "a cell holds a whole number");
	else if (digits >= word.len)
		help(p, "a hexadecimal number begins with 0x: 0x%.*s", (int)word.len, word.ptr);
	else
		help(p, "a number is decimal, hexadecimal with 0x, or octal with 0");
}

/* Names are told once each: the definition that is missing is one mistake. */
static bool told_before(struct parse *p, struct text word)
{
	struct name *name = name_of(p->tree->pool, word.ptr, word.len);
	bool told = name->told;

	name->told = true;
	p->syntax_errors = true;
	return told;
}

void mistake_word(struct parse *p, struct text word, struct pos at)
{
	bool skip = p->mending.skip_word;

	p->mending.skip_word = false;
	if (skip)
		return;
	if (isdigit((unsigned char)word.ptr[0])) {
		parse_error(p, at, MSG_BAD_NUMBER, (int)word.len, word.ptr);
		help_with_number(p, word);
		return;
	}
	p->mending.in_list = true;
	if (told_before(p, word) || p->mending.no_include)
		return;
	parse_error(p, at, MSG_WORD_IN_CELLS, (int)word.len, word.ptr);
	if (p->diags->last_hidden || p->diags->style == DIAG_DTC)
		return;
	if (is_macro(word.ptr, word.len))
		help_with_macro(p, word, at);
	else
		help_with_label(p, word);
}

/* ---------------------------------------------------------------- characters */

struct foreign {
	uint32_t code;
	int meant;                      /* 0: as good as a blank */
	const char *name, *write;
};

static const struct foreign foreign[] = {
	{ 0x1a, 0, "an end-of-file mark of old systems", "nothing" },
	{ 0xa0, 0, "a no-break space", "a blank" }, { 0x200b, 0, "a space of no width", "nothing" },
	{ 0x202f, 0, "a no-break space", "a blank" }, { 0x2009, 0, "a thin space", "a blank" },
	{ 0xfeff, 0, "a byte order mark", "nothing" }, { 0x3000, 0, "a wide space", "a blank" },
	{ 0x201c, '"', "a quote of printed text", "\"" }, { 0x201d, '"', "a quote of printed text", "\"" },
	{ 0x201e, '"', "a quote of printed text", "\"" }, { 0xab, '"', "a quote of printed text", "\"" },
	{ 0xbb, '"', "a quote of printed text", "\"" }, { 0x2018, '"', "a quote of printed text", "\"" },
	{ 0x2019, '"', "a quote of printed text", "\"" }, { 0x2010, '-', "a dash of printed text", "-" },
	{ 0x2011, '-', "a dash of printed text", "-" }, { 0x2012, '-', "a dash of printed text", "-" },
	{ 0x2013, '-', "a dash of printed text", "-" }, { 0x2014, '-', "a dash of printed text", "-" },
	{ 0x2212, '-', "a minus of printed text", "-" }, { 0xff1b, ';', "a wide semicolon", ";" },
	{ 0x037e, ';', "a Greek question mark", ";" }, { 0x2026, '.', "an ellipsis", "..." },
};

/* The character at a place; 0 when it is none. */
static uint32_t decode(const unsigned char *at, size_t len, size_t *n)
{
	uint32_t code = at[0] < 0xe0 ? at[0] & 0x1f : at[0] < 0xf0 ? at[0] & 0x0f : at[0] & 0x07;
	size_t need = at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;

	*n = 1;
	if (at[0] < 0x80)
		return at[0];
	if (!need || need > len)
		return 0;
	for (size_t i = 1; i < need; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	*n = need;
	return code;
}

static const struct foreign *find_foreign(uint32_t code)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (foreign[i].code == code)
			return &foreign[i];
	return NULL;
}

static bool told_foreign(struct parse *p, uint32_t code)
{
	uint32_t *told = p->mending.foreign;

	for (size_t i = 0; i < sizeof(p->mending.foreign) / sizeof(told[0]); i++) {
		if (told[i] == code)
			return true;
		if (!told[i]) {
			told[i] = code;
			return false;
		}
	}
	return false;
}

/* Up to the closing quote of the same kind: an opening one is followed by its counterpart on the line. */
static bool foreign_string(struct parse *p, const char *from, struct text *quoted)
{
	const char *end = line_end(p, from), *to = from;
	size_t n = 1;

	for (; to < end; to += n) {
		const struct foreign *f = find_foreign(decode((const unsigned char *)to, (size_t)(end - to), &n));

		if (*to == '"' || (f && f->meant == '"'))
			break;
	}
	if (to >= end)
		return false;
	*quoted = (struct text){ .ptr = from, .len = (uint32_t)(to - from) };
	scan_go(p, pos_of(p, to + (*to == '"' ? 1 : n), to).start);
	return true;
}

int mistake_foreign(struct parse *p, const char *text, size_t len, struct pos *at, struct text *quoted)
{
	size_t n;
	uint32_t code = decode((const unsigned char *)text, len, &n);
	const struct foreign *f = find_foreign(code);

	*at = pos_of(p, text, text + n);
	scan_go(p, at->end);
	p->syntax_errors = true;
	if (!code || !told_foreign(p, code)) {
		if (code)
			parse_error(p, *at, MSG_FOREIGN, (int)n, text, code);
		else
			parse_error(p, *at, MSG_UNEXPECTED, (int)n, text);
		if (f)
			help(p, "it is %s; write %s%s%s", f->name, f->meant ? "'" : "",
			     f->write, f->meant ? "'" : "");
		else if (!code)
			help(p, "it is no UTF-8 text: convert the file, as with iconv -t UTF-8");
		else
			help(p, "outside of strings and comments there are only the letters and signs of ASCII");
	}
	p->mending.told_at = p->mending.last_at = at->start;
	if (f && !f->meant)
		return 0;
	if (f && f->meant == '"' && foreign_string(p, text + n, quoted))
		return STRING;
	return f && f->meant == ';' ? ';' : TOLD;
}
