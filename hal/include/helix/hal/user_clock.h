/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>
#include <helix/lib/atomic.h>
#include <helix/lib/compiler.h>

/*
 * What the clocks are computed from, in a page of its own that every program can read: the kernel
 * and the vDSO read the same words by the same code, so their clocks cannot differ.
 *
 * The parameters change together under @sequence, odd meanwhile; one writer, the HAL. @wall_offset
 * is one word, written by execution, that stands by itself.
 */
struct user_clock {
    u32 sequence;
    u32 readable;    // programs can read the counter; 0: they ask the kernel
    u64 base_count;  // of the counter, at
    u64 base_nanos;  // of monotonic time
    u64 mult;        // nanoseconds a count << USER_CLOCK_SHIFT
    i64 wall_offset; // wall time is monotonic time plus this
};

#define USER_CLOCK_SHIFT 32

struct HELIX_ALIGNED(PAGE_SIZE) user_clock_page {
    struct user_clock clock;
};

extern struct user_clock_page hal_user_clock;

/* The product fits. */
static inline u64 user_clock_mult(u64 hz)
{
    return (NANOS_PER_SECOND << USER_CLOCK_SHIFT) / hz;
}

/* Counters of different CPUs may be a little apart: what lies before the base is the base. */
static inline nanos user_clock_nanos(const struct user_clock *clock, u64 count)
{
    if (unlikely((i64)(count - clock->base_count) < 0))
        return clock->base_nanos;
    return clock->base_nanos +
           (nanos)((unsigned __int128)(count - clock->base_count) * clock->mult >>
                   USER_CLOCK_SHIFT);
}

/*
 * Monotonic time. @count reads the counter, after every load that stands before the call and before
 * every load that stands behind it: the second look at the sequence must not overtake it.
 */
static inline __attribute__((always_inline)) nanos user_clock_read(const struct user_clock *clock,
                                                                   u64 (*count)(void))
{
    for (;;) {
        const u32 before = atomic_load_acquire(&clock->sequence);
        const struct user_clock now = {
            .base_count = READ_ONCE(clock->base_count),
            .base_nanos = READ_ONCE(clock->base_nanos),
            .mult = READ_ONCE(clock->mult),
        };
        const u64 counted = count();
        atomic_fence_acquire();
        if (likely(before == atomic_load_relaxed(&clock->sequence) && !(before & 1)))
            return user_clock_nanos(&now, counted);
    }
}
