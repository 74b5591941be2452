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
 * The parameters change together under @sequence, odd meanwhile; one writer, the HAL. Those of the
 * wall clock change under @wall_sequence; written by execution. Where the wall clock is to be put
 * right little by little it gains @slew nanoseconds, evenly, within USER_CLOCK_SLEW_STEP from
 * @slew_from on, so that it never stands out and never goes back.
 */
struct user_clock {
    u32 sequence;
    u32 readable;   // programs can read the counter; 0: they ask the kernel
    u64 base_count; // of the counter, at
    u64 base_nanos; // of monotonic time
    u64 mult;       // nanoseconds a count << USER_CLOCK_SHIFT
    u32 wall_sequence;
    i64 wall_offset; // wall time is monotonic time plus this, plus what of
    i64 slew;        // it has gained
    nanos slew_from; // since
};

#define USER_CLOCK_SHIFT      32
#define USER_CLOCK_SLEW_SHIFT 23
#define USER_CLOCK_SLEW_STEP  ((nanos)1 << USER_CLOCK_SLEW_SHIFT)
#define USER_CLOCK_SLEW_MOST  ((i64)USER_CLOCK_SLEW_STEP / 2)

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

/* Wall time at @monotonic, by parameters that stand still. Who read the counter before the last
 * change of them gets the time of the change: others may have seen times close to it. */
static inline i64 user_clock_wall_at(const struct user_clock *clock, nanos monotonic)
{
    const nanos from = READ_ONCE(clock->slew_from);
    const nanos at = monotonic < from ? from : monotonic;
    const nanos span = at - from < USER_CLOCK_SLEW_STEP ? at - from : USER_CLOCK_SLEW_STEP;
    return (i64)at + READ_ONCE(clock->wall_offset) +
           (READ_ONCE(clock->slew) * (i64)span >> USER_CLOCK_SLEW_SHIFT);
}

/* The same while they may change. @monotonic was read before the call. */
static inline __attribute__((always_inline)) i64 user_clock_wall(const struct user_clock *clock,
                                                                 nanos monotonic)
{
    for (;;) {
        const u32 before = atomic_load_acquire(&clock->wall_sequence);
        const i64 wall = user_clock_wall_at(clock, monotonic);
        atomic_fence_acquire();
        if (likely(before == atomic_load_relaxed(&clock->wall_sequence) && !(before & 1)))
            return wall;
    }
}
