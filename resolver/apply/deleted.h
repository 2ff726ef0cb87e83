/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* deleted.h - warn of references to nodes of a base that overlays deleted. */
#ifndef OVL_RESOLVER_DELETED_H
#define OVL_RESOLVER_DELETED_H

#include "load.h"

/* needs: n overlays are applied to the stack.  What cannot be opened was reported. */
enum status deleted_warn(struct diags *diags, const struct stack *stack, const struct blob *overlays, size_t n);

#endif
