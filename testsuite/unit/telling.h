/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* telling.h - text that a test writes piece by piece, of what it was told or for a sketch; and errors in it.
 * One that is full takes no more, and so is not what was expected.  Relies on errors.inc, made from include/ovl.h. */
#ifndef TELLING_H
#define TELLING_H

#include <stdarg.h>
#include <stdio.h>

#include "ovl.h"

struct telling {
	size_t n;
	char text[1 << 18];
};

/* The names of enum ovl_err, without what they have in common. */
static const char *const error_names[] = {
#include "errors.inc"
};

static inline void tell_anew(struct telling *t)
{
	t->n = 0;
	t->text[0] = 0;
}

__attribute__((format(printf, 2, 3))) static inline const char *tell(struct telling *t, const char *format, ...)
{
	size_t room = sizeof(t->text) - t->n, more;
	va_list args;

	va_start(args, format);
	more = (size_t)vsnprintf(t->text + t->n, room, format, args);
	va_end(args);
	t->n += more < room ? more : room - 1;
	return t->text;
}

static inline void tell_str(struct telling *t, const char *what, struct ovl_str str)
{
	if (str.len)
		tell(t, " %s%.*s", what, (int)str.len, str.ptr);
}

/* What an error names. */
static inline void tell_names(struct telling *t, const struct ovl_error *err)
{
	if (err->number)
		tell(t, " #%u", err->number);
	if (err->why)
		tell(t, " for %s", error_names[err->why]);
	tell_str(t, "f:", err->fragment);
	tell_str(t, "n:", err->node);
	tell_str(t, "p:", err->prop);
	tell_str(t, "l:", err->label);
	tell_str(t, "t:", err->path);
}

#endif
