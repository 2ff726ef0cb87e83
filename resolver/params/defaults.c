/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* defaults.c - overlays as they are when no parameter is given, see defaults.h. */
#include "defaults.h"

#include "params.h"

enum status params_defaults(struct diags *diags, struct blob *base, struct blob *overlays, size_t n)
{
	const struct params none = { .only_given = true };
	bool any = false;
	enum status status;

	for (size_t i = 0; i < n && !any; i++)
		any = blob_has(&overlays[i], "__holes__");
	status = any ? params_fill(diags, &none, base, overlays, n) : DONE;
	if (status == USAGE)
		diag_help(diags, NULL, "'ovl fill' makes an overlay with values of it");
	return status;
}
