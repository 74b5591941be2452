/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Calls that nobody implements are counted by number, for /proc/helix/enosys. Numbers a program may
 * invent freely share one counter.
 */
#include <helix/core/syscall.h>

#include <helix/lib/atomic.h>

#include "dispatch.h"

#define COUNTED      SYSCALL_HELIX_LIMIT
#define ERRNO_ENOSYS 38

static u64 counts[COUNTED];
static u64 count_beyond;

i64 syscall_unknown(u64 number)
{
    atomic_fetch_add_relaxed(number < COUNTED ? &counts[number] : &count_beyond, (u64)1);
    return -ERRNO_ENOSYS;
}

void syscall_for_each_unknown(void (*visit)(u64 number, u64 count, void *context), void *context)
{
    for (u64 number = 0; number < COUNTED; number++) {
        const u64 count = atomic_load_relaxed(&counts[number]);
        if (count)
            visit(number, count, context);
    }
    const u64 beyond = atomic_load_relaxed(&count_beyond);
    if (beyond)
        visit(UINT64_MAX, beyond, context);
}
