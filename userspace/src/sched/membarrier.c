/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * membarrier(2): a full barrier on every CPU that runs a thread of ours; or also an end to fetched
 * instructions, or to restartable sequences.
 */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/execution/entry.h>
#include <helix/execution/stop.h>
#include <helix/hal/mmu.h>
#include <helix/hal/thread.h>
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
    MEMBARRIER_SYNC_CORE = 32,
    MEMBARRIER_REGISTER_SYNC_CORE = 64,
    MEMBARRIER_RSEQ = 128,
    MEMBARRIER_REGISTER_RSEQ = 256,
    MEMBARRIER_ALL = 511,
};

#define MEMBARRIER_FLAG_CPU 1u

enum barrier_right {
    BARRIER_PRIVATE = 1u << 0,
    BARRIER_SYNC_CORE = 1u << 1,
    BARRIER_RSEQ = 1u << 2,
};

static void fence(void *unused)
{
    (void)unused;
    atomic_fence_seq();
}

static void fetch_anew(void *unused)
{
    (void)unused;
    atomic_fence_seq();
    hal_sync_fetches();
}

/* Whoever runs here is taken for switched out: it leaves its sequence on its way back. */
static void restart_sequence(void *unused)
{
    struct thread *thread = thread_current();
    (void)unused;
    atomic_fence_seq();
    atomic_fetch_or_relaxed(&thread->hal.work, thread->switch_work);
}

static i64 on_each(cpu_mask cpus, void (*does)(void *unused))
{
    cross_call(cpus, does, NULL);
    return 0;
}

static i64 if_registered(enum barrier_right right, cpu_mask cpus, void (*does)(void *unused))
{
    if (!(READ_ONCE(process_current()->barriers) & right))
        return -LINUX_EPERM;
    return on_each(cpus, does);
}

static i64 let(enum barrier_right right)
{
    atomic_fetch_or_relaxed(&process_current()->barriers, (u8)right);
    return 0;
}

/* All CPUs, or the one that @arguments name; one that is not there has nothing to do. */
static cpu_mask cpus_of(const u64 *arguments)
{
    const u32 cpu = (u32)arguments[2];
    if (!(arguments[1] & MEMBARRIER_FLAG_CPU))
        return execution_cpus();
    return cpu < HELIX_MAX_CPUS ? execution_cpus() & CPU_MASK_OF(cpu) : 0;
}

i64 sys_membarrier(const u64 *arguments)
{
    const cpu_mask all = execution_cpus();
    const int command = (int)arguments[0];
    const u32 known = command == MEMBARRIER_RSEQ ? MEMBARRIER_FLAG_CPU : 0;
    if ((u32)arguments[1] & ~known)
        return -LINUX_EINVAL;
    switch (command) {
    case MEMBARRIER_QUERY:
        return MEMBARRIER_ALL;
    case MEMBARRIER_GLOBAL:
    case MEMBARRIER_GLOBAL_EXPEDITED:
        return on_each(all, fence);
    case MEMBARRIER_PRIVATE_EXPEDITED:
        return if_registered(BARRIER_PRIVATE, all, fence);
    case MEMBARRIER_SYNC_CORE:
        return if_registered(BARRIER_SYNC_CORE, all, fetch_anew);
    case MEMBARRIER_RSEQ:
        return if_registered(BARRIER_RSEQ, cpus_of(arguments), restart_sequence);
    case MEMBARRIER_REGISTER_GLOBAL_EXPEDITED:
        return 0; // every process gets these
    case MEMBARRIER_REGISTER_PRIVATE_EXPEDITED:
        return let(BARRIER_PRIVATE);
    case MEMBARRIER_REGISTER_SYNC_CORE:
        return let(BARRIER_SYNC_CORE);
    case MEMBARRIER_REGISTER_RSEQ:
        return let(BARRIER_RSEQ);
    default:
        return -LINUX_EINVAL;
    }
}
