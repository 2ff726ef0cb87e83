/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* refs.c - print every reference that libovl finds in a blob, one a line:
 *     PATH:PROPERTY:OFFSET kind phandle -> PATH, arguments of the property that says how many, fault
 * In: a blob, and perhaps the tree that it is a part of.  Read by testsuite/corpus/refs.py.  Without a blob: what is
 * printed of small trees, texts of sketch.h, against the table below; then "N passed, N failed".  Rules: include/ovl.h. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "ovl.h"
#include "sketch.h"

static const char *const kinds[] = { "fixup", "local", "known", "map", "suspect" };
static const char *const faults[] = { "", " dangling", " no-cells", " short", " length", " mask" };

struct opened {
	struct ovl_tree tree;
	struct blob blob;
	void *storage;
};

static void open_tree(const char *name, struct opened *o)
{
	size_t room = 0;

	if (!ovl_tree_size(o->blob.bytes, o->blob.len, &room, NULL)) {
		o->storage = need(malloc(room));
		if (!ovl_tree_open(&o->tree, o->blob.bytes, o->blob.len, o->storage, room, NULL))
			return;
	}
	fprintf(stderr, "%s: is no blob\n", name);
	exit(2);
}

static void close_tree(struct opened *o)
{
	free(o->blob.bytes);
	free(o->storage);
}

static void print_path(FILE *out, const struct ovl_tree *tree, ovl_node node)
{
	uint32_t len = ovl_node_path(tree, node, NULL, 0);
	char *path = need(malloc(len));

	ovl_node_path(tree, node, path, len);
	fprintf(out, "%.*s", (int)len, path);
	free(path);
}

static void print_ref(FILE *out, const struct ovl_ref *r)
{
	print_path(out, r->tree, r->node);
	fprintf(out, ":%s:%u %s 0x%x", r->prop.name, r->off, kinds[r->kind], r->phandle);
	if (r->kind == OVL_REF_FIXUP)
		fprintf(out, " &%.*s", (int)r->label.len, r->label.ptr);
	if (r->to) {
		fprintf(out, r->in == r->tree ? " -> " : " => ");
		print_path(out, r->in, r->to);
	}
	fprintf(out, " %u", r->n_args);
	if (r->cells)
		fprintf(out, " of %s", r->cells);
	fprintf(out, "%s\n", faults[r->fault]);
}

/* context may be NULL. */
static void print_refs(FILE *out, const struct ovl_tree *tree, const struct ovl_tree *context)
{
	struct ovl_ref r;
	int more;

	for (more = ovl_ref_first(tree, context, ovl_node_root(tree), &r); more; more = ovl_ref_next(&r))
		print_ref(out, &r);
}

/* ---------------------------------------------------------------- small trees */

#define ONES_20 "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"
#define ID_MAP_REFS(node)	node ":iommu-map:4 map 0x1 -> /m 2 of #iommu-cells\n" \
				node ":iommu-map:20 map 0x1 -> /m 2 of #iommu-cells\n" \
				node ":iommu-map:36 map 0x1 -> /m 2 of #iommu-cells\n" \
				node ":iommu-map:52 map 0x1 -> /m 2 of #iommu-cells\n" \
				node ":iommu-map:68 map 0x1 -> /m 2 of #iommu-cells\n"

static const struct row {
	const char *name, *tree, *context, *wanted;
} rows[] = {
	{ "an interrupt map that lacks one cell with the parent's address",
	  "p{phandle=<1>;#address-cells=<1>;#interrupt-cells=<1>;}"
	  "u{#address-cells=<1>;#interrupt-cells=<1>;interrupt-map=<0 1 1 7>;}", NULL,
	  "/u:interrupt-map:8 map 0x1 -> /p 1 of #interrupt-cells\n" },
	{ "an id map that can be read both ways is read as most are",
	  "m{phandle=<1>;#iommu-cells=<2>;}u{iommu-map=<" ONES_20 ">;}", NULL,
	  ID_MAP_REFS("/u") },
	{ "the same behind one that can be read the other way only",
	  "m{phandle=<1>;#iommu-cells=<2>;}u{iommu-map=<0 1 5 6 1>;}v{iommu-map=<" ONES_20 ">;}", NULL,
	  "/u:iommu-map:4 map 0x1 -> /m 3 of #iommu-cells\n" ID_MAP_REFS("/v") },
	{ "the cells of a mask are no references",
	  "p{phandle=<1>;}u{#gpio-cells=<1>;a=<9>;gpio-map-mask=<1>;}", NULL,
	  "" },
	{ "nor are those of a mask of another length",
	  "p{phandle=<1>;#clock-cells=<0>;}u{#gpio-cells=<1>;clocks=<1>;gpio-map-mask=<1 1>;}", NULL,
	  "/u:clocks:0 known 0x1 -> /p 0 of #clock-cells\n"
	  "/u:gpio-map-mask:0 known 0x0 1 mask\n" },
	{ "behind one to nothing, where each has as many arguments",
	  "p{phandle=<1>;}u{fsl,liodn-reg=<9 5 1 6>;}", NULL,
	  "/u:fsl,liodn-reg:0 known 0x9 1 dangling\n"
	  "/u:fsl,liodn-reg:8 known 0x1 -> /p 1\n" },
	{ "behind one to nothing, where its node would say how many",
	  "p{phandle=<1>;}u{msi-parent=<9 1>;}", NULL,
	  "/u:msi-parent:0 known 0x9 0 of #msi-cells dangling\n"
	  "/u:msi-parent:4 suspect 0x1 -> /p 0\n" },
	{ "nobody says how many are behind one to nothing, nor a node that does not say so",
	  "p{phandle=<1>;}u{clocks=<9 5>;dmas=<1 5>;}v{#address-cells=<0>;#interrupt-cells=<1>;interrupt-map=<0 1>;}", NULL,
	  "/u:clocks:0 known 0x9 0 of #clock-cells dangling\n"
	  "/u:dmas:0 known 0x1 -> /p 0 of #dma-cells no-cells\n"
	  "/v:interrupt-map:4 map 0x1 -> /p 0 of #interrupt-cells no-cells\n" },
	{ "arguments that may be left out",
	  "p{phandle=<1>;}u{allwinner,sram=<1>;renesas,ipmmu-main=<1>;}v{renesas,ipmmu-main=<1 5>;}", NULL,
	  "/u:allwinner,sram:0 known 0x1 -> /p 0\n"
	  "/u:renesas,ipmmu-main:0 known 0x1 -> /p 0\n"
	  "/v:renesas,ipmmu-main:0 known 0x1 -> /p 1\n" },
	{ "an argument that is listed has none itself",
	  "p{phandle=<1>;#clock-cells=<1>;}u{clocks=<1 1 1 5>;}__local_fixups__{u{clocks=<0 4 8>;}}", NULL,
	  "/u:clocks:0 local 0x1 -> /p 1 of #clock-cells\n"
	  "/u:clocks:4 local 0x1 -> /p 0\n"
	  "/u:clocks:8 local 0x1 -> /p 1 of #clock-cells\n" },
	{ "what is listed of one node is no list of another",
	  "p{phandle=<1>;}u{a=<1>;}v{b=<1>;}__local_fixups__{u{a=<0>;}}", NULL,
	  "/u:a:0 local 0x1 -> /p 0\n/v:b:0 suspect 0x1 -> /p 0\n" },
	{ "what stands where a label is used",
	  "u{r=<0xffffffff 2>;}__fixups__{x=\"/u:r:0\",\"/u:r:4\";}", NULL,
	  "/u:r:0 fixup 0xffffffff &x 0\n/u:r:4 fixup 0x2 &x 0\n" },
	{ "what the context's root says",
	  "gpio-map=<0 1 0>;", "#gpio-cells=<1>;p{phandle=<1>;#gpio-cells=<1>;}",
	  "/:gpio-map:4 map 0x1 => /p 1 of #gpio-cells\n" },
	{ "what the context's node of that path says",
	  "a{u{gpio-map=<0 1 0>;}}", "a{u{#gpio-cells=<1>;}}p{phandle=<1>;#gpio-cells=<1>;}u{}",
	  "/a/u:gpio-map:4 map 0x1 => /p 1 of #gpio-cells\n" },
	{ "beside a fragment that is for a node far down",
	  "f{target-path=\"/a/b/c\";__overlay__{}}x{gpio-map=<0 1 0>;}",
	  "p{phandle=<1>;#gpio-cells=<1>;}a{x{}b{c{}}}x{#gpio-cells=<1>;}",
	  "/x:gpio-map:4 map 0x1 => /p 1 of #gpio-cells\n" },
};

static void open_sketch(const char *text, struct opened *o)
{
	static struct sketch s;

	sketch(&s, text);
	o->blob.len = s.len;
	o->blob.bytes = need(malloc(s.len));
	memcpy(o->blob.bytes, s.bytes, s.len);
	open_tree(text, o);
}

/* Whether what is printed of a row's tree is what it says. */
static int holds(const struct row *row)
{
	struct opened tree = { 0 }, context = { 0 };
	char *seen = NULL;
	size_t len;
	FILE *out = need(open_memstream(&seen, &len));
	int good;

	open_sketch(row->tree, &tree);
	if (row->context)
		open_sketch(row->context, &context);
	print_refs(out, &tree.tree, row->context ? &context.tree : NULL);
	if (fclose(out))
		need(NULL);
	good = strcmp(seen, row->wanted) == 0;
	if (!good)
		printf("FAIL refs/%s: seen\n%sexpected\n%s", row->name, seen, row->wanted);
	free(seen);
	close_tree(&tree);
	close_tree(&context);
	return good;
}

static int check_rows(void)
{
	size_t i, n = sizeof(rows) / sizeof(rows[0]), n_passed = 0;

	for (i = 0; i < n; i++)
		n_passed += (size_t)holds(&rows[i]);
	printf("%zu passed, %zu failed\n", n_passed, n - n_passed);
	return n_passed != n;
}

int main(int argc, char **argv)
{
	struct opened tree = { 0 }, context = { 0 };

	if (argc == 1)
		return check_rows();
	if (argc > 3)
		return 2;
	tree.blob = load(argv[1]);
	open_tree(argv[1], &tree);
	if (argc == 3) {
		context.blob = load(argv[2]);
		open_tree(argv[2], &context);
	}
	print_refs(stdout, &tree.tree, argc == 3 ? &context.tree : NULL);
	close_tree(&tree);
	close_tree(&context);
	return 0;
}
