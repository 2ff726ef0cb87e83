/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* image_file.h - an Android image of device trees or overlays (dtbo.img), version 0 or 1: a header, a table
 * of entries, and blobs behind each other, which entries may share and a version 1 image may compress.
 * All fields are big-endian; what id, rev and custom mean is the board's affair. */
#ifndef OVL_RESOLVER_IMAGE_FILE_H
#define OVL_RESOLVER_IMAGE_FILE_H

#include "load.h"

enum { IMAGE_HEADER_BYTES = 32, IMAGE_ENTRY_BYTES = 32, IMAGE_PAGE_BYTES = 2048 };

enum image_packing { IMAGE_PLAIN, IMAGE_ZLIB, IMAGE_GZIP };

struct image_entry {
	uint32_t size, offset; /* of the blob as it stands in the image */
	uint32_t id, rev;
	uint32_t custom[4]; /* in version 1 three, and custom[3] is 0 */
	uint32_t flags;	    /* version 1: the packing; 0 in version 0 */
};

struct image {
	const struct blob *blob; /* borrowed: the whole file */
	uint32_t total, version, page, n, entries;
};

/* Whether a file begins as an image does. */
bool image_is(const struct file_bytes *file);

/* Check the header, the table, and that every blob lies where it may; what is wrong was reported. */
enum status image_open(struct image *image, struct diags *diags, const struct blob *blob);
struct image_entry image_entry(const struct image *image, uint32_t i);

/* The blob of an entry, unpacked, to be freed with file_free(). */
enum status image_unpack(const struct image *image, struct diags *diags, uint32_t i,
			 struct file_bytes *out);
void image_pack(struct diags *diags, enum image_packing packing, const struct file_bytes *blob,
		struct file_bytes *out);

/* The entry that a word names: its number from 0 on, or id=N and rev=N with a comma between; UNRESOLVED when
 * none does, or several do. */
enum status image_select(const struct image *image, struct diags *diags, const char *word, uint32_t *i);

/* Read the blob that "IMAGE:WORD" names.  False when it names none, because there is no such file. */
bool image_read(struct diags *diags, const char *path, struct blob *blob, enum status *status);

/* flags: an enum image_packing, as all entries of an image that was opened have it. */
const char *image_packing_name(uint32_t flags);

#endif
