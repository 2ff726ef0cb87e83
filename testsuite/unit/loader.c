/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* loader.c - libovl in a boot loader: no operating system, no libc, no heap, include/ovl.h and nothing else.
 * A base and two overlays stand in memory, as an earlier stage left them.  The overlays are applied: as they are,
 * and then anew, if they do nothing that they may not; a device that they leave off is switched on, and the result
 * is written to loader_out.  Then a fragment that was made for a seed tree is moved to the tree that a guest's firmware made of
 * that, and written to loader_moved.  The return value is 0, or the code of the first call that refused, or
 * NOT_ALLOWED.
 * Everything is static, so that the linker's map tells how much memory the machine must have.
 * testsuite/freestanding builds it for each machine, and runs it with start.c as the machine. */
#include "ovl.h"

/* Where the blobs are is for the machine to say.  A window may be larger than the blob in it. */
extern const unsigned char loader_base[], loader_base_end[];
extern const unsigned char loader_first[], loader_first_end[];
extern const unsigned char loader_second[], loader_second_end[];

extern const unsigned char loader_seed[], loader_seed_end[];
extern const unsigned char loader_guest[], loader_guest_end[];
extern const unsigned char loader_fragment[], loader_fragment_end[];

unsigned char loader_out[16384], loader_moved[4096];
size_t loader_out_len, loader_moved_len;

int loader(void), loader_apply(void);

/* ovl_tree_size(), ovl_apply_size() and ovl_flatten_storage() tell how much; ovl_tree_peak() how much it was. */
static uint32_t storage[8192];
static struct ovl_tree tree;

/* What the guest may write to is copied before it is looked at: it may change meanwhile. */
static unsigned char guest[4096];

/* Whoever brings overlays may add devices and change them, but not say what the system boots, or take away. */
static const struct ovl_policy_rule rules[] = {
	{ .acts = ~0u, .path = { "/chosen", 7 } },
	{ .acts = ~0u, .path = { "/chosen/**", 10 } },
	{ .acts = OVL_ACT_DELETE },
	{ .acts = ~0u, .allow = 1 },
};
static const struct ovl_policy policy = { "loader", rules, sizeof(rules) / sizeof(rules[0]) };

enum { NOT_ALLOWED = 100 };

/* One of the four that the library needs from outside: memory.c. */
void *memcpy(void *restrict to, const void *restrict from, size_t len);

/* ---------------------------------------------------------------- the loader */

static size_t between(const unsigned char *start, const unsigned char *end)
{
	return (size_t)(end - start);
}

static enum ovl_err open_base(void)
{
	return ovl_tree_open(&tree, loader_base, between(loader_base, loader_base_end), storage, sizeof(storage), NULL);
}

static enum ovl_err write_out(void)
{
	return ovl_flatten(&tree, loader_out, sizeof(loader_out), &loader_out_len, NULL);
}

/* All that most loaders do, who trust their overlays.  Linked by itself, too: to see how much of the library it takes. */
int loader_apply(void)
{
	enum ovl_err code = open_base();

	if (!code)
		code = ovl_apply(&tree, loader_first, between(loader_first, loader_first_end), NULL, NULL);
	if (!code)
		code = ovl_apply(&tree, loader_second, between(loader_second, loader_second_end), NULL, NULL);
	return (int)(code ? code : write_out());
}

static int apply_allowed(const void *overlay, size_t len)
{
	int code = (int)ovl_apply(&tree, overlay, len, NULL, NULL);

	return !code && ovl_policy_check(&tree, &policy, NULL, 0) ? NOT_ALLOWED : code;
}

/* What is decided here, as by a jumper, is an overlay like any other: made in place, and applied. */
static enum ovl_err switch_on(const char *label)
{
	static unsigned char overlay[512];
	struct ovl_change change = { .node = ovl_node_by_label(&tree, ovl_str(label)), .label = ovl_str(label),
				     .prop = ovl_str("status"), .value = "okay", .len = sizeof("okay") };
	enum ovl_err code;
	size_t len;

	if (!change.node)
		return OVL_ERR_NO_LABEL;
	code = ovl_set(&tree, &change, 1, overlay, sizeof(overlay), &len, NULL);
	return code ? code : ovl_apply(&tree, overlay, len, NULL, NULL);
}

static int apply_with_care(void)
{
	int code = (int)open_base();

	if (!code)
		code = apply_allowed(loader_first, between(loader_first, loader_first_end));
	if (!code)
		code = apply_allowed(loader_second, between(loader_second, loader_second_end));
	if (!code)
		code = (int)switch_on("rtc");
	return code ? code : (int)write_out();
}

/* Open a tree in what is left of the storage. */
static enum ovl_err open_next(struct ovl_tree *t, const void *blob, size_t len, size_t *used)
{
	enum ovl_err code = ovl_tree_open(t, blob, len, (unsigned char *)storage + *used, sizeof(storage) - *used,
					  NULL);

	*used += code ? 0 : ovl_tree_used(t);
	return code;
}

static enum ovl_err move(void)
{
	static struct ovl_rebase plan;
	struct ovl_tree fragment, seed, now;
	size_t most = 2 * between(loader_seed, loader_seed_end), len = 0, used = 0;
	enum ovl_err code;

	code = ovl_copy_in(loader_guest, between(loader_guest, loader_guest_end), most, guest, sizeof(guest), &len,
			   NULL);
	if (code)
		return code;
	ovl_first_phandle_wins(guest, len, NULL, 0);
	code = open_next(&fragment, loader_fragment, between(loader_fragment, loader_fragment_end), &used);
	if (!code)
		code = open_next(&seed, loader_seed, between(loader_seed, loader_seed_end), &used);
	if (!code)
		code = open_next(&now, guest, len, &used);
	if (!code)
		code = ovl_rebase_plan(&plan, &fragment, &seed, &now, NULL, (unsigned char *)storage + used,
				       sizeof(storage) - used, NULL);
	if (!code)
		code = ovl_rebase_write(&plan, loader_moved, sizeof(loader_moved), &loader_moved_len, NULL);
	return code;
}

int loader(void)
{
	int code = loader_apply();

	if (!code)
		code = apply_with_care();
	return code ? code : (int)move();
}
