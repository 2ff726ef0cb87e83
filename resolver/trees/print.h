/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* print.h - nodes and properties as text.  A blob does not say what its values are: strings, cells
 * or bytes is a guess from the value, so that what is printed as source compiles to the same
 * bytes. */
#ifndef OVL_RESOLVER_PRINT_H
#define OVL_RESOLVER_PRINT_H

#include "load.h"
#include "text.h"

/* A node with all below it, as source; and what stands before the root in a file of source. */
void print_dts(struct text *out, const struct ovl_tree *tree, ovl_node node);
void print_dts_head(struct text *out, const struct blob *blob);

/* {"properties": {NAME: VALUE}, "nodes": {NAME: NODE}}; a VALUE is a list of texts, a list of
 * numbers, or a text of hexadecimal digits; [] when it is empty. */
void print_json(struct text *out, const struct ovl_tree *tree, ovl_node node);
void print_json_value(struct text *out, const struct ovl_prop *prop);
void print_json_line(struct text *out, const struct ovl_prop *prop); /* a VALUE alone */

/* The value of a property as source: nothing when it is empty. */
void print_value(struct text *out, const struct ovl_prop *prop);
bool print_is_cells(const struct ovl_prop *prop);

/* A value alone: strings one a line, or cells or bytes on one. */
void print_plain(struct text *out, const struct ovl_prop *prop);

/* A text between quotes as source or JSON has it, and what stands between them; plain text keeps
 * all but what could steer a terminal. */
enum quoting { AS_PLAIN, AS_SOURCE, AS_JSON };
void print_quoted(struct text *out, struct ovl_str text, enum quoting as);
void print_escaped(struct text *out, struct ovl_str text, enum quoting as);

#endif
