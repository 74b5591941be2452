/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/string.h>

#include "space_private.h"

/* madvise(2), msync(2), mincore(2), mlock(2): what programs say and ask about ranges of their
 * memory. */
enum advice { // Linux's numbers
    ADVICE_NORMAL = 0,
    ADVICE_RANDOM = 1,
    ADVICE_SEQUENTIAL = 2,
    ADVICE_WILL_NEED = 3,
    ADVICE_DONT_NEED = 4,
    ADVICE_FREE = 8,
    ADVICE_REMOVE = 9,
    ADVICE_DONT_FORK = 10,
    ADVICE_DO_FORK = 11,
    ADVICE_HUGE_PAGE = 14,
    ADVICE_NO_HUGE_PAGE = 15,
    ADVICE_DONT_DUMP = 16,
    ADVICE_DO_DUMP = 17,
    ADVICE_WIPE_ON_FORK = 18,
    ADVICE_KEEP_ON_FORK = 19,
    ADVICE_COLD = 20,
    ADVICE_PAGE_OUT = 21,
    ADVICE_POPULATE_READ = 22,
    ADVICE_POPULATE_WRITE = 23,
};

static helix_status range_check(vaddr at, size_t bytes)
{
    if (!is_aligned(at.raw, PAGE_SIZE))
        return HELIX_E_INVAL;
    return range_is_user(at.raw, bytes) && range_is_user(at.raw, align_up(bytes, PAGE_SIZE))
               ? HELIX_OK
               : HELIX_E_NOMEM;
}

/* Is every page of the range part of an area? */
static bool is_covered(struct vm_space *space, uintptr_t start, uintptr_t end)
{
    struct vm_area *area = area_at_or_above(space, start);
    while (start < end) {
        if (area == NULL || area->start > start)
            return false;
        start = area->end;
        area = area_next(area);
    }
    return true;
}

/* Drop the pages; the next use finds zeros or the object's contents. */
static helix_status dont_need(struct vm_space *space, uintptr_t start, uintptr_t end)
{
    helix_status st = HELIX_OK;
    sleep_lock_read(&space->lock);
    if (!is_covered(space, start, end))
        st = HELIX_E_NOMEM; // as Linux: what is mapped is dropped all the same
    struct vm_area *area = area_at_or_above(space, start);
    while (area != NULL && area->start < end) {
        if (area->flags & VM_LOCKED)
            st = HELIX_E_INVAL;
        else
            unmap_pages(space, max(start, area->start), min(end, area->end));
        area = area_next(area);
    }
    sleep_unlock_read(&space->lock);
    return st;
}

static helix_status change_flags(struct vm_space *space, uintptr_t start, uintptr_t end,
                                 unsigned set, unsigned clear)
{
    sleep_lock_write(&space->lock);
    helix_status st =
        is_covered(space, start, end) ? area_split_range(space, start, end) : HELIX_E_NOMEM;
    struct vm_area *area = st == HELIX_OK ? area_at_or_above(space, start) : NULL;
    while (area != NULL && area->start < end) {
        area_change_flags(area, (area->flags & ~clear) | set);
        area = area_next(area_join(space, area));
    }
    sleep_unlock_write(&space->lock);
    return st;
}

static helix_status wipe_on_fork(struct vm_space *space, uintptr_t start, uintptr_t end)
{
    bool fits = true;
    sleep_lock_read(&space->lock);
    struct vm_area *area = area_at_or_above(space, start);
    for (; area != NULL && area->start < end; area = area_next(area))
        fits &= area->object == NULL;
    sleep_unlock_read(&space->lock);
    return fits ? change_flags(space, start, end, VM_WIPE_FORK, 0) : HELIX_E_INVAL;
}

static helix_status cover_only(struct vm_space *space, uintptr_t start, uintptr_t end)
{
    sleep_lock_read(&space->lock);
    bool covered = is_covered(space, start, end);
    sleep_unlock_read(&space->lock);
    return covered ? HELIX_OK : HELIX_E_NOMEM;
}

helix_status vm_advise(struct vm_space *space, vaddr at, size_t bytes, int advice)
{
    helix_status st = range_check(at, bytes);
    if (st != HELIX_OK)
        return st == HELIX_E_NOMEM ? HELIX_E_INVAL : st;
    uintptr_t start = at.raw;
    uintptr_t end = start + align_up(bytes, PAGE_SIZE);
    if (start == end)
        return HELIX_OK;
    switch (advice) {
    case ADVICE_DONT_NEED:
    case ADVICE_FREE: // allowed to free at any time: now
        return dont_need(space, start, end);
    case ADVICE_DONT_FORK:
        return change_flags(space, start, end, VM_DONT_FORK, 0);
    case ADVICE_DO_FORK:
        return change_flags(space, start, end, 0, VM_DONT_FORK);
    case ADVICE_DONT_DUMP:
        return change_flags(space, start, end, VM_DONT_DUMP, 0);
    case ADVICE_DO_DUMP:
        return change_flags(space, start, end, 0, VM_DONT_DUMP);
    case ADVICE_WIPE_ON_FORK:
        return wipe_on_fork(space, start, end);
    case ADVICE_KEEP_ON_FORK:
        return change_flags(space, start, end, 0, VM_WIPE_FORK);
    case ADVICE_WILL_NEED:
    case ADVICE_POPULATE_READ:
    case ADVICE_POPULATE_WRITE:
        st = cover_only(space, start, end);
        if (st == HELIX_OK)
            fault_range(space, start, end);
        return st;
    case ADVICE_NORMAL:
    case ADVICE_RANDOM:
    case ADVICE_SEQUENTIAL:
    case ADVICE_HUGE_PAGE:
    case ADVICE_NO_HUGE_PAGE:
    case ADVICE_COLD:
    case ADVICE_PAGE_OUT:
        return cover_only(space, start, end);
    case ADVICE_REMOVE:
        return HELIX_E_NOTSUP;
    default:
        return HELIX_E_INVAL;
    }
}

#define SYNC_ASYNC      1
#define SYNC_INVALIDATE 2
#define SYNC_SYNC       4

/* Shared pages are the object's own, and page_dirtied() was told: there is nothing to carry over.
 */
helix_status vm_sync(struct vm_space *space, vaddr at, size_t bytes, int flags)
{
    if ((flags & ~(SYNC_ASYNC | SYNC_INVALIDATE | SYNC_SYNC)) ||
        ((flags & SYNC_ASYNC) && (flags & SYNC_SYNC)))
        return HELIX_E_INVAL;
    helix_status st = range_check(at, bytes);
    if (st != HELIX_OK)
        return st;
    return cover_only(space, at.raw, at.raw + align_up(bytes, PAGE_SIZE));
}

struct incore {
    uintptr_t start;
    u8 *vector;
};

static enum hal_walk_action note_present(void *context, vaddr at, struct hal_mapping *mapping)
{
    struct incore *incore = context;
    (void)mapping;
    incore->vector[(at.raw - incore->start) / PAGE_SIZE] = 1;
    return HAL_WALK_KEEP;
}

/* Pages that the object holds are in memory whether mapped or not. */
static void note_resident(const struct vm_area *area, uintptr_t start, uintptr_t end, u8 *vector)
{
    HELIX_UNINITIALIZED struct page *pages[VM_OBJECT_AROUND];
    if (area->object == NULL || area->object->ops->get_resident == NULL)
        return;
    for (uintptr_t at = start; at < end; at += VM_OBJECT_AROUND * PAGE_SIZE) {
        unsigned count = (unsigned)min((end - at) / PAGE_SIZE, (u64)VM_OBJECT_AROUND);
        area->object->ops->get_resident(area->object, area_index(area, at), count, pages);
        for (unsigned i = 0; i < count; i++) {
            if (pages[i] == NULL)
                continue;
            vector[(at - start) / PAGE_SIZE + i] = 1;
            frame_put(page_frame(pages[i]));
        }
    }
}

helix_status vm_incore(struct vm_space *space, vaddr at, size_t bytes, u8 *vector)
{
    helix_status st = range_check(at, bytes);
    if (st != HELIX_OK)
        return st;
    uintptr_t end = at.raw + align_up(bytes, PAGE_SIZE);
    struct incore incore = {.start = at.raw, .vector = vector};
    memset(vector, 0, (end - at.raw) / PAGE_SIZE);
    sleep_lock_read(&space->lock);
    if (!is_covered(space, at.raw, end))
        st = HELIX_E_NOMEM;
    struct vm_area *area = area_at_or_above(space, at.raw);
    while (st == HELIX_OK && area != NULL && area->start < end) {
        uintptr_t low = max(area->start, at.raw);
        uintptr_t high = min(area->end, end);
        note_resident(area, low, high, vector + (low - at.raw) / PAGE_SIZE);
        area = area_next(area);
    }
    if (st == HELIX_OK) {
        spin_lock(&space->table_lock);
        hal_space_walk(&space->hal, at, vaddr_of(end), note_present, &incore);
        spin_unlock(&space->table_lock);
    }
    sleep_unlock_read(&space->lock);
    return st;
}

static u64 pages_to_lock(struct vm_space *space, uintptr_t start, uintptr_t end)
{
    u64 pages = 0;
    struct vm_area *area = area_at_or_above(space, start);
    for (; area != NULL && area->start < end; area = area_next(area)) {
        if (!(area->flags & VM_LOCKED))
            pages += (min(end, area->end) - max(start, area->start)) / PAGE_SIZE;
    }
    return pages;
}

/* Nothing is ever paged out: locking is the accounting, and having the pages there. */
helix_status vm_lock_range(struct vm_space *space, vaddr at, size_t bytes, bool lock)
{
    uintptr_t start = align_down(at.raw, PAGE_SIZE);
    u64 length = bytes + (at.raw - start);
    helix_status st = length < bytes ? HELIX_E_INVAL : range_check(vaddr_of(start), length);
    if (st != HELIX_OK)
        return st;
    uintptr_t end = start + align_up(length, PAGE_SIZE);
    if (!lock)
        return change_flags(space, start, end, 0, VM_LOCKED);
    sleep_lock_read(&space->lock);
    u64 pages = pages_to_lock(space, start, end);
    if (space->locked_pages + pages > space->limits.locked / PAGE_SIZE)
        st = space->limits.locked < PAGE_SIZE ? HELIX_E_PERM : HELIX_E_NOMEM;
    sleep_unlock_read(&space->lock);
    if (st == HELIX_OK)
        st = change_flags(space, start, end, VM_LOCKED, 0);
    if (st == HELIX_OK)
        fault_range(space, start, end);
    return st;
}
