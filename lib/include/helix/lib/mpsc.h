/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/atomic.h>
#include <helix/lib/compiler.h>

/*
 * A bounded ring of words for many producers and one consumer, without locks. Each slot carries a
 * sequence number: equal to the ticket, the slot is free for that producer; one more, it is full
 * for the consumer. A producer that is interrupted between its two steps holds up the consumer,
 * never another producer.
 *
 * Context: push from any, also interrupts; pop from one thread at a time.
 */
struct mpsc_slot {
    u64 sequence;
    u64 value;
};

struct mpsc {
    struct mpsc_slot *slots;
    u64 mask;
    HELIX_ALIGNED(HELIX_CACHE_LINE) u64 tail; // next ticket of the producers
    HELIX_ALIGNED(HELIX_CACHE_LINE) u64 head; // next slot of the consumer
};

/* @n slots, a power of two. */
static inline void mpsc_init(struct mpsc *ring, struct mpsc_slot *slots, u64 n)
{
    for (u64 i = 0; i < n; i++)
        slots[i].sequence = i;
    ring->slots = slots;
    ring->mask = n - 1;
    ring->tail = 0;
    ring->head = 0;
}

/* False: full. What the producer wrote before is visible to the consumer that takes @value. */
[[nodiscard]] static inline bool mpsc_push(struct mpsc *ring, u64 value)
{
    u64 ticket = atomic_load_relaxed(&ring->tail);
    for (;;) {
        struct mpsc_slot *slot = &ring->slots[ticket & ring->mask];
        i64 lag = (i64)(atomic_load_acquire(&slot->sequence) - ticket);
        if (lag < 0)
            return false;
        if (lag > 0) {
            ticket = atomic_load_relaxed(&ring->tail);
            continue;
        }
        if (atomic_cas_relaxed(&ring->tail, &ticket, ticket + 1)) {
            slot->value = value;
            atomic_store_release(&slot->sequence, ticket + 1);
            return true;
        }
    }
}

/* False: empty, or the next producer is still writing. */
[[nodiscard]] static inline bool mpsc_pop(struct mpsc *ring, u64 *value_out)
{
    u64 head = ring->head;
    struct mpsc_slot *slot = &ring->slots[head & ring->mask];
    if (atomic_load_acquire(&slot->sequence) != head + 1)
        return false;
    *value_out = slot->value;
    atomic_store_release(&slot->sequence, head + ring->mask + 1);
    atomic_store_relaxed(&ring->head, head + 1);
    return true;
}

/* A guess while producers run; exact when they do not. */
static inline u64 mpsc_count(const struct mpsc *ring)
{
    return atomic_load_relaxed(&ring->tail) - atomic_load_relaxed(&ring->head);
}
