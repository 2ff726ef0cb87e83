/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* pool.c - bump allocation from zeroed chunks, and the table of names. */
#include "pool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "diag.h"

/* Chunks are small as long as there are few, then of a size that large pages serve.  Where much is known to come they
 * are large from the start: one large page is there sooner than the small ones for WORTH bytes. */
#define CHUNK ((size_t)256 << 10)
#define HUGE ((size_t)2 << 20)
#define WORTH ((size_t)320 << 10)
#define FEW 16
#define LARGE (CHUNK / 4)
#define PAGE ((size_t)4096)

/* Linux has it since 5.14, the C library's headers later. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

struct chunk {
	struct chunk *previous, *next;
	size_t size;                    /* in all */
	_Alignas(max_align_t) char bytes[];
};

/* ---------------------------------------------------------------- chunks */

/* From the system, zeroed: what is as large as a large page begins where one does, so that the kernel can give
 * such, which saves it 511 of 512 page faults, and the processor the most of its look-ups.  What is left over at the
 * end has small pages: a large one for the few bytes by which an array is too large for the one before is wasted. */
static struct chunk *map_chunk(size_t size)
{
	size_t rounded = (size + PAGE - 1) & ~(PAGE - 1);
	char *from = mmap(NULL, rounded + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *at;
	struct chunk *chunk;

	if (from == MAP_FAILED)
		return NULL;
	at = from + (HUGE - (uintptr_t)from % HUGE) % HUGE;
	if (at > from)
		munmap(from, (size_t)(at - from));
	munmap(at + rounded, (size_t)(from + HUGE - at));
	madvise(at, rounded & ~(HUGE - 1), MADV_HUGEPAGE);
	chunk = (void *)at;
	chunk->size = rounded;
	return chunk;
}

static void free_chunk(struct chunk *chunk)
{
	if (chunk->size >= HUGE)
		munmap(chunk, chunk->size);
	else
		free(chunk);
}

static struct chunk *new_chunk(struct pool *pool, size_t size)
{
	struct chunk *chunk;

	size += sizeof(*chunk);
	chunk = size >= HUGE ? map_chunk(size) : calloc(1, size);
	if (!chunk)
		diag_no_memory(pool->diags);
	if (!chunk->size)
		chunk->size = size;
	chunk->next = pool->chunks;
	if (chunk->next)
		chunk->next->previous = chunk;
	pool->chunks = chunk;
	return chunk;
}

void pool_free(struct pool *pool)
{
	struct chunk *next;

	for (; pool->chunks; pool->chunks = next) {
		next = pool->chunks->next;
		free_chunk(pool->chunks);
	}
}

/* Pages that are going to be used take the kernel less all at once than one by one as they are met.  An older
 * kernel says no, and they come as ever. */
static void populate(struct pool *pool)
{
	size_t before = (PAGE - (uintptr_t)pool->at % PAGE) % PAGE, room = (size_t)(pool->end - pool->at);

	room = room > before ? room - before : 0;
	if (room > pool->expected)
		room = pool->expected;
	pool->expected -= room;
	if (room >= PAGE)
		madvise(pool->at + before, room & ~(PAGE - 1), MADV_POPULATE_WRITE);
}

static void begin_chunk(struct pool *pool)
{
	bool small = pool->n_chunks++ < FEW && pool->expected < WORTH;
	struct chunk *chunk = new_chunk(pool, (small ? CHUNK : HUGE) - sizeof(*chunk));

	pool->at = chunk->bytes;
	pool->end = (char *)chunk + chunk->size;
	populate(pool);
}

/* What does not fit into the rest of a chunk: a chunk of its own when it is large. */
void *pool_chunk(struct pool *pool, size_t size)
{
	char *at;

	if (size >= LARGE)
		return new_chunk(pool, size)->bytes;
	begin_chunk(pool);
	at = pool->at;
	pool->at += size;
	return at;
}

/* ---------------------------------------------------------------- arrays */

void *pool_array(struct pool *pool, size_t size)
{
	return size < LARGE ? pool_alloc(pool, size) : new_chunk(pool, size)->bytes;
}

void pool_drop(struct pool *pool, void *array, size_t size)
{
	struct chunk *chunk;

	if (size < LARGE)
		return;
	chunk = (void *)((char *)array - offsetof(struct chunk, bytes));
	if (chunk->next)
		chunk->next->previous = chunk->previous;
	if (chunk->previous)
		chunk->previous->next = chunk->next;
	else
		pool->chunks = chunk->next;
	free_chunk(chunk);
}

char *pool_text(struct pool *pool, const char *text, size_t len)
{
	char *copy = pool_alloc(pool, len + 1);

	memcpy(copy, text, len);
	return copy;
}

/* ---------------------------------------------------------------- names */

uint32_t name_hash(const char *text, size_t len)
{
	uint32_t hash = NAME_HASH;

	for (size_t i = 0; i < len; i++)
		hash = name_hash_more(hash, text[i]);
	return hash;
}

/* The low bits of a hash say least; a name keeps 30. */
static uint32_t mixed(uint32_t hash)
{
	return (hash ^ hash >> 15) & 0x3fffffff;
}

static uint32_t bucket_of(const struct pool *pool, uint32_t hash)
{
	return hash & (pool->n_buckets - 1);
}

static uint8_t bucket_bit(uint32_t hash)
{
	return (uint8_t)(1u << (hash >> 27));
}

static struct name *find(const struct pool *pool, const char *text, size_t len, uint32_t hash)
{
	uint32_t bucket = bucket_of(pool, hash);
	struct name *n;

	if (!(pool->in_bucket[bucket] & bucket_bit(hash)))
		return NULL;
	n = pool->buckets[bucket];
	while (n && (n->hash != hash || n->len != len || memcmp(n->text, text, len) != 0))
		n = n->chain;
	return n;
}

void name_foresee_place(const struct pool *pool, uint32_t hash)
{
	__builtin_prefetch(&pool->in_bucket[bucket_of(pool, mixed(hash))]);
	__builtin_prefetch(&pool->buckets[bucket_of(pool, mixed(hash))]);
}

void name_foresee(const struct pool *pool, uint32_t hash)
{
	__builtin_prefetch(pool->buckets[bucket_of(pool, mixed(hash))]);
}

struct name *name_known(const struct pool *pool, const char *text, size_t len)
{
	return find(pool, text, len, mixed(name_hash(text, len)));
}

static void put_in_bucket(struct pool *pool, struct name *name)
{
	uint32_t bucket = bucket_of(pool, name->hash);

	name->chain = pool->buckets[bucket];
	pool->buckets[bucket] = name;
	pool->in_bucket[bucket] |= bucket_bit(name->hash);
}

static void set_buckets(struct pool *pool, uint32_t n)
{
	const struct pool old = *pool;
	struct name *next;

	pool->buckets = pool_array(pool, n * sizeof(*pool->buckets));
	pool->in_bucket = pool_array(pool, n);
	pool->n_buckets = n;
	for (uint32_t i = 0; i < old.n_buckets; i++)
		for (struct name *name = old.buckets[i]; name; name = next) {
			next = name->chain;
			put_in_bucket(pool, name);
		}
	pool_drop(pool, old.buckets, old.n_buckets * sizeof(*old.buckets));
	pool_drop(pool, old.in_bucket, old.n_buckets);
}

void pool_init(struct pool *pool, struct diags *diags)
{
	*pool = (struct pool){ .diags = diags };
	set_buckets(pool, 256);
}

/* A name for every 64 bytes is about what there is, and six bytes in the tree for each.  The rest of a chunk that is
 * too small for much is left: what was never touched costs nothing. */
void pool_expect(struct pool *pool, size_t source_bytes)
{
	uint32_t n = pool->n_buckets;

	pool->expected += 6 * source_bytes;
	if (pool->expected >= WORTH && (size_t)(pool->end - pool->at) < WORTH)
		begin_chunk(pool);
	else
		populate(pool);
	while (n < source_bytes / 64)
		n *= 2;
	if (n > pool->n_buckets)
		set_buckets(pool, n);
}

struct name *name_of(struct pool *pool, const char *text, size_t len)
{
	return name_hashed(pool, text, len, name_hash(text, len));
}

/* With two names to a bucket a look-up takes hardly more than with one, and the names are moved half as often. */
struct name *name_hashed(struct pool *pool, const char *text, size_t len, uint32_t hash)
{
	struct name *n = find(pool, text, len, hash = mixed(hash));

	if (n)
		return n;
	if (pool->n_names++ / 2 >= pool->n_buckets)
		set_buckets(pool, pool->n_buckets * 2);
	n = pool_alloc(pool, offsetof(struct name, text) + len + 1);
	n->len = (uint32_t)len;
	n->hash = hash & 0x3fffffff;
	memcpy(n->text, text, len);
	put_in_bucket(pool, n);
	return n;
}

void *pool_grow(struct pool *pool, void *array, size_t *room, size_t need, size_t item)
{
	void *larger;

	if (array && need <= *room)
		return array;
	larger = pool_array(pool, grow_room(*room, need) * item);
	if (array) {
		memcpy(larger, array, *room * item);
		pool_drop(pool, array, *room * item);
	}
	*room = grow_room(*room, need);
	return larger;
}

void name_is_of_prop(struct pool *pool, struct name *name)
{
	if (name->is_prop)
		return;
	name->is_prop = true;
	pool->props = pool_grow(pool, pool->props, &pool->props_room, pool->n_props + 1, sizeof(*pool->props));
	pool->props[pool->n_props++] = name;
}
