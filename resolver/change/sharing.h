/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* sharing.h - registers and interrupts that two nodes have, one of which is switched on. */
#ifndef OVL_RESOLVER_SHARING_H
#define OVL_RESOLVER_SHARING_H

#include "enable.h"

/* Warn of those that the nodes which are enabled in the tree now and were not before share with any
 * that is enabled; both trees have the same nodes. */
void sharing_warn(struct diags *diags, const struct stack *stack, const struct enabled *before);

#endif
