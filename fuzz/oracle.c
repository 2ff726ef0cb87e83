/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* oracle.c - what must hold for every tree and every blob that libovl gives, see fuzz.h.
 * libfdt's fdt_check_full() is the independent judge of what is a blob. */
#include "fuzz.h"

#include <libfdt.h>
#include <string.h>

bool is_limit(enum ovl_err code)
{
	return code == OVL_ERR_SPACE || code == OVL_ERR_COLLISION;
}

bool write_tree(struct ovl_tree *tree, struct image *out)
{
	struct ovl_error err;
	enum ovl_err code = ovl_flatten(tree, out->bytes, sizeof(out->bytes), &out->len, &err);

	EXPECT(code == err.code && (!code || code == OVL_ERR_SPACE));
	if (code)
		out->len = 0;
	return !code;
}

bool same_bytes(const struct image *a, const struct image *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

bool apply_all(const struct part *base, const struct part *const *overlays, size_t n,
	       const struct ovl_apply_options *options, uint32_t *storage, struct image *out, struct ovl_error *err)
{
	struct ovl_tree tree;

	out->len = 0;
	if (ovl_tree_open(&tree, base->bytes, base->len, storage, ROOM, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (ovl_apply(&tree, overlays[i]->bytes, overlays[i]->len, options, err))
			return false;
	return write_tree(&tree, out);
}

static uint32_t cell(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* What is changed in place keeps the FDT_NOPs that it had; libfdt wants none before the root, nor between it and
 * FDT_END, where DTSpec 5.4 has no rule against them. */
static bool has_nop_around(const unsigned char *blob, size_t len)
{
	size_t begin = len < 40 ? len : cell(blob + 8), end = len < 40 ? len : begin + cell(blob + 36);

	return (begin + 4 <= len && cell(blob + begin) == FDT_NOP) ||
	       (end >= begin + 8 && end <= len && cell(blob + end - 8) == FDT_NOP);
}

void expect_valid(const unsigned char *blob, size_t len)
{
	static uint32_t storage[ROOM / 4];
	static struct image again;
	struct ovl_tree tree;
	struct ovl_error err;

	EXPECT(fdt_check_full(blob, len) == 0 || has_nop_around(blob, len));
	if (ovl_tree_open(&tree, blob, len, storage, sizeof(storage), &err)) {
		EXPECT(is_limit(err.code));
		return;
	}
	if (write_tree(&tree, &again))
		EXPECT(fdt_check_full(again.bytes, again.len) == 0);
}

/* References are found in linear time: there are not more of them than bytes. */
void expect_refs(const struct ovl_tree *tree, const struct ovl_tree *context, size_t len)
{
	struct ovl_ref r;
	size_t n = 0;
	int more;

	for (more = ovl_ref_first(tree, context, ovl_node_root(tree), &r); more; more = ovl_ref_next(&r)) {
		EXPECT(n++ <= len);
		if (r.fault)
			continue;
		EXPECT(r.prop.len >= 4 && r.off <= r.prop.len - 4);
		EXPECT(cell(r.prop.value + r.off) == r.phandle);
		EXPECT(r.kind == OVL_REF_FIXUP || (r.to && ovl_node_phandle(r.in, r.to) == r.phandle));
	}
}
