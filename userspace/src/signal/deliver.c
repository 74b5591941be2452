/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The user boundary: what a thread does before it goes back to its program. It ends, stops, or
 * takes its signals here and nowhere else, so that nothing of the kernel is on its stack then.
 *
 * A call that was interrupted has left a restart code as its result. The first handler's frame
 * decides what becomes of it; without a handler the call runs again, and the program notices
 * nothing.
 */
#include "arch.h"
#include "core/core.h"
#include "signal/signals.h"
#include "task/rseq.h"
#include "task/tasks.h"
#include "trace/trace.h"

#include <helix/lib/atomic.h>

/* restart_syscall(2) by this architecture's number. */
extern const u32 arch_restart_number;

static bool in_restartable_call(const struct hal_frame *frame)
{
    const i64 result = hal_frame_syscall_result(frame);
    return (i64)hal_frame_syscall_number(frame) >= 0 && result <= SYSCALL_RESTART_IF_ALLOWED &&
           result >= SYSCALL_RESTART_TIMED;
}

static void restart(struct hal_frame *frame, u64 number)
{
    hal_frame_restart_syscall(frame, number);
    arch_frame_leave_syscall(frame);
}

static void restart_without_handler(struct hal_frame *frame)
{
    if (!in_restartable_call(frame))
        return;
    const bool timed = hal_frame_syscall_result(frame) == SYSCALL_RESTART_TIMED;
    restart(frame, timed ? arch_restart_number : hal_frame_syscall_number(frame));
}

static void restart_with_handler(struct hal_frame *frame, const struct signal_action *action)
{
    if (!in_restartable_call(frame))
        return;
    const i64 result = hal_frame_syscall_result(frame);
    const bool again = result == SYSCALL_RESTART_ALWAYS ||
                       (result == SYSCALL_RESTART_IF_ALLOWED && (action->flags & SA_RESTART));
    if (again) {
        restart(frame, hal_frame_syscall_number(frame));
    } else {
        hal_frame_set_syscall_result(frame, call_error(LINUX_EINTR));
        arch_frame_leave_syscall(frame);
    }
}

static void notify_parent(struct process *process, i32 code, i32 status)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    // A stop or a continuation leaves nothing to reap. A parent that traces hears of stops as such.
    if (code != CLD_STOPPED || !trace_is_by(process, process->parent))
        (void)process_notify_parent_locked(process, code, status);
    spin_unlock_irq(&process_table_lock, key);
}

static void notify_if_continued(struct process *process)
{
    const struct irq_key key = spin_lock_irq(&process->lock);
    const bool notify = process->continue_notify;
    process->continue_notify = false;
    spin_unlock_irq(&process->lock, key);
    if (notify)
        notify_parent(process, CLD_CONTINUED, SIGCONT);
}

static bool stays_stopped(const struct process *process, const struct task *task)
{
    const struct task *survivor = READ_ONCE(process->survivor);
    return READ_ONCE(process->stopped) && !READ_ONCE(process->exiting) &&
           (!survivor || survivor == task) && likely(!task_is_traced(task));
}

/* Signals do not wake it; SIGCONT, SIGKILL and a sibling's execve() do, through the queue. */
static void wait_while_stopped(struct process *process, const struct task *task)
{
    helix_ignore(WAIT_FOR(&process->stop_wait, !stays_stopped(process, task), NANOS_NEVER,
                          WAIT_UNINTERRUPTIBLE, "stopped"));
    notify_if_continued(process);
}

/* Job-control stops mean nothing to a group that no shell watches. */
static bool stop_is_for_nobody(struct process *process, int signal)
{
    if (signal == SIGSTOP)
        return false;
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    const bool orphaned = group_is_orphaned_locked(process->pgid, NULL);
    spin_unlock_irq(&process_table_lock, key);
    return orphaned;
}

static void stop(struct process *process, int signal)
{
    if (stop_is_for_nobody(process, signal))
        return;
    const struct irq_key key = spin_lock_irq(&process->lock);
    const bool first = !process->stopped;
    signal_stop_locked(process, (u32)signal);
    task_current()->trace.stops_seen = process->stops - 1; // a tracee takes part again
    spin_unlock_irq(&process->lock, key);
    if (first)
        notify_parent(process, CLD_STOPPED, signal);
}

static void act_by_default(struct process *process, const struct signal_info *info)
{
    const int signal = info->number;
    const signal_set bit = SIGNAL_BIT(signal);
    // A tracer shows pid 1 what is not for it.
    if ((bit & SIGNALS_IGNORED) || process == process_init)
        return;
    if (bit & SIGNALS_STOP)
        stop(process, signal);
    else if ((bit & SIGNALS_CORE) && core_dump(info))
        process_exit_group((u32)signal | WAIT_STATUS_CORE);
    else
        process_exit_group((u32)signal);
}

struct taken {
    struct signal_info info;
    struct signal_action action;
    bool asks; // its tracer decides about it first
};

static void take_action_locked(struct process *process, struct taken *taken)
    HELIX_REQUIRES(&process->lock)
{
    struct signal_hand *hand = process->signals;
    spin_lock(&hand->lock);
    struct signal_action *kept = &hand->actions[taken->info.number - 1];
    taken->action = *kept;
    if ((kept->flags & SA_RESETHAND) && kept->handler.raw > SIG_IGN && !taken->asks)
        kept->handler = vaddr_of(SIG_DFL);
    spin_unlock(&hand->lock);
}

/* Its tracer changes what a task takes, or drops it: false. */
static HELIX_NOINLINE bool ask_tracer(struct process *process, struct task *task,
                                      struct taken *taken)
{
    if (!trace_signal(task, &taken->info))
        return false;
    taken->asks = false;
    const struct irq_key key = spin_lock_irq(&process->lock);
    take_action_locked(process, taken);
    spin_unlock_irq(&process->lock, key);
    return true;
}

/* Take the next signal with its action. False: there is none. */
static bool take_next(struct process *process, struct task *task, struct taken *taken)
{
    const struct irq_key key = spin_lock_irq(&process->lock);
    const bool found = signal_dequeue_locked(process, task, ~task->signal.blocked, &taken->info);
    if (found)
        take_action_locked(process, taken);
    spin_unlock_irq(&process->lock, key);
    return found;
}

/* The handler's frame does not fit: SIGSEGV, and with its default action when it was its own
 * handler. */
static void frame_failed(struct task *task, int signal)
{
    if (signal == SIGSEGV) {
        struct signal_hand *hand = task->process->signals;
        const struct irq_key key = spin_lock_irq(&hand->lock);
        hand->actions[SIGSEGV - 1].handler = vaddr_of(SIG_DFL);
        spin_unlock_irq(&hand->lock, key);
    }
    const struct signal_info info = {.number = SIGSEGV, .code = SI_KERNEL};
    signal_force(task, SIGSEGV, &info);
}

static void run_handler(struct hal_frame *frame, struct task *task, const struct signal_info *info,
                        const struct signal_action *action)
{
    const int signal = info->number;
    restart_with_handler(frame, action);
    if (unlikely(rseq_interrupt(frame) != HELIX_OK)) {
        frame_failed(task, signal);
        return;
    }
    const unsigned work =
        atomic_fetch_and_relaxed(&task->thread->hal.work, ~(unsigned)HAL_WORK_RESTORE);
    const signal_set saved =
        work & HAL_WORK_RESTORE ? task->signal.saved_blocked : task->signal.blocked;
    if (signal_frame_push(frame, signal, action, info, saved) != HELIX_OK) {
        signal_set_mask(saved);
        frame_failed(task, signal);
        return;
    }
    signal_set blocked = task->signal.blocked | action->mask;
    if (!(action->flags & SA_NODEFER))
        blocked |= SIGNAL_BIT(signal);
    signal_set_mask(blocked);
    if (unlikely(task->trace.steps))
        trace_handler_entered();
}

static void end_if_told(struct process *process, const struct task *task)
{
    if (unlikely(READ_ONCE(process->exiting)))
        task_exit(process->group_exit_code);
    const struct task *survivor = READ_ONCE(process->survivor);
    if (unlikely(survivor && survivor != task))
        task_exit(core_dump_wait(process) ? process->group_exit_code : 0);
}

/* A stop of the whole process, or what a tracer wants. True: look at everything again. */
static HELIX_NOINLINE bool attend(struct process *process, struct task *task)
{
    if (task_is_traced(task) && trace_boundary(task))
        return true;
    if (!stays_stopped(process, task) && !READ_ONCE(process->continue_notify))
        return false;
    wait_while_stopped(process, task);
    return true;
}

/* Not part of user_return(), which has a short way through for threads that were switched out. */
HELIX_NOINLINE void signal_deliver(struct hal_frame *frame)
{
    struct task *task = task_current();
    struct process *process = task->process;
    struct taken taken;
    atomic_fetch_and_acq_rel(&task->thread->hal.work,
                             ~(unsigned)(HAL_WORK_SIGNAL | HAL_WORK_UNWIND));
    for (;;) {
        end_if_told(process, task);
        taken.asks = task_is_traced(task);
        if (unlikely(taken.asks || READ_ONCE(process->stopped) ||
                     READ_ONCE(process->continue_notify)) &&
            attend(process, task))
            continue;
        if (!take_next(process, task, &taken))
            break;
        if (unlikely(taken.asks) && !ask_tracer(process, task, &taken))
            continue;
        if (taken.action.handler.raw == SIG_DFL)
            act_by_default(process, &taken.info);
        else if (taken.action.handler.raw != SIG_IGN)
            run_handler(frame, task, &taken.info, &taken.action);
    }
    restart_without_handler(frame);
    signal_mask_restore();
}

void user_return(struct hal_frame *frame)
{
    struct hal_thread *thread = hal_current();
    const unsigned work = atomic_load_relaxed(&thread->work);
    if (work & (HAL_WORK_SIGNAL | HAL_WORK_UNWIND | HAL_WORK_RESTORE))
        signal_deliver(frame);
    if (work & HAL_WORK_RSEQ)
        rseq_return(frame);
}
