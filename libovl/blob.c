/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* blob.c - prove that bytes are a well-formed blob, and read names and properties of a proven one.
 * In: any bytes.  Out: the blocks' places, the counts that say what storage a layer takes; or an error
 * with its place.  Needs no storage and keeps nothing.  After ovli_scan() the readers below need no
 * check of their own.  Format: DTSpec 5.2 (header), 5.3 (reservations), 5.4 (structure), 5.5 (strings). */
#include "inner.h"

/* ---------------------------------------------------------------- header */

struct block {
	uint32_t off, size;
};

static bool block_inside(struct block block, uint32_t total)
{
	return block.off <= total && block.size <= total - block.off;
}

/* The reservation block ends with an entry of zero address and zero size (DTSpec 5.3). */
static bool reserve_end(const unsigned char *bytes, uint32_t off, uint32_t total, uint32_t *len)
{
	static const unsigned char end[16];
	uint32_t at;

	if (off > total)
		return false;
	for (at = off; total - at >= 16; at += 16)
		if (memcmp(bytes + at, end, 16) == 0) {
			*len = at - off;
			return true;
		}
	return false;
}

enum ovl_err ovli_header_read(const void *data, size_t len, struct ovli_header *h, struct ovl_error *err)
{
	const unsigned char *bytes = data;
	struct block structure, strings;
	uint32_t total, version, header, off_reserve;

	if (len < OVLI_HEADER_BYTES - 4 || ovli_be32(bytes) != OVLI_MAGIC)
		return ovli_fail(err, OVL_ERR_MAGIC, 0);
	total = ovli_be32(bytes + 4);
	version = ovli_be32(bytes + 20);
	if (version < 16 || ovli_be32(bytes + 24) > 17)
		return ovli_fail(err, OVL_ERR_VERSION, 20);
	header = version == 16 ? OVLI_HEADER_BYTES - 4 : OVLI_HEADER_BYTES;
	if (total > len || total < header)
		return ovli_fail(err, OVL_ERR_TRUNCATED, 4);

	/* Version 16 does not say how long the structure block is: it may go on to the end. */
	structure.off = ovli_be32(bytes + 8);
	structure.size = version == 16 ? total - (structure.off <= total ? structure.off : 0)
				       : ovli_be32(bytes + 36);
	strings.off = ovli_be32(bytes + 12);
	strings.size = ovli_be32(bytes + 32);
	if (!block_inside(structure, total) || structure.off < header)
		return ovli_fail(err, OVL_ERR_BLOCK, 8);
	if (!block_inside(strings, total))
		return ovli_fail(err, OVL_ERR_BLOCK, 12);

	off_reserve = ovli_be32(bytes + 16);
	if (off_reserve < header || !reserve_end(bytes, off_reserve, total, &h->reserve_bytes))
		return ovli_fail(err, OVL_ERR_RESERVE, 16);
	h->reserve = bytes + off_reserve;
	h->boot_cpu = ovli_be32(bytes + 28);
	h->blob = (struct ovli_blob){ bytes + structure.off, (const char *)bytes + strings.off,
				      structure.size, strings.size };
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
	const struct ovli_blob *blob;
	struct ovli_counts *counts;
	struct ovl_error *err;
	uint32_t strings_end;           /* just past the last NUL of the strings block */
	bool strings_clean;             /* every byte of it may stand in a name, none is too long */
	bool untidy;

	uint32_t depth;
	uint32_t node;                  /* the node begun last */
	bool props_over;                /* a subnode was seen: no property may follow */
	uint32_t n_props, first_prop;   /* of the node begun last */
	uint64_t seen;                  /* its names, as a filter */
	uint32_t phandle;
};

/* Printable ASCII, no blank.  DTSpec 2.2.1 allows less; what real trees hold beyond it does no harm here,
 * and is found by the checks on names.  '/' would break paths. */
static bool name_char(unsigned char c)
{
	return c > 0x20 && c < 0x7f && c != '/';
}

/* The longest name that can begin in the strings block decides whether each needs a look of its own. */
static void scan_strings(struct scan *s)
{
	const unsigned char *text = (const unsigned char *)s->blob->strings;
	uint32_t i, start = 0, n = s->blob->size_strings, nuls = 0;
	bool clean = true;

	for (i = 0; i < n; i++) {
		unsigned char c = text[i];

		if (c) {
			clean &= c > 0x20 && c < 0x7f;
			continue;
		}
		clean &= i - start <= OVL_MAX_NAME;
		start = i + 1;
		nuls++;
	}
	s->strings_end = start;
	s->counts->strings = nuls;
	s->strings_clean = clean;
}

static enum ovl_err fail_prop(struct scan *s, enum ovl_err code, uint32_t at, const char *name)
{
	s->err->node = ovli_name_at(s->blob, s->node);
	if (name)
		s->err->prop = (struct ovl_str){ name, ovli_strlen(name) };
	return ovli_fail(s->err, code, at);
}

/* What fills up to four bytes says nothing, and is zero in what is written. */
static void look_at_padding(struct scan *s, uint32_t at, uint32_t len)
{
	uint32_t i;

	for (i = len; i < ovli_align4(len); i++)
		s->untidy |= s->blob->structure[at + i] != 0;
}

static enum ovl_err scan_begin(struct scan *s, uint32_t at, uint32_t *next)
{
	const struct ovli_blob *b = s->blob;
	const char *name = (const char *)b->structure + at + 4;
	uint32_t room = b->size_structure - at - 4, len = 0;
	bool clean = true;

	while (len < room && name[len]) {
		clean &= name_char((unsigned char)name[len]);
		len++;
	}
	if (len == room)
		return ovli_fail(s->err, OVL_ERR_STRUCTURE, at);
	s->err->node = (struct ovl_str){ name, len };
	if (s->depth == 0 && s->counts->nodes)
		return ovli_fail(s->err, OVL_ERR_STRUCTURE, at);
	if (!clean || len > OVL_MAX_NAME || (len == 0) != (s->depth == 0))
		return ovli_fail(s->err, OVL_ERR_NAME, at);
	if (s->depth == OVL_MAX_DEPTH)
		return ovli_fail(s->err, OVL_ERR_DEPTH, at);
	if (ovli_align4(len + 1) > room)
		return ovli_fail(s->err, OVL_ERR_STRUCTURE, at);
	s->err->node = (struct ovl_str){ 0 };
	s->depth++;
	s->counts->nodes++;
	s->node = at;
	s->props_over = false;
	s->n_props = 0;
	s->seen = 0;
	s->phandle = 0;
	look_at_padding(s, at + 4, len + 1);
	*next = at + 4 + ovli_align4(len + 1);
	return OVL_OK;
}

/* Two properties of one name: a filter answers most, a search the rest.  Only for nodes with few
 * properties; the index finds it in the others. */
static bool seen_before(struct scan *s, uint32_t at, const char *name)
{
	uint32_t word = 0, i;
	uint64_t bit;
	bool maybe;
	struct ovli_prop p;

	if (s->n_props > OVLI_FEW)
		return false;
	for (i = 0; name[i]; i++)
		word = word * 31 + (unsigned char)name[i];
	bit = 1ull << ((word * 0x9e3779b1u) >> 26);
	maybe = s->seen & bit;
	s->seen |= bit;
	if (!maybe)
		return false;
	for (p = ovli_prop_at(s->blob, s->first_prop); p.tag < at; p = ovli_prop_after(s->blob, &p)) {
		for (i = 0; name[i] && p.name[i] == name[i]; i++)
			;
		if (p.name[i] == name[i])
			return true;
	}
	return false;
}

static bool is_phandle(const char *name)
{
	static const char with_prefix[] = "linux,phandle";
	const char *want = with_prefix + (name[0] == 'p' ? 6 : 0);
	uint32_t i;

	if (name[0] != 'p' && name[0] != 'l')
		return false;
	for (i = 0; want[i] && name[i] == want[i]; i++)
		;
	return want[i] == name[i];
}

static bool name_fits(const struct scan *s, const char *name)
{
	uint32_t n = 0;

	if (s->strings_clean)
		return name[0] != 0;
	for (; n <= OVL_MAX_NAME && name[n]; n++)
		if (!name_char((unsigned char)name[n]) && name[n] != '/')
			return false;
	return n > 0 && n <= OVL_MAX_NAME;
}

static enum ovl_err scan_phandle(struct scan *s, uint32_t at, const char *name, uint32_t len)
{
	uint32_t number;

	if (len != 4)
		return fail_prop(s, OVL_ERR_PHANDLE, at, name);
	number = ovli_be32(s->blob->structure + at + 12);
	s->err->number = number;
	if (number == 0 || number == ~0u || (s->phandle && s->phandle != number))
		return fail_prop(s, OVL_ERR_PHANDLE, at, name);
	s->err->number = 0;
	if (!s->phandle)
		s->counts->phandles++;
	s->phandle = number;
	return OVL_OK;
}

static enum ovl_err scan_prop(struct scan *s, uint32_t at, uint32_t *next)
{
	const struct ovli_blob *b = s->blob;
	uint32_t room = b->size_structure - at, len, name_off;
	const char *name;

	if (s->depth == 0 || room < 12)
		return ovli_fail(s->err, OVL_ERR_STRUCTURE, at);
	len = ovli_be32(b->structure + at + 4);
	name_off = ovli_be32(b->structure + at + 8);
	if (len > room - 12 || ovli_align4(len) > room - 12)
		return fail_prop(s, OVL_ERR_STRUCTURE, at, NULL);
	if (name_off >= s->strings_end)
		return fail_prop(s, OVL_ERR_NAME, at, NULL);
	name = b->strings + name_off;
	if (s->props_over)
		return fail_prop(s, OVL_ERR_ORDER, at, name);
	if (!name_fits(s, name))
		return fail_prop(s, OVL_ERR_NAME, at, NULL);
	if (s->n_props == 0)
		s->first_prop = at;
	if (seen_before(s, at, name))
		return fail_prop(s, OVL_ERR_DUPLICATE_PROP, at, name);
	s->n_props++;
	s->counts->props++;
	if (s->n_props > OVLI_FEW)
		s->counts->many += s->n_props == OVLI_FEW + 1 ? OVLI_FEW + 1 : 1;
	if (is_phandle(name) && scan_phandle(s, at, name, len))
		return s->err->code;
	look_at_padding(s, at + 12, len);
	*next = at + 12 + ovli_align4(len);
	return OVL_OK;
}

/* Walk the structure block once.  On success the block's size is what it really takes, END included. */
static enum ovl_err scan_structure(struct scan *s, uint32_t *end)
{
	const struct ovli_blob *b = s->blob;
	uint32_t at = 0;

	for (;;) {
		uint32_t tag;

		if (b->size_structure - at < 4)
			return ovli_fail(s->err, OVL_ERR_STRUCTURE, at);
		tag = ovli_be32(b->structure + at);
		if (tag == OVLI_PROP) {
			if (scan_prop(s, at, &at))
				return s->err->code;
		} else if (tag == OVLI_BEGIN_NODE) {
			if (scan_begin(s, at, &at))
				return s->err->code;
		} else if (tag == OVLI_END_NODE && s->depth > 0) {
			s->depth--;
			s->props_over = true;
			at += 4;
		} else if (tag == OVLI_NOP) {
			s->untidy = true;
			at += 4;
		} else if (tag == OVLI_END && s->depth == 0 && s->counts->nodes) {
			*end = at + 4;
			return OVL_OK;
		} else {
			return ovli_fail(s->err, OVL_ERR_STRUCTURE, at);
		}
	}
}

enum ovl_err ovli_scan(struct ovli_blob *blob, struct ovli_counts *counts, bool *untidy,
		       struct ovl_error *err)
{
	struct scan s = { .blob = blob, .counts = counts, .err = err };
	uint32_t end = 0;

	memset(counts, 0, sizeof(*counts));
	scan_strings(&s);
	if (scan_structure(&s, &end))
		return err->code;
	blob->size_structure = end;
	*untidy = s.untidy;
	return OVL_OK;
}

/* ---------------------------------------------------------------- readers of a proven blob */

struct ovl_str ovli_name_at(const struct ovli_blob *blob, uint32_t off)
{
	const char *name = (const char *)blob->structure + off + 4;

	return (struct ovl_str){ name, ovli_strlen(name) };
}

uint32_t ovli_props_start(const struct ovli_blob *blob, uint32_t node_off)
{
	return node_off + 4 + ovli_align4(ovli_name_at(blob, node_off).len + 1);
}

/* The property at off, or the first one after the NOPs there. */
struct ovli_prop ovli_prop_at(const struct ovli_blob *blob, uint32_t off)
{
	const unsigned char *p = blob->structure + off;
	struct ovli_prop prop = { 0 };

	while (ovli_be32(p) == OVLI_NOP)
		p += 4;
	if (ovli_be32(p) != OVLI_PROP)
		return prop;
	prop.tag = (uint32_t)(p - blob->structure);
	prop.len = ovli_be32(p + 4);
	prop.name_off = ovli_be32(p + 8);
	prop.name = blob->strings + prop.name_off;
	prop.value = p + 12;
	return prop;
}

struct ovli_prop ovli_prop_after(const struct ovli_blob *blob, const struct ovli_prop *prop)
{
	return ovli_prop_at(blob, prop->tag + 12 + ovli_align4(prop->len));
}
