/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* parse.c - read the whole input: run the parser over the scanner, and say whether a tree came of it. */
#include "parse.h"

#include <stdlib.h>
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

	skip_mark(p, source);
	if (!scan_begin(p, source)) {
		diag_error(p->diags, NULL, MSG_NO_MEMORY);
		return false;
	}
	failed = parse_parse(p);
	scan_end(p);
	free(p->value);
	return !failed && !p->syntax_errors && p->tree->root;
}
