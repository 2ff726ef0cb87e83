/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* profile.h - say what Linux, libfdt, U-Boot, Android, Xen, pvmfw or the Raspberry Pi would make of
 * an overlay: an error for what one refuses, a warning for what it ignores or takes otherwise.  The
 * verdict is libovl's (ovl_profile()); here are the names and the words. */
#ifndef OVL_RESOLVER_PROFILE_H
#define OVL_RESOLVER_PROFILE_H

#include "load.h"

/* A finding in words: who refuses place, or ignores it, or takes it otherwise, and why. */
struct profile_finding {
	enum ovl_consumer consumer;
	enum ovl_verdict verdict;
	enum ovl_rule rule;
	const char *place, *why;
	const char *node;    /* of the overlay, or NULL, and its property */
	struct ovl_str prop;
};

struct profile {
	struct diags *diags;
	unsigned int consumers; /* a bit for each that is asked for */
	bool refused;		/* by one of them, so far */
	/* Takes each finding; NULL: it is reported as an error or a warning. */
	enum status (*take)(void *arg, const struct profile_finding *finding);
	void *arg;
};

enum { ALL_CONSUMERS = (1 << OVL_N_CONSUMERS) - 1 };

/* Ask for a consumer by its name, or for all. */
enum status profile_add(struct profile *profile, const char *name);

/* What a consumer and a rule are called. */
const char *profile_consumer(enum ovl_consumer consumer);
const char *profile_rule(enum ovl_rule rule);

/* Report on one overlay: alone when tree is NULL; else it is the newest of the tree.  err, which
 * may be NULL, tells why it could not be applied.  base is what the tree was called before. */
enum status profile_report(struct profile *profile, const struct blob *overlay,
			   const struct ovl_tree *tree, const char *base,
			   const struct ovl_error *err);

#endif
