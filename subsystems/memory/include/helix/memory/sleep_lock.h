/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>
#include <helix/lib/atomic.h>
#include <helix/lib/compiler.h>

/*
 * A sleeping lock: many readers or one writer. Uncontended it is one atomic operation on one word
 * and needs no scheduler, so that components below execution can own one; to wait it calls the
 * hooks that execution sets when it starts. Before that there is one thread, and it never waits.
 *
 * A waiting writer keeps new readers out, so writers are not starved. Not recursive, in neither
 * mode. Thread context, no spinlock held.
 */
struct HELIX_CAPABILITY("sleep_lock") sleep_lock {
    u32 word; // readers, or SLEEP_LOCK_WRITER, and the two flags
};

#define SLEEP_LOCK_WRITER         0x3fffffffu
#define SLEEP_LOCK_WAITERS        0x40000000u // somebody sleeps on the word: the last to leave wakes
#define SLEEP_LOCK_WRITER_WAITING 0x80000000u
#define SLEEP_LOCK_INIT           {0}

/*
 * What execution provides. wait(): sleep, not interruptibly, while *@word == @expected; may return
 * early. The test and the going to sleep are atomic against wake() of the same word, which wakes
 * everyone who sleeps on it. wait(): thread context; wake(): any context.
 */
struct sleep_lock_hooks {
    void (*wait)(const u32 *word, u32 expected);
    void (*wake)(const u32 *word);
};
void sleep_lock_set_hooks(const struct sleep_lock_hooks *hooks);

void sleep_lock_read_slow(struct sleep_lock *lock);
void sleep_lock_write_slow(struct sleep_lock *lock);
void sleep_lock_wake(struct sleep_lock *lock);

static inline void sleep_lock_init(struct sleep_lock *lock)
{
    lock->word = 0;
}

static inline void sleep_lock_read(struct sleep_lock *lock)
    HELIX_ACQUIRE_SHARED(lock) HELIX_NO_THREAD_SAFETY
{
    u32 old = atomic_load_relaxed(&lock->word);
    if (unlikely(old >= SLEEP_LOCK_WRITER - 1 || !atomic_cas_acquire(&lock->word, &old, old + 1)))
        sleep_lock_read_slow(lock);
}

static inline void sleep_unlock_read(struct sleep_lock *lock)
    HELIX_RELEASE_SHARED(lock) HELIX_NO_THREAD_SAFETY
{
    u32 old = atomic_fetch_sub_release(&lock->word, 1u);
    if (unlikely((old & SLEEP_LOCK_WAITERS) && (old & SLEEP_LOCK_WRITER) == 1))
        sleep_lock_wake(lock);
}

static inline void sleep_lock_write(struct sleep_lock *lock)
    HELIX_ACQUIRE(lock) HELIX_NO_THREAD_SAFETY
{
    u32 old = 0;
    if (unlikely(!atomic_cas_acquire(&lock->word, &old, SLEEP_LOCK_WRITER)))
        sleep_lock_write_slow(lock);
}

static inline void sleep_unlock_write(struct sleep_lock *lock)
    HELIX_RELEASE(lock) HELIX_NO_THREAD_SAFETY
{
    u32 old = atomic_fetch_sub_release(&lock->word, SLEEP_LOCK_WRITER);
    if (unlikely(old & SLEEP_LOCK_WAITERS))
        sleep_lock_wake(lock);
}

/* Is it held by anybody, in any mode? For assertions. */
static inline bool sleep_lock_is_held(const struct sleep_lock *lock)
{
    return (atomic_load_relaxed(&lock->word) & SLEEP_LOCK_WRITER) != 0;
}
