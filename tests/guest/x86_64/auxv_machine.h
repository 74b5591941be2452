/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <cpuid.h>
#include <stdbool.h>

#define MACHINE_PLATFORM "x86_64"
#define FSGSBASE         2

static inline bool machine_is(unsigned long capabilities, unsigned long more)
{
    unsigned a, b, c, d;
    unsigned long base = (unsigned long)__builtin_thread_pointer();
    if (more & FSGSBASE)
        __asm__ volatile("rdfsbase %0" : "=r"(base));
    return __get_cpuid(1, &a, &b, &c, &d) && capabilities == d &&
           base == (unsigned long)__builtin_thread_pointer();
}
