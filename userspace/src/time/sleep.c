/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Sleeping for a time. An interrupted relative sleep leaves a restart record with its absolute
 * deadline, so that stopping and continuing a program does not lengthen its sleep; when a handler
 * runs instead, the rest is written to the program and the call fails with EINTR.
 */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/execution/thread.h>
#include <helix/execution/wait.h>
#include <helix/hal/time.h>

#include "calls.h"
#include "linux_task.h"
#include "time/clock.h"
#include "time/restart.h"

static i64 interrupted(nanos deadline, u64 user_rest)
{
    const nanos now = hal_clock_now();
    if (user_rest && clock_copy_out(user_rest, deadline > now ? deadline - now : 0) != HELIX_OK)
        return -LINUX_EFAULT;
    return restart_timed(TIMED_SLEEP, deadline, (const u64[4]){user_rest});
}

static i64 sleep_relative(nanos deadline, u64 user_rest)
{
    const helix_status status = sleep_until(deadline, WAIT_INTERRUPTIBLE);
    if (status == HELIX_E_INTERRUPTED)
        return interrupted(deadline, user_rest);
    return status == HELIX_E_TIMEOUT ? 0 : syscall_result(status);
}

i64 sleep_restarted(const struct restart_record *record)
{
    return sleep_relative(record->deadline, record->words[0]);
}

/* An absolute sleep needs no record: running the call again asks for the same moment. */
static i64 sleep_absolute(nanos deadline)
{
    const helix_status status = sleep_until(deadline, WAIT_INTERRUPTIBLE);
    if (status == HELIX_E_INTERRUPTED)
        return SYSCALL_RESTART_NO_HANDLER;
    return status == HELIX_E_TIMEOUT ? 0 : syscall_result(status);
}

i64 sys_nanosleep(const u64 *arguments)
{
    nanos span;
    const helix_status status = clock_copy_in(arguments[0], &span);
    if (status != HELIX_OK)
        return syscall_result(status);
    return span == 0 ? 0 : sleep_relative(clock_add(hal_clock_now(), span), arguments[1]);
}

i64 sys_clock_nanosleep(const u64 *arguments)
{
    const i32 clock = (i32)arguments[0];
    nanos value, now;
    if (!clock_read(clock, &now) || clock == CLOCK_THREAD_CPUTIME_ID ||
        (arguments[1] & ~(u64)TIMER_ABSTIME))
        return -LINUX_EINVAL;
    if (clock_is_cpu_time(clock))
        return -LINUX_EOPNOTSUPP;
    const helix_status status = clock_copy_in(arguments[2], &value);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (arguments[1] & TIMER_ABSTIME)
        return value <= now ? 0 : sleep_absolute(clock_deadline(clock, value));
    return value == 0 ? 0 : sleep_relative(clock_add(hal_clock_now(), value), arguments[3]);
}
