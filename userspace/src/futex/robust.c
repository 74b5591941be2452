/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Robust lists: what a thread holds when it ends, kept in its program's memory. */
#include "calls.h"
#include "futex/waiter.h"
#include "proc/proc.h"
#include "task/tasks.h"

#include <helix/hal/user.h>
#include <helix/memory/user_copy.h>

#define ROBUST_LIMIT     2048u // entries walked: a list that a program made into a circle ends
#define ROBUST_HEAD_SIZE 24u
#define ROBUST_OWNED     1u // in the lowest bit of an entry: a futex with priority inheritance

struct robust_head {
    u64 next;
    i64 futex_offset;
    u64 pending;
};

/* @entry of the list names a futex of the thread @tid, which is gone: say so in its word, and wake
 * one who waits for it. A futex with an owner is passed on by futex_owner_ends(). */
static void release_robust(const struct robust_head *head, u64 entry, u32 tid)
{
    const u64 at = (entry & ~(u64)ROBUST_OWNED) + (u64)head->futex_offset;
    const bool plain = !(entry & ROBUST_OWNED);
    u32 value, seen;
    if (at % sizeof(u32) != 0 || !user_range_ok(vaddr_of(at), sizeof(u32)) ||
        user_copy_in(&value, vaddr_of(at), sizeof value) != HELIX_OK)
        return;
    // Died between unlocking and waking: the word is free, and the wake is ours to do.
    if (entry == head->pending && plain && value == 0) {
        futex_wake_address(vaddr_of(at), 1);
        return;
    }
    while ((value & FUTEX_TID_MASK) == tid) {
        const u32 wanted = (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
        if (!hal_user_cas32(vaddr_of(at), value, wanted, &seen))
            return;
        if (seen == value) {
            if (plain && (value & FUTEX_WAITERS))
                futex_wake_address(vaddr_of(at), 1);
            return;
        }
        value = seen;
    }
}

void futex_release_robust_list(struct task *task)
{
    const u64 head_at = task->robust_list.raw;
    struct robust_head head;
    task->robust_list = vaddr_of(0);
    if (!head_at || user_copy_in(&head, vaddr_of(head_at), sizeof head) != HELIX_OK)
        return;
    u64 entry = head.next;
    for (unsigned i = 0; i < ROBUST_LIMIT && (entry & ~(u64)ROBUST_OWNED) != head_at; i++) {
        u64 next;
        const helix_status status =
            user_copy_in(&next, vaddr_of(entry & ~(u64)ROBUST_OWNED), sizeof next);
        if (entry != head.pending)
            release_robust(&head, entry, task->tid);
        if (status != HELIX_OK)
            return;
        entry = next;
    }
    if (head.pending)
        release_robust(&head, head.pending, task->tid);
}

i64 sys_set_robust_list(const u64 *arguments)
{
    if (arguments[1] != ROBUST_HEAD_SIZE)
        return call_error(LINUX_EINVAL);
    task_current()->robust_list = vaddr_of(arguments[0]);
    return 0;
}

i64 sys_get_robust_list(const u64 *arguments)
{
    struct task *task = arguments[0] ? task_find((u32)arguments[0]) : task_current();
    if (!task)
        return call_error(LINUX_ESRCH);
    const u64 head = task->robust_list.raw, size = ROBUST_HEAD_SIZE;
    const struct proc_subject subject = {.process = task->process, .task = task};
    const bool allowed = proc_may_inspect(&subject);
    if (arguments[0])
        task_put(task);
    if (!allowed)
        return call_error(LINUX_EPERM);
    helix_status status = user_copy_out(vaddr_of(arguments[1]), &head, sizeof head);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(arguments[2]), &size, sizeof size);
    return syscall_result(status);
}
