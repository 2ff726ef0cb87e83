/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* grow.c - arrays that grow, see grow.h. */
#include "grow.h"

#include <stdlib.h>

#include "diag.h"

size_t grow_room(size_t room, size_t need)
{
	room = room ? room : 64;
	while (room < need)
		room *= 2;
	return room;
}

void *grow(struct diags *diags, void *array, size_t *room, size_t need, size_t item)
{
	if (array && need <= *room)
		return array;
	*room = grow_room(*room, need);
	array = realloc(array, *room * item);
	if (!array)
		diag_no_memory(diags);
	return array;
}
