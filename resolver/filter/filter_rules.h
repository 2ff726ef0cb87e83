/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* filter_rules.h - the rules of ovl filter, a line each; of those that a node meets the first one counts, those of
 * files in the order of these, and then those of a profile:
 *
 *     keep where CONDITION...
 *     drop where CONDITION...                         the node and all below it
 *     bind NUMBER|&LABEL where CONDITION...           drop it, and let references to it be to that
 *     ACTION [and ACTION]... where CONDITION...       an ACTION is: set PROPERTY [VALUE...]
 *                                                     delete PROPERTY...
 *                                                     replace OVERLAY: empty the node, and apply that;
 *                                                     /__symbols__ stays for the labels of both
 *
 * A CONDITION is path, compatible, device_type, status, property or label with a pattern, or ppi with a number;
 * all of them have to hold.  Several VALUEs are texts or numbers, which make cells. */
#ifndef OVL_RESOLVER_FILTER_RULES_H
#define OVL_RESOLVER_FILTER_RULES_H

#include "filter.h"

struct filter_rules;

/* names: of n files; profile: xen-dom0, or NULL.  The names are borrowed.  Every mistake was reported. */
enum status filter_rules_read(struct diags *diags, const char *const *names, size_t n, const char *profile,
			      struct filter_rules **rules);
void filter_rules_free(struct filter_rules *rules);

/* How many overlays they want from standard input. */
unsigned int filter_rules_from_standard(const struct filter_rules *rules);

/* Decide every node, and set and delete properties of those that stay. */
enum status filter_rules_apply(struct filter_rules *rules, struct filter *filter);

/* Apply the overlays of `replace` rules that were met to what is left, in the order of the rules. */
enum status filter_rules_replace(struct filter_rules *rules, const struct filter *filter, struct blob *left);

#endif
