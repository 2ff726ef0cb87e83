/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* mutant.h - ask whether a mutant is the one that is tried, and note that its place was reached.
 * What mutate.py weaves into libovl calls this; see mutant.c. */
#ifndef MUTANT_H
#define MUTANT_H

extern unsigned int mutant_chosen;
extern unsigned char *mutant_reached;
extern unsigned long mutant_steps;      /* as many as may still be taken */
void mutant_out_of_steps(void);

static inline int mutant(unsigned int number)
{
	mutant_reached[number] = 1;
	if (mutant_steps-- == 0)
		mutant_out_of_steps();
	return number == mutant_chosen;
}

#endif
