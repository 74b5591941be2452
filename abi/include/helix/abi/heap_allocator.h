/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * helix.allocator.heap: kernel memory of 16 to 2048 bytes in size classes. The kernel keeps per-CPU
 * magazines of each class and serves most calls from them; the module sees refills and drains of
 * many objects at once. All calls but configure() hold that class's lock, interrupts off: a
 * module's state of one class needs no lock of its own, and nothing may be shared between classes.
 *
 * Each frame of the heap carries its owner and class in the kernel's frame descriptor, so frees
 * find the module that the memory came from: a replaced module goes on serving drains until its
 * last object is gone.
 */
#define HELIX_HEAP_ALLOCATOR         "helix.allocator.heap"
#define HELIX_HEAP_ALLOCATOR_VERSION 1u

#define HEAP_CLASSES 16
#define HEAP_LARGEST 2048u

/* Every class of a power of two is aligned to its size, the others to 16. */
#define HEAP_CLASS_SIZES \
    {16, 32, 48, 64, 80, 96, 128, 160, 192, 256, 384, 512, 672, 1024, 1360, 2048}

struct heap_counts {
    u64 frames;  // held
    u64 objects; // handed out
};

/* Frames for a heap module. Any call from inside refill, drain and reclaim, for the class these
 * were called for. */
struct heap_frames {
    helix_status (*alloc)(u32 owner, unsigned size_class,
                          paddr *frame_out); // one frame, its word 0
    void (*free)(paddr frame);
    u64 *(*word)(paddr frame); // the module's own word beside each of its frames
};

struct heap_allocator_ops {
    struct helix_ops_header header;

    /* Once, before any other call. @sizes has HEAP_CLASSES entries. All stay valid. */
    void (*configure)(void *self, const struct heap_frames *frames, u32 owner, const u32 *sizes);

    /* Up to @want objects of class @size_class into @objects; returns how many (0: no frames). */
    unsigned (*refill)(void *self, unsigned size_class, void **objects, unsigned want);
    void (*drain)(void *self, unsigned size_class, void *const *objects, unsigned count);

    void (*counts)(const void *self, unsigned size_class, struct heap_counts *counts_out);
    unsigned (*reclaim)(void *self,
                        unsigned size_class); // give empty frames back; returns frames given
};
