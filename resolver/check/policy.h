/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* policy.h - what ovl check is told to allow: the acts of an overlay, the differences to a trusted
 * seed, how much larger than it a blob may be, where phandles and addresses lie.  The verdict is
 * libovl's; here are the options, the names of the kinds and the words.  What is not allowed is a
 * finding that ends in status 6. */
#ifndef OVL_RESOLVER_POLICY_H
#define OVL_RESOLVER_POLICY_H

#include "findings.h"
#include "rules.h"

struct policy {
	struct diags *diags;
	struct rules rules;
	const char *seed_name;
	unsigned int allowed; /* differences to the seed: 1u << OVL_VIOLATION_... */
	bool allow_given;
	unsigned long long growth; /* 0: any */
	struct ranges reserved;
	struct ovl_window *windows;
	size_t n_windows;
	bool partial, untrusted;
	bool for_xen; /* which gives the guest's controller the phandle of /gic */
	struct blob seed;
	struct stack seed_stack;
};

/* --allow, --max-growth and --window. */
enum status policy_allow(struct policy *policy, const char *kinds);
enum status policy_growth(struct policy *policy, const char *number);
enum status policy_window(struct policy *policy, const char *window);

/* Read the seed, when all options are known. */
enum status policy_open(struct policy *policy);
void policy_close(struct policy *policy);

/* As blob_read(), as far as the size of the blob is allowed. */
enum status policy_read(struct policy *policy, const char *path, const char *what,
			struct blob *blob);

/* Judge an overlay that is sound: alone, or as the newest of a tree. */
void policy_alone(struct policy *policy, struct findings *findings, const struct blob *overlay);
void policy_overlay(struct policy *policy, struct findings *findings, const struct ovl_tree *tree,
		    const struct blob *overlay);

/* Judge findings->tree, which is the stack's. */
void policy_tree(struct policy *policy, struct findings *findings, struct stack *stack);

#endif
