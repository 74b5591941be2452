/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/sched_state.h>

#include "round_robin.h"

size_t rr_state_bound(const void *self)
{
    const struct rr *rr = self;
    return sched_state_bytes(rr->attached);
}

/* What is left of the running entity's slice, with the time that no operation has charged yet. */
static nanos slice_left_of(const struct rr *rr, const struct sched_entity *entity)
{
    const struct rr_cpu *cpu = &rr->cpus[entity->cpu];
    nanos left = rr_of(rr, entity)->slice_left;
    if (cpu->running != entity || entity->slice_run <= cpu->charged)
        return left;
    return left - min(left, entity->slice_run - cpu->charged);
}

static struct sched_state_entity record_of(const struct rr *rr, struct rr_entity *own)
{
    const struct sched_entity *entity = rr_entity_of(rr, own);
    bool deadline = entity->policy == SCHED_POLICY_DEADLINE;
    return (struct sched_state_entity){
        .id = entity->id,
        .slice_left = slice_left_of(rr, entity),
        .order = own->place == PLACE_NONE ? UINT64_MAX : own->turn,
        .budget = deadline ? own->realtime.budget : 0,
        .deadline = deadline ? own->realtime.deadline : 0,
    };
}

/*
 * What turns say in terms of CPU time owed: of n threads that take turns of one slice, the one that
 * is next is owed (n - 1) / 2n of a slice, the last one owes as much; what the first ones have used
 * of their slice is theirs, and a gain for all the others.
 */
static void record_lags(const struct rr *rr, const struct rr_cpu *cpu,
                        struct sched_state_entity *records, u32 count)
{
    const struct sched_entity *running = cpu->running;
    bool with_running =
        running != NULL && !realtime_owns(running) && running->policy != SCHED_POLICY_IDLE;
    i64 slice = (i64)rr->settings.slice;
    i64 n = (i64)list_length(&cpu->normal) + with_running;
    i64 used = 0;
    i64 place = 0;
    if (with_running)
        used = slice - (i64)min(slice_left_of(rr, running), rr->settings.slice);
    for (const struct list *at = &cpu->normal; n > 0 && place < n; place++) {
        const struct sched_entity *entity = running;
        if (!with_running || place > 0) {
            at = at->next;
            entity = rr_entity_of(rr, list_entry(at, struct rr_entity, link));
        }
        struct sched_state_entity *record =
            (struct sched_state_entity *)(uintptr_t)sched_state_find(records, count, entity->id);
        record->lag = (n - 1 - 2 * place) * slice / (2 * n) + used / n;
        if (entity == running)
            record->lag -= used;
    }
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
    for (unsigned i = 0; i < HELIX_MAX_CPUS; i++)
        record_lags(rr, &rr->cpus[i], sched_state_record(writer, 0), n);
    return HELIX_OK;
}

helix_status rr_restore_state(void *self, const struct helix_state *state)
{
    struct rr *rr = self;
    rr->foreign = state != NULL && state->bytes != 0 && strcmp(state->module, "round_robin") != 0;
    return sched_state_open(state, &rr->records, &rr->record_count);
}

/* Another scheduler's lag is made good in one turn: longer for who is owed, shorter for who owes.
 */
static nanos first_turn(const struct rr *rr, const struct sched_state_entity *record)
{
    i64 slice = (i64)rr->settings.slice;
    if (!rr->foreign)
        return min(record->slice_left, rr->settings.slice);
    i64 lag = record->lag > 2 * slice ? 2 * slice : record->lag < -slice ? -slice : record->lag;
    return (nanos)max(slice + lag, slice / 16);
}

/* What the former scheduler knew of @entity. */
void rr_take_record(struct rr *rr, const struct sched_entity *entity)
{
    const struct sched_state_entity *record =
        sched_state_find(rr->records, rr->record_count, entity->id);
    if (record == NULL)
        return;
    struct rr_entity *own = rr_of(rr, entity);
    own->turn = record->order;
    own->slice_left = first_turn(rr, record);
    if (entity->policy == SCHED_POLICY_DEADLINE) {
        own->realtime.budget = min(record->budget, entity->deadline_runtime);
        own->realtime.deadline = record->deadline;
    }
}
