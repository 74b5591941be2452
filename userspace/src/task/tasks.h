/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/core/syscall.h>
#include <helix/hal/spinlock.h>
#include <helix/userspace/task.h>

#include "futex/inherit.h"
#include "linux_task.h"

/* Private to the process side: the process table and the life of tasks. */

extern struct spinlock process_table_lock; // always with interrupts off
extern struct list
    process_table HELIX_GUARDED_BY(&process_table_lock); // struct process.table_link, oldest first
extern struct process *process_init;                     // pid 1; set once

#define TIMER_SLACK_DEFAULT 50000u

void process_table_start(void);

/* A pid that names no task, process, group or session. 0: none left. */
u32 pid_allocate_locked(void) HELIX_REQUIRES(&process_table_lock);
bool pid_claim_locked(u32 pid) HELIX_REQUIRES(&process_table_lock); // false: it names one

void process_table_add_locked(struct process *process) HELIX_REQUIRES(&process_table_lock);
void process_table_remove_locked(struct process *process) HELIX_REQUIRES(&process_table_lock);
void task_table_add_locked(struct task *task) HELIX_REQUIRES(&process_table_lock);
void task_table_remove_locked(struct task *task) HELIX_REQUIRES(&process_table_lock);
struct process *process_find_locked(u32 pid) HELIX_REQUIRES(&process_table_lock);
struct task *task_find_locked(u32 tid) HELIX_REQUIRES(&process_table_lock);

/* Is there a process in group @pgid of session @sid? The first process is in session 0. */
#define SESSION_ANY UINT32_MAX
bool group_exists_locked(u32 pgid, u32 sid) HELIX_REQUIRES(&process_table_lock);

/* A group is orphaned when no member has a parent outside it in the same session. @except is not
 * counted as a member. */
bool group_is_orphaned_locked(u32 pgid, const struct process *except)
    HELIX_REQUIRES(&process_table_lock);

/* Has the running task's user more tasks than RLIMIT_NPROC allows? Nobody counts those of root. */
bool process_limit_exceeded(void);

u32 process_count(void);
u32 pid_last(void);  // the pid given out last
u32 pid_limit(void); // all are below

void task_get(struct task *task);

/* Parts of another process, with a reference; NULL once it has given them up. */
struct vm_space *process_space_get(struct process *process);
struct credentials *task_credentials_get(struct task *task);

/* Any task of @process, the leader if it lives, with a reference; NULL: none left. */
struct task *process_any_task(struct process *process);

struct process *process_allocate(void);
void process_discard(struct process *process); // that never got a task
extern const struct object_type process_object_type;
struct task *task_allocate(struct process *process);
void task_free(struct task *task); // that never got a thread
void task_released(struct thread *thread);

/* Signal handlers. */
extern const struct object_type signal_hand_object_type;
struct signal_hand *signal_hand_create(void);
struct signal_hand *signal_hand_copy(struct signal_hand *from);
void signal_hand_put(struct signal_hand *hand);
void signal_queue_flush(struct process *process, struct signal_pending *pending);

/* fork(2) and its kin. */
struct clone_request {
    u64 flags; // CLONE_* without the exit signal
    u32 exit_signal;
    u64 stack; // 0: the parent's
    u64 tls;
    u64 parent_tid, child_tid, pidfd; // user addresses
    u32 tid;                          // the child's number; 0: any
};
i64 task_clone(const struct clone_request *request);

/* A parent that waits in vfork(2), on its own stack; process_table_lock guards the link to it. */
struct vfork_wait {
    struct wait_queue queue;
    bool done;
};

/* The running task no longer uses its address space: stores clear_child_tid, walks the robust list,
 * lets a vfork parent go on. */
void task_release_memory(struct task *task);

/* The process's space, or NULL, changes to @space; returns the old one, whose reference is the
 * caller's. */
struct vm_space *process_space_swap(struct process *process, struct vm_space *space);

/* The file that @process runs, with a reference; NULL: none. */
struct file *process_program_get(struct process *process);
/* @process runs @program, which may be NULL, and takes its reference. */
void process_program_set(struct process *process, struct file *program);

/* PR_SET_MM of prctl(2), with its arguments. */
i64 process_set_memory(const u64 *arguments);

/* Tell @process's parent by SIGCHLD (or its exit signal) and wake its wait4(). @code: CLD_*. True:
 * nobody will wait for it. */
bool process_notify_parent_locked(struct process *process, i32 code, i32 status)
    HELIX_REQUIRES(&process_table_lock);

/* Bring every task of @process to its user boundary. */
void process_interrupt_locked(struct process *process, unsigned work)
    HELIX_REQUIRES(&process->lock);

/* Every task of @process but @except comes to its end: its killable waits are over. */
void process_end_tasks_locked(struct process *process, const struct task *except)
    HELIX_REQUIRES(&process->lock);

/* Every task of @process ends with @status; does nothing once that is decided. */
void process_kill_locked(struct process *process, u32 status) HELIX_REQUIRES(&process->lock);

/* Wait until the running task is the only one of its process, and leads it. INTERRUPTED: a fatal
 * signal was faster. */
helix_status process_end_siblings(void);

/* CPU time and counts of a process: living tasks and ended ones. */
struct process_usage {
    nanos user_time, kernel_time;
    u64 minor_faults, major_faults, voluntary, involuntary;
};
void process_usage(struct process *process, struct process_usage *usage_out);
void task_usage(const struct task *task, struct process_usage *usage_out);
void process_io(struct process *process, struct task_io *io_out);
void task_io_add(struct task_io *sum, const struct task_io *io);
u64 process_peak_rss_kb(struct process *process);

/* pidfd_open(2): the file of a process, and back (with a reference). */
helix_status pidfd_create(struct process *process, u32 open_flags, struct file **file_out);
helix_status pidfd_process(int fd, struct process **process_out, bool *nonblocking_out);

/* Limits. */
void limits_set_initial(struct process *process);
void limits_apply(struct process *process); // tells the address space

/* Robust futex list of the running task, at its end. robust.c */
void futex_release_robust_list(struct task *task);

/* The running task gives up the futexes it owns, those of its robust list first. Until
 * futex_owner_ended() nobody can wait for one of its futexes; @life: and afterwards. own.c */
void futex_owner_ends(struct task *task);
void futex_owner_ended(struct task *task, enum futex_life life);
void futex_wake_address(vaddr at, unsigned most);

struct credentials *credentials_copy(const struct credentials *from);
/* The running task acts as @credentials from now on; takes over the reference. */
void task_credentials_set(struct credentials *credentials);

/* May the running task signal, or change the scheduling of, @target? */
bool task_may_signal(struct process *target, int signal);
bool task_owns(struct process *target); // same user, or CAP_SYS_NICE

static inline i64 call_error(int errno_value)
{
    return -(i64)errno_value;
}

/* What the running task becomes by executing @file: set-uid and set-gid bits, capabilities.
 * @secure_out: AT_SECURE. */
helix_status credentials_for_exec(struct file *file, struct credentials **credentials_out,
                                  bool *secure_out);

/* The running task stops sharing what @flags name (CLONE_FILES, CLONE_FS). */
i64 task_unshare(u64 flags);
