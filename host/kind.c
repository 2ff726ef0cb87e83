/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* kind.c - what a file is that is neither source nor a blob, told by its first bytes, see kind.h.
 * Each of these was given to a compiler or a loader for what is in it. */
#include "kind.h"

#include <string.h>
#include <strings.h>

#define MAGIC(bytes) bytes, sizeof(bytes) - 1

/* Source may begin with any word: behind letters is one more byte that no source has there.  unpack writes what is in
 * a file on standard output; a help has the name of the file for each %s. */
static const struct kind {
	const char *magic;
	size_t len;
	const char *name, *unpack, *suffix, *help;
} kinds[] = {
	{ MAGIC("\x1f\x8b"), "compressed by gzip", "gzip -dc", ".gz", NULL },
	{ MAGIC("\xfd" "7zXZ\0"), "compressed by xz", "xz -dc", ".xz", NULL },
	{ MAGIC("\x28\xb5\x2f\xfd"), "compressed by zstd", "zstd -dc", ".zst", NULL },
	{ MAGIC("\x04\x22\x4d\x18"), "compressed by lz4", "lz4 -dc", ".lz4", NULL },
	{ MAGIC("\x02\x21\x4c\x18"), "compressed by lz4", "lz4 -dc", ".lz4", NULL },
	{ MAGIC("BZh91AY&SY"), "compressed by bzip2", "bzip2 -dc", ".bz2", NULL },
	{ MAGIC("PK\3\4"), "a zip archive", "unzip -p", ".zip", NULL },
	{ MAGIC("\xd7\xb7\xab\x1e"), "an Android image of device trees", NULL, NULL,
	  "`ovl image list %s` tells what is in it, and %s:0 is the first blob for ovl" },
	{ MAGIC("ANDROID!"), "an Android boot image", NULL, NULL,
	  "take the tree out of it: unpack_bootimg --boot_img %s" },
	{ MAGIC("VNDRBOOT\3\0"), "an Android vendor boot image", NULL, NULL,
	  "take the tree out of it: unpack_bootimg --boot_img %s" },
	{ MAGIC("VNDRBOOT\4\0"), "an Android vendor boot image", NULL, NULL,
	  "take the tree out of it: unpack_bootimg --boot_img %s" },
	{ MAGIC("\x27\x05\x19\x56"), "a U-Boot image", NULL, NULL,
	  "take what is in it out with dumpimage; dumpimage -l %s lists that" },
	{ MAGIC("OVLR\0"), "a receipt of ovl apply", NULL, NULL,
	  "the tree is the file that ovl apply wrote together with it" },
	{ MAGIC("\x7f" "ELF"), "an ELF file, a program or a part of one", NULL, NULL, NULL },
	{ MAGIC("\xed\xfe\x0d\xd0"), "a blob whose words have their bytes in reverse order", NULL, NULL, NULL },
	{ MAGIC("<!DOCTYPE"), "a web page", NULL, NULL,
	  "download the file itself, not the page that shows it" },
	{ MAGIC("<html"), "a web page", NULL, NULL, "download the file itself, not the page that shows it" },
};

/* A web page may begin with empty lines. */
static const struct kind *find(const unsigned char *bytes, size_t len)
{
	const unsigned char *text = bytes;
	size_t left = len;

	while (left && strchr(" \t\r\n", *text) && *text)
		text++, left--;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct kind *k = &kinds[i];

		if (k->magic[0] == '<' ? left >= k->len && strncasecmp((const char *)text, k->magic, k->len) == 0
				       : len >= k->len && memcmp(bytes, k->magic, k->len) == 0)
			return k;
	}
	return NULL;
}

const char *kind_of(const unsigned char *bytes, size_t len)
{
	const struct kind *k = find(bytes, len);

	return k ? k->name : NULL;
}

/* As its readers call it in messages. */
static bool is_standard_input(const char *path)
{
	return strcmp(path, "standard input") == 0 || strcmp(path, "<stdin>") == 0;
}

static void help_unpack(struct diags *diags, const struct diag_place *at, const char *path, const struct kind *k)
{
	size_t n = strlen(path), end = strlen(k->suffix);

	if (is_standard_input(path))
		diag_help(diags, at, "unpack it first, with %s", k->unpack);
	else if (n > end && strcmp(path + n - end, k->suffix) == 0 && path[n - end - 1] != '/')
		diag_help(diags, at, "unpack it first: %s %s > %.*s", k->unpack, path, (int)(n - end), path);
	else
		diag_help(diags, at, "unpack it first: %s %s > FILE", k->unpack, path);
}

void kind_help(struct diags *diags, const struct diag_place *at, const char *path, const unsigned char *bytes,
	       size_t len)
{
	const struct kind *k = find(bytes, len);

	if (k && k->unpack)
		help_unpack(diags, at, path, k);
	else if (k && k->help && is_standard_input(path))
		diag_help(diags, at, k->help, "FILE", "FILE");
	else if (k && k->help)
		diag_help(diags, at, k->help, path, path);
}
