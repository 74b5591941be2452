/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Sleeping locks. A mutex is one word: free, held, held with waiters. Who has to wait marks the
 * word as contended whenever it takes it, since it cannot know who else waits; the mark costs one
 * needless look at the queue when nobody does.
 */
#include <helix/execution/mutex.h>
#include <helix/execution/thread.h>
#include <helix/lib/assert.h>
#include <helix/memory/sleep_lock.h>

#include "cpu.h"

enum mutex_state {
    MUTEX_FREE,
    MUTEX_HELD,
    MUTEX_CONTENDED,
};

void mutex_init(struct mutex *mutex, enum lock_rank rank)
{
    *mutex = (struct mutex){.rank = rank};
    wait_queue_init(&mutex->queue);
}

bool mutex_try_lock(struct mutex *mutex)
{
    u32 expected = MUTEX_FREE;
    if (!atomic_cas_acquire(&mutex->state, &expected, (u32)MUTEX_HELD))
        return false;
    mutex->owner = thread_current();
    return true;
}

static void mutex_lock_slow(struct mutex *mutex)
{
    struct waiter waiter;
    wait_begin_exclusive(&mutex->queue, &waiter, "mutex");
    while (atomic_exchange_acquire(&mutex->state, (u32)MUTEX_CONTENDED) != MUTEX_FREE)
        helix_ignore(wait_sleep(NANOS_NEVER, WAIT_UNINTERRUPTIBLE)); // only ends by a wake-up
    wait_end(&waiter);
    mutex->owner = thread_current();
}

void mutex_lock(struct mutex *mutex) HELIX_NO_THREAD_SAFETY
{
    helix_debug_assert(hal_current()->preempt == 0);
    helix_debug_assert(mutex->owner != thread_current());
    if (!mutex_try_lock(mutex))
        mutex_lock_slow(mutex);
}

void mutex_unlock(struct mutex *mutex) HELIX_NO_THREAD_SAFETY
{
    helix_debug_assert(mutex->owner == thread_current());
    mutex->owner = NULL;
    if (atomic_exchange_release(&mutex->state, (u32)MUTEX_FREE) == MUTEX_CONTENDED)
        (void)wait_wake_one(&mutex->queue);
}

bool mutex_held(const struct mutex *mutex)
{
    return READ_ONCE(mutex->owner) == thread_current();
}

/* ---- Readers and writers
 * ------------------------------------------------------------------------------------------- */

void rwlock_init(struct rwlock *lock)
{
    *lock = (struct rwlock){};
    wait_queue_init(&lock->queue);
}

/* A waiting writer keeps new readers out. */
static bool try_read(struct rwlock *lock)
{
    i32 readers = atomic_load_relaxed(&lock->readers);
    while (readers >= 0 && atomic_load_relaxed(&lock->writers_waiting) == 0) {
        if (atomic_cas_acquire(&lock->readers, &readers, readers + 1))
            return true;
    }
    return false;
}

static bool try_write(struct rwlock *lock)
{
    i32 nobody = 0;
    return atomic_cas_acquire(&lock->readers, &nobody, -1);
}

void rwlock_read_lock(struct rwlock *lock) HELIX_NO_THREAD_SAFETY
{
    helix_ignore(
        WAIT_FOR(&lock->queue, try_read(lock), NANOS_NEVER, WAIT_UNINTERRUPTIBLE, "rwlock"));
}

void rwlock_write_lock(struct rwlock *lock) HELIX_NO_THREAD_SAFETY
{
    if (try_write(lock))
        return;
    atomic_fetch_add_relaxed(&lock->writers_waiting, 1u);
    helix_ignore(
        WAIT_FOR(&lock->queue, try_write(lock), NANOS_NEVER, WAIT_UNINTERRUPTIBLE, "rwlock"));
    atomic_fetch_sub_relaxed(&lock->writers_waiting, 1u);
}

static void rwlock_wake(struct rwlock *lock)
{
    if (wait_queue_active(&lock->queue))
        (void)wait_wake_all(&lock->queue);
}

void rwlock_read_unlock(struct rwlock *lock) HELIX_NO_THREAD_SAFETY
{
    if (atomic_fetch_sub_release(&lock->readers, 1) == 1)
        rwlock_wake(lock);
}

void rwlock_write_unlock(struct rwlock *lock) HELIX_NO_THREAD_SAFETY
{
    atomic_store_release(&lock->readers, 0);
    rwlock_wake(lock);
}

/* ---- Waiting for the locks of components below (memory/sleep_lock.h)
 * ------------------------------------------------- */

enum {
    SLEEP_QUEUES = 16, // a power of two
};

static struct wait_queue sleep_queues[SLEEP_QUEUES];

static unsigned sleep_hash(const u32 *word)
{
    return (unsigned)(((uintptr_t)word * 0x9e3779b97f4a7c15ull) >> 54);
}

static u64 sleep_key(const u32 *word)
{
    return 1ull << (sleep_hash(word) >> 4 & 63);
}

static struct wait_queue *sleep_queue(const u32 *word)
{
    return &sleep_queues[sleep_hash(word) & (SLEEP_QUEUES - 1)];
}

static void sleep_wait(const u32 *word, u32 expected)
{
    struct waiter waiter;
    wait_begin(sleep_queue(word), &waiter, "lock");
    waiter.key = sleep_key(word);
    // The key came after the queueing: a wake-up before it finds the word changed already.
    atomic_fence_seq();
    if (atomic_load_acquire(word) == expected)
        helix_ignore(wait_sleep(NANOS_NEVER, WAIT_UNINTERRUPTIBLE)); // only ends by a wake-up
    wait_end(&waiter);
}

static void sleep_wake(const u32 *word)
{
    struct wait_queue *queue = sleep_queue(word);
    if (wait_queue_active(queue))
        (void)wait_wake_matching(queue, sleep_key(word), UINT32_MAX);
}

void sleep_start(void)
{
    for (unsigned i = 0; i < SLEEP_QUEUES; i++)
        wait_queue_init(&sleep_queues[i]);
    const struct sleep_lock_hooks hooks = {.wait = sleep_wait, .wake = sleep_wake};
    sleep_lock_set_hooks(&hooks);
}
