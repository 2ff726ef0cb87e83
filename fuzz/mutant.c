/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* mutant.c - mutated sources as files, for sources.py.
 * In: how many, the number of the first, the folder with the seeds of the target source, and where they go: the
 * first part of each mutant, as NUMBER.dts. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "mutants.h"

static const char *folder;
static unsigned long number;

void fuzz_target(struct input *input)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%lu.dts", folder, number);
	out = fopen(path, "wb");
	EXPECT(out && fwrite(input->parts[0].bytes, 1, input->parts[0].len, out) == input->parts[0].len);
	EXPECT(fclose(out) == 0);
}

int main(int argc, char **argv)
{
	static uint8_t bytes[MOST_MUTANT];
	unsigned long end;

	if (argc != 5)
		return 2;
	number = strtoul(argv[2], NULL, 0);
	end = number + strtoul(argv[1], NULL, 0);
	folder = argv[4];
	EXPECT(mutants_seeds(argv[3]));
	for (; number < end; number++)
		LLVMFuzzerTestOneInput(bytes, mutants_make(number, bytes));
	return 0;
}
