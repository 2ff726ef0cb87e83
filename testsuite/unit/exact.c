/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* exact.c - what libovl says to the last byte and bit: where an error is and what it names, how much storage and output
 * there must be, what is written of a blob with NOPs, where a name ends that lies in a longer text.
 * In: texts of sketch.h.  Whatever libovl fills held something else before.  Out: what failed, then "N passed, N
 * failed".  Rules: include/ovl.h. */
#define _GNU_SOURCE
#include "sketch.h"

#include "edge.h"
#include "seal.h"
#include "telling.h"

enum { ROOM = 1 << 16, DIRT = 0xa5 };

static uint32_t storage[ROOM], old_storage[ROOM], new_storage[ROOM];
static unsigned char out[ROOM], other_out[ROOM], receipt[ROOM], place[ROOM];
static char text[ROOM], other_text[ROOM];
static struct telling said;
static struct sketch base, overlay, other, third;
static struct ovl_error err;
static int n_passed, n_failed;

static void expect(int holds, const char *what, unsigned long seen)
{
	n_passed += holds != 0;
	n_failed += !holds;
	if (!holds)
		printf("FAIL exact: %s: %lu\n", what, seen);
}

static void expect_text(const char *name, const char *seen, const char *wanted)
{
	n_passed += strcmp(seen, wanted) == 0;
	n_failed += strcmp(seen, wanted) != 0;
	if (strcmp(seen, wanted) != 0)
		printf("FAIL exact/%s: seen %s, expected %s\n", name, seen, wanted);
}

/* An error: its code, which side, where, and what it names. */
static const char *say_error(void)
{
	tell_anew(&said);
	tell(&said, "%s %d@%u", error_names[err.code], (int)err.side, err.off);
	tell_names(&said, &err);
	return said.text;
}

static enum ovl_err open_sketch(struct ovl_tree *tree, const struct sketch *s, uint32_t *its_storage)
{
	memset(&err, DIRT, sizeof(err));
	memset(tree, DIRT, sizeof(*tree));
	memset(its_storage, DIRT, sizeof(storage));
	return ovl_tree_open(tree, s->bytes, s->len, its_storage, sizeof(storage), &err);
}

static enum ovl_err apply_text(struct ovl_tree *tree, const char *its_text, unsigned int flags)
{
	const struct ovl_apply_options options = { .flags = flags };

	sketch(&overlay, its_text);
	memset(&err, DIRT, sizeof(err));
	return ovl_apply(tree, overlay.bytes, overlay.len, &options, &err);
}

/* The tree of a base, with an overlay when there is one. */
static void build(struct ovl_tree *tree, const char *base_text, const char *overlay_text)
{
	sketch(&base, base_text);
	if (open_sketch(tree, &base, storage) || (overlay_text && apply_text(tree, overlay_text, OVL_KEEP)))
		printf("FAIL exact: %.100s: %s\n", base_text, say_error()), n_failed++;
}

static const char *flat(struct ovl_tree *tree)
{
	size_t len;

	memset(&err, DIRT, sizeof(err));
	if (ovl_flatten(tree, out, sizeof(out), &len, &err))
		return say_error();
	return sketch_text(out, text, sizeof(text));
}

#define AT(path, content)	"f{target-path=\"" path "\";__overlay__{" content "}}"

/* ---------------------------------------------------------------- where an error is */

/* Bases: one cell of the blob is another, unless off is 0.  Of "a{p=<1>;}": header 40, reservations 16; 56 root 64 a
 * 72 prop 84 value, 88 92 96 ends, 100 strings. */
static const struct place {
	const char *text;
	uint32_t off, cell;
	const char *wanted;
} places[] = {
	{ "", 0, 0, "OK 0@0" },
	{ "", 24, 17, "OK 0@0" },
	{ "~", 0, 0, "OK 0@0" },
	{ "p;~", 0, 0, "OK 0@0" },
	{ "", 4, 39, "TRUNCATED 0@4" },
	{ "", 8, 36, "BLOCK 0@8" },
	{ "", 12, 39, "BLOCK 0@12" },
	{ "", 12, 40, "OK 0@0" },
	{ "p;", 12, 0x7fffffff, "BLOCK 0@12" },
	{ "", 16, 36, "RESERVE 0@16" },
	{ "", 20, 15, "VERSION 0@20" },
	{ "a{b{}p;}", 0, 0, "ORDER 0@28 n:b p:p" },
	{ "a{}p;", 36, 32, "ORDER 0@20 n:a p:p" },
	{ "a{}p=<1>;", 36, 32, "STRUCTURE 0@20 n:a" },
	{ "a{}p;", 84, 2, "NAME 0@20 n:a" },
	{ "a{}p;", 76, 7, "STRUCTURE 0@20" },
	{ "a{p=<1>;}", 88, 7, "STRUCTURE 0@32" },
	{ "a{}a{}", 0, 0, "DUPLICATE_NODE 0@20 n:a" },
	{ "a{}b{}c{}b{}", 0, 0, "DUPLICATE_NODE 0@44 n:b" },
	{ "ab{}abcdefgh{}", 36, 24, "STRUCTURE 0@20" },
	{ "a{p=<1>;}", 80, 2, "NAME 0@16 n:a" },
	{ "a{p;p;}", 0, 0, "DUPLICATE_PROP 0@28 n:a p:p" },
	{ "a{phandle=<0>;}", 0, 0, "PHANDLE 0@16 n:a p:phandle" },
	{ "a{phandle=<1>;linux,phandle=<2>;}", 0, 0, "PHANDLE 0@32 #2 n:a p:linux,phandle" },
	{ "a{phandle=<1>;}b{phandle=<1>;}", 0, 0, "DUPLICATE_PHANDLE 0@44 #1 n:b" },
};

static void test_places(void)
{
	struct ovl_tree tree;
	size_t i, len, bytes;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct place *p = &places[i];

		sketch(&base, p->text);
		len = base.len;
		base.len = p->off;
		if (p->off)
			sketch_cell(&base, p->cell);
		base.len = len;
		open_sketch(&tree, &base, storage);
		expect_text(p->text, say_error(), p->wanted);
		if (err.code)
			expect(ovl_tree_used(&tree) == 0, "storage that no tree uses", i);
	}
	sketch(&base, "a{phandle=<1>;phandle=<2>;}");
	ovl_tree_size(base.bytes, base.len, &bytes, &err);
	expect_text("no storage", say_error(), "DUPLICATE_PROP 0@32 #2 n:a p:phandle");
	sketch(&base, "a{p;}");
	ovl_tree_open(&tree, base.bytes, base.len, storage, 100, &err);
	expect_text("little storage", say_error(), "SPACE 2@0");
	memcpy(base.bytes + 20, "\0\0\0\20", 4);
	memcpy(base.bytes + 4, "\0\0\0\44", 4);
	ovl_tree_open(&tree, base.bytes, 36, storage, sizeof(storage), &err);
	expect_text("a header of version 16 and no more", say_error(), "BLOCK 0@8");
}

/* A structure block right behind the header, and the reservations at the end. */
static void test_order_of_blocks(void)
{
	struct ovl_tree tree;
	uint32_t n;

	sketch(&other, "a{p=<1>;}");
	n = (uint32_t)other.len - 56;
	sketch(&base, "");
	memcpy(base.bytes, other.bytes, 40);
	memcpy(base.bytes + 40, other.bytes + 56, n);
	memset(base.bytes + 40 + n, 0, 16);
	base.len = 4;
	sketch_cell(&base, 56 + n);
	sketch_cell(&base, 40);
	sketch_cell(&base, 40 + n - 2);
	sketch_cell(&base, 40 + n);
	base.len = 56 + n;
	open_sketch(&tree, &base, storage);
	expect_text("the structure block first", flat(&tree), "a{p=<1>;}");
}

/* Overlays on "a{p=<1>;}". */
static void test_overlay_places(void)
{
	static const struct { const char *text, *wanted; } rows[] = {
		{ AT("/b", "p;"), "NO_TARGET 1@8 f:f t:/b" },
		{ "f{target-path=\"\";__overlay__{}}", "FRAGMENT 1@16 f:f" },
		{ "f{__overlay__{}}", "FRAGMENT 1@8 f:f" },
		{ "f{delete-target-path=\"/a\";__overlay__{}__delete__{p;n{__delete__{}}}}", "NOT_THERE 1@80 f:f n:n" },
		{ AT("/a", "p=<1 1 1 1>;") "__fixups__{x=\"/f/__overlay__:p:9\";}", "NO_SYMBOLS 1@100 l:x t:/f/__overlay__:p:9" },
		{ AT("/a", "n{}") "__symbols__{x=\"/f/__overlay__/m\";}", "SYMBOL 1@84 l:x t:/f/__overlay__/m" },
		{ AT("/a", "n{}") "__symbols__{x=\"/g/__overlay__/n\";}", "SYMBOL 1@84 l:x t:/g/__overlay__/n" },
		{ AT("/a", "n{}") "b{}c{}d{}e{}g{}h{}__symbols__{x=\"//i//__overlay__/n\";}", "SYMBOL 1@156 l:x t://i//__overlay__/n" },
	};
	struct ovl_tree tree;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		build(&tree, "a{p=<1>;}", NULL);
		apply_text(&tree, rows[i].text, 0);
		expect_text(rows[i].text, say_error(), rows[i].wanted);
		expect_text("and changes nothing", flat(&tree), "a{p=<1>;}");
	}
	build(&tree, "__symbols__{x=\"/a\";}a{phandle=<7>;}",
	      AT("/a", "q=[00 00 00 00 00 00 00 00 00 ff ff ff ff];") "__fixups__{x=\"/f/__overlay__:q:9\";}");
	expect_text("at an offset with a 9", flat(&tree),
		    "__symbols__{x=\"/a\";}a{phandle=<7>;q=[00 00 00 00 00 00 00 00 00 00 00 00 07];}");
}

/* A byte that no name has, at each place of a strings block; and each but its last NUL. */
static void test_names(void)
{
	static const unsigned char odd[] = { 0x20, 0x7f, 0x80, 0x01, 0xff };
	const char *names = "alpha;bravo-long,name;charlie=<1>;delta;e;fg;n{hotel;india-juliett-kilo;}";
	struct ovl_tree tree;
	size_t i, at;

	sketch(&other, names);
	for (at = other.len - other.n_strings; at < other.len; at++)
		for (i = 0; other.bytes[at] && i < sizeof(odd); i++) {
			base = other;
			base.bytes[at] = odd[i];
			expect(open_sketch(&tree, &base, storage) == OVL_ERR_NAME, "a byte that no name has", at);
		}
	base = other;
	expect(!open_sketch(&tree, &base, storage), "names as they should be", err.off);
}

/* What was noted of the names of a node before is not of the next; nor are two names that start in one of 64 ways. */
static void test_two_nodes(void)
{
	struct ovl_tree tree;
	unsigned int i;

	for (i = 0; i < 200; i++) {
		snprintf(other_text, sizeof(other_text), "n{p0;p1;p2;p3;p4;p5;p6;p7;p8;p9;}m{x%u;p6;}o{x%u;p5;p1;}", i, i);
		sketch(&base, other_text);
		expect(!open_sketch(&tree, &base, storage), other_text, err.off);
	}
}

/* ---------------------------------------------------------------- NOPs and padding */

/* The same tree, once with what is left out when it is written: a cell of the blob is another, unless off is 0. */
static void test_tidy(void)
{
	static const struct { const char *untidy; uint32_t off, cell; const char *tidy; } rows[] = {
		{ "~a{p=<1>;}", 0, 0, "a{p=<1>;}" },
		{ "a{p=<1>;}~", 0, 0, "a{p=<1>;}" },
		{ "a{p=<1>;~q;}~b{}", 0, 0, "a{p=<1>;q;}b{}" },
		{ "p=[01];a{}", 76, 0x01000001, "p=[01];a{}" },
		{ "p=[01];a{}", 76, 0x01010000, "p=[01];a{}" },
		{ "p=[01 02];a{}", 76, 0x01020100, "p=[01 02];a{}" },
		{ "p=[01 02 03];a{}", 76, 0x01020301, "p=[01 02 03];a{}" },
		{ "p=[01];q=<2>;", 76, 0x01ffffff, "p=[01];q=<2>;" },
		{ "a{}b{}", 68, 0x61000001, "a{}b{}" },
		{ "a{}b{}", 68, 0x61000100, "a{}b{}" },
		{ "abcde{}b{}", 72, 0x65000100, "abcde{}b{}" },
		{ "abcdefghi{}b{}", 76, 0x69000001, "abcdefghi{}b{}" },
	};
	struct ovl_tree tree;
	size_t i, len, lens[2];

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sketch(&base, rows[i].untidy);
		len = base.len;
		base.len = rows[i].off;
		if (rows[i].off)
			sketch_cell(&base, rows[i].cell);
		base.len = len;
		sketch(&other, rows[i].tidy);
		expect(!open_sketch(&tree, &base, storage) && !ovl_flatten(&tree, out, sizeof(out), &lens[0], &err) &&
		       !open_sketch(&tree, &other, storage) &&
		       !ovl_flatten(&tree, other_out, sizeof(other_out), &lens[1], &err) && lens[0] == lens[1] &&
		       memcmp(out, other_out, lens[0]) == 0, rows[i].untidy, i);
	}
}

/* ---------------------------------------------------------------- how much */

#define TEN(c)		c c c c c c c c c c
#define THIRTY(c)	TEN(c) TEN(c) TEN(c)

/* Output: less than what is needed is refused, says how much that is, and is written nowhere. */
static void test_output(void)
{
	static const struct { const char *base, *overlay; } rows[] = {
		{ "a{p=<1>;}", AT("/a", "a-rather-long-name=<1>;another-one;n{a-rather-long-name=<2>;}") },
		{ "a{b{}}", AT("/a/b", "n{}") "__symbols__{n=\"/f/__overlay__/n\";m=\"/f/__overlay__\";}" },
		{ "__symbols__{}a{bbbbbbbbbbbbbbbbbbbbbbbbbb{}}", AT("/a/bbbbbbbbbbbbbbbbbbbbbbbbbb", "n{}")
		  "__symbols__{n=\"/f/__overlay__/n\";}" },
		{ "a{}", AT("/a", THIRTY("n") ";" THIRTY("m") ";" THIRTY("o") ";") },
		{ "__symbols__{x=\"/a/" THIRTY("b") "/" THIRTY("c") "/" THIRTY("d") "/" THIRTY("e") "\";}a{" THIRTY("b") "{"
		  THIRTY("c") "{" THIRTY("d") "{" THIRTY("e") "{}}}}}", "f{target=<0>;__overlay__{n{}}}"
		  "__fixups__{x=\"/f:target:0\";}__symbols__{n=\"/f/__overlay__/n\";m=\"/f/__overlay__\";}" },
		{ "a{}", AT("/", "x{zz;y{zz;w{zz;}}}a{zz;}") },
	};
	struct ovl_tree tree;
	size_t i, room, len, need;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		build(&tree, rows[i].base, rows[i].overlay);
		need = ovl_tree_used(&tree) + ovl_flatten_storage(&tree);
		ovl_flatten_size(&tree, &len, &err);
		expect(ovl_tree_peak(&tree) == need, "the most storage", ovl_tree_peak(&tree));
		need = len;
		for (room = 0; room < need + 8; room++) {
			enum ovl_err code;

			memset(out, DIRT, sizeof(out));
			memset(&err, DIRT, sizeof(err));
			code = ovl_flatten(&tree, out, room, &len, &err);
			expect(code == (room < need ? OVL_ERR_SPACE : OVL_OK) && out[room] == DIRT &&
			       (code ? err.need_bytes : len) == need, rows[i].overlay, room);
		}
	}
	expect(fdt_size_dt_strings(out) == 3, "a name is written once", fdt_size_dt_strings(out));
	build(&tree, "p;a{}", AT("/a", "p;"));
	expect(!ovl_flatten(&tree, out, sizeof(out), &len, &err) && fdt_size_dt_strings(out) == 2,
	       "the first name of the base's is used again", fdt_size_dt_strings(out));
}

/* Storage: what a call says is enough is, and what lies behind stays. */
static void test_limits_storage(void)
{
	static const struct { const char *text; uint32_t words, n; } rows[] = {
		{ "", 0, 0 },
		{ "a{}", 7, 0 },
		{ "a{b{c{}}}", 21, 0 },
		{ "a{b{}}c{d{}}", 14, 0 },
		{ "__symbols__{a{b{c{}}}}a{}", 7, 0 },
		{ "a{__symbols__{b{}}}", 21, 0 },
		{ "a{ranges=<0 0 0 0 0x1000 0 0x2000 0 0x2000 0x1000>;b{}}c{}", 7 + 7 + 3 * 6, 0 },
		{ "i{phandle=<9>;#iommu-cells=<1>;}a{iommu-map=<1 9 1 1>;}", 7 + 6, 0 },
		{ "i{phandle=<9>;#iommu-cells=<1>;}a{iommu-map=<1 9 1 1 3 9 1 1 2 9 1 1>;b{}}", 7 + 4 * 6, 0 },
		{ "i{phandle=<9>;#iommu-cells=<1>;}a{iommu-map=<7 9 7 1 3 9 3 1 5 9 5 1 1 9 1 1 8 9 8 1 2 9 2 1 6 9 6 1 "
		  "4 9 4 1 9 9 9 1>;}", 7 + 12 * 6, 0 },
		{ "i{phandle=<9>;#iommu-cells=<1>;}a{iommu-map=<7 9 7 1 3 9 3 1 5 9 5 1 1 9 1 1 8 9 8 1 2 9 2 1 6 9 6 1 "
		  "4 9 4 1 9 9 9 1 5 9 5 1>;}", 7 + 13 * 6, 1 },
	};
	const struct ovl_window window = { 0, 0xffffffff };
	const struct ovl_limits limits = { .windows = &window, .n_windows = 1 };
	struct ovl_violation list[4];
	struct ovl_tree tree;
	size_t i, used, words;
	uint32_t n = 0;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		build(&tree, rows[i].text, NULL);
		used = ovl_tree_used(&tree) / 4;
		words = ovl_limits_storage(&tree) / 4;
		expect(words == rows[i].words, "storage", words);
		memset(storage + used, DIRT, sizeof(storage) - used * 4);
		ovl_tree_moved(&tree, base.bytes, storage, (used + words) * 4);
		expect(!ovl_limits_check(&tree, &limits, list, 4, &n, &err) && n == rows[i].n, rows[i].text, i);
		expect(storage[used + words] == 0xa5a5a5a5 && ovl_tree_peak(&tree) == (used + words) * 4, "storage beyond",
		       i);
	}
}

/* Fifteen ranges of an iommu-map in any order: none overlap, but two that are the same. */
static void test_map_orders(void)
{
	const struct ovl_limits limits = { .n_windows = 0 };
	uint32_t order[15], i, other_at, held, n, state = 1, twice;
	struct ovl_violation list[4];
	struct ovl_tree tree;
	size_t at;

	for (i = 0; i < 15; i++)
		order[i] = i;
	for (twice = 0; twice < 60; twice++) {
		for (i = 14; i > 0; i--) {
			state = state * 1103515245u + 12345u;
			other_at = (state >> 16) % (i + 1);
			held = order[i];
			order[i] = order[other_at];
			order[other_at] = held;
		}
		at = (size_t)snprintf(other_text, ROOM, "i{phandle=<9>;#iommu-cells=<1>;}a{iommu-map=<");
		for (i = 0; i < 15; i++)
			at += (size_t)snprintf(other_text + at, ROOM - at, "%u 9 0 4 ",
					       (twice % 2 && order[i] == 14 ? twice / 2 % 14 : order[i]) * 4);
		snprintf(other_text + at - 1, ROOM - at, ">;}");
		sketch(&base, other_text);
		expect(!open_sketch(&tree, &base, storage) && !ovl_limits_check(&tree, &limits, list, 4, &n, &err) &&
		       n == twice % 2 && (!n || (list[0].kind == OVL_VIOLATION_MAP_OVERLAP &&
						 list[0].first == (uint64_t)4 * (twice / 2 % 14))), other_text, twice);
	}
}

/* A layer that keeps what it was given takes what ovl_apply_size() says. */
static void test_kept_storage(void)
{
	static const struct ovl_symbol symbols[] = { { { "label-one", 9 }, { "/a", 2 } },
						     { { "two", 3 }, { "/b/cdefg", 8 } } };
	static const struct ovl_range reserved[] = { { 100, 200 }, { 300, 400 } };
	const struct ovl_apply_options options = { .flags = OVL_KEEP, .symbols = symbols, .n_symbols = 2,
						   .reserved = reserved, .n_reserved = 2 };
	struct ovl_tree tree;
	size_t used, bytes = 0;

	build(&tree, "a{}b{cdefg{}}", NULL);
	used = ovl_tree_used(&tree);
	expect(ovl_tree_peak(&tree) == used, "the most storage of a base", ovl_tree_peak(&tree));
	sketch(&overlay, "f{target=<0>;__overlay__{p;}}__fixups__{two=\"/f:target:0\";}");
	expect(!ovl_apply_size(overlay.bytes, overlay.len, &options, &bytes, &err), "a size", err.code);
	expect(!ovl_apply(&tree, overlay.bytes, overlay.len, &options, &err), "what keeps labels", err.code);
	expect(ovl_tree_used(&tree) - used == bytes, "a layer that keeps labels", ovl_tree_used(&tree) - used);
	expect(!ovl_apply(&tree, overlay.bytes, overlay.len, &options, &err) && !ovl_remove(&tree, 1, &err),
	       "and is applied anew with them", err.code);
	expect_text("and is applied anew", flat(&tree), "a{}b{cdefg{p;}}");
}

/* A result in place: with the last byte of room, and of storage; and one less. */
static void test_in_place(void)
{
	struct ovl_tree tree;
	size_t len, used, i, most = 0;

	build(&tree, "a{p=<1>;}", AT("/a", "q=<2>;n{}"));
	build(&tree, "a{p=<1>;}", NULL);
	ovl_apply(&tree, overlay.bytes, overlay.len, NULL, &err);
	ovl_flatten_size(&tree, &len, &err);
	used = ovl_tree_used(&tree) + ovl_flatten_storage(&tree) + len;
	used += (0 - used) % 4;
	for (i = 0; i < 4; i++) {
		size_t room = len - i % 2, bytes = used - i / 2 * 4;

		memset(place, DIRT, sizeof(place));
		memcpy(place, base.bytes, base.len);
		ovl_overlay_apply_in_place(place, room, overlay.bytes, overlay.len, storage, bytes, &err);
		expect(err.code == (i ? OVL_ERR_SPACE : OVL_OK), "in place", i);
		expect(!i || (err.side == (i % 2 ? OVL_OUTPUT : OVL_STORAGE) &&
			      (i % 2 ? err.need_bytes == len : err.need_bytes > bytes)), "what there is too little of", i);
		expect(place[room] == DIRT || i % 2, "beyond", i);
		expect(i ? memcmp(place, base.bytes, base.len) == 0 : place[7] == len, "the base", i);
	}
	overlay.bytes[0] = 0;
	ovl_overlay_size(base.bytes, base.len, overlay.bytes, overlay.len, &len, &most, &err);
	expect_text("a size of no overlay", say_error(), "MAGIC 1@0");
}

/* What the result cannot be longer than, and that it is not much longer than the result. */
static void expect_most(const char *what, size_t at_least, size_t at_most)
{
	size_t bytes, most = 0, len = 0;

	ovl_overlay_size(base.bytes, base.len, overlay.bytes, overlay.len, &bytes, &most, &err);
	ovl_overlay_apply(base.bytes, base.len, overlay.bytes, overlay.len, storage, sizeof(storage), out, sizeof(out), &len, &err);
	expect(!err.code && len >= at_least, what, len);
	expect(len <= most && most <= at_most, what, most);
}

#define X100	TEN("xxxxxxxxxx")
#define X200	X100 X100
#define SYMBOL(n)	"s" n "=\"/g/__overlay__/c\";"
#define SYMBOLS(n)	SYMBOL(n "0") SYMBOL(n "1") SYMBOL(n "2") SYMBOL(n "3") SYMBOL(n "4")

static void test_most(void)
{
	size_t i, at, len;

	sketch(&base, "a{p=<1>;}");
	sketch(&overlay, AT("/a", "~q=<2>;n{}"));
	expect_most("the most bytes", 0, base.len + overlay.len + 100);
	/* Symbols get longer by a path of the base, and by names of the overlay. */
	sketch(&base, X200 "{" X200 "{}}");
	sketch(&overlay, AT("/" X200 "/" X200, X200 "{phandle=<1>;" X200 "{phandle=<2>;}}")
	       "g{target=<2>;__overlay__{c{}}}__local_fixups__{g{target=<0>;}}__symbols__{" SYMBOLS("a") SYMBOLS("b") "}");
	expect_most("the most bytes with symbols", base.len + overlay.len + 6000, base.len + overlay.len + 12000);
	/* Names get longer that are the end of another. */
	len = (size_t)sprintf(text, "f{target-path=\"/\";__overlay__{" X100 ";");
	for (i = 0; i < 50; i++)
		len += (size_t)sprintf(text + len, "a%zu;", i);
	strcpy(text + len, "}}");
	sketch(&base, "");
	sketch(&overlay, text);
	for (i = 0, at = overlay.bytes[11]; i < 51; at += 4)
		if (overlay.bytes[at + 3] == 3 && overlay.bytes[at + 7] == 0) {
			overlay.bytes[at + 10] = 0;
			overlay.bytes[at + 11] = (unsigned char)(12 + i++);
		}
	expect_most("the most bytes of names", base.len + overlay.len + 2000, base.len + overlay.len + 7000);
}

/* ---------------------------------------------------------------- texts in longer texts */

static void test_slices(void)
{
	char path[32];
	struct ovl_tree tree;
	ovl_node node;
	uint32_t room;

	build(&tree, "a{}", AT("/a", "n{x{}}n1{}n10{}abc{}zz{}b{}a{}n2{x{}}"));
	node = ovl_node_by_path(&tree, ovl_str("/a/n/x"));
	expect(node != 0, "a node below one whose name begins others", node);
	for (room = 0; room <= 8; room++) {
		memset(path, DIRT, sizeof(path));
		expect(ovl_node_path(&tree, node, path, room) == 6 && (unsigned char)path[room] == DIRT &&
		       memcmp(path, "/a/n/x", room < 6 ? room : 6) == 0, "a path in little room", room);
	}
	expect(ovl_node_by_path(&tree, (struct ovl_str){ "/a/n10/y", 5 }) == ovl_node_by_path(&tree, ovl_str("/a/n1")),
	       "a path of less than its text", 5);
}

/* No name has a NUL in it, what begins with a name and goes on behind one is none; of the base's, or an overlay's. */
static void test_nul_in_names(void)
{
	static const struct ovl_str names[] = { { "p", 2 }, { "p\0q", 3 }, { "", 1 }, { "pqrstuv", 8 }, { "pqrstuvw", 9 },
						{ "pqrstuvw\0x", 10 } };
	struct ovl_tree tree;
	struct ovl_prop prop;
	uint32_t i;

	build(&tree, "a{p;q;pqrstuv;pqrstuvw;}b{p{}q{}pqrstuv{}pqrstuvw{}}",
	      AT("/", "c{p;q;pqrstuv;pqrstuvw;}d{p{}q{}pqrstuv{}pqrstuvw{}}"));
	for (i = 0; i < 4 * sizeof(names) / sizeof(names[0]); i++) {
		struct ovl_str name = names[i / 4];
		ovl_node node = ovl_node_child(&tree, ovl_node_root(&tree), (struct ovl_str){ &"abcd"[i % 4], 1 });
		const uint32_t is_node = i % 2;

		expect(node && !(is_node ? ovl_node_child(&tree, node, name) != 0 : ovl_prop_find(&tree, node, name, &prop)),
		       "a name and a NUL", i);
		name.len--;
		if (!memchr(name.ptr, 0, name.len))
			expect((is_node ? ovl_node_child(&tree, node, name) != 0 : ovl_prop_find(&tree, node, name, &prop)) ==
			       (name.len > 0), "the name", i);
	}
}

/* ovl_policy_check(): the root's properties that the pattern forbids to set. */
static const char *forbidden(struct ovl_str prop, struct ovl_str values)
{
	const struct ovl_policy_rule rules[] = { { .acts = OVL_ACT_INIT | OVL_ACT_SET, .prop = prop, .values = values },
						 { .acts = ~0u, .allow = 1 } };
	const struct ovl_policy policy = { "one", rules, 2 };
	struct ovl_violation list[8];
	struct ovl_tree tree;
	uint32_t i, n;

	build(&tree, "", AT("/", "abc=\"okay\";abxbc=\"ok\";ab;abd=[00];abb;abxb;aabc;abxc;"));
	memset(list, DIRT, sizeof(list));
	n = ovl_policy_check(&tree, &policy, list, 8);
	tell_anew(&said);
	for (i = 0; i < n; i++) {
		tell(&said, "%.*s %u;", (int)list[i].prop.len, list[i].prop.ptr, list[i].value.len);
		expect(list[i].first == 0 && list[i].last == 0 && list[i].other == 0, "what a violation does not say", i);
	}
	return said.text;
}

static void test_policy(void)
{
	const struct ovl_str none = { NULL, 0 };

	expect_text("a pattern before *", forbidden((struct ovl_str){ "ab*", 2 }, none), "ab 0;");
	expect_text("a pattern before a letter", forbidden((struct ovl_str){ "abd", 2 }, none), "ab 0;");
	expect_text("a pattern before ?", forbidden((struct ovl_str){ "ab?", 2 }, none), "ab 0;");
	expect_text("a star, and what stands behind", forbidden((struct ovl_str){ "*b*", 2 }, none), "ab 0;abb 0;abxb 0;");
	expect_text("a star, and the same behind", forbidden((struct ovl_str){ "*bb", 2 }, none), "ab 0;abb 0;abxb 0;");
	expect_text("a star that takes more", forbidden(ovl_str("a*bc"), none), "abc 5;abxbc 3;aabc 0;");
	expect_text("a star, and again", forbidden(ovl_str("a*b?"), none), "abc 5;abxbc 3;abd 1;abb 0;aabc 0;");
	expect_text("a star that goes not back", forbidden(ovl_str("aab*abc"), none), "");
	expect_text("values", forbidden(none, (struct ovl_str){ "okay\0no", 7 }), "abc 5;");
	expect_text("values that end in NUL", forbidden(none, (struct ovl_str){ "okay", 5 }), "abc 5;");
}

/* What is told of a node tells nothing of a property looked at before. */
static void test_acts(void)
{
	const struct ovl_policy_rule rule = { .acts = ~0u };
	const struct ovl_policy policy = { "none", &rule, 1 };
	struct ovl_violation list[16];
	struct ovl_tree tree;
	uint32_t i, n;

	build(&tree, "a{p=<1>;}", AT("/a", "p=<2>;n{q=<3 3>;}m{}"));
	n = ovl_policy_check(&tree, &policy, list, 16);
	tell_anew(&said);
	for (i = 0; i < n; i++)
		tell(&said, "%d %.*s %u;", (int)list[i].kind, (int)list[i].prop.len, list[i].prop.ptr, list[i].value.len);
	expect_text("acts", said.text, "0  0;3 p 4;1  0;2 q 8;1  0;");
}

/* ---------------------------------------------------------------- taking back */

/* An overlay that fails leaves nothing: what comes next finds the tree as it was. */
static void test_rollback(void)
{
	static const char bad[] = AT("/a", "p=<9>;new=<1>;phandle=<3>;n{p=<8>;}k{phandle=<2>;}")
				  "g{target-path=\"/a/n\";__overlay__{p=<7>;q;}}h{target-path=\"/gone\";__overlay__{}}";
	static const char *const good[] = { AT("/a", "p=<2>;n{p=<4>;r;}"), AT("/a", "phandle=<5>;new;n{p=<5>;}k{}") };
	struct ovl_tree tree;
	struct ovl_prop prop;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		build(&tree, "a{p=<1>;n{p=<0>;}}", NULL);
		if (!i)
			apply_text(&tree, bad, 0);
		expect(!apply_text(&tree, good[0], 0), "the first", err.code);
		expect(i || apply_text(&tree, bad, 0) == OVL_ERR_NO_TARGET, "the one that fails", err.code);
		expect(ovl_node_phandle(&tree, ovl_node_by_path(&tree, ovl_str("/a"))) == 0, "no phandle", i);
		expect(!apply_text(&tree, good[1], 0), "the second", err.code);
		strcpy(i ? other_text : said.text, flat(&tree));
		memset(&prop, DIRT, sizeof(prop));
		expect(ovl_prop_ever_find(&tree, ovl_node_by_path(&tree, ovl_str("/a/n")), ovl_str("p"), &prop) &&
		       ovl_prop_cell(&prop, 0) == 5 && ovl_prop_older(&tree, &prop) && ovl_prop_cell(&prop, 0) == 4 &&
		       ovl_prop_older(&tree, &prop) && ovl_prop_cell(&prop, 0) == 0 && !ovl_prop_older(&tree, &prop),
		       "what it was before", i);
	}
	expect_text("as if it had not failed", said.text, other_text);
}

/* A node that one overlay brings, another deletes and a third brings again, and out with them. */
static void test_brought_again(void)
{
	struct ovl_tree tree;

	build(&tree, "a{}", AT("/a", "n{p=<1>;}"));
	apply_text(&tree, "f{delete-target-path=\"/a/n\";__overlay__{}__delete__{__delete__{}}}", OVL_KEEP);
	apply_text(&tree, AT("/a", "n{p=<3>;}"), OVL_KEEP);
	expect_text("brought again", flat(&tree), "a{n{p=<3>;}}");
	expect(!ovl_remove(&tree, 3, &err) && !ovl_node_by_path(&tree, ovl_str("/a/n")), "deleted", err.code);
	expect(!ovl_remove(&tree, 2, &err) && ovl_node_by_path(&tree, ovl_str("/a/n")), "there", err.code);
	expect_text("as it was", flat(&tree), "a{n{p=<1>;}}");
	expect(!ovl_remove(&tree, 1, &err) && !ovl_node_by_path(&tree, ovl_str("/a/n")), "never there", err.code);
}

/* Base and overlay together as deep as may be, and one deeper. */
static void test_depth(void)
{
	char path[256], nodes[256], ends[64], content[256];
	unsigned int i, depth;
	struct ovl_tree tree;

	for (depth = 31; depth <= 32; depth++) {
		path[0] = nodes[0] = ends[0] = content[0] = 0;
		for (i = 0; i < 32; i++) {
			strcat(path, i < depth ? "/n" : "");
			strcat(nodes, i < depth ? "n{" : "");
			strcat(ends, i < depth ? "}" : "");
			strcat(content, "m{");
		}
		snprintf(other_text, ROOM, "%s%s", nodes, ends);
		build(&tree, other_text, NULL);
		snprintf(other_text, ROOM, "f{target-path=\"%s\";__overlay__{%s}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}", path, content);
		expect(apply_text(&tree, other_text, 0) == (1 + depth + 32 > OVL_MAX_DEPTH ? OVL_ERR_DEPTH : OVL_OK), "depth",
		       depth);
	}
}

/* Overlays are applied anew as they were: by a path without unit address, and with #cells that change. */
static void test_flags(void)
{
	struct ovl_tree tree;
	struct ovl_use use;
	int more, i;

	build(&tree, "a@1{#size-cells=<1>;}", AT("/", "x{}"));
	apply_text(&tree, AT("/", "y{}"), OVL_KEEP);
	apply_text(&tree, AT("/a", "#size-cells=<2>;"), OVL_KEEP | OVL_LOOSE | OVL_ALLOW_CELLS);
	for (i = 0; i < 2; i++)
		expect(!ovl_remove(&tree, 1, &err), "one below is taken out", (unsigned long)i);
	expect_text("flags", flat(&tree), "a@1{#size-cells=<2>;}");

	build(&tree, "a{}", AT("/a", "n{}"));
	apply_text(&tree, AT("/a", "p;"), OVL_KEEP);
	apply_text(&tree, AT("/a/n", "q;"), OVL_KEEP);
	tell_anew(&said);
	memset(&use, DIRT, sizeof(use));
	for (more = ovl_use_first(&tree, 1, &use); more; more = ovl_use_next(&tree, &use))
		tell(&said, "%u %.*s;", use.user, (int)use.fragment.len, use.fragment.ptr);
	expect_text("its user", said.text, "3 f;");
	expect(ovl_remove(&tree, 1, NULL) == OVL_ERR_IN_USE, "in use, and nobody asks why", 1);
	ovl_remove(&tree, 1, &err);
	expect_text("in use", say_error(), "IN_USE 1@8 #3 for NO_TARGET f:f t:/a/n");
	expect_text("and all as it was", flat(&tree), "a{p;n{q;}}");
	expect(ovl_tree_layers(&tree) == 3, "all layers", ovl_tree_layers(&tree));
}

/* ---------------------------------------------------------------- receipts */

/* The tree without its overlay comes back in as many bytes as it has; a receipt is the same on every machine. */
static void test_receipt(void)
{
	struct ovl_receipt_overlay listed;
	struct ovl_receipt r;
	struct ovl_tree tree;
	size_t len, flat_len, room, need;

	build(&tree, "abcd=<1>;efg=<2>;hijkl;a{abcd=\"text\";n{}}", AT("/a", "abcd=\"other\";new;m{}n{efg=<3>;}"));
	memset(receipt, DIRT, sizeof(receipt));
	len = 1;
	expect(ovl_receipt_write(&tree, NULL, receipt, len, &len, &err) == OVL_ERR_SPACE && len == 1 && receipt[0] == DIRT,
	       "no room for a receipt", len);
	expect(!ovl_receipt_write(&tree, NULL, receipt, sizeof(receipt), &len, &err), "a receipt", err.code);
	ovl_flatten(&tree, out, sizeof(out), &flat_len, &err);
	expect(fdt32_ld((const fdt32_t *)(const void *)(receipt + 28)) == 0x16d0d689, "the hash of the names",
	       fdt32_ld((const fdt32_t *)(const void *)(receipt + 28)));
	memset(&r, DIRT, sizeof(r));
	expect(!ovl_receipt_open(&r, receipt, len, &err), "it opens", err.code);
	need = base.len;
	for (room = need - 2; room < need + 2; room++) {
		memset(place, DIRT, sizeof(place));
		memset(&err, DIRT, sizeof(err));
		ovl_receipt_base(&r, out, flat_len, storage, sizeof(storage), place, room, &len, &err);
		expect(room < need ? err.code == OVL_ERR_SPACE && err.need_bytes == need && place[0] == DIRT :
		       err.code == OVL_OK && len == need && memcmp(place, base.bytes, need) == 0, "what it was", room);
	}
	sketch(&other, "a{abcd=\"text\";}");
	memset(&err, DIRT, sizeof(err));
	ovl_receipt_base(&r, other.bytes, other.len, storage, sizeof(storage), place, sizeof(place), &len, &err);
	expect(err.code == OVL_ERR_NOT_ITS_TREE && !err.number && !err.path.len && !err.label.len && !err.need_bytes,
	       "of another tree", err.code);
	receipt[0] = 0;
	ovl_receipt_open(&r, receipt, len, &err);
	expect_text("no receipt", say_error(), "RECEIPT 1@0");
	expect(!ovl_receipt_first(&r, &listed), "of no receipt nothing is told", 0);
	build(&tree, "a{}", NULL);
	apply_text(&tree, AT("/a", "p;"), 0);
	ovl_receipt_write(&tree, NULL, receipt, sizeof(receipt), &len, &err);
	expect_text("nothing kept", say_error(), "NOT_KEPT 3@0 #1");
}

/* The receipt of a base and an overlay is written, opened, and undoes a flattened tree: what comes of it, as text. */
static const char *undone(const char *base_text, const char *overlay_text, const struct sketch *changed)
{
	struct ovl_receipt r;
	struct ovl_tree tree;
	size_t len, flat_len;

	build(&tree, base_text, overlay_text);
	ovl_flatten(&tree, out, sizeof(out), &flat_len, &err);
	ovl_receipt_write(&tree, NULL, receipt, sizeof(receipt), &len, &err);
	if (changed) {
		flat_len = changed->len;
		memcpy(out, changed->bytes, flat_len);
	}
	memset(&err, DIRT, sizeof(err));
	if (ovl_receipt_open(&r, receipt, len, &err) ||
	    ovl_receipt_base(&r, out, flat_len, storage, sizeof(storage), place, sizeof(place), &len, &err))
		return say_error();
	return fdt_check_full(place, len) ? "no blob" : sketch_text(place, text, sizeof(text));
}

/* Whatever numbers the base has, and however many nodes. */
static void test_receipts_of_many(void)
{
	uint32_t i, child;
	size_t at;

	for (i = 1; i < 100; i++) {
		snprintf(other_text, ROOM, "a{phandle=<%u>;}", i);
		expect_text(other_text, undone(other_text, AT("/a", "p;"), NULL), other_text);
	}
	for (i = 0; i < 10; i++) {
		tell_anew(&said);
		tell(&said, "f{target-path=\"/\";__overlay__{");
		for (at = child = 0; child < 40; child++) {
			at += (size_t)snprintf(other_text + at, ROOM - at, "n%u{}", i * 40 + child);
			tell(&said, "n%u{p;}", i * 40 + child);
		}
		expect_text("many nodes", undone(other_text, tell(&said, "}}"), NULL), other_text);
	}
}

/* Others wrote the strings block anew: all of it stays that the base's properties are named in. */
static void test_receipt_of_names(void)
{
	const uint32_t at_name = 56 + 16 + 8;   /* of p in a */

	sketch(&third, "a{p=<2>;}");
	memcpy(third.bytes + third.len, "p", 2);
	third.len += 2;
	fdt_set_totalsize(third.bytes, (uint32_t)third.len);
	fdt_set_size_dt_strings(third.bytes, 4);
	fdt32_st(third.bytes + at_name, 2);
	expect_text("a name behind the base's", undone("a{p=<1>;}", AT("/a", "p=<2>;"), &third), "a{p=<1>;}");
}

/* What a receipt says twice of a property is not so of any tree. */
static void test_receipt_twice(void)
{
	struct ovl_receipt r;
	unsigned char *at;
	size_t len;

	expect_text("two properties", undone("a{}", AT("/a", "p=<1>;q=<1>;"), NULL), "a{}");
	at = memmem(receipt, sizeof(receipt), "\0\0\0\1p", 5);
	memcpy(at + 16, at, 16);
	seal(receipt, sizeof(receipt));
	len = fdt32_ld((const fdt32_t *)(const void *)(receipt + 8));
	sketch(&other, "a{p=<1>;q=<1>;}");
	expect(!ovl_receipt_open(&r, receipt, len, &err), "a property twice", err.code);
	ovl_receipt_base(&r, other.bytes, other.len, storage, sizeof(storage), place, sizeof(place), &len, &err);
	expect(err.code == OVL_ERR_NOT_ITS_TREE, "a property twice", err.code);
}

/* ---------------------------------------------------------------- other trees' numbers */

/* A plan in as much storage as it needs, from what is referred to on; or why there is none. */
static const char *rebased(const char *artefact_text, const char *old_text, const char *new_text,
			   const struct ovl_rebase_options *options)
{
	struct ovl_tree artefact, old, now;
	struct ovl_rebased to;
	struct ovl_rebase plan;
	uint32_t *its_storage;
	size_t bytes;
	int more;

	sketch(&base, artefact_text);
	sketch(&other, old_text);
	sketch(&third, new_text);
	if (open_sketch(&artefact, &base, storage) || open_sketch(&old, &other, old_storage) ||
	    open_sketch(&now, &third, new_storage))
		return say_error();
	bytes = ovl_rebase_size(&artefact, &old);
	its_storage = at_an_edge(bytes);
	memset(its_storage, DIRT, bytes);
	memset(&plan, DIRT, sizeof(plan));
	memset(&to, DIRT, sizeof(to));
	memset(&err, DIRT, sizeof(err));
	if (ovl_rebase_plan(&plan, &artefact, &old, &now, options, its_storage, bytes, &err))
		return say_error();
	tell_anew(&said);
	for (more = ovl_rebased_first(&plan, &to); more; more = ovl_rebased_next(&plan, &to))
		tell(&said, "%s%u>%u", to.in == &old ? " " : " own ", to.was, to.is);
	return said.text;
}

static void test_rebase(void)
{
	static const char alike[] = "a{phandle=<1>;compatible=\"x\";}b{phandle=<2>;compatible=\"x\";}";
	const struct ovl_rebase_options by_compatible = { .match = OVL_MATCH_COMPATIBLE };
	struct ovl_pin pin = { 0, 9 };
	const struct ovl_rebase_options pinned = { .match = OVL_MATCH_COMPATIBLE, .pins = &pin, .n_pins = 1 };
	struct ovl_tree tree;

	/* In the storage stood a number that the new tree has, and no number is left. */
	expect_text("one of two nodes",
		    rebased("u{pinctrl-0=<1>;}", "a{phandle=<1>;}b{phandle=<2>;}",
			    "a{phandle=<0xfffffffe>;}b{phandle=<0xa5a5a5a5>;}", NULL), " 1>4294967294");
	expect_text("one of two nodes by compatible",
		    rebased("u{pinctrl-0=<1>;}", "a{phandle=<1>;compatible=\"a\";}b{phandle=<2>;compatible=\"b\";}",
			    "a{phandle=<7>;compatible=\"a\";}", &by_compatible), " 1>7");
	expect_text("no number is left",
		    rebased("o{phandle=<2>;}", "", "a{phandle=<2>;}b{phandle=<0xfffffffe>;}", NULL),
		    "PHANDLES_FULL 1@0");
	/* Two nodes may be each of two; a number was given for one of them. */
	sketch(&other, alike);
	open_sketch(&tree, &other, old_storage);
	pin.node = ovl_node_by_path(&tree, ovl_str("/a"));
	expect_text("one is given, one may be two", rebased("u{pinctrl-0=<1 2>;}", alike, alike, &pinned),
		    "AMBIGUOUS 1@4 #2 n:b p:pinctrl-0");
}

/* Two nodes of the old tree, whatever their compatibles are. */
static void test_rebase_two(void)
{
	static const char two[] = "%s{phandle=<%d>;compatible=\"%s%u\";}%s{phandle=<%d>;compatible=\"%s%u\";}";
	const struct ovl_rebase_options options = { .match = OVL_MATCH_COMPATIBLE };
	char old_text[128], new_text[128];
	unsigned int i;

	for (i = 0; i < 100; i++) {
		snprintf(old_text, sizeof(old_text), two, "a", 1, "x", i, "b", 2, "y", i);
		snprintf(new_text, sizeof(new_text), two, "b", 3, "y", i, "a", 4, "x", i);
		expect_text(old_text, rebased("u{pinctrl-0=<1 2>;}", old_text, new_text, &options), " 1>4 2>3");
	}
}

/* So many nodes, and what stands behind them. */
static const char *behind_nodes(char *to, size_t room, unsigned int n, const char *last)
{
	size_t at = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		at += (size_t)snprintf(to + at, room - at, "f%u{}", i);
	snprintf(to + at, room - at, "%s", last);
	return to;
}

/* A node of the old tree, and one that only the artefact has, wherever they stand and whatever is compatible. */
static void test_rebase_own(void)
{
	const struct ovl_rebase_options options = { .match = OVL_MATCH_COMPATIBLE };
	char artefact_text[1 << 10], old_text[128], node[2][64];
	unsigned int i;

	for (i = 0; i < 300; i++) {
		snprintf(node[0], sizeof(node[0]), "t{phandle=<1>;compatible=\"c%u\";}", i);
		snprintf(node[1], sizeof(node[1]), "t{phandle=<2>;compatible=\"c%u\";}", i);
		behind_nodes(old_text, sizeof(old_text), i % 8, node[0]);
		behind_nodes(artefact_text, sizeof(artefact_text), 20 + i / 8, "o{phandle=<2>;}u{pinctrl-0=<1>;}");
		expect_text(old_text, rebased(artefact_text, old_text, node[1], &options), " 1>2 own 2>3");
	}
}

/* ---------------------------------------------------------------- storage at its end */

/* A tree with an overlay in as much storage as it needs. */
static void test_edge(void)
{
	const struct ovl_apply_options options = { .flags = OVL_KEEP };
	size_t base_bytes, bytes, len;
	uint32_t *its_storage;
	struct ovl_tree tree;

	sketch(&base, "a{}");
	sketch(&overlay, AT("/a", "p=<1>;"));
	ovl_tree_size(base.bytes, base.len, &base_bytes, &err);
	ovl_apply_size(overlay.bytes, overlay.len, &options, &bytes, &err);
	its_storage = at_an_edge(base_bytes + bytes);
	memset(its_storage, DIRT, base_bytes + bytes);
	expect(!ovl_tree_open(&tree, base.bytes, base.len, its_storage, base_bytes + bytes, &err) &&
	       !ovl_apply(&tree, overlay.bytes, overlay.len, &options, &err) &&
	       !ovl_receipt_write(&tree, NULL, receipt, sizeof(receipt), &len, &err), "a receipt", err.code);
}

/* ---------------------------------------------------------------- changes of values */

/* Into memory that held something else; with the longest name, and one more. */
static void test_set(void)
{
	char name[OVL_MAX_NAME + 2];
	struct ovl_change change = { .value = "x", .len = 2 };
	struct ovl_tree tree;
	size_t len, longest;

	build(&tree, "a{}", NULL);
	memset(name, 'n', sizeof(name));
	for (longest = OVL_MAX_NAME; longest <= OVL_MAX_NAME + 1; longest++) {
		change.node = ovl_node_by_path(&tree, ovl_str("/a"));
		change.prop = (struct ovl_str){ name, (uint32_t)longest };
		memset(out, DIRT, sizeof(out));
		memset(&err, DIRT, sizeof(err));
		ovl_set(&tree, &change, 1, out, sizeof(out), &len, &err);
		expect(err.code == (longest > OVL_MAX_NAME ? OVL_ERR_NAME : OVL_OK), "a long name", longest);
		expect(err.code ? err.side == OVL_OUTPUT : !fdt_check_full(out, len) && fdt_num_mem_rsv(out) == 0, "set",
		       longest);
	}
	build(&tree, "a{#size-cells=<1>;}", NULL);
	apply_text(&tree, "f{delete-target-path=\"/a\";__overlay__{}__delete__{#size-cells;}}", OVL_ALLOW_CELLS);
	change.node = ovl_node_by_path(&tree, ovl_str("/a"));
	change.prop = ovl_str("#size-cells");
	expect(!ovl_set(&tree, &change, 1, out, sizeof(out), &len, &err), "#cells that were deleted", err.code);
}

/* ---------------------------------------------------------------- who uses what */

/* Every use of what the first overlay brought, told into memory that held something else. */
static const char *uses(const struct ovl_tree *tree, int held)
{
	struct ovl_use use;
	int more;

	tell_anew(&said);
	memset(&use, held, sizeof(use));
	for (more = ovl_use_first(tree, 1, &use); more; more = ovl_use_next(tree, &use))
		tell(&said, "%u %.*s|%.*s|%.*s;", use.user, (int)use.fragment.len, use.fragment.ptr, (int)use.label.len,
		     use.label.ptr, (int)use.place.len, use.place.ptr);
	return said.text;
}

/* A label that an overlay gives to a node that has it is no version of it: nothing is left of that when the overlay
 * went, and another stands where it stood. */
static void test_label_again(void)
{
	struct ovl_tree tree;

	build(&tree, "b{}__symbols__{b=\"/b\";}", "f{target-path=\"/b\";__overlay__{}}__symbols__{b=\"/f/__overlay__\";}");
	expect_text("the same label", flat(&tree), "b{}__symbols__{b=\"/b\";}");
	expect(!ovl_remove(&tree, 1, &err), "its removal", 1);
	apply_text(&tree, "f{target-path=\"/b\";__overlay__{}}__symbols__{c=\"/f/__overlay__\";}", OVL_KEEP);
	expect_text("another label in its place", flat(&tree), "b{}__symbols__{b=\"/b\";c=\"/b\";}");
}

static void test_uses(void)
{
	static const char wanted[] = "2 f||;2 |n|/f/__overlay__:r:0;2 |n|/f/__overlay__:r:4;2 |m|/g:target:0;"
				     "2 |m|/g/__overlay__:r:0;3 f||;3 |m|/f/__overlay__:r:0;";
	static const struct ovl_symbol symbol = { { "x", 1 }, { "/a", 2 } };
	const struct ovl_apply_options given = { .flags = OVL_KEEP, .symbols = &symbol, .n_symbols = 1 };
	struct ovl_tree tree;
	uint32_t n, i;
	size_t at;

	build(&tree, "__symbols__{k=\"/k\";}k{phandle=<1>;}a{}",
	      AT("/a", "n{phandle=<1>;}m{phandle=<2>;}") "__symbols__{n=\"/f/__overlay__/n\";m=\"/f/__overlay__/m\";}");
	apply_text(&tree, AT("/a/n", "r=<0 0>;s=<0>;") "g{target=<0>;__overlay__{r=<0>;}}"
		   "__fixups__{n=\"/f/__overlay__:r:0\",\"/f/__overlay__:r:4\";k=\"/f/__overlay__:s:0\";"
		   "m=\"/g:target:0\",\"/g/__overlay__:r:0\";}", OVL_KEEP);
	apply_text(&tree, AT("/a/m", "r=<0>;") "__fixups__{m=\"/f/__overlay__:r:0\";}", OVL_KEEP);
	expect_text("uses", uses(&tree, DIRT), wanted);
	expect_text("uses", uses(&tree, 0), wanted);
	/* An overlay that gives a label which it used for another node. */
	build(&tree, "__symbols__{}a{phandle=<1>;}", NULL);
	sketch(&overlay, AT("/a", "p=<0>;n{}") "__fixups__{x=\"/f/__overlay__:p:0\";}"
	       "__symbols__{x=\"/f/__overlay__/n\";}");
	expect(!ovl_apply(&tree, overlay.bytes, overlay.len, &given, &err), "a label of its own", err.code);
	expect_text("its own use", uses(&tree, DIRT), "");
	expect_text("its own use", uses(&tree, 0), "");
	/* The last that an overlay says is what it deletes, and it has numbers of its own. */
	for (n = 1; n < 60; n++) {
		build(&tree, "a{b{}}", AT("/a", "n{}"));
		at = (size_t)snprintf(other_text, ROOM, "f{target-path=\"/a\";__overlay__{");
		for (i = 1; i <= n; i++)
			at += (size_t)snprintf(other_text + at, ROOM - at, "c%u{phandle=<%u>;}", i, i);
		snprintf(other_text + at, ROOM - at, "}}g{delete-target-path=\"/a/b\";__overlay__{}"
			 "__delete__{__delete__{}}}");
		expect(!apply_text(&tree, other_text, OVL_KEEP), "a node that goes", err.code);
		expect_text(other_text, uses(&tree, DIRT), "");
	}
}

/* ---------------------------------------------------------------- trees that move, and tables that fill */

static void test_moved(void)
{
	struct ovl_tree tree;

	build(&tree, "a{p=<1>;}", AT("/a", "q;"));
	memcpy(place, base.bytes, base.len);
	memset(base.bytes, DIRT, base.len);
	ovl_tree_moved(&tree, place, storage, sizeof(storage));
	expect_text("a base that moved", flat(&tree), "a{p=<1>;q;}");
}

static size_t size_of(unsigned int n, const char *each)
{
	size_t bytes = 0, at = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		at += (size_t)snprintf(other_text + at, ROOM - at, each, i);
	sketch(&base, other_text);
	ovl_tree_size(base.bytes, base.len, &bytes, &err);
	return bytes;
}

/* A node's first 32 properties, and children, take no place in an index. */
static void test_many(void)
{
	expect(size_of(32, "p%u;") == size_of(31, "p%u;"), "32 properties", size_of(32, "p%u;"));
	expect(size_of(33, "p%u;") > size_of(32, "p%u;"), "33 properties", size_of(33, "p%u;"));
	expect(size_of(32, "n%u{}") - size_of(31, "n%u{}") == size_of(2, "n%u{}") - size_of(1, "n%u{}"), "32 children",
	       size_of(32, "n%u{}"));
	expect(size_of(33, "n%u{}") - size_of(32, "n%u{}") > size_of(2, "n%u{}") - size_of(1, "n%u{}"), "33 children",
	       size_of(33, "n%u{}"));
}

/* Nodes with phandles and properties by the dozen: nothing behind the records is taken for one, be it a number that is
 * reserved or not. */
static void test_full(uint32_t last)
{
	const struct ovl_range reserved = { 1000, last };
	const struct ovl_apply_options options = { .flags = OVL_KEEP, .reserved = &reserved, .n_reserved = 1 };
	struct ovl_tree tree;
	uint32_t n, i;
	size_t at;

	for (n = 8; n < 60; n++) {
		for (at = 0, i = 1; i <= n; i++)
			at += (size_t)snprintf(other_text + at, ROOM - at, "b%u{phandle=<%u>;}", i, i);
		build(&tree, other_text, NULL);
		at = (size_t)snprintf(other_text, ROOM, "f{target-path=\"/b1\";__overlay__{");
		for (i = 1; i <= n; i++)
			at += (size_t)snprintf(other_text + at, ROOM - at, "p%u;", i);
		for (i = 1; i <= n; i++)
			at += (size_t)snprintf(other_text + at, ROOM - at, "c%u{phandle=<%u>;r=<%u>;}", i, i, i);
		at += (size_t)snprintf(other_text + at, ROOM - at, "}}__local_fixups__{f{__overlay__{");
		for (i = 1; i <= n; i++)
			at += (size_t)snprintf(other_text + at, ROOM - at, "c%u{r=<0>;}", i);
		snprintf(other_text + at, ROOM - at, "}}}");
		sketch(&overlay, other_text);
		expect(!ovl_apply(&tree, overlay.bytes, overlay.len, &options, &err), "much at once", n);
		for (i = 1; i <= n; i++) {
			ovl_node node = ovl_node_by_phandle(&tree, n + i);
			struct ovl_prop prop;

			expect(node && ovl_node_parent(&tree, node) == ovl_node_by_path(&tree, ovl_str("/b1")) &&
			       ovl_prop_find(&tree, node, ovl_str("r"), &prop) && ovl_prop_cell(&prop, 0) == n + i,
			       "a phandle of an overlay", i);
		}
		expect(strstr(flat(&tree), "b1{phandle=<1>;p1;p2;p3;") != NULL, "all properties", n);
		expect(!ovl_remove(&tree, 1, &err), "and out", err.code);
	}
}

int main(void)
{
	test_places();
	test_order_of_blocks();
	test_overlay_places();
	test_names();
	test_two_nodes();
	test_tidy();
	test_output();
	test_limits_storage();
	test_map_orders();
	test_kept_storage();
	test_in_place();
	test_most();
	test_slices();
	test_nul_in_names();
	test_policy();
	test_acts();
	test_rollback();
	test_brought_again();
	test_depth();
	test_flags();
	test_receipt();
	test_receipts_of_many();
	test_receipt_of_names();
	test_receipt_twice();
	test_rebase();
	test_rebase_two();
	test_rebase_own();
	test_edge();
	test_set();
	test_label_again();
	test_uses();
	test_moved();
	test_many();
	test_full(1001);
	test_full(0x7fffffff);
	printf("exact: %d passed, %d failed\n", n_passed, n_failed);
	return n_failed != 0;
}
