/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* provider.h - references of a node, as ovl_ref_first() tells them, to what it needs: clocks,
 * supplies, resets, pins and the like.  Interrupts and maps are decode.h's. */
#ifndef OVL_RESOLVER_PROVIDER_H
#define OVL_RESOLVER_PROVIDER_H

#include "ovl.h"
#include "text.h"

/* Whether the property is known to hold references, and is not one that decode.h reads. */
bool provider_is_listed(const struct ovl_ref *ref);

/* Whether the node cannot do without what it refers to there: a reference with arguments, a supply,
 * pins or memory.  Others only tell what is near. */
bool provider_is_needed(const struct ovl_ref *ref);

/* Add why the reference cannot be followed; nothing when it can. */
void provider_problem(const struct ovl_ref *ref, struct text *to);

#endif
