/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* diag.c - print diagnostics as they are reported, see diag.h. */
#include "diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const words[] = { "note", "help", "warning", "error" };
static const char *const colours[] = { "\033[36m", "\033[32m", "\033[35m", "\033[31m" };

/* NO_COLOR, when not empty, turns colours off; a terminal turns them on. */
static bool want_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDERR_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

void diag_init(struct diags *diags, const char *program)
{
	*diags = (struct diags){ .program = program, .max_errors = 20, .colour = want_colour() };
}

/* ---------------------------------------------------------------- printing */

static void print_spaces(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fputs(text[i] == '\t' ? "    " : " ", stderr);
}

static void print_line(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\t')
			fputs("    ", stderr);
		else if (text[i] != '\r')
			fputc(text[i], stderr);
	}
	fputc('\n', stderr);
}

/* The line at fault, and under it where.  A range over several lines is marked on its first. */
static void print_source(struct diags *diags, const struct diag_place *at)
{
	const char *text;
	size_t len, from = at->col - 1, n;

	if (!diags->line || !at->line || !diags->line(diags->line_arg, at->file, at->line, &text, &len))
		return;
	fprintf(stderr, "%5u | ", at->line);
	print_line(text, len);
	if (from > len)
		return;
	n = at->end_line == at->line && at->end_col >= at->col ? at->end_col - at->col + 1 : len - from;
	fputs("      | ", stderr);
	print_spaces(text, from);
	for (size_t i = 0; i < n || i == 0; i++)
		fputc(i ? '~' : '^', stderr);
	fputc('\n', stderr);
}

static void print(struct diags *diags, enum diag_severity severity, const struct diag_place *at,
		  const char *tag, const char *format, va_list args)
{
	const char *on = diags->colour ? colours[severity] : "", *off = diags->colour ? "\033[0m" : "";

	fflush(stdout);
	if (!at || !at->file)
		fprintf(stderr, "%s: ", diags->program);
	else if (!at->line)
		fprintf(stderr, "%s: ", at->file);
	else
		fprintf(stderr, "%s:%u:%u: ", at->file, at->line, at->col);
	fprintf(stderr, "%s%s:%s ", on, words[severity], off);
	vfprintf(stderr, format, args);
	fprintf(stderr, "%s\n", tag);
	if (at && at->file)
		print_source(diags, at);
}

static bool hidden(struct diags *diags, enum diag_severity severity, bool check)
{
	if (severity == DIAG_WARNING) {
		diags->n_warnings++;
		return diags->quiet >= 1;
	}
	diags->n_errors++;
	if (diags->max_errors && diags->n_errors == diags->max_errors + 1)
		fprintf(stderr, "%s: more than %u errors; the others are not shown\n", diags->program,
			diags->max_errors);
	return (check && diags->quiet >= 2) || (diags->max_errors && diags->n_errors > diags->max_errors);
}

static void report(struct diags *diags, enum diag_severity severity, const struct diag_place *at, int id,
		   const char *format, va_list args)
{
	char tag[24];

	diags->last_hidden = hidden(diags, severity, false);
	snprintf(tag, sizeof(tag), " [OVL-%04d]", id);
	if (!diags->last_hidden)
		print(diags, severity, at, tag, format, args);
}

void diag_error(struct diags *diags, const struct diag_place *at, int id, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(diags, DIAG_ERROR, at, id, format, args);
	va_end(args);
}

void diag_warning(struct diags *diags, const struct diag_place *at, int id, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(diags, DIAG_WARNING, at, id, format, args);
	va_end(args);
}

void diag_check(struct diags *diags, enum diag_severity severity, const char *name,
		const struct diag_place *at, const char *format, ...)
{
	char tag[80];
	va_list args;

	diags->last_hidden = hidden(diags, severity, true);
	if (diags->last_hidden)
		return;
	snprintf(tag, sizeof(tag), " [-W%s]", name);
	va_start(args, format);
	print(diags, severity, at, tag, format, args);
	va_end(args);
}

static void attach(struct diags *diags, enum diag_severity severity, const struct diag_place *at,
		   const char *format, va_list args)
{
	if (!diags->last_hidden)
		print(diags, severity, at, "", format, args);
}

void diag_note(struct diags *diags, const struct diag_place *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	attach(diags, DIAG_NOTE, at, format, args);
	va_end(args);
}

void diag_help(struct diags *diags, const struct diag_place *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	attach(diags, DIAG_HELP, at, format, args);
	va_end(args);
}

/* ---------------------------------------------------------------- nearest */

#define LONGEST 64

void diag_nearest_init(struct diag_nearest *nearest, const char *name, size_t name_len)
{
	*nearest = (struct diag_nearest){ .name = name, .name_len = name_len,
					  .best_distance = (unsigned int)name_len / 3 + 1 };
}

/* Edits that turn one text into the other, row by row. */
static unsigned int distance(const char *a, size_t n, const char *b, size_t k)
{
	unsigned int row[LONGEST + 1];

	for (size_t j = 0; j <= k; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= k; j++) {
			unsigned int best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[k];
}

void diag_nearest_offer(struct diag_nearest *nearest, const char *candidate, size_t len)
{
	unsigned int d;

	if (len > LONGEST || nearest->name_len > LONGEST)
		return;
	d = distance(nearest->name, nearest->name_len, candidate, len);
	if (d >= nearest->best_distance)
		return;
	nearest->best = candidate;
	nearest->best_len = len;
	nearest->best_distance = d;
}
