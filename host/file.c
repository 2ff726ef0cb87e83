/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* file.c - read whole files, and write them all or nothing, see file.h. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "progress.h"

/* A file must not become standard input, output or error where the caller closed those: what is
 * printed would end up in it. */
static int open_file(const char *path, int flags, mode_t mode)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY, mode), low = fd, error;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	fd = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	error = errno;
	close(low);
	errno = error;
	return fd;
}

/* ---------------------------------------------------------------- reading */

/* What was read so far; room is what there is for it, without the two NULs; size is what a regular file says that it
 * has, or 0. */
struct reading {
	unsigned char *bytes;
	size_t len, room, size;
};

/* The kernel brings a large page as fast as a small one, of which it takes 512.  Asked for a part of the memory only, it
 * could not enlarge that later without a copy. */
static void want_large_pages(const void *bytes, size_t size)
{
	enum { PAGE = 4096, LARGE_PAGE = 2 << 20 };
	uintptr_t from = (uintptr_t)bytes & ~(uintptr_t)(PAGE - 1);

	if (size >= LARGE_PAGE)
		madvise((void *)from, ((uintptr_t)bytes + size - from + PAGE - 1) & ~(size_t)(PAGE - 1), MADV_HUGEPAGE);
}

static bool more_room(struct reading *r, size_t room)
{
	unsigned char *bytes = realloc(r->bytes, room + 2);

	if (!bytes)
		return false;
	want_large_pages(bytes, room);
	r->bytes = bytes;
	r->room = room;
	return true;
}

/* Until there are most bytes, or no more.  Who asked for more than came, and has all that there should be, need not
 * ask again. */
static int read_up_to(int fd, struct reading *r, size_t most)
{
	ssize_t n = 1;

	while (n && r->len < most) {
		size_t wanted = (r->room < most ? r->room : most) - r->len;

		if (r->len == r->room) {
			if (!more_room(r, r->room * 2))
				return ENOMEM;
			continue;
		}
		n = read(fd, r->bytes + r->len, wanted);
		if (n < 0 && errno != EINTR)
			return errno;
		r->len += n < 0 ? 0 : (size_t)n;
		if (n > 0 && (size_t)n < wanted && r->len == r->size)
			break;
	}
	return 0;
}

/* The start first, when there is somebody to decide on it. */
static int read_decided(int fd, struct reading *r, size_t start_bytes, file_decide_fn *decide,
			void *arg)
{
	size_t most = FILE_MAX_BYTES + 1;
	int error;

	if (decide) {
		error = read_up_to(fd, r, start_bytes);
		if (error)
			return error;
		most = decide(arg, r->bytes, r->len);
	}
	error = read_up_to(fd, r, most);
	return !error && r->len > FILE_MAX_BYTES ? EFBIG : error;
}

/* The regular files that were read, each time that one was. */
static struct which { dev_t dev; ino_t ino; } *were_read;
static size_t n_read, room_read;

static int note_read(const struct stat *st)
{
	struct which *larger;

	if (n_read == room_read) {
		larger = realloc(were_read, (2 * room_read + 16) * sizeof(*larger));
		if (!larger)
			return ENOMEM;
		were_read = larger;
		room_read = 2 * room_read + 16;
	}
	were_read[n_read++] = (struct which){ st->st_dev, st->st_ino };
	return 0;
}

static bool was_read(const struct stat *st)
{
	for (size_t i = 0; i < n_read; i++)
		if (were_read[i].dev == st->st_dev && were_read[i].ino == st->st_ino)
			return true;
	return false;
}

static int read_fd(int fd, size_t start_bytes, file_decide_fn *decide, void *arg,
		   struct file_bytes *file)
{
	struct reading r = { .bytes = NULL };
	struct stat st;
	int error = 0;

	if (fstat(fd, &st))
		error = errno;
	else if (S_ISDIR(st.st_mode))
		error = EISDIR;
	else if (!decide && S_ISREG(st.st_mode) && (uintmax_t)st.st_size > FILE_MAX_BYTES)
		error = EFBIG;
	/* One byte more than the file has, to see its end without growing. */
	else if (!more_room(&r, !decide && S_ISREG(st.st_mode) ? (size_t)st.st_size + 1 : 65536))
		error = ENOMEM;
	if (!error && S_ISREG(st.st_mode)) {
		r.size = (size_t)st.st_size;
		error = note_read(&st);
	}
	if (!error)
		error = read_decided(fd, &r, start_bytes, decide, arg);
	if (error) {
		free(r.bytes);
		return error;
	}
	r.bytes[r.len] = r.bytes[r.len + 1] = 0;
	*file = (struct file_bytes){ r.bytes, r.len };
	return 0;
}

static bool standard_was_read;

bool file_is_used_up(const char *path)
{
	return standard_was_read && strcmp(path, "-") == 0;
}

int file_read_start(const char *path, size_t start_bytes, file_decide_fn *decide, void *arg,
		    struct file_bytes *file)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd, error;

	memset(file, 0, sizeof(*file));
	progress_now("reading", is_stdin ? "standard input" : path);
	fd = is_stdin ? STDIN_FILENO : open_file(path, O_RDONLY, 0);
	if (fd < 0)
		return errno;
	standard_was_read |= is_stdin;
	error = read_fd(fd, start_bytes, decide, arg, file);
	if (fd != STDIN_FILENO)
		close(fd);
	return error;
}

int file_read(const char *path, struct file_bytes *file)
{
	return file_read_start(path, 0, NULL, NULL, file);
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

static int close_file(int fd, int error)
{
	return close(fd) && !error ? errno : error;
}

/* Some file systems tell only on closing what could not be written; a second descriptor is closed,
 * for the first is not ours. */
static int write_stdout(const void *bytes, size_t len)
{
	int error = fflush(stdout) ? errno : write_all(STDOUT_FILENO, bytes, len), twin;

	if (error)
		return error;
	twin = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return twin < 0 ? errno : close_file(twin, 0);
}

static int write_in_place(const char *path, const void *bytes, size_t len)
{
	int fd = open_file(path, O_WRONLY, 0);

	return fd < 0 ? errno : close_file(fd, write_all(fd, bytes, len));
}

/* An output on its way: a regular file is written under another name until all are. */
struct waiting {
	enum { NOWHERE, STANDARD_OUTPUT, IN_PLACE, BESIDE } where;
	char *path, *name;
};

/* A new file in the directory of path; number tells it from others of this process.  0666 and the umask give it the
 * mode that any new file has. */
static int open_beside(struct waiting *w, const char *path, size_t number)
{
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash + 1 - path) : 0, fd = -1;
	size_t room = (size_t)dir_len + sizeof(".ovl--") + 2 * sizeof("18446744073709551615");

	w->path = strdup(path);
	w->name = malloc(room);
	if (!w->path || !w->name)
		return -1;
	for (size_t i = 0; i < 1000 && fd < 0; i++) {
		snprintf(w->name, room, "%.*s.ovl-%ld-%zu", dir_len, path, (long)getpid(), number + i);
		fd = open_file(w->name, O_WRONLY | O_CREAT | O_EXCL, 0666);
		if (fd < 0 && errno != EEXIST)
			return -1;
	}
	return fd;
}

/* What replaces a file keeps its mode, and its owner where that may be done. */
static int keep_mode(int fd, const struct stat *old)
{
	struct stat st;
	mode_t mode = old->st_mode & 07777;

	if (fstat(fd, &st))
		return errno;
	if ((st.st_uid != old->st_uid || st.st_gid != old->st_gid) &&
	    fchown(fd, old->st_uid, old->st_gid))
		mode &= 0777;
	return mode != (st.st_mode & 07777) && fchmod(fd, mode) ? errno : 0;
}

/* Where a path leads, through links, the last of which may name a file that is not there yet. */
static int follow_links(char path[PATH_MAX])
{
	char link[PATH_MAX];

	for (int i = 0; i < 40; i++) {
		ssize_t n = readlink(path, link, sizeof(link));
		char *slash = strrchr(path, '/');
		size_t dir_len;

		if (n < 0)
			return errno == EINVAL || errno == ENOENT ? 0 : errno;
		dir_len = slash && link[0] != '/' ? (size_t)(slash + 1 - path) : 0;
		if (dir_len + (size_t)n >= PATH_MAX)
			return ENAMETOOLONG;
		memcpy(path + dir_len, link, (size_t)n);
		path[dir_len + (size_t)n] = 0;
	}
	return ELOOP;
}

static bool is_stdout(const struct stat *st)
{
	struct stat out;

	return fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == st->st_dev &&
	       out.st_ino == st->st_ino;
}

static int write_beside(struct waiting *w, size_t number, const struct stat *old, const struct output *output)
{
	char path[PATH_MAX];
	int error, fd;

	strcpy(path, output->path);
	error = follow_links(path);
	if (error)
		return error;
	fd = open_beside(w, path, number);
	if (fd < 0)
		return errno;
	w->where = BESIDE;
	if (old)
		error = keep_mode(fd, old);
	if (!error)
		error = write_all(fd, output->bytes, output->len);
	return close_file(fd, error);
}

/* Whether it would be written over a file that it has nothing to do with. */
static bool is_input(const struct output *output, const struct stat *st)
{
	struct stat over;

	return was_read(st) && !(output->over && stat(output->over, &over) == 0 && over.st_dev == st->st_dev &&
				 over.st_ino == st->st_ino);
}

/* Decide where it goes, and write what is a regular file. */
static int prepare(struct waiting *w, size_t number, const struct output *output)
{
	const char *path = output->path;
	struct stat st;
	bool exists;

	if (!path)
		return 0;
	if (strcmp(path, "-") == 0) {
		w->where = STANDARD_OUTPUT;
		return 0;
	}
	progress_now("writing", path);
	if (strlen(path) >= PATH_MAX)
		return ENAMETOOLONG;
	exists = stat(path, &st) == 0;
	if (!exists && errno != ENOENT)
		return errno;
	if (exists && S_ISDIR(st.st_mode))
		return EISDIR;
	/* /dev/stdout may be a file too. */
	if (exists && (is_stdout(&st) || !S_ISREG(st.st_mode))) {
		w->where = is_stdout(&st) ? STANDARD_OUTPUT : IN_PLACE;
		return 0;
	}
	if (exists && is_input(output, &st))
		return FILE_WAS_READ;
	if (exists && access(path, W_OK))
		return errno;
	return write_beside(w, number, exists ? &st : NULL, output);
}

static int write_now(const struct waiting *w, const struct output *output)
{
	switch (w->where) {
	case STANDARD_OUTPUT: return write_stdout(output->bytes, output->len);
	case IN_PLACE: return write_in_place(output->path, output->bytes, output->len);
	default: return 0;
	}
}

static int take_place(struct waiting *w)
{
	if (w->where != BESIDE)
		return 0;
	if (rename(w->name, w->path))
		return errno;
	w->where = NOWHERE;
	return 0;
}

static int stat_folder(const char *path, struct stat *st)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash + 1 - path) : 1, slash ? path : ".");
	return stat(folder, st) ? errno : 0;
}

/* FILE_TWICE when two paths are of one file, however each goes to its folder; or an errno value, or 0. */
static int compare_paths(const char *a, const char *b)
{
	const char *in_a = strrchr(a, '/'), *in_b = strrchr(b, '/');
	struct stat of_a, of_b;
	int error;

	if (strcmp(in_a ? in_a + 1 : a, in_b ? in_b + 1 : b) != 0)
		return 0;
	error = stat_folder(a, &of_a);
	if (!error)
		error = stat_folder(b, &of_b);
	if (error)
		return error;
	return of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino ? FILE_TWICE : 0;
}

/* The same of two outputs of which one would take the other's place, or follow it. */
static int compare_places(const struct waiting *a, const struct waiting *b)
{
	if (a->where == BESIDE && b->where == BESIDE)
		return compare_paths(a->path, b->path);
	return a->where == STANDARD_OUTPUT && b->where == STANDARD_OUTPUT ? FILE_TWICE : 0;
}

static void forget(struct waiting *w)
{
	if (w->name && w->where == BESIDE)
		unlink(w->name);
	free(w->name);
	free(w->path);
}

int file_write(const struct output *outputs, size_t n, size_t *failed)
{
	struct waiting *waiting;
	int error;

	for (*failed = 0; *failed < n && !outputs[*failed].path;)
		++*failed;
	if (*failed == n)
		return 0;
	waiting = calloc(n, sizeof(*waiting));
	error = waiting ? 0 : ENOMEM;
	for (size_t i = 0; i < n && !error; i++) {
		error = prepare(&waiting[*failed = i], i, &outputs[i]);
		/* The two files that a command line may name stand side by side; the many of an image are numbered. */
		if (!error && i)
			error = compare_places(&waiting[i - 1], &waiting[i]);
	}
	for (size_t i = 0; i < n && !error; i++)
		error = write_now(&waiting[*failed = i], &outputs[i]);
	for (size_t i = 0; i < n && !error; i++)
		error = take_place(&waiting[*failed = i]);
	for (size_t i = 0; i < n && waiting; i++)
		forget(&waiting[i]);
	free(waiting);
	return error;
}
