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
#define LIBRARY_SIGNATURE 0xf1401073u // of the C library

static inline int section_add(volatile void *area, uint32_t cpu, volatile long *counter, long turns)
{
    __asm__ goto(".pushsection .data.rseq, \"aw\"\n"
                 ".balign 32\n"
                 "3: .long 0, 0\n"
                 ".quad 1f, 2f - 1f, 4f\n"
                 ".popsection\n"
                 "la t0, 3b\n"
                 "sd t0, 8(%0)\n"
                 "1: lw t0, 4(%0)\n"
                 "sext.w t1, %1\n"
                 "bne t0, t1, 4f\n"
                 "ld t0, 0(%2)\n"
                 "addi t0, t0, 1\n"
                 "mv t1, %3\n"
                 "5: addi t1, t1, -1\n"
                 "bgez t1, 5b\n"
                 "sd t0, 0(%2)\n"
                 "2: j 6f\n"
                 ".balign 4\n"
                 ".long 0x53053053\n"
                 "4: j %l[aborted]\n"
                 "6:\n"
                 :
                 : "r"(area), "r"(cpu), "r"(counter), "r"(turns)
                 : "t0", "t1", "memory"
                 : aborted);
    return 0;
aborted:
    return 1;
}
