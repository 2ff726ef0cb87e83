/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* filtered.c - look a label up in a report of ovl filter, see filtered.h.
 * The report is lines of JSON with the members in the order in which filter.c writes them; nothing else is
 * understood, and what is not understood tells nothing. */
#include "filtered.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* What stands between the quotes behind a key of the line; escapes stay. */
static struct ovl_str member(const char *line, const char *end, const char *key)
{
	const char *at = memmem(line, (size_t)(end - line), key, strlen(key)), *stop;

	if (!at)
		return (struct ovl_str){ NULL, 0 };
	at += strlen(key);
	stop = memchr(at, '"', (size_t)(end - at));
	return (struct ovl_str){ at, stop ? (uint32_t)(stop - at) : 0 };
}

static bool note_line(struct diags *diags, const struct diag_place *at, const char *line, const char *end,
		      struct ovl_str label)
{
	struct ovl_str what = member(line, end, "\"what\": \""), name = member(line, end, "\"name\": \"");
	struct ovl_str path = member(line, end, "\"path\": \""), tree = member(line, end, "\"tree\": \"");
	const char *rule = memmem(line, (size_t)(end - line), "\"rule\": ", 8);

	if (what.len != 6 || memcmp(what.ptr, "symbol", 6) != 0 || name.len != label.len || !path.len || !tree.len)
		return false;
	/* A label has a name.  NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
	if (memcmp(name.ptr, label.ptr, label.len) != 0)
		return false;
	if (rule)
		diag_note(diags, at, "'%.*s' was %.*s of %.*s, which rule %ld of its filter dropped", STR(label),
			  STR(path), STR(tree), strtol(rule + 8, NULL, 10));
	else
		diag_note(diags, at, "'%.*s' was %.*s of %.*s, which its filter dropped", STR(label), STR(path),
			  STR(tree));
	return true;
}

void filtered_note(struct diags *diags, const struct diag_place *at, const char *report,
		   struct ovl_str label)
{
	struct file_bytes file;
	int error = file_read(report, &file);
	const char *line, *end, *next;

	if (error) {
		diag_error(diags, NULL, MSG_CANNOT_READ, report, strerror(error));
		return;
	}
	end = (const char *)file.bytes + file.len;
	for (line = (const char *)file.bytes; line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (!next)
			next = end;
		if (note_line(diags, at, line, next, label))
			break;
	}
	file_free(&file);
}
