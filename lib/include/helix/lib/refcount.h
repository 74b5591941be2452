/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>
#include <helix/lib/compiler.h>

/*
 * A count of references. An object is born with one. Take a further one only from a reference you
 * hold, or with ref_try_get() under the lock (or read-side section) that keeps the memory valid.
 */
struct refcount {
    u32 count;
};

/* More references than this are a leak, and counting on would wrap into a use after free. */
#define REFCOUNT_MAX 0x7fffffffu

static inline void ref_init(struct refcount *ref)
{
    atomic_store_relaxed(&ref->count, 1u);
}

static inline u32 ref_count(const struct refcount *ref)
{
    return atomic_load_relaxed(&ref->count);
}

/* Take one more. The caller holds one, so no order is needed. */
static inline void ref_get(struct refcount *ref)
{
    u32 old = atomic_fetch_add_relaxed(&ref->count, 1u);
    helix_assert(old > 0 && old < REFCOUNT_MAX);
}

/* Take one unless the object is already dying. */
[[nodiscard]] static inline bool ref_try_get(struct refcount *ref)
{
    u32 old = atomic_load_relaxed(&ref->count);
    do {
        if (old == 0)
            return false;
        helix_assert(old < REFCOUNT_MAX);
    } while (!atomic_cas_acquire(&ref->count, &old, old + 1));
    return true;
}

/* Give one back. True: it was the last, and the caller destroys the object, seeing all that the
 * others did to it. */
[[nodiscard]] static inline bool ref_put(struct refcount *ref)
{
    u32 old = atomic_fetch_sub_release(&ref->count, 1u);
    helix_assert(old > 0 && old <= REFCOUNT_MAX);
    if (old != 1)
        return false;
    atomic_fence_acquire();
    return true;
}
