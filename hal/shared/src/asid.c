/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Numbers are given out once each until none is left. Then a new generation begins: every CPU drops
 * its translations before it next loads a space, numbers that CPUs are using at that moment stay
 * taken, and whoever comes with a number of an older generation gets a new one, or the same when it
 * is among those.
 *
 * The common case, a space whose number is of this generation, takes no lock: it exchanges the
 * running CPU's word in `active`. A new generation exchanges all of them for 0, so the two either
 * see each other or the number was put there in time to count as in use.
 */
#include <helix/hal_shared/asid.h>

#include <helix/hal/spinlock.h>
#include <helix/lib/atomic.h>

#include "cpu_local.h"

#define NUMBERS_MOST    65536u
#define GENERATION_STEP 0x10000ull

static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_HAL);
static u64 generation = GENERATION_STEP;
static u64 taken[NUMBERS_MOST / 64];
static unsigned next_number = 1;
static cpu_mask must_drop; // CPUs that hold translations of an older generation

/* What each CPU runs with: 0 after a new generation, until it loads a space again. And what it ran
 * with when that began. */
static u64 active[HELIX_MAX_CPUS];
static u64 kept[HELIX_MAX_CPUS];

static bool test_and_set(unsigned number)
{
    u64 bit = 1ull << (number % 64);
    bool was = (taken[number / 64] & bit) != 0;
    taken[number / 64] |= bit;
    return was;
}

static void begin_generation(void)
{
    for (unsigned i = 0; i < NUMBERS_MOST / 64; i++)
        taken[i] = 0;
    for (unsigned cpu = 0; cpu < HELIX_MAX_CPUS; cpu++) {
        u64 asid = atomic_exchange_relaxed(&active[cpu], 0);
        if (asid != 0)
            kept[cpu] = asid;
        test_and_set(asid_number(kept[cpu]));
    }
    atomic_store_relaxed(&generation, generation + GENERATION_STEP);
    must_drop = CPU_MASK_ALL;
    next_number = 1;
}

/* The number that @asid held when the generation changed under a CPU goes on in the new one. */
static bool was_kept(u64 asid, u64 renewed)
{
    bool found = false;
    for (unsigned cpu = 0; cpu < HELIX_MAX_CPUS; cpu++) {
        if (kept[cpu] != asid)
            continue;
        found = true;
        kept[cpu] = renewed;
    }
    return found;
}

static unsigned free_number(void)
{
    const unsigned end = 1u << hal_asid_bits();
    for (unsigned round = 0; round < 2; round++) {
        for (; next_number < end; next_number++)
            if (!test_and_set(next_number))
                return next_number++;
        begin_generation();
    }
    return 0; // more CPUs than numbers: cannot be
}

static u64 renew(u64 asid)
{
    if (asid != 0) {
        u64 renewed = generation | asid_number(asid);
        if (was_kept(asid, renewed))
            return renewed;
        if (!test_and_set(asid_number(asid)))
            return renewed;
    }
    unsigned number = free_number();
    return generation | number;
}

static bool is_present(u64 asid)
{
    return ((asid ^ atomic_load_relaxed(&generation)) & ~(GENERATION_STEP - 1)) == 0;
}

void hal_asid_take(struct hal_space *space)
{
    u64 *mine = &active[hal_cpu_id()];
    u64 asid = atomic_load_relaxed(&space->asid);
    u64 old = atomic_load_relaxed(mine);
    if (likely(old != 0 && is_present(asid) && atomic_cas_relaxed(mine, &old, asid)))
        return;
    const cpu_mask self = CPU_MASK_OF(hal_cpu_id());
    struct irq_key key = spin_lock_irq(&lock);
    asid = atomic_load_relaxed(&space->asid);
    if (!is_present(asid)) {
        asid = renew(asid);
        atomic_store_relaxed(&space->asid, asid);
    }
    if (must_drop & self) {
        must_drop &= ~self;
        hal_asid_drop_all_local();
    }
    atomic_store_relaxed(mine, asid);
    spin_unlock_irq(&lock, key);
}
