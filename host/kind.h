/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* kind.h - what a file is that is neither source nor a blob, told by its first bytes. */
#ifndef OVL_HOST_KIND_H
#define OVL_HOST_KIND_H

#include "diag.h"

/* As it goes behind "it is"; NULL when that is not known. */
const char *kind_of(const unsigned char *bytes, size_t len);

/* What to do with such a file before it can be read; path as messages call it.  Nothing is said of a kind that is not
 * known, or for which there is no advice. */
void kind_help(struct diags *diags, const struct diag_place *at, const char *path, const unsigned char *bytes,
	       size_t len);

#endif
