/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* rules.h - a policy by its name or out of a file, as libovl takes it.  A file has a rule a line:
 *
 *     allow|deny target [PATH]
 *     allow|deny node [PATH]
 *     allow|deny set [PROPERTY] [in PATH] [to VALUE...]
 *     allow|deny property [PROPERTY] [in PATH] [to VALUE...]
 *     allow|deny delete [PROPERTY] [in PATH]
 *     allow|deny label [LABEL] [in PATH]
 *
 * A # at the start of a line, or with a blank behind it, begins a comment.  What the words mean:
 * ovl-check(1). */
#ifndef OVL_RESOLVER_RULES_H
#define OVL_RESOLVER_RULES_H

#include "load.h"

struct rules {
	const char *name; /* as given; NULL for no policy */
	struct ovl_policy policy;
	struct file_bytes file;	      /* what the patterns point into */
	struct ovl_policy_rule *list; /* of a file */
	unsigned int *lines;	      /* of each */
	size_t n, room, line_room;
};

/* A preset, or a file; every mistake in it is reported. */
enum status rules_read(struct rules *rules, struct diags *diags, const char *name);
void rules_free(struct rules *rules);

#endif
