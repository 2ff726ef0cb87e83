/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* text.h - text that grows.  Without memory for it the process ends: a text that lacks a part would
 * be printed, written or looked up like any other. */
#ifndef OVL_RESOLVER_TEXT_H
#define OVL_RESOLVER_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "ovl.h"

struct text {
	char *at; /* NUL-terminated, or NULL while empty */
	size_t len, room;
};

void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_args(struct text *text, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
void text_put(struct text *text, const void *bytes, size_t len);
void text_cell(struct text *text, uint32_t cell); /* big-endian */
void text_str(struct text *text, struct ovl_str part);

/* A slice for "%.*s"; one that does not apply is empty, and has no text. */
#define STR(s) (int)(s).len, text_at(s)
static inline const char *text_at(struct ovl_str part)
{
	return part.ptr ? part.ptr : "";
}
void text_path(struct text *text, const struct ovl_tree *tree, ovl_node node);
/* Where a reference leads; of one that cannot be read, what does not say how many cells an entry has; or nothing. */
void text_ref(struct text *text, const struct ovl_ref *r);
void text_cut(struct text *text, size_t len);
void text_free(struct text *text);

/* The text, never NULL. */
const char *text_of(const struct text *text);

#endif
