/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

#define VDSO_NAME(function) __kernel_##function
#define VDSO_ALIAS(function)

#define VDSO_CALL_CLOCK_GETTIME 113
#define VDSO_CALL_CLOCK_GETRES  114
#define VDSO_CALL_GETCPU        168
#define VDSO_CALL_GETTIMEOFDAY  169

/*
 * The barrier keeps the counter behind what stands before it. Nothing orders it with what follows
 * but a load whose address needs it, which the acquire fence behind then holds back the others for.
 */
static inline u64 vdso_count(void)
{
    u64 count, needed;
    __asm__ volatile("isb\n\t"
                     "mrs %0, cntvct_el0\n\t"
                     "eor %1, %0, %0\n\t"
                     "add %1, sp, %1\n\t"
                     "ldr xzr, [%1]"
                     : "=r"(count), "=&r"(needed)
                     :
                     : "memory");
    return count;
}

static inline i64 vdso_call(u64 number, u64 first, u64 second, u64 third)
{
    register u64 x8 __asm__("x8") = number;
    register u64 x0 __asm__("x0") = first;
    register u64 x1 __asm__("x1") = second;
    register u64 x2 __asm__("x2") = third;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return (i64)x0;
}

/* No register that programs can read tells the CPU. */
static inline i64 vdso_getcpu(u32 *cpu, u32 *node)
{
    return vdso_call(VDSO_CALL_GETCPU, (u64)cpu, (u64)node, 0);
}
