/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* profile.h - say what Linux, libfdt, U-Boot, Android, Xen, pvmfw or the Raspberry Pi would make of
 * an overlay: an error for what one refuses, a warning for what it ignores or takes otherwise.  The
 * verdict is libovl's (ovl_profile()); here are the names and the words. */
#ifndef OVL_RESOLVER_PROFILE_H
#define OVL_RESOLVER_PROFILE_H

#include "load.h"

struct profile {
	struct diags *diags;
	unsigned int consumers; /* a bit for each that is asked for */
	bool refused;		/* by one of them, so far */
};

/* Ask for a consumer by its name, or for all. */
enum status profile_add(struct profile *profile, const char *name);

/* Report on one overlay: alone when tree is NULL; else it is the newest of the tree.  err, which
 * may be NULL, tells why it could not be applied.  base is what the tree was called before. */
enum status profile_report(struct profile *profile, const struct blob *overlay,
			   const struct ovl_tree *tree, const char *base,
			   const struct ovl_error *err);

#endif
