/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* pages.c - registers of a device into the pages that hold them, see pages.h.
 * Rules: Xen's docs/misc/arm/passthrough.txt, xen,reg. */
#include "pages.h"

#define PAGE 4096u

enum status pages_round(struct diags *diags, const struct diag_place *at, const char *path, struct pages *p)
{
	uint64_t off = p->host % PAGE, size = (off + p->size + PAGE - 1) / PAGE * PAGE;

	if (p->guest % PAGE != off) {
		diag_error(diags, at, MSG_GUEST_PAGE, path, (unsigned long long)p->host, (unsigned long long)p->guest);
		return CONFLICT;
	}
	if (size != p->size)
		diag_remark(diags, at,
			    "%s: xen,reg is whole pages: the guest gets 0x%llx bytes at 0x%llx, for the 0x%llx at 0x%llx",
			    path, (unsigned long long)size, (unsigned long long)(p->host - off),
			    (unsigned long long)p->size, (unsigned long long)p->host);
	*p = (struct pages){ p->host - off, size, p->guest - off };
	return DONE;
}
