/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* start.c - the machine around loader.c: where its blobs are, a stack, and two system calls of Linux, so
 * that it runs as a program without a libc, natively or under qemu's user mode.
 * In: base.dtb, first.dtbo, second.dtbo, seed.dtb, guest.dtb and fragment.dtb on the assembler's include path.  Out:
 * both results on stdout, the bytes of stack that were used on stderr; the exit status is what loader() returned.
 * The stack is filled with a pattern: how much of that is gone afterwards is what the calls took. */
#include <stddef.h>

enum { STACK = 8192, PATTERN = 0xa5 };

extern unsigned char loader_out[], loader_moved[];
extern size_t loader_out_len, loader_moved_len;
extern const unsigned char machine_stack[];

int loader(void);
void machine(void);

#define BLOB(name, file) \
	".globl " name ", " name "_end\n" name ": .incbin \"" file "\"\n" name "_end:\n"

__asm__(".section .rodata.blobs, \"a\"\n"
	BLOB("loader_base", "base.dtb") BLOB("loader_first", "first.dtbo") BLOB("loader_second", "second.dtbo")
	BLOB("loader_seed", "seed.dtb") BLOB("loader_guest", "guest.dtb") BLOB("loader_fragment", "fragment.dtb")
	".data\n.balign 16\n.globl machine_stack\nmachine_stack: .fill 8192, 1, 0xa5\nstack_top:\n"
	".text\n.balign 4\n.globl _start\n");

#if defined(__x86_64__)
__asm__("_start: lea stack_top(%rip), %rsp\n call machine\n");
enum { SYS_WRITE = 1, SYS_EXIT = 60 };
#elif defined(__aarch64__)
__asm__("_start: adrp x0, stack_top\n add x0, x0, :lo12:stack_top\n mov sp, x0\n bl machine\n");
enum { SYS_WRITE = 64, SYS_EXIT = 93 };
#elif defined(__riscv)
/* The linker shortens addresses by gp, so it must be set, without itself being shortened. */
__asm__("_start:\n.option push\n.option norelax\n la gp, __global_pointer$\n.option pop\n"
	" la sp, stack_top\n call machine\n");
enum { SYS_WRITE = 64, SYS_EXIT = 93 };
#elif defined(__arm__)
__asm__(".type _start, %function\n_start: ldr r0, =stack_top\n mov sp, r0\n bl machine\n.ltorg\n");
enum { SYS_WRITE = 4, SYS_EXIT = 1 };
#else
#error "no way to start on this machine"
#endif

static long system_call(long number, long a, long b, long c)
{
#if defined(__x86_64__)
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
#elif defined(__riscv)
	register long a7 __asm__("a7") = number, a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
	return a0;
#else
	register long r7 __asm__("r7") = number, r0 __asm__("r0") = a, r1 __asm__("r1") = b, r2 __asm__("r2") = c;

	__asm__ volatile("svc 0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
	return r0;
#endif
}

static int write_all(int file, const void *bytes, size_t len)
{
	const char *at = bytes;
	long done;

	for (; len; at += done, len -= (size_t)done) {
		done = system_call(SYS_WRITE, file, (long)at, (long)len);
		if (done <= 0)
			return 0;
	}
	return 1;
}

/* Four digits are enough for the stack, and dividing may need a routine of the compiler's library. */
static void write_number(unsigned int n)
{
	static const unsigned int unit[] = { 1000, 100, 10, 1 };
	char digits[] = "0000\n";
	size_t i;

	for (i = 0; i < 4; i++)
		for (; n >= unit[i]; n -= unit[i])
			digits[i]++;
	write_all(2, digits, 5);
}

void machine(void)
{
	int code = loader();
	unsigned int left = 0;

	while (left < STACK && machine_stack[left] == PATTERN)
		left++;
	if (!code && (!write_all(1, loader_out, loader_out_len) || !write_all(1, loader_moved, loader_moved_len)))
		code = 255;
	write_number(STACK - left);
	system_call(SYS_EXIT, code, 0, 0);
	for (;;)
		;
}
