/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* parser.y - the grammar of device tree source (DTSpec 6.2 to 6.4, with labels, deletions, overlays and
 * expressions as dtc reads them).  Actions call build.c; the tree grows as the text is read.  What people
 * often write by mistake has rules of its own, so that it gets a message of its own; for the rest the
 * parser says what it expected after what, and goes on behind the next `;` or `}`. */

%code requires {
#include "parse.h"
}

%define api.pure full
%define api.prefix {parse_}
%define api.location.type {struct pos}
%define parse.error custom
%locations
%expect 0
%param {struct parse *p}

%code {
#include <stdlib.h>
#include <string.h>

/* Nesting costs stack of the parser, which grows as needed up to this. */
#define YYMAXDEPTH 10000000

#define YYLLOC_DEFAULT(result, rhs, n) do { \
		if (n) { \
			(result).start = YYRHSLOC(rhs, 1).start; \
			(result).end = YYRHSLOC(rhs, n).end; \
		} else { \
			(result).start = (result).end = YYRHSLOC(rhs, 0).end; \
		} \
	} while (0)

#define BETWEEN(first, last) ((struct pos){ (first).start, (last).end })

int scan_lex(PARSE_STYPE *value, struct pos *at, void *scanner);
static void parse_error_(struct pos *at, struct parse *p, const char *message);
#define parse_error(at, p, message) parse_error_(at, p, message)

static int parse_lex(PARSE_STYPE *value, struct pos *at, struct parse *p)
{
	int token;

	do {
		token = p->stop ? 0 : scan_lex(value, at, p->scanner);
		if (!p->token_is_label)
			p->before = p->token;
		p->token = *at;
		p->token_is_label = token == LABEL;
		if (token == '{')
			p->depth++;
		else if (token == '}' && p->depth)
			p->depth--;
		if (token == 0 || (token == ';' && p->depth == p->recover_depth) ||
		    p->depth < p->recover_depth)
			p->recovering = false;
	} while (p->recovering);
	return token;
}

static uint64_t divide(struct parse *p, uint64_t a, uint64_t b, struct pos at, bool remainder);
}

%union {
	uint64_t number;
	struct name *name;
	struct text text;
}

%token YYEOF 0		"the end of the file"
%token STOP		"an error"
%token V1		"/dts-v1/"
%token PLUGIN		"/plugin/"
%token MEMRESERVE	"/memreserve/"
%token BITS		"/bits/"
%token DELETE_PROPERTY	"/delete-property/"
%token DELETE_NODE	"/delete-node/"
%token OMIT_IF_NO_REF	"/omit-if-no-ref/"
%token INCBIN		"/incbin/"
%token <name> NAME	"a name"
%token <name> LABEL	"a label"
%token <text> REF	"a reference"
%token <text> STRING	"a string"
%token <text> WORD	"a word"
%token <number> NUMBER	"a number"
%token <number> BYTE	"a byte"
%token SHIFT_LEFT "<<" SHIFT_RIGHT ">>" AT_MOST "<=" AT_LEAST ">=" EQUAL "==" UNEQUAL "!=" AND "&&" OR "||"

%right '?' ':'
%left OR
%left AND
%left '|'
%left '^'
%left '&'
%left EQUAL UNEQUAL
%left '<' '>' AT_MOST AT_LEAST
%left SHIFT_LEFT SHIFT_RIGHT
%left '+' '-'
%left '*' '/' '%'
%precedence NEGATIVE

%type <number> primary expression

%%

file:
	headers reserves blocks
	;

headers:
	header
|	headers header
	;

/* The last form is the spelling of the first overlay patches, before the two were apart. */
header:
	V1 ';'					{ build_header(p, false, @$); }
|	V1 ';' PLUGIN ';'			{ build_header(p, true, @$); }
|	V1 PLUGIN ';'				{ build_header(p, true, @$); }
	;

reserves:
	%empty
|	reserves reserve
	;

reserve:
	labels MEMRESERVE primary primary ';'	{ build_reserve(p, $3, $4); }
	;

labels:
	%empty
|	labels LABEL				{ build_label(p, $2, @2); }
	;

blocks:
	block
|	blocks block
	;

block:
	'/' '{'					{ build_open_root(p, @1); }
	body '}' ';'				{ build_close_root(p, BETWEEN(@2, @6)); }
|	labels REF '{'				{ build_open_ref(p, @2); }
	body '}' ';'				{ build_close_ref(p, $2, @2, BETWEEN(@3, @7)); }
|	DELETE_NODE REF ';'			{ build_delete_ref(p, $2, @2); }
|	OMIT_IF_NO_REF REF ';'			{ build_omit_ref(p, $2, @2); }
|	error ';'
|	error '}' ';'
	;

body:
	%empty
|	body item
|	body error ';'				{ build_prop_done(p, @2); }
|	body error				{ build_prop_done(p, @2); }
	;

item:
	prefixes NAME '='			{ build_prop(p, $2, @2); }
	data ';'				{ build_prop_done(p, BETWEEN(@2, @6)); }
|	prefixes NAME ';'			{ build_prop(p, $2, @2); build_prop_done(p, BETWEEN(@2, @3)); }
|	prefixes NAME '{'			{ build_open_child(p, $2, @2); }
	body '}' ';'				{ build_close_child(p, BETWEEN(@3, @7)); }
|	prefixes DELETE_PROPERTY NAME ';'	{ build_delete_prop(p, $3, BETWEEN(@2, @4)); }
|	prefixes DELETE_NODE NAME ';'		{ build_delete_child(p, $3, BETWEEN(@2, @4)); }
	;

prefixes:
	%empty
|	prefixes LABEL				{ build_label(p, $2, @2); }
|	prefixes OMIT_IF_NO_REF			{ build_omit(p, @2); }
	;

data:
	datum
|	data ',' datum
	;

datum:
	marks value marks
	;

marks:
	%empty
|	marks LABEL				{ build_mark(p, MARK_LABEL, $2->text, @2); }
	;

value:
	STRING					{ build_text(p, $1, @1); }
|	'<'					{ build_bits(p, 32, @1); }
	cells '>'
|	BITS NUMBER '<'				{ build_bits(p, $2, @2); }
	cells '>'
|	'['					{ build_mark(p, MARK_U8, NULL, @1); }
	bytes ']'
|	REF					{ build_path_ref(p, $1, @1); }
|	INCBIN '(' STRING ')'			{ build_incbin(p, $3, NULL, @3); }
|	INCBIN '(' STRING ',' primary ',' primary ')'
	{ build_incbin(p, $3, (const uint64_t[]){ $5, $7 }, @3); }
|	NUMBER
	{
		(parse_error)(p, @1, MSG_NO_VALUE);
		diag_help(p->diags, NULL, "cells go in angle brackets: <%.*s>", (int)(@1.end - @1.start),
			  (const char *)p->source->text.bytes + @1.start - p->source->base);
		source_suggest(p->sources, @1, "<%.*s>", (int)(@1.end - @1.start),
			       (const char *)p->source->text.bytes + @1.start - p->source->base);
	}
|	WORD
	{
		(parse_error)(p, @1, MSG_NO_VALUE);
		diag_help(p->diags, NULL, "strings need quotes: \"%.*s\"", (int)$1.len, $1.ptr);
		source_suggest(p->sources, @1, "\"%.*s\"", (int)$1.len, $1.ptr);
	}
	;

cells:
	%empty
|	cells primary				{ build_cell(p, $2, @2); }
|	cells REF				{ build_cell_ref(p, $2, @2); }
|	cells LABEL				{ build_mark(p, MARK_LABEL, $2->text, @2); }
|	cells WORD
	{
		bool digit = $2.ptr[0] >= '0' && $2.ptr[0] <= '9';

		if (digit) {
			(parse_error)(p, @2, MSG_BAD_NUMBER, (int)$2.len, $2.ptr);
		} else {
			(parse_error)(p, @2, MSG_WORD_IN_CELLS, (int)$2.len, $2.ptr);
			diag_help(p->diags, NULL, "to refer to the node with label '%.*s' write <&%.*s>; a macro "
				  "needs its #include", (int)$2.len, $2.ptr, (int)$2.len, $2.ptr);
		}
		build_cell(p, 0, @2);
	}
	;

bytes:
	%empty
|	bytes BYTE				{ build_byte(p, (unsigned char)$2); }
|	bytes LABEL				{ build_mark(p, MARK_LABEL, $2->text, @2); }
	;

primary:
	NUMBER
|	'(' expression ')'			{ $$ = $2; }
	;

expression:
	primary
|	'-' expression %prec NEGATIVE		{ $$ = -$2; }
|	'~' expression %prec NEGATIVE		{ $$ = ~$2; }
|	'!' expression %prec NEGATIVE		{ $$ = !$2; }
|	expression '*' expression		{ $$ = $1 * $3; }
|	expression '/' expression		{ $$ = divide(p, $1, $3, @$, false); }
|	expression '%' expression		{ $$ = divide(p, $1, $3, @$, true); }
|	expression '+' expression		{ $$ = $1 + $3; }
|	expression '-' expression		{ $$ = $1 - $3; }
|	expression "<<" expression		{ $$ = $3 < 64 ? $1 << $3 : 0; }
|	expression ">>" expression		{ $$ = $3 < 64 ? $1 >> $3 : 0; }
|	expression '<' expression		{ $$ = $1 < $3; }
|	expression '>' expression		{ $$ = $1 > $3; }
|	expression "<=" expression		{ $$ = $1 <= $3; }
|	expression ">=" expression		{ $$ = $1 >= $3; }
|	expression "==" expression		{ $$ = $1 == $3; }
|	expression "!=" expression		{ $$ = $1 != $3; }
|	expression '&' expression		{ $$ = $1 & $3; }
|	expression '^' expression		{ $$ = $1 ^ $3; }
|	expression '|' expression		{ $$ = $1 | $3; }
|	expression "&&" expression		{ $$ = $1 && $3; }
|	expression "||" expression		{ $$ = $1 || $3; }
|	expression '?' expression ':' expression	{ $$ = $1 ? $3 : $5; }
	;

%%

static uint64_t divide(struct parse *p, uint64_t a, uint64_t b, struct pos at, bool remainder)
{
	if (b == 0) {
		(parse_error)(p, at, MSG_DIVISION);
		return 0;
	}
	return remainder ? a % b : a / b;
}

/* ---------------------------------------------------------------- errors */

static bool expects(const yypcontext_t *context, yysymbol_kind_t wanted)
{
	yysymbol_kind_t expected[YYNTOKENS];
	int n = yypcontext_expected_tokens(context, expected, YYNTOKENS);

	for (int i = 0; i < n; i++)
		if (expected[i] == wanted)
			return true;
	return false;
}

/* A string that goes over several lines is most often one that was not closed: what follows its real end
 * makes no sense then.  Nothing after it can be trusted, so nothing more is said. */
static bool blame_string(struct parse *p)
{
	const char *text = (const char *)p->source->text.bytes;
	struct pos at = p->before;

	if (at.start < p->source->base || text[at.start - p->source->base] != '"' ||
	    !memchr(text + at.start - p->source->base, '\n', at.end - at.start))
		return false;
	at.end = at.start + (uint32_t)strcspn(text + at.start - p->source->base, "\n");
	(parse_error)(p, at, MSG_STRING_LINES);
	diag_help(p->diags, NULL, "add '\"' where the string ends");
	return true;
}

static const char *shown(struct parse *p, const yypcontext_t *context, int *len)
{
	struct pos at = *yypcontext_location(context);

	if (at.end == at.start || at.start < p->source->base) {
		const char *name = yysymbol_name(yypcontext_token(context));

		*len = (int)strlen(name);
		return name;
	}
	*len = (int)(at.end - at.start);
	return (const char *)p->source->text.bytes + at.start - p->source->base;
}

static void missing(struct parse *p, const char *what)
{
	struct pos at = { p->before.end, p->before.end + 1 };
	const struct name *prop = p->prop ? p->prop->name : NULL;

	if (prop)
		(parse_error)(p, at, MSG_MISSING_AFTER_VALUE, what, prop->text);
	else
		(parse_error)(p, at, MSG_MISSING, what);
	diag_help(p->diags, NULL, "add '%s' here", what);
	source_suggest(p->sources, (struct pos){ at.start, at.start }, "%s", what);
}

static void ends_inside(struct parse *p, struct pos at)
{
	struct diag_place place = source_place(p->sources, p->node->pos);

	(parse_error)(p, at, MSG_ENDS_INSIDE, p->node->name->len ? p->node->name->text : "/");
	diag_note(p->diags, &place, "its brace is not closed");
	diag_help(p->diags, NULL, "add '};'");
}

static int yyreport_syntax_error(const yypcontext_t *context, struct parse *p)
{
	yysymbol_kind_t token = yypcontext_token(context);
	struct pos at = *yypcontext_location(context);
	const char *text;
	int len;

	p->recover_depth = p->depth + (token == YYSYMBOL_42_) - (token == YYSYMBOL_41_);
	p->recovering = token != YYSYMBOL_40_ && token != YYSYMBOL_42_;
	if (token == YYSYMBOL_STOP || blame_string(p)) {
		p->syntax_errors = p->stop = true;
	} else if (!p->saw_v1) {
		(parse_error)(p, at, MSG_NO_V1);
		diag_help(p->diags, NULL, "insert '/dts-v1/;' before this line");
		source_suggest(p->sources, (struct pos){ at.start, at.start }, "/dts-v1/;\n");
		p->stop = true;
	} else if (token == YYSYMBOL_YYEOF && p->node) {
		ends_inside(p, at);
		p->stop = true;
	} else if (expects(context, YYSYMBOL_40_)) {
		missing(p, ";");
	} else {
		text = shown(p, context, &len);
		(parse_error)(p, at, MSG_UNEXPECTED, len, text);
	}
	return 0;
}

static void parse_error_(struct pos *at, struct parse *p, const char *message)
{
	(parse_error)(p, *at, MSG_PARSER, message);
}
