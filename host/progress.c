/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* progress.c - a timer that tells each second what is being done, see progress.h.
 * The text is made where the work is; the handler, which may interrupt anything, only writes what is ready. */
#include "progress.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define ERASE "\r\033[K"

static const char *owner; /* NULL: not started */
static char line[80];
static volatile sig_atomic_t line_len; /* 0 while the line is made */
static volatile sig_atomic_t shown;

static void show(int signal_number)
{
	/* A terminal that is gone is no reason to stop. */
	ssize_t written = line_len ? write(STDERR_FILENO, line, (size_t)line_len) : 0;

	(void)signal_number;
	shown |= written > 0;
}

void progress_start(const char *program)
{
	const struct sigaction action = { .sa_handler = show, .sa_flags = SA_RESTART };
	const struct itimerval every = { { 1, 0 }, { 1, 0 } };
	const char *term = getenv("TERM");

	if (!isatty(STDERR_FILENO) || !term || strcmp(term, "dumb") == 0)
		return;
	owner = program;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
}

void progress_now(const char *doing, const char *name)
{
	size_t at = strlen(ERASE);

	if (!owner)
		return;
	line_len = 0;
	snprintf(line, sizeof(line), ERASE "%s: %s %s", owner, doing, name);
	/* A name is not to steer the terminal. */
	for (; line[at]; at++)
		if ((unsigned char)line[at] < ' ' || line[at] == 0x7f)
			line[at] = '?';
	line_len = (sig_atomic_t)at;
}

void progress_clear(void)
{
	line_len = 0;
	if (shown && write(STDERR_FILENO, ERASE, strlen(ERASE)) >= 0)
		shown = 0;
}
