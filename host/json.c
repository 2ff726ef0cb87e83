/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* json.c - a diagnostic as one line that holds one JSON object: testsuite/schema/diagnostic.json. */
#include "forms.h"

#include <string.h>

/* ---------------------------------------------------------------- strings */

void json_put_inside(FILE *to, const char *text, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n ? n : 1) {
		n = diag_character(text + i, len - i);
		if (text[i] == '\t' || text[i] == '\n')
			fputs(text[i] == '\t' ? "\\t" : "\\n", to);
		else if (!n)
			fprintf(to, "\\\\x%02x", (unsigned char)text[i]);
		else if (text[i] == '"' || text[i] == '\\')
			fprintf(to, "\\%c", text[i]);
		else
			fwrite(text + i, 1, n, to);
	}
}

void json_put(FILE *to, const char *text, size_t len)
{
	fputc('"', to);
	json_put_inside(to, text, len);
	fputc('"', to);
}

static void put_member(FILE *to, const char *name, const char *text)
{
	fprintf(to, "\"%s\":", name);
	json_put(to, text, strlen(text));
}

/* ---------------------------------------------------------------- parts */

/* The end of a range is the column behind it. */
static void put_range(FILE *to, const struct diag_place *at)
{
	fprintf(to, ",\"line\":%u,\"column\":%u,\"end_line\":%u,\"end_column\":%u", at->line, at->col,
		at->end_line ? at->end_line : at->line, at->end_line ? at->end_col + 1 : at->col);
}

/* A member called place, after others; nothing when there is none. */
static void put_place(FILE *to, const struct diags *diags, const struct diag_place *at)
{
	if (!form_file(at))
		return;
	fputs(",\"place\":{", to);
	put_member(to, diags->blobs && !at->line ? "blob" : "file", form_file(at));
	if (at->line)
		put_range(to, at);
	if (at->node) {
		fputc(',', to);
		put_member(to, "node", at->node);
	}
	if (at->prop) {
		fputs(",\"property\":", to);
		json_put(to, at->prop, at->prop_len);
	}
	if (at->off_bytes)
		fprintf(to, ",\"offset\":%zu", at->off_bytes);
	fputc('}', to);
}

void json_body(struct diags *diags, const struct diag_line *line)
{
	FILE *to = diags->records->body.to;

	fprintf(to, "{\"severity\":\"%s\"", diag_words[line->severity]);
	if (line->id)
		fprintf(to, ",\"id\":\"OVL-%04d\"", line->id);
	if (line->check) {
		fputc(',', to);
		put_member(to, "check", line->check);
	}
	fputc(',', to);
	put_member(to, "text", line->text);
	put_place(to, diags, line->at);
}

void json_note(struct diags *diags, const struct diag_line *line)
{
	struct records *r = diags->records;

	fprintf(r->notes.to, "%s{\"kind\":\"%s\",", r->n_notes ? "," : "", diag_words[line->severity]);
	put_member(r->notes.to, "text", line->text);
	put_place(r->notes.to, diags, line->at);
	fputc('}', r->notes.to);
}

void json_fix(struct diags *diags, const struct diag_place *at, const char *text)
{
	FILE *to = diags->records->fix.to;

	fputs(",\"suggestion\":{", to);
	put_member(to, "replacement", text);
	put_place(to, diags, at);
	fputc('}', to);
}

void json_end(struct diags *diags)
{
	const struct records *r = diags->records;

	stream_put(&r->body, stderr);
	fputs(",\"notes\":[", stderr);
	stream_put(&r->notes, stderr);
	fputc(']', stderr);
	stream_put(&r->fix, stderr);
	fputs("}\n", stderr);
}
