/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The clocks, and the calls that read and set them. */
#include "time/clock.h"

#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/execution/timer.h>
#include <helix/hal/time.h>
#include <helix/memory/user_copy.h>
#include <helix/userspace/task.h>

#include "calls.h"
#include "task/tasks.h"
#include "time/timer_file.h"

/* A negative clock id: bits 0 and 1 say what is counted, bit 2 that it is a thread's, the rest is
 * the complement of the id. */
#define CPU_CLOCK_KIND    3
#define CPU_CLOCK_THREAD  4
#define CPU_CLOCK_NO_FILE 3 // kind 3 means a device's clock

static nanos process_cpu_time(struct process *process)
{
    struct process_usage usage;
    process_usage(process, &usage);
    return usage.user_time + usage.kernel_time;
}

static bool read_thread_clock(u32 tid, nanos *time_out)
{
    if (tid == 0) {
        *time_out = thread_cpu_time(thread_current());
        return true;
    }
    struct task *task = task_find(tid);
    if (!task)
        return false;
    const bool ours = task->process == process_current();
    if (ours)
        *time_out = thread_cpu_time(task->thread);
    task_put(task);
    return ours;
}

static bool read_process_clock(u32 pid, nanos *time_out)
{
    if (pid == 0) {
        *time_out = process_cpu_time(process_current());
        return true;
    }
    struct process *process = process_find(pid);
    if (!process)
        return false;
    *time_out = process_cpu_time(process);
    process_put(process);
    return true;
}

static bool read_named_clock(i32 id, nanos *time_out)
{
    const u32 owner = (u32) ~(id >> 3);
    if ((id & CPU_CLOCK_KIND) == CPU_CLOCK_NO_FILE)
        return false;
    return id & CPU_CLOCK_THREAD ? read_thread_clock(owner, time_out)
                                 : read_process_clock(owner, time_out);
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
    case CLOCK_TAI:
        *time_out = wall_time();
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
    case CLOCK_PROCESS_CPUTIME_ID:
        return read_process_clock(0, time_out);
    case CLOCK_THREAD_CPUTIME_ID:
        return read_thread_clock(0, time_out);
    default:
        return id < 0 && read_named_clock(id, time_out);
    }
}

bool clock_is_cpu_time(i32 id)
{
    return id < 0 || id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID;
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

static i64 set_wall_clock(nanos wall)
{
    if (!task_capable(CAP_SYS_TIME))
        return -LINUX_EPERM;
    wall_clock_set((i64)wall);
    timer_files_clock_was_set();
    return 0;
}

i64 sys_clock_settime(const u64 *arguments)
{
    nanos wanted;
    if ((i32)arguments[0] != CLOCK_REALTIME)
        return -LINUX_EINVAL;
    const helix_status status = clock_copy_in(arguments[1], &wanted);
    return status == HELIX_OK ? set_wall_clock(wanted) : syscall_result(status);
}

struct linux_timezone {
    i32 minutes_west, daylight_saving;
};

i64 sys_gettimeofday(const u64 *arguments)
{
    helix_status status = HELIX_OK;
    if (arguments[0]) {
        const struct linux_timeval out = clock_timeval_of(wall_time());
        status = user_copy_out(vaddr_of(arguments[0]), &out, sizeof out);
    }
    if (status == HELIX_OK && arguments[1]) {
        const struct linux_timezone zone = {0, 0};
        status = user_copy_out(vaddr_of(arguments[1]), &zone, sizeof zone);
    }
    return syscall_result(status);
}

i64 sys_settimeofday(const u64 *arguments)
{
    struct linux_timezone zone;
    if (arguments[1] && user_copy_in(&zone, vaddr_of(arguments[1]), sizeof zone) != HELIX_OK)
        return -LINUX_EFAULT;
    if (!arguments[0]) // only the zone, which the kernel does not use
        return task_capable(CAP_SYS_TIME) ? 0 : -LINUX_EPERM;
    struct linux_timeval from;
    const helix_status status = user_copy_in(&from, vaddr_of(arguments[0]), sizeof from);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (from.microseconds < 0 || from.microseconds >= 1000000)
        return -LINUX_EINVAL;
    const struct linux_timespec wanted = {from.seconds, from.microseconds * 1000};
    return clock_time_is_valid(&wanted) ? set_wall_clock(clock_nanos_of(&wanted)) : -LINUX_EINVAL;
}

i64 sys_time(const u64 *arguments)
{
    const i64 seconds = (i64)(wall_time() / NANOS_PER_SECOND);
    if (arguments[0] && user_copy_out(vaddr_of(arguments[0]), &seconds, sizeof seconds) != HELIX_OK)
        return -LINUX_EFAULT;
    return seconds;
}

/* struct timex of adjtimex(2). */
struct linux_timex {
    u32 modes;
    u32 pad0;
    i64 offset, frequency, max_error, estimated_error;
    i32 status, pad1;
    i64 constant, precision, tolerance;
    struct linux_timeval time;
    i64 tick, pps_frequency, jitter;
    i32 shift, pad2;
    i64 stability, jitter_count, calibration_count, error_count, stability_count;
    i32 tai;
    i32 spare[11];
};
_Static_assert(sizeof(struct linux_timex) == 208, "struct timex of adjtimex(2)");

#define STA_UNSYNC 64
#define TIME_ERROR 5
#define USUAL_TICK 10000
#define MAX_ERROR  16000000

/* The clock is read, never steered: changing it is refused by name. */
static i64 adjust_clock(u64 user_timex)
{
    struct linux_timex timex;
    helix_status status = user_copy_in(&timex, vaddr_of(user_timex), sizeof timex);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (timex.modes != 0)
        return task_capable(CAP_SYS_TIME) ? -LINUX_EOPNOTSUPP : -LINUX_EPERM;
    timex = (struct linux_timex){
        .status = STA_UNSYNC,
        .max_error = MAX_ERROR,
        .estimated_error = MAX_ERROR,
        .precision = 1,
        .tick = USUAL_TICK,
        .time = clock_timeval_of(wall_time()),
    };
    status = user_copy_out(vaddr_of(user_timex), &timex, sizeof timex);
    return status == HELIX_OK ? TIME_ERROR : syscall_result(status);
}

i64 sys_adjtimex(const u64 *arguments)
{
    return adjust_clock(arguments[0]);
}

i64 sys_clock_adjtime(const u64 *arguments)
{
    return (i32)arguments[0] == CLOCK_REALTIME ? adjust_clock(arguments[1]) : -LINUX_EINVAL;
}
