/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* options.h - the command line of ovlc: dtc's, and what it has not. */
#ifndef OVLC_OPTIONS_H
#define OVLC_OPTIONS_H

#include "blob.h"
#include "source.h"

enum form { FORM_GUESS, FORM_DTS, FORM_DTB, FORM_FS, FORM_YAML, FORM_ASM, FORM_NULL };
enum cpp_mode { CPP_AUTO, CPP_ALWAYS, CPP_NEVER };

struct options {
	const char *input;              /* "-" for standard input */
	const char *output;             /* -o; "-" for standard output */
	const char *depfile;            /* -d */
	enum form in, out;              /* -I, -O */
	struct blob_options blob;       /* -V -R -S -p -a */
	int quiet;                      /* -q, as often as given */
	bool force, sort, symbols, auto_alias, local_fixups, deletions;
	bool boot_cpu_set;
	uint32_t boot_cpu;              /* -b */
	int annotate;                   /* -T, as often as given */
	int phandle_format;             /* -H */
	enum cpp_mode cpp;              /* --cpp */
	const char **bases;             /* --base: what the overlay is for */
	size_t n_bases, bases_room;
	const char **defines;           /* -D */
	size_t n_defines, defines_room;
	bool format, check;             /* --format, --check */
};

/* Fill options from the command line.  Returns -1 to go on, or the exit status to end with. */
int options_read(struct options *o, int argc, char **argv, struct sources *sources, struct diags *diags);

#endif
