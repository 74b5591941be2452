/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Sending signals. All of it happens under the process's lock with interrupts off: senders are
 * timers and terminals too.
 *
 * SIGKILL ends every task at once; other signals are queued, and the task that takes them decides
 * at its user boundary. A stop signal and SIGCONT cancel each other when they are sent, not when
 * they are taken, so that the last one wins.
 */
#include "signal/signal_file.h"
#include "signal/signals.h"
#include "task/tasks.h"
#include "trace/trace.h"

#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>
#include <helix/memory/heap.h>

struct kmem_cache signal_queue_cache = KMEM_CACHE(queued_signal);
static struct kmem_cache hand_cache = KMEM_CACHE(signal_hand);
static u32 stopped_processes;

u32 signal_stopped_processes(void)
{
    return atomic_load_relaxed(&stopped_processes);
}

struct signal_hand *signal_hand_create(void)
{
    struct signal_hand *hand = kmem_alloc(&hand_cache);
    if (!hand)
        return NULL;
    hand->object = (struct object){.type = &signal_hand_object_type, .id = object_id_new()};
    spinlock_init(&hand->lock, LOCK_RANK_SIGNAL);
    ref_init(&hand->references);
    return hand;
}

struct signal_hand *signal_hand_copy(struct signal_hand *from) HELIX_NO_THREAD_SAFETY
{
    struct signal_hand *hand = signal_hand_create();
    if (!hand)
        return NULL;
    const struct irq_key key = spin_lock_irq(&from->lock);
    for (unsigned i = 0; i < SIGNAL_COUNT; i++)
        hand->actions[i] = from->actions[i];
    spin_unlock_irq(&from->lock, key);
    return hand;
}

void signal_hand_put(struct signal_hand *hand)
{
    if (ref_put(&hand->references))
        kmem_free(&hand_cache, hand);
}

void signal_action_get(struct process *process, int signal, struct signal_action *action_out)
{
    struct signal_hand *hand = process->signals;
    const struct irq_key key = spin_lock_irq(&hand->lock);
    *action_out = hand->actions[signal - 1];
    spin_unlock_irq(&hand->lock, key);
}

static void queue_free(struct process *process, struct queued_signal *queued)
{
    list_remove(&queued->link);
    kmem_free(&signal_queue_cache, queued);
    atomic_fetch_sub_relaxed(&process->queued_signals, 1u);
}

static void forget_locked(struct process *process, struct signal_pending *pending, signal_set set)
{
    if (!(pending->set & set))
        return;
    pending->set &= ~set;
    list_for_each_safe(struct queued_signal, queued, &pending->queue, link)
        if (set & SIGNAL_BIT(queued->info.number))
            queue_free(process, queued);
}

void signal_queue_flush(struct process *process, struct signal_pending *pending)
{
    forget_locked(process, pending, ~(signal_set)0);
}

static void forget_everywhere_locked(struct process *process, signal_set set)
    HELIX_REQUIRES(&process->lock)
{
    forget_locked(process, &process->pending, set);
    list_for_each(struct task, task, &process->tasks, process_link)
        forget_locked(process, &task->signal.pending, set);
}

void signal_forget_locked(struct process *process, signal_set set)
{
    forget_everywhere_locked(process, set);
}

static uintptr_t handler_of(const struct process *process, int signal) HELIX_NO_THREAD_SAFETY
{
    return READ_ONCE(process->signals->actions[signal - 1].handler.raw);
}

/* pid 1 gets only what it has handlers for. */
static bool is_ignored(const struct process *process, const struct task *task, int signal)
{
    const signal_set bit = SIGNAL_BIT(signal);
    if (task && (((task->signal.blocked | task->signal.awaited) & bit) || task_is_traced(task)))
        return false;
    const uintptr_t handler = handler_of(process, signal);
    if (handler == SIG_IGN)
        return true;
    return handler == SIG_DFL && ((SIGNALS_IGNORED & bit) || process == process_init);
}

/* The parent hears of it from the task that continues first: signal delivery. Here the table lock
 * cannot be taken. */
static void continue_locked(struct process *process) HELIX_REQUIRES(&process->lock)
{
    if (!process->stopped)
        return;
    process->stopped = false;
    process->stop_report = false;
    process->continue_report = true;
    process->continue_notify = true;
    atomic_fetch_sub_relaxed(&stopped_processes, 1u);
    process_interrupt_locked(process, HAL_WORK_UNWIND);
    wait_wake_all(&process->stop_wait);
}

void signal_stop_locked(struct process *process, u32 signal)
{
    if (process->stopped || process->exiting)
        return;
    process->stopped = true;
    process->stops++;
    process->stop_signal = signal;
    process->stop_report = true;
    process->continue_report = false;
    atomic_fetch_add_relaxed(&stopped_processes, 1u);
    process_interrupt_locked(process, HAL_WORK_UNWIND);
}

static void cancel_opposites_locked(struct process *process, int signal)
    HELIX_REQUIRES(&process->lock)
{
    if (SIGNALS_STOP & SIGNAL_BIT(signal)) {
        forget_everywhere_locked(process, SIGNAL_BIT(SIGCONT));
    } else if (signal == SIGCONT) {
        forget_everywhere_locked(process, SIGNALS_STOP);
        continue_locked(process);
        trace_continued_locked(process);
    }
}

static helix_status enqueue_locked(struct process *process, struct signal_pending *pending,
                                   int signal, const struct signal_info *info)
    HELIX_REQUIRES(&process->lock)
{
    const signal_set bit = SIGNAL_BIT(signal);
    if (signal < SIGRT_FIRST && (pending->set & bit))
        return HELIX_OK;
    struct queued_signal *queued = NULL;
    const bool has_room = signal < SIGRT_FIRST || (info && info->code == SI_TIMER);
    if (has_room || atomic_load_relaxed(&process->queued_signals) <
                        process->limits[LINUX_RLIMIT_SIGPENDING].soft)
        queued = kmem_alloc(&signal_queue_cache);
    if (queued) {
        queued->info = info ? *info : (struct signal_info){.code = SI_KERNEL};
        queued->info.number = signal;
        list_push_back(&pending->queue, &queued->link);
        atomic_fetch_add_relaxed(&process->queued_signals, 1u);
    } else if (signal >= SIGRT_FIRST && info && info->code != SI_USER) {
        return HELIX_E_LIMIT; // kill(2) alone does without what it carries
    }
    pending->set |= bit;
    return HELIX_OK;
}

static struct task *pick_task_locked(struct process *process, int signal)
    HELIX_REQUIRES(&process->lock)
{
    const signal_set bit = SIGNAL_BIT(signal);
    if (process->leader && !(process->leader->signal.blocked & bit))
        return process->leader;
    list_for_each(struct task, task, &process->tasks, process_link)
        if (!(task->signal.blocked & bit) || (task->signal.awaited & bit))
            return task;
    return NULL;
}

static void wake_for_locked(struct process *process, struct task *task, int signal)
    HELIX_REQUIRES(&process->lock)
{
    if (!task)
        task = pick_task_locked(process, signal);
    if (!task)
        return;
    if (!(task->signal.blocked & SIGNAL_BIT(signal)) || (task->signal.awaited & SIGNAL_BIT(signal)))
        thread_interrupt(task->thread, HAL_WORK_SIGNAL);
}

helix_status signal_queue_locked(struct process *process, struct task *task, int signal,
                                 const struct signal_info *info)
{
    if (process->exiting || list_is_empty(&process->tasks))
        return HELIX_OK;
    cancel_opposites_locked(process, signal);
    if (is_ignored(process, task ? task : process->leader, signal))
        return HELIX_OK;
    if (signal == SIGKILL) {
        process_kill_locked(process, SIGKILL);
        return HELIX_OK;
    }
    struct signal_pending *pending = task ? &task->signal.pending : &process->pending;
    const helix_status status = enqueue_locked(process, pending, signal, info);
    if (status != HELIX_OK)
        return status;
    wake_for_locked(process, task, signal);
    signal_files_wake();
    return HELIX_OK;
}

bool signal_add_overrun(struct process *process, struct task *task, int signal, i32 timer_id,
                        u64 more)
{
    bool found = false;
    const struct irq_key key = spin_lock_irq(&process->lock);
    struct signal_pending *pending = task ? &task->signal.pending : &process->pending;
    if (pending->set & SIGNAL_BIT(signal))
        list_for_each(struct queued_signal, queued, &pending->queue, link) {
            struct signal_info *info = &queued->info;
            if (info->number != signal || info->code != SI_TIMER || info->timer_id != timer_id)
                continue;
            info->overrun = (i32)min((u64)info->overrun + more, (u64)INT32_MAX);
            found = true;
        }
    spin_unlock_irq(&process->lock, key);
    return found;
}

void signal_send_locked(struct process *process, struct task *task, int signal,
                        const struct signal_info *info)
{
    // A full queue drops the content or the signal; that is all that can go wrong.
    helix_ignore(signal_queue_locked(process, task, signal, info));
}

helix_status signal_send_process(struct process *process, int signal,
                                 const struct signal_info *info)
{
    const struct irq_key key = spin_lock_irq(&process->lock);
    const helix_status status = signal_queue_locked(process, NULL, signal, info);
    spin_unlock_irq(&process->lock, key);
    return status;
}

helix_status signal_send_task(struct task *task, int signal, const struct signal_info *info)
{
    struct process *process = task->process;
    const struct irq_key key = spin_lock_irq(&process->lock);
    // A task that has left its process takes no signals any more.
    const bool gone = process->zombie || task->files == NULL;
    const helix_status status = gone ? HELIX_OK : signal_queue_locked(process, task, signal, info);
    spin_unlock_irq(&process->lock, key);
    return status;
}

bool signal_send_group_locked(u32 pgid, int signal,
                              const struct signal_info *info) HELIX_NO_THREAD_SAFETY
{
    bool any = false;
    list_for_each(struct process, process, &process_table, table_link) {
        if (process->pgid != pgid)
            continue;
        any = true;
        spin_lock(&process->lock);
        signal_send_locked(process, NULL, signal, info);
        spin_unlock(&process->lock);
    }
    return any;
}

helix_status signal_send_group(u32 pgid, int signal, const struct signal_info *info)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    const bool any = signal_send_group_locked(pgid, signal, info);
    spin_unlock_irq(&process_table_lock, key);
    return any ? HELIX_OK : HELIX_E_NO_PROCESS;
}

/* A fault that the program blocks or ignores kills it: it could not go on anyway. */
void signal_force(struct task *task, int signal, const struct signal_info *info)
{
    struct process *process = task->process;
    struct signal_hand *hand = process->signals;
    const signal_set bit = SIGNAL_BIT(signal);
    const struct irq_key key = spin_lock_irq(&process->lock);
    spin_lock(&hand->lock);
    struct signal_action *action = &hand->actions[signal - 1];
    if (action->handler.raw == SIG_IGN || (task->signal.blocked & bit))
        action->handler = vaddr_of(SIG_DFL);
    const bool fatal_to_init = process == process_init && action->handler.raw == SIG_DFL;
    spin_unlock(&hand->lock);
    task->signal.blocked &= ~bit;
    if (fatal_to_init)
        process_kill_locked(process, (u32)signal);
    else
        signal_send_locked(process, task, signal, info);
    spin_unlock_irq(&process->lock, key);
}

void signal_raise(int signal)
{
    const struct signal_info info = {
        .code = SI_USER,
        .pid = process_current()->pid,
        .uid = task_current()->credentials->uid,
    };
    // A full queue takes it all the same, without what it carries.
    helix_ignore(signal_send_task(task_current(), signal, &info));
}
