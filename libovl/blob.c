/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* blob.c - prove that bytes are a well-formed blob, and read names and properties of a proven one.
 * In: any bytes.  Out: the blocks' places, the counts that say what storage a layer takes; or an error
 * with its place.  Needs no storage and keeps nothing.  The bytes may change while they are looked at: each
 * number that a bound depends on is read once, and no text is read beyond its block.  When they did not,
 * the readers below ovli_scan() need no check of their own.
 * Format: DTSpec 5.2 (header), 5.3 (reservations), 5.4 (structure), 5.5 (strings). */
#include "inner.h"

/* ---------------------------------------------------------------- header */

/* A number that is checked, and then used: a compiler may not read it from the blob for each. */
static uint32_t read_once(const unsigned char *p)
{
	volatile uint32_t held = ovli_be32(p);

	return held;
}

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
	total = read_once(bytes + 4);
	if (total > len || total < header)
		return ovli_fail(c, OVL_ERR_TRUNCATED, bytes + 4);

	/* Version 16 does not say how long the structure block is: it may go on to the end. */
	structure = read_once(bytes + 8);
	b->size_structure = header < OVLI_HEADER_BYTES ? total - (structure <= total ? structure : 0)
						       : read_once(bytes + 36);
	if (!inside(structure, b->size_structure, total) || structure < header)
		return ovli_fail(c, OVL_ERR_BLOCK, bytes + 8);
	strings = read_once(bytes + 12);
	b->size_strings = read_once(bytes + 32);
	if (!inside(strings, b->size_strings, total))
		return ovli_fail(c, OVL_ERR_BLOCK, bytes + 12);
	reserve = read_once(bytes + 16);
	if (reserve < header || !reserve_end(bytes, reserve, total, &b->reserve_bytes))
		return ovli_fail(c, OVL_ERR_RESERVE, bytes + 16);

	b->structure = bytes + structure;
	b->strings = (const char *)bytes + strings;
	b->reserve = bytes + reserve;
	b->boot_cpu = ovli_be32(bytes + 28);
	c->from = b->structure;
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
		ovli_put32(out + i * 4, fields[i]);
}

/* ---------------------------------------------------------------- scan */

struct scan {
	struct ovli_call *call;
	struct ovli_blob *blob;
	uint32_t strings_end;           /* just past the last NUL of the strings block */
	bool names_good;                /* whatever begins in it, if it is not empty */

	uint32_t depth;
	bool props_over;                /* a subnode was seen: no property may follow */
	uint32_t n_props, phandle;      /* of the node begun last */
	uint32_t names[OVLI_FEW];       /* and where the names of its first properties begin */
};

/* Printable ASCII, no blank.  DTSpec 2.2.1 allows less; what real trees hold beyond it does no harm here,
 * and is found by the checks on names. */
static bool name_char(char ch)
{
	return ch > 0x20 && ch < 0x7f;
}

/* The longest name that can begin in the strings block decides whether each needs a look of its own. */
static void scan_strings(struct scan *s)
{
	const char *text = s->blob->strings;
	uint32_t i;

	s->names_good = true;
	for (i = 0; i < s->blob->size_strings; i++) {
		if (text[i]) {
			s->names_good &= name_char(text[i]);
			continue;
		}
		s->names_good &= i - s->strings_end <= OVL_MAX_NAME;
		s->strings_end = i + 1;
		s->blob->n_strings++;
	}
}

/* What fills up to four bytes says nothing, and is zero in what is written. */
static const unsigned char *look_at_padding(struct scan *s, const unsigned char *from, uint32_t len)
{
	for (; len % 4; len++)
		s->blob->untidy |= from[len];
	return from + len;
}

/* These take a tag and give what follows; NULL when the call failed. */

static const unsigned char *scan_begin(struct scan *s, const unsigned char *at, uint32_t room)
{
	const char *name = (const char *)at + 4;
	uint32_t len = 0;
	bool good = true;

	s->call->node = NULL;
	for (room -= 4; len < room && name[len]; len++)
		good &= name_char(name[len]) && name[len] != '/';       /* that would break paths */
	if (len == room)
		return ovli_fail_at(s->call, OVL_ERR_STRUCTURE, at);
	s->call->node = name;
	if (s->depth == 0 && s->blob->nodes)
		return ovli_fail_at(s->call, OVL_ERR_STRUCTURE, at);
	if (!good || len > OVL_MAX_NAME || (len == 0) != (s->depth == 0))
		return ovli_fail_at(s->call, OVL_ERR_NAME, at);
	if (s->depth++ == OVL_MAX_DEPTH)
		return ovli_fail_at(s->call, OVL_ERR_DEPTH, at);
	if (ovli_align4(len + 1) > room)
		return ovli_fail_at(s->call, OVL_ERR_STRUCTURE, at);
	s->blob->nodes++;
	s->props_over = false;
	s->n_props = 0;
	s->phandle = 0;
	return look_at_padding(s, at + 4, len + 1);
}

/* Whether the names at two places of the strings block are the same. */
static bool same_name(const struct scan *s, uint32_t a, uint32_t b)
{
	const char *text = s->blob->strings;
	uint32_t last = a > b ? a : b;

	if (a == b)
		return true;
	for (; last < s->strings_end && text[a] == text[b]; a++, b++, last++)
		if (!text[a])
			return true;
	return false;
}

/* Two properties of one name.  Only for nodes with few properties; the index finds it in the others. */
static bool seen_before(const struct scan *s, uint32_t name)
{
	uint32_t i;

	for (i = 0; s->n_props <= OVLI_FEW && i < s->n_props; i++)
		if (same_name(s, s->names[i], name))
			return true;
	return false;
}

static bool name_fits(const char *name, uint32_t room)
{
	uint32_t n = 0;

	while (n < room && name_char(name[n]) && n <= OVL_MAX_NAME)
		n++;
	return n > 0 && n <= OVL_MAX_NAME && n < room && !name[n];
}

static enum ovl_err scan_phandle(struct scan *s, const unsigned char *at, uint32_t len)
{
	uint32_t number;

	if (len != 4)
		return ovli_fail(s->call, OVL_ERR_PHANDLE, at);
	number = read_once(at + 12);
	s->call->number = number;
	if (number == 0 || number == ~0u || (s->phandle && s->phandle != number))
		return ovli_fail(s->call, OVL_ERR_PHANDLE, at);
	s->call->number = 0;
	if (!s->phandle)
		s->blob->phandles++;
	s->phandle = number;
	return OVL_OK;
}

static const unsigned char *scan_prop(struct scan *s, const unsigned char *at, uint32_t room)
{
	uint32_t len, name;

	if (s->depth == 0 || room < 12)
		return ovli_fail_at(s->call, OVL_ERR_STRUCTURE, at);
	len = read_once(at + 4);
	name = read_once(at + 8);
	if (len > room - 12 || ovli_align4(len) > room - 12)
		return ovli_fail_at(s->call, OVL_ERR_STRUCTURE, at);
	if (name >= s->strings_end)
		return ovli_fail_at(s->call, OVL_ERR_NAME, at);
	s->call->prop = s->blob->strings + name;
	if (s->props_over)
		return ovli_fail_at(s->call, OVL_ERR_ORDER, at);
	if (s->names_good ? !s->call->prop[0] : !name_fits(s->call->prop, s->strings_end - name)) {
		s->call->prop = NULL;
		return ovli_fail_at(s->call, OVL_ERR_NAME, at);
	}
	if (seen_before(s, name))
		return ovli_fail_at(s->call, OVL_ERR_DUPLICATE_PROP, at);
	if (s->n_props < OVLI_FEW)
		s->names[s->n_props] = name;
	s->n_props++;
	s->blob->props++;
	if (s->n_props > OVLI_FEW)
		s->blob->many += s->n_props == OVLI_FEW + 1 ? OVLI_FEW + 1 : 1;
	if (ovli_phandle_at(s->blob, name) && scan_phandle(s, at, len))
		return NULL;
	s->call->prop = NULL;
	return look_at_padding(s, at + 12, len);
}

/* Walk the structure block once.  On success the block's size is what it really takes, END included. */
enum ovl_err ovli_scan(struct ovli_call *c, struct ovli_blob *b)
{
	const unsigned char *at = b->structure, *end = at + b->size_structure;
	struct scan s = { .call = c, .blob = b };

	c->from = at;
	b->nodes = b->props = b->phandles = b->many = b->n_strings = b->untidy = 0;
	scan_strings(&s);
	while (at) {
		uint32_t room = (uint32_t)(end - at), tag = room < 4 ? 0 : ovli_be32(at);

		if (tag == OVLI_PROP) {
			at = scan_prop(&s, at, room);
		} else if (tag == OVLI_BEGIN_NODE) {
			at = scan_begin(&s, at, room);
		} else if (tag == OVLI_END_NODE && s.depth > 0) {
			s.depth--;
			s.props_over = true;
			at += 4;
		} else if (tag == OVLI_NOP) {
			b->untidy = 1;
			at += 4;
		} else if (tag == OVLI_END && s.depth == 0 && b->nodes) {
			b->size_structure = (uint32_t)(at + 4 - b->structure);
			c->node = NULL;
			return OVL_OK;
		} else {
			c->node = NULL;
			at = ovli_fail_at(c, OVL_ERR_STRUCTURE, at);
		}
	}
	return c->code;
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

/* What follows the name of the node that begins here. */
const unsigned char *ovli_behind_name(const unsigned char *begin)
{
	return begin + 4 + ovli_align4(ovli_strlen((const char *)begin + 4) + 1);
}

/* The property here, or the first one after the NOPs here. */
struct ovli_prop ovli_prop_from(const unsigned char *at, const char *strings)
{
	while (ovli_be32(at) == OVLI_NOP)
		at += 4;
	return (struct ovli_prop){ ovli_be32(at) == OVLI_PROP ? at : NULL, strings };
}

struct ovli_prop ovli_next_prop(struct ovli_prop p)
{
	return ovli_prop_from(ovli_prop_end(p), p.strings);
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

uint32_t ovli_strlen_in(const char *s, uint32_t len)
{
	uint32_t n = 0;

	while (n < len && s[n])
		n++;
	return n;
}

bool ovli_is(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

bool ovli_same(struct ovl_str a, const char *b)
{
	while (a.len && *b && *a.ptr == *b)
		a.ptr++, a.len--, b++;
	return !a.len && !*b;
}

bool ovli_equal(struct ovl_str a, struct ovl_str b)
{
	return a.len == b.len && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool ovli_names_phandle(const char *name)
{
	static const char both[] = "linux,phandle";

	return ovli_is(name, *name == 'p' ? both + 6 : both);
}
