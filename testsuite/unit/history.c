/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* history.c - every version of a property, newest first, and the fragment each is of.
 * In: the base and the two overlays of history/, as blobs.  What must come out stands here as text, a
 * property a line: NAME LAYER/FRAGMENT=VALUE ..., with "-" for a value that was deleted. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "load.h"
#include "ovl.h"

struct input {
	unsigned char bytes[1 << 14];
	size_t len;
};

static struct input inputs[3];
static uint32_t storage[1 << 14];
static int passed, failed;

static void expect(const char *what, const char *seen, const char *wanted)
{
	int same = strcmp(seen, wanted) == 0;

	passed += same;
	failed += !same;
	if (!same)
		printf("FAIL history: %s is\n%sand not\n%s", what, seen, wanted);
}

static void add_version(const struct ovl_tree *t, const struct ovl_prop *p, char *to, size_t room)
{
	struct ovl_str fragment = ovl_prop_fragment(t, p);
	size_t at = strlen(to);
	char value[64] = "";

	if (p->deleted)
		strcpy(value, "-");
	else if (p->value && p->len == 4 && !p->value[0])
		snprintf(value, sizeof(value), "%u", ovl_prop_cell(p, 0));
	else
		ovl_prop_copy(t, p, value);
	snprintf(to + at, room - at, " %u/%.*s=%s", p->layer, (int)fragment.len,
		 fragment.ptr ? fragment.ptr : "", value);
}

/* ever: with those that are deleted. */
static void look(const struct ovl_tree *t, const char *path, int ever, const char *wanted)
{
	ovl_node node = ovl_node_by_path(t, ovl_str(path));
	char seen[512] = "";
	struct ovl_prop p, old;
	int more;

	for (more = ever ? ovl_prop_ever_first(t, node, &p) : ovl_prop_first(t, node, &p); more;
	     more = ovl_prop_next(t, &p)) {
		strncat(seen, p.name, 32);
		if (!ovl_prop_ever_find(t, node, ovl_str(p.name), &old) || old.layer != p.layer)
			strcat(seen, " not found");
		do
			add_version(t, &old, seen, sizeof(seen) - 1);
		while (ovl_prop_older(t, &old));
		strcat(seen, "\n");
	}
	expect(path, seen, wanted);
}

static void look_at_node(const struct ovl_tree *t, const char *path, const char *wanted)
{
	struct ovl_str fragment = ovl_node_fragment(t, ovl_node_by_path(t, ovl_str(path)));
	char seen[64];

	snprintf(seen, sizeof(seen), "%.*s\n", (int)fragment.len, fragment.ptr ? fragment.ptr : "");
	expect(path, seen, wanted);
}

int main(int argc, char **argv)
{
	struct ovl_tree t;
	struct ovl_error err;
	int i;

	if (argc != 4) {
		fputs("usage: history BASE FIRST SECOND\n", stderr);
		return 2;
	}
	for (i = 0; i < 3; i++)
		inputs[i].len = load_file_into(argv[1 + i], inputs[i].bytes, sizeof(inputs[i].bytes));
	if (ovl_tree_open(&t, inputs[0].bytes, inputs[0].len, storage, sizeof(storage), &err))
		return 2;
	look(&t, "/node", 1, "status 0/=base\ngone 0/=1\nsame 0/=2\nphandle 0/=1\n");
	if (ovl_apply(&t, inputs[1].bytes, inputs[1].len, NULL, &err))
		return 2;
	look(&t, "/node", 0, "status 1/fragment@1=one 1/fragment@0=zero 0/=base\nsame 0/=2\nphandle 0/=1\n");
	look(&t, "/node", 1, "status 1/fragment@1=one 1/fragment@0=zero 0/=base\n"
	     "gone 1/fragment@2=- 0/=1\nsame 0/=2\nphandle 0/=1\nextra 1/fragment@2=- 1/fragment@0=3\n");
	if (ovl_apply(&t, inputs[2].bytes, inputs[2].len, NULL, &err))
		return 2;
	look(&t, "/node", 1,
	     "status 2/fragment@9=two 1/fragment@1=one 1/fragment@0=zero 0/=base\n"
	     "gone 2/fragment@9=4 1/fragment@2=- 0/=1\nsame 0/=2\nphandle 0/=1\n"
	     "extra 1/fragment@2=- 1/fragment@0=3\n");
	look(&t, "/node/child", 0, "status 2/fragment@9=changed 1/fragment@0=made\nphandle 1/fragment@0=2\n");
	look(&t, "/__symbols__", 0, "n 0/=/node\nchild 1/__symbols__=/node/child\n");
	look_at_node(&t, "/node", "\n");
	look_at_node(&t, "/node/child", "fragment@0\n");
	printf("history: %d passed, %d failed, 0 skipped\n", passed, failed);
	return failed != 0;
}
