/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/abi/scheduler.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/hal/thread.h>
#include <helix/hal/trap.h>
#include <helix/lib/list.h>
#include <helix/lib/refcount.h>

struct wait_queue;

enum thread_state {
    THREAD_CREATING,
    THREAD_READY,
    THREAD_RUNNING,
    THREAD_BLOCKED,  // on a wait queue; may be unwound
    THREAD_SLEEPING, // on a timer only; may be unwound
    THREAD_STOPPED,  // job control or tracer
    THREAD_DEAD,     // ended, resources held
    THREAD_ZOMBIE,   // ended, waited for
};

/*
 * What a blocked system call needs to go on after it was unwound to the user boundary: the call runs again as @number (its own, or
 * restart_syscall) with these arguments. Filled by the blocking code before it returns HELIX_E_RESTART. Plain data: describable.
 */
enum restart_kind {
    RESTART_NONE,
    RESTART_ALWAYS,      // as if the signal never came (ERESTARTNOINTR)
    RESTART_IF_HANDLER_ALLOWS, // SA_RESTART decides (ERESTARTSYS)
    RESTART_NO_HANDLER,  // restart only when no handler runs (ERESTARTNOHAND)
    RESTART_TIMED,       // restart_syscall with the absolute deadline below (ERESTART_RESTARTBLOCK)
};

struct restart_record {
    enum restart_kind kind;
    u64   number;
    u64   arguments[6];
    nanos deadline; // absolute, monotonic; RESTART_TIMED
    u64   words[4]; // the call's own
};

struct thread {
    struct hal_thread hal; // first: see hal/thread.h
    struct object     object;
    struct sched_entity sched;
    struct refcount   references; // 1 for running, 1 per holder of a pointer

    u32  state;       // enum thread_state, atomic
    char name[16];
    u64  id;          // equals sched.id

    /* Blocking. wait_lock order: LOCK_RANK_WAIT_QUEUE, then LOCK_RANK_THREAD, then the run queue. */
    struct wait_queue *waiting_on;
    const char        *waiting_for;  // static text for ps and the hang reports
    struct restart_record restart;

    /* Accounting, nanoseconds and counts. */
    nanos user_time, kernel_time, started;
    u64   switches_voluntary, switches_forced, faults_minor, faults_major;

    /* The layer above: userspace hangs its struct task here; kernel threads have NULL. */
    void *task;
    void (*task_released)(struct thread *thread); // when the last reference goes

    struct list all_link;   // thread list
    struct list queue_link; // deferred wake-ups; owner: execution
    void (*entry)(void *argument);
    void *argument;
    u32   flags;            // enum thread_flag, atomic
    struct execution_private *private_part; // embedded state private to execution
};

enum thread_flag {
    THREAD_FLAG_KERNEL = 1u << 0,
    THREAD_FLAG_IDLE   = 1u << 1,
    THREAD_FLAG_MODULE = 1u << 2, // belongs to a module's ledger
    THREAD_FLAG_STOP_REQUESTED = 1u << 3,
};

static inline struct thread *thread_current(void)
{
    return (struct thread *)(void *)hal_current();
}

struct thread_args {
    const char *name;
    void (*entry)(void *argument);
    void *argument;
    i32   nice;
    cpu_mask affinity;      // 0: all
    unsigned flags;         // enum thread_flag
    struct hal_space *space; // user threads
    void *task;
    void (*task_released)(struct thread *thread);
    const struct sched_entity *inherit; // policy and weights to copy (fork); NULL: NORMAL
};

/* Create a thread in CREATING, with a kernel stack and, when it has a space, FPU state. The reference returned is the caller's. */
helix_status thread_create(const struct thread_args *args, struct thread **thread_out);
void thread_start(struct thread *thread);     // makes it runnable; running holds a reference of its own
void thread_abandon(struct thread *thread);   // instead of thread_start(): undo thread_create()

/* End the calling thread. Never returns. Runs no destructor of user state: the task layer does that first. */
[[noreturn]] void thread_exit(void);

void thread_get(struct thread *thread);
void thread_put(struct thread *thread);
struct thread *thread_find(u64 id); // with a reference; NULL: gone
void thread_for_each(bool (*visit)(struct thread *thread, void *context), void *context); // list lock held: short, no sleeping

helix_status thread_spawn_kernel(const char *name, void (*entry)(void *), void *argument, struct thread **thread_out); // create + start

/* Scheduling parameters: dequeues, changes, tells the scheduler, enqueues, and moves the thread off a CPU it may no longer use. */
helix_status thread_set_policy(struct thread *thread, enum sched_policy policy, u32 rt_priority, i32 nice);
helix_status thread_set_deadline(struct thread *thread, nanos runtime, nanos relative, nanos period);
helix_status thread_set_affinity(struct thread *thread, cpu_mask mask);

/* Ask @thread to come to its user boundary: every interruptible wait returns HELIX_E_RESTART/INTERRUPTED. Any context. */
void thread_interrupt(struct thread *thread, unsigned work); // enum hal_work bits to set
bool thread_interrupted(void);                              // has the running thread such work pending?

/* CPU time including the running slice. */
nanos thread_cpu_time(const struct thread *thread);

/* Account the switch between user and kernel mode for times(2); called by the syscall gateway only when ticks are coarse. */
void thread_yield(void);
void thread_schedule(void); // give the CPU to whoever is next; running thread stays runnable

/* Load averages times 65536 over 1, 5, 15 minutes, runnable and total threads, switches since boot, idle time per CPU. */
struct execution_counts {
    u64 load[3];
    u64 runnable, total, switches, forks;
    nanos idle[HELIX_MAX_CPUS], busy_user[HELIX_MAX_CPUS], busy_kernel[HELIX_MAX_CPUS];
};
void execution_counts(struct execution_counts *counts_out);
