/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* guest.c - libovl alone on a machine: it finds the tree that the machine hands over, checks it, applies an overlay
 * that stands in the program, takes it out again, and prints the tree as it was, as it became and as it is.
 * In: probe.dtbo on the assembler's include path.  Out: lines on the console; 0, or 1 when something did not go as
 * it should, after a line that says what.
 * All storage is static.  The overlay and the outputs stand at odd addresses: any alignment is promised to be good. */
#include "machine.h"
#include "ovl.h"

#define ROOM 32768

extern const unsigned char overlay[], overlay_end[];

__asm__(".section .rodata.overlay, \"a\"\n.balign 8\n.byte 0\n.globl overlay, overlay_end\n"
	"overlay: .incbin \"probe.dtbo\"\noverlay_end:\n.text\n");

int memcmp(const void *a, const void *b, size_t len);

static uint32_t storage[65536];

/* A tree as a blob, behind one byte that spoils the alignment. */
static struct flat {
	size_t len;
	unsigned char odd, bytes[ROOM];
} before, merged, after;

/* ---------------------------------------------------------------- console */

static void print(const char *text)
{
	while (*text)
		machine_print(*text++);
}

static void print_hex(const unsigned char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		machine_print("0123456789abcdef"[bytes[i] >> 4]);
		machine_print("0123456789abcdef"[bytes[i] & 15]);
	}
}

static void print_number(unsigned long n)
{
	unsigned int shift = sizeof(n) * 8;

	while (shift) {
		shift -= 4;
		machine_print("0123456789abcdef"[n >> shift & 15]);
	}
}

static void print_tree(const char *name, const struct flat *flat)
{
	print(name);
	print_hex(flat->bytes, flat->len);
	print("\n");
}

void guest_trapped(unsigned long why, unsigned long where)
{
	print("trapped: ");
	print_number(why);
	print(" at ");
	print_number(where);
	print("\ndone\n");
}

/* ---------------------------------------------------------------- work */

static int fine(const char *what, enum ovl_err code)
{
	if (!code)
		return 1;
	print(what);
	print(": code ");
	print_number(code);
	print("\n");
	return 0;
}

static int flatten(struct ovl_tree *tree, struct flat *flat)
{
	return fine("flatten", ovl_flatten(tree, flat->bytes, sizeof(flat->bytes), &flat->len, NULL));
}

/* The path of the first interrupt controller: machines' trees have no labels, so this one is given. */
static uint32_t controller(const struct ovl_tree *tree, char *path, uint32_t room)
{
	ovl_node node = ovl_node_root(tree), next;
	struct ovl_prop prop;
	uint32_t len;

	while (!ovl_prop_find(tree, node, ovl_str("interrupt-controller"), &prop)) {
		next = ovl_node_first(tree, node);
		while (!next && node) {
			next = ovl_node_next(tree, node);
			if (!next)
				node = ovl_node_parent(tree, node);
		}
		if (!next)
			return 0;
		node = next;
	}
	len = ovl_node_path(tree, node, path, room);
	return len < room ? len : 0;
}

static int work(const unsigned char *blob)
{
	size_t len = (size_t)blob[4] << 24 | (size_t)blob[5] << 16 | (size_t)blob[6] << 8 | blob[7];
	struct ovl_apply_options options = { .flags = OVL_KEEP, .n_symbols = 1 };
	struct ovl_symbol intc = { .label = ovl_str("intc") };
	struct ovl_tree tree;
	static char path[256];

	if (!fine("open", ovl_tree_open(&tree, blob, len, storage, sizeof(storage), NULL)) || !flatten(&tree, &before))
		return 1;
	print_tree("before ", &before);

	intc.path.len = controller(&tree, path, sizeof(path) - 1);
	intc.path.ptr = path;
	options.symbols = &intc;
	print("controller ");
	print(path);
	print("\n");
	if (ovl_apply(&tree, overlay, (size_t)(overlay_end - overlay), NULL, NULL) != OVL_ERR_NO_SYMBOLS ||
	    !flatten(&tree, &after) || after.len != before.len || memcmp(after.bytes, before.bytes, after.len))
		print("an overlay without its label is not refused, or leaves something behind\n");
	else
		print("refused\n");

	if (!fine("apply", ovl_apply(&tree, overlay, (size_t)(overlay_end - overlay), &options, NULL)) ||
	    !flatten(&tree, &merged))
		return 1;
	print_tree("merged ", &merged);
	if (!fine("remove", ovl_remove(&tree, 1, NULL)) || !flatten(&tree, &after))
		return 1;
	print_tree("after ", &after);
	return 0;
}

int guest(const unsigned char *tree)
{
	int status = work(tree);

	print("done\n");
	return status;
}
