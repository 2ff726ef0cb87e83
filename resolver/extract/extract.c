/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* extract.c - ovl extract: devices of a host into an overlay, or a partial tree, for a guest, see extract.h.
 * In: the host's tree, the nodes, and a map of what the guest has where.  Out: the nodes as the guest is to see them,
 * with what they refer to, and a manifest of what they need of the host.
 * Everything that is wrong is reported; nothing is written unless all is right. */
#include "extract.h"

#include <stdlib.h>
#include <string.h>

#include "blob.h"
#include "fixups.h"
#include "grow.h"
#include "path.h"

enum { OPT_MAP = 256, OPT_POLICY, OPT_WITH_PARENT, OPT_PROFILE, OPT_MANIFEST, OPT_BASE, OPT_TARGET };

static const struct option_row extract_options[] = {
	{ OPT_MAP, "map", "FILE", "what the guest has where, a line each: man ovl-extract" },
	{ OPT_POLICY, "policy", "FILE", "more such lines, which count after those of the map" },
	{ OPT_WITH_PARENT, "with-parent", NULL, "let the parent of each NODE come along, as a bus and nothing else" },
	{ OPT_PROFILE, "profile", "NAME", "for vfio, which is the default, xen-partial or jailhouse" },
	{ OPT_BASE, "base", "FILE", "the guest's tree: its cells, ranges and labels are known then" },
	{ OPT_TARGET, "target", "PATH|&LABEL", "the guest's node that all comes below (/)" },
	{ 'o', "output", "FILE", "write the overlay to FILE (- for standard output)" },
	{ OPT_MANIFEST, "manifest", "FILE", "write what the nodes need of the host to FILE, as JSON" },
};

struct extract_verb {
	struct diags *diags;
	const char *host, *map, *policy, *base, *target, *output, *manifest;
	char **nodes;
	size_t n_nodes;
	enum extract_profile profile;
	bool with_parent;
};

/* ---------------------------------------------------------------- what all phases use */

void extract_fail(struct extract *x, enum status status)
{
	if (!x->status)
		x->status = status;
}

struct diag_place extract_place(const struct extract *x)
{
	return (struct diag_place){ .file = x->host_blob.name };
}

size_t extract_room(const struct extract *x)
{
	return ovl_tree_used(&x->host.tree) / sizeof(uint32_t) + 1;
}

const char *extract_path(struct extract *x, ovl_node node)
{
	uint32_t len = ovl_node_path(&x->host.tree, node, NULL, 0);
	char *path = pool_alloc(&x->pool, (size_t)len + 1);

	ovl_node_path(&x->host.tree, node, path, len);
	return path;
}

void extract_unreadable(struct extract *x, ovl_node node, const char *prop, const char *why)
{
	struct diag_place at = extract_place(x);
	struct text place = { 0 };

	text_add(&place, "%s:%s", extract_path(x, node), prop);
	diag_error(x->diags, &at, MSG_REF_UNREADABLE, text_of(&place), why);
	text_free(&place);
	extract_fail(x, CONFLICT);
}

bool extract_is_outermost(const struct extract *x, ovl_node node)
{
	ovl_node parent = ovl_node_parent(&x->host.tree, node);

	return x->parts[node].kind && (parent == node || !x->parts[parent].kind);
}

/* ---------------------------------------------------------------- opening */

static enum status open_map(const struct extract_verb *v, struct extract *x)
{
	enum status status = v->map ? map_read(&x->map, v->diags, v->map, false) : DONE;
	enum status more = v->policy ? map_read(&x->map, v->diags, v->policy, true) : DONE;

	/* What a cell of Jailhouse has, it has where the host has it. */
	x->map.same_regs |= x->profile == FOR_JAILHOUSE;
	x->map.same_irqs |= x->profile == FOR_JAILHOUSE;
	if (status || more)
		return status ? status : more;
	return map_check(&x->map, v->diags);
}

/* Without a base the bus is one as the root is nearly everywhere. */
static enum status open_base(const struct extract_verb *v, struct extract *x)
{
	enum status status;

	x->n_address = x->n_size = 2;
	if (!v->base)
		return DONE;
	status = blob_read(v->diags, v->base, "base", &x->base_blob);
	if (!status)
		status = stack_open(&x->base, v->diags, &x->base_blob);
	if (status)
		return status;
	x->has_base = true;
	x->bus = path_find(&x->base.tree, path_named(x->target), false);
	if (!x->bus)
		return path_no_node(v->diags, &x->base, x->target);
	x->n_address = address_cells(&x->base.tree, x->bus);
	x->n_size = size_cells(&x->base.tree, x->bus);
	return DONE;
}

static enum status open_host(const struct extract_verb *v, struct extract *x)
{
	enum status status = blob_read(v->diags, v->host, "blob", &x->host_blob);

	if (!status)
		status = stack_open(&x->host, v->diags, &x->host_blob);
	if (status)
		return status;
	x->parts = grow_new(v->diags, extract_room(x), sizeof(*x->parts));
	return DONE;
}

static void close_all(struct extract *x)
{
	map_free(&x->map);
	stack_close(&x->host);
	stack_close(&x->base);
	blob_free(&x->host_blob);
	blob_free(&x->base_blob);
	text_free(&x->suspects);
	free(x->parts);
	pool_free(&x->pool);
}

/* ---------------------------------------------------------------- choosing */

static enum status bind_nodes(struct extract *x)
{
	enum status status = DONE;

	for (size_t i = 0; i < x->map.n_binds; i++) {
		struct map_bind *bind = &x->map.binds[i];
		ovl_node node = path_find(&x->host.tree, path_named(bind->path), false);

		if (!node)
			status = path_no_node(x->diags, &x->host, bind->path);
		else if (!x->parts[node].bind)
			x->parts[node].bind = bind;
	}
	return status;
}

/* The root is the host itself; a table tells of the host's nodes, and so does /chosen, below which devices may be. */
static bool is_device(struct extract *x, ovl_node node)
{
	const struct ovl_tree *tree = &x->host.tree;
	struct diag_place at = extract_place(x);
	ovl_node root = ovl_node_root(tree), top = node;

	if (node == root) {
		diag_error(x->diags, &at, MSG_EXTRACT_ROOT);
		return false;
	}
	while (ovl_node_parent(tree, top) != root)
		top = ovl_node_parent(tree, top);
	if (!tree_is_table(tree, top) && node != ovl_node_child(tree, root, ovl_str("chosen")))
		return true;
	diag_error(x->diags, &at, MSG_EXTRACT_TABLE, extract_path(x, top));
	return false;
}

static enum status choose(const struct extract_verb *v, struct extract *x)
{
	const struct ovl_tree *tree = &x->host.tree;
	enum status status = bind_nodes(x);

	for (size_t i = 0; i < v->n_nodes; i++) {
		ovl_node node = path_find(tree, path_named(v->nodes[i]), false), parent;

		if (!node) {
			status = path_no_node(v->diags, &x->host, v->nodes[i]);
			continue;
		}
		if (!is_device(x, node)) {
			status = CONFLICT;
			continue;
		}
		x->parts[node].named = true;
		parent = ovl_node_parent(tree, node);
		if (v->with_parent && parent != ovl_node_root(tree))
			x->parts[parent].kind = PART_SHELL;
	}
	return status;
}

/* ---------------------------------------------------------------- all of it */

static void tell_suspects(struct extract *x)
{
	struct diag_place at = extract_place(x);

	if (x->n_suspects)
		diag_remark(x->diags, &at, "%u %s to be a phandle, and %s left as %s: the manifest tells which",
			    x->n_suspects, x->n_suspects == 1 ? "cell happens" : "cells happen",
			    x->n_suspects == 1 ? "is" : "are", x->n_suspects == 1 ? "it is" : "they are");
}

static void write_all(const struct extract_verb *v, struct extract *x)
{
	const struct blob_options options = { .version = 17 };
	struct bytes bytes = { 0 };
	struct text manifest = { 0 };
	struct output outputs[2];

	extract_list(x, &manifest);
	fixups_make(&x->tree);
	if (x->profile != FOR_XEN)
		fixups_make_local(&x->tree);
	if (!blob_make(&x->tree, &options, v->diags, &bytes))
		extract_fail(x, POLICY);
	outputs[0] = (struct output){ v->output, bytes.at, bytes.len, NULL };
	outputs[1] = (struct output){ v->manifest, text_of(&manifest), manifest.len, NULL };
	if (!x->status)
		extract_fail(x, write_outputs(v->diags, outputs, 2));
	free(bytes.at);
	text_free(&manifest);
}

static void make(const struct extract_verb *v, struct extract *x)
{
	extract_close(x);
	extract_regs(x);
	extract_copy(x);
	extract_refs(x);
	extract_irqs(x);
	if (x->status)
		return;
	map_tell_unused(&x->map, v->diags);
	tell_suspects(x);
	write_all(v, x);
}

static enum status extract(const struct extract_verb *v)
{
	struct extract x = { .diags = v->diags, .profile = v->profile, .target = v->target ? v->target : "/" };

	pool_init(&x.pool, v->diags);
	x.map.pool = &x.pool;
	x.status = open_map(v, &x);
	if (!x.status)
		x.status = open_base(v, &x);
	if (!x.status)
		x.status = open_host(v, &x);
	if (!x.status)
		x.status = choose(v, &x);
	if (!x.status)
		make(v, &x);
	close_all(&x);
	return x.status;
}

/* ---------------------------------------------------------------- command line */

static enum status read_profile(struct extract_verb *v, const char *word)
{
	static const char *const words[] = { "vfio", "xen-partial", "jailhouse" };

	for (unsigned int i = 0; i < 3; i++)
		if (strcmp(word, words[i]) == 0) {
			v->profile = (enum extract_profile)i;
			return DONE;
		}
	return usage_error(v->diags, "--profile takes vfio, xen-partial or jailhouse");
}

static enum status extract_option(struct extract_verb *v, int letter)
{
	switch (letter) {
	case 'o': v->output = optarg; break;
	case OPT_MAP: v->map = optarg; break;
	case OPT_POLICY: v->policy = optarg; break;
	case OPT_BASE: v->base = optarg; break;
	case OPT_TARGET: v->target = optarg; break;
	case OPT_MANIFEST: v->manifest = optarg; break;
	case OPT_WITH_PARENT: v->with_parent = true; break;
	case OPT_PROFILE: return read_profile(v, optarg);
	}
	return DONE;
}

static enum status check_words(struct extract_verb *v)
{
	const char *wrong = !v->host	  ? "no tree is given"
			    : !v->n_nodes ? "no node is given"
			    : !v->output  ? "-o FILE is missing"
			    : v->target && v->target[0] != '/' &&
			      (v->target[0] != '&' || !prop_can_be_called(v->target + 1, strlen(v->target + 1)))
				    ? "--target takes a path or a &label"
			    : v->profile == FOR_XEN && (v->target || v->base)
				    ? "a partial tree is whole in itself: --base and --target are for overlays"
				    : NULL;

	if (wrong)
		return usage_error(v->diags, "%s", wrong);
	if (output_is_terminal(v->output))
		return no_terminal(v->diags);
	return DONE;
}

static enum status extract_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct extract_verb v = { .diags = diags };
	enum status status = DONE;
	struct options o;
	int letter = OPTIONS_END;

	options_start(&o, verb, diags, argc, argv);
	while (!status && (letter = options_next(&o)) >= 0)
		status = extract_option(&v, letter);
	if (status)
		return status;
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? DONE : USAGE;
	v.host = argv[optind];
	v.nodes = argv + optind + 1;
	v.n_nodes = v.host ? (size_t)(argc - optind - 1) : 0;
	status = check_words(&v);
	return status ? status : extract(&v);
}

const struct verb verb_extract = {
	.name = "extract",
	.program = "ovl extract",
	.synopsis = "HOST NODE... --map FILE -o FILE [OPTION]...",
	.summary = "Make devices of a host devices of a guest",
	.options = extract_options,
	.n_options = sizeof(extract_options) / sizeof(extract_options[0]),
	.run = extract_run,
	.more = "Exit status: 0 done, 2 wrong command line or map, 3 malformed input, 4 no such node, or no line of\n"
		"the map for a region or an interrupt, 5 a reference that nothing is said for, or something that does\n"
		"not fit the guest, 7 a file cannot be read or written.\n",
};
