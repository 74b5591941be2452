/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/cpu.h>

#include <helix/lib/compiler.h>
#include <helix/lib/string.h>

#include "features.h"
#include "machine.h"

#define RDRAND_TRIES 10

/* Low bits of how long a port access takes; each of them holds far less than a bit, so many make a
 * byte. */
#define JITTER_SAMPLES 64
#define UNUSED_PORT    0x80

static bool rdrand(u64 *value_out)
{
    for (unsigned i = 0; i < RDRAND_TRIES; i++) {
        bool ok;
        __asm__ volatile("rdrand %0" : "=r"(*value_out), "=@ccc"(ok));
        if (ok)
            return true;
    }
    return false;
}

static bool fill_from_rdrand(u8 *to, size_t bytes)
{
    while (bytes > 0) {
        u64 value;
        size_t part = min(bytes, sizeof(value));
        if (!rdrand(&value))
            return false;
        memcpy(to, &value, part);
        to += part;
        bytes -= part;
    }
    return true;
}

static u8 jitter_byte(u64 *state)
{
    for (unsigned i = 0; i < JITTER_SAMPLES; i++) {
        u64 before = tsc_read();
        port_write8(UNUSED_PORT, 0);
        *state ^= tsc_read() - before;
        *state = (*state << 7 | *state >> 57) * 0x9e3779b97f4a7c15u;
    }
    return (u8)(*state >> 56);
}

const char *hal_entropy(void *buffer, size_t bytes)
{
    u8 *to = buffer;
    if (hal_features.rdrand && fill_from_rdrand(to, bytes))
        return "rdrand";
    u64 state = tsc_read();
    for (size_t i = 0; i < bytes; i++)
        to[i] = jitter_byte(&state);
    return "timing jitter";
}
