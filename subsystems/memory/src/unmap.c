/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "space_private.h"

/* Frames that left the tables and wait for the flush. */
#define GATHER 128u

struct gather {
    size_t count;
    bool removed;         // anything, the zero frame too
    uintptr_t stopped_at; // full: the first address not looked at; 0: done
    i64 anon, file;
    paddr frames[GATHER];
};

static enum hal_walk_action gather_leaf(void *context, vaddr at, struct hal_mapping *mapping)
{
    struct gather *gather = context;
    if (unlikely(gather->count == GATHER)) {
        gather->stopped_at = at.raw;
        return HAL_WALK_STOP;
    }
    gather->removed = true;
    if (is_zero_frame(mapping->frame))
        return HAL_WALK_REMOVE;
    if (page_of(mapping->frame)->kind == FRAME_ANON)
        gather->anon++;
    else
        gather->file++;
    gather->frames[gather->count++] = mapping->frame;
    return HAL_WALK_REMOVE;
}

/* Take out up to GATHER leaves; returns where to go on. */
static uintptr_t gather_some(struct vm_space *space, uintptr_t start, uintptr_t end,
                             struct gather *gather)
{
    gather->count = 0;
    gather->removed = false;
    gather->stopped_at = 0;
    gather->anon = 0;
    gather->file = 0;
    spin_lock(&space->table_lock);
    hal_space_walk(&space->hal, vaddr_of(start), vaddr_of(end), gather_leaf, gather);
    space_count(space, -gather->anon, -gather->file);
    spin_unlock(&space->table_lock);
    return gather->stopped_at != 0 ? gather->stopped_at : end;
}

void unmap_pages(struct vm_space *space, uintptr_t start, uintptr_t end)
{
    HELIX_UNINITIALIZED struct gather gather;
    while (start < end) {
        uintptr_t next = gather_some(space, start, end, &gather);
        if (gather.removed)
            hal_tlb_flush(&space->hal, vaddr_of(start), (next - start) / PAGE_SIZE);
        frame_put_many(gather.frames, gather.count);
        start = next;
    }
}

void unmap_dead(struct vm_space *space, uintptr_t start, uintptr_t end)
{
    HELIX_UNINITIALIZED struct gather gather;
    while (start < end) {
        start = gather_some(space, start, end, &gather);
        frame_put_many(gather.frames, gather.count);
    }
}

helix_status unmap_range(struct vm_space *space, uintptr_t start, uintptr_t end)
{
    helix_status st = area_split_range(space, start, end);
    if (st != HELIX_OK)
        return st;
    struct vm_area *area = area_at_or_above(space, start);
    while (area != NULL && area->start < end) {
        struct vm_area *next = area_next(area);
        unmap_pages(space, area->start, area->end);
        area_remove(space, area);
        area_destroy(area);
        area = next;
    }
    return HELIX_OK;
}
