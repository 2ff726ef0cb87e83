/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* parse.c - read the whole input: run the parser over the scanner, and say whether a tree came of it. */
#include "parse.h"

#include <string.h>

#include "parser.h"

/* Editors on some systems put a byte order mark in front; the language has none. */
static void skip_mark(struct parse *p, struct source *source)
{
	struct diag_place place = { .file = source->name };

	if (source->text.len < 3 || memcmp(source->text.bytes, "\xef\xbb\xbf", 3) != 0)
		return;
	diag_warning(p->diags, &place, MSG_BOM);
	memcpy(source->text.bytes, "   ", 3);
}

/* What other editors write is told as a whole: every second byte of it is 0. */
static bool is_wide(struct parse *p, const struct source *source)
{
	static const struct { const char *mark, *name; } known[] = {
		{ "\xff\xfe", "it is UTF-16" }, { "\xfe\xff", "it is UTF-16, with the high byte first" },
	};
	struct diag_place place = { .file = source->name };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (source->text.len >= 2 && memcmp(source->text.bytes, known[i].mark, 2) == 0) {
			diag_error(p->diags, &place, MSG_NOT_TEXT, known[i].name);
			diag_help(p->diags, NULL, "save it as UTF-8, or convert it: iconv -f UTF-16 -t UTF-8");
			return true;
		}
	return false;
}

bool parse_source(struct parse *p, struct source *source)
{
	int failed;

	if (is_wide(p, source))
		return false;
	skip_mark(p, source);
	scan_begin(p, source);
	failed = parse_parse(p);
	scan_end(p);
	build_refs(p);
	if (!failed && !p->syntax_errors && !node_live(p->tree->root)) {
		parse_error(p, p->token, MSG_NO_NODES);
		diag_help(p->diags, NULL, "the root was deleted: begin it again with / { ... };");
	}
	return !failed && !p->syntax_errors;
}
