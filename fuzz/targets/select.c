/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* select.c - fuzz target: ovl filter and ovl extract, with any rules on any tree.
 * Parts: the tree, rules for filter, lines of a map for extract, a guest's tree, the name of a node.  What is
 * written is a whole blob; filtered once more by the same rules it stays as it is; an extract applies to the guest
 * that it was made for. */
#include <string.h>

#include "files.h"

void fuzz_start(void)
{
	files_quiet();
}

static void try_filter(struct input *input, const char *node)
{
	static const char *const dangling[] = { "error", "prune-prop", "prune-node", "keep" };
	const char *what = dangling[choose(input, 4)], *report = choose(input, 2) ? "--report" : "";
	unsigned int how = choose(input, 3);

	for (int times = 0; times < 2; times++) {
		const char *tree = times ? "filtered" : "tree";
		int status = how == 0 ? ovl("filter", tree, "--rules", "rules", "--on-dangling", what, "-o", "out",
					    report, *report ? "report" : "")
			   : how == 1 ? ovl("filter", tree, "--profile", "xen-dom0", "--on-dangling", what, "-o", "out")
				      : ovl("filter", tree, "--keep-closure", node, "--on-dangling", what, "-o", "out");

		if (status)
			return;
		EXPECT(!times || files_same("out", "filtered"));
		keep_blob("filtered");
	}
}

static void try_extract(struct input *input, const char *node)
{
	static const char *const profiles[] = { "vfio", "xen-partial", "jailhouse" };
	const char *profile = profiles[choose(input, 3)], *parent = choose(input, 2) ? "--with-parent" : "";
	bool guest = choose(input, 2);

	if (ovl("extract", "tree", node, "--map", "map", "--profile", profile, parent, guest ? "--base" : "",
		guest ? "guest" : "", "--manifest", "manifest", "-o", "out"))
		return;
	keep_blob("extract");
	if (guest && strcmp(profile, "vfio") == 0)
		EXPECT(ovl("apply", "guest", "extract", "-o", "out") == 0);
}

void fuzz_target(struct input *input)
{
	char node[WORD];

	word_of(&input->parts[4], node);
	files_put_part("tree", &input->parts[0]);
	files_put_part("rules", &input->parts[1]);
	files_put_part("map", &input->parts[2]);
	files_put_part("guest", &input->parts[3]);
	try_filter(input, node);
	try_extract(input, node);
	files_clear();
}
