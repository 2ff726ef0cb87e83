/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* survey.h - what there is among the nodes of a tree, found out before the checks. */
#ifndef OVLC_SURVEY_H
#define OVLC_SURVEY_H

#include "check.h"

/* List the nodes and note what there is among them: c->nodes, c->devices, c->has.  No node is a bus from here on, and
 * none has said how its children are addressed. */
void survey(struct checks *c);
void survey_drop(struct checks *c);

#endif
