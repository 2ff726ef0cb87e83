/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* express.h - the differences of two trees as an overlay that makes the second of the first. */
#ifndef OVL_RESOLVER_EXPRESS_H
#define OVL_RESOLVER_EXPRESS_H

#include "compare.h"

/* comparison: made with MODULO_PHANDLE | MODULO_ORDER.  deletions: what goes is said by fragments
 * that delete, which only libovl knows.  CONFLICT when there is what no overlay says; all of that
 * was told.  out is freed with file_free(). */
enum status express(const struct comparison *comparison, const struct blob *a, const struct blob *b,
		    bool deletions, struct file_bytes *out);

#endif
