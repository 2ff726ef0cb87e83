/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* words.h - what words were meant to be. */
#ifndef OVLC_WORDS_H
#define OVLC_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* The directive that a word comes nearest to, whatever its slashes, capitals and underscores; or NULL. */
const char *directive_near(const char *text, size_t len);

/* The same for the first word of a preprocessor's line. */
const char *cpp_line_near(const char *text, size_t len);

/* Whether a word looks like the name of a macro: capitals. */
bool is_macro(const char *text, size_t len);

#endif
