/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The tree of one CPU's waiting threads, and their mean virtual time. */
#include "fair.h"

static void update_min(struct rb_node *node)
{
    struct fair_node *own = fair_node_of(node);
    i64 least = own->v;
    for (unsigned side = 0; side < 2; side++) {
        if (node->child[side] != NULL)
            least = min(least, fair_node_of(node->child[side])->min_v);
    }
    own->min_v = least;
}

static bool earlier(const struct rb_node *a, const struct rb_node *b)
{
    return fair_node_of(a)->deadline < fair_node_of(b)->deadline;
}

void fair_tree_init(struct fair_queue *queue)
{
    rb_init(&queue->tree, update_min);
}

void fair_insert(struct fair_queue *queue, struct fair_entity *own)
{
    own->fair.min_v = own->fair.v;
    rb_insert(&queue->tree, &own->fair.node, earlier);
    queue->sum_key += (own->fair.v - queue->base) * own->weight;
    queue->sum_weight += own->weight;
}

void fair_remove(struct fair_queue *queue, struct fair_entity *own)
{
    rb_erase(&queue->tree, &own->fair.node);
    queue->sum_key -= (own->fair.v - queue->base) * own->weight;
    queue->sum_weight -= own->weight;
}

/* Rounded down, so that the mean never makes a thread eligible that is not. */
static i64 divide_down(i64 sum, i64 by)
{
    i64 quotient = sum / by;
    return quotient - (sum % by < 0);
}

i64 fair_mean(const struct fair *fair, const struct fair_queue *queue)
{
    i64 sum = queue->sum_key;
    i64 weight = (i64)queue->sum_weight;
    if (queue->running != NULL) {
        const struct fair_entity *own = fair_of(fair, queue->running);
        if (own->running) {
            sum += (own->fair.v - queue->base) * own->weight;
            weight += own->weight;
        }
    }
    return weight == 0 ? queue->base : queue->base + divide_down(sum, weight);
}

void fair_follow(struct fair_queue *queue, i64 mean)
{
    queue->sum_key -= (mean - queue->base) * (i64)queue->sum_weight;
    queue->base = mean;
}

/*
 * The earliest deadline with v <= @mean. A left subtree whose least v is eligible holds the answer;
 * else the node itself may be; else the right one. With everybody waiting the least v is never
 * above the mean, so there is always an answer.
 */
struct fair_entity *fair_first_eligible(const struct fair_queue *queue, i64 mean)
{
    struct rb_node *node = queue->tree.root;
    while (node != NULL) {
        struct rb_node *left = node->child[RB_LEFT];
        if (left != NULL && fair_node_of(left)->min_v <= mean)
            node = left;
        else if (fair_node_of(node)->v <= mean)
            return container_of(fair_node_of(node), struct fair_entity, fair);
        else
            node = node->child[RB_RIGHT];
    }
    return NULL;
}
