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

unsigned futex_wake_key(const struct futex_key *key, u32 bitset, unsigned most);

/* OK: woken. AGAIN: the word has another value. TIMEOUT, INTERRUPTED, FAULT, INVAL. */
helix_status futex_wait(u64 at, bool shared, u32 expected, u32 bitset, nanos deadline);
i64 futex_requeue(const struct futex_requeue *request);
