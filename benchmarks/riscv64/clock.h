/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stdint.h>

/* The time counter, which runs at 10 MHz on the emulator's machine, made into nanoseconds. */
__asm__(".option push\n.option norelax\n" // gp is not set yet
        ".globl bench_entry\n"
        "bench_entry:\n"
        "    rdtime t0\n"
        "    lla t1, bench_first_raw\n"
        "    sd t0, 0(t1)\n"
        "    tail _start\n"
        ".option pop\n");

static inline uint64_t clock_ticks(uint64_t raw)
{
    return raw * 100;
}

static inline uint64_t clock_raw(void)
{
    uint64_t raw;
    __asm__ volatile("rdtime %0" : "=r"(raw)::"memory");
    return raw;
}
