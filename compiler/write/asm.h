/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* asm.h - the tree as an assembler file: the blob's bytes, with every label as a symbol. */
#ifndef OVLC_ASM_H
#define OVLC_ASM_H

#include "blob.h"

/* Text of which an assembler makes the bytes that blob_make() makes with the same options.  Stands
 * in for blob_make(): only one of them may be called in a run.  False, with a message, as that. */
bool asm_make(struct tree *tree, const struct blob_options *options, struct diags *diags,
	      struct bytes *out);

#endif
