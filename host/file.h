/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* file.h - whole files in, whole files out.
 * Reading gives bytes that stay until file_free().  Writing is all or nothing: a regular file is
 * written beside its place under a temporary name and renamed; links are followed to what they
 * name; devices and pipes are written in place; every error, the flush and close included, is
 * reported. */
#ifndef OVL_HOST_FILE_H
#define OVL_HOST_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct file_bytes {
	unsigned char *bytes; /* len bytes, then two NULs that len does not count */
	size_t len;
};

/* The largest file that is read: no blob and no source is larger.  A file that goes on beyond it
 * (an endless device) gives EFBIG. */
#define FILE_MAX_BYTES ((size_t)1 << 30)

/* path "-" is standard input.  Returns 0 or an errno value; on error nothing is held. */
int file_read(const char *path, struct file_bytes *file);

/* Whether path is standard input, and that was read already: there is nothing more in it. */
bool file_is_used_up(const char *path);
void file_free(struct file_bytes *file);

/* The same, but its first start_bytes, or all there is, decide how many bytes are read: 0 for none
 * beyond them.  Each byte is read once. */
typedef size_t file_decide_fn(void *arg, const unsigned char *start, size_t len);
int file_read_start(const char *path, size_t start_bytes, file_decide_fn *decide, void *arg,
		    struct file_bytes *file);

/* What stands in a file, or goes there; path "-" is standard output, NULL leaves it out.  It is not written over a file
 * that was read, but for the one that over names: what it is made of, and may take the place of; or NULL. */
struct output {
	const char *path;
	const void *bytes;
	size_t len;
	const char *over;
};

/* What file_write() returns for an output that goes where the one before it does, or where something was read. */
#define FILE_TWICE (-1)
#define FILE_WAS_READ (-2)

/* Returns 0 or an errno value, and then which of the n outputs it is of; on error every file is as it was, and one that
 * was not there is not: only where a file of several cannot take its place at the very end, those before it have.
 * Devices, pipes and standard output have taken what came before the error.  A new file has the mode that creat()
 * gives, an old one keeps its own. */
int file_write(const struct output *outputs, size_t n, size_t *failed);

#endif
