/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stdint.h>

/* The virtual counter, made into nanoseconds: 16 at a time on the emulator's machine. */
__asm__(".globl bench_entry\n"
        "bench_entry:\n"
        "    mrs x1, cntvct_el0\n"
        "    adrp x2, bench_first_raw\n"
        "    str x1, [x2, :lo12:bench_first_raw]\n"
        "    b _start\n");

static inline uint64_t clock_ticks(uint64_t raw)
{
    uint64_t per_second;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(per_second));
    return (uint64_t)((unsigned __int128)raw * 1000000000u / per_second);
}

static inline uint64_t clock_raw(void)
{
    uint64_t raw;
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(raw)::"memory");
    return raw;
}
