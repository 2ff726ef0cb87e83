/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* ovlc.c - the compiler: device tree source in, blob out, and the other way round. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "as_yaml.h"
#include "asm.h"
#include "base.h"
#include "compile.h"
#include "format.h"
#include "progress.h"

/* A blank in it has a backslash before it, as make reads names. */
static void put_name(struct bytes *out, struct diags *diags, const char *name)
{
	for (size_t n; *name; name += n) {
		n = 1 + strcspn(name + 1, " ");
		bytes_put(out, "\\", *name == ' ' ? 1 : 0, diags);
		bytes_put(out, name, n, diags);
	}
}

static void make_depfile(const struct options *o, const struct sources *sources, struct bytes *out)
{
	put_name(out, sources->diags, o->output);
	bytes_put(out, ":", 1, sources->diags);
	for (size_t i = 0; i < sources->n_deps; i++) {
		bytes_put(out, " ", 1, sources->diags);
		put_name(out, sources->diags, sources->deps[i]);
	}
	bytes_put(out, "\n", 1, sources->diags);
}

/* A device is none: what is written to it takes the place of nothing. */
static bool same_file(const char *a, const char *b)
{
	struct stat first, second;

	if (stat(a, &first) || stat(b, &second))
		return strcmp(a, b) == 0;
	return first.st_dev == second.st_dev && first.st_ino == second.st_ino && !S_ISCHR(first.st_mode);
}

static bool was_read(const struct options *o, const struct sources *sources, const char *path)
{
	for (size_t i = 0; i < sources->n_deps; i++)
		if (same_file(path, sources->deps[i]))
			return true;
	for (size_t i = 0; i < o->n_bases; i++)
		if (same_file(path, o->bases[i]))
			return true;
	return false;
}

/* The rule for make takes the place of nothing else that this run reads or writes. */
static bool depfile_is_free(const struct options *o, const struct sources *sources, const char *output)
{
	const char *taken = NULL;

	if (output && same_file(o->depfile, strcmp(output, "-") == 0 ? "/dev/stdout" : output))
		taken = "-d and -o name the same file";
	else if (was_read(o, sources, o->depfile))
		taken = "-d names a file that was read";
	if (taken)
		diag_error(sources->diags, NULL, MSG_USAGE, taken, sources->diags->program);
	return !taken;
}

/* What the next build reads again is not what this one writes; dtc writes over it. */
static bool source_stays(const struct options *o, const struct sources *sources, const char *output)
{
	if (!output || strcmp(output, "-") == 0 || !sources->main || sources->diags->style == DIAG_DTC)
		return true;
	if (!was_read(o, sources, output))
		return true;
	diag_error(sources->diags, NULL, MSG_USAGE, "-o names a file that was read", sources->diags->program);
	if (same_file(output, o->input))
		diag_help(sources->diags, NULL, "to lay it out in place: ovlc --format -o %s %s", o->output, o->output);
	return false;
}

static bool make_output(const struct options *o, struct sources *sources, struct tree *tree, enum form form,
			struct bytes *out)
{
	switch (form) {
	case FORM_DTS: return decompile(o, sources, tree, out);
	case FORM_ASM: return asm_make(tree, &o->blob, sources->diags, out);
	case FORM_YAML: return yaml_make(tree, sources, out);
	default: return blob_make(tree, &o->blob, sources->diags, out);
	}
}

static bool write_files(struct diags *diags, const struct output *outputs, size_t n)
{
	size_t failed;
	int error;

	diag_seal(diags);
	error = file_write(outputs, n, &failed);
	if (error)
		diag_cannot_write(diags, outputs[failed].path, error);
	return !error;
}

/* A blob takes the most memory of all that is made.  When nothing was told, no line of the sources will be shown, and
 * it is put where the text of the main one was; but a tree that was read from a blob has its values there. */
static void make_room(struct sources *sources, struct tree *tree, struct bytes *out)
{
	struct source *main = sources->main;

	tree_drop_phandles(tree);
	if (!main || sources->diags->n_errors || sources->diags->n_warnings)
		return;
	*out = (struct bytes){ .at = main->text.bytes, .room = main->text.len };
	main->text = (struct file_bytes){ 0 };
	sources_free(sources);
}

static bool write_outputs(const struct options *o, struct sources *sources, struct tree *tree)
{
	enum form form = output_form(o, sources);
	/* A file is made even for nothing, for those who ask for it when all is done. */
	const char *output = form == FORM_NULL && strcmp(o->output, "-") == 0 ? NULL : o->output;
	struct bytes out = { 0 }, depfile = { 0 };
	bool good;

	if (form == FORM_DTB && strcmp(o->output, "-") == 0 && isatty(1) && sources->diags->style == DIAG_OWN) {
		diag_error(sources->diags, NULL, MSG_TERMINAL);
		return false;
	}
	if (o->annotate && (form != FORM_DTS || !sources->main)) {
		diag_error(sources->diags, NULL, MSG_USAGE, "-T is for source that is made of source", sources->diags->program);
		return false;
	}
	if (!source_stays(o, sources, output) || (o->depfile && !depfile_is_free(o, sources, output)))
		return false;
	if (o->depfile)
		make_depfile(o, sources, &depfile);
	if (form == FORM_DTB)
		make_room(sources, tree, &out);
	good = form == FORM_NULL || make_output(o, sources, tree, form, &out);
	if (good)
		good = write_files(sources->diags,
				   (const struct output[]){ { o->depfile, depfile.at, depfile.len, o->depfile },
							    { output, out.at, out.len, output } },
				   2);
	free(out.at);
	free(depfile.at);
	return good;
}

/* Each base has its say, so that one run shows for which of a family of boards the overlay is good. */
static int check_bases(const struct options *o, const struct sources *sources, const struct tree *tree)
{
	int status = DONE;

	if (o->n_bases && (!tree->plugin || !sources->main)) {
		diag_error(sources->diags, NULL, MSG_BASE_OF_NO_OVERLAY, o->input);
		return FAILED;
	}
	for (size_t i = 0; i < o->n_bases; i++) {
		int one = base_check(o, sources, o->bases[i]);

		status = one == FAILED || !status ? one : status;
	}
	return status;
}

static int run(const struct options *o, struct sources *sources, struct tree *tree)
{
	int status = compile(o, sources, tree);

	if (status == DONE)
		status = check_bases(o, sources, tree);
	if (status == FAILED || (status && !o->force))
		return status;
	return write_outputs(o, sources, tree) ? DONE : FAILED;
}

static const char *called(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path ? path : "";
}

/* What was printed counts only when it arrived. */
static int finish(struct diags *diags, int status)
{
	diag_seal(diags);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		diag_cannot_write(diags, "-", errno);
		status = status ? status : FAILED;
	}
	return diag_finish(diags, status);
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

	/* A reader that went away, or a limit on size, is an error of writing, not the end of the program. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	diag_init(&diags, "ovlc");
	diag_find_format(&diags, argc, argv);
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
	if (diags.style == DIAG_OWN && strcmp(options.output, "-") != 0)
		progress_start(diags.program);
	if (status < 0 && diags.style == DIAG_OWN && strcmp(options.input, "-") == 0 && isatty(STDIN_FILENO))
		diag_remark(&diags, NULL, "reading the source from the terminal, up to Ctrl-D; ovlc --help says more");
	if (status < 0)
		status = options.format ? format_run(&options, &sources) : run(&options, &sources, &tree);
	status = finish(&diags, status);
	sources_free(&sources);
#ifdef main     /* called again and again: fuzz/fuzz.mk */
	pool_free(&pool);
	return status;
#else
	/* The kernel takes all the rest back sooner than piece by piece. */
	exit(status);
#endif
}
