/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* membarrier(2): a full barrier on every CPU that runs a thread of ours. */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/execution/entry.h>
#include <helix/execution/stop.h>
#include <helix/lib/atomic.h>

#include "calls.h"
#include "task/tasks.h"

enum {
    MEMBARRIER_QUERY = 0,
    MEMBARRIER_GLOBAL = 1,
    MEMBARRIER_GLOBAL_EXPEDITED = 2,
    MEMBARRIER_REGISTER_GLOBAL_EXPEDITED = 4,
    MEMBARRIER_PRIVATE_EXPEDITED = 8,
    MEMBARRIER_REGISTER_PRIVATE_EXPEDITED = 16,
};

enum barrier_right {
    BARRIER_PRIVATE = 1u << 0,
};

static void fence(void *unused)
{
    (void)unused;
    atomic_fence_seq();
}

i64 sys_membarrier(const u64 *arguments)
{
    struct process *process = process_current();
    if ((u32)arguments[1] != 0)
        return -LINUX_EINVAL;
    switch ((int)arguments[0]) {
    case MEMBARRIER_QUERY:
        return MEMBARRIER_GLOBAL | MEMBARRIER_GLOBAL_EXPEDITED |
               MEMBARRIER_REGISTER_GLOBAL_EXPEDITED | MEMBARRIER_PRIVATE_EXPEDITED |
               MEMBARRIER_REGISTER_PRIVATE_EXPEDITED;
    case MEMBARRIER_PRIVATE_EXPEDITED:
        if (!(READ_ONCE(process->barriers) & BARRIER_PRIVATE))
            return -LINUX_EPERM;
        break;
    case MEMBARRIER_GLOBAL:
    case MEMBARRIER_GLOBAL_EXPEDITED:
        break;
    case MEMBARRIER_REGISTER_GLOBAL_EXPEDITED:
        return 0; // every process gets these
    case MEMBARRIER_REGISTER_PRIVATE_EXPEDITED:
        WRITE_ONCE(process->barriers, (u8)(process->barriers | BARRIER_PRIVATE));
        return 0;
    default:
        return -LINUX_EINVAL;
    }
    cross_call(execution_cpus(), fence, NULL);
    return 0;
}
