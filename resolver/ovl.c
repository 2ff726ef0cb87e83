/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* ovl.c - the command for everything done to blobs: ovl VERB ...; ovl(1) says what each verb does.
 * This file finds the verb; each verb's file begins with its options. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "verb.h"
#include "version.h"

static const struct verb *const verbs[] = {
#define VERB_ADDRESS(name) &verb_##name,
	VERBS(VERB_ADDRESS)
#undef VERB_ADDRESS
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < N_VERBS; i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}

/* What other programs call it, or is called by. */
static const char *other_word(const char *name)
{
	static const struct { const char *word, *meant; } words[] = {
		{ "ls", "ovl tree" }, { "cat", "ovl get" }, { "print", "ovl get" }, { "show", "ovl get" },
		{ "lint", "ovl check" }, { "validate", "ovl check" }, { "verify", "ovl check" },
		{ "compare", "ovl diff" }, { "dtdiff", "ovl diff" }, { "overlay", "ovl apply" },
		{ "ufdt_apply_overlay", "ovl apply" }, { "dtoverlay", "ovl apply" }, { "dtmerge", "ovl apply" },
		{ "rm", "ovl remove" }, { "unapply", "ovl remove" }, { "mkdtboimg", "ovl image" },
		{ "compile", "ovlc" }, { "decompile", "ovlc -O dts" }, { "dtc", "ovlc" }, { "format", "ovlc --format" },
		{ "version", "ovl --version" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, name) == 0)
			return words[i].meant;
	return NULL;
}

static enum status unknown_verb(struct diags *diags, const char *name)
{
	struct diag_nearest nearest;

	if (*name == '-')
		return usage_error(diags, "unknown option '%s' before a verb", name);
	if (strncasecmp(name, "OVL-", 4) == 0)
		return usage_error(diags, "there is no message '%s'", name);
	usage_error(diags, "there is no verb '%s'", name);
	if (other_word(name)) {
		diag_help(diags, NULL, "did you mean '%s'?", other_word(name));
		return USAGE;
	}
	if (access(name, F_OK) == 0) {
		diag_help(diags, NULL, "it is a file: a verb comes first, as in ovl apply BASE OVERLAY -o FILE");
		return USAGE;
	}
	diag_nearest_init(&nearest, name, strlen(name));
	for (size_t i = 0; i < N_VERBS; i++)
		diag_nearest_offer(&nearest, verbs[i]->name, strlen(verbs[i]->name));
	if (nearest.best)
		diag_help(diags, NULL, "did you mean '%s'?", nearest.best);
	return USAGE;
}

static enum status help(void)
{
	printf("Usage: ovl VERB ARGUMENT...\nDo things to compiled device trees and overlays.\n\n");
	for (size_t i = 0; i < N_VERBS; i++)
		help_item(verbs[i]->name, verbs[i]->summary);
	help_item("help VERB", "Say what a verb takes");
	help_item("help ID", "Say what the message of that id means, as OVL-0602");
	printf("\n  -h, --help     say this\n  -v, --version  say which version this is\n\nMore: man ovl\n");
	return DONE;
}

static enum status run_verb(struct diags *diags, const struct verb *verb, int argc, char **argv)
{
	diags->program = verb->program;
	/* What stands in for a program of dtc's ends as that does. */
	if (strcmp(verb->program, verb->name) == 0)
		diags->exit_status = EXIT_FAILURE;
	return verb->run(verb, diags, argc, argv);
}

static enum status run_help(struct diags *diags, const char *name)
{
	const struct verb *verb = name ? find_verb(name) : NULL;

	if (!name)
		return help();
	if (diag_explain(name))
		return DONE;
	if (!verb)
		return unknown_verb(diags, name);
	verb_help(verb);
	return DONE;
}

static enum status run(struct diags *diags, int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *word = argc > 1 ? argv[1] : NULL;
	const struct verb *called = find_verb(slash ? slash + 1 : argv[0]);

	if (called && strcmp(called->program, called->name) == 0)
		return run_verb(diags, called, argc, argv);
	if (!word)
		return usage_error(diags, "no verb is given");
	if (find_verb(word))
		return run_verb(diags, find_verb(word), argc - 1, argv + 1);
	if (strcmp(word, "help") == 0)
		return run_help(diags, argc > 2 ? argv[2] : NULL);
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return help();
	if (strcmp(word, "--version") == 0 || strcmp(word, "-v") == 0 || strcmp(word, "-V") == 0) {
		printf("Version: OVL %s\n", OVL_VERSION);
		return DONE;
	}
	return unknown_verb(diags, word);
}

/* What was printed counts only when it arrived. */
static int finish(struct diags *diags, int status)
{
	diag_seal(diags);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		if (errno != EPIPE)
			diag_cannot_write(diags, "-", errno);
		status = status ? status : diags->exit_status;
	}
	return diag_finish(diags, status);
}

int main(int argc, char **argv)
{
	struct diags diags;

	/* A reader that went away, or a limit on size, is an error of writing, not the end of the program. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	diag_init(&diags, "ovl");
	diags.exit_status = NO_IO;
	diags.blobs = true;
	diag_find_format(&diags, argc, argv);
	return argc < 1 ? USAGE : finish(&diags, (int)run(&diags, argc, argv));
}
