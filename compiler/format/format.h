/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* format.h - a source laid out as the kernel wants it, for ovlc --format. */
#ifndef OVLC_FORMAT_H
#define OVLC_FORMAT_H

#include "options.h"

/* Write the formatted input, or with --check tell where it is not formatted.  Returns the exit status. */
int format_run(const struct options *options, struct sources *sources);

#endif
