/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* help.c - help within 80 columns, see help.h.
 * Everything goes through one function that puts words on lines. */
#include "help.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 80, ITEM_COLUMN = 14, OPTION_COLUMN = 30 };

/* Put words, the last of which ends at len, from a column on; further lines begin at indent.  Spaces between
 * words stay as they are, and a line's end in the text is one.  Returns the column after the last. */
static int put_words(const char *text, size_t len, int column, int indent)
{
	const char *at = text, *end = text + len;

	while (at < end) {
		int spaces = (int)strspn(at, " \n");
		const char *word = at + spaces;
		int letters = (int)strcspn(word, " \n");

		if (column > indent && column + spaces + letters > COLUMNS) {
			printf("\n%*s", indent, "");
			column = indent;
			spaces = 0;
		}
		printf("%*s%.*s", spaces, "", letters, word);
		column += spaces + letters;
		at = word + letters;
	}
	return column;
}

/* Where the way to call that text begins with ends: before a " | " outside brackets. */
static const char *way_end(const char *text)
{
	int depth = 0;

	for (; *text; text++) {
		if (*text == '[')
			depth++;
		else if (*text == ']')
			depth--;
		else if (depth == 0 && strncmp(text, " | ", 3) == 0)
			break;
	}
	return text;
}

void help_usage(const char *program, const char *synopsis)
{
	const char *end, *way = synopsis, *lead = "Usage:";

	for (; way; way = *end ? end + 3 : NULL) {
		int column = printf("%-6s %s ", lead, program);

		end = way_end(way);
		put_words(way, (size_t)(end - way), column, column);
		printf("\n");
		lead = "";
	}
}

/* A text beside a heading that took so many columns, or below it when it took too many. */
static void put_beside(int column, int wanted, const char *text)
{
	if (column + 1 >= wanted) {
		printf("\n");
		column = 0;
	}
	printf("%*s", wanted - column, "");
	put_words(text, strlen(text), wanted, wanted);
	printf("\n");
}

void help_option(const struct option_row *row)
{
	char letter[] = "-?,";

	letter[1] = (char)row->letter;
	put_beside(printf("  %3s --%s%s%s", row->letter < 256 ? letter : "", row->name, row->argument ? " " : "",
			  row->argument ? row->argument : ""), OPTION_COLUMN, row->help);
}

void help_item(const char *name, const char *text)
{
	put_beside(printf("  %s", name), ITEM_COLUMN, text);
}

void help_text(const char *text)
{
	for (const char *end; (end = strstr(text, ".\n")); text = end + 2) {
		put_words(text, (size_t)(end + 1 - text), 0, 0);
		printf("\n");
	}
}
