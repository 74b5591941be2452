/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The HAL for unit tests: each host thread plays a CPU with its running thread. Locks spin on
 * atomics, time is the host's, landing points are saved and reached by landing.S. What needs a
 * machine is not here, so a test that wants it does not link.
 */
#include <sched.h>
#include <sys/random.h>
#include <time.h>

#include <helix/hal/mmu.h>
#include <helix/hal/spinlock.h>
#include <helix/hal/time.h>
#include <helix/hal/trap.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>

_Thread_local struct hal_thread hal_host_thread;
_Thread_local unsigned hal_host_cpu;
_Thread_local bool hal_host_irq_on = true;
unsigned char *hal_host_memory;

void hal_host_yield(void)
{
    sched_yield();
}

void spin_lock(struct spinlock *lock) HELIX_NO_THREAD_SAFETY
{
    preempt_disable();
    u32 ticket = atomic_fetch_add_relaxed(&lock->next, 1u);
    while (atomic_load_acquire(&lock->owner) != ticket)
        hal_cpu_relax();
    lock->holder = hal_cpu_id() + 1;
}

void spin_unlock(struct spinlock *lock) HELIX_NO_THREAD_SAFETY
{
    lock->holder = 0;
    atomic_store_release(&lock->owner, lock->owner + 1);
    preempt_enable();
}

struct irq_key spin_lock_irq(struct spinlock *lock) HELIX_NO_THREAD_SAFETY
{
    struct irq_key key = hal_irq_save();
    spin_lock(lock);
    return key;
}

void spin_unlock_irq(struct spinlock *lock, struct irq_key key) HELIX_NO_THREAD_SAFETY
{
    spin_unlock(lock);
    hal_irq_restore(key);
}

void spin_lock_nested(struct spinlock *lock) HELIX_NO_THREAD_SAFETY
{
    spin_lock(lock);
}

bool spin_held(const struct spinlock *lock)
{
    return lock->holder == hal_cpu_id() + 1;
}

void preempt_enable(void)
{
    helix_assert(hal_current()->preempt > 0);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    hal_current()->preempt--;
}

nanos hal_clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (nanos)now.tv_sec * NANOS_PER_SECOND + (nanos)now.tv_nsec;
}

u64 hal_cycles(void)
{
    return hal_clock_now();
}

u64 hal_cycles_per_second(void)
{
    return NANOS_PER_SECOND;
}

u64 hal_instructions(void)
{
    return 0;
}

/* The offsets that landing.S knows. */
_Static_assert(offsetof(struct hal_landing, registers) == 8, "landing.S");

void hal_host_landing_link(struct hal_landing *landing);
[[noreturn]] void hal_host_landing_resume(struct hal_landing *landing);

void hal_host_landing_link(struct hal_landing *landing)
{
    landing->outer = hal_current()->landing;
    landing->preempt = hal_current()->preempt;
    landing->irq_enabled = hal_irq_enabled();
    hal_current()->landing = landing;
}

void hal_landing_clear(struct hal_landing *landing)
{
    helix_assert(hal_current()->landing == landing);
    hal_current()->landing = landing->outer;
}

void hal_landing_jump(const struct hal_fault *fault)
{
    struct hal_landing *landing = hal_current()->landing;
    helix_assert(landing != NULL);
    landing->fault = *fault;
    landing->preempt_at_fault = hal_current()->preempt;
    hal_current()->landing = landing->outer;
    hal_current()->preempt = landing->preempt;
    hal_host_irq_on = landing->irq_enabled;
    hal_host_landing_resume(landing);
}

const char *hal_entropy(void *buffer, size_t bytes)
{
    helix_assert(getrandom(buffer, bytes, 0) == (ssize_t)bytes);
    return "getrandom";
}
