/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* grow.c - memory from the heap, and arrays that grow in it, see grow.h. */
#include "grow.h"

#include <stdlib.h>
#include <string.h>

#include "diag.h"

size_t grow_room(size_t room, size_t need)
{
	room = room ? room : 64;
	while (room < need)
		room *= 2;
	return room;
}

static void *checked(struct diags *diags, void *bytes)
{
	if (!bytes)
		diag_no_memory(diags);
	return bytes;
}

void *grow(struct diags *diags, void *array, size_t *room, size_t need, size_t item)
{
	if (array && need <= *room)
		return array;
	*room = grow_room(*room, need);
	return checked(diags, realloc(array, *room * item));
}

/* Of no bytes malloc() and calloc() may make NULL. */
void *grow_bytes(struct diags *diags, size_t len)
{
	return checked(diags, malloc(len + !len));
}

void *grow_new(struct diags *diags, size_t n, size_t item)
{
	return checked(diags, calloc(n + !n, item));
}

void *grow_one(struct diags *diags, void *array, size_t n, size_t item)
{
	return checked(diags, realloc(array, (n + 1) * item));
}

char *grow_text(struct diags *diags, const char *text, size_t len)
{
	return checked(diags, strndup(text, len));
}
