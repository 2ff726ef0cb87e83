/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* base.c - an overlay checked against a base.
 * Both are read into one pool; what the fragments hold is merged into the nodes they target, as it will be
 * when the overlay is applied; then the checks run over the whole tree, and of what they find only that is
 * reported which stands in the overlay.  So cells, providers and addresses are those of the real tree. */
#include "base.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "compile.h"
#include "merge.h"

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

static struct node *no_label(struct fit *f, const struct node *fragment, const struct prop *p,
			     const struct marker *m)
{
	struct diag_nearest near;
	const struct pool *pool = f->base->pool;
	bool any = false;

	f->good &= check_report(&f->checks, "base_label", fragment, p, m->pos,
				"label '%s' is not in %s", m->ref, f->checks.base);
	diag_nearest_init(&near, m->ref, strlen(m->ref));
	for (uint32_t i = 0; i < pool->n_buckets; i++)
		for (struct name *n = pool->buckets[i]; n; n = n->chain)
			if (n->labels && node_by_ref(f->base, n->text)) {
				any = true;
				diag_nearest_offer(&near, n->text, n->len);
			}
	if (near.best) {
		check_help(&f->checks, "did you mean '&%s'?", near.best);
		source_suggest(f->checks.sources, m->pos, "&%s", near.best);
	} else if (!any) {
		check_help(&f->checks, "%s has no labels at all: compile it with -@, or write &{/path} { }",
			   f->checks.base);
	}
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
	if (!alias || !alias->value.len || alias->value.bytes[alias->value.len - 1])
		return NULL;
	return node_by_path(f->base, node_by_path(f->base, f->base->root, (char *)alias->value.bytes),
			    path + len);
}

static struct node *target_of(struct fit *f, const struct node *fragment)
{
	struct prop *p = prop_called(f, fragment, "target");
	const struct marker *m = p ? p->value.markers : NULL;
	struct node *target;

	while (m && m->type != MARK_REF_PHANDLE)
		m = m->next;
	if (m && m->ref) {
		target = node_by_ref(f->base, m->ref);
		return target ? target : no_label(f, fragment, p, m);
	}
	p = prop_called(f, fragment, "target-path");
	if (!p || !p->value.len || p->value.bytes[p->value.len - 1])
		return NULL;
	target = node_at(f, (char *)p->value.bytes);
	if (!target)
		f->good &= check_report(&f->checks, "base_path", fragment, p, p->pos,
					"there is no node '%s' in %s", (char *)p->value.bytes, f->checks.base);
	return target;
}

/* ---------------------------------------------------------------- content */

static bool counts_cells(const struct prop *p)
{
	return p->name->len > 7 && p->name->text[0] == '#' &&
	       strcmp(p->name->text + p->name->len - 6, "-cells") == 0;
}

/* What is below the target was laid out by the base's own counts. */
static void check_cells(struct fit *f, const struct node *fragment, const struct node *target,
			const struct node *overlay)
{
	for_each_prop(overlay, p) {
		const struct prop *old = counts_cells(p) ? prop_find_any(target, p->name) : NULL;

		if (!old || old->deleted || p->value.len != 4 || old->value.len != 4 ||
		    cell_get(p->value.bytes) == cell_get(old->value.bytes))
			continue;
		f->good &= check_report(&f->checks, "base_cells", fragment, p, p->pos,
					"%s has %u in %s, and %u changes what its nodes mean",
					node_path(f->base, target, NULL), cell_get(old->value.bytes),
					f->checks.base, cell_get(p->value.bytes));
	}
}

/* Numbers are given anew when the overlay is applied. */
static void drop_phandles(const struct fit *f, const struct node *overlay)
{
	static const char *const names[] = { "phandle", "linux,phandle" };

	for_each_node((struct node *)overlay, n)
		for (int i = 0; i < 2; i++) {
			struct prop *p = prop_called(f, n, names[i]);

			if (p && p->value.markers && p->value.markers->type != MARK_REF_PHANDLE)
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
		check_cells(f, fragment, target, overlay);
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

bool base_check(const struct options *o, const struct sources *overlay, const char *path)
{
	struct diags diags = *overlay->diags;
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
	f.checks = (struct checks){ .tree = &base, .sources = &sources, .diags = &diags, .base = path,
				    .phandle_format = o->phandle_format, .symbols = true,
				    .from = sources.next_base };
	if (f.good && read_again(&sources, &f.overlay, overlay->main)) {
		put_on(&f);
		base.plugin = false;
		f.good &= check_run(&f.checks);
	}
	overlay->diags->n_errors = diags.n_errors;
	overlay->diags->n_warnings = diags.n_warnings;
	overlay->diags->n_left_out = diags.n_left_out;
	sources_free(&sources);
	pool_free(&pool);
	return f.good;
}
