/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* forms.h - what diag.c hands to those who print: lines.c (text, short, and dtc's form) and
 * records.c (json and sarif).  For the files of this folder only. */
#ifndef OVL_HOST_FORMS_H
#define OVL_HOST_FORMS_H

#include <stdio.h>

#include "diag.h"

/* A diagnostic, or a note of one. */
struct diag_line {
	enum diag_severity severity;
	int id;			     /* 0: none */
	const char *check;	     /* its name, or NULL */
	const struct diag_place *at; /* may be NULL */
	const char *text;
};

/* The file that a place is in, or about; NULL when there is none. */
const char *form_file(const struct diag_place *at);

/* ---------------------------------------------------------------- lines.c */

void lines_print(struct diags *diags, const struct diag_line *line);

/* ---------------------------------------------------------------- records.c */

/* Text that grows, written as a file is. */
struct stream {
	FILE *to;
	char *text;
	size_t len; /* since stream_flush() */
};

/* What json and sarif hold. */
struct records {
	/* The parts of the diagnostic that is not complete, written by its form. */
	struct stream body, notes, fix;
	bool held;
	unsigned int n_notes;
	/* sarif: what is complete, with a place in a file and without. */
	struct stream results, notices;
	bool placed;
	struct rule {
		int id;
		const char *check;
		bool placed;
	} *rules;
	size_t n_rules, rules_room;
	bool failed; /* there was no memory for all of it */
};

/* NULL when there is no memory. */
struct records *records_new(void);

/* begin ends what was held before; attach and suggest belong to what is held. */
void records_begin(struct diags *diags, const struct diag_line *line);
void records_attach(struct diags *diags, const struct diag_line *line);
void records_suggest(struct diags *diags, const struct diag_place *at, const char *text);

/* End what is held; false when there was no memory for all that was said. */
bool records_seal(struct diags *diags);

/* Print what is held, and give the memory back. */
void records_finish(struct diags *diags, int status);

/* Bring text and len up to date; false when memory ran out. */
bool stream_flush(struct stream *s);
void stream_put(const struct stream *s, FILE *to);

/* ---------------------------------------------------------------- json.c, sarif.c */

extern const char *const diag_words[]; /* by severity */

/* In quotes: bytes that are no character appear as \xNN, as they do in lines. */
void json_put(FILE *to, const char *text, size_t len);
void json_put_inside(FILE *to, const char *text, size_t len); /* without the quotes */

/* How each form writes the parts of a diagnostic. */
void json_body(struct diags *diags, const struct diag_line *line);
void json_note(struct diags *diags, const struct diag_line *line);
void json_fix(struct diags *diags, const struct diag_place *at, const char *text);
void json_end(struct diags *diags);

void sarif_body(struct diags *diags, const struct diag_line *line);
void sarif_note(struct diags *diags, const struct diag_line *line);
void sarif_fix(struct diags *diags, const struct diag_place *at, const char *text);
void sarif_end(struct diags *diags);
void sarif_finish(struct diags *diags, int status);

/* ---------------------------------------------------------------- registry.c */

/* What a message of messages.h says, with dots for what is filled in, until the next call; and what it means,
 * with what helps.  Empty when there is none of that id. */
const char *registry_title(int id);
const char *registry_explanation(int id);

#endif
