/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* rule_words.c - lines into words, patterns against texts, see rule_words.h. */
#include "rule_words.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void words_start(struct words *w, struct diags *diags, const char *name, struct file_bytes *file)
{
	*w = (struct words){ .diags = diags, .file = name, .at = (char *)file->bytes,
			     .end = (char *)file->bytes + file->len };
	w->start = w->at;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\0';
}

static bool end_line(struct words *w)
{
	w->stop = w->at;
	while (w->at < w->end && *w->at != '\n')
		w->at++;
	if (w->at < w->end)
		w->at++;
	w->over = true;
	return false;
}

static bool is_comment(const struct words *w)
{
	return *w->at == '#' &&
	       (w->at == w->start || w->at + 1 >= w->end || is_blank(w->at[1]) || w->at[1] == '\n');
}

static void report_open(struct words *w)
{
	uint32_t col = (uint32_t)(w->word - w->start);
	struct diag_place at = { w->file, w->line, col, w->line, col, NULL, NULL, NULL, 0, 0 };

	diag_error(w->diags, &at, MSG_STRING_OPEN);
	w->failed = true;
}

/* A NUL takes the place of what ends the word; at the end of the file one is there. */
bool words_next(struct words *w)
{
	w->word = NULL;
	if (w->over)
		return false;
	while (w->at < w->end && is_blank(*w->at))
		w->at++;
	if (w->at >= w->end || *w->at == '\n' || is_comment(w))
		return end_line(w);
	w->quoted = *w->at == '"';
	w->word = w->at + w->quoted;
	for (w->at = w->word; w->at < w->end && *w->at != '\n'; w->at++)
		if (w->quoted ? *w->at == '"' : is_blank(*w->at))
			break;
	if (w->quoted && *w->at != '"')
		report_open(w);
	w->stop = w->at;
	w->over = w->at >= w->end || *w->at == '\n';
	*w->at = '\0';
	if (w->at < w->end)
		w->at++;
	return true;
}

bool words_line(struct words *w)
{
	do {
		while (w->line && !w->over)
			words_next(w);
		if (w->at >= w->end)
			return false;
		w->start = w->at;
		w->line++;
		w->over = false;
	} while (!words_next(w));
	return true;
}

struct diag_place words_place(const struct words *w)
{
	const char *at = w->word ? w->word - w->quoted : w->stop;
	uint32_t col = (uint32_t)(at - w->start) + 1;
	size_t len = w->word ? strlen(at) : 1;

	return (struct diag_place){ .file = w->file, .line = w->line, .col = col, .end_line = w->line,
				    .end_col = col + (uint32_t)len - 1 };
}

bool words_is(const struct words *w, const char *word)
{
	return w->word && !w->quoted && strcmp(w->word, word) == 0;
}

bool words_number(const struct words *w, uint64_t most, uint64_t *number)
{
	char *end;

	if (!w->word || !isdigit((unsigned char)*w->word))
		return false;
	errno = 0;
	*number = strtoull(w->word, &end, 0);
	return !*end && !errno && *number <= most;
}

bool words_wrong(const struct words *w, const char *wanted)
{
	struct diag_place at = words_place(w);

	if (w->word)
		diag_error(w->diags, &at, MSG_RULE_WORD, w->word, wanted);
	else
		diag_error(w->diags, &at, MSG_RULE_END, wanted);
	return false;
}

/* Goes back to the last star only, and to the last pair of stars when that does not help: linear for each. */
bool words_match(const char *p, const char *text, size_t len)
{
	const char *t = text, *end = text + len, *star = NULL, *from = NULL, *stars = NULL, *from_all = NULL;

	for (;;) {
		if (p[0] == '*' && p[1] == '*') {
			stars = p += 2;
			from_all = t;
			star = NULL;
		} else if (*p == '*') {
			star = ++p;
			from = t;
		} else if (t < end && *p && (*p == *t || (*p == '?' && *t != '/'))) {
			p++;
			t++;
		} else if (t == end && !*p) {
			return true;
		} else if (star && from < end && *from != '/') {
			p = star;
			t = ++from;
		} else if (stars && from_all < end) {
			star = NULL;
			p = stars;
			t = ++from_all;
		} else {
			return false;
		}
	}
}

bool words_match_any(const char *pattern, const unsigned char *value, size_t len)
{
	const char *text = (const char *)value;

	for (size_t at = 0, n; at < len; at += n + 1) {
		n = strnlen(text + at, len - at);
		if (words_match(pattern, text + at, n))
			return true;
	}
	return false;
}
