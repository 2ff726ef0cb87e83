/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* decompile.c - a whole tree as source that compiles to the same blob.
 * What a compiler makes of a source by itself (fragments, fixups, symbols, phandles) is left out as far as
 * it would come back the same.  Whether it would is not reasoned out but tried: a form counts when compiling
 * it gives the bytes of this tree's blob. */
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "dts.h"

/* *boot_cpu is what the compiler takes for it, which no source can say. */
static bool gives(const struct options *o, const struct tree *tree, const struct bytes *text,
		  const struct bytes *wanted, uint32_t *boot_cpu)
{
	struct diags silent = { .program = "", .quiet = DIAG_SILENT };
	struct file_bytes copy = { .bytes = calloc(1, text->len + 2), .len = text->len };
	struct bytes blob = { 0 };
	struct sources sources;
	struct pool pool;
	struct tree again;
	bool same = false;

	if (!copy.bytes)
		diag_no_memory(NULL);
	memcpy(copy.bytes, text->at, text->len);

	pool_init(&pool, &silent);
	sources_init(&sources, &silent, &pool);
	tree_init(&again, &pool);
	if (compile_source(o, &sources, &again, source_from(&sources, "", copy)) == DONE) {
		*boot_cpu = again.boot_cpu;
		again.boot_cpu = tree->boot_cpu;
		same = blob_make(&again, &o->blob, &silent, &blob) && blob.len == wanted->len &&
		       memcmp(blob.at, wanted->at, blob.len) == 0;
	}
	free(blob.at);
	sources_free(&sources);
	pool_free(&pool);
	return same;
}

/* The shortest form first; the last one says everything that source can say. */
static bool write_shortest(const struct options *o, struct sources *sources, struct tree *tree,
			   struct bytes *out)
{
	struct dts_form forms[] = {
		{ .fragments = true, .no_fixups = tree->plugin, .no_symbols = o->symbols,
		  .no_phandles = true },
		{ .fragments = true, .no_fixups = tree->plugin, .no_phandles = true },
		{ .fragments = true, .no_fixups = tree->plugin },
		{ 0 },
	};
	const size_t n = sizeof(forms) / sizeof(forms[0]);
	struct bytes wanted = { 0 };
	uint32_t boot_cpu = tree->boot_cpu;
	size_t i = 0;

	if (!blob_make(tree, &o->blob, sources->diags, &wanted))
		return false;
	for (;; i++) {
		forms[i].annotate = o->annotate;
		dts_make(tree, sources, &forms[i], out);
		if (gives(o, tree, out, &wanted, &boot_cpu))
			break;
		if (i == n - 1) {
			diag_warning(sources->diags, NULL, MSG_NOT_THE_SAME);
			break;
		}
	}
	if (boot_cpu != tree->boot_cpu) {
		diag_warning(sources->diags, NULL, MSG_BOOT_CPU, tree->boot_cpu);
		diag_help(sources->diags, NULL, "compile it with -b %u", tree->boot_cpu);
	}
	free(wanted.at);
	return true;
}

bool decompile(const struct options *o, struct sources *sources, struct tree *tree, struct bytes *out)
{
	struct dts_form as_dtc = { .as_dtc = true, .annotate = o->annotate };

	if (sources->diags->style == DIAG_OWN)
		return write_shortest(o, sources, tree, out);
	dts_make(tree, sources, &as_dtc, out);
	return true;
}
