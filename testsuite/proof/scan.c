/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* scan.c - what Frama-C's Eva looks at: ovli_scan() of every structure block of BYTES bytes and every strings block of
 * STRINGS bytes, whatever they are, with room for RECORDS words of records of STRIDE words each, or none.
 * Each block ends where its array ends, so whatever is read or written behind it is seen. */
#include "inner.h"

#include <__fc_builtin.h>

/* Before the block there is a header: less than that before its start is still a place in the blob. */
#define HEADER (OVLI_HEADER_BYTES - 4)

static unsigned char blob[HEADER + BYTES];
static char strings[1 + STRINGS];
static uint32_t words[OVLI_ROOT + RECORDS];

int main(void)
{
	/* Where numbers that grow in a loop may stop to grow: Eva tries these. */
	/*@ widen_hints global:"all", 33, 63, 64, LAST_RECORD; */
	struct ovl_tree tree = { .words = words, .n_words = OVLI_ROOT + RECORDS };
	const struct ovli_room room = { OVLI_ROOT, OVLI_ROOT + RECORDS, STRIDE, blob + HEADER };
	struct ovli_call call;
	struct ovli_blob b = { .structure = blob + HEADER, .size_structure = BYTES,
			       .strings = strings + 1, .size_strings = STRINGS };

	Frama_C_make_unknown((char *)blob, sizeof(blob));
	Frama_C_make_unknown(strings, sizeof(strings));
	ovli_begin(&call, &tree, OVL_BASE);
	if (!ovli_scan(&call, &b, RECORDS ? &room : NULL))
		Frama_C_show_each_whole();
	return 0;
}
