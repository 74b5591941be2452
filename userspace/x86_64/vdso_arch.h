/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>
#include <helix/hal/arch/user_cpu.h>

#define VDSO_NAME(function) __vdso_##function
/* The C library's own name, which older programs look for. */
#define VDSO_ALIAS(function)                                                      \
    extern __typeof__(__vdso_##function) function __attribute__((weak, alias("__" \
                                                                             "vdso_" #function)));

#define VDSO_CALL_GETTIMEOFDAY  96
#define VDSO_CALL_CLOCK_GETTIME 228
#define VDSO_CALL_CLOCK_GETRES  229

static inline u64 vdso_count(void)
{
    u32 low, high;
    __asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
    return (u64)high << 32 | low;
}

static inline i64 vdso_call(u64 number, u64 first, u64 second, u64 third)
{
    i64 result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(first), "S"(second), "d"(third)
                     : "rcx", "r11", "memory");
    return result;
}

/* The limit of a segment that differs on each CPU: its number in the low 12 bits, its node above.
 */
static inline i64 vdso_getcpu(u32 *cpu, u32 *node)
{
    u32 limit;
    __asm__ volatile("lsl %1, %0" : "=r"(limit) : "r"(HAL_USER_CPU_SEGMENT) : "cc");
    if (cpu)
        *cpu = limit & 0xfff;
    if (node)
        *node = limit >> 12;
    return 0;
}
