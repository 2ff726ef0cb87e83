/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* options.c - read a verb's command line by its table, and print its help from the same table.
 * Options may stand before, between and after the operands; `--` ends them. */
#include "verb.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "progress.h"
#include "version.h"

enum { OPT_COLOUR = 512, OPT_FORMAT, OPT_LIMIT };

/* What every verb takes beside its own. */
static const struct option_row common[] = {
	{ OPT_FORMAT, "message-format", "text|short|json|sarif", "the form of messages" },
	{ OPT_LIMIT, "error-limit", "N", "show that many errors, 0 for all" },
	{ OPT_COLOUR, "color", "auto|always|never", "colour in messages (auto: on a terminal)" },
	{ 'h', "help", NULL, "say this" },
};

#define N_COMMON (sizeof(common) / sizeof(common[0]))

static const struct option_row *row_at(const struct verb *verb, size_t i)
{
	return i < verb->n_options ? &verb->options[i] : &common[i - verb->n_options];
}

void options_start(struct options *o, const struct verb *verb, struct diags *diags, int argc,
		   char **argv)
{
	char *at;

	*o = (struct options){ .verb = verb, .diags = diags, .argc = argc, .argv = argv };
	at = o->letters;
	*at++ = ':';
	for (size_t i = 0; i < verb->n_options + N_COMMON; i++) {
		const struct option_row *row = row_at(verb, i);
		int takes = row->argument ? required_argument : no_argument;

		o->longs[i] = (struct option){ row->name, takes, NULL, row->letter };
		if (row->letter >= 256)
			continue;
		*at++ = (char)row->letter;
		if (row->argument)
			*at++ = ':';
	}
	/* The GNU way to begin anew. */
	optind = 0;
	opterr = 0;
}

enum status usage_error(struct diags *diags, const char *format, ...)
{
	char what[256];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	diag_error(diags, NULL, MSG_USAGE, what, diags->program);
	return USAGE;
}

/* The verbs that are called as programs of dtc's have options that scripts and fingers know. */
static void help_option_of_dtc(const struct options *o, int letter)
{
	static const struct { const char *name; const struct verb *as; } pairs[] = {
		{ "apply", &verb_fdtoverlay }, { "get", &verb_fdtget }, { "put", &verb_fdtput }, { "dump", &verb_fdtdump },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		for (size_t k = 0; strcmp(pairs[i].name, o->verb->name) == 0 && k < pairs[i].as->n_options; k++)
			if (pairs[i].as->options[k].letter == letter)
				diag_help(o->diags, NULL, "-%c is an option of %s; ovl %s takes that program's command line",
					  letter, pairs[i].as->name, pairs[i].as->name);
}

static void help_nearest_option(const struct options *o, const char *name)
{
	struct diag_nearest nearest;

	diag_nearest_init(&nearest, name, strcspn(name, "="));
	for (size_t i = 0; i < o->verb->n_options + N_COMMON; i++)
		diag_nearest_offer(&nearest, row_at(o->verb, i)->name, strlen(row_at(o->verb, i)->name));
	if (nearest.best)
		diag_help(o->diags, NULL, "did you mean '--%s'?", nearest.best);
}

/* getopt_long() says with optopt which short option it was; a long one is the word just passed. */
static int wrong(const struct options *o, bool no_argument_given)
{
	const char *word = o->argv[optind - 1];

	if (no_argument_given) {
		usage_error(o->diags, "option '%s' needs an argument", word);
	} else if (optopt && optopt < 256 && strncmp(word, "--", 2) != 0) {
		usage_error(o->diags, "unknown option '-%c'", optopt);
		help_option_of_dtc(o, optopt);
	} else if (optopt) {
		usage_error(o->diags, "option '%s' takes no argument", word);
	} else {
		usage_error(o->diags, "unknown option '%s'", word);
		help_nearest_option(o, word + 2);
	}
	return OPTIONS_WRONG;
}

/* One of those that every verb has: NULL when it is good, or what it takes. */
static const char *common_option(struct diags *diags, int letter)
{
	if (letter == OPT_FORMAT && !diag_set_format(diags, optarg))
		return "--message-format takes text, short, json or sarif";
	if (letter == OPT_LIMIT && !diag_set_limit(diags, optarg))
		return "--error-limit takes a number";
	if (letter == OPT_COLOUR && !diag_set_colour(diags, optarg))
		return "--color takes auto, always or never";
	return NULL;
}

int options_next(struct options *o)
{
	const char *wrong_word;
	int letter;

	do {
		letter = getopt_long(o->argc, o->argv, o->letters, o->longs, NULL);
		wrong_word = letter < OPT_COLOUR ? NULL : common_option(o->diags, letter);
	} while (letter >= OPT_COLOUR && !wrong_word);
	if (letter == '?' || letter == ':')
		return wrong(o, letter == ':');
	if (letter == 'h') {
		verb_help(o->verb);
		return OPTIONS_HELPED;
	}
	if (letter == 'o' && strcmp(optarg, "-") != 0)
		progress_start(o->verb->program);
	if (!wrong_word)
		return letter;
	usage_error(o->diags, "%s", wrong_word);
	return OPTIONS_WRONG;
}

enum status drop_in_version(void)
{
	printf("Version: DTC 1.8.1-ovl-%s\n", OVL_VERSION);
	return 0;
}

void verb_help(const struct verb *verb)
{
	help_usage(verb->program, verb->synopsis);
	printf("%s.\n\n", verb->summary);
	for (size_t i = 0; i < verb->n_options + N_COMMON; i++)
		help_option(row_at(verb, i));
	if (verb->more) {
		printf("\n");
		help_text(verb->more);
	}
	printf("\nMore: man ovl-%s\n", verb->name);
}
