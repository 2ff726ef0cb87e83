/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* uses.h - which cells of an overlay are references, and to what: its /__fixups__ (labels of the
 * base) and /__local_fixups__ (nodes of its own), looked up by cell. */
#ifndef OVL_RESOLVER_USES_H
#define OVL_RESOLVER_USES_H

#include "fit.h"

struct use {
	ovl_node node; /* of the view, whose property it is */
	struct ovl_str prop;
	uint32_t off;
	struct ovl_str label; /* of the base; empty for a reference to */
	ovl_node to;	      /* a node of the view, OVL_NONE when there is none */
};

struct uses {
	struct use *list;
	size_t n, room;
};

/* What names no cell of the overlay is left out: libovl has reported it. */
void uses_read(struct uses *uses, const struct fit *fit);
const struct use *uses_find(const struct uses *uses, ovl_node node, struct ovl_str prop,
			    uint32_t off);
void uses_free(struct uses *uses);

#endif
