/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/order.h>

static unsigned first_ready(const u64 *needs, const u32 *priority, unsigned count, u64 done)
{
    unsigned best = count;
    for (unsigned i = 0; i < count; i++) {
        if (done & (1ull << i) || (needs[i] & ~done) != 0)
            continue;
        if (best == count || priority[i] < priority[best])
            best = i;
    }
    return best;
}

/* Every node that is left needs another one that is left, so a walk along needs must come back to
 * itself. */
static unsigned find_cycle(const u64 *needs, unsigned count, u64 done, u8 *cycle_out)
{
    u64 seen = 0;
    unsigned at = 0;
    while (done & (1ull << at))
        at++;
    while ((seen & (1ull << at)) == 0) {
        seen |= 1ull << at;
        at = (unsigned)__builtin_ctzll(needs[at] & ~done);
    }
    unsigned length = 0;
    unsigned start = at;
    do {
        cycle_out[length++] = (u8)at;
        at = (unsigned)__builtin_ctzll(needs[at] & ~done);
    } while (at != start && length < count);
    return length;
}

unsigned lib_order_solve(const u64 *needs, const u32 *priority, unsigned count, u8 *order_out,
                         unsigned *cycle_out)
{
    u64 done = 0;
    *cycle_out = 0;
    for (unsigned n = 0; n < count; n++) {
        unsigned next = first_ready(needs, priority, count, done);
        if (next == count) {
            *cycle_out = find_cycle(needs, count, done, order_out + n);
            return n;
        }
        order_out[n] = (u8)next;
        done |= 1ull << next;
    }
    return count;
}
