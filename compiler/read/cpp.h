/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* cpp.h - run the system's C preprocessor where a source needs it. */
#ifndef OVLC_CPP_H
#define OVLC_CPP_H

#include "options.h"

/* The source to read: the one given, or what the preprocessor made of it.  NULL after an error. */
struct source *cpp_run(const struct options *o, struct sources *sources, struct source *source);

#endif
