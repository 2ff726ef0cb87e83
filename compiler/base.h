/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* base.h - an overlay checked against the tree it is meant for, while it is compiled. */
#ifndef OVLC_BASE_H
#define OVLC_BASE_H

#include "options.h"

/* Put the overlay that sources hold on the base at path (a blob or a source), in a tree of their own, and
 * report what is wrong with the overlay there.  needs: the overlay compiled without an error.  Returns an exit
 * status: FAILED when the base cannot be read, CHECKS_FAILED when the overlay does not fit it. */
int base_check(const struct options *o, const struct sources *overlay, const char *path);

#endif
