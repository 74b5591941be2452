/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "files/poll_set.h"

#include <helix/lib/compiler.h>
#include <helix/memory/heap.h>

#define BLOCK_WAITERS 24

struct poll_block {
    struct poll_block *next;
    unsigned used;
    struct waiter waiters[BLOCK_WAITERS];
};

static struct waiter *new_waiter(struct poll_set *set)
{
    if (set->few_used < POLL_SET_INLINE)
        return &set->few[set->few_used++];
    if (!set->more || set->more->used == BLOCK_WAITERS) {
        struct poll_block *block = kzalloc(sizeof *block);
        if (!block)
            return NULL;
        block->next = set->more;
        set->more = block;
    }
    return &set->more->waiters[set->more->used++];
}

static void add_queue(struct poll_table *table, struct wait_queue *queue)
{
    struct poll_set *set = container_of(table, struct poll_set, table);
    struct waiter *waiter = new_waiter(set);
    if (waiter)
        wait_begin(queue, waiter, "poll");
    else
        set->out_of_memory = true;
}

void poll_set_init(struct poll_set *set)
{
    set->table.add = add_queue;
    set->few_used = 0;
    set->more = NULL;
    set->out_of_memory = false;
}

void poll_set_end(struct poll_set *set)
{
    while (set->few_used > 0)
        wait_end(&set->few[--set->few_used]);
    while (set->more) {
        struct poll_block *block = set->more;
        set->more = block->next;
        while (block->used > 0)
            wait_end(&block->waiters[--block->used]);
        kfree(block);
    }
}
