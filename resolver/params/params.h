/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* params.h - values for the parameters of overlays: /__overrides__ made into an ordinary overlay.
 * Done before anything is resolved, so that what comes out means the same to every consumer: values and
 * references are in their places, fragments that are switched off and /__overrides__ are gone. */
#ifndef OVL_RESOLVER_PARAMS_H
#define OVL_RESOLVER_PARAMS_H

#include "load.h"
#include "override.h"

/* One [OVERLAY:]NAME[=VALUE] of a command line; value "true" when there is none. */
struct param {
	char *overlay; /* NULL: whichever has it */
	char *name;
	const char *value;
};

struct params {
	struct param *list;
	size_t n;
	bool only_given;     /* an overlay that none is for, and that has no /__holes__, stays as it is */
	const char *receipt; /* which is to give the base back, so that nothing is set there; or NULL */
	size_t n_past;	     /* overlays that it tells of before these */
};

enum status params_add_word(struct params *params, struct diags *diags, const char *word);
void params_free(struct params *params);

/* Give the values, in order, to n overlays, and to the base (which may be NULL) what no overlay has.  The
 * blobs are replaced by what comes of them; on failure some may have been. */
enum status params_fill(struct diags *diags, const struct params *params, struct blob *base,
			struct blob *overlays, size_t n);

/* param_set.c: set what one target of a parameter says. */
enum status param_set(struct draft *draft, const char *param, const struct override *target,
		      const char *user);

#endif
