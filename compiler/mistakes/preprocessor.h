/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* preprocessor.h - what the C preprocessor says. */
#ifndef OVLC_PREPROCESSOR_H
#define OVLC_PREPROCESSOR_H

#include "source.h"

/* Report what it printed on its standard error; false when there is no error in that. */
bool preprocessor_says(struct sources *sources, const char *text, size_t len);

#endif
