/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Hooks see every system call. The table is small and read-mostly: readers walk it in a quiescent
 * section, a removal waits until all of them have left before it returns, so a module can go right
 * after removing its hook.
 */
#include <helix/core/syscall.h>

#include <helix/execution/quiesce.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/atomic.h>

#include "dispatch.h"

#define HOOKS 8

static struct spinlock hook_lock = SPINLOCK_INIT(LOCK_RANK_BUS);
static const struct syscall_hook *hooks[HOOKS];
unsigned syscall_hook_count;

helix_status syscall_hook_add(const struct syscall_hook *hook)
{
    if (!hook->pre && !hook->post)
        return HELIX_E_INVAL;
    helix_status status = HELIX_E_LIMIT;
    spin_lock(&hook_lock);
    for (unsigned i = 0; i < HOOKS; i++) {
        if (hooks[i])
            continue;
        atomic_store_release(&hooks[i], hook);
        atomic_fetch_add_release(&syscall_hook_count, 1);
        status = HELIX_OK;
        break;
    }
    spin_unlock(&hook_lock);
    return status;
}

void syscall_hook_remove(const struct syscall_hook *hook)
{
    spin_lock(&hook_lock);
    for (unsigned i = 0; i < HOOKS; i++) {
        if (hooks[i] != hook)
            continue;
        atomic_store_release(&hooks[i], NULL);
        atomic_fetch_sub_release(&syscall_hook_count, 1);
    }
    spin_unlock(&hook_lock);
    quiesce_wait();
}

bool syscall_hooks_before(u64 number, const u64 *arguments, i64 *result_out)
{
    bool pass = true;
    quiesce_read_begin();
    for (unsigned i = 0; i < HOOKS && pass; i++) {
        const struct syscall_hook *hook = atomic_load_acquire(&hooks[i]);
        if (hook && hook->pre)
            pass = hook->pre(number, arguments, result_out);
    }
    quiesce_read_end();
    return pass;
}

void syscall_hooks_after(u64 number, const u64 *arguments, i64 result)
{
    quiesce_read_begin();
    for (unsigned i = 0; i < HOOKS; i++) {
        const struct syscall_hook *hook = atomic_load_acquire(&hooks[i]);
        if (hook && hook->post)
            hook->post(number, arguments, result);
    }
    quiesce_read_end();
}
