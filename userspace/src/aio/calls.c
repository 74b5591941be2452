/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* io_setup(2), io_destroy(2), io_submit(2), io_cancel(2), io_getevents(2), io_pgetevents(2). */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/hal/time.h>
#include <helix/memory/space.h>
#include <helix/memory/user_copy.h>
#include <helix/userspace/task.h>

#include "aio/aio.h"
#include "calls.h"
#include "files/poll_time.h"
#include "linux_task.h"
#include "time/restart.h"

/* ---- Contexts ---- */

static helix_status set_up(u32 most, u64 user_id)
{
    struct vm_space *space = process_current()->space;
    struct aio_context *context;
    u64 id;
    helix_status status = aio_context_create(space, most, &context);
    if (status != HELIX_OK)
        return status;
    status = aio_context_map(context, &id);
    if (status != HELIX_OK)
        goto end_context;
    status = user_copy_out(vaddr_of(user_id), &id, sizeof id);
    if (status != HELIX_OK)
        goto unmap;
    aio_context_put(context);
    return HELIX_OK;
unmap:
    helix_ignore(vm_unmap(space, vaddr_of(id), aio_context_bytes(context))); // see io_destroy
end_context:
    (void)aio_context_end(context);
    aio_context_put(context);
    return status;
}

i64 sys_io_setup(const u64 *arguments)
{
    const u32 most = (u32)arguments[0];
    u64 id;
    const helix_status status = user_copy_in(&id, vaddr_of(arguments[1]), sizeof id);
    if (status != HELIX_OK)
        return syscall_result(status);
    return id || most == 0 ? -LINUX_EINVAL : syscall_result(set_up(most, arguments[1]));
}

/* What cannot be unmapped (for want of memory to split an area) stays the program's, a ring of
 * nothing. */
i64 sys_io_destroy(const u64 *arguments)
{
    struct aio_context *context;
    helix_status status = aio_context_find(arguments[0], &context);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (aio_context_end(context))
        helix_ignore(vm_unmap(context->space, vaddr_of(arguments[0]), aio_context_bytes(context)));
    else
        status = HELIX_E_INVAL;
    aio_context_put(context);
    return syscall_result(status);
}

/* ---- Requests ---- */

i64 sys_io_submit(const u64 *arguments)
{
    struct aio_context *context;
    if ((i64)arguments[1] < 0)
        return -LINUX_EINVAL;
    const helix_status status = aio_context_find(arguments[0], &context);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 result = aio_submit(context, arguments[2], arguments[1]);
    aio_context_put(context);
    return result;
}

/* As Linux: success is EINPROGRESS, and the event comes through the ring. */
i64 sys_io_cancel(const u64 *arguments)
{
    struct aio_context *context;
    u32 key;
    helix_status status =
        user_copy_in(&key, vaddr_of(arguments[1] + offsetof(struct linux_iocb, key)), sizeof key);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (key != 0 || aio_context_find(arguments[0], &context) != HELIX_OK)
        return -LINUX_EINVAL;
    const bool cancelled = aio_cancel(context, arguments[1]);
    aio_context_put(context);
    return cancelled ? -LINUX_EINPROGRESS : -LINUX_EINVAL;
}

/* ---- Events ---- */

struct events_args {
    u64 id;
    i64 least, most;
    u64 events;
    nanos deadline;
};

/* OK with fewer than were asked for: the time is over. */
static helix_status collect(struct aio_context *context, const struct events_args *args,
                            i64 *count_out)
{
    helix_status status = HELIX_OK;
    for (;;) {
        u32 count;
        const u64 room = (u64)(args->most - *count_out);
        const helix_status taken =
            aio_take(context, args->events + (u64)*count_out * sizeof(struct linux_io_event),
                     (u32)min(room, (u64)context->slots), &count);
        if (READ_ONCE(context->ended)) // and what was cancelled for that is not told
            return HELIX_E_INVAL;
        *count_out += count;
        if (taken != HELIX_OK)
            return taken;
        if (*count_out >= args->least || status != HELIX_OK || args->deadline == 0)
            return status == HELIX_E_TIMEOUT ? HELIX_OK : status;
        status =
            thread_interrupted()
                ? HELIX_E_INTERRUPTED
                : WAIT_FOR(&context->sleepers, aio_has_events(context) || READ_ONCE(context->ended),
                           args->deadline, WAIT_INTERRUPTIBLE, "io_getevents");
    }
}

/* The number of events, or what status says if there are none. */
static helix_status get_events(const struct events_args *args, i64 *count_out)
{
    struct aio_context *context;
    *count_out = 0;
    helix_status status = aio_context_find(args->id, &context);
    if (status != HELIX_OK)
        return status;
    status = args->least < 0 || args->least > args->most ? HELIX_E_INVAL
                                                         : collect(context, args, count_out);
    aio_context_put(context);
    return *count_out > 0 ? HELIX_OK : status;
}

/* Any numbers are a time here. */
static helix_status args_get(const u64 *arguments, struct events_args *args_out)
{
    struct linux_timespec time;
    *args_out = (struct events_args){arguments[0], (i64)arguments[1], (i64)arguments[2],
                                     arguments[3], NANOS_NEVER};
    if (!arguments[4])
        return HELIX_OK;
    const helix_status status = user_copy_in(&time, vaddr_of(arguments[4]), sizeof time);
    if (status != HELIX_OK)
        return status;
    i64 span;
    if (time.seconds < 0)
        args_out->deadline = 0;
    else if (__builtin_mul_overflow(time.seconds, (i64)NANOS_PER_SECOND, &span) ||
             __builtin_add_overflow(span, time.nanoseconds, &span))
        args_out->deadline = NANOS_NEVER;
    else
        args_out->deadline = span <= 0 ? 0 : hal_clock_now() + (u64)span;
    return HELIX_OK;
}

static i64 wait_call(const struct events_args *args)
{
    i64 count;
    const helix_status status = get_events(args, &count);
    if (status == HELIX_E_INTERRUPTED)
        return restart_timed(TIMED_AIO, args->deadline,
                             (u64[4]){args->id, (u64)args->least, (u64)args->most, args->events});
    return status == HELIX_OK ? count : syscall_result(status);
}

i64 aio_wait_restarted(const struct restart_record *record)
{
    const u64 *words = record->words;
    const struct events_args args = {words[0], (i64)words[1], (i64)words[2], words[3],
                                     record->deadline};
    return wait_call(&args);
}

i64 sys_io_getevents(const u64 *arguments)
{
    struct events_args args;
    const helix_status status = args_get(arguments, &args);
    return status == HELIX_OK ? wait_call(&args) : syscall_result(status);
}

/* With another mask it is the whole call that runs again, because that puts the mask on again. */
i64 sys_io_pgetevents(const u64 *arguments)
{
    u64 mask[2] = {0, 0}; // its address and size
    struct events_args args;
    i64 count;
    helix_status status = args_get(arguments, &args);
    if (status == HELIX_OK && arguments[5])
        status = user_copy_in(mask, vaddr_of(arguments[5]), sizeof mask);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (!mask[0])
        return wait_call(&args);
    status = poll_mask_install(mask[0], mask[1]);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = get_events(&args, &count);
    poll_mask_finish(status == HELIX_E_INTERRUPTED);
    if (status == HELIX_E_INTERRUPTED)
        return SYSCALL_RESTART_NO_HANDLER;
    return status == HELIX_OK ? count : syscall_result(status);
}
