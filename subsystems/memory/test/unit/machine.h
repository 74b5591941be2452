/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/boot_info.h>
#include <helix/hal/trap.h>
#include <helix/lib/assert.h>

#include "frame_private.h"
#include "heap_private.h"
#include "space_private.h"

/* What tests that run on the host and in the kernel need of the machine under them. */
static inline void machine_start(void);  // before anything
static inline u64 machine_settled(void); // frames that no test may keep
static inline void machine_touch(struct vm_space *space, uintptr_t at,
                                 unsigned access); // what a processor notes

#if __STDC_HOSTED__

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
    space_init();
    kfree(kmalloc(1)); // the CPU has its magazines
}

static inline u64 machine_free(void)
{
    struct memory_counts counts;
    memory_counts(&counts);
    return counts.free;
}

static inline u64 machine_settled(void)
{
    frame_reclaim(100000);
    return machine_free();
}

static inline void machine_touch(struct vm_space *space, uintptr_t at, unsigned access)
{
    hal_host_touch(&space->hal, vaddr_of(at), access);
}

#else

static inline void machine_start(void)
{
}

/* The heap and the kernel's own frames move with what other threads do. */
static inline u64 machine_settled(void)
{
    struct memory_counts counts;
    memory_counts(&counts);
    return counts.anon + counts.tables + counts.cache;
}

static inline void machine_touch(struct vm_space *space, uintptr_t at, unsigned access)
{
    (void)space;
    (void)at;
    (void)access;
}

#endif
