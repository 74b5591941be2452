/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/mmu.h>

#include <helix/hal/cpu.h>
#include <helix/hal/trap.h>
#include <helix/lib/compiler.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>

#define SIZE_2M (1ul << 21)
#define AT      0x40000000ul
#define RW      (HAL_PROT_USER | HAL_PROT_READ | HAL_PROT_WRITE)

/* Frames that are only named, never touched. */
#define FRAME(n) paddr_of(0x10000000ul + (n) * PAGE_SIZE)

static struct hal_space space, other;

HELIX_TEST(page_table, maps_and_answers)
{
    struct hal_mapping m;
    REQUIRE(t, hal_space_init(&space) == HELIX_OK);
    EXPECT(t, !hal_space_query(&space, vaddr_of(AT), &m));
    EXPECT(t, hal_space_map(&space, vaddr_of(AT), FRAME(1), PAGE_SIZE, RW) == HELIX_OK);
    REQUIRE(t, hal_space_query(&space, vaddr_of(AT + 5), &m));
    EXPECT(t, m.frame.raw == FRAME(1).raw && m.size == PAGE_SIZE && m.prot == RW && !m.dirty);
    EXPECT(t, !hal_space_query(&space, vaddr_of(AT + PAGE_SIZE), &m));
    hal_space_destroy(&space);
}

HELIX_TEST(page_table, keeps_the_frame_of_a_page_nobody_may_use)
{
    struct hal_mapping m;
    REQUIRE(t, hal_space_init(&space) == HELIX_OK);
    EXPECT(t, hal_space_map(&space, vaddr_of(AT), FRAME(1), PAGE_SIZE, HAL_PROT_USER) == HELIX_OK);
    REQUIRE(t, hal_space_query(&space, vaddr_of(AT), &m));
    EXPECT(t, m.frame.raw == FRAME(1).raw && m.prot == HAL_PROT_USER);
    hal_space_destroy(&space);
}

HELIX_TEST(page_table, refuses_what_is_not_aligned)
{
    REQUIRE(t, hal_space_init(&space) == HELIX_OK);
    EXPECT(t, hal_space_map(&space, vaddr_of(AT + 8), FRAME(0), PAGE_SIZE, RW) == HELIX_E_INVAL);
    EXPECT(t, hal_space_map(&space, vaddr_of(AT), FRAME(1), SIZE_2M, RW) == HELIX_E_INVAL);
    EXPECT(t, hal_space_map(&space, vaddr_of(AT), FRAME(0), 3 * PAGE_SIZE, RW) == HELIX_E_INVAL);
    hal_space_destroy(&space);
}

HELIX_TEST(page_table, splits_a_large_page_for_a_small_one)
{
    struct hal_mapping m;
    REQUIRE(t, hal_space_init(&space) == HELIX_OK);
    EXPECT(t, hal_space_map(&space, vaddr_of(AT), FRAME(0), SIZE_2M, RW) == HELIX_OK);
    REQUIRE(t, hal_space_query(&space, vaddr_of(AT + 7 * PAGE_SIZE), &m) && m.size == SIZE_2M);
    EXPECT(t, hal_space_map(&space, vaddr_of(AT + PAGE_SIZE), FRAME(9), PAGE_SIZE, RW) == HELIX_OK);
    REQUIRE(t, hal_space_query(&space, vaddr_of(AT + PAGE_SIZE), &m));
    EXPECT(t, m.frame.raw == FRAME(9).raw);
    REQUIRE(t, hal_space_query(&space, vaddr_of(AT + 511 * PAGE_SIZE), &m));
    EXPECT(t, m.frame.raw == FRAME(511).raw && m.size == PAGE_SIZE && m.prot == RW);
    hal_space_destroy(&space);
}

struct seen {
    unsigned count;
    uintptr_t last;
    enum hal_walk_action answer;
};

static enum hal_walk_action count_leaf(void *context, vaddr at, struct hal_mapping *mapping)
{
    struct seen *seen = context;
    seen->count++;
    seen->last = at.raw;
    mapping->prot &= ~(unsigned)HAL_PROT_WRITE;
    return seen->answer;
}

HELIX_TEST(page_table, walks_what_is_there_in_order)
{
    const uintptr_t places[] = {AT, AT + PAGE_SIZE, AT + SIZE_2M, AT + (1ul << 30),
                                HAL_USER_END - PAGE_SIZE};
    struct seen seen = {.answer = HAL_WALK_SET_PROT};
    struct hal_mapping m;
    REQUIRE(t, hal_space_init(&space) == HELIX_OK);
    for (size_t i = 0; i < array_count(places); i++)
        EXPECT(t, hal_space_map(&space, vaddr_of(places[i]), FRAME(i), PAGE_SIZE, RW) == HELIX_OK);
    hal_space_walk(&space, vaddr_of(AT + PAGE_SIZE), vaddr_of(AT + (1ul << 30)), count_leaf, &seen);
    EXPECT(t, seen.count == 2 && seen.last == AT + SIZE_2M);
    EXPECT(t, hal_space_query(&space, vaddr_of(AT + PAGE_SIZE), &m) && !(m.prot & HAL_PROT_WRITE));
    EXPECT(t, hal_space_query(&space, vaddr_of(AT), &m) && (m.prot & HAL_PROT_WRITE));
    seen = (struct seen){.answer = HAL_WALK_STOP};
    hal_space_walk(&space, vaddr_of(0), vaddr_of(HAL_USER_END), count_leaf, &seen);
    EXPECT(t, seen.count == 1 && seen.last == AT);
    seen = (struct seen){.answer = HAL_WALK_REMOVE};
    hal_space_walk(&space, vaddr_of(0), vaddr_of(HAL_USER_END), count_leaf, &seen);
    EXPECT(t, seen.count == array_count(places) && seen.last == HAL_USER_END - PAGE_SIZE);
    hal_space_walk(&space, vaddr_of(0), vaddr_of(HAL_USER_END), count_leaf, &seen);
    EXPECT(t, seen.count == array_count(places));
    hal_space_destroy(&space);
}

static void count_frames(void *context, const paddr *frames, size_t n)
{
    u64 *sum = context;
    for (size_t i = 0; i < n; i++)
        *sum += frames[i].raw;
}

HELIX_TEST(page_table, copies_with_write_protection_on_both_sides)
{
    u64 sum = 0, want = 0;
    struct hal_mapping m;
    REQUIRE(t, hal_space_init(&space) == HELIX_OK);
    REQUIRE(t, hal_space_init(&other) == HELIX_OK);
    for (unsigned i = 0; i < 70; i++) {
        EXPECT(t, hal_space_map(&space, vaddr_of(AT + i * 3 * PAGE_SIZE), FRAME(i), PAGE_SIZE,
                                RW) == HELIX_OK);
        want += FRAME(i).raw;
    }
    EXPECT(t, hal_space_copy(&other, &space, vaddr_of(AT), vaddr_of(AT + SIZE_2M), true,
                             count_frames, &sum) == HELIX_OK);
    EXPECT(t, sum == want);
    for (unsigned i = 0; i < 70; i++) {
        EXPECT(t, hal_space_query(&other, vaddr_of(AT + i * 3 * PAGE_SIZE), &m) &&
                      m.frame.raw == FRAME(i).raw && !(m.prot & HAL_PROT_WRITE));
        EXPECT(t, hal_space_query(&space, vaddr_of(AT + i * 3 * PAGE_SIZE), &m) &&
                      !(m.prot & HAL_PROT_WRITE));
    }
    hal_space_destroy(&other);
    hal_space_destroy(&space);
}

/* Every CPU answers, also when two of them ask at once; here one asks often. */
HELIX_TEST(tlb, flushes_on_every_cpu)
{
    for (unsigned i = 0; i < 100; i++)
        hal_tlb_flush(NULL, vaddr_of(HAL_KERNEL_ARENA_END - PAGE_SIZE), i % 2 == 0 ? 1 : 1000);
    EXPECT(t, (hal_cpu_online() & 1) != 0);
}
