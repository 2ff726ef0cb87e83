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

/* "/path", or "alias/path". */
static struct node *node_at(const struct fit *f, const char *path)
{
	struct node *aliases = node_by_path(f->base, f->base->root, "/aliases");
	size_t len = strcspn(path, "/");
	struct prop *alias;

	if (path[0] == '/')
		return node_by_path(f->base, f->base->root, path);
	alias = aliases ? prop_called(f, aliases, pool_text(f->base->pool, path, len)) : NULL;
	if (!alias || !prop_is_text(alias))
		return NULL;
	return node_by_path(f->base, node_by_path(f->base, f->base->root, (char *)alias->value.bytes),
			    path + len);
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
		check_help(&f->checks, "a path begins with '/', or with an alias; '%.*s' is none in %s",
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

static struct node *target_of(struct fit *f, const struct node *fragment)
{
	struct prop *p = prop_called(f, fragment, "target");
	const struct marker *m = p ? p->value.markers : NULL;
	struct node *target;

	while (m && m->type != MARK_REF_PHANDLE)
		m = m->next;
	if (m) {
		target = node_by_ref(f->base, m->to->ref);
		return target ? target : no_label(f, fragment, p, m);
	}
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

/* What is below the target was laid out by the base's own counts. */
static void check_cells(struct fit *f, const struct node *target, const struct node *overlay)
{
	for_each_prop(overlay, p) {
		const struct prop *old = counts_cells(p) ? prop_named(target, p->name) : NULL;

		if (!old || p->value.len != 4 || old->value.len != 4 ||
		    cell_get(p->value.bytes) == cell_get(old->value.bytes))
			continue;
		f->good &= check_report(&f->checks, "base_cells", target, p, p->pos,
					"it is %u in %s, and %u changes what is written there",
					cell_get(old->value.bytes), f->checks.base, cell_get(p->value.bytes));
		list_children(f, target, p);
	}
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

static void put_on(struct fit *f)
{
	const struct name *name = check_name(&f->checks, "__overlay__");

	if (!name)
		return;
	for_each_child(f->overlay.root, fragment) {
		struct node *overlay = node_child(fragment, name), *target;

		target = overlay ? target_of(f, fragment) : NULL;
		if (!target)
			continue;
		check_cells(f, target, overlay);
		drop_phandles(f, overlay);
		merge_into(f->base, target, overlay);
	}
}

/* ---------------------------------------------------------------- both */

/* The base as it will be: all that its own compiler says about it was said elsewhere. */
static bool read_base(const struct options *o, struct sources *sources, struct tree *base, const char *path)
{
	struct options as_base = { .input = path, .output = "-", .force = true, .blob = o->blob,
				   .phandle_format = o->phandle_format, .cpp = o->cpp,
				   .defines = o->defines, .n_defines = o->n_defines };
	int quiet = sources->diags->quiet, status;

	sources->diags->quiet = quiet < 2 ? 2 : quiet;
	status = compile(&as_base, sources, base);
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

bool base_check(const struct options *o, const struct sources *overlay, const char *path)
{
	struct diags diags = *overlay->diags, before;
	struct fit f = { .good = true };
	struct sources sources;
	struct tree base;
	struct pool pool;

	pool_init(&pool, &diags);
	sources_init(&sources, &diags, &pool);
	for (size_t i = 0; i < overlay->n_search; i++)
		sources_search(&sources, overlay->search[i]);
	tree_init(&base, &pool);
	tree_init(&f.overlay, &pool);
	f.base = &base;
	f.good = read_base(o, &sources, &base, path);
	before = diags;
	f.checks = (struct checks){ .tree = &base, .sources = &sources, .diags = &diags, .base = path,
				    .phandle_format = o->phandle_format, .symbols = true,
				    .one_of_many = o->n_bases > 1, .from = sources.next_base };
	f.checks.base_has_labels = f.good && base_has_labels(&f.checks);
	f.good = f.good && read_again(&sources, &f.overlay, overlay->main);
	if (f.good) {
		put_on(&f);
		base.plugin = false;
		f.good &= check_run(&f.checks);
		if (o->n_bases > 1)
			tell_verdict(&diags, &before, overlay->main->name, path, f.good);
	}
	overlay->diags->n_errors = diags.n_errors;
	overlay->diags->n_warnings = diags.n_warnings;
	overlay->diags->n_left_out = diags.n_left_out;
	sources_free(&sources);
	pool_free(&pool);
	return f.good;
}
