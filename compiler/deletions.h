/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* deletions.h - what an overlay deletes from its base, when --deletions asks for it. */
#ifndef OVLC_DELETIONS_H
#define OVLC_DELETIONS_H

#include "source.h"
#include "tree.h"

/* Every /delete-node/ and /delete-property/ of a fragment that found nothing in the overlay itself becomes part
 * of a fragment that deletes, in front of its own; ovl.h, ovl_apply(), says how that looks.  False when one of
 * them is of a phandle, which no fragment can delete: reported. */
bool deletions_make(struct tree *tree, struct sources *sources);

#endif
