/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Scheduling calls: policies, priorities, affinity. The run queues belong to execution; here are
 * Linux's rules about who may ask for what. */
#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/execution/entry.h>
#include <helix/execution/thread.h>
#include <helix/hal/cpu.h>
#include <helix/memory/user_copy.h>

#include "calls.h"
#include "linux_task.h"
#include "task/tasks.h"
#include "time/clock.h"

#define RESET_ON_FORK 0x40000000u
#define RT_MOST       99u
#define NICE_WORST    19
#define NICE_BEST     (-20)

static bool is_rt(u32 policy)
{
    return policy == SCHED_POLICY_FIFO || policy == SCHED_POLICY_RR;
}

static bool is_fair(u32 policy)
{
    return policy == SCHED_POLICY_NORMAL || policy == SCHED_POLICY_BATCH ||
           policy == SCHED_POLICY_IDLE;
}

/* The task @tid (0: the caller) with a reference, if the caller may change it when @change. */
static helix_status get_task(u32 tid, bool change, struct task **task_out)
{
    struct task *task = tid == 0 ? task_current() : task_find(tid);
    if (!task)
        return HELIX_E_NO_PROCESS;
    if (tid == 0)
        task_get(task);
    if (change && !task_owns(task->process)) {
        task_put(task);
        return HELIX_E_PERM;
    }
    *task_out = task;
    return HELIX_OK;
}

i64 sys_sched_yield(const u64 *arguments)
{
    (void)arguments;
    thread_yield();
    return 0;
}

/* Without CAP_SYS_NICE real-time priority is bounded by RLIMIT_RTPRIO, and niceness by RLIMIT_NICE.
 */
static bool may_take(const struct task *task, u32 policy, u32 priority, i32 nice)
{
    if (task_capable(CAP_SYS_NICE))
        return true;
    if (policy == SCHED_POLICY_DEADLINE)
        return false;
    if (is_rt(policy))
        return priority <= process_limit(LINUX_RLIMIT_RTPRIO);
    return nice >= task->thread->sched.nice || (u64)(20 - nice) <= process_limit(LINUX_RLIMIT_NICE);
}

static helix_status check_priority(u32 policy, u32 priority)
{
    if (is_rt(policy))
        return priority >= 1 && priority <= RT_MOST ? HELIX_OK : HELIX_E_INVAL;
    return is_fair(policy) && priority == 0 ? HELIX_OK : HELIX_E_INVAL;
}

static helix_status set_policy(struct task *task, u32 policy, u32 priority, i32 nice)
{
    const helix_status status = check_priority(policy, priority);
    if (status != HELIX_OK)
        return status;
    if (!may_take(task, policy, priority, nice))
        return HELIX_E_PERM;
    return thread_set_policy(task->thread, (enum sched_policy)policy, priority, nice);
}

static i64 change_policy(u32 tid, bool keep_policy, u32 policy, u64 user_priority)
{
    i32 priority;
    if ((i32)tid < 0 || !user_priority)
        return -LINUX_EINVAL;
    helix_status status = user_copy_in(&priority, vaddr_of(user_priority), sizeof priority);
    struct task *task;
    if (status == HELIX_OK)
        status = get_task(tid, true, &task);
    if (status != HELIX_OK)
        return syscall_result(status);
    const struct sched_entity *now = &task->thread->sched;
    status = set_policy(task, keep_policy ? (u32)now->policy : policy, (u32)priority, now->nice);
    task_put(task);
    return syscall_result(status);
}

i64 sys_sched_setscheduler(const u64 *arguments)
{
    if ((i32)arguments[1] < 0)
        return -LINUX_EINVAL;
    return change_policy((u32)arguments[0], false, (u32)arguments[1] & ~RESET_ON_FORK,
                         arguments[2]);
}

i64 sys_sched_setparam(const u64 *arguments)
{
    return change_policy((u32)arguments[0], true, 0, arguments[1]);
}

i64 sys_sched_getscheduler(const u64 *arguments)
{
    struct task *task;
    if ((i32)arguments[0] < 0)
        return -LINUX_EINVAL;
    const helix_status status = get_task((u32)arguments[0], false, &task);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 policy = task->thread->sched.policy;
    task_put(task);
    return policy;
}

i64 sys_sched_getparam(const u64 *arguments)
{
    struct task *task;
    if ((i32)arguments[0] < 0 || !arguments[1])
        return -LINUX_EINVAL;
    const helix_status status = get_task((u32)arguments[0], false, &task);
    if (status != HELIX_OK)
        return syscall_result(status);
    const u32 priority = task->thread->sched.rt_priority;
    task_put(task);
    return syscall_result(user_copy_out(vaddr_of(arguments[1]), &priority, sizeof priority));
}

i64 sys_sched_get_priority_max(const u64 *arguments)
{
    const u32 policy = (u32)arguments[0];
    if (is_rt(policy))
        return RT_MOST;
    return is_fair(policy) || policy == SCHED_POLICY_DEADLINE ? 0 : -LINUX_EINVAL;
}

i64 sys_sched_get_priority_min(const u64 *arguments)
{
    const u32 policy = (u32)arguments[0];
    if (is_rt(policy))
        return 1;
    return is_fair(policy) || policy == SCHED_POLICY_DEADLINE ? 0 : -LINUX_EINVAL;
}

#define RR_SLICE (100 * NANOS_PER_MS)

i64 sys_sched_rr_get_interval(const u64 *arguments)
{
    struct task *task;
    if ((i32)arguments[0] < 0)
        return -LINUX_EINVAL;
    const helix_status status = get_task((u32)arguments[0], false, &task);
    if (status != HELIX_OK)
        return syscall_result(status);
    const bool sliced = task->thread->sched.policy == SCHED_POLICY_RR;
    task_put(task);
    return syscall_result(clock_copy_out(arguments[1], sliced ? RR_SLICE : 0));
}

/* struct sched_attr of sched_setattr(2), first version. */
struct linux_sched_attr {
    u32 size, policy;
    u64 flags;
    i32 nice;
    u32 priority;
    u64 runtime, deadline, period;
};
_Static_assert(sizeof(struct linux_sched_attr) == 48, "SCHED_ATTR_SIZE_VER0");

static helix_status set_deadline(struct task *task, const struct linux_sched_attr *attr)
{
    const u64 period = attr->period ? attr->period : attr->deadline;
    if (attr->runtime == 0 || attr->runtime > attr->deadline || attr->deadline > period)
        return HELIX_E_INVAL;
    if (!may_take(task, SCHED_POLICY_DEADLINE, 0, 0))
        return HELIX_E_PERM;
    return thread_set_deadline(task->thread, attr->runtime, attr->deadline, period);
}

static i32 bounded_nice(i64 nice)
{
    return nice < NICE_BEST ? NICE_BEST : nice > NICE_WORST ? NICE_WORST : (i32)nice;
}

i64 sys_sched_setattr(const u64 *arguments)
{
    struct linux_sched_attr attr;
    if ((i32)arguments[0] < 0 || arguments[2] != 0)
        return -LINUX_EINVAL;
    helix_status status = user_copy_in(&attr, vaddr_of(arguments[1]), sizeof attr);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (attr.size != 0 && attr.size < sizeof attr)
        return -LINUX_E2BIG;
    struct task *task;
    status = get_task((u32)arguments[0], true, &task);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = attr.policy == SCHED_POLICY_DEADLINE
                 ? set_deadline(task, &attr)
                 : set_policy(task, attr.policy, attr.priority, bounded_nice(attr.nice));
    task_put(task);
    return syscall_result(status);
}

i64 sys_sched_getattr(const u64 *arguments)
{
    const u32 capacity = (u32)arguments[2];
    struct linux_sched_attr attr;
    if ((i32)arguments[0] < 0 || capacity < sizeof attr || arguments[3] != 0)
        return -LINUX_EINVAL;
    struct task *task;
    const helix_status status = get_task((u32)arguments[0], false, &task);
    if (status != HELIX_OK)
        return syscall_result(status);
    const struct sched_entity *from = &task->thread->sched;
    attr = (struct linux_sched_attr){
        .size = sizeof attr,
        .policy = from->policy,
        .nice = is_fair(from->policy) ? from->nice : 0,
        .priority = from->rt_priority,
        .runtime = from->deadline_runtime,
        .deadline = from->deadline_relative,
        .period = from->deadline_period,
    };
    task_put(task);
    return syscall_result(user_copy_out(vaddr_of(arguments[1]), &attr, sizeof attr));
}

i64 sys_sched_setaffinity(const u64 *arguments)
{
    cpu_mask mask = 0;
    const size_t bytes = arguments[1] < sizeof mask ? arguments[1] : sizeof mask;
    helix_status status = user_copy_in(&mask, vaddr_of(arguments[2]), bytes);
    struct task *task;
    if (status == HELIX_OK)
        status = get_task((u32)arguments[0], true, &task);
    if (status != HELIX_OK)
        return syscall_result(status);
    mask &= execution_cpus();
    status = mask ? thread_set_affinity(task->thread, mask) : HELIX_E_INVAL;
    task_put(task);
    return syscall_result(status);
}

i64 sys_sched_getaffinity(const u64 *arguments)
{
    struct task *task;
    if (arguments[1] < sizeof(cpu_mask) || arguments[1] % sizeof(u64) != 0)
        return -LINUX_EINVAL;
    helix_status status = get_task((u32)arguments[0], false, &task);
    if (status != HELIX_OK)
        return syscall_result(status);
    const cpu_mask mask = task->thread->sched.affinity & execution_cpus();
    task_put(task);
    status = user_copy_out(vaddr_of(arguments[2]), &mask, sizeof mask);
    return status == HELIX_OK ? (i64)sizeof mask : syscall_result(status);
}

i64 sys_getcpu(const u64 *arguments)
{
    const u32 cpu = hal_cpu_id(), node = 0;
    if (arguments[0] && user_copy_out(vaddr_of(arguments[0]), &cpu, sizeof cpu) != HELIX_OK)
        return -LINUX_EFAULT;
    if (arguments[1] && user_copy_out(vaddr_of(arguments[1]), &node, sizeof node) != HELIX_OK)
        return -LINUX_EFAULT;
    return 0;
}
