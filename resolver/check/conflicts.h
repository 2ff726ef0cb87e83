/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* conflicts.h - what two overlays of one tree do that does not go together, as findings of ovl check.
 * Each is told once, in the later of the two. */
#ifndef OVL_RESOLVER_CONFLICTS_H
#define OVL_RESOLVER_CONFLICTS_H

#include "findings.h"

/* conflicts.c: properties that they set to different values, and what each says is for it alone.
 * needs: a tree with all its overlays applied, and the blobs of its layers. */
enum status conflicts_check(struct findings *findings);

/* claims.c: devices that have one line of a GPIO provider, one address of a bus or one interrupt. */
void claims_check(struct findings *findings);

#endif
