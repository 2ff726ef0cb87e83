/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* files.c - the interface of host/file.h on files that are held in memory, see files.h.
 * Linked in the place of host/file.c, so that a target touches no disk and an input names no file of the machine. */
#include "files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_FILES = 16, MOST_NAME = 32 };

static struct {
	char name[MOST_NAME];
	struct file_bytes file;
} files[MOST_FILES];

static size_t find(const char *name)
{
	size_t i = 0;

	while (i < MOST_FILES && (!files[i].file.bytes || strcmp(files[i].name, name) != 0))
		i++;
	return i;
}

static int copy(const void *bytes, size_t len, struct file_bytes *to)
{
	*to = (struct file_bytes){ malloc(len + 2), len };
	if (!to->bytes)
		return ENOMEM;
	memset(to->bytes + len, 0, 2);
	if (len)
		memcpy(to->bytes, bytes, len);
	return 0;
}

void files_remove(const char *name)
{
	size_t at = find(name);

	if (at < MOST_FILES)
		file_free(&files[at].file);
}

void files_put(const char *name, const void *bytes, size_t len)
{
	struct file_bytes file;
	size_t at = 0;

	EXPECT(strlen(name) < MOST_NAME && copy(bytes, len, &file) == 0);
	files_remove(name);
	while (at < MOST_FILES && files[at].file.bytes)
		at++;
	EXPECT(at < MOST_FILES);
	/* cppcheck-suppress arrayIndexOutOfBoundsCond ; EXPECT() does not return then */
	strcpy(files[at].name, name);
	files[at].file = file;
}

const struct file_bytes *files_get(const char *name)
{
	size_t at = find(name);

	return at < MOST_FILES ? &files[at].file : NULL;
}

bool files_same(const char *one, const char *other)
{
	const struct file_bytes *a = files_get(one), *b = files_get(other);

	return a && b && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

void files_clear(void)
{
	for (size_t i = 0; i < MOST_FILES; i++)
		file_free(&files[i].file);
}

/* glibc lets both be set; libFuzzer keeps the one that it writes to. */
void files_quiet(void)
{
	stdout = stderr = fopen("/dev/null", "w");
	EXPECT(stdout);
}

/* ---------------------------------------------------------------- host/file.h */

int file_read_start(const char *path, size_t start_bytes, file_decide_fn *decide, void *arg, struct file_bytes *file)
{
	const struct file_bytes *there = files_get(path);
	size_t len = there ? there->len : 0, start, most;

	*file = (struct file_bytes){ NULL, 0 };
	if (!there)
		return ENOENT;
	if (decide) {
		start = len < start_bytes ? len : start_bytes;
		most = decide(arg, there->bytes, start);
		most = most < start ? start : most;
		len = len < most ? len : most;
	}
	return copy(there->bytes, len, file);
}

/* Each run has files of its own. */
bool file_is_used_up(const char *path)
{
	(void)path;
	return false;
}

int file_read(const char *path, struct file_bytes *file)
{
	return file_read_start(path, 0, NULL, NULL, file);
}

void file_free(struct file_bytes *file)
{
	free(file->bytes);
	*file = (struct file_bytes){ NULL, 0 };
}

int file_write(const struct output *outputs, size_t n, size_t *failed)
{
	for (size_t i = 0; i < n; i++)
		if (outputs[i].path && strlen(outputs[*failed = i].path) >= MOST_NAME)
			return ENAMETOOLONG;
	for (size_t i = 0; i < n; i++)
		if (outputs[i].path)
			files_put(outputs[i].path, outputs[i].bytes, outputs[i].len);
	return 0;
}

/* Linked with --wrap=access: whether an included file is there. */
int __wrap_access(const char *path, int mode);
int __wrap_access(const char *path, int mode)
{
	(void)mode;
	if (files_get(path))
		return 0;
	errno = ENOENT;
	return -1;
}
