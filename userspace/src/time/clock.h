/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/linux.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/* Times of programs and nanoseconds of the kernel. */
static inline bool clock_time_is_valid(const struct linux_timespec *time)
{
    return time->seconds >= 0 && (u64)time->nanoseconds < NANOS_PER_SECOND;
}

/* Saturates: 292 years are for ever. */
static inline nanos clock_nanos_of(const struct linux_timespec *time)
{
    if ((u64)time->seconds >= INT64_MAX / NANOS_PER_SECOND)
        return INT64_MAX;
    return (u64)time->seconds * NANOS_PER_SECOND + (u64)time->nanoseconds;
}

static inline nanos clock_add(nanos now, nanos span)
{
    return span >= INT64_MAX ? NANOS_NEVER : now + span;
}

static inline struct linux_timespec clock_timespec_of(nanos span)
{
    return (struct linux_timespec){(i64)(span / NANOS_PER_SECOND), (i64)(span % NANOS_PER_SECOND)};
}

static inline struct linux_timeval clock_timeval_of(nanos span)
{
    return (struct linux_timeval){(i64)(span / NANOS_PER_SECOND),
                                  (i64)(span % NANOS_PER_SECOND / NANOS_PER_US)};
}

/* The monotonic time at which the wall clock shows @wall; a past one is now. */
nanos clock_deadline_of_wall(nanos wall);

/*
 * What clock @id shows. Fixed ids are CLOCK_*; negative ones name the CPU clock of a process or
 * thread, as clock_getcpuclockid(3) makes them. False: there is no such clock.
 */
bool clock_read(i32 id, nanos *time_out);
bool clock_is_cpu_time(i32 id);
bool clock_follows_wall(i32 id);
bool clock_wakes_machine(i32 id); // needs CAP_WAKE_ALARM
bool clock_has_timers(i32 id);    // and can be slept on

/* The CPU time of a process or (if not NULL) a task of the running process. clock_cpu_find() takes
 * a reference on whom it is about; INVAL: there is none. clock_cpu_read(): any context. */
struct process;
struct task;
struct cpu_clock {
    struct process *process;
    struct task *task;
    bool user_only;
};
helix_status clock_cpu_find(i32 id, struct cpu_clock *clock_out);
void clock_cpu_put(struct cpu_clock *clock);
nanos clock_cpu_read(const struct cpu_clock *clock);

/*
 * Set the wall clock; timers and sleeps that follow it look again. INVAL: it would be before the
 * start of the monotonic one. clock_wait_for_set() waits until that was done more often than @seen
 * times.
 */
helix_status clock_set_wall(i64 wall);
u64 clock_times_set(void);
helix_status clock_wait_for_set(u64 seen, nanos deadline);

u64 clock_tai_offset(void); // seconds that TAI is ahead of UTC, as adjtimex(2) was told

/* The monotonic time at which clock @id, which runs with real time, will show @value; a past one is
 * now. */
nanos clock_deadline(i32 id, nanos value);

/* A struct timespec of user memory as a span, and back. INVAL: not a time. */
helix_status clock_copy_in(u64 user_timespec, nanos *span_out);
helix_status clock_copy_out(u64 user_timespec, nanos span);
