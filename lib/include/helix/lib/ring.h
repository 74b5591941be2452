/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/atomic.h>
#include <helix/lib/compiler.h>
#include <helix/lib/string.h>

/*
 * A ring of bytes for one producer and one consumer, which may run at the same time without a lock.
 * Positions only grow; their difference is what the ring holds.
 */
struct ring {
    u8 *bytes;
    size_t size; // a power of two
    size_t head; // the consumer's
    size_t tail; // the producer's
};

static inline void ring_init(struct ring *ring, void *bytes, size_t size)
{
    *ring = (struct ring){.bytes = bytes, .size = size};
}

static inline size_t ring_count(const struct ring *ring)
{
    return atomic_load_acquire(&ring->tail) - atomic_load_acquire(&ring->head);
}

static inline size_t ring_space(const struct ring *ring)
{
    return ring->size - ring_count(ring);
}

/* Put in up to @n bytes; how many fitted. */
static inline size_t ring_write(struct ring *ring, const void *data, size_t n)
{
    size_t tail = ring->tail;
    size_t space = ring->size - (tail - atomic_load_acquire(&ring->head));
    n = min(n, space);
    size_t at = tail & (ring->size - 1);
    size_t first = min(n, ring->size - at);
    memcpy(ring->bytes + at, data, first);
    memcpy(ring->bytes, (const u8 *)data + first, n - first);
    atomic_store_release(&ring->tail, tail + n);
    return n;
}

/* Copy out up to @n bytes from the front and leave them; how many there were. */
static inline size_t ring_peek(const struct ring *ring, void *to, size_t n)
{
    size_t head = ring->head;
    n = min(n, atomic_load_acquire(&ring->tail) - head);
    size_t at = head & (ring->size - 1);
    size_t first = min(n, ring->size - at);
    memcpy(to, ring->bytes + at, first);
    memcpy((u8 *)to + first, ring->bytes, n - first);
    return n;
}

/* Drop @n bytes, at most ring_count(), from the front. */
static inline void ring_drop(struct ring *ring, size_t n)
{
    atomic_store_release(&ring->head, ring->head + n);
}

static inline size_t ring_read(struct ring *ring, void *to, size_t n)
{
    n = ring_peek(ring, to, n);
    ring_drop(ring, n);
    return n;
}
