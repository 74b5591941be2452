/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/cpu.h>

#include <helix/lib/compiler.h>
#include <helix/lib/string.h>

#include "features.h"
#include "machine.h"

#define RANDOM_TRIES 10

/* Low bits of how long reading a register takes; each of them holds far less than a bit, so many
 * make a byte. */
#define JITTER_SAMPLES 64

static bool random_read(u64 *value_out)
{
    for (unsigned i = 0; i < RANDOM_TRIES; i++) {
        bool failed;
        __asm__ volatile("mrs %0, s3_3_c2_c4_0" : "=r"(*value_out), "=@cceq"(failed) : : "cc");
        if (!failed)
            return true;
    }
    return false;
}

static bool fill_from_random(u8 *to, size_t bytes)
{
    while (bytes > 0) {
        u64 value;
        size_t part = min(bytes, sizeof(value));
        if (!random_read(&value))
            return false;
        memcpy(to, &value, part);
        to += part;
        bytes -= part;
    }
    return true;
}

static u64 count(void)
{
    barrier_instructions();
    return system_read("cntvct_el0");
}

static u8 jitter_byte(u64 *state)
{
    for (unsigned i = 0; i < JITTER_SAMPLES; i++) {
        u64 before = count();
        hal_barrier_io();
        *state ^= count() - before;
        *state = (*state << 7 | *state >> 57) * 0x9e3779b97f4a7c15u;
    }
    return (u8)(*state >> 56);
}

const char *hal_entropy(void *buffer, size_t bytes)
{
    u8 *to = buffer;
    if (hal_features.random && fill_from_random(to, bytes))
        return "rndr";
    u64 state = count();
    for (size_t i = 0; i < bytes; i++)
        to[i] = jitter_byte(&state);
    return "timing jitter";
}
