/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* diff.c - ovl diff: what is different in two blobs, a line each, or as an overlay.
 * The list of what differs in their trees is made by compare.c, written by lines.c, and made into
 * an overlay by express.c. */
#include <inttypes.h>
#include <string.h>

#include "express.h"
#include "fit.h"
#include "lines.h"
#include "tags.h"

enum { OPT_MODULO = 256, OPT_DELETIONS };

static const struct option_row diff_options[] = {
	{ OPT_MODULO, "modulo", "WHAT,...",
	  "let phandle (numbers) or order (of nodes, of properties) differ" },
	{ 'o', "output", "FILE",
	  "write an overlay to FILE that makes B of A (- for standard output)" },
	{ OPT_DELETIONS, "deletions", NULL,
	  "with -o: let it delete, as only ovl apply and libovl understand" },
};

struct diff {
	struct diags *diags;
	unsigned int modulo;
	const char *output;
	bool deletions;
	struct blob a, b;
	struct stack stack_a, stack_b;
	struct comparison list;
	struct text out;
};

/* ---------------------------------------------------------------- beside the tree */

/* libovl has proven that they end (DTSpec 5.3). */
static const unsigned char *reservations(const struct blob *blob)
{
	return blob->file.bytes + be32(blob->file.bytes + 16);
}

static bool is_end(const unsigned char *entry)
{
	return !be64(entry) && !be64(entry + 8);
}

static void add_reservation(struct diff *d, char sign, const unsigned char *entry)
{
	text_add(&d->out, "%c /memreserve/ 0x%" PRIx64 " 0x%" PRIx64 "\n", sign, be64(entry),
		 be64(entry + 8));
}

/* Entry by entry, as they stand. */
static void compare_reservations(struct diff *d)
{
	const unsigned char *a = reservations(&d->a), *b = reservations(&d->b);

	while (!is_end(a) || !is_end(b)) {
		bool same = memcmp(a, b, 16) == 0;

		if (!same && !is_end(a))
			add_reservation(d, '-', a);
		if (!same && !is_end(b))
			add_reservation(d, '+', b);
		a += is_end(a) ? 0 : 16;
		b += is_end(b) ? 0 : 16;
	}
}

static void compare_boot_cpu(struct diff *d)
{
	uint32_t a = be32(d->a.file.bytes + 28), b = be32(d->b.file.bytes + 28);

	if (a != b)
		text_add(&d->out, "~ /boot-cpu/ 0x%" PRIx32 " -> 0x%" PRIx32 "\n", a, b);
}

static enum status print_all(struct diff *d)
{
	enum status status;

	compare_reservations(d);
	compare_boot_cpu(d);
	for (size_t i = 0; i < d->list.n; i++)
		lines_add(&d->out, &d->list, &d->list.list[i], true);
	if (!d->out.len)
		return DONE;
	status = write_output(d->diags, "-", d->out.at, d->out.len);
	return status ? status : DIFFERS;
}

/* ---------------------------------------------------------------- an overlay */

/* That A takes it is tried.  Cells that count cells may change in B, and then must in A. */
static enum status try_overlay(struct diff *d, const struct blob *overlay)
{
	struct ovl_apply_options options = { 0 };
	struct fit fit = { .diags = d->diags,
			   .tree = &d->stack_a.tree,
			   .base = &d->a,
			   .overlays = overlay,
			   .options = &options };
	struct diag_place at = { .file = d->b.name };
	struct ovl_error err;
	enum ovl_err code = stack_apply(&d->stack_a, overlay, &options, &err);

	if (code == OVL_ERR_CELLS) {
		d->diags->last_hidden = false;
		diag_note(d->diags, &at,
			  "#address-cells, #size-cells or #interrupt-cells change: "
			  "ovl apply takes the overlay with --allow-cells");
		options.flags = OVL_ALLOW_CELLS;
		code = stack_apply(&d->stack_a, overlay, &options, &err);
	}
	return code ? fit_explain(&fit, &err) : DONE;
}

static enum status write_overlay(struct diff *d)
{
	struct diag_place at = { .file = d->b.name };
	struct blob overlay = { .name = "the overlay" };
	enum status status = express(&d->list, &d->a, &d->b, d->deletions, &overlay.file);

	compare_reservations(d);
	compare_boot_cpu(d);
	if (!status && d->out.len) {
		d->diags->last_hidden = false;
		diag_note(d->diags, &at,
			  "what it says beside its tree differs, too, and stays as in %s",
			  d->a.name);
	}
	if (!status)
		status = try_overlay(d, &overlay);
	if (!status)
		status = write_output(d->diags, d->output, overlay.file.bytes, overlay.file.len);
	blob_free(&overlay);
	return status;
}

/* ---------------------------------------------------------------- all of it */

static enum status diff(struct diff *d, const char *a, const char *b)
{
	enum status status = blob_read(d->diags, a, "blob", &d->a);

	if (!status)
		status = blob_read(d->diags, b, "blob", &d->b);
	if (!status)
		status = stack_open(&d->stack_a, d->diags, &d->a);
	if (!status)
		status = stack_open(&d->stack_b, d->diags, &d->b);
	if (!status) {
		compare_trees(&d->list, d->diags, &d->stack_a.tree, &d->stack_b.tree, d->modulo);
		status = d->output ? write_overlay(d) : print_all(d);
	}
	text_free(&d->out);
	compare_free(&d->list);
	stack_close(&d->stack_a);
	stack_close(&d->stack_b);
	blob_free(&d->a);
	blob_free(&d->b);
	return status;
}

/* One or more words with a comma between them. */
static bool take_modulo(struct diff *d, const char *words)
{
	static const struct {
		const char *word;
		unsigned int modulo;
	} known[] = { { "phandle", MODULO_PHANDLE }, { "order", MODULO_ORDER } };

	for (;; words++) {
		size_t len = strcspn(words, ","), i = 0;

		while (i < 2 &&
		       (strlen(known[i].word) != len || memcmp(known[i].word, words, len) != 0))
			i++;
		if (i == 2)
			return false;
		d->modulo |= known[i].modulo;
		words += len;
		if (!*words)
			return true;
	}
}

static const char *wrong_options(const struct diff *d, int n_operands)
{
	if (n_operands != 2)
		return n_operands < 2 ? "two blobs are needed" : "more than two blobs are given";
	if (d->deletions && !d->output)
		return "--deletions is for -o FILE";
	if (d->modulo && d->output)
		return "an overlay says neither numbers nor order: --modulo is not for -o";
	return NULL;
}

static enum status diff_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct diff d = { .diags = diags };
	const char *wrong;
	struct options o;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	while ((letter = options_next(&o)) >= 0)
		if (letter == 'o')
			d.output = optarg;
		else if (letter == OPT_DELETIONS)
			d.deletions = true;
		else if (!take_modulo(&d, optarg))
			return usage_error(diags, "--modulo takes phandle, order or phandle,order");
	if (letter != OPTIONS_END)
		return letter == OPTIONS_HELPED ? DONE : USAGE;
	wrong = wrong_options(&d, argc - optind);
	if (wrong)
		return usage_error(diags, "%s", wrong);
	if (output_is_terminal(d.output))
		return no_terminal(diags);
	if (d.output)
		d.modulo = MODULO_PHANDLE | MODULO_ORDER;
	return diff(&d, argv[optind], argv[optind + 1]);
}

const struct verb verb_diff = {
	.name = "diff",
	.program = "ovl diff",
	.synopsis = "A B [OPTION]...",
	.summary = "Compare two blobs as trees, or write the overlay that makes one of the other",
	.options = diff_options,
	.n_options = sizeof(diff_options) / sizeof(diff_options[0]),
	.run = diff_run,
	.more = "A difference is one line: - what only A has, + what only B has, ~ old and new\n"
		"value of a property, % what stands in another order.  References are compared by\n"
		"the node they lead to.\n"
		"Exit status: 0 equal, 1 different, 2 wrong command line, 3 malformed blob, 7 a file\n"
		"cannot be read; with -o: 0 written, 5 an overlay cannot say it, 6 beyond a limit.\n",
};
