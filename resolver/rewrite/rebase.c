/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* rebase.c - ovl rebase: an artefact made for one tree, with that tree's phandles, moved to another tree.
 * The artefact and the old tree are ours, the new one may be a guest's: it is checked wholly before a number is
 * taken from it.  What is a reference and what its number becomes libovl says (ovl_rebase_plan); here its words
 * about it are made, and the files.  Rules: include/ovl.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "malformed.h"
#include "decode.h"
#include "grow.h"
#include "path.h"
#include "ranges.h"
#include "retarget.h"
#include "text.h"
#include "where.h"

enum { OPT_OLD = 256, OPT_NEW, OPT_MAP, OPT_MATCH, OPT_FALLBACK, OPT_REQUIRE_NEW, OPT_FIRMWARE, OPT_RESERVED,
       OPT_RETARGET, OPT_REGIONS };

static const struct option_row rebase_options[] = {
	{ 'o', "output", "FILE", "write the artefact with its new numbers to FILE (- for standard output)" },
	{ OPT_OLD, "old", "BLOB", "the tree that the artefact was made for" },
	{ OPT_NEW, "new", "BLOB", "the tree it is moved to; without one its numbers stay" },
	{ OPT_MAP, "map", "FILE", "write the map of the numbers to FILE, not to standard output" },
	{ OPT_MATCH, "match", "HOW", "find a node in the new tree by path (the default), symbol or compatible" },
	{ OPT_FALLBACK, "fallback", NULL, "take a BLOB of --new that does not exist for none" },
	{ OPT_REQUIRE_NEW, "require-new", NULL, "fail when there is no new tree" },
	{ OPT_RESERVED, "reserved", "FIRST-LAST", "give no node of the artefact a phandle of these; may be repeated" },
	{ OPT_RETARGET, "retarget", "xen-domu", "make it for a Xen guest that is given the devices of the old tree" },
	{ OPT_REGIONS, "regions", "FILE", "where that guest has what: lines `reg HOST SIZE GUEST`" },
	{ OPT_FIRMWARE, "firmware", "slof", "let the new tree have nodes with two phandles; warn" },
};

struct rebase {
	struct diags *diags;
	const char *artefact_name, *old_name, *new_name, *output, *map_name;
	struct ovl_rebase_options options;
	struct ranges reserved;
	struct retarget guest;
	const char *regions_name;
	bool fallback, require_new, slof, retarget;

	struct blob artefact, old, now;
	struct stack artefact_tree, old_tree, now_tree;
	bool has_now;
	void *storage;
	struct ovl_rebase plan;
};

/* ---------------------------------------------------------------- inputs */

static void warn_second(struct rebase *r, uint32_t off)
{
	struct diag_place at = { .file = r->now.name };
	struct text path = { 0 };

	where_path(&path, &r->now, off);
	diag_warning(r->diags, &at, MSG_SECOND_PHANDLE, text_of(&path));
	text_free(&path);
}

/* What was read is a copy of our own, and may be changed. */
static void allow_slof(struct rebase *r)
{
	struct file_bytes *file = &r->now.file;
	uint32_t room = (uint32_t)(file->len / 12), n;
	uint32_t *offs = grow_new(r->diags, room + 1, sizeof(*offs));

	n = ovl_first_phandle_wins(file->bytes, file->len, offs, room);
	for (uint32_t i = 0; i < n; i++)
		warn_second(r, offs[i]);
	free(offs);
}

/* Whether there is one at all, and if not, whether that is good. */
static enum status look_for_new(struct rebase *r)
{
	r->has_now = r->new_name && !(r->fallback && access(r->new_name, F_OK) != 0 && errno == ENOENT &&
				      strcmp(r->new_name, "-") != 0);
	if (r->has_now || (r->retarget && !r->require_new))
		return DONE;
	if (r->require_new) {
		diag_error(r->diags, NULL, MSG_NO_NEW_TREE, r->artefact_name);
		return UNRESOLVED;
	}
	diag_warning(r->diags, NULL, MSG_FALLBACK, r->old_name);
	return DONE;
}

static enum status open_one(struct rebase *r, const char *name, struct blob *blob, struct stack *stack)
{
	enum status status = blob_read(r->diags, name, "blob", blob);

	if (!status && blob == &r->now && r->slof)
		allow_slof(r);
	return status ? status : stack_open(stack, r->diags, blob);
}

static enum status open_all(struct rebase *r)
{
	enum status status = look_for_new(r);

	if (!status)
		status = open_one(r, r->artefact_name, &r->artefact, &r->artefact_tree);
	if (!status)
		status = open_one(r, r->old_name, &r->old, &r->old_tree);
	if (!status && r->has_now)
		status = open_one(r, r->new_name, &r->now, &r->now_tree);
	if (!status && r->retarget)
		status = retarget_open(&r->guest, &r->old_tree);
	if (!status && r->regions_name)
		status = retarget_regions(&r->guest, r->regions_name);
	return status;
}

/* ---------------------------------------------------------------- what stopped it */

static void explain_fault(const struct rebase *r, const struct ovl_ref *ref, struct text *why)
{
	uint32_t left = ref->prop.len / 4 - ref->off / 4;
	struct text to = { 0 };

	text_ref(&to, ref);
	if (ref->fault == OVL_REF_LENGTH)
		text_add(why, "its %u bytes are no number of cells", ref->prop.len);
	else if (ref->fault == OVL_REF_MASK)
		text_add(why, "it has %u bytes, and an entry of its map begins with %u cells",
			 ref->prop.len, ref->n_args);
	else if (ref->fault == OVL_REF_NO_CELLS)
		text_add(why, "%s of %s has no %s", text_of(&to),
			 ref->in == &r->old_tree.tree ? r->old.name : r->artefact.name, ref->cells);
	else if (ref->to)
		text_add(why, "cell %u: %s wants %u cells, %u are left", ref->off / 4, text_of(&to),
			 ref->n_args, left - 1);
	else
		text_add(why, "cell %u: an entry has %u cells before its phandle, %u are left",
			 ref->off / 4, ref->n_args, left);
	text_free(&to);
}

static enum status report_fault(struct rebase *r, const struct ovl_error *err, const char *place)
{
	struct diag_place at = { .file = r->artefact.name };
	struct text why = { 0 };

	if (err->code == OVL_ERR_DANGLING) {
		diag_error(r->diags, &at, MSG_REF_DANGLING, r->plan.ref.off / 4, place, err->number, r->old.name);
		return UNRESOLVED;
	}
	explain_fault(r, &r->plan.ref, &why);
	diag_error(r->diags, &at, MSG_REF_UNREADABLE, place, text_of(&why));
	text_free(&why);
	return CONFLICT;
}

/* The value of the property in which two nodes differ. */
static void note_value(struct rebase *r, const struct stack *stack, ovl_node node)
{
	struct diag_place at = { .file = stack->base->name };
	struct ovl_prop p;

	if (!ovl_prop_find(&stack->tree, node, ovl_str(r->plan.prop), &p))
		diag_note(r->diags, &at, "it has no %s", r->plan.prop);
	else if (r->plan.prop[0] == '#')
		diag_note(r->diags, &at, "its %s is %u", r->plan.prop, ovl_prop_cell(&p, 0));
	else
		diag_note(r->diags, &at, "its %s is \"%.*s\"", r->plan.prop, (int)strnlen((const char *)p.value, p.len),
			  (const char *)p.value);
}

static void explain_no_match(struct rebase *r, const char *old_path)
{
	struct diag_place at = { .file = r->now.name };

	if (r->options.match == OVL_MATCH_PATH) {
		path_explain(r->diags, &at, &r->now_tree.tree, ovl_str(old_path));
		diag_help(r->diags, NULL, "--match compatible or --match symbol finds a node that was moved");
	} else {
		diag_note(r->diags, &at, "no node there has the %s of that one",
			  r->options.match == OVL_MATCH_SYMBOL ? "label" : "compatible");
	}
}

static enum status report_match(struct rebase *r, const struct ovl_error *err, const char *place)
{
	struct diag_place at = { .file = r->artefact.name };
	struct text old = { 0 }, now = { 0 }, other = { 0 };
	enum status status = UNRESOLVED;

	text_path(&old, &r->old_tree.tree, r->plan.old_node);
	if (r->plan.new_node)
		text_path(&now, &r->now_tree.tree, r->plan.new_node);
	if (r->plan.other_node)
		text_path(&other, &r->now_tree.tree, r->plan.other_node);
	if (err->code == OVL_ERR_NO_MATCH) {
		diag_error(r->diags, &at, MSG_NO_MATCH, place, text_of(&old), r->old.name, r->now.name);
		explain_no_match(r, text_of(&old));
	} else if (err->code == OVL_ERR_AMBIGUOUS) {
		diag_error(r->diags, &at, MSG_AMBIGUOUS, place, text_of(&old), r->old.name, r->now.name,
			   text_of(&now), text_of(&other));
	} else if (err->code == OVL_ERR_NO_PHANDLE) {
		diag_error(r->diags, &at, MSG_NO_NEW_PHANDLE, place, text_of(&old), r->old.name, text_of(&now),
			   r->now.name);
	} else {
		diag_error(r->diags, &at, MSG_NOT_ALIKE, place, text_of(&old), r->old.name, text_of(&now),
			   r->now.name, r->plan.prop);
		note_value(r, &r->old_tree, r->plan.old_node);
		note_value(r, &r->now_tree, r->plan.new_node);
		status = CONFLICT;
	}
	text_free(&old);
	text_free(&now);
	text_free(&other);
	return status;
}

static enum status report(struct rebase *r, const struct ovl_error *err)
{
	struct diag_place at = { .file = r->artefact.name };
	struct text place = { 0 };
	enum status status;

	if (err->code == OVL_ERR_SPACE)
		diag_no_memory(r->diags);
	if (err->code == OVL_ERR_COLLISION || err->code == OVL_ERR_PHANDLES_FULL) {
		diag_error(r->diags, &at, MSG_PHANDLES_FULL, r->now.name);
		return POLICY;
	}
	text_path(&place, &r->artefact_tree.tree, r->plan.ref.node);
	text_add(&place, ":%s", r->plan.ref.prop.name);
	status = err->code == OVL_ERR_DANGLING || err->code == OVL_ERR_UNREADABLE
			 ? report_fault(r, err, text_of(&place))
			 : report_match(r, err, text_of(&place));
	text_free(&place);
	return status;
}

/* ---------------------------------------------------------------- targets by path */

/* A path that led to a node of the old tree has to lead to one of the new: numbers follow a node, paths do not. */
static enum status check_target(struct rebase *r, ovl_node fragment)
{
	struct diag_place at = { .file = r->artefact.name }, in_new = { .file = r->now.name };
	const char *path = text_in(&r->artefact_tree.tree, fragment, "target-path");
	struct text place = { 0 };

	if (!path || !path_find(&r->old_tree.tree, ovl_str(path), false) ||
	    path_find(&r->now_tree.tree, ovl_str(path), false))
		return DONE;
	text_path(&place, &r->artefact_tree.tree, fragment);
	text_add(&place, ":target-path");
	diag_error(r->diags, &at, MSG_NO_MATCH, text_of(&place), path, r->old.name, r->now.name);
	path_explain(r->diags, &in_new, &r->now_tree.tree, ovl_str(path));
	text_free(&place);
	return UNRESOLVED;
}

static enum status check_targets(struct rebase *r)
{
	const struct ovl_tree *tree = &r->artefact_tree.tree;
	enum status status = DONE;

	for (ovl_node n = ovl_node_first(tree, ovl_node_root(tree)); n; n = ovl_node_next(tree, n))
		if (ovl_node_child(tree, n, ovl_str("__overlay__")) && check_target(r, n))
			status = UNRESOLVED;
	return status;
}

/* ---------------------------------------------------------------- what is told */

static void tell_map(const struct rebase *r, struct text *out)
{
	struct ovl_rebased to;

	for (int more = ovl_rebased_first(&r->plan, &to); more; more = ovl_rebased_next(&r->plan, &to)) {
		text_add(out, "0x%x ", to.was);
		text_path(out, to.in, to.node);
		text_add(out, " 0x%x %u\n", to.is, to.n_refs);
	}
}

static void tell_suspects(const struct rebase *r, struct text *out)
{
	const struct ovl_tree *tree = &r->artefact_tree.tree;
	struct ovl_ref ref;

	for (int more = ovl_ref_first(tree, &r->old_tree.tree, ovl_node_root(tree), &ref); more;
	     more = ovl_ref_next(&ref)) {
		if (ref.kind != OVL_REF_SUSPECT)
			continue;
		text_add(out, "suspect: ");
		text_path(out, tree, ref.node);
		text_add(out, ":%s:%u is 0x%x, the phandle of ", ref.prop.name, ref.off, ref.phandle);
		text_path(out, ref.in, ref.to);
		text_add(out, "\n");
	}
}

static void tell_counts(const struct rebase *r, struct text *out)
{
	const struct ovl_rebase *p = &r->plan;

	text_add(out, "%u rewritten, %u suspect%s", p->n_rewritten, p->n_suspects, p->n_suspects == 1 ? "" : "s");
	if (p->n_kept)
		text_add(out, ", %u as before", p->n_kept);
	if (p->n_renumbered)
		text_add(out, ", %u node%s renumbered", p->n_renumbered, p->n_renumbered == 1 ? "" : "s");
	text_add(out, "\n");
}

/* ---------------------------------------------------------------- all of it */

static enum status plan(struct rebase *r)
{
	size_t bytes = ovl_rebase_size(&r->artefact_tree.tree, &r->old_tree.tree);
	struct ovl_error err;

	r->options.reserved = r->reserved.list;
	r->options.n_reserved = (uint32_t)r->reserved.n;
	r->options.pins = r->guest.pins;
	r->options.n_pins = r->guest.n_pins;
	r->storage = grow_bytes(r->diags, bytes);
	if (ovl_rebase_plan(&r->plan, &r->artefact_tree.tree, &r->old_tree.tree,
			    r->has_now ? &r->now_tree.tree : NULL, &r->options, r->storage, bytes, &err))
		return report(r, &err);
	return r->has_now ? check_targets(r) : DONE;
}

/* It was planned, so that it can be done. */
static void move(struct rebase *r, struct file_bytes *moved)
{
	moved->bytes = grow_bytes(r->diags, r->artefact.file.len);
	ovl_rebase_write(&r->plan, moved->bytes, r->artefact.file.len, &moved->len, NULL);
}

static enum status make_artefact(struct rebase *r, struct file_bytes *out)
{
	struct blob moved = { .name = r->artefact.name };
	enum status status;

	move(r, &moved.file);
	if (!r->retarget) {
		*out = moved.file;
		return DONE;
	}
	status = retarget_write(&r->guest, &r->old_tree, &r->artefact_tree, &moved, out);
	blob_free(&moved);
	return status;
}

/* All is made before the first of it is written. */
static enum status write_all(struct rebase *r)
{
	bool tell = !is_standard(r->output); /* standard output is the artefact's else */
	struct text map = { 0 }, said = { 0 };
	struct file_bytes out = { 0 };
	enum status status = make_artefact(r, &out);

	tell_map(r, r->map_name ? &map : &said);
	tell_suspects(r, &said);
	tell_counts(r, &said);
	if (!status)
		status = write_outputs(r->diags,
				       (const struct output[]){ { r->map_name, text_of(&map), map.len, NULL },
								{ r->output, out.bytes, out.len, r->artefact_name },
								{ tell ? "-" : NULL, text_of(&said), said.len, NULL } },
				       3);
	text_free(&map);
	text_free(&said);
	file_free(&out);
	return status;
}

static enum status rebase(struct rebase *r)
{
	enum status status = open_all(r);

	if (!status)
		status = plan(r);
	if (!status)
		status = write_all(r);
	free(r->storage);
	retarget_close(&r->guest);
	stack_close(&r->artefact_tree);
	stack_close(&r->old_tree);
	stack_close(&r->now_tree);
	blob_free(&r->artefact);
	blob_free(&r->old);
	blob_free(&r->now);
	return status;
}

/* ---------------------------------------------------------------- the command line */

static enum status take_match(struct rebase *r, const char *how)
{
	static const char *const names[] = { "path", "symbol", "compatible" };

	for (unsigned int i = 0; i < 3; i++)
		if (strcmp(how, names[i]) == 0) {
			r->options.match = (enum ovl_match)i;
			return DONE;
		}
	return usage_error(r->diags, "--match takes path, symbol or compatible");
}

/* An option that knows one word so far. */
static enum status take_word(struct rebase *r, bool *set, const char *option, const char *word)
{
	*set = true;
	return strcmp(optarg, word) == 0
		       ? DONE
		       : usage_error(r->diags, "%s knows %s, and no other", option, word);
}

static enum status take_option(struct rebase *r, int letter)
{
	switch (letter) {
	case 'o': r->output = optarg; break;
	case OPT_OLD: r->old_name = optarg; break;
	case OPT_NEW: r->new_name = optarg; break;
	case OPT_MAP: r->map_name = optarg; break;
	case OPT_MATCH: return take_match(r, optarg);
	case OPT_FALLBACK: r->fallback = true; break;
	case OPT_REQUIRE_NEW: r->require_new = true; break;
	case OPT_RESERVED: return ranges_add_word(&r->reserved, r->diags, "--reserved", optarg);
	case OPT_FIRMWARE: return take_word(r, &r->slof, "--firmware", "slof");
	case OPT_RETARGET: return take_word(r, &r->retarget, "--retarget", "xen-domu");
	case OPT_REGIONS: r->regions_name = optarg; break;
	}
	return DONE;
}

static const char *wrong_options(const struct rebase *r, int n_operands)
{
	if (n_operands != 1)
		return n_operands ? "more than one artefact is given" : "no artefact is given";
	if (!r->old_name)
		return "--old BLOB is missing, the tree that the artefact was made for";
	if (!r->output)
		return "-o FILE is missing";
	if (is_standard(r->map_name) && is_standard(r->output))
		return "-o and --map cannot both be standard output";
	if (r->regions_name && !r->retarget)
		return "--regions is for --retarget";
	return NULL;
}

static enum status run(struct rebase *r, char **operands, int n)
{
	const char *wrong = wrong_options(r, n);

	if (wrong)
		return usage_error(r->diags, "%s", wrong);
	r->artefact_name = operands[0];
	if (output_is_terminal(r->output))
		return no_terminal(r->diags);
	return rebase(r);
}

static enum status rebase_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct rebase r = { .diags = diags, .guest.diags = diags };
	enum status status = DONE;
	struct options o;
	int letter = OPTIONS_END;

	options_start(&o, verb, diags, argc, argv);
	while (!status && (letter = options_next(&o)) >= 0)
		status = take_option(&r, letter);
	if (!status && letter == OPTIONS_WRONG)
		status = USAGE;
	if (!status && letter == OPTIONS_END)
		status = run(&r, argv + optind, argc - optind);
	ranges_free(&r.reserved);
	return status;
}

const struct verb verb_rebase = {
	.name = "rebase",
	.program = "ovl rebase",
	.synopsis = "ARTEFACT --old BLOB [--new BLOB] -o FILE [OPTION]...",
	.summary = "Move an overlay, a fragment or a tree to a tree with other phandles",
	.options = rebase_options,
	.n_options = sizeof(rebase_options) / sizeof(rebase_options[0]),
	.run = rebase_run,
	.more = "The map has a line for each node referred to: its old phandle, path, new phandle, references.\n"
		"A cell that only equals a phandle is a suspect: it is told, and left as it is.\n"
		"Exit status: 0 done, 2 wrong command line, 3 malformed input, 4 no such node in the new tree, or\n"
		"more than one, 5 the two nodes are not alike, 6 beyond a limit, 7 a file cannot be read or written.\n",
};
