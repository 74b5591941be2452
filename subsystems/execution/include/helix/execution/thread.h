/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/abi/scheduler.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/hal/thread.h>
#include <helix/hal/time.h>
#include <helix/hal/trap.h>
#include <helix/lib/list.h>
#include <helix/lib/refcount.h>

struct wait_queue;
struct waiter;

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
 * What a blocked system call needs to go on after it was unwound to the user boundary: the call
 * runs again as @number (its own, or restart_syscall) with these arguments. Filled by the blocking
 * code before it returns HELIX_E_RESTART. Plain data: describable.
 */
enum restart_kind {
    RESTART_NONE,
    RESTART_ALWAYS,            // as if the signal never came (ERESTARTNOINTR)
    RESTART_IF_HANDLER_ALLOWS, // SA_RESTART decides (ERESTARTSYS)
    RESTART_NO_HANDLER,        // restart only when no handler runs (ERESTARTNOHAND)
    RESTART_TIMED, // restart_syscall with the absolute deadline below (ERESTART_RESTARTBLOCK)
};

struct restart_record {
    enum restart_kind kind;
    u64 number;
    u64 arguments[6];
    nanos deadline; // absolute, monotonic; RESTART_TIMED
    u64 words[4];   // the call's own
};

/* Execution's own part of a thread; nobody else reads or writes it. */
struct thread_private {
    u32 wake;                 // events a sleeper has not consumed yet, atomic
    u32 waits;                // waiters in place; own thread only
    u8 queue_state;           // where a READY thread is; run-queue lock
    u8 wait_mode;             // enum wait_mode while blocked; run-queue lock
    u32 carried;              // generation of the binding that took it over while it was not queued
    struct waiter *exclusive; // own exclusive waiters, a chain; own thread only
    u64 user_mark;            // cycle counter at the last return to user mode; 0: in the kernel
    u64 user_cycles;          // in user mode, not yet in user_time
    void *stack;              // kvm memory; NULL: not ours to free
    void *fpu_memory;
};

struct thread {
    struct hal_thread hal; // first: see hal/thread.h
    struct object object;
    struct sched_entity sched;
    struct refcount references; // 1 for running, 1 per holder of a pointer

    u32 state; // enum thread_state, atomic
    char name[16];
    u64 id; // equals sched.id

    /* Blocking. wait_lock order: LOCK_RANK_WAIT_QUEUE, then LOCK_RANK_THREAD, then the run queue.
     */
    struct wait_queue *waiting_on;
    const char *waiting_for; // static text for ps and the hang reports
    struct restart_record restart;

    /* Accounting, nanoseconds and counts. */
    nanos user_time, kernel_time, started;
    u64 switches_voluntary, switches_forced, faults_minor, faults_major;

    /* The layer above: userspace hangs its struct task here; kernel threads have NULL. */
    void *task;
    void (*task_released)(
        struct thread *thread); // when the last reference goes; any context, must not sleep

    struct list all_link;   // thread list
    struct list queue_link; // deferred wake-ups; owner: execution
    void (*entry)(void *argument);
    void *argument;
    u32 flags;       // enum thread_flag, atomic
    u32 switch_work; // enum hal_work bits that it gets whenever it is switched out; own thread only
    struct thread_private own;
};

enum thread_flag {
    THREAD_FLAG_KERNEL = 1u << 0,
    THREAD_FLAG_IDLE = 1u << 1,
    THREAD_FLAG_MODULE = 1u << 2, // belongs to a module's ledger
    THREAD_FLAG_STOP_REQUESTED = 1u << 3,
    THREAD_FLAG_KILLED =
        1u << 4, // a fatal signal came: ends killable waits too. Set it, then thread_interrupt()
};

static inline struct thread *thread_current(void)
{
    return (struct thread *)(void *)hal_current();
}

struct thread_args {
    const char *name;
    void (*entry)(void *argument);
    void *argument;
    i32 nice;
    cpu_mask affinity;       // 0: all
    unsigned flags;          // enum thread_flag
    struct hal_space *space; // user threads
    void *task;
    void (*task_released)(struct thread *thread);
    const struct sched_entity *inherit; // policy and weights to copy (fork); NULL: NORMAL
};

/* Create a thread in CREATING, with a kernel stack and, when it has a space, FPU state. The
 * reference returned is the caller's. */
helix_status thread_create(const struct thread_args *args, struct thread **thread_out);
void thread_start(struct thread *thread); // makes it runnable; running holds a reference of its own
void thread_abandon(struct thread *thread); // instead of thread_start(): undo thread_create()

/* End the calling thread. Never returns. Runs no destructor of user state: the task layer does that
 * first. */
[[noreturn]] void thread_exit(void);

void thread_get(struct thread *thread);
void thread_put(struct thread *thread);
struct thread *thread_find(u64 id); // with a reference; NULL: gone
void thread_for_each(bool (*visit)(struct thread *thread, void *context),
                     void *context); // list lock held: short, no sleeping

helix_status thread_spawn_kernel(const char *name, void (*entry)(void *), void *argument,
                                 struct thread **thread_out); // create + start

/* Scheduling parameters: dequeues, changes, tells the scheduler, enqueues, and moves the thread off
 * a CPU it may no longer use. */
helix_status thread_set_policy(struct thread *thread, enum sched_policy policy, u32 rt_priority,
                               i32 nice);
helix_status thread_set_deadline(struct thread *thread, nanos runtime, nanos relative,
                                 nanos period);
helix_status thread_set_affinity(struct thread *thread, cpu_mask mask);

/* Ask @thread to come to its user boundary: every interruptible wait returns
 * HELIX_E_RESTART/INTERRUPTED. Any context. */
void thread_interrupt(struct thread *thread, unsigned work); // enum hal_work bits to set
bool thread_interrupted(void); // has the running thread such work pending?

/* CPU time including the running slice; and how much of it was in user mode, as exact as a look
 * from another CPU can be. */
nanos thread_cpu_time(const struct thread *thread);
nanos thread_user_time(const struct thread *thread);

/*
 * Split CPU time between user and kernel mode: the system-call gateway calls these on its way in
 * and out. Without them all time of a thread counts as the kernel's. Interrupts of user mode count
 * as user time.
 */
static inline void thread_account_enter(void)
{
    struct thread *self = thread_current();
    u64 mark = self->own.user_mark;
    if (mark != 0) {
        self->own.user_cycles += hal_cycles() - mark;
        self->own.user_mark = 0;
    }
}
static inline void thread_account_leave(void)
{
    thread_current()->own.user_mark = hal_cycles();
}

/*
 * Call @visit while @thread sleeps and cannot be woken: its saved registers are in memory and may
 * be changed. Waits until it sleeps, so only for a thread that will. @visit runs with interrupts
 * off.
 */
void thread_visit_asleep(struct thread *thread, void (*visit)(struct thread *thread, void *context),
                         void *context);

void thread_yield(void);     // sched_yield()
void thread_schedule(void);  // give the CPU to whoever is next; running thread stays runnable
void thread_user_work(void); // for the user_return handler: act on HAL_WORK_RESCHEDULE

/* The record for a call that sleeps to @deadline and was interrupted: restart_syscall(2) goes on
 * waiting. Returns HELIX_E_RESTART. */
helix_status thread_restart_timed(u64 number, nanos deadline);

/* Load averages times 65536 over 1, 5, 15 minutes, runnable and total threads, switches since boot,
 * idle time per CPU. */
struct execution_counts {
    u64 load[3];
    u64 runnable, total, switches, forks;
    nanos idle[HELIX_MAX_CPUS], busy_user[HELIX_MAX_CPUS], busy_kernel[HELIX_MAX_CPUS];
};
void execution_counts(struct execution_counts *counts_out);
