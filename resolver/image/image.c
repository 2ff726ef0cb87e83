/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* image.c - ovl image: make an Android image of device trees, list it, check it, take blobs out.
 * The same blob packed in the same way stands once in an image, however many entries have it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_file.h"
#include "grow.h"
#include "malformed.h"
#include "text.h"

enum { OPT_VERSION = 256, OPT_PAGE };

static const struct option_row image_options[] = {
	{ 'o', "output", "FILE", "create: the image; extract: the blob, or with no ENTRY the folder for all" },
	{ OPT_VERSION, "format", "0|1", "create: the version of the image, 0 when nothing in it is packed" },
	{ OPT_PAGE, "page-size", "N", "create: the size of a page that the header tells, 2048" },
};

struct image_verb {
	struct diags *diags;
	const char *output;
	uint32_t version, page;
	bool version_given, page_given;
	char **words;
	int n_words;
};

/* ---------------------------------------------------------------- list, verify */

static void list_entry(struct text *out, const struct image *image, uint32_t i)
{
	struct image_entry e = image_entry(image, i);

	text_add(out, "%u\tid=0x%x\trev=0x%x", i, e.id, e.rev);
	for (unsigned int k = 0; k + image->version < 4; k++)
		text_add(out, "\tcustom%u=0x%x", k, e.custom[k]);
	text_add(out, "\t%s\t%u bytes at %u\n", image_packing_name(e.flags), e.size, e.offset);
}

static enum status list(const struct image_verb *v, const struct image *image)
{
	struct text out = { 0 };
	enum status status;

	text_add(&out, "version %u, page size %u, %u %s, %u bytes\n", image->version, image->page, image->n,
		 image->n == 1 ? "entry" : "entries", image->total);
	for (uint32_t i = 0; i < image->n; i++)
		list_entry(&out, image, i);
	status = write_output(v->diags, "-", text_of(&out), out.len);
	text_free(&out);
	return status;
}

/* As any blob is. */
static enum status check_blob(struct diags *diags, const struct blob *blob)
{
	struct stack stack = { 0 };
	enum status status = malformed_start(diags, blob, "blob");

	if (!status)
		status = stack_open(&stack, diags, blob);
	stack_close(&stack);
	return status;
}

/* A blob of an entry is checked under the name that other verbs take. */
static enum status verify_entry(const struct image_verb *v, const struct image *image, uint32_t i)
{
	struct text name = { 0 };
	struct blob blob = { 0 };
	enum status status = image_unpack(image, v->diags, i, &blob.file);

	text_add(&name, "%s:%u", image->blob->name, i);
	blob.name = text_of(&name);
	if (!status)
		status = check_blob(v->diags, &blob);
	blob_free(&blob);
	text_free(&name);
	return status;
}

static enum status verify(const struct image_verb *v, const struct image *image)
{
	enum status status = DONE, told;

	for (uint32_t i = 0; i < image->n; i++) {
		told = verify_entry(v, image, i);
		status = told > status ? told : status;
	}
	return status;
}

/* ---------------------------------------------------------------- extract */

static enum status extract_to(const struct image_verb *v, const struct image *image, uint32_t i,
			      const char *path)
{
	struct file_bytes out;
	enum status status = image_unpack(image, v->diags, i, &out);

	if (!status) {
		status = write_output(v->diags, path, out.bytes, out.len);
		file_free(&out);
	}
	return status;
}

static enum status extract_all(const struct image_verb *v, const struct image *image)
{
	struct output *outputs = grow_new(v->diags, image->n, sizeof(*outputs));
	struct file_bytes *blobs = grow_new(v->diags, image->n, sizeof(*blobs));
	struct text *paths = grow_new(v->diags, image->n, sizeof(*paths));
	enum status status = DONE;

	for (uint32_t i = 0; i < image->n && !status; i++) {
		status = image_unpack(image, v->diags, i, &blobs[i]);
		text_add(&paths[i], "%s/%u.dtb", v->output, i);
		outputs[i] = (struct output){ text_of(&paths[i]), blobs[i].bytes, blobs[i].len, NULL };
	}
	if (!status)
		status = write_outputs(v->diags, outputs, image->n);
	for (uint32_t i = 0; i < image->n; i++) {
		file_free(&blobs[i]);
		text_free(&paths[i]);
	}
	free(outputs);
	free(blobs);
	free(paths);
	return status;
}

static enum status extract(const struct image_verb *v, const struct image *image)
{
	enum status status;
	uint32_t i = 0;

	if (!v->output)
		return usage_error(v->diags, "-o FILE is missing");
	if (v->n_words == 1)
		return extract_all(v, image);
	status = image_select(image, v->diags, v->words[1], &i);
	if (!status && output_is_terminal(v->output))
		return no_terminal(v->diags);
	return status ? status : extract_to(v, image, i, v->output);
}

/* ---------------------------------------------------------------- create */

struct part {
	struct blob blob;
	char *path;	   /* the word up to its first comma */
	unsigned int given; /* which of its fields, a bit each */
	struct image_entry entry;
	struct file_bytes packed;
	const struct file_bytes *bytes; /* as they stand in the image */
};

static enum status no_value(const struct image_verb *v, const struct part *part, const char *value,
			    const char *what)
{
	diag_error(v->diags, NULL, MSG_IMAGE_VALUE, part->path, value, what);
	return USAGE;
}

/* /path:property stands for the first cell of that property of the blob. */
static enum status cell_of(const struct image_verb *v, const struct part *part, const char *place,
			   uint32_t *number)
{
	const char *colon = strchr(place, ':');
	struct ovl_str path = { place, colon ? (uint32_t)(colon - place) : 0 };
	struct stack stack;
	struct ovl_prop p;
	ovl_node node;
	enum status status;

	if (!colon)
		return no_value(v, part, place, "/PATH:PROPERTY");
	status = stack_open(&stack, v->diags, &part->blob);
	if (status)
		return status;
	node = ovl_node_by_path(&stack.tree, path);
	if (node && ovl_prop_find(&stack.tree, node, ovl_str(colon + 1), &p) && p.len >= 4)
		*number = ovl_prop_cell(&p, 0);
	else
		status = no_value(v, part, place, "property of the blob with a cell in it");
	stack_close(&stack);
	return status;
}

static enum status read_number(const struct image_verb *v, const struct part *part, const char *value,
			       uint32_t *number)
{
	unsigned long long n;
	char *end;

	if (*value == '/')
		return cell_of(v, part, value, number);
	errno = 0;
	n = strtoull(value, &end, 0);
	if (*value < '0' || *value > '9' || *end || errno || n > UINT32_MAX)
		return no_value(v, part, value, "number of 32 bits");
	*number = (uint32_t)n;
	return DONE;
}

static enum status read_packing(const struct image_verb *v, struct part *part, const char *value)
{
	for (uint32_t packing = IMAGE_PLAIN; packing <= IMAGE_GZIP; packing++)
		if (strcmp(value, image_packing_name(packing)) == 0) {
			part->entry.flags = packing;
			return DONE;
		}
	return no_value(v, part, value, "way to pack: plain, zlib or gzip");
}

/* One "name=value" of a word, each name once. */
static enum status read_field(const struct image_verb *v, struct part *part, char *field)
{
	static const char *const names[] = { "id", "rev", "custom0", "custom1", "custom2", "custom3", "pack" };
	struct image_entry *e = &part->entry;
	uint32_t *const numbers[] = { &e->id, &e->rev, &e->custom[0], &e->custom[1], &e->custom[2], &e->custom[3] };
	const unsigned int n = sizeof(names) / sizeof(names[0]);
	char *value = strchr(field, '=');
	unsigned int i = 0;

	if (value)
		*value++ = '\0';
	if (!value)
		return no_value(v, part, field, "NAME=VALUE");
	while (i < n && strcmp(field, names[i]) != 0)
		i++;
	if (i == n)
		return no_value(v, part, field, "field: id, rev, custom0 to custom3, pack");
	if (part->given & 1u << i)
		return usage_error(v->diags, "%s: %s is given twice", part->path, field);
	part->given |= 1u << i;
	return i < n - 1 ? read_number(v, part, value, numbers[i]) : read_packing(v, part, value);
}

/* FILE[,NAME=VALUE]... */
static enum status read_part(const struct image_verb *v, struct part *part, const char *word)
{
	enum status status;
	char *next;

	part->path = grow_text(v->diags, word, strlen(word));
	next = strchr(part->path, ',');
	if (next)
		*next++ = '\0';
	status = blob_read_any(v->diags, part->path, &part->blob);
	if (!status)
		status = check_blob(v->diags, &part->blob);
	while (!status && next) {
		char *field = next;

		next = strchr(field, ',');
		if (next)
			*next++ = '\0';
		status = read_field(v, part, field);
	}
	part->bytes = &part->blob.file;
	if (status || !part->entry.flags)
		return status;
	part->bytes = &part->packed;
	image_pack(v->diags, (enum image_packing)part->entry.flags, &part->blob.file, &part->packed);
	return DONE;
}

static void put_fields(struct text *out, const uint32_t *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const unsigned char cell[] = { (unsigned char)(fields[i] >> 24), (unsigned char)(fields[i] >> 16),
					       (unsigned char)(fields[i] >> 8), (unsigned char)fields[i] };

		text_put(out, cell, sizeof(cell));
	}
}

static int compare_parts(const void *a, const void *b)
{
	const struct file_bytes *x = (*(struct part *const *)a)->bytes, *y = (*(struct part *const *)b)->bytes;
	int order;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	order = memcmp(x->bytes, y->bytes, x->len);
	if (order)
		return order;
	return *(struct part *const *)a < *(struct part *const *)b ? -1 : 1;
}

/* Equal blobs have the place of the first of them. */
static enum status place(const struct image_verb *v, struct part *parts, size_t n, uint32_t *total)
{
	struct part **sorted = grow_new(v->diags, n + 1, sizeof(*sorted)), *first = NULL;
	uint64_t at = IMAGE_HEADER_BYTES + (uint64_t)n * IMAGE_ENTRY_BYTES;

	for (size_t i = 0; i < n; i++)
		sorted[i] = &parts[i];
	qsort(sorted, n, sizeof(struct part *), compare_parts);
	/* The offset holds the number, from 0 on, of the first that is equal, until places are given. */
	for (size_t i = 0; i < n; i++) {
		if (!first || first->bytes->len != sorted[i]->bytes->len ||
		    memcmp(first->bytes->bytes, sorted[i]->bytes->bytes, first->bytes->len) != 0)
			first = sorted[i];
		sorted[i]->entry.offset = (uint32_t)(first - parts);
	}
	free(sorted);
	for (size_t i = 0; i < n; i++) {
		struct image_entry *e = &parts[i].entry;

		e->size = (uint32_t)parts[i].bytes->len;
		if (e->offset != i) {
			e->offset = parts[e->offset].entry.offset;
			continue;
		}
		e->offset = (uint32_t)at;
		at += e->size;
		if (at > UINT32_MAX) {
			diag_error(v->diags, NULL, MSG_TOO_LARGE);
			return POLICY;
		}
	}
	*total = (uint32_t)at;
	return DONE;
}

static void put_image(const struct image_verb *v, const struct part *parts, size_t n, uint32_t total,
		      struct text *out)
{
	const uint32_t header[] = { 0xd7b7ab1e, total, IMAGE_HEADER_BYTES, IMAGE_ENTRY_BYTES, (uint32_t)n,
				    IMAGE_HEADER_BYTES, v->page, v->version };

	put_fields(out, header, sizeof(header) / sizeof(header[0]));
	for (size_t i = 0; i < n; i++) {
		const struct image_entry *e = &parts[i].entry;

		put_fields(out, (const uint32_t[]){ e->size, e->offset, e->id, e->rev }, 4);
		if (v->version)
			put_fields(out, &e->flags, 1);
		put_fields(out, e->custom, v->version ? 3 : 4);
	}
	for (size_t i = 0; i < n; i++)
		if (parts[i].entry.offset == out->len)
			text_put(out, parts[i].bytes->bytes, parts[i].bytes->len);
}

/* What version 0 or 1 has no field for. */
static enum status check_version(struct image_verb *v, const struct part *parts, size_t n)
{
	bool packed = false, fourth = false;

	for (size_t i = 0; i < n; i++) {
		packed |= parts[i].entry.flags != 0;
		fourth |= parts[i].entry.custom[3] != 0;
	}
	if (!v->version_given)
		v->version = packed;
	if (packed && !v->version)
		return usage_error(v->diags, "an image of version 0 has no packed blobs");
	if (fourth && v->version)
		return usage_error(v->diags, "an image of version 1 has no custom3");
	return DONE;
}

static enum status create_of(struct image_verb *v, struct part *parts, size_t n)
{
	struct text out = { 0 };
	uint32_t total = 0;
	enum status status = DONE;

	for (size_t i = 0; i < n && !status; i++)
		status = read_part(v, &parts[i], v->words[i]);
	if (!status)
		status = check_version(v, parts, n);
	if (!status)
		status = place(v, parts, n, &total);
	if (status)
		return status;
	put_image(v, parts, n, total, &out);
	status = write_output(v->diags, v->output, text_of(&out), out.len);
	text_free(&out);
	return status;
}

static enum status create(struct image_verb *v)
{
	size_t n = (size_t)v->n_words;
	struct part *parts;
	enum status status;

	if (!v->output)
		return usage_error(v->diags, "-o FILE is missing");
	if (output_is_terminal(v->output))
		return no_terminal(v->diags);
	parts = grow_new(v->diags, n + 1, sizeof(*parts));
	status = create_of(v, parts, n);
	for (size_t i = 0; i < n; i++) {
		blob_free(&parts[i].blob);
		file_free(&parts[i].packed);
		free(parts[i].path);
	}
	free(parts);
	return status;
}

/* ---------------------------------------------------------------- all of it */

typedef enum status image_fn(const struct image_verb *v, const struct image *image);

static enum status with_image(const struct image_verb *v, image_fn *fn, int most)
{
	struct blob blob = { 0 };
	struct image image;
	enum status status;

	if (v->n_words < 1)
		return usage_error(v->diags, "no image is given");
	if (v->n_words > most)
		return usage_error(v->diags, "'%s' is one word too many", v->words[most]);
	status = blob_read_any(v->diags, v->words[0], &blob);
	if (!status)
		status = image_open(&image, v->diags, &blob);
	if (!status)
		status = fn(v, &image);
	blob_free(&blob);
	return status;
}

static enum status run_word(struct image_verb *v, const char *word)
{
	if (!word)
		return usage_error(v->diags, "create, list, extract or verify?");
	if (strcmp(word, "create") == 0)
		return create(v);
	if (v->version_given || v->page_given)
		return usage_error(v->diags, "--format and --page-size are for create");
	if (strcmp(word, "extract") == 0)
		return with_image(v, extract, 2);
	if (v->output)
		return usage_error(v->diags, "-o FILE is for create and extract");
	if (strcmp(word, "list") == 0)
		return with_image(v, list, 1);
	if (strcmp(word, "verify") == 0)
		return with_image(v, verify, 1);
	return usage_error(v->diags, "'%s' is none of create, list, extract and verify", word);
}

static enum status image_option(struct image_verb *v, int letter)
{
	unsigned long long page;
	char *end;

	if (letter == 'o') {
		v->output = optarg;
	} else if (letter == OPT_VERSION) {
		if ((*optarg != '0' && *optarg != '1') || optarg[1])
			return usage_error(v->diags, "--format takes 0 or 1");
		v->version = *optarg == '1';
		v->version_given = true;
	} else {
		page = strtoull(optarg, &end, 0);
		if (*optarg < '0' || *optarg > '9' || *end || !page || page > UINT32_MAX)
			return usage_error(v->diags, "--page-size takes a number from 1, of 32 bits");
		v->page = (uint32_t)page;
		v->page_given = true;
	}
	return DONE;
}

static enum status image_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct image_verb v = { .diags = diags, .page = IMAGE_PAGE_BYTES };
	enum status status = DONE;
	struct options o;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while (!status && (letter = options_next(&o)) >= 0)
		status = image_option(&v, letter);
	if (status)
		return status;
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? DONE : USAGE;
	v.words = argv + optind + 1;
	v.n_words = argc - optind - 1;
	return run_word(&v, argv[optind]);
}

const struct verb verb_image = {
	.name = "image",
	.program = "ovl image",
	.synopsis = "create FILE[,NAME=VALUE]... -o IMAGE | list IMAGE | verify IMAGE | "
		    "extract IMAGE [ENTRY] -o FILE",
	.summary = "Make, list, check and unpack Android images of device trees",
	.options = image_options,
	.n_options = sizeof(image_options) / sizeof(image_options[0]),
	.run = image_run,
	.more = "NAME is id, rev, custom0 to custom3 (a number, or /PATH:PROPERTY of the blob), or pack (plain,\n"
		"zlib, gzip).  ENTRY is a number from 0 on, id=N, rev=N or id=N,rev=N.\n"
		"Every verb that reads a blob takes IMAGE:ENTRY for it.\n"
		"Exit status: 0 done, 2 wrong command line, 3 malformed input, 4 no such entry, or several,\n"
		"6 beyond a limit, 7 a file cannot be read or written.\n",
};
