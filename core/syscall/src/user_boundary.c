/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/core/user_boundary.h>

#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>
#include <helix/lib/compiler.h>

#include "dispatch.h"

static const struct user_boundary *current;

void syscall_set_user_boundary(const struct user_boundary *boundary)
{
    helix_assert(!current);
    current = boundary;
}

bool syscall_user_fault(struct hal_frame *frame, const struct hal_fault *fault)
{
    return likely(current) && current->fault(frame, fault);
}

void syscall_watch(void)
{
    atomic_fetch_add_release(&syscall_hook_count, 1u);
}

void syscall_unwatch(void)
{
    atomic_fetch_sub_release(&syscall_hook_count, 1u);
}

bool syscall_call_begin(struct hal_frame *frame)
{
    return current->call_begin(frame);
}

void syscall_call_end(struct hal_frame *frame)
{
    current->call_end(frame);
}

void syscall_user_return(struct hal_frame *frame)
{
    if (likely(current))
        current->user_return(frame);
}
