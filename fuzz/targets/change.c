/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* change.c - fuzz target: ovl diff of any two trees, ovl merge of any two overlays.
 * Parts: two trees, two overlays.  The overlay that diff writes gives, applied to the first tree, the second, as
 * diff itself compares trees; the overlay that merge writes gives what the two give one after the other. */
#include <libfdt.h>
#include <string.h>

#include "files.h"

void fuzz_start(void)
{
	files_quiet();
}

/* No overlay can say what a blob says beside its tree: reservations and the boot CPU. */
static bool same_beside(const unsigned char *a, const unsigned char *b)
{
	int n = fdt_num_mem_rsv(a);
	uint64_t at[2], size[2];

	if (n != fdt_num_mem_rsv(b) || fdt_boot_cpuid_phys(a) != fdt_boot_cpuid_phys(b))
		return false;
	/* libfdt takes any that reserves nothing for the end, which is 0 of 0 bytes (DTSpec 5.3.2). */
	for (int i = 0; i <= n; i++)
		if (fdt_get_mem_rsv(a, i, &at[0], &size[0]) || fdt_get_mem_rsv(b, i, &at[1], &size[1]) ||
		    at[0] != at[1] || size[0] != size[1] || (i == n && at[0]))
			return false;
	return true;
}

/* Whether there is a reference of which something is so. */
static bool has_ref(const struct part *blob, bool is(const struct ovl_ref *))
{
	static uint32_t storage[ROOM / 4];
	struct ovl_tree tree;
	struct ovl_ref r;
	int more;

	if (ovl_tree_open(&tree, blob->bytes, blob->len, storage, sizeof(storage), NULL))
		return true;
	for (more = ovl_ref_first(&tree, NULL, ovl_node_root(&tree), &r); more; more = ovl_ref_next(&r))
		if (is(&r))
			return true;
	return false;
}

/* Nor a reference to what is not there, where a node of the first tree happens to have the number. */
static bool is_faulty(const struct ovl_ref *r)
{
	return r->fault;
}

/* By the name of its property alone: no fixup lists it, so that the number stays, whichever node has it then. */
static bool is_number(const struct ovl_ref *r)
{
	return r->kind == OVL_REF_KNOWN || r->kind == OVL_REF_MAP;
}

/* Nor a label's path in other letters than the node's own, as with two slashes. */
static bool has_odd_path(const void *blob)
{
	int symbols = fdt_path_offset(blob, "/__symbols__"), prop, node, len;
	char path[512];

	fdt_for_each_property_offset(prop, blob, symbols) {
		const char *value = fdt_getprop_by_offset(blob, prop, NULL, &len);

		if (!value || len <= 0 || value[len - 1])
			continue;
		node = fdt_path_offset(blob, value);
		if (node >= 0 && (fdt_get_path(blob, node, path, sizeof(path)) || strcmp(path, value) != 0))
			return true;
	}
	return false;
}

static void try_diff(struct input *input)
{
	const char *deletions = choose(input, 2) ? "--deletions" : "";

	EXPECT(ovl("diff", "a", "a") != 1);
	ovl("diff", "a", "b");
	if (ovl("diff", "a", "b", deletions, "-o", "out"))
		return;
	keep_blob("difference");
	/* A difference of nothing is no overlay. */
	if (ovl("diff", "a", "b", "--modulo", "phandle,order") == 0)
		return;
	EXPECT(ovl("apply", "a", "difference", "--allow-cells", "-o", "out") == 0);
	keep_blob("result");
	EXPECT(ovl("diff", "result", "b", "--modulo", "phandle,order") == 0 ||
	       !same_beside(input->parts[0].bytes, input->parts[1].bytes) || has_ref(&input->parts[1], is_faulty) ||
	       has_odd_path(input->parts[1].bytes));
}

/* A node that no fragment brings: what refers to it is a number that nothing has, and any such does. */
static bool has_node_left_behind(const struct part *overlay)
{
	char path[512];

	for (int node = 0; node >= 0; node = fdt_next_node(overlay->bytes, node, NULL))
		if (fdt_get_phandle(overlay->bytes, node) &&
		    (fdt_get_path(overlay->bytes, node, path, sizeof(path)) || !strstr(path, "/__overlay__/")))
			return true;
	return false;
}

static uint32_t phandle_at(const void *blob, const char *path)
{
	int node = fdt_path_offset(blob, path);

	return node < 0 ? 0 : fdt_get_phandle(blob, node);
}

/* Whether the overlays give a phandle to a node that a label of the base names.  One may do so, and the other refer to
 * it by the label; the two in one cannot, for a label is resolved before anything changes.  Merge knows with the base. */
static bool labels_get_phandles(const void *base, const void *with_overlays)
{
	int symbols = fdt_path_offset(base, "/__symbols__"), prop, len;

	fdt_for_each_property_offset(prop, base, symbols) {
		const char *path = fdt_getprop_by_offset(base, prop, NULL, &len);

		if (path && len > 0 && !path[len - 1] && !phandle_at(base, path) && phandle_at(with_overlays, path))
			return true;
	}
	return false;
}

/* What both orders give is compared as trees: numbers may differ. */
static void try_merge(struct input *input)
{
	const char *last_wins = choose(input, 2) ? "--last-wins" : "";
	bool known = choose(input, 2);
	int status = known ? ovl("merge", "o1", "o2", last_wins, "--base", "a", "-o", "out")
			   : ovl("merge", "o1", "o2", last_wins, "-o", "out");

	if (status)
		return;
	keep_blob("merged");
	if (ovl("apply", "a", "o1", "o2", "--allow-cells", "-o", "out"))
		return;
	keep_blob("wanted");
	if (ovl("apply", "a", "merged", "--allow-cells", "-o", "out")) {
		EXPECT(!known && labels_get_phandles(input->parts[0].bytes, files_get("wanted")->bytes));
		return;
	}
	keep_blob("result");
	EXPECT(ovl("diff", "result", "wanted", "--modulo", "phandle,order") == 0 ||
	       has_node_left_behind(&input->parts[2]) || has_node_left_behind(&input->parts[3]) ||
	       has_ref(&input->parts[2], is_number) || has_ref(&input->parts[3], is_number));
}

void fuzz_target(struct input *input)
{
	files_put_part("a", &input->parts[0]);
	files_put_part("b", &input->parts[1]);
	files_put_part("o1", &input->parts[2]);
	files_put_part("o2", &input->parts[3]);
	try_diff(input);
	try_merge(input);
	files_clear();
}
