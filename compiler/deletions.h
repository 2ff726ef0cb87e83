/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* deletions.h - what an overlay deletes from its base, when --deletions asks for it. */
#ifndef OVLC_DELETIONS_H
#define OVLC_DELETIONS_H

#include "tree.h"

/* Every /delete-node/ and /delete-property/ of a fragment that found nothing in the overlay itself becomes part
 * of a fragment that deletes, in front of its own; ovl.h, ovl_apply(), says how that looks. */
void deletions_make(struct tree *tree);

#endif
