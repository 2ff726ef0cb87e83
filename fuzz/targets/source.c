/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* source.c - fuzz target: ovlc, with any text for source.
 * Parts: the source, what it can include as in.dtsi and is checked against as a base, what it can take in as in.bin.
 * What is compiled is a whole blob; read by ovlc and written again it has the same bytes, and so it has when it is
 * decompiled and compiled once more.  The preprocessor, a process, is left out. */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "files.h"

void fuzz_start(void)
{
	files_quiet();
}

/* Source can say what libovl refuses: a name or a path that is too long, and in /__local_fixups__, where the name of
 * a property is that of the one it is about, a phandle that is none. */
static void expect_compiled(const struct file_bytes *blob)
{
	static uint32_t storage[ROOM / 4];
	struct ovl_error err;
	struct ovl_tree tree;

	EXPECT(fdt_check_full(blob->bytes, blob->len) == 0);
	if (ovl_tree_open(&tree, blob->bytes, blob->len, storage, sizeof(storage), &err))
		EXPECT(is_limit(err.code) || err.code == OVL_ERR_DEPTH || err.code == OVL_ERR_NAME ||
		       err.code == OVL_ERR_PHANDLE);
}

/* A reservation of nothing, which who reads a blob takes for the end of them, as dtc does: only 0 of 0 bytes is that
 * (DTSpec 5.3.2). */
static bool has_false_end(const void *blob)
{
	uint64_t address, size;

	return fdt_get_mem_rsv(blob, fdt_num_mem_rsv(blob), &address, &size) == 0 && address;
}

/* Of what is below a node that nothing refers to, which is left out, a reference keeps the number, as with dtc; a source
 * has no words for that. */
static bool may_lack_nodes(const struct input *input)
{
	static const char word[] = "/omit-if-no-ref/";

	for (size_t i = 0; i < 2; i++)
		if (memmem(input->parts[i].bytes, input->parts[i].len, word, sizeof(word) - 1))
			return true;
	return false;
}

/* Back to source, and to a blob again: the same. */
static void round_trip(const char *symbols)
{
	char cpu[16];

	expect_compiled(files_get("out"));
	if (has_false_end(files_get("out")->bytes))
		return;
	files_put("blob", files_get("out")->bytes, files_get("out")->len);
	EXPECT(ovlc("-qq", "-I", "dtb", "-O", "dtb", "-f", "-o", "out", "blob") == 0);
	EXPECT(files_same("out", "blob"));
	EXPECT(ovlc("-qq", "-I", "dtb", "-O", "dts", "-f", symbols, "-o", "out", "blob") == 0);
	files_put("text", files_get("out")->bytes, files_get("out")->len);
	/* A node that was deleted, which only the first source has, may have said the boot CPU, as with dtc. */
	snprintf(cpu, sizeof(cpu), "-b%u", (unsigned int)fdt_boot_cpuid_phys(files_get("blob")->bytes));
	EXPECT(ovlc("-qq", "-I", "dts", "-O", "dtb", "-f", cpu, symbols, "--cpp=never", "-o", "out", "text") == 0);
	EXPECT(files_same("out", "blob"));
}

void fuzz_target(struct input *input)
{
	static const char *const forms[] = { "dtb", "dtb", "dtb", "dtb", "dts", "asm", "yaml", "null" };
	static const char *const formats[] = { "text", "short", "json", "sarif" };
	static const char *const others[] = { "", "-A", "-L", "-s", "-Hboth", "-Hlegacy", "--deletions", "-T" };
	const char *form = forms[choose(input, 8)], *symbols = choose(input, 2) ? "-@" : "";
	const char *format = formats[choose(input, 4)], *other = others[choose(input, 8)];
	const char *base = choose(input, 4) ? "" : "--base=in.dtsi";

	files_put_part("in.dts", &input->parts[0]);
	files_put_part("in.dtsi", &input->parts[1]);
	files_put_part("in.bin", &input->parts[2]);
	if (strcmp(form, "null") == 0)
		ovlc("-O", form, symbols, other, base, "--message-format", format, "--cpp=never", "in.dts");
	else if (ovlc("-O", form, symbols, other, base, "--message-format", format, "--cpp=never", "-o", "out",
		      "in.dts") == 0 && strcmp(form, "dtb") == 0 && !may_lack_nodes(input))
		round_trip(symbols);
	files_clear();
}
