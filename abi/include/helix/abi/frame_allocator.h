/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * helix.allocator.frame: physical page frames in runs of 2^order. The kernel keeps a descriptor per frame and per-CPU caches of single
 * frames; the module is asked only for refills, drains and larger runs. Called with the kernel's frame lock held, interrupts off.
 * Free runs carry the module's links in the free frames themselves (through the direct map) or in its state.
 */
#define HELIX_FRAME_ALLOCATOR         "helix.allocator.frame"
#define HELIX_FRAME_ALLOCATOR_VERSION 1u
#define FRAME_ORDER_MAX               11u

enum frame_zone {
    FRAME_ZONE_DMA,    // below 16 MB
    FRAME_ZONE_DMA32,  // below 4 GB
    FRAME_ZONE_NORMAL,
    FRAME_ZONE_HIGH,   // not in the direct map: empty on 64-bit machines
    FRAME_ZONE_DEVICE, // device memory, never handed out by alloc
    FRAME_ZONE_COUNT,
};

struct frame_zone_counts {
    u64 total;
    u64 free;
    u64 free_runs[FRAME_ORDER_MAX + 1];
};

struct frame_allocator_ops {
    struct helix_ops_header header;

    /* Bytes of state the module needs beyond self_size for @frames frames from @first on; the kernel hands them over in configure(). */
    size_t (*state_size)(u64 frames);
    helix_status (*configure)(void *self, void *state, size_t bytes, paddr first, u64 frames);

    /* A run of free frames, given to the module: at boot, and from the kernel's own knowledge after a replacement. */
    void (*add_free)(void *self, enum frame_zone zone, paddr first, u64 frames);

    /* 2^order frames, aligned to their size, from @zone or, failing that, a lower one. */
    helix_status (*alloc)(void *self, enum frame_zone zone, unsigned order, paddr *frame_out);
    void (*free)(void *self, paddr frame, unsigned order);

    void (*counts)(const void *self, enum frame_zone zone, struct frame_zone_counts *counts_out);
};
