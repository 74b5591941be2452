/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stdlib.h>

#include <helix/abi/module.h>
#include <helix/abi/scheduler.h>
#include <helix/lib/assert.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>

/*
 * A scheduler module on the bench: a kernel of a few CPUs and threads around it, which knows by
 * itself who is runnable and checks every answer against that.
 */
enum {
    BENCH_CPUS = 4,
    BENCH_THREADS = 160,
};

enum bench_state {
    BENCH_GONE,
    BENCH_BLOCKED,
    BENCH_WAITING,
    BENCH_RUNNING,
};

struct bench_thread {
    struct sched_entity entity;
    enum bench_state state;
    nanos ran; // CPU time got
    nanos waited_since;
    nanos longest_wait;
};

struct bench {
    struct helix_test_run *t;
    const struct helix_module *record;
    const struct scheduler_ops *ops;
    void *self;
    struct helix_context context;
    const char *slice_ms; // setting; NULL: the module's default
    u32 cpus;
    nanos now;
    u64 next_id;
    struct bench_thread threads[BENCH_THREADS];
    struct bench_thread *running[BENCH_CPUS];
    nanos slice_end[BENCH_CPUS];
};

/* Each test uses some of these. */
#define BENCH static __attribute__((unused))

extern const struct helix_module *const __start_helix_modules[];
extern const struct helix_module *const __stop_helix_modules[];

static const struct scheduler_ops *table_of(const struct helix_module *record)
{
    for (unsigned i = 0; record->ops != NULL && record->ops[i] != NULL; i++) {
        if (strcmp(record->ops[i]->interface, HELIX_SCHEDULER) == 0)
            return (const struct scheduler_ops *)(const void *)record->ops[i];
    }
    return NULL;
}

BENCH const struct helix_module *bench_scheduler(unsigned index)
{
    for (const struct helix_module *const *at = __start_helix_modules; at < __stop_helix_modules;
         at++) {
        if (table_of(*at) != NULL && index-- == 0)
            return *at;
    }
    return NULL;
}

BENCH const struct helix_module *bench_scheduler_named(const char *name)
{
    const struct helix_module *record;
    for (unsigned i = 0; (record = bench_scheduler(i)) != NULL; i++) {
        if (strcmp(record->name, name) == 0)
            return record;
    }
    return NULL;
}

static const char *config_or(const struct helix_context *context, const char *key,
                             const char *fallback)
{
    const struct bench *bench = context->kernel;
    if (strcmp(key, "time_slice_ms") == 0 && bench->slice_ms != NULL)
        return bench->slice_ms;
    return fallback;
}

static void instance_make(struct bench *bench, const struct helix_module *record, u32 slot)
{
    bench->record = record;
    bench->ops = table_of(record);
    size_t bytes = (record->self_size + 63) & ~(size_t)63;
    bench->self = aligned_alloc(64, bytes);
    memset(bench->self, 0, bytes);
    bench->context = (struct helix_context){
        .module = record,
        .kernel = bench,
        .slot = slot,
        .config_or = config_or,
    };
    helix_status st = record->init(bench->self, &bench->context);
    helix_assert(st == HELIX_OK);
}

BENCH struct bench *bench_new(struct helix_test_run *t, const struct helix_module *record, u32 cpus,
                              const char *slice_ms)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    bench->t = t;
    bench->cpus = cpus;
    bench->slice_ms = slice_ms;
    bench->now = NANOS_PER_SECOND;
    instance_make(bench, record, 0);
    helix_status st = record->start(bench->self);
    helix_assert(st == HELIX_OK);
    for (u32 i = 0; i < BENCH_CPUS; i++)
        bench->slice_end[i] = NANOS_NEVER;
    return bench;
}

BENCH void bench_free(struct bench *bench)
{
    EXPECT(bench->t, bench->record->is_healthy(bench->self));
    bench->record->stop(bench->self);
    free(bench->self);
    free(bench);
}

/* ---- Threads
 * -------------------------------------------------------------------------------------------------------
 */

static u32 weight_of(enum sched_policy policy, i32 nice)
{
    double weight = 1024;
    for (i32 n = nice; n < 0; n++)
        weight *= 1.25;
    for (i32 n = nice; n > 0; n--)
        weight /= 1.25;
    return policy == SCHED_POLICY_IDLE ? 3 : (u32)(weight + 0.5);
}

BENCH struct bench_thread *bench_spawn(struct bench *bench, enum sched_policy policy,
                                       u32 rt_priority, i32 nice)
{
    for (unsigned i = 0; i < BENCH_THREADS; i++) {
        struct bench_thread *thread = &bench->threads[i];
        if (thread->state != BENCH_GONE)
            continue;
        *thread = (struct bench_thread){
            .state = BENCH_BLOCKED,
            .entity =
                {
                    .id = ++bench->next_id,
                    .policy = policy,
                    .nice = nice,
                    .rt_priority = rt_priority,
                    .weight = weight_of(policy, nice),
                    .affinity = CPU_MASK_ALL,
                },
        };
        bench->ops->attach(bench->self, &thread->entity);
        return thread;
    }
    return NULL;
}

static struct bench_thread *thread_of(struct bench *bench, struct sched_entity *entity)
{
    struct bench_thread *thread = container_of(entity, struct bench_thread, entity);
    helix_assert(thread >= bench->threads && thread < bench->threads + BENCH_THREADS);
    return thread;
}

BENCH void bench_switch(struct bench *bench, u32 cpu, enum sched_put why);

BENCH void bench_start(struct bench *bench, struct bench_thread *thread, u32 cpu,
                       enum sched_enqueue why)
{
    struct bench_thread *running = bench->running[cpu];
    struct sched_entity *now_running = running == NULL ? NULL : &running->entity;
    thread->state = BENCH_WAITING;
    thread->waited_since = bench->now;
    thread->entity.cpu = cpu;
    bench->ops->enqueue(bench->self, cpu, &thread->entity, why, bench->now);
    bool preempts =
        bench->ops->preempts(bench->self, cpu, now_running, &thread->entity, bench->now);
    EXPECT(bench->t, preempts || running != NULL);
    if (preempts) {
        bench_switch(bench, cpu, SCHED_PUT_PREEMPTED);
    } else if (bench->slice_end[cpu] == NANOS_NEVER) {
        nanos slice = bench->ops->slice(bench->self, cpu, now_running, bench->now);
        bench->slice_end[cpu] = slice == NANOS_NEVER ? NANOS_NEVER : bench->now + slice;
    }
}

BENCH void bench_wake(struct bench *bench, struct bench_thread *thread, u32 cpu)
{
    cpu_mask allowed = thread->entity.affinity & ((1ull << bench->cpus) - 1);
    u32 chosen = bench->ops->select_cpu(bench->self, &thread->entity, allowed, cpu);
    EXPECT(bench->t, chosen < bench->cpus && (allowed & CPU_MASK_OF(chosen)));
    bench_start(bench, thread, chosen, SCHED_ENQUEUE_WAKE);
}

BENCH void bench_exit(struct bench *bench, struct bench_thread *thread)
{
    if (thread->state == BENCH_WAITING)
        bench->ops->dequeue(bench->self, thread->entity.cpu, &thread->entity, bench->now);
    thread->state = BENCH_GONE;
    bench->ops->detach(bench->self, &thread->entity);
}

BENCH u32 bench_waiting(const struct bench *bench, u32 cpu)
{
    u32 count = 0;
    for (unsigned i = 0; i < BENCH_THREADS; i++)
        count += bench->threads[i].state == BENCH_WAITING && bench->threads[i].entity.cpu == cpu;
    return count;
}

/* ---- CPUs
 * ----------------------------------------------------------------------------------------------------------
 */

static void take_answer(struct bench *bench, u32 cpu, struct sched_entity *entity)
{
    if (entity == NULL) {
        EXPECT(bench->t, bench_waiting(bench, cpu) == 0); // nothing runnable may be left waiting
        bench->running[cpu] = NULL;
        bench->slice_end[cpu] = NANOS_NEVER;
        return;
    }
    struct bench_thread *thread = thread_of(bench, entity);
    EXPECT(bench->t, thread->state == BENCH_WAITING && entity->cpu == cpu);
    thread->state = BENCH_RUNNING;
    nanos waited = bench->now - thread->waited_since;
    if (waited > thread->longest_wait)
        thread->longest_wait = waited;
    entity->slice_run = 0;
    bench->running[cpu] = thread;
    nanos slice = bench->ops->slice(bench->self, cpu, entity, bench->now);
    EXPECT(bench->t, slice > 0);
    bench->slice_end[cpu] = slice == NANOS_NEVER ? NANOS_NEVER : bench->now + slice;
}

BENCH void bench_switch(struct bench *bench, u32 cpu, enum sched_put why)
{
    struct bench_thread *prev = bench->running[cpu];
    if (prev != NULL) {
        bench->ops->put_prev(bench->self, cpu, &prev->entity, why, bench->now);
        prev->state = why == SCHED_PUT_BLOCKED ? BENCH_BLOCKED : BENCH_WAITING;
        prev->waited_since = bench->now;
    }
    EXPECT(bench->t, bench->ops->queued(bench->self, cpu) == bench_waiting(bench, cpu));
    take_answer(bench, cpu, bench->ops->pick_next(bench->self, cpu, bench->now));
    EXPECT(bench->t, bench->ops->queued(bench->self, cpu) == bench_waiting(bench, cpu));
}

BENCH void bench_block(struct bench *bench, u32 cpu)
{
    bench_switch(bench, cpu, SCHED_PUT_BLOCKED);
}

BENCH void bench_change(struct bench *bench, struct bench_thread *thread, enum sched_policy policy,
                        u32 rt_priority, i32 nice)
{
    struct sched_entity *entity = &thread->entity;
    bool queued = thread->state == BENCH_WAITING;
    if (queued)
        bench->ops->dequeue(bench->self, entity->cpu, entity, bench->now);
    entity->policy = policy;
    entity->rt_priority = rt_priority;
    entity->nice = nice;
    entity->weight = weight_of(policy, nice);
    if (policy == SCHED_POLICY_DEADLINE) {
        entity->deadline_runtime = 2 * NANOS_PER_MS;
        entity->deadline_relative = 10 * NANOS_PER_MS;
        entity->deadline_period = 10 * NANOS_PER_MS;
    }
    bench->ops->changed(bench->self, entity);
    if (queued)
        bench_start(bench, thread, entity->cpu, SCHED_ENQUEUE_MIGRATE);
    else if (thread->state == BENCH_RUNNING)
        bench_switch(bench, entity->cpu, SCHED_PUT_PREEMPTED);
}

BENCH bool bench_steal(struct bench *bench, u32 from, u32 to)
{
    struct sched_entity *entity = bench->ops->steal(bench->self, from, to);
    if (entity == NULL)
        return false;
    struct bench_thread *thread = thread_of(bench, entity);
    EXPECT(bench->t, thread->state == BENCH_WAITING && entity->cpu == from);
    EXPECT(bench->t, (entity->affinity & CPU_MASK_OF(to)) != 0);
    thread->state = BENCH_BLOCKED; // in no queue
    EXPECT(bench->t, bench->ops->queued(bench->self, from) == bench_waiting(bench, from));
    bench_start(bench, thread, to, SCHED_ENQUEUE_MIGRATE);
    return true;
}

static void charge(struct bench *bench, nanos span)
{
    for (u32 cpu = 0; cpu < bench->cpus; cpu++) {
        struct bench_thread *thread = bench->running[cpu];
        if (thread == NULL)
            continue;
        thread->ran += span;
        thread->entity.run_time += span;
        thread->entity.slice_run += span;
    }
    bench->now += span;
}

BENCH void bench_run(struct bench *bench, nanos span)
{
    nanos until = bench->now + span;
    while (bench->now < until) {
        nanos next = until;
        for (u32 cpu = 0; cpu < bench->cpus; cpu++) {
            if (bench->slice_end[cpu] < next)
                next = bench->slice_end[cpu];
        }
        charge(bench, next > bench->now ? next - bench->now : 0);
        for (u32 cpu = 0; cpu < bench->cpus; cpu++) {
            if (bench->slice_end[cpu] <= bench->now)
                bench_switch(bench, cpu, SCHED_PUT_PREEMPTED);
        }
    }
}

/* ---- Replacing
 * -----------------------------------------------------------------------------------------------------
 */

static struct helix_state save(struct bench *bench)
{
    struct helix_state_writer writer = {.capacity = bench->record->state_bound(bench->self)};
    writer.data = calloc(1, writer.capacity);
    EXPECT(bench->t, bench->record->save_state(bench->self, &writer) == HELIX_OK);
    EXPECT(bench->t, writer.bytes <= writer.capacity);
    return (struct helix_state){writer.data, writer.bytes, bench->record->state_version,
                                bench->record->name};
}

BENCH void bench_replace(struct bench *bench, const struct helix_module *record)
{
    const struct helix_module *old_record = bench->record;
    void *old = bench->self;
    struct helix_state state = save(bench);
    u32 slot = !bench->context.slot;
    instance_make(bench, record, slot);
    EXPECT(bench->t, record->restore_state(bench->self, &state) == HELIX_OK);
    for (unsigned i = 0; i < BENCH_THREADS; i++) {
        struct bench_thread *thread = &bench->threads[i];
        if (thread->state == BENCH_GONE)
            continue;
        memset(thread->entity.slot[slot], 0, sizeof(thread->entity.slot[slot]));
        bench->ops->attach(bench->self, &thread->entity);
        if (thread->state == BENCH_WAITING)
            bench->ops->enqueue(bench->self, thread->entity.cpu, &thread->entity,
                                SCHED_ENQUEUE_RESTORE, bench->now);
    }
    EXPECT(bench->t, record->start(bench->self) == HELIX_OK);
    old_record->stop(old);
    // What is freed here is what nobody may look at any more: the address sanitizer watches.
    free(old);
    free((void *)(uintptr_t)state.data);
    for (u32 cpu = 0; cpu < bench->cpus; cpu++) {
        EXPECT(bench->t, bench->ops->queued(bench->self, cpu) == bench_waiting(bench, cpu));
        bench_switch(bench, cpu, SCHED_PUT_PREEMPTED);
    }
}
