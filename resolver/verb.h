/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* verb.h - what the verbs of ovl share: their table entries, their options, their exit statuses.
 * A verb's file begins with its table of options; help, usage and the reading of the command line
 * come from that table. */
#ifndef OVL_RESOLVER_VERB_H
#define OVL_RESOLVER_VERB_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "diag.h"
#include "help.h"

/* Exit status of every verb but those with another program's command line, which have its two. */
enum status {
	DONE = 0,
	DIFFERS = 1, /* or there are findings */
	USAGE = 2,
	MALFORMED = 3,	/* an input is no blob, or no overlay */
	UNRESOLVED = 4, /* a label, a path, a phandle is not there */
	CONFLICT = 5,
	POLICY = 6, /* something is not allowed, or beyond a limit */
	NO_IO = 7,  /* a file cannot be read or written, or there is no memory */
};

struct verb {
	const char *name;
	const char *program;  /* how it is called: "ovl NAME", or NAME of a verb with the command
			       * line of another program, which is also taken by that name */
	const char *synopsis; /* what follows that on the command line; " | " between ways to call it */
	const char *summary;  /* one line for the list of verbs */
	const char *more;     /* what the help of the verb adds, or NULL */
	const struct option_row *options;
	size_t n_options;
	enum status (*run)(const struct verb *verb, struct diags *diags, int argc, char **argv);
};

/* Every verb, in the order of the help. */
#define VERBS(VERB) \
	VERB(apply) \
	VERB(remove) \
	VERB(list) \
	VERB(fill) \
	VERB(params) \
	VERB(merge) \
	VERB(image) \
	VERB(filter) \
	VERB(extract) \
	VERB(check) \
	VERB(get) \
	VERB(set) \
	VERB(put) \
	VERB(diff) \
	VERB(symbols) \
	VERB(explain) \
	VERB(tree) \
	VERB(report) \
	VERB(rebase) \
	VERB(dump) \
	VERB(fdtget) \
	VERB(fdtput) \
	VERB(fdtdump) \
	VERB(fdtoverlay)

#define VERB_EXTERN(name) extern const struct verb verb_##name;
VERBS(VERB_EXTERN)
#undef VERB_EXTERN

/* ---------------------------------------------------------------- options.c */

#define MAX_OPTIONS 32

struct options {
	const struct verb *verb;
	struct diags *diags;
	int argc;
	char **argv;
	char letters[MAX_OPTIONS * 2 + 2];
	struct option longs[MAX_OPTIONS + 1];
};

/* What options_next() returns beside an option's letter. */
enum { OPTIONS_END = -1, OPTIONS_HELPED = -2, OPTIONS_WRONG = -3 };

/* argv[0] is the verb's name.  The operands are argv[optind] and on, after OPTIONS_END. */
void options_start(struct options *options, const struct verb *verb, struct diags *diags, int argc,
		   char **argv);
int options_next(struct options *options);

/* Report a wrong command line; returns USAGE. */
enum status usage_error(struct diags *diags, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The version of dtc that a verb with the command line of one of its programs stands for; 0. */
enum status drop_in_version(void);

void verb_help(const struct verb *verb);

#endif
