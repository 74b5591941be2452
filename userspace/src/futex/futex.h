/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/* Private to the futex calls. User addresses are u64. */
#define FUTEX_BITSET_ANY 0xffffffffu

struct futex_key {
    u64 base, offset;
    paddr frame;
    bool pinned;
};

struct futex_requeue {
    u64 from, to;
    bool shared;
    unsigned wake, move;
    bool compare;
    u32 expected;
};

void futex_start(void);

/* The identity of the word at @at; futex_key_put() it. INVAL: not aligned. FAULT: no such memory.
 */
helix_status futex_key_get(u64 at, bool shared, bool write, struct futex_key *key_out);
void futex_key_put(const struct futex_key *key);

/* The number of woken; -EINVAL: who waits there waits for an owner. */
i64 futex_wake_key(const struct futex_key *key, u32 bitset, unsigned most);

/* OK: woken. AGAIN: the word has another value. TIMEOUT, INTERRUPTED, FAULT, INVAL. */
helix_status futex_wait(u64 at, bool shared, u32 expected, u32 bitset, nanos deadline);
i64 futex_requeue(const struct futex_requeue *request);

/* Futexes with an owner, which inherits its waiters' priority: the word holds its thread's number.
 */
struct futex_own {
    u64 at;
    bool shared, only_try;
    nanos deadline;
};
helix_status futex_own(const struct futex_own *request);
helix_status futex_disown(u64 at, bool shared);

/* Wait at one futex for the value to change, be moved to another one, and own that in the end. */
struct futex_wait_to_own {
    u64 at, target;
    bool shared;
    u32 expected;
    nanos deadline;
};
helix_status futex_wait_to_own(const struct futex_wait_to_own *request);
i64 futex_requeue_to_own(const struct futex_requeue *request);
