/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* scan.c - walk a structure block once: prove that it is well-formed, count what it holds, and lay a record
 * for each of its nodes as far as there is room for them.
 * In: blocks that lie within a blob.  Out: the counts that say what storage a layer takes, and the records; or
 * an error with its place.  The bytes may change while they are looked at: each number that a bound depends on
 * is read once, and no text is read beyond its block.  Text is looked at eight bytes at a time.
 * Format: DTSpec 5.4 (structure), 5.5 (strings). */
#include "inner.h"

/* A node's end, the root's and the block's follow whatever is in a node. */
#define AFTER_ALL 8

struct scan {
	struct ovli_call *call;
	struct ovli_blob *blob;
	const unsigned char *end;       /* of the structure block, in whole cells */
	const struct ovli_room *room;   /* NULL when no more records fit */

	const char *strings;
	uint32_t strings_end;           /* just past the last NUL of the strings block */
	uint32_t whole;                 /* before this: sixteen bytes left, a NUL behind, and what begins is good or empty */
	uint32_t node, next;            /* records: the innermost open node, the next to lay */
	uint32_t *link;                 /* where that is noted as next: in the last child of the innermost open node */
	uint32_t unlinked;              /* when there is none */
	uint32_t depth;
	uint32_t phandle;               /* of the node begun last */
	uint64_t phandle_name;          /* how the name starts by which it was said */
	uint32_t untidy;
	unsigned char children[OVL_MAX_DEPTH];  /* of each open node, as far as they are few */
};

/* ---------------------------------------------------------------- names */

#define EACH(byte)	((byte) * OVLI_EACH_BYTE)
#define TOP_BITS	EACH(0x80u)

/* Bytes that no name has, by their top bits; the other bits mean nothing, nor does what comes behind one such byte.
 * Those are all but printable ASCII without blank, and NUL.  DTSpec 2.2.1 allows less; what real trees hold beyond
 * it does no harm here, and is found by the checks on names. */
static OVLI_INLINE uint64_t odd_bytes(uint64_t text)
{
	return (~(text + EACH(0x5fu)) & (text + EACH(0x7fu))) | (text + EACH(1u)) | text;
}

/* The same for slashes, among bytes that are not odd. */
static OVLI_INLINE uint64_t slashes(uint64_t text)
{
	return ~((text ^ EACH('/')) + EACH(0x7fu));
}

/* Find out whether every name that can begin in the strings block is good, so that none needs a look of its own;
 * when in doubt, not.  Of so many words without a NUL in a row a name can be the most that is allowed. */
#define MOST_WORDS	((OVL_MAX_NAME - 14) / 8)

static OVLI_APART void scan_strings(struct scan *s)
{
	uint32_t size = s->blob->size_strings, at, words = 0, most = 0;
	uint64_t text, odd = 0;

	for (s->strings_end = size; s->strings_end && s->strings[s->strings_end - 1]; s->strings_end--)
		;
	if (size < 16)
		return;
	for (at = 0; at <= size - 8; at += 8) {
		ovli_foresee_walk(s->strings + at, OVLI_ONWARD);
		text = ovli_text8(s->strings + at);
		odd |= odd_bytes(text);
		words = (words + 1) & (0 - (uint32_t)!ovli_nul_in(text));
		most = words > most ? words : most;
	}
	odd |= odd_bytes(ovli_text8(s->strings + size - 8));
	if (!(odd & TOP_BITS) && most <= MOST_WORDS)
		s->whole = size - 15 < s->strings_end ? size - 15 : s->strings_end;
}

static OVLI_INLINE uint64_t up_to_nul(uint64_t text)
{
	return text & ovli_up_to(ovli_nul_in(text));
}

/* The same of a text without odd bytes, for less. */
static OVLI_INLINE uint64_t good_start(uint64_t text)
{
	return text & ovli_up_to((text - OVLI_EACH_BYTE) & TOP_BITS);
}

/* The first eight bytes of the name that begins there, NULs behind its end; 0 for none. */
static OVLI_APART uint64_t name_start(const struct scan *s, uint32_t name)
{
	/*@ split s->strings_end; */
	if (NEVER(name >= s->strings_end))
		return 0;
	/*@ split name; */
	return up_to_nul(ovli_text_word(s->strings + name, s->strings_end - name));
}

/* An empty one does; name_start() tells that. */
static bool name_fits(const struct scan *s, uint32_t name)
{
	uint32_t n = 0, room;
	const char *text;

	/*@ split s->strings_end; */
	if (name >= s->strings_end)
		return false;
	/*@ split name; */
	text = s->strings + name;
	room = s->strings_end - name;
	while (n < room && text[n] > 0x20 && text[n] < 0x7f && n <= OVL_MAX_NAME)
		n++;
	return n <= OVL_MAX_NAME && n < room && !text[n];
}

/* Whether the names at two places of the strings block, at least one of them proven, are the same. */
static OVLI_INLINE bool same_name(const struct scan *s, uint32_t a, uint32_t b)
{
	uint32_t last = a > b ? a : b;
	uint64_t start;

	for (; last < s->whole; a += 8, b += 8, last += 8) {
		start = good_start(ovli_text8(s->strings + a));
		if (start != good_start(ovli_text8(s->strings + b)))
			return false;
		if (!(start >> 56))
			return true;
	}
	for (; !NEVER(last >= s->strings_end) && s->strings[a] == s->strings[b]; a++, b++, last++)
		if (!s->strings[a])
			return true;
	return false;
}

/* Where the names of a node's first properties are remembered: behind its record, where the index will be. */
static uint32_t *names_of(const struct scan *s)
{
	return s->call->tree.words + s->next;
}

/* Two properties of one name.  Only for nodes with few properties; the index finds it in the others. */
static OVLI_APART bool seen_before(const struct scan *s, uint32_t n, uint32_t name, uint64_t start)
{
	uint64_t whole = ovli_up_to(ovli_nul_in(start));
	const uint32_t *names = names_of(s);
	uint32_t i;

	for (i = 0; i < n; i++)
		if ((names[i] >= s->whole || (ovli_text8(s->strings + names[i]) & whole) == start) &&
		    same_name(s, names[i], name))
			return true;
	return false;
}

/* ---------------------------------------------------------------- properties */

/* How the two names of a phandle start. */
#define PHANDLE		(OVLI_TEXT4('p', 'h', 'a', 'n') | OVLI_TEXT4('d', 'l', 'e', 0) << 32)
#define LINUX_PH	(OVLI_TEXT4('l', 'i', 'n', 'u') | OVLI_TEXT4('x', ',', 'p', 'h') << 32)

#define ANDLE		(OVLI_TEXT4('a', 'n', 'd', 'l') | OVLI_TEXT4('e', 0, 0, 0) << 32)

static OVLI_INLINE bool says_phandle(const struct scan *s, uint32_t name, uint64_t start)
{
	return start == PHANDLE || (start == LINUX_PH && name_start(s, name + 8) == ANDLE);
}

static enum ovl_err scan_phandle(struct scan *s, const unsigned char *at, uint32_t len, uint32_t name,
					    uint64_t start)
{
	uint32_t number;

	s->call->prop = s->strings + name;
	if (len != 4)
		return ovli_fail(s->call, OVL_ERR_PHANDLE, at);
	number = ovli_read_once(at + 12);
	s->call->number = number;
	if (number == 0 || number == ~0u)
		return ovli_fail(s->call, OVL_ERR_PHANDLE, at);
	if (s->phandle && s->phandle != number)
		return ovli_fail(s->call, s->phandle_name == start ? OVL_ERR_DUPLICATE_PROP : OVL_ERR_PHANDLE, at);
	s->call->number = 0;
	s->call->prop = NULL;
	if (!s->phandle)
		s->blob->phandles++;
	s->phandle = number;
	s->phandle_name = start;
	return OVL_OK;
}

static const unsigned char *fail_prop(struct scan *s, enum ovl_err code, const unsigned char *at, uint32_t name)
{
	s->call->prop = s->strings + name;
	return ovli_fail_at(s->call, code, at);
}

/* A property after a subnode. */
static const unsigned char *misplaced_prop(struct scan *s, const unsigned char *at)
{
	uint32_t room = (uint32_t)(s->end - at), name;

	if (room < 12 || ovli_be32(at + 4) > room - 12)
		return ovli_fail_at(s->call, OVL_ERR_STRUCTURE, at);
	name = ovli_read_once(at + 8);
	if (name >= s->strings_end)
		return ovli_fail_at(s->call, OVL_ERR_NAME, at);
	return fail_prop(s, OVL_ERR_ORDER, at, name);
}

/* All properties from here on, and NOPs; gives what follows, of which a cell is there.  NULL when the call
 * failed. */
static OVLI_INLINE const unsigned char *scan_props(struct scan *s, const unsigned char *at)
{
	const unsigned char *last = s->end - (12 + AFTER_ALL);
	uint32_t n = 0, tag, *names = s->room ? names_of(s) : NULL, few = names ? OVLI_FEW : 0;
	uint64_t seen = 0, untidy = 0;

	/*@ dynamic_split s->end - at; */
	for (; (tag = ovli_be32(at)) == OVLI_PROP || tag == OVLI_NOP;) {
		uint32_t len, name;
		uint64_t start, more, bit;

		if (tag == OVLI_NOP) {
			at += 4;
			untidy = 1;
			if (at > last + 12)
				return ovli_fail_at(s->call, OVL_ERR_STRUCTURE, at);
			continue;
		}
		len = ovli_read_once(at + 4);
		if ((int64_t)(last - at) < (int64_t)len)
			return ovli_fail_at(s->call, OVL_ERR_STRUCTURE, at);
		name = ovli_read_once(at + 8);
		ovli_foresee_walk(at, OVLI_ONWARD);
		if (name < s->whole) {
			start = good_start(ovli_text8(s->strings + name));
			more = good_start(ovli_text8(s->strings + name + 8)) & (0 - (uint64_t)(start >> 56 != 0));
		} else {
			start = name_fits(s, name) ? name_start(s, name) : 0;
			more = start >> 56 ? name_start(s, name + 8) : 0;
		}
		if (!start)
			return ovli_fail_at(s->call, OVL_ERR_NAME, at);
		bit = (uint64_t)1 << ((start + more) * OVLI_SPREAD >> 58);
		if (n < few) {
			if ((seen & bit) && seen_before(s, n, name, start))
				return fail_prop(s, OVL_ERR_DUPLICATE_PROP, at, name);
			names[n] = name;
		}
		seen |= bit;
		n++;
		if (says_phandle(s, name, start) && scan_phandle(s, at, len, name, start))
			return NULL;
		at = at + 4 + ovli_align4(len);
		untidy |= ovli_text8((const char *)at) >> 40 >> ((len * 8 - 8) & 24);   /* the padding */
		at += 8;
	}
	s->untidy |= untidy != 0;
	s->blob->props += n;
	if (n > OVLI_FEW) {
		s->blob->many += n;
		if (s->room)
			ovli_node(&s->call->tree, s->node)->off |= OVLI_MANY_PROPS;
	}
	return at;
}

/* ---------------------------------------------------------------- nodes */

/* The record of the node that begins here, below the innermost open one, which it then is. */
static void lay_record(struct scan *s, const unsigned char *at, uint32_t hash)
{
	const struct ovli_room *room = s->room;
	const struct ovl_tree *t = &s->call->tree;

	if (room->end - s->next < room->stride + OVLI_FEW) {
		s->room = NULL;
		return;
	}
	if (room->stride > OVLI_WORDS(ovli_node)) {
		memset(t->words + s->next, 0, room->stride * sizeof(uint32_t));
		ovli_over(t, s->next)->layer = t->used;
	}
	ovli_foresee_walk(t->words + s->next, OVLI_ONWARD);
	*ovli_node(t, s->next) = (struct ovli_node){ .off = (uint32_t)(at - room->origin), .parent = s->node, .pieces = hash };
	*s->link = s->next;
	s->link = &s->unlinked;
	s->node = s->next;
	s->next += room->stride;
}

/* One more child of the innermost open node. */
static void count_child(struct scan *s)
{
	unsigned char *n = &s->children[s->depth - 1];

	if (*n > OVLI_FEW) {
		s->blob->many++;
	} else if (++*n > OVLI_FEW) {
		s->blob->many += *n;
		if (s->room)
			ovli_node(&s->call->tree, s->node)->off |= OVLI_MANY_CHILDREN;
	}
}

/* A node's tag and name; gives what follows.  NULL when the call failed. */
static OVLI_INLINE const unsigned char *scan_begin(struct scan *s, const unsigned char *at)
{
	const unsigned char *from = at + 4;
	uint64_t text, nul, name, half, odd = 0;
	uint32_t hash = 0;

	s->call->node = NULL;
	ovli_foresee_walk(at, OVLI_ONWARD);
	/*@ dynamic_split s->next; */
	/*@ dynamic_split s->end - from; */
	do {
		if ((size_t)(s->end - from) < 8)
			return ovli_fail_at(s->call, OVL_ERR_STRUCTURE, at);
		text = ovli_text8((const char *)from);
		nul = ovli_nul_in(text);
		name = ovli_up_to(nul);
		odd |= (odd_bytes(text) | slashes(text)) & name;        /* a slash would break paths */
		hash = ovli_hash_more(hash, text & name);
		from += 8;
	} while (!nul);
	s->call->node = (const char *)at + 4;
	if (s->depth == 0 && s->blob->nodes)
		return ovli_fail_at(s->call, OVL_ERR_STRUCTURE, at);
	if ((odd & TOP_BITS) || (uint32_t)(from - at) > 4 + OVL_MAX_NAME + 1 || (at[4] == 0) != (s->depth == 0))
		return ovli_fail_at(s->call, OVL_ERR_NAME, at);
	if (s->depth == OVL_MAX_DEPTH)
		return ovli_fail_at(s->call, OVL_ERR_DEPTH, at);
	text &= ~name;
	half = 0 - (uint64_t)((uint32_t)nul != 0);      /* it ends in the first half */
	from -= half & 4;
	text &= ~(half << 32);
	s->untidy |= text != 0;
	if (s->end - from < AFTER_ALL)
		return ovli_fail_at(s->call, OVL_ERR_STRUCTURE, at);
	if (s->depth)
		count_child(s);
	s->children[s->depth++] = 0;
	s->blob->nodes++;
	s->phandle = 0;
	if (s->room)
		lay_record(s, at, hash);
	return from;
}

static const unsigned char *scan_node(struct scan *s, const unsigned char *at)
{
	/*@ dynamic_split s->next; */
	at = scan_begin(s, at);
	if (at)
		at = scan_props(s, at);
	if (at && s->room)
		ovli_node(&s->call->tree, s->node)->phandle = s->phandle;
	return at;
}

static void scan_end(struct scan *s)
{
	s->depth--;
	if (!s->room)
		return;
	s->link = &ovli_node(&s->call->tree, s->node)->next;
	s->node = ovli_node(&s->call->tree, s->node)->parent;
}

/* On success the block's size is what it really takes, END included.  room may be NULL. */
enum ovl_err ovli_scan(struct ovli_call *c, struct ovli_blob *b, const struct ovli_room *room)
{
	const unsigned char *at = b->structure;
	struct scan s = { .call = c, .blob = b, .end = at + (b->size_structure & ~3u), .room = room,
			  .strings = b->strings, .next = room ? room->first : 0, .link = &s.unlinked };

	c->from = at;
	b->nodes = b->props = b->phandles = b->many = 0;
	scan_strings(&s);
	/*@ dynamic_split s.end - at; */
	/*@ dynamic_split s.next; */
	while (at) {
		uint32_t tag = s.end - at < 4 ? 0 : ovli_be32(at);

		if (tag == OVLI_BEGIN_NODE) {
			at = scan_node(&s, at);
		} else if (tag == OVLI_END_NODE && s.depth > 0) {
			scan_end(&s);
			at += 4;
		} else if (tag == OVLI_NOP) {
			s.untidy = 1;
			at += 4;
		} else if (tag == OVLI_PROP && s.depth > 0) {
			at = misplaced_prop(&s, at);
		} else if (tag == OVLI_END && s.depth == 0 && b->nodes) {
			b->size_structure = (uint32_t)(at + 4 - b->structure);
			b->untidy = s.untidy;
			c->node = NULL;
			return OVL_OK;
		} else {
			c->node = NULL;
			at = ovli_fail_at(c, OVL_ERR_STRUCTURE, at);
		}
	}
	return c->code;
}
