/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/spinlock.h>

#include <helix/hal/trap.h>
#include <helix/hal_shared/glue.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>

#include "lock_check.h"

static bool no_hook(void)
{
    return false;
}

static bool (*hook)(void) = no_hook;

void hal_spin_set_hook(bool (*new_hook)(void))
{
    hook = new_hook;
}

bool hal_spin_wait(void)
{
    bool still = hook();
    hal_spin_serve();
    hal_cpu_relax();
    return still;
}

static inline void release(struct spinlock *lock)
{
    atomic_store_release(&lock->owner, lock->owner + 1);
}

/*
 * Interrupts are off from taking the ticket on: an interrupt that stops this CPU would keep
 * everybody behind it in the queue from the lock. A CPU that is to stand still passes its turn when
 * that comes, and queues again afterwards.
 */
static HELIX_NOINLINE void acquire_slow(struct spinlock *lock)
{
    struct irq_key key = hal_irq_save();
    for (;;) {
        u32 ticket = atomic_fetch_add_relaxed(&lock->next, 1);
        bool still = false;
        while (atomic_load_acquire(&lock->owner) != ticket)
            still = hal_spin_wait();
        if (!still)
            break;
        release(lock);
        while (hal_spin_wait())
            ;
    }
    hal_irq_restore(key);
}

/*
 * Ticket locks: fair, and one word to watch. The implementations of acquire and release are outside
 * the analysis, which cannot see that a ticket is a lock.
 *
 * The look at `owner` is what meets release(): what the lock guards must not be read before it. The
 * exchange of `next` alone would not see to that, because it only meets other exchanges.
 */
static inline void acquire(struct spinlock *lock)
{
    u32 free = atomic_load_acquire(&lock->owner);
    if (unlikely(!atomic_cas_acquire(&lock->next, &free, free + 1)))
        acquire_slow(lock);
}

void spin_lock(struct spinlock *lock) HELIX_NO_THREAD_SAFETY
{
    preempt_disable();
    hal_lock_check_before(lock, false);
    acquire(lock);
    hal_lock_check_taken(lock);
}

void spin_lock_nested(struct spinlock *lock) HELIX_NO_THREAD_SAFETY
{
    preempt_disable();
    hal_lock_check_before(lock, true);
    acquire(lock);
    hal_lock_check_taken(lock);
}

void spin_unlock(struct spinlock *lock) HELIX_NO_THREAD_SAFETY
{
    hal_lock_check_release(lock);
    release(lock);
    preempt_enable();
}

struct irq_key spin_lock_irq(struct spinlock *lock) HELIX_NO_THREAD_SAFETY
{
    struct irq_key key = hal_irq_save();
    preempt_disable();
    hal_lock_check_before(lock, false);
    acquire(lock);
    hal_lock_check_taken(lock);
    return key;
}

/* Interrupts first, so that a reschedule asked for meanwhile happens in preempt_enable(). */
void spin_unlock_irq(struct spinlock *lock, struct irq_key key) HELIX_NO_THREAD_SAFETY
{
    hal_lock_check_release(lock);
    release(lock);
    hal_irq_restore(key);
    preempt_enable();
}

void preempt_enable(void)
{
    struct hal_thread *thread = hal_current();
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (--thread->preempt == 0 && unlikely(READ_ONCE(thread->work) & HAL_WORK_RESCHEDULE) &&
        hal_irq_enabled())
        hal_preempt_now();
}
