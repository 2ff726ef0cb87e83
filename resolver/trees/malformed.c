/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* malformed.c - turn libovl's errors about one blob into messages, see malformed.h.
 * An error has an offset and names; the paths come from where.c, for no tree can be opened on such
 * a blob.  Rules behind the errors: include/ovl.h. */
#include "malformed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kind.h"
#include "where.h"

/* Of version 16, the oldest that is read. */
enum { HEADER_LEN = 36 };

static struct diag_place place_of(const struct blob *blob)
{
	return (struct diag_place){ .file = blob->name };
}

static unsigned int header_word(const struct blob *blob, size_t at)
{
	const unsigned char *p = blob->file.bytes + at;

	return at + 4 > blob->file.len ? 0
				       : (unsigned int)p[0] << 24 | (unsigned int)p[1] << 16 |
						 (unsigned int)p[2] << 8 | p[3];
}

/* ---------------------------------------------------------------- not a blob at all */

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n >= k && strcmp(name + n - k, end) == 0;
}

bool malformed_is_source(const struct blob *blob)
{
	static const char *const words[] = { "/dts-v1/", "/plugin/" };
	size_t len = blob->file.len < 65536 ? blob->file.len : 65536;

	for (size_t i = 0; i < 2; i++)
		if (memmem(blob->file.bytes, len, words[i], strlen(words[i])))
			return true;
	return ends_in(blob->name, ".dts") || ends_in(blob->name, ".dtso");
}

static void help_compile(struct diags *diags, const struct blob *blob, const char *what)
{
	struct diag_place at = place_of(blob);
	const char *dot = strrchr(blob->name, '.');
	int stem = dot && !strchr(dot, '/') ? (int)(dot - blob->name) : (int)strlen(blob->name);

	diag_help(diags, &at, "compile it first: ovlc -@ -o %.*s.%s %s", stem, blob->name,
		  strcmp(what, "overlay") == 0 || ends_in(blob->name, ".dtso") ? "dtbo" : "dtb", blob->name);
}

static void help_kind(struct diags *diags, const struct blob *blob)
{
	struct diag_place at = place_of(blob);
	const char *kind = kind_of(blob->file.bytes, blob->file.len);

	if (kind)
		diag_note(diags, &at, "it is %s", kind);
	kind_help(diags, &at, blob->name, blob->file.bytes, blob->file.len);
}

enum status malformed_start(struct diags *diags, const struct blob *blob, const char *what)
{
	struct diag_place at = place_of(blob), about = { .about = blob->name };
	bool begins = header_word(blob, 0) == 0xd00dfeed;

	if (begins && blob->file.len >= HEADER_LEN)
		return DONE;
	if (!blob->file.len) {
		diag_error(diags, &at, MSG_EMPTY_FILE);
	} else if (begins) {
		diag_error(diags, &about, MSG_BLOB_SHORT, blob->name, blob->file.len);
	} else if (malformed_is_source(blob)) {
		diag_error(diags, &about, MSG_SOURCE_AS_BLOB, blob->name, what);
		help_compile(diags, blob, what);
	} else {
		diag_error(diags, &about, MSG_NOT_A_BLOB, blob->name);
		help_kind(diags, blob);
	}
	return MALFORMED;
}

/* ---------------------------------------------------------------- a broken blob */

static const char *block_name(const struct ovl_error *err)
{
	return err->code == OVL_ERR_RESERVE ? "memory reservation"
	       : err->off == 8		    ? "structure"
					    : "strings";
}

static void report_duplicate_phandle(struct diags *diags, const struct diag_place *at,
				     const struct blob *blob, const struct ovl_error *err,
				     const char *second)
{
	struct text first = { 0 };

	where_phandle(&first, blob, err->number);
	diag_error(diags, at, MSG_DUPLICATE_PHANDLE, err->number, text_of(&first), second);
	text_free(&first);
}

/* An error of the header has its offset in the blob, and no node. */
static struct diag_place error_place(struct text *path, const struct blob *blob,
				     const struct ovl_error *err)
{
	struct diag_place place = where_place(path, blob, err->off);

	if (err->code < OVL_ERR_STRUCTURE)
		return (struct diag_place){ .file = blob->name, .off_bytes = err->off };
	return err->code == OVL_ERR_COLLISION ? place_of(blob) : place;
}

static enum status report_blob(struct diags *diags, const struct blob *blob,
			       const struct ovl_error *err, struct diag_place at, const char *path)
{
	unsigned int total = header_word(blob, 4);

	switch (err->code) {
	case OVL_ERR_VERSION:
		diag_error(diags, &at, MSG_BLOB_VERSION, header_word(blob, 20),
			   header_word(blob, 24));
		return MALFORMED;
	case OVL_ERR_TRUNCATED:
		if (total > blob->file.len)
			diag_error(diags, &at, MSG_BLOB_TRUNCATED, total, blob->file.len);
		else
			diag_error(diags, &at, MSG_BLOB_TOTAL, total);
		return MALFORMED;
	case OVL_ERR_BLOCK:
	case OVL_ERR_RESERVE:
		diag_error(diags, &at, MSG_BLOB_HEADER, block_name(err));
		return MALFORMED;
	case OVL_ERR_ORDER:
		diag_error(diags, &at, MSG_BLOB_ORDER, path, STR(err->prop));
		return MALFORMED;
	case OVL_ERR_NAME:
		diag_error(diags, &at, MSG_BLOB_NAME, path, OVL_MAX_NAME);
		return MALFORMED;
	case OVL_ERR_DUPLICATE_NODE:
		diag_error(diags, &at, MSG_DUPLICATE_NODE, path);
		return MALFORMED;
	case OVL_ERR_DUPLICATE_PROP:
		diag_error(diags, &at, MSG_DUPLICATE_PROP, path, STR(err->prop));
		return MALFORMED;
	case OVL_ERR_PHANDLE:
		diag_error(diags, &at, MSG_BAD_PHANDLE, path, STR(err->prop));
		return MALFORMED;
	case OVL_ERR_DUPLICATE_PHANDLE:
		report_duplicate_phandle(diags, &at, blob, err, path);
		return MALFORMED;
	case OVL_ERR_DEPTH:
		diag_error(diags, &at, MSG_BLOB_DEPTH, path, OVL_MAX_DEPTH);
		return POLICY;
	case OVL_ERR_COLLISION:
		diag_error(diags, &at, MSG_COLLISION);
		return POLICY;
	default:
		diag_error(diags, &at, MSG_BLOB_STRUCTURE, header_word(blob, 8) + err->off, path);
		return MALFORMED;
	}
}

enum status malformed_blob(struct diags *diags, const struct blob *blob,
			   const struct ovl_error *err)
{
	struct text path = { 0 };
	struct diag_place at;
	enum status status;

	if (err->code == OVL_ERR_SPACE)
		diag_no_memory(diags);
	at = error_place(&path, blob, err);
	status = report_blob(diags, blob, err, at, text_of(&path));
	text_free(&path);
	return status;
}

/* ---------------------------------------------------------------- a broken overlay */

static void report_fragment(struct diags *diags, const struct blob *blob,
			    const struct ovl_error *err)
{
	struct text path = { 0 };
	struct diag_place at = where_place(&path, blob, err->off);
	struct stack s;
	struct ovl_prop p;
	ovl_node fragment = OVL_NONE;

	if (stack_open(&s, diags, blob) == DONE)
		fragment = ovl_node_child(&s.tree, ovl_node_root(&s.tree), err->fragment);
	if (fragment && ovl_prop_find(&s.tree, fragment, ovl_str("target"), &p) && p.len != 4)
		diag_error(diags, &at, MSG_BAD_TARGET, STR(err->fragment),
			   "target is not one cell");
	else if (fragment && ovl_prop_find(&s.tree, fragment, ovl_str("target"), &p) &&
		 ovl_prop_cell(&p, 0))
		diag_error(
			diags, &at, MSG_BAD_TARGET, STR(err->fragment),
			"target = <0xffffffff> stands for a label, and /__fixups__ names none for it");
	else if (fragment && ovl_prop_find(&s.tree, fragment, ovl_str("target-path"), &p))
		diag_error(diags, &at, MSG_BAD_TARGET, STR(err->fragment),
			   "target-path is empty or no NUL-terminated text");
	else
		diag_error(diags, &at, MSG_NO_TARGET_GIVEN, STR(err->fragment));
	diag_help(diags, &at, "give it target = <&label>; or target-path = \"/path\";");
	stack_close(&s);
	text_free(&path);
}

static void report_local_fixup(struct diags *diags, const struct blob *blob,
			       const struct ovl_error *err)
{
	struct text node = { 0 }, path = { 0 };
	struct diag_place at = where_place(&node, blob, err->off);

	text_add(&path, "%s", at.node);
	if (err->prop.len)
		text_add(&path, ":%.*s", STR(err->prop));
	diag_error(diags, &at, MSG_BAD_LOCAL_FIXUP, text_of(&path),
		   err->code == OVL_ERR_LOCAL_PHANDLE
			   ? "an offset in it names a cell with no phandle of this overlay, or comes twice"
		   : err->prop.len ? "an offset in it names no cell of that property"
				   : "there is no node it could be about");
	if (err->code == OVL_ERR_LOCAL_PHANDLE)
		diag_note(
			diags, &at,
			"a reference can only lead to a node inside an __overlay__ of this overlay");
	text_free(&node);
	text_free(&path);
}

enum status malformed_overlay(struct diags *diags, const struct blob *blob,
			      const struct ovl_error *err)
{
	struct text path = { 0 };
	struct diag_place at = err->code == OVL_ERR_NOT_OVERLAY ? place_of(blob)
								: where_place(&path, blob, err->off);

	switch (err->code) {
	case OVL_ERR_NOT_OVERLAY:
		diag_error(diags, &at, MSG_NOT_AN_OVERLAY);
		malformed_fragments(diags, blob);
		break;
	case OVL_ERR_FRAGMENT:
		report_fragment(diags, blob, err);
		break;
	case OVL_ERR_FIXUP:
		if (err->path.ptr)
			diag_error(diags, &at, MSG_BAD_FIXUP, STR(err->label), STR(err->path));
		else
			diag_error(diags, &at, MSG_BAD_FIXUP_LIST, STR(err->label));
		break;
	case OVL_ERR_LOCAL_FIXUP:
	case OVL_ERR_LOCAL_PHANDLE:
		report_local_fixup(diags, blob, err);
		break;
	default:
		diag_error(diags, &at, MSG_BAD_SYMBOL, STR(err->label), STR(err->path));
		break;
	}
	text_free(&path);
	return MALFORMED;
}

/* ---------------------------------------------------------------- nothing to apply */

/* What in this child of the root was meant as __overlay__? */
static void note_fragment(struct diags *diags, const struct diag_place *at,
			  const struct ovl_tree *tree, ovl_node fragment)
{
	struct ovl_str name = ovl_node_name(tree, fragment);
	struct diag_nearest nearest;
	ovl_node child;

	diag_nearest_init(&nearest, "__overlay__", strlen("__overlay__"));
	for (child = ovl_node_first(tree, fragment); child; child = ovl_node_next(tree, child)) {
		struct ovl_str child_name = ovl_node_name(tree, child);

		diag_nearest_offer(&nearest, child_name.ptr, child_name.len);
	}
	diag_note(diags, at, "/%.*s has a target and no __overlay__ node", STR(name));
	if (nearest.best)
		diag_help(diags, at, "'%.*s' should be '__overlay__'", (int)nearest.best_len,
			  nearest.best);
}

void malformed_help_fit(struct diags *diags, const struct blob *blob)
{
	struct diag_place at = place_of(blob);

	diag_note(diags, &at, "it is a FIT image, which holds blobs as values");
	diag_help(diags, &at, "dumpimage -l %s lists them, dumpimage -T flat_dt -p N -o FILE %s takes one out",
		  blob->name, blob->name);
}

void malformed_fragments(struct diags *diags, const struct blob *blob)
{
	struct diag_place at = place_of(blob);
	unsigned int n = 0, n_others = 0;
	struct ovl_prop p;
	struct stack s;
	ovl_node child;

	if (stack_open(&s, diags, blob))
		return;
	for (child = ovl_node_first(&s.tree, ovl_node_root(&s.tree)); child;
	     child = ovl_node_next(&s.tree, child)) {
		bool target = ovl_prop_find(&s.tree, child, ovl_str("target"), &p) ||
			      ovl_prop_find(&s.tree, child, ovl_str("target-path"), &p);

		if (target && n++ < 5)
			note_fragment(diags, &at, &s.tree, child);
		n_others += !target;
	}
	if (tree_is_fit(&s.tree))
		malformed_help_fit(diags, blob);
	else if (!n && n_others)
		diag_help(diags, &at,
			  "the root of an overlay holds fragments, which are &label { ... }; in source; is this a base?");
	stack_close(&s);
}

enum status malformed_check(struct diags *diags, const struct blob *blob)
{
	struct ovl_error err = { .code = OVL_ERR_NOT_OVERLAY };
	enum status status = overlay_check(diags, blob);

	if (!status && !blob_has_fragments(blob))
		status = malformed_overlay(diags, blob, &err);
	return status;
}
