/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/trap.h>

#include "space_private.h"

/* mremap(2): shrink, grow in place, or move with the pages. */
#define BATCH 64u

struct batch {
    unsigned count;
    uintptr_t next; // first address not looked at; 0: the walk is done
    struct {
        uintptr_t at;
        paddr frame;
        unsigned prot;
    } leaves[BATCH];
};

static enum hal_walk_action take_leaf(void *context, vaddr at, struct hal_mapping *mapping)
{
    struct batch *batch = context;
    if (batch->count == BATCH) {
        batch->next = at.raw;
        return HAL_WALK_STOP;
    }
    batch->leaves[batch->count].at = at.raw;
    batch->leaves[batch->count].frame = mapping->frame;
    batch->leaves[batch->count].prot = mapping->prot;
    batch->count++;
    return HAL_WALK_REMOVE;
}

/* Map the leaves of @batch @shift bytes further on; returns how many went. */
static unsigned put_leaves(struct vm_space *space, const struct batch *batch, uintptr_t shift)
{
    unsigned n = 0;
    while (n < batch->count &&
           hal_space_map(&space->hal, vaddr_of(batch->leaves[n].at + shift), batch->leaves[n].frame,
                         PAGE_SIZE, batch->leaves[n].prot) == HELIX_OK)
        n++;
    return n;
}

/* Put back what was taken and could not be moved: its tables are still there. */
static void restore_leaves(struct vm_space *space, const struct batch *batch, unsigned from)
{
    for (unsigned i = from; i < batch->count; i++)
        helix_ignore(hal_space_map(&space->hal, vaddr_of(batch->leaves[i].at),
                                   batch->leaves[i].frame, PAGE_SIZE, batch->leaves[i].prot));
}

/* Move the leaves of [@from, @from + @bytes) to @to. On NOMEM what was moved stays moved, up to
 * *done_out bytes. */
static helix_status move_pages(struct vm_space *space, uintptr_t from, u64 bytes, uintptr_t to,
                               u64 *done_out)
{
    HELIX_UNINITIALIZED struct batch batch;
    uintptr_t at = from;
    do {
        batch.count = 0;
        batch.next = 0;
        spin_lock(&space->table_lock);
        hal_space_walk(&space->hal, vaddr_of(at), vaddr_of(from + bytes), take_leaf, &batch);
        unsigned moved = put_leaves(space, &batch, to - from);
        restore_leaves(space, &batch, moved);
        spin_unlock(&space->table_lock);
        if (moved < batch.count) {
            *done_out = batch.leaves[moved].at - from;
            return HELIX_E_NOMEM;
        }
        at = batch.next;
    } while (at != 0);
    *done_out = bytes;
    return HELIX_OK;
}

enum area_fate {
    AREA_GOES,
    AREA_STAYS,
};

/* @area becomes @new_bytes long at @to, where nothing is; with @keep it stays, too, empty. */
static helix_status move_area(struct vm_space *space, struct vm_area *area, u64 new_bytes,
                              uintptr_t to, enum area_fate fate)
{
    u64 old_bytes = area->end - area->start;
    u64 done;
    struct vm_area *moved = area_create(area, space);
    if (moved == NULL)
        return HELIX_E_NOMEM;
    moved->start = to;
    moved->end = to + new_bytes;
    helix_status st = move_pages(space, area->start, min(old_bytes, new_bytes), to, &done);
    hal_tlb_flush(&space->hal, vaddr_of(area->start), old_bytes / PAGE_SIZE);
    if (st != HELIX_OK) {
        // Back to where the tables exist already; this cannot run out of memory.
        helix_ignore(move_pages(space, to, done, area->start, &done));
        area_destroy(moved);
        return st;
    }
    if (fate == AREA_GOES) {
        unmap_pages(space, area->start, area->end);
        area_remove(space, area);
        area_destroy(area);
    }
    area_insert(space, moved);
    area_join(space, moved);
    return HELIX_OK;
}

/* A second mapping of the shared object: mremap() of nothing. */
static helix_status map_again(struct vm_space *space, struct vm_area *area, uintptr_t from,
                              u64 bytes, uintptr_t to)
{
    struct vm_area *again = area_create(area, space);
    if (again == NULL)
        return HELIX_E_NOMEM;
    again->offset = area->offset + (from - area->start);
    again->start = to;
    again->end = to + bytes;
    area_insert(space, again);
    area_join(space, again);
    return HELIX_OK;
}

struct remap {
    uintptr_t at;
    u64 old_bytes, new_bytes;
    unsigned how;
    uintptr_t new_at;
};

static bool overlap(const struct remap *r)
{
    return r->new_at < r->at + r->old_bytes && r->at < r->new_at + r->new_bytes;
}

static helix_status grow_in_place(struct vm_space *space, struct vm_area *area,
                                  const struct remap *r)
{
    uintptr_t end = r->at + r->new_bytes;
    if (area->end != r->at + r->old_bytes || !range_is_user(r->at, r->new_bytes) ||
        !area_is_free(space, area->end, end))
        return HELIX_E_NOMEM;
    area_resize(area, area->start, end);
    area_join(space, area);
    return HELIX_OK;
}

static helix_status remap_locked(struct vm_space *space, struct remap *r)
{
    struct vm_area *area = area_at_or_above(space, r->at);
    if (area == NULL || area->start > r->at || area->end < r->at + r->old_bytes)
        return HELIX_E_FAULT;
    const bool again = r->old_bytes == 0;
    if (again && !(area->flags & VM_SHARED))
        return HELIX_E_INVAL;
    if ((r->how & VM_REMAP_KEEP) && (area->object != NULL || r->old_bytes != r->new_bytes))
        return HELIX_E_INVAL;
    if (space->area_count + 2 > vm_areas_most())
        return HELIX_E_NOMEM;
    if (r->how & VM_REMAP_FIXED) {
        helix_status st = overlap(r) || r->new_at < HAL_USER_MIN
                              ? HELIX_E_INVAL
                              : unmap_range(space, r->new_at, r->new_at + r->new_bytes);
        if (st != HELIX_OK)
            return st;
    }
    if (r->new_bytes < r->old_bytes) {
        helix_status st = unmap_range(space, r->at + r->new_bytes, r->at + r->old_bytes);
        if (st != HELIX_OK)
            return st;
        r->old_bytes = r->new_bytes;
    }
    area = area_at_or_above(space, r->at);
    const u64 more = r->how & VM_REMAP_KEEP ? r->new_bytes : r->new_bytes - r->old_bytes;
    if (more > 0) {
        helix_status st = area_check_limits(space, area->flags, more / PAGE_SIZE);
        if (st != HELIX_OK)
            return st;
    }
    if (!(r->how & VM_REMAP_FIXED)) {
        const bool stays = r->new_bytes == r->old_bytes && !(r->how & VM_REMAP_KEEP);
        if (stays || (!again && grow_in_place(space, area, r) == HELIX_OK)) {
            r->new_at = r->at;
            return HELIX_OK;
        }
        if (!(r->how & VM_REMAP_MAY_MOVE))
            return HELIX_E_NOMEM;
        helix_status st = area_find_place(space, r->new_bytes, &r->new_at);
        if (st != HELIX_OK)
            return st;
    }
    if (again)
        return map_again(space, area, r->at, r->new_bytes, r->new_at);
    helix_status st = area_split_range(space, r->at, r->at + r->old_bytes);
    if (st != HELIX_OK)
        return st;
    return move_area(space, area_at_or_above(space, r->at), r->new_bytes, r->new_at,
                     r->how & VM_REMAP_KEEP ? AREA_STAYS : AREA_GOES);
}

helix_status vm_remap(struct vm_space *space, vaddr at, size_t old_bytes, size_t new_bytes,
                      unsigned how, vaddr new_at, vaddr *at_out)
{
    struct remap r = {
        .at = at.raw,
        .old_bytes = align_up(old_bytes, PAGE_SIZE),
        .new_bytes = align_up(new_bytes, PAGE_SIZE),
        .how = how,
        .new_at = new_at.raw,
    };
    if (!is_aligned(r.at, PAGE_SIZE) || r.new_bytes == 0 || !range_is_user(r.at, r.old_bytes) ||
        !range_is_user(0, r.new_bytes))
        return HELIX_E_INVAL;
    if ((how & VM_REMAP_FIXED) && (!(how & VM_REMAP_MAY_MOVE) || !is_aligned(r.new_at, PAGE_SIZE) ||
                                   !range_is_user(r.new_at, r.new_bytes)))
        return HELIX_E_INVAL;
    sleep_lock_write(&space->lock);
    helix_status st = remap_locked(space, &r);
    sleep_unlock_write(&space->lock);
    if (st == HELIX_OK)
        *at_out = vaddr_of(r.new_at);
    return st;
}
