/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/mmu.h>

/*
 * Numbers of address spaces, for processors whose translations carry one. hal_space.asid holds the
 * number with a generation above it; 0: none yet. Number 0 is never given to a space.
 */
static inline unsigned asid_number(u64 asid)
{
    return (unsigned)(asid & 0xffff);
}

/*
 * Make sure that @space has a number of the present generation before its tables are loaded on the
 * running CPU. Interrupts off.
 */
void hal_asid_take(struct hal_space *space);

/* The architecture's: bits of a number (at most 16), and the end of all user translations of the
 * running CPU. */
unsigned hal_asid_bits(void);
void hal_asid_drop_all_local(void);
