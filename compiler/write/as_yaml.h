/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* as_yaml.h - the tree as YAML, with the types that the source gave its values. */
#ifndef OVLC_AS_YAML_H
#define OVLC_AS_YAML_H

#include "blob.h"
#include "source.h"
#include "tree.h"

/* needs: a tree that was read from source.  False, with a message, when it was not. */
bool yaml_make(const struct tree *tree, struct sources *sources, struct bytes *out);

#endif
