/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* On which CPUs a thread runs, and may run. */
#include "sched/sched.h"

#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/execution/entry.h>
#include <helix/hal/cpu.h>
#include <helix/memory/user_copy.h>

#include "calls.h"

static helix_status set_affinity(struct task *task, cpu_mask mask)
{
    const cpu_mask all = execution_cpus();
    mask &= all;
    if (!task_owns(task->process))
        return HELIX_E_PERM;
    if (!mask)
        return HELIX_E_INVAL;
    // Its budget was granted for all CPUs.
    if (task->thread->sched.policy == SCHED_POLICY_DEADLINE && mask != all)
        return HELIX_E_BUSY;
    return thread_set_affinity(task->thread, mask);
}

i64 sys_sched_setaffinity(const u64 *arguments)
{
    cpu_mask mask = 0;
    struct task *task;
    const size_t bytes = min((u32)arguments[1], (u32)sizeof mask);
    helix_status status = user_copy_in(&mask, vaddr_of(arguments[2]), bytes);
    if (status == HELIX_OK)
        status = sched_task_get((u32)arguments[0], &task);
    if (status == HELIX_E_INVAL)
        status = HELIX_E_NO_PROCESS; // here a negative number names nobody
    if (status != HELIX_OK)
        return syscall_result(status);
    status = set_affinity(task, mask);
    task_put(task);
    return syscall_result(status);
}

i64 sys_sched_getaffinity(const u64 *arguments)
{
    const u32 bytes = (u32)arguments[1];
    struct task *task;
    if (bytes < sizeof(cpu_mask) || bytes % sizeof(u64) != 0)
        return -LINUX_EINVAL;
    helix_status status = sched_task_get((u32)arguments[0], &task);
    if (status != HELIX_OK)
        return status == HELIX_E_INVAL ? -LINUX_ESRCH : syscall_result(status);
    const cpu_mask mask = task->thread->sched.affinity & execution_cpus();
    task_put(task);
    status = user_copy_out(vaddr_of(arguments[2]), &mask, sizeof mask);
    return status == HELIX_OK ? (i64)sizeof mask : syscall_result(status);
}

i64 sys_getcpu(const u64 *arguments)
{
    const u32 cpu = hal_cpu_id(), node = 0;
    if (arguments[0] && user_copy_out(vaddr_of(arguments[0]), &cpu, sizeof cpu) != HELIX_OK)
        return -LINUX_EFAULT;
    if (arguments[1] && user_copy_out(vaddr_of(arguments[1]), &node, sizeof node) != HELIX_OK)
        return -LINUX_EFAULT;
    return 0;
}
