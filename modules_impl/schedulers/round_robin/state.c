/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/sched_state.h>

#include "round_robin.h"

size_t rr_state_bound(const void *self)
{
    const struct rr *rr = self;
    return sched_state_bytes(rr->attached);
}

static struct sched_state_entity record_of(const struct rr *rr, struct rr_entity *own)
{
    const struct sched_entity *entity = rr_entity_of(rr, own);
    bool deadline = entity->policy == SCHED_POLICY_DEADLINE;
    return (struct sched_state_entity){
        .id = entity->id,
        .slice_left = own->slice_left,
        .order = own->place == PLACE_NONE ? UINT64_MAX : own->turn,
        .budget = deadline ? own->realtime.budget : 0,
        .deadline = deadline ? own->realtime.deadline : 0,
    };
}

helix_status rr_save_state(const void *self, struct helix_state_writer *writer)
{
    const struct rr *rr = self;
    u32 n = 0;
    if (!sched_state_fits(writer, rr->attached))
        return HELIX_E_TOO_BIG;
    list_for_each(struct rr_entity, own, &rr->all, all)
        *sched_state_record(writer, n++) = record_of(rr, own);
    sched_state_finish(writer, n);
    return HELIX_OK;
}

helix_status rr_restore_state(void *self, const struct helix_state *state)
{
    struct rr *rr = self;
    return sched_state_open(state, &rr->records, &rr->record_count);
}

/* What the former scheduler knew of @entity: its turn and what is left of its slice. Lag is a
 * notion this one does not have. */
void rr_take_record(struct rr *rr, const struct sched_entity *entity)
{
    const struct sched_state_entity *record =
        sched_state_find(rr->records, rr->record_count, entity->id);
    if (record == NULL)
        return;
    struct rr_entity *own = rr_of(rr, entity);
    own->turn = record->order;
    own->slice_left = min(record->slice_left, rr->slice);
    if (entity->policy == SCHED_POLICY_DEADLINE) {
        own->realtime.budget = min(record->budget, entity->deadline_runtime);
        own->realtime.deadline = record->deadline;
    }
}
