/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* survey.h - what there is among the nodes of a tree, found out before the checks. */
#ifndef OVLC_SURVEY_H
#define OVLC_SURVEY_H

#include "check.h"

/* Note what no check but its own would look at in each node: c->nodes, c->devices, c->has. */
void survey(struct checks *c);
void survey_drop(struct checks *c);

#endif
