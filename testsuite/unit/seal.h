/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* seal.h - receipts that were changed on purpose.
 * In: a receipt of len bytes, at least twelve, that is broken.  Out: the same with the hash of what is in it now, so that the
 * library looks further than that. */
#include <stddef.h>
#include <stdint.h>

uint32_t ovli_hash(uint32_t hash, const char *bytes, uint32_t len);    /* libovl's own */

static uint32_t be32_at(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void seal(unsigned char *receipt, size_t len)
{
	uint32_t total = be32_at(receipt + 8), hash, i;

	if (total < 16 || total > len || total % 4)
		return;
	hash = ovli_hash(0, (const char *)receipt, total - 4);
	for (i = 0; i < 4; i++)
		receipt[total - 4 + i] = (unsigned char)(hash >> (24 - 8 * i));
}
