/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* firmware.c - a blob that a firmware made with two phandles in a node -> one that is sound in that respect.
 * In: bytes of which nothing is proven; each offset is looked at before it is used.  The walk ends where the blob
 * makes no sense, and leaves it to ovl_tree_open() to say so.  Rules: include/ovl.h; DTSpec 5.4. */
#include "inner.h"

/* Where a walk over a structure block is, and what the node begun last has. */
struct walk {
	unsigned char *structure;
	const struct ovli_blob *blob;
	uint32_t at;
	uint32_t names;                 /* bits of enum ovli_phandle */
	uint32_t phandle;               /* the first */
};

/* Whether the property that the walk is at is a second phandle. */
static bool is_second(struct walk *w)
{
	const unsigned char *p = w->structure + w->at;
	uint32_t bit = ovli_be32(p + 4) == 4 ? ovli_phandle_at(w->blob, ovli_be32(p + 8)) : 0;
	bool second = bit && w->names && ((w->names & bit) || ovli_be32(p + 12) != w->phandle);

	if (bit && !w->names)
		w->phandle = ovli_be32(p + 12);
	w->names |= bit;
	return second;
}

static bool has_header(const void *blob, size_t len, struct ovli_blob *b)
{
	struct ovli_call c;

	ovli_begin(&c, NULL, OVL_BASE);
	return !ovli_header_read(&c, blob, len, b);
}

uint32_t ovl_first_phandle_wins(void *blob, size_t len, uint32_t *offs, uint32_t room)
{
	struct ovli_blob b;
	struct walk w = { .blob = &b };
	uint32_t n = 0, bytes, tag;

	if (!has_header(blob, len, &b))
		return 0;
	w.structure = (unsigned char *)blob + (b.structure - (const unsigned char *)blob);
	for (; (bytes = ovli_tag_bytes(w.structure + w.at, b.size_structure - w.at)); w.at += bytes) {
		tag = ovli_be32(w.structure + w.at);
		if (tag == OVLI_BEGIN_NODE)
			w.names = 0;
		if (tag != OVLI_PROP || !is_second(&w))
			continue;
		if (n < room)
			offs[n] = w.at;
		n++;
		for (; bytes; bytes -= 4, w.at += 4)
			ovli_put32(w.structure + w.at, OVLI_NOP);
	}
	return n;
}
