/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* defaults.h - overlays as they are when no parameter is given, for the verbs that only look. */
#ifndef OVL_RESOLVER_DEFAULTS_H
#define OVL_RESOLVER_DEFAULTS_H

#include "load.h"

/* Those that have /__holes__ are replaced by what `ovl apply` makes of them; base stays. */
enum status params_defaults(struct diags *diags, struct blob *base, struct blob *overlays, size_t n);

#endif
