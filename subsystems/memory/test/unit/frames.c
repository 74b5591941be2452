/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/string.h>
#include <helix/lib/test.h>
#include <helix/memory/inject.h>

#include "machine.h"

HELIX_TEST(frames, start_with_all_usable_memory_accounted_for)
{
    machine_start();
    struct memory_counts c;
    memory_counts(&c);
    EXPECT(t, c.total == 0x9f + 0x1f00 + 5 + 0x1800);
    EXPECT(t, c.archive == 17);
    EXPECT(t, c.free + c.reserved + c.kernel + c.tables + c.heap + c.anon + c.cache + c.archive ==
                  c.total);
    u64 module_free = 0;
    for (unsigned zone = 0; zone < FRAME_ZONE_COUNT; zone++) {
        struct frame_zone_counts counts;
        frame_zone_counts((enum frame_zone)zone, &counts);
        module_free += counts.free;
    }
    EXPECT(t, c.free == module_free + frame_caches[0].count);
    EXPECT(t, frame_is_ram(paddr_of(0x200000)) && !frame_is_ram(paddr_of(36ull << 20)) &&
                  !frame_is_ram(paddr_of(1ull << 40)));
}

HELIX_TEST(frames, never_hand_out_what_is_in_use)
{
    machine_start();
    static paddr held[16384];
    unsigned n = 0;
    u64 before = machine_settled();
    while (n < 16384 && frame_alloc(0, 0, &held[n]) == HELIX_OK) {
        u64 at = held[n].raw;
        REQUIRE(t, at >= 0x100000 + 0x124000);
        REQUIRE(t, at + PAGE_SIZE <= 0x400000 || at >= 0x411000);
        REQUIRE(t, at < (32ull << 20) + 0x5000 || at >= 40ull << 20);
        *(u64 *)phys_to_virt(held[n]) = at;
        n++;
    }
    EXPECT(t, n == before && machine_free() == 0);
    for (unsigned i = 0; i < n; i++) {
        REQUIRE(t, *(u64 *)phys_to_virt(held[i]) == held[i].raw);
        frame_put(held[i]);
    }
    EXPECT(t, machine_free() == before);
}

HELIX_TEST(frames, free_at_the_last_reference)
{
    machine_start();
    paddr frame;
    u64 before = machine_free();
    REQUIRE(t, frame_alloc_as(FRAME_ANON, 0, FRAME_ZEROED, &frame) == HELIX_OK);
    frame_get(frame);
    frame_put(frame);
    EXPECT(t, machine_free() == before - 1 && page_of(frame)->kind == FRAME_ANON);
    EXPECT(t, page_frame(page_of(frame)).raw == frame.raw);
    frame_put_many(&frame, 1);
    EXPECT(t, machine_free() == before && page_of(frame)->kind == FRAME_FREE);
}

HELIX_TEST(frames, count_kinds_as_they_change)
{
    machine_start();
    struct memory_counts before, after;
    paddr frame, low;
    memory_counts(&before);
    REQUIRE(t, frame_alloc(3, 0, &frame) == HELIX_OK);
    REQUIRE(t, frame_alloc(2, FRAME_DMA | FRAME_ZEROED, &low) == HELIX_OK);
    EXPECT(t, low.raw < FRAME_ZONE_DMA_END);
    frame_set_kind(frame, FRAME_CACHE);
    memory_counts(&after);
    EXPECT(t, after.cache == before.cache + 8 && after.kernel == before.kernel + 4 &&
                  after.free == before.free - 12);
    frame_free(frame, 3);
    frame_free(low, 2);
    memory_counts(&after);
    EXPECT(t, memcmp(&before, &after, sizeof(before)) == 0);
}

HELIX_TEST(frames, give_back_what_boot_held)
{
    machine_start();
    struct memory_counts before, after;
    memory_counts(&before);
    frame_give_back(paddr_of(0x400123), 0x3000); // two whole frames inside
    memory_counts(&after);
    EXPECT(t, after.archive == before.archive - 2 && after.free == before.free + 2);
}

HELIX_TEST(frames, fail_on_purpose)
{
    machine_start();
    paddr frame;
    inject_fail_nth(2);
    REQUIRE(t, frame_alloc(0, 0, &frame) == HELIX_OK);
    paddr other = {7};
    EXPECT(t, frame_alloc(0, 0, &other) == HELIX_E_NOMEM && other.raw == 7);
    REQUIRE(t, frame_alloc(0, 0, &other) == HELIX_OK);
    frame_put(frame);
    frame_put(other);
}

static bool swap_frames(const char *name, void *self)
{
    extern const struct helix_module *const __start_helix_modules[];
    extern const struct helix_module *const __stop_helix_modules[];
    for (const struct helix_module *const *at = __start_helix_modules; at < __stop_helix_modules;
         at++) {
        if (strcmp((*at)->name, name) != 0)
            continue;
        const struct gate_provider next = {.ops = (*at)->ops[0], .self = self};
        void *plan;
        if (frame_gate.transfer->prepare(&frame_gate, &next, &plan) != HELIX_OK)
            return false;
        if (gate_close(&frame_gate, 0) != HELIX_OK ||
            frame_gate.transfer->carry(&frame_gate, &next, plan) != HELIX_OK)
            return false;
        gate_commit(&frame_gate, next.ops, next.self, NULL, 0);
        gate_open(&frame_gate);
        frame_gate.transfer->finish(&frame_gate, plan, true);
        return true;
    }
    return false;
}

HELIX_TEST(frames, survive_the_replacement_of_their_allocator)
{
    machine_start();
    static u64 self[2][1024];
    paddr held[100];
    u64 before = machine_free();
    for (unsigned i = 0; i < 100; i++)
        REQUIRE(t, frame_alloc(i % 10 == 0 ? 4 : 0, 0, &held[i]) == HELIX_OK);
    REQUIRE(t, swap_frames("bitmap", self[0]));
    EXPECT(t, machine_free() <= before - 250);
    for (unsigned i = 0; i < 100; i += 2)
        frame_put(held[i]);
    REQUIRE(t, swap_frames("buddy", self[1]));
    for (unsigned i = 1; i < 100; i += 2)
        frame_put(held[i]);
    // The two that were replaced may go, in any order; the one in charge may not.
    const struct gate_provider first = {.self = self[0]};
    const struct gate_provider boot = {.self = memory_boot_provider(0)->self};
    const struct gate_provider now = {.self = self[1]};
    EXPECT(t, frame_gate.transfer->retire(&frame_gate, &first) == HELIX_OK);
    EXPECT(t, frame_gate.transfer->retire(&frame_gate, &boot) == HELIX_OK);
    EXPECT(t, frame_gate.transfer->retire(&frame_gate, &now) == HELIX_E_BUSY);
    struct memory_counts c;
    memory_counts(&c);
    u64 module_free = 0;
    for (unsigned zone = 0; zone < FRAME_ZONE_COUNT; zone++) {
        struct frame_zone_counts counts;
        frame_zone_counts((enum frame_zone)zone, &counts);
        module_free += counts.free;
    }
    EXPECT(t, c.free == module_free + frame_caches[0].count);
}
