/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* dump.c - ovl dump, and fdtdump: what is in a blob, tag by tag, as far as it can be read.
 * Prints byte for byte what fdtdump prints of a sound blob.  Of any other it prints what comes
 * before the place where it breaks, and says which that is.  Nothing is believed: every block is
 * cut where the file ends, and a name that could not be one ends the dump.  Format: DTSpec 5. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "malformed.h"
#include "tags.h"
#include "value.h"
#include "where.h"

enum { SPILL = 1 << 16 };

static const struct option_row dump_options[] = {
	{ 'd', "debug", NULL, "print the place of each tag, name and value too" },
	{ 's', "scan", NULL, "find the blob within FILE" },
};

static const struct option_row fdtdump_options[] = {
	{ 'd', "debug", NULL, "print the place of each tag, name and value too" },
	{ 's', "scan", NULL, "find the blob within FILE" },
	{ 'V', "version", NULL, "say which version this is" },
};

struct dump {
	struct diags *diags;
	bool debug, scan;
	struct blob blob; /* borrows the bytes of the file, from where the blob begins */
	const unsigned char *bytes;
	size_t len; /* of the blob or the file, whichever ends first */
	uint32_t version;
	size_t at, end; /* in the structure block, and where that ends */
	const char *strings;
	size_t strings_len;
	unsigned int n_nameless; /* properties whose name is not there */
	unsigned int depth;
	struct text out;
	enum status status; /* of writing */
};

/* What is printed of a file may be many times its length, and is never held as a whole. */
static void spill(struct dump *d, size_t most)
{
	if (d->out.len <= most || d->status)
		return;
	d->status = write_output(d->diags, "-", d->out.at, d->out.len);
	text_cut(&d->out, 0);
}

/* A number with a text before it, which is most of what is printed: without printf(). */
static void add_hex(struct dump *d, const char *before, uint32_t number, unsigned int n_digits)
{
	char digits[8];

	for (unsigned int i = n_digits; i-- > 0; number >>= 4)
		digits[i] = "0123456789abcdef"[number & 15];
	text_put(&d->out, before, strlen(before));
	text_put(&d->out, digits, n_digits);
}

/* Bytes that could steer a terminal are printed as numbers. */
static void add_name(struct dump *d, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (name[i] < 0x20 || name[i] > 0x7e)
			add_hex(d, "\\x", (unsigned char)name[i], 2);
		else
			text_put(&d->out, name + i, 1);
		spill(d, SPILL);
	}
}

static void indent(struct dump *d)
{
	text_add(&d->out, "%*s", (int)d->depth * 4, "");
}

/* ---------------------------------------------------------------- where it breaks */

static enum status breaks(struct dump *d, const char *why, uint32_t number)
{
	struct diag_place at = { .file = d->blob.name };
	struct text path = { 0 };
	uint32_t structure = be32(d->bytes + 8);

	spill(d, 0);
	where_path(&path, &d->blob, (uint32_t)(d->at - structure));
	diag_error(d->diags, &at, MSG_BLOB_STRUCTURE, (unsigned int)d->at, text_of(&path));
	diag_note(d->diags, &at, why, number);
	text_free(&path);
	return MALFORMED;
}

static enum status no_block(struct dump *d, const char *name)
{
	struct diag_place at = { .file = d->blob.name };

	spill(d, 0);
	diag_error(d->diags, &at, MSG_BLOB_HEADER, name);
	return MALFORMED;
}

/* ---------------------------------------------------------------- header */

static void add_line(struct dump *d, const char *name, const char *tabs, uint32_t number)
{
	text_add(&d->out, "// %s:%s0x%x\n", name, tabs, number);
}

static void print_header(struct dump *d)
{
	const unsigned char *b = d->bytes;

	text_add(&d->out, "/dts-v1/;\n");
	add_line(d, "magic", "\t\t", be32(b));
	text_add(&d->out, "// totalsize:\t\t0x%x (%u)\n", be32(b + 4), be32(b + 4));
	add_line(d, "off_dt_struct", "\t", be32(b + 8));
	add_line(d, "off_dt_strings", "\t", be32(b + 12));
	add_line(d, "off_mem_rsvmap", "\t", be32(b + 16));
	text_add(&d->out, "// version:\t\t%u\n", d->version);
	text_add(&d->out, "// last_comp_version:\t%u\n", be32(b + 24));
	if (d->version >= 2)
		add_line(d, "boot_cpuid_phys", "\t", be32(b + 28));
	if (d->version >= 3)
		add_line(d, "size_dt_strings", "\t", be32(b + 32));
	if (d->version >= 17)
		add_line(d, "size_dt_struct", "\t", be32(b + 36));
	text_add(&d->out, "\n");
}

static const char *hex_or_zero(char text[24], uint64_t n)
{
	snprintf(text, 24, n ? "0x%" PRIx64 : "0", n);
	return text;
}

static enum status print_reservations(struct dump *d)
{
	size_t at = be32(d->bytes + 16);
	char address[24], size[24];

	for (;; at += 16) {
		const unsigned char *entry = d->bytes + at;

		if (at > d->len || d->len - at < 16)
			return no_block(d, "memory reservation");
		if (!be64(entry) && !be64(entry + 8))
			return DONE;
		text_add(&d->out, "/memreserve/ %s %s;\n", hex_or_zero(address, be64(entry)),
			 hex_or_zero(size, be64(entry + 8)));
		spill(d, SPILL);
	}
}

static size_t shorter(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Cut the blocks where the file ends, which is often before the strings. */
static enum status find_blocks(struct dump *d)
{
	size_t structure = be32(d->bytes + 8), strings = be32(d->bytes + 12);

	if (structure >= d->len)
		return no_block(d, "structure");
	d->at = structure;
	d->end = d->len;
	if (d->version >= 17)
		d->end = structure + shorter(d->len - structure, be32(d->bytes + 36));
	strings = shorter(strings, d->len);
	d->strings = (const char *)d->bytes + strings;
	d->strings_len = d->len - strings;
	if (d->version >= 3)
		d->strings_len = shorter(d->strings_len, be32(d->bytes + 32));
	return DONE;
}

/* ---------------------------------------------------------------- tags */

static void debug_tag(struct dump *d, uint32_t tag)
{
	static const char *const names[] = { [BEGIN_NODE] = "FDT_BEGIN_NODE",
					     [END_NODE] = "FDT_END_NODE",
					     [PROP] = "FDT_PROP",
					     [NOP] = "FDT_NOP" };

	if (d->debug)
		text_add(&d->out, "// %04zx: tag: 0x%08x (%s)\n", d->at, tag,
			 tag >= BEGIN_NODE && tag <= NOP ? names[tag] : "FDT_???");
}

static enum status begin_node(struct dump *d)
{
	struct diag_place at = { .file = d->blob.name };
	const char *name = (const char *)d->bytes + d->at + 4;
	size_t room = d->end - d->at - 4, len = strnlen(name, room);

	if (len == room)
		return breaks(d, "the name of a node has no end", 0);
	if (d->depth == OVL_MAX_DEPTH) {
		spill(d, 0);
		diag_error(d->diags, &at, MSG_BLOB_DEPTH, "it", OVL_MAX_DEPTH);
		return POLICY;
	}
	indent(d);
	add_name(d, len ? name : "/", len ? len : 1);
	text_add(&d->out, " {\n");
	d->depth++;
	d->at += 4 + shorter(room, (len + 4) & ~(size_t)3);
	return DONE;
}

static enum status end_node(struct dump *d)
{
	if (!d->depth)
		return breaks(d, "a node ends and none has begun", 0);
	d->depth--;
	indent(d);
	text_add(&d->out, "};\n");
	d->at += 4;
	return DONE;
}

static void print_strings(struct dump *d, const unsigned char *value, size_t len)
{
	for (size_t i = 0; i + 1 < len && !d->status; i++) {
		if (value[i])
			text_put(&d->out, value + i, 1);
		else
			text_put(&d->out, "\", \"", 4);
		spill(d, SPILL);
	}
}

static void print_numbers(struct dump *d, const unsigned char *value, size_t len)
{
	for (size_t i = 0; i < len && !d->status; i += len % 4 ? 1 : 4) {
		if (len % 4)
			add_hex(d, i ? " " : "", value[i], 2);
		else
			add_hex(d, i ? " 0x" : "0x", be32(value + i), 8);
		spill(d, SPILL);
	}
}

static void print_value(struct dump *d, const unsigned char *value, size_t len)
{
	if (value_is_strings(value, len)) {
		text_add(&d->out, " = \"");
		print_strings(d, value, len);
		text_add(&d->out, "\"");
	} else if (len) {
		text_add(&d->out, len % 4 ? " = [" : " = <");
		print_numbers(d, value, len);
		text_add(&d->out, len % 4 ? "]" : ">");
	}
}

/* Before version 16 long values begin at multiples of 8. */
static size_t value_at(const struct dump *d, uint32_t len)
{
	size_t at = d->at + 12;

	return d->version < 16 && len >= 8 ? (at + 7) & ~(size_t)7 : at;
}

/* A name that is not there, or goes on for longer than names are, is printed as its place. */
static bool add_prop_name(struct dump *d, uint32_t off)
{
	size_t room = d->strings_len - shorter(d->strings_len, off), len;

	room = shorter(room, OVL_MAX_NAME + 1);
	len = room ? strnlen(d->strings + off, room) : 0;
	if (len < room)
		add_name(d, d->strings + off, len);
	else
		text_add(&d->out, "?0x%x", off);
	return len < room;
}

static void print_prop(struct dump *d, size_t value, uint32_t len, uint32_t name)
{
	if (d->debug) {
		text_add(&d->out, "// %04zx: string: ", (size_t)be32(d->bytes + 12) + name);
		add_prop_name(d, name);
		text_add(&d->out, "\n// %04zx: value\n", value);
	}
	indent(d);
	d->n_nameless += !add_prop_name(d, name);
	print_value(d, d->bytes + value, len);
	text_add(&d->out, ";\n");
}

static enum status property(struct dump *d)
{
	uint32_t len, name;
	size_t value;

	if (d->end - d->at < 12)
		return breaks(d, "the block ends inside a property", 0);
	len = be32(d->bytes + d->at + 4);
	name = be32(d->bytes + d->at + 8);
	value = value_at(d, len);
	if (value > d->end || len > d->end - value)
		return breaks(d, "the value of a property has %u bytes, more than are left", len);
	print_prop(d, value, len, name);
	d->at = value + shorter(d->end - value, ((size_t)len + 3) & ~(size_t)3);
	return DONE;
}

/* *more is false behind the last tag. */
static enum status print_tag(struct dump *d, bool *more)
{
	uint32_t tag;

	if (d->end - d->at < 4)
		return breaks(d, "the block ends before FDT_END", 0);
	tag = be32(d->bytes + d->at);
	*more = tag != END;
	if (*more)
		debug_tag(d, tag);
	switch (tag) {
	case BEGIN_NODE:
		return begin_node(d);
	case END_NODE:
		return end_node(d);
	case PROP:
		return property(d);
	case NOP:
		indent(d);
		text_add(&d->out, "// [NOP]\n");
		d->at += 4;
		return DONE;
	case END:
		return d->depth ? breaks(d, "FDT_END inside a node", 0) : DONE;
	default:
		return breaks(d, "unknown tag 0x%08x", tag);
	}
}

static enum status print_tags(struct dump *d)
{
	struct diag_place at = { .file = d->blob.name };
	enum status status = find_blocks(d);
	bool more = true;

	while (!status && !d->status && more) {
		status = print_tag(d, &more);
		spill(d, SPILL);
	}
	if (d->n_nameless) {
		spill(d, 0);
		diag_error(d->diags, &at, MSG_NAMES_OUTSIDE, d->n_nameless);
		status = MALFORMED;
	}
	return status;
}

/* ---------------------------------------------------------------- all of it */

static size_t header_len(uint32_t version)
{
	return version >= 17 ? 40 : version >= 3 ? 36 : version == 2 ? 32 : 28;
}

/* A version behind the last known one is read when it says that it can be. */
static bool version_known(const unsigned char *header)
{
	return be32(header + 20) <= 17 || be32(header + 24) <= 17;
}

static enum status print_blob(struct dump *d)
{
	struct diag_place at = { .file = d->blob.name };
	enum status tree, status;

	d->bytes = d->blob.file.bytes;
	d->len = d->blob.file.len;
	d->version = d->len < 28 ? 0 : be32(d->bytes + 20);
	if (d->len < header_len(d->version)) {
		diag_error(d->diags, NULL, MSG_BLOB_SHORT, d->blob.name, d->len);
		return MALFORMED;
	}
	if (!version_known(d->bytes)) {
		diag_error(d->diags, &at, MSG_BLOB_VERSION, d->version, be32(d->bytes + 24));
		return MALFORMED;
	}
	d->len = shorter(d->len, be32(d->bytes + 4));
	print_header(d);
	status = print_reservations(d);
	tree = print_tags(d);
	spill(d, 0);
	if (d->blob.file.len >= be32(d->bytes + 4))
		return status ? status : tree;
	diag_error(d->diags, &at, MSG_BLOB_TRUNCATED, be32(d->bytes + 4), d->blob.file.len);
	return MALFORMED;
}

/* Where a blob begins whose header may be right. */
static bool may_begin(const unsigned char *bytes, size_t len)
{
	return len >= 28 && len >= header_len(be32(bytes + 20)) && version_known(bytes) &&
	       be32(bytes + 4) <= len && be32(bytes + 8) < be32(bytes + 4) &&
	       be32(bytes + 12) < be32(bytes + 4);
}

static enum status find_inside(struct dump *d, const char *file)
{
	static const unsigned char magic[] = { 0xd0, 0x0d, 0xfe, 0xed };
	const unsigned char *start = d->blob.file.bytes, *end = start + d->blob.file.len, *at = start;
	char offset[24];

	while ((at = memmem(at, (size_t)(end - at), magic, sizeof(magic))) != NULL &&
	       !may_begin(at, (size_t)(end - at)))
		at++;
	if (!at) {
		diag_error(d->diags, NULL, MSG_NO_BLOB_INSIDE, d->blob.name);
		return MALFORMED;
	}
	text_add(&d->out, "%s: found fdt at offset %s\n", file,
		 hex_or_zero(offset, (uint64_t)(at - start)));
	d->blob.file = (struct file_bytes){ (unsigned char *)at, (size_t)(end - at) };
	return DONE;
}

static enum status dump(struct dump *d, const char *path)
{
	struct blob file = { 0 };
	enum status status = blob_read_any(d->diags, path, &file);

	if (status)
		return status;
	d->blob = file;
	status = d->scan ? find_inside(d, path) : malformed_start(d->diags, &file, "blob");
	if (!status)
		status = print_blob(d);
	text_free(&d->out);
	blob_free(&file);
	return status ? status : d->status;
}

/* ---------------------------------------------------------------- command lines */

static enum status dump_run_options(const struct verb *verb, struct diags *diags, int argc,
				    char **argv)
{
	struct dump d = { .diags = diags };
	struct options o;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while ((letter = options_next(&o)) >= 0) {
		if (letter == 'V')
			return (enum status)drop_in_version();
		d.debug |= letter == 'd';
		d.scan |= letter == 's';
	}
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? DONE : USAGE;
	if (argc - optind == 1)
		return dump(&d, argv[optind]);
	return usage_error(diags, optind < argc ? "more than one blob is given" : "no blob is given");
}

static enum status dump_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	return dump_run_options(verb, diags, argc, argv);
}

static enum status fdtdump_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	return dump_run_options(verb, diags, argc, argv) ? 1 : 0;
}

const struct verb verb_dump = {
	.name = "dump",
	.program = "ovl dump",
	.synopsis = "FILE [OPTION]...",
	.summary = "Print a blob tag by tag, as far as it can be read",
	.options = dump_options,
	.n_options = sizeof(dump_options) / sizeof(dump_options[0]),
	.run = dump_run,
	.more = "What comes before the place where a blob is broken is printed too.\n"
		"Exit status: 0 done, 2 wrong command line, 3 malformed blob, 6 nested too deep,\n"
		"7 the file cannot be read or the text not written.\n",
};

const struct verb verb_fdtdump = {
	.name = "fdtdump",
	.program = "fdtdump",
	.synopsis = "[OPTION]... FILE",
	.summary = "Print a blob tag by tag, with the command line of fdtdump",
	.options = fdtdump_options,
	.n_options = sizeof(fdtdump_options) / sizeof(fdtdump_options[0]),
	.run = fdtdump_run,
	.more = "Also what ovl does when it is called by the name fdtdump.  Exit status: 0 done, 1 not.\n",
};
