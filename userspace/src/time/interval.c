/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* setitimer(2), getitimer(2), alarm(2). */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/compiler.h>
#include <helix/memory/user_copy.h>

#include "calls.h"
#include "linux_task.h"
#include "task/tasks.h"
#include "time/clock.h"
#include "time/posix_timer.h"
#include "time/process_timers.h"

#define ITIMER_REAL 0u
#define ITIMERS     3u

struct linux_itimerval {
    struct linux_timeval interval, value;
};

static const struct {
    i32 clock;
    int signal;
} kinds[ITIMERS] = {
    {CLOCK_MONOTONIC, SIGALRM}, {CLOCK_USER_TIME, SIGVTALRM}, {CLOCK_PROCESS_CPUTIME_ID, SIGPROF}};

static bool is_pending(const struct process *process, int signal)
{
    return READ_ONCE(process->pending.set) & SIGNAL_BIT(signal);
}

static bool interval_expired(struct clock_timer *timer, u64 overrun)
{
    (void)overrun; // one pending signal stands for all
    struct process *process = timer->process;
    const int signal = kinds[timer - process->timers->interval].signal;
    if (is_pending(process, signal))
        return false;
    // A full queue: the next one is sent again.
    helix_ignore(signal_send_process(process, signal, NULL));
    return is_pending(process, signal); // or it is ignored
}

void interval_timers_init(struct process_timers *timers, struct process *process)
{
    for (unsigned i = 0; i < ITIMERS; i++)
        clock_timer_init(&timers->interval[i], process, kinds[i].clock, interval_expired);
}

static nanos span_of(const struct linux_timeval *from)
{
    return clock_nanos_of(&(const struct linux_timespec){from->seconds, from->microseconds * 1000});
}

/* Rounded up: a timer that still runs never reads as zero. */
static struct linux_timeval timeval_of(nanos span)
{
    return clock_timeval_of(span + NANOS_PER_US - 1);
}

static bool is_valid(const struct linux_timeval *time)
{
    return time->seconds >= 0 && time->microseconds >= 0 && time->microseconds < 1000000;
}

static helix_status read_interval(unsigned which, struct linux_itimerval *value_out)
{
    *value_out = (struct linux_itimerval){0};
    if (!process_current()->timers)
        return HELIX_OK;
    struct process_timers *timers;
    const helix_status status = process_timers_of_current(&timers);
    if (status != HELIX_OK)
        return status;
    nanos left, period;
    mutex_lock(&timers->lock);
    clock_timer_get(&timers->interval[which], &left, &period);
    mutex_unlock(&timers->lock);
    *value_out = (struct linux_itimerval){timeval_of(period), timeval_of(left)};
    return HELIX_OK;
}

/* A timer of CPU time keeps its period while it is stopped, as on Linux. */
static helix_status set_interval(unsigned which, const struct linux_itimerval *wanted)
{
    const nanos value = span_of(&wanted->value), period = span_of(&wanted->interval);
    if (value == 0 && period == 0 && !process_current()->timers)
        return HELIX_OK;
    struct process_timers *timers;
    const helix_status status = process_timers_of_current(&timers);
    if (status != HELIX_OK)
        return status;
    struct clock_timer *timer = &timers->interval[which];
    mutex_lock(&timers->lock);
    clock_timer_set(timer, value ? clock_add(clock_timer_now(timer), value) : 0,
                    value || which != ITIMER_REAL ? period : 0);
    mutex_unlock(&timers->lock);
    return HELIX_OK;
}

i64 sys_getitimer(const u64 *arguments)
{
    if (arguments[0] >= ITIMERS)
        return -LINUX_EINVAL;
    struct linux_itimerval value;
    helix_status status = read_interval((unsigned)arguments[0], &value);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(arguments[1]), &value, sizeof value);
    return syscall_result(status);
}

i64 sys_setitimer(const u64 *arguments)
{
    if (arguments[0] >= ITIMERS)
        return -LINUX_EINVAL;
    struct linux_itimerval wanted = {0}, old;
    helix_status status = HELIX_OK;
    if (arguments[1]) // NULL stops the timer, as Linux has it
        status = user_copy_in(&wanted, vaddr_of(arguments[1]), sizeof wanted);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (!is_valid(&wanted.value) || !is_valid(&wanted.interval))
        return -LINUX_EINVAL;
    status = read_interval((unsigned)arguments[0], &old);
    if (status == HELIX_OK)
        status = set_interval((unsigned)arguments[0], &wanted);
    if (status == HELIX_OK && arguments[2])
        status = user_copy_out(vaddr_of(arguments[2]), &old, sizeof old);
    return syscall_result(status);
}

/* Seconds left of the previous alarm, rounded to the nearest but never down to 0. */
i64 sys_alarm(const u64 *arguments)
{
    const struct linux_itimerval wanted = {.value = {(u32)arguments[0], 0}};
    struct linux_itimerval old;
    helix_status status = read_interval(ITIMER_REAL, &old);
    if (status == HELIX_OK)
        status = set_interval(ITIMER_REAL, &wanted);
    if (status != HELIX_OK)
        return syscall_result(status);
    const bool up =
        old.value.microseconds >= 500000 || (old.value.seconds == 0 && old.value.microseconds > 0);
    return old.value.seconds + up;
}
