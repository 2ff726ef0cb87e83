/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* diag.h - one diagnostic type for both commands, from the lexer to a library error.
 * A diagnostic is a severity, an id (messages.h) or the name of a check, a place, a text, any
 * number of notes with places of their own, and perhaps the text that should stand at a place
 * instead.  It goes to standard error in one of these forms (--message-format):
 *
 *     text     file:line:col: error: text [OVL-0417]
 *                 7 | target = <&i2c9>;
 *                   |           ^~~~~
 *              file:line:col: note: the base exports i2c0, i2c1
 *     short    the same without the lines of source
 *     json     one JSON object a line: testsuite/schema/diagnostic.json
 *     sarif    one SARIF 2.1.0 log when the run ends
 *
 * In the first two a line is printed as it is reported; in the others a diagnostic is held until it
 * is known to be complete, which is when the next one begins or diag_finish() is called.
 *
 * With DIAG_DTC, text has the form that scripts around dtc look for, one line for each finding:
 *
 *     Error: file:line.col-col text
 *     file:line.col-col: Warning (check): text
 *
 * Wording: lower case, no full stop; what was expected, after what, what was seen. */
#ifndef OVL_HOST_DIAG_H
#define OVL_HOST_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "messages.h"

enum diag_severity { DIAG_NOTE, DIAG_HELP, DIAG_WARNING, DIAG_ERROR };

enum { DIAG_SILENT = 1000 };

enum diag_style { DIAG_OWN, DIAG_DTC };
enum diag_format { DIAG_TEXT, DIAG_SHORT, DIAG_JSON, DIAG_SARIF };

/* A range of a text, or a whole file (line 0), or nothing (file NULL).  Lines and columns count
 * from 1, columns in bytes; the end is the last byte of the range, as dtc counts.  An end before
 * the start is the point before it.
 * What is known besides, for json and sarif, for the text says it already: the path of the node
 * (NULL when not known), the property, and where in the blob that is (0 when not known). */
struct diag_place {
	const char *file;
	uint32_t line, col;
	uint32_t end_line, end_col;
	const char *about; /* where file is NULL: the file that the text speaks of */
	const char *node;
	const char *prop;
	size_t prop_len;
	size_t off_bytes; /* from the start of the file */
};

/* How to find the text of a source line for the caret display: returns false when it is not at
 * hand (a blob, a file that a line marker only names).  The slice is borrowed. */
typedef bool diag_line_fn(void *arg, const char *file, uint32_t line, const char **text,
			  size_t *len);

struct diags {
	enum diag_style style;
	enum diag_format format;
	bool format_found;       /* by diag_find_format(): what the options say after it is the same */
	struct records *records; /* json and sarif: what is held; copies of this struct share it */
	bool blobs;              /* a place without a line is in a blob */
	const char *program; /* stands where a place has no file */
	const char *output;  /* DIAG_DTC: stands there for the findings of checks */
	diag_line_fn *line;  /* may be NULL */
	void *line_arg;
	unsigned int n_errors, n_warnings;
	unsigned int max_errors; /* errors after this many are counted, not printed; 0: no limit */
	unsigned int n_left_out; /* by that limit */
	int quiet;		 /* dtc's -q level: 1 hides warnings, 2 hides check errors too;
				  * DIAG_SILENT hides all there is */
	bool last_hidden;	 /* the last diagnostic was not printed, so its notes are not */
	bool colour;
	bool colour_out; /* the same for what is printed on standard output */
	int exit_status;	 /* of a run that ends for want of memory, or of a place to write to */
};

/* Colour is on for a terminal, and as NO_COLOR, CLICOLOR_FORCE and FORCE_COLOR say. */
void diag_init(struct diags *diags, const char *program);

/* What --color=WHEN says wins over all: auto, always or never; false for any other word. */
bool diag_set_colour(struct diags *diags, const char *when);

/* --message-format=FORM; false for any other word.  The form decides where everything goes, errors
 * of the command line itself included, so main() looks for it before the options are read. */
bool diag_set_format(struct diags *diags, const char *form);
void diag_find_format(struct diags *diags, int argc, char **argv);

/* --error-limit=N; false when that is no number. */
bool diag_set_limit(struct diags *diags, const char *number);

/* What a format makes, for who frees it; without memory as diag_no_memory(). */
char *diag_text(struct diags *diags, const char *format, va_list args);

/* Before an output is written: what was said so far is complete, or there was no memory for all of it, and the process
 * ends here, as by diag_no_memory(). */
void diag_seal(struct diags *diags);

/* The run is over, with that exit status: what is held is printed.  Returns the status, or that of what cannot be
 * written when it was 0 and the log that was asked for did not arrive. */
int diag_finish(struct diags *diags, int status);

/* An output, "-" for standard output, and what file_write() returned for it: never one error too many, for nothing else
 * tells that the output is not there. */
void diag_cannot_write(struct diags *diags, const char *path, int error);

/* There is no memory, and the run is over.  diags may be NULL where none is at hand: what diag_init()
 * was called for is told, as it is when these are silent. */
_Noreturn void diag_no_memory(struct diags *diags);

/* at may be NULL.  id and format come as one MSG_... macro of messages.h, which lets the compiler
 * check the arguments against the text. */
void diag_error(struct diags *diags, const struct diag_place *at, int id, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void diag_warning(struct diags *diags, const struct diag_place *at, int id, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* A finding of a named check: printed with [-Wname] instead of an id. */
void diag_check(struct diags *diags, enum diag_severity severity, const char *name,
		const struct diag_place *at, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* A note that belongs to no error and no warning. */
void diag_remark(struct diags *diags, const struct diag_place *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Nothing is printed for a finding of a check that is off, nor its notes. */
void diag_hide(struct diags *diags);

/* Belongs to the diagnostic just reported, and is hidden with it. */
void diag_note(struct diags *diags, const struct diag_place *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void diag_help(struct diags *diags, const struct diag_place *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Either of the two. */
void diag_attach(struct diags *diags, enum diag_severity severity, const struct diag_place *at,
		 const char *format, va_list args);

/* What should stand at a place instead of what does; text and short leave that to a help.  There is
 * one for each diagnostic, the one that most likely mends it. */
void diag_suggest(struct diags *diags, const struct diag_place *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The point before a place, for a suggestion that only adds. */
struct diag_place diag_before(struct diag_place place);

/* Whether the limit is reached: errors from here on are only counted. */
bool diag_is_full(const struct diags *diags);

/* Whether the form is one for programs, json or sarif. */
bool diag_is_held(const struct diags *diags);

/* A line of dtc's that is no diagnostic; nothing in any other form. */
void diag_as_dtc(const struct diags *diags, const char *line);

/* Print what a message means, by its id as it is printed, on standard output; false when there is
 * none. */
bool diag_explain(const char *word);

/* How many bytes at text, which has some, are one character that a terminal shows as such; 0 when
 * they are not. */
size_t diag_character(const char *text, size_t len);

/* The candidate nearest to name by edit distance, at most a third of its length away, the first one
 * of several; NULL when none is, or the name is longer than 255 bytes.  For "did you mean". */
struct diag_nearest {
	const char *name;
	size_t name_len;
	const char *best;
	size_t best_len;
	unsigned int best_distance;
};
void diag_nearest_init(struct diag_nearest *nearest, const char *name, size_t name_len);
void diag_nearest_offer(struct diag_nearest *nearest, const char *candidate, size_t len);

#endif
