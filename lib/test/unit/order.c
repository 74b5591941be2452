/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/order.h>
#include <helix/lib/test.h>

HELIX_TEST(order, follows_needs_then_priority_then_index)
{
    // 0 needs 2; 1 and 3 are free; 3 is more urgent than 1.
    static const u64 needs[] = {1 << 2, 0, 0, 0};
    static const u32 priority[] = {0, 9, 20, 5};
    u8 order[4];
    unsigned cycle;
    REQUIRE(t, lib_order_solve(needs, priority, 4, order, &cycle) == 4);
    EXPECT(t, cycle == 0);
    EXPECT(t, order[0] == 3 && order[1] == 1 && order[2] == 2 && order[3] == 0);
}

HELIX_TEST(order, names_the_circle_and_not_what_hangs_on_it)
{
    // 0 -> 1 -> 2 -> 3 -> 1, and 4 is free.
    static const u64 needs[] = {1 << 1, 1 << 2, 1 << 3, 1 << 1, 0};
    static const u32 priority[5] = {0};
    u8 order[5];
    unsigned cycle;
    REQUIRE(t, lib_order_solve(needs, priority, 5, order, &cycle) == 1);
    EXPECT(t, order[0] == 4 && cycle == 3);
    EXPECT(t, order[1] == 1 && order[2] == 2 && order[3] == 3);
}

HELIX_TEST(order, sees_a_node_that_needs_itself)
{
    static const u64 needs[] = {1};
    static const u32 priority[1] = {0};
    u8 order[1];
    unsigned cycle;
    EXPECT(t, lib_order_solve(needs, priority, 1, order, &cycle) == 0);
    EXPECT(t, cycle == 1 && order[0] == 0);
}
