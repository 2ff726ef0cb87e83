/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* params.c - fuzz target: parameters of any overlay, by `__overrides__` and `__holes__`.
 * Parts: the base, the overlay, two settings NAME=VALUE.  What is filled is a whole overlay that has no parameters
 * left to be told; applied to the base it gives what apply with the same settings gives. */

#include "files.h"

void fuzz_start(void)
{
	files_quiet();
}

static int apply(const char *one, const char *two)
{
	return *two ? ovl("apply", "base", "overlay", "--param", one, "--param", two, "-o", "out")
	     : *one ? ovl("apply", "base", "overlay", "--param", one, "-o", "out")
		    : ovl("apply", "base", "overlay", "-o", "out");
}

static void try_fill(const char *one, const char *two)
{
	if (ovl("fill", "overlay", one, two, "--base", "base", "-o", "out"))
		return;
	keep_blob("filled");
	ovl("params", "filled");
}

void fuzz_target(struct input *input)
{
	char one[WORD], two[WORD];

	word_of(&input->parts[2], one);
	word_of(&input->parts[3], two);
	files_put_part("base", &input->parts[0]);
	files_put_part("overlay", &input->parts[1]);
	ovl("params", "overlay");
	try_fill(one, two);
	if (apply(one, two) == 0)
		keep_blob("result");
	files_clear();
}
