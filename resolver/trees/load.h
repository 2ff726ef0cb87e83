/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* load.h - files into blobs, a blob into a tree with layers, the tree into a file.
 * A stack owns the storage of its tree and lets it grow by what libovl says it needs.  Slices and
 * nodes of a tree are good until the stack is next changed.  Functions that return a status have
 * reported what was wrong, unless they say otherwise. */
#ifndef OVL_RESOLVER_LOAD_H
#define OVL_RESOLVER_LOAD_H

#include "file.h"
#include "ovl.h"
#include "verb.h"

struct blob {
	const char *name; /* as given; "-" becomes "standard input" */
	struct file_bytes file;
	bool in_image; /* it is an entry of one, and no file of that name */
};

struct stack {
	struct ovl_tree tree;
	void *storage;
	size_t storage_bytes;
	const struct blob *base;
};

/* A whole file, whatever is in it.  "-" is standard input, which can be read once. */
enum status bytes_read(struct diags *diags, const char *path, struct file_bytes *file);

/* what: "base", "overlay" or "blob", for messages. */
enum status blob_read(struct diags *diags, const char *path, const char *what, struct blob *blob);
/* The same without a look at what it is. */
enum status blob_read_any(struct diags *diags, const char *path, struct blob *blob);
/* The same, as far as its start decides; see file.h. */
enum status blob_read_start(struct diags *diags, const char *path, size_t start_bytes,
			    file_decide_fn *decide, void *arg, struct blob *blob);
void blob_free(struct blob *blob);

/* Whether a name, that of fragments' contents, or one of the nodes of fixups, occurs in the blob at all. */
bool blob_has(const struct blob *blob, const char *name);
bool blob_has_fragments(const struct blob *blob);
bool blob_has_fixups(const struct blob *blob);

/* Check what can be checked of an overlay alone (ovl_check_overlay()). */
enum status overlay_check(struct diags *diags, const struct blob *blob);

enum status stack_open(struct stack *stack, struct diags *diags, const struct blob *base);

/* Apply one overlay: reports nothing, fills *err. */
enum ovl_err stack_apply(struct stack *stack, const struct blob *overlay,
			 const struct ovl_apply_options *options, struct ovl_error *err);

/* So many bytes of storage on top of what the tree uses. */
void stack_room(struct stack *stack, struct diags *diags, size_t bytes);

/* The merged tree as a blob, to be freed with file_free(). */
void stack_flatten(struct stack *stack, struct diags *diags, struct file_bytes *out);
void stack_close(struct stack *stack);

/* The node after this one in a walk over top and all below it, parents first; OVL_NONE at the
 * end. */
ovl_node tree_next(const struct ovl_tree *tree, ovl_node top, ovl_node node);

/* Whether a property, and so a label, can be called so: a blob with any other name is refused. */
bool prop_can_be_called(const char *name, size_t len);

/* Whether a property so called says what phandle its node has. */
bool prop_is_phandle(const char *name);

/* What names the entries of a list is called as that, or as one of them, with -names behind it: how many bytes of the
 * list's name that takes, less than longer, or all for 0; 0 when there is no other.  clocks and clock-names, mboxes and
 * mbox-names, memory-region and memory-region-names. */
size_t prop_stem(const char *name, size_t longer);

/* Whether the node's device_type says that it is memory (DTSpec 3.4). */
bool tree_is_memory(const struct ovl_tree *tree, ovl_node node);

/* Whether it is a child of the root that tells of other nodes, by path or by name, and is no device. */
bool tree_is_table(const struct ovl_tree *tree, ovl_node node);

/* Whether the root has a fragment; whether the tree is that of a FIT image, in which blobs are property values. */
bool tree_is_overlay(const struct ovl_tree *tree);
bool tree_is_fit(const struct ovl_tree *tree);

/* The last part of a path. */
const char *file_name(const char *path);

/* Whether a word of the command line is standard input or output; where a blob is not written to.  path may be NULL. */
bool is_standard(const char *path);
bool output_is_terminal(const char *path);
enum status no_terminal(struct diags *diags);

/* All of them or none (file.h); what cannot be written was reported. */
enum status write_outputs(struct diags *diags, const struct output *outputs, size_t n);
enum status write_output(struct diags *diags, const char *path, const void *bytes, size_t len);

#endif
