/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* compile.h - from an input to a whole tree, and from a whole tree back to source. */
#ifndef OVLC_COMPILE_H
#define OVLC_COMPILE_H

#include "options.h"

/* Exit status, as dtc's. */
enum { DONE = 0, FAILED = 1, CHECKS_FAILED = 2 };

/* Source becomes a blob, and what is none becomes source. */
enum form output_form(const struct options *o, const struct sources *sources);

/* Everything that happens to a tree between reading and writing.  Errors are reported. */
int compile(const struct options *o, struct sources *sources, struct tree *tree);

/* The same for the base of an overlay: a source as with -@, with a phandle for each node that has a label; what is
 * compiled already has those that it has. */
int compile_base(struct options *o, struct sources *sources, struct tree *tree);

/* As compile(), for a source that is at hand. */
int compile_source(const struct options *o, struct sources *sources, struct tree *tree,
		   struct source *source);

/* Read once more, with other sources and into another tree, what was compiled. */
bool read_again(struct sources *sources, struct tree *tree, const struct source *source);

/* The tree as source that compiles, with the same options, to the blob of this tree: the shortest form of
 * which that is true, found by trying.  False when an error was reported. */
bool decompile(const struct options *o, struct sources *sources, struct tree *tree, struct bytes *out);

#endif
