/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* list.c - ovl list: which overlays a receipt tells of, a line for each.
 * What is in a receipt: include/ovl.h. */
#include "print.h"
#include "receipt.h"
#include "text.h"

static enum status list_run(const struct verb *verb, struct diags *diags, int argc, char **argv)
{
	struct past past = { .n = 0 };
	struct text out = { 0 };
	enum status status;
	struct options o;
	int letter;

	options_start(&o, verb, diags, argc, argv);
	letter = options_next(&o);
	if (letter == OPTIONS_HELPED)
		return DONE;
	if (letter == OPTIONS_WRONG)
		return USAGE;
	if (argc - optind != 1)
		return usage_error(diags, argc > optind ? "more than one receipt" : "no receipt is given");
	status = past_read(&past, diags, argv[optind]);
	for (size_t i = 0; i < past.n && !status; i++) {
		text_add(&out, "%zu\t", i + 1);
		print_escaped(&out, ovl_str(past.overlays[i].name), AS_PLAIN);
		text_add(&out, "\t%zu bytes\n", past.overlays[i].file.len);
	}
	if (!status)
		status = write_output(diags, "-", text_of(&out), out.len);
	text_free(&out);
	past_free(&past);
	return status;
}

const struct verb verb_list = {
	.name = "list",
	.program = "ovl list",
	.synopsis = "RECEIPT",
	.summary = "Say which overlays a receipt tells of, in the order they were applied",
	.run = list_run,
	.more = "Each line: number, name, bytes.  Exit status: 0 done, 2 wrong command line, 3 it is no receipt,\n"
		"7 it cannot be read.\n",
};
