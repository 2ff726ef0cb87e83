/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* dts.h - the tree as source. */
#ifndef OVLC_DTS_H
#define OVLC_DTS_H

#include "blob.h"
#include "source.h"
#include "tree.h"

struct dts_form {
	bool as_dtc;                    /* laid out as dtc does it */
	bool fragments;                 /* &label { } where a fragment is nothing more */
	bool no_fixups;                 /* /__fixups__ and /__local_fixups__ are left to the compiler */
	bool no_symbols;                /* /__symbols__ too */
	bool no_phandles;               /* and the phandles of nodes that are referred to */
	int annotate;                   /* -T: 1 says the line each thing comes from, 2 the whole range */
};

/* Replaces what is in out.  needs: the whole tree, generated nodes included. */
void dts_make(const struct tree *tree, struct sources *sources, const struct dts_form *form,
	      struct bytes *out);

#endif
