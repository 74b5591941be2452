/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Who traces whom. A tracer is one thread; its process's list holds a reference on each tracee,
 * which so outlives its own thread: until the tracer has waited for its end, or has let go of it.
 */
#include "trace/link.h"

#include <helix/capability/linux.h>
#include <helix/core/user_boundary.h>
#include <helix/lib/atomic.h>

#include "signal/signals.h"
#include "trace/trace.h"

void trace_init(struct task *task)
{
    wait_queue_init(&task->trace.resume);
}

static bool same_owner(const struct credentials *self, const struct credentials *other)
{
    return self->uid == other->euid && self->uid == other->suid && self->uid == other->uid &&
           self->gid == other->egid && self->gid == other->sgid && self->gid == other->gid;
}

bool trace_may_attach(struct task *task)
{
    const struct credentials *self = task_current()->credentials;
    if (task->process == process_current() || task_capable(CAP_SYS_PTRACE))
        return true;
    struct credentials *other = task_credentials_get(task);
    const bool may = same_owner(self, other) && task->process->dumpable &&
                     (other->cap_permitted & ~self->cap_permitted) == 0;
    credentials_put(other);
    return may;
}

bool trace_allows_rights(void)
{
    struct task *task = task_current();
    if (likely(!task_is_traced(task)))
        return true;
    struct task *tracer = NULL;
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    tracer = task->trace.tracer;
    if (tracer)
        task_get(tracer);
    spin_unlock_irq(&process_table_lock, key);
    if (!tracer)
        return true;
    struct credentials *own = task_credentials_get(tracer);
    const bool may = own->cap_effective >> CAP_SYS_PTRACE & 1;
    credentials_put(own);
    task_put(tracer);
    return may;
}

static void link_locked(struct task *task, struct task *tracer, u32 options, bool seized)
    HELIX_REQUIRES(&process_table_lock)
{
    struct task_trace *trace = &task->trace;
    struct process *process = task->process;
    task_get(task);
    list_push_back(&tracer->process->tracees, &trace->tracee_link);
    spin_lock(&process->lock);
    trace->options = options;
    trace->seized = seized;
    trace->trap = trace->calls = trace->emulates = trace->steps = false;
    trace->message = 0;
    trace->stops_seen = process->stops - (process->stopped ? 1 : 0);
    WRITE_ONCE(trace->tracer, tracer);
    spin_unlock(&process->lock);
    if (task->tid == process->pid)
        process->traced_leader = task;
    syscall_watch();
}

void trace_unlink_locked(struct task *task)
{
    struct task_trace *trace = &task->trace;
    struct process *process = task->process;
    list_remove(&trace->tracee_link);
    if (process->traced_leader == task)
        process->traced_leader = NULL;
    spin_lock(&process->lock);
    WRITE_ONCE(trace->tracer, NULL);
    trace->stopped = trace->trap = trace->listening = trace->frozen = false;
    trace->calls = trace->emulates = trace->steps = false;
    if (!trace->ended && !process->zombie)
        thread_interrupt(task->thread, HAL_WORK_UNWIND);
    wait_wake_all(&trace->resume);
    spin_unlock(&process->lock);
    syscall_unwatch();
}

/* The parent's own thread that made this process; another of its threads when that has ended. */
static struct task *creator_locked(const struct process *process)
    HELIX_REQUIRES(&process_table_lock)
{
    struct process *parent = process->parent;
    struct task *creator = task_find_locked(process->parent_tid);
    if (creator && creator->process == parent)
        return creator;
    spin_lock(&parent->lock);
    creator =
        parent->leader ? parent->leader : list_first(&parent->tasks, struct task, process_link);
    spin_unlock(&parent->lock);
    return creator;
}

i64 trace_me(void)
{
    struct task *task = task_current();
    i64 result = 0;
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    struct task *tracer = task->process->parent ? creator_locked(task->process) : NULL;
    if (task_is_traced(task))
        result = call_error(LINUX_EPERM);
    else if (tracer && !tracer->trace.ending)
        link_locked(task, tracer, 0, false);
    spin_unlock_irq(&process_table_lock, key);
    return result;
}

static i64 attach_locked(struct task *task, u32 options, bool seize)
    HELIX_REQUIRES(&process_table_lock)
{
    struct process *process = task->process;
    // One that is half way through its end, or has no registers to show yet.
    if (task_is_traced(task) || process->exiting || process->zombie || !task->files)
        return call_error(LINUX_EPERM);
    link_locked(task, task_current(), options, seize);
    spin_lock(&process->lock);
    if (!seize)
        signal_send_locked(process, task, SIGSTOP, NULL);
    // A stop by a signal becomes one of its tracer.
    if (process->stopped)
        wait_wake_all(&process->stop_wait);
    spin_unlock(&process->lock);
    return 0;
}

i64 trace_attach(u32 tid, u32 options, bool seize)
{
    struct task *task = task_find(tid);
    if (!task)
        return call_error(LINUX_ESRCH);
    i64 result = call_error(LINUX_EPERM);
    if (task->process != process_current() && trace_may_attach(task)) {
        const struct irq_key key = spin_lock_irq(&process_table_lock);
        result = attach_locked(task, options, seize);
        spin_unlock_irq(&process_table_lock, key);
    }
    task_put(task);
    return result;
}

i64 trace_detach(struct task *task, int signal)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    task->trace.signal = signal;
    trace_unlink_locked(task);
    spin_unlock_irq(&process_table_lock, key);
    task_put(task); // the list's
    return 0;
}

helix_status trace_freeze(u32 tid, struct task **task_out)
{
    helix_status status = HELIX_E_NO_PROCESS;
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    list_for_each(struct task, task, &process_current()->tracees, trace.tracee_link) {
        if (task->tid != tid || task->trace.tracer != task_current())
            continue;
        spin_lock(&task->process->lock);
        if (task->trace.stopped && !task->trace.listening) {
            task->trace.frozen = true;
            task_get(task);
            *task_out = task;
            status = HELIX_OK;
        }
        spin_unlock(&task->process->lock);
        break;
    }
    spin_unlock_irq(&process_table_lock, key);
    return status;
}

void trace_thaw(struct task *task)
{
    const struct irq_key key = spin_lock_irq(&task->process->lock);
    task->trace.frozen = false;
    wait_wake_all(&task->trace.resume);
    spin_unlock_irq(&task->process->lock, key);
    task_put(task);
}

struct task *trace_running(u32 tid)
{
    struct task *found = NULL;
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    list_for_each(struct task, task, &process_current()->tracees, trace.tracee_link)
        if (task->tid == tid && task->trace.tracer == task_current() && !task->trace.ended) {
            task_get(task);
            found = task;
            break;
        }
    spin_unlock_irq(&process_table_lock, key);
    return found;
}

u32 trace_clone_event(u64 flags, u32 exit_signal)
{
    const struct task *task = task_current();
    if (likely(!task_is_traced(task)) || (flags & CLONE_UNTRACED))
        return 0;
    const u32 event = flags & CLONE_VFORK      ? TRACE_EVENT_VFORK
                      : exit_signal != SIGCHLD ? TRACE_EVENT_CLONE
                                               : TRACE_EVENT_FORK;
    return task->trace.options & TRACE_O_EVENT(event) ? event : 0;
}

void trace_inherit_locked(struct task *child, u32 event, u64 flags)
{
    const struct task_trace *own = &task_current()->trace;
    if (likely(!own->tracer) || !(event || (flags & CLONE_PTRACE)))
        return;
    link_locked(child, own->tracer, own->options, own->seized);
    spin_lock(&child->process->lock);
    if (own->seized)
        child->trace.trap = true;
    else
        child->signal.pending.set |= SIGNAL_BIT(SIGSTOP);
    atomic_fetch_or_relaxed(&child->thread->hal.work, HAL_WORK_SIGNAL | HAL_WORK_UNWIND);
    spin_unlock(&child->process->lock);
}

bool trace_is_by(const struct process *process, const struct process *other)
{
    const struct task *leader = process->traced_leader;
    return leader && leader->trace.tracer->process == other;
}

static void tell_end_locked(const struct task *task, u32 status) HELIX_REQUIRES(&process_table_lock)
{
    struct process *to = task->trace.tracer->process;
    const u32 signal = status & 0x7f;
    struct signal_info info;
    process_child_info(task->process, signal ? CLD_KILLED : CLD_EXITED,
                       (i32)(signal ? signal : status >> 8 & 0xff), &info);
    info.pid = task->tid;
    spin_lock(&to->lock);
    signal_send_locked(to, NULL, SIGCHLD, &info);
    spin_unlock(&to->lock);
    wait_wake_all(&to->wait_children);
}

void trace_task_ended_locked(struct task *task, u32 status)
{
    task->trace.exit_status = status;
    if (likely(!task->trace.tracer))
        return;
    task->trace.ended = true;
    if (task->process->traced_leader != task)
        tell_end_locked(task, status);
}

bool trace_process_ended_locked(struct process *process)
{
    struct task *leader = process->traced_leader;
    if (likely(!leader) || leader->trace.tracer->process == process->parent)
        return false;
    tell_end_locked(leader, process->exit_status);
    return true;
}

struct task *trace_drop_leader_locked(struct process *process, struct task *survivor)
{
    struct task *leader = process->traced_leader;
    if (leader && leader != survivor)
        trace_unlink_locked(leader);
    else
        leader = NULL;
    if (task_is_traced(survivor))
        process->traced_leader = survivor;
    return leader;
}

/* What its parent could not wait for as long as a tracer was in between. True: nobody will wait. */
static bool zombie_let_go_locked(struct process *process) HELIX_REQUIRES(&process_table_lock)
{
    if (!process->zombie || !process_notify_parent_locked(process, 0, 0))
        return false;
    list_remove(&process->sibling_link);
    process_table_remove_locked(process);
    return true;
}

static struct task *first_tracee_locked(const struct task *tracer)
    HELIX_REQUIRES(&process_table_lock)
{
    list_for_each(struct task, task, &tracer->process->tracees, trace.tracee_link)
        if (task->trace.tracer == tracer)
            return task;
    return NULL;
}

static struct task *let_one_go(struct task *tracer, bool *reap_out)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    struct task *task = first_tracee_locked(tracer);
    tracer->trace.ending = true;
    *reap_out = false;
    if (task) {
        const bool kill = task->trace.options & TRACE_O_EXITKILL;
        const bool leads = task->process->traced_leader == task;
        const bool foreign = task->process->parent != tracer->process;
        trace_unlink_locked(task);
        if (kill)
            helix_ignore(signal_send_process(task->process, SIGKILL, NULL)); // never queued
        *reap_out = leads && foreign && zombie_let_go_locked(task->process);
    }
    spin_unlock_irq(&process_table_lock, key);
    return task;
}

void trace_tracer_ended(struct task *tracer)
{
    bool reap;
    struct task *task;
    while ((task = let_one_go(tracer, &reap)) != NULL) {
        if (reap)
            process_put(task->process);
        task_put(task);
    }
}
