/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/thread.h>
#include <helix/lib/assert.h>
#include <helix/memory/frame.h>
#include <helix/memory/sleep_lock.h>

#include "oom.h"

#define RECLAIMERS 8u

static size_t (*reclaimers[RECLAIMERS])(size_t wanted);
static u32 reclaimer_count;
static struct sleep_lock reclaim_lock = SLEEP_LOCK_INIT;
static const struct hal_thread
    *reclaiming; // whoever holds reclaim_lock: its own allocations do not reclaim again

static bool (*oom_handler)(void);

void frame_add_reclaimer(size_t (*reclaim)(size_t wanted))
{
    helix_assert(reclaimer_count < RECLAIMERS);
    reclaimers[reclaimer_count] = reclaim;
    atomic_store_release(&reclaimer_count, reclaimer_count + 1);
}

size_t frame_reclaim(size_t wanted)
{
    if (atomic_load_relaxed(&reclaiming) == hal_current())
        return 0;
    size_t freed = 0;
    sleep_lock_write(&reclaim_lock);
    atomic_store_relaxed(&reclaiming, hal_current());
    // A little more than asked for, so that the next caller finds something.
    wanted += 32;
    u32 count = atomic_load_acquire(&reclaimer_count);
    for (u32 i = 0; i < count && freed < wanted; i++)
        freed += reclaimers[i](wanted - freed);
    atomic_store_relaxed(&reclaiming, NULL);
    sleep_unlock_write(&reclaim_lock);
    return freed;
}

void frame_set_oom_handler(bool (*handler)(void))
{
    oom_handler = handler;
}

bool oom_try_again(void)
{
    return oom_handler != NULL && oom_handler();
}
