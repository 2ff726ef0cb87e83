/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* ranges.c - read FIRST-LAST into the list that libovl takes, see ranges.h. */
#include "ranges.h"

#include <ctype.h>
#include <stdlib.h>

#include "grow.h"
#include "load.h"

/* 32 bits, no sign, no blank.  NULL when there is no such number; else what follows it. */
static const char *read_number(const char *at, uint32_t *number)
{
	int base = at[0] == '0' && (at[1] == 'x' || at[1] == 'X') ? 16 : 10;
	unsigned long long value;
	char *end;

	if (!isdigit((unsigned char)*at))
		return NULL;
	value = strtoull(at, &end, base);
	*number = (uint32_t)value;
	return value > UINT32_MAX ? NULL : end;
}

static bool read_range(const char *word, struct ovl_range *range)
{
	const char *at = read_number(word, &range->first);

	if (!at)
		return false;
	range->last = range->first;
	if (*at == '-')
		at = read_number(at + 1, &range->last);
	return at && !*at && range->first <= range->last;
}

enum status ranges_add_word(struct ranges *r, struct diags *diags, const char *option, const char *word)
{
	struct ovl_range range, *list;

	if (!read_range(word, &range))
		return usage_error(diags, "%s takes NUMBER or FIRST-LAST, not '%s'", option, word);
	list = grow_one(diags, r->list, r->n, sizeof(*list));
	list[r->n++] = range;
	r->list = list;
	return DONE;
}

bool ranges_hold(const struct ranges *r, uint32_t number)
{
	for (size_t i = 0; i < r->n; i++)
		if (number >= r->list[i].first && number <= r->list[i].last)
			return true;
	return false;
}

uint32_t ranges_beyond(const struct ranges *r, uint32_t number)
{
	for (size_t i = 0; i < r->n && number < UINT32_MAX; ) {
		if (number < r->list[i].first || number > r->list[i].last) {
			i++;
			continue;
		}
		number = r->list[i].last < UINT32_MAX ? r->list[i].last + 1 : UINT32_MAX;
		i = 0; /* those before it may hold that one */
	}
	return number;
}

void ranges_free(struct ranges *r)
{
	free(r->list);
	*r = (struct ranges){ 0 };
}
