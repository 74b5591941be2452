/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Scheduling calls: policies and priorities. The run queues belong to execution; here are Linux's
 * rules about who may ask for what. */
#include "sched/sched.h"

#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/execution/entry.h>
#include <helix/execution/mutex.h>
#include <helix/lib/bitmap.h>
#include <helix/lib/string.h>
#include <helix/memory/user_copy.h>

#include "calls.h"
#include "time/clock.h"

#define RESET_ON_FORK 0x40000000u
#define RT_MOST       99u
#define NICE_WORST    19
#define NICE_BEST     (-20)

/* sched_attr.sched_flags */
#define ATTR_RESET_ON_FORK 0x01u
#define ATTR_KEEP_POLICY   0x08u
#define ATTR_KEEP_PARAMS   0x10u
#define ATTR_FLAGS         (0x02u | 0x04u | ATTR_RESET_ON_FORK | ATTR_KEEP_POLICY | ATTR_KEEP_PARAMS)
#define ATTR_CLAMPS        0x60u // utilization: there is nothing to clamp
#define ATTR_FIRST_BYTES   48u

/* SCHED_DEADLINE: what may be promised of a CPU, in 2^-20 parts, and the periods it is promised
 * for.
 */
#define SHARE_SHIFT     20
#define SHARE_MOST      ((95ull << SHARE_SHIFT) / 100)
#define PERIOD_SHORTEST (100 * NANOS_PER_US)
#define PERIOD_LONGEST  ((1ull << 22) * NANOS_PER_US)
#define RUNTIME_LEAST   1024u

/* struct sched_attr of sched_setattr(2). */
struct linux_sched_attr {
    u32 size, policy;
    u64 flags;
    i32 nice;
    u32 priority;
    u64 runtime, deadline, period;
    u32 clamp_min, clamp_max;
};
_Static_assert(sizeof(struct linux_sched_attr) == 56, "SCHED_ATTR_SIZE_VER1");

static bool is_rt(u32 policy)
{
    return policy == SCHED_POLICY_FIFO || policy == SCHED_POLICY_RR;
}

static bool is_fair(u32 policy)
{
    return policy == SCHED_POLICY_NORMAL || policy == SCHED_POLICY_BATCH ||
           policy == SCHED_POLICY_IDLE;
}

helix_status sched_task_get(u64 tid, struct task **task_out)
{
    if ((i32)tid < 0)
        return HELIX_E_INVAL;
    struct task *task = (u32)tid ? task_find((u32)tid) : task_current();
    if (!task)
        return HELIX_E_NO_PROCESS;
    if (!(u32)tid)
        task_get(task);
    *task_out = task;
    return HELIX_OK;
}

i64 sys_sched_yield(const u64 *arguments)
{
    (void)arguments;
    thread_yield();
    return 0;
}

bool sched_may_be_nice(const struct task *task, i32 nice)
{
    return (u64)(20 - nice) <= READ_ONCE(task->process->limits[LINUX_RLIMIT_NICE].soft) ||
           task_capable(CAP_SYS_NICE);
}

/* What a change asks for. */
struct change {
    struct sched_setting setting;
    bool reset_on_fork;
};

/* Without CAP_SYS_NICE real-time priority is bounded by RLIMIT_RTPRIO, and niceness by RLIMIT_NICE.
 */
static bool may_change(const struct task *task, const struct sched_setting *now,
                       const struct change *to)
{
    const struct sched_setting *wanted = &to->setting;
    if (task_capable(CAP_SYS_NICE))
        return true;
    const u64 most = READ_ONCE(task->process->limits[LINUX_RLIMIT_RTPRIO].soft);
    if (is_fair(wanted->policy) && wanted->nice < now->nice &&
        !sched_may_be_nice(task, wanted->nice))
        return false;
    if (is_rt(wanted->policy) &&
        ((wanted->policy != now->policy && most == 0) ||
         (wanted->rt_priority > now->rt_priority && wanted->rt_priority > most)))
        return false;
    if (wanted->policy == SCHED_POLICY_DEADLINE)
        return false;
    if (now->policy == SCHED_POLICY_IDLE && wanted->policy != SCHED_POLICY_IDLE &&
        !sched_may_be_nice(task, now->nice))
        return false;
    return task_owns(task->process) && (!task->sched_reset_on_fork || to->reset_on_fork);
}

static bool deadline_is_valid(const struct sched_setting *setting)
{
    const u64 period = setting->period;
    return setting->runtime >= RUNTIME_LEAST && setting->relative >= setting->runtime &&
           !(setting->relative >> 63) && !(period >> 63) && period >= setting->relative &&
           period >= PERIOD_SHORTEST && period <= PERIOD_LONGEST;
}

static helix_status check_setting(const struct sched_setting *setting)
{
    if (setting->policy == SCHED_POLICY_DEADLINE)
        return setting->rt_priority == 0 && deadline_is_valid(setting) ? HELIX_OK : HELIX_E_INVAL;
    if (is_rt(setting->policy))
        return setting->rt_priority >= 1 && setting->rt_priority <= RT_MOST ? HELIX_OK
                                                                            : HELIX_E_INVAL;
    return is_fair(setting->policy) && setting->rt_priority == 0 ? HELIX_OK : HELIX_E_INVAL;
}

/* ---- SCHED_DEADLINE: what is promised to all must be there ---- */

static struct mutex admission = MUTEX_INIT(admission, LOCK_RANK_NONE);

struct promises {
    const struct thread *except;
    u64 share;
};

static bool add_promise(struct thread *thread, void *context)
{
    struct promises *promises = context;
    const struct sched_entity *entity = &thread->sched;
    if (thread != promises->except && entity->policy == SCHED_POLICY_DEADLINE &&
        entity->deadline_period)
        promises->share += (entity->deadline_runtime << SHARE_SHIFT) / entity->deadline_period;
    return true;
}

/* BUSY: more than there is. PERM: it may not run everywhere, as admission assumes. */
static helix_status set_deadline(struct task *task, const struct sched_setting *setting)
{
    struct promises promises = {.except = task->thread,
                                .share = (setting->runtime << SHARE_SHIFT) / setting->period};
    const cpu_mask all = execution_cpus();
    if ((task->thread->sched.affinity & all) != all)
        return HELIX_E_PERM;
    mutex_lock(&admission);
    thread_for_each(add_promise, &promises);
    helix_status status = promises.share > SHARE_MOST * bit_count(all)
                              ? HELIX_E_BUSY
                              : task_setting_set(task, setting);
    mutex_unlock(&admission);
    return status;
}

static helix_status change_task(struct task *task, const struct change *to)
{
    struct sched_setting now;
    task_setting_get(task, &now);
    helix_status status = check_setting(&to->setting);
    if (status != HELIX_OK)
        return status;
    if (!may_change(task, &now, to))
        return HELIX_E_PERM;
    status = to->setting.policy == SCHED_POLICY_DEADLINE ? set_deadline(task, &to->setting)
                                                         : task_setting_set(task, &to->setting);
    if (status == HELIX_OK)
        task->sched_reset_on_fork = to->reset_on_fork;
    return status;
}

#define SAME_POLICY UINT32_MAX

static i64 change_policy(u64 tid, u32 policy, u64 user_priority)
{
    u32 priority;
    struct task *task;
    if ((i32)tid < 0 || !user_priority)
        return -LINUX_EINVAL;
    helix_status status = user_copy_in(&priority, vaddr_of(user_priority), sizeof priority);
    if (status == HELIX_OK)
        status = sched_task_get(tid, &task);
    if (status != HELIX_OK)
        return syscall_result(status);
    struct change change = {.reset_on_fork = task->sched_reset_on_fork};
    task_setting_get(task, &change.setting);
    change.setting.rt_priority = priority;
    change.setting.period = 0; // these calls know no deadlines
    if (policy != SAME_POLICY) {
        change.setting.policy = (enum sched_policy)(policy & ~RESET_ON_FORK);
        change.reset_on_fork = policy & RESET_ON_FORK;
    }
    status = change_task(task, &change);
    task_put(task);
    return syscall_result(status);
}

i64 sys_sched_setscheduler(const u64 *arguments)
{
    if ((i32)arguments[1] < 0)
        return -LINUX_EINVAL;
    return change_policy(arguments[0], (u32)arguments[1], arguments[2]);
}

i64 sys_sched_setparam(const u64 *arguments)
{
    return change_policy(arguments[0], SAME_POLICY, arguments[1]);
}

/* The setting of the task @tid. */
static helix_status setting_of(u64 tid, struct sched_setting *setting_out, bool *reset_out)
{
    struct task *task;
    const helix_status status = sched_task_get(tid, &task);
    if (status != HELIX_OK)
        return status;
    task_setting_get(task, setting_out);
    *reset_out = task->sched_reset_on_fork;
    task_put(task);
    return HELIX_OK;
}

i64 sys_sched_getscheduler(const u64 *arguments)
{
    struct sched_setting setting;
    bool reset;
    const helix_status status = setting_of(arguments[0], &setting, &reset);
    if (status != HELIX_OK)
        return syscall_result(status);
    return (i64)setting.policy | (reset ? RESET_ON_FORK : 0);
}

i64 sys_sched_getparam(const u64 *arguments)
{
    struct sched_setting setting;
    bool reset;
    if (!arguments[1])
        return -LINUX_EINVAL;
    const helix_status status = setting_of(arguments[0], &setting, &reset);
    if (status != HELIX_OK)
        return syscall_result(status);
    return syscall_result(
        user_copy_out(vaddr_of(arguments[1]), &setting.rt_priority, sizeof setting.rt_priority));
}

static i64 priority_bound(u32 policy, i64 of_rt)
{
    if (is_rt(policy))
        return of_rt;
    return is_fair(policy) || policy == SCHED_POLICY_DEADLINE ? 0 : -LINUX_EINVAL;
}

i64 sys_sched_get_priority_max(const u64 *arguments)
{
    return priority_bound((u32)arguments[0], RT_MOST);
}

i64 sys_sched_get_priority_min(const u64 *arguments)
{
    return priority_bound((u32)arguments[0], 1);
}

#define RR_SLICE   (100 * NANOS_PER_MS)
#define FAIR_SLICE (4 * NANOS_PER_MS) // what a program may count on when it shares the CPU

i64 sys_sched_rr_get_interval(const u64 *arguments)
{
    struct sched_setting setting;
    bool reset;
    const helix_status status = setting_of(arguments[0], &setting, &reset);
    if (status != HELIX_OK)
        return syscall_result(status);
    const nanos slice = setting.policy == SCHED_POLICY_RR ? RR_SLICE
                        : is_fair(setting.policy)         ? FAIR_SLICE
                                                          : 0;
    return syscall_result(clock_copy_out(arguments[1], slice));
}

/* A structure of another size than ours: the program is told which we know. */
static i64 refuse_size(u64 at)
{
    const u32 ours = sizeof(struct linux_sched_attr);
    return user_copy_out(vaddr_of(at), &ours, sizeof ours) == HELIX_OK ? -LINUX_E2BIG
                                                                       : -LINUX_EFAULT;
}

/* What a newer program knows and we do not must be zero. */
static i64 read_attr(u64 at, struct linux_sched_attr *attr)
{
    u32 size;
    memset(attr, 0, sizeof *attr);
    if (user_copy_in(&size, vaddr_of(at), sizeof size) != HELIX_OK)
        return -LINUX_EFAULT;
    if (size == 0)
        size = ATTR_FIRST_BYTES;
    if (size < ATTR_FIRST_BYTES || size > PAGE_SIZE)
        return refuse_size(at);
    if (user_copy_in(attr, vaddr_of(at), min(size, (u32)sizeof *attr)) != HELIX_OK)
        return -LINUX_EFAULT;
    for (u64 i = sizeof *attr; i < size; i++) {
        u8 byte;
        if (user_copy_in(&byte, vaddr_of(at + i), 1) != HELIX_OK)
            return -LINUX_EFAULT;
        if (byte != 0)
            return refuse_size(at);
    }
    if ((attr->flags & ATTR_CLAMPS) && size < sizeof *attr)
        return -LINUX_EINVAL;
    return 0;
}

static i32 bounded_nice(i32 nice)
{
    return min(max(nice, NICE_BEST), NICE_WORST);
}

/* What @attr makes of the setting that a task has now, @change. */
static void apply_attr(const struct linux_sched_attr *attr, struct change *change)
{
    struct sched_setting *setting = &change->setting;
    if (!(attr->flags & ATTR_KEEP_POLICY))
        setting->policy = (enum sched_policy)attr->policy;
    if (!(attr->flags & ATTR_KEEP_PARAMS)) {
        setting->rt_priority = attr->priority;
        if (is_fair(setting->policy))
            setting->nice = bounded_nice(attr->nice);
        setting->runtime = attr->runtime;
        setting->relative = attr->deadline;
        setting->period = attr->period ? attr->period : attr->deadline;
    }
    change->reset_on_fork = attr->flags & ATTR_RESET_ON_FORK;
}

i64 sys_sched_setattr(const u64 *arguments)
{
    struct linux_sched_attr attr;
    struct task *task;
    struct change change;
    if ((i32)arguments[0] < 0 || (u32)arguments[2] != 0 || !arguments[1])
        return -LINUX_EINVAL;
    const i64 error = read_attr(arguments[1], &attr);
    if (error)
        return error;
    if ((i32)attr.policy < 0 || (attr.flags & ~(u64)(ATTR_FLAGS | ATTR_CLAMPS)))
        return -LINUX_EINVAL;
    helix_status status = sched_task_get(arguments[0], &task);
    if (status != HELIX_OK)
        return syscall_result(status);
    task_setting_get(task, &change.setting);
    apply_attr(&attr, &change);
    status = attr.flags & ATTR_CLAMPS ? HELIX_E_NOTSUP : change_task(task, &change);
    task_put(task);
    return syscall_result(status);
}

i64 sys_sched_getattr(const u64 *arguments)
{
    const u32 capacity = (u32)arguments[2];
    struct sched_setting setting;
    bool reset;
    if (!arguments[1] || capacity < ATTR_FIRST_BYTES || capacity > PAGE_SIZE ||
        (u32)arguments[3] != 0)
        return -LINUX_EINVAL;
    const helix_status status = setting_of(arguments[0], &setting, &reset);
    if (status != HELIX_OK)
        return syscall_result(status);
    const struct linux_sched_attr attr = {
        .size = min(capacity, (u32)sizeof attr),
        .policy = setting.policy,
        .flags = reset ? ATTR_RESET_ON_FORK : 0,
        .nice = is_fair(setting.policy) ? setting.nice : 0,
        .priority = setting.rt_priority,
        .runtime = setting.runtime,
        .deadline = setting.relative,
        .period = setting.period,
    };
    return syscall_result(user_copy_out(vaddr_of(arguments[1]), &attr, attr.size));
}

void sched_setting_for_child(const struct task *parent, struct sched_entity *entity)
{
    struct sched_setting setting;
    task_setting_get(parent, &setting);
    if (parent->sched_reset_on_fork && !is_fair(setting.policy)) {
        setting.policy = SCHED_POLICY_NORMAL;
        setting.rt_priority = 0;
    }
    if (parent->sched_reset_on_fork && setting.nice < 0)
        setting.nice = 0;
    entity->policy = setting.policy;
    entity->rt_priority = setting.rt_priority;
    entity->nice = setting.nice;
}
