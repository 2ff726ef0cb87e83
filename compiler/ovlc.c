/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* ovlc.c - the compiler: device tree source in, blob out.  Each line of compile() is one phase, in the
 * order in which they happen to the tree; ovlc(1) says what each does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "cpp.h"
#include "dtb.h"
#include "options.h"
#include "parse.h"
#include "resolve.h"
#include "restore.h"
#include "sort.h"
#include "symbols.h"

/* Exit status, as dtc's. */
enum { DONE = 0, FAILED = 1, CHECKS_FAILED = 2 };

static bool read_tree(const struct options *o, struct sources *sources, struct tree *tree)
{
	struct parse p = { .tree = tree, .sources = sources, .diags = sources->diags };
	struct source *source = source_open(sources, o->input);

	if (!source)
		return false;
	if (o->in == FORM_DTB || (o->in == FORM_GUESS && dtb_is(source->text.bytes, source->text.len))) {
		sources->unplaced = source->name;
		return dtb_read(tree, sources, source);
	}
	if (dtb_is(source->text.bytes, source->text.len)) {
		diag_error(sources->diags, NULL, MSG_BLOB_AS_SOURCE, source->name);
		diag_help(sources->diags, NULL, "leave out -I dts, or say -I dtb");
		return false;
	}
	source = cpp_run(o, sources, source);
	return source && parse_source(&p, source);
}

static bool run_checks(const struct options *o, struct sources *sources, struct tree *tree)
{
	struct checks c = { .tree = tree, .sources = sources, .diags = sources->diags,
			    .phandle_format = o->phandle_format, .symbols = o->symbols };

	return check_run(&c);
}

static bool write_depfile(const struct options *o, struct sources *sources)
{
	struct bytes out = { 0 };
	int error;

	for (size_t i = 0; i <= sources->n_deps; i++) {
		const char *name = i ? sources->deps[i - 1] : o->output;

		out.at = grow(sources->diags, out.at, &out.room, out.len + strlen(name) * 2 + 3, 1);
		if (i)
			out.at[out.len++] = ' ';
		for (; *name; name++) {
			if (*name == ' ')
				out.at[out.len++] = '\\';
			out.at[out.len++] = (unsigned char)*name;
		}
		if (!i)
			out.at[out.len++] = ':';
	}
	out.at[out.len++] = '\n';
	error = file_write(o->depfile, out.at, out.len);
	if (error)
		diag_error(sources->diags, NULL, MSG_CANNOT_WRITE, o->depfile, strerror(error));
	free(out.at);
	return !error;
}

static bool write_blob(const struct options *o, struct sources *sources, struct tree *tree)
{
	struct bytes out = { 0 };
	int error;

	if (o->out == FORM_NULL)
		return true;
	if (strcmp(o->output, "-") == 0 && isatty(1) && sources->diags->style == DIAG_OWN) {
		diag_error(sources->diags, NULL, MSG_TERMINAL);
		return false;
	}
	if (!blob_make(tree, &o->blob, sources->diags, &out))
		return false;
	error = file_write(o->output, out.at, out.len);
	if (error)
		diag_error(sources->diags, NULL, MSG_CANNOT_WRITE, o->output, strerror(error));
	free(out.at);
	return !error;
}

static int compile(const struct options *o, struct sources *sources, struct tree *tree)
{
	bool checked;

	if (!read_tree(o, sources, tree)) {
		if (sources->diags->style == DIAG_DTC)
			fputs("FATAL ERROR: Unable to parse input tree\n", stderr);
		return FAILED;
	}
	if (o->boot_cpu_set)
		tree->boot_cpu = o->boot_cpu;
	else if (!tree->boot_cpu_known)
		tree->boot_cpu = resolve_boot_cpu(tree);
	checked = run_checks(o, sources, tree);
	if (!checked && sources->diags->style == DIAG_DTC && (!o->force || o->quiet < 3))
		fprintf(stderr, o->force ? "Warning: Input tree has errors, output forced\n"
					 : "ERROR: Input tree has errors, aborting (use -f to force output)\n");
	if (!checked && !o->force)
		return CHECKS_FAILED;
	if (o->auto_alias)
		symbols_aliases(tree, sources);
	restore_labels(tree);
	if (o->symbols)
		symbols_make(tree, sources, o->phandle_format);
	restore_refs(tree);
	if (tree->plugin || o->local_fixups) {
		symbols_fixups(tree);
		symbols_local_fixups(tree);
	}
	if (o->sort)
		sort_tree(tree);
	if (o->depfile && !write_depfile(o, sources))
		return FAILED;
	return write_blob(o, sources, tree) ? DONE : FAILED;
}

static const char *called(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path ? path : "";
}

/* Called as dtc it says what it says in dtc's form, for the scripts around dtc, and does as dtc does where
 * ovlc does otherwise for the sake of who uses it by its own name. */
int main(int argc, char **argv)
{
	struct options options;
	struct diags diags;
	struct pool pool;
	struct sources sources;
	struct tree tree;
	int status;

	diag_init(&diags, "ovlc");
	if (strcmp(called(argv[0]), "dtc") == 0) {
		diags.program = "dtc";
		diags.style = DIAG_DTC;
		diags.max_errors = 0;
	}
	pool_init(&pool, &diags);
	sources_init(&sources, &diags, &pool);
	tree_init(&tree, &pool);

	status = options_read(&options, argc, argv, &sources, &diags);
	diags.output = options.output;
	if (status < 0)
		status = compile(&options, &sources, &tree);
	sources_free(&sources);
	pool_free(&pool);
	return status;
}
