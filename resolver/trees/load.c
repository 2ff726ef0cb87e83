/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* load.c - files into blobs, trees and back, see load.h. */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grow.h"
#include "image_file.h"
#include "malformed.h"
#include "progress.h"

static const char *shown(const char *path)
{
	return is_standard(path) ? "standard input" : path;
}

static enum status cannot_read(struct diags *diags, const char *path, int error)
{
	if (error == ENOMEM)
		diag_no_memory(diags);
	diag_error(diags, NULL, MSG_CANNOT_READ, shown(path), strerror(error));
	return NO_IO;
}

static enum status used_up(struct diags *diags)
{
	return usage_error(diags, "only one thing can come from standard input");
}

enum status bytes_read(struct diags *diags, const char *path, struct file_bytes *file)
{
	int error;

	if (file_is_used_up(path))
		return used_up(diags);
	error = file_read(path, file);
	return error ? cannot_read(diags, path, error) : DONE;
}

enum status blob_read_start(struct diags *diags, const char *path, size_t start_bytes,
			    file_decide_fn *decide, void *arg, struct blob *blob)
{
	enum status status;
	int error;

	if (file_is_used_up(path))
		return used_up(diags);
	error = file_read_start(path, start_bytes, decide, arg, &blob->file);
	blob->name = shown(path);
	if (error == ENOENT && image_read(diags, path, blob, &status))
		return status;
	return error ? cannot_read(diags, path, error) : DONE;
}

enum status blob_read_any(struct diags *diags, const char *path, struct blob *blob)
{
	return blob_read_start(diags, path, 0, NULL, NULL, blob);
}

enum status blob_read(struct diags *diags, const char *path, const char *what, struct blob *blob)
{
	enum status status = blob_read_any(diags, path, blob);

	return status ? status : malformed_start(diags, blob, what);
}

void blob_free(struct blob *blob)
{
	file_free(&blob->file);
}

bool blob_has(const struct blob *blob, const char *name)
{
	return memmem(blob->file.bytes, blob->file.len, name, strlen(name) + 1);
}

bool blob_has_fragments(const struct blob *blob)
{
	return blob_has(blob, "__overlay__");
}

bool blob_has_fixups(const struct blob *blob)
{
	return blob_has(blob, "__fixups__") || blob_has(blob, "__local_fixups__");
}

enum status overlay_check(struct diags *diags, const struct blob *blob)
{
	struct ovl_error err;
	enum ovl_err code;
	size_t bytes = 0;
	enum status status = DONE;
	void *storage;

	if (ovl_apply_size(blob->file.bytes, blob->file.len, NULL, &bytes, &err))
		return malformed_blob(diags, blob, &err);
	storage = grow_bytes(diags, bytes);
	code = ovl_check_overlay(blob->file.bytes, blob->file.len, storage, bytes, &err);
	if (code)
		status = code < OVL_ERR_NOT_OVERLAY ? malformed_blob(diags, blob, &err)
						    : malformed_overlay(diags, blob, &err);
	free(storage);
	return status;
}

/* ---------------------------------------------------------------- stack */

/* How much is needed libovl says when it is too little: asking first would take as long as the work.  There is
 * enough from the start for most, as pages that are not touched cost nothing. */

static void make_room(struct stack *s, struct diags *diags, size_t need)
{
	if (need <= s->storage_bytes)
		return;
	need += need / 2;
	s->storage = grow_one(diags, s->storage, 0, need);
	s->storage_bytes = need;
}

static bool wants_room(const struct stack *s, const struct ovl_error *err)
{
	return err->code == OVL_ERR_SPACE && err->side == OVL_STORAGE && err->need_bytes > s->storage_bytes;
}

enum status stack_open(struct stack *s, struct diags *diags, const struct blob *base)
{
	const struct file_bytes *file = &base->file;
	struct ovl_error err = { .need_bytes = file->len / 3 };
	enum ovl_err code;

	*s = (struct stack){ .base = base };
	do {
		make_room(s, diags, err.need_bytes);
		code = ovl_tree_open(&s->tree, file->bytes, file->len, s->storage, s->storage_bytes, &err);
	} while (wants_room(s, &err));
	if (!code)
		return DONE;
	stack_close(s);
	return malformed_blob(diags, base, &err);
}

enum ovl_err stack_apply(struct stack *s, const struct blob *overlay,
			 const struct ovl_apply_options *options, struct ovl_error *err)
{
	const struct file_bytes *file = &overlay->file;

	progress_now("applying", overlay->name);
	while (ovl_apply(&s->tree, file->bytes, file->len, options, err) && wants_room(s, err)) {
		make_room(s, NULL, err->need_bytes);
		ovl_tree_moved(&s->tree, s->base->file.bytes, s->storage, s->storage_bytes);
	}
	return err->code;
}

void stack_room(struct stack *s, struct diags *diags, size_t bytes)
{
	make_room(s, diags, ovl_tree_used(&s->tree) + bytes);
	ovl_tree_moved(&s->tree, s->base->file.bytes, s->storage, s->storage_bytes);
}

/* With the storage that it needs, only room for the output can be lacking. */
void stack_flatten(struct stack *s, struct diags *diags, struct file_bytes *out)
{
	size_t room = s->base->file.len + ovl_tree_used(&s->tree);
	struct ovl_error err;

	stack_room(s, diags, ovl_flatten_storage(&s->tree));
	out->bytes = grow_bytes(diags, room);
	if (!ovl_flatten(&s->tree, out->bytes, room, &out->len, &err))
		return;
	free(out->bytes);
	out->bytes = grow_bytes(diags, err.need_bytes);
	ovl_flatten(&s->tree, out->bytes, err.need_bytes, &out->len, &err);
}

void stack_close(struct stack *s)
{
	free(s->storage);
	*s = (struct stack){ 0 };
}

ovl_node tree_next(const struct ovl_tree *tree, ovl_node top, ovl_node node)
{
	ovl_node next = ovl_node_first(tree, node);

	while (!next && node != top) {
		next = ovl_node_next(tree, node);
		node = ovl_node_parent(tree, node);
	}
	return next;
}

bool prop_can_be_called(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (name[i] <= 0x20 || name[i] >= 0x7f)
			return false;
	return len && len <= OVL_MAX_NAME;
}

bool prop_is_phandle(const char *name)
{
	return strcmp(name, "phandle") == 0 || strcmp(name, "linux,phandle") == 0;
}

size_t prop_stem(const char *name, size_t longer)
{
	size_t len = strlen(name);

	if (!longer)
		return len;
	return longer > 1 && longer + 2 > len && name[longer - 1] == (longer == len ? 's' : 'e') ? longer - 1 : 0;
}

bool tree_is_memory(const struct ovl_tree *tree, ovl_node node)
{
	struct ovl_prop p;

	return ovl_prop_find(tree, node, ovl_str("device_type"), &p) && p.value && p.len == 7 &&
	       memcmp(p.value, "memory", 7) == 0;
}

static ovl_node child_called(const struct ovl_tree *tree, ovl_node node, const char *name)
{
	return ovl_node_child(tree, node, ovl_str(name));
}

bool tree_is_table(const struct ovl_tree *tree, ovl_node node)
{
	static const char *const names[] = { "__symbols__", "__fixups__", "__local_fixups__", "aliases" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (child_called(tree, ovl_node_root(tree), names[i]) == node)
			return true;
	return false;
}

bool tree_is_overlay(const struct ovl_tree *tree)
{
	ovl_node child = ovl_node_first(tree, ovl_node_root(tree));

	while (child && !child_called(tree, child, "__overlay__"))
		child = ovl_node_next(tree, child);
	return child;
}

bool tree_is_fit(const struct ovl_tree *tree)
{
	ovl_node root = ovl_node_root(tree);

	return child_called(tree, root, "images") && child_called(tree, root, "configurations");
}

/* ---------------------------------------------------------------- output */

const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool is_standard(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

bool output_is_terminal(const char *path)
{
	return is_standard(path) && isatty(STDOUT_FILENO);
}

enum status no_terminal(struct diags *diags)
{
	diag_error(diags, NULL, MSG_TERMINAL);
	return USAGE;
}

/* A reader of standard output that went away has seen enough: nothing is said to it. */
enum status write_outputs(struct diags *diags, const struct output *outputs, size_t n)
{
	size_t failed;
	int error;

	diag_seal(diags);
	error = file_write(outputs, n, &failed);
	if (!error)
		return DONE;
	if (error == EPIPE)
		return NO_IO;
	diag_cannot_write(diags, outputs[failed].path, error);
	return error < 0 ? USAGE : NO_IO;
}

enum status write_output(struct diags *diags, const char *path, const void *bytes, size_t len)
{
	return write_outputs(diags, &(struct output){ path, bytes, len, NULL }, 1);
}
