/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "futex/futex.h"

#include <helix/hal/spinlock.h>
#include <helix/userspace/task.h>

/*
 * Priority inheritance: a task runs with the best of its own setting and those of the tasks that
 * wait for futexes it owns, and they with those of the tasks that wait for theirs.
 *
 * futex_owner_lock guards all of struct task_inheritance and futex_waiter.owner. It is taken inside
 * buckets' locks. futex_waiter.owner changes only with the lock of the waiter's bucket, too.
 */
extern struct spinlock futex_owner_lock;

/* May others wait for futexes of the task? */
enum futex_life {
    FUTEX_LIFE_OPEN,
    FUTEX_LIFE_ENDING, // it marks what it owned: come again in a moment
    FUTEX_LIFE_ENDED,
};

/*
 * @waiter waits for @owner from now on.
 * Errors: HELIX_E_DEADLOCK @owner waits for @waiter's task; HELIX_E_BUSY it is ending;
 *         HELIX_E_NO_PROCESS it has ended.
 */
helix_status futex_owner_attach(struct futex_waiter *waiter, struct task *owner);

/* It does not wait any longer. */
void futex_owner_detach(struct futex_waiter *waiter);

/* The parts of a change of owner: after the last one both owners are settled. */
void futex_owner_leave_locked(struct futex_waiter *waiter) HELIX_REQUIRES(&futex_owner_lock);
void futex_owner_move_locked(struct futex_waiter *waiter, struct task *owner)
    HELIX_REQUIRES(&futex_owner_lock);
void futex_owner_settle_locked(struct task *task) HELIX_REQUIRES(&futex_owner_lock);

/* How urgent @task is now; less is more urgent: 0 to 99 real time, 100 to 139 nice. */
i32 task_urgency(const struct task *task);
