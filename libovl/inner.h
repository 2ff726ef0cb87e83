/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* inner.h - what the parts of libovl share and nobody else sees.
 *
 * Everything a tree knows stands in the storage as 32-bit words; an id is the index of a record's first
 * word, 0 is none.  The base and every overlay are a layer each: the layer's record, for an overlay a copy
 * of its structure and strings blocks, its node records in the order of the structure block, its index,
 * and for an overlay one version record for each of its properties.
 *
 *     call.c      a call, from its begin to its end
 *     blob.c      bytes -> the blocks of a blob
 *     scan.c      blocks -> a proven blob, its counts and node records
 *     index.c     layer -> index of names
 *     trie.c      names that layers add to nodes of others
 *     node.c      the merged tree, nodes
 *     prop.c      the merged tree, properties
 *     overlay.c   an overlay's fixups and symbols
 *     phandle.c   numbers for an overlay's phandles
 *     apply.c     targets, merging, taking back
 *     tree.c      opening a tree on a base
 *     flatten.c   the merged tree -> bytes
 *     remove.c    layers out of the middle
 *     receipt.c   the layers of a tree <-> bytes
 *     once.c      all of it in one call
 *     profile.c   what other consumers make of an overlay
 *     history.c   who set what, and what was before
 *     refs.c      every reference to a node
 *     rebase.c    an artefact's references -> another tree's numbers
 *     firmware.c  what a firmware writes twice
 *     set.c       changes of values -> an overlay, and the way back
 *     policy.c    what an overlay may do
 *     seed.c      the same as a trusted tree
 *     limits.c    where numbers of a tree may lie
 *     copy.c      a blob that others may change */
#ifndef OVLI_INNER_H
#define OVLI_INNER_H

#include "ovl.h"

#include <stdbool.h>

/* The four functions that every freestanding C compiler may call anyway (C11 4.6, GCC manual 2.1). */
void *memcpy(void *restrict to, const void *restrict from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);

/* DTSpec 5.2 and 5.4.1 */
#define OVLI_MAGIC	0xd00dfeedu
#define OVLI_BEGIN_NODE	1u
#define OVLI_END_NODE	2u
#define OVLI_PROP	3u
#define OVLI_NOP	4u
#define OVLI_END	9u
#define OVLI_HEADER_BYTES 40u

/* A node with more properties than this, or more children, has these in the index; the others are searched. */
#define OVLI_FEW 32u

/* What cannot be, as was proven before, and is looked for all the same: no branch where branches are counted. */
#ifdef COVERAGE
#define NEVER(x) ((void)(x), false)
#else
#define NEVER(x) (x)
#endif

/* ---------------------------------------------------------------- bytes */

/* A step with a frame of its own: what it needs must not lie on the stack while its caller goes deeper.
 * Attributes are written with underscores: their plain names may be macros where the library is built in. */
#if defined(__GNUC__)
#define OVLI_APART __attribute__((__noinline__))
#define OVLI_INLINE inline __attribute__((__always_inline__))
#else
#define OVLI_APART
#define OVLI_INLINE inline
#endif

/* Bytes that will be needed soon come into the cache meanwhile. */
#if defined(__GNUC__)
#define OVLI_FORESEE(p) __builtin_prefetch(p, 1)
#else
#define OVLI_FORESEE(p) ((void)(p))
#endif

/* In a walk those so far ahead, be they there or not: machines that foresee walks do so to the end of a page. */
#define OVLI_ONWARD	2048
#define OVLI_BACK	(-2048)

static OVLI_INLINE void ovli_foresee_walk(const void *at, int ahead)
{
	OVLI_FORESEE((const void *)((uintptr_t)at + (uintptr_t)ahead));
}

/* Two instructions on most machines: less than a call, which a compiler that counts the shifts would make. */
static OVLI_INLINE uint32_t ovli_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* A number that is checked, and then used: a compiler may not read it from the blob for each. */
static OVLI_INLINE uint32_t ovli_read_once(const unsigned char *p)
{
#if defined(__GNUC__)
	uint32_t held = ovli_be32(p);

	__asm__ volatile("" : "+r"(held));
#else
	volatile uint32_t held = ovli_be32(p);
#endif
	return held;
}

static OVLI_INLINE void ovli_put32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
}

static inline uint32_t ovli_align4(uint32_t n)
{
	return (n + 3) & ~3u;
}

/* Text, eight bytes at a time, the first of them lowest. */
#define OVLI_EACH_BYTE	0x0101010101010101u
#define OVLI_TEXT4(a, b, c, d) ((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24)

static OVLI_INLINE uint64_t ovli_text8(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
	       (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

/* Its lowest bit is in the first NUL; 0 when there is none. */
static OVLI_INLINE uint64_t ovli_nul_in(uint64_t text)
{
	return (text - OVLI_EACH_BYTE) & ~text & OVLI_EACH_BYTE << 7;
}

/* The bits of the bytes up to that NUL. */
static OVLI_INLINE uint64_t ovli_up_to(uint64_t nul)
{
	return nul ^ (nul - 1);
}

/* How many bytes come before it. */
static OVLI_INLINE uint32_t ovli_before_nul(uint64_t nul)
{
	return (uint32_t)((ovli_up_to(nul) & OVLI_EACH_BYTE) * OVLI_EACH_BYTE >> 56) - 1;
}

/* How the words of two names of overlays differ, at *at; 0 when they are the same.  See OVLI_TO_NUL. */
static OVLI_INLINE uint64_t ovli_names_differ(const char *a, const char *b, uint32_t *at)
{
	uint64_t word, nul, differ;

	for (*at = 0;; *at += 8) {
		word = ovli_text8(a + *at);
		nul = ovli_nul_in(word);
		differ = (word ^ ovli_text8(b + *at)) & ovli_up_to(nul);
		if (differ || nul)
			return differ;
	}
}

/* The same on every machine: the hash of a name is made of its words, the last of which holds its NUL. */
#define OVLI_SPREAD	0x9e3779b97f4a7c15u

static OVLI_INLINE uint32_t ovli_hash_more(uint32_t hash, uint64_t word)
{
	return (uint32_t)((hash ^ word) * OVLI_SPREAD >> 32);
}

/* Of the storage no more is used than ids can name: they are 32 bits, and two of those are needed for kinds and
 * leaves. */
static inline size_t ovli_words_of(size_t storage_bytes)
{
	size_t words = storage_bytes / sizeof(uint32_t), most = (size_t)1 << 30;

	return words > most ? most : words;
}

#define OVLI_STR(literal) ((struct ovl_str){ literal, sizeof(literal) - 1 })

static inline void ovli_pass_slashes(struct ovl_str *path)
{
	for (; path->len && *path->ptr == '/'; path->len--)
		path->ptr++;
}

/* ---------------------------------------------------------------- calls */

/* A call that may fail, from beginning to end: the tree as it will be when all goes well, and what is in its
 * way.  All texts are NUL-terminated, in a blob. */
struct ovli_call {
	struct ovl_tree tree;
	const struct ovl_apply_options *options;
	struct ovli_layer *l;           /* the one that is being applied, and its id */
	uint32_t layer;
	bool deletes, any;              /* the fragment in hand does; there are fragments or symbols */
	bool phandles_differ;           /* a node of an overlay has another phandle in the tree */
	unsigned char side;             /* enum ovl_side */
	enum ovl_err code;
	uint32_t number;
	uint32_t off;                   /* of what ovli_fail() is told, behind from */
	uint32_t room;                  /* behind from: so far texts are read at most; 0: to their NUL */
	const unsigned char *from;
	const char *fragment, *node, *prop, *label, *path;
	size_t need_bytes;
};

/* call.c */
void ovli_begin(struct ovli_call *c, const struct ovl_tree *t, enum ovl_side side);
enum ovl_err ovli_end(const struct ovli_call *c, struct ovl_tree *t, struct ovl_error *err);
enum ovl_err ovli_fail(struct ovli_call *c, enum ovl_err code, const unsigned char *at);
enum ovl_err ovli_no_space(struct ovli_call *c, enum ovl_side side, uint64_t bytes);
enum ovl_err ovli_say_space(enum ovl_side side, uint64_t bytes, struct ovl_error *err);

static inline const unsigned char *ovli_fail_at(struct ovli_call *c, enum ovl_err code, const unsigned char *at)
{
	ovli_fail(c, code, at);
	return NULL;
}

/* ---------------------------------------------------------------- writing */

/* As many bytes as may be written to an output: no blob says of itself that it has more than 32 bits can. */
static inline uint64_t ovli_most_bytes(uint64_t out_bytes)
{
	return out_bytes > ~0u ? ~0u : out_bytes;
}

/* Where bytes are written, or only counted. */
struct ovli_out {
	unsigned char *bytes;           /* NULL: they are counted */
	uint64_t at;
};

static inline void ovli_put(struct ovli_out *o, const void *bytes, uint32_t len)
{
	if (o->bytes && len)
		memcpy(o->bytes + o->at, bytes, len);
	o->at += len;
}

static inline void ovli_put_cell(struct ovli_out *o, uint32_t v)
{
	if (o->bytes)
		ovli_put32(o->bytes + o->at, v);
	o->at += 4;
}

/* What fills len bytes up to four. */
static inline void ovli_put_padding(struct ovli_out *o, uint32_t len)
{
	static const unsigned char zero[4];

	ovli_put(o, zero, ovli_align4(len) - len);
}

/* ---------------------------------------------------------------- records */

/* A blob's blocks after its header was checked, and, after the scan, what it holds: what a layer takes is
 * known from these counts before any of it is taken. */
struct ovli_blob {
	const unsigned char *structure, *reserve;
	const char *strings;
	uint32_t size_structure, size_strings;
	uint32_t reserve_bytes;         /* without the terminator */
	uint32_t boot_cpu;
	uint32_t nodes, props, phandles;
	uint32_t many;                  /* properties, and children, of nodes that have more than OVLI_FEW */
	uint32_t untidy;                /* there are NOP tags, or padding that is not zero */
};

/* One node of a blob.  A base's nodes have this much, an overlay's are a struct ovli_over. */
struct ovli_node {
	uint32_t off;                   /* of its BEGIN_NODE in the base's structure block, or the storage; flags */
	uint32_t parent, next;          /* in its own blob */
	uint32_t phandle;               /* 0 for none */
	uint32_t pieces;                /* the newest overlay node merged into it; before that, its name's hash */
};

/* What it has more than OVLI_FEW of.  Offsets are of whole cells. */
enum { OVLI_MANY_PROPS = 1, OVLI_MANY_CHILDREN = 2, OVLI_MANY = 3 };

/* Where records may be laid, as far as they fit. */
struct ovli_room {
	uint32_t first, end, stride;    /* words of the storage */
	const unsigned char *origin;    /* what their offsets are counted from */
};

/* In the trie; shows none of its own properties; a piece, the newest of its home, that deletes it. */
enum { OVLI_IN_TRIE = 1, OVLI_HIDE_OWN = 2, OVLI_TOMB = 4 };

struct ovli_over {
	struct ovli_node node;
	uint32_t layer;
	uint32_t home;                  /* the node of the tree that it is or went into; 0: not in the tree */
	uint32_t newer, older;          /* pieces of one home: a ring from newest to oldest, and back */
	uint32_t versions, n_versions;  /* the properties it set there */
	uint32_t n_own;                 /* those of them, and of older pieces, that its home had until then without any
					 * overlay */
	uint32_t flags;
	uint32_t links[3];              /* trie.c */
};

/* One property that an overlay set on a node which it did not make. */
/* Stands, or stood, in the trie; the oldest, and the node had it without any overlay; it is deleted; there is, or was, a
 * newer one. */
enum { OVLI_SET = 1, OVLI_OWN = 2, OVLI_GONE = 4, OVLI_OLD = 8 };

struct ovli_version {
	uint32_t piece, off;            /* the overlay's node, and the property's tag in the storage */
	uint32_t older;                 /* what it replaces, when that is a version too */
	uint32_t target;                /* for a symbol: the overlay's node that it names */
	uint32_t flags;
	uint32_t links[3];
};

struct ovli_layer {
	uint32_t structure, size_structure; /* byte offsets from the base, or for overlays the storage */
	uint32_t strings, size_strings;
	uint32_t nodes, nodes_end, stride;
	uint32_t n_slots, n_numbers;    /* of the index, which begins at nodes_end, and of its phandles */
	uint32_t tags;                  /* the bits of a slot that hold those of a hash */
	uint32_t symbols;               /* the tree's /__symbols__ with this layer on top; 0: none */
	uint32_t versions, next_version;
	uint32_t n_props;
	uint32_t delta;                 /* what was added to the phandles of this overlay */
	uint32_t max_phandle;           /* the largest of it, delta included, and of the overlays below */
	uint32_t below;                 /* the layer before it */
	uint32_t number;                /* 0 the base, then counting */
	uint32_t words;                 /* of all that is the layer's, this record first */
	uint32_t kept;                  /* OVL_KEEP: where its structure block as it came is, from this record */
	uint32_t deletes;               /* something of the layers below */
	uint32_t flags, n_reserved;     /* OVL_KEEP: what it was applied with */
	uint32_t untidy;                /* the structure block holds NOP tags, or padding that is not zero */
	uint32_t reserve, reserve_bytes, boot_cpu;
};

/* The two tries, and where in the storage their roots are.  Before them is a word that no id is. */
enum ovli_kind { OVLI_CHILDREN = 1, OVLI_VERSIONS = 2 };
#define OVLI_FIRST_WORD 3u

#define OVLI_WORDS(type) ((uint32_t)(sizeof(struct type) / sizeof(uint32_t)))

/* The base's layer comes first, and its root first in it. */
#define OVLI_ROOT (OVLI_FIRST_WORD + OVLI_WORDS(ovli_layer))

static inline struct ovli_layer *ovli_layer(const struct ovl_tree *t, uint32_t id)
{
	return (struct ovli_layer *)(void *)(t->words + id);
}

/* The base's. */
static inline struct ovli_layer *ovli_base(const struct ovl_tree *t)
{
	return ovli_layer(t, OVLI_FIRST_WORD);
}

/* The tree's /__symbols__, which no overlay deletes; 0: none. */
static inline uint32_t ovli_symbols(const struct ovl_tree *t)
{
	return ovli_layer(t, t->top_layer)->symbols;
}

static inline struct ovli_node *ovli_node(const struct ovl_tree *t, uint32_t id)
{
	return (struct ovli_node *)(void *)(t->words + id);
}

static inline struct ovli_over *ovli_over(const struct ovl_tree *t, uint32_t id)
{
	return (struct ovli_over *)(void *)(t->words + id);
}

static inline struct ovli_version *ovli_version(const struct ovl_tree *t, uint32_t id)
{
	return (struct ovli_version *)(void *)(t->words + id);
}

/* The base's records come first in the storage. */
static inline bool ovli_in_base(const struct ovl_tree *t, uint32_t node)
{
	return node < t->base_end;
}

/* How many properties that the node has of its own overlays replaced. */
static inline uint32_t ovli_n_replaced(const struct ovl_tree *t, uint32_t node)
{
	uint32_t newest = ovli_node(t, node)->pieces;

	return newest ? ovli_over(t, newest)->n_own : 0;
}

static inline uint32_t ovli_layer_of(const struct ovl_tree *t, uint32_t node)
{
	return ovli_in_base(t, node) ? t->base_layer : ovli_over(t, node)->layer;
}

/* What a layer's offsets are counted from. */
static inline const unsigned char *ovli_bytes(const struct ovl_tree *t, const struct ovli_layer *l)
{
	return l->stride == OVLI_WORDS(ovli_node) ? t->base : (const unsigned char *)t->words;
}

/* Where the offsets of its nodes are counted from. */
static inline const unsigned char *ovli_origin(const struct ovl_tree *t, const struct ovli_layer *l)
{
	return l->stride == OVLI_WORDS(ovli_node) ? t->base + l->structure : (const unsigned char *)t->words;
}

static inline const char *ovli_strings(const struct ovl_tree *t, const struct ovli_layer *l)
{
	return (const char *)ovli_bytes(t, l) + l->strings;
}

/* The copy of an overlay may be written: numbers are resolved in place. */
static inline unsigned char *ovli_writable(const struct ovl_tree *t, const unsigned char *at)
{
	return (unsigned char *)t->words + (at - (const unsigned char *)t->words);
}

/* What a layer keeps stands one behind the other: see apply.c. */
static inline uint32_t ovli_kept_ranges(const struct ovl_tree *t, uint32_t layer)
{
	return layer + ovli_layer(t, layer)->kept + ovli_align4(ovli_layer(t, layer)->size_structure) / 4;
}

static inline uint32_t ovli_kept_texts(const struct ovl_tree *t, uint32_t layer)
{
	return ovli_kept_ranges(t, layer) + ovli_layer(t, layer)->n_reserved * OVLI_WORDS(ovl_range);
}

/* One property where it stands in a checked structure block. */
struct ovli_prop {
	const unsigned char *tag;       /* NULL for none */
	const char *strings;            /* the block that its name is in */
};

static OVLI_INLINE uint32_t ovli_prop_len(struct ovli_prop p)
{
	return ovli_be32(p.tag + 4);
}

static OVLI_INLINE const char *ovli_prop_name(struct ovli_prop p)
{
	return p.strings + ovli_be32(p.tag + 8);
}

static inline const unsigned char *ovli_prop_value(struct ovli_prop p)
{
	return p.tag + 12;
}

static inline const unsigned char *ovli_prop_end(struct ovli_prop p)
{
	return p.tag + 12 + ovli_align4(ovli_prop_len(p));
}

/* The property here, or the first one after the NOPs here. */
static inline struct ovli_prop ovli_prop_from(const unsigned char *at, const char *strings)
{
	uint32_t tag;

	while ((tag = ovli_be32(at)) == OVLI_NOP)
		at += 4;
	return (struct ovli_prop){ tag == OVLI_PROP ? at : NULL, strings };
}

static inline struct ovli_prop ovli_next_prop(struct ovli_prop p)
{
	return ovli_prop_from(ovli_prop_end(p), p.strings);
}

/* ---------------------------------------------------------------- parts */

/* apply.c */
bool ovli_counts_cells(struct ovl_str name);
bool ovli_protected(const struct ovl_tree *t, uint32_t node);
void ovli_drop(struct ovl_tree *t, uint32_t layer);
enum ovl_err ovli_prove_overlay(struct ovli_call *c, const void *overlay, size_t len, struct ovli_blob *b,
				uint32_t room, uint64_t *words);
enum ovl_err ovli_lay(struct ovli_call *c, const struct ovli_blob *b);
enum ovl_err ovli_join(struct ovli_call *c);
enum ovl_err ovli_check_overlay(struct ovli_call *c, const void *overlay, size_t len, void *storage,
				size_t storage_bytes);

/* tree.c */
bool ovli_deletes(const struct ovl_tree *t);
enum ovl_err ovli_prove_base(struct ovli_call *c, const void *base, size_t len, struct ovli_blob *b,
			     uint64_t *words);
uint32_t ovli_layer_of_number(const struct ovl_tree *t, uint32_t number);
uint32_t ovli_layer_above(const struct ovl_tree *t, uint32_t layer);    /* 0 above the newest */

/* blob.c */
enum ovl_err ovli_header_read(struct ovli_call *c, const void *bytes, size_t len, struct ovli_blob *b);
void ovli_header_write(unsigned char *out, uint32_t off_structure, uint32_t off_strings, uint32_t strings_bytes,
		       uint32_t boot_cpu);
/* Bits. */
enum ovli_phandle { OVLI_NO_PHANDLE = 0, OVLI_PHANDLE = 1, OVLI_LINUX_PHANDLE = 2 };
enum ovli_phandle ovli_phandle_at(const struct ovli_blob *b, uint32_t off);
/* The length of a tag with all that belongs to it; 0 when that is no tag but END, or lies not in the room. */
uint32_t ovli_tag_bytes(const unsigned char *tag, uint32_t room);
uint32_t ovli_node_name_len(const unsigned char *begin);
const unsigned char *ovli_behind_name(const unsigned char *begin);
bool ovli_same_value(struct ovli_prop a, struct ovli_prop b);
/* How many bytes of a text come before the first such byte; len when there is none. */
uint32_t ovli_before(const char *text, uint32_t len, char byte);
/* As a length: a text of an overlay can be read by words to its NUL, for it lies in the storage, and more behind it. */
#define OVLI_TO_NUL ~0u
/* Of text whose NUL was seen when the blob was checked; the second looks no further than len. */
uint32_t ovli_strlen(const char *s);
uint32_t ovli_strlen_in(const char *s, uint32_t len);
bool ovli_is(const char *a, const char *b);
bool ovli_same(struct ovl_str a, const char *b);
bool ovli_equal(struct ovl_str a, struct ovl_str b);
uint32_t ovli_hash(uint32_t hash, const char *bytes, uint32_t len);
uint64_t ovli_text_rest(const char *text, uint32_t room);
/* Up to eight bytes of text, as many as there is room for, and NULs. */
static OVLI_INLINE uint64_t ovli_text_word(const char *text, uint32_t room)
{
	return room >= 8 ? ovli_text8(text) : ovli_text_rest(text, room);
}
uint32_t ovli_name_hash(const char *text, uint32_t room);
bool ovli_names_phandle(const char *name);

/* scan.c */
enum ovl_err ovli_scan(struct ovli_call *c, struct ovli_blob *b, const struct ovli_room *room);

/* index.c */
uint64_t ovli_layer_words(const struct ovli_blob *b, uint32_t stride);
enum ovl_err ovli_index(struct ovli_call *c, const struct ovli_blob *b);
uint32_t ovli_own_first(const struct ovl_tree *t, const struct ovli_layer *l, uint32_t node);
uint32_t ovli_own_child(const struct ovl_tree *t, uint32_t parent, struct ovl_str name);
uint32_t ovli_own_namesake(const struct ovl_tree *t, uint32_t parent, uint32_t node);
uint32_t ovli_own_path(const struct ovl_tree *t, uint32_t from, struct ovl_str path);
uint32_t ovli_own_phandle(const struct ovl_tree *t, uint32_t layer, uint32_t phandle);
struct ovli_prop ovli_own_prop(const struct ovl_tree *t, uint32_t node, struct ovl_str name);

/* trie.c */
uint32_t ovli_trie_find(const struct ovl_tree *t, enum ovli_kind kind, uint32_t owner, struct ovl_str name);
uint32_t ovli_trie_put(struct ovl_tree *t, enum ovli_kind kind, uint32_t id);
void ovli_trie_take(struct ovl_tree *t, enum ovli_kind kind, uint32_t id, uint32_t older);

/* node.c */
const unsigned char *ovli_begin_of(const struct ovl_tree *t, uint32_t node);
const char *ovli_name(const struct ovl_tree *t, uint32_t node);
uint32_t ovli_home(const struct ovl_tree *t, uint32_t node);
bool ovli_gone(const struct ovl_tree *t, uint32_t node);
bool ovli_stands(const struct ovl_tree *t, uint32_t node);
uint32_t ovli_next_below(const struct ovl_tree *t, uint32_t layer, uint32_t top, uint32_t node);
uint32_t ovli_parent(const struct ovl_tree *t, uint32_t node);
uint32_t ovli_added_first(const struct ovl_tree *t, uint32_t node);
struct ovl_str ovli_path_step(struct ovl_str *path);
uint32_t ovli_find_path(const struct ovl_tree *t, struct ovl_str path, bool loose);
bool ovli_alive(const struct ovl_tree *t, uint32_t node);
uint32_t ovli_same_path(const struct ovl_tree *from, uint32_t node, const struct ovl_tree *to);
uint32_t ovli_in_place_of(const struct ovl_tree *t, uint32_t node);
uint32_t ovli_child_towards(const struct ovl_tree *t, uint32_t above, uint32_t node);
uint32_t ovli_tree_next(const struct ovl_tree *t, uint32_t node);
uint32_t ovli_path_len(const struct ovl_tree *t, uint32_t node);
void ovli_path_write(const struct ovl_tree *t, uint32_t node, uint32_t len, char *out, uint32_t room);
uint32_t ovli_label_node(const struct ovl_tree *t, struct ovl_str label, bool *known);

/* prop.c */
/* Of a walk: what was deleted is shown. */
enum { OVLI_EVER = 1 };
bool ovli_hides_own(const struct ovl_tree *t, uint32_t node);
struct ovli_prop ovli_first_prop(const struct ovl_tree *t, uint32_t node);
void ovli_props_begin(const struct ovl_tree *t, uint32_t node, bool ever, struct ovl_prop *out);
void ovli_prop_tell(const struct ovl_tree *t, struct ovli_prop p, uint32_t version, struct ovl_prop *out);
uint32_t ovli_prop_target(const struct ovl_tree *t, const struct ovl_prop *prop);
bool ovli_has_prop(const struct ovl_tree *t, uint32_t node, struct ovl_str name);
bool ovli_same_prop(const struct ovl_tree *t, uint32_t node, const struct ovl_tree *u, uint32_t other,
		    struct ovl_str name);
/* Counts are made small enough to be added to one another, and too large for any value stays so. */
#define OVLI_LARGEST 0x1fffffffu
uint32_t ovli_count(const struct ovl_tree *t, uint32_t node, const char *name, uint32_t otherwise);
struct ovli_prop ovli_prop_at(const struct ovl_tree *t, uint32_t layer, uint32_t off);
struct ovli_prop ovli_version_prop(const struct ovl_tree *t, uint32_t version);
bool ovli_find_prop(const struct ovl_tree *t, uint32_t node, struct ovl_str name, struct ovli_prop *p,
		    uint32_t *version);
struct ovl_str ovli_text(struct ovli_prop p);
uint32_t ovli_names_end(const struct ovl_tree *t);

/* history.c */
struct ovl_str ovli_fragment_of(const struct ovl_tree *t, uint32_t node);

/* phandle.c */
enum ovl_err ovli_move_phandles(struct ovli_call *c);

/* overlay.c */
struct ovli_place {                     /* PATH:PROPERTY:OFFSET, as in /__fixups__ */
	struct ovl_str path, prop;
	uint32_t off;
};
bool ovli_place_read(struct ovl_str text, struct ovli_place *place);
uint32_t ovli_fragment_from(const struct ovl_tree *t, uint32_t node, uint32_t *content);
bool ovli_names_part(const char *name);
uint32_t ovli_overlay_part(const struct ovl_tree *t, uint32_t layer, struct ovl_str name);
struct ovl_str ovli_kept_path(const struct ovl_tree *t, uint32_t layer, const char *wanted);
enum ovl_err ovli_local_fixups(struct ovli_call *c, bool follow);
enum ovl_err ovli_fixups(struct ovli_call *c);
bool ovli_symbol_node(const struct ovl_tree *t, uint32_t layer, struct ovli_prop symbol, uint32_t *node);

#endif
