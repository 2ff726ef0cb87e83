/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* files.h - the files of a hosted target, which are held in memory, and the commands called on them.
 * files.c takes the place of host/file.c: what ovl and ovlc read and write is what stands here. */
#ifndef OVL_FUZZ_FILES_H
#define OVL_FUZZ_FILES_H

#include "file.h"
#include "fuzz.h"

/* A file is there, with a copy of these bytes; an older one of that name is gone. */
void files_put(const char *name, const void *bytes, size_t len);

/* What stands in a file; NULL when there is none.  Borrowed until it is written anew. */
const struct file_bytes *files_get(const char *name);
bool files_same(const char *one, const char *other);
void files_remove(const char *name);
void files_clear(void);

/* What the commands print goes nowhere from here on. */
void files_quiet(void);

/* ---------------------------------------------------------------- command.c */

/* A command and the words of its command line up to a NULL, those that are empty left out: its exit status, which
 * is one of those that are documented.  A file called "out" that the words name is there afterwards when, and only
 * when, that is 0. */
int command(const char *program, ...) __attribute__((sentinel));
#define ovl(...) command("ovl", __VA_ARGS__, (char *)NULL)
#define ovlc(...) command("ovlc", __VA_ARGS__, (char *)NULL)

/* A part as a word of a command line, cut off where it is too long.  What begins with a dash would be an option. */
enum { WORD = 48 };
void word_of(const struct part *part, char word[WORD]);

void files_put_part(const char *name, const struct part *part);

/* What stands in "out" is a whole blob, and is kept under this name. */
void keep_blob(const char *name);

#endif
