/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* command.c - a whole command, ovl or ovlc, called again and again without a process of its own, see files.h.
 * Its main() is compiled as command_main(); what it reads, writes and prints files.c takes care of. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "files.h"

enum { MOST_WORDS = 24, MOST_WORD = 64, MOST_STATUS = 7 };

int command_main(int argc, char **argv);

int command(const char *program, ...)
{
	static char text[MOST_WORDS][MOST_WORD];
	char *words[MOST_WORDS + 1] = { NULL };
	bool output = false;
	int n = 0, status;
	va_list args;

	va_start(args, program);
	for (const char *word = program; word; word = va_arg(args, const char *)) {
		EXPECT(n < MOST_WORDS);
		if (!*word)
			continue;
		/* getopt_long() moves them about. */
		snprintf(text[n], MOST_WORD, "%s", word);
		output |= strcmp(word, "out") == 0;
		words[n] = text[n];
		n++;
	}
	va_end(args);
	files_remove("out");
	/* The GNU way to begin anew. */
	optind = 0;
	status = command_main(n, words);
	EXPECT(status >= 0 && status <= MOST_STATUS);
	EXPECT(!output || !files_get("out") == (status != 0));
	return status;
}

void word_of(const struct part *part, char word[WORD])
{
	snprintf(word, WORD, "%.*s", (int)part->len, (const char *)part->bytes);
	if (word[0] == '-')
		word[0] = 'x';
}

void files_put_part(const char *name, const struct part *part)
{
	files_put(name, part->bytes, part->len);
}

void keep_blob(const char *name)
{
	const struct file_bytes *out = files_get("out");

	expect_valid(out->bytes, out->len);
	files_put(name, out->bytes, out->len);
}
