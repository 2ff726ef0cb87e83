/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* manifest.h - what a node depends on: its registers, interrupts and providers, and the domains that
 * its iommu-map tells of. */
#ifndef OVL_RESOLVER_MANIFEST_H
#define OVL_RESOLVER_MANIFEST_H

#include "load.h"
#include "text.h"

/* Add what ovl get --decode prints of the node, and behind it its other providers and domains. */
void manifest_add(struct text *out, struct diags *diags, const struct ovl_tree *tree, ovl_node node,
		  bool json);

#endif
