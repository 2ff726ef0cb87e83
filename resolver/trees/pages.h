/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* pages.h - registers of a device into the pages that hold them: Xen maps nothing smaller. */
#ifndef OVL_RESOLVER_PAGES_H
#define OVL_RESOLVER_PAGES_H

#include <stdint.h>

#include "verb.h"

struct pages {
	uint64_t host, size, guest; /* addresses that the CPUs see */
};

/* needs: the registers of the device at that path.  Tells what more the guest gets with them; CONFLICT, which was
 * reported, when host and guest have them at different places of a page. */
enum status pages_round(struct diags *diags, const struct diag_place *at, const char *path, struct pages *p);

#endif
