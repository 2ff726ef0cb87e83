/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* diag.c - print diagnostics on standard error as they are reported, see diag.h.
 * Texts hold names out of files that anybody may have made, so nothing that could steer a terminal
 * is printed: control characters and bytes that are not UTF-8 appear as \xNN. */
#include "diag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const words[] = { "note", "help", "warning", "error" };
static const char *const colours[] = { "\033[1;36m", "\033[1;32m", "\033[1;35m", "\033[1;31m" };

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

/* In this order: NO_COLOR, CLICOLOR_FORCE or FORCE_COLOR, a terminal that is not dumb. */
static bool want_colour(void)
{
	const char *term = getenv("TERM");

	if (is_set("NO_COLOR"))
		return false;
	if (is_set("CLICOLOR_FORCE") || is_set("FORCE_COLOR"))
		return true;
	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

void diag_init(struct diags *diags, const char *program)
{
	*diags = (struct diags){ .program = program, .max_errors = 20, .colour = want_colour(),
				  .exit_status = EXIT_FAILURE };
	/* A line is written whole, so that the lines of commands run at once do not mix. */
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
}

bool diag_set_colour(struct diags *diags, const char *when)
{
	if (strcmp(when, "auto") == 0)
		diags->colour = want_colour();
	else if (strcmp(when, "always") == 0)
		diags->colour = true;
	else if (strcmp(when, "never") == 0)
		diags->colour = false;
	else
		return false;
	return true;
}

/* ---------------------------------------------------------------- printing */

/* How many bytes at text are one character that a terminal shows as such; 0 when they are not. */
static size_t character(const unsigned char *text, size_t len)
{
	static const unsigned char least[] = { 0, 0, 0, 0xa0, 0x90 };
	size_t n = 1;

	if (text[0] >= 0x80)
		n = text[0] < 0xc2 || text[0] > 0xf4 ? 0 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	if (n <= 1)
		return n && text[0] >= 0x20 && text[0] != 0x7f;
	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* U+0080 to U+009F are control characters; and a form that is longer than it need be is
	 * none. */
	if (n == 2)
		return text[0] == 0xc2 && text[1] < 0xa0 ? 0 : n;
	return !(text[0] & 0x0f) && text[1] < least[n] ? 0 : n;
}

/* Print a text, or only count when to is NULL; returns the columns it takes. */
static size_t put_text(FILE *to, const char *text, size_t len)
{
	size_t columns = 0, n;

	for (size_t i = 0; i < len; i += n ? n : 1) {
		n = character((const unsigned char *)text + i, len - i);
		columns += n ? 1 : 4;
		if (!to)
			continue;
		if (n)
			fwrite(text + i, 1, n, to);
		else if (text[i] == '\t')
			fputs("    ", to);
		else
			fprintf(to, "\\x%02x", (unsigned char)text[i]);
	}
	return columns;
}

/* The line at fault, and under it where.  A range over several lines is marked on its first, and of
 * a very long line only what stands around the place is shown. */
static void print_source(struct diags *diags, const struct diag_place *at)
{
	const size_t most = 160, before = 60;
	const char *text;
	size_t len, from = at->col ? at->col - 1 : 0, skip = 0, end;

	if (!diags->line || !at->line ||
	    !diags->line(diags->line_arg, at->file, at->line, &text, &len))
		return;
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	if (from > len)
		from = len;
	if (from > most - before)
		skip = from - before;
	if (len - skip > most)
		len = skip + most;
	fprintf(stderr, "%5u | ", at->line);
	put_text(stderr, text + skip, len - skip);
	fputs("\n      | ", stderr);
	for (size_t n = put_text(NULL, text + skip, from - skip); n > 0; n--)
		fputc(' ', stderr);
	end = at->end_line == at->line && at->end_col < len ? at->end_col : len;
	fprintf(stderr, "%s^", diags->colour ? colours[DIAG_HELP] : "");
	for (size_t n = end > from ? put_text(NULL, text + from, end - from) : 0; n > 1; n--)
		fputc('~', stderr);
	fprintf(stderr, "%s\n", diags->colour ? "\033[0m" : "");
}

static void print_place(struct diags *diags, const struct diag_place *at)
{
	const char *name = at && at->file ? at->file : diags->program;

	fputs(diags->colour ? "\033[1m" : "", stderr);
	put_text(stderr, name, strlen(name));
	if (at && at->file && at->line)
		fprintf(stderr, ":%u:%u", at->line, at->col);
	fprintf(stderr, ":%s ", diags->colour ? "\033[0m" : "");
}

static void print(struct diags *diags, enum diag_severity severity, const struct diag_place *at,
		  const char *tag, const char *format, va_list args)
{
	const char *on = diags->colour ? colours[severity] : "",
		   *off = diags->colour ? "\033[0m" : "";
	char *text;
	int len = vasprintf(&text, format, args);

	fflush(stdout);
	print_place(diags, at);
	fprintf(stderr, "%s%s:%s ", on, words[severity], off);
	if (len < 0) {
		fputs(format, stderr);
	} else {
		put_text(stderr, text, (size_t)len);
		free(text);
	}
	fprintf(stderr, "%s\n", tag);
	if (at && at->file)
		print_source(diags, at);
}

/* file:line.col-col, or file:line.col-line.col; the last column is the one behind the range. */
static void print_range(const struct diag_place *at)
{
	put_text(stderr, at->file, strlen(at->file));
	if (!at->line)
		return;
	fprintf(stderr, ":%u.%u", at->line, at->col);
	if (at->end_line != at->line)
		fprintf(stderr, "-%u.%u", at->end_line, at->end_col + 1);
	else
		fprintf(stderr, "-%u", at->end_col + 1);
}

/* check: the name of the check, or NULL. */
static void print_as_dtc(struct diags *diags, enum diag_severity severity,
			 const struct diag_place *at, const char *check, const char *format,
			 va_list args)
{
	bool placed = at && at->file;
	char *text;

	fflush(stdout);
	if (check && placed)
		print_range(at);
	else if (check)
		fputs(strcmp(diags->output, "-") == 0 ? "<stdout>" : diags->output, stderr);
	else
		fputs(severity == DIAG_WARNING ? "Warning" : placed ? "Error" : "FATAL ERROR",
		      stderr);
	fputs(": ", stderr);
	if (check) {
		fprintf(stderr, "%s (%s): ", severity == DIAG_WARNING ? "Warning" : "ERROR", check);
	} else if (placed) {
		print_range(at);
		fputc(' ', stderr);
	}
	if (vasprintf(&text, format, args) >= 0) {
		put_text(stderr, text, strlen(text));
		free(text);
	}
	fputc('\n', stderr);
}

static bool hidden(struct diags *diags, enum diag_severity severity, bool check)
{
	if (severity == DIAG_WARNING) {
		diags->n_warnings++;
		return diags->quiet >= 1;
	}
	diags->n_errors++;
	if (diags->quiet >= DIAG_SILENT)
		return true;
	if (diags->max_errors && diags->n_errors == diags->max_errors + 1)
		fprintf(stderr, "%s: more than %u errors; the others are not shown\n",
			diags->program, diags->max_errors);
	return (check && diags->quiet >= 2) ||
	       (diags->max_errors && diags->n_errors > diags->max_errors);
}

static void report(struct diags *diags, enum diag_severity severity, const struct diag_place *at,
		   int id, const char *format, va_list args)
{
	char tag[24];

	diags->last_hidden = hidden(diags, severity, false);
	snprintf(tag, sizeof(tag), " [OVL-%04d]", id);
	if (diags->last_hidden)
		return;
	if (diags->style == DIAG_DTC)
		print_as_dtc(diags, severity, at, NULL, format, args);
	else
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
	if (diags->style == DIAG_DTC)
		print_as_dtc(diags, severity, at, name, format, args);
	else
		print(diags, severity, at, tag, format, args);
	va_end(args);
}

void diag_hide(struct diags *diags)
{
	diags->last_hidden = true;
}

void diag_attach(struct diags *diags, enum diag_severity severity, const struct diag_place *at,
		 const char *format, va_list args)
{
	if (diags->style == DIAG_OWN && !diags->last_hidden)
		print(diags, severity, at, "", format, args);
}

void diag_note(struct diags *diags, const struct diag_place *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag_attach(diags, DIAG_NOTE, at, format, args);
	va_end(args);
}

void diag_help(struct diags *diags, const struct diag_place *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag_attach(diags, DIAG_HELP, at, format, args);
	va_end(args);
}

/* ---------------------------------------------------------------- nearest */

#define LONGEST 255

void diag_nearest_init(struct diag_nearest *nearest, const char *name, size_t name_len)
{
	*nearest = (struct diag_nearest){ .name = name,
					  .name_len = name_len,
					  .best_distance = (unsigned int)(name_len / 3) + 1 };
}

static unsigned int min(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Letters inserted, dropped, changed or swapped with their neighbour to turn one text into the
 * other, row by row (Damerau and Levenshtein); limit when it is that or more. */
static unsigned int distance(const char *a, size_t n, const char *b, size_t k, unsigned int limit)
{
	unsigned int rows[3][LONGEST + 1], *two = rows[0], *one = rows[1], *row = rows[2], *spare;

	for (size_t j = 0; j <= k; j++)
		one[j] = (unsigned int)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned int least = row[0] = (unsigned int)i;

		for (size_t j = 1; j <= k; j++) {
			row[j] = min(one[j - 1] + (a[i - 1] != b[j - 1]),
				     min(one[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min(row[j], two[j - 2] + 1);
			least = min(least, row[j]);
		}
		if (least >= limit)
			return limit;
		spare = two;
		two = one;
		one = row;
		row = spare;
	}
	return one[k];
}

void diag_nearest_offer(struct diag_nearest *nearest, const char *candidate, size_t len)
{
	size_t apart = len > nearest->name_len ? len - nearest->name_len : nearest->name_len - len;
	unsigned int d;

	if (len > LONGEST || nearest->name_len > LONGEST || apart >= nearest->best_distance)
		return;
	d = distance(nearest->name, nearest->name_len, candidate, len, nearest->best_distance);
	if (d >= nearest->best_distance)
		return;
	nearest->best = candidate;
	nearest->best_len = len;
	nearest->best_distance = d;
}
