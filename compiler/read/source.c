/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* source.c - open and find source files, and turn offsets into places, see source.h. */
#include "source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kind.h"

#define MAX_INCLUDES 200

void sources_init(struct sources *s, struct diags *diags, struct pool *pool)
{
	*s = (struct sources){ .diags = diags, .pool = pool, .next_base = 1 };
	diags->line = source_line;
	diags->line_arg = s;
}

void sources_search(struct sources *s, const char *dir)
{
	s->search = pool_grow(s->pool, s->search, &s->search_room, s->n_search + 1, sizeof(*s->search));
	s->search[s->n_search++] = dir;
}

void sources_depend(struct sources *s, const char *file)
{
	s->deps = pool_grow(s->pool, s->deps, &s->deps_room, s->n_deps + 1, sizeof(*s->deps));
	s->deps[s->n_deps++] = file;
}

void sources_free(struct sources *s)
{
	for (size_t i = 0; i < s->n; i++)
		file_free(&s->all[i]->text);
}

/* ---------------------------------------------------------------- opening */

struct source *source_from(struct sources *s, const char *name, struct file_bytes text)
{
	struct source *source = pool_alloc(s->pool, sizeof(*source));

	if (text.len > UINT32_MAX - 2 - s->next_base) {
		diag_error(s->diags, NULL, MSG_CANNOT_READ, name, strerror(EFBIG));
		file_free(&text);
		return NULL;
	}
	pool_expect(s->pool, text.len);
	source->name = name_of(s->pool, name, strlen(name))->text;
	source->text = text;
	source->base = s->next_base;
	s->next_base += (uint32_t)text.len + 1;
	s->all = pool_grow(s->pool, s->all, &s->room, s->n + 1, sizeof(*s->all));
	s->all[s->n++] = source;
	return source;
}

/* place: of what asks for it; NULL for the command line. */
static struct source *open_from(struct sources *s, const char *path, const struct diag_place *place)
{
	const char *name = strcmp(path, "-") == 0 ? "<stdin>" : path;
	struct file_bytes text;
	int error;

	if (file_is_used_up(path)) {
		diag_error(s->diags, place, MSG_USAGE, "only one thing can come from standard input", s->diags->program);
		return NULL;
	}
	error = file_read(path, &text);
	if (error == ENOMEM)
		diag_no_memory(s->diags);
	if (error) {
		diag_error(s->diags, place, MSG_CANNOT_OPEN, name, strerror(error));
		return NULL;
	}
	sources_depend(s, name);
	return source_from(s, name, text);
}

struct source *source_open(struct sources *s, const char *path)
{
	return open_from(s, path, NULL);
}

static const char *beside(struct pool *pool, const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	size_t dir = slash ? (size_t)(slash - file) + 1 : 0, len = strlen(path);
	char *full = pool_alloc(pool, dir + len + 1);

	memcpy(full, file, dir);
	memcpy(full + dir, path, len);
	return full;
}

static const char *inside(struct pool *pool, const char *dir, const char *path)
{
	size_t n = strlen(dir), len = strlen(path);
	char *full = pool_alloc(pool, n + len + 2);

	memcpy(full, dir, n);
	if (!n || dir[n - 1] != '/')
		full[n++] = '/';
	memcpy(full + n, path, len);
	return full;
}

const char *source_find(struct sources *s, const struct source *from, const char *path)
{
	const char *full = path[0] == '/' ? path : beside(s->pool, from->name, path);

	if (access(full, F_OK) == 0)
		return full;
	for (size_t i = 0; path[0] != '/' && i < s->n_search; i++) {
		full = inside(s->pool, s->search[i], path);
		if (access(full, F_OK) == 0)
			return full;
	}
	return NULL;
}

void source_not_found(struct sources *s, const struct source *from, const char *path, struct pos at)
{
	struct diag_place place = source_place(s, at);
	const char *slash = strrchr(from->name, '/');

	diag_error(s->diags, &place, MSG_NO_INCLUDE, path);
	if (path[0] == '/')
		return;
	diag_note(s->diags, NULL, "looked in %.*s (the directory of %s)%s",
		  slash ? (int)(slash - from->name) : 1, slash ? from->name : ".", from->name,
		  s->n_search ? ", and in:" : "");
	for (size_t i = 0; i < s->n_search; i++)
		diag_note(s->diags, NULL, "  %s", s->search[i]);
	diag_help(s->diags, NULL, "add the directory that holds it with -i DIR");
}

struct source *source_include(struct sources *s, struct source *from, const char *path, struct pos at)
{
	struct diag_place place = source_place(s, at);
	const char *full = source_find(s, from, path);
	struct source *source, *up;
	int depth = 0;

	if (!full) {
		source_not_found(s, from, path, at);
		return NULL;
	}
	for (up = from; up; up = up->includer, depth++)
		if (strcmp(up->name, full) == 0) {
			diag_error(s->diags, &place, MSG_INCLUDE_CYCLE, from->name, full,
				   up == from ? "itself" : "what includes it");
			return NULL;
		}
	if (depth >= MAX_INCLUDES) {
		diag_error(s->diags, &place, MSG_INCLUDE_DEPTH, MAX_INCLUDES);
		return NULL;
	}
	source = open_from(s, full, &place);
	if (!source)
		return NULL;
	source->includer = from;
	if (source_is_text(s, source))
		return source;
	diag_note(s->diags, &place, "it is included here");
	return NULL;
}

/* ---------------------------------------------------------------- what is no source */

enum { START_BYTES = 512 };

static bool begins(const struct source *source, const char *magic, size_t len)
{
	return source->text.len >= len && memcmp(source->text.bytes, magic, len) == 0;
}

/* The language has bytes 0 in comments and strings only.  One elsewhere is a mistake, and the scanner tells its place;
 * several at the start are no source's. */
static bool is_binary(const struct source *source)
{
	const unsigned char *at = source->text.bytes,
			    *end = at + (source->text.len < START_BYTES ? source->text.len : START_BYTES);
	size_t n = 0;

	if (!memchr(at, 0, (size_t)(end - at)))
		return false;
	for (; at < end && *at != '"' && !(*at == '/' && (at[1] == '*' || at[1] == '/')); at++)
		n += !*at;
	return n > 2;
}

/* What is none is told as a whole: as text every byte of it would be a mistake. */
bool source_is_text(struct sources *s, const struct source *source)
{
	const struct file_bytes *text = &source->text;
	const char *kind = kind_of(text->bytes, text->len);
	struct diag_place place = { .file = source->name }, about = { .about = source->name };

	if (begins(source, "\xff\xfe", 2) || begins(source, "\xfe\xff", 2)) {
		diag_error(s->diags, &place, MSG_NOT_TEXT,
			   text->bytes[0] == 0xff ? "it is UTF-16" : "it is UTF-16, with the high byte first");
		diag_help(s->diags, NULL, "save it as UTF-8, or convert it: iconv -f UTF-16 -t UTF-8");
	} else if (begins(source, "\xd0\x0d\xfe\xed", 4)) {
		diag_error(s->diags, &about, MSG_BLOB_AS_SOURCE, source->name);
		diag_help(s->diags, NULL, "ovlc -O dts %s writes it as source",
			  strcmp(source->name, "<stdin>") == 0 ? "-" : source->name);
	} else if (kind) {
		diag_error(s->diags, &about, MSG_NO_SOURCE, source->name, kind);
		kind_help(s->diags, NULL, source->name, text->bytes, text->len);
	} else if (is_binary(source)) {
		diag_error(s->diags, &about, MSG_NO_SOURCE, source->name, "a binary file");
	} else {
		return true;
	}
	return false;
}

/* ---------------------------------------------------------------- macros */

static void offer_macros_of(struct sources *s, const struct file_bytes *text, struct diag_nearest *nearest)
{
	const char *at = (const char *)text->bytes, *end = at + text->len, *name;
	size_t len;

	for (; at && at < end; at = (at = memchr(at, '\n', (size_t)(end - at))) ? at + 1 : NULL) {
		name = at + strspn(at, " \t");
		if (*name != '#')
			continue;
		name += 1 + strspn(name + 1, " \t");
		if (strncmp(name, "define", 6) != 0)
			continue;
		name += 6 + strspn(name + 6, " \t");
		len = strcspn(name, " \t\r\n(");
		/* The text does not outlive this: the pool keeps what is nearest. */
		diag_nearest_offer(nearest, name, len);
		if (nearest->best == name)
			nearest->best = pool_text(s->pool, name, len);
	}
}

void source_offer_macros(struct sources *s, struct diag_nearest *nearest)
{
	struct file_bytes text;

	for (size_t i = 0; i < s->n_deps; i++) {
		if (strcmp(s->deps[i], "<stdin>") == 0 || file_read(s->deps[i], &text))
			continue;
		offer_macros_of(s, &text, nearest);
		file_free(&text);
	}
}

/* ---------------------------------------------------------------- places */

void source_add_marker(struct sources *s, struct source *source, uint32_t offset, uint32_t line,
		       const char *file)
{
	source->markers = pool_grow(s->pool, source->markers, &source->markers_room, source->n_markers + 1,
			       sizeof(*source->markers));
	source->markers[source->n_markers++] = (struct line_marker){ offset, line,
								     name_of(s->pool, file, strlen(file))->text };
}

static struct source *source_at(const struct sources *s, uint32_t offset)
{
	size_t low = 0, high = s->n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (s->all[middle]->base <= offset)
			low = middle;
		else
			high = middle;
	}
	return s->n && s->all[low]->base <= offset ? s->all[low] : NULL;
}

static void make_lines(struct sources *s, struct source *source)
{
	const char *text = (const char *)source->text.bytes, *end = text + source->text.len, *at = text;
	size_t room = 0;

	source->n_lines = 0;
	do {
		if (source->n_lines == room)
			source->lines = pool_grow(s->pool, source->lines, &room, room + 1, sizeof(uint32_t));
		source->lines[source->n_lines++] = (uint32_t)(at - text);
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	} while (at);
}

/* The number of the physical line, from 0, that holds an offset of a source. */
static uint32_t physical_line(struct sources *s, struct source *source, uint32_t offset)
{
	size_t low = 0, high;

	if (!source->lines)
		make_lines(s, source);
	for (high = source->n_lines; high - low > 1; ) {
		size_t middle = low + (high - low) / 2;

		if (source->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static const struct line_marker *marker_for(const struct source *source, uint32_t offset)
{
	size_t low = 0, high = source->n_markers;

	while (high > low) {
		size_t middle = low + (high - low) / 2;

		if (source->markers[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &source->markers[low - 1] : NULL;
}

static void locate(struct sources *s, struct source *source, uint32_t offset, const char **file,
		   uint32_t *line, uint32_t *col)
{
	uint32_t physical = physical_line(s, source, offset);
	const struct line_marker *m = marker_for(source, offset);

	*col = offset - source->lines[physical] + 1;
	*file = m ? m->file : source->name;
	*line = m ? m->line + physical - physical_line(s, source, m->offset) : physical + 1;
}

static bool physical_text(const struct source *source, size_t line, const char **text, size_t *len)
{
	const char *start, *end;

	if (line >= source->n_lines)
		return false;
	start = (const char *)source->text.bytes + source->lines[line];
	end = memchr(start, '\n', source->text.len - source->lines[line]);
	*text = start;
	*len = end ? (size_t)(end - start) : source->text.len - source->lines[line];
	return true;
}

/* ---------------------------------------------------------------- places in a preprocessed file */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static size_t skip_blanks(const char *line, size_t len, size_t at)
{
	while (at < len && is_blank(line[at]))
		at++;
	return at;
}

static size_t skip_comments(const char *line, size_t len, size_t at)
{
	const char *end;

	at = skip_blanks(line, len, at);
	while (len - at >= 4 && memcmp(line + at, "/*", 2) == 0) {
		end = memmem(line + at + 2, len - at - 2, "*/", 2);
		if (!end)
			break;
		at = skip_blanks(line, len, (size_t)(end - line) + 2);
	}
	return at;
}

/* The preprocessor keeps what a line holds, but not the blanks and comments between.  How many bytes of a
 * line as it was written are the first n of it as it was made?  False when they differ in more than those. */
static bool written_bytes(const char *made, size_t n, const char *written, size_t len, size_t *bytes)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_blank(made[i]))
			continue;
		at = skip_blanks(written, len, at);
		if (at < len && written[at] != made[i])
			at = skip_comments(written, len, at);
		if (at == len || written[at] != made[i])
			return false;
		at++;
	}
	*bytes = at;
	return true;
}

/* A line with a macro in it differs, but may hold the text of the range, once. */
static bool find_range(struct diag_place *place, const char *made, size_t made_len, const char *written, size_t len)
{
	const char *text = made + place->col - 1, *found;
	size_t n = place->end_col - place->col + 1;

	if (place->end_col <= place->col || place->end_col > made_len)
		return false;
	found = memmem(written, len, text, n);
	if (!found || memmem(found + 1, len - (size_t)(found - written) - 1, text, n))
		return false;
	place->col = (uint32_t)(found - written) + 1;
	place->end_col = place->col + (uint32_t)n - 1;
	return true;
}

/* Move a range within one line to where that stands in the line as it was written. */
static bool move_range(struct diag_place *place, const char *made, size_t made_len, const char *written, size_t len)
{
	size_t start, end;

	if (place->line != place->end_line || place->col > made_len + 1)
		return false;
	if (!written_bytes(made, place->col - 1, written, len, &start) ||
	    !written_bytes(made, place->end_col <= made_len ? place->end_col : made_len, written, len, &end))
		return find_range(place, made, made_len, written, len);
	if (place->col <= made_len && !is_blank(made[place->col - 1]))
		start = skip_comments(written, len, start);
	place->col = (uint32_t)start + 1;
	place->end_col = end > start ? (uint32_t)end : place->col;
	return true;
}

/* The line of source that an offset lies in. */
static bool made_line(struct sources *s, struct source *source, uint32_t offset, const char **text, size_t *len)
{
	return physical_text(source, physical_line(s, source, offset), text, len);
}

/* What was preprocessed is at hand as it was written: its places are told in that. */
static bool move_to_input(struct sources *s, struct source *source, uint32_t offset, struct diag_place *place)
{
	const char *made, *written;
	size_t made_len, len;

	for (size_t i = 0; i < s->n; i++)
		if (!s->all[i]->n_markers && s->all[i]->name == place->file) {
			physical_line(s, s->all[i], 0);
			return made_line(s, source, offset, &made, &made_len) &&
			       physical_text(s->all[i], place->line - 1, &written, &len) &&
			       move_range(place, made, made_len, written, len);
		}
	return false;
}

static struct diag_place made_place(struct sources *s, struct source *source, struct pos pos)
{
	uint32_t start = pos.start - source->base;
	uint32_t end = pos.end > pos.start ? pos.end - 1 - source->base : start;
	struct diag_place place = { .file = NULL };
	const char *file;

	if (end > source->text.len)
		end = start;
	locate(s, source, start, &place.file, &place.line, &place.col);
	locate(s, source, end, &file, &place.end_line, &place.end_col);
	return place;
}

struct diag_place source_place(struct sources *s, struct pos pos)
{
	struct source *source = source_at(s, pos.start);
	struct diag_place place = { .file = s->unplaced };

	if (!source)
		return place;
	place = made_place(s, source, pos);
	if (source->n_markers)
		move_to_input(s, source, pos.start - source->base, &place);
	return place;
}

/* ---------------------------------------------------------------- lines */

/* The text of a line for the display, also where the name comes from a marker. */
bool source_line(void *arg, const char *file, uint32_t line, const char **text, size_t *len)
{
	struct sources *s = arg;
	const struct name *known = name_known(s->pool, file, strlen(file));

	/* Names of files are names: one that is not known here is none of these. */
	for (size_t i = 0; known && i < s->n; i++) {
		struct source *source = s->all[i];

		if (!source->lines)
			make_lines(s, source);
		if (!source->n_markers) {
			if (source->name == known->text)
				return physical_text(source, line - 1, text, len);
			continue;
		}
		for (size_t k = 0; k < source->n_markers; k++) {
			const struct line_marker *m = &source->markers[k];
			uint32_t end = k + 1 < source->n_markers ? m[1].offset : (uint32_t)source->text.len + 1;
			uint32_t first, after;

			/* No line is shorter than a byte. */
			if (line < m->line || m->file != known->text || line - m->line >= end - m->offset)
				continue;
			first = physical_line(s, source, m->offset);
			after = k + 1 < source->n_markers ? physical_line(s, source, m[1].offset)
							  : (uint32_t)source->n_lines;
			if (line - m->line < after - first)
				return physical_text(source, first + line - m->line, text, len);
		}
	}
	return false;
}

/* ---------------------------------------------------------------- suggestions */

static bool line_of_file(const struct file_bytes *file, uint32_t line, const char **text, size_t *len)
{
	const char *at = (const char *)file->bytes, *end = at + file->len, *next;

	for (; at && --line; at = next ? next + 1 : NULL)
		next = memchr(at, '\n', (size_t)(end - at));
	if (!at)
		return false;
	next = memchr(at, '\n', (size_t)(end - at));
	*text = at;
	*len = (size_t)((next ? next : end) - at);
	return true;
}

/* The same for a file that only the preprocessor has read. */
static bool move_to_file(struct sources *s, struct source *source, uint32_t offset, struct diag_place *place)
{
	const char *made, *written;
	size_t made_len, len;
	struct file_bytes file;
	bool good;

	if (!made_line(s, source, offset, &made, &made_len) || file_read(place->file, &file))
		return false;
	good = line_of_file(&file, place->line, &written, &len) &&
	       move_range(place, made, made_len, written, len);
	file_free(&file);
	return good;
}

void source_suggest(struct sources *s, struct pos pos, const char *format, ...)
{
	struct source *source = source_at(s, pos.start);
	struct diag_place place;
	char *text;
	va_list args;

	if (!diag_is_held(s->diags) || !source)
		return;
	place = made_place(s, source, pos);
	if (source->n_markers && !move_to_input(s, source, pos.start - source->base, &place) &&
	    !move_to_file(s, source, pos.start - source->base, &place))
		return;
	if (pos.start == pos.end)
		place = diag_before(place);
	va_start(args, format);
	text = diag_text(s->diags, format, args);
	va_end(args);
	diag_suggest(s->diags, &place, "%s", text);
	free(text);
}
