/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The conformance suite of helix.allocator.frame: every module in the build that provides it must
 * pass. */
#include <stdlib.h>

#include <helix/abi/frame_allocator.h>
#include <helix/lib/random.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>

extern const struct helix_module *const __start_helix_modules[];
extern const struct helix_module *const __stop_helix_modules[];

struct subject {
    const struct helix_module *record;
    const struct frame_allocator_ops *ops;
    void *self;
    void *state;
    size_t bytes;
    paddr first;
    u64 frames;
    u8 *taken; // one byte a frame, from first on: 1 in use
};

static bool subject_open(struct subject *s, const struct helix_module *record, paddr first,
                         u64 frames)
{
    *s = (struct subject){.record = record, .first = first, .frames = frames};
    for (unsigned i = 0; record->ops != NULL && record->ops[i] != NULL; i++) {
        if (strcmp(record->ops[i]->interface, HELIX_FRAME_ALLOCATOR) == 0)
            s->ops = (const struct frame_allocator_ops *)(const void *)record->ops[i];
    }
    if (s->ops == NULL)
        return false;
    s->self = calloc(1, record->self_size);
    s->bytes = s->ops->state_size(first, frames);
    s->state = malloc(s->bytes);
    memset(s->state, 0xa5, s->bytes);
    s->taken = calloc(1, frames);
    return s->ops->configure(s->self, s->state, s->bytes, first, frames) == HELIX_OK;
}

static void subject_close(struct subject *s)
{
    free(s->self);
    free(s->state);
    free(s->taken);
}

#define FOR_EACH_SUBJECT(subject, first, frames)                            \
    for (const struct helix_module *const *record_ = __start_helix_modules; \
         record_ < __stop_helix_modules; record_++)                         \
        if (subject_open((subject), *record_, (first), (frames)))

static u64 free_frames(const struct subject *s)
{
    u64 free = 0;
    for (unsigned zone = 0; zone < FRAME_ZONE_COUNT; zone++) {
        struct frame_zone_counts counts;
        s->ops->counts(s->self, (enum frame_zone)zone, &counts);
        free += counts.free;
    }
    return free;
}

/* Mark a run as taken or given back; false when it was that already, or lies outside. */
static bool take(struct subject *s, paddr frame, unsigned order, u8 taken)
{
    u64 at = (frame.raw - s->first.raw) >> PAGE_SHIFT;
    if (frame.raw < s->first.raw || at + (1ull << order) > s->frames)
        return false;
    for (u64 i = at; i < at + (1ull << order); i++) {
        if (s->taken[i] == taken)
            return false;
        s->taken[i] = taken;
    }
    return true;
}

HELIX_TEST(frame_allocators, hand_out_every_frame_once)
{
    struct subject s;
    FOR_EACH_SUBJECT(&s, paddr_of(0x100000), 5000)
    {
        s.ops->add_free(s.self, s.first, s.frames - (5000 - 3840)); // up to the end of the DMA zone
        s.ops->add_free(s.self, paddr_of(FRAME_ZONE_DMA_END), 5000 - 3840);
        EXPECT(t, free_frames(&s) == 5000);
        paddr frames[64];
        u64 got = 0;
        unsigned n;
        while ((n = s.ops->alloc_many(s.self, FRAME_ZONE_NORMAL, frames, 64)) > 0) {
            for (unsigned i = 0; i < n; i++)
                REQUIRE(t, take(&s, frames[i], 0, 1));
            got += n;
        }
        EXPECT(t, got == 5000 && free_frames(&s) == 0);
        EXPECT(t, s.ops->alloc(s.self, FRAME_ZONE_NORMAL, 0, frames) == HELIX_E_NOMEM);
        subject_close(&s);
    }
}

HELIX_TEST(frame_allocators, keep_zones_apart)
{
    struct subject s;
    FOR_EACH_SUBJECT(&s, paddr_of(0), 0x2000)
    {
        s.ops->add_free(s.self, paddr_of(0), 0x1000);
        s.ops->add_free(s.self, paddr_of(FRAME_ZONE_DMA_END), 0x1000);
        paddr frame;
        for (unsigned i = 0; i < 0x1000; i++) {
            REQUIRE(t, s.ops->alloc(s.self, FRAME_ZONE_NORMAL, 0, &frame) == HELIX_OK);
            EXPECT(t, frame.raw >= FRAME_ZONE_DMA_END);
        }
        EXPECT(t, s.ops->alloc(s.self, FRAME_ZONE_NORMAL, 3, &frame) == HELIX_OK);
        EXPECT(t, frame.raw < FRAME_ZONE_DMA_END); // the lower zone helps out
        EXPECT(t, s.ops->alloc(s.self, FRAME_ZONE_DMA, 0, &frame) == HELIX_OK);
        EXPECT(t, frame.raw < FRAME_ZONE_DMA_END);
        struct frame_zone_counts counts;
        s.ops->counts(s.self, FRAME_ZONE_DMA, &counts);
        EXPECT(t, counts.total == 0x1000 && counts.free == 0x1000 - 9);
        subject_close(&s);
    }
}

HELIX_TEST(frame_allocators, align_runs_to_their_size)
{
    struct subject s;
    FOR_EACH_SUBJECT(&s, paddr_of(0x103000), 20000)
    {
        s.ops->add_free(s.self, s.first, (FRAME_ZONE_DMA_END - s.first.raw) >> PAGE_SHIFT);
        s.ops->add_free(s.self, paddr_of(FRAME_ZONE_DMA_END), 12000);
        u64 before = free_frames(&s);
        paddr runs[FRAME_ORDER_MAX + 1];
        for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++) {
            REQUIRE(t, s.ops->alloc(s.self, FRAME_ZONE_NORMAL, order, &runs[order]) == HELIX_OK);
            EXPECT(t, (runs[order].raw >> PAGE_SHIFT) % (1ull << order) == 0);
            EXPECT(t, take(&s, runs[order], order, 1));
        }
        EXPECT(t, free_frames(&s) == before - 4095);
        for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++)
            s.ops->free(s.self, runs[order], order);
        EXPECT(t, free_frames(&s) == before);
        EXPECT(t, s.record->is_healthy == NULL || s.record->is_healthy(s.self));
        subject_close(&s);
    }
}

HELIX_TEST(frame_allocators, refuse_what_is_too_large)
{
    struct subject s;
    FOR_EACH_SUBJECT(&s, paddr_of(0x10000000), 512)
    {
        paddr frame = {1};
        s.ops->add_free(s.self, s.first, 512);
        EXPECT(t, s.ops->alloc(s.self, FRAME_ZONE_NORMAL, FRAME_ORDER_MAX + 1, &frame) != HELIX_OK);
        EXPECT(t, s.ops->alloc(s.self, FRAME_ZONE_NORMAL, 10, &frame) == HELIX_E_NOMEM);
        EXPECT(t, s.ops->alloc(s.self, FRAME_ZONE_DEVICE, 0, &frame) != HELIX_OK);
        EXPECT(t, s.ops->alloc(s.self, FRAME_ZONE_DMA, 0, &frame) == HELIX_E_NOMEM);
        EXPECT(t, frame.raw == 1 && free_frames(&s) == 512);
        subject_close(&s);
    }
}

HELIX_TEST(frame_allocators, begin_anew_when_configured_again)
{
    struct subject s;
    FOR_EACH_SUBJECT(&s, paddr_of(0), 4096)
    {
        paddr frame;
        s.ops->add_free(s.self, paddr_of(0), 4096);
        EXPECT(t, s.ops->alloc(s.self, FRAME_ZONE_NORMAL, 2, &frame) == HELIX_OK);
        EXPECT(t, s.ops->configure(s.self, s.state, s.bytes, s.first, s.frames) == HELIX_OK);
        EXPECT(t, free_frames(&s) == 0);
        s.ops->add_free(s.self, paddr_of(0x10000), 16);
        EXPECT(t, free_frames(&s) == 16);
        subject_close(&s);
    }
}

/* 40,000 random allocations and frees against a model; then everything joins to what it was. */
HELIX_TEST(frame_allocators, agree_with_a_model_under_random_use)
{
    enum {
        HELD = 600,
        FRAMES = 16384,
    };
    struct {
        paddr frame;
        unsigned order;
        bool live;
    } held[HELD] = {0};
    struct subject s;
    FOR_EACH_SUBJECT(&s, paddr_of(FRAME_ZONE_DMA_END), FRAMES)
    {
        struct frame_zone_counts before, after;
        struct prng prng;
        prng_seed(&prng, 42);
        s.ops->add_free(s.self, s.first, FRAMES);
        s.ops->counts(s.self, FRAME_ZONE_DMA32, &before);
        u64 free = FRAMES;
        for (unsigned step = 0; step < 40000; step++) {
            unsigned i = (unsigned)prng_below(&prng, HELD);
            if (held[i].live) {
                REQUIRE(t, take(&s, held[i].frame, held[i].order, 0));
                s.ops->free(s.self, held[i].frame, held[i].order);
                free += 1ull << held[i].order;
                held[i].live = false;
                continue;
            }
            unsigned order =
                (unsigned)prng_below(&prng, 4) == 0 ? (unsigned)prng_below(&prng, 10) : 0;
            if (s.ops->alloc(s.self, FRAME_ZONE_NORMAL, order, &held[i].frame) != HELIX_OK) {
                EXPECT(t, order > 0 || free == 0);
                continue;
            }
            held[i].order = order;
            held[i].live = true;
            free -= 1ull << order;
            REQUIRE(t, take(&s, held[i].frame, order, 1));
            REQUIRE(t, free_frames(&s) == free);
        }
        for (unsigned i = 0; i < HELD; i++) {
            if (held[i].live)
                s.ops->free(s.self, held[i].frame, held[i].order);
            held[i].live = false;
        }
        s.ops->counts(s.self, FRAME_ZONE_DMA32, &after);
        EXPECT(t, memcmp(&before, &after, sizeof(before)) == 0);
        EXPECT(t, s.record->is_healthy == NULL || s.record->is_healthy(s.self));
        subject_close(&s);
    }
}
