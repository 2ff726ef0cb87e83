/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* pool.h - the memory of one run, and the names in it.
 * Blocks are cut from large chunks and are never given back alone; the process ends with them.  Out of
 * memory ends the run with a message.  A name is stored once: equal names are equal pointers. */
#ifndef OVL_TREE_POOL_H
#define OVL_TREE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grow.h"

struct label;
struct node;
struct diags;

/* One name of a node, a property or a label. */
struct name {
	struct name *chain;             /* in its bucket */
	struct label *labels;           /* all labels so called */
	union {
		uint32_t mark;          /* what a pass notes for itself, and takes away again: 0 between passes */
		uint32_t string_off;    /* blob.c, in the end: its place in the strings block, + 1; 0: none yet */
	};
	uint32_t len;
	uint32_t hash : 30;
	uint32_t is_prop : 1;           /* some property is so called: pool.props has it */
	uint32_t told : 1;              /* mistakes/words.c: it was told that nothing is so called */
	char text[];                    /* NUL-terminated */
};

/* The name whose text it is. */
static inline struct name *name_of_text(const char *text)
{
	return (struct name *)(uintptr_t)(text - offsetof(struct name, text));
}

struct pool {
	struct diags *diags;
	struct chunk *chunks;
	uint32_t n_chunks;              /* of those for small things */
	char *at, *end;
	size_t expected;                /* bytes of it that a source is going to take */
	struct name **buckets;
	uint8_t *in_bucket;             /* a bit for each name of a bucket: most that are new are told by this alone */
	uint32_t n_buckets, n_names;
	/* What there is in the trees, or was: who looks for something else need not look. */
	struct name **props;            /* what properties are called, each name once */
	size_t n_props, props_room;
	unsigned int marks;             /* 1 << each enum marker_type; a property's label counts as MARK_LABEL */
	bool labels_twice;              /* two labels of nodes that are called the same */
};

void pool_init(struct pool *pool, struct diags *diags);
void pool_free(struct pool *pool);
void pool_expect(struct pool *pool, size_t source_bytes);       /* so much text is going to be read */
void *pool_chunk(struct pool *pool, size_t size) __attribute__((returns_nonnull));

/* Zeroed, aligned for anything of 8 bytes. */
__attribute__((returns_nonnull)) static inline void *pool_alloc(struct pool *pool, size_t size)
{
	char *at = pool->at;

	size = (size + 7) & ~(size_t)7;
	if (size > (size_t)(pool->end - at))
		return pool_chunk(pool, size);
	pool->at = at + size;
	return at;
}

/* The same for an array that a larger one may take the place of, and to give it back then: small ones stay
 * behind. */
void *pool_array(struct pool *pool, size_t size) __attribute__((returns_nonnull));
void pool_drop(struct pool *pool, void *array, size_t size);
char *pool_text(struct pool *pool, const char *text, size_t len);       /* a copy and a NUL */

struct name *name_of(struct pool *pool, const char *text, size_t len);
struct name *name_known(const struct pool *pool, const char *text, size_t len); /* or NULL */

/* The same for who reads the text character by character anyway: the hash begins as NAME_HASH.  The last character
 * only changes the low bits: names that are counted are neighbours in the table, and in the processor's cache. */
#define NAME_HASH 2166136261u
static inline uint32_t name_hash_more(uint32_t hash, char c)
{
	return hash * 16777619u ^ (unsigned char)c;
}
struct name *name_hashed(struct pool *pool, const char *text, size_t len, uint32_t hash);
uint32_t name_hash(const char *text, size_t len);

/* A name with that hash will be asked for: what tells where it is comes from memory, and then the name itself. */
void name_foresee_place(const struct pool *pool, uint32_t hash);
void name_foresee(const struct pool *pool, uint32_t hash);

/* Some property is so called. */
void name_is_of_prop(struct pool *pool, struct name *name);

/* As grow(), in the pool. */
void *pool_grow(struct pool *pool, void *array, size_t *room, size_t need, size_t item)
	__attribute__((returns_nonnull));

#endif
