/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "signal/signals.h"
#include "task/tasks.h"
#include "trace/trace.h"

#include <helix/lib/atomic.h>

static i32 exit_code_of(u32 status, i32 *value_out)
{
    const u32 signal = status & 0x7f;
    *value_out = signal ? (i32)signal : (i32)((status >> 8) & 0xff);
    if (!signal)
        return CLD_EXITED;
    return status & WAIT_STATUS_CORE ? CLD_DUMPED : CLD_KILLED;
}

void process_child_info(const struct process *process, i32 code, i32 status,
                        struct signal_info *info_out)
{
    if (code == 0)
        code = exit_code_of(process->exit_status, &status);
    *info_out = (struct signal_info){
        .number = SIGCHLD,
        .code = code,
        .pid = process->pid,
        .uid = process->uid,
        .status = status,
        .user_time = (i64)(process->user_time / (NANOS_PER_SECOND / USER_HZ)),
        .kernel_time = (i64)(process->kernel_time / (NANOS_PER_SECOND / USER_HZ)),
    };
}

bool process_notify_parent_locked(struct process *process, i32 code, i32 status)
{
    struct process *parent = process->parent;
    const bool ended = code == 0;
    const u32 signal = ended ? process->exit_signal : SIGCHLD;
    if (!parent)
        return ended;
    struct signal_action action;
    signal_action_get(parent, SIGCHLD, &action);
    const bool ignored = action.handler.raw == SIG_IGN;
    const bool unwanted = ended && signal == SIGCHLD && (ignored || (action.flags & SA_NOCLDWAIT));
    const bool quiet = !ended && (ignored || (action.flags & SA_NOCLDSTOP));
    if (signal && signal <= SIGNAL_COUNT && !quiet) { // clone(2) takes any number
        struct signal_info info;
        process_child_info(process, code, status, &info);
        info.number = (i32)signal;
        spin_lock(&parent->lock);
        signal_send_locked(parent, NULL, (int)signal, &info);
        spin_unlock(&parent->lock);
    }
    wait_wake_all(&parent->wait_children);
    return unwanted;
}

void process_interrupt_locked(struct process *process, unsigned work)
{
    list_for_each(struct task, task, &process->tasks, process_link)
        thread_interrupt(task->thread, work);
}

void process_end_tasks_locked(struct process *process, const struct task *except)
{
    list_for_each(struct task, task, &process->tasks, process_link) {
        if (task == except)
            continue;
        atomic_fetch_or_relaxed(&task->thread->flags, (u32)THREAD_FLAG_KILLED);
        thread_interrupt(task->thread, HAL_WORK_SIGNAL | HAL_WORK_UNWIND);
        trace_wake(task);
    }
    wait_wake_all(&process->stop_wait);
}

void process_kill_locked(struct process *process, u32 status)
{
    if (process->exiting)
        return;
    process->exiting = true;
    process->group_exit_code = status;
    process_end_tasks_locked(process, NULL);
    if (process->survivor)
        wait_wake_all(&process->exit_wait);
}
