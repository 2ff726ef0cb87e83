/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* ovl.h - the whole interface of libovl, a freestanding run-time library for device tree overlays.
 *
 * It checks an untrusted blob, applies overlays to it and writes the result.  It allocates nothing,
 * recurses nowhere, takes less than 1 KiB of stack, needs no libc but memcpy, memmove, memset and memcmp,
 * and keeps no state of its own.  Five lines do the main job:
 *
 *     struct ovl_tree tree;
 *     struct ovl_error err;
 *     if (ovl_tree_open(&tree, base, base_len, storage, sizeof(storage), &err) ||
 *         ovl_apply(&tree, overlay, overlay_len, NULL, &err) ||
 *         ovl_flatten(&tree, out, sizeof(out), &out_len, &err))
 *             report(&err);
 *
 * Conventions
 *   Names     base: the blob a tree is opened on.  overlay: a blob applied to it.  fragment: a child of
 *             the overlay's root that holds `__overlay__`.  target: the node a fragment changes.
 *             label: a name in source.  symbol: its entry in /__symbols__.  fixup: a use of a label that
 *             the base must give (/__fixups__).  local fixup: a use of a phandle of the same overlay.
 *   Units     len is bytes, n is a count, off is bytes from the start of a blob's structure block.
 *   Storage   is yours, aligned for uint32_t (`static uint32_t storage[N]`), and is used from its start.
 *             The tree in it holds 32-bit indices and no pointers.
 *   Ownership The base is borrowed: it must stay, unchanged, as long as the tree.  An overlay is copied
 *             into the storage before it is looked at: its memory is yours again after the call, and may
 *             change under it.  Slices that a call returns are borrowed until the next call that changes
 *             the tree (ovl_apply, ovl_remove) or moves it (ovl_tree_moved).
 *   Failure   Every call that can fail returns OVL_OK (0) or a code, and fills *err (which may be NULL).
 *             On failure the tree, the base and every output are as they were.
 *   Trust     Base and overlay may hold anything.  Work and storage are bounded by a constant times their
 *             bytes.  See SECURITY.md.
 *   Threads   No shared state: one tree, one caller at a time.
 *
 * Rules: the Devicetree Specification v0.4 ("DTSpec": chapter 5 for the blob); for /__symbols__,
 * /__fixups__ and /__local_fixups__ the overlay object format of the kernel's overlay notes ("dtobj").
 */
#ifndef OVL_H
#define OVL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define OVL_PUBLIC __attribute__((__visibility__("default")))
#else
#define OVL_PUBLIC
#endif

/* Limits.  What exceeds one is refused with the code named beside it. */
#define OVL_MAX_DEPTH	64u	/* nodes on a path, the root included: OVL_ERR_DEPTH */
#define OVL_MAX_NAME	255u	/* bytes of a node's or property's name: OVL_ERR_NAME */

/* Part of a text.  Not NUL-terminated; ptr is NULL when there is none. */
struct ovl_str {
	const char *ptr;
	uint32_t len;
};

/* Codes, by what the caller can do about them. */
enum ovl_err {
	OVL_OK = 0,

	/* The storage or the output is too small: err->need_bytes is what would have been enough. */
	OVL_ERR_SPACE,

	/* The blob is malformed (DTSpec 5): refuse the file.  err->off is where. */
	OVL_ERR_MAGIC,          /* does not begin with 0xd00dfeed, or is shorter than a header */
	OVL_ERR_VERSION,        /* neither version 16 nor 17, nor compatible with them */
	OVL_ERR_TRUNCATED,      /* totalsize is larger than the bytes given, or smaller than a header */
	OVL_ERR_BLOCK,          /* a block of the header does not lie within totalsize */
	OVL_ERR_RESERVE,        /* the memory reservation block has no end */
	OVL_ERR_STRUCTURE,      /* an unknown or misplaced tag, or the block ends inside a node or property */
	OVL_ERR_ORDER,          /* a property stands after a subnode (DTSpec 5.4.2) */
	OVL_ERR_NAME,           /* a name is empty, too long, or holds a character that no name has */
	OVL_ERR_DUPLICATE_NODE, /* two children of one node have the same name: err->node */
	OVL_ERR_DUPLICATE_PROP, /* two properties of one node have the same name: err->prop */
	OVL_ERR_PHANDLE,        /* a phandle is not one cell, or 0, or ~0, or differs from linux,phandle */
	OVL_ERR_DUPLICATE_PHANDLE, /* two nodes have the same phandle: err->number */
	OVL_ERR_DEPTH,          /* deeper than OVL_MAX_DEPTH */
	OVL_ERR_COLLISION,      /* made to be slow: hundreds of names in one place of the index */
	OVL_ERR_TOO_LARGE,      /* totalsize is more than the caller allows: ovl_copy_in() */

	/* The overlay is malformed (dtobj): refuse the file.  err->fragment, prop or label say where. */
	OVL_ERR_NOT_OVERLAY,    /* no fragment and no symbol in it */
	OVL_ERR_FRAGMENT,       /* a fragment has neither a target nor a target-path, or a malformed one */
	OVL_ERR_FIXUP,          /* an entry of /__fixups__ is not PATH:PROPERTY:OFFSET or names no cell */
	OVL_ERR_LOCAL_FIXUP,    /* an entry of /__local_fixups__ names no cell */
	OVL_ERR_LOCAL_PHANDLE,  /* it names a cell that holds no phandle of the overlay, or names it twice */
	OVL_ERR_SYMBOL,         /* an entry of /__symbols__ is no path, or one into an `__overlay__` that leads nowhere */

	/* The overlay does not fit this tree: tell the user. */
	OVL_ERR_NO_SYMBOLS,     /* a label is needed and the tree has no /__symbols__: err->label */
	OVL_ERR_NO_LABEL,       /* a label is needed that /__symbols__ lacks: err->label */
	OVL_ERR_NO_LABEL_NODE,  /* the symbol is there, its node is not: err->label */
	OVL_ERR_NO_PHANDLE,     /* the node has no phandle to refer to it by: err->label, or err->node in a rebase */
	OVL_ERR_NO_TARGET,      /* a fragment's target does not exist (yet): err->fragment, path or number */
	OVL_ERR_CELLS,          /* #address-cells, #size-cells or #interrupt-cells of a node would change */
	OVL_ERR_SYMBOL_TAKEN,   /* a symbol exists and names another node: err->label */
	OVL_ERR_PHANDLES_FULL,  /* no phandle number is left above the largest in use, outside what is reserved */
	OVL_ERR_PROTECTED,      /* a fragment writes into /__symbols__, /__fixups__ or /__local_fixups__, or
				 * deletes the root or a phandle */
	OVL_ERR_TOUCHES,        /* with OVL_NEW_ONLY: a node that exists would change: err->node */

	OVL_ERR_NOT_THERE,      /* a fragment deletes what is not there: err->node, err->prop */

	/* An overlay cannot be taken out: tell the user. */
	OVL_ERR_NO_LAYER,       /* there is no overlay of that number */
	OVL_ERR_NOT_KEPT,       /* it, or one above it, was applied without OVL_KEEP: err->number */
	OVL_ERR_IN_USE,         /* an overlay that stays depends on it: err->number, why; see ovl_use_first() */

	/* The receipt is of no use for this tree: refuse it.  err->off is where in the receipt. */
	OVL_ERR_RECEIPT,        /* malformed, or of a version that is not known */
	OVL_ERR_NOT_ITS_TREE,   /* the tree is not, or no longer, as the receipt says: err->node, err->prop */

	/* An artefact cannot be rebased: tell the user.  err->number is the phandle in it, err->prop the property
	 * that holds it; struct ovl_rebase tells more. */
	OVL_ERR_DANGLING,       /* no node of the old tree has the phandle */
	OVL_ERR_UNREADABLE,     /* a list or a map is not as the nodes it refers to ask for: ref.fault */
	OVL_ERR_NO_MATCH,       /* the new tree has no node for the one of the old tree: err->node */
	OVL_ERR_AMBIGUOUS,      /* it has more than one: err->node */
	OVL_ERR_NOT_ALIKE,      /* the two nodes do not agree in `prop` of struct ovl_rebase: err->node */
};

/* Which input a failure is about. */
enum ovl_side { OVL_BASE, OVL_OVERLAY, OVL_STORAGE, OVL_OUTPUT };

/* What went wrong.  The slices point into the blob concerned, or into the storage; they are borrowed
 * until the next call.  A slice that does not apply is empty. */
struct ovl_error {
	enum ovl_err code;
	enum ovl_side side;
	uint32_t off;            /* in the structure block of that blob (in the blob, for the header) */
	uint32_t number;         /* the phandle concerned, or 0; an overlay's number where the code says so */
	struct ovl_str fragment; /* name of the fragment, when inside one */
	struct ovl_str node;     /* name of the node */
	struct ovl_str prop;     /* name of the property */
	struct ovl_str label;    /* the label, for fixups and symbols */
	struct ovl_str path;     /* the target-path, or the text of the entry concerned: of a label the first use */
	size_t need_bytes;       /* for OVL_ERR_SPACE */
	enum ovl_err why;        /* for OVL_ERR_IN_USE: what overlay `number` is refused with, without the other;
				  * off, and fragment to path, say where in it */
};

/* A tree: a base and the overlays applied to it.  The members are private.  It may be moved, storage and
 * all, when storage and base are set anew with ovl_tree_moved(). */
struct ovl_tree {
	uint32_t *words;         /* the storage */
	size_t n_words;
	const unsigned char *base;
	uint32_t used, peak;     /* words */
	uint32_t base_layer, top_layer, n_layers;
	uint32_t base_end;       /* of the records of the base's nodes */
};

/* A node: an index into the storage, good as long as the tree is not changed.  OVL_NONE is no node, and what is asked
 * of it is OVL_NONE, 0 or empty: a look for something can be asked without a look at what it found. */
typedef uint32_t ovl_node;
#define OVL_NONE 0u

/* A property as it stands in the merged tree.  value and name are borrowed.  The value of a symbol that
 * an overlay brought is a path that is not stored anywhere: value is NULL then, and ovl_prop_copy() makes it. */
struct ovl_prop {
	const char *name;               /* NUL-terminated */
	const unsigned char *value;
	uint32_t name_len, len;
	uint32_t layer;                 /* 0: the base set it; k: the k-th overlay did */
	uint32_t deleted;               /* the overlay deleted it: only as "who set what" below shows it */
	ovl_node node;                  /* private from here on: the node, and where to go on from */
	uint32_t own_off, piece, left, flags, version;
};

/* ---------------------------------------------------------------- tree */

/* How much storage ovl_tree_open() needs for this base, in bytes, to the byte.  The base is checked as
 * far as that can be done without storage.  Linear in len. */
OVL_PUBLIC enum ovl_err ovl_tree_size(const void *base, size_t len, size_t *storage_bytes,
				      struct ovl_error *err);

/* Check a base, wholly, and open a tree on it.
 *
 * base, len      any bytes; totalsize may be smaller than len.  Any alignment.  Borrowed with the tree.
 * storage        yours, aligned for uint32_t; ovl_tree_size() says how much
 *
 * Afterwards the tree can be read (below), changed (ovl_apply) and written (ovl_flatten).  After a failure
 * *tree is no tree, whatever it was.
 * Errors: the malformed blob's, and OVL_ERR_SPACE.  Linear in len.  Rules: DTSpec 5. */
OVL_PUBLIC enum ovl_err ovl_tree_open(struct ovl_tree *tree, const void *base, size_t len, void *storage,
				      size_t storage_bytes, struct ovl_error *err);

/* Tell a tree that its storage and its base, unchanged, now stand elsewhere, and that the storage has so
 * many bytes: at least ovl_tree_used(). */
OVL_PUBLIC void ovl_tree_moved(struct ovl_tree *tree, const void *base, void *storage, size_t storage_bytes);

/* Bytes of the storage in use now, and at the most so far. */
OVL_PUBLIC size_t ovl_tree_used(const struct ovl_tree *tree);
OVL_PUBLIC size_t ovl_tree_peak(const struct ovl_tree *tree);

/* ---------------------------------------------------------------- apply */

enum ovl_apply_flags {
	OVL_ALLOW_CELLS = 1, /* #address-cells, #size-cells, #interrupt-cells of a node may change */
	OVL_NEW_ONLY = 2,    /* nodes may be added, none that exists may change */
	OVL_LOOSE = 4,       /* a path's component without unit address matches the only node so called */
	OVL_KEEP = 8,        /* keep what is needed to take other layers out from below, and for receipts */
};

/* A label that the caller gives where the tree's /__symbols__ does not. */
struct ovl_symbol {
	struct ovl_str label;
	struct ovl_str path;    /* absolute */
};

/* Numbers from first to last, both included. */
struct ovl_range {
	uint32_t first, last;
};

struct ovl_apply_options {
	unsigned int flags;
	const struct ovl_symbol *symbols;
	uint32_t n_symbols;
	const struct ovl_range *reserved;       /* phandles that no node of the overlay is given */
	uint32_t n_reserved;
};

/* Apply one overlay to the tree, as its next layer.
 *
 * overlay, len   any bytes, any alignment.  Yours again after the call.
 * options        may be NULL
 *
 * The rules, in order: every phandle of the overlay moves up by the largest of the tree, or by the least more
 * that keeps all of them out of options->reserved (where the base's do not count as the largest); where a
 * node with a phandle lands on one that has a phandle, the tree's stays and the overlay's references follow.
 * Labels are resolved by the tree's /__symbols__, then by options->symbols.  Fragments are applied in order:
 * the target is `target` (a phandle, of the tree or of a node that this overlay made in an earlier fragment)
 * or `target-path` (a path, or an alias or label followed by a path).  Nodes merge by exact name, properties
 * replace.  The overlay's symbols are given their path in the tree and join /__symbols__.
 *
 * A fragment with a `__delete__` node beside `__overlay__`, made by `ovlc --deletions`, takes away: its target
 * is `delete-target` or `delete-target-path`; below `__delete__` each node names a node of the tree, each
 * property one of that node that goes, and a node called `__delete__` says that the one above it goes itself.
 *
 * Errors: all of them.  O(n log n) in len, whatever the base's size, unless phandles are reserved, which
 * takes a look at each of the base's.  Rules: dtobj; DTSpec 5. */
OVL_PUBLIC enum ovl_err ovl_apply(struct ovl_tree *tree, const void *overlay, size_t len,
				  const struct ovl_apply_options *options, struct ovl_error *err);

/* How much storage, on top of ovl_tree_used(), ovl_apply() needs for this overlay, to the byte. */
OVL_PUBLIC enum ovl_err ovl_apply_size(const void *overlay, size_t len,
				       const struct ovl_apply_options *options, size_t *storage_bytes,
				       struct ovl_error *err);

/* Check what can be checked of an overlay without a base: its structure, that each fragment has a target,
 * and that each fixup, local fixup and symbol names what is there.  Storage as ovl_apply_size() says. */
OVL_PUBLIC enum ovl_err ovl_check_overlay(const void *overlay, size_t len, void *storage,
					  size_t storage_bytes, struct ovl_error *err);

/* ---------------------------------------------------------------- remove */

/* Take one overlay out of a stack: number 1 is the one applied first.  What stays is what applying the
 * others in their order gives, byte for byte.
 *
 * The newest overlay can always be taken out.  For any other, the ones above it must have been applied with
 * OVL_KEEP: they are applied anew, as they were, in the storage they have.  When one of them cannot be, the
 * tree is as it was.
 *
 * Errors: OVL_ERR_NO_LAYER, OVL_ERR_NOT_KEPT, OVL_ERR_IN_USE.  O(n log n) in the bytes of the overlays from
 * that one on. */
OVL_PUBLIC enum ovl_err ovl_remove(struct ovl_tree *tree, uint32_t number, struct ovl_error *err);

/* How many overlays are applied. */
OVL_PUBLIC uint32_t ovl_tree_layers(const struct ovl_tree *tree);

/* Where another overlay uses what one brought: a label of it, or a node of it that a fragment targets. */
struct ovl_use {
	uint32_t user;           /* the number of the overlay that uses it */
	struct ovl_str fragment; /* whose target it is; empty for a label */
	struct ovl_str label;    /* empty for a target that is no label */
	struct ovl_str place;    /* of the label: PATH:PROPERTY:OFFSET in the user's blob */
	ovl_node node;           /* of the merged tree, which the overlay brought */
	uint32_t of, layer, step, off, at;      /* private */
};

/* Every use of what overlay number brought, by the overlays above it.  Return 1 with *use filled, or 0 when
 * there is no (further) one. */
OVL_PUBLIC int ovl_use_first(const struct ovl_tree *tree, uint32_t number, struct ovl_use *use);
OVL_PUBLIC int ovl_use_next(const struct ovl_tree *tree, struct ovl_use *use);

/* ---------------------------------------------------------------- receipts */

/* A receipt is the layers of a tree in bytes: what ovl_remove() needs, for another process or a later stage
 * that has only the flattened tree.  It holds the overlays, and what has to be undone to get the base back.
 * It has no pointers and one byte order, may be stored and moved, and is believed as little as a blob.
 *
 * To take overlays out of a flattened tree: ovl_receipt_open(), ovl_receipt_base(), open a tree on that,
 * apply those that stay (ovl_receipt_first()), flatten. */
struct ovl_receipt {
	const unsigned char *bytes;     /* private, borrowed */
	uint32_t len, n_overlays, n_nodes, overlays;
};

struct ovl_receipt_overlay {
	struct ovl_str name;            /* as given to ovl_receipt_write() */
	const void *blob;
	size_t len;
	unsigned int flags;             /* enum ovl_apply_flags */
	uint32_t n_symbols;             /* labels that the caller gave, and ovl_receipt_symbol() has not taken */
	uint32_t n_reserved;            /* ranges that the caller reserved, likewise: ovl_receipt_reserved() */
	uint32_t symbols, reserved, next; /* private */
};

/* Write the receipt of a tree whose overlays were all applied with OVL_KEEP.
 *
 * names          one for each overlay, in order, or NULL
 * out            NULL: only *out_len is set, to what is needed
 *
 * Errors: OVL_ERR_NOT_KEPT, OVL_ERR_SPACE (output).  Linear in the output and the tree. */
OVL_PUBLIC enum ovl_err ovl_receipt_write(const struct ovl_tree *tree, const struct ovl_str *names,
					  void *out, size_t out_bytes, size_t *out_len,
					  struct ovl_error *err);

/* Check a receipt, wholly as far as that can be done without its tree; one byte that is not as it was written is
 * always found.  The bytes are borrowed.
 *
 * Errors: OVL_ERR_RECEIPT, err->off. */
OVL_PUBLIC enum ovl_err ovl_receipt_open(struct ovl_receipt *receipt, const void *bytes, size_t len,
					 struct ovl_error *err);

/* The overlays, in the order in which they were applied.  Return 1 with *overlay filled, or 0 when there is
 * no (further) one. */
OVL_PUBLIC int ovl_receipt_first(const struct ovl_receipt *receipt, struct ovl_receipt_overlay *overlay);
OVL_PUBLIC int ovl_receipt_next(const struct ovl_receipt *receipt, struct ovl_receipt_overlay *overlay);

/* Take the next of the labels that were given with an overlay; 0 when all were taken. */
OVL_PUBLIC int ovl_receipt_symbol(const struct ovl_receipt *receipt, struct ovl_receipt_overlay *overlay,
				  struct ovl_symbol *symbol);

/* Take the next of the ranges that were reserved; 0 when all were taken. */
OVL_PUBLIC int ovl_receipt_reserved(const struct ovl_receipt *receipt, struct ovl_receipt_overlay *overlay,
				    struct ovl_range *range);

/* Undo all overlays in a flattened tree: write the base as a blob.
 *
 * flat, len      the tree that the receipt belongs to; what others changed since is kept, as long as it is
 *                at no place that an overlay had changed, and no overlay deleted anything
 * storage        as ovl_tree_size() says for flat; when an overlay deleted something and the base is larger,
 *                OVL_ERR_SPACE says how much
 * out            at most len + the receipt's length
 *
 * Errors: those of ovl_tree_open(), OVL_ERR_NOT_ITS_TREE, OVL_ERR_SPACE. */
OVL_PUBLIC enum ovl_err ovl_receipt_base(const struct ovl_receipt *receipt, const void *flat, size_t len,
					 void *storage, size_t storage_bytes, void *out, size_t out_bytes,
					 size_t *out_len, struct ovl_error *err);

/* ---------------------------------------------------------------- flatten */

/* How much storage, on top of ovl_tree_used(), ovl_flatten() needs while it works; none when no overlay is
 * applied. */
OVL_PUBLIC size_t ovl_flatten_storage(const struct ovl_tree *tree);

/* How many bytes the merged tree takes as a blob, to the byte.  Needs the same storage. */
OVL_PUBLIC enum ovl_err ovl_flatten_size(struct ovl_tree *tree, size_t *out_bytes, struct ovl_error *err);

/* Write the merged tree as a version 17 blob: header, reservations, structure, strings, no padding.
 * The base's order is kept; what is new follows, in the order of the overlays.
 *
 * out            yours, not overlapping base or storage, any alignment
 * out_bytes      how many it has room for.  With room for the base, all overlays, and for each of their symbols
 *                the longest path of a target, it is written at once; with less the bytes are counted first,
 *                which takes half as long again.
 *
 * Errors: OVL_ERR_SPACE (err->side tells whether output or storage).  Linear in base and overlays.  DTSpec 5. */
OVL_PUBLIC enum ovl_err ovl_flatten(struct ovl_tree *tree, void *out, size_t out_bytes, size_t *out_len,
				    struct ovl_error *err);

/* ---------------------------------------------------------------- set */

/* One property as it shall be from now on. */
struct ovl_change {
	ovl_node node;           /* of the tree; the changes of one node stand together */
	struct ovl_str label;    /* a symbol of the tree that names it: the fragment targets that; empty: the
				  * fragment targets its path.  The same in all changes of one node */
	struct ovl_str prop;     /* its name; once for each node */
	const void *value;       /* len bytes */
	uint32_t len;
};

/* Write the least overlay that makes n changes of an open tree: one fragment for each node, with the properties
 * whose value is not what it shall be.  A status of "okay" where there is none changes nothing.
 *
 * changes        borrowed for the call; never a new node
 * out            NULL: only *out_len is set, to what is needed.  It does not overlap the tree.
 *
 * Errors: OVL_ERR_NO_TARGET for OVL_NONE; OVL_ERR_NAME for a property that cannot be called so; OVL_ERR_PROTECTED
 * for a phandle and for what says what labels mean; OVL_ERR_CELLS when #address-cells, #size-cells or
 * #interrupt-cells would change; OVL_ERR_NO_LABEL when the label is not the node's; OVL_ERR_NOT_OVERLAY for no
 * change at all; OVL_ERR_SPACE (output).  err->node and err->prop say which.  No storage.  O(m log m) in the bytes
 * of changes and paths m. */
OVL_PUBLIC enum ovl_err ovl_set(const struct ovl_tree *tree, const struct ovl_change *changes, uint32_t n,
				void *out, size_t out_bytes, size_t *out_len, struct ovl_error *err);

/* Write the overlay that takes these changes back when they were made: that gives the properties the values that
 * they have in this tree, which ovl_set()'s overlay is not applied to.  A property that is not there is deleted
 * (see ovl_apply()); after that the flattened tree is as before, byte for byte, but for the name of such a
 * property if the base's strings block ends in it without a use.  All else as for ovl_set(). */
OVL_PUBLIC enum ovl_err ovl_set_back(const struct ovl_tree *tree, const struct ovl_change *changes, uint32_t n,
				     void *out, size_t out_bytes, size_t *out_len, struct ovl_error *err);

/* ---------------------------------------------------------------- in one call */

/* For who calls libfdt's fdt_overlay_apply() today: one overlay onto one base, both as blobs.  Unlike there,
 * a failure leaves base and overlay as they were.
 *
 * storage        yours, aligned for uint32_t; ovl_overlay_size() says how much, and how long the result can
 *                get at the most: base and overlay together, and what the overlay's symbols and the names of
 *                its properties may get longer by
 * in place       room is what the buffer at base holds, at least the base's totalsize; the storage needs
 *                the length of the result on top.  The result's totalsize is its length.
 *
 * Errors: those of ovl_tree_open(), ovl_apply() and ovl_flatten().  Of storage err->need_bytes is enough for the one
 * of these that had too little; ovl_overlay_size() says what is for all. */
OVL_PUBLIC enum ovl_err ovl_overlay_size(const void *base, size_t base_len, const void *overlay,
					 size_t overlay_len, size_t *storage_bytes, size_t *most_bytes,
					 struct ovl_error *err);
OVL_PUBLIC enum ovl_err ovl_overlay_apply(const void *base, size_t base_len, const void *overlay,
					  size_t overlay_len, void *storage, size_t storage_bytes, void *out,
					  size_t out_bytes, size_t *out_len, struct ovl_error *err);
OVL_PUBLIC enum ovl_err ovl_overlay_apply_in_place(void *base, size_t room, const void *overlay,
						   size_t overlay_len, void *storage,
						   size_t storage_bytes, struct ovl_error *err);

/* The code that libfdt would give, or the nearest that it has: 0, or the negative of an FDT_ERR_. */
OVL_PUBLIC int ovl_libfdt_code(enum ovl_err code);

/* ---------------------------------------------------------------- profiles */

/* What others make of an overlay that is applied here: Linux while it runs, libfdt's fdt_overlay_apply(),
 * U-Boot, Android's libufdt, Xen's `xl dt-overlay`, the firmware of protected guests, the Raspberry Pi. */
enum ovl_consumer {
	OVL_FOR_LINUX, OVL_FOR_LIBFDT, OVL_FOR_U_BOOT, OVL_FOR_ANDROID, OVL_FOR_XEN, OVL_FOR_PVMFW,
	OVL_FOR_RPI, OVL_N_CONSUMERS
};

enum ovl_verdict {
	OVL_ACCEPTS,    /* in no finding */
	OVL_REFUSES,
	OVL_IGNORES,    /* and says nothing */
	OVL_DIFFERS,    /* accepts, and makes something else of it than ovl_apply() does */
};

/* What a finding is about.  Those up to OVL_RULE_TOO_LARGE can be seen in the overlay alone. */
enum ovl_rule {
	OVL_RULE_OVERRIDES,             /* the overlay has parameters */
	OVL_RULE_NO_FRAGMENTS,          /* no fragment and no symbol */
	OVL_RULE_NO_TARGET,             /* a fragment has no target */
	OVL_RULE_FIXUP,                 /* an entry of /__fixups__ names no cell */
	OVL_RULE_FIXUP_PATH,            /* an entry of /__fixups__ names no node */
	OVL_RULE_LOCAL_FIXUP,           /* an entry of /__local_fixups__ names no cell */
	OVL_RULE_TARGET_INSIDE,         /* a fragment's target is a node that the overlay brings */
	OVL_RULE_TARGET_PROPERTY,       /* a fragment has `target` */
	OVL_RULE_TARGET_LABEL,          /* a fragment's target is a label */
	OVL_RULE_TARGET_NOT_ROOT,       /* a fragment's target-path is not "/" */
	OVL_RULE_TARGET_ROOT,           /* a fragment's target-path is "/" */
	OVL_RULE_FRAGMENT_NAME,         /* a fragment's name begins neither with fragment@ nor fragment- */
	OVL_RULE_BOOTARGS,              /* the overlay sets /chosen:bootargs, which is for the base */
	OVL_RULE_BOOTARGS_ADDED,        /* it does, and the text is added to the one there */
	OVL_RULE_UNTRUSTED,             /* phandle or compatible below /avf/untrusted */
	OVL_RULE_TARGET_PHANDLE,        /* __overlay__ has a phandle */
	OVL_RULE_SYMBOL_TARGET,         /* a symbol names __overlay__ itself */
	OVL_RULE_SYMBOL_NO_DEVICE,      /* a symbol names no node below an __overlay__ */
	OVL_RULE_SYMBOLS_PRIVATE,       /* symbols do not join the tree's */
	OVL_RULE_LARGE,                 /* more than 64 KiB */
	OVL_RULE_TOO_LARGE,             /* more than 500 KiB */

	OVL_RULE_LABEL_MISSING,         /* a label, or the node it stands for, is not in the tree */
	OVL_RULE_LABEL_NO_PHANDLE,      /* the node that a label stands for has no phandle */
	OVL_RULE_TARGET_NO_PHANDLE,     /* it has none, and is a fragment's target */
	OVL_RULE_TARGET_MISSING,        /* a fragment's target is not in the tree */
	OVL_RULE_TARGET_LOOSE,          /* a target-path leaves out a unit address */
	OVL_RULE_TARGET_PATH_LABEL,     /* a target-path begins with a label that is no alias */
	OVL_RULE_TARGET_OF_OVERLAY,     /* the target came with an overlay applied before */
	OVL_RULE_LABEL_OF_OVERLAY,      /* the label came with an overlay applied before */
	OVL_RULE_PHANDLES_AGAIN,        /* phandles in this overlay and in one applied before */
	OVL_RULE_COMPATIBLE,            /* the root's first compatible is not the tree's */
	OVL_RULE_PHANDLE_EXISTS,        /* a phandle for a node that exists and has one; not for a target */
	OVL_RULE_PHANDLE_REPLACED,      /* the same, for targets too */
	OVL_RULE_REFERENCE_LOST,        /* a reference by the overlay's own phandle to a node that exists */
	OVL_RULE_NODE_EXISTS,           /* a node directly below an __overlay__ exists */
	OVL_RULE_NODE_TWICE,            /* two fragments add one node */
	OVL_RULE_PROP_EXISTING,         /* an __overlay__ sets a property of its target */
	OVL_RULE_PROP_TWICE,            /* two fragments set one property */
	OVL_RULE_CELLS,                 /* #address-cells or #size-cells of a node that exists change */
	OVL_RULE_INTERRUPT_CELLS,       /* #interrupt-cells of one do */
	OVL_RULE_SYMBOL_EXISTS,         /* the tree has a symbol of this name */
	OVL_RULE_SYMBOL_REPLACED,       /* and it names another node */
	OVL_RULE_SYMBOLS_MISSING,       /* the overlay has symbols, the tree has no /__symbols__ */
	OVL_RULE_TARGET_LOST,           /* a target is found by a phandle that a fragment before it replaced */
	OVL_RULE_SYMBOL_LOST,           /* so is that of a symbol's fragment, by a phandle that any replaced */
	OVL_N_RULES
};

/* One finding.  The slices are borrowed as long as the tree is not changed; what does not apply is empty,
 * or OVL_NONE. */
struct ovl_finding {
	enum ovl_rule rule;
	enum ovl_verdict verdict;
	struct ovl_str fragment;        /* the fragment, when inside one */
	struct ovl_str prop;            /* the property concerned */
	struct ovl_str label;           /* the label concerned */
	struct ovl_str path;            /* the target-path concerned, or the text of an entry */
	struct ovl_str other;           /* the other fragment, when two do something */
	ovl_node node;                  /* the node of the merged tree that it is about */
	uint32_t at;                    /* private: the node of the overlay */
};

/* Check an overlay as ovl_check_overlay() does, and open a tree on it alone, which is good for ovl_profile()
 * and ovl_finding_path() only.  The overlay stays borrowed with the tree; storage as ovl_apply_size() says. */
OVL_PUBLIC enum ovl_err ovl_profile_open(struct ovl_tree *tree, const void *overlay, size_t len,
					 void *storage, size_t storage_bytes, struct ovl_error *err);

/* What a consumer makes of an overlay: of one that ovl_profile_open() opened, whatever the base; or of the
 * newest of a tree, what there is to say beyond that.  Writes at most room findings and returns how many
 * there are.  To learn what it makes of an overlay that ovl_apply() is stricter about, apply that with
 * OVL_ALLOW_CELLS and OVL_LOOSE.  O(n log n) in the overlay's bytes. */
OVL_PUBLIC uint32_t ovl_profile(const struct ovl_tree *tree, enum ovl_consumer consumer,
				struct ovl_finding *findings, uint32_t room);

/* What it makes of an overlay that ovl_profile_open() or ovl_apply() refused with *err.  Return 1 with
 * *finding filled, or 0 when nothing is known. */
OVL_PUBLIC int ovl_profile_error(const struct ovl_error *err, enum ovl_consumer consumer,
				 struct ovl_finding *finding);

/* Write the path in the overlay of the node that a finding is about, without a NUL, and return its length,
 * 0 when it is about no node; nothing is written beyond room bytes. */
OVL_PUBLIC uint32_t ovl_finding_path(const struct ovl_tree *tree, const struct ovl_finding *finding,
				     char *out, uint32_t room);

/* ---------------------------------------------------------------- reading the merged tree */

/* Children stand in order: the base's, then those of each overlay.  Each call takes amortised constant time. */
OVL_PUBLIC ovl_node ovl_node_root(const struct ovl_tree *tree);
OVL_PUBLIC ovl_node ovl_node_parent(const struct ovl_tree *tree, ovl_node node);
OVL_PUBLIC ovl_node ovl_node_first(const struct ovl_tree *tree, ovl_node parent);
OVL_PUBLIC ovl_node ovl_node_next(const struct ovl_tree *tree, ovl_node node);
OVL_PUBLIC struct ovl_str ovl_node_name(const struct ovl_tree *tree, ovl_node node);
OVL_PUBLIC uint32_t ovl_node_phandle(const struct ovl_tree *tree, ovl_node node);
OVL_PUBLIC uint32_t ovl_node_layer(const struct ovl_tree *tree, ovl_node node);

/* By exact name, unit address included; by absolute path; by phandle, with a look at each overlay applied; by symbol.
 * OVL_NONE when there is none. */
OVL_PUBLIC ovl_node ovl_node_child(const struct ovl_tree *tree, ovl_node parent, struct ovl_str name);
OVL_PUBLIC ovl_node ovl_node_by_path(const struct ovl_tree *tree, struct ovl_str path);
OVL_PUBLIC ovl_node ovl_node_by_phandle(const struct ovl_tree *tree, uint32_t phandle);
OVL_PUBLIC ovl_node ovl_node_by_label(const struct ovl_tree *tree, struct ovl_str label);

/* Write the path of a node, without a NUL, and return its length; nothing is written beyond room bytes. */
OVL_PUBLIC uint32_t ovl_node_path(const struct ovl_tree *tree, ovl_node node, char *out, uint32_t room);

/* The properties of a node, in order.  Return 1 with *prop filled, or 0 when there is no (further) one. */
OVL_PUBLIC int ovl_prop_first(const struct ovl_tree *tree, ovl_node node, struct ovl_prop *prop);
OVL_PUBLIC int ovl_prop_next(const struct ovl_tree *tree, struct ovl_prop *prop);
OVL_PUBLIC int ovl_prop_find(const struct ovl_tree *tree, ovl_node node, struct ovl_str name,
			     struct ovl_prop *prop);

/* Copy a property's value, prop->len bytes, to out. */
OVL_PUBLIC void ovl_prop_copy(const struct ovl_tree *tree, const struct ovl_prop *prop, void *out);

/* Cell i (4 bytes, big-endian) of a property whose value is stored; 0 beyond its end. */
OVL_PUBLIC uint32_t ovl_prop_cell(const struct ovl_prop *prop, uint32_t i);

/* ---------------------------------------------------------------- who set what */

/* As ovl_prop_first() and ovl_prop_find(), with those properties that overlays deleted, where they stood;
 * ovl_prop_next() goes on.  Of one that is deleted the member `deleted` is set, layer is the overlay that did
 * it, and value says nothing. */
OVL_PUBLIC int ovl_prop_ever_first(const struct ovl_tree *tree, ovl_node node, struct ovl_prop *prop);
OVL_PUBLIC int ovl_prop_ever_find(const struct ovl_tree *tree, ovl_node node, struct ovl_str name,
				  struct ovl_prop *prop);

/* From a property as one of the calls above found it, or as this one did, to what it was before: as a fragment
 * applied earlier set or deleted it, of an overlay below or of the same one, and at last as the base gave it.
 * Return 1 with *prop changed, or 0 when nothing was there before.  Such a *prop is not for ovl_prop_next().
 * Constant time, but for the length of the name and of a symbol's path. */
OVL_PUBLIC int ovl_prop_older(const struct ovl_tree *tree, struct ovl_prop *prop);

/* The name of the fragment that set, or deleted, a property or made a node; `__symbols__` for a symbol of an
 * overlay; empty for what is the base's.  ovl_prop.layer and ovl_node_layer() say of which overlay it is. */
OVL_PUBLIC struct ovl_str ovl_prop_fragment(const struct ovl_tree *tree, const struct ovl_prop *prop);
OVL_PUBLIC struct ovl_str ovl_node_fragment(const struct ovl_tree *tree, ovl_node node);

/* A slice of a NUL-terminated text. */
OVL_PUBLIC struct ovl_str ovl_str(const char *text);

/* ---------------------------------------------------------------- references */

/* How it is known that a cell refers to a node. */
enum ovl_ref_kind {
	OVL_REF_FIXUP,          /* /__fixups__ lists it: it stands for ref->label of the base */
	OVL_REF_LOCAL,          /* /__local_fixups__ lists it */
	OVL_REF_KNOWN,          /* its property holds references (libovl/refs_table.h) */
	OVL_REF_MAP,            /* it stands where an interrupt-map, iommu-map, msi-map, gpio-map ... has one */
	OVL_REF_SUSPECT,        /* it only equals a phandle */
};

enum ovl_ref_fault {
	OVL_REF_SOUND,
	OVL_REF_DANGLING,       /* no node has ref->phandle */
	OVL_REF_NO_CELLS,       /* ref->to, or without it ref->node, does not say ref->cells, so that the rest
				 * cannot be read */
	OVL_REF_SHORT,          /* fewer cells follow than the n_args that ref->to asks for; without ref->to: than
				 * the n_args that stand before a map's phandle */
	OVL_REF_LENGTH,         /* the value is no number of cells */
	OVL_REF_MASK,           /* the mask of a map has not the n_args cells that an entry begins with */
};

/* One reference, or a property known to hold some that cannot be read (fault). */
struct ovl_ref {
	enum ovl_ref_kind kind;
	enum ovl_ref_fault fault;
	ovl_node node;                  /* whose property it is in */
	struct ovl_prop prop;
	uint32_t off;                   /* bytes from the start of the value */
	uint32_t phandle;               /* what stands there */
	ovl_node to;                    /* the node with that phandle, or OVL_NONE */
	const struct ovl_tree *in;      /* the tree that has it */
	const char *cells;              /* the property of it that says n_args, or NULL */
	uint32_t n_args;                /* cells that follow and belong to it; 0 when nobody says how many */
	uint32_t before;                /* cells that stand before it and belong to its entry (maps) */
	struct ovl_str label;           /* OVL_REF_FIXUP */

	const struct ovl_tree *tree, *context; /* private from here on */
	struct ovl_prop list;
	struct ovl_beside {
		ovl_node node;
		uint32_t lost;
	} mirror, home;
	ovl_node top;
	const char *by;
	uint32_t list_at, past, cell, entry, want, known, otherwise;
	uint32_t shape, step, listed, partial, other_way;
};

/* Every reference in top and all that lies below it, node by node, in the order of the values; before them the
 * uses of labels that /__fixups__ lists.
 *
 * context        the tree that this one is a part of, or NULL: a phandle that no node here has is looked for
 *                there, and what an overlay's node does not say, in the node that its target-path or numeric
 *                target leads to.  In a tree with fragments, /__fixups__ or /__local_fixups__ a number that is
 *                not listed there is always one of the context.
 *
 * A list is read as far as the nodes referred to say how; behind a label, whose node only the base tells, and
 * behind a fault, cells are only suspected.  An interrupt parent without #address-cells counts none in a map
 * (DTSpec 2.4.3), a map's own node counts 2 (DTSpec 2.3.5).  phandle and linux,phandle are no references.
 *
 * Return 1 with *ref filled, or 0 when there is no (further) one.  The trees must not change meanwhile.  Linear
 * in the blob; needs no storage. */
OVL_PUBLIC int ovl_ref_first(const struct ovl_tree *tree, const struct ovl_tree *context, ovl_node top,
			     struct ovl_ref *ref);
OVL_PUBLIC int ovl_ref_next(struct ovl_ref *ref);

/* ---------------------------------------------------------------- rebase */

/* Move what was made for one tree to a newer one, in which the nodes have other phandles: a hypervisor's fragment
 * after the guest's firmware renumbered its tree. */

/* The phandle of the node at an absolute path, for who makes a fragment anew; fallback when tree is NULL, or there is
 * no such node, or it has no phandle.  O(path). */
OVL_PUBLIC uint32_t ovl_phandle_by_path(const struct ovl_tree *tree, struct ovl_str path, uint32_t fallback);

/* Make a blob of yours that has nodes with two phandles, as SLOF writes them, one that ovl_tree_open() takes: in each
 * node the first phandle or linux,phandle wins, one with another number or the same name becomes NOP tags.  Returns
 * how many did, and where in the structure block, the first room of them, in offs.  Nothing else is looked for: a
 * blob that is malformed stays so.  Linear in len. */
OVL_PUBLIC uint32_t ovl_first_phandle_wins(void *blob, size_t len, uint32_t *offs, uint32_t room);

/* Which node of the new tree is the one of the old tree? */
enum ovl_match {
	OVL_MATCH_PATH,         /* the one with the same path */
	OVL_MATCH_SYMBOL,       /* the one with the same label in /__symbols__ */
	OVL_MATCH_COMPATIBLE,   /* the only one with the same compatible */
};

/* A number that is given: references to a node of the old tree get it, whatever the new tree has. */
struct ovl_pin {
	ovl_node node;
	uint32_t phandle;
};

struct ovl_rebase_options {
	enum ovl_match match;
	const struct ovl_pin *pins;
	uint32_t n_pins;
	const struct ovl_range *reserved;       /* numbers that no node of the artefact is given */
	uint32_t n_reserved;
};

/* What will be done; and after a failure, with what it stopped. */
struct ovl_rebase {
	uint32_t n_rewritten;           /* references that get another number */
	uint32_t n_kept;                /* that have the right one */
	uint32_t n_suspects;            /* cells that equal a phandle of the old tree, and are left alone */
	uint32_t n_renumbered;          /* nodes of the artefact itself that get another phandle */
	struct ovl_ref ref;             /* the reference it stopped with */
	ovl_node old_node;              /* the node of the old tree that it leads to */
	ovl_node new_node, other_node;  /* what in the new tree matches; other_node: OVL_ERR_AMBIGUOUS */
	const char *prop;               /* OVL_ERR_NOT_ALIKE */

	const struct ovl_tree *artefact, *old, *now; /* private from here on */
	uint32_t *words;
	uint32_t n_targets, room, n_slots, whole;
};

/* How much storage ovl_rebase_plan() needs, to the byte.  Linear in the trees. */
OVL_PUBLIC size_t ovl_rebase_size(const struct ovl_tree *artefact, const struct ovl_tree *old);

/* Find the number that each reference of an artefact must have in the new tree.
 *
 * artefact       a tree opened on it, with no overlay applied: an overlay, a fragment alone, or a whole tree,
 *                whose numbers are those of the old tree, or of its own nodes
 * old, now       the tree it was made for, and the one it is moved to; the new tree may be a guest's
 * options        may be NULL: by path
 * storage        yours, aligned for uint32_t; the plan keeps it, and the trees
 *
 * The references are those of ovl_ref_first(); suspects stay as they are.  Both nodes must agree in compatible,
 * and in each property that a reference's cells are counted by.  In an overlay, nodes of its own keep their
 * phandles, which ovl_apply() moves.  In another artefact a node that is the old tree's, by path and phandle,
 * gets the phandle that it has in the new tree; any other one keeps its own, or gets one above all others when
 * that is taken.
 *
 * now may be NULL: then all but the pins keep their number.
 *
 * Errors: OVL_ERR_DANGLING and those after it, OVL_ERR_NO_PHANDLE, OVL_ERR_PHANDLES_FULL, OVL_ERR_SPACE,
 * OVL_ERR_COLLISION.  Linear in the artefact and the trees. */
OVL_PUBLIC enum ovl_err ovl_rebase_plan(struct ovl_rebase *plan, const struct ovl_tree *artefact,
					const struct ovl_tree *old, const struct ovl_tree *now,
					const struct ovl_rebase_options *options, void *storage,
					size_t storage_bytes, struct ovl_error *err);

/* The map of a plan: the nodes that the artefact refers to, in the order in which it does so first; then, unless it is
 * an overlay, its other nodes that have a phandle, to which n_refs is 0.  Return 1 with *to filled, or 0 when there is
 * no (further) one. */
struct ovl_rebased {
	const struct ovl_tree *in;      /* the old tree, or the artefact */
	ovl_node node;                  /* of it */
	uint32_t was, is;               /* its phandle before, and now */
	uint32_t n_refs;
	uint32_t i;                     /* private */
};
OVL_PUBLIC int ovl_rebased_first(const struct ovl_rebase *plan, struct ovl_rebased *to);
OVL_PUBLIC int ovl_rebased_next(const struct ovl_rebase *plan, struct ovl_rebased *to);

/* Write the artefact with its new numbers, all else as it was; its length stays what its header says.
 *
 * out            yours, not overlapping the artefact
 *
 * Errors: OVL_ERR_SPACE (output).  Linear in the artefact. */
OVL_PUBLIC enum ovl_err ovl_rebase_write(struct ovl_rebase *plan, void *out, size_t out_bytes, size_t *out_len,
					 struct ovl_error *err);

/* ---------------------------------------------------------------- policy */

/* Copy a blob out of memory that somebody else may change meanwhile, and never look there again.
 *
 * theirs, room   where it is, and how many bytes can be read there at the most
 * max_bytes      a blob that says it has more is refused, whatever else it is
 * own            yours; *len of its own_bytes are filled.  With own_bytes 0 it may be NULL: what is needed is
 *                told after a look at the header, as OVL_ERR_SPACE with err->need_bytes
 *
 * The first eight bytes decide.  They are read once; so is every byte after them, and none beyond totalsize.
 * What is open to ovl_tree_open() afterwards is the copy, which says what was decided on.
 * Errors: OVL_ERR_MAGIC, OVL_ERR_TOO_LARGE, OVL_ERR_TRUNCATED, OVL_ERR_SPACE.  Linear in totalsize. */
OVL_PUBLIC enum ovl_err ovl_copy_in(const volatile void *theirs, size_t room, size_t max_bytes, void *own,
				    size_t own_bytes, size_t *len, struct ovl_error *err);

/* What an overlay does.  A rule is about some of these. */
enum ovl_act {
	OVL_ACT_TARGET = 1,     /* a fragment has this node for its target */
	OVL_ACT_NODE = 2,       /* adds this node */
	OVL_ACT_INIT = 4,       /* gives a property to a node that it adds; not for phandles */
	OVL_ACT_SET = 8,        /* sets a property of a node that was there */
	OVL_ACT_DELETE = 16,    /* deletes a node or a property */
	OVL_ACT_LABEL = 32,     /* gives this node a label in /__symbols__; the property is the label */
};

/* A rule matches an act of one of its kinds when all of its patterns do; an empty one matches anything.
 * In a pattern `?` stands for any character and `*` for any number of them, but for a slash; at the end of
 * a path `**` alone or after a slash stands for whatever is below.  A rule with `prop` or `values` matches no
 * act that is about no property. */
struct ovl_policy_rule {
	int allow;
	unsigned int acts;              /* enum ovl_act */
	struct ovl_str path;            /* pattern: the node's path */
	struct ovl_str prop;            /* pattern: the property's name, or the label */
	struct ovl_str values;          /* the texts that the property may be, each but the last with its NUL */
};

/* The first rule that matches an act decides.  What none matches is not allowed. */
struct ovl_policy {
	const char *name;               /* for messages; may be NULL */
	const struct ovl_policy_rule *rules;
	uint32_t n_rules;
};

/* Nothing but `status` of nodes that exist, to okay or disabled.  And: nothing but new nodes, with labels. */
OVL_PUBLIC extern const struct ovl_policy ovl_policy_status_only, ovl_policy_new_nodes_only;

enum ovl_violation_kind {
	/* ovl_policy_check(): an act that is not allowed. */
	OVL_VIOLATION_TARGET,
	OVL_VIOLATION_NODE,
	OVL_VIOLATION_INIT,
	OVL_VIOLATION_SET,
	OVL_VIOLATION_DELETE,
	OVL_VIOLATION_LABEL,

	/* ovl_seed_check(): a difference to the seed. */
	OVL_VIOLATION_PHANDLE,          /* another phandle, or references that follow one */
	OVL_VIOLATION_ORDER,            /* the properties or children of the node stand in another order */
	OVL_VIOLATION_NODE_ADDED,
	OVL_VIOLATION_PROP_ADDED,
	OVL_VIOLATION_NODE_MISSING,     /* below node; prop is its name */
	OVL_VIOLATION_PROP_MISSING,
	OVL_VIOLATION_VALUE,
	OVL_VIOLATION_RESERVATIONS,     /* the memory reservations, or the boot CPU */

	/* ovl_limits_check(): of first and last, what stands there. */
	OVL_VIOLATION_RESERVED,         /* the phandle */
	OVL_VIOLATION_REG_OUTSIDE,      /* addresses, as the processor uses them, not in one window */
	OVL_VIOLATION_REG_UNREACHABLE,  /* addresses on the bus, not in one of its ranges */
	OVL_VIOLATION_REG_OVERFLOW,     /* addresses, beyond what the cells can say */
	OVL_VIOLATION_REG_LENGTH,       /* bytes of it, and of an entry */
	OVL_VIOLATION_REG_CELLS,        /* #address-cells and #size-cells, too many to be a number */
	OVL_VIOLATION_RANGES_LENGTH,
	OVL_VIOLATION_RANGES_OVERLAP,   /* where two that overlap begin */
	OVL_VIOLATION_XEN_REG_ALIGN,    /* addresses of the host and the guest: with the size, not whole pages */
	OVL_VIOLATION_XEN_PATH,         /* no absolute path */
	OVL_VIOLATION_MAP_LENGTH,       /* bytes of an iommu-map, and of an entry */
	OVL_VIOLATION_MAP_MASK,         /* an ID, and the mask that does not let it through */
	OVL_VIOLATION_MAP_OVERLAP,      /* IDs where two entries that overlap begin */
	OVL_VIOLATION_MAP_CELLS,        /* #iommu-cells of other, not 1 */
	OVL_VIOLATION_DOMID,            /* domains, for Xen's IOMMU other, which has none of these numbers */

	OVL_N_VIOLATIONS
};

/* One violation.  The slices are borrowed as long as the tree is not changed; what does not apply is empty,
 * OVL_NONE or 0. */
struct ovl_violation {
	enum ovl_violation_kind kind;
	uint32_t rule;                  /* of the policy: which forbids it; n_rules when none allows it */
	ovl_node node;                  /* of the tree; OVL_NONE for an overlay alone */
	struct ovl_str prop;            /* the property, label or missing node */
	struct ovl_str value;           /* what an overlay would set it to */
	uint64_t first, last;           /* the numbers concerned: see the kind */
	ovl_node other;                 /* the node referred to */
	uint32_t at;                    /* private: the node of the overlay */
};

/* Judge what an overlay does by a policy: one that ovl_profile_open() opened alone, or the newest of a tree.
 * Alone, a path begins with the target-path, or with &label; every node below `__overlay__` counts as added,
 * because only a base can tell.  Writes at most room violations and returns how many there are.
 * Linear in the overlay's bytes for each rule. */
OVL_PUBLIC uint32_t ovl_policy_check(const struct ovl_tree *tree, const struct ovl_policy *policy,
				     struct ovl_violation *violations, uint32_t room);

/* A comparison with a tree that is trusted: what it is about, and room to work in, which is yours. */
struct ovl_comparison {
	const struct ovl_tree *tree, *seed;
	unsigned int allowed;           /* kinds: a set of bits 1u << OVL_VIOLATION_... */

	struct ovl_violation *list;     /* private from here on */
	uint32_t room, n;
	ovl_node node, other;
	uint32_t lost;
	int more_refs, moved, ordered;
	struct ovl_ref ref;
	struct ovl_prop prop, there, at;
};

/* Compare a tree with its seed: whatever is not the same is a violation, but for the kinds that are allowed.
 * Added nodes are not looked into.  A reference (ovl_ref_first()) to the node of the same path, by another
 * phandle, is a difference of phandles; a suspect is no reference.  Writes at most room violations and returns
 * how many there are.  O(n log n) in the bytes of both. */
OVL_PUBLIC uint32_t ovl_seed_check(struct ovl_comparison *comparison, struct ovl_violation *violations,
				   uint32_t room);

/* Addresses from first to last, both included. */
struct ovl_window {
	uint64_t first, last;
};

/* What numbers a tree may hold.  What layers below first_layer brought is not judged, but where a later one
 * decides how it is read. */
struct ovl_limits {
	const struct ovl_range *reserved;       /* phandles that no node has */
	uint32_t n_reserved;
	const struct ovl_window *windows;       /* each address in a reg lies in one; none given: anywhere */
	uint32_t n_windows;
	uint32_t first_layer;
	int partial;                            /* a partial tree of Xen's: xen,reg and xen,path, too */
};

/* Judge the numbers of a tree.  A reg is read as the bus it is on says, and translated by the ranges of all
 * above; what no ranges lead to, or PCI's do, is no memory and not judged.  Each iommu-map is judged always.
 * Writes at most room violations, and to *n how many there are.  Needs storage on top of ovl_tree_used(), as
 * ovl_limits_storage() says, while it works.
 *
 * Errors: OVL_ERR_SPACE.  O(n log n) in the bytes of the tree, times the windows and reserved ranges. */
OVL_PUBLIC size_t ovl_limits_storage(const struct ovl_tree *tree);
OVL_PUBLIC enum ovl_err ovl_limits_check(struct ovl_tree *tree, const struct ovl_limits *limits,
					 struct ovl_violation *violations, uint32_t room, uint32_t *n,
					 struct ovl_error *err);

/* Write the path of the node that a violation is about, as rules see it, without a NUL, and return its
 * length; nothing is written beyond room bytes. */
OVL_PUBLIC uint32_t ovl_violation_path(const struct ovl_tree *tree, const struct ovl_violation *violation,
				       char *out, uint32_t room);

#ifdef __cplusplus
}
#endif

#endif
