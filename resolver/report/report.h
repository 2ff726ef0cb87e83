/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* report.h - what the parts of `ovl report` share: the facts that the page is made from, as one text
 * of JSON.
 *
 *     { "base": { "name": FILE, "tree": NODE, "labels": [[LABEL, PATH]...] },
 *       "overlays": [{ "name": FILE, "needs": [LABEL...], "brings": [[LABEL, PATH]...],
 *                      "fragments": [{ "name", "target": PATH, "set": NODE, "delete": NODE }...] }...],
 *       "findings": [{ "layer": N, "with": N, "kind", "node": PATH, "prop", "text" }...] }
 *
 * NODE is [NAME, [[PROPERTY, VALUE]...], [NODE...]].  VALUE is what source has behind the `=`, a text; one
 * with references is a list in which every second text is the path of the node referred to.  A layer is 0
 * for the base, k for the k-th overlay; `with` is the other overlay of a conflict, 0 for none. */
#ifndef OVL_RESOLVER_REPORT_H
#define OVL_RESOLVER_REPORT_H

#include "explain.h"

/* Add the base, before any overlay is applied to its stack. */
void facts_base(struct text *out, struct diags *diags, const struct stack *stack);

/* Add an overlay that was just applied.  needs: all of explain.h's but its text. */
void facts_overlay(struct text *out, struct explain *e);

/* Add what `ovl check` finds in the whole stack; blobs: the base, then the overlays. */
enum status facts_findings(struct text *out, struct diags *diags, const struct stack *stack,
			   const struct blob *blobs);

#endif
