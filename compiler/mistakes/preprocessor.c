/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* preprocessor.c - what the C preprocessor prints becomes messages like all others: with the line, with the
 * directories where an included file was looked for, and in the form that is asked for.
 * The lines looked for are `FILE:LINE[:COLUMN]: error: TEXT`, as gcc and clang print them in English, and the
 * two that tell through which files one was included; the others only show the source. */
#include "preprocessor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_INCLUDERS 8

struct said {
	struct sources *sources;
	struct diag_place includers[MOST_INCLUDERS];
	size_t n_includers;
	bool failed, no_text;           /* a file that it read is none, which makes the rest mean nothing */
};

/* `FILE:LINE:COLUMN` or `FILE:LINE` up to end. */
static bool read_place(struct said *s, const char *text, const char *end, struct diag_place *place)
{
	uint32_t numbers[2];
	int n = 0;

	while (n < 2) {
		const char *colon = memrchr(text, ':', (size_t)(end - text));

		if (!colon || colon + 1 == end || strspn(colon + 1, "0123456789") < (size_t)(end - colon - 1))
			break;
		numbers[n++] = (uint32_t)strtoul(colon + 1, NULL, 10);
		end = colon;
	}
	if (!n)
		return false;
	*place = (struct diag_place){ .file = pool_text(s->sources->pool, text, (size_t)(end - text)),
				      .line = numbers[n - 1], .col = n == 2 ? numbers[0] : 1 };
	place->end_line = place->line;
	place->end_col = place->col;
	return true;
}

/* A file that only the preprocessor has read so far, so that its lines can be shown. */
static const struct source *have_source(struct said *s, const char *file)
{
	for (size_t i = 0; i < s->sources->n; i++)
		if (strcmp(s->sources->all[i]->name, file) == 0)
			return s->sources->all[i];
	return file[0] != '<' && access(file, R_OK) == 0 ? source_open(s->sources, file) : NULL;
}

/* The whole of a line but for the blanks around it. */
static void widen(struct said *s, struct diag_place *place)
{
	const char *text;
	size_t len;

	if (!source_line(s->sources, place->file, place->line, &text, &len))
		return;
	while (len && strchr(" \t\r", text[len - 1]))
		len--;
	place->end_col = (uint32_t)len;
	place->col = (uint32_t)strspn(text, " \t") + 1;
}

/* The name that could not be found, NULL when it is another error. */
static const char *missing_file(struct said *s, const char *text, size_t len)
{
	static const char gcc[] = ": No such file or directory", clang[] = "' file not found";

	if (len > sizeof(gcc) - 1 && memcmp(text + len - sizeof(gcc) + 1, gcc, sizeof(gcc) - 1) == 0)
		return pool_text(s->sources->pool, text, len - sizeof(gcc) + 1);
	if (len > sizeof(clang) && memcmp(text + len - sizeof(clang) + 1, clang, sizeof(clang) - 1) == 0)
		return pool_text(s->sources->pool, text + 1, len - sizeof(clang));
	return NULL;
}

static void report_missing(struct said *s, struct diag_place *place, const char *name)
{
	struct diags *diags = s->sources->diags;
	const char *slash = strrchr(place->file, '/');

	widen(s, place);
	diag_error(diags, place, MSG_NO_INCLUDE, name);
	diag_note(diags, NULL, "the C preprocessor (cpp) looked in %.*s (the directory of %s, for a name in quotes)%s",
		  slash ? (int)(slash - place->file) : 1, slash ? place->file : ".", place->file,
		  s->sources->n_search ? ", and in:" : "");
	for (size_t i = 0; i < s->sources->n_search; i++)
		diag_note(diags, NULL, "  %s", s->sources->search[i]);
	diag_help(diags, NULL, "add the directory that holds it with -i DIR%s",
		  strncmp(name, "dt-bindings/", 12) == 0 ? "; in the sources of Linux and U-Boot it is include" : "");
}

/* Behind the parentheses that begin at a place, NULL when a `;` or the end comes first. */
static const char *behind_parentheses(const char *at, const char *end)
{
	int open = 0;

	for (; at < end && *at != ';'; at++) {
		open += (*at == '(') - (*at == ')');
		if (!open)
			return at + 1;
	}
	return NULL;
}

/* gcc tells of a macro whose parentheses are not closed at the end of the file, or at none: the place is the first use
 * of that macro that has no end. */
static void find_macro(struct said *s, struct diag_place *place, const char *text)
{
	static const char head[] = "unterminated argument list invoking macro \"";
	const char *name = text + sizeof(head) - 1, *at, *end;
	const struct source *source = s->sources->all[0];
	size_t len;

	if (strncmp(text, head, sizeof(head) - 1) != 0)
		return;
	len = strcspn(name, "\"");
	at = (const char *)source->text.bytes;
	end = at + source->text.len;
	while (len && (at = memmem(at, (size_t)(end - at), name, len))) {
		struct pos found = { source->base + (uint32_t)(at - (const char *)source->text.bytes), 0 };

		at += len;
		if (*at != '(' || behind_parentheses(at, end))
			continue;
		found.end = found.start + (uint32_t)len;
		*place = source_place(s->sources, found);
		return;
	}
}

static void report(struct said *s, struct diag_place *place, bool error, const char *text, size_t len)
{
	const char *name = error ? missing_file(s, text, len) : NULL;
	const struct source *source = have_source(s, place->file);

	text = pool_text(s->sources->pool, text, len);
	s->failed |= error;
	if (place->col == 1)
		widen(s, place);
	find_macro(s, place, text);
	if (source && !source_is_text(s->sources, source))
		s->failed = s->no_text = true;
	else if (name)
		report_missing(s, place, name);
	else if (error)
		diag_error(s->sources->diags, place, MSG_PREPROCESSOR_SAYS, text);
	else
		diag_warning(s->sources->diags, place, MSG_PREPROCESSOR_WARNS, text);
	for (size_t i = 0; i < s->n_includers; i++) {
		have_source(s, s->includers[i].file);
		widen(s, &s->includers[i]);
		diag_note(s->sources->diags, &s->includers[i], "included here");
	}
	s->n_includers = 0;
}

static bool begins(const char *line, size_t len, const char *with)
{
	return len > strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

/* "In file included from FILE:LINE," and "                 from FILE:LINE:" */
static bool read_includer(struct said *s, const char *line, size_t len)
{
	static const char *const heads[] = { "In file included from ", "                 from " };

	for (int i = 0; i < 2; i++) {
		size_t head = strlen(heads[i]);

		if (!begins(line, len, heads[i]))
			continue;
		if (s->n_includers < MOST_INCLUDERS &&
		    read_place(s, line + head, line + len - 1, &s->includers[s->n_includers]))
			s->n_includers++;
		return true;
	}
	return false;
}

static void read_line(struct said *s, const char *line, size_t len)
{
	static const struct { const char *word; bool error, note; } kinds[] = {
		{ ": fatal error: ", true, false }, { ": error: ", true, false }, { ": warning: ", false, false },
		{ ": note: ", false, true },
	};
	struct diag_place place;

	if (read_includer(s, line, len))
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *word = memmem(line, len, kinds[i].word, strlen(kinds[i].word)), *text;

		if (!word || !read_place(s, line, word, &place))
			continue;
		text = word + strlen(kinds[i].word);
		if (kinds[i].note)
			diag_note(s->sources->diags, &place, "%.*s", (int)(line + len - text), text);
		else
			report(s, &place, kinds[i].error, text, (size_t)(line + len - text));
		return;
	}
}

bool preprocessor_says(struct sources *sources, const char *text, size_t len)
{
	struct said s = { .sources = sources };
	const char *end = text + len;

	while (text < end && !s.no_text) {
		const char *line = text, *stop = memchr(text, '\n', (size_t)(end - text));

		stop = stop ? stop : end;
		read_line(&s, line, (size_t)(stop - line));
		text = stop + 1;
	}
	return s.failed;
}
