/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* once.c - base and overlay to a merged blob in one call, for callers of libfdt's fdt_overlay_apply().
 * Everything is done in the storage; only a result that is whole is written. */
#include "inner.h"

/* What ovl_flatten() will need, before anything is applied. */
static uint64_t names_bytes(const struct ovli_blob *overlay)
{
	uint64_t keys = overlay->props;

	return keys ? ((keys + keys / 2 + 1) * 2 + keys) * sizeof(uint32_t) : 0;
}

static uint64_t blob_bytes(const struct ovli_blob *b)
{
	return (uint64_t)b->size_structure + b->size_strings + b->reserve_bytes + 16 + OVLI_HEADER_BYTES;
}

/* How long the paths of a blob's nodes can be, and how many symbols it has. */
struct paths {
	uint32_t depth, deepest;        /* nodes on a path, the root included */
	uint32_t names, longest;        /* bytes of all names and of one, in whole cells: more than with a slash */
	uint32_t symbols;
};

/* The blob was proven, but an overlay may change meanwhile. */
static struct paths paths_of(const struct ovli_blob *b)
{
	const unsigned char *tag = b->structure, *end = tag + b->size_structure;
	struct paths p = { 0 };
	bool symbols = false;
	uint32_t bytes;

	for (; (bytes = ovli_tag_bytes(tag, (uint32_t)(end - tag))); tag += bytes) {
		switch (ovli_be32(tag)) {
		case OVLI_BEGIN_NODE:
			symbols = ++p.depth == 2 && bytes == 16 && memcmp(tag + 4, "__symbols__", 12) == 0;
			p.deepest = p.depth > p.deepest ? p.depth : p.deepest;
			p.names += bytes - 4;
			p.longest = bytes - 4 > p.longest ? bytes - 4 : p.longest;
			break;
		case OVLI_END_NODE:
			p.depth--;
			symbols = false;
			break;
		case OVLI_PROP:
			p.symbols += symbols;
			break;
		}
	}
	return p;
}

static uint32_t longest_string(const struct ovli_blob *b)
{
	uint32_t at, len, longest = 0;

	for (at = 0; at < b->size_strings; at += len + 1) {
		len = ovli_strlen_in(b->strings + at, b->size_strings - at);
		longest = len > longest ? len : longest;
	}
	return longest;
}

/* What no result is longer than.  Each part of a blob is written once at the most, but for what gets longer: a symbol,
 * by its fragment's target, whose path is one of the base and names of the overlay; and strings, where a name was the
 * end of another. */
static uint64_t most_bytes_of(const struct ovli_blob *base, const struct ovli_blob *overlay)
{
	struct paths b = paths_of(base), o = paths_of(overlay);
	uint64_t path = (uint64_t)b.deepest * b.longest + o.names, limit = (uint64_t)OVL_MAX_DEPTH * (OVL_MAX_NAME + 1);

	return blob_bytes(base) + blob_bytes(overlay) + o.symbols * (path < limit ? path : limit) +
	       (uint64_t)overlay->props * (longest_string(overlay) + 1);
}

enum ovl_err ovl_overlay_size(const void *base, size_t base_len, const void *overlay, size_t overlay_len,
			      size_t *storage_bytes, size_t *most_bytes, struct ovl_error *err)
{
	uint64_t tree, apply, most;
	struct ovli_call c;
	struct ovli_blob b, o;

	ovli_begin(&c, NULL, OVL_BASE);
	if (ovli_prove_base(&c, base, base_len, &b, &tree))
		return ovli_end(&c, NULL, err);
	c.side = OVL_OVERLAY;
	if (ovli_prove_overlay(&c, overlay, overlay_len, &o, 0, &apply))
		return ovli_end(&c, NULL, err);
	*storage_bytes = (size_t)((tree + apply) * sizeof(uint32_t) + names_bytes(&o));
	most = most_bytes_of(&b, &o);
	*most_bytes = most > (size_t)-1 ? (size_t)-1 : (size_t)most;
	return ovli_end(&c, NULL, err);
}

enum ovl_err ovl_overlay_apply(const void *base, size_t base_len, const void *overlay, size_t overlay_len,
			       void *storage, size_t storage_bytes, void *out, size_t out_bytes,
			       size_t *out_len, struct ovl_error *err)
{
	struct ovl_tree t;
	enum ovl_err code = ovl_tree_open(&t, base, base_len, storage, storage_bytes, err);

	if (!code)
		code = ovl_apply(&t, overlay, overlay_len, NULL, err);
	return code ? code : ovl_flatten(&t, out, out_bytes, out_len, err);
}

enum ovl_err ovl_overlay_apply_in_place(void *base, size_t room, const void *overlay, size_t overlay_len,
					void *storage, size_t storage_bytes, struct ovl_error *err)
{
	enum ovl_err code;
	struct ovl_tree t;
	size_t len = 0, used;

	code = ovl_tree_open(&t, base, room, storage, storage_bytes, err);
	if (!code)
		code = ovl_apply(&t, overlay, overlay_len, NULL, err);
	if (!code)
		code = ovl_flatten_size(&t, &len, err);
	if (code)
		return code;
	used = ovl_tree_used(&t) + ovl_flatten_storage(&t);
	if (len > room)
		return ovli_say_space(OVL_OUTPUT, len, err);
	if (len > storage_bytes - used)
		return ovli_say_space(OVL_STORAGE, used + len, err);
	code = ovl_flatten(&t, (unsigned char *)storage + used, len, &len, err); /* which was measured */
	memcpy(base, (unsigned char *)storage + used, len);
	return code;
}

int ovl_libfdt_code(enum ovl_err code)
{
	enum { NOTFOUND = 1, NOSPACE = 3, BADPATH = 5, BADPHANDLE = 6, TRUNCATED = 8, BADMAGIC = 9,
	       BADVERSION = 10, BADSTRUCTURE = 11, BADVALUE = 15, BADOVERLAY = 16, NOPHANDLES = 17 };

	switch (code) {
	case OVL_OK: return 0;
	case OVL_ERR_SPACE: return -NOSPACE;
	case OVL_ERR_MAGIC: return -BADMAGIC;
	case OVL_ERR_VERSION: return -BADVERSION;
	case OVL_ERR_TRUNCATED:
	case OVL_ERR_BLOCK:
	case OVL_ERR_RESERVE: return -TRUNCATED;
	case OVL_ERR_PHANDLE:
	case OVL_ERR_DUPLICATE_PHANDLE: return -BADPHANDLE;
	case OVL_ERR_NOT_OVERLAY:
	case OVL_ERR_FRAGMENT:
	case OVL_ERR_FIXUP:
	case OVL_ERR_LOCAL_FIXUP:
	case OVL_ERR_LOCAL_PHANDLE:
	case OVL_ERR_SYMBOL: return -BADOVERLAY;
	case OVL_ERR_NO_SYMBOLS:
	case OVL_ERR_NO_LABEL:
	case OVL_ERR_NO_TARGET:
	case OVL_ERR_NOT_THERE:
	case OVL_ERR_NO_LAYER: return -NOTFOUND;
	case OVL_ERR_NO_LABEL_NODE: return -BADPATH;
	case OVL_ERR_NO_PHANDLE:
	case OVL_ERR_PHANDLES_FULL: return -NOPHANDLES;
	case OVL_ERR_CELLS:
	case OVL_ERR_SYMBOL_TAKEN:
	case OVL_ERR_PROTECTED:
	case OVL_ERR_TOUCHES:
	case OVL_ERR_NOT_KEPT:
	case OVL_ERR_IN_USE:
	case OVL_ERR_RECEIPT:
	case OVL_ERR_NOT_ITS_TREE: return -BADVALUE;
	default: return -BADSTRUCTURE;
	}
}
