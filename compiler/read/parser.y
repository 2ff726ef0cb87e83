/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* parser.y - the grammar of device tree source (DTSpec 6.2 to 6.4, with labels, deletions, overlays and
 * expressions as dtc reads them).  Actions call build.c; the tree grows as the text is read.  A mistake that
 * leaves the reading where it is has a rule of its own; for any other, mistakes.c says what is wrong and finds
 * where the reading can go on, and an `error` is followed by a token that tells which: RESUME or OPENED. */

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
#include "mistakes.h"

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

static void parse_error_(struct pos *at, struct parse *p, const char *message);
#define parse_error(at, p, message) parse_error_(at, p, message)

static int parse_lex(PARSE_STYPE *value, struct pos *at, struct parse *p)
{
	int token = p->mending.pending ? mistake_token(p, at) : plain_begun(p, value, at);

	if (token)
		return token;
	token = p->stop ? 0 : plain_token(p, value, at);
	if (!token && !p->stop)
		token = scan_token(p, value, at);
	parse_note_token(p, *at, token == LABEL);
	return token;
}

static uint64_t divide(struct parse *p, uint64_t a, uint64_t b, struct pos at, bool remainder);
}

%union {
	uint64_t number;
	struct name *name;
	struct text text;
}

%token YYEOF 0
%token STOP		/* an error was told, and nothing that follows can be read */
%token TOLD		/* an error was told */
%token RESUME		/* after a mistake: reading goes on with the next item */
%token ITEM		/* the first word of an item, where none can be */
%token OPENED		/* after a mistake: reading goes on inside a node */
%token BEGUN_CHILD BEGUN_PROPERTY BEGUN_DATA BEGUN_CELLS	/* plain_items() has read so far */
%token PLUGIN "/plugin/" V1 "/dts-v1/" MEMRESERVE BITS DELETE_PROPERTY DELETE_NODE OMIT_IF_NO_REF INCBIN
%token <name> NAME LABEL
%token <text> REF STRING WORD
%token <number> NUMBER BYTE
%token SHIFT_LEFT "<<" SHIFT_RIGHT ">>" AT_MOST "<=" AT_LEAST ">=" EQUAL "==" UNEQUAL "!=" AND "&&" OR "||"

%precedence ALONE
%precedence PLUGIN
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
%type <text> target

%%

file:
	headers reserves blocks
	;

headers:
	header
|	headers header
|	error RESUME				{ yyerrok; }
	;

/* The third form is the spelling of the first overlay patches, before the two were apart; the last is a
 * mistake. */
header:
	V1 end %prec ALONE			{ build_header(p, false, @$); }
|	V1 end PLUGIN end			{ build_header(p, true, @$); }
|	V1 PLUGIN ';'				{ build_old_header(p, @$); }
|	PLUGIN end				{ mistake_plugin(p, @1); }
	;

reserves:
	%empty
|	reserves reserve
|	reserves stray
	;

reserve:
	labels MEMRESERVE primary primary end	{ build_reserve(p, $3, $4); }
	;

labels:
	%empty
|	labels LABEL				{ build_label(p, $2, @2); }
	;

blocks:
	block
|	blocks block
|	blocks stray
|	blocks PLUGIN end			{ mistake_plugin(p, @2); }
	;

block:
	'/' '{'					{ build_open_root(p, @1); }
	body close				{ build_close_root(p, BETWEEN(@2, @5)); }
|	labels target '{'			{ build_open_ref(p, $2, @2); }
	body close				{ build_close_ref(p, $2, @2, BETWEEN(@3, @6)); }
|	DELETE_NODE target end			{ build_delete_ref(p, $2, @2); }
|	OMIT_IF_NO_REF target end		{ build_omit_ref(p, $2, @2); }
	;

target:
	REF
|	'&' target				{ mistake_ampersand(p, @1); $$ = $2; }
	;

/* What stands between blocks and is none. */
stray:
	';'					{ mistake_semicolon(p, @1); }
|	'}'					{ mistake_brace(p, @1); }
|	error RESUME				{ yyerrok; }
|	error OPENED				{ yyerrok; build_open_stray(p, @2); }
	body close				{ build_close_stray(p); }
	;

close:
	'}' ';'
|	'}' error RESUME			{ yyerrok; }
	;

end:
	';'
|	error RESUME				{ yyerrok; }
	;

/* One rule for each item of a node and each value of a property, none in between: each rule that is
 * recognised costs, and most of a source is these.  plain_items() takes the most of them before they come here:
 * where it is called bison needs no token to know what was read, so it has none yet. */
body:
	%empty					{ plain_items(p); }
|	body data ';'				{ build_prop_done(p, BETWEEN(@2, @3)); plain_items(p); }
|	body data error RESUME			{ yyerrok; build_prop_done(p, @2); }
|	body property error RESUME		{ yyerrok; build_prop_done(p, @2); }
|	body prefixes NAME ';'			{ build_prop(p, $3, @3); build_prop_done(p, BETWEEN(@3, @4)); }
|	body prefixes NAME error RESUME		{ yyerrok; build_prop_done(p, @3); }
|	body child body close			{ build_close_child(p, BETWEEN(@2, @4)); plain_items(p); }
|	body prefixes DELETE_PROPERTY NAME end	{ build_delete_prop(p, $4, BETWEEN(@3, @5)); }
|	body prefixes DELETE_NODE NAME end	{ build_delete_child(p, $4, BETWEEN(@3, @5)); }
|	body prefixes ';'			{ mistake_semicolon(p, @3); }
|	body error RESUME			{ yyerrok; build_prop_done(p, @2); }
	;

child:
	prefixes NAME '{'			{ build_open_child(p, $2, @2); @$ = @3; }
|	BEGUN_CHILD
|	prefixes NAME error OPENED		{ yyerrok; build_open_child(p, $2, @2); @$ = @2; }
|	property error OPENED			{ yyerrok; build_prop_to_child(p); }
|	data error OPENED			{ yyerrok; build_prop_to_child(p); }
|	error OPENED				{ yyerrok; build_open_nameless(p, @2); @$ = @2; }
	;

prefixes:
	%empty
|	prefixes LABEL				{ build_label(p, $2, @2); }
|	prefixes OMIT_IF_NO_REF			{ build_omit(p, @2); }
	;

/* A property that waits for a value, */
property:
	prefixes NAME '='			{ build_prop(p, $2, @2); @$ = @2; }
|	BEGUN_PROPERTY
|	data ','
|	property LABEL				{ build_mark(p, MARK_LABEL, $2->text, @2); }
	;

/* and one that has what it waited for. */
data:
	property STRING				{ build_text(p, $2, @2); }
|	BEGUN_DATA
|	property cells '>'
|	property '['				{ build_mark(p, MARK_U8, NULL, @2); }
	bytes ']'
|	property REF				{ build_path_ref(p, $2, @2); }
|	property INCBIN '(' STRING ')'		{ build_incbin(p, $4, NULL, @4); }
|	property INCBIN '(' STRING ',' primary ',' primary ')'
	{ build_incbin(p, $4, (const uint64_t[]){ $6, $8 }, @4); }
|	data LABEL				{ build_mark(p, MARK_LABEL, $2->text, @2); }
	;

/* A number is most of what there is: it goes in without becoming anything else before. */
cells:
	'<'					{ build_bits(p, 32, @1); plain_cells(p); }
|	BEGUN_CELLS
|	BITS NUMBER '<'				{ build_bits(p, $2, @2); plain_cells(p); }
|	cells NUMBER				{ build_cell(p, $2, @2); plain_cells(p); }
|	cells '(' expression ')'		{ build_cell(p, $3, BETWEEN(@2, @4)); plain_cells(p); }
|	cells REF				{ build_cell_ref(p, $2, @2); plain_cells(p); }
|	cells LABEL				{ build_mark(p, MARK_LABEL, $2->text, @2); }
|	cells WORD				{ mistake_word(p, $2, @2); }
|	cells STRING				{ mistake_in_cells(p, @2); }
|	cells ','				{ mistake_in_cells(p, @2); }
|	cells operator				{ mistake_in_cells(p, @2); }
	;

operator:
	'-' | '+' | '*' | '/' | '%' | '|' | '^' | '&' | '~' | '!' | '?' | ':' | "<<" | "==" | "!=" | "&&" | "||"
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
|	expression "<<" expression		{ $$ = parse_shift_left($1, $3); }
|	expression ">>" expression		{ $$ = parse_shift_right($1, $3); }
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
|	WORD					{ mistake_word(p, $1, @1); $$ = 1; }
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

/* What could have stood where the error is tells what was being read. */
static enum reading reading(const yypcontext_t *context)
{
	static const struct { int could, also; enum reading what; } signs[] = {
		{ DELETE_PROPERTY, NAME, READING_BODY }, { '=', ';', READING_NAME }, { BYTE, ']', READING_BYTES },
		{ BITS, STRING, READING_VALUE }, { WORD, '>', READING_CELLS }, { WORD, '-', READING_OPERAND },
		{ '+', ')', READING_OPERATOR }, { '+', ':', READING_OPERATOR }, { ';', ',', READING_NEXT_VALUE },
		{ REF, LABEL, READING_TOP }, { REF, '&', READING_REF }, { NAME, NAME, READING_DELETED },
		{ '{', '{', READING_OPEN }, { ';', ';', READING_END },
	};
	yysymbol_kind_t expected[YYNTOKENS];
	bool could[YYNTOKENS] = { false };
	int n = yypcontext_expected_tokens(context, expected, YYNTOKENS);

	for (int i = 0; i < n; i++)
		could[expected[i]] = true;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (could[YYTRANSLATE(signs[i].could)] && could[YYTRANSLATE(signs[i].also)])
			return signs[i].what;
	return READING_OTHER;
}

static int yyreport_syntax_error(const yypcontext_t *context, struct parse *p)
{
	yysymbol_kind_t token = yypcontext_token(context);

	mistake(p, *yypcontext_location(context), reading(context),
		token == YYSYMBOL_STOP || token == YYSYMBOL_TOLD, token == YYSYMBOL_STOP);
	return 0;
}

static void parse_error_(struct pos *at, struct parse *p, const char *message)
{
	(parse_error)(p, *at, MSG_PARSER, message);
}
