/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* progress.h - work that takes more than a second says on a terminal what it is at: one line, drawn anew each
 * second, and taken away before anything else is written there.
 * Quick work says nothing and pays nothing.  Standard output is not looked at: start it only where the result
 * goes to a file. */
#ifndef OVL_HOST_PROGRESS_H
#define OVL_HOST_PROGRESS_H

/* Does nothing unless standard error is a terminal that can erase a line.  program is borrowed. */
void progress_start(const char *program);

/* What is done from now on, and to what: "reading", "board.dts". */
void progress_now(const char *doing, const char *name);

/* Take the line away, until something else is done. */
void progress_clear(void);

#endif
