/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* changing.c - an overlay that changes while libovl reads it: nothing outside the given bytes is read, and no
 * error names a text outside them.
 * The overlay lies in two regions, with its structure block in one and its strings block in the other, and pages
 * that nobody may read behind them.  Only one region is open at a time: whoever turns to the other is stopped, and
 * what was just read changes behind its back, on one of these turns after the other, in several ways.
 * Usage: changing BASE OVERLAY    Prints what failed, then "N passed, N failed". */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "load.h"
#include "ovl.h"

enum { HEADER = 56, MOST_TURNS = 100000, WAYS = 4 };   /* the header, and no memory reservations */

/* Two regions of so many bytes each, and as much behind them that is never open. */
static unsigned char *start;
static size_t region_bytes, strings_len;
static unsigned char *strings;

static volatile sig_atomic_t closed;    /* the region */
static volatile unsigned long turns, change_at;
static volatile unsigned int way;
static sigjmp_buf outside;

static unsigned long n_passed, n_failed;

static void expect(int holds, const char *what, unsigned long at)
{
	n_passed += holds != 0;
	if (!holds && n_failed++ < 20)
		printf("FAIL changing: %s (change %lu, way %u)\n", what, at, way);
}

static uint32_t get(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
}

/* ---------------------------------------------------------------- what changes */

static void change_strings(void)
{
	size_t i;

	for (i = 0; i < strings_len; i++)
		if (way == 0 || (way == 1 && i + 1 == strings_len))
			strings[i] = strings[i] ? strings[i] : 'x';
		else if (way > 1)
			strings[i] = (unsigned char)(way == 2 ? 'p' : 0);
}

/* All behind the header, as if the structure block had only ever been cells like this one. */
static void change_structure(unsigned char *region)
{
	static const uint32_t cells[WAYS] = { 0xfffffff0, 3, 0x00100000, 4 };
	size_t i;

	for (i = HEADER; i + 4 <= region_bytes; i += 4)
		put(region + i, cells[way]);
}

static void turn(int sig, siginfo_t *info, void *context)
{
	unsigned char *at = info->si_addr, *opened = start + (size_t)(1 - closed) * region_bytes;

	(void)sig;
	(void)context;
	if (at < start || at >= start + 2 * region_bytes || turns++ == MOST_TURNS)
		siglongjmp(outside, 1);
	if (turns == change_at && strings >= opened && strings < opened + region_bytes)
		change_strings();
	else if (turns == change_at)
		change_structure(opened);
	mprotect(start + (size_t)closed * region_bytes, region_bytes, PROT_READ | PROT_WRITE);
	closed = 1 - closed;
	mprotect(start + (size_t)closed * region_bytes, region_bytes, PROT_NONE);
}

/* ---------------------------------------------------------------- the overlay */

static size_t pages(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) / page * page;
}

/* Where a block goes: behind the header, or at the end of the second region. */
static size_t place(int last, size_t len)
{
	return last ? 2 * region_bytes - len : HEADER;
}

/* One that is wrong ends with a property that has no place there: an error names it. */
static void lay(struct blob overlay, int strings_last, int wrong)
{
	uint32_t structure_len = get(overlay.bytes + 36) + (wrong ? 4 : 0), off;

	mprotect(start, 2 * region_bytes, PROT_READ | PROT_WRITE);
	memset(start, 0, 2 * region_bytes);
	memcpy(start, overlay.bytes, 40);
	put(start + 4, (uint32_t)(2 * region_bytes));
	put(start + 16, 40);
	off = (uint32_t)place(!strings_last, structure_len);
	put(start + 8, off);
	put(start + 36, structure_len);
	memcpy(start + off, overlay.bytes + get(overlay.bytes + 8), get(overlay.bytes + 36));
	if (wrong) {
		memset(start + off + structure_len - 12, 0, 12);
		put(start + off + structure_len - 12, 3);
	}
	off = (uint32_t)place(strings_last, strings_len);
	put(start + 12, off);
	strings = start + off;
	memcpy(strings, overlay.bytes + get(overlay.bytes + 12), strings_len);
	closed = 1;
	turns = 0;
	mprotect(start + region_bytes, region_bytes, PROT_NONE);
}

/* ---------------------------------------------------------------- the calls */

static int inside(struct ovl_str text)
{
	const unsigned char *p = (const unsigned char *)text.ptr;

	return !p || (p >= start && p + text.len <= start + 2 * region_bytes);
}

/* storage: none for anything but the base, so that the overlay is looked at where it is. */
static void call(int which, struct blob base, void *storage, size_t storage_bytes, struct ovl_error *err)
{
	size_t len = 2 * region_bytes, bytes = 0, most = 0;
	struct ovl_tree tree;

	if (which == 0) {
		ovl_apply_size(start, len, NULL, &bytes, err);
	} else if (which == 1) {
		ovl_overlay_size(base.bytes, base.len, start, len, &bytes, &most, err);
	} else {
		expect(!ovl_tree_open(&tree, base.bytes, base.len, storage, storage_bytes, err), "no tree", 0);
		ovl_apply(&tree, start, len, NULL, err);
		expect(err->code && ovl_tree_layers(&tree) == 0, "the tree has the overlay", change_at);
	}
}

/* The same again and again, with a change on the next turn each time; until there are no more turns. */
static void test(int which, struct blob base, struct blob overlay, int layout, void *storage, size_t bytes)
{
	struct ovl_error err;

	for (change_at = 1; change_at == 1 || turns >= change_at - 1; change_at++) {
		lay(overlay, layout & 1, layout & 2);
		memset(&err, 0, sizeof(err));
		if (sigsetjmp(outside, 1)) {
			expect(0, "read outside the overlay", change_at);
			return;
		}
		call(which, base, storage, bytes, &err);
		expect(1, "read inside", change_at);
		if (err.code && err.side == OVL_OVERLAY)
			expect(inside(err.node) && inside(err.prop), "a text outside the overlay", change_at);
		if (turns < change_at)
			return;
	}
}

int main(int argc, char **argv)
{
	struct sigaction catch = { .sa_sigaction = turn, .sa_flags = SA_SIGINFO | SA_NODEFER };
	struct blob base, overlay;
	size_t bytes = 0;
	void *storage;
	int which, layout;

	if (argc != 3) {
		fputs("usage: changing BASE OVERLAY\n", stderr);
		return 2;
	}
	base = load(argv[1]);
	overlay = load(argv[2]);
	strings_len = get(overlay.bytes + 32);
	region_bytes = pages(HEADER + overlay.len);
	start = mmap(NULL, 3 * region_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ovl_tree_size(base.bytes, base.len, &bytes, NULL);
	if (start == MAP_FAILED)
		return 2;
	storage = malloc(bytes);
	if (!storage)
		return 2;
	sigaction(SIGSEGV, &catch, NULL);
	sigaction(SIGBUS, &catch, NULL);
	for (way = 0; way < WAYS; way++)
		for (which = 0; which < 3; which++)
			for (layout = 0; layout < 4; layout++)
				test(which, base, overlay, layout, storage, bytes);
	free(storage);
	free(base.bytes);
	free(overlay.bytes);
	printf("changing: %lu passed, %lu failed, 0 skipped\n", n_passed, n_failed);
	return n_failed != 0;
}
