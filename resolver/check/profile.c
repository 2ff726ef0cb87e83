/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* profile.c - findings of ovl_profile() into errors and warnings, see profile.h.
 * A finding is called CONSUMER:RULE, and both parts keep their names for ever.  A rule's text is
 * written for the author of the overlay; what stands in braces is filled in. */
#include "profile.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "text.h"

static const char *const consumers[OVL_N_CONSUMERS] = {
	[OVL_FOR_LINUX] = "linux",     [OVL_FOR_LIBFDT] = "libfdt", [OVL_FOR_U_BOOT] = "u-boot",
	[OVL_FOR_ANDROID] = "android", [OVL_FOR_XEN] = "xen",	    [OVL_FOR_PVMFW] = "pvmfw",
	[OVL_FOR_RPI] = "rpi",
};

/* {label}: label 'x', or "the overlay" when there is none.  {base}: the tree before this overlay.
 * {node}: the path there.  {path}: a target-path, or an entry of /__fixups__.  {prop}, {other}:
 * names. */
static const struct {
	const char *name, *text;
} rules[OVL_N_RULES] = {
	[OVL_RULE_OVERRIDES] = { "overrides",
		"parameters are the Raspberry Pi's; nothing is set by them" },
	[OVL_RULE_NO_FRAGMENTS] = { "no-fragments",
		"there is no fragment and no symbol in it" },
	[OVL_RULE_NO_TARGET] = { "target-absent",
		"it has neither 'target' nor 'target-path'" },
	[OVL_RULE_FIXUP] = { "fixup-malformed",
		"an entry of it in /__fixups__ names no cell of the overlay" },
	[OVL_RULE_FIXUP_PATH] = { "fixup-to-nothing",
		"'{path}' in /__fixups__ names no node of the overlay" },
	[OVL_RULE_LOCAL_FIXUP] = { "local-fixup-malformed",
		"an entry of /__local_fixups__ names no cell of the overlay" },
	[OVL_RULE_TARGET_INSIDE] = { "target-in-overlay",
		"its target is the overlay's own; a target has to be there before" },
	[OVL_RULE_TARGET_PROPERTY] = { "target-property",
		"a fragment has to say target-path = \"/\", and no 'target'" },
	[OVL_RULE_TARGET_LABEL] = { "target-label",
		"releases before April 2026 resolve no label for a target" },
	[OVL_RULE_TARGET_NOT_ROOT] = { "target-not-root",
		"the only target-path is \"/\", not '{path}'" },
	[OVL_RULE_TARGET_ROOT] = { "target-is-root",
		"no overlay should change the root node" },
	[OVL_RULE_FRAGMENT_NAME] = { "fragment-name",
		"a fragment's name begins with fragment@ or fragment-" },
	[OVL_RULE_BOOTARGS] = { "bootargs",
		"what is added to the base's bootargs is called bootargs_ext" },
	[OVL_RULE_BOOTARGS_ADDED] = { "bootargs-appended",
		"the text is added to the base's bootargs" },
	[OVL_RULE_UNTRUSTED] = { "untrusted-node",
		"below /avf/untrusted there is no '{prop}'" },
	[OVL_RULE_TARGET_PHANDLE] = { "phandle-of-target",
		"a label here gives the target no phandle, unless dtoverlay,preserve-phandle "
		"is set" },
	[OVL_RULE_SYMBOL_TARGET] = { "symbol-of-target",
		"the path that {label} gets in the base ends in a slash" },
	[OVL_RULE_SYMBOL_NO_DEVICE] = { "symbol-without-device",
		"{label} names no node below an __overlay__, so no device" },
	[OVL_RULE_SYMBOLS_PRIVATE] = { "symbols-private",
		"{label} does not become known to later overlays" },
	[OVL_RULE_LARGE] = { "large",
		"its SPL reads no more than 65536 bytes, unless configured to" },
	[OVL_RULE_TOO_LARGE] = { "too-large",
		"an overlay has at most 512000 bytes" },

	[OVL_RULE_LABEL_MISSING] = { "label-missing",
		"{base} has no {label}, or no node for it" },
	[OVL_RULE_LABEL_NO_PHANDLE] = { "label-without-phandle",
		"its node has no phandle in {base}" },
	[OVL_RULE_TARGET_NO_PHANDLE] = { "target-without-phandle",
		"{node} has no phandle in {base}" },
	[OVL_RULE_TARGET_MISSING] = { "target-missing",
		"its target is not in {base}" },
	[OVL_RULE_TARGET_LOOSE] = { "target-path-loose",
		"'{path}' is not exact; {node} is what comes near in {base}" },
	[OVL_RULE_TARGET_PATH_LABEL] = { "target-path-label",
		"'{path}' begins with a label; a path begins with / or an alias" },
	[OVL_RULE_TARGET_OF_OVERLAY] = { "target-of-overlay",
		"{node} is no node of the base; an overlay before this one brought it" },
	[OVL_RULE_LABEL_OF_OVERLAY] = { "label-of-overlay",
		"{label} is not the base's; an overlay before this one brought it" },
	[OVL_RULE_PHANDLES_AGAIN] = { "phandles-repeated",
		"its phandles get the same numbers as those of the overlay before it" },
	[OVL_RULE_COMPATIBLE] = { "compatible",
		"handed over in a bloblist it is refused: the root of {base} begins with "
		"another" },
	[OVL_RULE_PHANDLE_EXISTS] = { "phandle-in-overlay",
		"{label} gives {node} a phandle, and it has one in {base}" },
	[OVL_RULE_PHANDLE_REPLACED] = { "phandle-replaced",
		"some releases give {node} the overlay's phandle, and references in {base} to "
		"its old one lead nowhere" },
	[OVL_RULE_REFERENCE_LOST] = { "reference-lost",
		"it refers to {node} by a phandle of the overlay, which a node that exists "
		"does not get" },
	[OVL_RULE_NODE_EXISTS] = { "node-exists",
		"{node} is in {base}, and only new nodes can be added" },
	[OVL_RULE_NODE_TWICE] = { "node-added-twice",
		"/{other} adds {node} too" },
	[OVL_RULE_PROP_EXISTING] = { "property-ignored",
		"{node} is in {base}, and only new nodes are added" },
	[OVL_RULE_PROP_TWICE] = { "property-set-twice",
		"/{other} sets '{prop}' of {node} too" },
	[OVL_RULE_CELLS] = { "cells-changed",
		"{node} has another '{prop}' in {base}" },
	[OVL_RULE_INTERRUPT_CELLS] = { "interrupt-cells-changed",
		"{node} has another '{prop}' in {base}, and it is changed" },
	[OVL_RULE_SYMBOL_EXISTS] = { "symbol-exists",
		"{label} is in the /__symbols__ of {base}" },
	[OVL_RULE_SYMBOL_REPLACED] = { "symbol-replaced",
		"{label} in {base} will stand for the overlay's node" },
	[OVL_RULE_SYMBOLS_MISSING] = { "symbols-missing",
		"the overlay has labels of its own, and {base} has no /__symbols__" },
	[OVL_RULE_TARGET_LOST] = { "target-lost",
		"some releases have given {node} another phandle by then, and do not find it; "
		"by target-path they do" },
	[OVL_RULE_SYMBOL_LOST] = { "symbol-lost",
		"some releases give {node} the overlay's phandle, and then do not find it for {label}; "
		"by target-path they do" },
};

/* ---------------------------------------------------------------- words */

struct words {
	const struct ovl_tree *tree; /* that the finding is of; NULL when there is none */
	const struct ovl_finding *finding;
	const char *base;
	bool merged; /* the tree has nodes of a base */
};

static void put_field(struct text *to, const struct words *w, const char *name, size_t len)
{
	const struct ovl_finding *f = w->finding;

	if (strncmp(name, "label", len) == 0 && f->label.len)
		text_add(to, "label '%.*s'", (int)f->label.len, f->label.ptr);
	else if (strncmp(name, "label", len) == 0)
		text_add(to, "the overlay");
	else if (strncmp(name, "base", len) == 0)
		text_add(to, "%s", w->base);
	else if (strncmp(name, "path", len) == 0)
		text_str(to, f->path);
	else if (strncmp(name, "prop", len) == 0)
		text_str(to, f->prop);
	else if (strncmp(name, "other", len) == 0)
		text_str(to, f->other);
	else if (f->node && w->merged)
		text_path(to, w->tree, f->node);
}

static void put_text(struct text *to, const struct words *w)
{
	const char *text = rules[w->finding->rule].text, *end;

	for (; *text; text = end) {
		end = text + strcspn(text, "{");
		text_put(to, text, (size_t)(end - text));
		if (!*end)
			break;
		text = end + 1;
		end = strchr(text, '}');
		put_field(to, w, text, (size_t)(end - text));
		end++;
	}
}

/* In the overlay; what was found by an error has a fragment or a label at most. */
static void put_place(struct text *to, struct text *node, const struct words *w)
{
	const struct ovl_finding *f = w->finding;
	uint32_t len = w->tree ? ovl_finding_path(w->tree, f, NULL, 0) : 0;
	char *path = NULL;

	if (len) {
		path = grow_bytes(NULL, len);
		ovl_finding_path(w->tree, f, path, len);
		text_put(node, path, len);
		text_put(to, path, len);
		if (f->prop.len)
			text_add(to, ":%.*s", (int)f->prop.len, f->prop.ptr);
	} else if (f->fragment.len) {
		text_add(node, "/%.*s", (int)f->fragment.len, f->fragment.ptr);
		text_add(to, "%s", text_of(node));
	} else if (f->label.len) {
		text_add(to, "/%s:%.*s",
			 f->rule >= OVL_RULE_SYMBOL_EXISTS ? "__symbols__" : "__fixups__",
			 (int)f->label.len, f->label.ptr);
	} else {
		text_add(to, "it");
	}
	free(path);
}

/* ---------------------------------------------------------------- reporting */

static void print(struct profile *p, const struct blob *overlay, const struct profile_finding *f)
{
	struct diag_place at = { .file = overlay->name };
	const char *who = consumers[f->consumer], *name = rules[f->rule].name;

	if (f->node) {
		at.node = f->node;
		at.prop = f->prop.len ? f->prop.ptr : NULL;
		at.prop_len = f->prop.len;
	}
	if (f->verdict == OVL_REFUSES)
		diag_error(p->diags, &at, MSG_PROFILE_REFUSES, who, f->place, f->why, who, name);
	else if (f->verdict == OVL_IGNORES)
		diag_warning(p->diags, &at, MSG_PROFILE_IGNORES, who, f->place, f->why, who, name);
	else
		diag_warning(p->diags, &at, MSG_PROFILE_DIFFERS, who, f->place, f->why, who, name);
}

static enum status report(struct profile *p, const struct blob *overlay, const struct words *w,
			  enum ovl_consumer consumer)
{
	struct text place = { 0 }, node = { 0 }, why = { 0 };
	struct profile_finding f = { .consumer = consumer,
				     .verdict = w->finding->verdict,
				     .rule = w->finding->rule,
				     .prop = w->finding->prop };
	enum status status = DONE;

	put_place(&place, &node, w);
	put_text(&why, w);
	f.place = text_of(&place);
	f.why = text_of(&why);
	f.node = node.len ? text_of(&node) : NULL;
	p->refused |= f.verdict == OVL_REFUSES;
	if (p->take)
		status = p->take(p->arg, &f);
	else
		print(p, overlay, &f);
	text_free(&place);
	text_free(&node);
	text_free(&why);
	return status;
}

static enum status report_tree(struct profile *p, const struct blob *overlay,
			       enum ovl_consumer consumer, struct words *w)
{
	uint32_t n = ovl_profile(w->tree, consumer, NULL, 0);
	struct ovl_finding *findings = grow_new(p->diags, n, sizeof(*findings));
	enum status status = DONE;

	ovl_profile(w->tree, consumer, findings, n);
	for (uint32_t i = 0; i < n && !status; i++) {
		w->finding = &findings[i];
		status = report(p, overlay, w, consumer);
	}
	free(findings);
	return status;
}

static enum status report_error(struct profile *p, const struct blob *overlay,
				enum ovl_consumer consumer, const char *base,
				const struct ovl_error *err)
{
	struct ovl_finding finding;
	struct words w = { .finding = &finding, .base = base };

	if (!ovl_profile_error(err, consumer, &finding))
		return DONE;
	return report(p, overlay, &w, consumer);
}

/* What is to be said whatever the base comes first, then what the base makes of it. */
static enum status report_for(struct profile *p, const struct blob *overlay,
			      enum ovl_consumer consumer, const struct ovl_tree *alone,
			      const struct ovl_error *alone_err, const struct ovl_tree *tree,
			      const char *base, const struct ovl_error *err)
{
	struct words in_overlay = { .tree = alone, .base = base };
	struct words in_tree = { .tree = tree, .base = base, .merged = true };
	enum status status;

	if (alone_err->code)
		return report_error(p, overlay, consumer, base, alone_err);
	status = report_tree(p, overlay, consumer, &in_overlay);
	if (!status && tree)
		status = report_tree(p, overlay, consumer, &in_tree);
	else if (!status && err && err->code)
		status = report_error(p, overlay, consumer, base, err);
	return status;
}

enum status profile_report(struct profile *p, const struct blob *overlay,
			   const struct ovl_tree *tree, const char *base,
			   const struct ovl_error *err)
{
	struct ovl_error alone_err;
	struct ovl_tree alone;
	enum status status = DONE;
	void *storage;
	size_t bytes = 0;

	if (ovl_apply_size(overlay->file.bytes, overlay->file.len, NULL, &bytes, &alone_err))
		return DONE; /* it is no blob, which was reported */
	storage = grow_bytes(p->diags, bytes);
	ovl_profile_open(&alone, overlay->file.bytes, overlay->file.len, storage, bytes,
			 &alone_err);
	for (unsigned int i = 0; i < OVL_N_CONSUMERS && !status; i++)
		if (p->consumers & 1u << i)
			status = report_for(p, overlay, (enum ovl_consumer)i, &alone, &alone_err,
					    tree, base, err);
	free(storage);
	return status;
}

const char *profile_consumer(enum ovl_consumer consumer)
{
	return consumers[consumer];
}

const char *profile_rule(enum ovl_rule rule)
{
	return rules[rule].name;
}

enum status profile_add(struct profile *p, const char *name)
{
	struct diag_nearest nearest;

	if (strcmp(name, "all") == 0) {
		p->consumers = ALL_CONSUMERS;
		return DONE;
	}
	diag_nearest_init(&nearest, name, strlen(name));
	for (unsigned int i = 0; i < OVL_N_CONSUMERS; i++) {
		if (strcmp(name, consumers[i]) == 0) {
			p->consumers |= 1u << i;
			return DONE;
		}
		diag_nearest_offer(&nearest, consumers[i], strlen(consumers[i]));
	}
	usage_error(p->diags, "there is no profile '%s'", name);
	if (nearest.best)
		diag_help(p->diags, NULL, "did you mean '%s'?", nearest.best);
	return USAGE;
}
