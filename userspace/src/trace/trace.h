/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/userspace/task.h>

#include "linux_task.h"
#include "task/tasks.h"

/*
 * Private to userspace: the hooks of ptrace(2). One that is called for every task, traced or not,
 * looks at task->trace.tracer first and costs a load and a branch.
 */

#define TRACE_EVENT_FORK       1u
#define TRACE_EVENT_VFORK      2u
#define TRACE_EVENT_CLONE      3u
#define TRACE_EVENT_EXEC       4u
#define TRACE_EVENT_VFORK_DONE 5u
#define TRACE_EVENT_EXIT       6u
#define TRACE_EVENT_STOP       128u

#define TRACE_O_SYSGOOD  1u
#define TRACE_O_EVENT(n) (1u << (n)) // the option that asks for event n
#define TRACE_O_EXITKILL (1u << 20)
#define TRACE_O_SUSPEND  (1u << 21)
#define TRACE_O_MASK     (0xffu | TRACE_O_EXITKILL | TRACE_O_SUSPEND)

#define TRACE_CALL_BEGIN 1u // message of a system call's stops
#define TRACE_CALL_END   2u

static inline bool task_is_traced(const struct task *task)
{
    return READ_ONCE(task->trace.tracer) != NULL;
}

/* A fresh task: nobody's tracee, no tracees. */
void trace_init(struct task *task);

/* At the user boundary, for a tracee: stop if its tracer, or a stop of the whole process, wants it
 * so. True: something happened; look at everything again. */
bool trace_boundary(struct task *task);

/* A tracee is about to take @info: the tracer decides. False: nothing is left to be taken. */
bool trace_signal(struct task *task, struct signal_info *info);

/* The running task has a handler's frame now, and was to be stopped after one instruction. */
void trace_handler_entered(void);

/* Tell the tracer of @event, if it wants to know. The running task. */
void trace_event(u32 event, u64 message);
void trace_exec_done(u32 old_tid);

/* struct user_boundary. */
bool trace_call_begin(struct hal_frame *frame);
void trace_call_end(struct hal_frame *frame);

/*
 * A child of the running task is about to be visible: is it to be traced from the start? Returns
 * the event that trace_event() tells afterwards, 0: none.
 */
u32 trace_clone_event(u64 flags, u32 exit_signal);
void trace_inherit_locked(struct task *child, u32 event, u64 flags)
    HELIX_REQUIRES(&process_table_lock);

/* SIGCONT was sent, or another end of the stop: under process->lock. */
void trace_continued_locked(struct process *process) HELIX_REQUIRES(&process->lock);

/* @task must come to its end: let it look, if it waits for its tracer. */
void trace_wake(struct task *task);

/* The running task ends: its tracees go their own way. */
void trace_tracer_ended(struct task *task);

/* @task, not the leader of its process, has ended. False: no tracer waits for that. */
void trace_task_ended_locked(struct task *task, u32 status) HELIX_REQUIRES(&process_table_lock);

/* @process is a zombie. True: a tracer that is not its parent is told first, and the parent when
 * that has waited. */
bool trace_process_ended_locked(struct process *process) HELIX_REQUIRES(&process_table_lock);

/* Does a task of @other trace @process? */
bool trace_is_by(const struct process *process, const struct process *other);

/* @task is a tracee no more; the caller puts its reference. */
void trace_unlink_locked(struct task *task) HELIX_REQUIRES(&process_table_lock);

/* The leader of @process, which may have ended long ago, makes place for the task that survives
 * execve(). NULL: it had no tracer. Else the caller puts it. */
struct task *trace_drop_leader_locked(struct process *process, struct task *survivor)
    HELIX_REQUIRES(&process_table_lock);

/* May the running task gain rights by execve()? Not under a tracer that could not have them. */
bool trace_allows_rights(void);

/* May the running task look into @task as ptrace(2) does? */
bool trace_may_attach(struct task *task);
