/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* retarget.h - an overlay for a host's tree, made one for a Xen guest that is given the devices: its interrupt
 * controller and IOMMU have the numbers that Xen gives them in every guest, and each device says which device of
 * the host it is (xen,path) and what of the host's memory it needs where (xen,reg). */
#ifndef OVL_RESOLVER_RETARGET_H
#define OVL_RESOLVER_RETARGET_H

#include "load.h"

struct retarget {
	struct diags *diags;
	struct ovl_pin *pins; /* the host's interrupt controller, and its IOMMUs */
	uint32_t n_pins;
	struct region {
		uint64_t host, size, guest;
	} *regions; /* of the file, where the guest has what; none: all is where the host has it */
	size_t n_regions;
};

/* needs: retarget->diags.  Finds the pins. */
enum status retarget_open(struct retarget *retarget, const struct stack *host);
void retarget_close(struct retarget *retarget);

/* Lines `reg HOST SIZE GUEST`; a # begins a comment, and lines of other things are left alone. */
enum status retarget_regions(struct retarget *retarget, const char *path);

/* overlay: a tree opened on it as it was made for the host; moved: the same with its numbers moved.  *out is the
 * overlay for the guest, to be freed with file_free(). */
enum status retarget_write(const struct retarget *retarget, const struct stack *host, const struct stack *overlay,
			   const struct blob *moved, struct file_bytes *out);

#endif
