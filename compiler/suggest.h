/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* suggest.h - what was perhaps meant by a label or a path that leads nowhere; what there is instead. */
#ifndef OVLC_SUGGEST_H
#define OVLC_SUGGEST_H

#include "check.h"

/* Belong to the finding before; at is the reference, or with braces false a string that is a path.  False when
 * nothing comes near the label. */
bool suggest_label(struct checks *c, const char *label, struct pos at);
void suggest_path(struct checks *c, const char *path, struct pos at, bool braces);

/* For an overlay that is checked against a base: a note with the base's labels, unless they are very many;
 * whether there is any; and the finding that there is none. */
void suggest_labels_of_base(struct checks *c);
bool base_has_labels(const struct checks *c);
void base_without_labels(struct checks *c, const struct node *node, const struct prop *p, const struct marker *m);

#endif
