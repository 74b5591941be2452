/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/heap_allocator.h>
#include <helix/gate/gate.h>
#include <helix/hal/spinlock.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>

#pragma GCC visibility push(hidden) // names of memory's own

extern const u32 heap_class_sizes[HEAP_CLASSES];
extern u32 heap_owner; // of the module in charge

/* ---- heap_provider.c: the modules; interrupts off ---- */

/* Count @frames against the profile's limit of the heap, and off again. False: they are too many.
 */
bool heap_limit_take(u64 frames);
void heap_limit_give(u64 frames);

/* Up to @want objects; 0: none, and a refusing gate is told by heap_recover(). */
unsigned heap_module_refill(unsigned size_class, void **objects, unsigned want);

/* Give objects of one class back to the modules they came from. @objects is reordered. */
void heap_module_drain(unsigned size_class, void **objects, unsigned count);

/* After a refill gave nothing: put working modules behind the gates if they lack one. True: try
 * again. The caller may sleep. */
bool heap_recover(void);

/* Frames that the modules gave back. */
size_t heap_module_reclaim(void);

helix_status heap_module_bind(void);

helix_status heap_init(void);

#pragma GCC visibility pop
