/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/list.h>
#include <helix/lib/refcount.h>

/*
 * Signals, 1 to 64. Standard ones keep one pending entry with its siginfo; real-time ones queue.
 * Delivery happens at the user boundary only.
 */
#define SIGNAL_COUNT 64
typedef u64 signal_set; // bit n-1: signal n
#define SIGNAL_BIT(n) ((signal_set)1 << ((n) - 1))

/* siginfo as the kernel keeps it: written out in the architecture's layout (same on all 64-bit
 * Linux) at delivery. */
struct signal_info {
    i32 number, error, code;
    u32 pid, uid; // sender
    i32 status;   // SIGCHLD
    u64 value;    // sigqueue
    u64 address;  // faults
    i64 user_time, kernel_time;
    i32 timer_id, overrun, band, fd;
};

struct signal_action {
    vaddr handler; // 0 SIG_DFL, 1 SIG_IGN
    u64 flags;     // SA_*
    vaddr restorer;
    signal_set mask;
};

struct queued_signal {
    struct list link;
    struct signal_info info;
};

struct signal_pending {
    signal_set set;
    struct list queue; // struct queued_signal
};

/* The handlers: shared by a process's tasks, and by processes with CLONE_SIGHAND. What is pending
 * belongs to the process or the task. */
struct signal_hand {
    struct object object; // OBJECT_SIGNAL_STATE
    struct spinlock
        lock; // LOCK_RANK_SIGNAL, taken with interrupts off: signals come from timers and the tty
    struct refcount references;
    struct signal_action actions[SIGNAL_COUNT] HELIX_GUARDED_BY(&lock);
};

struct signal_task {
    signal_set blocked, saved_blocked; // saved: put back after sigsuspend & co. (HAL_WORK_RESTORE).
                                       // Changed by the task itself, under process->lock
    signal_set
        awaited; // sigtimedwait() sleeps for these: not dropped though ignored. process->lock
    struct signal_pending pending; // process->lock
    vaddr stack_base;
    u64 stack_bytes;
    u32 stack_flags;
};

struct task;
struct process;
struct hal_frame;

/* Send. @info NULL: from the kernel. Any context (the caller holds a reference). HELIX_E_LIMIT: too
 * many queued. */
helix_status signal_send_process(struct process *process, int signal,
                                 const struct signal_info *info);
helix_status signal_send_task(struct task *task, int signal, const struct signal_info *info);
helix_status signal_send_group(u32 pgid, int signal,
                               const struct signal_info *info); // NO_PROCESS: empty group
void signal_raise(int signal); // what a call of the running task brought upon it: SIGPIPE, SIGXFSZ
void signal_force(struct task *task, int signal,
                  const struct signal_info *info); // faults: cannot be ignored or blocked

bool signal_pending_here(void);  // a deliverable signal for the running task
bool signal_fatal_pending(void); // and it will kill

/* Change the running task's mask; wakes nothing, sets the work flag when something became
 * deliverable. */
void signal_set_mask(signal_set blocked);

/*
 * For ppoll(), sigsuspend() and their like: block @blocked until the call is over. A call that ends
 * by a restart code leaves the old mask to signal delivery, which puts it back after a handler's
 * frame was made with it; any other end calls signal_mask_restore().
 */
void signal_mask_replace(signal_set blocked);
void signal_mask_restore(void);

/* Take one pending signal of @wanted off the running task or its process; false: there is none.
 * signalfd, sigtimedwait. */
bool signal_take(signal_set wanted, struct signal_info *info_out);

/* siginfo_t as programs see it, and back; 128 bytes. */
struct linux_siginfo;
void signal_info_write(const struct signal_info *info, struct linux_siginfo *to);
void signal_info_read(const struct linux_siginfo *from, struct signal_info *info_out);

/* At the user boundary: deliver what is pending, convert restart codes. Called by the user_return
 * handler. */
void signal_deliver(struct hal_frame *frame);

/* userspace/<arch>: push the frame for a handler and point @frame at it; and undo it.
 * HELIX_E_FAULT: the stack is not writable. */
helix_status signal_frame_push(struct hal_frame *frame, int signal,
                               const struct signal_action *action, const struct signal_info *info,
                               signal_set mask);
helix_status signal_frame_pop(struct hal_frame *frame, signal_set *mask_out);
