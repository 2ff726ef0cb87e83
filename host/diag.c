/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* diag.c - take what is reported, count it, and hand what is to be shown to the form that was asked
 * for, see diag.h and forms.h. */
#include "diag.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "forms.h"
#include "progress.h"

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

/* In this order: NO_COLOR, CLICOLOR_FORCE or FORCE_COLOR, a terminal that is not dumb. */
static bool want_colour(int fd)
{
	const char *term = getenv("TERM");

	if (is_set("NO_COLOR"))
		return false;
	if (is_set("CLICOLOR_FORCE") || is_set("FORCE_COLOR"))
		return true;
	return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

/* What the program says as a whole, for who ends it from where nothing can be said. */
static struct diags *of_process;

void diag_init(struct diags *diags, const char *program)
{
	of_process = diags;
	*diags = (struct diags){ .program = program, .max_errors = 20, .exit_status = EXIT_FAILURE };
	diag_set_colour(diags, "auto");
	/* A line is written whole, so that the lines of commands run at once do not mix. */
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
}

bool diag_set_colour(struct diags *diags, const char *when)
{
	bool is_auto = strcmp(when, "auto") == 0, always = strcmp(when, "always") == 0;

	if (!is_auto && !always && strcmp(when, "never") != 0)
		return false;
	diags->colour = is_auto ? want_colour(STDERR_FILENO) : always;
	diags->colour_out = is_auto ? want_colour(STDOUT_FILENO) : always;
	return true;
}

bool diag_set_format(struct diags *diags, const char *form)
{
	static const char *const names[] = { "text", "short", "json", "sarif" };
	size_t i = 0;

	while (i < 4 && strcmp(form, names[i]) != 0)
		i++;
	if (i == 4 || diags->format_found)
		return i < 4;
	if (i >= DIAG_JSON && !diags->records) {
		diags->records = records_new();
		if (!diags->records)
			diag_no_memory(diags);
	}
	diags->format = (enum diag_format)i;
	return true;
}

void diag_find_format(struct diags *diags, int argc, char **argv)
{
	static const char option[] = "--message-format";
	const size_t len = sizeof(option) - 1;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strncmp(argv[i], option, len) == 0 && argv[i][len] == '=')
			diag_set_format(diags, argv[i] + len + 1);
		else if (strcmp(argv[i], option) == 0 && i + 1 < argc)
			diag_set_format(diags, argv[i + 1]);
	diags->format_found = diags->format != DIAG_TEXT;
}

bool diag_set_limit(struct diags *diags, const char *number)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(number, &end, 10);
	if (errno || *end || number[0] < '0' || number[0] > '9' || n > UINT32_MAX)
		return false;
	diags->max_errors = (unsigned int)n;
	return true;
}

/* ---------------------------------------------------------------- reporting */

bool diag_is_full(const struct diags *diags)
{
	return diags->max_errors && diags->n_errors >= diags->max_errors;
}

/* check: whether it is a finding of one. */
static bool hidden(struct diags *diags, enum diag_severity severity, bool check)
{
	bool full = diag_is_full(diags);

	if (severity == DIAG_WARNING) {
		diags->n_warnings++;
		return diags->quiet >= 1;
	}
	diags->n_errors++;
	if (diags->quiet >= DIAG_SILENT || (check && diags->quiet >= 2))
		return true;
	diags->n_left_out += full;
	return full;
}

bool diag_is_held(const struct diags *diags)
{
	return diags->format >= DIAG_JSON;
}

/* attached: it belongs to the diagnostic before it. */
static void show(struct diags *diags, struct diag_line *line, bool attached, const char *format,
		 va_list args)
{
	char room[512], *text = room;
	va_list again;

	/* Without memory for a long one, its beginning is said. */
	va_copy(again, args);
	if (vsnprintf(room, sizeof(room), format, again) >= (int)sizeof(room) &&
	    vasprintf(&text, format, args) < 0)
		text = room;
	va_end(again);
	line->text = text;
	fflush(stdout);
	progress_clear();
	if (!diag_is_held(diags))
		lines_print(diags, line);
	else if (attached)
		records_attach(diags, line);
	else
		records_begin(diags, line);
	if (text != room)
		free(text);
}

void diag_error(struct diags *diags, const struct diag_place *at, int id, const char *format, ...)
{
	struct diag_line line = { .severity = DIAG_ERROR, .id = id, .at = at };
	va_list args;

	diags->last_hidden = hidden(diags, DIAG_ERROR, false);
	if (diags->last_hidden)
		return;
	va_start(args, format);
	show(diags, &line, false, format, args);
	va_end(args);
}

void diag_warning(struct diags *diags, const struct diag_place *at, int id, const char *format, ...)
{
	struct diag_line line = { .severity = DIAG_WARNING, .id = id, .at = at };
	va_list args;

	diags->last_hidden = hidden(diags, DIAG_WARNING, false);
	if (diags->last_hidden)
		return;
	va_start(args, format);
	show(diags, &line, false, format, args);
	va_end(args);
}

void diag_check(struct diags *diags, enum diag_severity severity, const char *name,
		const struct diag_place *at, const char *format, ...)
{
	struct diag_line line = { .severity = severity, .check = name, .at = at };
	va_list args;

	diags->last_hidden = hidden(diags, severity, true);
	if (diags->last_hidden)
		return;
	va_start(args, format);
	show(diags, &line, false, format, args);
	va_end(args);
}

void diag_remark(struct diags *diags, const struct diag_place *at, const char *format, ...)
{
	struct diag_line line = { .severity = DIAG_NOTE, .at = at };
	va_list args;

	diags->last_hidden = diags->quiet >= DIAG_SILENT;
	if (diags->last_hidden)
		return;
	va_start(args, format);
	show(diags, &line, false, format, args);
	va_end(args);
}

void diag_hide(struct diags *diags)
{
	diags->last_hidden = true;
}

void diag_attach(struct diags *diags, enum diag_severity severity, const struct diag_place *at,
		 const char *format, va_list args)
{
	struct diag_line line = { .severity = severity, .at = at };

	if (!diags->last_hidden)
		show(diags, &line, true, format, args);
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

void diag_suggest(struct diags *diags, const struct diag_place *at, const char *format, ...)
{
	char *text;
	va_list args;

	if (diags->last_hidden || !diag_is_held(diags))
		return;
	va_start(args, format);
	text = diag_text(diags, format, args);
	va_end(args);
	records_suggest(diags, at, text);
	free(text);
}

char *diag_text(struct diags *diags, const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		diag_no_memory(diags);
	return text;
}

struct diag_place diag_before(struct diag_place place)
{
	place.end_line = place.line;
	place.end_col = place.col - 1;
	return place;
}

void diag_as_dtc(const struct diags *diags, const char *line)
{
	if (diags->style == DIAG_DTC && diags->format == DIAG_TEXT)
		fprintf(stderr, "%s\n", line);
}

void diag_seal(struct diags *diags)
{
	if (diags->records && !records_seal(diags))
		diag_no_memory(diags);
}

int diag_finish(struct diags *diags, int status)
{
	if (diags->n_left_out)
		diag_remark(diags, NULL, "%u more error%s not shown; --error-limit=0 shows all",
			    diags->n_left_out, diags->n_left_out == 1 ? " is" : "s are");
	if (diags->records)
		records_finish(diags, status);
	diags->records = NULL;
	progress_clear();
	return !status && diag_is_held(diags) && ferror(stderr) ? diags->exit_status : status;
}

static bool folder_is_missing(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[1024];

	if (!slash || slash == path || (size_t)(slash - path) >= sizeof(folder))
		return false;
	memcpy(folder, path, (size_t)(slash - path));
	folder[slash - path] = 0;
	return access(folder, F_OK) != 0;
}

void diag_cannot_write(struct diags *diags, const char *path, int error)
{
	const char *why = error == FILE_TWICE	 ? "another output goes there"
			  : error == FILE_WAS_READ ? "it is an input, and would be lost"
						 : strerror(error);
	unsigned int most = diags->max_errors;

	diags->max_errors = 0;
	diag_error(diags, NULL, MSG_CANNOT_WRITE, strcmp(path, "-") == 0 ? "standard output" : path, why);
	if (error == ENOENT && folder_is_missing(path))
		diag_note(diags, NULL, "the directory '%.*s' does not exist", (int)(strrchr(path, '/') - path), path);
	diags->max_errors = most;
}

void diag_no_memory(struct diags *diags)
{
	if (!diags || diags->quiet >= DIAG_SILENT)
		diags = of_process;
	diags->max_errors = 0;  /* this one is never too many */
	diag_error(diags, NULL, MSG_NO_MEMORY);
	diag_finish(diags, diags->exit_status);
	exit(diags->exit_status);
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
