/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* crafted.c - what nobody writes by accident: names and numbers that meet in one place of a table, a receipt that
 * was changed, values and names longer than a blob may be, a blob that is cut off within a tag.
 * In: texts of sketch.h.  Out: what failed, then "N passed, N failed".  To make names meet it must know how libovl
 * spreads them, which inner.h says and the start_of_... below repeat.  Rules: include/ovl.h. */
#define _GNU_SOURCE
#include <ctype.h>

#include "sketch.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wredundant-decls"      /* it has no <string.h> to rely on */
#include "../../libovl/inner.h"
#include "seal.h"
#pragma GCC diagnostic pop

#include "edge.h"
#include "telling.h"

/* A look-up takes so many steps, or a few more. */
enum { ROOM = 1 << 18, MOST = 1024, PROBES = 510, FEW = 8 };

static uint32_t storage[ROOM], other_storage[ROOM], third_storage[ROOM], plan_storage[ROOM];
static unsigned char out[ROOM], receipt[ROOM], flat[ROOM];
static struct telling words;
static struct sketch base, other, third;
static struct ovl_error err;
static int n_passed, n_failed;

static void expect(int holds, const char *what, unsigned long seen)
{
	n_passed += holds != 0;
	n_failed += !holds;
	if (!holds)
		printf("FAIL crafted: %s: %lu\n", what, seen);
}

static enum ovl_err open_text(struct ovl_tree *tree, const char *text, struct sketch *s, uint32_t *its_storage)
{
	sketch(s, text);
	return ovl_tree_open(tree, s->bytes, s->len, its_storage, sizeof(storage), &err);
}

static void must_open(struct ovl_tree *tree, const char *text, struct sketch *s, uint32_t *its_storage)
{
	if (open_text(tree, text, s, its_storage)) {
		printf("FAIL crafted: %.100s does not open: %d\n", text, err.code);
		exit(1);
	}
}

/* ---------------------------------------------------------------- what meets in an index */

/* Where a name of a node, or of one of its properties, starts to be looked for: a fraction of 2^32.  The node is
 * counted from the layer's first. */
static uint32_t start_of_name(uint32_t node, const char *name)
{
	return (ovli_name_hash(name, OVL_MAX_NAME + 1) ^ node) * (uint32_t)OVLI_SPREAD;
}

/* Which of so many slots that is. */
static uint32_t slot_of_name(uint32_t node, const char *name, uint32_t slots)
{
	return (uint32_t)((uint64_t)start_of_name(node, name) * slots >> 32);
}

/* And a phandle: the number that starts at i of 2^32. */
static uint32_t phandle_at(uint32_t i)
{
	uint32_t inverse = 1, times;

	for (times = 0; times < 5; times++)
		inverse *= 2 - (uint32_t)OVLI_SPREAD * inverse;
	return i * inverse;
}

/* The first n names that start in the lowest 1/1024 of the table, of a node's children or properties. */
static void find_names(uint32_t node, char (*to)[12], uint32_t n)
{
	uint32_t i, found = 0;

	for (i = 0; found < n; i++) {
		snprintf(to[found], sizeof(to[found]), "n%06x", i);
		found += start_of_name(node, to[found]) >> 22 == 0;
	}
}

/* How many of them are taken, one of which the index has room for at each try: from PROBES on, a few more. */
static uint32_t most_taken(const char *(*write)(uint32_t), const char *what)
{
	struct ovl_tree tree;
	uint32_t n = PROBES;
	enum ovl_err code;

	while (!(code = open_text(&tree, write(n), &base, storage)) && n < PROBES + FEW)
		n++;
	expect(n > PROBES && code == OVL_ERR_COLLISION, what, n);
	return n - 1;
}

static char meeting[PROBES + FEW][12];

static const char *write_each(uint32_t n, const char *behind)
{
	uint32_t i;

	tell_anew(&words);
	for (i = 0; i < n; i++)
		tell(&words, "%s%s", meeting[i], behind);
	return words.text;
}

/* Behind more than are few, and with enough behind them that the two meet before the last. */
static const char *write_twice(const char *behind)
{
	uint32_t i;

	tell_anew(&words);
	for (i = 0; i < 50; i++)
		tell(&words, "%s%s", meeting[i == 36 ? 35 : i], behind);
	return words.text;
}

static const char *write_children(uint32_t n)
{
	return write_each(n, "{}");
}

static const char *write_props(uint32_t n)
{
	return write_each(n, ";");
}

/* As many as can meet are found, and one more is not found among them. */
static void test_names(void)
{
	struct ovl_tree tree;
	struct ovl_prop prop;
	uint32_t i, n;

	find_names(0, meeting, PROBES + FEW);
	n = most_taken(write_children, "children that meet");
	must_open(&tree, write_children(n), &base, storage);
	for (i = 0; i <= n; i++)
		expect((ovl_node_child(&tree, OVLI_ROOT, ovl_str(meeting[i])) != 0) == (i < n), meeting[i], i);
	n = most_taken(write_props, "properties that meet");
	must_open(&tree, write_props(n), &base, storage);
	for (i = 0; i <= n; i++)
		expect(ovl_prop_find(&tree, OVLI_ROOT, ovl_str(meeting[i]), &prop) == (i < n), meeting[i], i);
	write_children(40);
	tell(&words, "%s{}", meeting[39]);
	expect(open_text(&tree, words.text, &base, storage) == OVL_ERR_DUPLICATE_NODE, "a node twice", err.code);
	write_props(40);
	tell(&words, "%s;", meeting[39]);
	expect(open_text(&tree, words.text, &base, storage) == OVL_ERR_DUPLICATE_PROP, "a property twice", err.code);
	expect(open_text(&tree, write_twice("{}"), &base, storage) == OVL_ERR_DUPLICATE_NODE, "a node again", err.code);
	expect(open_text(&tree, write_twice(";"), &base, storage) == OVL_ERR_DUPLICATE_PROP, "a property again",
	       err.code);
}

/* Two nodes with many properties and so many between them; the second has one more. */
static void write_apart(uint32_t between, const char *name)
{
	uint32_t i;

	tell_anew(&words);
	for (i = 0; i < 40; i++)
		tell(&words, i ? "q%u;" : "one{q%u;", i);
	tell(&words, "}");
	for (i = 0; i < between; i++)
		tell(&words, "m%u{}", i);
	for (i = 0; i < 40; i++)
		tell(&words, i ? "q%u;" : "two{q%u;", i);
	tell(&words, "%s;}", name);
}

/* A name that is looked for in one node, and where it would be is that of another. */
static void test_name_of_another(void)
{
	struct ovl_tree tree;
	struct ovl_prop prop;
	uint32_t i, between, one, two, slots, met = 0;
	char name[12];

	for (between = 0; between < 200; between++) {
		write_apart(between, "n");
		must_open(&tree, words.text, &base, storage);
		one = ovl_node_by_path(&tree, ovl_str("/one"));
		two = ovl_node_by_path(&tree, ovl_str("/two"));
		slots = ovli_layer(&tree, 0)->n_slots;
		for (i = 0; i < 100; i++) {
			snprintf(name, sizeof(name), "n%u", i);
			if (slot_of_name(one - OVLI_ROOT, name, slots) == slot_of_name(two - OVLI_ROOT, name, slots))
				break;
		}
		if (i == 100)
			continue;
		met++;
		write_apart(between, name);
		must_open(&tree, words.text, &base, storage);
		expect(!ovl_prop_find(&tree, one, ovl_str(name), &prop), "a name of another node", between);
		expect(ovl_prop_find(&tree, two, ovl_str(name), &prop), "a name of its own", between);
	}
	expect(met > 0, "names that meet", met);
}

/* The overlay of n names. */
static void sketch_meeting(uint32_t n)
{
	uint32_t i;

	tell_anew(&words);
	tell(&words, "f{target-path=\"/\";__overlay__{");
	for (i = 0; i < n; i++)
		tell(&words, "%s{}", meeting[i]);
	sketch(&third, tell(&words, "}}"));
}

static uint32_t cell_at(const struct sketch *s, uint32_t off)
{
	return ovli_be32(s->bytes + off);
}

/* Names that meet nowhere but where the layer moves to when the one below it is taken out. */
static void test_moved_names(void)
{
	const struct ovl_apply_options keep = { .flags = OVL_KEEP };
	uint32_t content, i, n = PROBES + FEW;
	struct ovl_tree tree;

	must_open(&tree, "a{}", &base, storage);
	sketch_meeting(n);
	content = tree.used + OVLI_WORDS(ovli_layer) + (cell_at(&third, 36) + ovli_align4(cell_at(&third, 32))) / 4 +
		  2 * OVLI_WORDS(ovli_over);
	find_names(content, meeting, n);
	sketch_meeting(n);
	sketch(&other, "f{target-path=\"/a\";__overlay__{p;}}");
	expect(!ovl_apply(&tree, other.bytes, other.len, &keep, &err), "the layer below", err.code);
	expect(!ovl_apply(&tree, third.bytes, third.len, &keep, &err), "the layer that moves", err.code);
	expect(!ovl_remove(&tree, 1, &err), "the layer below is taken out", err.code);
	for (i = 0; i < n; i++)
		expect(ovl_node_child(&tree, OVLI_ROOT, ovl_str(meeting[i])) != 0, meeting[i], i);
	expect(!ovl_remove(&tree, 1, &err) && !ovl_node_child(&tree, OVLI_ROOT, ovl_str(meeting[0])), "and it goes",
	       err.code);
}

/* n nodes with phandles that meet, no more than twenty below one, so that none is in the index by its name. */
static const char *write_phandles(uint32_t n)
{
	uint32_t i;

	tell_anew(&words);
	for (i = 1; i <= n; i++) {
		if (i % 20 == 1)
			tell(&words, "%sg%x{", i > 1 ? "}" : "", i);
		tell(&words, "n%x{phandle=<%u>;}", i, phandle_at(i));
	}
	return tell(&words, "}");
}

static void test_phandles(void)
{
	struct ovl_tree tree;
	uint32_t i, n = most_taken(write_phandles, "phandles that meet");

	must_open(&tree, write_phandles(n), &base, storage);
	for (i = 1; i <= n + 1; i++)
		expect((ovl_node_by_phandle(&tree, phandle_at(i)) != 0) == (i <= n), "a phandle that meets others", i);
}

static void must_apply(struct ovl_tree *tree, const char *text)
{
	sketch(&other, text);
	expect(!ovl_apply(tree, other.bytes, other.len, NULL, &err), text, err.code);
}

/* An overlay without a phandle leaves the numbers of those below it taken. */
static void test_phandles_below_none(void)
{
	struct ovl_tree tree;

	must_open(&tree, "b{phandle=<1>;}", &base, storage);
	must_apply(&tree, "f{target-path=\"/\";__overlay__{x{phandle=<1>;}}}");
	must_apply(&tree, "f{target-path=\"/\";__overlay__{p;}}");
	must_apply(&tree, "f{target-path=\"/\";__overlay__{y{phandle=<1>;}}}");
	expect(ovl_node_phandle(&tree, ovl_node_by_path(&tree, ovl_str("/x"))) == 2, "the number of the first", 2);
	expect(ovl_node_phandle(&tree, ovl_node_by_path(&tree, ovl_str("/y"))) == 3, "the number of the third", 3);
}

/* What the index has of the root's empty property k, which begins after two cells for the root and three for each
 * one before it: where in cells that is, and that it is a property. */
static uint32_t entry_of_prop(uint32_t k)
{
	return (2 + 3 * k) << 2 | 2;
}

/* The first such property from k on whose entry is the number of a record, too. */
static uint32_t like_a_node(uint32_t k)
{
	while (k < 40 && (entry_of_prop(k) < OVLI_ROOT || (entry_of_prop(k) - OVLI_ROOT) % OVLI_WORDS(ovli_node)))
		k++;
	return k;
}

static bool seven_characters(uint64_t word)
{
	uint32_t i;

	for (i = 0; i < 7; i++)
		if (!isalnum((int)(word >> 8 * i & 0xff)))
			return false;
	return !(word >> 56);
}

/* A name whose hash is that: of the words that have it, one that is text. */
static void name_of_hash(uint32_t hash, char name[8])
{
	uint64_t inverse = OVLI_SPREAD, low = 0, word;
	uint32_t i;

	for (i = 0; i < 5; i++)
		inverse *= 2 - OVLI_SPREAD * inverse;
	do
		word = ((uint64_t)hash << 32 | low++) * inverse;
	while (!seven_characters(word));
	for (i = 0; i < 8; i++)
		name[i] = (char)(word >> 8 * i);
}

/* A name of the root's that goes into that slot of so many, with nothing of its hash beside its entry. */
static void name_for_slot(uint32_t slot, uint32_t slots, char name[8])
{
	uint32_t hash = 0;

	while ((uint64_t)(hash * (uint32_t)OVLI_SPREAD) * slots >> 32 != slot)
		hash++;
	name_of_hash(hash, name);
	expect(slot_of_name(0, name, slots) == slot, name, hash);
}

/* The index follows the records of the nodes.  Here its second and third slot say what of a record the parent and the
 * next one would: that the last node has a child, and which follows.  It has none. */
static void test_behind_last_node(void)
{
	uint32_t next = like_a_node(0), last = like_a_node(next + 1), node = entry_of_prop(last), i, at, tried = 0;
	const uint32_t slots = 40 + 20 + OVLI_FEW;
	struct ovl_tree tree;
	char name[12];

	tell_anew(&words);
	for (i = 0; i < 40; i++) {
		do {
			snprintf(name, sizeof(name), "n%06x", tried++);
			at = slot_of_name(0, name, slots);
		} while (at < 3 || at > 60);
		if (i == last || i == next)
			name_for_slot(i == last ? 1 : 2, slots, name);
		tell(&words, "%s;", name);
	}
	for (i = OVLI_ROOT; i < node; i += OVLI_WORDS(ovli_node))
		tell(&words, "n%u{}", i);
	must_open(&tree, words.text, &base, storage);
	at = i + OVLI_WORDS(ovli_node);         /* the index */
	expect(tree.words[at + 1] == node && tree.words[at + 2] == entry_of_prop(next), "the second slot, and the third",
	       node);
	expect(i == node && ovl_node_parent(&tree, node) == OVLI_ROOT && !ovl_node_first(&tree, node), "the last node",
	       i);
}

/* Forty properties of a node, the first eight of which take the first slots of an index for them and so many more. */
static void tell_full(uint32_t node, uint32_t more)
{
	uint32_t slots = 40 + more + (40 + more) / 2 + OVLI_FEW, i, at, tried = 0;
	char name[12];

	for (i = 0; i < 40; i++) {
		do {
			snprintf(name, sizeof(name), "n%06x", tried++);
			at = slot_of_name(node, name, slots);
		} while (i < 8 ? at != i : at < 8 || at > slots - 40);
		tell(&words, "%s;", name);
	}
}

static uint32_t n_props(const struct ovl_tree *tree, ovl_node node)
{
	struct ovl_prop prop, again;
	uint32_t n = 0;
	int more;

	for (more = ovl_prop_first(tree, node, &prop); more; more = ovl_prop_next(tree, &prop))
		n += ovl_prop_find(tree, node, (struct ovl_str){ prop.name, prop.name_len }, &again) != 0;
	return n;
}

/* No word of the index is empty where the record of one more node would be.  Who looks at all nodes does not look there:
 * who moves phandles, who writes what overlays brought, who seeks the last name that is left after a deletion. */
static void test_full_behind_last_node(void)
{
	const uint32_t x = 3 * OVLI_WORDS(ovli_over);
	struct ovl_tree tree;
	size_t len;

	tell_anew(&words);
	tell(&words, "f{target-path=\"/\";__overlay__{x{phandle=<1>;");
	tell_full(x, 1);
	sketch(&other, tell(&words, "}}}"));
	must_open(&tree, "b{phandle=<7>;}", &base, storage);
	expect(!ovl_apply(&tree, other.bytes, other.len, NULL, &err), "a full index", err.code);
	expect(n_props(&tree, ovl_node_by_path(&tree, ovl_str("/x"))) == 41, "its properties", 41);
	expect(!ovl_flatten(&tree, out, sizeof(out), &len, &err), "what it brought", err.code);
	tell_anew(&words);
	tell_full(0, 0);
	must_open(&tree, tell(&words, "b{last;}"), &base, storage);
	sketch(&other, "f{delete-target-path=\"/b\";__overlay__{}__delete__{last;}}");
	expect(!ovl_apply(&tree, other.bytes, other.len, NULL, &err), "a full index below", err.code);
	expect(!ovl_flatten(&tree, out, sizeof(out), &len, &err) && fdt_size_dt_strings(out) == 40 * 8,
	       "the last name that is left", fdt_size_dt_strings(out));
}

/* ---------------------------------------------------------------- what meets in a rebase */

enum { NODES = 6500, PARTS = 10 };

/* Nodes with a phandle, those that start in the lowest tenth: all of them, in the order in which they start. */
struct met {
	uint32_t start, node;
	char compatible[12];
};
static struct met met[MOST];
static uint32_t n_met;

static int by_start(const void *a, const void *b)
{
	const struct met *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* A tree of NODES with phandles 1.. in the order of met[]. */
static const char *write_met(uint32_t own)
{
	uint32_t i, *phandles = calloc(NODES, sizeof(*phandles));

	n_met = 0;
	for (i = 0; i < NODES; i++) {
		uint32_t node = OVLI_ROOT + (i + 1) * OVLI_WORDS(ovli_node), start = ovli_hash(node * 2 + own, NULL, 0);

		if (start < ~0u / PARTS && n_met < MOST)
			met[n_met++] = (struct met){ start, node, "" };
	}
	qsort(met, n_met, sizeof(met[0]), by_start);
	for (i = 0; i < n_met; i++)
		phandles[(met[i].node - OVLI_ROOT) / OVLI_WORDS(ovli_node) - 1] = i + 1;
	tell_anew(&words);
	for (i = 0; i < NODES; i++) {
		tell(&words, "%x", i);
		tell(&words, phandles[i] ? "{phandle=<%u>;}" : "{}", phandles[i]);
	}
	free(phandles);
	return words.text;
}

static enum ovl_err rebase(struct ovl_rebase *plan, const struct ovl_tree *artefact, const struct ovl_tree *old,
			   const struct ovl_tree *now, const struct ovl_rebase_options *options)
{
	return ovl_rebase_plan(plan, artefact, old, now, options, plan_storage, sizeof(plan_storage), &err);
}

/* References to the nodes from met[first] on, n of them. */
static void write_refs(uint32_t first, uint32_t n)
{
	tell_anew(&words);
	tell(&words, "u{pinctrl-0=<");
	for (; n; n--, first++)
		tell(&words, "%u ", first + 1);
	tell(&words, ">;}");
}

static void test_rebased_nodes(void)
{
	struct ovl_tree artefact, old, now;
	struct ovl_rebase plan;
	struct ovl_pin pin = { 0, 5 };
	struct ovl_rebase_options options = { .pins = &pin, .n_pins = 1 };

	must_open(&old, write_met(0), &other, other_storage);
	must_open(&now, words.text, &third, third_storage);
	expect(n_met > PROBES + 100, "too few nodes meet", n_met);
	write_refs(0, n_met);
	must_open(&artefact, words.text, &base, storage);
	expect(rebase(&plan, &artefact, &old, &now, NULL) == OVL_ERR_COLLISION && err.prop.len == 9,
	       "targets that meet", err.code);
	/* Some fewer fit, and one that none of them is cannot be looked up. */
	write_refs(1, PROBES + 60);
	must_open(&artefact, words.text, &base, storage);
	pin.node = met[0].node;
	expect(!rebase(&plan, &artefact, &old, &now, &options) && plan.n_kept == PROBES + 60,
	       "a pin that meets targets", err.code);
	must_open(&old, "a{}", &other, other_storage);
	must_open(&artefact, write_met(1), &base, storage);
	expect(rebase(&plan, &artefact, &old, &old, NULL) == OVL_ERR_COLLISION, "own nodes that meet", err.code);
}

/* What starts where, of compatibles, their NULs included; n of them. */
static void find_compatibles(uint32_t n, uint32_t from, uint32_t to)
{
	uint32_t i;

	for (n_met = i = 0; n_met < n; i++) {
		struct met *m = &met[n_met];

		snprintf(m->compatible, sizeof(m->compatible), "c%x", i);
		m->start = ovli_hash(0, m->compatible, (uint32_t)strlen(m->compatible) + 1);
		n_met += m->start >= from && m->start <= to;
	}
}

static void write_compatibles(uint32_t n)
{
	uint32_t i;

	tell_anew(&words);
	for (i = 0; i < n; i++)
		tell(&words, "%x{phandle=<%u>;compatible=\"%s\";}", i, i + 1, met[i].compatible);
}

static void test_rebased_compatibles(void)
{
	struct ovl_rebase_options options = { .match = OVL_MATCH_COMPATIBLE };
	struct ovl_tree artefact, old, now;
	struct ovl_rebase plan;

	find_compatibles(PROBES + 100, 0, ~0u / 64);
	write_compatibles(n_met);
	must_open(&old, words.text, &other, other_storage);
	must_open(&now, words.text, &third, third_storage);
	write_refs(0, n_met);
	must_open(&artefact, words.text, &base, storage);
	expect(rebase(&plan, &artefact, &old, &now, &options) == OVL_ERR_COLLISION, "compatibles that meet",
	       err.code);
	/* Two at the end of a table of four: the second goes to its start. */
	find_compatibles(2, ~0u / 4 * 3 + 3, ~0u);
	write_compatibles(2);
	must_open(&old, words.text, &other, other_storage);
	must_open(&now, words.text, &third, third_storage);
	write_refs(0, 2);
	must_open(&artefact, words.text, &base, storage);
	expect(!rebase(&plan, &artefact, &old, &now, &options) && plan.n_kept == 2, "compatibles at the end",
	       err.code);
}

/* A node of the artefact and one of the old tree with the same id, wherever they start. */
static void test_same_ids(void)
{
	struct ovl_tree artefact, old, now;
	struct ovl_rebase plan;
	struct ovl_rebased to;
	uint32_t before, i;

	for (before = 0; before < 32; before++) {
		tell_anew(&words);
		for (i = 0; i < before; i++)
			tell(&words, "f%u{}", i);
		tell(&words, "t{phandle=<1>;}");
		must_open(&old, words.text, &other, other_storage);
		tell(&words, "u{phandle=<2>;}");
		must_open(&now, words.text, &third, third_storage);
		tell_anew(&words);
		for (i = 0; i < before; i++)
			tell(&words, "f%u{}", i);
		tell(&words, "o{phandle=<2>;}u{pinctrl-0=<1 2>;}");
		must_open(&artefact, words.text, &base, storage);
		expect(!rebase(&plan, &artefact, &old, &now, NULL) && ovl_rebased_first(&plan, &to) &&
		       to.in == &old && to.was == 1 && to.is == 1 && ovl_rebased_next(&plan, &to) && to.in == &artefact &&
		       to.was == 2 && to.is == 3 && !ovl_rebased_next(&plan, &to), "nodes of the same id", before);
	}
}

/* A node whose compatible is a label of an overlay, and not stored, is like no other. */
static void test_compatible_not_stored(void)
{
	static const char base_text[] = "__symbols__{phandle=<1>;}a{}";
	static const char stored[] = "__symbols__{phandle=<1>;compatible=\"/a/n\";}a{n{}}";
	static const char *const texts[][2] = { { base_text, stored }, { stored, base_text }, { base_text, base_text } };
	struct ovl_tree artefact, trees[2];
	struct ovl_rebase plan;
	uint32_t i, j;

	for (i = 0; i < 3; i++) {
		for (j = 0; j < 2; j++) {
			must_open(&trees[j], texts[i][j], j ? &third : &other, j ? third_storage : other_storage);
			sketch(&base, "f{target-path=\"/a\";__overlay__{n{}}}__symbols__{compatible=\"/f/__overlay__/n\";}");
			expect(texts[i][j] == stored || !ovl_apply(&trees[j], base.bytes, base.len, NULL, &err), "apply",
			       err.code);
		}
		must_open(&artefact, "u{pinctrl-0=<1>;}", &base, storage);
		expect(rebase(&plan, &artefact, &trees[0], &trees[1], NULL) == OVL_ERR_NOT_ALIKE, "not stored", i);
	}
}

/* A label of an overlay that is called as the property is by which nodes are matched. */
static void test_label_compatible(void)
{
	struct ovl_rebase_options options = { .match = OVL_MATCH_COMPATIBLE };
	struct ovl_tree artefact, old, now;
	struct ovl_rebase plan;

	must_open(&old, "a{phandle=<1>;compatible=\"x\";}", &other, other_storage);
	must_open(&now, "a{phandle=<2>;compatible=\"x\";}__symbols__{}", &third, third_storage);
	sketch(&base, "f{target-path=\"/a\";__overlay__{n{}}}__symbols__{compatible=\"/f/__overlay__/n\";}");
	expect(!ovl_apply(&now, base.bytes, base.len, NULL, &err), "apply", err.code);
	must_open(&artefact, "u{pinctrl-0=<1>;}", &base, storage);
	expect(!rebase(&plan, &artefact, &old, &now, &options) && plan.n_rewritten == 1, "a label `compatible`",
	       err.code);
}

static void test_phandle_by_path(void)
{
	struct ovl_tree tree;

	must_open(&tree, "a{phandle=<5>;}b{}", &base, storage);
	expect(ovl_phandle_by_path(&tree, ovl_str("/a"), 9) == 5, "phandle of a path", 5);
	expect(ovl_phandle_by_path(&tree, ovl_str("/b"), 9) == 9, "phandle of a node without", 9);
	expect(ovl_phandle_by_path(&tree, ovl_str("/c"), 9) == 9, "phandle of no node", 9);
	expect(ovl_phandle_by_path(NULL, ovl_str("/a"), 9) == 9, "phandle in no tree", 9);
}

/* ---------------------------------------------------------------- receipts */

static void put_cell(unsigned char *at, uint32_t v)
{
	ovli_put32(at, v);
}

/* The receipt and the flat tree of two overlays on a base; returns the receipt's length. */
static size_t make_receipt(const char *text, const char *first, const char *second, size_t *flat_len)
{
	const struct ovl_apply_options options = { .flags = OVL_KEEP };
	struct ovl_tree tree;
	size_t len = 0;

	*flat_len = 0;
	must_open(&tree, text, &base, storage);
	sketch(&other, first);
	sketch(&third, second);
	if (ovl_apply(&tree, other.bytes, other.len, &options, &err) ||
	    ovl_apply(&tree, third.bytes, third.len, &options, &err) ||
	    ovl_flatten(&tree, flat, sizeof(flat), flat_len, &err) ||
	    ovl_receipt_write(&tree, NULL, receipt, sizeof(receipt), &len, &err))
		expect(0, "a receipt", err.code);
	return len;
}

static enum ovl_err open_and_undo(size_t len, size_t flat_len, size_t out_bytes)
{
	struct ovl_receipt r;
	size_t out_len = 0;
	enum ovl_err code = ovl_receipt_open(&r, receipt, len, &err);

	return code ? code : ovl_receipt_base(&r, flat, flat_len, other_storage, sizeof(other_storage), out, out_bytes,
					      &out_len, &err);
}

/* The only place of some bytes in the receipt. */
static unsigned char *place_of(size_t len, const char *bytes, size_t n)
{
	unsigned char *at = memmem(receipt, len, bytes, n), *next;

	next = at ? memmem(at + 1, len - (size_t)(at + 1 - receipt), bytes, n) : NULL;
	expect(at && !next, "a place in the receipt", 0);
	return at;
}

static void test_receipts(void)
{
	static const struct {
		const char *what, *from, *to;
		enum ovl_err code;
	} changes[] = {
		{ "as it was", "\0\0\0\1x", "\0\0\0\1x", OVL_OK },
		{ "a child that is not there", "\0\0\0\1x", "\0\0\0\1z", OVL_ERR_NOT_ITS_TREE },
		{ "a node that is not there", "\0\0\0\1b", "\0\0\0\1z", OVL_ERR_NOT_ITS_TREE },
		{ "a node twice", "\0\0\0\1b", "\0\0\0\1a", OVL_ERR_NOT_ITS_TREE },
		{ "a property that is not there", "\0\0\0\1p", "\0\0\0\1z", OVL_ERR_NOT_ITS_TREE },
		{ "a node at the root's place", "\0\0\0\2\0\0\0\1b", "\0\0\0\1\0\0\0\1b", OVL_ERR_RECEIPT },
		{ "a node that is too deep", "\0\0\0\2\0\0\0\1a", "\0\0\0\3\0\0\0\1a", OVL_ERR_RECEIPT },
		{ "a node at no depth", "\0\0\0\2\0\0\0\1a", "\0\0\0\0\0\0\0\1a", OVL_ERR_RECEIPT },
		{ "a first node at no depth", "\0\0\0\1\0\0\0\0\0\0\0\0", "\0\0\0\0\0\0\0\0\0\0\0\0", OVL_ERR_RECEIPT },
	};
	static const size_t sizes[] = { 5, 5, 5, 5, 5, 9, 9, 9, 12 };
	size_t i, len, flat_len;
	unsigned char *at;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		len = make_receipt("a{}b{}", "f{target-path=\"/a\";__overlay__{x{}yy{}}}",
				   "f{target-path=\"/b\";__overlay__{p=<1>;}}", &flat_len);
		at = place_of(ovli_be32(receipt + 20), changes[i].from, sizes[i]);
		memcpy(at, changes[i].to, sizes[i]);
		seal(receipt, len);
		expect(open_and_undo(len, flat_len, sizeof(out)) == changes[i].code, changes[i].what, i);
	}
	/* A child that is said to have come twice. */
	len = make_receipt("a{}b{}", "f{target-path=\"/a\";__overlay__{x{}y{}}}", "f{target-path=\"/b\";__overlay__{}}",
			   &flat_len);
	at = place_of(ovli_be32(receipt + 20), "\0\0\0\1x", 5);
	memcpy(at + 12, at, 12);
	seal(receipt, len);
	expect(open_and_undo(len, flat_len, sizeof(out)) == OVL_ERR_NOT_ITS_TREE, "a child twice", 0);
}

/* Receipts are kept while libovl changes: the hash by which one knows its tree, here of a strings block, stays. */
static void test_receipt_hash(void)
{
	static const struct {
		const char *text;
		uint32_t hash;
	} bases[] = {
		{ "ab;a{}b{}", 0x88436356 }, { "abc;a{}b{}", 0xc4425e24 },
		{ "abcd;a{}b{}", 0xebafa7d8 }, { "abcdefg;a{}b{}", 0xb865d480 },
	};
	size_t flat_len, i;

	for (i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		make_receipt(bases[i].text, "f{target-path=\"/a\";__overlay__{x{}}}", "f{target-path=\"/b\";__overlay__{p;}}",
			     &flat_len);
		expect(ovli_be32(receipt + 28) == bases[i].hash, bases[i].text, ovli_be32(receipt + 28));
	}
}

/* Cut off at all lengths, within what fills up the last cell, too. */
static void test_receipt_ends(void)
{
	static const char *const last[] = {
		"f{target-path=\"/b\";__overlay__{}}", "f{target-path=\"/b\";__overlay__{q;}}",
		"f{target-path=\"/b\";__overlay__{qr;}}", "f{target-path=\"/b\";__overlay__{qrs;}}",
	};
	size_t len = 0, flat_len, end, i;

	for (i = 0; i < 4; i++) {
		len = make_receipt("a{}b{}", "f{target-path=\"/a\";__overlay__{x{}}}", last[i], &flat_len);
		for (end = 1; end <= len; end++) {
			put_cell(receipt + 8, (uint32_t)(len - end));
			seal(receipt, len);
			expect(open_and_undo(len, flat_len, sizeof(out)) == OVL_ERR_RECEIPT, "a receipt that is cut off", end);
		}
	}
	len = make_receipt("a{}b{}", "f{target-path=\"/a\";__overlay__{x{}}}", last[0], &flat_len);
	for (end = 1; end <= 4; end++) {
		put_cell(receipt + 20, ovli_be32(receipt + 20) - 1);
		seal(receipt, len);
		expect(open_and_undo(len, flat_len, sizeof(out)) == OVL_ERR_RECEIPT, "nodes that are cut off", end);
	}
}

/* No byte of it can change by chance. */
static void test_receipt_seal(void)
{
	struct ovl_receipt_overlay o;
	size_t flat_len, len, at;
	struct ovl_receipt r;
	struct ovl_tree tree;
	int bit;

	len = make_receipt("ab;a{}b{}", "f{target-path=\"/a\";__overlay__{ab;x{}}}",
			   "f{target-path=\"/b\";__overlay__{p=<1>;}}", &flat_len);
	for (at = 0; at < len; at++)
		for (bit = 0; bit < 8; bit++) {
			receipt[at] ^= (unsigned char)(1 << bit);
			expect(open_and_undo(len, flat_len, sizeof(out)) == OVL_ERR_RECEIPT, "a bit that changed", at);
			receipt[at] ^= (unsigned char)(1 << bit);
		}
	expect(open_and_undo(len, flat_len, sizeof(out)) == OVL_OK, "as it was", err.code);
	expect(ovl_receipt_open(&r, receipt, len - 4, &err) == OVL_ERR_RECEIPT && err.off == 8, "without its seal", err.off);
	receipt[len - 1] ^= 1;
	expect(open_and_undo(len, flat_len, sizeof(out)) == OVL_ERR_RECEIPT && err.off == len - 4, "another seal", err.off);
	expect(ovl_receipt_open(&r, receipt, 36, &err) == OVL_ERR_RECEIPT && err.off == 8, "a header alone", err.off);
	must_open(&tree, "a{}", &base, storage);
	expect(!ovl_receipt_write(&tree, NULL, receipt, sizeof(receipt), &len, &err) && len == 40 &&
	       !ovl_receipt_open(&r, receipt, len, &err) && !ovl_receipt_first(&r, &o), "of no overlay", err.code);
}

/* The flat tree that a receipt is used on may have NOP tags, and room may be said to be without end. */
static void test_receipt_room(void)
{
	struct ovl_str names[2] = { OVLI_STR("x"), OVLI_STR("y") };
	struct ovl_tree tree;
	size_t len, flat_len, i;

	len = make_receipt("a{}b{}", "f{target-path=\"/a\";__overlay__{x{}}}", "f{target-path=\"/b\";__overlay__{p;}}",
			   &flat_len);
	expect(!open_and_undo(len, flat_len, SIZE_MAX), "room without end", 0);
	sketch(&third, "~a{~x{}~}~b{~p;~}~");
	memcpy(flat, third.bytes, third.len);
	expect(!open_and_undo(len, third.len, sizeof(out)), "NOP tags", 0);
	expect(!ovl_tree_open(&tree, out, ovli_be32(out + 4), storage, sizeof(storage), &err) &&
	       strcmp(sketch_text(out, words.text, sizeof(words.text)), "a{}b{}") == 0, words.text, err.code);
	flat[0] ^= 1;
	expect(open_and_undo(len, third.len, sizeof(out)) == OVL_ERR_MAGIC, "no blob", 0);
	flat[0] ^= 1;
	for (i = 0; i < 96; i++)
		expect(open_and_undo(len, third.len, i) == OVL_ERR_SPACE, "no room", i);
	/* Nothing is read of a name while its bytes are only counted. */
	must_open(&tree, "a{}", &base, storage);
	expect(ovl_receipt_write(&tree, NULL, NULL, 0, &len, &err) == OVL_OK, "no overlay", err.code);
	make_receipt("a{}b{}", "f{target-path=\"/a\";__overlay__{x{}}}", "f{target-path=\"/b\";__overlay__{p;}}", &flat_len);
	must_open(&tree, "a{}", &base, storage);
	for (i = 0; i < 2; i++)
		expect(!ovl_apply(&tree, other.bytes, other.len, &(struct ovl_apply_options){ .flags = OVL_KEEP }, &err),
		       "apply", err.code);
	names[1].len = 0xfffffff0;
	expect(ovl_receipt_write(&tree, names, receipt, SIZE_MAX, &len, &err) == OVL_ERR_SPACE &&
	       err.need_bytes > 0xfffffff0u, "a name too long", err.code);
}

/* What a receipt says of its overlays, in order: names, flags, labels and ranges as they were given. */
static void test_receipt_lists(void)
{
	const struct ovl_str names[] = { OVLI_STR("one"), OVLI_STR("three") };
	const struct ovl_symbol symbols[] = { { OVLI_STR("xx"), OVLI_STR("/a") }, { OVLI_STR("yyyyy"), OVLI_STR("/a/b") } };
	const struct ovl_range reserved[] = { { 5, 6 }, { 100, 200 }, { 9, 9 } };
	struct ovl_apply_options options = { .flags = OVL_KEEP | OVL_LOOSE, .symbols = symbols, .n_symbols = 2,
					     .reserved = reserved, .n_reserved = 3 };
	struct ovl_receipt_overlay o;
	struct ovl_receipt r;
	struct ovl_symbol symbol;
	struct ovl_range range;
	struct ovl_tree tree;
	uint32_t i, n = 0;
	size_t len;
	int more;

	must_open(&tree, "a{b{}}", &base, storage);
	for (i = 0; i < 2; i++) {
		sketch(&other, i ? "f{target-path=\"/a\";__overlay__{q;}}" : "f{target-path=\"/a\";__overlay__{p;}}");
		expect(!ovl_apply(&tree, other.bytes, other.len, &options, &err), "apply", err.code);
		options = (struct ovl_apply_options){ .flags = OVL_KEEP };
	}
	expect(!ovl_receipt_write(&tree, names, receipt, sizeof(receipt), &len, &err) &&
	       !ovl_receipt_open(&r, receipt, len, &err), "receipt", err.code);
	for (more = ovl_receipt_first(&r, &o); more; more = ovl_receipt_next(&r, &o), n++) {
		struct sketch *s = n ? &other : &third;

		sketch(s, n ? "f{target-path=\"/a\";__overlay__{q;}}" : "f{target-path=\"/a\";__overlay__{p;}}");
		expect(ovli_equal(o.name, names[n]) && o.flags == (n ? OVL_KEEP : OVL_KEEP | OVL_LOOSE), "its name", n);
		expect(o.n_symbols == (n ? 0 : 2) && o.n_reserved == (n ? 0 : 3), "its lists", n);
		for (i = 0; ovl_receipt_symbol(&r, &o, &symbol); i++)
			expect(ovli_equal(symbol.label, symbols[i].label) && ovli_equal(symbol.path, symbols[i].path), "a label", i);
		expect(i == (n ? 0 : 2), "labels", i);
		for (i = 0; ovl_receipt_reserved(&r, &o, &range); i++)
			expect(range.first == reserved[i].first && range.last == reserved[i].last, "a range", i);
		expect(i == (n ? 0 : 3), "ranges", i);
		expect(o.len <= sizeof(out), "its blob", o.len);
		memcpy(out, o.blob, o.len);
		sketch_text(out, words.text, sizeof(words.text));
		expect(strcmp(words.text, sketch_text(s->bytes, (char *)flat, sizeof(flat))) == 0, words.text, n);
	}
	expect(n == 2, "overlays", n);
	place_of(len, "yyyyy", 5)[2] = 0;
	seal(receipt, len);
	expect(ovl_receipt_open(&r, receipt, len, &err) == OVL_ERR_RECEIPT, "a label with a NUL in it", err.code);
}

/* With a deletion the receipt holds the base, and goes with exactly one tree. */
static void test_receipt_whole(void)
{
	static const char *const trees[] = {
		"s=\"/a\";t;a{b{p=<1>;}c{}}d{}", "s=\"/a\";t;a{b{p=<1>;}c{}d{}}", "s=\"/a\";t;a{c{}b{p=<1>;}}d{}",
		"s=\"/a\";t;a{b{q=<1>;}c{}}d{}", "s=\"/a\";t;a{b{p=<2>;}c{}}d{}", "s=\"/a\";t;a{x{p=<1>;}c{}}d{}",
		"t;s=\"/a\";a{b{p=<1>;}c{}}d{}", "s=\"/a\";t;a{b{p=<1>;}c{}}d{e{}}", "s=\"/b\";t;a{b{p=<1>;}c{}}d{}",
		"s=\"/\";t;a{b{p=<1>;}c{}}d{}", "s=\"/a\";a{b{p=<1>;}c{}}d{}", "s=\"a\";t;a{b{p=<1>;}c{}}d{}",
		"s=\"/a\",\"b\";t;a{b{p=<1>;}c{}}d{}", "s=\"/a\";t;a{b{p=<1>;c{}}}d{}", "s=\"/a\";t;a{b{p=<1>;}c{}}f{}",
	};
	size_t len, flat_len, i;

	len = make_receipt("s=\"/a\";t;a{b{p=<1>;gone;}c{}}", "f{target-path=\"/\";__overlay__{d{}}}",
			   "f{delete-target-path=\"/a/b\";__overlay__{}__delete__{gone;}}", &flat_len);
	expect(!open_and_undo(len, flat_len, sizeof(out)), "the whole base", err.code);
	expect(strcmp(sketch_text(out, words.text, sizeof(words.text)), "s=\"/a\";t;a{b{p=<1>;gone;}c{}}") == 0,
	       words.text, 0);
	for (i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		sketch(&third, trees[i]);
		memcpy(flat, third.bytes, third.len);
		expect(open_and_undo(len, third.len, sizeof(out)) == (i ? OVL_ERR_NOT_ITS_TREE : OVL_OK), trees[i], err.code);
		expect(i == 0 || (err.code == OVL_ERR_NOT_ITS_TREE && err.off == 28 && ovli_same(err.node, "/") &&
				  !err.prop.len && !err.need_bytes), "what is told of it", err.off);
	}
}

/* ---------------------------------------------------------------- overlays that were kept, or not */

static void test_not_kept(void)
{
	static const char *const kept[] = { "kkk", "-kk", "k-k", "kk-", "---" };
	static const uint32_t wanted[][3] = { { 0, 0, 0 }, { 1, 0, 0 }, { 2, 2, 0 }, { 3, 3, 0 }, { 3, 3, 0 } };
	static const uint32_t of_receipt[] = { 0, 1, 2, 3, 3 };
	struct ovl_apply_options options;
	struct ovl_tree tree;
	uint32_t i, number, layer;
	enum ovl_err code;
	size_t len;

	for (i = 0; i < 5; i++)
		for (number = 1; number <= 3; number++) {
			must_open(&tree, "a{}", &base, storage);
			for (layer = 0; layer < 3; layer++) {
				options = (struct ovl_apply_options){ .flags = kept[i][layer] == 'k' ? OVL_KEEP : 0 };
				sketch(&other, "f{target-path=\"/a\";__overlay__{p;}}");
				expect(!ovl_apply(&tree, other.bytes, other.len, &options, &err), "apply", err.code);
			}
			code = ovl_receipt_write(&tree, NULL, NULL, 0, &len, &err);
			expect(code == (of_receipt[i] ? OVL_ERR_NOT_KEPT : OVL_OK) && err.number == of_receipt[i],
			       "a receipt", err.number);
			code = ovl_remove(&tree, number, &err);
			expect(code == (wanted[i][number - 1] ? OVL_ERR_NOT_KEPT : OVL_OK) &&
			       err.number == wanted[i][number - 1], kept[i], number * 100 + err.number);
			expect(ovl_tree_layers(&tree) == (code ? 3 : 2), "layers", i);
		}
}

/* ---------------------------------------------------------------- what is not there */

static void test_no_overlay(void)
{
	struct ovl_finding findings[1];
	struct ovl_violation violations[1];
	struct ovl_tree tree;

	must_open(&tree, "a{}", &base, storage);
	expect(ovl_profile(&tree, OVL_FOR_LINUX, findings, 1) == 0, "a profile of no overlay", 0);
	expect(ovl_policy_check(&tree, &ovl_policy_status_only, violations, 1) == 0, "a policy for no overlay", 0);
}

/* A tree on two texts, with options. */
static enum ovl_err apply_text(struct ovl_tree *tree, const char *base_text, const char *overlay_text,
			       const struct ovl_apply_options *options)
{
	must_open(tree, base_text, &base, storage);
	sketch(&other, overlay_text);
	return ovl_apply(tree, other.bytes, other.len, options, &err);
}

static void test_look_ups(void)
{
	const struct ovl_symbol empty = { { NULL, 0 }, { NULL, 0 } };
	const struct ovl_apply_options keep = { .flags = OVL_KEEP, .symbols = &empty, .n_symbols = 1 };
	struct ovl_tree tree;
	struct ovl_prop prop;

	/* The overlay's node went into the tree's, which kept its number. */
	expect(!apply_text(&tree, "a{phandle=<7>;}", "f{target-path=\"/\";__overlay__{a{phandle=<1>;}}}", NULL), "apply",
	       err.code);
	expect(ovl_node_by_phandle(&tree, 7) && !ovl_node_by_phandle(&tree, 8), "a number that was not taken", 8);
	expect(!apply_text(&tree, "a{}", "f{target-path=\"/a\";__overlay__{n{}}}"
			   "__symbols__{n=\"/f/__overlay__/n\";x{}}", &keep), "apply", err.code);
	expect(ovl_node_by_path(&tree, ovl_str("/__symbols__")) && !ovl_node_by_path(&tree, ovl_str("/__symbols__/x")),
	       "a node below the symbols", 0);
	expect(ovl_prop_find(&tree, ovl_node_by_path(&tree, ovl_str("/__symbols__")), ovl_str("n"), &prop) &&
	       !prop.value && ovl_prop_cell(&prop, 0) == 0, "a cell of what is not stored", 0);
	expect(!ovl_node_by_path(&tree, ovl_str("")) && !ovl_node_by_path(&tree, ovl_str("a")) &&
	       ovl_node_by_path(&tree, ovl_str("//a//n/")), "paths", 0);
	must_open(&tree, "p=<1 2>;q=[01 02 03 04 05];", &base, storage);
	expect(ovl_prop_find(&tree, OVLI_ROOT, ovl_str("p"), &prop) && ovl_prop_cell(&prop, 1) == 2 &&
	       ovl_prop_cell(&prop, 2) == 0 && ovl_prop_cell(&prop, ~0u) == 0, "cells", 0);
	expect(ovl_prop_find(&tree, OVLI_ROOT, ovl_str("q"), &prop) && ovl_prop_cell(&prop, 0) == 0x01020304 &&
	       ovl_prop_cell(&prop, 1) == 0, "less than a cell", 0);
}

/* Of two labels that the caller gave, the second is used: known as a use only where the layer keeps it. */
static void test_given_labels(void)
{
	const struct ovl_symbol symbols[] = { { OVLI_STR("x"), OVLI_STR("/b") }, { OVLI_STR("y"), OVLI_STR("/n") } };
	struct ovl_apply_options options = { .symbols = symbols, .n_symbols = 2 };
	struct ovl_tree tree;
	struct ovl_use use;
	uint32_t i;

	for (i = 0; i < 2; i++) {
		options.flags = i ? OVL_KEEP : 0;
		expect(!apply_text(&tree, "b{}", "f{target-path=\"/\";__overlay__{n{}}}", &options), "apply", err.code);
		sketch(&other, "f{target=<0>;__overlay__{p;}}__fixups__{y=\"/f:target:0\";}");
		expect(!ovl_apply(&tree, other.bytes, other.len, &options, &err), "apply", err.code);
		expect(ovl_use_first(&tree, 1, &use) == (int)i, "a use of a given label", i);
		expect(!i || (ovli_same(use.label, "y") && use.node == ovl_node_by_path(&tree, ovl_str("/n"))), "its node", i);
		expect(!i || !ovl_use_next(&tree, &use), "one use", i);
	}
}

/* Labels that the storage still holds from a call before are not given again. */
static void test_labels_not_given(void)
{
	static const char text[] = "f{target=<0>;__overlay__{p;}}__fixups__{x=\"/f:target:0\";}";
	const struct ovl_symbol symbol = { OVLI_STR("x"), OVLI_STR("/b") };
	struct ovl_apply_options options = { .flags = OVL_KEEP, .symbols = &symbol, .n_symbols = 1 };
	struct ovl_tree tree;

	expect(!apply_text(&tree, "b{}__symbols__{}", text, &options), "a given label", err.code);
	options.n_symbols = 0;
	expect(apply_text(&tree, "b{}__symbols__{}", text, &options) == OVL_ERR_NO_LABEL && ovli_same(err.label, "x"),
	       "a label that is not given", err.code);
}

/* The strings block goes before the structure block, with nothing behind that. */
static void put_strings_first(struct sketch *s)
{
	uint32_t strings = cell_at(s, 32), structure = cell_at(s, 36), pad = ovli_align4(strings);

	memmove(s->bytes + 56 + pad, s->bytes + 56, structure);
	memset(s->bytes + 56, 0, pad);
	memcpy(s->bytes + 56, s->strings, strings);
	put_cell(s->bytes + 8, 56 + pad);
	put_cell(s->bytes + 12, 56);
	s->len = 56 + pad + structure;
	put_cell(s->bytes + 4, (uint32_t)s->len);
}

/* Names in errors are whole wherever the overlay has them. */
static void test_names_in_errors(void)
{
	struct ovl_tree tree;

	must_open(&tree, "a{}", &base, storage);
	sketch(&other, "__fixups__{x=\"/f:target:0\";}f{target=<0>;__overlay__{p;}}");
	put_strings_first(&other);
	expect(ovl_apply(&tree, other.bytes, other.len, NULL, &err) == OVL_ERR_NO_SYMBOLS && ovli_same(err.label, "x"),
	       "the first label in the strings block", err.label.len);
}

/* A label that names what it did before adds nothing: when its overlay is taken out, nothing of another goes. */
static void test_same_label(void)
{
	struct ovl_tree tree;
	size_t len;

	expect(!apply_text(&tree, "__symbols__{m=\"/a\";}a{p=<1>;}", "f{target-path=\"/a\";__overlay__{p=<2>;}}", NULL), "apply",
	       err.code);
	sketch(&other, "f{target-path=\"/a\";__overlay__{}}__symbols__{m=\"/f/__overlay__\";}");
	expect(!ovl_apply(&tree, other.bytes, other.len, NULL, &err) && !ovl_remove(&tree, 2, &err) &&
	       !ovl_flatten(&tree, out, sizeof(out), &len, &err), "the same label", err.code);
	expect(strcmp(sketch_text(out, words.text, sizeof(words.text)), "__symbols__{m=\"/a\";}a{p=<2>;}") == 0, words.text, 0);
}

/* ---------------------------------------------------------------- numbers that are reserved */

static uint32_t next_random(uint32_t *state, uint32_t below)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 16) % below;
}

static int in_ranges(const struct ovl_range *ranges, uint32_t n, uint32_t number)
{
	while (n--)
		if (number >= ranges[n].first && number <= ranges[n].last)
			return 1;
	return 0;
}

/* By how much the numbers must move: one by one, from the largest that is not reserved. */
static uint32_t delta_of(const uint32_t *theirs, uint32_t n_theirs, const uint32_t *own, uint32_t n_own,
			 const struct ovl_range *ranges, uint32_t n_ranges)
{
	uint32_t delta = 0, i;

	for (i = 0; i < n_theirs; i++)
		if (theirs[i] > delta && !in_ranges(ranges, n_ranges, theirs[i]))
			delta = theirs[i];
	for (i = 0; i < n_own; i++)
		if (in_ranges(ranges, n_ranges, own[i] + delta)) {
			delta++;
			i = ~0u;
		}
	return delta;
}

/* n different numbers below 60, from 1 on. */
static void pick(uint32_t *numbers, uint32_t n, uint32_t *state)
{
	uint32_t i, j;

	for (i = 0; i < n; i++) {
		numbers[i] = 1 + next_random(state, 59);
		for (j = 0; j < i && numbers[j] != numbers[i]; j++)
			;
		i -= j < i;
	}
}

static void test_reserved(void)
{
	uint32_t state = 1, trial, i, theirs[8], own[12], n_theirs, n_own, n_ranges, delta;
	struct ovl_range ranges[4];
	struct ovl_apply_options options = { .reserved = ranges };
	struct ovl_tree tree;
	char path[16];

	for (trial = 0; trial < 400; trial++) {
		pick(theirs, n_theirs = next_random(&state, 8), &state);
		pick(own, n_own = next_random(&state, 12), &state);
		n_ranges = next_random(&state, 4);
		for (i = 0; i < n_ranges; i++) {
			ranges[i].first = 1 + next_random(&state, 90);
			ranges[i].last = ranges[i].first + next_random(&state, 9);
		}
		tell_anew(&words);
		tell(&words, "q;");
		for (i = 0; i < n_theirs; i++)
			tell(&words, "t%u{phandle=<%u>;}", i, theirs[i]);
		must_open(&tree, words.text, &base, storage);
		tell_anew(&words);
		tell(&words, "f{target-path=\"/\";__overlay__{");
		for (i = 0; i < n_own; i++)
			tell(&words, "o%u{phandle=<%u>;}", i, own[i]);
		sketch(&other, tell(&words, "}}"));
		options.n_reserved = n_ranges;
		expect(!ovl_apply(&tree, other.bytes, other.len, &options, &err), "reserved", err.code);
		delta = delta_of(theirs, n_theirs, own, n_own, ranges, n_ranges);
		for (i = 0; i < n_own; i++) {
			snprintf(path, sizeof(path), "/o%u", i);
			expect(ovl_node_phandle(&tree, ovl_node_by_path(&tree, ovl_str(path))) == own[i] + delta, path, trial);
		}
	}
}

/* ---------------------------------------------------------------- names and tags */

static enum ovl_err open_words(struct ovl_tree *tree)
{
	enum ovl_err code = open_text(tree, words.text, &base, storage);
	size_t len;

	expect(code == ovl_tree_size(base.bytes, base.len, &len, NULL) || code == OVL_ERR_DUPLICATE_NODE ||
	       code == OVL_ERR_DUPLICATE_PROP, "found without storage", code);
	return code;
}

/* As long as names may be, and longer. */
static void test_long_names(void)
{
	static const char *const forms[] = { "%s{}", "%s;", "a{%s{}}", "%s;p;" };
	char name[OVL_MAX_NAME + 66];
	struct ovl_tree tree;
	uint32_t len, i;

	for (i = 0; i < 4; i++)
		for (len = OVL_MAX_NAME - 9; len < OVL_MAX_NAME + 65; len++) {
			memset(name, 'x', len);
			name[len] = 0;
			tell_anew(&words);
			tell(&words, forms[i], name);
			expect(open_words(&tree) == (len > OVL_MAX_NAME ? OVL_ERR_NAME : OVL_OK), forms[i], len);
		}
}

/* Names of each length, asked for with other bytes behind them. */
static void test_lengths_of_names(void)
{
	char name[42] = { 0 };
	struct ovl_tree tree;
	struct ovl_prop prop;
	uint32_t len, i;

	for (i = 0; i < 2; i++) {
		tell_anew(&words);
		for (len = 1; len < 41; len++) {
			memset(name, 'x', 41);
			name[len] = 0;
			tell(&words, i ? "%s;" : "%s{}", name);
		}
		must_open(&tree, words.text, &base, storage);
		memset(name, 'x', 41);
		for (len = 1; len < 42; len++) {
			struct ovl_str asked = { name, len };

			expect((i ? ovl_prop_find(&tree, OVLI_ROOT, asked, &prop)
				  : ovl_node_child(&tree, OVLI_ROOT, asked) != 0) == (len < 41), "a name of so many bytes", len);
		}
	}
}

/* What begins as the names of phandles do. */
static void test_like_phandles(void)
{
	static const char *const names[] = { "phandle", "linux,phandle", "phandles", "phandl", "linux,ph", "linux,phandles",
					     "linux,phxndle", "xphandle", "linux,phandlf" };
	struct ovl_tree tree;
	uint32_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		tell_anew(&words);
		tell(&words, "a{%s=<5>;}", names[i]);
		must_open(&tree, words.text, &base, storage);
		expect((ovl_node_by_phandle(&tree, 5) != 0) == (i < 2), names[i], i);
	}
}

/* NOP tags, wherever one may stand, in nodes with few properties and with many. */
static void test_nops(void)
{
	struct ovl_tree tree;
	struct ovl_prop prop;
	char name[8];
	uint32_t n, i;

	for (n = 30; n < 36; n++) {
		tell_anew(&words);
		tell(&words, "~a{~");
		for (i = 0; i < n; i++)
			tell(&words, "p%u=<%u>;~", i, i);
		tell(&words, "~b{~}~}~");
		must_open(&tree, words.text, &base, storage);
		for (i = 0; i <= n; i++) {
			snprintf(name, sizeof(name), "p%u", i);
			expect(ovl_prop_find(&tree, ovl_node_by_path(&tree, ovl_str("/a")), ovl_str(name), &prop) == (i < n) &&
			       (i == n || ovl_prop_cell(&prop, 0) == i), name, n);
		}
		expect(ovl_node_by_path(&tree, ovl_str("/a/b")) != 0, "behind NOP tags", n);
	}
}

/* Version 16 does not say how long the structure block is. */
static void test_version_16(void)
{
	struct ovl_tree tree;

	sketch(&base, "a{p=<1>;}");
	put_cell(base.bytes + 20, 16);
	put_cell(base.bytes + 36, ~0u);
	expect(!ovl_tree_open(&tree, base.bytes, base.len, storage, sizeof(storage), &err) &&
	       ovl_node_by_path(&tree, ovl_str("/a")), "version 16", err.code);
	put_cell(base.bytes + 8, (uint32_t)base.len + 4);
	expect(ovl_tree_open(&tree, base.bytes, base.len, storage, sizeof(storage), &err) == OVL_ERR_BLOCK,
	       "version 16, a structure block behind the end", err.code);
	put_cell(base.bytes + 8, (uint32_t)base.len);
	expect(ovl_tree_open(&tree, base.bytes, base.len, storage, sizeof(storage), &err) == OVL_ERR_STRUCTURE,
	       "version 16, an empty structure block", err.code);
}

/* ---------------------------------------------------------------- the strings block */

/* The base's strings block, cut off and with a byte changed, when an overlay deletes the names at its end. */
static void flatten_hurt(const char *strings, size_t len, const char *overlay_text, const char *wanted)
{
	static const char text[] = "a{p=<1>;q=<2>;r=<3>;}";
	struct ovl_tree tree;
	size_t was, out_len;

	sketch(&base, text);
	was = ovli_be32(base.bytes + 32);
	memcpy(base.bytes + base.len - was, strings, len);
	put_cell(base.bytes + 32, (uint32_t)len);
	base.len += len - was;
	put_cell(base.bytes + 4, (uint32_t)base.len);
	sketch(&other, overlay_text);
	if (ovl_tree_open(&tree, base.bytes, base.len, storage, sizeof(storage), &err) ||
	    ovl_apply(&tree, other.bytes, other.len, NULL, &err) ||
	    ovl_flatten(&tree, out, sizeof(out), &out_len, &err)) {
		expect(0, strings, err.code);
		return;
	}
	tell_anew(&words);
	sketch_text(out, words.text, sizeof(words.text));
	words.n = strlen(words.text);
	tell(&words, " ");
	for (was = out_len - ovli_be32(out + 32); was < out_len; was++)
		tell(&words, "%c", out[was] ? out[was] : '.');
	expect(strcmp(words.text, wanted) == 0, words.text, len);
}

/* The first n names of which the hashes are in this 1/1024 of all. */
static void write_meeting(uint32_t n, uint32_t part)
{
	char name[12];
	uint32_t i;

	for (i = 0; n; i++) {
		snprintf(name, sizeof(name), "n%x", i);
		if (ovli_name_hash(name, sizeof(name)) >> 22 != part)
			continue;
		tell(&words, "%s;", name);
		n--;
	}
}

/* More names that an overlay brings than meet in the table of names: each use of the last ones is written apart, also
 * when the bytes are counted before, for there is no more room than they need. */
static void test_added_names(void)
{
	struct ovl_tree tree;
	size_t len = 0, again = 0, once;

	must_open(&tree, "a{}b{}", &base, storage);
	tell_anew(&words);
	write_meeting(520, 0);
	once = words.n;         /* its bytes, each name with a NUL instead of what ends it here */
	snprintf((char *)flat, sizeof(flat),
		 "f{target-path=\"/a\";__overlay__{%.100000s}}g{target-path=\"/b\";__overlay__{%.100000s}}", words.text, words.text);
	sketch(&other, (const char *)flat);
	snprintf((char *)receipt, sizeof(receipt), "a{%.100000s}b{%.100000s}", words.text, words.text);
	expect(!ovl_apply(&tree, other.bytes, other.len, NULL, &err) &&
	       !ovl_flatten(&tree, out, sizeof(out), &len, &err), "names that meet", err.code);
	expect(strcmp(sketch_text(out, words.text, sizeof(words.text)), (const char *)receipt) == 0, "names that meet", len);
	expect(!ovl_flatten(&tree, flat, len, &again, &err) && again == len && memcmp(out, flat, len) == 0,
	       "names that meet, and no room left", err.code);
	/* As ever: each of the 520 once, and once more the seven that find no place. */
	expect(ovli_be32(out + 32) - once == 49, "the strings block of names that meet", ovli_be32(out + 32) - once);
}

/* Those that meet at the table's end go on at its start. */
static void test_names_at_the_end(void)
{
	struct ovl_tree tree;
	size_t len = 0, once;

	memset(storage, 0xa5, sizeof(storage));
	must_open(&tree, "a{}b{}", &base, storage);
	tell_anew(&words);
	write_meeting(9, 1023);
	once = words.n;         /* its bytes, each name with a NUL instead of what ends it here */
	snprintf((char *)flat, sizeof(flat), "f{target-path=\"/a\";__overlay__{%.1000s}}", words.text);
	sketch(&other, (const char *)flat);
	snprintf((char *)receipt, sizeof(receipt), "a{%.1000s}b{}", words.text);
	expect(!ovl_apply(&tree, other.bytes, other.len, NULL, &err) &&
	       !ovl_flatten(&tree, out, sizeof(out), &len, &err), "names at the end", err.code);
	expect(strcmp(sketch_text(out, words.text, sizeof(words.text)), (const char *)receipt) == 0, words.text, len);
	expect(ovli_be32(out + 32) == once, "each name once", ovli_be32(out + 32));
}

/* Children with one hash and two names, and names of properties that begin as linux,phandle does. */
static void test_like_names(void)
{
	static uint32_t seen[1 << 16];
	char name[12], other_name[12];
	uint32_t i, hash, n = 0;
	struct ovl_tree tree;

	for (i = 1; n < 3; i++) {
		snprintf(name, sizeof(name), "n%06x", i);
		hash = ovli_name_hash(name, sizeof(name));
		snprintf(other_name, sizeof(other_name), "n%06x", seen[hash & 0xffff]);
		if (seen[hash & 0xffff] && ovli_name_hash(other_name, sizeof(other_name)) == hash) {
			tell_anew(&words);
			must_open(&tree, tell(&words, "%s{}%s{}", name, other_name), &base, storage);
			expect(ovl_node_child(&tree, OVLI_ROOT, ovl_str(name)) !=
			       ovl_node_child(&tree, OVLI_ROOT, ovl_str(other_name)), "one hash of two names", i);
			n++;
		}
		seen[hash & 0xffff] = i;
	}
	tell_anew(&words);
	for (i = 0; i < 256; i++)
		tell(&words, "linux,ph%02x=<1>;", i);
	must_open(&tree, words.text, &base, storage);
	expect(!ovl_node_phandle(&tree, OVLI_ROOT), "no phandle", 0);
}

/* More deleted names that meet than the table of names has room for: those that found none stay in the block. */
static void test_deleted_names(void)
{
	struct ovl_tree tree;
	size_t len = 0, kept;
	uint32_t n;

	for (n = 500; n <= 520; n += 20) {
		tell_anew(&words);
		tell(&words, "p;a{");
		write_meeting(n, 0);
		tell(&words, "}");
		must_open(&tree, words.text, &base, storage);
		words.text[words.n - 1] = 0;
		snprintf((char *)flat, sizeof(flat), "f{delete-target-path=\"/a\";__overlay__{}__delete__{%.100000s}}",
			 words.text + 4);
		sketch(&other, (const char *)flat);
		expect(!ovl_apply(&tree, other.bytes, other.len, NULL, &err) &&
		       !ovl_flatten(&tree, out, sizeof(out), &len, &err), "deleted names that meet", err.code);
		expect(strcmp(sketch_text(out, words.text, sizeof(words.text)), "p;a{}") == 0, words.text, n);
		kept = ovli_be32(out + 32);
		expect(n == 500 ? kept == 2 : kept > 2, "the strings block", kept);
	}
}

#define DELETES(props) "f{delete-target-path=\"/a\";__overlay__{}__delete__{" props "}}"

static void test_strings(void)
{
	flatten_hurt("p\0q\0r\0", 6, DELETES("r;"), "a{p=<1>;q=<2>;} p.q.");
	flatten_hurt("p\0q\0r\0", 6, DELETES("q;"), "a{p=<1>;r=<3>;} p.q.r.");
	flatten_hurt("p\0q\0r\0", 6, DELETES("p;q;r;"), "a{} ");
	flatten_hurt("p\0q\0r\0x", 7, DELETES("r;"), "a{p=<1>;q=<2>;} p.q.r.x");
	flatten_hurt("p\0q\0r\0x\0", 8, DELETES("r;"), "a{p=<1>;q=<2>;} p.q.r.x.");
	flatten_hurt("p\0q\0r\0r\0", 8, DELETES("r;"), "a{p=<1>;q=<2>;} p.q.");
	flatten_hurt("p\0q\0r\0x", 7, "f{target-path=\"/a\";__overlay__{x;}}", "a{p=<1>;q=<2>;r=<3>;x;} p.q.r.xx.");
	flatten_hurt("p\0q\0r\0q\0", 8, "f{target-path=\"/\";__overlay__{n{q;}}}", "a{p=<1>;q=<2>;r=<3>;}n{q;} p.q.r.q.");
	flatten_hurt("p\0q\0r\0\0\0", 8, DELETES("r;"), "a{p=<1>;q=<2>;} p.q.r...");
}

/* NOP tags of an overlay are not written. */
static void test_tidied(void)
{
	static const char *const texts[] = {
		"f{target-path=\"/a\";__overlay__{n{p=[01];q;m{r;}}}}",
		"f{target-path=\"/a\";__overlay__{n{~p=[01];~q;~m{~r;~}~}~}}",
	};
	struct ovl_tree tree;
	size_t len[2] = { 0, 0 };
	uint32_t i;

	for (i = 0; i < 2; i++)
		expect(!apply_text(&tree, "a{}", texts[i], NULL) &&
		       !ovl_flatten(&tree, i ? out : flat, sizeof(out), &len[i], &err), texts[i], err.code);
	expect(len[0] == len[1] && memcmp(out, flat, len[0]) == 0, "NOP tags in the result", len[1]);
}

/* Labels of a node that has a far longer path than the overlay says: no room that is too little is taken for enough. */
static void test_room_for_labels(void)
{
	char path[256] = "", ends[16] = "";
	struct ovl_tree tree;
	size_t need = 0, room, len;
	uint32_t i;

	for (i = 0; i < 6; i++) {
		strcat(path, "a-node-with-such-a-long-name-{");
		strcat(ends, "}");
	}
	tell_anew(&words);
	must_open(&tree, tell(&words, "__symbols__{}%sphandle=<1>;%s", path, ends), &base, storage);
	sketch(&other, "f{target=<1>;__overlay__{}}"
	       "__symbols__{m=\"/f/__overlay__\";n=\"/f/__overlay__\";o=\"/f/__overlay__\";}");
	expect(!ovl_apply(&tree, other.bytes, other.len, NULL, &err) && !ovl_flatten_size(&tree, &need, &err), "labels",
	       err.code);
	for (room = 0; room < need; room++)
		expect(ovl_flatten(&tree, out, room, &len, &err) == OVL_ERR_SPACE && err.need_bytes == need, "room for labels",
		       room);
	expect(!ovl_flatten(&tree, out, need, &len, &err) && len == need, "room for labels", need);
}

/* A tree is flattened with exactly the storage that was said, behind which nobody may read. */
static void test_end_of_storage(void)
{
	struct ovl_tree tree;
	uint32_t *at, n, i;
	size_t bytes, len;

	for (n = 0; n < 60; n++) {
		tell_anew(&words);
		tell(&words, "f{target-path=\"/a\";__overlay__{");
		for (i = 1; i <= n; i++)
			tell(&words, "n%u{phandle=<%u>;}", i, i);
		snprintf((char *)flat, sizeof(flat), "a{%.10000s}", words.text + strlen("f{target-path=\"/a\";__overlay__{"));
		expect(!apply_text(&tree, "a{}", tell(&words, "}}"), NULL), "apply", err.code);
		bytes = ovl_tree_used(&tree) + ovl_flatten_storage(&tree);
		at = at_an_edge(bytes);
		memcpy(at, storage, ovl_tree_used(&tree));
		ovl_tree_moved(&tree, base.bytes, at, bytes);
		expect(!ovl_flatten(&tree, out, sizeof(out), &len, &err), "flatten", err.code);
		expect(strcmp(sketch_text(out, words.text, sizeof(words.text)), (const char *)flat) == 0, words.text, n);
	}
}

/* ---------------------------------------------------------------- two phandles */

/* What ovl_first_phandle_wins() makes of a text, its structure block cut off at n bytes. */
static void wins(const char *text, uint32_t cut, uint32_t n, const char *wanted)
{
	uint32_t offs[2] = { 0, 0 }, seen;

	sketch(&base, text);
	if (cut)
		put_cell(base.bytes + 36, cut);
	seen = ovl_first_phandle_wins(base.bytes, base.len, offs, 2);
	expect(seen == n, text, seen);
	if (cut)
		return;
	sketch_text(base.bytes, words.text, sizeof(words.text));
	expect(strcmp(words.text, wanted) == 0, words.text, seen);
}

static void test_wins(void)
{
	uint32_t cut, structure;

	wins("a{phandle=<1>;linux,phandle=<1>;}", 0, 0, "a{phandle=<1>;linux,phandle=<1>;}");
	wins("a{phandle=<1>;linux,phandle=<2>;}", 0, 1, "a{phandle=<1>;}");
	wins("a{phandle=<1>;phandle=<1>;}", 0, 1, "a{phandle=<1>;}");
	wins("a{linux,phandle=<2>;p;phandle=<1>;q;phandle=<2>;}b{phandle=<1>;}", 0, 2,
	     "a{linux,phandle=<2>;p;q;}b{phandle=<1>;}");
	wins("a{phandle=<1>;phandle=<2>;phandle=<3>;phandle=<4>;}", 0, 3, "a{phandle=<1>;}");
	wins("a{phandle=<1 2>;phandle=<3>;}", 0, 0, "a{phandle=<1 2>;phandle=<3>;}");
	sketch(&base, "abcde{phandle=<1>;phandle=[02];phandle=<3>;}");
	structure = ovli_be32(base.bytes + 36);
	for (cut = 1; cut < structure; cut++)
		wins("abcde{phandle=<1>;phandle=[02];phandle=<3>;}", cut, cut >= 68, "");
}

static void test_wins_room(void)
{
	uint32_t offs[3] = { 7, 7, 7 };

	sketch(&base, "a{phandle=<1>;phandle=<2>;phandle=<3>;}");
	expect(ovl_first_phandle_wins(base.bytes, base.len, offs, 1) == 2 && offs[0] == 32 && offs[1] == 7, "one place",
	       offs[0]);
	sketch(&base, "a{phandle=<1>;phandle=<2>;phandle=<3>;}");
	expect(ovl_first_phandle_wins(base.bytes, base.len, offs, 3) == 2 && offs[0] == 32 && offs[1] == 48 && offs[2] == 7,
	       "three places", offs[1]);
	base.bytes[0] = 0;
	expect(ovl_first_phandle_wins(base.bytes, base.len, offs, 3) == 0, "no blob", 0);
}

/* ---------------------------------------------------------------- copies */

static void test_copies(void)
{
	size_t len = 0, n;

	sketch(&base, "a{}");
	n = base.len;
	expect(!ovl_copy_in(base.bytes, n, n, flat, n, &len, &err) && len == n && memcmp(flat, base.bytes, n) == 0, "a copy",
	       err.code);
	expect(ovl_copy_in(base.bytes, n, n - 1, flat, n, &len, &err) == OVL_ERR_TOO_LARGE && err.off == 4 &&
	       err.side == OVL_BASE, "too large", err.off);
	expect(ovl_copy_in(base.bytes, n - 1, n, flat, n, &len, &err) == OVL_ERR_TRUNCATED && err.off == 4, "not all there",
	       err.off);
	expect(ovl_copy_in(base.bytes, n, n, flat, n - 1, &len, &err) == OVL_ERR_SPACE && err.need_bytes == n, "no room",
	       err.need_bytes);
	expect(ovl_copy_in(base.bytes, 7, n, flat, n, &len, &err) == OVL_ERR_MAGIC, "less than a start", err.code);
	put_cell(base.bytes + 4, 8);
	expect(ovl_copy_in(base.bytes, 8, n, flat, n, &len, &err) == OVL_ERR_TRUNCATED, "a start", err.code);
	put_cell(base.bytes + 4, 40);
	expect(!ovl_copy_in(base.bytes, 40, n, flat, n, &len, &err) && len == 40, "a header", err.code);
	put_cell(base.bytes + 4, 39);
	expect(ovl_copy_in(base.bytes, 40, n, flat, n, &len, &err) == OVL_ERR_TRUNCATED, "less than a header", err.code);
}

/* ---------------------------------------------------------------- lists that are too short, and paths that are cut */

/* Whether every byte of it still is what memset() made it. */
static bool is_untouched(const struct ovl_violation *v)
{
	const unsigned char *byte = (const unsigned char *)v, *end = (const unsigned char *)(v + 1);

	while (byte < end && *byte == 0xa5)
		byte++;
	return byte == end;
}

static void test_short_lists(void)
{
	const struct ovl_limits limits = { .windows = &(struct ovl_window){ 1, 1 }, .n_windows = 1 };
	const struct ovl_policy nothing = { NULL, NULL, 0 };
	struct ovl_violation list[4];
	struct ovl_tree tree, seed;
	struct ovl_comparison comparison = { .tree = &tree, .seed = &seed };
	uint32_t room, n;
	size_t bytes;

	for (room = 0; room <= 3; room++) {
		memset(list, 0xa5, sizeof(list));
		must_open(&tree, "#address-cells=<1>;#size-cells=<1>;a{reg=<5 1>;}b{reg=<6 1>;}c{reg=<7 1>;u{iommu-map=<0 0 0 1 1 0 0 1 2 0 0 1>;}}", &base,
			  storage);
		bytes = ovl_tree_used(&tree) + ovl_limits_storage(&tree);
		ovl_tree_moved(&tree, base.bytes, storage, bytes - 4);
		expect(ovl_limits_check(&tree, &limits, list, room, &n, &err) == OVL_ERR_SPACE && err.need_bytes == bytes &&
		       err.side == OVL_STORAGE && !err.off, "too little storage", err.need_bytes);
		ovl_tree_moved(&tree, base.bytes, storage, bytes);
		expect(!ovl_limits_check(&tree, &limits, list, room, &n, &err) && n == 3 && ovl_tree_peak(&tree) == bytes,
		       "storage", n);
		expect(is_untouched(&list[room]), "limits, written past the end", room);
		expect(!room || (list[0].first == 5 && !list[0].value.len && !list[0].other && !list[0].rule), "limits", room);
		memset(list, 0xa5, sizeof(list));
		must_open(&seed, "#address-cells=<1>;#size-cells=<1>;a{reg=<4 1>;}b{reg=<4 1>;}c{reg=<4 1>;u{iommu-map=<0 0 0 1 1 0 0 1 2 0 0 1>;}}", &other,
			  other_storage);
		expect(ovl_seed_check(&comparison, list, room) == 3, "seed", room);
		expect(is_untouched(&list[room]), "seed, written past the end", room);
		expect(!room || (!list[0].first && !list[0].rule && !list[0].value.len), "seed", room);
		memset(list, 0xa5, sizeof(list));
		expect(!apply_text(&tree, "a{}", "f{target-path=\"/a\";__overlay__{n{p;}}}", NULL), "apply", err.code);
		expect(ovl_policy_check(&tree, &nothing, list, room) == 3, "policy", room);
		expect(is_untouched(&list[room]), "policy, written past the end", room);
	}
}

/* All that a finding says. */
static void test_finding(void)
{
	static const char wanted[] = "/f/__overlay__/a/n";
	struct ovl_finding f[4];
	struct ovl_tree tree;
	char path[32];
	uint32_t room, len;

	expect(!apply_text(&tree, "a{n{phandle=<1>;}}", "f{target-path=\"/\";__overlay__{a{n{phandle=<1>;}}}}", NULL), "apply",
	       err.code);
	memset(f, 0xa5, sizeof(f));
	expect(ovl_profile(&tree, OVL_FOR_LIBFDT, f, 1) == 1 && f[0].rule == OVL_RULE_PHANDLE_REPLACED &&
	       f[0].verdict == OVL_DIFFERS && f[0].node == ovl_node_by_path(&tree, ovl_str("/a/n")) &&
	       ovli_same(f[0].fragment, "f") && !f[0].prop.len && !f[0].label.len && !f[0].path.len && !f[0].other.len,
	       "a finding", f[0].node);
	expect(*(unsigned char *)&f[1] == 0xa5, "written past the end", 0);
	for (room = 0; room <= sizeof(wanted); room++) {
		memset(path, '-', sizeof(path));
		len = ovl_finding_path(&tree, &f[0], path, room);
		expect(len == sizeof(wanted) - 1, "its path", len);
		expect(memcmp(path, wanted, room < len ? room : len) == 0 && path[room < len ? room : len] == '-', "its path",
		       room);
	}
	f[0].at = 0;
	expect(ovl_finding_path(&tree, &f[0], path, 32) == 0, "no path", 0);
	expect(!apply_text(&tree, "compatible=\"x\";", "compatible=\"y\";f{target-path=\"/\";__overlay__{}}", NULL), "apply",
	       err.code);
	for (room = 0; room < 2; room++) {
		path[0] = '-';
		expect(ovl_profile(&tree, OVL_FOR_U_BOOT, f, 1) == 1 && ovl_finding_path(&tree, f, path, room) == 1 &&
		       path[0] == "-/"[room], "the root's path", room);
	}
	err = (struct ovl_error){ .code = OVL_ERR_NO_LABEL, .fragment = OVLI_STR("f"), .prop = OVLI_STR("p"),
				  .label = OVLI_STR("l"), .path = OVLI_STR("t") };
	memset(f, 0xa5, sizeof(f));
	expect(ovl_profile_error(&err, OVL_FOR_XEN, f) && f[0].rule == OVL_RULE_LABEL_MISSING &&
	       f[0].verdict == OVL_REFUSES && ovli_same(f[0].fragment, "f") && ovli_same(f[0].prop, "p") &&
	       ovli_same(f[0].label, "l") && ovli_same(f[0].path, "t") && !f[0].other.len && !f[0].node && !f[0].at,
	       "an error's finding", f[0].rule);
}

/* A rule's finding, the only one of it; NULL when it is none, or not the only one. */
static const struct ovl_finding *found(const struct ovl_tree *tree, enum ovl_consumer consumer, enum ovl_rule rule)
{
	static struct ovl_finding all[8];
	const struct ovl_finding *one = NULL;
	uint32_t n, seen = 0;

	for (n = ovl_profile(tree, consumer, all, 8); n; n--)
		if (all[n - 1].rule == rule && !seen++)
			one = &all[n - 1];
	return seen == 1 ? one : NULL;
}

/* The node that a label's finding is about is the one of the tree that the label names. */
static void test_labels_found(void)
{
	const struct ovl_finding *f;
	struct ovl_tree tree;

	expect(!apply_text(&tree, "__symbols__{m=\"/a\";}a{}",
			   "f{target-path=\"/a\";__overlay__{}}__symbols__{m=\"/f/__overlay__\";}", NULL), "apply", err.code);
	f = found(&tree, OVL_FOR_LINUX, OVL_RULE_SYMBOL_EXISTS);
	expect(f && ovli_same(f->label, "m") && f->node == ovl_node_by_path(&tree, ovl_str("/a")), "a label that exists", 0);
	expect(!apply_text(&tree, "__symbols__{}a{}",
			   "f{target-path=\"/a\";__overlay__{n{}}}__symbols__{m=\"/f/__overlay__/n\";}", NULL), "apply", err.code);
	sketch(&other, "f{target=<0>;__overlay__{}}__fixups__{m=\"/f:target:0\";}");
	expect(!ovl_apply(&tree, other.bytes, other.len, NULL, &err), "apply", err.code);
	f = found(&tree, OVL_FOR_XEN, OVL_RULE_LABEL_OF_OVERLAY);
	expect(f && ovli_same(f->label, "m") && f->node == ovl_node_by_path(&tree, ovl_str("/a/n")), "a label of an overlay",
	       0);
}

/* Of a reference to a node that the overlay brings nothing is lost, although the cells of the property, read two
 * bytes on, are the phandle of a node that exists: so many bytes on from the last fixup a tag says. */
static void test_nothing_lost(void)
{
	struct ovl_tree tree;

	expect(!apply_text(&tree, "a{phandle=<0x10005>;}b{phandle=<0x70000>;}",
			   "f{target-path=\"/\";__overlay__{r=<1 0x50000>;n{phandle=<1>;}}}"
			   "__local_fixups__{f{__overlay__{r=<0>;}}}", NULL), "apply", err.code);
	expect(!found(&tree, OVL_FOR_LINUX, OVL_RULE_REFERENCE_LOST), "a reference that is lost", 0);
	expect(!apply_text(&tree, "a{phandle=<1>;}", "f{target-path=\"/\";__overlay__{r=<1>;a{phandle=<1>;}}}"
			   "__local_fixups__{f{__overlay__{r=<0>;}}}", NULL), "apply", err.code);
	expect(found(&tree, OVL_FOR_LINUX, OVL_RULE_REFERENCE_LOST) != NULL, "no reference that is lost", 0);
}

/* fragment@ and fragment- are enough of a fragment's name. */
static void test_fragment_names(void)
{
	static const char *const names[] = { "fragment@", "fragment-", "fragment@0", "fragment", "fragment0", "f", "fragmens@" };
	struct ovl_tree tree;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		tell_anew(&words);
		sketch(&base, tell(&words, "%s{target-path=\"/a\";__overlay__{}}", names[i]));
		expect(!ovl_profile_open(&tree, base.bytes, base.len, storage, sizeof(storage), &err), names[i], err.code);
		expect((found(&tree, OVL_FOR_RPI, OVL_RULE_FRAGMENT_NAME) != NULL) == (i > 2), names[i], i);
	}
}

/* A blob of so many bytes, most of which are none of its blocks. */
static void test_large(void)
{
	static const struct { uint32_t bytes, uboot, xen; } sizes[] = {
		{ 65536, 0, 0 }, { 65537, 1, 0 }, { 512000, 1, 0 }, { 512001, 1, 1 },
	};
	unsigned char *large = (unsigned char *)plan_storage;
	struct ovl_finding f[4];
	struct ovl_tree tree;
	size_t i;

	sketch(&base, "f{target-path=\"/\";__overlay__{}}");
	memcpy(large, base.bytes, base.len);
	for (i = 0; i < 4; i++) {
		put_cell(large + 4, sizes[i].bytes);
		expect(!ovl_profile_open(&tree, large, sizes[i].bytes, storage, sizeof(storage), &err), "large", err.code);
		expect(ovl_profile(&tree, OVL_FOR_U_BOOT, f, 4) == sizes[i].uboot, "large for U-Boot", sizes[i].bytes);
		expect(ovl_profile(&tree, OVL_FOR_XEN, f, 4) == sizes[i].xen, "large for Xen", sizes[i].bytes);
	}
}

/* ---------------------------------------------------------------- changes */

static void test_changes(void)
{
	struct ovl_change change = { .prop = OVLI_STR("p"), .value = "x", .len = ~0u }, changes[12];
	struct ovl_tree tree;
	char names[12][4];
	size_t len, i;

	/* Nothing is read of a value while its bytes are only counted. */
	must_open(&tree, "a{q;}", &base, storage);
	change.node = ovl_node_by_path(&tree, ovl_str("/a"));
	expect(ovl_set(&tree, &change, 1, NULL, 0, &len, &err) == OVL_ERR_SPACE && err.need_bytes > ~0u, "a long value",
	       err.code);
	change = (struct ovl_change){ .node = change.node, .prop = OVLI_STR("q") };
	expect(!ovl_set(&tree, &change, 1, out, sizeof(out), &len, &err), "an empty value", err.code);
	expect(strcmp(sketch_text(out, words.text, sizeof(words.text)), "fragment@0{target-path=\"/a\";__overlay__{}}") == 0,
	       words.text, err.code);
	change = (struct ovl_change){ .node = change.node, .prop = OVLI_STR("status"), .value = "nope", .len = 5 };
	expect(!ovl_set(&tree, &change, 1, out, sizeof(out), &len, &err), "a status", err.code);
	expect(strcmp(sketch_text(out, words.text, sizeof(words.text)),
		      "fragment@0{target-path=\"/a\";__overlay__{status=\"nope\";}}") == 0, words.text, err.code);
	tell_anew(&words);
	for (i = 0; i < 12; i++)
		tell(&words, "n%zu{}", i);
	must_open(&tree, words.text, &base, storage);
	for (i = 0; i < 12; i++) {
		snprintf(names[i], sizeof(names[i]), "n%zu", i);
		changes[i] = (struct ovl_change){ .node = ovl_node_child(&tree, OVLI_ROOT, ovl_str(names[i])),
						  .prop = OVLI_STR("p") };
	}
	expect(!ovl_set(&tree, changes, 12, out, sizeof(out), &len, &err), "twelve nodes", err.code);
	sketch_text(out, words.text, sizeof(words.text));
	expect(strstr(words.text, "fragment@9{target-path=\"/n9\";__overlay__{p;}}"
		      "fragment@10{target-path=\"/n10\";__overlay__{p;}}fragment@11{") != NULL, words.text, 0);
}

/* ---------------------------------------------------------------- reservations */

/* One more reservation, of these bytes. */
static void reserve(struct sketch *s, uint32_t address, uint32_t bytes)
{
	uint32_t at;

	memmove(s->bytes + 56, s->bytes + 40, s->len - 40);
	memset(s->bytes + 40, 0, 16);
	put_cell(s->bytes + 44, address);
	put_cell(s->bytes + 52, bytes);
	s->len += 16;
	put_cell(s->bytes + 4, (uint32_t)s->len);
	for (at = 8; at <= 12; at += 4)
		put_cell(s->bytes + at, ovli_be32(s->bytes + at) + 16);
}

static void test_reservations(void)
{
	static const struct {
		uint32_t boot_cpu, n, address;
	} trees[] = { { 0, 0, 0 }, { 1, 0, 0 }, { 0, 1, 0x1000 }, { 0, 1, 0x2000 }, { 0, 2, 0x1000 } };
	struct sketch *const sketches[] = { &base, &other };
	uint32_t *const storages[] = { storage, other_storage };
	struct ovl_comparison comparison;
	struct ovl_violation violation;
	struct ovl_tree both[2];
	uint32_t i, j, k;

	for (i = 0; i < 5 * 5; i++) {
		for (j = 0; j < 2; j++) {
			struct sketch *s = sketches[j];
			uint32_t which = j ? i / 5 : i % 5;

			sketch(s, "a{}");
			put_cell(s->bytes + 28, trees[which].boot_cpu);
			for (k = 0; k < trees[which].n; k++)
				reserve(s, trees[which].address, 16);
			if (ovl_tree_open(&both[j], s->bytes, s->len, storages[j], sizeof(storage), &err))
				expect(0, "reservations", err.code);
		}
		comparison = (struct ovl_comparison){ .tree = &both[0], .seed = &both[1] };
		expect(ovl_seed_check(&comparison, &violation, 1) == (i % 5 != i / 5), "reservations", i);
	}
}

int main(void)
{
	test_names();
	test_name_of_another();
	test_moved_names();
	test_phandles();
	test_phandles_below_none();
	test_behind_last_node();
	test_full_behind_last_node();
	test_rebased_nodes();
	test_rebased_compatibles();
	test_same_ids();
	test_compatible_not_stored();
	test_label_compatible();
	test_phandle_by_path();
	test_receipts();
	test_receipt_hash();
	test_receipt_ends();
	test_receipt_seal();
	test_receipt_room();
	test_receipt_lists();
	test_receipt_whole();
	test_not_kept();
	test_no_overlay();
	test_look_ups();
	test_given_labels();
	test_labels_not_given();
	test_same_label();
	test_names_in_errors();
	test_reserved();
	test_long_names();
	test_lengths_of_names();
	test_like_phandles();
	test_nops();
	test_version_16();
	test_added_names();
	test_names_at_the_end();
	test_like_names();
	test_deleted_names();
	test_strings();
	test_tidied();
	test_room_for_labels();
	test_end_of_storage();
	test_wins();
	test_wins_room();
	test_copies();
	test_short_lists();
	test_finding();
	test_labels_found();
	test_nothing_lost();
	test_fragment_names();
	test_large();
	test_changes();
	test_reservations();
	printf("crafted: %d passed, %d failed\n", n_passed, n_failed);
	return n_failed != 0;
}
