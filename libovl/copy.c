/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* copy.c - a blob out of memory that its owner may change at any time, into memory of one's own.
 * In: bytes that are believed only as far as they were read, each once: volatile, so that the compiler
 * reads none a second time.  Out: a copy whose header says what was decided on.  Nothing else is
 * checked here; the copy is as untrusted as any blob.  Rules: DTSpec 5.2. */
#include "inner.h"

enum { START_BYTES = 8 };       /* magic and totalsize */

static void copy(unsigned char *to, const volatile unsigned char *from, size_t len)
{
	while (len--)
		*to++ = *from++;
}

/* Of a blob that starts so. */
static enum ovl_err decide(struct ovli_call *c, const unsigned char *start, size_t room, size_t max_bytes,
			   size_t own_bytes)
{
	uint32_t total = ovli_be32(start + 4);

	c->from = start;
	if (ovli_be32(start) != OVLI_MAGIC)
		return ovli_fail(c, OVL_ERR_MAGIC, start);
	if (total > max_bytes)
		return ovli_fail(c, OVL_ERR_TOO_LARGE, start + 4);
	if (total > room || total < OVLI_HEADER_BYTES)
		return ovli_fail(c, OVL_ERR_TRUNCATED, start + 4);
	return own_bytes < total ? ovli_no_space(c, OVL_OUTPUT, total) : OVL_OK;
}

enum ovl_err ovl_copy_in(const volatile void *theirs, size_t room, size_t max_bytes, void *own,
			 size_t own_bytes, size_t *len, struct ovl_error *err)
{
	const volatile unsigned char *from = theirs;
	unsigned char start[START_BYTES] = { 0 };
	struct ovli_call c;

	ovli_begin(&c, NULL, OVL_BASE);
	if (room >= START_BYTES)
		copy(start, from, START_BYTES);
	if (!decide(&c, start, room, max_bytes, own_bytes)) {
		*len = ovli_be32(start + 4);
		memcpy(own, start, START_BYTES);
		copy((unsigned char *)own + START_BYTES, from + START_BYTES, *len - START_BYTES);
	}
	return ovli_end(&c, NULL, err);
}
