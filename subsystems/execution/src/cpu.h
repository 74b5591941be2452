/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/execution/thread.h>
#include <helix/execution/timer.h>
#include <helix/gate/gate.h>
#include <helix/hal/cpu.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/atomic.h>
#include <helix/lib/list.h>
#include <helix/lib/rbtree.h>

/* Where a thread in state READY is. Written under the run-queue lock of its CPU. */
enum queue_state {
    QUEUE_NONE,     // not READY
    QUEUE_MODULE,   // in the scheduler's order
    QUEUE_DEFERRED, // on cpu->deferred: the scheduler could not take it
    QUEUE_MOVING, // between two CPUs; the code that moves it has interrupts off and answers no stop
};

/* What must wait until the run-queue lock is free. */
enum cpu_post {
    POST_WORKER = 1u << 0,  // wake the worker thread
    POST_QUIESCE = 1u << 1, // wake those who wait for a grace period
};

enum {
    STACKS_KEPT = 8,
};

/*
 * One CPU. The run-queue lock (`lock`) guards the fields of the first block and, for every thread
 * whose sched.cpu is this CPU, state, queue_state and the scheduling parameters. The other fields
 * are this CPU's own, used with interrupts off.
 */
struct cpu {
    struct spinlock lock;
    u32 id;
    u32 ready; // threads READY here: in the module's order or deferred
    struct thread *current;
    struct thread *idle;
    struct thread *previous; // ran before current
    struct list deferred;
    nanos accounted; // CPU time is charged up to here
    u64 switches;
    nanos idle_time, user_time, kernel_time;

    nanos slice_end HELIX_ALIGNED(HELIX_CACHE_LINE); // NANOS_NEVER: the running thread may go on
    nanos armed;                                     // the hardware timer's deadline
    u32 post;                                        // enum cpu_post
    u32 locked;                                      // this CPU is inside its own scheduler code
    u32 moving;                                      // > 0: answers no stop, see QUEUE_MOVING
    u32 stacks;
    void *stack[STACKS_KEPT];
    u64 stopped_for;    // the last rendezvous this CPU came to; read by its owner
    bool stood_in_loop; // answered the last rendezvous from a loop; own CPU
    u64 quiesced;       // the last grace period this CPU has passed; read by others
    nanos balanced;

    struct spinlock timer_lock HELIX_ALIGNED(HELIX_CACHE_LINE);
    struct rb_tree timers;
    struct timer *first;  // of timers, or NULL
    struct timer *firing; // its callback runs now
} HELIX_ALIGNED(HELIX_CACHE_LINE);

extern struct cpu cpus[HELIX_MAX_CPUS] HELIX_HIDDEN;
extern cpu_mask cpus_running HELIX_HIDDEN; // that run threads
extern u64 quiesce_goal HELIX_HIDDEN;      // the newest grace period asked for

/* Interrupts or preemption off. */
static inline struct cpu *this_cpu(void)
{
    return &cpus[hal_cpu_id()];
}

static inline struct thread *thread_of(struct sched_entity *entity)
{
    return container_of(entity, struct thread, sched);
}

static inline struct thread *thread_of_hal(struct hal_thread *hal)
{
    return (struct thread *)(void *)hal;
}

static inline bool is_asleep(u32 state)
{
    return state == THREAD_BLOCKED || state == THREAD_SLEEPING || state == THREAD_STOPPED;
}

/* Events that end a sleep: bits of thread.own.wake. */
enum wake_event {
    WAKE_TOKEN = 1u << 0,     // by a wait queue
    WAKE_TIMER = 1u << 1,     // its deadline passed
    WAKE_INTERRUPT = 1u << 2, // work for the user boundary arrived
};

/* schedule.c */
HELIX_HIDDEN void cpu_init(struct cpu *cpu, unsigned id, struct thread *idle);
HELIX_HIDDEN bool thread_wake(struct thread *thread, u32 event); // any context; true: it had slept
HELIX_HIDDEN void thread_block(enum thread_state state, u32 mode);
HELIX_HIDDEN void thread_place(struct thread *thread, enum sched_enqueue why);
HELIX_HIDDEN struct cpu *
thread_lock(struct thread *thread); // run-queue lock of its CPU; interrupts off
HELIX_HIDDEN void cpu_unlock(struct cpu *cpu);
HELIX_HIDDEN void cpu_lock(struct cpu *cpu);
HELIX_HIDDEN void cpu_reschedule(struct cpu *cpu); // run-queue lock held
HELIX_HIDDEN void cpu_reschedule_all(void);
HELIX_HIDDEN void cpu_program_timer(struct cpu *cpu);
[[noreturn]] HELIX_HIDDEN void thread_leave(void);
HELIX_HIDDEN bool cpu_enqueue(struct cpu *cpu, struct thread *thread, enum sched_enqueue why);
HELIX_HIDDEN void cpu_drain(struct cpu *cpu,
                            nanos now); // deferred threads into the order; lock held
HELIX_HIDDEN void cpu_charge(struct cpu *cpu, nanos now);

/* What a module that answers wrongly is charged with: hal_landing_jump(&wrong_answer) inside the
 * guard. */
extern const struct hal_fault wrong_answer HELIX_HIDDEN;

/* Is @entity, which may be any address, in @cpu's order? Inside the guard, @cpu's lock held. */
static inline bool entity_is_waiting(const struct cpu *cpu, struct sched_entity *entity)
{
    const struct thread *thread = thread_of(entity);
    return thread->state == THREAD_READY && thread->own.queue_state == QUEUE_MODULE &&
           entity->cpu == cpu->id;
}

/* thread.c */
HELIX_HIDDEN void
thread_bury(struct thread *thread); // interrupts off; nobody runs on its stack any more
HELIX_HIDDEN struct thread *thread_make_idle(unsigned cpu);
HELIX_HIDDEN void thread_adopt_boot(struct thread *thread);
extern struct spinlock threads_lock HELIX_HIDDEN;
extern struct list threads HELIX_HIDDEN;

/* stack.c */
HELIX_HIDDEN helix_status stack_alloc(void **stack_out);
HELIX_HIDDEN void stack_free(void *stack); // any context
HELIX_HIDDEN void stack_trim(void);

/* balance.c */
HELIX_HIDDEN bool balance_steal(struct cpu *to); // idle: fetch a thread from the busiest CPU
HELIX_HIDDEN void balance_push(struct cpu *from, nanos now);

/* load.c */
HELIX_HIDDEN void load_sample(nanos now);
extern nanos load_next HELIX_HIDDEN;

/* work.c, quiesce.c, stop.c, timer.c, policy.c */
HELIX_HIDDEN helix_status work_start(void);
HELIX_HIDDEN void work_wake(void);
HELIX_HIDDEN void quiesce_notice(void);
HELIX_HIDDEN bool stop_serve(void);     // from spin loops
HELIX_HIDDEN void stop_interrupt(void); // for HAL_IPI_STOP
HELIX_HIDDEN void stop_init(void);
HELIX_HIDDEN void call_serve(void);
HELIX_HIDDEN void timer_run(struct cpu *cpu, nanos now);
HELIX_HIDDEN void wall_clock_start(void);
HELIX_HIDDEN void sleep_start(void);
HELIX_HIDDEN u32 policy_weight(enum sched_policy policy, i32 nice);

static inline bool thread_may_run(const struct thread *thread, unsigned cpu)
{
    cpu_mask allowed = thread->sched.affinity & cpus_running;
    return allowed == 0 || (allowed & CPU_MASK_OF(cpu)) != 0;
}
