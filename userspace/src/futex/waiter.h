/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "futex/futex.h"

#include <helix/execution/wait.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/list.h>

/* Private to src/futex: the buckets, and who is in them. */

#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_WAITERS    0x80000000u
#define FUTEX_TID_MASK   0x3fffffffu

struct futex_bucket {
    struct spinlock lock;
    struct list waiters;
} HELIX_ALIGNED(HELIX_CACHE_LINE);

enum futex_wait_kind {
    FUTEX_PLAIN,
    FUTEX_REQUEUES, // on a plain futex, to be moved to one with an owner
    FUTEX_OWNED,    // waits for the owner of a futex with priority inheritance
};

/* On the stack or in the heap of the thread that waits. */
struct futex_waiter {
    struct list link;
    struct futex_bucket *bucket; // where it is queued; changes by requeue, under both locks
    struct futex_key key;
    u32 bitset;
    enum futex_wait_kind kind; // the bucket's lock
    bool woken;                // taken out by who woke it
    bool granted;              // its task owns the futex
    bool died;                 // granted by one who died: it still has to write the word
    struct task *task;
    const struct futex_key *target; // REQUEUES: where it may be moved to
    struct task *owner;             // OWNED, not granted: see inherit.h
    struct list owner_link;
    struct wait_queue *queue; // only this thread sleeps on it
};

static inline bool futex_keys_equal(const struct futex_key *a, const struct futex_key *b)
{
    return a->base == b->base && a->offset == b->offset;
}

struct futex_bucket *futex_bucket_of(const struct futex_key *key);

/* The first waiter under @key, or NULL. The bucket's lock is held. */
struct futex_waiter *futex_first(struct futex_bucket *bucket, const struct futex_key *key);

/* Queue @waiter if the word still has @expected. AGAIN: it has not. FAULT: the page is not there
 * now. */
helix_status futex_enqueue_if(struct futex_waiter *waiter, u64 at, u32 expected);
helix_status futex_fault_in(u64 at);
helix_status futex_fault_in_writable(u64 at);

/* Take it out. True: it had been woken. */
bool futex_dequeue(struct futex_waiter *waiter);

/* The bucket a waiter is in may change until its lock is held: given locked. */
struct futex_bucket *futex_lock_bucket_of(struct futex_waiter *waiter);

/* Under the lock of @bucket: @waiter is found under @key in it from now on. */
void futex_move(struct futex_waiter *waiter, const struct futex_key *key,
                struct futex_bucket *bucket);

void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b);
void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b);

/* Futexes with an owner: pi.c. Under the bucket's lock, @task ends: who is next is told. */
void futex_pass_on(struct task *task);
