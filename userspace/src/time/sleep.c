/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Sleeping for a time. An interrupted relative sleep leaves a restart record with its absolute
 * deadline, so that stopping and continuing a program does not lengthen its sleep; when a handler
 * runs instead, the rest is written to the program and the call fails with EINTR.
 */
#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/execution/thread.h>
#include <helix/execution/wait.h>
#include <helix/hal/cpu.h>
#include <helix/hal/time.h>

#include "calls.h"
#include "linux_task.h"
#include "task/tasks.h"
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
static i64 sleep_absolute(i32 clock, nanos value)
{
    const bool follows = clock_follows_wall(clock);
    helix_status status;
    nanos now;
    do {
        const u64 seen = clock_times_set();
        const nanos deadline = clock_deadline(clock, value);
        status = follows ? clock_wait_for_set(seen, deadline)
                         : sleep_until(deadline, WAIT_INTERRUPTIBLE);
    } while (follows && status == HELIX_OK && clock_read(clock, &now) && now < value);
    if (status == HELIX_E_INTERRUPTED)
        return SYSCALL_RESTART_NO_HANDLER;
    return status == HELIX_E_TIMEOUT ? 0 : syscall_result(status);
}

/* ---- CPU time ---- */

// Less would cost more than it tells.
static const nanos cpu_sleep_grain = 100 * NANOS_PER_US;

/* CPU time is no faster than real time on all CPUs. INTERRUPTED, or INVAL: who ran has ended. */
static helix_status sleep_on_cpu_time(i32 clock, nanos until)
{
    nanos now;
    while (clock_read(clock, &now)) {
        if (now >= until)
            return HELIX_OK;
        const nanos left = (until - now) / hal_cpu_count();
        if (sleep_until(hal_clock_now() + max(left, cpu_sleep_grain), WAIT_INTERRUPTIBLE) ==
            HELIX_E_INTERRUPTED)
            return HELIX_E_INTERRUPTED;
    }
    return HELIX_E_INVAL;
}

static i64 sleep_cpu(i32 clock, nanos until, bool absolute, u64 user_rest)
{
    nanos now;
    const helix_status status = sleep_on_cpu_time(clock, until);
    if (status != HELIX_E_INTERRUPTED)
        return syscall_result(status);
    if (absolute)
        return SYSCALL_RESTART_NO_HANDLER;
    if (user_rest && clock_read(clock, &now) &&
        clock_copy_out(user_rest, until > now ? until - now : 0) != HELIX_OK)
        return -LINUX_EFAULT;
    return restart_timed(TIMED_CPU_SLEEP, hal_clock_now(),
                         (const u64[4]){user_rest, (u64)(u32)clock, until});
}

i64 sleep_cpu_restarted(const struct restart_record *record)
{
    return sleep_cpu((i32)record->words[1], record->words[2], false, record->words[0]);
}

/* A thread cannot wait for its own CPU time. */
static bool is_own_thread(i32 clock)
{
    struct cpu_clock cpu;
    if (clock >= 0 || clock_cpu_find(clock, &cpu) != HELIX_OK)
        return false;
    const bool own = cpu.task == task_current();
    clock_cpu_put(&cpu);
    return own;
}

static i64 check_sleep_clock(i32 clock)
{
    nanos now;
    if (!clock_read(clock, &now) || is_own_thread(clock))
        return -LINUX_EINVAL;
    if (!clock_has_timers(clock) || clock == CLOCK_THREAD_CPUTIME_ID)
        return -LINUX_EOPNOTSUPP;
    return clock_wakes_machine(clock) && !task_capable(CAP_WAKE_ALARM) ? -LINUX_EPERM : 0;
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
    const bool absolute = arguments[1] & TIMER_ABSTIME;
    nanos value, now;
    const i64 error = check_sleep_clock(clock);
    if (error)
        return error;
    const helix_status status = clock_copy_in(arguments[2], &value);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (!clock_read(clock, &now))
        return -LINUX_EINVAL;
    if (value <= (absolute ? now : 0))
        return 0;
    if (clock_is_cpu_time(clock))
        return sleep_cpu(clock, absolute ? value : clock_add(now, value), absolute, arguments[3]);
    return absolute ? sleep_absolute(clock, value)
                    : sleep_relative(clock_add(hal_clock_now(), value), arguments[3]);
}
