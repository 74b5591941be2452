/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>
#include <helix/hal/cpu.h>
#include <helix/hal/thread.h>
#include <helix/lib/compiler.h>

/*
 * Ranked spinlocks. Locks are taken in rising rank; debug builds (HELIX_LOCK_CHECK) keep each CPU's
 * held ranks and panic on an order violation, on a double take and on a release by another CPU. Two
 * locks of one rank are taken only with spin_lock_nested(), by rising address.
 *
 * spin_lock() keeps preemption off; a lock that interrupt handlers take is always taken with
 * spin_lock_irq().
 */
enum lock_rank {
    LOCK_RANK_NONE,
    LOCK_RANK_MODULE_REGISTRY = 10,
    LOCK_RANK_PROCESS_TABLE = 20,
    LOCK_RANK_PROCESS = 22,
    LOCK_RANK_SIGNAL = 24,
    LOCK_RANK_FILES = 26,
    LOCK_RANK_MOUNT = 30,
    LOCK_RANK_DENTRY = 32,
    LOCK_RANK_VNODE = 34,
    LOCK_RANK_PAGE_CACHE = 36,
    LOCK_RANK_SOCKETS = 37, // names and connections
    LOCK_RANK_PIPE = 38,
    LOCK_RANK_SOCKET = 39, // what one socket has received
    LOCK_RANK_TTY = 40,
    LOCK_RANK_DEVICE = 42,
    LOCK_RANK_SPACE = 44,
    LOCK_RANK_FUTEX = 46,
    LOCK_RANK_INHERITANCE = 47, // who waits for whose futexes
    LOCK_RANK_OBJECT = 48,
    LOCK_RANK_BUS = 50,
    LOCK_RANK_CHANNEL = 52,
    LOCK_RANK_TIMER_USER = 54,
    LOCK_RANK_WAIT_QUEUE = 60,
    LOCK_RANK_EPOLL = 61, // taken when a wait queue notifies
    LOCK_RANK_THREAD = 62,
    LOCK_RANK_TIMER = 64,
    LOCK_RANK_RUN_QUEUE = 70,
    LOCK_RANK_ARENA = 80,
    LOCK_RANK_SLAB = 82,
    LOCK_RANK_FRAME = 84,
    LOCK_RANK_IRQ = 88,
    LOCK_RANK_LOG = 90,
    LOCK_RANK_CONSOLE = 92,
    LOCK_RANK_HAL = 94,
};

struct HELIX_CAPABILITY("spinlock") spinlock {
    u32 next;   // ticket to hand out
    u32 owner;  // ticket being served
    u32 rank;   // enum lock_rank
    u32 holder; // CPU id + 1, debug builds
};

#define SPINLOCK_INIT(rank_) ((struct spinlock){.rank = (rank_)})

static inline void spinlock_init(struct spinlock *lock, enum lock_rank rank)
{
    *lock = SPINLOCK_INIT(rank);
}

void spin_lock(struct spinlock *lock) HELIX_ACQUIRE(lock);
void spin_unlock(struct spinlock *lock) HELIX_RELEASE(lock);
struct irq_key spin_lock_irq(struct spinlock *lock) HELIX_ACQUIRE(lock);
void spin_unlock_irq(struct spinlock *lock, struct irq_key key) HELIX_RELEASE(lock);
void spin_lock_nested(struct spinlock *lock) HELIX_ACQUIRE(lock);
bool spin_held(
    const struct spinlock *lock); // by this CPU; always true where not checked: for assertions only

/*
 * @hook is called over and over wherever this CPU waits for another one with interrupts off: in the
 * slow path of a lock, and while it waits for others to flush their translations. That is how a CPU
 * that cannot take interrupts still answers a rendezvous (HAL_IPI_STOP). It takes no lock and does
 * not wait. True: this CPU stands still as far as others are concerned, and must go on calling
 * until it says false before it does anything else. Set once, by execution; none before.
 *
 * A CPU that stands still keeps nobody from a lock it only waits for: its turn passes to the next.
 */
void hal_spin_set_hook(bool (*hook)(void));

/* One turn of a loop that waits for another CPU; what the hook said. Preemption is off. */
bool hal_spin_wait(void);

/* Answer what other CPUs ask of this one by interrupts that may be off here. Preemption is off. */
void hal_spin_serve(void);

/*
 * Preemption. Off while > 0. preempt_enable() runs hal_handlers.preempt() when the count reaches
 * zero with RESCHEDULE set and interrupts on.
 */
static inline void preempt_disable(void)
{
    hal_current()->preempt++;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}
void preempt_enable(void);
