/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stdbool.h>
#include <sys/auxv.h>

#define MACHINE_PLATFORM "aarch64"

#define CLEAN_DEEPER   (1ul << 0)
#define ROUND_TO_INT   (1ul << 8)
#define RANDOM_NUMBERS (1ul << 16)

/* What is promised can be executed. */
static inline bool machine_is(unsigned long capabilities, unsigned long more)
{
    unsigned long word = 0;
    double real = 1.5;
    if (capabilities & HWCAP_ATOMICS)
        __asm__ volatile(".arch armv8.1-a\nldadd %1, %1, [%0]" : : "r"(&word), "r"(1ul) : "memory");
    if (capabilities & HWCAP_CRC32)
        __asm__ volatile(".arch armv8.1-a\ncrc32x %w0, %w0, %0" : "+r"(word));
    if (capabilities & HWCAP_DCPOP)
        __asm__ volatile(".arch armv8.2-a\ndc cvap, %0" : : "r"(&word) : "memory");
    if (more & CLEAN_DEEPER)
        __asm__ volatile(".arch armv8.5-a\ndc cvadp, %0" : : "r"(&word) : "memory");
    if (more & ROUND_TO_INT)
        __asm__ volatile(".arch armv8.5-a\nfrint32z %d0, %d0" : "+w"(real));
    if (more & RANDOM_NUMBERS)
        __asm__ volatile("mrs %0, s3_3_c2_c4_0" : "=r"(word) : : "cc");
    return (capabilities & HWCAP_FP) && (capabilities & HWCAP_ASIMD);
}
