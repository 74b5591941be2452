/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "files/poll_time.h"

#include <helix/abi/linux.h>
#include <helix/hal/time.h>
#include <helix/lib/atomic.h>
#include <helix/memory/user_copy.h>
#include <helix/userspace/task.h>

static nanos deadline_of(i64 seconds, i64 nanoseconds)
{
    if (seconds == 0 && nanoseconds == 0)
        return 0;
    nanos span;
    if (__builtin_mul_overflow((u64)seconds, NANOS_PER_SECOND, &span) ||
        __builtin_add_overflow(span, (u64)nanoseconds, &span))
        return NANOS_NEVER;
    nanos deadline;
    return __builtin_add_overflow(hal_clock_now(), span, &deadline) ? NANOS_NEVER : deadline;
}

helix_status poll_time_from_timespec(struct poll_time *time, u64 user_timespec)
{
    *time = (struct poll_time){.deadline = NANOS_NEVER};
    if (!user_timespec)
        return HELIX_OK;
    struct linux_timespec from;
    const helix_status status = user_copy_in(&from, vaddr_of(user_timespec), sizeof from);
    if (status != HELIX_OK)
        return status;
    if (from.seconds < 0 || from.nanoseconds < 0 || from.nanoseconds >= (i64)NANOS_PER_SECOND)
        return HELIX_E_INVAL;
    *time = (struct poll_time){deadline_of(from.seconds, from.nanoseconds), true};
    return HELIX_OK;
}

/* Microseconds of a second and more are carried over, as Linux does. */
helix_status poll_time_from_timeval(struct poll_time *time, u64 user_timeval)
{
    *time = (struct poll_time){.deadline = NANOS_NEVER};
    if (!user_timeval)
        return HELIX_OK;
    struct linux_timeval from;
    const helix_status status = user_copy_in(&from, vaddr_of(user_timeval), sizeof from);
    if (status != HELIX_OK)
        return status;
    if (from.seconds < 0 || from.microseconds < 0)
        return HELIX_E_INVAL;
    const i64 carried = from.microseconds / 1000000;
    const i64 rest = from.microseconds % 1000000;
    *time = (struct poll_time){deadline_of(from.seconds + carried, rest * (i64)NANOS_PER_US), true};
    return HELIX_OK;
}

static nanos left_of(const struct poll_time *time)
{
    const nanos now = hal_clock_now();
    return time->deadline > now ? time->deadline - now : 0;
}

void poll_time_store_timespec(const struct poll_time *time, u64 user_timespec)
{
    if (!time->limited || time->deadline == NANOS_NEVER)
        return;
    const nanos left = left_of(time);
    const struct linux_timespec out = {(i64)(left / NANOS_PER_SECOND),
                                       (i64)(left % NANOS_PER_SECOND)};
    helix_ignore(user_copy_out(vaddr_of(user_timespec), &out, sizeof out)); // see the header
}

void poll_time_store_timeval(const struct poll_time *time, u64 user_timeval)
{
    if (!time->limited || time->deadline == NANOS_NEVER)
        return;
    const nanos left = left_of(time);
    const struct linux_timeval out = {(i64)(left / NANOS_PER_SECOND),
                                      (i64)(left % NANOS_PER_SECOND / NANOS_PER_US)};
    helix_ignore(user_copy_out(vaddr_of(user_timeval), &out, sizeof out)); // see the header
}

helix_status poll_mask_install(u64 user_mask, u64 bytes)
{
    if (!user_mask)
        return HELIX_OK;
    if (bytes != sizeof(signal_set))
        return HELIX_E_INVAL;
    signal_set mask;
    const helix_status status = user_copy_in(&mask, vaddr_of(user_mask), sizeof mask);
    if (status != HELIX_OK)
        return status;
    struct task *task = task_current();
    task->signal.saved_blocked = task->signal.blocked;
    atomic_fetch_or_relaxed(&task->thread->hal.work, HAL_WORK_RESTORE);
    signal_set_mask(mask);
    return HELIX_OK;
}

void poll_mask_finish(bool interrupted)
{
    struct task *task = task_current();
    if (interrupted || !(atomic_load_relaxed(&task->thread->hal.work) & HAL_WORK_RESTORE))
        return; // delivery puts it back after the handler's frame has taken it
    atomic_fetch_and_relaxed(&task->thread->hal.work, ~(unsigned)HAL_WORK_RESTORE);
    signal_set_mask(task->signal.saved_blocked);
}
