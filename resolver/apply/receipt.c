/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* receipt.c - receipts from files and to files, see receipt.h; what is in them: include/ovl.h. */
#include "receipt.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "malformed.h"

static void take_symbols(struct past *past, struct diags *diags, const struct ovl_receipt *receipt,
				struct ovl_receipt_overlay *o)
{
	struct ovl_apply_options *options = &past->options[past->n];
	struct ovl_symbol *symbols = grow_new(diags, o->n_symbols + 1u, sizeof(*symbols));

	options->symbols = symbols;
	while (ovl_receipt_symbol(receipt, o, &symbols[options->n_symbols]))
		options->n_symbols++;
}

static void take_ranges(struct past *past, struct diags *diags, const struct ovl_receipt *receipt,
			       struct ovl_receipt_overlay *o)
{
	struct ovl_apply_options *options = &past->options[past->n];
	struct ovl_range *ranges = grow_new(diags, o->n_reserved + 1u, sizeof(*ranges));

	options->reserved = ranges;
	while (ovl_receipt_reserved(receipt, o, &ranges[options->n_reserved]))
		options->n_reserved++;
}

/* Its name, and its bytes where they lie in the receipt. */
static void take_overlay(struct past *past, struct diags *diags, const struct ovl_receipt *receipt,
				struct ovl_receipt_overlay *o)
{
	struct blob *blob = &past->overlays[past->n];
	char *name = grow_text(diags, o->name.ptr, o->name.len);

	*blob = (struct blob){ .name = name,
			       .file = { .bytes = (unsigned char *)(uintptr_t)o->blob, .len = o->len } };
	past->options[past->n].flags = o->flags | OVL_KEEP;
	take_symbols(past, diags, receipt, o);
	take_ranges(past, diags, receipt, o);
}

static enum status bad_receipt(struct diags *diags, const char *path, const struct ovl_error *err)
{
	struct diag_place at = { .file = path };

	diag_error(diags, &at, MSG_BAD_RECEIPT, err->off);
	if (!err->off)
		diag_help(diags, &at, "a receipt is what ovl apply --receipt FILE wrote; for a new one FILE is not there yet");
	return MALFORMED;
}

enum status past_read(struct past *past, struct diags *diags, const char *path)
{
	struct ovl_receipt_overlay o;
	struct ovl_receipt receipt;
	struct ovl_error err;
	enum status status;
	int more;

	*past = (struct past){ .n = 0 };
	status = bytes_read(diags, path, &past->file);
	if (status)
		return status;
	if (ovl_receipt_open(&receipt, past->file.bytes, past->file.len, &err))
		return bad_receipt(diags, path, &err);
	past->overlays = grow_new(diags, receipt.n_overlays, sizeof(*past->overlays));
	past->options = grow_new(diags, receipt.n_overlays, sizeof(*past->options));
	for (more = ovl_receipt_first(&receipt, &o); more; more = ovl_receipt_next(&receipt, &o)) {
		take_overlay(past, diags, &receipt, &o);
		past->n++;
	}
	return DONE;
}

static enum status other_tree(struct diags *diags, const char *path, const struct blob *tree,
			      const struct ovl_error *err)
{
	struct diag_place at = { .file = tree->name };

	if (err->prop.len)
		diag_error(diags, &at, MSG_NOT_ITS_TREE, "property", (int)err->prop.len, err->prop.ptr, path);
	else
		diag_error(diags, &at, MSG_NOT_ITS_TREE, "node", (int)err->node.len, err->node.ptr, path);
	if (err->prop.len)
		diag_note(diags, &at, "it stands in node '%.*s'", (int)err->node.len, err->node.ptr);
	return CONFLICT;
}

enum status past_undo(struct past *past, struct diags *diags, const char *path, const struct blob *tree)
{
	struct ovl_receipt receipt;
	struct ovl_error err;
	size_t bytes = 0, room = tree->file.len + past->file.len;
	void *storage;

	ovl_receipt_open(&receipt, past->file.bytes, past->file.len, NULL);
	if (ovl_tree_size(tree->file.bytes, tree->file.len, &bytes, &err))
		return malformed_blob(diags, tree, &err);
	past->base.name = tree->name;
	past->base.file.bytes = grow_bytes(diags, room + 2);
	storage = NULL;
	do {
		free(storage);
		storage = grow_bytes(diags, bytes);
		ovl_receipt_base(&receipt, tree->file.bytes, tree->file.len, storage, bytes,
				 past->base.file.bytes, room, &past->base.file.len, &err);
		/* A base that the receipt holds may be larger than the tree. */
		bytes = err.need_bytes > bytes && err.side == OVL_STORAGE ? err.need_bytes : 0;
	} while (err.code == OVL_ERR_SPACE && bytes);
	free(storage);
	if (err.code == OVL_ERR_NOT_ITS_TREE)
		return other_tree(diags, path, tree, &err);
	return err.code ? malformed_blob(diags, tree, &err) : DONE;
}

void past_free(struct past *past)
{
	for (size_t i = 0; i < past->n; i++) {
		free((char *)(uintptr_t)past->overlays[i].name);
		free((struct ovl_symbol *)(uintptr_t)past->options[i].symbols);
		free((struct ovl_range *)(uintptr_t)past->options[i].reserved);
	}
	free(past->overlays);
	free(past->options);
	blob_free(&past->base);
	file_free(&past->file);
}

void receipt_make(struct diags *diags, const struct stack *stack, const struct blob *const *overlays, size_t n,
		  struct file_bytes *out)
{
	struct ovl_str *names = grow_new(diags, n, sizeof(*names));
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		names[i] = ovl_str(overlays[i]->name);
	ovl_receipt_write(&stack->tree, names, NULL, 0, &len, NULL);
	out->bytes = grow_bytes(diags, len);
	ovl_receipt_write(&stack->tree, names, out->bytes, len, &out->len, NULL);
	free(names);
}
