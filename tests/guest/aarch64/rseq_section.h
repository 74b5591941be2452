/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stdint.h>

/*
 * One restartable sequence: unless the thread is not on CPU @cpu, add 1 to *@counter, @turns of a
 * loop after it was read. 0: done; 1: it was aborted, or the CPU is another. The signature in front
 * of the abort address is @SECTION_SIGNATURE.
 */
#define SECTION_SIGNATURE 0x53053053u
#define LIBRARY_SIGNATURE 0xd428bc00u // of the C library

static inline int section_add(volatile void *area, uint32_t cpu, volatile long *counter, long turns)
{
    __asm__ goto(".pushsection .data.rseq, \"aw\"\n"
                 ".balign 32\n"
                 "3: .long 0, 0\n"
                 ".quad 1f, 2f - 1f, 4f\n"
                 ".popsection\n"
                 "adrp x9, 3b\n"
                 "add x9, x9, :lo12:3b\n"
                 "str x9, [%0, #8]\n"
                 "1: ldr w9, [%0, #4]\n"
                 "cmp w9, %w1\n"
                 "b.ne 4f\n"
                 "ldr x9, [%2]\n"
                 "add x9, x9, #1\n"
                 "mov x10, %3\n"
                 "5: subs x10, x10, #1\n"
                 "b.pl 5b\n"
                 "str x9, [%2]\n"
                 "2: b 6f\n"
                 ".long 0x53053053\n"
                 "4: b %l[aborted]\n"
                 "6:\n"
                 :
                 : "r"(area), "r"(cpu), "r"(counter), "r"(turns)
                 : "x9", "x10", "memory", "cc"
                 : aborted);
    return 0;
aborted:
    return 1;
}
