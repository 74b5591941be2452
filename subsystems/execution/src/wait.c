/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Wait queues. A thread that waits has one word of events (own.wake). A waker sets WAKE_TOKEN there
 * and then looks whether the thread sleeps, under the thread's run-queue lock; a sleeper goes to
 * sleep under that lock only while the word is zero. So either the sleeper sees the token or the
 * waker sees the sleeper.
 *
 * Waits nest: testing a condition may itself block, on a mutex. The inner wait may consume the
 * outer one's token, so every wait that ends while others are in place leaves a token behind: the
 * outer condition is tested once more, at worst for nothing.
 */
#include <helix/execution/thread.h>
#include <helix/execution/timer.h>
#include <helix/execution/wait.h>
#include <helix/hal/time.h>
#include <helix/lib/assert.h>

#include "cpu.h"

void wait_queue_init(struct wait_queue *queue)
{
    spinlock_init(&queue->lock, LOCK_RANK_WAIT_QUEUE);
    list_init(&queue->waiters);
}

static void wait_enter(struct wait_queue *queue, struct waiter *waiter, const char *what,
                       unsigned flags)
{
    struct thread *self = thread_current();
    *waiter = (struct waiter){.queue = queue, .thread = self, .flags = flags};
    if (self->own.waits++ == 0) {
        atomic_store_relaxed(&self->own.wake, 0u);
        self->waiting_on = queue;
        self->waiting_for = what;
    }
    struct irq_key key = spin_lock_irq(&queue->lock);
    // Exclusive ones last, so that a wake-up of one can stop at the first of them.
    if (flags & WAITER_EXCLUSIVE)
        list_push_back(&queue->waiters, &waiter->link);
    else
        list_push_front(&queue->waiters, &waiter->link);
    spin_unlock_irq(&queue->lock, key);
    // With wait_queue_active(): the condition is not tested before the queue shows the waiter.
    atomic_fence_seq();
}

void wait_begin(struct wait_queue *queue, struct waiter *waiter, const char *what)
{
    wait_enter(queue, waiter, what, 0);
}

void wait_begin_exclusive(struct wait_queue *queue, struct waiter *waiter, const char *what)
{
    struct thread *self = thread_current();
    wait_enter(queue, waiter, what, WAITER_EXCLUSIVE);
    waiter->own_next = self->own.exclusive;
    self->own.exclusive = waiter;
}

void wait_attach(struct wait_queue *queue, struct waiter *waiter, unsigned flags,
                 bool (*notify)(struct waiter *waiter, u64 key, struct wait_after **after))
{
    *waiter = (struct waiter){.queue = queue, .flags = flags, .notify = notify};
    struct irq_key key = spin_lock_irq(&queue->lock);
    if (flags & WAITER_EXCLUSIVE)
        list_push_back(&queue->waiters, &waiter->link);
    else
        list_push_front(&queue->waiters, &waiter->link);
    spin_unlock_irq(&queue->lock, key);
    atomic_fence_seq(); // as in wait_enter()
}

void wait_detach(struct waiter *waiter)
{
    struct irq_key key = spin_lock_irq(&waiter->queue->lock);
    list_remove(&waiter->link);
    spin_unlock_irq(&waiter->queue->lock, key);
}

static void forget_exclusive(struct thread *self, const struct waiter *waiter)
{
    struct waiter **at = &self->own.exclusive;
    while (*at != waiter)
        at = &(*at)->own_next;
    *at = waiter->own_next;
}

void wait_end(struct waiter *waiter)
{
    struct wait_queue *queue = waiter->queue;
    struct thread *self = waiter->thread;
    struct irq_key key = spin_lock_irq(&queue->lock);
    list_remove(&waiter->link);
    bool unused = (waiter->flags & WAITER_EXCLUSIVE) && waiter->woken;
    spin_unlock_irq(&queue->lock, key);
    if (waiter->flags & WAITER_EXCLUSIVE)
        forget_exclusive(self, waiter);
    if (--self->own.waits != 0) {
        atomic_fetch_or_relaxed(&self->own.wake, (u32)WAKE_TOKEN);
    } else {
        self->waiting_on = NULL;
        self->waiting_for = NULL;
    }
    // Woken after the last sleep: somebody else is to have it.
    if (unlikely(unused))
        (void)wait_wake_one(queue);
}

/* ---- Sleeping
 * ------------------------------------------------------------------------------------------------------
 */

static bool must_unwind(const struct thread *self, u32 mode)
{
    switch (mode) {
    case WAIT_INTERRUPTIBLE:
        return atomic_load_relaxed(&self->hal.work) & (HAL_WORK_SIGNAL | HAL_WORK_UNWIND);
    case WAIT_KILLABLE:
        return atomic_load_relaxed(&self->flags) & THREAD_FLAG_KILLED;
    default:
        return false;
    }
}

struct sleep_timer {
    struct timer timer;
    struct thread *thread;
};

static void sleep_timer_fired(struct timer *timer)
{
    struct thread *thread = container_of(timer, struct sleep_timer, timer)->thread;
    (void)thread_wake(thread, WAKE_TIMER);
}

/* What ends the wait now, without sleeping. HELIX_E_AGAIN: nothing does. */
static helix_status sleep_over(struct thread *self, nanos deadline, u32 mode)
{
    u32 events = atomic_exchange_acquire(&self->own.wake, 0u);
    if (events & WAKE_TOKEN) {
        for (struct waiter *w = self->own.exclusive; w != NULL; w = w->own_next)
            WRITE_ONCE(w->woken, false);
        return HELIX_OK;
    }
    if (must_unwind(self, mode))
        return HELIX_E_INTERRUPTED;
    if (deadline != NANOS_NEVER && hal_clock_now() >= deadline)
        return HELIX_E_TIMEOUT;
    return HELIX_E_AGAIN;
}

static helix_status sleep_with_deadline(struct thread *self, nanos deadline, u32 mode,
                                        enum thread_state state)
{
    struct sleep_timer limit = {.thread = self};
    timer_init(&limit.timer, sleep_timer_fired);
    timer_arm(&limit.timer, deadline, 0);
    helix_status st;
    do {
        thread_block(state, mode);
        st = sleep_over(self, deadline, mode);
    } while (st == HELIX_E_AGAIN);
    (void)timer_cancel(&limit.timer);
    return st;
}

static helix_status sleep_in_state(nanos deadline, u32 mode, enum thread_state state)
{
    struct thread *self = thread_current();
    helix_status st = sleep_over(self, deadline, mode);
    if (st == HELIX_E_AGAIN && deadline != NANOS_NEVER)
        return sleep_with_deadline(self, deadline, mode, state);
    while (st == HELIX_E_AGAIN) {
        thread_block(state, mode);
        st = sleep_over(self, deadline, mode);
    }
    return st;
}

helix_status wait_sleep(nanos deadline, enum wait_mode mode)
{
    return sleep_in_state(deadline, (u32)mode, THREAD_BLOCKED);
}

/* No queue can wake it, so a token is an outer wait's, and it is kept for that. */
helix_status sleep_until(nanos deadline, enum wait_mode mode)
{
    struct thread *self = thread_current();
    bool token = false;
    helix_status st;
    do {
        st = sleep_in_state(deadline, (u32)mode, THREAD_SLEEPING);
        token |= st == HELIX_OK;
    } while (st == HELIX_OK);
    if (token && self->own.waits != 0)
        atomic_fetch_or_relaxed(&self->own.wake, (u32)WAKE_TOKEN);
    if (st == HELIX_E_TIMEOUT)
        return HELIX_OK;
    self->restart.kind = RESTART_TIMED;
    self->restart.deadline = deadline;
    return st;
}

helix_status thread_restart_timed(u64 number, nanos deadline)
{
    struct restart_record *record = &thread_current()->restart;
    record->kind = RESTART_TIMED;
    record->number = number;
    record->deadline = deadline;
    return HELIX_E_RESTART;
}

/* ---- Waking
 * --------------------------------------------------------------------------------------------------------
 */

struct wake_args {
    u64 match;          // only waiters with one of these bits in their key; 0: all
    u64 events;         // what notify() is told
    unsigned most;      // waiters to wake
    unsigned exclusive; // exclusive ones among them
};

/* True when @waiter counts. */
static bool wake_waiter(struct waiter *waiter, u64 key, struct wait_after **after)
{
    if (waiter->notify != NULL)
        return waiter->notify(waiter, key, after);
    WRITE_ONCE(waiter->woken, true);
    (void)thread_wake(waiter->thread, WAKE_TOKEN);
    return true;
}

static void run_after(struct wait_after *after)
{
    while (after != NULL) {
        struct wait_after *next = after->next;
        after->run(after);
        after = next;
    }
}

static unsigned wake_some(struct wait_queue *queue, const struct wake_args *args)
{
    unsigned count = 0, exclusive = 0;
    struct wait_after *after = NULL;
    struct irq_key key = spin_lock_irq(&queue->lock);
    list_for_each_safe(struct waiter, w, &queue->waiters, link) {
        if (count == args->most)
            break;
        bool is_exclusive = (w->flags & WAITER_EXCLUSIVE) != 0;
        if (args->match != 0 && (w->key & args->match) == 0)
            continue;
        // One that was woken before and has not come back yet would swallow this wake-up.
        if (w->woken && (is_exclusive || args->most != UINT32_MAX))
            continue;
        if (!wake_waiter(w, args->match | args->events, &after))
            continue;
        count++;
        if (is_exclusive && ++exclusive == args->exclusive)
            break;
    }
    spin_unlock_irq(&queue->lock, key);
    if (unlikely(after != NULL))
        run_after(after);
    return count;
}

unsigned wait_wake_all(struct wait_queue *queue)
{
    return wake_some(queue, &(struct wake_args){.most = UINT32_MAX, .exclusive = UINT32_MAX});
}

unsigned wait_wake_one(struct wait_queue *queue)
{
    return wake_some(queue, &(struct wake_args){.most = UINT32_MAX, .exclusive = 1});
}

unsigned wait_wake_events(struct wait_queue *queue, u64 events)
{
    return wake_some(queue,
                     &(struct wake_args){.events = events, .most = UINT32_MAX, .exclusive = 1});
}

unsigned wait_wake_matching(struct wait_queue *queue, u64 key, unsigned most)
{
    const struct wake_args args = {.match = key, .most = most, .exclusive = UINT32_MAX};
    return most == 0 ? 0 : wake_some(queue, &args);
}

bool wait_queue_active(const struct wait_queue *queue)
{
    // Against: waiter queues itself, tests the condition; waker makes it true, looks here.
    atomic_fence_seq();
    return READ_ONCE(queue->waiters.next) != &queue->waiters;
}

/* ---- Unwinding
 * -----------------------------------------------------------------------------------------------------
 */

bool thread_interrupted(void)
{
    return must_unwind(thread_current(), WAIT_INTERRUPTIBLE);
}

void thread_interrupt(struct thread *thread, unsigned work)
{
    atomic_fetch_or_release(&thread->hal.work, work);
    // It runs, but an interrupt handler may be the one that calls, when it is about to sleep.
    if (thread == thread_current()) {
        atomic_fetch_or_release(&thread->own.wake, (u32)WAKE_INTERRUPT);
        return;
    }
    (void)thread_wake(thread, WAKE_INTERRUPT);
    // In user mode on another CPU it would not look before its next trap.
    struct irq_key key = hal_irq_save();
    u32 cpu = READ_ONCE(thread->sched.cpu);
    if (cpu != hal_cpu_id() && READ_ONCE(cpus[cpu].current) == thread)
        hal_ipi_send(CPU_MASK_OF(cpu), HAL_IPI_RESCHEDULE);
    hal_irq_restore(key);
}
