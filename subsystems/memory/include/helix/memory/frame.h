/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/frame_allocator.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>
#include <helix/lib/list.h>

struct boot_info;

/*
 * Frame descriptors. One per 4 KB of RAM, in one array indexed by frame number. A frame in use has
 * references >= 1; whoever drops the last one frees it. `references` is atomic; the other fields
 * belong to the owner named by `kind`.
 *
 * A mapping of a frame by a user space is one of its references; there is no other count of
 * mappings. Descriptors of frames that were never handed out are not initialised: only the owner of
 * a frame may look at its descriptor, and only frame_is_ram() tells whether an address has one.
 */
enum frame_kind {
    FRAME_FREE,     // the allocator's
    FRAME_RESERVED, // firmware, image, never freed
    FRAME_KERNEL,   // anonymous kernel use
    FRAME_TABLE,    // page table
    FRAME_HEAP,     // heap allocator; `owner` says which
    FRAME_ANON,     // anonymous user memory
    FRAME_CACHE,    // page cache; object and index are set
    FRAME_ARCHIVE,  // initramfs data still in place
    FRAME_KINDS,
};

struct page {
    u32 references;
    u8 kind;   // enum frame_kind; changed with frame_set_kind()
    u8 order;  // of the run this frame heads
    u16 flags; // enum page_flag
    union {
        struct list link; // owner's use
        struct {
            void *object; // struct vm_object
            u64 index;    // page number inside it
        };
        struct {
            u32 owner;
            u32 heap_class;
            u64 heap_word;
        };
    };
    u64 spare; // the owner's
};

enum page_flag {
    PAGE_DIRTY = 1u << 0,
    PAGE_UPTODATE = 1u << 1,
    PAGE_PINNED = 1u << 2, // no backing store: never evicted
    PAGE_LOCKED = 1u << 3, // read or written now
    PAGE_ACCESSED = 1u << 4,
    PAGE_FRESH = 1u << 5, // of a file: made by an allocation that has not ended yet
};

enum frame_flag {
    FRAME_ZEROED = 1u << 0,
    FRAME_DMA = 1u << 1, // zone limits
    FRAME_DMA32 = 1u << 2,
    FRAME_NO_RECLAIM = 1u << 3, // do not try to free caches first
};

/*
 * Take over the memory map and bind the frame allocator that helix.toml names. Boot only, once,
 * interrupts off. Errors: HELIX_E_NOMEM no usable memory; HELIX_E_NODEV the allocator is not linked
 * in.
 */
helix_status frame_init(const struct boot_info *info);

/*
 * A run of 2^@order frames, references 1, kind FRAME_KERNEL. Any context. Caches are asked to give
 * frames back first where the caller may sleep (interrupts on, preemption on) and did not say
 * FRAME_NO_RECLAIM.
 */
[[nodiscard]] helix_status frame_alloc(unsigned order, unsigned flags, paddr *frame_out);
void frame_free(paddr frame, unsigned order); // references must be 1

/* The same with another kind from the start. */
[[nodiscard]] helix_status frame_alloc_as(enum frame_kind kind, unsigned order, unsigned flags,
                                          paddr *frame_out);

/* Change what a run in use is for. The counts by kind follow. */
void frame_set_kind(paddr frame, enum frame_kind kind);

/* Memory that boot code, the image or the archive held and nobody needs any more: whole frames
 * inside [@from, @from + @bytes). */
void frame_give_back(paddr from, u64 bytes);

void frame_put(paddr frame); // the last put frees the run
void frame_put_many(const paddr *frames, size_t count);

extern uintptr_t frame_map_bias; // address that the descriptor of frame 0 has or would have

static inline struct page *page_of(paddr frame)
{
    return (struct page *)(frame_map_bias + (frame.raw >> PAGE_SHIFT) * sizeof(struct page));
}

static inline paddr page_frame(const struct page *page)
{
    return paddr_of(((uintptr_t)page - frame_map_bias) / sizeof(struct page) << PAGE_SHIFT);
}

/* Is there RAM, with a descriptor, at @at? */
bool frame_is_ram(paddr at);

static inline void frame_get(paddr frame)
{
    u32 old = atomic_fetch_add_relaxed(&page_of(frame)->references, 1u);
    helix_debug_assert(old > 0);
    (void)old;
}

struct memory_counts {
    u64 total, free, reserved, kernel, tables, heap, anon, cache, archive; // frames
};
void memory_counts(struct memory_counts *counts_out);
void frame_zone_counts(enum frame_zone zone, struct frame_zone_counts *counts_out);

/*
 * Called when free frames run low; each returns how many frames it freed. Registered by the page
 * cache, the heap and others. Runs in the thread that wants memory, which may hold sleeping locks:
 * a reclaimer only tries locks, and never sleeps for one.
 */
void frame_add_reclaimer(size_t (*reclaim)(size_t wanted));
size_t frame_reclaim(size_t wanted);

/* Called when reclaim found nothing and a user fault needs a frame: pick and kill a process. Set by
 * userspace. True: try again. */
void frame_set_oom_handler(bool (*handler)(void));

/* ---- For the module framework ---- */

struct gate_binding;
struct helix_module;
struct helix_context;

extern struct gate_binding frame_gate; // helix.allocator.frame
extern struct gate_binding heap_gate;  // helix.allocator.heap

/*
 * The two allocators run before the framework does: memory finds their records in the image, calls
 * init and start, and binds them with a NULL module. The framework then makes instances of them, in
 * place: it writes its own functions and handle into *context, which the module holds, and the
 * instance into binding->module and binding->slot. @self lies in the image: it is never freed.
 */
struct memory_boot_provider {
    struct gate_binding *binding;
    const struct helix_module *record;
    void *self;
    struct helix_context *context;
};
#define MEMORY_BOOT_PROVIDERS 2u
const struct memory_boot_provider *memory_boot_provider(unsigned index);
