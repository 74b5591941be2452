/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/boot_info.h>
#include <helix/lib/assert.h>

#include "frame_private.h"
#include "heap_private.h"

/* A fake machine of 64 MB with two holes, an image and an archive; brought up once per test
 * program. */
#define MACHINE_BYTES (64ull << 20)

static inline void machine_start(void)
{
    static struct boot_info info = {
        .memory = {{{0}, 0x9fc00, BOOT_MEMORY_USABLE},
                   {{0xf0000}, 0x10000, BOOT_MEMORY_RESERVED},
                   {{0x100000}, (32ull << 20) - 0x100000 + 0x5000, BOOT_MEMORY_USABLE},
                   {{40ull << 20}, 24ull << 20, BOOT_MEMORY_USABLE}},
        .memory_count = 4,
        .modules = {{{0x400123}, 0x10000}},
        .module_count = 1,
        .kernel_base = {0x100000},
        .kernel_bytes = 0x123456,
    };
    static bool started;
    if (started)
        return;
    started = true;
    hal_host_memory_create(MACHINE_BYTES);
    helix_assert(frame_init(&info) == HELIX_OK);
    helix_assert(heap_init() == HELIX_OK);
}

static inline u64 machine_free(void)
{
    struct memory_counts counts;
    memory_counts(&counts);
    return counts.free;
}
