/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The vDSO: code of the kernel that runs in programs, for calls that only read a clock. The page in
 * front of it (vdso.ld) is the one the kernel computes its own clocks from, and the arithmetic is
 * the same, so that a clock shows the same here and there.
 *
 * What an architecture brings, in vdso_arch.h: how its counter is read and its kernel called, how
 * the functions are named, and what it can tell of the running CPU. Whatever is not answered here
 * the kernel answers, errors and bad pointers included.
 */
#include <helix/hal/user_clock.h>

#include "vdso_arch.h"

#define CLOCK(id) (1u << (id))

/* Ids of Linux. */
#define REALTIME         0
#define MONOTONIC        1
#define MONOTONIC_RAW    4
#define REALTIME_COARSE  5
#define MONOTONIC_COARSE 6
#define BOOTTIME         7

#define WALL_CLOCKS (CLOCK(REALTIME) | CLOCK(REALTIME_COARSE))
#define RUN_CLOCKS \
    (CLOCK(MONOTONIC) | CLOCK(MONOTONIC_RAW) | CLOCK(MONOTONIC_COARSE) | CLOCK(BOOTTIME))
/* With a resolution of a nanosecond. */
#define FINE_CLOCKS (CLOCK(REALTIME) | CLOCK(MONOTONIC) | CLOCK(MONOTONIC_RAW) | CLOCK(BOOTTIME))

struct timespec {
    i64 seconds, nanoseconds;
};

struct timeval {
    i64 seconds, microseconds;
};

/* In the page that vdso.ld puts in front. */
extern const struct user_clock vdso_clock HELIX_HIDDEN;

static inline bool is_one_of(i32 id, u32 clocks)
{
    return (u32)id < 32 && (clocks >> id & 1);
}

/* A wall clock set before 1970 shows 1970. */
static inline nanos wall_time(nanos monotonic)
{
    const i64 now = user_clock_wall(&vdso_clock, monotonic);
    return now > 0 ? (nanos)now : 0;
}

static inline bool is_readable(void)
{
    return likely(READ_ONCE(vdso_clock.readable));
}

/*
 * A division by NANOS_PER_SECOND, which is 2^9 times an odd number: exact for all 64 bits (Hacker's
 * Delight, 10-9). The factor is read: to build it takes four instructions where they are short.
 */
#define SECOND_SHIFT_BEFORE 9
#define SECOND_SHIFT_AFTER  11
static const volatile u64 second_factor = 0x44b82fa09b5a53;

static inline u64 seconds_of(nanos time)
{
    const unsigned __int128 product =
        (unsigned __int128)(time >> SECOND_SHIFT_BEFORE) * second_factor;
    return (u64)(product >> 64) >> SECOND_SHIFT_AFTER;
}

static inline int show(nanos time, struct timespec *to)
{
    const u64 seconds = seconds_of(time);
    to->seconds = (i64)seconds;
    to->nanoseconds = (i64)(time - seconds * NANOS_PER_SECOND);
    return 0;
}

/* The two that nearly all ask for come first. */
int VDSO_NAME(clock_gettime)(i32 id, struct timespec *to);
int VDSO_NAME(clock_gettime)(i32 id, struct timespec *to)
{
    if (is_readable()) {
        if (id == MONOTONIC || (id != REALTIME && is_one_of(id, RUN_CLOCKS)))
            return show(user_clock_read(&vdso_clock, vdso_count), to);
        if (id == REALTIME || is_one_of(id, WALL_CLOCKS))
            return show(wall_time(user_clock_read(&vdso_clock, vdso_count)), to);
    }
    return (int)vdso_call(VDSO_CALL_CLOCK_GETTIME, (u64)id, (u64)to, 0);
}
VDSO_ALIAS(clock_gettime)

int VDSO_NAME(clock_getres)(i32 id, struct timespec *to);
int VDSO_NAME(clock_getres)(i32 id, struct timespec *to)
{
    if (!is_one_of(id, FINE_CLOCKS))
        return (int)vdso_call(VDSO_CALL_CLOCK_GETRES, (u64)id, (u64)to, 0);
    if (to) {
        to->seconds = 0;
        to->nanoseconds = 1;
    }
    return 0;
}
VDSO_ALIAS(clock_getres)

/* The time zone is the kernel's to tell. */
int VDSO_NAME(gettimeofday)(struct timeval *to, void *zone);
int VDSO_NAME(gettimeofday)(struct timeval *to, void *zone)
{
    if (!is_readable() || zone)
        return (int)vdso_call(VDSO_CALL_GETTIMEOFDAY, (u64)to, (u64)zone, 0);
    if (!to)
        return 0;
    struct timespec now;
    show(wall_time(user_clock_read(&vdso_clock, vdso_count)), &now);
    to->seconds = now.seconds;
    to->microseconds = now.nanoseconds / NANOS_PER_US;
    return 0;
}
VDSO_ALIAS(gettimeofday)

i64 VDSO_NAME(time)(i64 *to);
i64 VDSO_NAME(time)(i64 *to)
{
    struct timeval now;
    const int status = VDSO_NAME(gettimeofday)(&now, NULL);
    if (status != 0)
        return status;
    if (to)
        *to = now.seconds;
    return now.seconds;
}
VDSO_ALIAS(time)

i64 VDSO_NAME(getcpu)(u32 *cpu, u32 *node, void *unused);
i64 VDSO_NAME(getcpu)(u32 *cpu, u32 *node, void *unused)
{
    (void)unused;
    return vdso_getcpu(cpu, node);
}
VDSO_ALIAS(getcpu)
