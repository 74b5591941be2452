/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/list.h>

/*
 * Wait queues: the only way to block. A waiter is queued first, then tests its condition, then
 * sleeps; a wake-up between test and sleep makes the sleep return at once, so none is lost.
 *
 *     struct waiter w;
 *     wait_begin(&queue, &w, "pipe data");
 *     while (!condition()) {
 *         status = wait_sleep(deadline, WAIT_INTERRUPTIBLE);
 *         if (status != HELIX_OK) break;
 *     }
 *     wait_end(&w);
 *
 * A thread may wait on several queues at once (poll) with one `struct waiter` each: they share the
 * thread's wake token.
 */
struct thread;

struct wait_queue {
    struct spinlock lock; // LOCK_RANK_WAIT_QUEUE
    struct list waiters HELIX_GUARDED_BY(&lock);
};

#define WAIT_QUEUE_INIT(name_)                                    \
    {                                                             \
        .lock = SPINLOCK_INIT(LOCK_RANK_WAIT_QUEUE), .waiters = { \
            &(name_).waiters,                                     \
            &(name_).waiters                                      \
        }                                                         \
    }

/*
 * What a notify() wants done when the queue's lock is free, because it wakes other queues: it links
 * one of its own into *@after, and run() is called soon afterwards in the waker's context. What the
 * record is part of must not go before.
 */
struct wait_after {
    struct wait_after *next;
    void (*run)(struct wait_after *after);
};

enum waiter_flag {
    WAITER_EXCLUSIVE = 1u << 0, // wake_one wakes one of these and all others
};

struct waiter {
    struct list link;
    struct wait_queue *queue;
    struct thread *thread;
    unsigned flags;
    u64 key; // filter for wait_wake_matching(): poll events, futex bitset
    bool woken;
    struct waiter *own_next; // exclusive waiters of one thread; owner: execution
    /* Instead of waking the thread: called with the queue lock held, interrupts off (epoll). @key:
     * what the waker says has happened, 0 when it does not say. Returns true when it counts as a
     * wake-up. */
    bool (*notify)(struct waiter *waiter, u64 key, struct wait_after **after);
};

/*
 * `key` and `notify` are set between wait_begin() and the first test of the condition. `woken` says
 * that this queue woke the waiter; it stays set. A wake-up limited to some number passes over
 * waiters that it has woken before: so who waits on such a queue either takes `woken` for the event
 * (futex) or clears it before it tests again. Exclusive waiters are handled by wait_sleep() and
 * wait_end(), which passes a wake-up that came too late for this thread on to the next.
 */

enum wait_mode {
    WAIT_INTERRUPTIBLE,   // signals, stops and checkpoints unwind it: HELIX_E_INTERRUPTED
    WAIT_KILLABLE,        // only a fatal signal does
    WAIT_UNINTERRUPTIBLE, // bounded waits of the kernel itself
};

void wait_queue_init(struct wait_queue *queue);
void wait_begin(struct wait_queue *queue, struct waiter *waiter, const char *what);
void wait_begin_exclusive(struct wait_queue *queue, struct waiter *waiter, const char *what);

/*
 * Sleep until woken, @deadline (absolute; NANOS_NEVER: none) or, as @mode allows, an interruption.
 * HELIX_OK: woken (test again). HELIX_E_TIMEOUT. HELIX_E_INTERRUPTED. Holds no lock and preemption
 * is on.
 */
helix_status wait_sleep(nanos deadline, enum wait_mode mode);
void wait_end(struct waiter *waiter);

/*
 * Join @queue without a thread: from now on notify() is called for each wake-up. @flags: enum
 * waiter_flag. Any context; the queue outlives the waiter. When wait_detach() returns, notify() is
 * not running and will not run again.
 */
void wait_attach(struct wait_queue *queue, struct waiter *waiter, unsigned flags,
                 bool (*notify)(struct waiter *waiter, u64 key, struct wait_after **after));
void wait_detach(struct waiter *waiter);

/* Wake waiters. Any context. Return how many woke. wait_wake_events() is wait_wake_one() that tells
 * notify() which poll bits have become true. */
unsigned wait_wake_all(struct wait_queue *queue);
unsigned wait_wake_one(struct wait_queue *queue);
unsigned wait_wake_events(struct wait_queue *queue, u64 events);
unsigned wait_wake_matching(struct wait_queue *queue, u64 key,
                            unsigned most); // those with (waiter.key & key) != 0, or key 0
bool wait_queue_active(
    const struct wait_queue *queue); // unlocked hint, with a full barrier before the test

/* Wait for one condition without ceremony: evaluates @condition_ again after each wake-up. */
#define WAIT_FOR(queue_, condition_, deadline_, mode_, what_) \
    __extension__({                                           \
        helix_status wait_st_ = HELIX_OK;                     \
        if (!(condition_)) {                                  \
            struct waiter wait_w_;                            \
            wait_begin((queue_), &wait_w_, (what_));          \
            while (!(condition_)) {                           \
                wait_st_ = wait_sleep((deadline_), (mode_));  \
                if (wait_st_ != HELIX_OK)                     \
                    break;                                    \
            }                                                 \
            wait_end(&wait_w_);                               \
        }                                                     \
        wait_st_;                                             \
    })

/* Sleep for a time or until interrupted. */
helix_status sleep_until(nanos deadline, enum wait_mode mode);
