/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* records.c - hold a diagnostic until its notes and its suggestion are known, for the forms that
 * print it whole, see forms.h.
 * Its parts are written as they come, because the names and sources that they speak of may be gone
 * when the next diagnostic begins. */
#include "forms.h"

#include <stdlib.h>

const char *form_file(const struct diag_place *at)
{
	return !at ? NULL : at->file ? at->file : at->about;
}

static bool stream_open(struct stream *s)
{
	s->to = open_memstream(&s->text, &s->len);
	return s->to;
}

bool stream_flush(struct stream *s)
{
	return fflush(s->to) == 0 && !ferror(s->to);
}

void stream_put(const struct stream *s, FILE *to)
{
	fwrite(s->text, 1, s->len, to);
}

static void stream_close(struct stream *s)
{
	if (s->to)
		fclose(s->to);
	free(s->text);
}

static void records_free(struct records *r)
{
	stream_close(&r->body);
	stream_close(&r->notes);
	stream_close(&r->fix);
	stream_close(&r->results);
	stream_close(&r->notices);
	free(r->rules);
	free(r);
}

struct records *records_new(void)
{
	struct records *r = calloc(1, sizeof(*r));

	if (r && stream_open(&r->body) && stream_open(&r->notes) && stream_open(&r->fix) &&
	    stream_open(&r->results) && stream_open(&r->notices))
		return r;
	if (r)
		records_free(r);
	return NULL;
}

/* The diagnostic that is held is complete. */
static void end(struct diags *diags)
{
	struct records *r = diags->records;

	if (!r->held)
		return;
	if (!stream_flush(&r->body) || !stream_flush(&r->notes) || !stream_flush(&r->fix))
		r->failed = true;
	else if (diags->format == DIAG_SARIF)
		sarif_end(diags);
	else
		json_end(diags);
	rewind(r->body.to);
	rewind(r->notes.to);
	rewind(r->fix.to);
	r->n_notes = 0;
	r->held = false;
}

void records_begin(struct diags *diags, const struct diag_line *line)
{
	end(diags);
	diags->records->held = true;
	if (diags->format == DIAG_SARIF)
		sarif_body(diags, line);
	else
		json_body(diags, line);
}

void records_attach(struct diags *diags, const struct diag_line *line)
{
	if (!diags->records->held)
		return;
	if (diags->format == DIAG_SARIF)
		sarif_note(diags, line);
	else
		json_note(diags, line);
	diags->records->n_notes++;
}

/* The first suggestion is the one that counts. */
void records_suggest(struct diags *diags, const struct diag_place *at, const char *text)
{
	struct records *r = diags->records;

	if (!r->held || ftello(r->fix.to) > 0)
		return;
	if (diags->format == DIAG_SARIF)
		sarif_fix(diags, at, text);
	else
		json_fix(diags, at, text);
}

bool records_seal(struct diags *diags)
{
	struct records *r = diags->records;

	end(diags);
	if (!stream_flush(&r->results) || !stream_flush(&r->notices))
		r->failed = true;
	return !r->failed;
}

void records_finish(struct diags *diags, int status)
{
	struct records *r = diags->records;

	if (!records_seal(diags))
		fprintf(stderr, "%s: out of memory: not all messages could be kept\n", diags->program);
	else if (diags->format == DIAG_SARIF)
		sarif_finish(diags, status);
	records_free(r);
}
