/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Which CPU. */
#include "fair.h"

static u32 load_of(const void *self, u32 cpu)
{
    const struct fair *fair = self;
    return READ_ONCE(fair->queues[cpu].waiting) + (READ_ONCE(fair->queues[cpu].running) != NULL);
}

u32 fair_select_cpu(void *self, const struct sched_entity *entity, cpu_mask allowed, u32 waker_cpu)
{
    const struct fair *fair = self;
    return fair->settings.balances ? sched_choose_cpu(load_of, fair, entity, allowed, waker_cpu)
                                   : sched_stay_on_cpu(entity, allowed, waker_cpu);
}

static struct sched_entity *steal_realtime(struct fair *fair, const struct rb_tree *tree, u32 to)
{
    rb_for_each(node, tree) {
        struct sched_entity *entity =
            fair_entity_of(fair, container_of(realtime_of(node), struct fair_entity, realtime));
        if (sched_may_run(entity, to))
            return entity;
    }
    return NULL;
}

/* The latest deadline first: who would run soon here is left here. */
static struct sched_entity *steal_fair(struct fair *fair, const struct rb_tree *tree, u32 to)
{
    for (struct rb_node *node = rb_last(tree); node != NULL; node = rb_prev(node)) {
        struct sched_entity *entity =
            fair_entity_of(fair, container_of(fair_node_of(node), struct fair_entity, fair));
        if (sched_may_run(entity, to))
            return entity;
    }
    return NULL;
}

struct sched_entity *fair_steal(void *self, u32 cpu, u32 to)
{
    struct fair *fair = self;
    struct fair_queue *queue = &fair->queues[cpu];
    if (!fair->settings.balances)
        return NULL;
    struct sched_entity *entity = steal_realtime(fair, &queue->realtime.ready, to);
    if (entity == NULL)
        entity = steal_fair(fair, &queue->tree, to);
    if (entity == NULL)
        entity = steal_realtime(fair, &queue->realtime.throttled, to);
    if (entity != NULL)
        fair_take_out(fair, queue, entity);
    return entity;
}

u32 fair_queued(void *self, u32 cpu)
{
    const struct fair *fair = self;
    return READ_ONCE(fair->queues[cpu].waiting);
}
