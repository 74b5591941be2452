/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/scheduler.h>
#include <helix/lib/compiler.h>
#include <helix/lib/list.h>
#include <helix/lib/realtime_queue.h>
#include <helix/lib/sched_module.h>

/*
 * Earliest eligible virtual deadline first. Each thread has a virtual time `v` that advances with
 * its CPU time divided by its weight; V, the mean of all v weighted, is what a perfectly fair CPU
 * would have given everybody. lag = V - v says what a thread is owed. Who is owed (v <= V) is
 * *eligible*; of these the earliest deadline runs, where deadline = v at the request's start +
 * slice / weight.
 *
 * All virtual times are i64 nanoseconds at weight 1024, taken relative to the queue's `base`, which
 * follows V, so that products stay in range: |v - base| stays below some seconds times 1024/3,
 * weights sum to less than 2^28.
 */
enum {
    WEIGHT_ONE = 1024,
    SLICE_FLOOR_NS = 100000, // shorter is not worth a switch
};

#define ORDER_MIDDLE (1ull << 62)

enum fair_place {
    PLACE_NONE, // running or not runnable
    PLACE_TREE,
    PLACE_REALTIME, // in the queue of the classes above
};

/* A waiting entity in the tree: ordered by deadline; min_v is the least v below it, itself
 * included. */
struct fair_node {
    struct rb_node node;
    i64 v;
    i64 deadline;
    i64 min_v;
};

/* In the entity's private slot. */
struct fair_entity {
    union {
        struct fair_node fair;
        struct realtime_node realtime;
    };
    struct list all; // of all attached entities
    i64 lag;         // while in no queue: V - v when it left, in virtual ns
    i64 left;        // while in no queue: deadline - v when it left; 0: a new request
    u32 weight;      // that its virtual times were made with
    u8 place;
    bool running;  // its v counts in the queue it runs on
    bool restored; // lag is its place against the base, with all others of its CPU restored too
    bool realtime_before; // the fields above still tell of its time in a class above
    u64 order;            // what a former scheduler said; used up by the first enqueue
};

_Static_assert(sizeof(struct fair_entity) <= SCHED_SLOT_WORDS * sizeof(u64), "fits the slot");

struct fair_queue {
    struct rb_tree tree;
    i64 base;
    i64 sum_key;    // over waiting entities: weight * (v - base)
    u64 sum_weight; // over waiting entities
    struct sched_entity *running;
    nanos since;   // running is charged up to here
    nanos charged; // to running, since it was picked
    u32 waiting;   // in the tree and in realtime
    struct realtime_queue realtime;
} HELIX_ALIGNED(HELIX_CACHE_LINE);

struct fair {
    u32 slot;
    struct sched_settings settings;
    u32 attached;
    struct list all;
    const struct sched_state_entity *records; // between restore_state() and start(), sorted by id
    u32 record_count;
    struct fair_queue queues[HELIX_MAX_CPUS];
};

static inline struct fair_entity *fair_of(const struct fair *fair,
                                          const struct sched_entity *entity)
{
    return (struct fair_entity *)(uintptr_t)entity->slot[fair->slot];
}

static inline struct sched_entity *fair_entity_of(const struct fair *fair, struct fair_entity *own)
{
    return (struct sched_entity *)((uintptr_t)own - offsetof(struct sched_entity, slot) -
                                   fair->slot * sizeof(((struct sched_entity *)0)->slot[0]));
}

static inline struct fair_node *fair_node_of(const struct rb_node *node)
{
    return container_of(node, struct fair_node, node);
}

/* CPU time as virtual time at @weight, and back. */
static inline i64 fair_virtual(nanos time, u32 weight)
{
    return (i64)(time * WEIGHT_ONE / weight);
}

static inline i64 fair_real(i64 virtual_time, u32 weight)
{
    return virtual_time * (i64)weight / WEIGHT_ONE;
}

/* queue.c */
HELIX_HIDDEN void fair_tree_init(struct fair_queue *queue);
HELIX_HIDDEN void fair_insert(struct fair_queue *queue, struct fair_entity *own);
HELIX_HIDDEN void fair_remove(struct fair_queue *queue, struct fair_entity *own);
HELIX_HIDDEN i64 fair_mean(const struct fair *fair, const struct fair_queue *queue); // V
HELIX_HIDDEN void fair_follow(struct fair_queue *queue, i64 mean); // moves base there
HELIX_HIDDEN struct fair_entity *fair_first_eligible(const struct fair_queue *queue, i64 mean);

/* order.c */
extern const struct scheduler_ops fair_ops HELIX_HIDDEN;
HELIX_HIDDEN void fair_charge(struct fair *fair, struct fair_queue *queue, nanos now);
HELIX_HIDDEN void fair_take_out(struct fair *fair, struct fair_queue *queue,
                                struct sched_entity *entity);

/* place.c */
HELIX_HIDDEN u32 fair_select_cpu(void *self, const struct sched_entity *entity, cpu_mask allowed,
                                 u32 waker_cpu);
HELIX_HIDDEN struct sched_entity *fair_steal(void *self, u32 cpu, u32 to);
HELIX_HIDDEN u32 fair_queued(void *self, u32 cpu);

/* state.c */
HELIX_HIDDEN size_t fair_state_bound(const void *self);
HELIX_HIDDEN helix_status fair_save_state(const void *self, struct helix_state_writer *writer);
HELIX_HIDDEN helix_status fair_restore_state(void *self, const struct helix_state *state);
HELIX_HIDDEN void fair_take_record(struct fair *fair, const struct sched_entity *entity);
