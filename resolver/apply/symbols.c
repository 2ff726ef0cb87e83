/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* symbols.c - read --symbol and --symbols into the list that ovl_apply() takes, see symbols.h.
 * The texts stay where they are, on the command line or in the file, which is kept. */
#include "symbols.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "malformed.h"

static void add(struct symbols *s, struct diags *diags, struct ovl_str label, struct ovl_str path)
{
	s->list = grow(diags, s->list, &s->room, s->n + 1, sizeof(*s->list));
	s->list[s->n++] = (struct ovl_symbol){ label, path };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct ovl_str trimmed(const char *from, const char *to)
{
	while (from < to && is_blank(*from))
		from++;
	while (from < to && is_blank(to[-1]))
		to--;
	return (struct ovl_str){ from, (uint32_t)(to - from) };
}

/* LABEL = /PATH, with or without blanks. */
static bool split(const char *from, const char *to, struct ovl_str *label, struct ovl_str *path)
{
	const char *equals = memchr(from, '=', (size_t)(to - from));

	if (!equals)
		return false;
	*label = trimmed(from, equals);
	*path = trimmed(equals + 1, to);
	return prop_can_be_called(label->ptr, label->len) && path->len && path->ptr[0] == '/';
}

enum status symbols_add_word(struct symbols *s, struct diags *diags, const char *word)
{
	struct ovl_str label, path;

	if (!split(word, word + strlen(word), &label, &path))
		return usage_error(diags, "--symbol takes LABEL=/PATH, not '%s'", word);
	add(s, diags, label, path);
	return DONE;
}

/* ---------------------------------------------------------------- blobs */

bool symbols_read(struct ovl_symbol *symbol, const struct ovl_prop *p)
{
	const char *text = (const char *)p->value;

	if (prop_is_phandle(p->name))
		return false;
	*symbol = (struct ovl_symbol){ .label = { p->name, p->name_len } };
	if (p->len > 1 && text[0] == '/' && strnlen(text, p->len) == p->len - 1)
		symbol->path = (struct ovl_str){ text, p->len - 1 };
	return true;
}

static enum status add_blob(struct symbols *s, struct diags *diags, const char *name,
			    const struct file_bytes *file)
{
	struct blob blob = { .name = name, .file = *file };
	struct ovl_symbol symbol;
	struct stack stack;
	struct ovl_prop p;
	ovl_node symbols;
	enum status status = malformed_start(diags, &blob, "blob");

	if (!status)
		status = stack_open(&stack, diags, &blob);
	if (status)
		return status;
	symbols = ovl_node_child(&stack.tree, ovl_node_root(&stack.tree), ovl_str("__symbols__"));
	if (!symbols) {
		diag_error(diags, NULL, MSG_NO_SYMBOLS_IN, name);
		status = MALFORMED;
	}
	for (int more = symbols && ovl_prop_first(&stack.tree, symbols, &p); more && !status;
	     more = ovl_prop_next(&stack.tree, &p))
		if (symbols_read(&symbol, &p) && symbol.path.len)
			add(s, diags, symbol.label, symbol.path);
	stack_close(&stack);
	return status;
}

/* ---------------------------------------------------------------- files */

static enum status add_lines(struct symbols *s, struct diags *diags, const char *name,
			     const struct file_bytes *file)
{
	const char *at = (const char *)file->bytes, *end = at + file->len;
	struct diag_place place = { .file = name };
	enum status status = DONE;

	for (; at < end && !status; ) {
		const char *eol = memchr(at, '\n', (size_t)(end - at)), *stop = eol ? eol : end;
		const char *hash = memchr(at, '#', (size_t)(stop - at));
		struct ovl_str line = trimmed(at, hash ? hash : stop), label, path;

		place.line++;
		place.col = 1;
		if (line.len && split(line.ptr, line.ptr + line.len, &label, &path)) {
			add(s, diags, label, path);
		} else if (line.len) {
			diag_error(diags, &place, MSG_BAD_SYMBOLS_FILE);
			status = MALFORMED;
		}
		at = stop + 1;
	}
	return status;
}

enum status symbols_add_file(struct symbols *s, struct diags *diags, const char *path)
{
	struct file_bytes *files = grow_one(diags, s->files, s->n_files, sizeof(*files)), *file;
	enum status status;

	s->files = files;
	file = &files[s->n_files];
	status = bytes_read(diags, path, file);
	if (status)
		return status;
	s->n_files++;
	if (file->len >= 4 && memcmp(file->bytes, "\xd0\x0d\xfe\xed", 4) == 0)
		return add_blob(s, diags, path, file);
	if (malformed_is_source(&(struct blob){ .name = path, .file = *file }))
		return malformed_start(diags, &(struct blob){ .name = path, .file = *file }, "blob");
	return add_lines(s, diags, path, file);
}

void symbols_free(struct symbols *s)
{
	for (size_t i = 0; i < s->n_files; i++)
		file_free(&s->files[i]);
	free(s->files);
	free(s->list);
	*s = (struct symbols){ 0 };
}
