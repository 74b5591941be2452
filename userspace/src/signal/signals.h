/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/userspace/task.h>

#include "linux_task.h"

/* Private to userspace: signals under locks that the caller holds, and the questions that delivery
 * asks. */

#define SIGNALS_STOP \
    (SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU))
#define SIGNALS_IGNORED \
    (SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH))
#define SIGNALS_CORE                                                                        \
    (SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGABRT) | \
     SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGXCPU) |  \
     SIGNAL_BIT(SIGXFSZ) | SIGNAL_BIT(SIGSYS))
/* Faults: taken before all others, so that the program counter still says where. */
#define SIGNALS_FAULT                                                                      \
    (SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | \
     SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGSYS))
#define SIGNALS_UNBLOCKABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

/* Send to @task, or to whichever task of @process takes it (NULL). @info NULL: from the kernel.
 * LIMIT: the queue is full. */
helix_status signal_queue_locked(struct process *process, struct task *task, int signal,
                                 const struct signal_info *info) HELIX_REQUIRES(&process->lock);

/* The same where a full queue changes nothing for the sender. */
void signal_send_locked(struct process *process, struct task *task, int signal,
                        const struct signal_info *info) HELIX_REQUIRES(&process->lock);

/* To all processes of a group. False: there are none. */
bool signal_send_group_locked(u32 pgid, int signal, const struct signal_info *info);

void signal_action_get(struct process *process, int signal, struct signal_action *action_out);

/* Does @info tell of a file: si_band and si_fd? */
bool signal_tells_of_file(const struct signal_info *info);

/* How many processes are stopped now. */
u32 signal_stopped_processes(void);

/* Is a signal waiting that the running task does not block? */
signal_set signal_deliverable(const struct task *task);

/* Take the first signal of @wanted off a queue. False: there is none. */
bool signal_dequeue_locked(struct process *process, struct task *task, signal_set wanted,
                           struct signal_info *info_out) HELIX_REQUIRES(&process->lock);

/* SIGCHLD's content for @process; @code 0: it ended. */
void process_child_info(const struct process *process, i32 code, i32 status,
                        struct signal_info *info_out);

/* kill(2) and its kin: 0 or a negative errno. */
i64 signal_kill(i32 pid, int signal, const struct signal_info *info);

/* Drop what is pending of @set: it became ignored. */
void signal_forget_locked(struct process *process, signal_set set) HELIX_REQUIRES(&process->lock);

/* Stop every task of @process at its user boundary. */
void signal_stop_locked(struct process *process, u32 signal) HELIX_REQUIRES(&process->lock);

struct kmem_cache;
extern struct kmem_cache signal_queue_cache; // of struct queued_signal

/* syscall_boundary's handlers. */
bool user_fault(struct hal_frame *frame, const struct hal_fault *fault);
void user_return(struct hal_frame *frame);

/* 0, -EPERM when the running task may not, or what the queue says. Signal 0 only asks. */
i64 signal_send_checked(struct process *target, int signal, const struct signal_info *info);

/* siginfo_t at @at for rt_sigqueueinfo() to process @target. 0 or a negative errno. */
i64 signal_read_queued(u64 at, int signal, u32 target, struct signal_info *info_out);

/*
 * Timer @timer_id expired again while its signal is queued, for @task or (NULL) for @process: count
 * that in the queued entry. False: it is not queued. Any context.
 */
bool signal_add_overrun(struct process *process, struct task *task, int signal, i32 timer_id,
                        u64 more);
