/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/test.h>
#include <helix/orchestrator/kernel.h>

#include "state.h"

HELIX_TEST(kernel, allows_the_moves_of_the_state_machine_and_no_others)
{
    static const struct {
        enum kernel_state from, to;
    } allowed[] = {
        {KERNEL_BOOT, KERNEL_INITIALIZING},
        {KERNEL_INITIALIZING, KERNEL_RUNNING},
        {KERNEL_RUNNING, KERNEL_SUSPENDED},
        {KERNEL_SUSPENDED, KERNEL_RUNNING},
        {KERNEL_RUNNING, KERNEL_SHUTTING_DOWN},
        {KERNEL_SUSPENDED, KERNEL_SHUTTING_DOWN},
        {KERNEL_BOOT, KERNEL_PANIC},
        {KERNEL_INITIALIZING, KERNEL_PANIC},
        {KERNEL_RUNNING, KERNEL_PANIC},
        {KERNEL_SUSPENDED, KERNEL_PANIC},
        {KERNEL_SHUTTING_DOWN, KERNEL_PANIC},
    };
    unsigned count = 0;
    for (unsigned from = 0; from < KERNEL_STATES; from++) {
        for (unsigned to = 0; to < KERNEL_STATES; to++)
            count += kernel_move_allowed((enum kernel_state)from, (enum kernel_state)to);
    }
    EXPECT(t, count == sizeof allowed / sizeof allowed[0]);
    for (unsigned i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        EXPECT(t, kernel_move_allowed(allowed[i].from, allowed[i].to));
}

static unsigned order[4];
static unsigned called;

static void note(enum kernel_state from, enum kernel_state to, void *context)
{
    (void)from;
    (void)to;
    if (called < 4)
        order[called++] = *(unsigned *)context;
}

HELIX_TEST(kernel, calls_back_in_order_and_refuses_an_illegal_move)
{
    static unsigned one = 1;
    static unsigned two = 2;
    static struct lifecycle_callback first = {.name = "first", .moved = note, .context = &one};
    static struct lifecycle_callback second = {.name = "second", .moved = note, .context = &two};
    lifecycle_add(&first);
    lifecycle_add(&second);
    EXPECT(t, kernel_move(KERNEL_BOOT) == HELIX_E_STATE && called == 0);
    EXPECT(t, kernel_resume() == HELIX_E_STATE && called == 0);
    REQUIRE(t, kernel_suspend() == HELIX_OK);
    EXPECT(t, called == 2 && order[0] == 1 && order[1] == 2);
    REQUIRE(t, kernel_resume() == HELIX_OK);
    EXPECT(t, kernel_state() == KERNEL_RUNNING && called == 4);
}
