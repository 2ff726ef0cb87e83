/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* load.h - memory, and whole files in it, for a test that cannot go on without: it ends with status 2 then.
 * What load_file() gives is as long as the file, so that a sanitizer sees who reads on. */
#ifndef LOAD_H
#define LOAD_H

#include <stdio.h>
#include <stdlib.h>

struct blob {
	unsigned char *bytes;
	size_t len;
};

static inline void *need(void *p)
{
	if (p)
		return p;
	fputs("out of memory\n", stderr);
	exit(2);
}

static inline size_t load_file_into(const char *path, unsigned char *bytes, size_t room)
{
	FILE *f = fopen(path, "rb");
	size_t len = f ? fread(bytes, 1, room, f) : 0;

	if (!len || ferror(f) || fgetc(f) != EOF) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(2);
	}
	fclose(f);
	return len;
}

static inline unsigned char *load_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	long end = f && !fseek(f, 0, SEEK_END) ? ftell(f) : 0;
	unsigned char *bytes = need(malloc(end > 0 ? (size_t)end : 1));

	if (end <= 0) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(2);
	}
	fclose(f);
	*len = load_file_into(path, bytes, (size_t)end);
	return bytes;
}

static inline struct blob load(const char *path)
{
	struct blob b;

	b.bytes = load_file(path, &b.len);
	return b;
}

#endif
