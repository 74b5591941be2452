/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

#define LIB_ORDER_MOST 64

/*
 * Order @count nodes so that each comes after those it needs. @needs[i] is the set of nodes that i
 * needs; among nodes that are ready the one with the lowest @priority, then the lowest index, comes
 * first.
 *
 * Returns how many could be ordered: @count, or fewer when some need each other in a circle; then
 * @order_out[result...] holds the circle in order, each needing the next and the last the first,
 * and *cycle_out its length.
 */
unsigned lib_order_solve(const u64 *needs, const u32 *priority, unsigned count, u8 *order_out,
                         unsigned *cycle_out);
