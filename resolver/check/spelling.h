/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* spelling.h - how nodes and properties are called, as findings of ovl check. */
#ifndef OVL_RESOLVER_SPELLING_H
#define OVL_RESOLVER_SPELLING_H

#include "findings.h"

void spelling_check(struct findings *findings);

#endif
