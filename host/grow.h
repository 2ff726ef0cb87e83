/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* grow.h - arrays that grow, in the heap; out of memory ends the run with a message. */
#ifndef OVL_HOST_GROW_H
#define OVL_HOST_GROW_H

#include <stddef.h>

struct diags;

/* The room that an array of room items gets when it is to hold need: twice as much, until that is enough. */
size_t grow_room(size_t room, size_t need);

/* Make room for need items; the owner frees the array. */
void *grow(struct diags *diags, void *array, size_t *room, size_t need, size_t item)
	__attribute__((returns_nonnull));

#endif
