/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/thread.h>
#include <helix/lib/atomic.h>
#include <helix/lib/hash.h>
#include <helix/memory/inject.h>

#include "inject_private.h"

enum {
    ARMED_NTH = 1u << 0,
    ARMED_SITE = 1u << 1,
    ARMED_COUNT = 1u << 2,
    ARMED_EVERY = 1u << 3,
};

#define SITES 1024u

u32 inject_armed;

static struct {
    const struct hal_thread *thread; // whose allocations are counted
    u64 left;
} nth;

static struct {
    uintptr_t site;
    u64 left;
} chosen;

static struct {
    u64 each;
    u64 calls; // atomic
} every;

/* Open addressing; an entry is taken by writing its site, once. */
static struct site_count {
    uintptr_t site;
    u64 calls;
} sites[SITES];

static u64 fired;

static void arm(u32 what)
{
    (void)atomic_fetch_or_acq_rel(&inject_armed, what);
}

static void disarm(u32 what)
{
    (void)atomic_fetch_and_acq_rel(&inject_armed, ~what);
}

void inject_fail_nth(u64 n)
{
    disarm(ARMED_NTH);
    nth.thread = hal_current();
    nth.left = n;
    if (n > 0)
        arm(ARMED_NTH);
}

void inject_fail_site(uintptr_t site, u64 hit)
{
    disarm(ARMED_SITE);
    chosen.site = site;
    chosen.left = hit;
    if (hit > 0)
        arm(ARMED_SITE);
}

u64 inject_fired(void)
{
    return atomic_load_relaxed(&fired);
}

void inject_fail_every(u64 n)
{
    disarm(ARMED_EVERY);
    every.each = n;
    if (n > 0)
        arm(ARMED_EVERY);
}

void inject_count_sites(void)
{
    arm(ARMED_COUNT);
}

static void site_count(uintptr_t site)
{
    u64 at = hash_u64(site);
    for (unsigned tries = 0; tries < SITES; tries++, at++) {
        struct site_count *entry = &sites[at % SITES];
        uintptr_t known = atomic_load_relaxed(&entry->site);
        if (known == 0 && atomic_cas_relaxed(&entry->site, &known, site))
            known = site;
        if (known == site) {
            (void)atomic_fetch_add_relaxed(&entry->calls, 1ull);
            return;
        }
    }
}

bool inject_hit(uintptr_t site)
{
    u32 armed = atomic_load_acquire(&inject_armed);
    bool fail = false;
    if (armed & ARMED_COUNT)
        site_count(site);
    if ((armed & ARMED_NTH) && nth.thread == hal_current() && --nth.left == 0) {
        disarm(ARMED_NTH);
        fail = true;
    }
    if ((armed & ARMED_EVERY) && hal_current()->space != NULL)
        fail |= atomic_fetch_add_relaxed(&every.calls, 1ull) % every.each == every.each - 1;
    if ((armed & ARMED_SITE) && chosen.site == site &&
        atomic_fetch_sub_relaxed(&chosen.left, 1ull) == 1) {
        disarm(ARMED_SITE);
        fail = true;
    }
    if (fail)
        (void)atomic_fetch_add_relaxed(&fired, 1ull);
    return fail;
}

void inject_for_each_site(void (*visit)(uintptr_t site, u64 calls, void *context), void *context)
{
    for (unsigned i = 0; i < SITES; i++) {
        if (sites[i].site != 0)
            visit(sites[i].site, sites[i].calls, context);
    }
}
