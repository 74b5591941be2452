/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/execution/mutex.h>
#include <helix/execution/thread.h>
#include <helix/execution/timer.h>
#include <helix/lib/list.h>
#include <helix/lib/refcount.h>
#include <helix/memory/space.h>
#include <helix/userspace/signal.h>
#include <helix/vfs/credentials.h>
#include <helix/vfs/path.h>

struct file_table;
struct tty;

/*
 * A Linux process (thread group) and its tasks (threads).
 *
 * Lifetime: a process is created by fork with one reference for being in the process table and one per task; it leaves the table when it
 * was waited for. A task lives as long as its thread. struct thread.task points at it.
 *
 * Locks: process_table_lock (LOCK_RANK_PROCESS_TABLE, spinlock) guards the tree: parents, children, groups, sessions, pids.
 * process->lock (LOCK_RANK_PROCESS) guards its task list and exit state. Signal state: signal_hand.lock (LOCK_RANK_SIGNAL).
 */
enum {
    RLIMIT_COUNT = 16,
};

struct resource_limit {
    u64 soft, hard; // UINT64_MAX: none
};

struct process {
    struct object   object;
    struct refcount references;
    u32             pid;
    struct spinlock lock;

    struct process *parent; // who gets SIGCHLD and may wait
    struct list     children, sibling_link;
    u32             pgid, sid;
    struct list     table_link, group_link;
    struct tty     *tty; // controlling terminal, or NULL

    struct list tasks HELIX_GUARDED_BY(&lock);
    unsigned    task_count;
    struct task *leader; // first task; NULL after it ended

    struct vm_space    *space;
    struct signal_hand *signals; // handlers and shared pending set; shared with CLONE_SIGHAND
    struct file        *program; // /proc/PID/exe, reference held
    char                command_line_ready;
    vaddr               arguments_start, arguments_end, environment_start, environment_end;
    vaddr               auxv_start, auxv_end;

    struct resource_limit limits[RLIMIT_COUNT];
    u32  exit_status;      // wait(2) form
    u32  exit_signal;      // sent to the parent
    bool exiting, zombie, stopped, continued, dumpable, child_subreaper, did_exec, no_new_privs;
    u32  stop_signal;
    u32  group_exit_code;
    struct wait_queue wait_children; // wait4() of this process
    struct wait_queue exit_wait;     // pidfd, exec waiting for sibling tasks

    nanos started;
    nanos user_time, kernel_time;             // of tasks that ended
    nanos children_user_time, children_kernel_time;
    u64   minor_faults, major_faults, voluntary, involuntary;       // of tasks that ended
    u64   children_minor_faults, children_major_faults, children_peak_rss;
    struct interval_timer *interval_timers; // ITIMER_REAL/VIRTUAL/PROF, lazily
    struct posix_timers   *posix_timers;
    struct timer           alarm;
    i32   oom_adjust;
    u32   personality;
    void *extension; // private to userspace
};

struct task {
    struct thread  *thread;
    struct process *process;
    u32             tid;
    struct list     process_link;
    struct list     tid_link;
    struct credentials *credentials; // own reference
    struct file_table  *files;       // shared with CLONE_FILES
    struct fs_context  *fs;          // shared with CLONE_FS
    struct signal_task  signal;      // blocked mask, private pending set, alternate stack
    vaddr clear_child_tid;
    vaddr robust_list;
    vaddr rseq_area;
    u32   rseq_bytes, rseq_signature;
    u32   exit_code;
    struct wait_queue *vfork_done; // parent waiting in vfork, or NULL
    u32   parent_death_signal;
    u32   timer_slack_ns;
    bool  in_exec;
};

/* The running task; NULL in kernel threads. */
static inline struct task *task_current(void)
{
    return thread_current()->task;
}
static inline struct process *process_current(void)
{
    return task_current()->process;
}

struct process *process_find(u32 pid);   // with a reference; NULL: none
struct task    *task_find(u32 tid);      // with a reference on its thread; task_put() it
void task_put(struct task *task);
void process_get(struct process *process);
void process_put(struct process *process);
u32  process_next_pid(u32 after);

/* Is @number within the limit @which (RLIMIT_*) of the running process? */
u64 process_limit(unsigned which); // soft limit in force

/* Walk context of the running task for path calls; @dirfd as the *at calls: AT_FDCWD or a descriptor. Holds references: walk_end(). */
struct walk_start {
    struct walk_context walk;
    struct path         at;
    bool                have_at;
};
helix_status walk_begin(int dirfd, struct walk_start *start_out);
void walk_end(struct walk_start *start);

/* End the whole process with @status in wait(2) form (exit code << 8, or signal number with 0x80 for core). */
[[noreturn]] void process_exit_group(u32 status);
[[noreturn]] void task_exit(u32 code);

/* Start the first process: @path with @argv and @envp (kernel memory, NULL-terminated). */
helix_status userspace_start_init(const char *path, const char *const *argv, const char *const *envp);
