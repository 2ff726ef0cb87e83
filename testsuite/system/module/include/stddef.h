/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* stddef.h - what libovl wants of it, as the kernel has it: modules are built without the compiler's headers. */
#include <linux/types.h>
#include <linux/stddef.h>
