/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* check.h - the checks of a whole tree, by name, as -W and -E switch them.
 * Some of them do work as well: they resolve references.  A check runs after those it builds on; when one
 * of these failed it is left out. */
#ifndef OVLC_CHECK_H
#define OVLC_CHECK_H

#include "source.h"
#include "tree.h"

struct checks {
	struct tree *tree;
	struct sources *sources;
	struct diags *diags;
	int phandle_format;
	bool symbols;                   /* -@: labelled nodes stay */
	const struct check *running;
	bool failed;                    /* what is running found something */
	unsigned int n_errors;
};

/* `[no-]name`; false when there is no such check. */
bool check_switch(const char *option, bool error);

/* needs: the merged tree.  Returns whether no check of error level found something. */
bool check_run(struct checks *c);

/* For the checks: a finding at a place. */
void check_fail(struct checks *c, struct pos at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void check_note(struct checks *c, struct pos at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
