/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* kill(2), tgkill(2), rt_sigqueueinfo(2): who may send what to whom. */
#include "calls.h"
#include "signal/signals.h"
#include "task/tasks.h"

#include <helix/capability/linux.h>
#include <helix/memory/user_copy.h>

#define LINUX_ESRCH_RESULT (-(i64)LINUX_ESRCH)

bool task_may_signal(struct process *target, int signal)
{
    const struct process *self = process_current();
    const struct credentials *own = task_current()->credentials;
    if (own->euid == target->suid || own->euid == target->uid || own->uid == target->suid ||
        own->uid == target->uid || task_capable(CAP_KILL))
        return true;
    return signal == SIGCONT && self->sid == target->sid;
}

/* 0, -EPERM, or what the queue says. */
i64 signal_send_checked(struct process *target, int signal, const struct signal_info *info)
{
    if (!task_may_signal(target, signal))
        return call_error(LINUX_EPERM);
    if (signal == 0)
        return 0;
    return syscall_result(signal_send_process(target, signal, info));
}

/* One process is told; of a group or of all, success with any is success. */
static i64 kill_many(bool all, u32 pgid, int signal, const struct signal_info *info)
{
    i64 result = LINUX_ESRCH_RESULT;
    const struct process *self = process_current();
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    list_for_each(struct process, target, &process_table, table_link) {
        if (all ? target == self || target == process_init : target->pgid != pgid)
            continue;
        const i64 one = signal_send_checked(target, signal, info);
        if (one == 0 || result == LINUX_ESRCH_RESULT)
            result = one;
    }
    spin_unlock_irq(&process_table_lock, key);
    return result;
}

i64 signal_kill(i32 pid, int signal, const struct signal_info *info)
{
    if (pid == INT32_MIN)
        return LINUX_ESRCH_RESULT;
    if (pid <= 0)
        return kill_many(pid == -1, pid == 0 ? process_current()->pgid : (u32)-pid, signal, info);
    struct process *target = process_find((u32)pid);
    if (!target)
        return LINUX_ESRCH_RESULT;
    const i64 result = signal_send_checked(target, signal, info);
    process_put(target);
    return result;
}

static struct signal_info own_info(int signal, i32 code)
{
    return (struct signal_info){
        .number = signal,
        .code = code,
        .pid = process_current()->pid,
        .uid = task_current()->credentials->uid,
    };
}

static bool is_signal_or_null(u64 number)
{
    return (u32)number <= SIGNAL_COUNT;
}

i64 sys_kill(const u64 *arguments)
{
    const int signal = (int)arguments[1];
    if (!is_signal_or_null(arguments[1]))
        return call_error(LINUX_EINVAL);
    const struct signal_info info = own_info(signal, SI_USER);
    return signal_kill((i32)arguments[0], signal, &info);
}

/* @tgid 0: whatever process the task is in. */
static i64 kill_task(u32 tgid, u32 tid, int signal, const struct signal_info *info)
{
    struct task *task = task_find(tid);
    if (!task)
        return LINUX_ESRCH_RESULT;
    i64 result = LINUX_ESRCH_RESULT;
    if (tgid == 0 || task->process->pid == tgid) {
        result = task_may_signal(task->process, signal) ? 0 : call_error(LINUX_EPERM);
        if (result == 0 && signal != 0)
            result = syscall_result(signal_send_task(task, signal, info));
    }
    task_put(task);
    return result;
}

i64 sys_tkill(const u64 *arguments)
{
    const int signal = (int)arguments[1];
    if ((i32)arguments[0] <= 0 || !is_signal_or_null(arguments[1]))
        return call_error(LINUX_EINVAL);
    const struct signal_info info = own_info(signal, SI_TKILL);
    return kill_task(0, (u32)arguments[0], signal, &info);
}

i64 sys_tgkill(const u64 *arguments)
{
    const int signal = (int)arguments[2];
    if ((i32)arguments[0] <= 0 || (i32)arguments[1] <= 0 || !is_signal_or_null(arguments[2]))
        return call_error(LINUX_EINVAL);
    const struct signal_info info = own_info(signal, SI_TKILL);
    return kill_task((u32)arguments[0], (u32)arguments[1], signal, &info);
}

/* Only to itself may a process pretend that the kernel or kill(2) sent it. */
i64 signal_read_queued(u64 at, int signal, u32 target, struct signal_info *info_out)
{
    struct linux_siginfo user;
    if (user_copy_in(&user, vaddr_of(at), sizeof user) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    if ((user.code >= 0 || user.code == SI_TKILL) && target != process_current()->pid)
        return call_error(LINUX_EPERM);
    signal_info_read(&user, info_out);
    info_out->number = signal;
    return 0;
}

i64 sys_rt_sigqueueinfo(const u64 *arguments)
{
    const int signal = (int)arguments[1];
    struct signal_info info;
    if (!is_signal_or_null(arguments[1]))
        return call_error(LINUX_EINVAL);
    const i64 error = signal_read_queued(arguments[2], signal, (u32)arguments[0], &info);
    if (error)
        return error;
    struct process *target = process_find((u32)arguments[0]);
    if (!target)
        return LINUX_ESRCH_RESULT;
    const i64 result = signal_send_checked(target, signal, &info);
    process_put(target);
    return result;
}

i64 sys_rt_tgsigqueueinfo(const u64 *arguments)
{
    const int signal = (int)arguments[2];
    struct signal_info info;
    if ((i32)arguments[0] <= 0 || (i32)arguments[1] <= 0 || !is_signal_or_null(arguments[2]))
        return call_error(LINUX_EINVAL);
    const i64 error = signal_read_queued(arguments[3], signal, (u32)arguments[0], &info);
    if (error)
        return error;
    return kill_task((u32)arguments[0], (u32)arguments[1], signal, &info);
}
