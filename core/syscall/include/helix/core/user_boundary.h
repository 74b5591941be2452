/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/trap.h>

/*
 * What user mode asks of the kernel besides system calls: its faults, and the work that waits for
 * its return. The kernel's hal_handlers have the two functions below as .fault and .user_return;
 * the personality, which stands above the core, puts its own behind them before the first user
 * thread.
 */
struct user_boundary {
    bool (*fault)(struct hal_frame *frame,
                  const struct hal_fault *fault); // contract of hal_handlers.fault
    void (*user_return)(struct hal_frame *frame); // contract of hal_handlers.user_return
};

/* Once, before the first user thread. @boundary stays valid for ever. */
void syscall_set_user_boundary(const struct user_boundary *boundary);

/* For hal_handlers. Before a boundary is set nothing is resolved and no work is done. */
bool syscall_user_fault(struct hal_frame *frame, const struct hal_fault *fault);
void syscall_user_return(struct hal_frame *frame);
