/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* policy.c - what libovl promises of copies and policies, tried on a base and an overlay from files:
 *   copy      what is too large, cut off or no blob is refused by its first eight bytes; nothing but
 *             totalsize is copied
 *   changing  memory that changes between the look at the header and the rest: only the copy counts
 *   rules     each act of an overlay is allowed by a pattern of its path, and by no other
 *   limits    the storage that is asked for is enough, and a word less is not; what is found does not depend
 *             on what stands in it
 *   lists     what does not find room in a list is counted, and written nowhere
 *   flip      bits of both blobs: whatever libovl opens can be judged
 * Blobs and lists are blocks of exactly their size, so that a sanitizer sees every byte too far.
 * Usage: policy BASE OVERLAY    Prints what failed, then "N passed, N failed". */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "load.h"
#include "ovl.h"

static unsigned long n_passed, n_failed;

static int expect(int holds, const char *test, const char *what, size_t at)
{
	n_passed += holds != 0;
	if (!holds && n_failed++ < 20)
		printf("FAIL %s: %s (at %zu)\n", test, what, at);
	return holds;
}

static void put_size(unsigned char *blob, size_t size)
{
	blob[4] = (unsigned char)(size >> 24);
	blob[5] = (unsigned char)(size >> 16);
	blob[6] = (unsigned char)(size >> 8);
	blob[7] = (unsigned char)size;
}

/* ---------------------------------------------------------------- copies */

static void test_copy(struct blob base)
{
	unsigned char *own = need(malloc(base.len + 1)), *head = need(malloc(8));
	struct ovl_error err;
	size_t len = 0, room;

	memset(own, 0xa5, base.len + 1);
	expect(!ovl_copy_in(base.bytes, base.len, base.len, own, base.len, &len, &err) && len == base.len &&
	       memcmp(own, base.bytes, len) == 0 && own[len] == 0xa5, "copy", "all of it", len);
	for (room = 0; room < base.len; room++) {
		enum ovl_err code = ovl_copy_in(base.bytes, room, base.len, own, base.len, &len, &err);

		expect(code == (room < 8 ? OVL_ERR_MAGIC : OVL_ERR_TRUNCATED), "copy", "cut off", room);
		code = ovl_copy_in(base.bytes, base.len, base.len, own, room, &len, &err);
		expect(code == OVL_ERR_SPACE && err.need_bytes == base.len, "copy", "less room", room);
	}
	/* No byte beyond these eight is read: there is none. */
	memcpy(head, base.bytes, 8);
	expect(ovl_copy_in(head, base.len, base.len - 1, own, base.len, &len, &err) == OVL_ERR_TOO_LARGE, "copy",
	       "too large", 0);
	expect(ovl_copy_in(head, base.len, base.len, NULL, 0, &len, &err) == OVL_ERR_SPACE &&
	       err.need_bytes == base.len, "copy", "how much", 0);
	put_size(head, 39);
	expect(ovl_copy_in(head, base.len, base.len, own, base.len, &len, &err) == OVL_ERR_TRUNCATED, "copy",
	       "less than a header", 0);
	head[0] ^= 1;
	expect(ovl_copy_in(head, base.len, 0, own, base.len, &len, NULL) == OVL_ERR_MAGIC, "copy", "no blob", 0);
	free(own);
	free(head);
}

/* Their memory: the first bytes end a page, the rest begins the next, which cannot be read at first.  The first
 * look at it is caught; then the size in the header is changed, and what follows becomes readable.  With 8 bytes
 * in the first page that is when the body is copied, with 7 when the size is read to its end. */
static unsigned char *their_page, *theirs;
static size_t page_bytes, changed_size;

static void change(int number)
{
	unsigned char header[8], *end = their_page + page_bytes;

	(void)number;
	put_size(header, changed_size);
	memcpy(theirs + 4, header + 4, (size_t)(end - theirs) - 4);
	/* It keeps no state, and only a write of ours gets here.  NOLINTNEXTLINE(bugprone-signal-handler,cert-sig30-c) */
	mprotect(end, page_bytes * 15, PROT_READ | PROT_WRITE);
}

static void copy_while_changing(struct blob base, size_t before, size_t to)
{
	unsigned char *own = need(malloc(base.len));
	size_t len = 0, bytes = 0;
	struct ovl_error err;
	enum ovl_err code;

	theirs = their_page + page_bytes - before;
	memcpy(theirs, base.bytes, base.len);
	changed_size = to;
	mprotect(their_page + page_bytes, page_bytes * 15, PROT_NONE);
	code = ovl_copy_in(theirs, page_bytes * 15, base.len, own, base.len, &len, &err);
	expect(!code && len == base.len, "changing", "the size decided on is not the first", to);
	expect(memcmp(theirs, base.bytes, 8) != 0, "changing", "it did not change", to);
	expect(memcmp(own, base.bytes, base.len) == 0, "changing", "the copy has what came later", to);
	expect(!ovl_tree_size(own, len, &bytes, &err), "changing", "the copy is no blob", to);
	free(own);
}

static void test_changing(struct blob base)
{
	size_t before;

	page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	their_page = mmap(NULL, page_bytes * 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (their_page == MAP_FAILED || base.len > page_bytes * 15)
		exit(2);
	signal(SIGSEGV, change);
	signal(SIGBUS, change);
	for (before = 7; before <= 8; before++) {
		copy_while_changing(base, before, base.len * 256);
		copy_while_changing(base, before, 0xffffffff);
		copy_while_changing(base, before, 0);
	}
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	munmap(their_page, page_bytes * 16);
}

/* ---------------------------------------------------------------- rules */

static struct ovl_violation *list_of(const struct ovl_tree *tree, const struct ovl_policy *policy, uint32_t *n)
{
	struct ovl_violation *list;
	uint32_t less;

	*n = ovl_policy_check(tree, policy, NULL, 0);
	list = need(malloc(*n ? *n * sizeof(*list) : 1));
	for (less = *n < 3 ? *n : *n - 3; less < *n; less++) {
		memset(&list[less], 0xa5, sizeof(*list));
		expect(ovl_policy_check(tree, policy, list, less) == *n, "lists", "another count", less);
		expect(*(unsigned char *)&list[less] == 0xa5, "lists", "written past the end", less);
	}
	expect(ovl_policy_check(tree, policy, list, *n) == *n, "lists", "another count", *n);
	return list;
}

/* How many acts a rule denies that stands behind one that allows the path first, if that is given. */
static uint32_t count_behind(const struct ovl_tree *tree, const char *first, const char *path)
{
	struct ovl_policy_rule rules[3] = { { .allow = 1, .acts = first ? ~0u : 0 }, { .allow = 0, .acts = ~0u },
					    { .allow = 1, .acts = ~0u } };
	struct ovl_policy policy = { NULL, rules, 3 };

	rules[0].path = ovl_str(first ? first : "");
	rules[1].path = ovl_str(path);
	return ovl_policy_check(tree, &policy, NULL, 0);
}

static uint32_t count(const struct ovl_tree *tree, const char *path)
{
	return count_behind(tree, NULL, path);
}

/* Of an act's path: a pattern, and how many of all acts a rule that denies it finds. */
static void test_path(const struct ovl_tree *tree, const struct ovl_violation *v, size_t i)
{
	uint32_t len = ovl_violation_path(tree, v, NULL, 0), exact, starred, below, slash;
	char *path = need(malloc(len + 4)), *cut = need(malloc(len + 4));

	expect(ovl_violation_path(tree, v, path, len) == len, "rules", "another length", i);
	ovl_violation_path(tree, v, cut, len - 1);
	expect(memcmp(path, cut, len - 1) == 0, "rules", "a path that is cut off is another", i);
	path[len] = 0;
	exact = count(tree, path);
	expect(exact > 0, "rules", path, i);
	memcpy(cut, path, len);
	strcpy(cut + len, len == 1 && *path == '/' ? "**" : "/**");
	expect(count(tree, cut) == count_behind(tree, path, cut), "rules", "** matches what it is below", i);
	memcpy(path + len, "x", 2);
	expect(count(tree, path) == 0, "rules", "a longer name matches", i);
	path[len] = 0;
	path[len - 1] = '?';
	expect(len == 1 || count(tree, path) >= exact, "rules", "? does not match", i);
	for (slash = len - 1; slash && path[slash] != '/'; slash--)
		;
	memcpy(path + slash + (path[slash] == '/'), "*", 2);
	starred = count(tree, path);
	expect(len == 1 || path[0] == '*' || starred >= exact, "rules", "* does not match", i);
	strcat(path, "*");
	below = count(tree, path);
	expect(len == 1 || below >= starred, "rules", "** matches less than *", i);
	free(path);
	free(cut);
}

static void test_rules(const struct ovl_tree *tree)
{
	static const struct ovl_policy nothing = { NULL, NULL, 0 };
	struct ovl_violation *list;
	uint32_t n, i;

	list = list_of(tree, &nothing, &n);
	expect(n > 10, "rules", "too few acts", n);
	expect(count(tree, "**") == n && count_behind(tree, "**", "**") == 0, "rules", "** does not match", n);
	expect(count(tree, "") == n, "rules", "no path does not match", n);
	for (i = 0; i < n; i++) {
		expect(list[i].rule == 0 && list[i].kind <= OVL_VIOLATION_LABEL, "rules", "kind", i);
		test_path(tree, &list[i], i);
	}
	free(list);
	list = list_of(tree, &ovl_policy_status_only, &n);
	for (i = 0; i < n; i++)
		expect(list[i].kind != OVL_VIOLATION_TARGET && list[i].rule == 2, "rules", "status-only", i);
	free(list);
	list = list_of(tree, &ovl_policy_new_nodes_only, &n);
	for (i = 0; i < n; i++)
		expect(list[i].kind == OVL_VIOLATION_SET && list[i].rule == 1, "rules", "new-nodes-only", i);
	free(list);
}

/* ---------------------------------------------------------------- trees */

static void judge_seed(const struct ovl_tree *tree, const struct ovl_tree *seed, unsigned int allowed)
{
	struct ovl_comparison c = { .tree = tree, .seed = seed, .allowed = allowed };
	uint32_t n = ovl_seed_check(&c, NULL, 0), i;
	struct ovl_violation *list = need(malloc(n ? n * sizeof(*list) : 1));

	expect(ovl_seed_check(&c, list, n) == n, "lists", "another count of differences", n);
	for (i = 0; i < n; i++)
		expect(!(allowed >> list[i].kind & 1) && ovl_violation_path(tree, &list[i], NULL, 0) > 0, "lists",
		       "a difference that is allowed", i);
	free(list);
}

/* Storage of exactly the size that is asked for, on top of the tree; every reg outside the windows. */
static void judge_limits(struct ovl_tree *tree, struct blob base, uint32_t first_layer)
{
	struct ovl_range reserved[2] = { { 1, 2 }, { 0x10, ~0u } };
	struct ovl_window window = { 0x100, 0x1ff };
	struct ovl_limits limits = { reserved, 2, &window, 1, first_layer, 1 };
	size_t used = ovl_tree_used(tree), more = ovl_limits_storage(tree);
	unsigned char *storage = need(malloc(used + more));
	struct ovl_violation *list;
	struct ovl_tree moved = *tree;
	struct ovl_error err;
	uint32_t n = 0, again = 0, i;

	memcpy(storage, tree->words, used);
	memset(storage + used, 0xff, more);
	ovl_tree_moved(&moved, base.bytes, storage, used + more - 4);
	expect(ovl_limits_check(&moved, &limits, NULL, 0, &n, &err) == OVL_ERR_SPACE &&
	       err.need_bytes == used + more, "limits", "less storage does", more);
	ovl_tree_moved(&moved, base.bytes, storage, used + more);
	expect(!ovl_limits_check(&moved, &limits, NULL, 0, &n, &err), "limits", "it is refused", more);
	expect(ovl_tree_used(&moved) == used && memcmp(storage, tree->words, used) == 0, "limits", "the tree changed",
	       used);
	list = need(malloc(n ? n * sizeof(*list) : 1));
	expect(!ovl_limits_check(&moved, &limits, list, n, &again, NULL) && again == n, "limits", "another count", n);
	for (i = 0; i < n; i++)
		expect(list[i].kind > OVL_VIOLATION_RESERVATIONS && list[i].kind < OVL_N_VIOLATIONS &&
		       ovl_violation_path(&moved, &list[i], NULL, 0) > 0, "limits", "what was found", i);
	free(list);
	free(storage);
}

/* A tree of the base with the overlay, when that is accepted, judged in every way. */
static void judge(struct blob base, struct blob overlay, const struct ovl_tree *seed, int strict)
{
	size_t bytes = 0, more = 0;
	struct ovl_tree tree;
	enum ovl_err code;
	uint32_t n;
	void *storage;

	if (ovl_apply_size(overlay.bytes, overlay.len, NULL, &more, NULL) == OVL_OK) {
		storage = need(malloc(more));
		if (!ovl_profile_open(&tree, overlay.bytes, overlay.len, storage, more, NULL)) {
			if (strict)
				test_rules(&tree);
			free(list_of(&tree, &ovl_policy_status_only, &n));
		}
		free(storage);
	}
	if (ovl_tree_size(base.bytes, base.len, &bytes, NULL))
		return;
	storage = need(malloc(bytes + more));
	code = ovl_tree_open(&tree, base.bytes, base.len, storage, bytes + more, NULL);
	if (!code) {
		judge_seed(&tree, seed, 0);
		judge_limits(&tree, base, 0);
		if (!ovl_apply(&tree, overlay.bytes, overlay.len, NULL, NULL)) {
			if (strict)
				test_rules(&tree);
			free(list_of(&tree, &ovl_policy_status_only, &n));
			judge_limits(&tree, base, 1);
		}
		judge_seed(&tree, seed, 1u << OVL_VIOLATION_PHANDLE | 1u << OVL_VIOLATION_NODE_ADDED);
		judge_seed(seed, &tree, 0);
	}
	free(storage);
}

static void test_flips(struct blob base, struct blob overlay, const struct ovl_tree *seed)
{
	struct blob *hurt, both[2] = { base, overlay };
	size_t bit, i;

	/* Of the base every third bit, so that three bytes have each once. */
	for (i = 0; i < 2; i++)
		for (hurt = &both[i], bit = 0; bit < hurt->len * 8; bit += i ? 1 : 3) {
			hurt->bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
			judge(both[0], both[1], seed, 0);
			hurt->bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		}
}

int main(int argc, char **argv)
{
	struct ovl_comparison same = { 0 };
	struct blob base, overlay, seed;
	struct ovl_tree tree;
	size_t bytes;
	void *storage;

	if (argc != 3) {
		fputs("usage: policy BASE OVERLAY\n", stderr);
		return 2;
	}
	base = load(argv[1]);
	overlay = load(argv[2]);
	seed = load(argv[1]);
	if (ovl_tree_size(seed.bytes, seed.len, &bytes, NULL))
		return 2;
	storage = need(malloc(bytes));
	if (ovl_tree_open(&tree, seed.bytes, seed.len, storage, bytes, NULL))
		return 2;
	same.tree = same.seed = &tree;
	expect(ovl_seed_check(&same, NULL, 0) == 0, "seed", "a tree differs from itself", 0);
	test_copy(base);
	test_changing(base);
	judge(base, overlay, &tree, 1);
	test_flips(base, overlay, &tree);
	free(storage);
	free(base.bytes);
	free(overlay.bytes);
	free(seed.bytes);
	printf("policy: %lu passed, %lu failed, 0 skipped\n", n_passed, n_failed);
	return n_failed != 0;
}
