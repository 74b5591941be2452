/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

#define VDSO_NAME(function) __vdso_##function
#define VDSO_ALIAS(function)

#define VDSO_CALL_CLOCK_GETTIME 113
#define VDSO_CALL_CLOCK_GETRES  114
#define VDSO_CALL_GETCPU        168
#define VDSO_CALL_GETTIMEOFDAY  169

/* Reading the counter counts as input from a device. */
static inline u64 vdso_count(void)
{
    u64 count;
    __asm__ volatile("fence r, i\n\t"
                     "rdtime %0\n\t"
                     "fence i, r"
                     : "=r"(count)
                     :
                     : "memory");
    return count;
}

static inline i64 vdso_call(u64 number, u64 first, u64 second, u64 third)
{
    register u64 a7 __asm__("a7") = number;
    register u64 a0 __asm__("a0") = first;
    register u64 a1 __asm__("a1") = second;
    register u64 a2 __asm__("a2") = third;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
    return (i64)a0;
}

/* No register that programs can read tells the CPU. */
static inline i64 vdso_getcpu(u32 *cpu, u32 *node)
{
    return vdso_call(VDSO_CALL_GETCPU, (u64)cpu, (u64)node, 0);
}
