/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Scheduling parameters. The kernel owns them; the scheduler is told when they change. */
#include <helix/execution/stop.h>
#include <helix/execution/thread.h>
#include <helix/hal/time.h>
#include <helix/profile.h>

#include "cpu.h"

/* 1024 at nice 0, times 1.25 for each step down, rounded. From nice -20 to 19. */
static const u32 weights[40] = {
    88818, 71054, 56843, 45475, 36380, 29104, 23283, 18626, 14901, 11921, 9537, 7629, 6104, 4883,
    3906,  3125,  2500,  2000,  1600,  1280,  1024,  819,   655,   524,   419,  336,  268,  215,
    172,   137,   110,   88,    70,    56,    45,    36,    29,    23,    18,   15,
};

enum {
    WEIGHT_IDLE = 3, // SCHED_POLICY_IDLE: next to nothing
};

u32 policy_weight(enum sched_policy policy, i32 nice)
{
    return policy == SCHED_POLICY_IDLE ? WEIGHT_IDLE : weights[nice + 20];
}

struct policy_change {
    enum sched_policy policy;
    u32 rt_priority;
    i32 nice;
    nanos runtime, relative, period;
    cpu_mask affinity;
};

static struct policy_change policy_of(const struct sched_entity *entity)
{
    return (struct policy_change){
        .policy = entity->policy,
        .rt_priority = entity->rt_priority,
        .nice = entity->nice,
        .runtime = entity->deadline_runtime,
        .relative = entity->deadline_relative,
        .period = entity->deadline_period,
        .affinity = entity->affinity,
    };
}

static void policy_store(struct sched_entity *entity, const struct policy_change *change)
{
    entity->policy = change->policy;
    entity->rt_priority = change->rt_priority;
    entity->nice = change->nice;
    entity->deadline_runtime = change->runtime;
    entity->deadline_relative = change->relative;
    entity->deadline_period = change->period;
    entity->affinity = change->affinity;
    entity->weight = policy_weight(change->policy, change->nice);
}

/* Out of the order of @cpu, whose lock is held. */
static void queue_leave(struct cpu *cpu, struct thread *thread)
{
    if (thread->own.queue_state == QUEUE_DEFERRED)
        list_remove(&thread->queue_link);
    else
        helix_ignore(GATE_STOP_CALL(&scheduler_gate, struct scheduler_ops,
                                    ops->dequeue(self, cpu->id, &thread->sched, hal_clock_now())));
    cpu->ready--;
}

/* With its CPU's lock held and, where it is on its way to another CPU, after it has arrived:
 * whoever moves it looks at its parameters. */
static struct cpu *lock_settled(struct thread *thread)
{
    for (;;) {
        struct cpu *cpu = thread_lock(thread);
        if (likely(thread->own.queue_state != QUEUE_MOVING))
            return cpu;
        cpu_unlock(cpu);
        hal_cpu_relax();
    }
}

static void policy_apply(struct thread *thread, const struct policy_change *change)
{
    struct irq_key key = hal_irq_save();
    struct cpu *here = this_cpu();
    struct cpu *cpu = lock_settled(thread);
    if (unlikely(!list_is_empty(&cpu->deferred)))
        cpu_drain(cpu, hal_clock_now());
    u8 where = thread->own.queue_state;
    bool queued = where == QUEUE_MODULE || where == QUEUE_DEFERRED;
    here->moving++;
    if (queued)
        queue_leave(cpu, thread);
    policy_store(&thread->sched, change);
    helix_ignore(
        GATE_STOP_CALL(&scheduler_gate, struct scheduler_ops, ops->changed(self, &thread->sched)));
    if (queued)
        thread->own.queue_state = QUEUE_MOVING;
    if (cpu->current == thread)
        cpu_reschedule(cpu);
    bool stays = queued && thread_may_run(thread, cpu->id);
    if (stays)
        cpu_enqueue(cpu, thread, SCHED_ENQUEUE_MIGRATE);
    cpu_unlock(cpu);
    if (queued && !stays)
        thread_place(thread, SCHED_ENQUEUE_MIGRATE);
    here->moving--;
    hal_irq_restore(key);
}

static bool nice_is_valid(i32 nice)
{
    return nice >= -20 && nice <= 19;
}

/* Linux's one scale: 0 to 99 for real time, the highest first, then 100 to 139 for nice. */
#define REALTIME_TOP  99
#define NICE_ZERO     120
#define LAST_PRIORITY (HELIX_SCHEDULER_PRIORITY_LEVELS - 1)

static u32 cut_realtime(u32 rt_priority)
{
    const int lowest = REALTIME_TOP - LAST_PRIORITY;
    return (int)rt_priority < lowest ? (u32)lowest : rt_priority;
}

static i32 cut_nice(i32 nice)
{
    const i32 worst = max(LAST_PRIORITY - NICE_ZERO, -20);
    return min(nice, worst);
}

helix_status thread_set_policy(struct thread *thread, enum sched_policy policy, u32 rt_priority,
                               i32 nice)
{
    bool realtime = policy == SCHED_POLICY_FIFO || policy == SCHED_POLICY_RR;
    bool normal = policy == SCHED_POLICY_NORMAL || policy == SCHED_POLICY_BATCH ||
                  policy == SCHED_POLICY_IDLE;
    if (!realtime && !normal)
        return HELIX_E_INVAL;
    if (!nice_is_valid(nice) || (realtime ? rt_priority < 1 || rt_priority > 99 : rt_priority != 0))
        return HELIX_E_INVAL;
    struct policy_change change = policy_of(&thread->sched);
    change.policy = policy;
    change.rt_priority = realtime ? cut_realtime(rt_priority) : 0;
    change.nice = cut_nice(nice);
    policy_apply(thread, &change);
    return HELIX_OK;
}

helix_status thread_set_deadline(struct thread *thread, nanos runtime, nanos relative, nanos period)
{
    // As sched_setattr(2): at least a microsecond, and runtime <= deadline <= period.
    if (runtime < 1024 || runtime > relative || relative > period || period >> 63)
        return HELIX_E_INVAL;
    struct policy_change change = policy_of(&thread->sched);
    change.policy = SCHED_POLICY_DEADLINE;
    change.rt_priority = 0;
    change.runtime = runtime;
    change.relative = relative;
    change.period = period;
    policy_apply(thread, &change);
    return HELIX_OK;
}

helix_status thread_set_affinity(struct thread *thread, cpu_mask mask)
{
    if ((mask & cpus_running) == 0)
        return HELIX_E_INVAL;
    struct policy_change change = policy_of(&thread->sched);
    change.affinity = mask;
    policy_apply(thread, &change);
    // The caller does not run on where it may not be any more.
    if (thread == thread_current() && hal_current()->preempt == 0 && hal_irq_enabled())
        thread_schedule();
    return HELIX_OK;
}

nanos thread_cpu_time(const struct thread *thread)
{
    struct irq_key key = hal_irq_save();
    struct cpu *cpu = thread_lock((struct thread *)(uintptr_t)thread);
    nanos time = thread->sched.run_time;
    nanos now = hal_clock_now();
    if (cpu->current == thread && now > cpu->accounted)
        time += now - cpu->accounted;
    cpu_unlock(cpu);
    hal_irq_restore(key);
    return time;
}
