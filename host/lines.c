/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* lines.c - print diagnostics on standard error as lines for people, see diag.h: text, short, and as
 * dtc does.
 * Texts hold names out of files that anybody may have made, so nothing that could steer a terminal
 * is printed: control characters and bytes that are not UTF-8 appear as \xNN. */
#include "forms.h"

#include <string.h>

const char *const diag_words[] = { "note", "help", "warning", "error" };
static const char *const colours[] = { "\033[1;36m", "\033[1;32m", "\033[1;35m", "\033[1;31m" };

size_t diag_character(const char *from, size_t len)
{
	const unsigned char *text = (const unsigned char *)from;
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
	/* U+0080 to U+009F are control characters; surrogates, and what lies beyond U+10FFFF, are
	 * none; and a form that is longer than it need be is none. */
	if (n == 2)
		return text[0] == 0xc2 && text[1] < 0xa0 ? 0 : n;
	if ((text[0] == 0xed && text[1] >= 0xa0) || (text[0] == 0xf4 && text[1] >= 0x90))
		return 0;
	return !(text[0] & 0x0f) && text[1] < least[n] ? 0 : n;
}

/* Print a text, or only count when to is NULL; returns the columns it takes.  What needs no care is printed
 * in runs. */
static size_t put_text(FILE *to, const char *text, size_t len)
{
	size_t columns = 0, run = 0, n;

	for (size_t i = 0; i < len; i += n ? n : 1) {
		n = diag_character(text + i, len - i);
		columns += n ? 1 : 4;
		if (n || !to)
			continue;
		fwrite(text + run, 1, i - run, to);
		run = i + 1;
		if (text[i] == '\t')
			fputs("    ", to);
		else
			fprintf(to, "\\x%02x", (unsigned char)text[i]);
	}
	if (to)
		fwrite(text + run, 1, len - run, to);
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
	while (len && text[len - 1] == '\r')
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
	fprintf(stderr, "%*s", (int)put_text(NULL, text + skip, from - skip), "");
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

static void print_own(struct diags *diags, const struct diag_line *line)
{
	const char *on = diags->colour ? colours[line->severity] : "",
		   *off = diags->colour ? "\033[0m" : "";

	print_place(diags, line->at);
	fprintf(stderr, "%s%s:%s ", on, diag_words[line->severity], off);
	put_text(stderr, line->text, strlen(line->text));
	if (line->check)
		fprintf(stderr, " [-W%s]", line->check);
	else if (line->id)
		fprintf(stderr, " [OVL-%04d]", line->id);
	fputc('\n', stderr);
	if (diags->format == DIAG_TEXT && line->at && line->at->file)
		print_source(diags, line->at);
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

static void print_as_dtc(struct diags *diags, const struct diag_line *line)
{
	bool placed = line->at && line->at->file, warning = line->severity == DIAG_WARNING;

	if (line->severity < DIAG_WARNING)
		return;
	if (line->check && placed)
		print_range(line->at);
	else if (line->check)
		fputs(strcmp(diags->output, "-") == 0 ? "<stdout>" : diags->output, stderr);
	else
		fputs(warning ? "Warning" : placed ? "Error" : "FATAL ERROR", stderr);
	fputs(": ", stderr);
	if (line->check) {
		fprintf(stderr, "%s (%s): ", warning ? "Warning" : "ERROR", line->check);
	} else if (placed) {
		print_range(line->at);
		fputc(' ', stderr);
	}
	put_text(stderr, line->text, strlen(line->text));
	fputc('\n', stderr);
}

void lines_print(struct diags *diags, const struct diag_line *line)
{
	if (diags->style == DIAG_DTC && diags->format == DIAG_TEXT)
		print_as_dtc(diags, line);
	else
		print_own(diags, line);
}
