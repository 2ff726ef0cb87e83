/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* sarif.c - all diagnostics of a run as one SARIF log.
 * What has a place in a file is a result.  What has none (the command line, a file that cannot be
 * read) is a notification of the invocation, its notes lines of its text.
 * Rules: SARIF 2.1.0 (OASIS); the numbers of its sections stand where they matter. */
#include "forms.h"

#include <stdlib.h>
#include <string.h>

#include "version.h"

static const char *level(enum diag_severity severity)
{
	return severity < DIAG_WARNING ? "note" : diag_words[severity];
}

/* ---------------------------------------------------------------- texts */

/* In a message braces mark what is filled in, and two of them stand for one (3.11.5).  Like all here it needs no
 * memory of its own: the log is printed when there may be none. */
static void put_text(FILE *to, const char *text)
{
	size_t n;

	fputc('"', to);
	for (; *text; text += n) {
		n = strcspn(text, "{}");
		json_put_inside(to, text, n);
		for (; text[n] == '{' || text[n] == '}'; n++)
			fprintf(to, "%c%c", text[n], text[n]);
	}
	fputc('"', to);
}

static void put_message(FILE *to, const char *text)
{
	fputs("\"message\":{\"text\":", to);
	put_text(to, text);
	fputc('}', to);
}

/* A name of a file as a URI: relative as it was given, or absolute. */
static void put_uri(FILE *to, const char *file)
{
	static const char plain[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._~/";

	fputs(file[0] == '/' ? "\"file://" : "\"", to);
	for (; *file; file++)
		if (strchr(plain, *file))
			fputc(*file, to);
		else
			fprintf(to, "%%%02X", (unsigned char)*file);
	fputc('"', to);
}

/* ---------------------------------------------------------------- places */

/* How many characters the first n bytes of a line are. */
static size_t count_characters(const char *text, size_t len, size_t n)
{
	size_t count = 0, size;

	for (size_t i = 0; i < n && i < len; i += size ? size : 1) {
		size = diag_character(text + i, len - i);
		count++;
	}
	return n > len ? count + n - len : count;
}

/* The column behind the first n bytes of a line: they are counted in characters here. */
static size_t column(struct diags *diags, const char *file, uint32_t line, uint32_t n)
{
	const char *text;
	size_t len;

	if (!diags->line || !diags->line(diags->line_arg, file, line, &text, &len))
		return (size_t)n + 1;
	return count_characters(text, len, n) + 1;
}

static void put_region(FILE *to, struct diags *diags, const struct diag_place *at)
{
	uint32_t end_line = at->end_line ? at->end_line : at->line;
	uint32_t end = at->end_line ? at->end_col : at->col - 1;

	fprintf(to, "{\"startLine\":%u,\"startColumn\":%zu,\"endLine\":%u,\"endColumn\":%zu}", at->line,
		column(diags, at->file, at->line, at->col - 1), end_line,
		column(diags, at->file, end_line, end));
}

static void put_physical(FILE *to, struct diags *diags, const struct diag_place *at)
{
	fputs("\"physicalLocation\":{\"artifactLocation\":{\"uri\":", to);
	put_uri(to, form_file(at));
	fputc('}', to);
	if (at->line) {
		fputs(",\"region\":", to);
		put_region(to, diags, at);
	} else if (at->off_bytes) {
		fprintf(to, ",\"region\":{\"byteOffset\":%zu}", at->off_bytes);
	}
	fputc('}', to);
}

/* The node, or the property of it, as a path. */
static void put_logical(FILE *to, const struct diag_place *at)
{
	fputs(",\"logicalLocations\":[{\"fullyQualifiedName\":\"", to);
	json_put_inside(to, at->node, strlen(at->node));
	if (at->prop) {
		fputc(':', to);
		json_put_inside(to, at->prop, at->prop_len);
	}
	fprintf(to, "\",\"kind\":\"%s\"}]", at->prop ? "property" : "object");
}

/* ---------------------------------------------------------------- rules */

static void add_rule(struct records *r, const struct diag_line *line)
{
	struct rule *more;

	for (size_t i = 0; i < r->n_rules; i++)
		if (r->rules[i].id == line->id && r->rules[i].placed == r->placed &&
		    (!line->check || strcmp(r->rules[i].check, line->check) == 0))
			return;
	if (r->n_rules == r->rules_room) {
		more = realloc(r->rules, (r->rules_room * 2 + 16) * sizeof(*more));
		if (!more) {
			r->failed = true;
			return;
		}
		r->rules = more;
		r->rules_room = r->rules_room * 2 + 16;
	}
	r->rules[r->n_rules++] =
		(struct rule){ .id = line->id, .check = line->check, .placed = r->placed };
}

/* The first word of what the command is called. */
static int tool_len(const struct diags *diags)
{
	return (int)strcspn(diags->program, " ");
}

/* The page of the manual on what the command is called: "ovl check" has ovl-check. */
static void put_page(FILE *to, const char *program)
{
	for (; *program; program++)
		putc(*program == ' ' ? '-' : *program, to);
}

static void put_rule(FILE *to, const struct diags *diags, const struct rule *rule)
{
	const char *title;

	if (rule->check) {
		fputs("{\"id\":", to);
		json_put(to, rule->check, strlen(rule->check));
		fprintf(to, ",\"shortDescription\":{\"text\":\"%s, see ", rule->check);
		put_page(to, diags->program);
		fputs("(1)\"}}", to);
		return;
	}
	title = registry_title(rule->id);
	fprintf(to, "{\"id\":\"OVL-%04d\",\"shortDescription\":{\"text\":", rule->id);
	put_text(to, title);
	fputs("},\"help\":{\"text\":", to);
	put_text(to, registry_explanation(rule->id));
	fputs("}}", to);
}

static void put_rules(FILE *to, const struct diags *diags, bool placed)
{
	const struct records *r = diags->records;
	const char *comma = "";

	for (size_t i = 0; i < r->n_rules; i++)
		if (r->rules[i].placed == placed) {
			fputs(comma, to);
			put_rule(to, diags, &r->rules[i]);
			comma = ",";
		}
}

static void put_rule_id(FILE *to, const struct diag_line *line)
{
	if (line->check)
		json_put(to, line->check, strlen(line->check));
	else
		fprintf(to, "\"OVL-%04d\"", line->id);
}

/* ---------------------------------------------------------------- parts */

static void put_result(struct diags *diags, const struct diag_line *line)
{
	FILE *to = diags->records->body.to;

	fputc('{', to);
	if (line->id || line->check) {
		fputs("\"ruleId\":", to);
		put_rule_id(to, line);
		fputc(',', to);
	}
	fprintf(to, "\"level\":\"%s\",", level(line->severity));
	put_message(to, line->text);
	fputs(",\"locations\":[{", to);
	put_physical(to, diags, line->at);
	if (line->at->node)
		put_logical(to, line->at);
	fputs("}]", to);
}

/* Its text waits among the notes, which become lines of it. */
static void put_notice(struct diags *diags, const struct diag_line *line)
{
	FILE *to = diags->records->body.to;

	fprintf(to, "{\"level\":\"%s\"", level(line->severity));
	if (line->id || line->check) {
		fputs(",\"descriptor\":{\"id\":", to);
		put_rule_id(to, line);
		fputc('}', to);
	}
	fputs(line->text, diags->records->notes.to);
}

void sarif_body(struct diags *diags, const struct diag_line *line)
{
	struct records *r = diags->records;

	r->placed = form_file(line->at);
	if (line->id || line->check)
		add_rule(r, line);
	if (r->placed)
		put_result(diags, line);
	else
		put_notice(diags, line);
}

/* An id makes each unlike the others, as elements of that list are (3.27.22). */
void sarif_note(struct diags *diags, const struct diag_line *line)
{
	struct records *r = diags->records;
	FILE *to = r->notes.to;

	if (!r->placed) {
		fprintf(to, "\n%s: %s", diag_words[line->severity], line->text);
		return;
	}
	fprintf(to, "%s{\"id\":%u,", r->n_notes ? "," : "", r->n_notes + 1);
	if (form_file(line->at)) {
		put_physical(to, diags, line->at);
		fputc(',', to);
	}
	put_message(to, line->text);
	fputc('}', to);
}

/* A place in a blob cannot be replaced as a text can. */
void sarif_fix(struct diags *diags, const struct diag_place *at, const char *text)
{
	struct records *r = diags->records;
	FILE *to = r->fix.to;

	if (!r->placed || !at->line)
		return;
	fputs("{\"artifactChanges\":[{\"artifactLocation\":{\"uri\":", to);
	put_uri(to, at->file);
	fputs("},\"replacements\":[{\"deletedRegion\":", to);
	put_region(to, diags, at);
	fputs(",\"insertedContent\":{\"text\":", to);
	json_put(to, text, strlen(text));
	fputs("}}]}]}", to);
}

static void put_part(FILE *to, const char *before, const struct stream *part, const char *after)
{
	if (!part->len)
		return;
	fputs(before, to);
	stream_put(part, to);
	fputs(after, to);
}

void sarif_end(struct diags *diags)
{
	struct records *r = diags->records;
	FILE *to = r->placed ? r->results.to : r->notices.to;

	put_part(to, ftello(to) ? ",\n" : "", &r->body, "");
	if (r->placed) {
		put_part(to, ",\"relatedLocations\":[", &r->notes, "]");
		put_part(to, ",\"fixes\":[", &r->fix, "]");
	} else {
		fputc(',', to);
		put_message(to, r->notes.text);
	}
	fputc('}', to);
}

/* ---------------------------------------------------------------- the log */

void sarif_finish(struct diags *diags, int status)
{
	static const char schema[] =
		"https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json";
	struct records *r = diags->records;

	fprintf(stderr,
		"{\"$schema\":\"%s\",\"version\":\"2.1.0\",\"runs\":[{\n"
		"\"tool\":{\"driver\":{\"name\":\"%.*s\",\"version\":\"%s\",\"rules\":[",
		schema, tool_len(diags), diags->program, OVL_VERSION);
	put_rules(stderr, diags, true);
	fputs("],\"notifications\":[", stderr);
	put_rules(stderr, diags, false);
	fprintf(stderr,
		"]}},\n\"columnKind\":\"unicodeCodePoints\",\n"
		"\"invocations\":[{\"executionSuccessful\":%s,\"exitCode\":%d,"
		"\"toolExecutionNotifications\":[",
		diags->n_errors ? "false" : "true", status);
	put_part(stderr, "", &r->notices, "");
	fputs("]}],\n\"results\":[", stderr);
	put_part(stderr, "\n", &r->results, "\n");
	fputs("]}]}\n", stderr);
}
