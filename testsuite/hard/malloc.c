/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* malloc.c - let one allocation of a command fail; linked into ovlc and ovl beside their own objects.
 * In: OVL_FAIL_MALLOC=K in the environment: the K-th malloc, calloc or realloc that the program or a library
 * of it asks for gets NULL, all others what they ask for.  Out: in OVL_COUNT_MALLOC=FILE how many there were.
 * It takes the C library's place in all of the process (glibc allows that), so libyaml, zlib, strdup and
 * open_memstream are seen too; under AddressSanitizer, which has that place, only what is linked with --wrap. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __SANITIZE_ADDRESS__
#define SEEN(name) __wrap_##name
#define REAL(name) __real_##name
#else
#define SEEN(name) name
#define REAL(name) __libc_##name
#endif

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t n, size_t size);
void *REAL(realloc)(void *old, size_t size);
#ifdef __SANITIZE_ADDRESS__
void *SEEN(malloc)(size_t size);
void *SEEN(calloc)(size_t n, size_t size);
void *SEEN(realloc)(void *old, size_t size);
#endif

static unsigned long n_asked, failing;

__attribute__((constructor)) static void begin(void)
{
	const char *k = getenv("OVL_FAIL_MALLOC");

	failing = k ? strtoul(k, NULL, 10) : 0;
	n_asked = 0;
}

/* What the C library itself takes before and after main does not count. */
__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("OVL_COUNT_MALLOC");
	unsigned long n = n_asked;
	FILE *f = path ? fopen(path, "w") : NULL;

	if (f) {
		fprintf(f, "%lu\n", n);
		fclose(f);
	}
}

static int fails(void)
{
	if (++n_asked != failing)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *SEEN(malloc)(size_t size)
{
	return fails() ? NULL : REAL(malloc)(size);
}

void *SEEN(calloc)(size_t n, size_t size)
{
	return fails() ? NULL : REAL(calloc)(n, size);
}

void *SEEN(realloc)(void *old, size_t size)
{
	return fails() ? NULL : REAL(realloc)(old, size);
}
