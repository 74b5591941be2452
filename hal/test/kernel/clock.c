/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/time.h>

#include <helix/hal/cpu.h>
#include <helix/lib/test.h>

/* 2026-01-01 is the earliest that any emulator is started with. */
#define YEAR_2020 1577836800ull

HELIX_TEST(clock, never_goes_back)
{
    nanos last = hal_clock_now();
    for (unsigned i = 0; i < 10000; i++) {
        nanos now = hal_clock_now();
        EXPECT(t, now >= last);
        last = now;
    }
}

HELIX_TEST(clock, agrees_with_the_cycle_counter)
{
    u64 cycles = hal_cycles();
    nanos start = hal_clock_now();
    while (hal_clock_now() - start < NANOS_PER_MS)
        hal_cpu_relax();
    u64 want = hal_cycles_per_second() / 1000;
    u64 passed = hal_cycles() - cycles;
    EXPECT(t, passed >= want - want / 50);
}

HELIX_TEST(clock, counts_instructions_only_where_they_are_cycles)
{
    u64 first = hal_instructions();
    u64 second = hal_instructions();
    EXPECT(t, (first == 0 && second == 0) || second > first);
}

HELIX_TEST(wall_clock, can_be_read_set_and_set_back)
{
    u64 now = hal_wall_clock_read();
    if (now == 0)
        return;
    EXPECT(t, now > YEAR_2020);
    static const u64 moments[] = {951782399, 951782400, 1709164800, 4102444799};
    for (unsigned i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        helix_status status = hal_wall_clock_write(moments[i]);
        if (status == HELIX_E_RANGE)
            continue; // a clock without centuries
        EXPECT(t, status == HELIX_OK);
        u64 read = hal_wall_clock_read();
        EXPECT(t, read == moments[i] || read == moments[i] + 1);
    }
    EXPECT(t, hal_wall_clock_write(now) == HELIX_OK);
}

HELIX_TEST(entropy, differs_from_call_to_call)
{
    u64 a = 0, b = 0;
    EXPECT(t, hal_entropy(&a, sizeof(a)) != NULL);
    EXPECT(t, hal_entropy(&b, sizeof(b)) != NULL);
    EXPECT(t, a != b && a != 0);
}
