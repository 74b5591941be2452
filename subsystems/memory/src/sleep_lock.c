/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/assert.h>
#include <helix/memory/sleep_lock.h>

/*
 * States of the word: the low 30 bits count readers or say WRITER; WAITERS is set by whoever is
 * about to sleep. The last holder to leave finds WAITERS, clears both flags and wakes everyone; who
 * loses the race that follows sets its flag again and sleeps.
 */
static struct sleep_lock_hooks sleep_hooks;

void sleep_lock_set_hooks(const struct sleep_lock_hooks *hooks)
{
    sleep_hooks = *hooks;
}

/* Say on the word that somebody waits, then sleep until it changes. */
static void sleep_on(struct sleep_lock *lock, u32 seen, u32 flags)
{
    u32 marked = seen | flags;
    if (seen != marked && !atomic_cas_relaxed(&lock->word, &seen, marked))
        return;
    helix_assert(sleep_hooks.wait != NULL);
    sleep_hooks.wait(&lock->word, marked);
}

void sleep_lock_read_slow(struct sleep_lock *lock) HELIX_NO_THREAD_SAFETY
{
    for (;;) {
        u32 old = atomic_load_relaxed(&lock->word);
        bool writer = (old & SLEEP_LOCK_WRITER) == SLEEP_LOCK_WRITER;
        if (writer || (old & SLEEP_LOCK_WRITER_WAITING)) {
            sleep_on(lock, old, SLEEP_LOCK_WAITERS);
            continue;
        }
        helix_assert((old & SLEEP_LOCK_WRITER) < SLEEP_LOCK_WRITER - 1);
        if (atomic_cas_acquire(&lock->word, &old, old + 1))
            return;
    }
}

void sleep_lock_write_slow(struct sleep_lock *lock) HELIX_NO_THREAD_SAFETY
{
    for (;;) {
        u32 old = atomic_load_relaxed(&lock->word);
        if (old & SLEEP_LOCK_WRITER) {
            sleep_on(lock, old, SLEEP_LOCK_WAITERS | SLEEP_LOCK_WRITER_WAITING);
            continue;
        }
        if (atomic_cas_acquire(&lock->word, &old, old | SLEEP_LOCK_WRITER))
            return;
    }
}

void sleep_lock_wake(struct sleep_lock *lock)
{
    /* A new holder may already be in; it will wake those that set the flags again after this. */
    (void)atomic_fetch_and_relaxed(&lock->word, SLEEP_LOCK_WRITER);
    helix_assert(sleep_hooks.wake != NULL);
    sleep_hooks.wake(&lock->word);
}
