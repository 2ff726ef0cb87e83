/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* main.c - libovl in a kernel: when the module is loaded it applies two overlays to a base, and takes them out again.
 * In: /base.dtb, /first.dtbo, /second.dtbo, which needs the first one, and /merged.dtb, what both are to make of the
 * base.  Out: a line in the kernel's log for each thing that holds; a failure ends the loading, after a line that says
 * what it was.  All memory is the kernel's, and not a byte more than libovl asks for. */
#define pr_fmt(text) "ovl: " text
#include <linux/kernel_read_file.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "ovl.h"

/* A blob, in memory of its own. */
struct flat {
	void *bytes;
	size_t len;
};

/* A tree, and its storage, which grows. */
struct growing {
	struct ovl_tree tree;
	const struct flat *base;
	void *storage;
	size_t len;
};

static const struct ovl_apply_options keep = { .flags = OVL_KEEP };
static struct flat base, first, second, merged;

/* ---------------------------------------------------------------- what is to hold */

static int holds(bool it, const char *what)
{
	if (it)
		pr_info("%s\n", what);
	else
		pr_err("not so: %s\n", what);
	return it ? 0 : -EINVAL;
}

static bool fine(enum ovl_err code, const struct ovl_error *err)
{
	if (code)
		pr_err("code %d, label %.*s, needs %zu bytes\n", code, (int)err->label.len, err->label.ptr,
		       err->need_bytes);
	return !code;
}

static bool same(const struct flat *a, const struct flat *b)
{
	return a->bytes && a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

/* ---------------------------------------------------------------- libovl, in the kernel's memory */

static int read_blob(const char *path, struct flat *blob)
{
	ssize_t len = kernel_read_file_from_path(path, 0, &blob->bytes, INT_MAX, NULL, READING_UNKNOWN);

	if (len < 0)
		pr_err("%s cannot be read\n", path);
	else
		blob->len = len;
	return len < 0 ? len : 0;
}

/* Room for more bytes behind what is used: the tree moves there. */
static bool grow(struct growing *g, size_t more)
{
	size_t used = g->storage ? ovl_tree_used(&g->tree) : 0;
	void *storage = kvmalloc(used + more, GFP_KERNEL);

	if (!storage)
		return false;
	if (g->storage) {
		memcpy(storage, g->storage, used);
		ovl_tree_moved(&g->tree, g->base->bytes, storage, used + more);
		kvfree(g->storage);
	}
	g->storage = storage;
	g->len = used + more;
	return true;
}

static bool open(struct growing *g)
{
	struct ovl_error err;
	size_t need;

	return fine(ovl_tree_size(g->base->bytes, g->base->len, &need, &err), &err) && grow(g, need) &&
	       fine(ovl_tree_open(&g->tree, g->base->bytes, g->base->len, g->storage, g->len, &err), &err);
}

static enum ovl_err apply(struct growing *g, const struct flat *overlay, struct ovl_error *err)
{
	size_t need;
	enum ovl_err code = ovl_apply_size(overlay->bytes, overlay->len, &keep, &need, err);

	if (!code && !grow(g, need))
		code = OVL_ERR_SPACE;
	return code ? code : ovl_apply(&g->tree, overlay->bytes, overlay->len, &keep, err);
}

/* The tree as a blob; bytes is NULL when that is not possible. */
static struct flat flatten(struct growing *g)
{
	struct ovl_error err;
	struct flat flat = { 0 };
	size_t need;

	if (!grow(g, ovl_flatten_storage(&g->tree)) || !fine(ovl_flatten_size(&g->tree, &need, &err), &err))
		return flat;
	flat.bytes = kvmalloc(need, GFP_KERNEL);
	if (!flat.bytes || fine(ovl_flatten(&g->tree, flat.bytes, need, &flat.len, &err), &err))
		return flat;
	kvfree(flat.bytes);
	flat.bytes = NULL;
	return flat;
}

static bool flattens_to(struct growing *g, const struct flat *wanted)
{
	struct flat flat = flatten(g);
	bool it = same(&flat, wanted);

	kvfree(flat.bytes);
	return it;
}

static bool is_sound(const struct flat *overlay)
{
	struct ovl_error err;
	void *storage;
	size_t need;
	bool it;

	if (!fine(ovl_apply_size(overlay->bytes, overlay->len, NULL, &need, &err), &err))
		return false;
	storage = kvmalloc(need, GFP_KERNEL);
	it = storage && fine(ovl_check_overlay(overlay->bytes, overlay->len, storage, need, &err), &err);
	kvfree(storage);
	return it;
}

/* ---------------------------------------------------------------- the work */

/* What is refused leaves the tree as it was. */
static int refuse(struct growing *g)
{
	const struct flat half = { first.bytes, first.len / 2 };
	struct ovl_error err;
	bool no_label = apply(g, &second, &err) == OVL_ERR_NO_LABEL && err.label.len == 5 &&
			!memcmp(err.label.ptr, "gpio0", 5);

	return holds(no_label, "the second overlay alone is refused: label gpio0") ?:
	       holds(apply(g, &half, &err) == OVL_ERR_TRUNCATED, "half an overlay is refused") ?:
	       holds(flattens_to(g, &base), "after that the tree is the base");
}

static int work(struct growing *g)
{
	struct ovl_error err;

	return holds(is_sound(&first) && is_sound(&second), "both overlays are sound") ?:
	       holds(open(g), "the base is sound") ?:
	       refuse(g) ?:
	       holds(fine(apply(g, &first, &err), &err) && fine(apply(g, &second, &err), &err), "both are applied") ?:
	       holds(flattens_to(g, &merged), "the tree is what ovl apply made") ?:
	       holds(ovl_remove(&g->tree, 1, &err) == OVL_ERR_IN_USE && err.number == 2,
		     "the first one stays as long as the second") ?:
	       holds(fine(ovl_remove(&g->tree, 2, &err), &err) && fine(ovl_remove(&g->tree, 1, &err), &err),
		     "both are removed") ?:
	       holds(flattens_to(g, &base), "the tree is the base again");
}

static int __init start(void)
{
	struct growing g = { .base = &base };
	int status = read_blob("/base.dtb", &base) ?: read_blob("/first.dtbo", &first) ?:
		     read_blob("/second.dtbo", &second) ?: read_blob("/merged.dtb", &merged) ?: work(&g);

	kvfree(g.storage);
	vfree(base.bytes);
	vfree(first.bytes);
	vfree(second.bytes);
	vfree(merged.bytes);
	return status;
}

static void __exit stop(void)
{
}

module_init(start);
module_exit(stop);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("libovl at work in a kernel");
