/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/abi/frame_allocator.h>
#include <helix/lib/bitmap.h>
#include <helix/lib/string.h>

/*
 * One bit a frame, set when it is free; single frames by a rotating search, runs by testing aligned
 * places. Small state and nothing to keep joined, paid for with searches that grow with the memory:
 * the one to compare others with.
 */
#define ZONES 3u // the others are never handed out

struct zone {
    u64 first, end; // frame numbers relative to base
    u64 total;
    u64 free;
    u64 cursor;
};

struct bitmap {
    u64 base; // frame number, on a boundary of the largest run
    u64 frames;
    u64 *map;
    struct zone zones[ZONES];
};

#define RUN_FRAMES (1ull << FRAME_ORDER_MAX)

static u64 span_base(paddr first)
{
    return align_down(first.raw >> PAGE_SHIFT, RUN_FRAMES);
}

static u64 span_frames(paddr first, u64 frames)
{
    return align_up((first.raw >> PAGE_SHIFT) + frames - span_base(first), RUN_FRAMES);
}

static size_t map_state_size(paddr first, u64 frames)
{
    return span_frames(first, frames) / 8;
}

static helix_status map_configure(void *self, void *state, size_t bytes, paddr first, u64 frames)
{
    struct bitmap *b = self;
    if (frames == 0 || bytes < map_state_size(first, frames))
        return HELIX_E_INVAL;
    memset(state, 0, bytes);
    b->map = state;
    b->base = span_base(first);
    b->frames = span_frames(first, frames);

    static const u64 ends[ZONES] = {FRAME_ZONE_DMA_END >> PAGE_SHIFT,
                                    FRAME_ZONE_DMA32_END >> PAGE_SHIFT, UINT64_MAX};
    u64 low = 0;
    for (unsigned z = 0; z < ZONES; z++) {
        u64 end = ends[z] <= b->base ? 0 : min(ends[z] - b->base, b->frames);
        b->zones[z] = (struct zone){.first = low, .end = max(end, low), .cursor = low};
        low = b->zones[z].end;
    }
    return HELIX_OK;
}

static struct zone *zone_of(struct bitmap *b, u64 index)
{
    unsigned z = 0;
    while (z < ZONES - 1 && index >= b->zones[z].end)
        z++;
    return &b->zones[z];
}

static void map_add_free(void *self, paddr first, u64 frames)
{
    struct bitmap *b = self;
    u64 index = (first.raw >> PAGE_SHIFT) - b->base;
    struct zone *zone = zone_of(b, index);
    zone->total += frames;
    zone->free += frames;
    bitmap_set_range(b->map, index, frames);
}

static u64 word_mask(unsigned order)
{
    return order >= 6 ? UINT64_MAX : ((u64)1 << (1u << order)) - 1;
}

/* Are all 2^@order frames from @index free? @index is a multiple of the size. */
static bool run_is_free(const struct bitmap *b, u64 index, unsigned order)
{
    if (order < 6)
        return ((b->map[index / 64] >> (index % 64)) & word_mask(order)) == word_mask(order);
    for (u64 word = index / 64; word < (index + (1ull << order)) / 64; word++) {
        if (b->map[word] != UINT64_MAX)
            return false;
    }
    return true;
}

/* The first free aligned run of 2^@order in [@from, @to), BITMAP_NONE when there is none. */
static u64 run_find(const struct bitmap *b, u64 from, u64 to, unsigned order)
{
    u64 size = 1ull << order;
    u64 at = align_up(from, size);
    while (at + size <= to) {
        at = bitmap_find_set(b->map, to, at);
        if (at == BITMAP_NONE)
            return BITMAP_NONE;
        at = align_up(at, size);
        if (at + size <= to && run_is_free(b, at, order))
            return at;
        at += size;
    }
    return BITMAP_NONE;
}

static u64 run_find_in_zone(const struct bitmap *b, const struct zone *zone, unsigned order)
{
    if (zone->free < 1ull << order)
        return BITMAP_NONE;
    u64 found = run_find(b, zone->cursor, zone->end, order);
    return found != BITMAP_NONE ? found : run_find(b, zone->first, zone->end, order);
}

static helix_status map_alloc(void *self, enum frame_zone wanted, unsigned order, paddr *frame_out)
{
    struct bitmap *b = self;
    if (order > FRAME_ORDER_MAX || (unsigned)wanted >= ZONES)
        return HELIX_E_INVAL;
    for (unsigned z = (unsigned)wanted + 1; z-- > 0;) {
        struct zone *zone = &b->zones[z];
        u64 index = run_find_in_zone(b, zone, order);
        if (index == BITMAP_NONE)
            continue;
        bitmap_clear_range(b->map, index, 1ull << order);
        zone->free -= 1ull << order;
        zone->cursor = index + (1ull << order);
        *frame_out = paddr_of((b->base + index) << PAGE_SHIFT);
        return HELIX_OK;
    }
    return HELIX_E_NOMEM;
}

static void map_free(void *self, paddr frame, unsigned order)
{
    struct bitmap *b = self;
    u64 index = (frame.raw >> PAGE_SHIFT) - b->base;
    zone_of(b, index)->free += 1ull << order;
    bitmap_set_range(b->map, index, 1ull << order);
}

static unsigned map_alloc_many(void *self, enum frame_zone wanted, paddr *frames, unsigned want)
{
    unsigned got = 0;
    while (got < want && map_alloc(self, wanted, 0, &frames[got]) == HELIX_OK)
        got++;
    return got;
}

static void map_free_many(void *self, const paddr *frames, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        map_free(self, frames[i], 0);
}

/* The free runs of a zone as the buddy system would hold them: each as large as its alignment lets
 * it be. */
static void count_runs(const struct bitmap *b, const struct zone *zone, u64 *runs)
{
    u64 at = zone->first;
    while ((at = bitmap_find_set(b->map, zone->end, at)) != BITMAP_NONE) {
        unsigned order = 0;
        while (order < FRAME_ORDER_MAX && is_aligned(at, 2ull << order) &&
               at + (2ull << order) <= zone->end && run_is_free(b, at, order + 1))
            order++;
        runs[order]++;
        at += 1ull << order;
    }
}

static void map_counts(const void *self, enum frame_zone wanted,
                       struct frame_zone_counts *counts_out)
{
    const struct bitmap *b = self;
    *counts_out = (struct frame_zone_counts){0};
    if ((unsigned)wanted >= ZONES)
        return;
    const struct zone *zone = &b->zones[wanted];
    counts_out->total = zone->total;
    counts_out->free = zone->free;
    count_runs(b, zone, counts_out->free_runs);
}

static const struct frame_allocator_ops map_ops = {
    .header = {HELIX_FRAME_ALLOCATOR, HELIX_FRAME_ALLOCATOR_VERSION, sizeof(map_ops)},
    .state_size = map_state_size,
    .configure = map_configure,
    .add_free = map_add_free,
    .alloc = map_alloc,
    .free = map_free,
    .alloc_many = map_alloc_many,
    .free_many = map_free_many,
    .counts = map_counts,
};

static helix_status map_init(void *self, const struct helix_context *context)
{
    (void)self;
    (void)context;
    return HELIX_OK; // configure() does the work, when the kernel knows the memory
}

static helix_status map_start(void *self)
{
    (void)self;
    return HELIX_OK;
}

static void map_stop(void *self)
{
    (void)self; // the state block is the kernel's
}

HELIX_MODULE(bitmap, .version = HELIX_VERSION(1, 0, 0), .description = "Bitmap frame allocator",
             .author = "the Helix authors", .license = "MIT",
             .flags = HELIX_FLAG_ALLOCATOR | HELIX_FLAG_ESSENTIAL | HELIX_FLAG_HOT_RELOADABLE,
             .provides = HELIX_NAMES(HELIX_FRAME_ALLOCATOR), .ops = HELIX_OPS(&map_ops.header),
             .self_size = sizeof(struct bitmap), .state_version = 1, .init = map_init,
             .start = map_start, .stop = map_stop);
