/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* main.c - a fuzz target as a program: under AFL++ (compiled with afl-clang-fast) it takes inputs out of shared
 * memory for as long as it is given some; compiled with anything else it replays the files and folders named
 * on its command line, and says how many.  libFuzzer brings a main() of its own. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#ifdef __AFL_COMPILER

__AFL_FUZZ_INIT();

int main(void)
{
	const unsigned char *bytes;

	__AFL_INIT();
	bytes = __AFL_FUZZ_TESTCASE_BUF;
	while (__AFL_LOOP(10000))
		LLVMFuzzerTestOneInput(bytes, (size_t)__AFL_FUZZ_TESTCASE_LEN);
	return 0;
}

#else

enum { MOST_BYTES = 1 << 20 };

static void replay_file(const char *path)
{
	static unsigned char bytes[MOST_BYTES];
	FILE *in = fopen(path, "rb");
	size_t len;

	if (!in) {
		perror(path);
		exit(2);
	}
	len = fread(bytes, 1, sizeof(bytes), in);
	fclose(in);
	LLVMFuzzerTestOneInput(bytes, len);
}

static unsigned int replay(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);
	unsigned int replayed = 0;
	char file[4096];

	if (n < 0) {
		replay_file(path);
		return 1;
	}
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.') {
			replay_file(file);
			replayed++;
		}
		free(names[i]);
	}
	free(names);
	return replayed;
}

int main(int argc, char **argv)
{
	unsigned int replayed = 0;

	for (int i = 1; i < argc; i++)
		replayed += replay(argv[i]);
	dprintf(STDOUT_FILENO, "%u inputs replayed\n", replayed);
	return 0;
}

#endif
