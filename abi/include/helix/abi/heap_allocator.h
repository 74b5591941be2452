/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * helix.allocator.heap: kernel memory of 16 to 2048 bytes in size classes. The kernel keeps per-CPU magazines of each class and serves most
 * calls from them; the module sees refills and drains of many objects at once. Frames come from the table "helix.memory".
 * Each frame of a heap carries its owner's generation in the kernel's frame descriptor: frees find the right module while an old one
 * drains. Called with that class's lock held, interrupts off.
 */
#define HELIX_HEAP_ALLOCATOR         "helix.allocator.heap"
#define HELIX_HEAP_ALLOCATOR_VERSION 1u

#define HEAP_CLASSES 16
extern const u32 helix_heap_class_sizes[HEAP_CLASSES]; // 16 ... 2048, defined by the memory subsystem

struct heap_counts {
    u64 frames;  // held
    u64 objects; // handed out
};

struct heap_allocator_ops {
    struct helix_ops_header header;

    /* Up to @want objects of class @size_class into @objects; returns how many (0: no frames). All of one frame where possible. */
    unsigned (*refill)(void *self, unsigned size_class, void **objects, unsigned want);
    void (*drain)(void *self, unsigned size_class, void *const *objects, unsigned count);

    void (*counts)(const void *self, unsigned size_class, struct heap_counts *counts_out);
    unsigned (*reclaim)(void *self); // give empty frames back; returns frames given
};
