/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/execution/wait.h>
#include <helix/userspace/signal.h>

struct task;

/*
 * What ptrace(2) keeps in a task. Who traces whom: process_table_lock. The stop: process->lock of
 * the tracee, which writes the rest itself while it runs and leaves it to its tracer while it is
 * stopped.
 */
struct task_trace {
    struct task *tracer;      // NULL: nobody; read without a lock where only NULL matters
    struct list tracee_link;  // in the tracees of the tracer's process, which hold a reference
    struct wait_queue resume; // the stopped tracee
    u32 options;              // PTRACE_O_*
    bool seized;
    bool ending;    // it takes no tracees any more
    bool ended;     // the tracer is to learn of its end
    bool stopped;   // it waits for its tracer
    bool report;    // wait4() has not seen the stop yet
    bool listening; // PTRACE_LISTEN: for everybody else it is stopped by a signal
    bool frozen;    // the tracer looks at it: it must not go on, not even to its end
    bool trap;      // it is to stop at its user boundary
    bool has_info;  // info belongs to the stop
    bool in_call;   // the stop is one of a system call
    bool calls;     // resumed by PTRACE_SYSCALL
    bool emulates;  // by PTRACE_SYSEMU: its calls do not run
    bool steps;     // resumed by PTRACE_SINGLESTEP
    u32 code;       // of the stop: a signal, and an event above it
    u32 why;        // CLD_TRAPPED or CLD_STOPPED
    int signal;     // that it goes on with
    u32 stops_seen; // process->stops when it last took part in one
    u32 exit_status;
    u64 message; // PTRACE_GETEVENTMSG
    struct signal_info info;
};
