/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stdint.h>

/* The time-stamp counter; under the emulator's count a tick is an instruction, and a nanosecond. */
__asm__(".globl bench_entry\n"
        "bench_entry:\n"
        "    rdtsc\n"
        "    shl $32, %rdx\n"
        "    or %rdx, %rax\n"
        "    mov %rax, bench_first_raw(%rip)\n"
        "    xor %edx, %edx\n"
        "    jmp _start\n");

static inline uint64_t clock_ticks(uint64_t raw)
{
    return raw;
}

static inline uint64_t clock_raw(void)
{
    uint32_t low, high;
    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}
