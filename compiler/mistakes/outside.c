/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* outside.c - mistakes between the blocks of a source: headers, directives, braces and semicolons too many, and
 * what should stand inside of a node.  See mistakes.c. */
#include "scene.h"

#include <ctype.h>
#include <string.h>

#include "mending.h"
#include "mistakes.h"
#include "words.h"

/* ---------------------------------------------------------------- tokens too many or too late */

void mistake_plugin(struct parse *p, struct pos at)
{
	bool again = p->tree->plugin && p->saw_v1;

	p->tree->plugin = true;
	p->syntax_errors = true;
	if (p->mending.plugin)
		return;
	p->mending.plugin = true;
	if (p->mending.last_at == at.start)
		return;
	if (!p->saw_v1) {
		parse_error(p, at, MSG_NO_V1);
		help(p, "'/dts-v1/;' comes first, '/plugin/;' behind it");
		p->mending.header = true;
		return;
	}
	parse_error(p, at, MSG_MISPLACED, 8, "/plugin/", "right behind '/dts-v1/;'");
	help(p, again ? "remove this one" : "move it up");
}

bool mistake_late_plugin(struct parse *p)
{
	const char *from = text_of(p, p->token), *end = text_end(p), *found;

	if (p->tree->plugin || !from || p->mending.no_plugin)
		return false;
	p->mending.no_plugin = true;
	for (; (found = memmem(from, (size_t)(end - from), "/plugin/", 8)); from = found + 8)
		if (line_first(p, found) == found) {
			mistake_plugin(p, pos_of(p, found, found + 8));
			return true;
		}
	return false;
}

/* A `;` alone on its line, where the brace of the node is due. */
static bool closes_node(const struct parse *p, struct pos at)
{
	const char *text = text_of(p, at), *own = p->node ? text_of(p, p->node->pos) : NULL;

	return own && line_first(p, text) == text && indent_of(p, text) == indent_of(p, own) &&
	       !memchr(own, ';', strcspn(own, "\n")) && text[1 + strspn(text + 1, " \t")] != '}';
}

void mistake_semicolon(struct parse *p, struct pos at)
{
	const char *before = text_of(p, at), *start = before - (at.start - p->source->base);
	char last;

	while (before > start && before[-1] == ' ')
		before--;
	last = (char)(before > start ? before[-1] : '\0');
	p->syntax_errors = true;
	if ((p->mending.outside && last == '}') || on_told_line(p, at)) {
		p->mending.passed = at.start;
		return;
	}
	p->mending.passed = at.start;
	if (closes_node(p, at)) {
		parse_error(p, (struct pos){ at.start, at.start + 1 }, MSG_MISSING, "}");
		help(p, "add '}' before this ';'");
		source_suggest(p->sources, (struct pos){ at.start, at.start }, "}");
		close_here(p);
		return;
	}
	parse_error(p, at, MSG_SEMICOLON_EXTRA);
	if (last == '"')
		help(p, "/include/ \"FILE\" has none");
	else
		help_to_remove(p, at);
}

static void tell_closed_early(struct parse *p)
{
	struct pos end = p->last_block;
	const char *close = text_of(p, (struct pos){ end.end - 1, end.end });

	while (*close != '}' && end.end > end.start + 1) {
		close--;
		end.end--;
	}
	parse_error(p, pos_of(p, close, close + 1), MSG_BRACE_EXTRA);
	note(p, (struct pos){ end.start, end.start + 1 },
	     "it closes what began here, so that what follows stands outside");
	help(p, "remove it, and its ';'");
}

void mistake_brace(struct parse *p, struct pos at)
{
	bool told = p->mending.outside;

	p->mending.outside = true;
	p->syntax_errors = true;
	if (told || p->mending.last_at == at.start)
		return;
	if (closed_early(p)) {
		tell_closed_early(p);
		return;
	}
	parse_error(p, at, MSG_BRACE_EXTRA);
	help(p, "remove it, or add the '{' that it closes");
}

/* ---------------------------------------------------------------- outside of nodes */

/* `}};`, where the first brace closes what began in the same column on a line above. */
static bool brace_doubled(struct scene *s)
{
	const char *own = s->p->node ? text_of(s->p, s->p->node->pos) : NULL;

	if (*s->at != '}' || !s->same_line || *s->prev != '}' || !own ||
	    line_first(s->p, own) == line_first(s->p, s->at) || indent_of(s->p, own) != indent_of(s->p, s->at))
		return false;
	parse_error(s->p, s->pos, MSG_BRACE_EXTRA);
	help_to_remove(s->p, s->pos);
	resume_at(s->p, s->at + 1 + (s->at[1] == ';'));
	return true;
}

void no_end(struct scene *s)
{
	const char *line = line_first(s->p, s->prev);
	bool more = s->same_line && !s->at_end && !strchr("}/&", *s->at) && *s->prev != '}';

	if (brace_doubled(s))
		return;
	if (*s->at && strchr(",:", *s->at) && s->same_line && !s->at_end) {
		parse_error(s->p, s->pos, MSG_EXPECTED, "';'", PREV(s), 1, s->at);
		help_instead(s->p, s->pos, ";", 1);
		resume_at(s->p, s->at + 1);
		return;
	}
	if (!more) {
		parse_error(s->p, gap(s->p), MSG_MISSING, ";");
		help_to_add(s->p, gap(s->p), ";");
		resume_at(s->p, s->at);
		return;
	}
	parse_error(s->p, word_pos(s), MSG_EXPECTED, "';'", PREV(s), WORD_AT(s));
	if (find(line, s->at, "/delete-"))
		help(s->p, "what is deleted is named alone, one at a time");
	else if (find(line, s->at, "/memreserve/"))
		help(s->p, "write /memreserve/ ADDRESS SIZE;");
	resume_behind(s->p, s->at);
}

static bool is_directive(const struct scene *s)
{
	return *s->at == '/' && s->pos.end - s->pos.start > 1;
}

/* Where the source begins, when the first token is in a file that it includes. */
static struct pos first_place(const struct scene *s)
{
	const struct source *first = s->p->source;
	const char *file = source_place(s->p->sources, s->pos).file;

	while (first->includer)
		first = first->includer;
	for (size_t i = 0; i < first->n_markers; i++) {
		const struct line_marker *m = &first->markers[i];

		if (m->line && m->file[0] != '<')       /* not "<stdin>", which the preprocessor begins with */
			return m->file == file ? s->pos
					       : (struct pos){ first->base + m->offset, first->base + m->offset };
	}
	return first->n_markers || first->name == file ? s->pos : (struct pos){ first->base, first->base };
}

void no_header(struct scene *s)
{
	struct pos first;

	if (s->prev) {          /* the one directive that can stand here, without its ';' */
		no_end(s);
		return;
	}
	s->p->mending.header = true;
	if (!s->p->source->includer && s->p->source->text.len == 0) {
		parse_error(s->p, s->pos, MSG_EMPTY_SOURCE);
		return;
	}
	if (!is_directive(s) && isalpha((unsigned char)s->at[*s->at == '/']) && tell_directive(s, s->at))
		return;
	first = first_place(s);
	parse_error(s->p, first, MSG_NO_V1);
	help(s->p, "insert '/dts-v1/;' before this line");
	source_suggest(s->p->sources, (struct pos){ first.start, first.start }, "/dts-v1/;\n");
	if (*s->at == '/' || *s->at == '&')
		resume_at(s->p, s->at);
	else
		s->p->stop = true;
}

/* A property or a node where only blocks are. */
static void outside(struct scene *s)
{
	const char *behind = s->at + s->len;
	bool node = brace_on_line(s->p, s->at);
	bool told = s->p->mending.outside;

	behind += strspn(behind, " \t");
	if (!told && closed_early(s->p)) {
		s->p->mending.outside = true;
		tell_closed_early(s->p);
	} else if (!told && *behind == '=') {
		parse_error(s->p, word_pos(s), MSG_OUTSIDE, WORD_AT(s));
		help(s->p, "a property stands inside a node: / { ... }; or &LABEL { ... };");
	} else if (!told && *s->at == '{') {
		parse_error(s->p, s->pos, MSG_UNEXPECTED, WORD_AT(s));
		help(s->p, "a tree begins with / {, a change to a node with &LABEL {");
	} else if (!told && *s->at == '#') {
		if (tell_cpp_line(s, s->at, s->len))
			return;
		parse_error(s->p, word_pos(s), MSG_UNEXPECTED, WORD_AT(s));
		help(s->p, "a comment begins with // or stands between /* and */");
		resume_at(s->p, line_end(s->p, s->at));
		return;
	} else if (!told && !isalnum((unsigned char)*s->at)) {
		parse_error(s->p, word_pos(s), MSG_UNEXPECTED, WORD_AT(s));
		help(s->p, "here stand only / { ... };, &LABEL { ... }; and directives");
	} else if (!told && node) {
		parse_error(s->p, word_pos(s), MSG_OUTSIDE, WORD_AT(s));
		help(s->p, "for the node with label '%.*s' write &%.*s { ... };, for a new one / { %.*s { ... }; };",
		     WORD_AT(s), WORD_AT(s), WORD_AT(s));
	} else if (!told) {
		parse_error(s->p, word_pos(s), MSG_OUTSIDE, WORD_AT(s));
		help(s->p, "here stand only / { ... };, &LABEL { ... }; and directives");
	}
	resume_behind(s->p, s->at);
}

/* `/root {`, `/soc/i2c {` */
static void path_outside(struct scene *s, const char *path)
{
	int len = (int)strcspn(path, " \t\r\n{;");

	parse_error(s->p, pos_of(s->p, path, path + len), MSG_OUTSIDE, len, path);
	help(s->p, "the root is '/', the node at a path &{%.*s}", len, path);
	resume_behind(s->p, path);
}

/* Behind the '/' or the reference that a block begins with, and no brace follows. */
void no_brace(struct scene *s)
{
	const char *brace = brace_on_line(s->p, s->at);

	if (*s->prev == '/' && s->prev + 1 == s->at) {
		if (!tell_directive(s, s->prev))
			path_outside(s, s->prev);
		return;
	}
	parse_error(s->p, s->same_line ? word_pos(s) : gap(s->p), MSG_EXPECTED, "'{'", PREV(s),
		    SEEN(s));
	if (*s->at == '=' || (*s->at == ';' && !brace))
		help(s->p, "what is set in a node stands in its braces: %.*s { ... };", PREV(s));
	else
		help(s->p, "write %.*s {", PREV(s));
	if (brace)
		open_at(s->p, brace + 1);
	else if (!s->same_line && !s->at_end)
		open_at(s->p, s->at);
	else
		resume_behind(s->p, s->at);
}

static void tell_misplaced(struct scene *s)
{
	bool deletes = strncmp(s->at, "/delete-p", 9) == 0, plugin = strncmp(s->at, "/plugin/", 8) == 0;
	bool value = strncmp(s->at, "/bits/", 6) == 0 || strncmp(s->at, "/incbin/", 8) == 0;

	parse_error(s->p, s->pos, MSG_MISPLACED, WORD_AT(s),
		    deletes ? "inside a node" : value ? "in the value of a property" :
		    plugin ? "right behind '/dts-v1/;'" : "before the first node");
	if (value)
		help(s->p, "a property stands inside a node: / { ... }; or &LABEL { ... };");
	else if (deletes)
		help(s->p, "write &LABEL { %.*s NAME; };", WORD_AT(s));
	else
		help(s->p, "move it up, or leave it out of a file that is included further down");
}

/* A header that only comes too late because of what was told before it. */
static bool belongs_to_told(struct scene *s)
{
	struct parse *p = s->p;

	if (strncmp(s->at, "/dts-v1/", 8) == 0)
		return p->mending.header;
	if (strncmp(s->at, "/plugin/", 8) != 0)
		return false;
	p->tree->plugin = p->mending.plugin = true;
	return p->mending.told && !p->tree->root;
}

static bool takes_reference(const struct scene *s)
{
	return strncmp(s->at, "/delete-n", 9) == 0 || strncmp(s->at, "/omit-if-no-ref/", 16) == 0;
}

void at_top(struct scene *s)
{
	bool label = s->prev && s->prev[s->prev_len - 1] == ':';
	bool opens = brace_on_line(s->p, s->at);

	if (s->at_end) {
		if (!s->p->mending.told) {
			parse_error(s->p, s->pos, MSG_NO_NODES);
			help(s->p, "an overlay has &LABEL { ... };, a tree / { ... };");
		}
		s->p->stop = true;
		return;
	}
	if (left_over(s))
		return;
	if (label && *s->at == '/' && s->at[1 + strspn(s->at + 1, " \t")] == '{') {
		parse_error(s->p, s->p->previous, MSG_NO_ITEM, PREV(s));
		help(s->p, "the root takes no label");
		resume_at(s->p, s->at);
	} else if (label && *s->at == '{') {
		parse_error(s->p, s->p->previous, MSG_OUTSIDE, PREV(s));
		help(s->p, "to change the node with that label write &%.*s {", s->prev_len - 1, s->prev);
		open_at(s->p, s->at + 1);
	} else if (takes_reference(s)) {        /* it can stand here, but for a label before it */
		parse_error(s->p, s->pos, MSG_UNEXPECTED, WORD_AT(s));
		help(s->p, "it takes no label");
		resume_at(s->p, s->at);
	} else if (is_directive(s)) {
		if (!belongs_to_told(s))
			tell_misplaced(s);
		resume_behind(s->p, s->at);
	} else if (*s->at == '/' || (isalpha((unsigned char)*s->at) && !opens)) {
		if (!tell_directive(s, s->at)) {
			if (*s->at == '/')
				path_outside(s, s->at);
			else
				outside(s);
		}
	} else {
		outside(s);
	}
}
