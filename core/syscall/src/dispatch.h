/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/core/syscall.h>
#include <helix/lib/compiler.h>

/* Private to core/syscall. */

extern unsigned
    syscall_hook_count; // hooks and watchers; read without a lock on every call: only a hint

bool syscall_hooks_before(u64 number, const u64 *arguments, i64 *result_out);
void syscall_hooks_after(u64 number, const u64 *arguments, i64 result);

/* The personality's part of a call that is watched. */
struct hal_frame;
bool syscall_call_begin(struct hal_frame *frame);
void syscall_call_end(struct hal_frame *frame);

/* Count a call nobody implements; gives -ENOSYS. */
i64 syscall_unknown(u64 number) HELIX_COLD;
