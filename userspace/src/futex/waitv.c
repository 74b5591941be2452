/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* futex_waitv(2): wait at several futexes until one of them is woken. */
#include "calls.h"
#include "futex/waiter.h"
#include "task/tasks.h"
#include "time/clock.h"

#include <helix/lib/atomic.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>

#define WAITV_MOST    128u
#define WAITV_SIZE_32 2u
#define WAITV_PRIVATE 128u

struct linux_futex_waitv {
    u64 value, address;
    u32 flags, reserved;
};

struct many {
    struct wait_queue queue;
    unsigned count, queued;
    struct futex_waiter waiters[];
};

static bool any_woken(const struct many *many)
{
    for (unsigned i = 0; i < many->count; i++)
        if (READ_ONCE(many->waiters[i].woken))
            return true;
    return false;
}

/* All queued ones leave. The last that was woken, or -1. */
static int leave_all(struct many *many)
{
    int woken = -1;
    for (unsigned i = 0; i < many->queued; i++)
        if (futex_dequeue(&many->waiters[i]))
            woken = (int)i;
    many->queued = 0;
    return woken;
}

static helix_status enter_one(struct many *many, const struct linux_futex_waitv *wanted)
{
    return futex_enqueue_if(&many->waiters[many->queued], wanted[many->queued].address,
                            (u32)wanted[many->queued].value);
}

/* OK: all are queued. WOULD_BLOCK: one was woken meanwhile, *woken_out. */
static helix_status enter_all(struct many *many, const struct linux_futex_waitv *wanted,
                              int *woken_out)
{
    while (many->queued < many->count) {
        const u64 at = wanted[many->queued].address;
        helix_status status = enter_one(many, wanted);
        if (status == HELIX_OK) {
            many->queued++;
            continue;
        }
        // A page is brought in with nothing queued: that may take long.
        *woken_out = leave_all(many);
        if (*woken_out >= 0)
            return HELIX_E_WOULD_BLOCK;
        if (status != HELIX_E_FAULT)
            return status;
        status = futex_fault_in(at);
        if (status != HELIX_OK)
            return status;
    }
    return HELIX_OK;
}

static i64 wait_for_any(struct many *many, const struct linux_futex_waitv *wanted, nanos deadline)
{
    int woken;
    helix_status status = enter_all(many, wanted, &woken);
    if (status == HELIX_E_WOULD_BLOCK)
        return woken;
    if (status != HELIX_OK)
        return syscall_result(status);
    status = WAIT_FOR(&many->queue, any_woken(many), deadline, WAIT_INTERRUPTIBLE, "futexes");
    woken = leave_all(many);
    return woken >= 0 ? woken : syscall_result(status);
}

/* INVAL: one of them is not what this kernel knows. */
static helix_status read_wanted(u64 from, struct linux_futex_waitv *wanted, unsigned count)
{
    if (user_copy_in(wanted, vaddr_of(from), count * sizeof *wanted) != HELIX_OK)
        return HELIX_E_FAULT;
    for (unsigned i = 0; i < count; i++)
        if ((wanted[i].flags & ~WAITV_PRIVATE) != WAITV_SIZE_32 || wanted[i].reserved)
            return HELIX_E_INVAL;
    return HELIX_OK;
}

static i64 wait_with_keys(struct many *many, const struct linux_futex_waitv *wanted, nanos deadline)
{
    unsigned have = 0;
    helix_status status = HELIX_OK;
    wait_queue_init(&many->queue);
    while (status == HELIX_OK && have < many->count) {
        struct futex_waiter *waiter = &many->waiters[have];
        waiter->bitset = FUTEX_BITSET_ANY;
        waiter->queue = &many->queue;
        status = futex_key_get(wanted[have].address, !(wanted[have].flags & WAITV_PRIVATE), false,
                               &waiter->key);
        have += status == HELIX_OK;
    }
    const i64 result =
        status == HELIX_OK ? wait_for_any(many, wanted, deadline) : syscall_result(status);
    while (have > 0)
        futex_key_put(&many->waiters[--have].key);
    return result;
}

static i64 read_point_in_time(u64 from, u64 clock, nanos *deadline_out)
{
    nanos value;
    *deadline_out = NANOS_NEVER;
    if (!from)
        return 0;
    if ((i32)clock != CLOCK_MONOTONIC && (i32)clock != CLOCK_REALTIME)
        return call_error(LINUX_EINVAL);
    const helix_status status = clock_copy_in(from, &value);
    if (status == HELIX_OK)
        *deadline_out = clock_deadline((i32)clock, value);
    return syscall_result(status);
}

i64 sys_futex_waitv(const u64 *arguments)
{
    const u64 count = (u32)arguments[1];
    nanos deadline;
    if ((u32)arguments[2] != 0 || count == 0 || count > WAITV_MOST || !arguments[0])
        return call_error(LINUX_EINVAL);
    i64 result = read_point_in_time(arguments[3], arguments[4], &deadline);
    if (result)
        return result;
    struct linux_futex_waitv *wanted = kmalloc(count * sizeof *wanted);
    struct many *many = kzalloc(sizeof *many + count * sizeof many->waiters[0]);
    if (!wanted || !many) {
        result = call_error(LINUX_ENOMEM);
    } else {
        many->count = (unsigned)count;
        result = syscall_result(read_wanted(arguments[0], wanted, many->count));
        if (result == 0)
            result = wait_with_keys(many, wanted, deadline);
    }
    kfree(many);
    kfree(wanted);
    return result;
}
