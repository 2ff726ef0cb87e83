/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* filtered.h - what a report of ovl filter tells of a label that is missed. */
#ifndef OVL_RESOLVER_FILTERED_H
#define OVL_RESOLVER_FILTERED_H

#include "load.h"

/* Add a note when the report says that the label went; at is that of the error. */
void filtered_note(struct diags *diags, const struct diag_place *at, const char *report,
		   struct ovl_str label);

#endif
