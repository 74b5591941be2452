/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* epoll_create(2), epoll_ctl(2), epoll_wait(2) and their kin. */
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/hal/time.h>
#include <helix/memory/user_copy.h>

#include "calls.h"
#include "epoll/epoll.h"
#include "epoll/event.h"
#include "files/fd.h"
#include "files/poll_time.h"
#include "task/tasks.h"
#include "time/restart.h"

enum {
    EPOLL_CTL_ADD = 1,
    EPOLL_CTL_DEL = 2,
    EPOLL_CTL_MOD = 3,
};

/* What may go with EPOLLEXCLUSIVE. */
#define EPOLL_EXCLUSIVE_FITS \
    (EPOLL_IN | EPOLL_OUT | EPOLL_ERR | EPOLL_HUP | EPOLL_WAKEUP | EPOLL_EDGE | EPOLL_EXCLUSIVE)

/* ---- Making one ---- */

static i64 make_epoll(u32 flags)
{
    struct epoll *epoll;
    struct file *file;
    helix_status status = epoll_create_object(&epoll);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = epoll_open(epoll, LINUX_O_RDWR, &file);
    if (status != HELIX_OK) {
        epoll_put(epoll);
        return syscall_result(status);
    }
    return fd_publish(file, flags & LINUX_O_CLOEXEC);
}

i64 sys_epoll_create(const u64 *arguments)
{
    return (i32)arguments[0] <= 0 ? -LINUX_EINVAL : make_epoll(0);
}

i64 sys_epoll_create1(const u64 *arguments)
{
    const u32 flags = (u32)arguments[0];
    return flags & ~LINUX_O_CLOEXEC ? -LINUX_EINVAL : make_epoll(flags);
}

/* ---- Changing what is watched ---- */

struct change {
    int operation, fd;
    struct epoll *epoll;
    struct file *target;
    struct linux_epoll_event event;
};

static helix_status check_change(const struct change *change)
{
    const bool to_epoll = epoll_of_file(change->target) != NULL;
    if (change->target->ops->poll == file_poll_always)
        return HELIX_E_PERM;
    if (!change->epoll || change->epoll->file == change->target)
        return HELIX_E_INVAL;
    if (change->operation == EPOLL_CTL_DEL || !(change->event.events & EPOLL_EXCLUSIVE))
        return HELIX_OK;
    const bool fits = change->operation == EPOLL_CTL_ADD && !to_epoll &&
                      !(change->event.events & ~EPOLL_EXCLUSIVE_FITS);
    return fits ? HELIX_OK : HELIX_E_INVAL;
}

static helix_status modify(struct epoll_item *item, const struct change *change)
{
    if (!item)
        return HELIX_E_NOENT;
    if (item->events & EPOLL_EXCLUSIVE)
        return HELIX_E_INVAL;
    epoll_item_modify(item, change->event.events, change->event.data);
    return HELIX_OK;
}

static helix_status change_locked(struct epoll *epoll, const struct change *change)
    HELIX_REQUIRES(&epoll->lock)
{
    struct epoll_item *item = epoll_item_find(epoll, change->target, change->fd);
    switch (change->operation) {
    case EPOLL_CTL_ADD:
        return item ? HELIX_E_EXIST
                    : epoll_item_add(epoll, change->target, change->fd, change->event.events,
                                     change->event.data);
    case EPOLL_CTL_MOD:
        return modify(item, change);
    case EPOLL_CTL_DEL:
        if (item)
            epoll_item_remove(item);
        return item ? HELIX_OK : HELIX_E_NOENT;
    default:
        return HELIX_E_INVAL;
    }
}

static helix_status change_item(struct change *change)
{
    struct epoll *epoll = change->epoll;
    mutex_lock(&epoll->lock);
    const helix_status status = change_locked(epoll, change);
    mutex_unlock(&epoll->lock);
    if (status == HELIX_OK && epoll_has_ready(epoll))
        epoll_wake(epoll);
    return status;
}

/* Which epoll watches which changes under the nest lock only. */
static helix_status change_nested(struct change *change, struct epoll *inner)
{
    helix_status status = HELIX_OK;
    mutex_lock(&epoll_nest_lock);
    if (change->operation == EPOLL_CTL_ADD)
        status = epoll_may_nest(change->epoll, inner);
    if (status == HELIX_OK)
        status = change_item(change);
    mutex_unlock(&epoll_nest_lock);
    return status;
}

static helix_status apply_change(struct change *change)
{
    const helix_status status = check_change(change);
    if (status != HELIX_OK)
        return status;
    if (!task_capable(CAP_BLOCK_SUSPEND))
        change->event.events &= ~EPOLL_WAKEUP;
    struct epoll *inner = epoll_of_file(change->target);
    return inner ? change_nested(change, inner) : change_item(change);
}

i64 sys_epoll_ctl(const u64 *arguments)
{
    struct change change = {.operation = (int)arguments[1], .fd = (int)arguments[2]};
    struct file *file;
    helix_status status = HELIX_OK;
    if (change.operation != EPOLL_CTL_DEL)
        status = user_copy_in(&change.event, vaddr_of(arguments[3]), sizeof change.event);
    if (status == HELIX_OK)
        status = fd_get((int)arguments[0], &file);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = fd_get(change.fd, &change.target);
    if (status == HELIX_OK) {
        change.epoll = epoll_of_file(file);
        status = (file->flags | change.target->flags) & LINUX_O_PATH ? HELIX_E_BAD_FD
                                                                     : apply_change(&change);
        file_put(change.target);
    }
    file_put(file);
    return syscall_result(status);
}

/* ---- Waiting ---- */

struct epoll_wait_args {
    int fd;
    u64 events;
    i32 most;
};

static helix_status sleep_for_ready(struct epoll *epoll, nanos deadline)
{
    struct waiter waiter;
    helix_status status = HELIX_OK;
    wait_begin_exclusive(&epoll->sleepers, &waiter, "epoll_wait");
    while (status == HELIX_OK && !epoll_has_ready(epoll))
        status = wait_sleep(deadline, WAIT_INTERRUPTIBLE);
    wait_end(&waiter);
    return status;
}

static helix_status wait_in(struct epoll *epoll, const struct epoll_wait_args *args, nanos deadline,
                            u32 *count_out)
{
    helix_status status = HELIX_OK;
    *count_out = 0;
    for (;;) {
        if (epoll_has_ready(epoll)) {
            const helix_status collected =
                epoll_collect(epoll, args->events, (u32)args->most, count_out);
            if (collected != HELIX_OK || *count_out > 0)
                return collected;
        }
        if (status != HELIX_OK || deadline == 0)
            return status == HELIX_E_TIMEOUT ? HELIX_OK : status;
        status = thread_interrupted() ? HELIX_E_INTERRUPTED : sleep_for_ready(epoll, deadline);
    }
}

static helix_status wait_for_events(const struct epoll_wait_args *args, nanos deadline,
                                    u32 *count_out)
{
    const size_t bytes = sizeof(struct linux_epoll_event);
    struct file *file;
    if (args->most <= 0 || (u32)args->most > INT32_MAX / bytes)
        return HELIX_E_INVAL;
    if (!user_range_ok(vaddr_of(args->events), (u32)args->most * bytes))
        return HELIX_E_FAULT;
    helix_status status = fd_get(args->fd, &file);
    if (status != HELIX_OK)
        return status;
    struct epoll *epoll = epoll_of_file(file);
    status = epoll ? wait_in(epoll, args, deadline, count_out) : HELIX_E_INVAL;
    file_put(file);
    return status;
}

static struct epoll_wait_args args_of(const u64 *arguments)
{
    return (struct epoll_wait_args){(int)arguments[0], arguments[1], (i32)arguments[2]};
}

static i64 wait_call(const struct epoll_wait_args *args, nanos deadline)
{
    u32 count;
    const helix_status status = wait_for_events(args, deadline, &count);
    if (status == HELIX_E_INTERRUPTED)
        return restart_timed(TIMED_EPOLL, deadline,
                             (u64[4]){(u64)args->fd, args->events, (u64)args->most, 0});
    return status == HELIX_OK ? (i64)count : syscall_result(status);
}

i64 epoll_wait_restarted(const struct restart_record *record)
{
    const struct epoll_wait_args args = args_of(record->words);
    return wait_call(&args, record->deadline);
}

static nanos deadline_of(i32 milliseconds)
{
    if (milliseconds <= 0)
        return milliseconds == 0 ? 0 : NANOS_NEVER;
    return hal_clock_now() + (u64)milliseconds * NANOS_PER_MS;
}

i64 sys_epoll_wait(const u64 *arguments)
{
    const struct epoll_wait_args args = args_of(arguments);
    return wait_call(&args, deadline_of((i32)arguments[3]));
}

/* With another mask it is the whole call that runs again, because that puts the mask on again. */
static i64 masked_wait(const u64 *arguments, nanos deadline)
{
    const struct epoll_wait_args args = args_of(arguments);
    if (!arguments[4])
        return wait_call(&args, deadline);
    u32 count;
    helix_status status = poll_mask_install(arguments[4], arguments[5]);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = wait_for_events(&args, deadline, &count);
    poll_mask_finish(status == HELIX_E_INTERRUPTED);
    if (status == HELIX_E_INTERRUPTED)
        return SYSCALL_RESTART_NO_HANDLER;
    return status == HELIX_OK ? (i64)count : syscall_result(status);
}

i64 sys_epoll_pwait(const u64 *arguments)
{
    return masked_wait(arguments, deadline_of((i32)arguments[3]));
}

i64 sys_epoll_pwait2(const u64 *arguments)
{
    struct poll_time time;
    const helix_status status = poll_time_from_timespec(&time, arguments[3]);
    return status == HELIX_OK ? masked_wait(arguments, time.deadline) : syscall_result(status);
}
