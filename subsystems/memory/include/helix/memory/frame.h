/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/frame_allocator.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/lib/list.h>

struct boot_info;

/*
 * Frame descriptors. One per 4 KB of RAM, in one array indexed by frame number. A frame in use has references >= 1; whoever drops the
 * last one frees it. `references` is atomic; the other fields belong to the owner named by `kind`.
 */
enum frame_kind {
    FRAME_FREE,      // the allocator's
    FRAME_RESERVED,  // firmware, image, never freed
    FRAME_KERNEL,    // anonymous kernel use
    FRAME_TABLE,     // page table
    FRAME_HEAP,      // heap allocator; `owner` is its generation
    FRAME_ANON,      // anonymous user memory
    FRAME_CACHE,     // page cache; object and index are set
    FRAME_ARCHIVE,   // initramfs data still in place
};

struct page {
    u32 references;
    u8  kind;     // enum frame_kind
    u8  order;    // of the run this frame heads
    u16 flags;    // enum page_flag
    union {
        struct list link; // owner's use
        struct {
            void *object; // struct vm_object
            u64   index;  // page number inside it
        };
        struct {
            u32 owner;
            u32 heap_class;
            u64 heap_word;
        };
    };
    u32 map_count; // user mappings
    u32 spare;
};

enum page_flag {
    PAGE_DIRTY    = 1u << 0,
    PAGE_UPTODATE = 1u << 1,
    PAGE_PINNED   = 1u << 2, // no backing store: never evicted
    PAGE_LOCKED   = 1u << 3, // read or written now
    PAGE_ACCESSED = 1u << 4,
};

enum frame_flag {
    FRAME_ZEROED    = 1u << 0,
    FRAME_DMA       = 1u << 1, // zone limits
    FRAME_DMA32     = 1u << 2,
    FRAME_NO_RECLAIM = 1u << 3, // do not try to free caches first (atomic context)
};

/* Take over the memory map; bump allocation until the frame allocator module is bound. Boot only. */
helix_status frame_init(const struct boot_info *info);

/* A run of 2^@order frames, references 1, kind FRAME_KERNEL. Any context (interrupt context: FRAME_NO_RECLAIM). */
[[nodiscard]] helix_status frame_alloc(unsigned order, unsigned flags, paddr *frame_out);
void frame_free(paddr frame, unsigned order); // references must be 1

void frame_get(paddr frame);
void frame_put(paddr frame); // the last put frees a single frame
void frame_put_many(const paddr *frames, size_t count);

struct page *page_of(paddr frame);
paddr        page_frame(const struct page *page);

struct memory_counts {
    u64 total, free, reserved, kernel, tables, heap, anon, cache, archive; // frames
};
void memory_counts(struct memory_counts *counts_out);

/* Called when free frames run low; each returns how many frames it freed. Registered by the page cache and the heap. */
void frame_add_reclaimer(size_t (*reclaim)(size_t wanted));

/* Called when reclaim found nothing and a user fault needs a frame: pick and kill a process. Set by userspace. True: try again. */
void frame_set_oom_handler(bool (*handler)(void));
