/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The clocks, and the calls that read and set them. */
#include "time/clock.h"

#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/execution/timer.h>
#include <helix/execution/wait.h>
#include <helix/hal/time.h>
#include <helix/lib/atomic.h>
#include <helix/memory/user_copy.h>
#include <helix/userspace/task.h>

#include "calls.h"
#include "task/tasks.h"
#include "time/timer_file.h"

/* A negative clock id: bits 0 and 1 say what is counted, bit 2 that it is a thread's, the rest is
 * the complement of the id. */
#define CPU_CLOCK_KIND    3
#define CPU_CLOCK_USER    1 // time in user mode only
#define CPU_CLOCK_THREAD  4
#define CPU_CLOCK_NO_FILE 3 // kind 3 means a device's clock

helix_status clock_cpu_find(i32 id, struct cpu_clock *clock_out)
{
    const bool named = id < 0;
    const u32 owner = named ? (u32) ~(id >> 3) : 0;
    if (named && (id & CPU_CLOCK_KIND) == CPU_CLOCK_NO_FILE)
        return HELIX_E_INVAL;
    *clock_out = (struct cpu_clock){.user_only = named && (id & CPU_CLOCK_KIND) == CPU_CLOCK_USER};
    if (named ? !(id & CPU_CLOCK_THREAD) : id == CLOCK_PROCESS_CPUTIME_ID) {
        clock_out->process = process_find(owner ? owner : process_current()->pid);
        return clock_out->process ? HELIX_OK : HELIX_E_INVAL;
    }
    clock_out->task = task_find(owner ? owner : task_current()->tid);
    if (clock_out->task && clock_out->task->process == process_current())
        return HELIX_OK;
    clock_cpu_put(clock_out);
    return HELIX_E_INVAL;
}

void clock_cpu_put(struct cpu_clock *clock)
{
    if (clock->process)
        process_put(clock->process);
    if (clock->task)
        task_put(clock->task);
    *clock = (struct cpu_clock){0};
}

nanos clock_cpu_read(const struct cpu_clock *clock)
{
    struct process_usage usage;
    if (clock->task)
        return clock->user_only ? thread_user_time(clock->task->thread)
                                : thread_cpu_time(clock->task->thread);
    process_usage(clock->process, &usage);
    return usage.user_time + (clock->user_only ? 0 : usage.kernel_time);
}

static bool read_cpu_clock(i32 id, nanos *time_out)
{
    struct cpu_clock clock;
    if (clock_cpu_find(id, &clock) != HELIX_OK)
        return false;
    *time_out = clock_cpu_read(&clock);
    clock_cpu_put(&clock);
    return true;
}

/* A wall clock set before 1970 shows 1970. */
static nanos wall_time(void)
{
    const i64 now = wall_clock_now();
    return now > 0 ? (nanos)now : 0;
}

bool clock_read(i32 id, nanos *time_out)
{
    switch (id) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
        *time_out = wall_time();
        return true;
    case CLOCK_TAI:
        *time_out = wall_time() + clock_tai_offset() * NANOS_PER_SECOND;
        return true;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
        *time_out = hal_clock_now();
        return true;
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        *time_out = boot_clock_now();
        return true;
    case CLOCK_THREAD_CPUTIME_ID: // the one that is asked for often
        *time_out = thread_cpu_time(thread_current());
        return true;
    default:
        return clock_is_cpu_time(id) && read_cpu_clock(id, time_out);
    }
}

bool clock_is_cpu_time(i32 id)
{
    return id < 0 || id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID;
}

bool clock_follows_wall(i32 id)
{
    return id == CLOCK_REALTIME || id == CLOCK_REALTIME_ALARM || id == CLOCK_TAI;
}

bool clock_wakes_machine(i32 id)
{
    return id == CLOCK_REALTIME_ALARM || id == CLOCK_BOOTTIME_ALARM;
}

bool clock_has_timers(i32 id)
{
    return id != CLOCK_MONOTONIC_RAW && id != CLOCK_MONOTONIC_COARSE && id != CLOCK_REALTIME_COARSE;
}

nanos clock_deadline(i32 id, nanos value)
{
    nanos shows;
    if (!clock_read(id, &shows) || value <= shows)
        return hal_clock_now();
    return clock_add(hal_clock_now(), value - shows);
}

nanos clock_deadline_of_wall(nanos wall)
{
    return clock_deadline(CLOCK_REALTIME, wall);
}

helix_status clock_copy_in(u64 user_timespec, nanos *span_out)
{
    struct linux_timespec from;
    const helix_status status = user_copy_in(&from, vaddr_of(user_timespec), sizeof from);
    if (status != HELIX_OK)
        return status;
    if (!clock_time_is_valid(&from))
        return HELIX_E_INVAL;
    *span_out = clock_nanos_of(&from);
    return HELIX_OK;
}

helix_status clock_copy_out(u64 user_timespec, nanos span)
{
    const struct linux_timespec out = clock_timespec_of(span);
    return user_copy_out(vaddr_of(user_timespec), &out, sizeof out);
}

i64 sys_clock_gettime(const u64 *arguments)
{
    nanos now;
    if (!clock_read((i32)arguments[0], &now))
        return -LINUX_EINVAL;
    return syscall_result(clock_copy_out(arguments[1], now));
}

i64 sys_clock_getres(const u64 *arguments)
{
    nanos now;
    if (!clock_read((i32)arguments[0], &now))
        return -LINUX_EINVAL;
    return arguments[1] ? syscall_result(clock_copy_out(arguments[1], 1)) : 0;
}

/* ---- Setting the wall clock ---- */

static struct wait_queue set_queue = WAIT_QUEUE_INIT(set_queue);
static u64 times_set; // atomic

u64 clock_times_set(void)
{
    return atomic_load_acquire(&times_set);
}

helix_status clock_wait_for_set(u64 seen, nanos deadline)
{
    return WAIT_FOR(&set_queue, clock_times_set() != seen, deadline, WAIT_INTERRUPTIBLE,
                    "wall clock");
}

/* It may not show less than the monotonic clock: the machine would have started before 1970. */
helix_status clock_set_wall(i64 wall)
{
    if (wall < 0 || (nanos)wall < hal_clock_now())
        return HELIX_E_INVAL;
    wall_clock_set(wall);
    (void)atomic_fetch_add_acq_rel(&times_set, 1ull);
    timer_files_clock_was_set();
    wait_wake_all(&set_queue);
    return HELIX_OK;
}

static i64 set_wall_clock(nanos wall)
{
    return task_capable(CAP_SYS_TIME) ? syscall_result(clock_set_wall((i64)wall)) : -LINUX_EPERM;
}

/* CPU clocks are never set; what else is wrong is said first. */
i64 sys_clock_settime(const u64 *arguments)
{
    const i32 id = (i32)arguments[0];
    nanos wanted, now;
    if (id != CLOCK_REALTIME && !(id < 0 && clock_read(id, &now)))
        return -LINUX_EINVAL;
    const helix_status status = clock_copy_in(arguments[1], &wanted);
    if (status == HELIX_OK)
        return id < 0 ? -LINUX_EPERM : set_wall_clock(wanted);
    return syscall_result(status);
}

struct linux_timezone {
    i32 minutes_west, daylight_saving;
};

#define ZONE_MOST (15 * 60)

static struct linux_timezone zone; // kept for who asks; the kernel does not use it
static bool zone_was_set;          // atomic

i64 sys_gettimeofday(const u64 *arguments)
{
    helix_status status = HELIX_OK;
    if (arguments[0]) {
        const struct linux_timeval out = clock_timeval_of(wall_time());
        status = user_copy_out(vaddr_of(arguments[0]), &out, sizeof out);
    }
    if (status == HELIX_OK && arguments[1]) {
        status = user_copy_out(vaddr_of(arguments[1]), &zone, sizeof zone);
    }
    return syscall_result(status);
}

static helix_status read_wall(u64 user_timeval, nanos *wall_out)
{
    struct linux_timeval from;
    const helix_status status = user_copy_in(&from, vaddr_of(user_timeval), sizeof from);
    if (status != HELIX_OK)
        return status;
    if (from.seconds < 0 || from.microseconds < 0 || from.microseconds >= 1000000)
        return HELIX_E_INVAL;
    *wall_out =
        clock_nanos_of(&(const struct linux_timespec){from.seconds, from.microseconds * 1000});
    return HELIX_OK;
}

/* The first zone that is set alone tells that the wall clock was started with local time. */
static i64 set_zone(const struct linux_timezone *wanted, bool alone)
{
    if (!task_capable(CAP_SYS_TIME))
        return -LINUX_EPERM;
    if (wanted->minutes_west > ZONE_MOST || wanted->minutes_west < -ZONE_MOST)
        return -LINUX_EINVAL;
    zone = *wanted;
    const bool first = !atomic_exchange_acq_rel(&zone_was_set, true);
    if (!first || !alone || wanted->minutes_west == 0)
        return 0;
    return syscall_result(
        clock_set_wall(wall_clock_now() + wanted->minutes_west * 60 * (i64)NANOS_PER_SECOND));
}

i64 sys_settimeofday(const u64 *arguments)
{
    struct linux_timezone wanted;
    nanos wall;
    if (arguments[0]) {
        const helix_status status = read_wall(arguments[0], &wall);
        if (status != HELIX_OK)
            return syscall_result(status);
    }
    if (arguments[1] && user_copy_in(&wanted, vaddr_of(arguments[1]), sizeof wanted) != HELIX_OK)
        return -LINUX_EFAULT;
    if (!task_capable(CAP_SYS_TIME))
        return -LINUX_EPERM;
    const i64 result = arguments[1] ? set_zone(&wanted, !arguments[0]) : 0;
    return result == 0 && arguments[0] ? set_wall_clock(wall) : result;
}

i64 sys_time(const u64 *arguments)
{
    const i64 seconds = (i64)(wall_time() / NANOS_PER_SECOND);
    if (arguments[0] && user_copy_out(vaddr_of(arguments[0]), &seconds, sizeof seconds) != HELIX_OK)
        return -LINUX_EFAULT;
    return seconds;
}
