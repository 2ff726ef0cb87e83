/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* base.c - an overlay checked against a base.
 * Both are read into one pool; what the fragments hold is merged into the nodes they target, as it will be
 * when the overlay is applied; then the checks run over the whole tree, and of what they find only that is
 * reported which stands in the overlay.  So cells, providers and addresses are those of the real tree. */
#include "base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "compile.h"
#include "merge.h"
#include "resolve.h"
#include "suggest.h"

struct fit {
	struct checks checks;
	struct tree *base, overlay;
	bool good;
};

/* ---------------------------------------------------------------- targets */

static struct prop *prop_called(const struct fit *f, const struct node *node, const char *name)
{
	return prop_find(f->base, node, name);
}

/* The fragments that the compiler made have names that nobody wrote. */
static const struct node *shown(const struct node *fragment)
{
	return fragment->made ? NULL : fragment;
}

static struct node *no_label(struct fit *f, const struct node *fragment, const struct prop *p,
			     const struct marker *m)
{
	const struct node *node = shown(fragment);

	if (!f->checks.base_has_labels) {
		base_without_labels(&f->checks, node, node ? p : NULL, m);
		f->good = false;
		return NULL;
	}
	f->good &= check_report(&f->checks, "base_label", node, node ? p : NULL, m->pos, "label '%s' is not in %s",
				m->to->ref, f->checks.base);
	if (!f->checks.diags->last_hidden && !suggest_label(&f->checks, m->to->ref, m->pos))
		suggest_labels_of_base(&f->checks);
	return NULL;
}

static struct node *node_of_alias(const struct fit *f, const char *name)
{
	struct node *aliases = node_by_path(f->base, f->base->root, "/aliases");
	struct prop *alias = aliases ? prop_called(f, aliases, name) : NULL;

	return alias && prop_is_text(alias) ? node_by_path(f->base, f->base->root, (char *)alias->value.bytes) : NULL;
}

/* The overlay's own labels join the tree's when all of it is applied. */
static struct node *node_of_label(const struct fit *f, const char *name)
{
	const struct name *known = check_name(&f->checks, name);

	for (const struct label *l = known ? known->labels : NULL; l; l = l->same)
		if (!l->deleted && l->start < f->checks.from)
			return l->node;
	return NULL;
}

/* "/path", or an alias or else a label, alone or before a path. */
static struct node *node_at(const struct fit *f, const char *path)
{
	size_t len = strcspn(path, "/");
	const char *first = pool_text(f->base->pool, path, len);
	struct node *node = len ? node_of_alias(f, first) : f->base->root;

	if (!node)
		node = node_of_label(f, first);
	return node_by_path(f->base, node, path + len);
}

static void suggest_alias(struct fit *f, const char *path)
{
	struct node *aliases = node_by_path(f->base, f->base->root, "/aliases");
	struct prop *alias = NULL;
	struct diag_nearest near;

	diag_nearest_init(&near, path, strcspn(path, "/"));
	if (aliases) {
		alias = prop_called(f, aliases, pool_text(f->base->pool, path, near.name_len));
		for_each_prop(aliases, p)
			diag_nearest_offer(&near, p->name->text, p->name->len);
	}
	if (alias)
		check_help(&f->checks, "alias '%s' of %s is %s%s", alias->name->text, f->checks.base,
			   prop_is_text(alias) ? (char *)alias->value.bytes : "no path",
			   prop_is_text(alias) && near.name[near.name_len] ? ", which has no such node below it" : "");
	else if (near.best)
		check_help(&f->checks, "did you mean '%.*s%s'?", (int)near.best_len, near.best, path + near.name_len);
	else
		check_help(&f->checks, "a path begins with '/', with an alias or with a label; '%.*s' is none in %s",
			   (int)near.name_len, path, f->checks.base);
}

static void no_path(struct fit *f, const struct node *fragment, const struct prop *p)
{
	const char *path = (const char *)p->value.bytes;
	const struct node *node = shown(fragment);
	struct pos at = node ? p->value.markers->pos : p->pos;

	f->good &= check_report(&f->checks, "base_path", node, node ? p : NULL, at, "there is no node '%s' in %s", path,
				f->checks.base);
	if (f->checks.diags->last_hidden)
		return;
	if (path[0] == '/')
		suggest_path(&f->checks, path, at, !node);
	else
		suggest_alias(f, path);
}

static bool is_number(const struct prop *p)
{
	return p->value.len == 4 && (!p->value.markers || p->value.markers->type != MARK_STRING);
}

static struct node *numbered(struct fit *f, const struct node *fragment, const struct prop *p)
{
	struct pos at = p->value.markers ? p->value.markers->pos : p->pos;
	uint32_t phandle = cell_get(p->value.bytes);
	struct node *target = node_by_phandle(f->base, phandle);

	if (target)
		return target;
	f->good &= check_report(&f->checks, "base_phandle", fragment, p, at, "there is no node with phandle 0x%x in %s",
				phandle, f->checks.base);
	check_help(&f->checks, "write target = <&LABEL> instead of a number: numbers change with each build");
	return NULL;
}

/* A reference in an overlay means the overlay's own node first, which the fragments before may have made. */
static struct node *own_target(struct fit *f, const struct node *fragment, const struct prop *p,
			       const struct marker *m, struct node *own)
{
	const struct node *node = shown(fragment), *top = own;

	while (top->parent)
		top = top->parent;
	if (top == f->base->root)
		return own;
	f->good &= check_report(&f->checks, "base_label", node, node ? p : NULL, m->pos,
				"label '%s' is that of %s in this overlay, which is no node of %s", m->to->ref,
				node_path(&f->overlay, own, NULL), f->checks.base);
	check_help(&f->checks, "write what is to be there into that node itself, or give its label another name");
	return NULL;
}

/* A number that is 0 leaves it to the path. */
static struct node *target_of(struct fit *f, const struct node *fragment)
{
	struct prop *p = prop_called(f, fragment, "target");
	const struct marker *m = p ? p->value.markers : NULL;
	struct node *target, *own;

	while (m && m->type != MARK_REF_PHANDLE)
		m = m->next;
	if (m) {
		own = resolve_own_label(&f->checks, m->to->ref);
		if (own)
			return own_target(f, fragment, p, m, own);
		target = node_by_ref(f->base, m->to->ref);
		return target ? target : no_label(f, fragment, p, m);
	}
	if (p && is_number(p) && cell_get(p->value.bytes))
		return numbered(f, fragment, p);
	p = prop_called(f, fragment, "target-path");
	if (!p || !prop_is_text(p))
		return NULL;
	target = node_at(f, (char *)p->value.bytes);
	if (!target)
		no_path(f, fragment, p);
	return target;
}

/* ---------------------------------------------------------------- content */

static bool counts_cells(const struct prop *p)
{
	return p->name->len > 7 && p->name->text[0] == '#' &&
	       strcmp(p->name->text + p->name->len - 6, "-cells") == 0;
}

/* Whose reg and ranges would be read in another way. */
static void list_children(struct fit *f, const struct node *target, const struct prop *cells)
{
	char text[240] = "";
	size_t len = 0;

	if (strcmp(cells->name->text, "#address-cells") != 0 && strcmp(cells->name->text, "#size-cells") != 0)
		return;
	for_each_child(target, child) {
		if (len + child->name->len + 8 > sizeof(text)) {
			len += (size_t)sprintf(text + len, ", ...");
			break;
		}
		len += (size_t)sprintf(text + len, "%s%s", len ? ", " : "", child->name->text);
	}
	if (len)
		diag_note(f->checks.diags, NULL, "it has %s", text);
}

static bool lays_out(const struct prop *p)
{
	const char *name = p->name->text;

	return strcmp(name, "#address-cells") == 0 || strcmp(name, "#size-cells") == 0 ||
	       strcmp(name, "#interrupt-cells") == 0;
}

static bool same_value(const struct prop *a, const struct prop *b)
{
	return a->value.len == b->value.len && memcmp(a->value.bytes, b->value.bytes, a->value.len) == 0;
}

/* What is there was written by the base's own counts.  Nobody applies an overlay that changes those which say how
 * addresses and interrupts are read; those of what references take may be meant to change. */
static void report_cells(struct fit *f, const struct node *node, const struct prop *p, const struct prop *old)
{
	const char *check = lays_out(p) ? "base_cells" : "base_arguments";

	if (p->value.len == 4 && old->value.len == 4)
		f->good &= check_report(&f->checks, check, node, p, p->pos,
					"it is %u in %s, and %u changes what is written there",
					cell_get(old->value.bytes), f->checks.base, cell_get(p->value.bytes));
	else
		f->good &= check_report(&f->checks, check, node, p, p->pos, "it has %u bytes in %s, and %u here",
					old->value.len, f->checks.base, p->value.len);
	list_children(f, node, p);
	if (lays_out(p))
		check_help(&f->checks, "leave that out, and write what the overlay puts there for %s of %s",
			   p->name->text, f->checks.base);
}

/* What the overlay itself brings it may count as it likes. */
static void check_cells(struct fit *f, const struct node *node, const struct node *piece)
{
	if (node->pos.start >= f->checks.from)
		return;
	for_each_prop(piece, p) {
		const struct prop *old = counts_cells(p) ? prop_named(node, p->name) : NULL;

		if (old && !same_value(p, old) && (lays_out(p) || (p->value.len == 4 && old->value.len == 4)))
			report_cells(f, node, p, old);
	}
}

/* The parts of a root that are not for fragments to write. */
static bool is_part(const struct node *node)
{
	static const char *const names[] = { "__symbols__", "__fixups__", "__local_fixups__" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(node->name->text, names[i]) == 0)
			return true;
	return false;
}

static void report_protected(struct fit *f, const struct node *part, struct pos at)
{
	f->good &= check_report(&f->checks, "base_protected", NULL, NULL, at, "a fragment cannot write into /%s of %s",
				part->name->text, f->checks.base);
	check_help(&f->checks, "compile the overlay with -@: its labels join /__symbols__ by themselves");
}

/* Every node of a fragment beside the one of the tree that it will be part of.  Returns whether it may. */
static bool check_content(struct fit *f, struct node *target, struct node *overlay)
{
	bool may = true;

	for_each_node(overlay, n) {
		const struct node *above = n == overlay ? NULL : n->parent->mirror;

		n->mirror = n == overlay ? target : above ? node_child(above, n->name) : NULL;
		if (above && !above->parent && is_part(n)) {
			report_protected(f, n, n->pos);
			may = false;
		}
		if (n->mirror)
			check_cells(f, n->mirror, n);
	}
	for_each_node(overlay, n)
		n->mirror = NULL;
	return may;
}

/* Numbers are given anew when the overlay is applied. */
static void drop_phandles(const struct fit *f, const struct node *overlay)
{
	static const char *const names[] = { "phandle", "linux,phandle" };

	for_each_node((struct node *)overlay, n)
		for (int i = 0; i < 2; i++) {
			struct prop *p = prop_called(f, n, names[i]);

			if (p)
				prop_delete(p);
		}
}

static void put_content(struct fit *f, struct node *target, struct node *overlay)
{
	drop_phandles(f, overlay);
	merge_into(f->base, target, overlay);
}

/* Returns whether each fragment has its place. */
static bool put_on(struct fit *f)
{
	const struct name *name = check_name(&f->checks, "__overlay__");
	bool all = true;

	if (!name)
		return true;
	for_each_child(f->overlay.root, fragment) {
		struct node *overlay = node_child(fragment, name);
		struct node *target = overlay ? target_of(f, fragment) : NULL;
		bool fits = false;

		if (target && is_part(node_top(target)))
			report_protected(f, node_top(target), fragment->pos);
		else if (target)
			fits = check_content(f, target, overlay);
		if (fits)
			put_content(f, target, overlay);
		all &= fits || !overlay;
	}
	return all;
}

/* ---------------------------------------------------------------- labels */

/* A label that is the base's as well.  With -@ both become symbols, of which there can be one; without it the overlay
 * can no longer refer to that node of the base. */
static void report_label(struct fit *f, const struct label *l, const struct node *there)
{
	bool symbols = f->checks.symbols;

	f->good &= check_report(&f->checks, symbols ? "base_symbol" : "base_shadow", NULL, NULL, label_pos(l),
				"label '%s' is that of %s in %s%s", l->name->text, node_path(f->base, there, NULL),
				f->checks.base, symbols ? "" : ", and here that of another node");
	check_help(&f->checks, "give the label another name");
}

/* needs: all fragments are in their places. */
static void check_labels(struct fit *f)
{
	for_each_node(f->base->root, n)
		for_each_label(n->labels, l) {
			const struct node *there = l->start < f->checks.from ? NULL : node_of_label(f, l->name->text);

			if (there && there != n)
				report_label(f, l, there);
		}
}

/* ---------------------------------------------------------------- deletions */

static bool in_vain(const struct deletion *d)
{
	return d->node ? !d->node->did_delete : !d->prop->did_delete;
}

/* What the overlay deletes of its own never reaches the base. */
static void forget_own_deletions(struct tree *overlay)
{
	struct deletion **link = &overlay->deletions;

	while (*link)
		if (in_vain(*link))
			link = &(*link)->next;
		else
			*link = (*link)->next;
}

/* The node of the base, or of what joined it, that a thing goes from. */
static const struct node *deleted_from(const struct deletion *d)
{
	const struct node *in = d->in;

	while (in->mirror)
		in = in->mirror;
	return in;
}

static void check_deletion(struct fit *f, const struct deletion *d)
{
	const struct node *in = deleted_from(d);
	struct pos at = d->node ? d->node->whole : prop_whole(d->prop);
	const char *name = d->node ? d->node->name->text : d->prop->name->text;

	if (in_vain(d)) {
		f->good &= check_report(&f->checks, "base_deletion", NULL, NULL, at, "%s has no %s '%s' to delete in %s",
					node_path(f->base, in, NULL), d->node ? "node" : "property", name, f->checks.base);
	} else if (d->node && !in->parent && is_part(d->node)) {
		f->good &= check_report(&f->checks, "base_protected", NULL, NULL, at, "a fragment cannot delete /%s of %s",
					name, f->checks.base);
	} else if (d->prop && lays_out(d->prop)) {
		f->good &= check_report(&f->checks, "base_cells", NULL, NULL, at,
					"without %s of %s in %s what is written there would be read differently", name,
					node_path(f->base, in, NULL), f->checks.base);
	}
}

/* ---------------------------------------------------------------- both */

/* All that its own compiler says about it was said elsewhere. */
static bool read_base(const struct options *o, struct sources *sources, struct tree *base, const char *path)
{
	struct options as_base = { .input = path, .output = "-", .force = true, .blob = o->blob,
				   .phandle_format = o->phandle_format, .cpp = o->cpp,
				   .defines = o->defines, .n_defines = o->n_defines };
	int quiet = sources->diags->quiet, status;

	sources->diags->quiet = quiet < 2 ? 2 : quiet;
	status = compile_base(&as_base, sources, base);
	sources->diags->quiet = quiet;
	return status == DONE;
}

static void tell_verdict(struct diags *now, const struct diags *before, const char *overlay, const char *base,
			 bool good)
{
	unsigned int errors = now->n_errors - before->n_errors, warnings = now->n_warnings - before->n_warnings;

	if (now->quiet >= 1)
		return;
	if (good && !warnings)
		diag_remark(now, NULL, "%s fits %s", overlay, base);
	else
		diag_remark(now, NULL, "%s %s %s: %u error%s, %u warning%s", overlay,
			    good ? "fits" : "does not fit", base, errors, errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
}

static const char *shown_path(const char *path)
{
	return strcmp(path, "-") == 0 ? "<stdin>" : path;
}

int base_check(const struct options *o, const struct sources *overlay, const char *path)
{
	struct diags diags = *overlay->diags, before;
	struct fit f = { .good = true };
	struct sources sources;
	struct tree base;
	struct pool pool;
	bool read;

	pool_init(&pool, &diags);
	sources_init(&sources, &diags, &pool);
	for (size_t i = 0; i < overlay->n_search; i++)
		sources_search(&sources, overlay->search[i]);
	tree_init(&base, &pool);
	tree_init(&f.overlay, &pool);
	f.base = &base;
	read = read_base(o, &sources, &base, path);
	before = diags;
	f.checks = (struct checks){ .tree = &base, .sources = &sources, .diags = &diags, .base = shown_path(path),
				    .phandle_format = o->phandle_format, .symbols = o->symbols,
				    .one_of_many = o->n_bases > 1, .from = sources.next_base };
	f.checks.base_has_labels = read && base_has_labels(&f.checks);
	read = read && read_again(&sources, &f.overlay, overlay->main);
	if (read) {
		forget_own_deletions(&f.overlay);
		base.keeps = !o->deletions;
		if (put_on(&f) && o->deletions)
			for (const struct deletion *d = f.overlay.deletions; d; d = d->next)
				check_deletion(&f, d);
		check_labels(&f);
		base.plugin = false;
		f.good &= check_run(&f.checks);
		if (o->n_bases > 1)
			tell_verdict(&diags, &before, overlay->main->name, f.checks.base, f.good);
	}
	overlay->diags->n_errors = diags.n_errors;
	overlay->diags->n_warnings = diags.n_warnings;
	overlay->diags->n_left_out = diags.n_left_out;
	sources_free(&sources);
	pool_free(&pool);
	return !read ? FAILED : f.good ? DONE : CHECKS_FAILED;
}
