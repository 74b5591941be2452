/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/mmu.h>
#include <helix/hal/trap.h>
#include <helix/lib/random.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>
#include <helix/memory/inject.h>

static u64 kernel_frames(void)
{
    struct memory_counts counts;
    memory_counts(&counts);
    return counts.kernel;
}

HELIX_TEST(memory, hands_out_distinct_frames_of_every_order)
{
    paddr held[FRAME_ORDER_MAX + 1][4];
    u64 before = kernel_frames();
    for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++) {
        for (unsigned i = 0; i < 4; i++) {
            if (frame_alloc(order, 0, &held[order][i]) != HELIX_OK)
                held[order][i].raw = 0;
            if (held[order][i].raw == 0)
                continue; // a small machine
            EXPECT(t, is_aligned(held[order][i].raw, PAGE_SIZE << order));
            *(u64 *)phys_to_virt(held[order][i]) = held[order][i].raw;
        }
    }
    for (unsigned order = 0; order <= FRAME_ORDER_MAX; order++) {
        for (unsigned i = 0; i < 4; i++) {
            if (held[order][i].raw == 0)
                continue;
            EXPECT(t, *(u64 *)phys_to_virt(held[order][i]) == held[order][i].raw);
            frame_free(held[order][i], order);
        }
    }
    EXPECT(t, kernel_frames() <= before); // reclaiming may have freed more
}

HELIX_TEST(memory, takes_all_frames_and_gives_them_back)
{
    struct list held = LIST_INIT(held);
    paddr frame;
    u64 taken = 0;
    while (frame_alloc(0, FRAME_NO_RECLAIM, &frame) == HELIX_OK) {
        list_push_back(&held, &page_of(frame)->link);
        taken++;
    }
    struct memory_counts counts;
    memory_counts(&counts);
    EXPECT(t, taken > 1000 && counts.free < 65 * HELIX_MAX_CPUS); // what other CPUs keep
    EXPECT(t, kmalloc(100000) == NULL);
    list_for_each_safe(struct page, page, &held, link)
        frame_put(page_frame(page));
}

HELIX_TEST(memory, keeps_heap_objects_apart)
{
    enum {
        HELD = 200,
    };
    struct {
        u8 *memory;
        size_t bytes;
    } held[HELD] = {0};
    struct prng prng;
    prng_seed(&prng, 3);
    for (unsigned step = 0; step < 5000; step++) {
        unsigned i = (unsigned)prng_below(&prng, HELD);
        if (held[i].memory != NULL) {
            for (size_t b = 0; b < held[i].bytes; b += 11)
                REQUIRE(t, held[i].memory[b] == (u8)i);
            kfree(held[i].memory);
            held[i].memory = NULL;
            continue;
        }
        held[i].bytes = prng_below(&prng, 3000);
        held[i].memory = kmalloc(held[i].bytes);
        REQUIRE(t, held[i].memory != NULL);
        memset(held[i].memory, (int)i, held[i].bytes);
    }
    for (unsigned i = 0; i < HELD; i++)
        kfree(held[i].memory);
}

/* Does a write to @at fault? */
static bool write_faults(volatile u8 *at)
{
    struct hal_landing landing;
    if (hal_landing_set(&landing))
        return true;
    *at = 1;
    hal_landing_clear(&landing);
    return false;
}

HELIX_TEST(memory, surrounds_kernel_memory_with_guards)
{
    u8 *memory;
    REQUIRE(t, kvm_alloc(3 * PAGE_SIZE, KVM_DATA, (void **)&memory) == HELIX_OK);
    EXPECT(t, !write_faults(memory) && !write_faults(memory + 3 * PAGE_SIZE - 1));
    EXPECT(t, write_faults(memory - 1) && write_faults(memory + 3 * PAGE_SIZE));
    EXPECT(t, kvm_is_guard(vaddr_of(memory - 1)) && !kvm_is_guard(vaddr_of(memory)));
    EXPECT(t, kvm_protect(memory, PAGE_SIZE, HAL_PROT_READ) == HELIX_OK);
    EXPECT(t, write_faults(memory) && !write_faults(memory + PAGE_SIZE) && memory[0] == 1);
    kvm_free(memory);
    EXPECT(t, write_faults(memory));
}

HELIX_TEST(memory, survives_every_failing_allocation_of_kernel_memory)
{
    u64 fired;
    u64 n = 0;
    u64 before = kernel_frames();
    do {
        void *memory = NULL, *module = NULL;
        fired = inject_fired();
        inject_fail_nth(++n);
        helix_status first = kvm_alloc(5 * PAGE_SIZE, KVM_DATA, &memory);
        helix_status second = kvm_alloc(2 * PAGE_SIZE, KVM_MODULE, &module);
        void *object = kzalloc(5000);
        inject_fail_nth(0);
        if (first == HELIX_OK)
            kvm_free(memory);
        if (second == HELIX_OK)
            kvm_free(module);
        kfree(object);
    } while (inject_fired() > fired);
    EXPECT(t, n > 8);
    EXPECT(t, kernel_frames() <= before + 2); // the arenas' own tables and objects stay
}
