/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/execution/wait.h>
#include <helix/vfs/file.h>

/*
 * The queues that one poll, select or epoll_wait sleeps on. Each file's poll operation adds its
 * queues on the first pass; later passes only ask.
 */
#define POLL_SET_INLINE 12

struct poll_block;

struct poll_set {
    struct poll_table table; // first: add() gets a pointer to it
    struct waiter few[POLL_SET_INLINE];
    unsigned few_used;
    struct poll_block *more;
    bool out_of_memory;
};

void poll_set_init(struct poll_set *set);
void poll_set_end(struct poll_set *set); // leaves all queues

/* From now on files are only asked. */
static inline void poll_set_only_ask(struct poll_set *set)
{
    set->table.add = NULL;
}
