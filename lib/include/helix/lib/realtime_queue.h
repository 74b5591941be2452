/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/scheduler.h>
#include <helix/lib/rbtree.h>

/*
 * The classes above NORMAL, for scheduler modules: DEADLINE by earliest deadline, then FIFO and RR
 * by priority, then by turn. One queue a CPU.
 *
 * A DEADLINE entity has a budget of deadline_runtime in each deadline_period. When it is used up
 * before the period ends, the entity is *throttled*: it runs only when there is nothing else, until
 * the next period gives it a new budget. So an overrun starves nobody, and no runnable thread is
 * ever held back from an idle CPU.
 *
 * No locking; the node lies in the entity's private slot.
 */
struct realtime_node {
    struct rb_node node;
    u64 key;
    u64 budget;   // DEADLINE: ns left in this period
    u64 deadline; // DEADLINE: absolute
};

struct realtime_queue {
    struct rb_tree ready;
    struct rb_tree throttled; // by the end of their period
    struct rb_node *first;    // of ready
    u64 head, tail;           // turns given out at the front and at the back
    u32 count;                // in ready
    u32 throttled_count;
};

#define REALTIME_KEY_FIXED  (1ull << 63) // FIFO and RR come after every DEADLINE
#define REALTIME_TURN_BITS  56
#define REALTIME_TURN_FIRST (1ull << (REALTIME_TURN_BITS - 1))

static inline void realtime_init(struct realtime_queue *queue)
{
    rb_init(&queue->ready, NULL);
    rb_init(&queue->throttled, NULL);
    queue->first = NULL;
    queue->head = REALTIME_TURN_FIRST;
    queue->tail = REALTIME_TURN_FIRST;
    queue->count = 0;
    queue->throttled_count = 0;
}

static inline bool realtime_is_fixed(const struct sched_entity *entity)
{
    return entity->policy == SCHED_POLICY_FIFO || entity->policy == SCHED_POLICY_RR;
}

static inline bool realtime_owns(const struct sched_entity *entity)
{
    return realtime_is_fixed(entity) || entity->policy == SCHED_POLICY_DEADLINE;
}

static inline struct realtime_node *realtime_of(const struct rb_node *node)
{
    return container_of(node, struct realtime_node, node);
}

static inline bool realtime_less(const struct rb_node *a, const struct rb_node *b)
{
    return realtime_of(a)->key < realtime_of(b)->key;
}

/* The end of the period that ends in @node's deadline. */
static inline nanos realtime_period_end(const struct sched_entity *entity,
                                        const struct realtime_node *node)
{
    return node->deadline - entity->deadline_relative + entity->deadline_period;
}

/*
 * A new period when the old one is over, or (@woken) when what is left of it would need more than
 * the entity's share of the CPU. Comparing budget / (deadline - now) with runtime / period; both
 * sides are cut to 32 bits of precision to stay in range.
 */
static inline void realtime_refresh(const struct sched_entity *entity, struct realtime_node *node,
                                    bool woken, nanos now)
{
    bool renew = node->deadline == 0 || now >= realtime_period_end(entity, node);
    if (!renew && woken) {
        nanos left = node->deadline > now ? node->deadline - now : 0;
        renew = (node->budget >> 10) * (entity->deadline_period >> 10) >
                (entity->deadline_runtime >> 10) * (left >> 10);
    }
    if (renew) {
        node->budget = entity->deadline_runtime;
        node->deadline = now + entity->deadline_relative;
    }
}

static inline bool realtime_is_throttled(const struct sched_entity *entity,
                                         const struct realtime_node *node)
{
    return entity->policy == SCHED_POLICY_DEADLINE && node->budget == 0;
}

static inline void realtime_insert_ready(struct realtime_queue *queue, struct realtime_node *node)
{
    rb_insert(&queue->ready, &node->node, realtime_less);
    if (queue->first == NULL || realtime_less(&node->node, queue->first))
        queue->first = &node->node;
    queue->count++;
}

/* @front: it was running and had not used up its turn. @levels: priorities there are, see
 * helix.toml. */
static inline void realtime_enqueue(struct realtime_queue *queue, const struct sched_entity *entity,
                                    struct realtime_node *node, bool front, u32 levels)
{
    if (realtime_is_throttled(entity, node)) {
        node->key = realtime_period_end(entity, node);
        rb_insert(&queue->throttled, &node->node, realtime_less);
        queue->throttled_count++;
        return;
    }
    if (entity->policy == SCHED_POLICY_DEADLINE) {
        node->key = node->deadline;
    } else {
        u64 level = min(99u - entity->rt_priority, levels - 1u);
        u64 turn = front ? --queue->head : queue->tail++;
        node->key = REALTIME_KEY_FIXED | level << REALTIME_TURN_BITS | turn;
    }
    realtime_insert_ready(queue, node);
}

static inline void realtime_take_ready(struct realtime_queue *queue, struct realtime_node *node)
{
    if (queue->first == &node->node)
        queue->first = rb_next(&node->node);
    rb_erase(&queue->ready, &node->node);
    queue->count--;
}

static inline void realtime_dequeue(struct realtime_queue *queue, const struct sched_entity *entity,
                                    struct realtime_node *node)
{
    if (realtime_is_throttled(entity, node)) {
        rb_erase(&queue->throttled, &node->node);
        queue->throttled_count--;
    } else {
        realtime_take_ready(queue, node);
    }
}

/* The first throttled one, or NULL. */
static inline struct realtime_node *realtime_first_throttled(const struct realtime_queue *queue)
{
    struct rb_node *node = rb_first(&queue->throttled);
    return node == NULL ? NULL : realtime_of(node);
}

/* Charge @ran to a DEADLINE entity that has been running. */
static inline void realtime_charge(const struct sched_entity *entity, struct realtime_node *node,
                                   nanos ran)
{
    if (entity->policy == SCHED_POLICY_DEADLINE)
        node->budget -= min(ran, node->budget);
}

/* Does @woken come before @running, both of these classes? */
static inline bool realtime_precedes(const struct sched_entity *woken,
                                     const struct realtime_node *woken_node,
                                     const struct sched_entity *running,
                                     const struct realtime_node *running_node)
{
    if (realtime_is_throttled(running, running_node))
        return !realtime_is_throttled(woken, woken_node);
    if (realtime_is_throttled(woken, woken_node))
        return false;
    if (woken->policy == SCHED_POLICY_DEADLINE)
        return running->policy != SCHED_POLICY_DEADLINE ||
               woken_node->deadline < running_node->deadline;
    return realtime_is_fixed(running) && woken->rt_priority > running->rt_priority;
}
