/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Who comes, who goes, who is next. */
#include "fair.h"

static void fair_attach(void *self, struct sched_entity *entity)
{
    struct fair *fair = self;
    struct fair_entity *own = fair_of(fair, entity);
    *own = (struct fair_entity){.weight = entity->weight};
    list_push_back(&fair->all, &own->all);
    fair->attached++;
    if (fair->records != NULL)
        fair_take_record(fair, entity);
}

static void fair_detach(void *self, struct sched_entity *entity)
{
    struct fair *fair = self;
    list_remove(&fair_of(fair, entity)->all);
    fair->attached--;
}

/* Priorities there are not are cut to the last there is: helix.toml's priority_levels. */
static u32 weight_of(const struct fair *fair, const struct sched_entity *entity)
{
    if (entity->nice + 120 < (i32)fair->settings.levels || entity->policy == SCHED_POLICY_IDLE)
        return entity->weight;
    return fair->settings.levels > 120 ? entity->weight : WEIGHT_ONE;
}

/* ---- Joining and leaving the mean
 * ---------------------------------------------------------------------------------- */

/* What a thread may be owed or owe: two slices, so that neither a long sleep nor a long run decides
 * for ever. */
static i64 clamp_lag(const struct fair *fair, i64 lag, u32 weight)
{
    i64 most = fair_virtual(2 * fair->settings.slice, weight);
    return lag > most ? most : lag < -most ? -most : lag;
}

/*
 * After a replacement the sum of all lags, weighted, is zero, so base - lag puts everybody where
 * they were, in whatever order they come. Else give @own a virtual time that keeps its lag. Joining
 * moves the mean towards the newcomer, so the lag is stretched first: with W the weight that is
 * there and w its own, lag * (W + w) / W is left with lag after it joined.
 */
static void join(struct fair *fair, struct fair_queue *queue, struct fair_entity *own)
{
    i64 mean = fair_mean(fair, queue);
    i64 lag = clamp_lag(fair, own->lag, own->weight);
    i64 there = (i64)queue->sum_weight;
    if (queue->running != NULL && fair_of(fair, queue->running)->running)
        there += fair_of(fair, queue->running)->weight;
    if (there == 0)
        lag = 0;
    else
        lag = lag * (there + own->weight) / there;
    own->fair.v = mean - lag;
    own->lag = 0;
}

static void leave(const struct fair *fair, struct fair_entity *own, i64 mean)
{
    own->lag = clamp_lag(fair, mean - own->fair.v, own->weight);
    own->left = own->fair.deadline - own->fair.v;
}

/* The request: what is left of one that was interrupted, a short one to begin with, else a whole
 * slice. */
static void set_deadline(const struct fair *fair, struct fair_entity *own, enum sched_enqueue why)
{
    i64 request = fair_virtual(fair->settings.slice, own->weight);
    if (why == SCHED_ENQUEUE_NEW)
        request /= 2;
    bool goes_on = why == SCHED_ENQUEUE_MIGRATE || why == SCHED_ENQUEUE_RESTORE;
    if (goes_on && own->left > 0)
        request = min(request, own->left);
    own->left = 0;
    own->fair.deadline = own->fair.v + request;
}

static void enter_tree(struct fair *fair, struct fair_queue *queue, struct sched_entity *entity,
                       enum sched_enqueue why)
{
    struct fair_entity *own = fair_of(fair, entity);
    u32 weight = weight_of(fair, entity);
    if (own->realtime_before) {
        own->lag = 0;
        own->left = 0;
        own->realtime_before = false;
    }
    if (weight != own->weight) {
        // Lag is owed in CPU time: the same time is less virtual time at a higher weight.
        own->lag = own->lag * own->weight / weight;
        own->left = 0;
        own->weight = weight;
    }
    if (own->restored)
        own->fair.v = queue->base - own->lag;
    else
        join(fair, queue, own);
    own->restored = false;
    set_deadline(fair, own, why);
    own->place = PLACE_TREE;
    fair_insert(queue, own);
}

static void fair_enqueue(void *self, u32 cpu, struct sched_entity *entity, enum sched_enqueue why,
                         nanos now)
{
    struct fair *fair = self;
    struct fair_queue *queue = &fair->queues[cpu];
    struct fair_entity *own = fair_of(fair, entity);
    fair_charge(fair, queue, now);
    queue->waiting++;
    if (realtime_owns(entity)) {
        bool woken = why == SCHED_ENQUEUE_NEW || why == SCHED_ENQUEUE_WAKE;
        if (entity->policy == SCHED_POLICY_DEADLINE)
            realtime_refresh(entity, &own->realtime, woken, now);
        own->place = PLACE_REALTIME;
        own->realtime_before = true;
        realtime_enqueue(&queue->realtime, entity, &own->realtime, false, fair->settings.levels);
    } else {
        enter_tree(fair, queue, entity, why);
    }
}

void fair_take_out(struct fair *fair, struct fair_queue *queue, struct sched_entity *entity)
{
    struct fair_entity *own = fair_of(fair, entity);
    queue->waiting--;
    if (own->place == PLACE_REALTIME) {
        realtime_dequeue(&queue->realtime, entity, &own->realtime);
    } else {
        i64 mean = fair_mean(fair, queue);
        fair_remove(queue, own);
        leave(fair, own, mean);
    }
    own->place = PLACE_NONE;
}

static void fair_dequeue(void *self, u32 cpu, struct sched_entity *entity, nanos now)
{
    struct fair *fair = self;
    struct fair_queue *queue = &fair->queues[cpu];
    fair_charge(fair, queue, now);
    fair_take_out(fair, queue, entity);
}

/* ---- Running
 * -------------------------------------------------------------------------------------------------------
 */

/* Charge the running entity up to @now. Past its deadline it begins a new request. */
void fair_charge(struct fair *fair, struct fair_queue *queue, nanos now)
{
    struct sched_entity *running = queue->running;
    if (running == NULL || now <= queue->since)
        return;
    nanos ran = now - queue->since;
    queue->since = now;
    queue->charged += ran;
    struct fair_entity *own = fair_of(fair, running);
    if (own->running) {
        own->fair.v += fair_virtual(ran, own->weight);
        if (own->fair.v >= own->fair.deadline)
            own->fair.deadline = own->fair.v + fair_virtual(fair->settings.slice, own->weight);
    } else if (running->policy == SCHED_POLICY_DEADLINE) {
        realtime_charge(running, &own->realtime, ran);
    } else {
        own->lag += (i64)ran; // RR: lag serves as the slice used up
    }
}

static void put_realtime(struct fair *fair, struct fair_queue *queue, struct sched_entity *entity,
                         enum sched_put why, nanos now)
{
    struct fair_entity *own = fair_of(fair, entity);
    bool used_up = entity->policy == SCHED_POLICY_RR && own->lag >= (i64)fair->settings.slice;
    if (why == SCHED_PUT_BLOCKED || used_up || why == SCHED_PUT_YIELD)
        own->lag = 0;
    if (why == SCHED_PUT_BLOCKED)
        return;
    if (entity->policy == SCHED_POLICY_DEADLINE)
        realtime_refresh(entity, &own->realtime, false, now);
    queue->waiting++;
    own->place = PLACE_REALTIME;
    own->realtime_before = true;
    realtime_enqueue(&queue->realtime, entity, &own->realtime, why != SCHED_PUT_YIELD && !used_up,
                     fair->settings.levels);
}

static void put_fair(struct fair *fair, struct fair_queue *queue, struct fair_entity *own,
                     enum sched_put why)
{
    i64 mean = fair_mean(fair, queue); // with @own still in it
    own->running = false;
    if (why == SCHED_PUT_BLOCKED) {
        leave(fair, own, mean);
        return;
    }
    // Yielding gives up the rest of the request: the next one ends a slice later.
    if (why == SCHED_PUT_YIELD)
        own->fair.deadline += fair_virtual(fair->settings.slice, own->weight);
    queue->waiting++;
    own->place = PLACE_TREE;
    fair_insert(queue, own);
}

static void fair_put_prev(void *self, u32 cpu, struct sched_entity *entity, enum sched_put why,
                          nanos now)
{
    struct fair *fair = self;
    struct fair_queue *queue = &fair->queues[cpu];
    struct fair_entity *own = fair_of(fair, entity);
    fair_charge(fair, queue, now);
    if (own->running) {
        put_fair(fair, queue, own, why);
    } else if (realtime_owns(entity)) {
        put_realtime(fair, queue, entity, why, now);
    } else if (why != SCHED_PUT_BLOCKED) {
        // Never picked here (a replacement came between), or of this class only since it was.
        queue->waiting++;
        enter_tree(fair, queue, entity, SCHED_ENQUEUE_RESTORE);
    }
    queue->running = NULL;
}

/* Give those that were throttled, and whose new period has begun, their new budget. */
static void end_throttling(struct fair *fair, struct fair_queue *queue, nanos now)
{
    struct realtime_node *node;
    while ((node = realtime_first_throttled(&queue->realtime)) != NULL && node->key <= now) {
        struct sched_entity *entity =
            fair_entity_of(fair, container_of(node, struct fair_entity, realtime));
        realtime_dequeue(&queue->realtime, entity, node);
        realtime_refresh(entity, node, false, now);
        realtime_enqueue(&queue->realtime, entity, node, false, fair->settings.levels);
    }
}

static struct sched_entity *pick_fair(struct fair *fair, struct fair_queue *queue)
{
    i64 mean = fair_mean(fair, queue);
    fair_follow(queue, mean);
    struct fair_entity *own = fair_first_eligible(queue, mean);
    if (own == NULL)
        return NULL;
    fair_remove(queue, own);
    own->place = PLACE_NONE;
    own->running = true;
    queue->waiting--;
    return fair_entity_of(fair, own);
}

static struct sched_entity *pick_realtime(struct fair *fair, struct fair_queue *queue,
                                          struct realtime_node *node)
{
    struct sched_entity *entity =
        fair_entity_of(fair, container_of(node, struct fair_entity, realtime));
    fair_take_out(fair, queue, entity);
    return entity;
}

static struct sched_entity *fair_pick_next(void *self, u32 cpu, nanos now)
{
    struct fair *fair = self;
    struct fair_queue *queue = &fair->queues[cpu];
    struct sched_entity *entity = NULL;
    if (unlikely(queue->realtime.throttled_count != 0))
        end_throttling(fair, queue, now);
    queue->running = NULL;
    if (unlikely(queue->realtime.first != NULL))
        entity = pick_realtime(fair, queue, realtime_of(queue->realtime.first));
    else if (likely(queue->tree.root != NULL))
        entity = pick_fair(fair, queue);
    else if (queue->realtime.throttled_count != 0)
        entity = pick_realtime(fair, queue, realtime_first_throttled(&queue->realtime));
    queue->running = entity;
    queue->since = now;
    queue->charged = 0;
    return entity;
}

/* ---- Decisions
 * -----------------------------------------------------------------------------------------------------
 */

/* Classes, the smaller the sooner. */
static unsigned rank_of(const struct fair *fair, const struct sched_entity *entity)
{
    if (realtime_owns(entity))
        return realtime_is_throttled(entity, &fair_of(fair, entity)->realtime) ? 2 : 0;
    return 1;
}

/* Among fair ones: an idler gives way to anybody else, batch work waits for its turn, and otherwise
 * the deadline decides between those eligible. */
static bool fair_precedes(const struct fair *fair, const struct fair_queue *queue,
                          const struct sched_entity *running, const struct sched_entity *woken)
{
    const struct fair_entity *mine = fair_of(fair, running);
    const struct fair_entity *its = fair_of(fair, woken);
    if (running->policy == SCHED_POLICY_IDLE && woken->policy != SCHED_POLICY_IDLE)
        return true;
    if (woken->policy != SCHED_POLICY_NORMAL || !mine->running)
        return false;
    return its->fair.deadline < mine->fair.deadline && its->fair.v <= fair_mean(fair, queue);
}

static bool fair_preempts(void *self, u32 cpu, const struct sched_entity *running,
                          const struct sched_entity *woken, nanos now)
{
    struct fair *fair = self;
    struct fair_queue *queue = &fair->queues[cpu];
    if (running == NULL)
        return true;
    fair_charge(fair, queue, now);
    if (!fair->settings.preempts)
        return false;
    unsigned woken_rank = rank_of(fair, woken);
    unsigned running_rank = rank_of(fair, running);
    if (woken_rank != running_rank)
        return woken_rank < running_rank;
    if (woken_rank == 1)
        return fair_precedes(fair, queue, running, woken);
    return realtime_precedes(woken, &fair_of(fair, woken)->realtime, running,
                             &fair_of(fair, running)->realtime);
}

static nanos realtime_slice(const struct fair *fair, const struct sched_entity *running, nanos now)
{
    const struct fair_entity *own = fair_of(fair, running);
    if (running->policy == SCHED_POLICY_FIFO)
        return NANOS_NEVER;
    if (running->policy == SCHED_POLICY_RR)
        return own->lag < (i64)fair->settings.slice ? fair->settings.slice - (nanos)own->lag : 1;
    nanos end = realtime_period_end(running, &own->realtime);
    return own->realtime.budget != 0 ? own->realtime.budget : end > now ? end - now : 1;
}

/* To the end of its request, when somebody else is waiting. */
static nanos tree_slice(const struct fair *fair, const struct fair_queue *queue,
                        const struct sched_entity *running)
{
    const struct fair_entity *own = fair_of(fair, running);
    if (queue->waiting == 0)
        return NANOS_NEVER;
    if (!own->running)
        return fair->settings.slice;
    i64 left = fair_real(own->fair.deadline - own->fair.v, own->weight);
    return (nanos)max(left, (i64)SLICE_FLOOR_NS);
}

static nanos fair_slice(void *self, u32 cpu, const struct sched_entity *running, nanos now)
{
    struct fair *fair = self;
    struct fair_queue *queue = &fair->queues[cpu];
    if (likely(queue->waiting == 0 && running->policy == SCHED_POLICY_NORMAL))
        return NANOS_NEVER;
    fair_charge(fair, queue, now);
    nanos slice = unlikely(realtime_owns(running)) ? realtime_slice(fair, running, now)
                                                   : tree_slice(fair, queue, running);
    if (unlikely(queue->realtime.throttled_count != 0)) {
        nanos next = realtime_first_throttled(&queue->realtime)->key;
        slice = min(slice, next > now ? next - now : 1);
    }
    return slice;
}

/* Policy or nice changed while it runs or sleeps: its virtual times go on at the new weight from
 * the next enqueue; now, if it runs. */
static void fair_changed(void *self, struct sched_entity *entity)
{
    struct fair *fair = self;
    struct fair_entity *own = fair_of(fair, entity);
    if (own->running) {
        i64 request = own->fair.deadline - own->fair.v;
        u32 weight = weight_of(fair, entity);
        own->fair.deadline = own->fair.v + request * own->weight / weight;
        own->weight = weight;
        if (!realtime_owns(entity))
            return;
        own->running = false;
        own->lag = 0;
    }
    if (entity->policy == SCHED_POLICY_DEADLINE) {
        own->realtime.budget = 0;
        own->realtime.deadline = 0;
    } else if (realtime_owns(entity)) {
        own->lag = 0;
    }
}

const struct scheduler_ops fair_ops = {
    .header = {HELIX_SCHEDULER, HELIX_SCHEDULER_VERSION, sizeof(struct scheduler_ops)},
    .attach = fair_attach,
    .detach = fair_detach,
    .enqueue = fair_enqueue,
    .dequeue = fair_dequeue,
    .pick_next = fair_pick_next,
    .put_prev = fair_put_prev,
    .preempts = fair_preempts,
    .slice = fair_slice,
    .select_cpu = fair_select_cpu,
    .steal = fair_steal,
    .queued = fair_queued,
    .changed = fair_changed,
};
