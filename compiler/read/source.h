/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* source.h - the text of a run: the input, and every file it includes.
 * All texts lie behind each other in one space of 32-bit offsets, so a position is two numbers; file, line
 * and column are worked out when a message needs them, through `# N "file"` markers where there are any. */
#ifndef OVLC_SOURCE_H
#define OVLC_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "diag.h"
#include "file.h"
#include "tree.h"

struct line_marker {
	uint32_t offset;                /* where the line after the marker begins */
	uint32_t line;                  /* its number */
	const char *file;
};

struct source {
	const char *name;               /* as opened: directory and all; "<stdin>" for "-" */
	struct file_bytes text;
	uint32_t base;                  /* of its text in the space of offsets */
	struct source *includer;
	struct line_marker *markers;
	size_t n_markers, markers_room;
	uint32_t *lines;                /* offset of each line, made when first needed */
	size_t n_lines;
};

struct sources {
	struct diags *diags;
	struct pool *pool;
	struct source **all;            /* ascending by base */
	struct source *main;            /* what is compiled, preprocessed */
	size_t n, room;
	uint32_t next_base;             /* from 1 on: 0 is nowhere */
	const char *unplaced;           /* the file that things without a position come from, or NULL */
	const char **search;            /* -i, in order */
	size_t n_search, search_room;
	const char **deps;              /* every file that was read, for -d */
	size_t n_deps, deps_room;
};

void sources_init(struct sources *s, struct diags *diags, struct pool *pool);
void sources_free(struct sources *s);
void sources_search(struct sources *s, const char *dir);
void sources_depend(struct sources *s, const char *file);

/* Open the input ("-" for standard input), or bytes that come from elsewhere under a name. */
struct source *source_open(struct sources *s, const char *path);
struct source *source_from(struct sources *s, const char *name, struct file_bytes text);

/* Whether a source can be read as one; what cannot is told. */
bool source_is_text(struct sources *s, const struct source *source);

/* Open what a source includes: beside it first, then along -i.  Says what is wrong itself. */
struct source *source_include(struct sources *s, struct source *from, const char *path, struct pos at);

/* The name under which an included or /incbin/ file can be opened; NULL when there is none. */
const char *source_find(struct sources *s, const struct source *from, const char *path);
void source_not_found(struct sources *s, const struct source *from, const char *path, struct pos at);

/* Offer the name of every macro that the files read so far define. */
void source_offer_macros(struct sources *s, struct diag_nearest *nearest);

void source_add_marker(struct sources *s, struct source *source, uint32_t offset, uint32_t line,
		       const char *file);

struct diag_place source_place(struct sources *s, struct pos pos);

/* Belongs to the error just reported: what should stand at pos, or before pos.start when pos is empty.
 * Nothing is suggested for a line that the preprocessor changed. */
void source_suggest(struct sources *s, struct pos pos, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
diag_line_fn source_line;

#endif
