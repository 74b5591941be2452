/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Who a process is: its number, group and session. */
#include "calls.h"
#include "task/tasks.h"

i64 sys_getpid(const u64 *arguments)
{
    (void)arguments;
    return process_current()->pid;
}

i64 sys_gettid(const u64 *arguments)
{
    (void)arguments;
    return task_current()->tid;
}

i64 sys_getppid(const u64 *arguments)
{
    (void)arguments;
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    const struct process *parent = process_current()->parent;
    const u32 pid = parent ? parent->pid : 0;
    spin_unlock_irq(&process_table_lock, key);
    return pid;
}

i64 sys_getpgrp(const u64 *arguments)
{
    (void)arguments;
    return process_current()->pgid;
}

/* The process of the task @pid, or the caller's for 0. Locked, because it goes at once. */
static struct process *named_locked(u32 pid) HELIX_REQUIRES(&process_table_lock)
{
    const struct task *task = pid ? task_find_locked(pid) : task_current();
    return task ? task->process : process_find_locked(pid);
}

i64 sys_getpgid(const u64 *arguments)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    const struct process *process = named_locked((u32)arguments[0]);
    const i64 result = process ? (i64)process->pgid : call_error(LINUX_ESRCH);
    spin_unlock_irq(&process_table_lock, key);
    return result;
}

i64 sys_getsid(const u64 *arguments)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    const struct process *process = named_locked((u32)arguments[0]);
    const i64 result = process ? (i64)process->sid : call_error(LINUX_ESRCH);
    spin_unlock_irq(&process_table_lock, key);
    return result;
}

static i64 set_group_locked(struct process *process, u32 pid, u32 pgid)
    HELIX_REQUIRES(&process_table_lock)
{
    const struct process *self = process_current();
    if (process && process->pid != pid)
        return call_error(LINUX_EINVAL); // a thread that does not lead its process
    if (!process || (process != self && process->parent != self))
        return call_error(LINUX_ESRCH);
    if (process != self) {
        if (process->sid != self->sid)
            return call_error(LINUX_EPERM);
        if (process->did_exec)
            return call_error(LINUX_EACCES);
    }
    if (process->sid == process->pid)
        return call_error(LINUX_EPERM);
    if (pgid != process->pid && !group_exists_locked(pgid, self->sid))
        return call_error(LINUX_EPERM);
    process->pgid = pgid;
    return 0;
}

i64 sys_setpgid(const u64 *arguments)
{
    const u32 pid = (u32)arguments[0] ? (u32)arguments[0] : process_current()->pid;
    const u32 pgid = (u32)arguments[1] ? (u32)arguments[1] : pid;
    if ((i32)pgid < 0)
        return call_error(LINUX_EINVAL);
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    const i64 result = set_group_locked(named_locked(pid), pid, pgid);
    spin_unlock_irq(&process_table_lock, key);
    return result;
}

i64 sys_setsid(const u64 *arguments)
{
    struct process *self = process_current();
    i64 result = call_error(LINUX_EPERM);
    (void)arguments;
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    if (!group_exists_locked(self->pid, SESSION_ANY) && self->sid != self->pid) {
        self->pgid = self->sid = self->pid;
        self->tty = NULL;
        result = self->pid;
    }
    spin_unlock_irq(&process_table_lock, key);
    return result;
}
