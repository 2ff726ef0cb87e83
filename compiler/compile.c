/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* compile.c - from an input to a whole tree.  Each line of finish() is one phase, in the order in which
 * they happen to the tree; ovlc(1) says what each does. */
#include "compile.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "cpp.h"
#include "deletions.h"
#include "dtb.h"
#include "fixups.h"
#include "folder.h"
#include "parse.h"
#include "progress.h"
#include "resolve.h"
#include "restore.h"
#include "sort.h"
#include "symbols.h"

static bool read_source(struct sources *sources, struct tree *tree, struct source *source)
{
	struct parse p = { .tree = tree, .sources = sources, .diags = sources->diags };

	return source && parse_source(&p, source);
}

static bool read_blob(struct sources *sources, struct tree *tree, const struct source *source)
{
	bool good = dtb_read(tree, sources->diags, source->name, source->text.bytes, source->text.len);

	if (!source->text.len)
		diag_note(sources->diags, NULL, "the file is empty");
	return good;
}

static bool read_tree(const struct options *o, struct sources *sources, struct tree *tree)
{
	struct source *source;
	bool blob;

	if (o->in == FORM_FS || (o->in == FORM_GUESS && folder_is(o->input))) {
		sources->unplaced = o->input;
		return folder_read(tree, sources->diags, o->input);
	}
	source = source_open(sources, o->input);
	blob = source && dtb_is(source->text.bytes, source->text.len);
	if (!source)
		return false;
	if (o->in == FORM_DTB || (o->in == FORM_GUESS && blob)) {
		sources->unplaced = source->name;
		return read_blob(sources, tree, source);
	}
	if (blob) {
		diag_error(sources->diags, NULL, MSG_BLOB_AS_SOURCE, source->name);
		diag_help(sources->diags, NULL, "leave out -I dts, or say -I dtb");
		return false;
	}
	sources->main = cpp_run(o, sources, source);
	return read_source(sources, tree, sources->main);
}

static bool run_checks(const struct options *o, struct sources *sources, struct tree *tree)
{
	struct checks c = { .tree = tree, .sources = sources, .diags = sources->diags,
			    .phandle_format = o->phandle_format, .symbols = o->symbols,
			    .fixups = tree->plugin || o->local_fixups,
			    .only_own = tree->plugin && o->n_bases, .deletions = o->deletions };

	progress_now("checking", o->input);
	return check_run(&c);
}

static void say_checks_failed(const struct options *o, const struct diags *diags)
{
	if (diags->quiet >= DIAG_SILENT)
		return;
	if (!o->force)
		diag_as_dtc(diags, "ERROR: Input tree has errors, aborting (use -f to force output)");
	else if (o->quiet < 3)
		diag_as_dtc(diags, "Warning: Input tree has errors, output forced");
}

enum form output_form(const struct options *o, const struct sources *sources)
{
	if (o->out != FORM_GUESS)
		return o->out;
	return sources->main ? FORM_DTB : FORM_DTS;
}

static int finish(const struct options *o, struct sources *sources, struct tree *tree)
{
	bool blob_only = !o->sort && output_form(o, sources) == FORM_DTB, good;

	if (o->boot_cpu_set)
		tree->boot_cpu = o->boot_cpu;
	else if (!tree->boot_cpu_known)
		tree->boot_cpu = resolve_boot_cpu(tree);
	good = run_checks(o, sources, tree);
	if (tree->unsayable)
		return FAILED;
	if (!good) {
		say_checks_failed(o, sources->diags);
		if (!o->force)
			return tree->no_target ? FAILED : CHECKS_FAILED;
	}
	if (o->deletions && tree->plugin && !deletions_make(tree, sources))
		return FAILED;
	if (o->auto_alias)
		symbols_aliases(tree, sources);
	restore_labels(tree);
	if (o->symbols)
		symbols_make(tree, sources, o->phandle_format, blob_only);
	if (!blob_only)
		tree_put_phandles(tree);
	restore_refs(tree);
	if (tree->plugin || o->local_fixups) {
		fixups_make(tree);
		fixups_make_local(tree);
	}
	if (o->sort)
		sort_tree(tree);
	return DONE;
}

/* It was read without an error, and what there was to warn of was said then. */
bool read_again(struct sources *sources, struct tree *tree, const struct source *source)
{
	struct file_bytes copy = { .bytes = calloc(1, source->text.len + 2), .len = source->text.len };
	struct diags *diags = sources->diags;
	unsigned int n_warnings = diags->n_warnings;
	int quiet = diags->quiet;
	bool good;

	if (!copy.bytes)
		diag_no_memory(diags);
	memcpy(copy.bytes, source->text.bytes, copy.len);
	diags->quiet = quiet ? quiet : 1;
	good = read_source(sources, tree, source_from(sources, source->name, copy));
	diags->quiet = quiet;
	diags->n_warnings = n_warnings;
	return good;
}

int compile(const struct options *o, struct sources *sources, struct tree *tree)
{
	if (read_tree(o, sources, tree))
		return finish(o, sources, tree);
	diag_as_dtc(sources->diags, "FATAL ERROR: Unable to parse input tree");
	return FAILED;
}

int compile_base(struct options *o, struct sources *sources, struct tree *tree)
{
	if (!read_tree(o, sources, tree))
		return FAILED;
	o->symbols = sources->main;
	return finish(o, sources, tree);
}

int compile_source(const struct options *o, struct sources *sources, struct tree *tree,
		   struct source *source)
{
	return read_source(sources, tree, source) ? finish(o, sources, tree) : FAILED;
}
