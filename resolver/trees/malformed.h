/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* malformed.h - say what is wrong with a file that is no blob, or with an overlay whatever the
 * base. */
#ifndef OVL_RESOLVER_MALFORMED_H
#define OVL_RESOLVER_MALFORMED_H

#include "load.h"

/* Does the file begin like a blob?  Reports what it looks like when not. */
enum status malformed_start(struct diags *diags, const struct blob *blob, const char *what);

/* Is it source, by its text or its name? */
bool malformed_is_source(const struct blob *blob);

/* Report an error about a blob's bytes, or about storage. */
enum status malformed_blob(struct diags *diags, const struct blob *blob,
			   const struct ovl_error *err);

/* Report an error about what makes a blob an overlay: OVL_ERR_NOT_OVERLAY to OVL_ERR_SYMBOL. */
enum status malformed_overlay(struct diags *diags, const struct blob *blob,
			      const struct ovl_error *err);

/* Check an overlay whatever the base, and report what is wrong with it. */
enum status malformed_check(struct diags *diags, const struct blob *blob);

/* Notes on the fragments that have no `__overlay__`, and on a base given as an overlay. */
void malformed_fragments(struct diags *diags, const struct blob *blob);

/* Say that a blob is a FIT image, and how to take out what is meant. */
void malformed_help_fit(struct diags *diags, const struct blob *blob);

#endif
