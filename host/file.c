/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* file.c - read whole files, and write them all or nothing, see file.h. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---------------------------------------------------------------- reading */

static int read_all(int fd, size_t guess, struct file_bytes *file)
{
	size_t room = guess + 3, len = 0;
	unsigned char *bytes = malloc(room), *more;
	ssize_t n;

	for (;;) {
		if (!bytes)
			return ENOMEM;
		n = read(fd, bytes + len, room - 2 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
		if (len > FILE_MAX_BYTES) {
			free(bytes);
			return EFBIG;
		}
		if (len < room - 2)
			continue;
		more = realloc(bytes, room * 2);
		if (!more)
			free(bytes);
		bytes = more;
		room *= 2;
	}
	if (n < 0) {
		n = errno;
		free(bytes);
		return (int)n;
	}
	bytes[len] = bytes[len + 1] = 0;
	file->bytes = bytes;
	file->len = len;
	return 0;
}

int file_read(const char *path, struct file_bytes *file)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC), error = 0;
	struct stat st;

	memset(file, 0, sizeof(*file));
	if (fd < 0)
		return errno;
	if (fstat(fd, &st))
		error = errno;
	else if (S_ISDIR(st.st_mode))
		error = EISDIR;
	else if (S_ISREG(st.st_mode) && (uintmax_t)st.st_size > FILE_MAX_BYTES)
		error = EFBIG;
	else
		error = read_all(fd, S_ISREG(st.st_mode) ? (size_t)st.st_size : 65536, file);
	if (fd != STDIN_FILENO)
		close(fd);
	return error;
}

void file_free(struct file_bytes *file)
{
	free(file->bytes);
	memset(file, 0, sizeof(*file));
}

/* ---------------------------------------------------------------- writing */

static int write_all(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_in_place(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error;

	if (fd < 0)
		return errno;
	error = write_all(fd, bytes, len);
	if (close(fd) && !error)
		error = errno;
	return error;
}

/* A new file with a name of its own beside path; its mode is the old file's, or what creat() would give. */
static int open_beside(const char *path, const struct stat *old, char **name)
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	if (asprintf(name, "%s.XXXXXX", path) < 0) {
		*name = NULL;
		errno = ENOMEM;
		return -1;
	}
	fd = mkostemp(*name, O_CLOEXEC);
	if (fd >= 0 && fchmod(fd, old ? old->st_mode & 07777 : 0666 & ~mask)) {
		int error = errno;

		close(fd);
		unlink(*name);
		errno = error;
		fd = -1;
	}
	return fd;
}

static int replace(const char *path, const struct stat *old, const void *bytes, size_t len)
{
	char *name;
	int fd = open_beside(path, old, &name), error = fd < 0 ? errno : 0;

	if (!error)
		error = write_all(fd, bytes, len);
	if (fd >= 0 && close(fd) && !error)
		error = errno;
	if (!error && rename(name, path))
		error = errno;
	if (error && fd >= 0)
		unlink(name);
	free(name);
	return error;
}

int file_write(const char *path, const void *bytes, size_t len)
{
	struct stat st;
	char *real;
	int error;

	if (strcmp(path, "-") == 0)
		return write_all(STDOUT_FILENO, bytes, len);
	if (stat(path, &st)) {
		/* A link that leads nowhere stays one. */
		if (errno != ENOENT)
			return errno;
		if (lstat(path, &st) == 0)
			return ENOENT;
		return replace(path, NULL, bytes, len);
	}
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (!S_ISREG(st.st_mode))
		return write_in_place(path, bytes, len);
	if (access(path, W_OK))
		return errno;
	real = realpath(path, NULL);
	if (!real)
		return errno;
	error = replace(real, &st, bytes, len);
	free(real);
	return error;
}
