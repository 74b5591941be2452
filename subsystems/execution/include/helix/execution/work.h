/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/* Deferred work in a kernel thread: for what interrupt context must not do. One queue, in order,
 * each item at most once queued. */
struct work {
    struct work *next;
    u32 queued;
    void (*run)(struct work *work);
};
void work_init(struct work *work, void (*run)(struct work *work));
bool work_queue(struct work *work); // false: it was queued already. Any context

/* Return when everything that was queued before has run. Thread context, may sleep; not from an
 * item. */
void work_flush(void);
