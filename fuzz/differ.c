/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* differ.c - ovl_apply() beside libfdt's fdt_overlay_apply(), over mutants of real pairs.
 * In: how many mutants, the number of the first, the folder with the seeds of the target apply, and one for what is
 * found.  A mutant that libfdt's own check
 * takes for two blobs is applied by both.  Verdicts and trees are the same, or differ in one of the ways of the
 * table below.  libfdt works in a process of its own, for on such inputs it may not come back.
 * Out: how often each way was seen, a line for each mutant that no way explains, and the total. */
#include <libfdt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"
#include "mutants.h"

/* Why the two may differ.  Those up to W_LAST_CODE are what we refuse and libfdt does not, by our code. */
enum way {
	W_SAME, W_BOTH_REFUSE, W_NO_BLOB,
	W_NAME, W_TWICE, W_PHANDLE, W_ORDER, W_DEPTH, W_NO_OVERLAY, W_FRAGMENT, W_FIXUP, W_LOCAL_FIXUP, W_SYMBOL,
	W_CELLS, W_SYMBOL_TAKEN, W_PROTECTED, W_EXACT, W_NO_PHANDLE, W_RESERVE, W_STRUCTURE,
	W_DELETES, W_SYMBOL_OUTSIDE, W_LOCAL_EMPTY, W_LABEL_PATH, W_BY_LABEL, W_PEER_LOST,
	W_RENUMBERED, W_BASE_PHANDLE, W_SYMBOL_SLASH, W_SYMBOL_ALIAS, W_NO_SYMBOLS, W_LOOSE_NAME, W_NO_FRAGMENT, W_UNEXPLAINED, N_WAYS
};

static const struct {
	const char *name, *reason;
} ways[N_WAYS] = {
	[W_SAME] = { "same", "both accept, and the trees are equal" },
	[W_BOTH_REFUSE] = { "both-refuse", "no blob and no tree comes of it" },
	[W_NO_BLOB] = { "no-blob", "libfdt's fdt_check_full() refuses one of the two: nothing is applied" },
	[W_NAME] = { "name", "a name that no node or property may have (DTSpec 2.2.1, 2.2.4); libfdt looks at none" },
	[W_TWICE] = { "twice", "two nodes, properties or phandles of one name or number: which is meant is open" },
	[W_PHANDLE] = { "phandle", "a phandle that is none; libfdt takes the first cell of what there is" },
	[W_ORDER] = { "order", "a property behind a subnode (DTSpec 5.4.2), which libfdt does not find" },
	[W_DEPTH] = { "depth", "deeper than OVL_MAX_DEPTH" },
	[W_NO_OVERLAY] = { "no-overlay", "nothing in it is a fragment or a symbol: libfdt does nothing, in silence" },
	[W_FRAGMENT] = { "fragment", "a fragment that does not say its target in one cell, or one path" },
	[W_FIXUP] = { "fixup", "an entry of /__fixups__ that names no cell" },
	[W_LOCAL_FIXUP] = { "local-fixup", "an entry of /__local_fixups__ that names no cell that is a phandle" },
	[W_SYMBOL] = { "symbol", "an entry of /__symbols__ that leads nowhere" },
	[W_CELLS] = { "cells", "#address-cells and the like would change: what is there would be misread" },
	[W_SYMBOL_TAKEN] = { "symbol-taken", "the tree has that symbol with another path; libfdt replaces it" },
	[W_PROTECTED] = { "protected", "a fragment writes into what says what labels mean" },
	[W_EXACT] = { "exact", "a path or label that leads nowhere by exact names; libfdt leaves out unit addresses" },
	[W_NO_PHANDLE] = { "no-phandle", "a reference to a node without phandle; libfdt writes 0" },
	[W_RESERVE] = { "reserve", "the memory reservations have no end within their block" },
	[W_STRUCTURE] = { "structure", "a length beyond the structure block, or a tag out of place" },
	[W_DELETES] = { "deletes", "a fragment that deletes is one that libfdt refuses, as it is meant to" },
	[W_SYMBOL_OUTSIDE] = { "symbol-outside", "a symbol of what is in no fragment means nothing to us, libfdt refuses it" },
	[W_LOCAL_EMPTY] = { "local-empty", "an entry of /__local_fixups__ that names no cell at all; libfdt wants its property" },
	[W_LABEL_PATH] = { "label-path", "a target-path begins with a label that is no alias, which libfdt does not know" },
	[W_BY_LABEL] = { "by-label", "the target's label is enough; libfdt needs its phandle, which is none or overwritten" },
	[W_PEER_LOST] = { "peer-lost", "no verdict of libfdt's" },
	[W_RENUMBERED] = { "renumbered", "phandles have other numbers, and each cell refers to the same node" },
	[W_BASE_PHANDLE] = { "base-phandle", "a node that is there keeps its phandle; libfdt overwrites it" },
	[W_SYMBOL_SLASH] = { "symbol-slash", "a label of `__overlay__` itself: libfdt's path ends in a slash" },
	[W_SYMBOL_ALIAS] = { "symbol-alias", "a target-path begins with an alias; libfdt puts it before a symbol as it stands" },
	[W_NO_SYMBOLS] = { "no-symbols", "libfdt makes an empty /__symbols__ for an overlay's that has nothing to add" },
	[W_LOOSE_NAME] = { "loose-name", "by the name before its unit address libfdt takes one node for another" },
	[W_NO_FRAGMENT] = { "no-fragment", "/__symbols__ and its like are no fragments to us, whatever is in them" },
	[W_UNEXPLAINED] = { "unexplained", "" },
};

enum { BATCH = 2000 };

static const char *found;
static uint32_t storage[ROOM / 4];
static struct image ours, theirs, overlay_copy;

/* What the process that works has to tell the one that counts. */
static struct shared {
	unsigned long counts[N_WAYS], next;
	enum { IDLE, OURS, THEIRS } working;
} *shared;

/* ---------------------------------------------------------------- verdicts */

static enum way of_code(enum ovl_err code)
{
	switch (code) {
	case OVL_ERR_RESERVE: return W_RESERVE;
	case OVL_ERR_STRUCTURE: return W_STRUCTURE;
	case OVL_ERR_NAME: return W_NAME;
	case OVL_ERR_DUPLICATE_NODE: case OVL_ERR_DUPLICATE_PROP: case OVL_ERR_DUPLICATE_PHANDLE: return W_TWICE;
	case OVL_ERR_PHANDLE: return W_PHANDLE;
	case OVL_ERR_ORDER: return W_ORDER;
	case OVL_ERR_DEPTH: return W_DEPTH;
	case OVL_ERR_NOT_OVERLAY: return W_NO_OVERLAY;
	case OVL_ERR_FRAGMENT: return W_FRAGMENT;
	case OVL_ERR_FIXUP: return W_FIXUP;
	case OVL_ERR_LOCAL_FIXUP: return W_LOCAL_FIXUP;
	case OVL_ERR_SYMBOL: return W_SYMBOL;
	case OVL_ERR_CELLS: return W_CELLS;
	case OVL_ERR_SYMBOL_TAKEN: return W_SYMBOL_TAKEN;
	case OVL_ERR_PROTECTED: return W_PROTECTED;
	case OVL_ERR_NO_LABEL_NODE: case OVL_ERR_NO_TARGET: return W_EXACT;
	case OVL_ERR_NO_PHANDLE: return W_NO_PHANDLE;
	default: return W_UNEXPLAINED;
	}
}

static enum ovl_err apply_ours(const struct part *base, const struct part *overlay)
{
	struct ovl_tree tree;
	struct ovl_error err;

	if (!ovl_tree_open(&tree, base->bytes, base->len, storage, sizeof(storage), &err) &&
	    !ovl_apply(&tree, overlay->bytes, overlay->len, NULL, &err))
		EXPECT(write_tree(&tree, &ours));
	return err.code;
}

/* libfdt changes both; a blob of which it has two halves it takes for none. */
static int apply_theirs(const struct part *base, const struct part *overlay)
{
	int error;

	memcpy(overlay_copy.bytes, overlay->bytes, overlay->len);
	error = fdt_open_into(base->bytes, theirs.bytes, sizeof(theirs.bytes));
	if (!error)
		error = fdt_overlay_apply(theirs.bytes, overlay_copy.bytes);
	if (!error)
		error = fdt_pack(theirs.bytes);
	return error;
}

/* ---------------------------------------------------------------- trees */

/* The node with a phandle in one result, and that with another in the other, are they the same? */
static bool same_node(uint32_t mine, uint32_t peers)
{
	char a[4096], b[4096];
	int x = fdt_node_offset_by_phandle(ours.bytes, mine), y = fdt_node_offset_by_phandle(theirs.bytes, peers);

	return x >= 0 && y >= 0 && !fdt_get_path(ours.bytes, x, a, sizeof(a)) &&
	       !fdt_get_path(theirs.bytes, y, b, sizeof(b)) && strcmp(a, b) == 0;
}

static bool is_phandle(const char *name)
{
	return strcmp(name, "phandle") == 0 || strcmp(name, "linux,phandle") == 0;
}

/* Whether the node was there and had one, which stays. */
static bool has_phandle(const struct part *base, const char *path)
{
	int node = fdt_path_offset(base->bytes, path);

	return node >= 0 && fdt_get_phandle(base->bytes, node);
}

/* Why a value differs: each cell that does must refer to one node. */
static enum way of_value(const struct part *base, const char *path, const char *name,
			 const unsigned char *mine, int len, const unsigned char *peers, int their_len)
{
	enum way way = W_RENUMBERED;
	if (strcmp(path, "/__symbols__") == 0 && their_len == len + 1 && len && !memcmp(mine, peers, (size_t)len - 1) &&
	    peers[len - 1] == '/')
		return W_SYMBOL_SLASH;
	if (strcmp(path, "/__symbols__") == 0 && their_len && peers[0] != '/')
		return W_SYMBOL_ALIAS;
	if (is_phandle(name) && has_phandle(base, path))
		return W_BASE_PHANDLE;
	if (len != their_len)
		return W_UNEXPLAINED;
	if (is_phandle(name))
		return W_RENUMBERED;
	/* A cell need not be aligned. */
	for (int i = 0; i < len; i++) {
		int at = i;

		if (mine[i] == peers[i])
			continue;
		while (at > 0 && at > i - 3 && !same_node(fdt32_ld((const fdt32_t *)(const void *)(mine + at)),
							  fdt32_ld((const fdt32_t *)(const void *)(peers + at))))
			at--;
		if (at > len - 4)
			at = len - 4;
		if (at < 0 || !same_node(fdt32_ld((const fdt32_t *)(const void *)(mine + at)),
					 fdt32_ld((const fdt32_t *)(const void *)(peers + at))))
			return W_UNEXPLAINED;
		i = at + 3;
	}
	return way;
}

static enum way compare_props(const struct part *base, int node, int peer, const char *path)
{
	bool kept = has_phandle(base, path);
	enum way worst = W_SAME, way;
	int at, len, their_len, mine = 0, peers = 0;
	const char *name;

	fdt_for_each_property_offset(at, ours.bytes, node) {
		const unsigned char *value = fdt_getprop_by_offset(ours.bytes, at, &name, &len);
		const unsigned char *other = fdt_getprop(theirs.bytes, peer, name, &their_len);

		mine++;
		if (!other)
			return W_UNEXPLAINED;
		way = len == their_len && memcmp(value, other, (size_t)len) == 0
			      ? W_SAME : of_value(base, path, name, value, len, other, their_len);
		worst = way > worst ? way : worst;
	}
	fdt_for_each_property_offset(at, theirs.bytes, peer) {
		fdt_getprop_by_offset(theirs.bytes, at, &name, &len);
		if (kept && is_phandle(name) && !fdt_getprop(ours.bytes, node, name, &len))
			worst = worst > W_BASE_PHANDLE ? worst : W_BASE_PHANDLE;
		else
			peers++;
	}
	if (mine != peers)
		return W_UNEXPLAINED;
	return worst;
}

/* By exact name: libfdt's own look-up leaves out unit addresses. */
static int exact_child(const void *blob, int parent, const char *name)
{
	int child, len;

	fdt_for_each_subnode(child, blob, parent)
		if (strcmp(fdt_get_name(blob, child, &len), name) == 0)
			return child;
	return -1;
}

static int exact_path(const void *blob, const char *path)
{
	char name[256];
	int node = 0;

	while (node >= 0 && *path++ == '/' && *path) {
		size_t len = strcspn(path, "/");

		if (len >= sizeof(name))
			return -1;
		memcpy(name, path, len);
		name[len] = 0;
		node = exact_child(blob, node, name);
		path += len;
	}
	return node;
}

static bool empty_symbols(void)
{
	int node = exact_path(theirs.bytes, "/__symbols__");

	return exact_path(ours.bytes, "/__symbols__") < 0 && node >= 0 &&
	       fdt_first_property_offset(theirs.bytes, node) < 0 && fdt_first_subnode(theirs.bytes, node) < 0;
}

static enum way compare_trees(const struct part *base)
{
	enum way worst = W_SAME, way;
	int node = 0, depth = 0, mine = 0, peers = 0, peer;
	char path[4096];

	for (; node >= 0 && depth >= 0; node = fdt_next_node(ours.bytes, node, &depth)) {
		mine++;
		if (fdt_get_path(ours.bytes, node, path, sizeof(path)))
			return W_UNEXPLAINED;
		peer = exact_path(theirs.bytes, path);
		/* One that libfdt found another node for. */
		if (peer < 0)
			return fdt_path_offset(theirs.bytes, path) >= 0 ? W_LOOSE_NAME : W_UNEXPLAINED;
		way = compare_props(base, node, peer, path);
		worst = way > worst ? way : worst;
	}
	for (node = depth = 0; node >= 0 && depth >= 0; node = fdt_next_node(theirs.bytes, node, &depth))
		peers++;
	if (mine == peers)
		return worst;
	return mine + 1 == peers && empty_symbols() ? W_NO_SYMBOLS : W_UNEXPLAINED;
}

/* ---------------------------------------------------------------- what only libfdt refuses */

/* Whether some symbol of the overlay does not begin with a fragment. */
static bool symbol_outside(const void *overlay)
{
	int symbols = exact_path(overlay, "/__symbols__"), at, len;
	char path[256];

	fdt_for_each_property_offset(at, overlay, symbols) {
		const char *value = fdt_getprop_by_offset(overlay, at, NULL, &len), *end = NULL;

		if (len > 1)
			end = memchr(value + 1, '/', (size_t)len - 1);
		snprintf(path, sizeof(path), "%.*s/__overlay__", end ? (int)(end - value) : 0, value);
		if (exact_path(overlay, path) < 0)
			return true;
	}
	return false;
}

static bool local_empty(const void *overlay)
{
	int node = exact_path(overlay, "/__local_fixups__"), depth = 0, at, len;

	for (; node >= 0 && depth >= 0; node = fdt_next_node(overlay, node, &depth))
		fdt_for_each_property_offset(at, overlay, node)
			if (fdt_getprop_by_offset(overlay, at, NULL, &len) && !len)
				return true;
	return false;
}

static bool label_path(const void *overlay)
{
	int fragment, len;

	fdt_for_each_subnode(fragment, overlay, 0) {
		const char *path = fdt_getprop(overlay, fragment, "target-path", &len);

		if (path && len && *path != '/')
			return true;
	}
	return false;
}

static bool target_by_label(const void *overlay)
{
	int fixups = exact_path(overlay, "/__fixups__"), at, len;

	fdt_for_each_property_offset(at, overlay, fixups) {
		const char *value = fdt_getprop_by_offset(overlay, at, NULL, &len);

		if (memmem(value, (size_t)len, ":target:0", sizeof(":target:0")))
			return true;
	}
	return false;
}

/* Whether a node has a unit address, and behind it stands one of that name without; or is called as one that has a
 * meaning. */
static bool loose_name(const struct part *blob)
{
	int node = 0, depth = 0, child, len;
	char name[256];

	for (; node >= 0 && depth >= 0; node = fdt_next_node(blob->bytes, node, &depth))
		fdt_for_each_subnode(child, blob->bytes, node) {
			const char *called = fdt_get_name(blob->bytes, child, &len), *address = strchr(called, '@');

			snprintf(name, sizeof(name), "%.*s", address ? (int)(address - called) : 0, called);
			if (address && exact_child(blob->bytes, node, name) >= 0)
				return true;
		}
	return memmem(blob->bytes, blob->len, "s__@", 4);
}

static enum way of_error(const struct part *overlay, int error)
{
	switch (error) {
	case -FDT_ERR_BADOVERLAY:
		return memmem(overlay->bytes, overlay->len, "__delete__", sizeof("__delete__")) ? W_DELETES
		     : symbol_outside(overlay->bytes)						? W_SYMBOL_OUTSIDE
		     : local_empty(overlay->bytes)						? W_LOCAL_EMPTY
												: W_UNEXPLAINED;
	case -FDT_ERR_BADPATH:
		return label_path(overlay->bytes) ? W_LABEL_PATH : W_UNEXPLAINED;
	case -FDT_ERR_NOTFOUND:
		return target_by_label(overlay->bytes) ? W_BY_LABEL
		     : label_path(overlay->bytes)	? W_LABEL_PATH
							: W_UNEXPLAINED;
	default:
		return W_UNEXPLAINED;
	}
}

/* ---------------------------------------------------------------- one mutant, and all */

/* What names alone explain, whatever came of it. */
static enum way of_names(const struct part *base, const struct part *overlay)
{
	if (loose_name(overlay) || loose_name(base))
		return W_LOOSE_NAME;
	if (exact_path(overlay->bytes, "/__symbols__/__overlay__") >= 0 ||
	    exact_path(overlay->bytes, "/__fixups__/__overlay__") >= 0 ||
	    exact_path(overlay->bytes, "/__local_fixups__/__overlay__") >= 0)
		return W_NO_FRAGMENT;
	return W_UNEXPLAINED;
}

static enum way judge(const struct part *base, const struct part *overlay, enum ovl_err *code, int *error)
{
	enum way way;

	*code = apply_ours(base, overlay);
	*error = 0;
	shared->working = THEIRS;
	if (fdt_check_full(base->bytes, base->len) || fdt_check_full(overlay->bytes, overlay->len))
		return W_NO_BLOB;
	*error = apply_theirs(base, overlay);
	if (*code && *error)
		return W_BOTH_REFUSE;
	way = *code ? of_code(*code) : *error ? of_error(overlay, *error) : compare_trees(base);
	return way == W_UNEXPLAINED ? of_names(base, overlay) : way;
}

static void keep(const char *what, const struct part *part)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%lu.%s", found, shared->next, what);
	out = fopen(path, "wb");
	EXPECT(out && fwrite(part->bytes, 1, part->len, out) == part->len && fclose(out) == 0);
}

void fuzz_target(struct input *input)
{
	const struct part *base = &input->parts[0], *overlay = &input->parts[1];
	enum ovl_err code;
	int error;
	enum way way = judge(base, overlay, &code, &error);

	shared->counts[way]++;
	if (way != W_UNEXPLAINED)
		return;
	printf("FAIL differ: mutant %lu: we say %d, libfdt says %d\n", shared->next, (int)code, error);
	fflush(stdout);
	keep("base", base);
	keep("overlay", overlay);
}

/* A number of mutants in a process of its own.  One that does not come back is counted, and the next one is begun
 * behind it. */
static void work(unsigned long end)
{
	/* Of the processor's time: the machine may be busy. */
	static const struct itimerval patience = { .it_value.tv_usec = 300000 };
	static uint8_t bytes[MOST_MUTANT];
	int status;
	pid_t pid = fork();

	EXPECT(pid >= 0);
	if (!pid) {
		for (int batch = BATCH; batch && shared->next < end; batch--, shared->next++) {
			shared->working = OURS;
			setitimer(ITIMER_VIRTUAL, &patience, NULL);
			LLVMFuzzerTestOneInput(bytes, mutants_make(shared->next, bytes));
			shared->working = IDLE;
		}
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	if (!shared->working)
		return;
	if (shared->working == OURS)
		printf("FAIL differ: mutant %lu: libovl did not come back\n", shared->next);
	shared->counts[shared->working == OURS ? W_UNEXPLAINED : W_PEER_LOST]++;
	shared->working = IDLE;
	shared->next++;
}

int main(int argc, char **argv)
{
	unsigned long start, end, failed;

	if (argc != 5)
		return 2;
	found = argv[4];
	start = strtoul(argv[2], NULL, 0);
	end = start + strtoul(argv[1], NULL, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	EXPECT(mutants_seeds(argv[3]) && shared != MAP_FAILED);
	for (shared->next = start; shared->next < end; )
		work(end);
	for (size_t i = 0; i < N_WAYS; i++)
		if (shared->counts[i])
			printf("%9lu  %-13s %s\n", shared->counts[i], ways[i].name, ways[i].reason);
	failed = shared->counts[W_UNEXPLAINED];
	printf("differ: %lu passed, %lu failed, 0 skipped\n", end - start - failed, failed);
	return failed != 0;
}
