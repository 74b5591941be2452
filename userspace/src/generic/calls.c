/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The call table that all architectures younger than x86_64 share; calls_own.def names what one has
 * besides. */
#include "calls.h"
#include "task/tasks.h"

#include <helix/lib/compiler.h>

extern const u32 arch_restart_number;
const u32 arch_restart_number = 128;

#define CALL_OWN(name_, number) i64 sys_##name_(const u64 *arguments);
#include "calls_own.def"
#undef CALL_OWN

#define CALL(name_, first, generic) [generic] = {.handler = sys_##name_, .name = #name_},
#define CALL_LEGACY(name_, first)
#define CALL_OWN(name_, number) [number] = {.handler = sys_##name_, .name = #name_},
const struct syscall_entry call_table[] = {
#include "calls.def"
#include "calls_own.def"
};
#undef CALL
#undef CALL_LEGACY
#undef CALL_OWN

const unsigned call_table_count = array_count(call_table);

/* The order of the last two is the other way round than on x86_64. */
i64 sys_clone(const u64 *arguments)
{
    const u64 flags = arguments[0] & 0xffffffff;
    return task_clone(&(struct clone_request){
        .flags = flags & ~CLONE_EXIT_SIGNAL,
        .exit_signal = (u32)(flags & CLONE_EXIT_SIGNAL),
        .stack = arguments[1],
        .parent_tid = arguments[2],
        .child_tid = arguments[4],
        .pidfd = arguments[2],
        .tls = arguments[3],
    });
}
