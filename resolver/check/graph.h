/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* graph.h - what in a tree refers to what is not there. */
#ifndef OVL_RESOLVER_GRAPH_H
#define OVL_RESOLVER_GRAPH_H

#include "findings.h"

/* What was found in the base alone, sorted. */
struct known {
	char **lines;
	size_t n, room;
};

/* Aliases, symbols, stdout-path, and the properties that hold phandles. */
void graph_check(struct findings *findings);

/* For findings->known.  needs: the base alone in the stack. */
void graph_known(struct known *known, const struct findings *findings, const struct stack *base);
void graph_forget(struct known *known);

#endif
