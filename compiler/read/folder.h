/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* folder.h - a folder as input, as /proc/device-tree is one. */
#ifndef OVLC_FOLDER_H
#define OVLC_FOLDER_H

#include "diag.h"
#include "tree.h"

bool folder_is(const char *path);

/* Every folder below path becomes a node, every file a property, in the order of their names.
 * False when an error was reported. */
bool folder_read(struct tree *tree, struct diags *diags, const char *path);

#endif
