/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* edge.h - memory that ends where nobody may read on: at a page that is closed.  Who includes it defines _GNU_SOURCE.
 * It ends with status 2 when there is no memory. */
#ifndef EDGE_H
#define EDGE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* So many bytes, until the next call. */
static inline void *at_an_edge(size_t bytes)
{
	static unsigned char *edge;
	static size_t room;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!edge || bytes > room) {
		if (edge)
			munmap(edge - room, room + page);
		room = (bytes + page - 1) / page * page;
		edge = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (edge == MAP_FAILED || mprotect(edge += room, page, PROT_NONE)) {
			fputs("out of memory\n", stderr);
			exit(2);
		}
	}
	return edge - bytes;
}

#endif
