/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* options.c - read the command line of ovlc.
 * One table makes the short options, the long ones and the help.  Where dtc has an option it is dtc's, and
 * means the same. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "help.h"
#include "resolve.h"
#include "version.h"

enum { OPT_CPP = 256, OPT_BASE, OPT_DELETIONS, OPT_COLOUR, OPT_LIMIT, OPT_FORMAT, OPT_LAYOUT,
       OPT_CHECK };

static const struct option_row table[] = {
	{ 'o', "out", "FILE", "write to FILE (- for standard output)" },
	{ 'I', "in-format", "dts|dtb|fs", "what the input is (guessed); fs is a folder" },
	{ 'O', "out-format", "dtb|dts|asm|yaml|null", "what to write; null is no output" },
	{ '@', "symbols", NULL, "make /__symbols__: overlays can use the labels" },
	{ 'i', "include", "DIR", "look for included files in DIR too" },
	{ 'D', "define", "NAME[=VALUE]", "define a macro of the C preprocessor" },
	{ OPT_BASE, "base", "FILE", "check the overlay against this base; repeatable" },
	{ OPT_DELETIONS, "deletions", NULL, "let an overlay delete; only libovl applies that" },
	{ OPT_CPP, "cpp", "auto|always|never", "run the C preprocessor (auto: when it is needed)" },
	{ 'd', "out-dependency", "FILE", "write the files read as a rule for make" },
	{ 'W', "warning", "[no-]CHECK", "switch a check on or off; help lists them" },
	{ 'E', "error", "[no-]CHECK", "make what it finds an error, or not" },
	{ 'q', "quiet", NULL, "no warnings; twice: no errors of checks either" },
	{ 'f', "force", NULL, "write the output in spite of errors of checks" },
	{ 'A', "auto-alias", NULL, "make an alias of every label" },
	{ 'L', "local-fixups", NULL, "make the nodes of fixups without /plugin/ too" },
	{ 'H', "phandle", "legacy|epapr|both", "the properties a phandle is written in" },
	{ 's', "sort", NULL, "sort nodes and properties" },
	{ 'b', "boot-cpu", "N", "the boot CPU's number" },
	{ 'V', "out-version", "N", "the blob's version: 17, 16, 3, 2 or 1" },
	{ 'R', "reserve", "N", "leave room for N more reservations" },
	{ 'S', "space", "BYTES", "make the blob at least that long" },
	{ 'p', "pad", "BYTES", "make the blob that much longer" },
	{ 'a', "align", "BYTES", "make the blob's length a multiple" },
	{ 'T', "annotate", NULL, "say where each line of dts output comes from" },
	{ OPT_LAYOUT, "format", NULL, "write the source laid out as the kernel wants it" },
	{ OPT_CHECK, "check", NULL, "with --format: only tell whether it is so" },
	{ OPT_FORMAT, "message-format", "text|short|json|sarif", "the form of messages" },
	{ OPT_LIMIT, "error-limit", "N", "show N errors, 0 for all; also -ferror-limit=N" },
	{ OPT_COLOUR, "color", "auto|always|never", "colour in messages (auto: on a terminal)" },
	{ 'h', "help", NULL, "say this" },
	{ 'v', "version", NULL, "say which version this is" },
};

#define N_OPTIONS (sizeof(table) / sizeof(table[0]))

static void help(const char *program)
{
	help_usage(program, "[OPTION]... [FILE]");
	printf("Compile device tree source, an overlay's or a whole tree's, to a blob.\n\n");
	for (size_t i = 0; i < N_OPTIONS; i++)
		help_option(&table[i]);
	printf("\nMore: man ovlc\n");
}

static int usage(struct diags *diags, const char *what)
{
	diag_error(diags, NULL, MSG_USAGE, what, diags->program);
	return 1;
}

static int read_form(struct diags *diags, const char *text, bool in, enum form *form)
{
	static const struct { const char *name; enum form form; bool in, out; } forms[] = {
		{ "dts", FORM_DTS, true, true }, { "dtb", FORM_DTB, true, true }, { "fs", FORM_FS, true, false },
		{ "yaml", FORM_YAML, false, true }, { "asm", FORM_ASM, false, true },
		{ "null", FORM_NULL, false, true },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].name, text) == 0 && (in ? forms[i].in : forms[i].out)) {
			*form = forms[i].form;
			return -1;
		}
	usage(diags, in ? "the input form is dts, dtb or fs" : "the output form is dtb, dts, asm, yaml or null");
	if (in && (folder_is(text) || (strchr(text, '/') && access(text, F_OK))))
		diag_help(diags, NULL, "to look for included files in %s, say -i %s", text, text);
	else if (strcmp(text, "dtbo") == 0 || strcmp(text, "dtso") == 0)
		diag_help(diags, NULL, "for an overlay it is %.3s, too", strcmp(text, "dtbo") == 0 ? "dtb" : "dts");
	return 1;
}

static bool read_number(const char *text, uint64_t max, uint64_t *number)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 0);
	*number = n;
	return !errno && end != text && !*end && n <= max && text[0] != '-';
}

static int read_size(struct diags *diags, int letter, const char *text, uint64_t *number)
{
	char what[64];

	if (read_number(text, UINT32_MAX, number))
		return -1;
	snprintf(what, sizeof(what), "-%c takes a number below 2^32", letter);
	return usage(diags, what);
}

static int read_align(struct diags *diags, const char *text, uint64_t *align)
{
	if (read_number(text, UINT32_MAX, align) && *align && !(*align & (*align - 1)))
		return -1;
	return usage(diags, "-a takes a power of two");
}

static int read_phandle_format(struct diags *diags, const char *text, int *format)
{
	if (strcmp(text, "legacy") == 0)
		*format = PHANDLE_LEGACY;
	else if (strcmp(text, "epapr") == 0)
		*format = PHANDLE_EPAPR;
	else if (strcmp(text, "both") == 0)
		*format = PHANDLE_LEGACY | PHANDLE_EPAPR;
	else
		return usage(diags, "-H takes legacy, epapr or both");
	return -1;
}

static int read_cpp(struct diags *diags, const char *text, enum cpp_mode *mode)
{
	static const char *const names[] = { "auto", "always", "never" };

	for (int i = 0; i < 3; i++)
		if (strcmp(text, names[i]) == 0) {
			*mode = (enum cpp_mode)i;
			return -1;
		}
	return usage(diags, "--cpp takes auto, always or never");
}

static int read_boot_cpu(struct options *o, struct diags *diags, const char *text)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 0);
	if (errno || end == text || *end || n < INT32_MIN || n > UINT32_MAX)
		return usage(diags, "-b takes a number of 32 bits");
	o->boot_cpu = (uint32_t)n;
	o->boot_cpu_set = n != -1;      /* with dtc that is no number but the one that the tree says */
	return -1;
}

static int read_version(struct options *o, struct diags *diags, const char *text)
{
	uint64_t n;

	if (!read_number(text, 17, &n) || (n != 17 && n != 16 && (n < 1 || n > 3)))
		return usage(diags, "-V takes 1, 2, 3, 16 or 17");
	o->blob.version = (unsigned int)n;
	return -1;
}

/* Builds name checks of many versions: one that nobody knows is not worth stopping for. */
static int read_check(struct diags *diags, const char *text, bool error)
{
	const char *nearest;

	if (strcmp(text, "help") == 0) {
		check_print();
		return 0;
	}
	if (check_switch(text, error, &nearest))
		return -1;
	if (diags->style == DIAG_DTC) {
		diag_error(diags, NULL, MSG_NO_CHECK, text);
		return 1;
	}
	diag_warning(diags, NULL, MSG_NO_CHECK, text);
	if (nearest)
		diag_help(diags, NULL, "did you mean '%s%s'?", check_is_off(text) ? "no-" : "", nearest);
	else
		diag_help(diags, NULL, "ovlc -W help lists the checks; each is switched by its name");
	return -1;
}

static int one_option(struct options *o, int letter, struct sources *sources, struct diags *diags)
{
	switch (letter) {
	case 'o': o->output = optarg; return -1;
	case 'I': return read_form(diags, optarg, true, &o->in);
	case 'O': return read_form(diags, optarg, false, &o->out);
	case '@': o->symbols = true; return -1;
	case 'i': sources_search(sources, optarg); return -1;
	case 'D':
		o->defines = pool_grow(sources->pool, o->defines, &o->defines_room, o->n_defines + 1, sizeof(*o->defines));
		o->defines[o->n_defines++] = optarg;
		return -1;
	case OPT_BASE:
		o->bases = pool_grow(sources->pool, o->bases, &o->bases_room, o->n_bases + 1, sizeof(*o->bases));
		o->bases[o->n_bases++] = optarg;
		return -1;
	case OPT_DELETIONS: o->deletions = true; return -1;
	case OPT_CPP: return read_cpp(diags, optarg, &o->cpp);
	/* dtc knows no standard output here: a rule would get into the blob that is written there. */
	case 'd': o->depfile = strcmp(optarg, "-") == 0 ? "./-" : optarg; return -1;
	case 'W':
	case 'E':
		return read_check(diags, optarg, letter == 'E');
	case 'q': o->quiet++; return -1;
	case 'f': o->force = true; return -1;
	case 'A': o->auto_alias = true; return -1;
	case 'L': o->local_fixups = true; return -1;
	case 'H': return read_phandle_format(diags, optarg, &o->phandle_format);
	case 's': o->sort = true; return -1;
	case 'b': return read_boot_cpu(o, diags, optarg);
	case 'V': return read_version(o, diags, optarg);
	case 'R': return read_size(diags, letter, optarg, &o->blob.reserves);
	case 'S': return read_size(diags, letter, optarg, &o->blob.space);
	case 'p': return read_size(diags, letter, optarg, &o->blob.pad);
	case 'a': return read_align(diags, optarg, &o->blob.align);
	case 'T': o->annotate++; return -1;
	case OPT_LAYOUT: o->format = true; return -1;
	case OPT_CHECK: o->check = true; return -1;
	case OPT_FORMAT:
		return diag_set_format(diags, optarg)
			       ? -1 : usage(diags, "--message-format takes text, short, json or sarif");
	case OPT_LIMIT:
		return diag_set_limit(diags, optarg) ? -1 : usage(diags, "--error-limit takes a number");
	case OPT_COLOUR:
		return diag_set_colour(diags, optarg)
			       ? -1 : usage(diags, "--color takes auto, always or never");
	case 'h': help(diags->program); return 0;
	case 'v': printf("Version: DTC 1.8.1-ovlc-%s\n", OVL_VERSION); return 0;
	default: return -1;
	}
}

/* ---------------------------------------------------------------- what getopt does not take */

static const struct option_row *row_of(int letter)
{
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (table[i].letter == letter)
			return &table[i];
	return NULL;
}

static bool is_dtcs(const struct option_row *row)
{
	return row->letter < 256 && row->letter != 'D';
}

/* How many options begin with a prefix, and the last of them: of all, or of dtc's alone. */
static size_t begin_with(const char *prefix, size_t len, bool only_dtcs, const struct option_row **last)
{
	size_t n = 0;

	for (size_t i = 0; i < N_OPTIONS; i++)
		if (strncmp(table[i].name, prefix, len) == 0 && (!only_dtcs || is_dtcs(&table[i]))) {
			*last = &table[i];
			n++;
		}
	return n;
}

/* A prefix that an option of dtc's shares with none of dtc's, but with one of ours, is dtc's.  Its letter, with its
 * argument at hand as getopt has it; '?' when it is none. */
static int cut_short(int argc, char **argv)
{
	char *word = argv[optind - 1] + 2, *equals = strchr(word, '=');
	const struct option_row *row;

	if (optopt || begin_with(word, strcspn(word, "="), true, &row) != 1)
		return '?';
	optopt = row->letter;
	if (!row->argument)
		return equals ? '?' : row->letter;
	if (!equals && optind == argc)
		return ':';
	optarg = equals ? equals + 1 : argv[optind++];
	return row->letter;
}

/* Of one that goes on behind a name of ours (--output), or that is misspelt. */
static void help_nearest_option(struct diags *diags, const char *name, size_t len)
{
	struct diag_nearest nearest;

	diag_nearest_init(&nearest, name, len);
	for (size_t i = 0; i < N_OPTIONS; i++)
		diag_nearest_offer(&nearest, table[i].name, strlen(table[i].name));
	for (size_t i = 0; i < N_OPTIONS && !nearest.best; i++)
		if (strncmp(name, table[i].name, strlen(table[i].name)) == 0)
			nearest.best = table[i].name;
	if (nearest.best)
		diag_help(diags, NULL, "did you mean '--%s'?", nearest.best);
}

static int not_taken(struct diags *diags, int letter, const char *word)
{
	const struct option_row *row = row_of(optopt);
	int len = (int)strcspn(word, "=");
	char what[128];

	if (letter == ':' && optopt < 256)
		snprintf(what, sizeof(what), "-%c takes an argument", optopt);
	else if (row)
		snprintf(what, sizeof(what), "--%s takes %s argument", row->name, letter == ':' ? "an" : "no");
	else if (optopt)
		snprintf(what, sizeof(what), "unknown option '-%c'", optopt);
	else if (begin_with(word + 2, (size_t)len - 2, false, &row))
		snprintf(what, sizeof(what), "'%.*s' is short for more than one option", len, word);
	else
		snprintf(what, sizeof(what), "unknown option '%.*s'", len, word);
	usage(diags, what);
	if (!optopt && !row)
		help_nearest_option(diags, word + 2, (size_t)len - 2);
	return 1;
}

/* ---------------------------------------------------------------- the whole */

/* What -O leaves open the output's name tells; otherwise the input decides.  dtc takes .dtso for no name of an
 * output. */
static enum form form_of_name(const char *name, enum diag_style style)
{
	static const struct { const char *suffix; enum form form; } known[] = {
		{ ".dts", FORM_DTS }, { ".yaml", FORM_YAML }, { ".dtb", FORM_DTB }, { ".dtbo", FORM_DTB },
		{ ".dtso", FORM_DTS },
	};
	const size_t n = sizeof(known) / sizeof(known[0]) - (style == DIAG_DTC);
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < n; i++)
		if (strcasecmp(dot, known[i].suffix) == 0)
			return known[i].form;
	return FORM_GUESS;
}

static int too_many(struct diags *diags, const char *first, const char *second)
{
	diag_error(diags, NULL, MSG_USAGE, "more than one input file", diags->program);
	diag_note(diags, NULL, "the first is '%s', the second '%s'", first, second);
	return 1;
}

/* An option that asks for what a new layout does not do. */
static const char *not_for_format(const struct options *o)
{
	return o->n_bases ? "--base" : o->deletions ? "--deletions" : o->depfile ? "-d" : o->annotate ? "-T" :
	       o->out != FORM_GUESS && o->out != FORM_DTS ? "another -O than dts" : NULL;
}

static int check_whole(struct options *o, struct diags *diags)
{
	char what[64];

	if (o->format && not_for_format(o)) {
		snprintf(what, sizeof(what), "--format and %s do not go together", not_for_format(o));
		return usage(diags, what);
	}
	if (o->out == FORM_GUESS)
		o->out = form_of_name(o->output, diags->style);
	if (o->blob.space && o->blob.pad)
		return usage(diags, "-S and -p do not go together");
	if (o->check && !o->format)
		return usage(diags, "--check is for --format");
	return -1;
}

/* The compilers' spelling of --error-limit=N, which getopt would take for -f and other letters. */
static void respell_error_limit(int argc, char **argv)
{
	static const char word[] = "-ferror-limit=";

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strncmp(argv[i], word, strlen(word)) == 0)
			argv[i][1] = '-';
}

int options_read(struct options *o, int argc, char **argv, struct sources *sources, struct diags *diags)
{
	char letters[N_OPTIONS * 2 + 2] = ":", *at = letters + 1;
	struct option longs[N_OPTIONS + 1] = { { 0 } };
	int letter, status;

	*o = (struct options){ .input = "-", .output = "-", .blob.version = 17, .phandle_format = PHANDLE_EPAPR };
	for (size_t i = 0; i < N_OPTIONS; i++) {
		longs[i] = (struct option){ table[i].name, table[i].argument ? required_argument : no_argument,
					    NULL, table[i].letter };
		if (table[i].letter >= 256)
			continue;
		*at++ = (char)table[i].letter;
		if (table[i].argument)
			*at++ = ':';
	}
	*at = 0;
	respell_error_limit(argc, argv);
	while ((letter = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		letter = letter == '?' ? cut_short(argc, argv) : letter;
		if (letter == '?' || letter == ':')
			return not_taken(diags, letter, argv[optind - 1]);
		status = one_option(o, letter, sources, diags);
		if (status >= 0)
			return status;
	}
	if (argc - optind > 1)
		return too_many(diags, argv[optind], argv[optind + 1]);
	if (optind < argc)
		o->input = argv[optind];
	diags->quiet = o->quiet;
	return check_whole(o, diags);
}
