/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/execution/mutex.h>
#include <helix/execution/thread.h>
#include <helix/execution/timer.h>
#include <helix/hal/trap.h>
#include <helix/lib/list.h>
#include <helix/lib/refcount.h>
#include <helix/memory/space.h>
#include <helix/userspace/signal.h>
#include <helix/userspace/trace.h>
#include <helix/vfs/credentials.h>
#include <helix/vfs/path.h>

struct file_table;
struct futex_waiter;
struct tty;

/*
 * A Linux process (thread group) and its tasks (threads).
 *
 * Lifetime: a process is created by fork with one reference for being in the process table and one
 * per task; it leaves the table when it was waited for. A task lives as long as its thread. struct
 * thread.task points at it.
 *
 * Locks: process_table_lock (LOCK_RANK_PROCESS_TABLE, spinlock) guards the tree: parents, children,
 * groups, sessions, pids. process->lock (LOCK_RANK_PROCESS) guards its task list, stop state and
 * pending signals. Handlers: signal_hand.lock (LOCK_RANK_SIGNAL). All three are taken with
 * interrupts off.
 */
enum {
    RLIMIT_COUNT = 16,
};

struct resource_limit {
    u64 soft, hard; // UINT64_MAX: none
};

/* What a task moved by read(2), write(2) and their kin. */
struct task_io {
    u64 bytes_read, bytes_written, reads, writes;
};

/* How a task asked to be scheduled, whatever priority inheritance lends it at the moment. */
struct sched_setting {
    enum sched_policy policy;
    u32 rt_priority;
    i32 nice;
    nanos runtime, relative, period; // DEADLINE; 0 otherwise
};

/* What a task and its priority-inheritance futexes have to do with each other: futex/inherit.c. */
struct task_inheritance {
    struct sched_setting own;     // while lent
    bool lent;                    // runs with what one of its waiters lends it
    u8 futexes;                   // enum futex_life
    struct list waiters;          // futex_waiter.owner_link: for futexes that this task owns
    struct futex_waiter *blocked; // what it waits with itself, or NULL
};

struct process {
    struct object object;
    struct refcount references;
    u32 pid;
    struct spinlock lock; // taken with interrupts off: signals come from timers and terminals

    struct process *parent; // who gets SIGCHLD and may wait
    struct list children, sibling_link;
    u32 parent_tid;      // the parent's task that made it: __WNOTHREAD
    struct list tracees; // struct task.trace.tracee_link: of its tasks, each with a reference
    u32 pgid, sid;
    u32 uid, euid, suid, gid; // of its tasks' credentials, for those who only ask; unlocked
    struct list table_link, hash_link;
    struct tty *tty; // controlling terminal, or NULL

    struct list tasks HELIX_GUARDED_BY(&lock);
    unsigned task_count;
    struct task *leader; // first task; NULL after it ended

    struct vm_space *space;
    struct signal_hand *signals;                           // handlers; shared with CLONE_SIGHAND
    struct signal_pending pending HELIX_GUARDED_BY(&lock); // for any of its tasks
    u32 queued_signals;                                    // entries in all its queues, atomic
    struct file *program;                                  // /proc/PID/exe, reference held
    vaddr arguments_start, arguments_end, environment_start, environment_end;
    vaddr auxv_start, auxv_end;
    vaddr signal_return; // the vDSO's code for handlers without a restorer; 0: there is none

    struct resource_limit limits[RLIMIT_COUNT];
    u32 exit_status;                        // wait(2) form
    u32 exit_signal;                        // sent to the parent
    bool zombie, child_subreaper, did_exec; // process_table_lock
    bool exiting;                           // lock: every task ends with group_exit_code
    bool stopped;                           // lock: every task waits at its user boundary
    bool stop_report, continue_report;      // lock: wait4() has not seen it yet
    bool continue_notify; // lock: SIGCHLD for the continuation is still to be sent
    bool dumpable;
    bool no_huge_pages;      // kept and told: pages are of one size here
    bool over_process_limit; // since a change of its user id: execve() asks again
    u8 barriers;             // registered for membarrier(2): enum barrier_right
    u32 stop_signal;
    u32 stops;                  // lock: how often it was stopped
    struct task *traced_leader; // process_table_lock: a leader with a tracer, also after its end
    u32 group_exit_code;        // wait(2) form
    bool dumping;               // lock: the survivor writes a core file
    unsigned dump_waiting;      // lock: how many tasks wait for that
    u32 core_filter;            // /proc/PID/coredump_filter
    struct task *survivor;      // lock: it is in execve(), or dumping; the others end, or wait
    struct wait_queue wait_children; // wait4() of this process
    struct wait_queue exit_wait;     // pidfd, exec waiting for sibling tasks
    struct wait_queue stop_wait;     // its stopped tasks

    nanos started;
    nanos user_time, kernel_time; // of tasks that ended
    nanos children_user_time, children_kernel_time;
    u64 minor_faults, major_faults, voluntary, involuntary; // of tasks that ended
    u64 children_minor_faults, children_major_faults, children_peak_rss;
    struct task_io io;             // of tasks that ended
    char last_name[16];            // of the last task that ended: a zombie's name
    struct process_timers *timers; // itimers and POSIX timers; NULL until the first is made
    i32 oom_adjust;
    u32 personality;
};

struct task {
    struct thread *thread;
    struct process *process;
    u32 tid;
    struct list process_link;
    struct list tid_link;
    struct credentials *credentials; // own reference
    struct task_inheritance inheritance;
    bool sched_reset_on_fork;
    u16 io_priority;           // ioprio_set(2)
    u64 io_context;            // object id of what CLONE_IO shares; 0: none
    struct file_table *files;  // shared with CLONE_FILES
    struct fs_context *fs;     // shared with CLONE_FS
    struct task_io io;         // written by the task itself
    struct signal_task signal; // blocked mask, private pending set, alternate stack
    struct task_trace trace;
    vaddr clear_child_tid;
    vaddr robust_list;
    vaddr rseq_area;
    u32 rseq_signature, rseq_cpu;  // the CPU that the area shows
    vaddr set_child_tid;           // where a new task stores its tid first
    struct vfork_wait *vfork_done; // parent waiting in vfork, or NULL; process_table_lock
    u32 parent_death_signal;
    bool io_flusher, no_new_privs; // of prctl(2), like
    u8 machine_check;              // 0: as the machine is set
    u64 timer_slack_ns, timer_slack_default_ns;
    struct hal_fault
        fault; // the last one that made a signal: trap number, code and address of its frame
    struct hal_frame start_frame; // registers a new task starts with
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

struct process *process_find(u32 pid); // with a reference; NULL: none
struct task *task_find(u32 tid);       // with a reference on its thread; task_put() it
void task_put(struct task *task);
void process_get(struct process *process);
void process_put(struct process *process);
u32 process_next_pid(u32 after); // 0: no more

/* The soft limit in force of the running process. @which: LINUX_RLIMIT_*. */
u64 process_limit(unsigned which);

/* Has the running task Linux capability @capability? Kernel threads have all. */
bool task_capable(unsigned capability);

/* Walk context of the running task for path calls; @dirfd as the *at calls: AT_FDCWD or a
 * descriptor. Holds references: walk_end(). */
struct walk_start {
    struct walk_context walk;
    struct path at;
    bool have_at;
};
helix_status walk_begin(int dirfd, struct walk_start *start_out);
void walk_end(struct walk_start *start);

/* End the whole process with @status in wait(2) form (exit code << 8, or signal number with 0x80
 * for core). */
[[noreturn]] void process_exit_group(u32 status);
[[noreturn]] void task_exit(u32 code);

/* Start the first process: @path with @argv and @envp (kernel memory, NULL-terminated). */
helix_status userspace_start_init(const char *path, const char *const *argv,
                                  const char *const *envp);
