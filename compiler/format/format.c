/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* format.c - lay the pieces of a source out anew, see format.h.
 * Blanks and line ends change, and nothing else: what is compiled stays the same, comments and lines of the
 * preprocessor stay where they are, and so do the lines of a value and the order of everything.  Rules: the kernel's
 * DTS coding style (Documentation/devicetree/bindings/dts-coding-style.rst): tabs; one blank line before a node;
 * the lines of a value below its start. */
#include "format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "layout.h"
#include "pool.h"

/* What was finished last. */
enum item { START, STATEMENT, NODE, COMMENT, DIRECTIVE };

struct format {
	struct pool *pool;
	struct pieces in;
	struct layout out;
	struct piece piece, next; /* the one at hand, and the one after it */
	unsigned int depth;
	unsigned int *depths; /* at each #if that is open */
	size_t n_depths, depths_room;
	enum item last;
	size_t lead;	/* where the comments right above what comes next begin */
	enum item above; /* what is finished before them */

	/* The statement at hand. */
	struct piece before;	/* the piece before the one at hand */
	bool value, include;	/* behind its `=`; it is an /include/ */
	bool broken;		/* the line was ended inside it */
	bool first;		/* its value is to come */
	unsigned int start;	/* the column of its value; 0: that begins on a line of its own */
	unsigned int bracket;	/* and of the open bracket in it */
	bool inside, block;	/* such a bracket; what is in that begins on the next line */
};

static void step(struct format *f)
{
	f->before = f->piece;
	f->piece = f->next;
	f->next = pieces_next(&f->in);
}

static bool is_comment(const struct piece *piece)
{
	return piece->kind == PIECE_COMMENT || piece->kind == PIECE_LINE_COMMENT;
}

static bool is_text(const struct piece *piece, const char *text)
{
	return piece->len == strlen(text) && memcmp(piece->at, text, piece->len) == 0;
}

/* ---------------------------------------------------------------- lines of the preprocessor */

static bool directive_is(const struct piece *piece, const char *word)
{
	const char *at = piece->at + 1;

	at += strspn(at, " \t");
	return strncmp(at, word, strlen(word)) == 0;
}

/* Of the branches of an #if each begins where the first did. */
static void follow_branches(struct format *f)
{
	if (directive_is(&f->piece, "if")) {
		f->depths = pool_grow(f->pool, f->depths, &f->depths_room, f->n_depths + 1, sizeof(*f->depths));
		f->depths[f->n_depths++] = f->depth;
	} else if (f->n_depths && directive_is(&f->piece, "el")) {
		f->depth = f->depths[f->n_depths - 1];
	} else if (f->n_depths && directive_is(&f->piece, "endif")) {
		f->n_depths--;
	}
}

static void put_directive(struct format *f)
{
	layout_end_line(&f->out);
	if (f->piece.newlines > 1 && f->last != START)
		layout_blank(&f->out);
	follow_branches(f);
	layout_piece(&f->out, &f->piece);
	layout_end_line(&f->out);
	step(f);
}

/* ---------------------------------------------------------------- what a line begins with */

/* A new line for what comes next. */
static void begin_line(struct format *f)
{
	layout_end_line(&f->out);
	if (f->piece.newlines > 1 && f->last != START)
		layout_blank(&f->out);
	if (f->last != COMMENT || f->piece.newlines > 1) {
		f->lead = f->out.out.len;
		f->above = f->last;
	}
	layout_go(&f->out, f->depth * LAYOUT_TAB);
}

/* Comments on the line of what is finished belong to it. */
static void put_trailing(struct format *f)
{
	while (is_comment(&f->piece) && !f->piece.newlines) {
		layout_put(&f->out, f->piece.far ? "\t" : " ", 1);
		layout_piece(&f->out, &f->piece);
		step(f);
	}
	layout_end_line(&f->out);
}

/* ---------------------------------------------------------------- inside a statement */

/* Where a line goes on that does not begin the statement. */
static unsigned int column_below(const struct format *f)
{
	bool closes = f->inside && (piece_is(&f->piece, '>') || piece_is(&f->piece, ']'));
	unsigned int depth = f->depth * LAYOUT_TAB;

	if (f->inside && f->block)
		return closes ? depth : depth + LAYOUT_TAB;
	if (f->inside)
		return closes ? f->bracket : f->bracket + 1;
	return f->start ? f->start : depth + LAYOUT_TAB;
}

static bool wants_break(const struct format *f)
{
	return f->broken || f->before.kind == PIECE_LINE_COMMENT ||
	       (f->piece.newlines && (f->value || f->piece.nested) && !piece_is(&f->piece, ';') && !piece_is(&f->piece, ','));
}

static bool opens(const struct piece *piece)
{
	return piece_is(piece, '<') || piece_is(piece, '[') || piece_is(piece, '(');
}

static bool closes(const struct piece *piece)
{
	return piece_is(piece, '>') || piece_is(piece, ']') || piece_is(piece, ')');
}

/* Between two pieces of one line. */
static bool wants_blank(const struct format *f)
{
	const struct piece *a = &f->before, *b = &f->piece;

	if (piece_is(b, ';') || piece_is(b, ','))
		return false;
	if (is_comment(a) || is_comment(b) || piece_is(a, '=') || piece_is(b, '=') || piece_is(b, '{'))
		return true;
	if (opens(a) || closes(b))
		return false;
	if (piece_is(a, ',') && f->value && !a->nested)
		return true;
	return b->apart || (!f->value && a->kind == PIECE_WORD && a->at[a->len - 1] == ':');
}

/* The columns of a table are its author's: in a list with lines of its own what lines them up stays. */
static bool is_table(const struct format *f)
{
	return f->inside && f->block && f->piece.far && !closes(&f->piece);
}

static void put_gap(struct format *f)
{
	const char *end = f->before.at + f->before.len;

	if (wants_break(f)) {
		layout_end_line(&f->out);
		if (f->piece.newlines > 1 && !opens(&f->before) && !closes(&f->piece))
			layout_blank(&f->out);
		layout_go(&f->out, column_below(f));
	} else if (wants_blank(f) && is_table(f)) {
		layout_put(&f->out, end, (size_t)(f->piece.at - end));
	} else if (wants_blank(f)) {
		layout_put(&f->out, is_comment(&f->piece) && f->piece.far ? "\t" : " ", 1);
	}
	f->broken = false;
}

/* What the piece that was written means for those after it. */
static void note_piece(struct format *f, unsigned int column)
{
	const struct piece *written = &f->before;
	bool bracket = piece_is(written, '<') || piece_is(written, '[');

	if (f->value && f->first && !is_comment(written)) {
		f->first = false;
		f->start = written->newlines ? 0 : column;
	}
	if (piece_is(written, '='))
		f->value = f->first = true;
	if (f->value && !written->nested && bracket) {
		f->inside = true;
		f->bracket = column;
		f->block = f->piece.newlines != 0;
	} else if (closes(written) && !written->nested) {
		f->inside = false;
	}
}

/* A line that ends before its `;`, or has none: a macro, or what stands around one. */
static bool ends_early(const struct format *f)
{
	const struct piece *a = &f->before, *b = &f->piece;

	if (f->include && a->kind == PIECE_STRING)
		return true;
	if (f->value || b->nested || !b->newlines || piece_is(b, '=') || piece_is(b, ';'))
		return false;
	return piece_is(a, ')') || (a->kind == PIECE_WORD && a->at[a->len - 1] != ':' && a->at[0] != '/');
}

/* All up to its `;`, or to a brace, which is then at hand; whether that begins a node. */
static bool put_pieces(struct format *f)
{
	bool first = true;

	while (f->piece.kind != PIECE_END && !piece_is(&f->piece, '{') && !piece_is(&f->piece, '}')) {
		unsigned int column;

		if (!first && ends_early(f))
			return false;
		if (f->piece.kind == PIECE_DIRECTIVE) {
			put_directive(f);
			f->broken = true;
			continue;
		}
		if (!first)
			put_gap(f);
		first = false;
		column = f->out.column;
		layout_piece(&f->out, &f->piece);
		f->include |= is_text(&f->piece, "/include/");
		step(f);
		note_piece(f, column);
		if (piece_is(&f->before, ';'))
			return false;
	}
	return piece_is(&f->piece, '{');
}

/* ---------------------------------------------------------------- items */

static void finish(struct format *f, enum item item)
{
	f->last = item;
	put_trailing(f);
}

/* A property, a directive of dtc's, or a node as far as its brace. */
static void put_statement(struct format *f)
{
	f->value = f->first = f->include = f->broken = f->inside = false;
	f->start = 0;
	begin_line(f);
	if (!put_pieces(f)) {
		finish(f, STATEMENT);
		return;
	}
	if (f->out.column > f->depth * LAYOUT_TAB)
		put_gap(f);
	if (f->above == STATEMENT || f->above == NODE)
		layout_blank_at(&f->out, f->lead);
	layout_piece(&f->out, &f->piece);
	step(f);
	f->depth++;
	finish(f, START);
}

static void put_end(struct format *f)
{
	layout_end_line(&f->out);
	f->depth -= f->depth > 0;
	layout_go(&f->out, f->depth * LAYOUT_TAB);
	layout_piece(&f->out, &f->piece);
	step(f);
	if (piece_is(&f->piece, ';')) {
		layout_piece(&f->out, &f->piece);
		step(f);
	}
	finish(f, NODE);
}

/* On lines of its own; before something else on a line it is the start of that. */
static bool put_comment(struct format *f)
{
	if (!f->next.newlines && f->next.kind != PIECE_END)
		return false;
	begin_line(f);
	layout_piece(&f->out, &f->piece);
	step(f);
	layout_end_line(&f->out);
	f->last = COMMENT;
	return true;
}

static void put_item(struct format *f)
{
	if (f->piece.kind == PIECE_DIRECTIVE) {
		put_directive(f);
		f->last = DIRECTIVE;
	} else if (piece_is(&f->piece, '}')) {
		put_end(f);
	} else if (!is_comment(&f->piece) || !put_comment(f)) {
		put_statement(f);
	}
}

/* ---------------------------------------------------------------- the file */

static bool format_source(struct sources *sources, const struct source *source, struct bytes *out)
{
	struct format f = { .pool = sources->pool, .out.diags = sources->diags };

	pieces_start(&f.in, sources, source);
	step(&f);
	for (step(&f); f.piece.kind != PIECE_END; )
		put_item(&f);
	layout_end_line(&f.out);
	*out = f.out.out;
	return !f.in.failed;
}

/* The first byte that is not as it should be. */
static size_t first_difference(const struct source *source, const struct bytes *out)
{
	size_t i = 0, len = source->text.len < out->len ? source->text.len : out->len;

	while (i < len && source->text.bytes[i] == out->at[i])
		i++;
	return i;
}

static int check_format(struct sources *sources, const struct source *source, const struct bytes *out)
{
	size_t at = first_difference(source, out);
	uint32_t offset = source->base + (uint32_t)at;
	struct diag_place place;

	if (at == source->text.len && at == out->len)
		return DONE;
	place = source_place(sources, (struct pos){ offset, offset + (at < source->text.len) });
	diag_error(sources->diags, &place, MSG_NOT_FORMATTED);
	diag_help(sources->diags, NULL, "ovlc --format -o FILE FILE formats it");
	return FAILED;
}

/* A file that is formatted in place, and was so before, stays untouched. */
static int write_format(const struct options *o, struct sources *sources, const struct source *source,
			const struct bytes *out)
{
	bool same = out->len == source->text.len && first_difference(source, out) == out->len;
	bool in_place = strcmp(o->output, "-") != 0 && strcmp(o->output, o->input) == 0;
	const struct output output = { o->output, out->at, out->len, o->output };
	size_t failed;
	int error = same && in_place ? 0 : file_write(&output, 1, &failed);

	if (!error)
		return DONE;
	diag_cannot_write(sources->diags, o->output, error);
	return FAILED;
}

int format_run(const struct options *o, struct sources *sources)
{
	const struct source *source = source_open(sources, o->input);
	struct bytes out = { 0 };
	int status = FAILED;

	if (source && source_is_text(sources, source) && format_source(sources, source, &out))
		status = o->check ? check_format(sources, source, &out) : write_format(o, sources, source, &out);
	free(out.at);
	return status;
}
