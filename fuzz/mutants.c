/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* mutants.c - seeds and a number into a mutant, see mutants.h. */
#include "mutants.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "mutate.h"

enum { MOST_SEEDS = 1024 };

static struct part seeds[MOST_SEEDS];
static size_t n_seeds;

static void read_seed(const char *folder, const char *name)
{
	static unsigned char bytes[MOST_MUTANT / 2];
	char path[4096];
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	in = name[0] == '.' || n_seeds == MOST_SEEDS ? NULL : fopen(path, "rb");
	if (!in)
		return;
	seeds[n_seeds].len = fread(bytes, 1, sizeof(bytes), in);
	fclose(in);
	seeds[n_seeds].bytes = malloc(seeds[n_seeds].len + 1);
	EXPECT(seeds[n_seeds].bytes);
	memcpy(seeds[n_seeds].bytes, bytes, seeds[n_seeds].len);
	n_seeds++;
}

size_t mutants_seeds(const char *folder)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		read_seed(folder, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return n_seeds;
}

size_t mutants_make(unsigned long number, uint8_t input[MOST_MUTANT])
{
	const struct part *seed, *other;
	size_t size;

	random_seed(number);
	seed = &seeds[random_below(n_seeds)];
	other = &seeds[random_below(n_seeds)];
	memcpy(input, seed->bytes, seed->len);
	size = seed->len;
	for (uint32_t times = 1 + random_below(3); times; times--)
		size = mutate_input(input, size, MOST_MUTANT, (struct donor){ other->bytes, other->len });
	return size;
}
