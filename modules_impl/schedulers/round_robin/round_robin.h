/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/scheduler.h>
#include <helix/lib/compiler.h>
#include <helix/lib/list.h>
#include <helix/lib/realtime_queue.h>
#include <helix/lib/sched_module.h>

/* Turns on a list are numbered upwards at the back and downwards at the front, from here. */
#define TURN_FIRST (1ull << 62)

/* Where an entity waits. */
enum rr_place {
    PLACE_NONE, // running or not runnable
    PLACE_NORMAL,
    PLACE_IDLE,     // SCHED_POLICY_IDLE: after everybody else
    PLACE_REALTIME, // in the queue of the classes above
};

/* In the entity's private slot. */
struct rr_entity {
    union {
        struct list link;
        struct realtime_node realtime;
    };
    struct list all;  // of all attached entities
    nanos slice_left; // 0: a fresh one at its next turn
    u64 turn;
    u32 place;
};

_Static_assert(sizeof(struct rr_entity) <= SCHED_SLOT_WORDS * sizeof(u64), "fits the slot");

struct rr_cpu {
    struct list normal, idle;
    struct realtime_queue realtime;
    u64 front, back; // turns
    u32 waiting;
    struct sched_entity *running;
    nanos since;   // running is charged up to here
    nanos charged; // to running, since it was picked
} HELIX_ALIGNED(HELIX_CACHE_LINE);

struct rr {
    u32 slot;
    struct sched_settings settings;
    bool foreign; // the records are another scheduler's
    u32 attached;
    struct list all;
    const struct sched_state_entity *records; // between restore_state() and start(), sorted by id
    u32 record_count;
    struct rr_cpu cpus[HELIX_MAX_CPUS];
};

static inline struct rr_entity *rr_of(const struct rr *rr, const struct sched_entity *entity)
{
    return (struct rr_entity *)(uintptr_t)entity->slot[rr->slot];
}

static inline struct sched_entity *rr_entity_of(const struct rr *rr, struct rr_entity *own)
{
    return (struct sched_entity *)((uintptr_t)own - offsetof(struct sched_entity, slot) -
                                   rr->slot * sizeof(((struct sched_entity *)0)->slot[0]));
}

extern const struct scheduler_ops rr_ops HELIX_HIDDEN;

/* state.c */
HELIX_HIDDEN size_t rr_state_bound(const void *self);
HELIX_HIDDEN helix_status rr_save_state(const void *self, struct helix_state_writer *writer);
HELIX_HIDDEN helix_status rr_restore_state(void *self, const struct helix_state *state);
HELIX_HIDDEN void rr_take_record(struct rr *rr, const struct sched_entity *entity);
