/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* edges.c - what libovl makes of small trees that are at the edge of a rule, each told in one line.
 * In: the tables below, texts of sketch.h.  Out: what failed, then "N passed, N failed".  Results are read back
 * by libfdt.  Rules: include/ovl.h, which each row's first word names. */
#define _GNU_SOURCE
#include "sketch.h"

#include "telling.h"

enum { ROOM = 1 << 17, LAYERS = 4 };

static uint32_t storage[ROOM], other_storage[ROOM], third_storage[ROOM], plan_storage[ROOM];
static unsigned char out[ROOM];
static char text[ROOM];
static struct telling told, about;
static struct sketch base, overlays[LAYERS], other, third;
static int n_passed, n_failed;

static void expect(const char *name, const char *seen, const char *wanted)
{
	if (strcmp(seen, wanted) == 0) {
		n_passed++;
		return;
	}
	n_failed++;
	printf("FAIL edges/%s: seen %s, expected %s\n", name, seen, wanted);
}

/* What an error says. */
static const char *say_error(const struct ovl_error *err)
{
	tell_anew(&about);
	tell(&about, "error %s", error_names[err->code]);
	tell_names(&about, err);
	return about.text;
}

/* Overlays, with | between. */
static int sketch_overlays(const char *texts)
{
	char one[ROOM / 8];
	int n = 0;

	while (texts && *texts) {
		size_t len = strcspn(texts, "|");

		memcpy(one, texts, len);
		one[len] = 0;
		sketch(&overlays[n++], one);
		texts += len + (texts[len] == '|');
	}
	return n;
}

static enum ovl_err flatten(struct ovl_tree *tree, struct ovl_error *err)
{
	size_t len;
	enum ovl_err code = ovl_flatten(tree, out, sizeof(out), &len, err);

	if (!code && fdt_check_full(out, len))
		printf("FAIL edges: libfdt does not take what was written\n"), n_failed++;
	return code;
}

/* What all overlays are applied with. */
static struct ovl_apply_options with;

/* The tree of base and overlays. */
static enum ovl_err build(struct ovl_tree *tree, const char *base_text, const char *overlay_texts, unsigned int flags,
			  struct ovl_error *err)
{
	struct ovl_apply_options options = with;
	int i, n = sketch_overlays(overlay_texts);

	options.flags = flags;
	memset(err, 0, sizeof(*err));
	sketch(&base, base_text);
	if (ovl_tree_open(tree, base.bytes, base.len, storage, sizeof(storage), err))
		return err->code;
	for (i = 0; i < n; i++)
		if (ovl_apply(tree, overlays[i].bytes, overlays[i].len, &options, err))
			return err->code;
	return OVL_OK;
}

/* Its text, or what the error says. */
static const char *merged(const char *base_text, const char *overlay_texts, unsigned int flags)
{
	struct ovl_tree tree;
	struct ovl_error err;

	if (build(&tree, base_text, overlay_texts, flags, &err) || flatten(&tree, &err))
		return say_error(&err);
	return sketch_text(out, text, sizeof(text));
}

/* ---------------------------------------------------------------- apply */

#define F0(target, content)	"f{" target ";__overlay__{" content "}}"
#define LABELLED	"__symbols__{x=\"/a\";}a{phandle=<5>;}"
#define AT(path, content)	F0("target-path=\"" path "\"", content)
#define MANY		"0{}1{}2{}3{}4{}5{}6{}7{}8{}9{}A{}B{}C{}D{}E{}F{}G{}H{}I{}J{}K{}L{}M{}N{}O{}P{}Q{}R{}S{}T{}U{}V{}W{}"
#define DEL(path, content)	"f{delete-target-path=\"" path "\";__overlay__{}__delete__{" content "}}"




static const struct row {
	const char *name, *base, *overlays;
	unsigned int flags;
	enum ovl_err code;              /* and then what the error names; or the tree */
	const char *wanted;
} rows[] = {
	{ "apply: three overlays on one node", "a{p=<1>;}", AT("/a", "p=<2>;") "|" AT("/a", "q;") "|" AT("/a", "p=<4>;"),
	  0, 0, "a{p=<4>;q;}" },
	{ "apply: #cells that are the same do not change", "a{#size-cells=<1>;}", AT("/a", "#size-cells=<1>;"), 0, 0,
	  "a{#size-cells=<1>;}" },
	{ "apply: #cells of another length", "a{#size-cells=<1>;}", AT("/a", "#size-cells=<1 1>;"), 0, OVL_ERR_CELLS,
	  " f:f n:a p:#size-cells" },
	{ "apply: a # property that counts nothing", "a{#b=<1>;}", AT("/a", "#b=<2>;"), 0, 0, "a{#b=<2>;}" },
	{ "apply: #cells of a node that this overlay brings", "", AT("/", "n{#size-cells=<1>;}")
	  "g{target-path=\"/n\";__overlay__{#size-cells=<2>;}}", 0, 0, "n{#size-cells=<2>;}" },
	{ "apply: #cells changed where that is allowed", "a{#size-cells=<1>;}", AT("/a", "#size-cells=<2>;"),
	  OVL_ALLOW_CELLS, 0, "a{#size-cells=<2>;}" },
	{ "new only: a property of a node that is there", "a{}", AT("/a", "p;"), OVL_NEW_ONLY, OVL_ERR_TOUCHES,
	  " f:f n:a p:p" },
	{ "new only: a property of a node that this overlay brings", "", AT("/", "n{}")
	  "g{target-path=\"/n\";__overlay__{p;}}", OVL_NEW_ONLY, 0, "n{p;}" },
	{ "new only: deletes", "a{p;}", DEL("/a", "p;"), OVL_NEW_ONLY, OVL_ERR_TOUCHES, " f:f" },
	{ "target: a phandle of five bytes", "a{}", F0("target=[00 00 00 00 01]", "p;"), 0, OVL_ERR_FRAGMENT, " f:f" },
	{ "target: an empty path", "a{}", F0("target-path=\"\"", "p;"), 0, OVL_ERR_FRAGMENT, " f:f" },
	{ "target: no path, no phandle", "a{}", F0("x", "p;"), 0, OVL_ERR_FRAGMENT, " f:f" },
	{ "target: phandle 0 and a path", "a{}", F0("target=<0>;target-path=\"/a\"", "p;"), 0, 0, "a{p;}" },
	{ "target: a phandle of the tree", "a{phandle=<3>;}", F0("target=<3>", "p;"), 0, 0, "a{phandle=<3>;p;}" },
	{ "target: no such path", "a{}", AT("/b", "p;"), 0, OVL_ERR_NO_TARGET, " f:f t:/b" },
	{ "target: /__symbols__", "__symbols__{}", AT("/__symbols__", "p;"), 0, OVL_ERR_PROTECTED, " f:f t:/__symbols__" },
	{ "target: /__symbols__, by a label", "__symbols__{x=\"/__symbols__\";}",
	  F0("target=<0>", "p;") "__fixups__{x=\"/f:target:0\";}", 0, OVL_ERR_PROTECTED, " f:f" },
	{ "target: below /__fixups__, by a label", "__symbols__{x=\"/__fixups__/a\";}__fixups__{a{}}",
	  F0("target=<0>", "p;") "__fixups__{x=\"/f:target:0\";}", 0, OVL_ERR_PROTECTED, " f:f" },
	{ "target: a node that was deleted", "a{}", DEL("/a", "__delete__{}") "|" AT("/a", "p;"), 0, OVL_ERR_NO_TARGET,
	  " f:f t:/a" },
	{ "target: a phandle of a node that was deleted", "a{phandle=<3>;}",
	  DEL("/a", "__delete__{}") "|" F0("target=<3>", "p;"), 0, OVL_ERR_NO_TARGET, " #3 f:f" },
	{ "content: __fixups__ below the root", "", AT("/", "__fixups__{}"), 0, OVL_ERR_PROTECTED, " f:f n:__fixups__" },
	{ "content: __local_fixups__ below the root", "", AT("/", "__local_fixups__{}"), 0, OVL_ERR_PROTECTED,
	  " f:f n:__local_fixups__" },
	{ "content: __symbols__ elsewhere", "a{}", AT("/a", "__symbols__{p;}"), 0, 0, "a{__symbols__{p;}}" },
	{ "delete: a property", "a{p;q=<1>;}", DEL("/a", "p;"), 0, 0, "a{q=<1>;}" },
	{ "delete: a property that is not there", "a{q;}", DEL("/a", "p;"), 0, OVL_ERR_NOT_THERE, " f:f n:a p:p" },
	{ "delete: a phandle", "a{phandle=<1>;}", DEL("/a", "phandle=<1>;"), 0, OVL_ERR_PROTECTED, " f:f n:a p:phandle" },
	{ "delete: #cells", "a{#size-cells=<1>;}", DEL("/a", "#size-cells=<1>;"), 0, OVL_ERR_CELLS, " f:f n:a p:#size-cells" },
	{ "delete: #cells where that is allowed", "a{#size-cells=<1>;}", DEL("/a", "#size-cells=<1>;"), OVL_ALLOW_CELLS,
	  0, "a{}" },
	{ "delete: a node, and what is below it", "a{b{c{}}}", DEL("/a", "b{__delete__{}}"), 0, 0, "a{}" },
	{ "delete: a node that is not there", "a{}", DEL("/a", "b{__delete__{}}"), 0, OVL_ERR_NOT_THERE, " f:f n:b" },
	{ "delete: the root", "", DEL("/", "__delete__{}"), 0, OVL_ERR_PROTECTED, " f:f n:__delete__" },
	{ "delete: below a node that goes", "a{b{c{}}}", DEL("/a", "__delete__{} b{c{__delete__{}}}"), 0, 0, "" },
	{ "delete: by a phandle", "a{phandle=<9>;p;}", "f{delete-target=<9>;__overlay__{}__delete__{p;}}", 0, 0,
	  "a{phandle=<9>;}" },
	{ "delete: beside a target", "a{p;}", "f{target=<1>;delete-target-path=\"/a\";__overlay__{}__delete__{p;}}", 0,
	  OVL_ERR_FRAGMENT, " f:f" },
	{ "delete: beside a target-path", "a{p;}",
	  "f{target-path=\"/a\";delete-target-path=\"/a\";__overlay__{}__delete__{p;}}", 0, OVL_ERR_FRAGMENT, " f:f" },
	{ "delete: beside a property", "a{p;}", "f{delete-target-path=\"/a\";__overlay__{x;}__delete__{p;}}", 0,
	  OVL_ERR_FRAGMENT, " f:f" },
	{ "delete: beside a node", "a{p;}", "f{delete-target-path=\"/a\";__overlay__{x{}}__delete__{p;}}", 0,
	  OVL_ERR_FRAGMENT, " f:f" },
	{ "delete: and again there", "a{p=<1>;}", DEL("/a", "p;") "|" AT("/a", "p=<2>;"), 0, 0, "a{p=<2>;}" },
	{ "delete: a node, and again there", "a{p=<1>;}", DEL("/a", "__delete__{}") "|" AT("/", "a{q;}"), 0, 0, "a{q;}" },
	{ "depth: a node of 65 above", "a{}", AT("/a", "n{p;}"), 0, 0, "a{n{p;}}" },
	{ "loose: the only one so called", "a@1{}b@1{}", AT("/a", "p;"), OVL_LOOSE, 0, "a@1{p;}b@1{}" },
	{ "loose: two so called", "a@1{}a@2{}", AT("/a", "p;"), OVL_LOOSE, OVL_ERR_NO_TARGET, " f:f t:/a" },
	{ "loose: a longer name is another", "ab@1{}a{}", AT("/a/", "p;"), OVL_LOOSE, 0, "ab@1{}a{p;}" },
	{ "loose: not asked for", "a@1{}", AT("/a", "p;"), 0, OVL_ERR_NO_TARGET, " f:f t:/a" },
	{ "path: an alias and more", "aliases{x=\"/a\";}a{b{}}", AT("x/b", "p;"), 0, 0, "aliases{x=\"/a\";}a{b{p;}}" },
	{ "path: a label and more", "__symbols__{x=\"/a\";}a{b{}}", AT("x/b", "p;"), 0, 0,
	  "__symbols__{x=\"/a\";}a{b{p;}}" },
	{ "path: neither alias nor label", "a{}", AT("x/b", "p;"), 0, OVL_ERR_NO_TARGET, " f:f t:x/b" },
	{ "fixup: a label of the tree", "__symbols__{x=\"/a\";}a{phandle=<5>;}",
	  F0("target=<0>", "r=<0xffffffff>;") "__fixups__{x=\"/f:target:0\",\"/f/__overlay__:r:0\";}", 0, 0,
	  "__symbols__{x=\"/a\";}a{phandle=<5>;r=<5>;}" },
	{ "fixup: no __symbols__", "a{}", F0("target=<0>", "p;") "__fixups__{x=\"/f:target:0\";}", 0, OVL_ERR_NO_SYMBOLS,
	  " l:x t:/f:target:0" },
	{ "fixup: no such label", "__symbols__{}a{}", F0("target=<0>", "p;") "__fixups__{x=\"/f:target:0\";}", 0,
	  OVL_ERR_NO_LABEL, " l:x t:/f:target:0" },
	{ "fixup: no such node", "__symbols__{x=\"/b\";}a{}", F0("target=<0>", "p;") "__fixups__{x=\"/f:target:0\";}", 0,
	  OVL_ERR_NO_LABEL_NODE, " l:x t:/f:target:0" },
	{ "fixup: no phandle", "__symbols__{x=\"/a\";}a{}", F0("target=<0>", "p=<0>;") "__fixups__{x=\"/f/__overlay__:p:0\";}",
	  0, OVL_ERR_NO_PHANDLE, " l:x t:/f/__overlay__:p:0" },
	{ "fixup: without its NUL", "a{}", F0("target=<0>", "p;") "__fixups__{x=[2f];}", 0, OVL_ERR_FIXUP, " l:x" },
	{ "fixup: empty", "a{}", AT("/a", "p;") "__fixups__{x;}", 0, OVL_ERR_FIXUP, " l:x" },
	{ "fixup: no path", "__symbols__{x=\"/a\";}a{phandle=<5>;}", AT("/a", "p;") "__fixups__{x=\":p:0\";}", 0, OVL_ERR_FIXUP, " l:x t::p:0" },
	{ "fixup: a path that does not begin at the root", LABELLED, AT("/a", "p;") "__fixups__{x=\"f:p:0\";}", 0,
	  OVL_ERR_FIXUP, " l:x t:f:p:0" },
	{ "fixup: a number too large", LABELLED, AT("/a", "p=<1>;") "__fixups__{x=\"/f/__overlay__:p:4294967296\";}", 0,
	  OVL_ERR_FIXUP, " l:x t:/f/__overlay__:p:4294967296" },
	{ "fixup: past the cell", LABELLED, AT("/a", "p=<1>;") "__fixups__{x=\"/f/__overlay__:p:1\";}", 0, OVL_ERR_FIXUP, " l:x t:/f/__overlay__:p:1" },
	{ "fixup: the second use, past the cell", LABELLED, AT("/a", "p=<1>;") "__fixups__{x=\"/f/__overlay__:p:0\",\"/f/__overlay__:p:1\";}", 0, OVL_ERR_FIXUP, " l:x t:/f/__overlay__:p:1" },
	{ "fixup: in less than a cell", LABELLED, AT("/a", "p=[00 00];") "__fixups__{x=\"/f/__overlay__:p:0\";}", 0,
	  OVL_ERR_FIXUP, " l:x t:/f/__overlay__:p:0" },
	{ "fixup: no such property", LABELLED, AT("/a", "p=<1>;") "__fixups__{x=\"/f/__overlay__:q:0\";}", 0, OVL_ERR_FIXUP, " l:x t:/f/__overlay__:q:0" },
	{ "fixup: a sign", LABELLED, AT("/a", "p=<1>;") "__fixups__{x=\"/f/__overlay__:p:+0\";}", 0, OVL_ERR_FIXUP, " l:x t:/f/__overlay__:p:+0" },
	{ "fixup: no digit", LABELLED, AT("/a", "p=<1>;") "__fixups__{x=\"/f/__overlay__:p:\";}", 0, OVL_ERR_FIXUP, " l:x t:/f/__overlay__:p:" },
	{ "local: a node's own phandle", "a{phandle=<7>;}",
	  AT("/a", "r=<1>;n{phandle=<1>;}") "__local_fixups__{f{__overlay__{r=<0>;}}}", 0, 0,
	  "a{phandle=<7>;r=<8>;n{phandle=<8>;}}" },
	{ "local: the tree's phandle stays", "a{n{phandle=<7>;}}",
	  AT("/a", "r=<1>;n{phandle=<1>;}") "__local_fixups__{f{__overlay__{r=<0>;}}}", 0, 0,
	  "a{r=<7>;n{phandle=<7>;}}" },
	{ "local: not a list of cells", "a{}", AT("/a", "r=<1>;") "__local_fixups__{f{__overlay__{r=[00];}}}", 0,
	  OVL_ERR_LOCAL_FIXUP, " n:__overlay__ p:r" },
	{ "local: beyond the property", "a{}", AT("/a", "r=<1>;") "__local_fixups__{f{__overlay__{r=<1>;}}}", 0,
	  OVL_ERR_LOCAL_FIXUP, " n:__overlay__ p:r" },
	{ "local: twice the same cell", "a{}",
	  AT("/a", "r=<1>;n{phandle=<1>;}") "__local_fixups__{f{__overlay__{r=<0 0>;}}}", 0, OVL_ERR_LOCAL_PHANDLE, " n:__overlay__ p:r" },
	{ "local: two cells", "a{}",
	  AT("/a", "r=<1 1>;n{phandle=<1>;}") "__local_fixups__{f{__overlay__{r=<0 4>;}}}", 0, 0,
	  "a{r=<1 1>;n{phandle=<1>;}}" },
	{ "local: no such phandle", "a{}", AT("/a", "r=<1>;") "__local_fixups__{f{__overlay__{r=<0>;}}}", 0,
	  OVL_ERR_LOCAL_PHANDLE, " n:__overlay__ p:r" },
	{ "local: no such node", "a{}", AT("/a", "r=<1>;") "__local_fixups__{g{r=<0>;}}", 0, OVL_ERR_LOCAL_FIXUP, " n:g" },
	{ "symbols: join the tree's", "__symbols__{a=\"/a\";}a{}",
	  AT("/a", "n{}") "__symbols__{m=\"/f/__overlay__/n\";}", 0, 0, "__symbols__{a=\"/a\";m=\"/a/n\";}a{n{}}" },
	{ "symbols: the target itself", "__symbols__{}a{}", AT("/a", "") "__symbols__{m=\"/f/__overlay__\";}", 0, 0,
	  "__symbols__{m=\"/a\";}a{}" },
	{ "symbols: of a node that is not there", "__symbols__{}a{}", AT("/a", "") "__symbols__{m=\"/f/__overlay__/n\";}", 0,
	  OVL_ERR_SYMBOL, " l:m t:/f/__overlay__/n" },
	{ "symbols: no path", "__symbols__{}a{}", AT("/a", "") "__symbols__{m=<0x01020304>;}", 0, OVL_ERR_SYMBOL, " l:m" },
	{ "symbols: taken", "__symbols__{m=\"/a\";}a{}", AT("/a", "n{}") "__symbols__{m=\"/f/__overlay__/n\";}", 0,
	  OVL_ERR_SYMBOL_TAKEN, " n:n l:m" },
	{ "symbols: none of this, and a target's number was not at fault", "__symbols__{}a{phandle=<3>;}",
	  F0("target=<3>", "") "__symbols__{m=\"/f/__overlay__/n\";}", 0, OVL_ERR_SYMBOL, " l:m t:/f/__overlay__/n" },
	{ "symbols: and no fragment", "a{}", "__symbols__{m=\"/x\";}", 0, 0, "a{}" },
	{ "phandles: up to the last one that there is", "a{phandle=<0xfffffff0>;}", AT("/a", "n{phandle=<14>;}"), 0, 0,
	  "a{phandle=<4294967280>;n{phandle=<4294967294>;}}" },
	{ "phandles: one more", "a{phandle=<0xfffffff0>;}", AT("/a", "n{phandle=<15>;}"), 0, OVL_ERR_PHANDLES_FULL, "" },
	{ "symbols: one that led nowhere", "__symbols__{m=\"/gone\";}a{}", AT("/a", "") "__symbols__{m=\"/f/__overlay__\";}", 0,
	  0, "__symbols__{m=\"/a\";}a{}" },
	{ "symbols: the same again", "__symbols__{m=\"/a\";}a{}", AT("/a", "") "__symbols__{m=\"/f/__overlay__\";}", 0, 0,
	  "__symbols__{m=\"/a\";}a{}" },
	{ "symbols: the same again, beside another", "__symbols__{m=\"/a\";}a{}", AT("/a", "n{}")
	  "__symbols__{m=\"/f/__overlay__\";o=\"/f/__overlay__/n\";}", 0, 0, "__symbols__{m=\"/a\";o=\"/a/n\";}a{n{}}" },
	{ "symbols: the same again, of an overlay", "__symbols__{}a{}", AT("/a", "n{}") "__symbols__{m=\"/f/__overlay__/n\";}|"
	  AT("/a", "n{}") "__symbols__{m=\"/f/__overlay__/n\";}|" AT("/a/n", "") "__symbols__{m=\"/f/__overlay__\";}", 0, 0,
	  "__symbols__{m=\"/a/n\";}a{n{}}" },
	{ "symbols: one whose node was deleted", "__symbols__{}a{}", AT("/a", "n{}") "__symbols__{m=\"/f/__overlay__/n\";}|"
	  DEL("/a", "n{__delete__{}}") "|" AT("/a", "k{}") "__symbols__{m=\"/f/__overlay__/k\";}", 0, 0,
	  "__symbols__{m=\"/a/k\";}a{k{}}" },
	{ "symbols: one whose node was deleted and brought again", "__symbols__{}a{}",
	  AT("/a", "n{k{}}") "__symbols__{m=\"/f/__overlay__/n/k\";}|" DEL("/a", "n{__delete__{}}") "|" AT("/a", "n{k{}}") "|"
	  "g{target=<0>;__overlay__{p;}}__fixups__{m=\"/g:target:0\";}", 0, 0, "__symbols__{m=\"/a/n/k\";}a{n{k{p;}}}" },
	{ "symbols: one whose node was deleted, and only what was above it brought again", "__symbols__{}a{}",
	  AT("/a", "n{k{}}") "__symbols__{m=\"/f/__overlay__/n/k\";}|" DEL("/a", "n{__delete__{}}") "|" AT("/a", "n{}") "|"
	  "g{target=<0>;__overlay__{p;}}__fixups__{m=\"/g:target:0\";}", 0, OVL_ERR_NO_LABEL_NODE, " l:m t:/g:target:0" },
	{ "symbols: one whose node was brought again, for another", "__symbols__{}a{}",
	  AT("/a", "n{}") "__symbols__{m=\"/f/__overlay__/n\";}|" DEL("/a", "n{__delete__{}}") "|" AT("/a", "n{}") "|"
	  AT("/a", "k{}") "__symbols__{m=\"/f/__overlay__/k\";}", 0, OVL_ERR_SYMBOL_TAKEN, " n:k l:m" },
	{ "symbols: more slashes than are needed", "__symbols__{}a{}", AT("/a", "n{}") "__symbols__{m=\"//f//__overlay__/n//\";}",
	  0, 0, "__symbols__{m=\"/a/n\";}a{n{}}" },
	{ "symbols: of one child of many, and below it", "__symbols__{}a{}", AT("/a", MANY "n{b{}}")
	  "__symbols__{m=\"/f/__overlay__/n\";o=\"/f/__overlay__/n/b\";}", 0, 0,
	  "__symbols__{m=\"/a/n\";o=\"/a/n/b\";}a{" MANY "n{b{}}}" },
	{ "fixup: in the root", LABELLED, "r=<0>;" AT("/a", "p;") "__fixups__{x=\"/:r:0\";}", 0, 0,
	  "__symbols__{x=\"/a\";}a{phandle=<5>;p;}" },
	{ "target: a label of a node that this overlay deletes", "__symbols__{x=\"/a\";}a{phandle=<5>;}",
	  DEL("/a", "__delete__{}") "g{target=<0>;__overlay__{p;}}__fixups__{x=\"/g:target:0\";}", 0, OVL_ERR_NO_TARGET,
	  " #5 f:g" },
	{ "target: a label of a node without phandle that this overlay deletes", "__symbols__{x=\"/a\";}a{}",
	  DEL("/a", "__delete__{}") "g{target=<0xffffffff>;__overlay__{p;}}__fixups__{x=\"/g:target:0\";}", 0,
	  OVL_ERR_NO_TARGET, " f:g" },
	{ "target: a node that a later fragment brings", "a{}",
	  F0("target=<1>", "p;") "g{target-path=\"/a\";__overlay__{n{phandle=<1>;}}}__local_fixups__{f{target=<0>;}}", 0,
	  OVL_ERR_NO_TARGET, " #1 f:f" },
	{ "target: a node that an earlier fragment brings", "a{}",
	  AT("/a", "n{phandle=<1>;}") "g{target=<1>;__overlay__{p;}}__local_fixups__{g{target=<0>;}}", 0, 0,
	  "a{n{phandle=<1>;p;}}" },
	{ "local: in a node that went into another", "a{n{phandle=<3>;}}",
	  AT("/a", "r=<1>;n{phandle=<1>;r=<1>;}") "__local_fixups__{f{__overlay__{r=<0>;n{r=<0>;}}}}", 0, 0,
	  "a{r=<3>;n{phandle=<3>;r=<3>;}}" },
	{ "no fragment: a part that looks like one", "a{}", AT("/a", "p;") "__symbols__{__overlay__{}}", 0, 0, "a{p;}" },
	{ "symbols: of a part", "__symbols__{}a{}", AT("/a", "") "__symbols__{m=\"/__symbols__\";}", 0, 0, "__symbols__{}a{}" },
	{ "symbols: the root", "__symbols__{}a{}", AT("/a", "") "__symbols__{m=\"/\";}", 0, 0, "__symbols__{}a{}" },
	{ "symbols: in a fragment, no content", "__symbols__{}a{}", AT("/a", "") "__symbols__{m=\"/f/x\";}", 0, 0, "__symbols__{}a{}" },
	{ "alias: an empty one", "aliases{x;}a{}", AT("x", "p;"), 0, OVL_ERR_NO_TARGET, " f:f t:x" },
	{ "alias: one that an overlay gives", "a{}aliases{}", AT("/aliases", "x=\"/a\";") "|" AT("x", "p;"), 0, 0,
	  "a{p;}aliases{x=\"/a\";}" },
	{ "alias: not followed when it leads nowhere, but the label", "aliases{x=\"/b\";}__symbols__{x=\"/a\";}a{}",
	  AT("x", "p;"), 0, 0, "aliases{x=\"/b\";}__symbols__{x=\"/a\";}a{p;}" },
	{ "target: a number of a node that an earlier fragment deleted", "a{}",
	  AT("/a", "n{phandle=<1>;}") "d{delete-target-path=\"/a/n\";__overlay__{}__delete__{__delete__{}}}"
	  "g{target=<1>;__overlay__{p;}}__local_fixups__{g{target=<0>;}}", 0, OVL_ERR_NO_TARGET, " #1 f:g" },
	{ "delete: below what says that a node goes", "a{b{}}", DEL("/a", "b{__delete__{x{}}}"), 0, OVL_ERR_PROTECTED,
	  " f:f n:x" },
	{ "local: a node outside every fragment", "a{phandle=<4>;}",
	  AT("/a", "r=<1>;") "x{phandle=<1>;}__local_fixups__{f{__overlay__{r=<0>;}}}", 0, 0, "a{phandle=<4>;r=<5>;}" },
	{ "local: a node outside every fragment, while others follow", "a{phandle=<4>;}",
	  AT("/", "r=<1>;s=<2>;a{phandle=<2>;}") "x{phandle=<1>;}__local_fixups__{f{__overlay__{r=<0>;s=<0>;}}}", 0, 0,
	  "r=<5>;s=<4>;a{phandle=<4>;}" },
	{ "symbols: of a child without content", "__symbols__{}a{}",
	  AT("/a", "") "x{}__symbols__{m=\"/x/__overlay__/n\";}", 0, OVL_ERR_SYMBOL, " l:m t:/x/__overlay__/n" },
	{ "symbols: nodes below them", "a{}", AT("/a", "n{}") "__symbols__{n=\"/f/__overlay__/n\";x{}}", 0, 0,
	  "a{n{}}__symbols__{n=\"/a/n\";}" },
	{ "symbols: one that is a phandle, too, taken back", "a{}",
	  AT("/a", "n{}") "__symbols__{phandle=\"/ab\";n=\"/f/__overlay__/n\";}|" AT("/b", "p;"), 0, OVL_ERR_NO_TARGET,
	  " f:f t:/b" },
	{ "symbols: of an __overlay__ that stands beside what deletes", "__symbols__{}a{p;}",
	  DEL("/a", "p;") "__symbols__{m=\"/f/__overlay__\";}", 0, 0, "__symbols__{}a{}" },
	{ "symbols: of an __overlay__ that is no fragment's", "__symbols__{}a{}",
	  AT("/a", "") "__fixups__{__overlay__{n{}}}__symbols__{m=\"/__fixups__/__overlay__/n\";}", 0, 0, "__symbols__{}a{}" },
	{ "symbols: of nothing in an __overlay__ that is no fragment's", "__symbols__{}a{}",
	  AT("/a", "") "__fixups__{__overlay__{}}__symbols__{m=\"/__fixups__/__overlay__/n\";}", 0, OVL_ERR_SYMBOL,
	  " l:m t:/__fixups__/__overlay__/n" },
	{ "no overlay", "a{}", "x{}", 0, OVL_ERR_NOT_OVERLAY, "" },
};

static void test_rows(void)
{
	char wanted[1024];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];

		snprintf(wanted, sizeof(wanted), "error %s%s", error_names[r->code], r->wanted);
		expect(r->name, merged(r->base, r->overlays, r->flags), r->code ? wanted : r->wanted);
	}
}

/* ---------------------------------------------------------------- what is told of a tree */

static const char *path_of(const struct ovl_tree *tree, ovl_node node)
{
	static char path[4][512];
	static unsigned int which;

	which = (which + 1) % 4;
	path[which][node ? ovl_node_path(tree, node, path[which], sizeof(path[which]) - 1) : 0] = 0;
	return path[which];
}

/* A tree on a text, with no overlay. */
static void open_other(struct ovl_tree *tree, const char *its_text, struct sketch *s, uint32_t *its_storage)
{
	sketch(s, its_text);
	if (ovl_tree_open(tree, s->bytes, s->len, its_storage, sizeof(storage), NULL))
		printf("FAIL edges: %s does not open\n", its_text), n_failed++;
}

/* The same, with an overlay behind |. */
static void open_with_overlay(struct ovl_tree *tree, const char *its_text, struct sketch *s, uint32_t *its_storage)
{
	size_t len = strcspn(its_text, "|");
	char one[ROOM / 8];

	memcpy(one, its_text, len);
	one[len] = 0;
	open_other(tree, one, s, its_storage);
	if (!its_text[len])
		return;
	sketch(&overlays[0], its_text + len + 1);
	if (ovl_apply(tree, overlays[0].bytes, overlays[0].len, NULL, NULL))
		printf("FAIL edges: %s does not go together\n", its_text), n_failed++;
}

static void tell_findings(const struct ovl_tree *tree, enum ovl_consumer consumer)
{
	struct ovl_finding findings[24];
	uint32_t i, count = ovl_profile(tree, consumer, findings, 24);

	for (i = 0; i < count; i++) {
		const struct ovl_finding *f = &findings[i];

		tell(&told, "%d/%d", f->rule, f->verdict);
		tell_str(&told, "", f->fragment);
		tell_str(&told, "p:", f->prop);
		tell_str(&told, "l:", f->label);
		tell_str(&told, "t:", f->path);
		tell_str(&told, "o:", f->other);
		tell(&told, ";");
	}
}

/* A label of one letter and, behind =, its path. */
static struct ovl_symbol given_symbol(const char *label)
{
	return (struct ovl_symbol){ { label, 1 }, ovl_str(label ? label + strcspn(label, "/") : "") };
}

/* What consumer n, or each of them, makes of an overlay, b: on the base a with what is before it, or alone.
 * c: a label that the caller gives and its path; or # for a number that he reserves. */
static void profile(const char *a, const char *b, const char *c, unsigned int n)
{
	const struct ovl_symbol symbol = given_symbol(c);
	const struct ovl_range reserved = { 100, 100 };
	enum ovl_consumer consumer = (enum ovl_consumer)(n < OVL_N_CONSUMERS ? n : 0);
	struct ovl_finding finding;
	struct ovl_tree tree;
	struct ovl_error err;

	with = (struct ovl_apply_options){ .symbols = &symbol, .n_symbols = c && *c != '#', .reserved = &reserved,
					    .n_reserved = c && *c == '#' };
	if (a) {
		build(&tree, a, b, OVL_ALLOW_CELLS | OVL_LOOSE, &err);
	} else {
		sketch(&base, b);
		ovl_profile_open(&tree, base.bytes, base.len, storage, sizeof(storage), &err);
	}
	if (err.code) {
		tell(&told, "%s", say_error(&err));
		tell(&told, " %d", ovl_profile_error(&err, consumer, &finding) ? (int)finding.rule : -1);
	} else if (n < OVL_N_CONSUMERS) {
		tell_findings(&tree, consumer);
	} else {
		for (n = 0; n < OVL_N_CONSUMERS; n++) {
			tell(&told, "%s", n ? " | " : "");
			tell_findings(&tree, (enum ovl_consumer)n);
		}
	}
	with = (struct ovl_apply_options){ .flags = 0 };
}

static void tell_ref(const struct ovl_ref *r, const struct ovl_tree *tree)
{
	static const char *const kinds[] = { "fixup", "local", "known", "map", "suspect" };
	static const char *const faults[] = { "", "!dangling", "!no-cells", "!short", "!length", "!mask" };

	tell(&told, "%s:%s:%u %s%s", path_of(tree, r->node), r->prop.name, r->off, kinds[r->kind], faults[r->fault]);
	if (r->to)
		tell(&told, " %s%s", path_of(r->in, r->to), r->in == tree ? "" : "'");
	tell_str(&told, "l:", r->label);
	if (r->fault == OVL_REF_SOUND)
		tell(&told, " %u+%u", r->before, r->n_args);
	tell(&told, ";");
}

/* The references of a, behind | an overlay on that, below the node c, in the context b. */
static void refs(const char *a, const char *b, const char *c, unsigned int n)
{
	struct ovl_tree tree, context;
	struct ovl_ref r;
	int more;

	(void)n;
	open_with_overlay(&tree, a, &other, other_storage);
	if (b)
		open_other(&context, b, &third, third_storage);
	for (more = ovl_ref_first(&tree, b ? &context : NULL, c ? ovl_node_by_path(&tree, ovl_str(c)) : ovl_node_root(&tree),
				  &r); more; more = ovl_ref_next(&r))
		tell_ref(&r, &tree);
}

/* The artefact a, made for b, rebased to c: what is rewritten, the map and the tree.  match: enum ovl_match, and bits
 * for a pin, what is reserved, and no options at all. */
static void rebase(const char *a, const char *b, const char *c, unsigned int match)
{
	const struct ovl_range reserved[] = { { 20, 29 }, { 10, 19 } };
	struct ovl_range all = { 2, ~0u };
	struct ovl_tree artefact, old, now;
	struct ovl_pin pin = { 0, 77 };
	struct ovl_rebase_options options = { .match = (enum ovl_match)(match & 3) };
	struct ovl_rebased to;
	struct ovl_rebase plan;
	struct ovl_error err;
	size_t len;
	int more;

	open_other(&artefact, a, &base, storage);
	open_other(&old, b, &other, other_storage);
	if (c)
		open_other(&now, c, &third, third_storage);
	if (match & 4) {
		pin.node = ovl_node_by_path(&old, ovl_str("/a"));
		options.pins = &pin;
		options.n_pins = 1;
	}
	if (match & 64)
		all.last--;
	if (match & (8 | 16)) {
		options.reserved = match & 8 ? reserved : &all;
		options.n_reserved = match & 8 ? 2 : 1;
	}
	if (ovl_rebase_plan(&plan, &artefact, &old, c ? &now : NULL, match & 32 ? NULL : &options, plan_storage,
			    sizeof(plan_storage), &err)) {
		tell(&told, "%s%s", err.code < OVL_ERR_DANGLING || err.side == OVL_OVERLAY ? "" : "not of the artefact: ",
		     say_error(&err));
		tell(&told, " %u %s->%s,%s %s", err.off, path_of(&old, plan.old_node), c ? path_of(&now, plan.new_node) : "",
		     c && plan.other_node ? path_of(&now, plan.other_node) : "", plan.prop ? plan.prop : "");
		return;
	}
	tell(&told, "%u %u %u %u:", plan.n_rewritten, plan.n_kept, plan.n_suspects, plan.n_renumbered);
	for (more = ovl_rebased_first(&plan, &to); more; more = ovl_rebased_next(&plan, &to))
		tell(&told, " %s%s %u->%u*%u", path_of(to.in, to.node), to.in == &old ? "'" : "", to.was, to.is, to.n_refs);
	if (ovl_rebase_write(&plan, out, sizeof(out), &len, &err) || fdt_check_full(out, len))
		tell(&told, "not written");
	tell(&told, " %s", sketch_text(out, text, sizeof(text)));
}

/* Every use of overlay n of the stack b on a, and what is left without it; c: a label that the caller gives. */
static void take_out(const char *a, const char *b, const char *c, unsigned int n)
{
	const struct ovl_symbol symbol = given_symbol(c);
	struct ovl_tree tree;
	struct ovl_error err;
	struct ovl_use use;
	int more;

	with = (struct ovl_apply_options){ .symbols = &symbol, .n_symbols = c != NULL };
	build(&tree, a, b, OVL_KEEP, &err);
	with = (struct ovl_apply_options){ .flags = 0 };
	if (err.code) {
		tell(&told, "%s", say_error(&err));
		return;
	}
	for (more = ovl_use_first(&tree, n, &use); more; more = ovl_use_next(&tree, &use)) {
		tell(&told, "%u", use.user);
		tell_str(&told, "", use.fragment);
		tell_str(&told, "l:", use.label);
		tell_str(&told, "at ", use.place);
		tell(&told, " %s;", path_of(&tree, use.node));
	}
	if (ovl_remove(&tree, n, &err))
		tell(&told, "%s, ", say_error(&err));
	tell(&told, "%s", flatten(&tree, &err) ? say_error(&err) : sketch_text(out, text, sizeof(text)));
}

/* How a differs from its seed b, behind | an overlay on that; c: overlays on a. */
static void seed(const char *a, const char *b, const char *c, unsigned int allowed)
{
	struct ovl_violation list[16];
	struct ovl_tree tree, trusted;
	struct ovl_comparison comparison = { .tree = &tree, .seed = &trusted, .allowed = allowed };
	struct ovl_error err;
	uint32_t i, n;

	open_with_overlay(&trusted, b, &other, other_storage);
	if (build(&tree, a, c, 0, &err))
		tell(&told, "%s", say_error(&err));
	n = ovl_seed_check(&comparison, list, 16);
	for (i = 0; i < n; i++) {
		tell(&told, "%d %s", (int)list[i].kind - OVL_VIOLATION_PHANDLE, path_of(&tree, list[i].node));
		tell_str(&told, ":", list[i].prop);
		tell(&told, ";");
	}
}

/* What the numbers of a violate, with overlays b; n: bits of what is asked. */
static void limits(const char *a, const char *b, const char *c, unsigned int n)
{
	const struct ovl_window windows[] = { { 0x1000, 0x1fff }, { 0x100000000, 0x1ffffffff } };
	const struct ovl_range reserved = { 5, n & 64 ? 0x2fffffff : 6 };
	const struct ovl_limits limit = { .windows = windows, .n_windows = n & 1 ? 2 : 0, .reserved = &reserved,
					  .n_reserved = n & 2 ? 1 : 0, .partial = (n & 4) != 0, .first_layer = n >> 3 & 7 };
	struct ovl_violation list[16];
	struct ovl_tree tree;
	struct ovl_error err;
	uint32_t i, count;

	(void)c;
	if (build(&tree, a, b, OVL_ALLOW_CELLS, &err) || ovl_limits_check(&tree, &limit, list, 16, &count, &err)) {
		tell(&told, "%s", say_error(&err));
		return;
	}
	for (i = 0; i < count; i++) {
		tell(&told, "%d %s", (int)list[i].kind - OVL_VIOLATION_RESERVED, path_of(&tree, list[i].node));
		tell_str(&told, ":", list[i].prop);
		tell(&told, " %llx-%llx", (unsigned long long)list[i].first, (unsigned long long)list[i].last);
		tell(&told, "%s%s;", list[i].other ? " " : "", list[i].other ? path_of(&tree, list[i].other) : "");
	}
}

/* What the overlay b, on the base a or alone, does that a rule for the acts n and c forbids: a path, a name and a
 * value, with blanks between. */
static void policy(const char *a, const char *b, const char *c, unsigned int n)
{
	static const char *const kinds[] = { "target", "node", "init", "set", "delete", "label" };
	char words[256], *at = words;
	struct ovl_policy_rule rules[] = { { .acts = n }, { .acts = ~0u, .allow = 1 } };
	struct ovl_str *parts[] = { &rules[0].path, &rules[0].prop, &rules[0].values };
	struct ovl_policy one = { "one", rules, 2 };
	struct ovl_violation list[16];
	struct ovl_tree tree;
	struct ovl_error err;
	uint32_t i, count;

	strcpy(words, c);
	for (i = 0; i < 3 && at; i++)
		*parts[i] = ovl_str(strsep(&at, " "));
	if (a) {
		if (build(&tree, a, b, 0, &err))
			tell(&told, "%s", say_error(&err));
	} else {
		sketch(&base, b);
		if (ovl_profile_open(&tree, base.bytes, base.len, storage, sizeof(storage), &err))
			tell(&told, "%s", say_error(&err));
	}
	count = ovl_policy_check(&tree, &one, list, 16);
	for (i = 0; i < count; i++) {
		text[ovl_violation_path(&tree, &list[i], text, sizeof(text) - 1)] = 0;
		tell(&told, "%s %s", kinds[list[i].kind], text);
		tell_str(&told, ":", list[i].prop);
		tell(&told, ";");
	}
}

/* ovl_set() of the property x, or what n picks, of the node b of a to <1>, by the label c; and back. */
static void set(const char *a, const char *b, const char *c, unsigned int n)
{
	static const char *const names[] = { "x", "phandle", "#size-cells", "status", "a b", "", "linux,phandle", "y\x7f" };
	static const unsigned char one[] = { 0, 0, 0, 1 };
	/* cppcheck-suppress uninitvar ; it misses the end of such a declaration */
	enum ovl_err (*const call[])(const struct ovl_tree *, const struct ovl_change *, uint32_t, void *, size_t,
				     size_t *, struct ovl_error *) = { ovl_set, ovl_set_back };
	struct ovl_change change = { .prop = ovl_str(names[n & 7]), .value = one, .len = 4 };
	struct ovl_tree tree;
	struct ovl_error err;
	size_t len;
	int i;

	if (n & 8) {
		change.value = "okay";
		change.len = 5;
	}
	if (build(&tree, a, n & 64 ? AT("/", "n{}") "__symbols__{n=\"/f/__overlay__/n\";}" : NULL, 0, &err))
		tell(&told, "%s", say_error(&err));
	change.node = ovl_node_by_path(&tree, ovl_str(b));
	if (c)
		change.label = ovl_str(c);
	for (i = 0; i < 2; i++) {
		enum ovl_err code = call[i](&tree, &change, n & 16 ? 0 : 1, out, sizeof(out), &len, n & 32 ? NULL : &err);

		tell(&told, "%s%s", i ? " | " : "", !code ? sketch_text(out, text, sizeof(text)) :
		     n & 32 ? "error" : say_error(&err));
	}
}

/* What the tree a says of no node: the path c is none of its. */
static void nothing(const char *a, const char *b, const char *c, unsigned int n)
{
	struct ovl_str p = ovl_str("p");
	struct ovl_tree tree;
	struct ovl_prop prop;
	struct ovl_ref ref;
	char path[8] = "-";
	ovl_node node;

	(void)b;
	(void)n;
	open_with_overlay(&tree, a, &other, other_storage);
	node = ovl_node_by_path(&tree, ovl_str(c));
	tell(&told, "%u %u %u %u", ovl_node_parent(&tree, node), ovl_node_first(&tree, node), ovl_node_next(&tree, node),
	     ovl_node_child(&tree, node, p));
	tell(&told, " %u %u", ovl_node_phandle(&tree, node), ovl_node_layer(&tree, node));
	tell(&told, " %u%s", ovl_node_path(&tree, node, path, sizeof(path)), path);
	tell(&told, " %u %u", ovl_node_name(&tree, node).len, ovl_node_fragment(&tree, node).len);
	tell(&told, " %d %d", ovl_prop_first(&tree, node, &prop), ovl_prop_find(&tree, node, p, &prop));
	tell(&told, " %d %d", ovl_prop_ever_first(&tree, node, &prop), ovl_prop_ever_find(&tree, node, p, &prop));
	tell(&told, " %d", ovl_ref_first(&tree, NULL, node, &ref));
}

#include "looks.h"


static void test_looks(void)
{
	size_t i;

	for (i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		const struct look *l = &looks[i];

		tell_anew(&told);
		l->at(l->a, l->b, l->c, l->n);
		expect(l->name, told.text, l->wanted);
	}
}

/* ---------------------------------------------------------------- orders */

/* One node with properties and children, brought, deleted and brought again by overlays. */
static const struct order {
	const char *base, *overlays;
} orders[] = {
	{ "a{p;q;r;x{}y{}z{}}", "" },
	{ "a{r;q;p;z{}y{}x{}}", "" },
	{ "a{q;y{}}", AT("/a", "r;p;z{}x{}") },
	{ "a{p;q;x{}y{}}", DEL("/a", "p;x{__delete__{}}") "|" AT("/a", "r;p;z{}x{}") },
	{ "a{}", AT("/a", "p;q;x{}y{}") "|" DEL("/a", "p;x{__delete__{}}") "|" AT("/a", "r;p;z{}x{}") },
	{ "a{r;z{}}", DEL("/a", "r;z{__delete__{}}") "|" AT("/a", "q;y{}") "|" AT("/a", "p;r;x{}z{}") },
	{ "a{p;r;x{}z{}}", DEL("/a", "r;z{__delete__{}}") },
	{ "a{}", "" },
};

/* The tree of it, and a letter for each property and for each child of /a, as libfdt tells them. */
static void put_in_order(struct ovl_tree *tree, const struct order *o, struct sketch *s, uint32_t *its_storage,
			 char letters[2][8])
{
	int i, n = sketch_overlays(o->overlays), a, off;
	const char *name;

	open_other(tree, o->base, s, its_storage);
	for (i = 0; i < n; i++)
		ovl_apply(tree, overlays[i].bytes, overlays[i].len, NULL, NULL);
	flatten(tree, NULL);
	memset(letters, 0, 2 * sizeof(letters[0]));
	a = fdt_path_offset(out, "/a");
	i = 0;
	fdt_for_each_property_offset(off, out, a)
		if (fdt_getprop_by_offset(out, off, &name, NULL))
			letters[0][i++] = *name;
	i = 0;
	fdt_for_each_subnode(off, out, a)
		letters[1][i++] = *fdt_get_name(out, off, NULL);
}

/* How many of a are not in b; the others go into both. */
static unsigned int not_in(const char *a, const char *b, char *both)
{
	unsigned int n = 0;

	for (; *a; a++)
		if (strchr(b, *a))
			*both++ = *a;
		else
			n++;
	*both = 0;
	return n;
}

/* Tell how many properties, or children, are added and missing.  Gives whether the others stand in another order. */
static int tell_difference(const char *is, const char *was)
{
	char these[8], those[8];
	unsigned int added = not_in(is, was, these), missing = not_in(was, is, those);

	tell(&told, "%u %u;", added, missing);
	return strcmp(these, those) != 0;
}

/* Each of them beside each as its seed: what libfdt reads in both says what differs. */
static void test_orders(void)
{
	enum { N = sizeof(orders) / sizeof(orders[0]) };
	char is[2][8], was[2][8], wanted[64], name[32];
	struct ovl_tree tree, trusted;
	struct ovl_comparison comparison = { .tree = &tree, .seed = &trusted };
	struct ovl_violation list[16];
	unsigned int i;

	for (i = 0; i < N * N; i++) {
		unsigned int seen[OVL_VIOLATION_RESERVATIONS] = { 0 };
		uint32_t n;

		put_in_order(&tree, &orders[i % N], &base, storage, is);
		put_in_order(&trusted, &orders[i / N], &other, other_storage, was);
		tell_anew(&told);
		n = (uint32_t)tell_difference(is[0], was[0]);
		n += (uint32_t)tell_difference(is[1], was[1]);
		tell(&told, "%u", n);
		strcpy(wanted, told.text);
		for (n = ovl_seed_check(&comparison, list, 16); n; n--)
			seen[list[n - 1].kind]++;
		tell_anew(&told);
		tell(&told, "%u %u;%u %u;%u", seen[OVL_VIOLATION_PROP_ADDED], seen[OVL_VIOLATION_PROP_MISSING],
		     seen[OVL_VIOLATION_NODE_ADDED], seen[OVL_VIOLATION_NODE_MISSING], seen[OVL_VIOLATION_ORDER]);
		snprintf(name, sizeof(name), "order %u of seed %u", i % N, i / N);
		expect(name, told.text, wanted);
	}
}

/* ---------------------------------------------------------------- blobs with a wrong number */

/* "a{p=<1>;}" begins: header 40, reservations 16; 56 root 64 a 72 prop 84 value, 88 92 96 ends, 100 strings. */
static const struct patch {
	const char *name, *text;
	uint32_t off, cell;
	enum ovl_err code;
} patches[] = {
	{ "header: totalsize larger than the bytes", "", 4, 0x7fffffff, OVL_ERR_TRUNCATED },
	{ "header: totalsize less than a header", "", 4, 39, OVL_ERR_TRUNCATED },
	{ "header: totalsize of a header", "", 4, 40, OVL_ERR_BLOCK },
	{ "header: the structure block before its end", "", 8, 36, OVL_ERR_BLOCK },
	{ "header: the structure block beyond the end", "", 8, 0x7fffffff, OVL_ERR_BLOCK },
	{ "header: a structure block too long", "", 36, 0x7fffffff, OVL_ERR_BLOCK },
	{ "header: the strings block before its end", "", 12, 36, OVL_ERR_BLOCK },
	{ "header: the strings block beyond the end", "p;", 12, 0x7fffffff, OVL_ERR_BLOCK },
	{ "header: a strings block too long", "p;", 32, 0x7fffffff, OVL_ERR_BLOCK },
	{ "header: reservations before its end", "", 16, 36, OVL_ERR_RESERVE },
	{ "header: reservations beyond the end", "", 16, 0x7fffffff, OVL_ERR_RESERVE },
	{ "header: reservations without an end", "", 16, 64, OVL_ERR_RESERVE },
	{ "header: compatible with 15", "", 24, 18, OVL_ERR_VERSION },
	{ "header: version 15", "", 20, 15, OVL_ERR_VERSION },
	{ "structure: a tag that is none", "a{p=<1>;}", 64, 7, OVL_ERR_STRUCTURE },
	{ "structure: ends inside a node", "a{p=<1>;}", 88, 9, OVL_ERR_STRUCTURE },
	{ "structure: a property outside", "a{p=<1>;}", 56, 3, OVL_ERR_STRUCTURE },
	{ "structure: a second root", "a{p=<1>;}", 96, 1, OVL_ERR_STRUCTURE },
	{ "structure: a property longer than the block", "a{p=<1>;}", 76, 0x7fffffff, OVL_ERR_STRUCTURE },
	{ "structure: a property whose padding wraps", "a{p=<1>;}", 76, 0xffffffff, OVL_ERR_STRUCTURE },
	{ "name: none below the root", "a{p=<1>;}", 68, 0, OVL_ERR_NAME },
	{ "name: of the root", "a{p=<1>;}", 60, 0x61000000, OVL_ERR_NAME },
	{ "name: a slash in it", "a{p=<1>;}", 68, 0x2f000000, OVL_ERR_NAME },
	{ "name: a blank in it", "a{p=<1>;}", 68, 0x20000000, OVL_ERR_NAME },
	{ "name: DEL in it", "a{p=<1>;}", 68, 0x7f000000, OVL_ERR_NAME },
	{ "name: of a property, beyond the strings", "a{p=<1>;}", 80, 2, OVL_ERR_NAME },
	{ "name: of a property, empty", "a{p=<1>;}", 80, 1, OVL_ERR_NAME },
	{ "name: of a property, without an end", "a{p=<1>;}", 32, 1, OVL_ERR_NAME },
	{ "name: of a property, a blank in it", "a{p=<1>;}", 100, 0x20000000, OVL_ERR_NAME },
	{ "header: version 16", "", 20, 16, OVL_OK },
	{ "structure: ends behind a name", "abcdefgh{}", 36, 28, OVL_ERR_STRUCTURE },
	{ "structure: ends within a name", "abcdefgh{}", 36, 24, OVL_ERR_STRUCTURE },
	{ "structure: ends within a property's padding", "p=[01];", 36, 24, OVL_ERR_STRUCTURE },
	{ "phandle: 0", "a{phandle=<1>;}", 84, 0, OVL_ERR_PHANDLE },
	{ "phandle: all ones", "a{phandle=<1>;}", 84, ~0u, OVL_ERR_PHANDLE },
	{ "phandle: of two numbers", "a{phandle=<1>;linux,phandle=<2>;}", 84, 3, OVL_ERR_PHANDLE },
};

static void test_patches(void)
{
	char seen[32], wanted[32];
	struct ovl_tree tree;
	size_t i;

	for (i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
		const struct patch *p = &patches[i];
		size_t len;

		sketch(&base, p->text);
		len = base.len;
		base.len = p->off;
		sketch_cell(&base, p->cell);
		snprintf(seen, sizeof(seen), "%d", ovl_tree_open(&tree, base.bytes, len, storage, sizeof(storage), NULL));
		snprintf(wanted, sizeof(wanted), "%d", p->code);
		expect(p->name, seen, wanted);
	}
}

/* A base and an overlay that are each so deep. */
static void test_depth(void)
{
	char deep[3][256], fragment[1024];
	int depth, i;

	for (depth = 31; depth <= 34; depth++) {
		char *to_base = deep[0], *to_path = deep[1], *to_overlay = deep[2];

		for (i = 0; i < depth; i++) {
			to_base = stpcpy(to_base, "n{");
			to_path = stpcpy(to_path, "/n");
			to_overlay = stpcpy(to_overlay, "m{");
		}
		for (i = 0; i < depth; i++) {
			to_base = stpcpy(to_base, "}");
			to_overlay = stpcpy(to_overlay, "}");
		}
		snprintf(fragment, sizeof(fragment), "f{target-path=\"%s\";__overlay__{%s}}", deep[1], deep[2]);
		tell_anew(&told);
		tell(&told, "%.11s", merged(deep[0], fragment, 0));
		expect("depth", told.text, depth < 32 ? "n{n{n{n{n{n" : "error DEPTH");
	}
}

/* ---------------------------------------------------------------- single calls */

/* How much storage there is: for all; a word; for the tree; for all but the result in place. */
enum given { ENOUGH, A_WORD, FOR_THE_TREE, FOR_ALL_BUT };

static size_t storage_of(enum given given, size_t bytes, size_t most)
{
	struct ovl_error err;
	size_t for_tree = 0;

	ovl_tree_size(base.bytes, base.len, &for_tree, &err);
	return given == A_WORD ? 4 : given == FOR_THE_TREE ? for_tree : given == FOR_ALL_BUT ? bytes :
	       bytes ? bytes + most : 1000;
}

static void once(const char *name, const char *base_text, const char *overlay_text, enum given given, size_t room,
		 const char *wanted)
{
	size_t bytes = 0, most = 0, len = 0, storage_bytes;
	struct ovl_error err;
	enum ovl_err sized, applied, in_place;

	sketch(&base, base_text);
	sketch(&overlays[0], overlay_text);
	if (strcmp(base_text, "bad") == 0)
		base.bytes[0] = 0;
	sized = ovl_overlay_size(base.bytes, base.len, overlays[0].bytes, overlays[0].len, &bytes, &most, &err);
	storage_bytes = storage_of(given, bytes, most);
	applied = ovl_overlay_apply(base.bytes, base.len, overlays[0].bytes, overlays[0].len, storage, storage_bytes, out,
				    room, &len, &err);
	tell_anew(&told);
	tell(&told, "%s %s", error_names[sized], error_names[applied]);
	if (!applied)
		tell(&told, " %s", sketch_text(out, text, sizeof(text)));
	in_place = ovl_overlay_apply_in_place(base.bytes, room, overlays[0].bytes, overlays[0].len, storage,
					      storage_bytes, &err);
	tell(&told, " %s", error_names[in_place]);
	if (in_place && err.side == OVL_STORAGE)
		tell(&told, " storage %s", err.need_bytes > storage_bytes ? "more" : "not more");
	else if (in_place)
		tell(&told, " %d %zu", err.side, err.need_bytes);
	else
		tell(&told, " %s", sketch_text(base.bytes, text, sizeof(text)));
	expect(name, told.text, wanted);
}

static void test_once(void)
{
	once("once: all in all", "a{}", AT("/a", "p=<1>;"), ENOUGH, ROOM, "OK OK a{p=<1>;} OK a{p=<1>;}");
	once("once: no property", "a{}", AT("/a", "n{}"), ENOUGH, ROOM, "OK OK a{n{}} OK a{n{}}");
	once("once: only symbols", "__symbols__{}a{}", "__symbols__{}", ENOUGH, ROOM, "OK NOT_OVERLAY NOT_OVERLAY 1 0");
	once("once: a bad base", "bad", AT("/a", "p=<1>;"), ENOUGH, ROOM, "MAGIC MAGIC MAGIC 0 0");
	once("once: a bad overlay", "a{}", "a{", ENOUGH, ROOM, "STRUCTURE STRUCTURE STRUCTURE 1 0");
	once("once: no target", "a{}", AT("/b", "p=<1>;"), ENOUGH, ROOM, "OK NO_TARGET NO_TARGET 1 0");
	once("once: no storage", "a{}", AT("/a", "p=<1>;"), A_WORD, ROOM, "OK SPACE SPACE storage more");
	once("once: storage for the tree only", "a{}", AT("/a", "p=<1>;"), FOR_THE_TREE, ROOM,
	     "OK SPACE SPACE storage more");
	once("once: storage for all but the result", "a{}", AT("/a", "p=<1>;"), FOR_ALL_BUT, ROOM,
	     "OK OK a{p=<1>;} SPACE storage more");
	once("once: no room", "a{}", AT("/a", "p=<1>;"), ENOUGH, 100, "OK SPACE SPACE 3 102");
}

static void test_libfdt_codes(void)
{
	enum ovl_err code;

	for (code = OVL_OK; code <= OVL_ERR_NOT_ALIKE; code++) {
		int theirs = ovl_libfdt_code(code);

		tell(&told, "%s%d", code ? " " : "", theirs);
	}
}

int main(void)
{
	test_rows();
	test_looks();
	test_orders();
	test_patches();
	test_depth();
	test_once();
	tell_anew(&told);
	test_libfdt_codes();
	expect("codes of libfdt", told.text, "0 -3 -9 -10 -8 -8 -8 -11 -11 -11 -11 -11 -6 -6 -11 -11 -11 -16 -16 -16 -16 -16 -16 -1 -1 -5 "
	       "-17 -1 -15 -15 -17 -15 -15 -1 -1 -15 -15 -15 -15 -11 -11 -11 -11 -11");
	printf("edges: %d passed, %d failed\n", n_passed, n_failed);
	return n_failed != 0;
}
