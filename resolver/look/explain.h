/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* explain.h - what the parts of `ovl explain` share: one overlay, the tree it is for, and the text
 * that is made of them.
 * An overlay is looked at before it is applied (where its targets are, which labels there are), and
 * after (what each fragment did); when it cannot be applied, the tree as it was has to do.  Without
 * a base there is no tree, and nodes are called as the overlay calls them. */
#ifndef OVL_RESOLVER_EXPLAIN_H
#define OVL_RESOLVER_EXPLAIN_H

#include "fit.h"
#include "names.h"
#include "print.h"
#include "profile.h"
#include "uses.h"

/* What a fragment says of its target, and what that is. */
struct target {
	ovl_node fragment, content, deletes; /* of the view; deletes is its __delete__ */
	struct ovl_str label, path;	     /* as written: one of these, */
	uint32_t phandle;		     /* or this */
	struct text node; /* the path in the tree; what it is called, as long as that is not found */
	bool found;
	uint32_t layer; /* the layer that made it */
	struct text by; /* and the fragment: a copy, as the tree's texts move */
};

struct explain {
	struct text *out;
	bool json;
	struct fit fit;	  /* tree is NULL without a base */
	uint32_t layer;	  /* of the overlay in the tree; 0 when it is not there (yet) */
	struct uses uses; /* of the overlay */
	struct names own; /* its labels, by nodes of the view */
	struct target *targets; /* of its fragments, in order */
	size_t n_targets;
};

/* ---------------------------------------------------------------- targets.c */

/* Read what the overlay of e->fit refers to and brings, and look its targets up before it is applied; those that were
 * not there when it is, or cannot be. */
enum status explain_open(struct explain *e);
void targets_complete(struct explain *e);
void explain_close(struct explain *e);

/* Add the path that a node of the view gets in the tree; false when it is in no fragment. */
bool targets_path(const struct explain *e, ovl_node node, struct text *path);

/* ---------------------------------------------------------------- fragments.c */

/* Tell what each fragment does, and which phandles the overlay brings. */
void fragments_tell(struct explain *e);

/* ---------------------------------------------------------------- needs.c */

/* Tell which labels the overlay needs (before it is applied), and which it brings. */
void needs_tell(struct explain *e);
void exports_tell(struct explain *e);

/* ---------------------------------------------------------------- consumers.c */

/* Tell what the consumers that profile asks for make of it: one line for each reason.  err says why
 * it is not in the tree, if it is not. */
enum status consumers_tell(struct explain *e, struct profile *profile, const struct ovl_error *err);

/* ---------------------------------------------------------------- provenance.c */

/* Who made a node of a stack, and who set its properties, or the one called prop. */
struct provenance {
	struct diags *diags;
	const char *node, *prop; /* as given; prop may be NULL */
	const struct blob *blobs; /* the base, then the overlays */
	size_t n_overlays;
	bool json;
};
enum status provenance_tell(const struct provenance *provenance, struct text *out);

/* ---------------------------------------------------------------- words.c */

void say_text(struct explain *e, struct ovl_str text); /* plain, or a text of JSON */
void say_comma(struct explain *e, bool *first);	       /* before every item but the first: JSON */
/* Who made or set something: "base.dtb", or "hat.dtbo /fragment@0". */
void say_who(struct explain *e, uint32_t layer, struct ovl_str fragment);
const char *layer_name(const struct fit *fit, uint32_t layer);

#endif
