/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/atomic.h>
#include <helix/lib/refcount.h>
#include <helix/lib/test.h>

HELIX_TEST(atomic, cas_tells_what_it_found)
{
    u32 value = 5;
    u32 expected = 4;
    EXPECT(t, !atomic_cas_acq_rel(&value, &expected, 6u));
    EXPECT(t, expected == 5 && value == 5);
    EXPECT(t, atomic_cas_acq_rel(&value, &expected, 6u));
    EXPECT(t, atomic_fetch_add_relaxed(&value, 2u) == 6 && value == 8);
}

HELIX_TEST(compiler, aligns_and_bounds)
{
    EXPECT(t, align_up(17, 16) == 32 && align_up(16, 16) == 16 && align_up(0, 16) == 0);
    EXPECT(t, align_down(17, 16) == 16);
    EXPECT(t, log2_floor(1) == 0 && log2_floor(4095) == 11 && log2_ceil(4097) == 13);
    EXPECT(t, log2_ceil(4096) == 12 && log2_ceil(1) == 0);
    EXPECT(t, min(2, 3) == 2 && max(2u, 3u) == 3);
    EXPECT(t, div_round_up(9, 4) == 3 && is_power_of_two(64) && !is_power_of_two(0));
}

HELIX_TEST(refcount, last_put_destroys)
{
    struct refcount ref;
    ref_init(&ref);
    ref_get(&ref);
    EXPECT(t, ref_try_get(&ref));
    EXPECT(t, !ref_put(&ref) && !ref_put(&ref));
    EXPECT(t, ref_put(&ref));
    EXPECT(t, !ref_try_get(&ref));
}
