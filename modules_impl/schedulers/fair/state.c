/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/sched_state.h>

#include "fair.h"

size_t fair_state_bound(const void *self)
{
    const struct fair *fair = self;
    return sched_state_bytes(fair->attached);
}

/* Virtual time that no operation has charged to the running entity of @queue yet. */
static i64 uncharged(const struct fair *fair, const struct fair_queue *queue)
{
    const struct sched_entity *running = queue->running;
    if (running == NULL || !fair_of(fair, running)->running || running->slice_run <= queue->charged)
        return 0;
    return fair_virtual(running->slice_run - queue->charged, fair_of(fair, running)->weight);
}

/* The mean with that in it. */
static i64 mean_now(const struct fair *fair, const struct fair_queue *queue, i64 extra)
{
    i64 mean = fair_mean(fair, queue);
    if (extra == 0)
        return mean;
    u32 weight = fair_of(fair, queue->running)->weight;
    return mean + extra * weight / (i64)(queue->sum_weight + weight);
}

/* Lag and what is left of the request, in CPU time; of one that waits or runs they are its place
 * against the mean. */
static void record_fair(const struct fair *fair, const struct sched_entity *entity,
                        const struct fair_entity *own, struct sched_state_entity *record)
{
    const struct fair_queue *queue = &fair->queues[entity->cpu];
    i64 lag = own->lag;
    i64 left = own->left;
    if (own->running || own->place == PLACE_TREE) {
        i64 extra = uncharged(fair, queue);
        i64 v = own->fair.v + (own->running ? extra : 0);
        lag = mean_now(fair, queue, extra) - v;
        left = own->fair.deadline - v;
    }
    record->lag = fair_real(lag, own->weight);
    record->slice_left = left > 0 ? (u64)fair_real(left, own->weight) : 0;
    // Who is owed most comes first for a scheduler that only knows turns.
    if (own->place == PLACE_TREE)
        record->order = ORDER_MIDDLE - (u64)lag;
}

static struct sched_state_entity record_of(const struct fair *fair, struct fair_entity *own)
{
    const struct sched_entity *entity = fair_entity_of(fair, own);
    struct sched_state_entity record = {.id = entity->id, .order = UINT64_MAX};
    if (!realtime_owns(entity)) {
        record_fair(fair, entity, own, &record);
    } else if (entity->policy == SCHED_POLICY_DEADLINE) {
        record.budget = own->realtime.budget;
        record.deadline = own->realtime.deadline;
    }
    if (own->place == PLACE_REALTIME)
        record.order = own->realtime.key & ((1ull << REALTIME_TURN_BITS) - 1);
    return record;
}

helix_status fair_save_state(const void *self, struct helix_state_writer *writer)
{
    const struct fair *fair = self;
    u32 n = 0;
    if (!sched_state_fits(writer, fair->attached))
        return HELIX_E_TOO_BIG;
    list_for_each(struct fair_entity, own, &fair->all, all)
        *sched_state_record(writer, n++) = record_of(fair, own);
    sched_state_finish(writer, n);
    return HELIX_OK;
}

helix_status fair_restore_state(void *self, const struct helix_state *state)
{
    struct fair *fair = self;
    return sched_state_open(state, &fair->records, &fair->record_count);
}

void fair_take_record(struct fair *fair, const struct sched_entity *entity)
{
    const struct sched_state_entity *record =
        sched_state_find(fair->records, fair->record_count, entity->id);
    if (record == NULL)
        return;
    struct fair_entity *own = fair_of(fair, entity);
    if (entity->policy == SCHED_POLICY_DEADLINE) {
        own->realtime.budget = min(record->budget, entity->deadline_runtime);
        own->realtime.deadline = record->deadline;
        return;
    }
    // Within what a thread can be owed at all, whatever the record says.
    i64 most = (i64)(2 * fair->settings.slice);
    i64 lag = record->lag > most ? most : record->lag < -most ? -most : record->lag;
    own->lag = lag * WEIGHT_ONE / own->weight;
    own->left = fair_virtual(min(record->slice_left, fair->settings.slice), own->weight);
    own->restored = true;
}
