/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What wait4(2) and waitid(2) tell a tracer of its tracees. */
#include "task/wait.h"

#include "signal/signals.h"
#include "trace/trace.h"

static bool matches_locked(const struct task *task, const struct wait_request *request)
    HELIX_REQUIRES(&process_table_lock)
{
    if ((request->options & W_NOTHREAD) && task->trace.tracer != task_current())
        return false;
    switch (request->which) {
    case P_PID:
        return task->tid == request->id;
    case P_PGID:
        return task->process->pgid == request->id;
    default:
        return true;
    }
}

static bool tell_stop_locked(struct task *task, const struct wait_request *request,
                             struct wait_found *found) HELIX_REQUIRES(&process_table_lock)
{
    struct task_trace *trace = &task->trace;
    spin_lock(&task->process->lock);
    const bool told = trace->stopped && trace->report;
    if (told) {
        trace->report = request->options & WNOWAIT;
        found->status = WAIT_STATUS_STOP(trace->code);
        process_child_info(task->process, (i32)CLD_TRAPPED, (i32)trace->code, &found->info);
        found->info.pid = task->tid;
    }
    spin_unlock(&task->process->lock);
    return told;
}

static void tell_task_end_locked(struct task *task, const struct wait_request *request,
                                 struct wait_found *found) HELIX_REQUIRES(&process_table_lock)
{
    const u32 status = task->trace.exit_status, signal = status & 0x7f;
    found->status = status;
    process_child_info(task->process, signal ? CLD_KILLED : CLD_EXITED,
                       (i32)(signal ? signal : status >> 8 & 0xff), &found->info);
    found->info.pid = task->tid;
    if (request->options & WNOWAIT)
        return;
    trace_unlink_locked(task);
    found->released = task;
}

/* The tracer has seen it; now it is its parent's turn. */
static void tell_process_end_locked(struct task *task, const struct wait_request *request,
                                    struct wait_found *found) HELIX_REQUIRES(&process_table_lock)
{
    struct process *process = task->process;
    wait_tell_end_locked(process, found);
    if (request->options & WNOWAIT)
        return;
    trace_unlink_locked(task);
    found->released = task;
    if (process_notify_parent_locked(process, 0, 0)) {
        list_remove(&process->sibling_link);
        process_table_remove_locked(process);
        found->reaped = process;
    }
}

static bool tell_end_locked(struct task *task, const struct wait_request *request,
                            struct wait_found *found) HELIX_REQUIRES(&process_table_lock)
{
    struct process *process = task->process;
    const bool leads = process->traced_leader == task;
    if (!(request->options & WEXITED) || !(leads ? process->zombie : task->trace.ended))
        return false;
    if (!leads)
        tell_task_end_locked(task, request, found);
    else if (process->parent != task->trace.tracer->process)
        tell_process_end_locked(task, request, found);
    else
        return false; // among the children
    return true;
}

helix_status trace_scan_locked(struct process *process, const struct wait_request *request,
                               struct wait_found *found)
{
    helix_status status = HELIX_E_NO_CHILD;
    list_for_each(struct task, task, &process->tracees, trace.tracee_link) {
        if (!matches_locked(task, request))
            continue;
        if (tell_stop_locked(task, request, found) || tell_end_locked(task, request, found))
            return HELIX_OK;
        status = HELIX_E_AGAIN;
    }
    return status;
}
