/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* fit.h - one overlay against the tree it is to be applied to: why it does not fit, in the words of
 * its author, and what to do.  libovl stops at the first thing wrong and names it; here the overlay
 * is opened as a tree of its own (the view) beside the merged tree, which libovl left as it was,
 * and all that is wrong in the same way is listed. */
#ifndef OVL_RESOLVER_FIT_H
#define OVL_RESOLVER_FIT_H

#include "load.h"
#include "text.h"

struct fit {
	struct diags *diags;
	const struct ovl_tree *tree; /* the base with the overlays before this one */
	const struct blob *base;
	const struct blob *overlays; /* all, in order; this one is overlays[n_before] */
	size_t n_before;
	const struct ovl_apply_options *options;
	bool own_options; /* the command has those of ovl apply that are pointed to */
	const char *filtered; /* the report of the filter that made the base, or NULL */
	struct stack view;
	struct text where;   /* while an error is reported: the node of the overlay that it is about */
	struct diag_place at; /* and its place */
};

/* Opens the view; DONE, or the overlay is malformed and that was reported. */
enum status fit_open(struct fit *fit);
void fit_close(struct fit *fit);

/* fit.c: report an error of ovl_apply(); the second opens the view for that, and closes it. */
enum status fit_report(struct fit *fit, const struct ovl_error *err);
enum status fit_explain(struct fit *fit, const struct ovl_error *err);

/* For an overlay that is none, and a base that is one. */
void fit_help_swapped(struct diags *diags, const struct blob *base, const struct blob *overlay);

/* Report that blobs[1 + n] has nothing to be applied; blobs[0] is the base, and was perhaps meant to be it. */
enum status fit_nothing(struct diags *diags, const struct ovl_tree *tree, const struct blob *blobs, size_t n);

/* Apply blobs[1 + n] by the strict rules to a stack that has blobs[0] and those before it, or report why it
 * cannot be. */
enum status fit_apply(struct diags *diags, struct stack *stack, const struct blob *blobs, size_t n);

/* The place of the error that is reported, or the overlay as such; and what the tree is called:
 * "base.dtb", or "base.dtb with a.dtbo". */
struct diag_place fit_place(const struct fit *fit);
void fit_tree_name(const struct fit *fit, struct text *name);

/* labels.c: report every label that the tree lacks.  Call each use of the overlay's labels. */
void labels_report(struct fit *fit, const struct ovl_error *err);
typedef void labels_use_fn(void *arg, struct ovl_str label, struct ovl_str use);
void labels_each_use(const struct fit *fit, labels_use_fn *call, void *arg);
/* Whether every label leads to a node of the tree, as ovl_apply() would find. */
enum ovl_err labels_check(const struct fit *fit);
ovl_node labels_find(const struct fit *fit, struct ovl_str label);

/* target.c: report a target that is not there; warn of target-paths that are not exact (after
 * applying). */
void target_report(struct fit *fit, const struct ovl_error *err);
void target_warn_loose(struct fit *fit);

/* The node of the tree that a fragment of the view changes; OVL_NONE when an earlier fragment makes
 * it.  The second is for fragments whose target no label names. */
ovl_node target_find(const struct fit *fit, ovl_node fragment);
ovl_node target_find_unlabelled(const struct fit *fit, ovl_node fragment);

/* cells.c: report every node whose #cells the overlay changes, as errors or as warnings.  Returns
 * how many. */
unsigned int cells_report(struct fit *fit, enum diag_severity severity);

#endif
