/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* verbs.c - fuzz target: the verbs of ovl that no other target has, on any blobs.
 * Parts: two blobs, an overlay or a receipt, a word for the command line, lines for a policy.  Whatever they are
 * given, the exit status is a documented one, and what is written with 0 is a whole blob. */

#include <stdlib.h>
#include <string.h>

#include "../../testsuite/unit/seal.h"
#include "files.h"

void fuzz_start(void)
{
	files_quiet();
}

static const char *form(struct input *input)
{
	static const char *const forms[] = { "--message-format=text", "--message-format=short", "--message-format=json",
					     "--message-format=sarif" };

	return forms[choose(input, 4)];
}

static void judge(struct input *input)
{
	const char *as[] = { "", "--as=base", "--as=overlay", "--as=partial" };
	const char *policy[] = { "", "--policy=policy", "--policy=status-only", "--policy=new-nodes-only" };
	const char *how = as[choose(input, 4)], *by = policy[choose(input, 4)];

	ovl("check", "a", how, form(input));
	ovl("check", "b", "--base", "a", "--profile", "all", by, form(input));
	ovl("check", "b", "c", "--base", "a", form(input));
	ovl("check", "a", "--seed", "b", "--window", "0x1000+0x1000", "--reserved", "1-9", form(input));
}

static void look(struct input *input, const char *word)
{
	switch (choose(input, 8)) {
	case 0: ovl("dump", "a", choose(input, 2) ? "--debug" : "--scan"); break;
	case 1: ovl("get", "a", word, choose(input, 2) ? "--decode" : "--json"); break;
	case 2: ovl("explain", "b", "--base", "a", form(input)); break;
	case 3: ovl("explain", "a", "b", "--node", word, form(input)); break;
	case 4: ovl("fdtdump", "a"); break;
	case 5: ovl("fdtget", "a", word, "reg"); break;
	case 6: ovl("fdtget", "-l", "a", word); break;
	default: ovl("list", "c"); break;
	}
}

/* What is in a receipt, whatever its hash is. */
static void seal_file(const char *name)
{
	struct file_bytes sealed = *files_get(name);

	if (sealed.len >= 12) {
		sealed.bytes = memcpy(malloc(sealed.len), sealed.bytes, sealed.len);
		seal(sealed.bytes, sealed.len);
		files_put(name, sealed.bytes, sealed.len);
		free(sealed.bytes);
	}
}

static int write(struct input *input, const char *word)
{
	switch (choose(input, 8)) {
	case 0: return ovl("symbols", "a", "--strip", "-o", "out");
	case 1: return ovl("set", "a", "/", word, "--inverse", "inverse", "-o", "out");
	case 2: return ovl("put", "a", "/", word, "1", "-o", "out");
	case 3: seal_file("c"); return ovl("remove", "a", "--receipt", "c", "-o", "out");
	case 4: return ovl("rebase", "a", "--old", "b", "--new", "c", "-o", "out");
	case 5: return ovl("symbols", "a", "--paths", "b", "--base-out", "base", "-o", "out");
	case 6: return ovl("set", "a", "--status", "okay", word, "--manifest", "-o", "out");
	default: return ovl("apply", "a", "b", "--loose", "--receipt", "receipt", "-o", "out");
	}
}

void fuzz_target(struct input *input)
{
	static const char *const names[] = { "a", "b", "c" };
	char word[WORD];

	word_of(&input->parts[3], word);
	for (size_t i = 0; i < 3; i++)
		files_put_part(names[i], &input->parts[i]);
	files_put_part("policy", &input->parts[4]);
	judge(input);
	look(input, word);
	if (write(input, word) == 0)
		keep_blob("result");
	files_clear();
}
