/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "task/tasks.h"

/* Private to wait4(2) and waitid(2), and to what tracers wait for. */

struct wait_request {
    u32 options;
    int which; // P_*
    u32 id;
    bool nonblocking; // a descriptor says so
};

/* What was found: plain values, so that they can be told after the child is gone. */
struct wait_found {
    struct signal_info info;
    u32 status;             // wait(2) form
    struct process *reaped; // its table reference is now the waiter's
    struct task *released;  // a tracee no more: its reference is now the waiter's
    struct process_usage usage;
    u64 peak_rss;
};

/* Is there a stop or an end of a tracee of @process to tell of? The contract of wait4()'s own scan:
 * OK found one, AGAIN none is ready, NO_CHILD there are none. */
helix_status trace_scan_locked(struct process *process, const struct wait_request *request,
                               struct wait_found *found) HELIX_REQUIRES(&process_table_lock);

/* @child, a zombie: tell its end. */
void wait_tell_end_locked(struct process *child, struct wait_found *found)
    HELIX_REQUIRES(&process_table_lock);
