/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* tags.h - the tags of a structure block, and how a number stands in a blob (DTSpec 5.4, 5.1).
 * For the files that walk over bytes themselves: those that show or change what stands in a blob,
 * beside the tree that libovl makes of it. */
#ifndef OVL_RESOLVER_TAGS_H
#define OVL_RESOLVER_TAGS_H

#include <stdint.h>

enum tag { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9 };

static inline uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t be64(const unsigned char *p)
{
	return (uint64_t)be32(p) << 32 | be32(p + 4);
}

#endif
