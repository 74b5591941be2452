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
#define LIBRARY_SIGNATURE 0x53053053u // of the C library

static inline int section_add(volatile void *area, uint32_t cpu, volatile long *counter, long turns)
{
    __asm__ goto(".pushsection .data.rseq, \"aw\"\n"
                 ".balign 32\n"
                 "3: .long 0, 0\n"
                 ".quad 1f, 2f - 1f, 4f\n"
                 ".popsection\n"
                 "leaq 3b(%%rip), %%rax\n"
                 "movq %%rax, 8(%0)\n"
                 "1: cmpl %1, 4(%0)\n"
                 "jne 4f\n"
                 "movq (%2), %%rax\n"
                 "incq %%rax\n"
                 "movq %3, %%rcx\n"
                 "5: decq %%rcx\n"
                 "jns 5b\n"
                 "movq %%rax, (%2)\n"
                 "2:\n"
                 ".pushsection .text.rseq_abort, \"ax\"\n"
                 ".long 0x53053053\n"
                 "4: jmp %l[aborted]\n"
                 ".popsection\n"
                 :
                 : "r"(area), "r"(cpu), "r"(counter), "r"(turns)
                 : "rax", "rcx", "memory", "cc"
                 : aborted);
    return 0;
aborted:
    return 1;
}
