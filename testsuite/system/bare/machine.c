/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* machine.c - four machines that QEMU emulates, with nothing on them: the first instructions, the tree that the
 * machine hands over, a console, and an end.
 * On aarch64 and arm an access that is not aligned traps, as it does on any of these processors while memory has no
 * attributes.  A trap ends the guest with a word about it; elsewhere it falls silent.
 * From: the processors' architecture manuals; QEMU's documentation of `virt` and of the semihosting interface; the
 * Power ISA and the MPC8544E's manual for the last one. */
#include "machine.h"

#include <stdint.h>

void machine(const unsigned char *tree);
void machine_trapped(unsigned long why, unsigned long where);

static _Noreturn void machine_exit(int status);

__asm__(".section .bss.stack, \"aw\", %nobits\n.balign 16\n.space 8192\nstack_top:\n"
	".section .text.first, \"ax\"\n.globl _start\n");

static volatile unsigned char *at(uintptr_t address)
{
	return (volatile unsigned char *)address;
}

/* ---------------------------------------------------------------- aarch64, arm: `virt` */

#if defined(__aarch64__) || defined(__arm__)
#if defined(__aarch64__)
__asm__("_start: adrp x1, vectors\n add x1, x1, :lo12:vectors\n msr vbar_el1, x1\n"
	" mrs x1, sctlr_el1\n orr x1, x1, #2\n msr sctlr_el1, x1\n isb\n"
	" adrp x1, stack_top\n add x1, x1, :lo12:stack_top\n mov sp, x1\n"
	" mov x0, #0x40000000\n bl machine\n"
	"trap: mrs x0, esr_el1\n mrs x1, far_el1\n bl machine_trapped\n"
	" .balign 2048\nvectors: .rept 16\n .balign 128\n b trap\n .endr\n");

static void semihosting(long call, const void *block)
{
	register long x0 __asm__("x0") = call;
	register const void *x1 __asm__("x1") = block;

	__asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
}
#else
__asm__("_start: ldr r1, =vectors\n mcr p15, 0, r1, c12, c0, 0\n"
	" mrc p15, 0, r1, c1, c0, 0\n orr r1, r1, #2\n mcr p15, 0, r1, c1, c0, 0\n isb\n"
	" ldr sp, =stack_top\n mov r0, #0x40000000\n bl machine\n"
	"trap: mrc p15, 0, r0, c5, c0, 0\n mrc p15, 0, r1, c6, c0, 0\n ldr sp, =stack_top\n bl machine_trapped\n"
	" .ltorg\n .balign 32\nvectors: .rept 8\n b trap\n .endr\n");

static void semihosting(long call, const void *block)
{
	register long r0 __asm__("r0") = call;
	register const void *r1 __asm__("r1") = block;

	__asm__ volatile("svc #0x123456" : "+r"(r0) : "r"(r1) : "lr", "memory");
}
#endif

void machine_print(char c)
{
	*at(0x09000000) = (unsigned char)c;
}

static void machine_exit(int status)
{
	const long block[] = { 0x20026, status };       /* the application ended, with that status */

	semihosting(0x20, block);
	for (;;)
		;
}

/* ---------------------------------------------------------------- a console as both others have it */

#else
#if defined(__riscv)
#define CONSOLE 0x10000000
#else
#define CONSOLE 0xe0004500
#endif

void machine_print(char c)
{
	while (!(at(CONSOLE)[5] & 0x20))
		;
	*at(CONSOLE) = (unsigned char)c;
}
#endif

/* ---------------------------------------------------------------- riscv64: `virt`, machine mode */

#if defined(__riscv)
__asm__("_start: la sp, stack_top\n mv a0, a1\n la a1, trap\n csrw mtvec, a1\n call machine\n"
	" .balign 4\ntrap: csrr a0, mcause\n csrr a1, mtval\n call machine_trapped\n");

static void machine_exit(int status)
{
	*(volatile uint32_t *)0x100000 = status ? (uint32_t)status << 16 | 0x3333 : 0x5555;
	for (;;)
		;
}

/* ---------------------------------------------------------------- powerpc: mpc8544ds */

#elif defined(__powerpc__)
/* QEMU maps the first memory, not the devices: a page of 1 MiB for these. */
__asm__("_start: lis 10, 0x1001\n mtspr 624, 10\n"
	" lis 10, 0xc000\n ori 10, 10, 0x500\n mtspr 625, 10\n"
	" lis 10, 0xe000\n ori 10, 10, 0xa\n mtspr 626, 10\n"
	" lis 10, 0xe000\n ori 10, 10, 0x5\n mtspr 627, 10\n"
	" li 10, 0\n mtspr 944, 10\n .machine push\n .machine e500\n tlbwe\n .machine pop\n isync\n"
	" lis 1, stack_top@ha\n addi 1, 1, stack_top@l-64\n bl machine\n");

/* A reset, which QEMU takes for the end: there is no status. */
static void machine_exit(int status)
{
	(void)status;
	*(volatile uint32_t *)0xe00e00b0 = 2;
	for (;;)
		;
}
#endif

void machine(const unsigned char *tree)
{
	machine_exit(guest(tree));
}

void machine_trapped(unsigned long why, unsigned long where)
{
	guest_trapped(why, where);
	machine_exit(2);
}
