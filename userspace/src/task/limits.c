/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Resource limits, and what was used of resources. */
#include "files/limits.h"
#include "calls.h"
#include "task/tasks.h"
#include "time/clock.h"
#include "time/timers.h"

#include <helix/capability/linux.h>
#include <helix/lib/string.h>
#include <helix/memory/frame.h>
#include <helix/memory/user_copy.h>

#define MEGABYTE          (1024 * 1024ull)
#define OPEN_FILES_SOFT   1024u
#define FRAMES_PER_THREAD 128u

/* As Linux sets them for init. */
void limits_set_initial(struct process *process)
{
    struct memory_counts counts;
    memory_counts(&counts);
    const u64 tasks = max(counts.total / FRAMES_PER_THREAD / 2, (u64)64);
    for (unsigned i = 0; i < RLIMIT_COUNT; i++)
        process->limits[i] = (struct resource_limit){UINT64_MAX, UINT64_MAX};
    process->limits[LINUX_RLIMIT_STACK].soft = 8 * MEGABYTE;
    process->limits[LINUX_RLIMIT_CORE].soft = 0;
    process->limits[LINUX_RLIMIT_NPROC] = (struct resource_limit){tasks, tasks};
    process->limits[LINUX_RLIMIT_NOFILE] = (struct resource_limit){OPEN_FILES_SOFT, fd_most()};
    process->limits[LINUX_RLIMIT_MEMLOCK] = (struct resource_limit){8 * MEGABYTE, 8 * MEGABYTE};
    process->limits[LINUX_RLIMIT_SIGPENDING] = (struct resource_limit){tasks, tasks};
    process->limits[LINUX_RLIMIT_MSGQUEUE] = (struct resource_limit){819200, 819200};
    process->limits[LINUX_RLIMIT_NICE] = (struct resource_limit){0, 0};
    process->limits[LINUX_RLIMIT_RTPRIO] = (struct resource_limit){0, 0};
}

u64 process_limit(unsigned which)
{
    return READ_ONCE(process_current()->limits[which].soft);
}

void limits_apply(struct process *process)
{
    struct vm_space *space = process_space_get(process);
    if (!space)
        return;
    const struct vm_limits limits = {
        .address_space = process->limits[LINUX_RLIMIT_AS].soft,
        .data = process->limits[LINUX_RLIMIT_DATA].soft,
        .stack = process->limits[LINUX_RLIMIT_STACK].soft,
        .locked = process->limits[LINUX_RLIMIT_MEMLOCK].soft,
    };
    vm_set_limits(space, &limits);
    vm_space_put(space);
}

static i64 check_limit(const struct process *process, unsigned which, const struct linux_rlimit *to)
{
    if (to->soft > to->hard)
        return call_error(LINUX_EINVAL);
    if (to->hard > process->limits[which].hard && !task_capable(CAP_SYS_RESOURCE))
        return call_error(LINUX_EPERM);
    if (which == LINUX_RLIMIT_NOFILE && to->hard > fd_most())
        return call_error(LINUX_EPERM);
    return 0;
}

static i64 exchange_limit(struct process *process, unsigned which, const struct linux_rlimit *to,
                          struct linux_rlimit *old_out)
{
    i64 result = 0;
    const struct irq_key key = spin_lock_irq(&process->lock);
    *old_out = (struct linux_rlimit){process->limits[which].soft, process->limits[which].hard};
    if (to)
        result = check_limit(process, which, to);
    if (to && result == 0)
        process->limits[which] = (struct resource_limit){to->soft, to->hard};
    spin_unlock_irq(&process->lock, key);
    if (to && result == 0) {
        limits_apply(process);
        // Another process may be ending: what prlimit(2) sets there counts from its next fork().
        if (which == LINUX_RLIMIT_CPU && process == process_current())
            result = syscall_result(cpu_limit_apply(process));
    }
    return result;
}

static bool may_limit(const struct process *target)
{
    const struct credentials *own = task_current()->credentials;
    return target == process_current() || task_capable(CAP_SYS_RESOURCE) ||
           (own->uid == target->uid && own->uid == target->euid && own->uid == target->suid);
}

static i64 limit_call(u32 pid, u64 which, u64 from, u64 to)
{
    struct linux_rlimit wanted, old;
    if (which >= RLIMIT_COUNT)
        return call_error(LINUX_EINVAL);
    if (from && user_copy_in(&wanted, vaddr_of(from), sizeof wanted) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    struct process *target = process_find(pid ? pid : process_current()->pid);
    if (!target)
        return call_error(LINUX_ESRCH);
    i64 result = may_limit(target) ? 0 : call_error(LINUX_EPERM);
    if (result == 0)
        result = exchange_limit(target, (unsigned)which, from ? &wanted : NULL, &old);
    process_put(target);
    if (result == 0 && to)
        result = syscall_result(user_copy_out(vaddr_of(to), &old, sizeof old));
    return result;
}

i64 sys_getrlimit(const u64 *arguments)
{
    return arguments[1] ? limit_call(0, (u32)arguments[0], 0, arguments[1])
                        : call_error(LINUX_EFAULT);
}

i64 sys_setrlimit(const u64 *arguments)
{
    return arguments[1] ? limit_call(0, (u32)arguments[0], arguments[1], 0)
                        : call_error(LINUX_EFAULT);
}

i64 sys_prlimit64(const u64 *arguments)
{
    return limit_call((u32)arguments[0], (u32)arguments[1], arguments[2], arguments[3]);
}

void task_usage(const struct task *task, struct process_usage *usage_out)
{
    const struct thread *thread = task->thread;
    const nanos total = thread_cpu_time(thread);
    const nanos user = min(thread_user_time(thread), total);
    *usage_out = (struct process_usage){
        .user_time = user,
        .kernel_time = total - user,
        .minor_faults = thread->faults_minor,
        .major_faults = thread->faults_major,
        .voluntary = thread->switches_voluntary,
        .involuntary = thread->switches_forced,
    };
}

void process_usage(struct process *process, struct process_usage *usage_out)
{
    const struct irq_key key = spin_lock_irq(&process->lock);
    *usage_out =
        (struct process_usage){process->user_time,    process->kernel_time, process->minor_faults,
                               process->major_faults, process->voluntary,   process->involuntary};
    list_for_each(struct task, task, &process->tasks, process_link) {
        struct process_usage one;
        task_usage(task, &one);
        usage_out->user_time += one.user_time;
        usage_out->kernel_time += one.kernel_time;
        usage_out->minor_faults += one.minor_faults;
        usage_out->major_faults += one.major_faults;
        usage_out->voluntary += one.voluntary;
        usage_out->involuntary += one.involuntary;
    }
    spin_unlock_irq(&process->lock, key);
}

void task_io_add(struct task_io *sum, const struct task_io *io)
{
    sum->bytes_read += io->bytes_read;
    sum->bytes_written += io->bytes_written;
    sum->reads += io->reads;
    sum->writes += io->writes;
}

void process_io(struct process *process, struct task_io *io_out)
{
    const struct irq_key key = spin_lock_irq(&process->lock);
    *io_out = process->io;
    list_for_each(struct task, task, &process->tasks, process_link)
        task_io_add(io_out, &task->io);
    spin_unlock_irq(&process->lock, key);
}

u64 process_peak_rss_kb(struct process *process)
{
    struct vm_space *space = process_space_get(process);
    struct vm_usage usage;
    if (!space)
        return 0;
    vm_space_usage(space, &usage);
    vm_space_put(space);
    return usage.peak_resident_pages * (PAGE_SIZE / 1024);
}

static void usage_of_children(const struct process *process, struct process_usage *usage_out)
{
    *usage_out = (struct process_usage){
        .user_time = process->children_user_time,
        .kernel_time = process->children_kernel_time,
        .minor_faults = process->children_minor_faults,
        .major_faults = process->children_major_faults,
    };
}

i64 sys_getrusage(const u64 *arguments)
{
    struct process *process = process_current();
    struct process_usage usage;
    u64 peak = 0;
    switch ((i32)arguments[0]) {
    case RUSAGE_SELF:
        process_usage(process, &usage);
        peak = process_peak_rss_kb(process);
        break;
    case RUSAGE_CHILDREN:
        usage_of_children(process, &usage);
        peak = process->children_peak_rss;
        break;
    case RUSAGE_THREAD:
        task_usage(task_current(), &usage);
        peak = process_peak_rss_kb(process);
        break;
    default:
        return call_error(LINUX_EINVAL);
    }
    const struct linux_rusage told = {
        .user = clock_timeval_of(usage.user_time),
        .system = clock_timeval_of(usage.kernel_time),
        .max_rss_kb = (i64)peak,
        .minor_faults = (i64)usage.minor_faults,
        .major_faults = (i64)usage.major_faults,
        .voluntary = (i64)usage.voluntary,
        .involuntary = (i64)usage.involuntary,
    };
    return syscall_result(user_copy_out(vaddr_of(arguments[1]), &told, sizeof told));
}

static i64 ticks(nanos span)
{
    return (i64)(span / (NANOS_PER_SECOND / USER_HZ));
}

i64 sys_times(const u64 *arguments)
{
    struct process *process = process_current();
    struct process_usage usage;
    process_usage(process, &usage);
    const i64 told[4] = {ticks(usage.user_time), ticks(usage.kernel_time),
                         ticks(process->children_user_time), ticks(process->children_kernel_time)};
    if (arguments[0] && user_copy_out(vaddr_of(arguments[0]), told, sizeof told) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    return ticks(hal_clock_now());
}
