/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The gateway takes a system call from the HAL, finds its handler and writes the result back. It is
 * the shortest path of the kernel: with no hook installed it costs a bounds check, six loads and an
 * indirect call.
 */
#include <helix/core/syscall.h>

#include <helix/execution/thread.h>
#include <helix/hal/thread.h>
#include <helix/hal/trap.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>

#include "dispatch.h"

static const struct syscall_entry *linux_entries;
static unsigned linux_count;
static const struct syscall_entry *helix_entries;
static unsigned helix_count;

void syscall_register_linux(const struct syscall_entry *entries, unsigned count)
{
    helix_assert(!linux_entries && count <= SYSCALL_HELIX_FIRST);
    linux_entries = entries;
    linux_count = count;
}

void syscall_register_helix(const struct syscall_entry *entries, unsigned count)
{
    helix_assert(!helix_entries && count <= SYSCALL_HELIX_LIMIT - SYSCALL_HELIX_FIRST);
    helix_entries = entries;
    helix_count = count;
}

static const struct syscall_entry *find_entry(u64 number)
{
    if (likely(number < linux_count))
        return &linux_entries[number];
    if (number - SYSCALL_HELIX_FIRST < helix_count)
        return &helix_entries[number - SYSCALL_HELIX_FIRST];
    return NULL;
}

const char *syscall_name(u64 number)
{
    const struct syscall_entry *entry = find_entry(number);
    return entry && entry->name ? entry->name : "unknown";
}

static i64 dispatch(u64 number, const u64 *arguments)
{
    // Not by find_entry(): that costs another look at its pointer on every call.
    syscall_handler *handler = NULL;
    if (likely(number < linux_count))
        handler = linux_entries[number].handler;
    else if (number - SYSCALL_HELIX_FIRST < helix_count)
        handler = helix_entries[number - SYSCALL_HELIX_FIRST].handler;
    return likely(handler) ? handler(arguments) : syscall_unknown(number);
}

static bool is_restart_code(i64 result)
{
    return result <= SYSCALL_RESTART_IF_ALLOWED && result >= SYSCALL_RESTART_TIMED;
}

static void read_arguments(const struct hal_frame *frame, u64 arguments[6])
{
    for (unsigned i = 0; i < 6; i++)
        arguments[i] = hal_frame_syscall_argument(frame, i);
}

/* With hooks, or under the eyes of a tracer, who may change both the call and its result. */
static HELIX_COLD HELIX_NOINLINE i64 call_watched(struct hal_frame *frame)
{
    if (syscall_call_begin(frame)) {
        const u64 number = hal_frame_syscall_number(frame);
        u64 arguments[6];
        i64 result;
        read_arguments(frame, arguments);
        if (syscall_hooks_before(number, arguments, &result))
            result = dispatch(number, arguments);
        syscall_hooks_after(number, arguments, result);
        hal_frame_set_syscall_result(frame, result);
    }
    syscall_call_end(frame);
    return hal_frame_syscall_result(frame);
}

static inline i64 call(struct hal_frame *frame)
{
    u64 arguments[6];
    read_arguments(frame, arguments);
    const i64 result = dispatch(hal_frame_syscall_number(frame), arguments);
    hal_frame_set_syscall_result(frame, result);
    return result;
}

void syscall_gateway(struct hal_frame *frame)
{
    thread_account_enter();
    const i64 result = likely(!syscall_hook_count) ? call(frame) : call_watched(frame);

    // Another task may have taken the signal that interrupted us: signal delivery must still see
    // the code.
    if (unlikely(is_restart_code(result)))
        atomic_fetch_or_relaxed(&hal_current()->work, HAL_WORK_SIGNAL);
    thread_account_leave();
}
