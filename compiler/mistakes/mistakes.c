/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* mistakes.c - what is said of a mistake in a source.
 * The parser tells what it was reading and where it came upon something else; the text there, and around it,
 * shows what people mean who write that.  Each mistake is told once, at the place to change, with what to
 * write instead; mending.c then finds where reading goes on.  None of this runs for a source without one. */
#include "mistakes.h"

#include <ctype.h>
#include <string.h>

#include "mending.h"
#include "scene.h"
#include "words.h"

#define FILE_END "the file's end"

struct scene scene_of(struct parse *p, struct pos pos)
{
	struct scene s = { .p = p, .pos = pos, .at = text_of(p, pos), .prev = text_of(p, p->previous) };

	s.len = word_len(p, s.at);
	s.at_end = s.len == 0;
	if (pos.end - pos.start > (uint32_t)s.len && !memchr(s.at, '\n', pos.end - pos.start))
		s.len = (int)(pos.end - pos.start);
	s.seen = s.at_end ? (struct text){ .ptr = FILE_END, .len = sizeof(FILE_END) - 1 }
			  : (struct text){ .ptr = s.at, .len = (uint32_t)s.len };
	if (s.prev) {
		s.prev_len = (int)(p->previous.end - p->previous.start);
		s.same_line = !memchr(s.prev, '\n', (size_t)(s.at - s.prev));
	}
	return s;
}

void help_to_add(struct parse *p, struct pos at, const char *what)
{
	help(p, "add '%s' here", what + (*what == ' '));
	source_suggest(p->sources, (struct pos){ at.start, at.start }, "%s", what);
}

void help_to_remove(struct parse *p, struct pos at)
{
	help(p, "remove it");
	source_suggest(p->sources, at, "%s", "");
}

void help_instead(struct parse *p, struct pos at, const char *text, int len)
{
	help(p, "did you mean '%.*s'?", len, text);
	source_suggest(p->sources, at, "%.*s", len, text);
}

void note(struct parse *p, struct pos at, const char *text)
{
	struct diag_place place = source_place(p->sources, at);

	diag_note(p->diags, &place, "%s", text);
}

bool on_told_line(const struct parse *p, struct pos here)
{
	struct pos told = { p->mending.passed, p->mending.passed };
	const char *from = told.start ? text_of(p, told) : NULL, *at = text_of(p, here);

	return from && from <= at && !memchr(from, '\n', (size_t)(at - from));
}

struct pos word_pos(const struct scene *s)
{
	return pos_of(s->p, s->at, s->at + s->len);
}

/* Where a token was left out: behind the one before. */
struct pos gap(const struct parse *p)
{
	return (struct pos){ p->before.end, p->before.end + 1 };
}

const char *find(const char *from, const char *end, const char *text)
{
	return memmem(from, (size_t)(end - from), text, strlen(text));
}

/* ---------------------------------------------------------------- lines, whatever is read */

/* A directive without one of its slashes, or none. */
bool tell_directive(struct scene *s, const char *at)
{
	const char *word = at + strspn(at, "/ \t");
	int len = word_len(s->p, word);
	const char *meant = directive_near(word, (size_t)len);

	if (!meant)
		return false;
	len += (int)(word - at);
	len += at[len] == '/';
	parse_error(s->p, pos_of(s->p, at, at + len), MSG_UNKNOWN_DIRECTIVE, len, at);
	help_instead(s->p, pos_of(s->p, at, at + len), meant, (int)strlen(meant));
	s->p->mending.no_include |= strcmp(meant, "/include/") == 0;
	if (strcmp(meant, "/plugin/") == 0) {
		s->p->mending.plugin = true;
		s->p->tree->plugin = true;
	}
	resume_behind(s->p, at + len);
	return true;
}

/* `#inlcude <...>` */
bool tell_cpp_line(struct scene *s, const char *at, int len)
{
	const char *meant = *at == '#' && line_first(s->p, at) == at ? cpp_line_near(at, (size_t)len) : NULL;

	if (!meant)
		return false;
	s->p->mending.no_include |= strcmp(meant, "#include") == 0;
	parse_error(s->p, pos_of(s->p, at, at + len), MSG_UNKNOWN_DIRECTIVE, len, at);
	help_instead(s->p, pos_of(s->p, at, at + len), meant, (int)strlen(meant));
	resume_at(s->p, line_end(s->p, s->at));
	return true;
}

/* What a merge, a patch, a listing or a web page leaves in a file is told once. */
bool left_over(struct scene *s)
{
	const char *line = line_first(s->p, s->at), *end = line_end(s->p, line), *from = NULL, *what;
	bool alone = s->prev && s->prev == line;

	if (strncmp(line, "<<<<<<<", 7) == 0 || strncmp(line, "=======", 7) == 0 || strncmp(line, ">>>>>>>", 7) == 0)
		from = "a merge", what = "choose one of the two sides";
	else if (alone && s->prev_len == 1 && (*line == '+' || *line == '-'))
		from = "a patch", what = "remove the signs in front of the lines";
	else if (alone && (int)strspn(line, "0123456789") == s->prev_len)
		from = "a listing", what = "remove the numbers in front of the lines";
	else if (find(line, end, "&lt;") || find(line, end, "&gt;") || find(line, end, "&quot;"))
		from = "a web page", what = "write < for &lt;, > for &gt; and \" for &quot;";
	if (!from)
		return false;
	if (s->p->mending.left_over != from) {
		parse_error(s->p, pos_of(s->p, line, end), MSG_LEFT_OVER, from);
		help(s->p, "%s", what);
	}
	s->p->mending.left_over = from;
	resume_at(s->p, alone ? s->at : end);
	return true;
}

/* ---------------------------------------------------------------- references, includes */

void mistake_ref(struct parse *p, const char *text, size_t len, struct pos at)
{
	const char *label = text + strspn(text, "& \t");
	int n = (int)(len - (size_t)(label - text));

	if (p->mending.told_at == at.start)
		return;
	p->mending.told_at = at.start;
	parse_error(p, at, MSG_BAD_REF, (int)len, text);
	if (text[1] == '/') {
		help(p, "a path stands in braces: &{%.*s}", n, label);
		source_suggest(p->sources, at, "&{%.*s}", n, label);
	} else if (text[1] == '{' && len > 2 && text[len - 1] != '}') {
		help(p, "add '}' behind the path: %.*s}", (int)len, text);
		source_suggest(p->sources, at, "%.*s}", (int)len, text);
	} else if (text[1] == '{') {
		help(p, "write &{/PATH} or &LABEL");
	} else if (text[1] == '&' || text[1] == ' ' || text[1] == '\t') {
		help(p, "write &%.*s", n, label);
		source_suggest(p->sources, at, "&%.*s", n, label);
	} else {
		help(p, "a label has letters, digits and '_'; a node without one is &{/PATH}");
	}
}

void mistake_ampersand(struct parse *p, struct pos at)
{
	parse_error(p, at, MSG_BAD_REF, 1, "&");
	help(p, "write &LABEL, with one '&' and no blank");
}

bool mistake_include(struct parse *p, struct pos at)
{
	const char *after = text_of(p, at) + 9, *end;
	int len;

	p->mending.told_at = at.start;
	after += strspn(after, " \t");
	if (*after == '(') {
		parse_error(p, at, MSG_UNKNOWN_DIRECTIVE, 9, "/include/");
		help(p, "to take in the bytes of a file write /incbin/(\"FILE\")");
		p->mending.last_at = at.start;
		return true;
	}
	end = line_end(p, after);
	after += *after && strchr("'<\"", *after) ? 1 : 0;
	len = (int)strcspn(after, "'>\"; \t\r\n");
	p->mending.no_include = true;
	parse_error(p, at, MSG_INCLUDE_NAME);
	help(p, "write /include/ \"%.*s\"", len ? len : 4, len ? after : "FILE");
	scan_go(p, pos_of(p, end, end).start);
	return false;
}

/* ---------------------------------------------------------------- names */

/* What a name would be as a label: its letters and digits, and '_' for what is neither. */
static void help_with_label_name(const struct scene *s)
{
	char label[64];
	int n = s->prev_len;

	if (n > (int)sizeof(label) || isdigit((unsigned char)*s->prev))
		return;
	for (int i = 0; i < n; i++)
		label[i] = isalnum((unsigned char)s->prev[i]) ? s->prev[i] : '_';
	help_instead(s->p, s->p->previous, label, n);
}

/* `name :`, `1st:`, `my-label:`, `name :=`, `my-name: <1>`. */
static void name_and_colon(struct scene *s)
{
	bool apart = s->prev + s->prev_len < s->at, unit = memchr(s->prev, '@', (size_t)s->prev_len);
	const char *after = s->at + 1 + strspn(s->at + 1, " \t");

	if (s->at[1] == '=') {
		parse_error(s->p, s->pos, MSG_EXPECTED, "'='", PREV(s), 2, ":=");
		resume_behind(s->p, s->at);
		return;
	}
	if (!unit && *after && strchr("<\"[&", *after)) {
		parse_error(s->p, s->pos, MSG_EXPECTED, "'='", PREV(s), 1, ":");
		help_instead(s->p, s->pos, "=", 1);
		resume_behind(s->p, after);
		return;
	}
	if (apart) {
		parse_error(s->p, s->pos, MSG_EXPECTED, "'=', ';' or '{'", PREV(s), 1, ":");
		help(s->p, "a label has its ':' right behind it: '%.*s:'", PREV(s));
	} else if (unit) {
		parse_error(s->p, s->pos, MSG_BAD_NAME, 1, ":");
	} else {
		parse_error(s->p, s->p->previous, MSG_NOT_A_LABEL, PREV(s));
		help_with_label_name(s);
	}
	if (unit)
		resume_behind(s->p, s->at + 1);
	else
		resume_at(s->p, s->at + 1);
}

static bool is_directive_word(struct scene *s)
{
	const char *meant = directive_near(s->prev, (size_t)s->prev_len);

	if (!meant || (*s->at != '/' && (int)strlen(meant) - 2 != s->prev_len))
		return false;
	return tell_directive(s, s->prev);
}

/* `label node {`: the label counts, so that what refers to it is no mistake. */
static void help_with_label(struct scene *s)
{
	bool label = !isdigit((unsigned char)*s->prev);

	help(s->p, "a label is written '%.*s: %.*s'; a name has no blanks", PREV(s), WORD_AT(s));
	for (int i = 0; i < s->prev_len; i++)
		label &= isalnum((unsigned char)s->prev[i]) || s->prev[i] == '_';
	if (label)
		build_label(s->p, name_of(s->p->tree->pool, s->prev, (size_t)s->prev_len), s->p->previous);
}

/* Two words where one name should be. */
static void name_and_word(struct scene *s)
{
	const char *behind = s->at + s->len;
	bool macro = *s->at == '(' && is_macro(s->prev, (size_t)s->prev_len);

	behind += strspn(behind, " \t");
	parse_error(s->p, word_pos(s), MSG_EXPECTED, "'=', ';' or '{'", PREV(s), WORD_AT(s));
	if ((int)strspn(s->prev, "#-") == s->prev_len)
		help(s->p, "a comment begins with // or stands between /* and */");
	else if (macro)
		help(s->p, "a macro needs the #include that defines it");
	else if (memchr(s->prev, '@', (size_t)s->prev_len))
		help(s->p, "a unit address has no blanks or signs in it");
	else if (*s->at == '@')
		help(s->p, "a name has no blanks: '%.*s%.*s'", PREV(s), WORD_AT(s));
	else if (s->at[s->len - 1] == ':')
		help(s->p, "a label stands before the name: '%.*s %.*s'", WORD_AT(s), PREV(s));
	else if (*s->at == '(')
		help(s->p, "what is inside a node stands in braces: { ... };");
	else if (*behind == '{')
		help_with_label(s);
	else if (*behind == '=' || *behind == ';')
		help(s->p, "a name has no blanks: '%.*s-%.*s'", PREV(s), WORD_AT(s));
	s->p->mending.labels = *behind == '{' ? s->p->labels : NULL;
	if ((int)strspn(s->prev, "#-") == s->prev_len)
		resume_at(s->p, line_end(s->p, s->at));
	else if ((*behind == '{' || *behind == '=') && s->at[s->len - 1] != ':')
		resume_at(s->p, s->at);
	else
		resume_behind(s->p, s->at);
}

/* Behind the name of a property or a node, and nothing that can follow it is on its line. */
static void name_alone(struct scene *s)
{
	bool node = memchr(s->prev, '@', (size_t)s->prev_len) ||
		    (!s->at_end && *s->at != '}' && indent_of(s->p, s->at) > indent_of(s->p, s->prev));
	const char *line = line_first(s->p, s->prev), *colon = memchr(line, ':', (size_t)(s->prev - line));

	if (colon && !node && strcspn(line, " \t") > (size_t)(colon - line)) {
		parse_error(s->p, pos_of(s->p, colon, colon + 1), MSG_EXPECTED, "'='", (int)(colon - line),
			    line, 1, ":");
		help(s->p, "a property is written '%.*s = ...;', only a label has ':'", (int)(colon - line), line);
		resume_at(s->p, s->at);
		return;
	}
	parse_error(s->p, gap(s->p), MSG_EXPECTED, node ? "'{'" : "';'", PREV(s), SEEN(s));
	help_to_add(s->p, gap(s->p), node ? " {" : ";");
	if (node)
		open_at(s->p, s->at);
	else
		resume_at(s->p, s->at);
}

static void behind_name(struct scene *s)
{
	if (left_over(s) || tell_cpp_line(s, s->prev, s->prev_len) || is_directive_word(s))
		return;
	if (!s->same_line || s->at_end || *s->at == '}') {
		name_alone(s);
	} else if (*s->at == ':') {
		name_and_colon(s);
	} else if (strchr("([", *s->at) && s->at[1 + strspn(s->at + 1, " \t\r")] == '\n') {
		parse_error(s->p, s->pos, MSG_EXPECTED, "'{'", PREV(s), 1, s->at);
		help(s->p, "what is inside a node stands in braces: { ... };");
		s->p->mending.wrong_brace = *s->at == '(' ? ')' : ']';
		open_at(s->p, s->at + 1);
	} else if (strchr("\"<[&'", *s->at) || isdigit((unsigned char)*s->at)) {
		parse_error(s->p, gap(s->p), MSG_EXPECTED, "'='", PREV(s), WORD_AT(s));
		help_to_add(s->p, gap(s->p), " =");
		resume_behind(s->p, s->at);
	} else if (strncmp(s->at, "==", 2) == 0) {
		parse_error(s->p, s->pos, MSG_EXPECTED, "'='", PREV(s), 2, s->at);
		help_instead(s->p, pos_of(s->p, s->at, s->at + 2), "=", 1);
		resume_behind(s->p, s->at);
	} else if (word_len(s->p, s->at) > 1 || isalpha((unsigned char)*s->at) || strchr("@(", *s->at)) {
		name_and_word(s);
	} else {
		parse_error(s->p, word_pos(s), MSG_BAD_NAME, WORD_AT(s));
		if (*s->at == '/' && isalnum((unsigned char)s->at[1]))
			help(s->p, "nodes stand inside of each other: %.*s { %.*s { ... }; };", PREV(s),
			     word_len(s->p, s->at + 1), s->at + 1);
		else
			help(s->p, "a name has letters, digits, the signs , . _ + - and @ before the unit "
				   "address");
		resume_behind(s->p, s->at);
	}
}

/* ---------------------------------------------------------------- inside a node */

/* As it stands before its brace: a block has no name, but what it refers to. */
static struct text name_shown(const struct scene *s, const struct node *n)
{
	const char *ref = n->parent ? NULL : text_of(s->p, n->pos);

	if (ref && *ref == '&')
		return (struct text){ .ptr = ref, .len = n->pos.end - n->pos.start };
	if (!n->name->len)
		return (struct text){ .ptr = "/", .len = 1 };
	return (struct text){ .ptr = n->name->text, .len = n->name->len };
}

static void tell_left_open(struct scene *s, const struct node *open, struct pos before)
{
	struct text name = name_shown(s, open);

	parse_error(s->p, before, MSG_NOT_CLOSED, (int)name.len, name.ptr);
	note(s->p, open->pos, "it begins here");
	help(s->p, "add '};' before this line");
}

static void ends_inside(struct scene *s)
{
	struct pos before;
	const struct node *open = left_open(s->p, &before);
	struct text name = name_shown(s, s->p->node);

	if (open) {
		tell_left_open(s, open, before);
		return;
	}
	parse_error(s->p, s->pos, MSG_ENDS_INSIDE, (int)name.len, name.ptr);
	note(s->p, s->p->node->pos, "its brace is not closed");
	help(s->p, "add '};'");
}

/* A block that begins in the first columns while nodes are open. */
static bool block_inside(struct scene *s)
{
	const char *own = text_of(s->p, s->p->block->pos);
	bool begins = *s->at == '&' || (*s->at == '/' && s->at[1 + strspn(s->at + 1, " \t")] == '{');
	const struct node *open;
	struct pos before;

	if (!begins || line_first(s->p, s->at) != s->at || indent_of(s->p, s->at) > (own ? indent_of(s->p, own) : 0))
		return false;
	open = left_open(s->p, &before);
	if (!open) {
		open = s->p->block;
		before = s->pos;
	}
	tell_left_open(s, open, before);
	close_all_at(s->p, s->at);
	return true;
}

/* `a: <1>`, `x:: node`, `x:` and nothing. */
static void behind_label(struct scene *s)
{
	int n = s->prev_len - 1;

	if (strchr("<\"[&", *s->at)) {
		parse_error(s->p, pos_of(s->p, s->prev + n, s->prev + n + 1), MSG_EXPECTED, "'='", n, s->prev, 1, ":");
		help(s->p, "a property is written '%.*s = ...;', only a label has ':'", n, s->prev);
		resume_behind(s->p, s->at);
	} else if (*s->at == ':') {
		parse_error(s->p, s->pos, MSG_NO_ITEM, 1, ":");
		help(s->p, "a label has one ':'");
		resume_at(s->p, s->at + 1);
	} else {
		parse_error(s->p, s->pos, MSG_NO_ITEM, SEEN(s));
		help(s->p, "label '%.*s' stands before the node or property that it names", n, s->prev);
		resume_behind(s->p, s->at);
	}
}

static void help_with_item(struct scene *s)
{
	bool opens = brace_on_line(s->p, s->at);

	if (*s->at == '&')
		help(s->p, opens ? "'%.*s { ... };' stands outside of other nodes, not inside"
				 : "write it as a value: NAME = <%.*s>;", WORD_AT(s));
	else if (*s->at == '"')
		help(s->p, "names have no quotes");
	else if (*s->at == '{')
		help(s->p, "a node has a name before its '{'");
	else if (*s->at == '/' && s->len > 1)
		help(s->p, "it is part of a value: NAME = %.*s ...;", WORD_AT(s));
	else if (*s->at == '/' || *s->at == '<')
		help(s->p, "a comment begins with // or stands between /* and */");
}

static void in_body(struct scene *s)
{
	if (s->at_end) {
		ends_inside(s);
		s->p->stop = true;
		return;
	}
	if (block_inside(s) || left_over(s))
		return;
	if (*s->at == '{' && s->same_line && *s->prev == '{') {
		parse_error(s->p, s->pos, MSG_NO_ITEM, WORD_AT(s));
		help_to_remove(s->p, s->pos);
		resume_at(s->p, s->at + 1);
		return;
	}
	if (*s->at == s->p->mending.wrong_brace) {
		close_at(s->p, s->at + 1 + (s->at[1] == ';'));
		return;
	}
	if (s->prev && s->prev_len > 1 && s->prev[s->prev_len - 1] == ':') {
		behind_label(s);
		return;
	}
	if (*s->at == '/' && s->pos.end - s->pos.start == 1 && tell_directive(s, s->at))
		return;
	if (strncmp(s->at, "/memreserve/", 12) == 0 || strncmp(s->at, "/dts-v1/", 8) == 0 ||
	    strncmp(s->at, "/plugin/", 8) == 0) {
		parse_error(s->p, s->pos, MSG_MISPLACED, WORD_AT(s), "before the first node");
	} else {
		parse_error(s->p, word_pos(s), MSG_NO_ITEM, WORD_AT(s));
		help_with_item(s);
	}
	if (*s->at == '/' && s->len == 1)
		resume_at(s->p, line_end(s->p, s->at));
	else
		resume_behind(s->p, s->at);
}

/* ---------------------------------------------------------------- the rest */

static void no_reference(struct scene *s)
{
	int len = (int)strcspn(s->at, " \t\r\n{;");

	parse_error(s->p, word_pos(s), MSG_EXPECTED, "a reference", PREV(s), SEEN(s));
	if (*s->at == '/')
		help(s->p, "write &{%.*s}", len, s->at);
	else if (isalpha((unsigned char)*s->at))
		help(s->p, "write &%.*s, with the label of the node", WORD_AT(s));
	resume_behind(s->p, s->at);
}

static void no_deleted_name(struct scene *s)
{
	bool node = strncmp(s->prev, "/delete-n", 9) == 0;

	parse_error(s->p, s->pos, MSG_EXPECTED, "a name", PREV(s), SEEN(s));
	if (*s->at == '&' && node)
		help(s->p, "inside of its parent a node has its name; '/delete-node/ %.*s;' stands outside of nodes",
		     WORD_AT(s));
	else if (*s->at == '&')
		help(s->p, "a property has a name, and is deleted inside of its node");
	else if (*s->at == '"')
		help(s->p, "write it without quotes");
	resume_behind(s->p, s->at);
}

/* Inside of a directive. */
static void other(struct scene *s)
{
	static const struct { const char *directive, *form; } known[] = {
		{ "/bits/", "/bits/ 8 <1 2>, with 8, 16, 32 or 64" },
		{ "/incbin/", "/incbin/(\"FILE\") or /incbin/(\"FILE\", OFFSET, LENGTH)" },
		{ "/memreserve/", "/memreserve/ ADDRESS SIZE;" },
	};
	const char *line = line_first(s->p, s->prev);

	parse_error(s->p, word_pos(s), MSG_UNEXPECTED, SEEN(s));
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (find(line, s->at, known[i].directive))
			help(s->p, "write %s", known[i].form);
	resume_behind(s->p, s->at);
}

/* The end of a comment that did not begin, or that began inside of another one. */
static bool comment_end(struct scene *s)
{
	const char *line = line_first(s->p, s->at), *end = line_end(s->p, s->at);
	const char *close = memmem(line, (size_t)(end - line), "*/", 2);

	while (close && close + 2 <= s->at)
		close = memmem(close + 2, (size_t)(end - close - 2), "*/", 2);
	if (!close || memmem(s->at, (size_t)(close - s->at > 0 ? close - s->at : 0), "/*", 2) || close[-1] == '*')
		return false;
	parse_error(s->p, pos_of(s->p, close, close + 2), MSG_COMMENT_END);
	resume_at(s->p, close + 2);
	return true;
}

/* A string that goes over several lines is most often one that was not closed: what follows its real end
 * makes no sense then, but for words that end in ':', as in "serial0:115200n8": these are labels.  What is on its
 * first line is passed over. */
static bool open_string(struct scene *s)
{
	struct pos before = s->p->before;
	const char *string = text_of(s->p, before), *end;

	if (!string || *string != '"' || !memchr(string, '\n', before.end - before.start))
		return false;
	end = line_end(s->p, string);
	s->p->mending.string = true;
	parse_error(s->p, pos_of(s->p, string, end), MSG_STRING_LINES);
	help(s->p, "add '\"' where the string ends");
	resume_behind(s->p, end);
	return true;
}

/* The token before is the last one of an included file, or of the file that includes this one. */
static void across_files(struct scene *s, enum reading reading)
{
	static const char *const missing[] = {
		[READING_NAME] = ";", [READING_NEXT_VALUE] = ";", [READING_END] = ";", [READING_CELLS] = ">",
		[READING_BYTES] = "]", [READING_OPERAND] = ")", [READING_OPERATOR] = ")", [READING_OPEN] = "{",
		[READING_OTHER] = NULL,
	};

	if (missing[reading]) {
		parse_error(s->p, gap(s->p), MSG_MISSING, missing[reading]);
		help(s->p, "add '%s' here: what follows is in another file", missing[reading]);
	} else {
		parse_error(s->p, word_pos(s), MSG_UNEXPECTED, SEEN(s));
	}
	resume_at(s->p, s->at);
}

static void tell(struct scene *s, enum reading reading)
{
	static void (*const tellers[])(struct scene *) = {
		[READING_TOP] = at_top, [READING_BODY] = in_body, [READING_NAME] = behind_name,
		[READING_VALUE] = before_value, [READING_NEXT_VALUE] = behind_value, [READING_CELLS] = in_cells,
		[READING_BYTES] = in_bytes, [READING_REF] = no_reference, [READING_DELETED] = no_deleted_name,
		[READING_OPEN] = no_brace, [READING_END] = no_end, [READING_OTHER] = other,
	};

	if (open_string(s))
		return;
	if (!s->p->saw_v1 && !s->p->mending.header && (s->prev || !s->p->before.start))
		no_header(s);
	else if (!s->p->saw_v1 && !s->p->mending.header)
		across_files(s, READING_END);
	else if (!s->prev && reading != READING_TOP && reading != READING_BODY)
		across_files(s, reading);
	else if (reading == READING_OPERAND || reading == READING_OPERATOR)
		in_expression(s, reading == READING_OPERAND);
	else if (!comment_end(s))
		tellers[reading](s);
}

void mistake(struct parse *p, struct pos at, enum reading reading, bool told, bool stop)
{
	struct scene s;
	bool again;

	p->mending.told = p->syntax_errors;
	p->syntax_errors = true;
	if (stop || !text_of(p, at)) {
		p->stop = true;
		return;
	}
	s = scene_of(p, at);
	again = p->mending.last_at == at.start && !s.at_end;
	p->mending.last_at = at.start;
	if (told || again || (!s.at_end && on_told_line(p, at)))
		resume_behind(p, s.at + (again ? s.len : 0));
	else
		tell(&s, reading);
}
