/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/abi/frame_allocator.h>
#include <helix/lib/string.h>

#include "free_set.h"

/*
 * The buddy system. A free run of 2^k frames is a member of the set of order k, under its number
 * among the runs of that order; two runs that differ in the lowest bit are buddies and never both
 * free. The lowest run of the smallest fitting order is taken, which keeps high memory in large
 * runs.
 */
#define ORDERS     (FRAME_ORDER_MAX + 1)
#define RUN_FRAMES (1ull << FRAME_ORDER_MAX)
#define ZONES      3u // the others are never handed out

struct zone {
    u64 first, end; // frame numbers relative to base
    u64 total;
    u64 free;
    u64 runs[ORDERS];
    u32 orders; // bit k: runs[k] > 0
};

struct buddy {
    u64 base; // frame number, on a boundary of the largest run
    u64 frames;
    struct free_set sets[ORDERS];
    struct zone zones[ZONES];
};

static const struct {
    u64 first, end;
} zone_bounds[ZONES] = {
    {0, FRAME_ZONE_DMA_END >> PAGE_SHIFT},
    {FRAME_ZONE_DMA_END >> PAGE_SHIFT, FRAME_ZONE_DMA32_END >> PAGE_SHIFT},
    {FRAME_ZONE_DMA32_END >> PAGE_SHIFT, UINT64_MAX},
};

static u64 span_base(paddr first)
{
    return align_down(first.raw >> PAGE_SHIFT, RUN_FRAMES);
}

/* Frames from @base on, rounded to whole largest runs, so that every buddy has a bit. */
static u64 span_frames(paddr first, u64 frames)
{
    return align_up((first.raw >> PAGE_SHIFT) + frames - span_base(first), RUN_FRAMES);
}

static size_t buddy_state_size(paddr first, u64 frames)
{
    u64 span = span_frames(first, frames);
    u64 words = 0;
    for (unsigned order = 0; order < ORDERS; order++)
        words += free_set_words(span >> order);
    return words * sizeof(u64);
}

static void zone_set_bounds(struct buddy *b, unsigned z)
{
    u64 end = b->base + b->frames;
    u64 low = max(zone_bounds[z].first, b->base);
    u64 high = min(zone_bounds[z].end, end);
    b->zones[z] = (struct zone){.first = low - b->base, .end = high > low ? high - b->base : 0};
}

static helix_status buddy_configure(void *self, void *state, size_t bytes, paddr first, u64 frames)
{
    struct buddy *b = self;
    if (frames == 0 || bytes < buddy_state_size(first, frames))
        return HELIX_E_INVAL;
    memset(state, 0, bytes);
    b->base = span_base(first);
    b->frames = span_frames(first, frames);
    u64 *memory = state;
    for (unsigned order = 0; order < ORDERS; order++)
        memory = free_set_init(&b->sets[order], b->frames >> order, memory);
    for (unsigned z = 0; z < ZONES; z++)
        zone_set_bounds(b, z);
    return HELIX_OK;
}

static struct zone *zone_of(struct buddy *b, u64 index)
{
    if (index < b->zones[FRAME_ZONE_DMA].end)
        return &b->zones[FRAME_ZONE_DMA];
    if (index < b->zones[FRAME_ZONE_DMA32].end)
        return &b->zones[FRAME_ZONE_DMA32];
    return &b->zones[FRAME_ZONE_NORMAL];
}

static void run_add(struct buddy *b, struct zone *zone, unsigned order, u64 run)
{
    free_set_add(&b->sets[order], run);
    zone->runs[order]++;
    zone->orders |= 1u << order;
}

static void run_remove(struct buddy *b, struct zone *zone, unsigned order, u64 run)
{
    free_set_remove(&b->sets[order], run);
    if (--zone->runs[order] == 0)
        zone->orders &= ~(1u << order);
}

/* Free one run and join it with its buddy as far as that goes. The zone's count of free frames is
 * the caller's. */
static void run_join(struct buddy *b, struct zone *zone, u64 index, unsigned order)
{
    u64 run = index >> order;
    while (order < FRAME_ORDER_MAX && free_set_has(&b->sets[order], run ^ 1)) {
        run_remove(b, zone, order, run ^ 1);
        run >>= 1;
        order++;
    }
    run_add(b, zone, order, run);
}

/* Free [@index, @end) in the largest aligned runs. */
static void range_join(struct buddy *b, struct zone *zone, u64 index, u64 end)
{
    while (index < end) {
        unsigned order = log2_floor(end - index);
        if (index != 0)
            order = min(order, (unsigned)__builtin_ctzll(index));
        order = min(order, FRAME_ORDER_MAX);
        run_join(b, zone, index, order);
        index += 1ull << order;
    }
}

static void buddy_add_free(void *self, paddr first, u64 frames)
{
    struct buddy *b = self;
    u64 index = (first.raw >> PAGE_SHIFT) - b->base;
    struct zone *zone = zone_of(b, index);
    zone->total += frames;
    zone->free += frames;
    range_join(b, zone, index, index + frames);
}

/* The zone to take a run of at least @order from: @wanted or the next lower one that has any; NULL:
 * none. */
static struct zone *zone_with(struct buddy *b, unsigned wanted, unsigned order)
{
    if (wanted >= ZONES)
        return NULL;
    for (unsigned z = wanted + 1; z-- > 0;) {
        if (b->zones[z].orders >> order != 0)
            return &b->zones[z];
    }
    return NULL;
}

/* Take the lowest of the smallest runs of at least @order out; gives its first frame and its order.
 */
static u64 run_take(struct buddy *b, struct zone *zone, unsigned order, unsigned *order_out)
{
    order += (unsigned)__builtin_ctz(zone->orders >> order);
    u64 run = free_set_next(&b->sets[order], zone->first >> order);
    run_remove(b, zone, order, run);
    *order_out = order;
    return run << order;
}

static helix_status buddy_alloc(void *self, enum frame_zone wanted, unsigned order,
                                paddr *frame_out)
{
    struct buddy *b = self;
    if (order > FRAME_ORDER_MAX)
        return HELIX_E_INVAL;
    struct zone *zone = zone_with(b, (unsigned)wanted, order);
    if (zone == NULL)
        return HELIX_E_NOMEM;
    unsigned have;
    u64 index = run_take(b, zone, order, &have);
    while (have > order) {
        have--;
        run_add(b, zone, have, (index >> have) + 1);
    }
    zone->free -= 1ull << order;
    *frame_out = paddr_of((b->base + index) << PAGE_SHIFT);
    return HELIX_OK;
}

static void buddy_free(void *self, paddr frame, unsigned order)
{
    struct buddy *b = self;
    u64 index = (frame.raw >> PAGE_SHIFT) - b->base;
    struct zone *zone = zone_of(b, index);
    zone->free += 1ull << order;
    run_join(b, zone, index, order);
}

static unsigned buddy_alloc_many(void *self, enum frame_zone wanted, paddr *frames, unsigned want)
{
    struct buddy *b = self;
    unsigned got = 0;
    while (got < want) {
        struct zone *zone = zone_with(b, (unsigned)wanted, 0);
        if (zone == NULL)
            break;
        unsigned order;
        u64 index = run_take(b, zone, 0, &order);
        u64 end = index + (1ull << order);
        u64 first = index;
        while (got < want && index < end)
            frames[got++] = paddr_of((b->base + index++) << PAGE_SHIFT);
        zone->free -= index - first;
        range_join(b, zone, index, end);
    }
    return got;
}

static void buddy_free_many(void *self, const paddr *frames, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        buddy_free(self, frames[i], 0);
}

static void buddy_counts(const void *self, enum frame_zone wanted,
                         struct frame_zone_counts *counts_out)
{
    const struct buddy *b = self;
    *counts_out = (struct frame_zone_counts){0};
    if ((unsigned)wanted >= ZONES)
        return;
    const struct zone *zone = &b->zones[wanted];
    counts_out->total = zone->total;
    counts_out->free = zone->free;
    memcpy(counts_out->free_runs, zone->runs, sizeof(zone->runs));
}

static const struct frame_allocator_ops buddy_ops = {
    .header = {HELIX_FRAME_ALLOCATOR, HELIX_FRAME_ALLOCATOR_VERSION, sizeof(buddy_ops)},
    .state_size = buddy_state_size,
    .configure = buddy_configure,
    .add_free = buddy_add_free,
    .alloc = buddy_alloc,
    .free = buddy_free,
    .alloc_many = buddy_alloc_many,
    .free_many = buddy_free_many,
    .counts = buddy_counts,
};

static helix_status buddy_init(void *self, const struct helix_context *context)
{
    (void)self;
    (void)context;
    return HELIX_OK; // configure() does the work, when the kernel knows the memory
}

static helix_status buddy_start(void *self)
{
    (void)self;
    return HELIX_OK;
}

static void buddy_stop(void *self)
{
    (void)self; // the state block is the kernel's
}

/* Asked while other CPUs allocate, so only of what holds at every instruction: sums over counters
 * do not. */
static bool buddy_is_healthy(const void *self)
{
    const struct buddy *b = self;
    for (unsigned z = 0; z < ZONES; z++) {
        u64 free = READ_ONCE(b->zones[z].free);
        if (free > b->zones[z].total || READ_ONCE(b->zones[z].orders) >> ORDERS != 0)
            return false;
    }
    return true;
}

HELIX_MODULE(buddy, .version = HELIX_VERSION(1, 0, 0),
             .description = "Buddy frame allocator, orders 0 to 11", .author = "the Helix authors",
             .license = "MIT",
             .flags = HELIX_FLAG_ALLOCATOR | HELIX_FLAG_ESSENTIAL | HELIX_FLAG_HOT_RELOADABLE,
             .provides = HELIX_NAMES(HELIX_FRAME_ALLOCATOR), .ops = HELIX_OPS(&buddy_ops.header),
             .self_size = sizeof(struct buddy), .state_version = 1, .init = buddy_init,
             .start = buddy_start, .stop = buddy_stop, .is_healthy = buddy_is_healthy);
