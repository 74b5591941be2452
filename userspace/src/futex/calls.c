/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "calls.h"
#include "futex/futex.h"
#include "task/tasks.h"
#include "time/clock.h"
#include "time/restart.h"

#include <helix/hal/user.h>
#include <helix/memory/user_copy.h>

#define FUTEX_WAIT            0
#define FUTEX_WAKE            1
#define FUTEX_REQUEUE         3
#define FUTEX_CMP_REQUEUE     4
#define FUTEX_WAKE_OP         5
#define FUTEX_LOCK_PI         6
#define FUTEX_UNLOCK_PI       7
#define FUTEX_TRYLOCK_PI      8
#define FUTEX_WAIT_BITSET     9
#define FUTEX_WAKE_BITSET     10
#define FUTEX_WAIT_REQUEUE_PI 11
#define FUTEX_CMP_REQUEUE_PI  12
#define FUTEX_LOCK_PI2        13
#define FUTEX_PRIVATE_FLAG    128u
#define FUTEX_CLOCK_REALTIME  256u

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
    const i64 woken = futex_wake_key(&key, bitset, most ? most : 1);
    futex_key_put(&key);
    return woken;
}

static i64 call_requeue(const u64 *arguments, bool shared, int command)
{
    const struct futex_requeue request = {
        .from = arguments[0],
        .to = arguments[4],
        .shared = shared,
        .wake = (u32)arguments[2],
        .move = (u32)arguments[3],
        .compare = command != FUTEX_REQUEUE,
        .expected = (u32)arguments[5],
    };
    if ((i32)request.wake < 0 || (i32)request.move < 0)
        return call_error(LINUX_EINVAL);
    return command == FUTEX_CMP_REQUEUE_PI ? futex_requeue_to_own(&request)
                                           : futex_requeue(&request);
}

/* A futex with an owner: a signal is taken, and the call made again by itself. */
static i64 own_result(helix_status status)
{
    return status == HELIX_E_INTERRUPTED ? (i64)SYSCALL_RESTART_ALWAYS : syscall_result(status);
}

static i64 call_own(const u64 *arguments, int command, bool shared, bool wall)
{
    struct futex_own request = {.at = arguments[0],
                                .shared = shared,
                                .only_try = command == FUTEX_TRYLOCK_PI,
                                .deadline = NANOS_NEVER};
    const i64 error = request.only_try
                          ? 0
                          : read_deadline(arguments, command, wall || command == FUTEX_LOCK_PI,
                                          &request.deadline);
    return error ? error : own_result(futex_own(&request));
}

static i64 call_wait_to_own(const u64 *arguments, int command, bool shared, bool wall)
{
    struct futex_wait_to_own request = {.at = arguments[0],
                                        .target = arguments[4],
                                        .shared = shared,
                                        .expected = (u32)arguments[2]};
    const i64 error = read_deadline(arguments, command, wall, &request.deadline);
    return error ? error : own_result(futex_wait_to_own(&request));
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
    if (wall && command != FUTEX_WAIT_BITSET && command != FUTEX_WAIT_REQUEUE_PI &&
        command != FUTEX_LOCK_PI2)
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
    case FUTEX_CMP_REQUEUE:
    case FUTEX_CMP_REQUEUE_PI:
        return call_requeue(arguments, shared, command);
    case FUTEX_WAKE_OP:
        return call_wake_op(arguments, shared);
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
    case FUTEX_TRYLOCK_PI:
        return call_own(arguments, command, shared, wall);
    case FUTEX_UNLOCK_PI:
        return own_result(futex_disown(arguments[0], shared));
    case FUTEX_WAIT_REQUEUE_PI:
        return call_wait_to_own(arguments, command, shared, wall);
    default:
        return call_error(LINUX_ENOSYS);
    }
}

i64 sys_set_tid_address(const u64 *arguments)
{
    struct task *task = task_current();
    task->clear_child_tid = vaddr_of(arguments[0]);
    return task->tid;
}
