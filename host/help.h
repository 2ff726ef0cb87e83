/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* help.h - print the help of a command from its table of options, within 80 columns.
 * packaging/ovl.bash, ovl.zsh and ovl.fish read what is printed of an option: two columns, a letter
 * or none, the long name, and after one space the argument if it takes one. */
#ifndef OVL_HOST_HELP_H
#define OVL_HOST_HELP_H

#include <stddef.h>

/* letter is a character, or 256 and more for an option that has only a long name. */
struct option_row {
	int letter;
	const char *name;
	const char *argument; /* NULL for none */
	const char *help;
};

/* A line for each way to call the program; synopsis has them with " | " between. */
void help_usage(const char *program, const char *synopsis);

void help_option(const struct option_row *row);

/* A name, and from a further column what it is. */
void help_item(const char *name, const char *text);

/* Lines are filled up, but for one that ends with a full stop, as the last one does: what follows begins a new
 * line. */
void help_text(const char *text);

#endif
