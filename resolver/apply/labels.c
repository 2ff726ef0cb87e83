/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* labels.c - report the labels an overlay needs and the tree does not have, see fit.h.
 * In: the overlay's /__fixups__, label = "PATH:PROPERTY:OFFSET", ... (dtobj), proven by libovl as
 * far as it got; what lies behind the first error is taken as text only. */
#include "filtered.h"
#include "fit.h"
#include "symbols.h"

#include <stdlib.h>
#include <string.h>

/* How many labels are listed of a base, and how many guesses are made, before "and more". */
enum { MOST_LISTED = 20, MOST_GUESSED = 8 };

static ovl_node top(const struct ovl_tree *tree, const char *name)
{
	return ovl_node_child(tree, ovl_node_root(tree), ovl_str(name));
}

/* The next text of a list of NUL-terminated ones; false at its end. */
static bool next_use(const struct ovl_prop *uses, uint32_t *at, struct ovl_str *use)
{
	const char *text = (const char *)uses->value + *at;

	if (*at >= uses->len)
		return false;
	*use = (struct ovl_str){ text, (uint32_t)strnlen(text, uses->len - *at) };
	*at += use->len + 1;
	return true;
}

void labels_each_use(const struct fit *f, labels_use_fn *call, void *arg)
{
	const struct ovl_tree *view = &f->view.tree;
	ovl_node fixups = top(view, "__fixups__");
	struct ovl_prop p;

	for (int more = fixups && ovl_prop_first(view, fixups, &p); more;
	     more = ovl_prop_next(view, &p)) {
		struct ovl_str use;

		for (uint32_t at = 0; next_use(&p, &at, &use); )
			call(arg, (struct ovl_str){ p.name, p.name_len }, use);
	}
}

static const struct ovl_symbol *given(const struct fit *f, struct ovl_str label)
{
	for (uint32_t i = 0; f->options && i < f->options->n_symbols; i++) {
		const struct ovl_symbol *s = &f->options->symbols[i];

		if (s->label.len == label.len && memcmp(s->label.ptr, label.ptr, label.len) == 0)
			return s;
	}
	return NULL;
}

/* As libovl does: the tree's own symbols first. */
static bool is_known(const struct fit *f, struct ovl_str label, ovl_node *node, struct text *path)
{
	ovl_node symbols = top(f->tree, "__symbols__");
	const struct ovl_symbol *symbol;
	struct ovl_symbol own;
	struct ovl_prop p;

	*node = ovl_node_by_label(f->tree, label);
	if (*node)
		return true;
	if (symbols && ovl_prop_find(f->tree, symbols, label, &p)) {
		own.path.len = 0;
		if (!p.value)
			text_add(path, "a node that was deleted");
		else if (symbols_read(&own, &p) && own.path.len)
			text_str(path, own.path);
		else
			text_add(path, "what is no path");
		return true;
	}
	symbol = given(f, label);
	if (!symbol)
		return false;
	*node = ovl_node_by_path(f->tree, symbol->path);
	text_str(path, symbol->path);
	return true;
}

ovl_node labels_find(const struct fit *f, struct ovl_str label)
{
	struct text path = { 0 };
	ovl_node node;

	is_known(f, label, &node, &path);
	text_free(&path);
	return node;
}

enum ovl_err labels_check(const struct fit *f)
{
	const struct ovl_tree *view = &f->view.tree;
	ovl_node fixups = top(view, "__fixups__"), node;
	struct ovl_prop p;

	for (int more = fixups && ovl_prop_first(view, fixups, &p); more;
	     more = ovl_prop_next(view, &p)) {
		struct text path = { 0 };
		bool known = is_known(f, (struct ovl_str){ p.name, p.name_len }, &node, &path);

		text_free(&path);
		if (!known)
			return top(f->tree, "__symbols__") ? OVL_ERR_NO_LABEL : OVL_ERR_NO_SYMBOLS;
		if (!node)
			return OVL_ERR_NO_LABEL_NODE;
	}
	return OVL_OK;
}

/* ---------------------------------------------------------------- one use */

/* PATH:PROPERTY:OFFSET as the author wrote it: "/fragment@0: target = <&soc>". */
static void describe_use(struct text *to, struct ovl_str label, struct ovl_str use)
{
	const char *colon = memchr(use.ptr, ':', use.len), *end = use.ptr + use.len, *second;

	second = colon ? memchr(colon + 1, ':', (size_t)(end - colon - 1)) : NULL;
	if (!second)
		text_str(to, use);
	else if (second - colon == 7 && memcmp(colon, ":target", 7) == 0)
		text_add(to, "%.*s: target = <&%.*s>", (int)(colon - use.ptr), use.ptr, STR(label));
	else
		text_add(to, "%.*s: &%.*s in property '%.*s'", (int)(colon - use.ptr), use.ptr,
			 STR(label), (int)(second - colon - 1), colon + 1);
}

/* The cell of the first use; path gets its node, and must outlive the place. */
static struct diag_place use_place(const struct fit *f, const struct ovl_prop *uses, struct text *path)
{
	const struct ovl_tree *view = &f->view.tree;
	struct diag_place place = { .file = fit_place(f).file };
	const char *colon, *second, *end;
	struct ovl_str use;
	struct ovl_prop p;
	unsigned long off;
	uint32_t at = 0;
	ovl_node node;

	if (!next_use(uses, &at, &use))
		return place;
	end = use.ptr + use.len;
	colon = memchr(use.ptr, ':', use.len);
	second = colon ? memchr(colon + 1, ':', (size_t)(end - colon - 1)) : NULL;
	if (!second)
		return place;
	text_put(path, use.ptr, (size_t)(colon - use.ptr));
	place.node = text_of(path);
	place.prop = colon + 1;
	place.prop_len = (size_t)(second - place.prop);
	node = ovl_node_by_path(view, ovl_str(place.node));
	off = strtoul(second + 1, NULL, 10);
	if (node && ovl_prop_find(view, node, (struct ovl_str){ place.prop, (uint32_t)place.prop_len }, &p) &&
	    off < p.len)
		place.off_bytes = (size_t)(p.value - f->view.base->file.bytes) + off;
	return place;
}

static void list_uses(struct text *to, const struct ovl_prop *uses)
{
	struct ovl_str use;

	for (uint32_t at = 0, n = 0; next_use(uses, &at, &use); n++)
		text_add(to, "%s%.*s", n ? ", " : "", STR(use));
}

static bool is_target(const struct ovl_prop *uses)
{
	return memmem(uses->value, uses->len, ":target:", 8);
}

/* ---------------------------------------------------------------- a base without symbols */

/* A node of the base that the label may mean: its alias, or the only node called so. */
static ovl_node guess(const struct ovl_tree *tree, struct ovl_str label, bool *alias)
{
	ovl_node aliases = top(tree, "aliases"), root = ovl_node_root(tree), found = OVL_NONE, n;
	struct ovl_prop p;

	if (aliases && ovl_prop_find(tree, aliases, label, &p) && p.value && p.len > 1) {
		found = ovl_node_by_path(tree,
					 (struct ovl_str){ (const char *)p.value, p.len - 1 });
		*alias = found;
		if (found)
			return found;
	}
	for (n = root; n; n = tree_next(tree, root, n)) {
		struct ovl_str name = ovl_node_name(tree, n);

		/* A label has a name.  NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
		if (name.len < label.len || memcmp(name.ptr, label.ptr, label.len) != 0 ||
		    (name.len > label.len && name.ptr[label.len] != '@'))
			continue;
		if (found)
			return OVL_NONE;
		found = n;
	}
	return found;
}

struct no_symbols {
	unsigned int n_labels, n_uses, n_guessed;
	struct text first, list, pass, write;
};

static void add_ways_out(struct fit *f, struct no_symbols *n, const struct ovl_prop *uses)
{
	struct ovl_str label = { uses->name, uses->name_len };
	bool alias = false;
	ovl_node node;

	if (n->n_guessed++ == MOST_GUESSED) {
		text_add(&n->pass, " ...");
		return;
	}
	if (n->n_guessed > MOST_GUESSED)
		return;
	node = guess(f->tree, label, &alias);
	text_add(&n->pass, " --symbol %.*s=", STR(label));
	if (node)
		text_path(&n->pass, f->tree, node);
	else
		text_add(&n->pass, "/PATH");
	if (!is_target(uses))
		return;
	text_add(&n->write, "%starget-path = \"", n->write.len ? ", " : "");
	if (node)
		text_path(&n->write, f->tree, node);
	else
		text_add(&n->write, "/PATH");
	text_add(&n->write, "\"");
	if (node)
		text_add(&n->write,
			 alias ? " (alias %.*s of this base)"
			       : " (the only node called %.*s in this base)",
			 STR(label));
}

static void report_no_symbols(struct fit *f)
{
	const struct ovl_tree *view = &f->view.tree;
	struct no_symbols n = { 0 };
	struct text path_of_use = { 0 };
	struct diag_place at = fit_place(f);
	struct ovl_prop p;
	ovl_node node;

	for (int more = ovl_prop_first(view, top(view, "__fixups__"), &p); more;
	     more = ovl_prop_next(view, &p)) {
		struct ovl_str label = { p.name, p.name_len }, use;
		struct text path = { 0 };
		bool known = is_known(f, label, &node, &path);

		text_free(&path);
		if (known)
			continue;
		if (!n.n_uses)
			at = use_place(f, &p, &path_of_use);
		for (uint32_t i = 0; next_use(&p, &i, &use); )
			if (!n.n_uses++)
				describe_use(&n.first, label, use);
		text_add(&n.list, "%s%.*s at ", n.n_labels++ ? "; " : "", STR(label));
		list_uses(&n.list, &p);
		add_ways_out(f, &n, &p);
	}
	diag_error(f->diags, &at, MSG_NO_SYMBOLS, text_of(&n.first));
	diag_note(f->diags, &at,
		  "the base %s has no /__symbols__ node (it was built without -@); "
		  "%u label%s, %u use%s: %s",
		  f->base->name, n.n_labels, n.n_labels == 1 ? "" : "s", n.n_uses,
		  n.n_uses == 1 ? "" : "s", text_of(&n.list));
	diag_help(f->diags, &at, "one of: rebuild the base with -@; pass%s%s%s%s", text_of(&n.pass),
		  f->own_options ? "" : " to ovl apply", n.write.len ? "; write " : "",
		  text_of(&n.write));
	text_free(&n.first);
	text_free(&n.list);
	text_free(&n.pass);
	text_free(&n.write);
	text_free(&path_of_use);
}

/* ---------------------------------------------------------------- labels that are not there */

/* "base.dtb does not define", or "neither base.dtb nor a.dtbo exports". */
static void who_lacks_it(const struct fit *f, struct text *to)
{
	if (!f->n_before)
		text_add(to, "the base %s does not define", f->base->name);
	else if (f->n_before > 3)
		text_add(to, "neither the base %s nor the %zu overlays before it export",
			 f->base->name, f->n_before);
	else
		text_add(to, "neither the base %s", f->base->name);
	for (size_t i = 0; f->n_before <= 3 && i < f->n_before; i++)
		text_add(to, " nor %s", f->overlays[i].name);
	if (f->n_before && f->n_before <= 3)
		text_add(to, " exports");
}

/* Offer all labels of the tree; say them with the first label that is not among them. */
static void note_symbols(struct fit *f, const struct diag_place *at, struct diag_nearest *nearest,
			 bool first)
{
	ovl_node symbols = top(f->tree, "__symbols__");
	struct text list = { 0 };
	unsigned int n = 0;
	struct ovl_prop p;

	for (int more = symbols && ovl_prop_first(f->tree, symbols, &p); more;
	     more = ovl_prop_next(f->tree, &p)) {
		if (n++ < MOST_LISTED)
			text_add(&list, "%s%s", n > 1 ? ", " : "", p.name);
		diag_nearest_offer(nearest, p.name, p.name_len);
	}
	if (n > MOST_LISTED)
		text_add(&list, ", and %u more", n - MOST_LISTED);
	if (first)
		diag_note(f->diags, at, "%s defines %u label%s%s%s",
			  f->n_before ? "the tree so far" : f->base->name, n, n == 1 ? "" : "s",
			  n ? ": " : "", text_of(&list));
	text_free(&list);
}

/* An overlay before this one may have been meant to define the label, and be compiled without
 * -@. */
static const struct blob *without_symbols(struct fit *f)
{
	const struct blob *found = NULL;

	for (size_t i = 0; i < f->n_before && !found; i++) {
		struct stack s;

		if (stack_open(&s, f->diags, &f->overlays[i]))
			break;
		if (!top(&s.tree, "__symbols__"))
			found = &f->overlays[i];
		stack_close(&s);
	}
	return found;
}

static void report_unknown(struct fit *f, const struct ovl_prop *uses, bool first)
{
	struct ovl_str label = { uses->name, uses->name_len };
	struct text who = { 0 }, where = { 0 }, path = { 0 };
	struct diag_place at = use_place(f, uses, &path), name = { .file = at.file };
	struct diag_nearest nearest;
	const struct blob *bare = without_symbols(f);

	diag_nearest_init(&nearest, label.ptr, label.len);
	who_lacks_it(f, &who);
	list_uses(&where, uses);
	diag_error(f->diags, &at, MSG_LABEL_UNKNOWN, STR(label), text_of(&who));
	diag_note(f->diags, &at, "needed by %s", text_of(&where));
	if (f->filtered)
		filtered_note(f->diags, &at, f->filtered, label);
	note_symbols(f, &at, &nearest, first);
	if (bare)
		diag_note(
			f->diags, &at,
			"%s has no /__symbols__ node: it was compiled without -@, or has no label",
			bare->name);
	if (nearest.best) {
		name.node = "/__fixups__";
		name.prop = label.ptr;
		name.prop_len = label.len;
		diag_help(f->diags, &at, "did you mean '%.*s'?", (int)nearest.best_len,
			  nearest.best);
		diag_suggest(f->diags, &name, "%.*s", (int)nearest.best_len, nearest.best);
	} else if (bare) {
		diag_help(f->diags, &at, "if %s has that label, compile it with -@", bare->name);
	}
	text_free(&who);
	text_free(&where);
	text_free(&path);
}

static void report_dangling(struct fit *f, const struct ovl_prop *uses, const struct text *path)
{
	struct text tree = { 0 }, where = { 0 }, node = { 0 };
	struct diag_place at = use_place(f, uses, &node);

	fit_tree_name(f, &tree);
	list_uses(&where, uses);
	diag_error(f->diags, &at, MSG_LABEL_DANGLING, (int)uses->name_len, uses->name,
		   text_of(path), text_of(&tree));
	diag_note(f->diags, &at, "needed by %s", text_of(&where));
	text_free(&tree);
	text_free(&where);
	text_free(&node);
}

void labels_report(struct fit *f, const struct ovl_error *err)
{
	const struct ovl_tree *view = &f->view.tree;
	unsigned int before = f->diags->n_errors;
	struct ovl_prop p;

	if (err->code == OVL_ERR_NO_SYMBOLS) {
		report_no_symbols(f);
		return;
	}
	for (int more = ovl_prop_first(view, top(view, "__fixups__"), &p); more;
	     more = ovl_prop_next(view, &p)) {
		struct text path = { 0 };
		ovl_node node;
		bool known = is_known(f, (struct ovl_str){ p.name, p.name_len }, &node, &path);

		if (known && node)
			;
		else if (diag_is_full(f->diags)) /* counted, so why it is not there does not matter */
			diag_error(f->diags, NULL, MSG_LABEL_UNKNOWN, (int)p.name_len, p.name, "");
		else if (known)
			report_dangling(f, &p, &path);
		else
			report_unknown(f, &p, f->diags->n_errors == before);
		text_free(&path);
	}
}
