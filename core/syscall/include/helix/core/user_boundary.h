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

    /* Around each system call while syscall_watch() asks for it. call_begin() may change the frame,
     * of which number and arguments are read afterwards; false: there is no call any more, and the
     * frame holds the result. call_end() finds the result in the frame. */
    bool (*call_begin)(struct hal_frame *frame);
    void (*call_end)(struct hal_frame *frame);
};

/* Once, before the first user thread. @boundary stays valid for ever. */
void syscall_set_user_boundary(const struct user_boundary *boundary);

/* Count one watcher of system calls, and take it away. While there is none, calls cost nothing. */
void syscall_watch(void);
void syscall_unwatch(void);

/* For hal_handlers. Before a boundary is set nothing is resolved and no work is done. */
bool syscall_user_fault(struct hal_frame *frame, const struct hal_fault *fault);
void syscall_user_return(struct hal_frame *frame);
