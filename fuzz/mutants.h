/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* mutants.h - mutants by their numbers, for what compares with other programs: the same number is the same mutant as
 * long as the seeds are the same. */
#ifndef OVL_FUZZ_MUTANTS_H
#define OVL_FUZZ_MUTANTS_H

#include <stddef.h>
#include <stdint.h>

enum { MOST_MUTANT = 32768 };

/* All files of a folder; how many there are. */
size_t mutants_seeds(const char *folder);

/* An input in parts; returns its size. */
size_t mutants_make(unsigned long number, uint8_t input[MOST_MUTANT]);

#endif
