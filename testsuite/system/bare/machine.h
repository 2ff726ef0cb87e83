/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* machine.h - what guest.c has of the machine that it runs on (machine.c), and what that has of it. */
#ifndef MACHINE_H
#define MACHINE_H

/* One character to the console. */
void machine_print(char c);

/* The guest's work, on the tree that the machine handed over; what it returns is the machine's exit status. */
int guest(const unsigned char *tree);

/* Where a trap ends: two registers that say what it was. */
void guest_trapped(unsigned long why, unsigned long where);

#endif
