/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * helix.scheduler: which runnable thread runs next on each CPU.
 *
 * The kernel keeps the thread list, blocking, the run-queue locks and all policy parameters; the
 * module keeps only its order. Every per-CPU operation is called with that CPU's run-queue lock
 * held and interrupts off, so operations for one CPU never overlap; operations for different CPUs
 * do. A module keeps its per-CPU state in separate cache lines of @self. Operations must not
 * allocate, block or take locks; they are bounded. Time comes in as @now (monotonic).
 *
 * The running thread is not in the module's queue: pick_next() takes it out, put_prev() puts it
 * back when it stays runnable. After a replacement, put_prev() may come for a thread that this
 * module attached but never picked. A module that answers with a thread that is not waiting on
 * @cpu, or with none while one is, counts as crashed.
 */
#define HELIX_SCHEDULER         "helix.scheduler"
#define HELIX_SCHEDULER_VERSION 1u

/* Values as Linux's sched_setscheduler(2). */
enum sched_policy {
    SCHED_POLICY_NORMAL = 0,
    SCHED_POLICY_FIFO = 1,
    SCHED_POLICY_RR = 2,
    SCHED_POLICY_BATCH = 3,
    SCHED_POLICY_IDLE = 5,
    SCHED_POLICY_DEADLINE = 6,
};

#define SCHED_SLOT_WORDS 12

/*
 * A thread as schedulers see it; embedded in struct thread. The kernel writes everything but the
 * slots. A module uses only slot[context.slot]; the other one may belong to the version being
 * replaced.
 */
struct sched_entity {
    u64 id; // thread id, never reused while the system runs
    enum sched_policy policy;
    i32 nice;          // -20 to 19
    u32 rt_priority;   // 1 to 99 for FIFO and RR, 0 otherwise
    u32 weight;        // from nice: 1024 at 0, times 1.25 per step
    cpu_mask affinity; // CPUs it may run on
    u32 cpu;           // CPU whose queue it is on, or ran on last
    u32 flags;
    nanos run_time;  // CPU time so far
    nanos slice_run; // CPU time since it was picked; up to date at each operation for it, and in
                     // save_state()
    nanos wake_time; // when it last became runnable
    nanos deadline_runtime, deadline_relative, deadline_period; // SCHED_POLICY_DEADLINE
    u64 slot[2][SCHED_SLOT_WORDS];                              // zeroed at attach
};

/*
 * State that any scheduler can take over from any other: save_state() writes this header and one
 * record per attached entity, sorted by id; private words of a module may follow (@private_bytes),
 * for readers of the same name and state_version. The data given to restore_state() stay valid
 * until start() has returned, and every attach() and enqueue() of the replacement comes in between:
 * a module finds the record of an entity then, and needs no memory of its own for it.
 */
#define SCHED_STATE_MAGIC   0x44454843534b4c48ull // "HLKSCHED"
#define SCHED_STATE_VERSION 1u

struct sched_state_header {
    u64 magic;
    u32 version;
    u32 entities;
    u32 entity_bytes; // sizeof(struct sched_state_entity) of the writer, a multiple of 8
    u32 private_bytes;
};

struct sched_state_entity {
    u64 id;
    i64 lag;        // CPU time it is owed (> 0) or ahead (< 0) of its fair share, ns at weight 1024
    u64 slice_left; // ns of its slice not yet used
    u64 order;      // place in its CPU's order: smaller runs earlier; UINT64_MAX: was not waiting
    u64 budget;     // DEADLINE: ns left in this period
    u64 deadline;   // DEADLINE: absolute, end of this period
};

enum sched_enqueue {
    SCHED_ENQUEUE_NEW,     // first time
    SCHED_ENQUEUE_WAKE,    // was blocked
    SCHED_ENQUEUE_MIGRATE, // came from another CPU's queue
    SCHED_ENQUEUE_RESTORE, // after a replacement: order by what restore_state brought, or by id
};

enum sched_put {
    SCHED_PUT_PREEMPTED, // stays runnable, did not want to stop
    SCHED_PUT_YIELD,     // sched_yield()
    SCHED_PUT_BLOCKED,   // leaves the queues
};

struct scheduler_ops {
    struct helix_ops_header header;

    /* A thread exists / is gone (it is in no queue then). Thread list lock held. */
    void (*attach)(void *self, struct sched_entity *entity);
    void (*detach)(void *self, struct sched_entity *entity);

    void (*enqueue)(void *self, u32 cpu, struct sched_entity *entity, enum sched_enqueue why,
                    nanos now);
    void (*dequeue)(void *self, u32 cpu, struct sched_entity *entity,
                    nanos now);                                        // take a waiting one out
    struct sched_entity *(*pick_next)(void *self, u32 cpu, nanos now); // NULL: nothing runnable
    void (*put_prev)(void *self, u32 cpu, struct sched_entity *entity, enum sched_put why,
                     nanos now);

    /* Should @woken, just enqueued on @cpu, replace @running (NULL: idle) at once? */
    bool (*preempts)(void *self, u32 cpu, const struct sched_entity *running,
                     const struct sched_entity *woken, nanos now);

    /* How long @running may go on before the kernel reschedules; NANOS_NEVER: until something else
     * is enqueued. */
    nanos (*slice)(void *self, u32 cpu, const struct sched_entity *running, nanos now);

    /* Which CPU of @allowed (never empty, all online) a waking or new thread should queue on. No
     * lock held: a hint from counters. */
    u32 (*select_cpu)(void *self, const struct sched_entity *entity, cpu_mask allowed,
                      u32 waker_cpu);

    /* Balancing: give up one waiting thread of @cpu that may run on @to, or NULL. @cpu's lock held;
     * the kernel enqueues it on @to. */
    struct sched_entity *(*steal)(void *self, u32 cpu, u32 to);

    u32 (*queued)(void *self, u32 cpu); // waiting threads on @cpu, any context

    /* Policy, nice or affinity of @entity changed while it is not in a queue (the kernel dequeues
     * and enqueues around it). */
    void (*changed)(void *self, struct sched_entity *entity);
};
