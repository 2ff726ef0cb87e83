/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* blob.c - prove a blob's header, and read names and properties of a blob that was proven (scan.c).
 * In: any bytes.  Out: the blocks' places, or an error with its place.  Needs no storage and keeps nothing.
 * The bytes may change while the header is looked at: each number that a bound depends on is read once.
 * The readers need no check of their own.  Format: DTSpec 5.2 (header), 5.3 (reservations), 5.4 (structure). */
#include "inner.h"

/* ---------------------------------------------------------------- header */

/*@ assigns \nothing;
    ensures \result <==> off + size <= total; */
static bool inside(uint32_t off, uint32_t size, uint32_t total)
{
	return off <= total && size <= total - off;
}

/* The reservation block ends with an entry of zero address and zero size (DTSpec 5.3). */
static bool reserve_end(const unsigned char *bytes, uint32_t off, uint32_t total, uint32_t *len)
{
	static const unsigned char end[16];
	uint32_t at;

	for (at = off; inside(at, 16, total); at += 16)
		if (memcmp(bytes + at, end, 16) == 0) {
			*len = at - off;
			return true;
		}
	return false;
}

enum ovl_err ovli_header_read(struct ovli_call *c, const void *data, size_t len, struct ovli_blob *b)
{
	const unsigned char *bytes = data;
	uint32_t total, header = OVLI_HEADER_BYTES, structure, strings, reserve;

	c->from = bytes;
	if (len < OVLI_HEADER_BYTES - 4 || ovli_be32(bytes) != OVLI_MAGIC)
		return ovli_fail(c, OVL_ERR_MAGIC, bytes);
	if (ovli_be32(bytes + 20) < 16 || ovli_be32(bytes + 24) > 17)
		return ovli_fail(c, OVL_ERR_VERSION, bytes + 20);
	if (ovli_be32(bytes + 20) == 16)
		header -= 4;
	total = ovli_read_once(bytes + 4);
	if (total > len || total < header)
		return ovli_fail(c, OVL_ERR_TRUNCATED, bytes + 4);

	/*@ split total; */
	/* Version 16 does not say how long the structure block is: it may go on to the end. */
	structure = ovli_read_once(bytes + 8);
	b->size_structure = header < OVLI_HEADER_BYTES ? total - (structure <= total ? structure : 0)
						       : ovli_read_once(bytes + 36);
	if (!inside(structure, b->size_structure, total) || structure < header)
		return ovli_fail(c, OVL_ERR_BLOCK, bytes + 8);
	strings = ovli_read_once(bytes + 12);
	b->size_strings = ovli_read_once(bytes + 32);
	if (!inside(strings, b->size_strings, total) || strings < header)
		return ovli_fail(c, OVL_ERR_BLOCK, bytes + 12);
	reserve = ovli_read_once(bytes + 16);
	if (reserve < header || !reserve_end(bytes, reserve, total, &b->reserve_bytes))
		return ovli_fail(c, OVL_ERR_RESERVE, bytes + 16);

	b->structure = bytes + structure;
	b->strings = (const char *)bytes + strings;
	b->reserve = bytes + reserve;
	b->boot_cpu = ovli_be32(bytes + 28);
	c->room = total - structure;
	return OVL_OK;
}

/* The header of a blob of version 17 whose strings block comes last. */
void ovli_header_write(unsigned char *out, uint32_t off_structure, uint32_t off_strings, uint32_t strings_bytes,
		       uint32_t boot_cpu)
{
	const uint32_t fields[OVLI_HEADER_BYTES / 4] = {
		OVLI_MAGIC, off_strings + strings_bytes, off_structure, off_strings, OVLI_HEADER_BYTES, 17, 16,
		boot_cpu, strings_bytes, off_strings - off_structure,
	};
	uint32_t i;

	for (i = 0; i < OVLI_HEADER_BYTES / 4; i++)
		ovli_put32(out + (size_t)i * 4, fields[i]);
}

/* Whether the name at a place of the strings block is a phandle's: which of the two. */
enum ovli_phandle ovli_phandle_at(const struct ovli_blob *b, uint32_t off)
{
	static const char both[] = "linux,phandle";
	uint32_t room = off < b->size_strings ? b->size_strings - off : 0, plain = sizeof(both) - 6;
	const char *name = b->strings + off;

	if (room >= plain && *name == 'p' && memcmp(name, both + 6, plain) == 0)
		return OVLI_PHANDLE;
	if (room >= sizeof(both) && *name == 'l' && memcmp(name, both, sizeof(both)) == 0)
		return OVLI_LINUX_PHANDLE;
	return OVLI_NO_PHANDLE;
}

/* ---------------------------------------------------------------- readers of a proven blob */

/* Of the node that begins here.  At least eight bytes follow the cells of a name: two ends of nodes, or more. */
uint32_t ovli_node_name_len(const unsigned char *begin)
{
	const char *name = (const char *)begin + 4;
	uint64_t nul;

	while (!(nul = ovli_nul_in(ovli_text8(name))))
		name += 8;
	return (uint32_t)(name - (const char *)begin - 4) + ovli_before_nul(nul);
}

/* What follows the name of the node that begins here. */
const unsigned char *ovli_behind_name(const unsigned char *begin)
{
	const unsigned char *at = begin + 4;
	uint64_t nul;

	while (!(nul = ovli_nul_in(ovli_text8((const char *)at))))
		at += 8;
	return at + ((uint32_t)nul ? 4 : 8);
}

uint32_t ovli_tag_bytes(const unsigned char *p, uint32_t room)
{
	uint32_t len;

	switch (room < 4 ? 0 : ovli_be32(p)) {
	case OVLI_BEGIN_NODE:
		len = ovli_strlen_in((const char *)p + 4, room - 4) + 1;
		return len > room - 4 || ovli_align4(len) > room - 4 ? 0 : 4 + ovli_align4(len);
	case OVLI_PROP:
		len = room < 12 ? ~0u : ovli_read_once(p + 4);
		return room < 12 || len > room - 12 || ovli_align4(len) > room - 12 ? 0 : 12 + ovli_align4(len);
	case OVLI_END_NODE:
	case OVLI_NOP:
		return 4;
	default:
		return 0;
	}
}

bool ovli_same_value(struct ovli_prop a, struct ovli_prop b)
{
	return ovli_prop_len(a) == ovli_prop_len(b) &&
	       memcmp(ovli_prop_value(a), ovli_prop_value(b), ovli_prop_len(a)) == 0;
}

/* ---------------------------------------------------------------- text */

uint32_t ovli_strlen(const char *s)
{
	uint32_t n = 0;

	while (s[n])
		n++;
	return n;
}

uint32_t ovli_before(const char *text, uint32_t len, char byte)
{
	uint64_t each = (unsigned char)byte * OVLI_EACH_BYTE, found;
	uint32_t n = 0, before;

	for (; len - n >= 8; n += 8)
		if ((found = ovli_nul_in(ovli_text8(text + n) ^ each)))
			return n + ovli_before_nul(found);
	before = ovli_before_nul(ovli_nul_in(ovli_text_rest(text + n, len - n) ^ each));
	return n + (before < len - n ? before : len - n);
}

uint32_t ovli_strlen_in(const char *s, uint32_t len)
{
	return ovli_before(s, len, 0);
}

bool ovli_is(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/* A text of ~0u bytes goes to its NUL. */
bool ovli_same(struct ovl_str a, const char *b)
{
	uint32_t i;

	for (i = 0; i < a.len && a.ptr[i] == b[i]; i++)
		if (!b[i])
			return a.len == ~0u;
	return i == a.len && !b[i];
}

bool ovli_equal(struct ovl_str a, struct ovl_str b)
{
	return a.len == b.len && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static OVLI_INLINE uint64_t text4(const unsigned char *p)
{
	return OVLI_TEXT4(p[0], p[1], p[2], p[3]);
}

/* What bytes are known by, in receipts too: the same on every machine. */
uint32_t ovli_hash(uint32_t owner, const char *name, uint32_t len)
{
	const unsigned char *p = (const unsigned char *)name;
	uint32_t h = owner * 0x9e3779b1u;

	for (; len >= 4; len -= 4, p += 4) {
		h ^= (uint32_t)text4(p);
		h *= 0x85ebca6bu;
		h ^= h >> 15;
	}
	for (; len; len--, p++)
		h = (h ^ *p) * 0x01000193u;
	h ^= h >> 16;
	h *= 0x85ebca6bu;
	return h ^ h >> 13;
}

/* Fewer than eight bytes of text, and NULs: in two pieces, or three bytes, of which some may be the same. */
uint64_t ovli_text_rest(const char *text, uint32_t room)
{
	const unsigned char *p = (const unsigned char *)text;

	if (room >= 4)
		return text4(p) | text4(p + room - 4) << (room - 4) * 8;
	if (room == 0)
		return 0;
	return p[0] | (uint64_t)p[room / 2] << room / 2 * 8 | (uint64_t)p[room - 1] << (room - 1) * 8;
}

/* The hash of the name that ends with a NUL, or fills the room. */
uint32_t ovli_name_hash(const char *text, uint32_t room)
{
	uint64_t word, nul;
	uint32_t hash = 0;

	for (; room >= 8; text += 8, room -= 8) {
		word = ovli_text8(text);
		nul = ovli_nul_in(word);
		hash = ovli_hash_more(hash, word & ovli_up_to(nul));
		if (nul)
			return hash;
	}
	word = ovli_text_rest(text, room);
	return ovli_hash_more(hash, word & ovli_up_to(ovli_nul_in(word)));
}

bool ovli_names_phandle(const char *name)
{
	static const char both[] = "linux,phandle";

	return ovli_is(name, *name == 'p' ? both + 6 : both);
}
