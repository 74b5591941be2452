/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* Machine instructions that C has no words for. */

#define system_read(name)                                        \
    ({                                                           \
        u64 system_value_;                                       \
        __asm__ volatile("mrs %0, " name : "=r"(system_value_)); \
        system_value_;                                           \
    })
#define system_write(name, value) \
    __asm__ volatile("msr " name ", %0" : : "r"((u64)(value)) : "memory")

static inline void barrier_instructions(void)
{
    __asm__ volatile("isb" : : : "memory");
}

/* Stores to tables before walks of them. */
static inline void barrier_tables(void)
{
    __asm__ volatile("dsb ishst" : : : "memory");
}

static inline void barrier_shareable(void)
{
    __asm__ volatile("dsb ish" : : : "memory");
}

static inline u32 device_read32(const volatile void *at)
{
    u32 value;
    __asm__ volatile("ldr %w0, [%1]; dmb oshld" : "=r"(value) : "r"(at) : "memory");
    return value;
}

static inline void device_write32(volatile void *at, u32 value)
{
    __asm__ volatile("dmb oshst; str %w0, [%1]" : : "r"(value), "r"(at) : "memory");
}

static inline u64 device_read64(const volatile void *at)
{
    u64 value;
    __asm__ volatile("ldr %0, [%1]; dmb oshld" : "=r"(value) : "r"(at) : "memory");
    return value;
}

static inline void device_write64(volatile void *at, u64 value)
{
    __asm__ volatile("dmb oshst; str %0, [%1]" : : "r"(value), "r"(at) : "memory");
}

/* @a * @b / @c with a product of 128 bits; the quotient must fit 64, and @c 63. */
static inline u64 scale(u64 a, u64 b, u64 c)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    u64 high = (u64)(product >> 64) % c, low = (u64)product, quotient = 0;
    if (high == 0)
        return low / c;
    for (unsigned i = 0; i < 64; i++) {
        high = high << 1 | low >> 63;
        low <<= 1;
        quotient <<= 1;
        if (high >= c) {
            high -= c;
            quotient |= 1;
        }
    }
    return quotient;
}
