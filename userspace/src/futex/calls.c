/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "calls.h"
#include "futex/futex.h"
#include "task/tasks.h"
#include "time/clock.h"
#include "time/restart.h"

#include <helix/capability/linux.h>
#include <helix/hal/user.h>
#include <helix/memory/user_copy.h>

#define FUTEX_WAIT           0
#define FUTEX_WAKE           1
#define FUTEX_REQUEUE        3
#define FUTEX_CMP_REQUEUE    4
#define FUTEX_WAKE_OP        5
#define FUTEX_WAIT_BITSET    9
#define FUTEX_WAKE_BITSET    10
#define FUTEX_PRIVATE_FLAG   128u
#define FUTEX_CLOCK_REALTIME 256u

#define ROBUST_LIMIT     2048u // entries walked: a list that a program made into a circle ends
#define ROBUST_HEAD_SIZE 24u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_WAITERS    0x80000000u
#define FUTEX_TID_MASK   0x3fffffffu

/* FUTEX_WAIT counts from now, the bitset form is a point in time. */
static i64 read_deadline(const u64 *arguments, int command, bool wall, nanos *deadline_out)
{
    struct linux_timespec time;
    *deadline_out = NANOS_NEVER;
    if (!arguments[3])
        return 0;
    if (user_copy_in(&time, vaddr_of(arguments[3]), sizeof time) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    if (!clock_time_is_valid(&time))
        return call_error(LINUX_EINVAL);
    const nanos span = clock_nanos_of(&time);
    if (command == FUTEX_WAIT)
        *deadline_out = clock_add(hal_clock_now(), span);
    else
        *deadline_out = wall ? clock_deadline_of_wall(span) : span;
    return 0;
}

static i64 wait_result(helix_status status, const u64 *arguments, u32 bitset, nanos deadline)
{
    if (status != HELIX_E_INTERRUPTED)
        return syscall_result(status);
    if (deadline == NANOS_NEVER)
        return SYSCALL_RESTART_IF_ALLOWED;
    const u64 words[4] = {arguments[0], arguments[2], bitset,
                          !((u32)arguments[1] & FUTEX_PRIVATE_FLAG)};
    return restart_timed(TIMED_FUTEX, deadline, words);
}

i64 futex_wait_restarted(const struct restart_record *record)
{
    const u64 *words = record->words;
    const helix_status status =
        futex_wait(words[0], words[3], (u32)words[1], (u32)words[2], record->deadline);
    return status == HELIX_E_INTERRUPTED ? SYSCALL_RESTART_TIMED : syscall_result(status);
}

static i64 call_wait(const u64 *arguments, int command, bool shared, bool wall)
{
    const u32 bitset = command == FUTEX_WAIT ? FUTEX_BITSET_ANY : (u32)arguments[5];
    nanos deadline;
    if (bitset == 0)
        return call_error(LINUX_EINVAL);
    const i64 error = read_deadline(arguments, command, wall, &deadline);
    if (error)
        return error;
    const helix_status status =
        futex_wait(arguments[0], shared, (u32)arguments[2], bitset, deadline);
    return wait_result(status, arguments, bitset, deadline);
}

/* At least one is woken even when none is asked for, as on Linux. */
static i64 call_wake(u64 at, bool shared, u32 bitset, u32 most)
{
    struct futex_key key;
    if (bitset == 0)
        return call_error(LINUX_EINVAL);
    const helix_status status = futex_key_get(at, shared, false, &key);
    if (status != HELIX_OK)
        return syscall_result(status);
    const unsigned woken = futex_wake_key(&key, bitset, most ? most : 1);
    futex_key_put(&key);
    return woken;
}

static i64 call_requeue(const u64 *arguments, bool shared, bool compare)
{
    const struct futex_requeue request = {
        .from = arguments[0],
        .to = arguments[4],
        .shared = shared,
        .wake = (u32)arguments[2],
        .move = (u32)arguments[3],
        .compare = compare,
        .expected = (u32)arguments[5],
    };
    if ((i32)request.wake < 0 || (i32)request.move < 0)
        return call_error(LINUX_EINVAL);
    return futex_requeue(&request);
}

/* FUTEX_WAKE_OP: one word that says how to change the second futex and when to wake its waiters. */
static u32 operate(u32 operation, u32 old, u32 argument)
{
    switch (operation) {
    case 0:
        return argument;
    case 1:
        return old + argument;
    case 2:
        return old | argument;
    case 3:
        return old & ~argument;
    default:
        return old ^ argument;
    }
}

static bool compare(u32 comparison, i32 old, i32 argument)
{
    switch (comparison) {
    case 0:
        return old == argument;
    case 1:
        return old != argument;
    case 2:
        return old < argument;
    case 3:
        return old <= argument;
    case 4:
        return old > argument;
    default:
        return old >= argument;
    }
}

static i32 sign_extend_12(u32 value)
{
    return (i32)(value << 20) >> 20;
}

/* Change the word at @at; FAULT: it cannot be written. */
static helix_status change_word(u64 at, u32 operation, u32 argument, u32 *old_out)
{
    u32 old, seen;
    if (user_copy_in(&old, vaddr_of(at), sizeof old) != HELIX_OK)
        return HELIX_E_FAULT;
    for (;;) {
        if (!hal_user_cas32(vaddr_of(at), old, operate(operation, old, argument), &seen))
            return HELIX_E_FAULT;
        if (seen == old)
            break;
        old = seen;
    }
    *old_out = old;
    return HELIX_OK;
}

static i64 call_wake_op(const u64 *arguments, bool shared)
{
    const u32 encoded = (u32)arguments[5];
    const u32 operation = (encoded >> 28) & 7, comparison = (encoded >> 24) & 15;
    u32 argument = (u32)sign_extend_12(encoded >> 12);
    u32 old;
    if (operation > 4 || comparison > 5)
        return call_error(LINUX_ENOSYS);
    if (encoded >> 31)
        argument = 1u << (argument & 31);
    if (arguments[4] % sizeof(u32) != 0 || arguments[0] % sizeof(u32) != 0)
        return call_error(LINUX_EINVAL);
    if (!user_range_ok(vaddr_of(arguments[4]), sizeof(u32)) ||
        change_word(arguments[4], operation, argument, &old) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    i64 woken = call_wake(arguments[0], shared, FUTEX_BITSET_ANY, (u32)arguments[2]);
    if (woken < 0 || !compare(comparison, (i32)old, sign_extend_12(encoded)))
        return woken;
    const i64 second = call_wake(arguments[4], shared, FUTEX_BITSET_ANY, (u32)arguments[3]);
    return second < 0 ? second : woken + second;
}

i64 sys_futex(const u64 *arguments)
{
    const u32 operation = (u32)arguments[1];
    const int command = (int)(operation & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME));
    const bool shared = !(operation & FUTEX_PRIVATE_FLAG);
    const bool wall = operation & FUTEX_CLOCK_REALTIME;
    if (wall && command != FUTEX_WAIT_BITSET && command != FUTEX_WAIT)
        return call_error(LINUX_ENOSYS);
    switch (command) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
        return call_wait(arguments, command, shared, wall);
    case FUTEX_WAKE:
        return call_wake(arguments[0], shared, FUTEX_BITSET_ANY, (u32)arguments[2]);
    case FUTEX_WAKE_BITSET:
        return call_wake(arguments[0], shared, (u32)arguments[5], (u32)arguments[2]);
    case FUTEX_REQUEUE:
        return call_requeue(arguments, shared, false);
    case FUTEX_CMP_REQUEUE:
        return call_requeue(arguments, shared, true);
    case FUTEX_WAKE_OP:
        return call_wake_op(arguments, shared);
    default:
        return call_error(LINUX_ENOSYS); // priority inheritance is not built
    }
}

struct robust_head {
    u64 next;
    i64 futex_offset;
    u64 pending;
};

/* The owner of the lock at @at is gone: say so in the word, and wake one who waits for it. */
static void release_robust(u64 at, u32 tid, bool pending)
{
    u32 value, seen;
    if (at % sizeof(u32) != 0 || !user_range_ok(vaddr_of(at), sizeof(u32)) ||
        user_copy_in(&value, vaddr_of(at), sizeof value) != HELIX_OK)
        return;
    // Died between unlocking and waking: the word is free, and the wake is ours to do.
    if (pending && value == 0) {
        futex_wake_address(vaddr_of(at), 1);
        return;
    }
    while ((value & FUTEX_TID_MASK) == tid) {
        const u32 wanted = (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
        if (!hal_user_cas32(vaddr_of(at), value, wanted, &seen))
            return;
        if (seen == value) {
            if (value & FUTEX_WAITERS)
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
    u64 entry = head.next & ~1ull; // the lowest bit marks priority-inheritance locks
    for (unsigned i = 0; i < ROBUST_LIMIT && entry != head_at; i++) {
        u64 next;
        const bool more = user_copy_in(&next, vaddr_of(entry), sizeof next) == HELIX_OK;
        if (entry != (head.pending & ~1ull))
            release_robust(entry + (u64)head.futex_offset, task->tid, false);
        if (!more)
            return;
        entry = next & ~1ull;
    }
    if (head.pending)
        release_robust((head.pending & ~1ull) + (u64)head.futex_offset, task->tid, true);
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
    const bool allowed =
        task->process->uid == process_current()->uid || task_capable(CAP_SYS_PTRACE);
    if (arguments[0])
        task_put(task);
    if (!allowed)
        return call_error(LINUX_EPERM);
    helix_status status = user_copy_out(vaddr_of(arguments[1]), &head, sizeof head);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(arguments[2]), &size, sizeof size);
    return syscall_result(status);
}

i64 sys_set_tid_address(const u64 *arguments)
{
    struct task *task = task_current();
    task->clear_child_tid = vaddr_of(arguments[0]);
    return task->tid;
}
