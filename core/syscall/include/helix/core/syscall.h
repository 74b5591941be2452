/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

struct hal_frame;

/*
 * The way of a system call: gateway (the HAL's handler) -> dispatcher with hooks -> handler. The
 * Linux personality registers its table for the architecture; Helix's own calls from 1000 up sit in
 * a second one. Handlers run in thread context with interrupts on and read their arguments from an
 * array; user memory only through user_copy_*.
 *
 * A handler returns a value, or a negative Linux errno, or one of the restart codes below, which
 * never reach user mode: signal delivery turns them into EINTR or runs the call again.
 */
typedef i64 syscall_handler(const u64 *arguments);

struct syscall_entry {
    syscall_handler *handler; // NULL: ENOSYS
    const char *name;
};

enum {
    SYSCALL_RESTART_IF_ALLOWED =
        -512, // run again unless a handler without SA_RESTART runs (ERESTARTSYS)
    SYSCALL_RESTART_ALWAYS = -513,     // ERESTARTNOINTR
    SYSCALL_RESTART_NO_HANDLER = -514, // ERESTARTNOHAND
    SYSCALL_RESTART_TIMED = -516,      // through restart_syscall(2) and the thread's restart record
};

#define SYSCALL_HELIX_FIRST 1000u
#define SYSCALL_HELIX_LIMIT 1064u

/* Register the table for numbers 0 to @count - 1, and for SYSCALL_HELIX_FIRST on. Once each, before
 * the first user thread. */
void syscall_register_linux(const struct syscall_entry *entries, unsigned count);
void syscall_register_helix(const struct syscall_entry *entries, unsigned count);

/*
 * Hooks see every call (tracing, filters, accounting). A pre-hook returns true to let the call
 * pass; otherwise *result_out is the result and the handler is skipped. At most 8; called in the
 * order added; removed with quiescence. Costs nothing while there are none.
 */
struct syscall_hook {
    bool (*pre)(u64 number, const u64 *arguments, i64 *result_out); // NULL: none
    void (*post)(u64 number, const u64 *arguments, i64 result);     // NULL: none
};
helix_status syscall_hook_add(const struct syscall_hook *hook);
void syscall_hook_remove(const struct syscall_hook *hook);

/* Installed as hal_handlers.syscall. */
void syscall_gateway(struct hal_frame *frame);

/* Unknown calls, counted by number: number and count of each, ascending. */
void syscall_for_each_unknown(void (*visit)(u64 number, u64 count, void *context), void *context);

/* Name of @number, or "unknown". */
const char *syscall_name(u64 number);

/* What a handler returns for @status: 0, -errno, or SYSCALL_RESTART_IF_ALLOWED for
 * HELIX_E_INTERRUPTED and HELIX_E_RESTART. */
static inline i64 syscall_result(helix_status status)
{
    if (status == HELIX_OK)
        return 0;
    if (status == HELIX_E_INTERRUPTED || status == HELIX_E_RESTART)
        return SYSCALL_RESTART_IF_ALLOWED;
    return -helix_status_errno(status);
}
