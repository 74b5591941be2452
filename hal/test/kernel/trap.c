/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/trap.h>

#include <helix/hal/mmu.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/compiler.h>
#include <helix/lib/test.h>

/* An address of the user half that no test maps: without the user-copy functions the kernel must
 * never get at it. */
#define NOWHERE ((volatile u32 *)0x20000)

static u8 data_page[PAGE_SIZE] HELIX_ALIGNED(PAGE_SIZE);

HELIX_TEST(landing, returns_false_first_and_leaves_no_trace)
{
    struct hal_landing landing;
    struct hal_landing *outer = hal_current()->landing;
    if (hal_landing_set(&landing)) {
        EXPECT(t, false);
        return;
    }
    EXPECT(t, hal_current()->landing == &landing);
    hal_landing_clear(&landing);
    EXPECT(t, hal_current()->landing == outer);
}

HELIX_TEST(landing, catches_a_write_through_null)
{
    struct hal_landing landing;
    volatile int arrived = 0;
    if (!hal_landing_set(&landing)) {
        *(volatile int *)8 = 1;
        EXPECT(t, false);
        hal_landing_clear(&landing);
        return;
    }
    arrived++;
    EXPECT(t, arrived == 1);
    EXPECT(t, landing.fault.kind == HAL_FAULT_PAGE && landing.fault.address.raw == 8);
    EXPECT(t, landing.fault.access == HAL_ACCESS_WRITE && landing.fault_pc != 0);
}

HELIX_TEST(landing, puts_interrupts_and_preemption_back)
{
    struct hal_landing landing;
    unsigned preempt = hal_current()->preempt;
    bool irq = hal_irq_enabled();
    if (!hal_landing_set(&landing)) {
        preempt_disable();
        hal_irq_disable();
        (void)*NOWHERE;
    }
    EXPECT(t, hal_current()->preempt == preempt && landing.preempt_at_fault == preempt + 1);
    EXPECT(t, hal_irq_enabled() == irq);
}

HELIX_TEST(landing, lands_at_the_innermost_point_and_then_at_the_outer)
{
    struct hal_landing outer, inner;
    volatile unsigned steps = 0;
    if (hal_landing_set(&outer)) {
        EXPECT(t, steps == 2);
        return;
    }
    if (!hal_landing_set(&inner))
        __builtin_trap();
    EXPECT(t, inner.fault.kind == HAL_FAULT_ILLEGAL);
    EXPECT(t, hal_current()->landing == &outer);
    steps = 2;
    (void)*NOWHERE;
    EXPECT(t, false);
}

HELIX_TEST(landing, can_be_jumped_to)
{
    struct hal_landing landing;
    const struct hal_fault fault = {.kind = HAL_FAULT_GENERAL, .code = 42};
    if (!hal_landing_set(&landing))
        hal_landing_jump(&fault);
    EXPECT(t, landing.fault.kind == HAL_FAULT_GENERAL && landing.fault.code == 42);
}

/* Never ends, as @above is zero. It cannot become a loop: each call has an array whose address
 * escapes. */
HELIX_NOINLINE static unsigned dig(volatile u8 *above)
{
    volatile u8 room[512];
    room[0] = above[0];
    return room[0] != 0 ? 0 : dig(room) + room[0];
}

HELIX_TEST(landing, survives_a_kernel_stack_that_runs_over)
{
    struct hal_landing landing;
    volatile u8 start[1] = {0};
    if (!hal_landing_set(&landing))
        dig(start);
    EXPECT(t, landing.fault.kind == HAL_FAULT_DOUBLE || landing.fault.kind == HAL_FAULT_PAGE);
    EXPECT(t, landing.fault.address.raw < hal_current()->kernel_stack);
}

HELIX_TEST(protection, keeps_text_from_being_written)
{
    struct hal_landing landing;
    if (!hal_landing_set(&landing)) {
        *(volatile u8 *)(uintptr_t)&hal_backtrace = 0xcc;
        EXPECT(t, false);
    }
    EXPECT(t, landing.fault.access == (HAL_ACCESS_WRITE | HAL_ACCESS_PRESENT));
}

HELIX_TEST(protection, keeps_constants_from_being_written)
{
    static const volatile u32 constant = 7;
    struct hal_landing landing;
    if (!hal_landing_set(&landing)) {
        *(volatile u32 *)(uintptr_t)&constant = 8;
        EXPECT(t, false);
    }
    EXPECT(t, constant == 7 && landing.fault.kind == HAL_FAULT_PAGE);
}

HELIX_NO_CFI static HELIX_NOINLINE void jump_to(void *place)
{
    ((void (*)(void))place)();
}

/* Through the image's address and through the direct map's. */
HELIX_TEST(protection, keeps_data_from_being_executed)
{
    void *const places[] = {data_page, phys_to_virt(virt_to_phys(data_page))};
    for (volatile size_t i = 0; i < array_count(places); i++) {
        struct hal_landing landing;
        if (!hal_landing_set(&landing)) {
            jump_to(places[i]);
            EXPECT(t, false);
        }
        EXPECT(t, (landing.fault.access & HAL_ACCESS_EXEC) != 0);
    }
}

HELIX_TEST(backtrace, finds_its_way_out_and_stops)
{
    uintptr_t pcs[64];
    unsigned count = hal_backtrace((uintptr_t)__builtin_frame_address(0), pcs, array_count(pcs));
    EXPECT(t, count >= 2 && count < array_count(pcs));
    EXPECT(t, pcs[0] == (uintptr_t)__builtin_return_address(0));
    EXPECT(t, hal_backtrace(0, pcs, 4) == 0);
    EXPECT(t, hal_backtrace(hal_current()->kernel_top + 64, pcs, 4) == 0);
}
