/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* fuzz.h - what every fuzz target is made with.
 * A target is one file of targets/ with one function, fuzz_target(), that gets an input in parts.  input.c makes
 * of it what libFuzzer, AFL++ (main.c) and the replayer (main.c too) call.  What must hold is said with EXPECT();
 * that no part of an input was changed is seen to by input.c. */
#ifndef OVL_FUZZ_H
#define OVL_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovl.h"

/* An input is a number of parts, each behind its length in two bytes, big-endian; a length beyond the end means
 * the end.  The first part is the choices; what the others are each target says.  Each is a block of its own, so
 * that a byte too far is seen; one that the input has not is empty. */
enum { FUZZ_PARTS = 6 };

struct part {
	unsigned char *bytes;
	size_t len;
};

struct input {
	struct part choices, parts[FUZZ_PARTS];
	size_t n_chosen;
};

void fuzz_target(struct input *input);

/* For one that has something to prepare; called once, before all else. */
void fuzz_start(void);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A number below n, which the next of the choices makes; 0 when there are no more. */
unsigned int choose(struct input *input, unsigned int n);

_Noreturn void fuzz_fail(const char *file, int line, const char *what);
#define EXPECT(holds) ((holds) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #holds))

/* ---------------------------------------------------------------- oracle.c */

/* Room for one tree: its storage and its flattened form. */
enum { ROOM = 1 << 20 };

struct image {
	unsigned char bytes[ROOM];
	size_t len;
};

/* What the flattened tree is; nothing when that does not fit. */
bool write_tree(struct ovl_tree *tree, struct image *out);
bool same_bytes(const struct image *a, const struct image *b);

/* A base and overlays in their order, on a fresh tree in storage of ROOM bytes, flattened; *err, unless it is NULL,
 * says which could not be opened or applied. */
bool apply_all(const struct part *base, const struct part *const *overlays, size_t n,
	       const struct ovl_apply_options *options, uint32_t *storage, struct image *out, struct ovl_error *err);

/* Whether a call that was given plenty of storage may say this: then nothing can be concluded. */
bool is_limit(enum ovl_err code);

/* A blob that we wrote: whole for libfdt and for us. */
void expect_valid(const unsigned char *blob, size_t len);

/* What references are found in a tree: they lie in their values and lead where they say. */
void expect_refs(const struct ovl_tree *tree, const struct ovl_tree *context, size_t len);

#endif
