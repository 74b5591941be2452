/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/cpu.h>
#include <helix/lib/compiler.h>

#include "csr.h"
#include "sbi.h"

/* Low bits of how long a call of the firmware takes; each holds far less than a bit, so many make a
 * byte. */
#define JITTER_SAMPLES 16

static u8 jitter_byte(u64 *state)
{
    for (unsigned i = 0; i < JITTER_SAMPLES; i++) {
        u64 before = csr_read(cycle);
        helix_ignore(hal_sbi_has(SBI_BASE)); // only the time it takes counts
        *state ^= csr_read(cycle) - before;
        *state = (*state << 7 | *state >> 57) * 0x9e3779b97f4a7c15u;
    }
    return (u8)(*state >> 56);
}

/* The loader's rng-seed goes to the pool by struct boot_info. */
const char *hal_entropy(void *buffer, size_t bytes)
{
    u8 *to = buffer;
    u64 state = csr_read(cycle) ^ csr_read(time) << 32;
    for (size_t i = 0; i < bytes; i++)
        to[i] = jitter_byte(&state);
    return "timing jitter";
}
