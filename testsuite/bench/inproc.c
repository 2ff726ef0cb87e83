/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* inproc.c - times libovl and its peers inside one process, on the same blobs, in turn.
 * In: a row, how often, a base and overlays (blobs); UFDT=, a shared object with libufdt's
 * ufdt_apply_overlay().  Out: lines `WHO NANOSECONDS`, or `WHAT NUMBER`.  Each run's work is inside one
 * of the functions called measured_..., so that callgrind can count it alone (--toggle-collect).
 * All memory is there, and touched, before a clock runs. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libfdt.h>

#include "ovl.h"

#ifdef __clang__
#define MEASURED __attribute__((noinline)) static int
#else
#define MEASURED __attribute__((noinline, noclone)) static int
#endif

struct blob {
	unsigned char *bytes;
	size_t len;
};

struct inputs {
	struct blob base, *overlays;
	size_t n_overlays, overlay_bytes;
	/* Yours: the library's storage, an output, and copies for a peer that changes its inputs. */
	uint32_t *storage;
	unsigned char *out, *copy, *scratch;
	size_t storage_bytes, out_bytes;
};

static struct ovl_tree tree;
static struct ovl_error err;

/* ---------------------------------------------------------------- clock and memory */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void *need(void *memory)
{
	if (!memory) {
		perror("inproc");
		exit(2);
	}
	return memory;
}

static void *touched(size_t len)
{
	return memset(need(malloc(len)), 1, len);
}

static struct blob read_blob(const char *path)
{
	FILE *f = need(fopen(path, "rb"));
	struct blob blob;
	long len = -1;

	if (fseek(f, 0, SEEK_END) || (len = ftell(f)) < 0 || fseek(f, 0, SEEK_SET)) {
		perror(path);
		exit(2);
	}
	blob.len = (size_t)len;
	blob.bytes = need(malloc(blob.len + 1));
	if (fread(blob.bytes, 1, blob.len, f) != blob.len) {
		perror(path);
		exit(2);
	}
	fclose(f);
	return blob;
}

static void inputs_read(struct inputs *in, char **paths, size_t n)
{
	in->base = read_blob(paths[0]);
	in->n_overlays = n - 1;
	in->overlays = need(calloc(n, sizeof(*in->overlays)));
	for (size_t i = 0; i < in->n_overlays; i++) {
		in->overlays[i] = read_blob(paths[1 + i]);
		in->overlay_bytes += in->overlays[i].len;
	}
	in->out_bytes = in->base.len + 2 * in->overlay_bytes + 65536;
	in->storage_bytes = 2 * in->base.len + 8 * in->overlay_bytes + 65536;
	in->storage = touched(in->storage_bytes);
	in->out = touched(in->out_bytes);
	in->copy = touched(in->out_bytes);
	in->scratch = touched(in->overlay_bytes + 1);
}

static void inputs_free(struct inputs *in)
{
	for (size_t i = 0; i < in->n_overlays; i++)
		free(in->overlays[i].bytes);
	free(in->overlays);
	free(in->base.bytes);
	free(in->storage);
	free(in->out);
	free(in->copy);
	free(in->scratch);
}

/* ---------------------------------------------------------------- what is measured */

/* What the peer's check looks at: the header, the tags and the names. */
MEASURED measured_ours_structure(struct inputs *in)
{
	size_t storage_bytes;

	return (int)ovl_tree_size(in->base.bytes, in->base.len, &storage_bytes, &err);
}

/* All that is checked, and the index is there. */
MEASURED measured_ours_check(struct inputs *in)
{
	return (int)ovl_tree_open(&tree, in->base.bytes, in->base.len, in->storage, in->storage_bytes, &err);
}

MEASURED measured_peer_check(struct inputs *in)
{
	return fdt_check_full(in->base.bytes, in->base.len);
}

MEASURED measured_ours_write(struct inputs *in)
{
	size_t len;

	return (int)ovl_flatten(&tree, in->out, in->out_bytes, &len, &err);
}

/* All overlays onto the base, as a boot loader does it: check, apply, write. */
MEASURED measured_ours_merge(struct inputs *in)
{
	int code = measured_ours_check(in);

	for (size_t i = 0; i < in->n_overlays && !code; i++)
		code = (int)ovl_apply(&tree, in->overlays[i].bytes, in->overlays[i].len, NULL, &err);
	return code ? code : measured_ours_write(in);
}

/* The peer changes an overlay while it applies it, so it gets a copy. */
MEASURED measured_peer_merge(struct inputs *in)
{
	int code = fdt_open_into(in->base.bytes, in->copy, (int)in->out_bytes);

	for (size_t i = 0; i < in->n_overlays && !code; i++) {
		memcpy(in->scratch, in->overlays[i].bytes, in->overlays[i].len);
		code = fdt_overlay_apply(in->copy, in->scratch);
	}
	return code ? code : fdt_pack(in->copy);
}

typedef void *ufdt_apply_fn(void *base, size_t base_len, void *overlay, size_t overlay_len);
static ufdt_apply_fn *ufdt_apply;

MEASURED measured_ufdt_merge(struct inputs *in)
{
	void *made;

	memcpy(in->copy, in->base.bytes, in->base.len);
	memcpy(in->scratch, in->overlays[0].bytes, in->overlays[0].len);
	made = ufdt_apply(in->copy, in->base.len, in->scratch, in->overlays[0].len);
	free(made);
	return !made;
}

/* One more overlay on a tree that is open. */
static size_t next_overlay;

MEASURED measured_ours_apply(struct inputs *in)
{
	const struct blob *o = &in->overlays[next_overlay++];

	return (int)ovl_apply(&tree, o->bytes, o->len,
			      &(struct ovl_apply_options){ .flags = OVL_KEEP }, &err);
}

/* What all of them leave for another process, and who uses the first of them. */
MEASURED measured_ours_receipt(void)
{
	struct ovl_use use;
	size_t len;

	return (int)ovl_receipt_write(&tree, NULL, NULL, 0, &len, &err) || ovl_use_first(&tree, 1, &use);
}

MEASURED measured_ours_remove(uint32_t number)
{
	return (int)ovl_remove(&tree, number, &err);
}

/* ---------------------------------------------------------------- rows */

typedef int measure(struct inputs *in);

static void once(const char *who, measure *run, struct inputs *in, int must)
{
	double start = now();
	int code = run(in);

	printf("%s %.0f\n", who, now() - start);
	if (code && must) {
		fprintf(stderr, "inproc: %s ended with %d\n", who, code);
		exit(1);
	}
}

/* who: which of the two are asked for. */
static void in_turn(struct inputs *in, const char *who, int times, measure *ours, measure *peer)
{
	for (int i = 0; i < times; i++) {
		if (strstr(who, "ours"))
			once("ours", ours, in, 1);
		if (strstr(who, "peer"))
			once("peer", peer, in, 1);
		if (ufdt_apply && ours == measured_ours_merge && in->n_overlays == 1)
			once("ufdt", measured_ufdt_merge, in, 1);
	}
}

/* Overlay by overlay on a tree that stays, all under one clock: to read it takes a tenth of what one overlay does.
 * Then some are taken out, each put back on top: the newest, the one in the middle, the first. */
static void live(struct inputs *in, int times)
{
	uint32_t n = (uint32_t)in->n_overlays;
	const struct { const char *name; uint32_t number; } outs[] = {
		{ "newest", n }, { "middle", (n + 1) / 2 }, { "first", 1 },
	};

	for (int i = 0; i < times; i++) {
		double start;
		int code = measured_ours_check(in);

		start = now();
		for (next_overlay = 0; next_overlay < n && !code;)
			code = measured_ours_apply(in);
		printf("apply %.0f\n", (now() - start) / n);
		if (code) {
			fprintf(stderr, "inproc: apply ended with %d\n", code);
			exit(1);
		}
	}
	printf("bytes %zu\n", n ? in->overlay_bytes / n : 0);
	for (size_t k = 0; k < sizeof(outs) / sizeof(outs[0]) && times; k++) {
		double start = now();
		int code = measured_ours_remove(outs[k].number);

		printf("%s %.0f\n", outs[k].name, now() - start);
		if (code) {
			fprintf(stderr, "inproc: removal of %u ended with %d\n", outs[k].number, code);
			exit(1);
		}
		next_overlay = n - 1;
		measured_ours_apply(in);
	}
}

static void receipt(struct inputs *in)
{
	int code = measured_ours_check(in);

	for (next_overlay = 0; next_overlay < in->n_overlays && !code;)
		code = measured_ours_apply(in);
	if (code || measured_ours_receipt())
		exit(1);
}

static int remove_first(struct inputs *in)
{
	(void)in;
	return measured_ours_remove(1);
}

/* A base, and an overlay that comes and goes: each step under a clock of its own. */
static void steps(struct inputs *in, int times)
{
	for (int i = 0; i < times; i++) {
		next_overlay = 0;
		once("check", measured_ours_check, in, 1);
		once("apply", measured_ours_apply, in, 1);
		once("write", measured_ours_write, in, 1);
		once("remove", remove_first, in, 1);
	}
}

/* Whatever the inputs hold. */
static void hostile(struct inputs *in, int times)
{
	for (int i = 0; i < times; i++)
		once("ours", measured_ours_merge, in, 0);
	printf("code %d\n", (int)err.code);
}

static void space(struct inputs *in)
{
	size_t opened;

	if (measured_ours_merge(in))
		exit(1);
	printf("peak %zu\n", ovl_tree_peak(&tree));
	if (ovl_tree_size(in->base.bytes, in->base.len, &opened, &err))
		exit(1);
	printf("opened %zu\nbase %zu\n", opened, in->base.len);
}

int main(int argc, char **argv)
{
	struct inputs in = { .n_overlays = 0 };
	const char *row = argc > 4 ? argv[1] : "", *who = argc > 4 ? argv[2] : "";
	int times = argc > 4 ? (int)strtol(argv[3], NULL, 10) : 0;
	const char *peer = getenv("UFDT");

	if (argc < 5) {
		fputs("usage: inproc structure|check|merge|live|receipt|steps|hostile|space ours|peer|ours,peer TIMES BASE OVERLAY...\n",
		      stderr);
		return 2;
	}
	if (peer && *peer) {
		void *library = dlopen(peer, RTLD_NOW);

		*(void **)&ufdt_apply = library ? dlsym(library, "ufdt_apply_overlay") : NULL;
		if (!ufdt_apply) {
			fprintf(stderr, "inproc: %s\n", dlerror());
			return 2;
		}
	}
	inputs_read(&in, argv + 4, (size_t)argc - 4);
	if (strcmp(row, "structure") == 0)
		in_turn(&in, who, times, measured_ours_structure, measured_peer_check);
	else if (strcmp(row, "check") == 0)
		in_turn(&in, who, times, measured_ours_check, measured_peer_check);
	else if (strcmp(row, "merge") == 0)
		in_turn(&in, who, times, measured_ours_merge, measured_peer_merge);
	else if (strcmp(row, "live") == 0)
		live(&in, times);
	else if (strcmp(row, "receipt") == 0)
		receipt(&in);
	else if (strcmp(row, "steps") == 0)
		steps(&in, times);
	else if (strcmp(row, "hostile") == 0)
		hostile(&in, times);
	else
		space(&in);
	inputs_free(&in);
	return 0;
}
