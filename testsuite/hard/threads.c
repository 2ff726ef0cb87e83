/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* threads.c - eight threads use libovl at once, each on a tree of its own over the same blobs.
 * In: a base and overlays from files.  Out: that each thread has the same bytes in each of its rounds; built with
 * -fsanitize=thread, any state that the library shares would be reported as a race.  Rule: include/ovl.h, Threads. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ovl.h"

enum { THREADS = 8, ROUNDS = 50, MOST = 16 };

struct blob {
	unsigned char *bytes;
	size_t len;
};

struct worker {
	pthread_t thread;
	unsigned char *out;
	size_t len;
	int differed;
};

static struct blob blobs[MOST];
static int n_blobs;

static struct blob load(const char *path)
{
	struct blob b = { NULL, 0 };
	FILE *f = fopen(path, "rb");
	long len;

	if (f && !fseek(f, 0, SEEK_END) && (len = ftell(f)) > 0 && !fseek(f, 0, SEEK_SET)) {
		b.len = (size_t)len;
		b.bytes = malloc(b.len);
	}
	if (!b.bytes || fread(b.bytes, 1, b.len, f) != b.len) {
		perror(path);
		exit(2);
	}
	fclose(f);
	return b;
}

/* Apply all, take the first one out and put it on again, flatten: 0 when something is refused. */
static size_t round_of(void *storage, size_t storage_bytes, unsigned char *out, size_t room)
{
	const struct ovl_apply_options keep = { .flags = OVL_KEEP };
	struct ovl_tree tree;
	size_t len = 0;

	if (ovl_tree_open(&tree, blobs[0].bytes, blobs[0].len, storage, storage_bytes, NULL))
		return 0;
	for (int i = 1; i < n_blobs; i++)
		if (ovl_apply(&tree, blobs[i].bytes, blobs[i].len, &keep, NULL))
			return 0;
	if (ovl_remove(&tree, 1, NULL) || ovl_apply(&tree, blobs[1].bytes, blobs[1].len, &keep, NULL) ||
	    ovl_flatten(&tree, out, room, &len, NULL))
		return 0;
	return len;
}

static void *work(void *arg)
{
	const size_t room = 1 << 20;
	struct worker *w = arg;
	unsigned char *again = malloc(room);
	void *storage = malloc(room);

	w->out = malloc(room);
	if (!storage || !w->out || !again)
		exit(2);
	w->len = round_of(storage, room, w->out, room);
	for (int i = 1; i < ROUNDS; i++)
		w->differed |= round_of(storage, room, again, room) != w->len || memcmp(again, w->out, w->len) != 0;
	free(storage);
	free(again);
	return NULL;
}

int main(int argc, char **argv)
{
	struct worker workers[THREADS] = { { .len = 0 } };
	int failed = 0;

	if (argc < 3 || argc > MOST)
		return 2;
	for (n_blobs = 0; n_blobs < argc - 1; n_blobs++)
		blobs[n_blobs] = load(argv[n_blobs + 1]);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			return 2;
	for (int i = 0; i < THREADS; i++) {
		const struct worker *w = &workers[i];

		pthread_join(w->thread, NULL);
		if (!w->len || w->differed || w->len != workers[0].len || memcmp(w->out, workers[0].out, w->len) != 0) {
			printf("FAIL threads: thread %d has other bytes\n", i);
			failed++;
		}
	}
	printf("threads: %d passed, %d failed, 0 skipped\n", THREADS - failed, failed);
	return failed != 0;
}
