/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* mutate_blob.c - a blob into another one, see mutate.h.
 * The structure block is read into fields as far as it goes.  Then one thing is done: a field is broken (a tag, a
 * length, the place of a name, a word of the header), or changed to something that could stand there (a name, a
 * phandle, a cell, a path of a fixup), or a whole node or property goes, comes again elsewhere, or comes from
 * another blob.  What changes the length has the header follow, mostly.  Rules: DTSpec 5, dtobj. */
#include <string.h>

#include "mutate.h"

enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9 };

/* The header's words, as offsets. */
enum { TOTALSIZE = 4, OFF_STRUCT = 8, OFF_STRINGS = 12, OFF_RESERVED = 16, SIZE_STRINGS = 32, SIZE_STRUCT = 36,
       HEADER = 40 };

/* One tag and what belongs to it, in bytes from the start of the blob. */
struct field {
	uint32_t tag, off, end;
	uint32_t name;          /* of a node: behind the tag; of a property: in the strings, if it is there */
	uint32_t value, len;    /* of a property */
	uint32_t whole_end;     /* of a node: behind its end */
};

enum { MOST_FIELDS = 2048, MOST_DEPTH = 128, MOST_PIECE = 4096 };

struct fields {
	struct field list[MOST_FIELDS];
	size_t n;
};

static const struct word words[] = {
#define WORD(text) { text, sizeof(text) - 1 },
#include "blob.inc"
#undef WORD
};

enum { N_WORDS = sizeof(words) / sizeof(words[0]) };

static uint32_t get(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

bool is_blob(const uint8_t *bytes, size_t len)
{
	return len >= HEADER && get(bytes) == 0xd00dfeed;
}

/* ---------------------------------------------------------------- reading */

/* The length of the text at off, as far as the bytes go. */
static uint32_t text_len(const uint8_t *at, size_t len, uint32_t off)
{
	const uint8_t *end = off < len ? memchr(at + off, 0, len - off) : NULL;

	return end ? (uint32_t)(end - at) - off : 0;
}

static bool read_field(const uint8_t *at, size_t len, uint32_t off, struct field *f)
{
	if (len < 4 || off > len - 4)
		return false;
	*f = (struct field){ .tag = get(at + off), .off = off, .end = off + 4 };
	if (f->tag == BEGIN_NODE) {
		f->name = f->end;
		f->end += (text_len(at, len, f->name) + 4) & ~3u;
	} else if (f->tag == PROP) {
		if (len - off < 12)
			return false;
		f->len = get(at + off + 4);
		f->value = off + 12;
		if (f->len > len - f->value)
			return false;
		f->name = get(at + OFF_STRINGS) + get(at + off + 8);
		f->end = f->value + ((f->len + 3) & ~3u);
	} else if (f->tag != END_NODE && f->tag != NOP) {
		return false;
	}
	return f->end <= len;
}

static void read_fields(const uint8_t *at, size_t len, struct fields *fields)
{
	size_t stack[MOST_DEPTH], depth = 0;
	uint32_t off = get(at + OFF_STRUCT);

	fields->n = 0;
	for (struct field *f = fields->list; fields->n < MOST_FIELDS && read_field(at, len, off, f); f++) {
		off = f->end;
		f->whole_end = f->end;
		if (f->tag == BEGIN_NODE && depth < MOST_DEPTH)
			stack[depth++] = fields->n;
		else if (f->tag == END_NODE && depth)
			fields->list[stack[--depth]].whole_end = f->end;
		fields->n++;
	}
}

/* Some field with this tag; NULL when there is none. */
static const struct field *some(const struct fields *fields, uint32_t tag)
{
	size_t at = fields->n ? random_below(fields->n) : 0;

	for (size_t i = 0; i < fields->n; i++, at = (at + 1) % fields->n)
		if (fields->list[at].tag == tag)
			return &fields->list[at];
	return NULL;
}

static bool called(const uint8_t *at, size_t len, const struct field *f, const char *name)
{
	size_t n = strlen(name) + 1;

	return f->name < len && n <= len - f->name && memcmp(at + f->name, name, n) == 0;
}

/* Some property called so. */
static const struct field *some_called(const struct fields *fields, const uint8_t *at, size_t len, const char *name)
{
	size_t k = fields->n ? random_below(fields->n) : 0;

	for (size_t i = 0; i < fields->n; i++, k = (k + 1) % fields->n)
		if (fields->list[k].tag == PROP && called(at, len, &fields->list[k], name))
			return &fields->list[k];
	return NULL;
}

/* ---------------------------------------------------------------- changing the length */

static void add_to(uint8_t *word, size_t less, size_t more)
{
	put(word, (uint32_t)(get(word) + more - less));
}

/* In the block whose size the header has at size_at. */
static bool replace(struct buffer *b, uint32_t size_at, uint32_t off, size_t old, const void *bytes, size_t n)
{
	if (off < HEADER || !buffer_replace(b, off, old, bytes, n))
		return false;
	/* That nobody noticed is a thing to try as well. */
	if (!random_below(64))
		return true;
	add_to(b->at + TOTALSIZE, old, n);
	add_to(b->at + size_at, old, n);
	for (uint32_t word = OFF_STRUCT; word <= OFF_RESERVED; word += 4)
		if (get(b->at + word) > off || (word == OFF_STRINGS && size_at == SIZE_STRUCT &&
						get(b->at + word) == off))
			add_to(b->at + word, old, n);
	return true;
}

/* Where a name stands in the strings; it is put behind them when it does not. */
static uint32_t string_off(struct buffer *b, const void *name, size_t n)
{
	uint32_t strings = get(b->at + OFF_STRINGS), size = get(b->at + SIZE_STRINGS);
	uint8_t text[256];

	if (n >= sizeof(text) || strings > b->len || size > b->len - strings)
		return 0;
	memcpy(text, name, n);
	text[n] = 0;
	for (uint32_t i = 0; i + n < size; i++)
		if (memcmp(b->at + strings + i, text, n + 1) == 0)
			return i;
	return replace(b, SIZE_STRINGS, strings + size, 0, text, n + 1) ? size : 0;
}

/* ---------------------------------------------------------------- values */

static uint32_t some_phandle(const struct fields *fields, const uint8_t *at, size_t len)
{
	const struct field *f = some_called(fields, at, len, "phandle");

	return f && f->len >= 4 ? get(at + f->value) : 1;
}

static uint32_t some_number(const struct fields *fields, const uint8_t *at, size_t len)
{
	static const uint32_t numbers[] = { 0, 1, 2, 3, 4, 8, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x1000 };

	switch (random_below(4)) {
	case 0: return numbers[random_below(sizeof(numbers) / sizeof(numbers[0]))];
	case 1: return random_below(40);
	default: return some_phandle(fields, at, len) + (random_below(4) ? 0 : random_below(3));
	}
}

static void change_cell(struct buffer *b, const struct fields *fields, const struct field *f)
{
	uint32_t off = f->value + 4 * random_below(f->len / 4 + 1);

	if (off <= b->len - 4)
		put(b->at + off, some_number(fields, b->at, b->len));
}

/* A path, a list of them, a fixup: one character, one part, or its number. */
static void change_text(struct buffer *b, const struct field *f)
{
	static const char marks[] = "/:@,0123456789-abcx";
	struct buffer value = { b->at + f->value, f->len, f->len };
	const struct word *word = &words[random_below(N_WORDS)];
	uint32_t at = f->len ? random_below(f->len) : 0;

	if (!f->len)
		return;
	if (random_below(3))
		value.at[at] = (uint8_t)marks[random_below(sizeof(marks))];
	else if (word->len <= f->len - at)
		memcpy(value.at + at, word->text, word->len);
}

static void change_value(struct buffer *b, const struct fields *fields, const struct field *f)
{
	bool text = f->len > 1 && b->at[f->value] >= ' ' && b->at[f->value] < 127;

	if (text && random_below(4))
		change_text(b, f);
	else
		change_cell(b, fields, f);
}

/* Another length, with the bytes that there are: zeros at its end, or less of them. */
static void change_length(struct buffer *b, const struct field *f)
{
	static const uint8_t zeros[64];
	uint32_t len = random_below(3) ? 4 * random_below(10) : random_below(60);
	uint32_t most = f->end - f->value, room = (len + 3) & ~3u;

	if (room > most && !replace(b, SIZE_STRUCT, f->end, 0, zeros, room - most))
		return;
	if (room < most && !replace(b, SIZE_STRUCT, f->value + room, most - room, NULL, 0))
		return;
	put(b->at + f->off + 4, len);
}

/* ---------------------------------------------------------------- names */

static void rename_node(struct buffer *b, const struct fields *fields, const struct field *f)
{
	const struct field *other = some(fields, BEGIN_NODE);
	const struct word *word = &words[random_below(N_WORDS)];
	uint32_t len = other ? text_len(b->at, b->len, other->name) : 0, old = f->end - f->name, n;
	uint8_t name[64] = { 0 };

	if (random_below(2) && word->len < sizeof(name)) {
		memcpy(name, word->text, word->len);
		n = (uint32_t)word->len;
	} else {
		n = len < 60 ? len : 60;
		memcpy(name, b->at + (other ? other->name : 0), n);
		if (!random_below(3) && n < 60)
			name[n++] = (uint8_t)"@0/1\x01"[random_below(5)];
	}
	replace(b, SIZE_STRUCT, f->name, old, name, (n + 4) & ~3u);
}

static void rename_prop(struct buffer *b, const struct fields *fields, const struct field *f)
{
	const struct word *word = &words[random_below(N_WORDS)];
	const struct field *other = some(fields, PROP);
	uint32_t off = random_below(2) && other ? get(b->at + other->off + 8) : string_off(b, word->text, word->len);

	put(b->at + f->off + 8, off);
}

/* ---------------------------------------------------------------- whole nodes and properties */

static uint32_t piece_end(const struct field *f)
{
	return f->tag == BEGIN_NODE ? f->whole_end : f->end;
}

static void delete_piece(struct buffer *b, const struct field *f)
{
	replace(b, SIZE_STRUCT, f->off, piece_end(f) - f->off, NULL, 0);
}

/* Where something can be put: right behind the beginning of a node or behind one that ends there. */
static uint32_t some_place(const struct fields *fields, bool prop)
{
	const struct field *f = some(fields, prop || random_below(2) ? BEGIN_NODE : END_NODE);

	return f ? f->end : HEADER;
}

/* The names of its properties become the strings of this blob. */
static void adopt_names(struct buffer *b, uint8_t *piece, size_t n, struct donor other)
{
	struct field f;

	for (uint32_t off = 0; off < n; off = f.end) {
		uint32_t name;

		if (n - off < 4 || (get(piece + off) == PROP && n - off < 12))
			return;
		f = (struct field){ .tag = get(piece + off), .end = off + 4 };
		if (f.tag == BEGIN_NODE)
			f.end += (text_len(piece, n, f.end) + 4) & ~3u;
		if (f.tag != PROP)
			continue;
		f.end = off + 12 + ((get(piece + off + 4) + 3) & ~3u);
		name = get(other.at + OFF_STRINGS) + get(piece + off + 8);
		put(piece + off + 8, name < other.len ? string_off(b, other.at + name,
								   text_len(other.at, other.len, name)) : 0);
	}
}

/* A node or property of this blob, or of the other one, comes to stand at some place. */
static void copy_piece(struct buffer *b, const struct fields *fields, struct donor other)
{
	static struct fields theirs;
	bool own = !is_blob(other.at, other.len) || random_below(2);
	const struct field *f;
	uint8_t piece[MOST_PIECE];
	uint32_t n;

	if (!own)
		read_fields(other.at, other.len, &theirs);
	f = some(own ? fields : &theirs, random_below(2) ? PROP : BEGIN_NODE);
	n = f ? piece_end(f) - f->off : 0;
	if (!f || n > sizeof(piece))
		return;
	memcpy(piece, (own ? b->at : other.at) + f->off, n);
	/* New strings stand behind the structure in what we write; where they do not, the place is broken. */
	if (!own)
		adopt_names(b, piece, n, other);
	replace(b, SIZE_STRUCT, some_place(fields, f->tag == PROP), 0, piece, n);
}

static void add_prop(struct buffer *b, const struct fields *fields)
{
	const struct word *word = &words[random_below(N_WORDS)];
	uint8_t prop[16] = { 0 };
	uint32_t place = some_place(fields, true), len = random_below(3) ? 4 : random_below(5);

	put(prop, PROP);
	put(prop + 4, len);
	put(prop + 8, string_off(b, word->text, word->len));
	put(prop + 12, some_number(fields, b->at, b->len));
	replace(b, SIZE_STRUCT, place, 0, prop, 12 + ((len + 3) & ~3u));
}

static void add_node(struct buffer *b, const struct fields *fields)
{
	const struct word *word = &words[random_below(N_WORDS)];
	uint8_t node[64] = { 0 };
	uint32_t room = ((uint32_t)word->len + 4) & ~3u;

	if (room > sizeof(node) - 8)
		return;
	put(node, BEGIN_NODE);
	memcpy(node + 4, word->text, word->len);
	put(node + 4 + room, END_NODE);
	replace(b, SIZE_STRUCT, some_place(fields, false), 0, node, 8 + room);
}

/* ---------------------------------------------------------------- breaking */

static void break_word(struct buffer *b, uint32_t off)
{
	uint32_t was;

	if (off > b->len - 4)
		return;
	was = get(b->at + off);
	switch (random_below(5)) {
	case 0: put(b->at + off, was + 1 + random_below(8)); break;
	case 1: put(b->at + off, was - 1 - random_below(8)); break;
	case 2: put(b->at + off, random_below(12)); break;
	case 3: put(b->at + off, ~random_below(12)); break;
	default: put(b->at + off, was ^ 1u << random_below(32)); break;
	}
}

static void break_field(struct buffer *b, const struct field *f)
{
	static const uint32_t tags[] = { BEGIN_NODE, END_NODE, PROP, NOP, END, 0, 5 };

	if (f->tag == PROP && random_below(2))
		break_word(b, f->off + 4 + 4 * random_below(2));
	else if (random_below(2))
		put(b->at + f->off, tags[random_below(7)]);
	else
		break_word(b, f->off);
}

void mutate_blob(struct buffer *b, struct donor other)
{
	static struct fields fields;
	const struct field *prop, *node, *f;

	read_fields(b->at, b->len, &fields);
	prop = some(&fields, PROP);
	node = some(&fields, BEGIN_NODE);
	f = some_called(&fields, b->at, b->len, random_below(2) ? "phandle" : "target");
	switch (prop && node ? random_below(20) : 19) {
	case 0: case 1: case 2: case 3: change_value(b, &fields, prop); break;
	case 4: case 5: change_cell(b, &fields, f ? f : prop); break;
	case 6: change_length(b, prop); break;
	case 7: rename_node(b, &fields, node); break;
	case 8: rename_prop(b, &fields, prop); break;
	case 9: delete_piece(b, random_below(3) ? prop : node); break;
	case 10: case 11: case 12: copy_piece(b, &fields, other); break;
	case 13: case 14: add_prop(b, &fields); break;
	case 15: add_node(b, &fields); break;
	case 16: case 17: break_field(b, random_below(2) ? prop : node); break;
	case 18: break_word(b, 4 * random_below(b->len / 4)); break;
	default: break_word(b, 4 * random_below(HEADER / 4)); break;
	}
}
