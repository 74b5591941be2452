/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The order of one CPU: DEADLINE, FIFO and RR first, then the normal threads by turns, then those
 * with policy IDLE, then whoever has overrun its DEADLINE budget. A normal thread whose slice is
 * not used up keeps its turn when it is preempted and loses it when it yields.
 */
#include "round_robin.h"

static struct rr_cpu *cpu_of(struct rr *rr, u32 cpu)
{
    return &rr->cpus[cpu];
}

static void rr_attach(void *self, struct sched_entity *entity)
{
    struct rr *rr = self;
    struct rr_entity *own = rr_of(rr, entity);
    *own = (struct rr_entity){.turn = UINT64_MAX};
    list_push_back(&rr->all, &own->all);
    rr->attached++;
    if (rr->records != NULL)
        rr_take_record(rr, entity);
}

static void rr_detach(void *self, struct sched_entity *entity)
{
    struct rr *rr = self;
    list_remove(&rr_of(rr, entity)->all);
    rr->attached--;
}

/* ---- Waiting
 * -------------------------------------------------------------------------------------------------------
 */

static struct list *list_of(struct rr_cpu *cpu, const struct sched_entity *entity)
{
    return entity->policy == SCHED_POLICY_IDLE ? &cpu->idle : &cpu->normal;
}

/* Among those that a replacement brings, by the turn they had; the list is in order so far. */
static void insert_restored(struct rr_cpu *cpu, struct list *list, struct rr_entity *own)
{
    struct list *after = list->prev;
    while (after != list && list_entry(after, struct rr_entity, link)->turn > own->turn)
        after = after->prev;
    list_insert_after(after, &own->link);
    cpu->front = min(cpu->front, own->turn);
    cpu->back = max(cpu->back, own->turn);
}

static void insert_normal(struct rr *rr, struct rr_cpu *cpu, struct sched_entity *entity,
                          bool front, bool restored)
{
    struct rr_entity *own = rr_of(rr, entity);
    struct list *list = list_of(cpu, entity);
    own->place = entity->policy == SCHED_POLICY_IDLE ? PLACE_IDLE : PLACE_NORMAL;
    if (own->slice_left == 0)
        own->slice_left = rr->settings.slice;
    if (restored && own->turn != UINT64_MAX) {
        insert_restored(cpu, list, own);
    } else if (front) {
        own->turn = --cpu->front;
        list_push_front(list, &own->link);
    } else {
        own->turn = ++cpu->back;
        list_push_back(list, &own->link);
    }
}

static void insert(struct rr *rr, struct rr_cpu *cpu, struct sched_entity *entity, bool front,
                   bool restored)
{
    struct rr_entity *own = rr_of(rr, entity);
    cpu->waiting++;
    if (realtime_owns(entity)) {
        own->place = PLACE_REALTIME;
        if (own->slice_left == 0)
            own->slice_left = rr->settings.slice;
        realtime_enqueue(&cpu->realtime, entity, &own->realtime, front, rr->settings.levels);
    } else {
        insert_normal(rr, cpu, entity, front, restored);
    }
}

static void take_out(struct rr *rr, struct rr_cpu *cpu, struct sched_entity *entity)
{
    struct rr_entity *own = rr_of(rr, entity);
    cpu->waiting--;
    if (own->place == PLACE_REALTIME)
        realtime_dequeue(&cpu->realtime, entity, &own->realtime);
    else
        list_remove(&own->link);
    own->place = PLACE_NONE;
}

static void rr_enqueue(void *self, u32 cpu_id, struct sched_entity *entity, enum sched_enqueue why,
                       nanos now)
{
    struct rr *rr = self;
    struct rr_entity *own = rr_of(rr, entity);
    bool woken = why == SCHED_ENQUEUE_NEW || why == SCHED_ENQUEUE_WAKE;
    if (woken)
        own->slice_left = 0;
    if (entity->policy == SCHED_POLICY_DEADLINE)
        realtime_refresh(entity, &own->realtime, woken, now);
    insert(rr, cpu_of(rr, cpu_id), entity, false, why == SCHED_ENQUEUE_RESTORE);
}

static void rr_dequeue(void *self, u32 cpu_id, struct sched_entity *entity, nanos now)
{
    struct rr *rr = self;
    (void)now;
    take_out(rr, cpu_of(rr, cpu_id), entity);
}

/* ---- Running
 * -------------------------------------------------------------------------------------------------------
 */

/* Charge the running entity up to @now. */
static void charge(struct rr *rr, struct rr_cpu *cpu, nanos now)
{
    struct sched_entity *running = cpu->running;
    if (running == NULL || now <= cpu->since)
        return;
    nanos ran = now - cpu->since;
    cpu->since = now;
    cpu->charged += ran;
    struct rr_entity *own = rr_of(rr, running);
    own->slice_left -= min(ran, own->slice_left);
    realtime_charge(running, &own->realtime, ran);
}

static void rr_put_prev(void *self, u32 cpu_id, struct sched_entity *entity, enum sched_put why,
                        nanos now)
{
    struct rr *rr = self;
    struct rr_cpu *cpu = cpu_of(rr, cpu_id);
    struct rr_entity *own = rr_of(rr, entity);
    charge(rr, cpu, now);
    cpu->running = NULL;
    if (why == SCHED_PUT_BLOCKED) {
        own->turn = UINT64_MAX;
        return;
    }
    if (why == SCHED_PUT_YIELD)
        own->slice_left = 0;
    // FIFO has no slice to use up: only yielding costs it its turn.
    bool front = entity->policy == SCHED_POLICY_FIFO ? why != SCHED_PUT_YIELD : own->slice_left > 0;
    if (entity->policy == SCHED_POLICY_DEADLINE)
        realtime_refresh(entity, &own->realtime, false, now);
    insert(rr, cpu, entity, front, false);
}

/* Give those that were throttled, and whose new period has begun, their new budget. */
static void end_throttling(struct rr *rr, struct rr_cpu *cpu, nanos now)
{
    struct realtime_node *node;
    while ((node = realtime_first_throttled(&cpu->realtime)) != NULL && node->key <= now) {
        struct rr_entity *own = container_of(node, struct rr_entity, realtime);
        struct sched_entity *entity = rr_entity_of(rr, own);
        realtime_dequeue(&cpu->realtime, entity, node);
        realtime_refresh(entity, node, false, now);
        realtime_enqueue(&cpu->realtime, entity, node, false, rr->settings.levels);
    }
}

static struct rr_entity *first_waiting(struct rr_cpu *cpu)
{
    if (cpu->realtime.first != NULL)
        return container_of(realtime_of(cpu->realtime.first), struct rr_entity, realtime);
    if (!list_is_empty(&cpu->normal))
        return list_first(&cpu->normal, struct rr_entity, link);
    if (!list_is_empty(&cpu->idle))
        return list_first(&cpu->idle, struct rr_entity, link);
    struct realtime_node *throttled = realtime_first_throttled(&cpu->realtime);
    return throttled == NULL ? NULL : container_of(throttled, struct rr_entity, realtime);
}

static struct sched_entity *rr_pick_next(void *self, u32 cpu_id, nanos now)
{
    struct rr *rr = self;
    struct rr_cpu *cpu = cpu_of(rr, cpu_id);
    if (unlikely(cpu->realtime.throttled_count != 0))
        end_throttling(rr, cpu, now);
    struct rr_entity *own = first_waiting(cpu);
    if (own == NULL) {
        cpu->running = NULL;
        return NULL;
    }
    struct sched_entity *entity = rr_entity_of(rr, own);
    take_out(rr, cpu, entity);
    cpu->running = entity;
    cpu->since = now;
    cpu->charged = 0;
    return entity;
}

/* ---- Decisions
 * -----------------------------------------------------------------------------------------------------
 */

/* Classes, the smaller the sooner. */
static unsigned rank_of(const struct rr *rr, const struct sched_entity *entity)
{
    if (realtime_owns(entity))
        return realtime_is_throttled(entity, &rr_of(rr, entity)->realtime) ? 3 : 0;
    return entity->policy == SCHED_POLICY_IDLE ? 2 : 1;
}

static bool rr_preempts(void *self, u32 cpu_id, const struct sched_entity *running,
                        const struct sched_entity *woken, nanos now)
{
    struct rr *rr = self;
    if (running == NULL)
        return true;
    // Turns are what this scheduler is about: among normal threads nobody goes before its own.
    if (likely(woken->policy == SCHED_POLICY_NORMAL && running->policy == SCHED_POLICY_NORMAL))
        return false;
    charge(rr, cpu_of(rr, cpu_id), now);
    if (!rr->settings.preempts)
        return false;
    unsigned woken_rank = rank_of(rr, woken);
    unsigned running_rank = rank_of(rr, running);
    if (woken_rank != running_rank || woken_rank != 0)
        return woken_rank < running_rank;
    return realtime_precedes(woken, &rr_of(rr, woken)->realtime, running,
                             &rr_of(rr, running)->realtime);
}

/* How long its own class lets it run. */
static nanos class_slice(const struct rr *rr, const struct rr_cpu *cpu,
                         const struct sched_entity *running)
{
    const struct rr_entity *own = rr_of(rr, running);
    if (cpu->waiting == 0 || running->policy == SCHED_POLICY_FIFO)
        return NANOS_NEVER;
    return own->slice_left == 0 ? rr->settings.slice : own->slice_left;
}

static nanos rr_slice(void *self, u32 cpu_id, const struct sched_entity *running, nanos now)
{
    struct rr *rr = self;
    struct rr_cpu *cpu = cpu_of(rr, cpu_id);
    if (likely(cpu->waiting == 0 && running->policy == SCHED_POLICY_NORMAL))
        return NANOS_NEVER;
    const struct realtime_node *node = &rr_of(rr, running)->realtime;
    charge(rr, cpu, now);
    nanos slice = class_slice(rr, cpu, running);
    if (running->policy == SCHED_POLICY_DEADLINE) {
        nanos end = realtime_period_end(running, node);
        slice = node->budget != 0 ? node->budget : end > now ? end - now : 1;
    }
    if (unlikely(cpu->realtime.throttled_count != 0)) {
        nanos next = realtime_first_throttled(&cpu->realtime)->key;
        slice = min(slice, next > now ? next - now : 1);
    }
    return slice;
}

/* ---- Places
 * --------------------------------------------------------------------------------------------------------
 */

static u32 load_of(const void *self, u32 cpu)
{
    const struct rr *rr = self;
    return READ_ONCE(rr->cpus[cpu].waiting) + (READ_ONCE(rr->cpus[cpu].running) != NULL);
}

static u32 rr_select_cpu(void *self, const struct sched_entity *entity, cpu_mask allowed,
                         u32 waker_cpu)
{
    const struct rr *rr = self;
    return rr->settings.balances ? sched_choose_cpu(load_of, rr, entity, allowed, waker_cpu)
                                 : sched_stay_on_cpu(entity, allowed, waker_cpu);
}

static struct sched_entity *steal_from_list(struct rr *rr, struct list *list, u32 to)
{
    list_for_each_reverse(struct rr_entity, own, list, link)
    {
        struct sched_entity *entity = rr_entity_of(rr, own);
        if (sched_may_run(entity, to))
            return entity;
    }
    return NULL;
}

static struct sched_entity *steal_from_tree(struct rr *rr, const struct rb_tree *tree, u32 to)
{
    rb_for_each(node, tree) {
        struct sched_entity *entity =
            rr_entity_of(rr, container_of(realtime_of(node), struct rr_entity, realtime));
        if (sched_may_run(entity, to))
            return entity;
    }
    return NULL;
}

/* A waiting real-time thread is the most urgent to find a CPU; of the others, who has waited least
 * loses least of its turn. */
static struct sched_entity *rr_steal(void *self, u32 cpu_id, u32 to)
{
    struct rr *rr = self;
    struct rr_cpu *cpu = cpu_of(rr, cpu_id);
    if (!rr->settings.balances)
        return NULL;
    struct sched_entity *entity = steal_from_tree(rr, &cpu->realtime.ready, to);
    if (entity == NULL)
        entity = steal_from_list(rr, &cpu->normal, to);
    if (entity == NULL)
        entity = steal_from_list(rr, &cpu->idle, to);
    if (entity == NULL)
        entity = steal_from_tree(rr, &cpu->realtime.throttled, to);
    if (entity != NULL)
        take_out(rr, cpu, entity);
    return entity;
}

static u32 rr_queued(void *self, u32 cpu_id)
{
    const struct rr *rr = self;
    return READ_ONCE(rr->cpus[cpu_id].waiting);
}

static void rr_changed(void *self, struct sched_entity *entity)
{
    struct rr *rr = self;
    struct rr_entity *own = rr_of(rr, entity);
    own->slice_left = 0;
    if (entity->policy == SCHED_POLICY_DEADLINE) {
        own->realtime.budget = min(own->realtime.budget, entity->deadline_runtime);
    } else {
        own->realtime.budget = 0;
        own->realtime.deadline = 0;
    }
}

const struct scheduler_ops rr_ops = {
    .header = {HELIX_SCHEDULER, HELIX_SCHEDULER_VERSION, sizeof(struct scheduler_ops)},
    .attach = rr_attach,
    .detach = rr_detach,
    .enqueue = rr_enqueue,
    .dequeue = rr_dequeue,
    .pick_next = rr_pick_next,
    .put_prev = rr_put_prev,
    .preempts = rr_preempts,
    .slice = rr_slice,
    .select_cpu = rr_select_cpu,
    .steal = rr_steal,
    .queued = rr_queued,
    .changed = rr_changed,
};
