/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* mutant.c - which mutant a program is, from its environment, and what of them it reached.
 * MUTANT is a number of mutate.py's list, none when absent.  MUTANT_STEPS is how many places may be passed
 * before it counts as without end: the status is 98 then.  With MUTANT_EACH the program is each of the mutants whose
 * numbers stdin has, one after the other, for so many seconds at the most, and its output the numbers of those with
 * which its status is 0.  MUTANT_REACHED is a file: eight bytes that
 * hold the most steps of any program so far, then one for each mutant; all is added to, never taken away. */
#include "mutant.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 1 << 16, ENDLESS = 98 };

unsigned int mutant_chosen;
static unsigned char unread[MOST];
unsigned char *mutant_reached = unread;
unsigned long mutant_steps = ~0ul;
static unsigned long allowed = ~0ul;
static uint64_t *most;

void mutant_out_of_steps(void)
{
	_exit(ENDLESS);
}

/* Goes on in each mutant's process, and never in the first one. */
static void be_each(unsigned int seconds)
{
	unsigned int number;
	int status = 0;

	while (scanf("%u", &number) == 1) {
		pid_t child = fork();

		if (child == 0) {
			mutant_chosen = number;
			alarm(seconds);
			if (!freopen("/dev/null", "w", stdout))
				_exit(ENDLESS);
			return;
		}
		if (child < 0 || waitpid(child, &status, 0) < 0)
			_exit(ENDLESS);
		if (status == 0)
			printf("%u\n", number);
		fflush(stdout);
	}
	_exit(0);
}

__attribute__((constructor)) static void choose(void)
{
	const char *chosen = getenv("MUTANT"), *steps = getenv("MUTANT_STEPS"), *file = getenv("MUTANT_REACHED");
	const char *each = getenv("MUTANT_EACH");
	size_t bytes = sizeof(*most) + MOST;
	int fd;

	if (chosen)
		mutant_chosen = (unsigned int)strtoul(chosen, NULL, 10);
	if (steps)
		allowed = mutant_steps = strtoul(steps, NULL, 10);
	if (each)
		be_each((unsigned int)strtoul(each, NULL, 10));
	if (!file)
		return;
	fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || ftruncate(fd, (off_t)bytes))
		_exit(ENDLESS);
	most = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (most == MAP_FAILED)
		_exit(ENDLESS);
	mutant_reached = (unsigned char *)(most + 1);
	close(fd);
}

__attribute__((destructor)) static void tell(void)
{
	if (most && *most < allowed - mutant_steps)
		*most = allowed - mutant_steps;
}
