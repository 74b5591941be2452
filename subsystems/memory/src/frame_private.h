/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/gate/gate.h>
#include <helix/hal/cpu.h>
#include <helix/hal/mmu.h>
#include <helix/hal/spinlock.h>
#include <helix/memory/frame.h>

#pragma GCC visibility push(hidden) // names of memory's own

/* ---- map.c: the descriptors ---- */

/* [first, end) in frame numbers. */
struct frame_run {
    u64 first, end;
};

struct frame_map {
    u64 first, end;  // frame numbers that have a place in the array of descriptors
    u64 total;       // of usable RAM
    u64 reserve;     // frames that programs' memory and file data leave to the kernel; constant
    u64 module_free; // what the module has, under lock
    struct spinlock
        lock; // LOCK_RANK_FRAME: the module behind frame_gate, and which chunks are ready
};
extern struct frame_map frame_map;

/* Find RAM and make room for descriptors; gives the free runs that remain. */
helix_status frame_map_init(const struct boot_info *info, const struct frame_run **runs_out,
                            unsigned *count_out);

/* Boot only, before the runs go to the module: memory that is never given back. Zeroed; NULL: none
 * left. */
void *frame_map_take(size_t bytes);

/* Make the descriptors of [@first, @first + @frames) usable. frame_map.lock is held. */
void frame_map_prepare(u64 first, u64 frames);

/* Visit the free runs as the descriptors have them, each inside one zone, without frames marked
 * with @mark. All CPUs stand still. */
void frame_map_for_each_free(u64 mark, void (*visit)(void *context, u64 first, u64 frames),
                             void *context);

/* ---- cache.c: what each CPU keeps ---- */

#define FRAME_CACHE_MOST  128u
#define FRAME_CACHE_BATCH 64u

struct frame_cache {
    u32 count;
    u32 frames[FRAME_CACHE_MOST]; // numbers; the hottest last
    i64 kinds[FRAME_KINDS];       // taken less given back on this CPU
} HELIX_ALIGNED(HELIX_CACHE_LINE);
extern struct frame_cache frame_caches[HELIX_MAX_CPUS];

/* Write @mark into the `spare` of the frames that CPUs keep. All CPUs stand still. */
void frame_caches_mark(u64 mark);

/* ---- provider.c: the module ---- */

/* Through the gate, frame_map.lock held. HELIX_E_MODULE_FAULT, HELIX_E_AGAIN: call gate_recover()
 * without the lock, and again. */
helix_status frame_module_alloc(enum frame_zone zone, unsigned order, paddr *frame_out);
helix_status frame_module_alloc_many(paddr *frames, unsigned want, unsigned *got_out);
helix_status frame_module_free(paddr frame, unsigned order);
helix_status frame_module_free_many(const paddr *frames, unsigned count);
helix_status frame_module_bind(const struct frame_run *runs, unsigned count);

/* May the caller sleep? */
static inline bool memory_may_sleep(void)
{
    return hal_irq_enabled() && hal_current()->preempt == 0;
}

#pragma GCC visibility pop
