/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* header.c - what Frama-C's Eva looks at: ovli_header_read() of every blob of up to MOST bytes, whatever they are.
 * The bytes end where their array ends, so whatever is read behind them is seen. */
#include "inner.h"

#include <__fc_builtin.h>

static unsigned char blob[MOST];

int main(void)
{
	uint32_t len = Frama_C_unsigned_int_interval(0, MOST);
	struct ovli_call call;
	struct ovli_blob blocks;

	Frama_C_make_unknown((char *)blob, MOST);
	ovli_begin(&call, NULL, OVL_BASE);
	/*@ split len; */
	if (!ovli_header_read(&call, blob + MOST - len, len, &blocks))
		Frama_C_show_each_whole();
	return 0;
}
