/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * RCU-style quiescence for read-mostly tables. A reader section keeps preemption off and may not
 * sleep; every CPU passes a quiescent point at each context switch, idle entry and return to user
 * mode.
 */
void quiesce_read_begin(void);
void quiesce_read_end(void);

/* Return when every reader section that was running at the call has ended. Thread context, may
 * sleep. */
void quiesce_wait(void);

/* Run @fn(@head) after a grace period, in thread context. Never fails, any context. */
struct quiesce_head {
    struct quiesce_head *next;
    void (*fn)(struct quiesce_head *head);
};
void quiesce_call(struct quiesce_head *head, void (*fn)(struct quiesce_head *head));
