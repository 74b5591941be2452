/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Taking pending signals off their queues, and the running task's mask. */
#include "signal/signals.h"
#include "task/tasks.h"

#include <helix/lib/atomic.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

signal_set signal_deliverable(const struct task *task) HELIX_NO_THREAD_SAFETY
{
    const struct process *process = task->process;
    return (READ_ONCE(task->signal.pending.set) | READ_ONCE(process->pending.set)) &
           ~task->signal.blocked;
}

/* Reads without a lock: a sender that comes later interrupts the thread, which makes its wait look
 * again. */
bool signal_pending_here(void)
{
    const struct task *task = task_current();
    if (!task || likely(!(READ_ONCE(task->thread->hal.work) & (HAL_WORK_SIGNAL | HAL_WORK_UNWIND))))
        return false;
    const struct process *process = task->process;
    return signal_deliverable(task) || READ_ONCE(process->exiting) || READ_ONCE(process->stopped) ||
           READ_ONCE(task->trace.trap) || (process->survivor && process->survivor != task);
}

bool signal_fatal_pending(void)
{
    const struct task *task = task_current();
    if (!task)
        return false;
    const struct process *process = task->process;
    return READ_ONCE(process->exiting) || (process->survivor && process->survivor != task);
}

/* The content of @signal, and whether more of the same is queued behind it. */
static void dequeue_one(struct process *process, struct signal_pending *pending, int signal,
                        struct signal_info *info_out)
{
    struct queued_signal *found = NULL;
    bool more = false;
    list_for_each(struct queued_signal, queued, &pending->queue, link) {
        if (queued->info.number != signal)
            continue;
        more = found != NULL;
        if (more)
            break;
        found = queued;
    }
    if (!more)
        pending->set &= ~SIGNAL_BIT(signal);
    *info_out = (struct signal_info){.number = signal, .code = SI_USER};
    if (!found)
        return; // came without content: no memory then
    *info_out = found->info;
    list_remove(&found->link);
    kmem_free(&signal_queue_cache, found);
    atomic_fetch_sub_relaxed(&process->queued_signals, 1u);
}

static int first_signal(signal_set set)
{
    const signal_set faults = set & SIGNALS_FAULT;
    return __builtin_ctzll(faults ? faults : set) + 1;
}

bool signal_dequeue_locked(struct process *process, struct task *task, signal_set wanted,
                           struct signal_info *info_out)
{
    struct signal_pending *pending = &task->signal.pending;
    signal_set set = pending->set & wanted;
    if (!set) {
        pending = &process->pending;
        set = pending->set & wanted;
    }
    if (!set)
        return false;
    dequeue_one(process, pending, first_signal(set), info_out);
    return true;
}

bool signal_take(signal_set wanted, struct signal_info *info_out)
{
    struct task *task = task_current();
    struct process *process = task->process;
    const struct irq_key key = spin_lock_irq(&process->lock);
    const bool taken = signal_dequeue_locked(process, task, wanted, info_out);
    spin_unlock_irq(&process->lock, key);
    return taken;
}

/* Signals for the whole process that this task blocks from now on need another taker. */
static void hand_over_locked(struct process *process, signal_set set) HELIX_REQUIRES(&process->lock)
{
    set &= process->pending.set;
    if (!set)
        return;
    list_for_each(struct task, task, &process->tasks, process_link)
        if (set & ~task->signal.blocked)
            thread_interrupt(task->thread, HAL_WORK_SIGNAL);
}

void signal_set_mask(signal_set blocked)
{
    struct task *task = task_current();
    struct process *process = task->process;
    blocked &= ~SIGNALS_UNBLOCKABLE;
    if (blocked == task->signal.blocked)
        return;
    const struct irq_key key = spin_lock_irq(&process->lock);
    const signal_set newly = blocked & ~task->signal.blocked;
    task->signal.blocked = blocked;
    if (newly && process->task_count > 1)
        hand_over_locked(process, newly);
    if (signal_deliverable(task))
        atomic_fetch_or_relaxed(&task->thread->hal.work, HAL_WORK_SIGNAL);
    spin_unlock_irq(&process->lock, key);
}

void signal_mask_replace(signal_set blocked)
{
    struct task *task = task_current();
    task->signal.saved_blocked = task->signal.blocked;
    atomic_fetch_or_relaxed(&task->thread->hal.work, HAL_WORK_RESTORE);
    signal_set_mask(blocked);
}

void signal_mask_restore(void)
{
    struct task *task = task_current();
    const unsigned old =
        atomic_fetch_and_relaxed(&task->thread->hal.work, ~(unsigned)HAL_WORK_RESTORE);
    if (old & HAL_WORK_RESTORE)
        signal_set_mask(task->signal.saved_blocked);
}

bool signal_tells_of_file(const struct signal_info *info)
{
    if (info->number == SIGCHLD) // whose own codes have the same numbers
        return false;
    return (info->code > 0 && info->code <= POLL_CODES) || info->code == SI_SIGIO;
}

void signal_info_write(const struct signal_info *info, struct linux_siginfo *to)
{
    memset(to, 0, sizeof *to);
    to->number = info->number;
    to->error = info->error;
    to->code = info->code;
    if (info->code == SI_TIMER) {
        to->timer.id = info->timer_id;
        to->timer.overrun = info->overrun;
        to->timer.value = info->value;
    } else if (info->code > 0 && info->code < SI_KERNEL && info->number == SIGCHLD) {
        to->child.pid = info->pid;
        to->child.uid = info->uid;
        to->child.status = info->status;
        to->child.user_time = info->user_time;
        to->child.system_time = info->kernel_time;
    } else if (info->code > 0 && info->code < SI_KERNEL &&
               (SIGNALS_FAULT & SIGNAL_BIT(info->number))) {
        to->fault.address = info->address;
    } else if (signal_tells_of_file(info)) {
        to->poll.band = info->band;
        to->poll.fd = info->fd;
    } else {
        to->rt.pid = info->pid;
        to->rt.uid = info->uid;
        to->rt.value = info->value;
    }
}

void signal_info_read(const struct linux_siginfo *from, struct signal_info *info_out)
{
    *info_out = (struct signal_info){
        .number = from->number,
        .error = from->error,
        .code = from->code,
        .pid = from->rt.pid,
        .uid = from->rt.uid,
        .value = from->rt.value,
    };
    if (from->code == SI_TIMER) {
        info_out->timer_id = from->timer.id;
        info_out->overrun = from->timer.overrun;
    } else if (from->code > 0 && from->code < SI_KERNEL) {
        info_out->status = from->child.status;
        info_out->user_time = from->child.user_time;
        info_out->kernel_time = from->child.system_time;
        info_out->address = from->fault.address;
        info_out->band = (i32)from->poll.band;
        info_out->fd = from->poll.fd;
    }
}
