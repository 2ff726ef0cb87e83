/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* findings.h - the list that ovl check makes: one line each, FILE: KIND: PATH[:PROPERTY]: text; in
 * the forms for programs, a warning each, whose check is the kind.
 * A kind keeps its name and its meaning. */
#ifndef OVL_RESOLVER_FINDINGS_H
#define OVL_RESOLVER_FINDINGS_H

#include "load.h"
#include "ranges.h"
#include "text.h"

struct findings {
	struct diags *diags;
	const struct ovl_tree *tree;
	const struct blob *const *blobs; /* of each layer: the base, then the overlays */
	uint32_t first_layer;		 /* what layers below this set is told only when it was not so before */
	const struct known *known;	 /* what was so before (graph.h) */
	const struct ranges *outside;	 /* phandles that others have; NULL for none */
	unsigned int n;
	enum status worst; /* of what a finding means: DIFFERS, or more */
	uint32_t other; /* the overlay that the next finding is a conflict with; 0 for none */
	/* Takes each finding instead of the list, or is NULL. */
	void (*tell)(struct findings *findings, const char *kind, const struct diag_place *at, const char *text);
	struct text lines;
};

/* One line; status is what the finding ends in. */
void finding_put(struct findings *findings, enum status status, const char *kind,
		 const struct diag_place *at, const char *text);

/* The same about a node or, unless prop is NULL, a property of the tree, in the blob of a layer. */
void finding_in(struct findings *findings, uint32_t layer, const char *kind, ovl_node node,
		const struct ovl_prop *prop, const char *text);

/* The same in the blob that the property, or without one the node, is of. */
void finding_add(struct findings *findings, const char *kind, ovl_node node,
		 const struct ovl_prop *prop, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#endif
