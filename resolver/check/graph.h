/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* graph.h - what in a tree refers to what is not there. */
#ifndef OVL_RESOLVER_GRAPH_H
#define OVL_RESOLVER_GRAPH_H

#include "findings.h"

/* Aliases, symbols, stdout-path, and the properties that hold phandles. */
void graph_check(struct findings *findings);

#endif
