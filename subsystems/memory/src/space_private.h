/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/mmu.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/rbtree.h>
#include <helix/memory/frame.h>
#include <helix/memory/sleep_lock.h>
#include <helix/memory/space.h>

/* Private to this component: no name of it is visible outside. */
#pragma GCC visibility push(hidden)

/*
 * Two locks. space->lock, sleeping: the tree of areas, limits and the break; read to fault, written
 * to change. space->table_lock, spinning, inside it: page tables and the counts of resident pages.
 * A frame that leaves the tables is freed only after hal_tlb_flush(), and that without table_lock.
 */
struct vm_area {
    struct rb_node node;
    uintptr_t start, end;
    unsigned flags; // enum vm_flag
    unsigned prot;  // enum hal_prot of a page with all the area's rights
    struct vm_object *object;
    u64 offset;   // bytes in the object at start
    u64 file_end; // bytes in the object from where on memory is zero; FILE_END_NONE: not limited
    const char *name;
    struct vm_space *space;
    struct list object_link; // under object->lock
    u64 truncate_mark;       // the last truncation that saw it
    bool private_pages;      // may hold pages that are nowhere else: fork copies them
};

#define FILE_END_NONE UINT64_MAX

struct vm_space {
    struct object object;
    struct hal_space hal;
    struct refcount references;
    bool watched; // set once; atomic
    struct sleep_lock lock;
    struct spinlock table_lock; // LOCK_RANK_SPACE

    /* Under lock. */
    struct rb_tree areas;
    struct vm_area *last; // found last, a hint; atomic
    u64 area_count;
    uintptr_t mmap_top;
    uintptr_t brk_base, brk_end;
    struct vm_limits limits;
    u64 mapped_pages, data_pages, locked_pages;
    unsigned lock_future; // VM_LOCKED and VM_LOCK_ON_TOUCH of new areas

    /* Under table_lock. */
    u64 anon_pages, file_pages, peak_pages;
};

extern const struct object_type vm_space_type;
extern const struct object_type vm_shared_type;

/* One frame of zeros, mapped read-only wherever anonymous memory is read before it is written.
 * Holds no reference per mapping. */
extern paddr vm_zero_frame;

static inline bool is_zero_frame(paddr frame)
{
    return frame.raw == vm_zero_frame.raw;
}

/* ---- area.c; space->lock is held, for writing where something changes ---- */

struct vm_area *area_of(struct rb_node *node);

/* The first area that ends above @at; NULL: none. */
struct vm_area *area_at_or_above(struct vm_space *space, uintptr_t at);
struct vm_area *area_next(struct vm_area *area);
struct vm_area *area_previous(struct vm_area *area);

unsigned area_prot(unsigned flags);
void area_set_flags(struct vm_area *area, unsigned flags);
void area_change_flags(struct vm_area *area,
                       unsigned flags); // of one in a tree: what is counted follows

/* A copy of the description, with a reference on the object, for @space; NULL: no memory. */
struct vm_area *area_create(const struct vm_area *like, struct vm_space *space);
void area_destroy(struct vm_area *area);             // not in a tree
void area_break_promise(const struct vm_area *area); // of one whose tree ends with its space
void area_insert(struct vm_space *space, struct vm_area *area);
void area_append(struct vm_space *space, struct vm_area *area,
                 struct vm_area *last); // behind the last one
void area_remove(struct vm_space *space, struct vm_area *area);
void area_resize(struct vm_area *area, uintptr_t start, uintptr_t end); // offset follows

/* Cut @area at @at, inside it; @area keeps the lower part. */
helix_status area_split(struct vm_area *area, uintptr_t at);

/* Make area boundaries at both ends of the range. */
helix_status area_split_range(struct vm_space *space, uintptr_t start, uintptr_t end);

/* Join @area with neighbours that continue it; returns what is left of it. */
struct vm_area *area_join(struct vm_space *space, struct vm_area *area);

/* Private, writable, and not a stack: what RLIMIT_DATA counts. */
static inline bool area_is_data(unsigned flags)
{
    return (flags & (VM_WRITE | VM_SHARED | VM_STACK | VM_GROWS_DOWN)) == VM_WRITE;
}

/* Is nothing mapped there? */
bool area_is_free(struct vm_space *space, uintptr_t start, uintptr_t end);

/* The highest free place for @bytes below the mmap top. */
helix_status area_find_place(struct vm_space *space, u64 bytes, uintptr_t *at_out);

/* Would @pages more break a limit? */
helix_status area_check_locked(const struct vm_space *space, u64 pages);
helix_status area_check_limits(const struct vm_space *space, unsigned flags, u64 pages);

static inline u64 area_pages(const struct vm_area *area)
{
    return (area->end - area->start) / PAGE_SIZE;
}

/* Page number in the object. */
static inline u64 area_index(const struct vm_area *area, uintptr_t at)
{
    return (area->offset + (at - area->start)) / PAGE_SIZE;
}

/* ---- unmap.c ---- */

/* Remove the translations of a range, flush, and give the frames back. space->lock is held. */
void unmap_pages(struct vm_space *space, uintptr_t start, uintptr_t end);

/* The same for a space that no CPU uses any more. */
void unmap_dead(struct vm_space *space, uintptr_t start, uintptr_t end);

/* Remove the areas of a range with their pages, splitting those at its ends. */
helix_status unmap_range(struct vm_space *space, uintptr_t start, uintptr_t end);

/* ---- fault.c ---- */

#define FAULT_FORCE \
    (1u << 16) // beside enum hal_access: a debugger writes to a private page that the program may
               // not

helix_status fault_page(struct vm_space *space, struct vm_area *area, uintptr_t at,
                        unsigned access);

/* Fault in what is not there yet, up to the first page that cannot be had. @access 0: writing where
 * the area is private and allows it. Takes space->lock. */
helix_status fault_range(struct vm_space *space, uintptr_t start, uintptr_t end, unsigned access);

/* ---- commit.c ---- */

#define COMMIT_SMALL 1024u // pages that the sensible policy never refuses

void commit_add(u64 pages); // may be "negative"
bool commit_allows(u64 pages);
bool commit_is_strict(void);

/* ---- space.c ---- */

bool range_is_user(uintptr_t at, u64 bytes);
void space_init(void);

static inline void space_count(struct vm_space *space, i64 anon, i64 file)
{
    space->anon_pages += (u64)anon;
    space->file_pages += (u64)file;
    if (space->anon_pages + space->file_pages > space->peak_pages)
        space->peak_pages = space->anon_pages + space->file_pages;
}

#pragma GCC visibility pop
