/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* image_file.c - the bytes of an Android image of device trees, and back, see image_file.h.
 * An image comes from a partition: what follows its total size is not looked at, and nothing in it is
 * believed.  The format is the one documented for Android's dtb and dtbo partitions. */
#include "image_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "grow.h"

#define MAGIC	   0xd7b7ab1eu
#define ACPI_MAGIC 0x41435049u

/* No device tree is larger, and a packed one may say that it is anything. */
#define MOST_BYTES ((size_t)64 << 20)

static uint32_t field(const unsigned char *at, unsigned int n)
{
	at += 4 * (size_t)n;
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

const char *image_packing_name(uint32_t flags)
{
	static const char *const names[] = { [IMAGE_PLAIN] = "plain", [IMAGE_ZLIB] = "zlib", [IMAGE_GZIP] = "gzip" };

	return names[flags];
}

/* ---------------------------------------------------------------- reading */

bool image_is(const struct file_bytes *file)
{
	return file->len >= 4 && field(file->bytes, 0) == MAGIC;
}

static enum status wrong(const struct image *image, struct diags *diags, const char *what, uint32_t got,
			 const char *bound, uint32_t than)
{
	struct diag_place at = { .file = image->blob->name };

	diag_error(diags, &at, MSG_IMAGE_FIELD, what, got, bound, than);
	return MALFORMED;
}

static enum status wrong_entry(const struct image *image, struct diags *diags, uint32_t i, const char *what)
{
	struct diag_place at = { .file = image->blob->name };

	diag_error(diags, &at, MSG_IMAGE_ENTRY, i, what);
	return MALFORMED;
}

static enum status read_header(struct image *image, struct diags *diags)
{
	const struct file_bytes *file = &image->blob->file;
	struct diag_place at = { .file = image->blob->name };

	if (!image_is(file)) {
		diag_error(diags, &at, MSG_NO_IMAGE, image->blob->name);
		if (file->len >= 4 && field(file->bytes, 0) == ACPI_MAGIC)
			diag_note(diags, &at, "it is an image of ACPI tables");
		return MALFORMED;
	}
	if (file->len < IMAGE_HEADER_BYTES) {
		diag_error(diags, &at, MSG_IMAGE_SHORT, file->len, (uint32_t)IMAGE_HEADER_BYTES);
		return MALFORMED;
	}
	image->total = field(file->bytes, 1);
	image->n = field(file->bytes, 4);
	image->entries = field(file->bytes, 5);
	image->page = field(file->bytes, 6);
	image->version = field(file->bytes, 7);
	if (image->version > 1)
		return wrong(image, diags, "version", image->version, "at most ", 1);
	if (field(file->bytes, 2) != IMAGE_HEADER_BYTES)
		return wrong(image, diags, "header_size", field(file->bytes, 2), "", IMAGE_HEADER_BYTES);
	if (field(file->bytes, 3) != IMAGE_ENTRY_BYTES)
		return wrong(image, diags, "dt_entry_size", field(file->bytes, 3), "", IMAGE_ENTRY_BYTES);
	if (image->total < IMAGE_HEADER_BYTES)
		return wrong(image, diags, "total_size", image->total, "at least ", IMAGE_HEADER_BYTES);
	if (image->total > file->len) {
		diag_error(diags, &at, MSG_IMAGE_SHORT, file->len, image->total);
		return MALFORMED;
	}
	if (image->entries < IMAGE_HEADER_BYTES)
		return wrong(image, diags, "dt_entries_offset", image->entries, "at least ", IMAGE_HEADER_BYTES);
	if (image->entries > image->total)
		return wrong(image, diags, "dt_entries_offset", image->entries, "at most ", image->total);
	if (image->n > (image->total - image->entries) / IMAGE_ENTRY_BYTES)
		return wrong(image, diags, "dt_entry_count", image->n, "at most ",
			     (image->total - image->entries) / IMAGE_ENTRY_BYTES);
	return DONE;
}

struct image_entry image_entry(const struct image *image, uint32_t i)
{
	const unsigned char *at = image->blob->file.bytes + image->entries + (size_t)i * IMAGE_ENTRY_BYTES;
	struct image_entry e = { field(at, 0), field(at, 1), field(at, 2), field(at, 3), { 0 }, 0 };
	unsigned int skip = image->version;

	for (unsigned int k = 0; k + skip < 4; k++)
		e.custom[k] = field(at, 4 + skip + k);
	if (skip)
		e.flags = field(at, 4);
	return e;
}

enum status image_open(struct image *image, struct diags *diags, const struct blob *blob)
{
	uint32_t table_end;
	enum status status;

	*image = (struct image){ .blob = blob };
	status = read_header(image, diags);
	if (status)
		return status;
	table_end = image->entries + image->n * IMAGE_ENTRY_BYTES;
	for (uint32_t i = 0; i < image->n; i++) {
		struct image_entry e = image_entry(image, i);

		if (e.offset < table_end && e.offset + (uint64_t)e.size > image->entries)
			return wrong_entry(image, diags, i, "its blob lies over the table of entries");
		if (e.offset < IMAGE_HEADER_BYTES || e.offset > image->total ||
		    e.size > image->total - e.offset)
			return wrong_entry(image, diags, i, "its blob does not lie within the image");
		if (e.flags > IMAGE_GZIP)
			return wrong_entry(image, diags, i, "its blob is packed in an unknown way");
	}
	return DONE;
}

/* ---------------------------------------------------------------- packing */

/* zlib and gzip headers; what a packer of the Python library, which others use, writes. */
static int window_bits(uint32_t packing)
{
	return packing == IMAGE_GZIP ? MAX_WBITS + 16 : MAX_WBITS;
}

/* Inflate as far as there is room; grows the output. */
static int inflate_all(struct diags *diags, z_stream *z, struct file_bytes *out)
{
	size_t room = 0;
	int result = Z_OK;

	while (result == Z_OK && out->len < MOST_BYTES) {
		room = room ? room * 2 : 64 << 10;
		out->bytes = grow_one(diags, out->bytes, 0, room + 2);
		z->next_out = out->bytes + out->len;
		z->avail_out = (uInt)(room - out->len);
		result = inflate(z, Z_NO_FLUSH);
		out->len = room - z->avail_out;
		/* All that there is was read, and the end is not in it. */
		if (result == Z_OK && z->avail_out)
			return Z_BUF_ERROR;
	}
	return result;
}

static enum status unpack(const struct image *image, struct diags *diags, uint32_t i,
			  const struct image_entry *e, struct file_bytes *out)
{
	z_stream z = { .next_in = image->blob->file.bytes + e->offset, .avail_in = e->size };
	int result = inflateInit2(&z, window_bits(e->flags));

	if (result == Z_OK)
		result = inflate_all(diags, &z, out);
	inflateEnd(&z);
	if (result == Z_MEM_ERROR)
		diag_no_memory(diags);
	if (result == Z_OK)
		return wrong_entry(image, diags, i, "its blob has more than 64 MiB when it is unpacked");
	if (result != Z_STREAM_END || !out->bytes)
		return wrong_entry(image, diags, i, "its blob cannot be unpacked: the data is broken");
	if (z.avail_in)
		return wrong_entry(image, diags, i, "something follows its packed blob");
	memset(out->bytes + out->len, 0, 2);
	return DONE;
}

enum status image_unpack(const struct image *image, struct diags *diags, uint32_t i,
			 struct file_bytes *out)
{
	struct image_entry e = image_entry(image, i);
	enum status status;

	*out = (struct file_bytes){ .len = 0 };
	if (e.flags) {
		status = unpack(image, diags, i, &e, out);
		if (status)
			file_free(out);
		return status;
	}
	out->bytes = grow_new(diags, 1, (size_t)e.size + 2);
	memcpy(out->bytes, image->blob->file.bytes + e.offset, e.size);
	out->len = e.size;
	return DONE;
}

void image_pack(struct diags *diags, enum image_packing packing, const struct file_bytes *blob,
		struct file_bytes *out)
{
	z_stream z = { .next_in = blob->bytes, .avail_in = (uInt)blob->len };

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits(packing), 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		diag_no_memory(diags);
	out->len = deflateBound(&z, blob->len);
	out->bytes = grow_bytes(diags, out->len);
	z.next_out = out->bytes;
	z.avail_out = (uInt)out->len;
	deflate(&z, Z_FINISH);
	out->len -= z.avail_out;
	deflateEnd(&z);
}

/* ---------------------------------------------------------------- selecting */

/* Takes "NAME=NUMBER" off a word; false when it does not begin with that. */
static bool take_field(const char **word, const char *name, uint32_t *number)
{
	size_t len = strlen(name);
	unsigned long long n;
	char *end;

	if (strncmp(*word, name, len) != 0 || (*word)[len] < '0' || (*word)[len] > '9')
		return false;
	n = strtoull(*word + len, &end, 0);
	if ((*end && *end != ',') || n > UINT32_MAX)
		return false;
	*number = (uint32_t)n;
	*word = end + (*end == ',' && end[1]);
	return true;
}

struct wanted {
	bool by_index, by_id, by_rev;
	uint32_t index, id, rev;
};

static bool read_wanted(const char *word, struct wanted *w)
{
	*w = (struct wanted){ .by_index = false };
	w->by_index = take_field(&word, "", &w->index);
	while (*word && !w->by_index) {
		if (!w->by_id && take_field(&word, "id=", &w->id))
			w->by_id = true;
		else if (!w->by_rev && take_field(&word, "rev=", &w->rev))
			w->by_rev = true;
		else
			return false;
	}
	return !*word && (w->by_index || w->by_id || w->by_rev);
}

static bool is_wanted(const struct image *image, const struct wanted *w, uint32_t i)
{
	struct image_entry e = image_entry(image, i);

	return w->by_index ? w->index == i : (!w->by_id || e.id == w->id) && (!w->by_rev || e.rev == w->rev);
}

enum status image_select(const struct image *image, struct diags *diags, const char *word, uint32_t *found)
{
	struct diag_place at = { .file = image->blob->name };
	struct wanted wanted;
	uint32_t n = 0;

	if (!read_wanted(word, &wanted))
		return usage_error(diags, "'%s' is no entry of an image: NUMBER, id=N, rev=N or id=N,rev=N", word);
	for (uint32_t i = 0; i < image->n; i++)
		if (is_wanted(image, &wanted, i) && !n++)
			*found = i;
	if (n == 1)
		return DONE;
	diag_error(diags, &at, MSG_IMAGE_SELECT, word, n, image->n);
	diag_help(diags, NULL, "ovl image list IMAGE tells which there are");
	return UNRESOLVED;
}

bool image_read(struct diags *diags, const char *path, struct blob *blob, enum status *status)
{
	const char *colon = strrchr(path, ':');
	char *file = colon ? grow_text(diags, path, (size_t)(colon - path)) : NULL;
	struct blob whole = { .name = path };
	int error = file ? file_read(file, &whole.file) : ENOENT;
	struct image image;
	uint32_t i = 0;

	if (error == ENOMEM)
		diag_no_memory(diags);
	free(file);
	if (error)
		return false;
	*status = image_open(&image, diags, &whole);
	if (!*status)
		*status = image_select(&image, diags, colon + 1, &i);
	if (!*status)
		*status = image_unpack(&image, diags, i, &blob->file);
	blob->in_image = true;
	file_free(&whole.file);
	return true;
}
