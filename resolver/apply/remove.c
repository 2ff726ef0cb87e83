/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* remove.c - ovl remove: overlays out of a tree, in any order.
 * The receipt gives the base and the overlays back; these are applied anew, and the ones named are taken
 * out by libovl, which tells what is in the way.  Rules: include/ovl.h, ovl_remove(). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "receipt.h"
#include "fit.h"
#include "grow.h"
#include "text.h"

static const struct option_row remove_options[] = {
	{ 'r', "receipt", "FILE", "the receipt that ovl apply wrote with the tree; it is written anew" },
	{ 'x', "overlay", "NUMBER|NAME|FILE", "the overlay to take out, the last one by default; may be repeated" },
	{ 'o', "output", "FILE", "write the tree without it to FILE (- for standard output)" },
};

struct removal {
	struct diags *diags;
	const char *tree, *output, *receipt;
	const char **wanted; /* --overlay */
	size_t n_wanted;

	struct blob blob;
	struct past past;
	struct stack stack;
	bool *goes;		 /* each overlay of the receipt */
	const struct blob **stay; /* those on the stack, in order */
	size_t n_stay;
};

/* ---------------------------------------------------------------- which */

/* What an --overlay says; the first of these that fits any counts. */
struct wanted {
	const char *word;
	enum { BY_NUMBER, BY_NAME, BY_LAST_PART, BY_BYTES, BY_NOTHING } how;
	struct file_bytes file; /* read when it comes to the bytes; empty when there is none of that name */
};

static bool names_overlay(const struct removal *r, const struct wanted *w, size_t i)
{
	const struct blob *overlay = &r->past.overlays[i];
	char *end;

	switch (w->how) {
	case BY_NUMBER: return strtoul(w->word, &end, 10) == i + 1 && !*end;
	case BY_NAME: return strcmp(overlay->name, w->word) == 0;
	case BY_LAST_PART: return strcmp(file_name(overlay->name), w->word) == 0;
	default:
		return w->file.bytes && overlay->file.len == w->file.len &&
		       memcmp(overlay->file.bytes, w->file.bytes, w->file.len) == 0;
	}
}

/* Also those that go already. */
static void find_how(const struct removal *r, struct wanted *w)
{
	for (w->how = BY_NUMBER; w->how < BY_NOTHING; w->how++) {
		if (w->how == BY_BYTES && file_read(w->word, &w->file) == ENOMEM)
			diag_no_memory(r->diags);
		for (size_t i = 0; i < r->past.n; i++)
			if (names_overlay(r, w, i))
				return;
	}
}

/* The number of the newest that is named and does not go yet; 0 for none. */
static size_t find_overlay(const struct removal *r, const struct wanted *w)
{
	size_t i = r->past.n;

	while (i > 0 && (r->goes[i - 1] || !names_overlay(r, w, i - 1)))
		i--;
	return i;
}

/* Files of one name in several folders are several overlays; what was applied twice is one. */
static bool is_ambiguous(const struct removal *r, const struct wanted *w)
{
	const char *first = NULL;

	for (size_t i = 0; i < r->past.n && w->how == BY_LAST_PART; i++) {
		if (!names_overlay(r, w, i))
			continue;
		if (first && strcmp(first, r->past.overlays[i].name) != 0)
			return true;
		first = r->past.overlays[i].name;
	}
	return false;
}

static enum status ambiguous(const struct removal *r, const struct wanted *w)
{
	size_t last = 0;

	diag_error(r->diags, NULL, MSG_OVERLAY_TWO, r->receipt, w->word);
	for (size_t i = 0; i < r->past.n; i++)
		if (names_overlay(r, w, i)) {
			diag_note(r->diags, NULL, "%zu: %s", i + 1, r->past.overlays[i].name);
			last = i;
		}
	diag_help(r->diags, NULL, "say which: --overlay %zu, or --overlay '%s'", last + 1, r->past.overlays[last].name);
	return UNRESOLVED;
}

static enum status no_overlay(const struct removal *r, const char *word)
{
	diag_error(r->diags, NULL, MSG_NO_OVERLAY, r->receipt, word);
	for (size_t i = 0; i < r->past.n; i++)
		diag_note(r->diags, NULL, "%zu: %s", i + 1, r->past.overlays[i].name);
	return UNRESOLVED;
}

static enum status choose(struct removal *r, const char *word)
{
	struct wanted w = { .word = word };
	enum status status = DONE;
	size_t number;

	find_how(r, &w);
	number = find_overlay(r, &w);
	if (w.how == BY_NOTHING)
		status = no_overlay(r, word);
	else if (is_ambiguous(r, &w))
		status = ambiguous(r, &w);
	else if (!number)
		status = usage_error(r->diags, "overlay '%s' is named more often than it was applied", word);
	else
		r->goes[number - 1] = true;
	file_free(&w.file);
	return status;
}

static enum status choose_all(struct removal *r)
{
	enum status status = DONE;

	r->goes = grow_new(r->diags, r->past.n, sizeof(*r->goes));
	r->stay = grow_new(r->diags, r->past.n, sizeof(*r->stay));
	for (size_t i = 0; i < r->n_wanted && !status; i++)
		status = choose(r, r->wanted[i]);
	if (r->n_wanted)
		return status;
	if (!r->past.n) {
		diag_error(r->diags, NULL, MSG_NOTHING_APPLIED, r->receipt);
		return UNRESOLVED;
	}
	r->goes[r->past.n - 1] = true;
	return DONE;
}

/* ---------------------------------------------------------------- taking out */

static void explain_use(const struct removal *r, const struct ovl_use *use)
{
	const char *user = r->stay[use->user - 1]->name;
	struct text path = { 0 };

	text_path(&path, &r->stack.tree, use->node);
	if (use->label.len)
		diag_note(r->diags, NULL, "%s uses label '%.*s' (%s) at %.*s", user, (int)use->label.len,
			  use->label.ptr, text_of(&path), (int)use->place.len, use->place.ptr);
	else
		diag_note(r->diags, NULL, "/%.*s of %s targets %s", (int)use->fragment.len, use->fragment.ptr,
			  user, text_of(&path));
	text_free(&path);
}

/* What the user is refused with when overlay i is not there: all but that are applied anew, up to the user. */
static void explain_refusal(const struct removal *r, size_t i, size_t user)
{
	struct blob *others = grow_new(r->diags, r->n_stay, sizeof(*others));
	struct ovl_error err = { .code = OVL_OK };
	struct stack stack;
	struct fit f = { .diags = r->diags, .tree = &stack.tree, .base = &r->past.base, .overlays = others };

	stack_open(&stack, r->diags, f.base);
	for (size_t k = 0; k <= user; k++) {
		if (k == i)
			continue;
		f.n_before = k - (k > i);
		f.options = &r->past.options[r->stay[k] - r->past.overlays];
		others[f.n_before] = *r->stay[k];
		stack_apply(&stack, r->stay[k], f.options, &err);
	}
	fit_explain(&f, &err);
	stack_close(&stack);
	free(others);
}

/* A use says more than what the user is refused with; but that may have another reason. */
static enum status in_use(const struct removal *r, size_t i, const struct ovl_error *err)
{
	bool told = false;
	struct ovl_use use;

	diag_error(r->diags, NULL, MSG_IN_USE, r->stay[i]->name, r->stay[err->number - 1]->name);
	for (int more = ovl_use_first(&r->stack.tree, (uint32_t)i + 1, &use); more;
	     more = ovl_use_next(&r->stack.tree, &use)) {
		explain_use(r, &use);
		told |= use.user == err->number;
	}
	if (!told)
		explain_refusal(r, i, err->number - 1);
	diag_help(r->diags, NULL, "take that one out as well: --overlay '%s'", r->stay[err->number - 1]->name);
	return CONFLICT;
}

/* From the top down, so that what goes together is not in its own way. */
static enum status take_out(struct removal *r)
{
	struct ovl_error err;

	for (size_t i = r->past.n; i-- > 0;) {
		if (!r->goes[i])
			continue;
		if (ovl_remove(&r->stack.tree, (uint32_t)i + 1, &err))
			return in_use(r, i, &err);
		r->n_stay--;
		memmove(r->stay + i, r->stay + i + 1, (r->n_stay - i) * sizeof(*r->stay));
	}
	return DONE;
}

static enum status build_stack(struct removal *r)
{
	enum status status = stack_open(&r->stack, r->diags, &r->past.base);
	struct ovl_error err;

	for (size_t i = 0; i < r->past.n && !status; i++) {
		const struct blob *overlay = &r->past.overlays[i];

		r->stay[r->n_stay++] = overlay;
		if (stack_apply(&r->stack, overlay, &r->past.options[i], &err)) {
			diag_error(r->diags, NULL, MSG_NOT_AGAIN, overlay->name, r->receipt);
			status = CONFLICT;
		}
	}
	return status;
}

static enum status write_both(struct removal *r)
{
	struct file_bytes out = { 0 }, receipt = { 0 };
	enum status status;

	stack_flatten(&r->stack, r->diags, &out);
	receipt_make(r->diags, &r->stack, r->stay, r->n_stay, &receipt);
	status = write_outputs(r->diags,
			       (const struct output[]){ { r->output, out.bytes, out.len, r->tree },
							{ r->receipt, receipt.bytes, receipt.len, r->receipt } },
			       2);
	file_free(&out);
	file_free(&receipt);
	return status;
}

static enum status run(struct removal *r)
{
	enum status status = blob_read(r->diags, r->tree, "blob", &r->blob);

	if (!status)
		status = past_read(&r->past, r->diags, r->receipt);
	if (!status)
		status = choose_all(r);
	if (!status)
		status = past_undo(&r->past, r->diags, r->receipt, &r->blob);
	if (!status)
		status = build_stack(r);
	if (!status)
		status = take_out(r);
	return status ? status : write_both(r);
}

/* ---------------------------------------------------------------- ovl remove */

static enum status remove_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct removal r = { .diags = diags };
	enum status status;
	struct options o;
	int letter;

	r.wanted = grow_new(diags, (size_t)argc, sizeof(*r.wanted));
	options_start(&o, verb, diags, argc, argv);
	while ((letter = options_next(&o)) >= 0)
		switch (letter) {
		case 'o': r.output = optarg; break;
		case 'r': r.receipt = optarg; break;
		case 'x': r.wanted[r.n_wanted++] = optarg; break;
		}
	r.tree = argv[optind];
	if (letter == OPTIONS_HELPED)
		status = DONE;
	else if (letter == OPTIONS_WRONG)
		status = USAGE;
	else if (argc - optind != 1)
		status = usage_error(diags, r.tree ? "more than one tree; overlays are named by --overlay"
							: "no tree is given");
	else if (!r.receipt || !r.output)
		status = usage_error(diags, "%s FILE is missing", r.receipt ? "-o" : "--receipt");
	else if (output_is_terminal(r.output))
		status = no_terminal(diags);
	else
		status = run(&r);
	stack_close(&r.stack);
	past_free(&r.past);
	blob_free(&r.blob);
	free(r.goes);
	free(r.stay);
	free(r.wanted);
	return status;
}

const struct verb verb_remove = {
	.name = "remove",
	.program = "ovl remove",
	.synopsis = "TREE --receipt FILE [--overlay NUMBER|NAME|FILE]... -o FILE",
	.summary = "Take overlays out of a tree again, in any order",
	.options = remove_options,
	.n_options = sizeof(remove_options) / sizeof(remove_options[0]),
	.run = remove_run,
	.more = "The result is what applying the others in their order gives.\n"
		"Exit status: 0 done, 2 wrong command line, 3 malformed input, 4 no such overlay,\n"
		"5 it is in use, or the tree is not the receipt's, 7 a file cannot be read or written.\n",
};
