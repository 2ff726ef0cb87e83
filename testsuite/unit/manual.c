/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* manual.c - the examples of libovl(3), word for word, each as a function that is compiled and run.
 * The build takes them out of the page in its order (examples.inc); what they need around them is here.
 * Usage: manual BASE HAT PANEL FRAGMENT SEED GUEST MERGED PANELLED REBASED: the blobs that the examples begin
 * with, and what the commands make of them.  Prints what failed, then "N passed, N failed". */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "ovl.h"

enum { ROOM = 1 << 16, N_INPUTS = 9 };

struct input {
	unsigned char bytes[ROOM];
	size_t len;
};

static struct input inputs[N_INPUTS];
static uint32_t storage[ROOM], fragment_storage[ROOM], seed_storage[ROOM], guest_storage[ROOM];
static unsigned char out[ROOM], flat[ROOM], receipt[ROOM], own[ROOM];
static size_t out_len, flat_len, receipt_len, own_len;
static struct ovl_tree tree;
static struct ovl_error err;
static int n_passed, n_failed;

/* The names of the page. */
static const unsigned char *const base = inputs[0].bytes, *const hat = inputs[1].bytes;
static const unsigned char *const panel = inputs[2].bytes, *const theirs = inputs[1].bytes;
static size_t base_len, hat_len, panel_len;
static const size_t their_room = ROOM;

static int merge(void)
{
#define EXAMPLE 1
	{
#include "examples.inc"
	}
#undef EXAMPLE
	return 0;
}

static int switch_on(void)
{
#define EXAMPLE 2
	{
#include "examples.inc"
	}
#undef EXAMPLE
	return 0;
}

static int take_out(void)
{
#define EXAMPLE 3
	{
#include "examples.inc"
	}
#undef EXAMPLE
	return 0;
}

static int hand_on(void)
{
#define EXAMPLE 4
	{
#include "examples.inc"
	}
#undef EXAMPLE
	return 0;
}

static int take_out_later(void)
{
#define EXAMPLE 5
	{
#include "examples.inc"
	}
#undef EXAMPLE
	return 0;
}

static int judge(void)
{
#define EXAMPLE 6
	{
#include "examples.inc"
	}
#undef EXAMPLE
	return 0;
}

static int rebase(const struct ovl_tree fragment, const struct ovl_tree seed, const struct ovl_tree guest)
{
#define EXAMPLE 7
	{
#include "examples.inc"
	}
#undef EXAMPLE
	return 0;
}

static int as_libfdt(void *fdt, size_t room, const void *fdto, size_t fdto_len)
{
#define EXAMPLE 8
#include "examples.inc"
#undef EXAMPLE
}

static void expect(int holds, const char *what)
{
	n_passed += holds != 0;
	n_failed += !holds;
	if (!holds)
		printf("FAIL manual: %s\n", what);
}

static void expect_out(const struct input *wanted, const char *what)
{
	expect(out_len == wanted->len && memcmp(out, wanted->bytes, out_len) == 0, what);
}

static void open_base(void)
{
	expect(!ovl_tree_open(&tree, base, base_len, storage, sizeof(storage), &err), "the base opens");
}

static struct ovl_tree open_tree(const struct input *input, uint32_t *room)
{
	struct ovl_tree opened;

	expect(!ovl_tree_open(&opened, input->bytes, input->len, room, ROOM * sizeof(*room), &err), "a tree opens");
	return opened;
}

static int is_on(const char *label)
{
	struct ovl_prop prop;

	return ovl_prop_find(&tree, ovl_node_by_label(&tree, ovl_str(label)), ovl_str("status"), &prop) &&
	       prop.len == 5 && memcmp(prop.value, "okay", 5) == 0;
}

static void test_stacks(void)
{
	const struct ovl_apply_options keep = { .flags = OVL_KEEP };

	open_base();
	expect(!take_out() && !ovl_flatten(&tree, out, sizeof(out), &out_len, &err), "take an overlay out");
	expect_out(&inputs[7], "without the HAT it is not as if only the panel had been applied");
	open_base();
	expect(!ovl_apply(&tree, hat, hat_len, &keep, &err) && !ovl_apply(&tree, panel, panel_len, &keep, &err),
	       "apply two");
	expect(!hand_on(), "write a receipt");
	expect(!take_out_later() && !ovl_flatten(&tree, flat, sizeof(flat), &flat_len, &err), "use a receipt");
	memcpy(out, flat, out_len = flat_len);
	expect_out(&inputs[7], "by the receipt it is not as if only the panel had been applied");
}

static void test_in_place(void)
{
	memcpy(flat, base, base_len);
	expect(as_libfdt(flat, base_len, hat, hat_len) == -3 && memcmp(flat, base, base_len) == 0,
	       "without room it is FDT_ERR_NOSPACE, and nothing changed");
	expect(as_libfdt(flat, sizeof(flat), hat, hat_len) == 0, "apply in place");
	out_len = inputs[6].len;
	memcpy(out, flat, out_len);
	expect_out(&inputs[6], "in place it is not as ovl apply");
}

int main(int argc, char **argv)
{
	if (argc != 1 + N_INPUTS) {
		fputs("usage: manual BASE HAT PANEL FRAGMENT SEED GUEST MERGED PANELLED REBASED\n", stderr);
		return 2;
	}
	for (int i = 0; i < N_INPUTS; i++)
		inputs[i].len = load_file_into(argv[1 + i], inputs[i].bytes, ROOM);
	base_len = inputs[0].len;
	hat_len = inputs[1].len;
	panel_len = inputs[2].len;

	expect(!merge(), "apply");
	expect_out(&inputs[6], "its result is not that of ovl apply");
	open_base();
	expect(!is_on("i2c1") && !switch_on() && is_on("i2c1"), "switch a device on");
	test_stacks();
	test_in_place();
	open_base();
	expect(judge() == -1 && ovl_tree_layers(&tree) == 0, "refuse an overlay by a policy");
	expect(!rebase(open_tree(&inputs[3], fragment_storage), open_tree(&inputs[4], seed_storage),
		       open_tree(&inputs[5], guest_storage)),
	       "rebase");
	expect_out(&inputs[8], "its result is not that of ovl rebase");
	printf("manual: %d passed, %d failed\n", n_passed, n_failed);
	return n_failed != 0;
}
