/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * helix.allocator.frame: physical page frames in runs of 2^order. The kernel keeps a descriptor per
 * frame and per-CPU caches of single frames; the module is asked only for refills, drains and
 * larger runs. Called with the kernel's frame lock held, interrupts off.
 *
 * Which frames are free is known twice: to the module, and to the kernel's descriptors. So nothing
 * is carried from one module to the next: the new one is configured and gets every free run again
 * through add_free(). Free frames hold nothing the module may rely on.
 */
#define HELIX_FRAME_ALLOCATOR         "helix.allocator.frame"
#define HELIX_FRAME_ALLOCATOR_VERSION 1u
#define FRAME_ORDER_MAX               11u

enum frame_zone {
    FRAME_ZONE_DMA,   // below FRAME_ZONE_DMA_END
    FRAME_ZONE_DMA32, // below FRAME_ZONE_DMA32_END
    FRAME_ZONE_NORMAL,
    FRAME_ZONE_HIGH,   // not in the direct map: empty on 64-bit machines
    FRAME_ZONE_DEVICE, // device memory, never handed out by alloc
    FRAME_ZONE_COUNT,
};

/* First physical address past a zone: multiples of the largest run, so no run lies in two zones. */
#define FRAME_ZONE_DMA_END   0x1000000ull
#define FRAME_ZONE_DMA32_END 0x100000000ull

struct frame_zone_counts {
    u64 total; // ever given by add_free()
    u64 free;
    u64 free_runs[FRAME_ORDER_MAX + 1];
};

struct frame_allocator_ops {
    struct helix_ops_header header;

    /* Bytes of state the module needs beyond self_size for @frames frames from @first on. */
    size_t (*state_size)(paddr first, u64 frames);

    /* Begin, or begin anew, with nothing free. @state: @bytes from state_size(), page-aligned,
     * contents undefined. */
    helix_status (*configure)(void *self, void *state, size_t bytes, paddr first, u64 frames);

    /* A run of free frames inside one zone, given to the module. */
    void (*add_free)(void *self, paddr first, u64 frames);

    /* 2^order frames, aligned to their size, from @zone or, failing that, a lower one. */
    helix_status (*alloc)(void *self, enum frame_zone zone, unsigned order, paddr *frame_out);
    void (*free)(void *self, paddr frame, unsigned order);

    /* The same for up to @want single frames at once; returns how many. */
    unsigned (*alloc_many)(void *self, enum frame_zone zone, paddr *frames, unsigned want);
    void (*free_many)(void *self, const paddr *frames, unsigned count);

    void (*counts)(const void *self, enum frame_zone zone, struct frame_zone_counts *counts_out);
};
