/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* symbols.h - the labels that --symbol and --symbols give beside the base's own. */
#ifndef OVL_RESOLVER_SYMBOLS_H
#define OVL_RESOLVER_SYMBOLS_H

#include "load.h"

struct symbols {
	struct ovl_symbol *list;
	size_t n, room;
	struct file_bytes *files; /* that the list's texts lie in */
	size_t n_files;
};

/* One L=PATH of the command line, which must stay. */
enum status symbols_add_word(struct symbols *symbols, struct diags *diags, const char *word);

/* A file of lines `label = /path` (# begins a comment), or a blob whose /__symbols__ is taken. */
enum status symbols_add_file(struct symbols *symbols, struct diags *diags, const char *path);

/* What a property of /__symbols__ says.  The path is empty when it is not one absolute path; false
 * for the node's own phandle. */
bool symbols_read(struct ovl_symbol *symbol, const struct ovl_prop *prop);

void symbols_free(struct symbols *symbols);

#endif
