/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* ranges.h - ranges of numbers from the command line, as libovl takes them. */
#ifndef OVL_RESOLVER_RANGES_H
#define OVL_RESOLVER_RANGES_H

#include "ovl.h"
#include "verb.h"

struct ranges {
	struct ovl_range *list;
	size_t n;
};

/* FIRST-LAST, or one number; decimal, or hexadecimal behind 0x.  option is named when it is neither. */
enum status ranges_add_word(struct ranges *r, struct diags *diags, const char *option, const char *word);
bool ranges_hold(const struct ranges *r, uint32_t number);
/* The first number from this one on that no range holds; UINT32_MAX when there is none. */
uint32_t ranges_beyond(const struct ranges *ranges, uint32_t number);
void ranges_free(struct ranges *r);

#endif
