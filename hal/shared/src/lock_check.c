/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "lock_check.h"

#include <helix/hal_shared/glue.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>

#ifdef HELIX_LOCK_CHECK

#define HELD_MOST 16

/* The locks each CPU holds, in the order taken. Touched only by that CPU, with preemption off; an
 * interrupt leaves it as it was. */
struct HELIX_ALIGNED(HELIX_CACHE_LINE) held {
    const struct spinlock *locks[HELD_MOST];
    unsigned count;
    unsigned base; // below: held by the code that an interrupt handler interrupted
};

static struct held held[HELIX_MAX_CPUS];

static struct held *mine(void)
{
    return &held[hal_cpu_id()];
}

void hal_lock_check_before(const struct spinlock *lock, bool same_rank_allowed)
{
    const struct held *h = mine();
    if (atomic_load_relaxed(&lock->holder) == hal_cpu_id() + 1)
        helix_panic("spinlock of rank %u taken twice", lock->rank);
    for (unsigned i = h->base; i < h->count; i++) {
        const struct spinlock *other = h->locks[i];
        bool in_order = other->rank < lock->rank ||
                        (same_rank_allowed && other->rank == lock->rank && other < lock);
        if (!in_order)
            helix_panic("spinlock of rank %u taken while holding one of rank %u", lock->rank,
                        other->rank);
    }
}

void hal_lock_check_taken(struct spinlock *lock)
{
    struct held *h = mine();
    atomic_store_relaxed(&lock->holder, hal_cpu_id() + 1);
    if (h->count == HELD_MOST)
        helix_panic("more than %u spinlocks held", HELD_MOST);
    h->locks[h->count++] = lock;
}

void hal_lock_check_release(struct spinlock *lock)
{
    struct held *h = mine();
    if (lock->holder != hal_cpu_id() + 1)
        helix_panic("spinlock of rank %u released by a CPU that does not hold it", lock->rank);
    unsigned i = h->count;
    while (i > 0 && h->locks[i - 1] != lock)
        i--;
    helix_assert(i > 0);
    for (h->count--; i <= h->count; i++)
        h->locks[i - 1] = h->locks[i];
    atomic_store_relaxed(&lock->holder, 0);
}

unsigned hal_lock_check_enter(void)
{
    struct held *h = mine();
    unsigned state = h->base;
    h->base = h->count;
    return state;
}

void hal_lock_check_leave(unsigned state)
{
    mine()->base = state;
}

bool spin_held(const struct spinlock *lock)
{
    return atomic_load_relaxed(&lock->holder) == hal_cpu_id() + 1;
}

#else

bool spin_held(const struct spinlock *lock)
{
    (void)lock;
    return true;
}

#endif
