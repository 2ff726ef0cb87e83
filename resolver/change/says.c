/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* says.c - look for differences that an overlay cannot say, see says.h.
 * Overlays add and change, except those that delete; and they are not to write to what holds labels
 * and fixups, but bring labels of their own.  Rules: include/ovl.h, ovl_apply(). */
#include "says.h"

#include <string.h>

#include "lines.h"
#include "symbols.h"

static bool is_called(const struct ovl_tree *tree, ovl_node node, const char *name)
{
	struct ovl_str called = ovl_node_name(tree, node);

	return ovl_node_parent(tree, node) == ovl_node_root(tree) && called.len == strlen(name) &&
	       memcmp(called.ptr, name, called.len) == 0;
}

bool says_symbols(const struct ovl_tree *tree, ovl_node node)
{
	return is_called(tree, node, "__symbols__");
}

/* Whether a node is, or lies below, one that overlays are not to write to. */
static bool is_protected(const struct ovl_tree *tree, ovl_node node)
{
	ovl_node root = ovl_node_root(tree);

	while (node != root && ovl_node_parent(tree, node) != root)
		node = ovl_node_parent(tree, node);
	return node != root && (says_symbols(tree, node) || is_called(tree, node, "__fixups__") ||
				is_called(tree, node, "__local_fixups__"));
}

/* The node of B that a symbol of it stands for. */
ovl_node says_symbol(const struct comparison *c, const struct ovl_prop *p)
{
	struct ovl_symbol symbol;

	return symbols_read(&symbol, p) ? ovl_node_by_path(c->b, symbol.path) : OVL_NONE;
}

/* They come into being with the first of them. */
static bool sayable_symbols(const struct comparison *c, ovl_node symbols)
{
	struct ovl_prop p;
	bool any = false;

	for (int more = ovl_prop_first(c->b, symbols, &p); more; more = ovl_prop_next(c->b, &p)) {
		if (prop_is_phandle(p.name))
			continue;
		if (!says_symbol(c, &p))
			return false;
		any = true;
	}
	return any && !ovl_node_first(c->b, symbols);
}

static bool is_sayable(const struct comparison *c, const struct difference *d, bool deletions)
{
	switch (d->what) {
	case NODE_REMOVED:
	case PROP_REMOVED: return deletions && !is_protected(c->a, d->a);
	case NODE_ADDED:
		if (says_symbols(c->b, d->b))
			return sayable_symbols(c, d->b);
		return !is_protected(c->b, d->b);
	case PROP_ADDED:
		if (says_symbols(c->b, d->b))
			return says_symbol(c, &d->in_b);
		return !is_protected(c->b, d->b);
	default: return !is_protected(c->a, d->a);
	}
}

enum status says_check(const struct comparison *c, const struct blob *a, const struct blob *b,
		       bool deletions)
{
	struct diag_place at = { .file = b->name };
	bool removed = false;
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct difference *d = &c->list[i];
		struct text line = { 0 };

		if (is_sayable(c, d, deletions))
			continue;
		if (!n++)
			diag_error(c->diags, &at, MSG_NOT_SAYABLE, a->name);
		lines_add(&line, c, d, false);
		diag_note(c->diags, &at, "%.*s", (int)line.len - 1, text_of(&line));
		text_free(&line);
		removed |= (d->what == NODE_REMOVED || d->what == PROP_REMOVED) &&
			   !is_protected(c->a, d->a);
	}
	if (removed)
		diag_help(
			c->diags, &at,
			"--deletions says what goes, in a way that only ovl apply and libovl know");
	return n ? CONFLICT : DONE;
}
