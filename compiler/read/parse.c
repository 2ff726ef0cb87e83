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

bool parse_source(struct parse *p, struct source *source)
{
	int failed;

	if (!source_is_text(p->sources, source))
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
