/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* grow.h - memory from the heap, and arrays that grow in it; out of memory ends the run with a message, so that nothing
 * here returns NULL.  The owner frees what it gets. */
#ifndef OVL_HOST_GROW_H
#define OVL_HOST_GROW_H

#include <stddef.h>

struct diags;

/* The room that an array of room items gets when it is to hold need: twice as much, until that is enough. */
size_t grow_room(size_t room, size_t need);

/* Make room for need items. */
void *grow(struct diags *diags, void *array, size_t *room, size_t need, size_t item)
	__attribute__((returns_nonnull));

/* Room for that many bytes, of which none is set. */
void *grow_bytes(struct diags *diags, size_t len) __attribute__((returns_nonnull));

/* Room for n items, all bytes zero. */
void *grow_new(struct diags *diags, size_t n, size_t item) __attribute__((returns_nonnull));

/* Room for one item more than n, for an array that has only a few. */
void *grow_one(struct diags *diags, void *array, size_t n, size_t item) __attribute__((returns_nonnull));

/* A copy of the first len bytes of a text, or of all of it when it has fewer. */
char *grow_text(struct diags *diags, const char *text, size_t len) __attribute__((returns_nonnull));

#endif
