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
    ADVICE_MERGEABLE = 12,
    ADVICE_UNMERGEABLE = 13,
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
    ADVICE_DONT_NEED_LOCKED = 24,
    ADVICE_POISON = 100,
    ADVICE_SOFT_OFFLINE = 101,
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

/* Does @advice make sense for @area? */
static helix_status fits(const struct vm_area *area, int advice)
{
    const bool locked = area->flags & VM_LOCKED;
    switch (advice) {
    case ADVICE_FREE:
    case ADVICE_WIPE_ON_FORK:
        return area->object != NULL || (locked && advice == ADVICE_FREE) ? HELIX_E_INVAL : HELIX_OK;
    case ADVICE_DONT_NEED:
    case ADVICE_COLD:
    case ADVICE_PAGE_OUT:
        return locked ? HELIX_E_INVAL : HELIX_OK;
    case ADVICE_REMOVE:
        if (locked || area->object == NULL || area->object->ops->punch == NULL)
            return HELIX_E_INVAL;
        return (area->flags & (VM_SHARED | VM_NEVER_WRITE)) == VM_SHARED ? HELIX_OK
                                                                         : HELIX_E_ACCESS;
    default:
        return HELIX_OK;
    }
}

/* Drop the pages; the next use finds zeros or the object's contents. As on Linux what comes before
 * an area that this does not fit is dropped, and holes are told at the end. */
static helix_status dont_need(struct vm_space *space, uintptr_t start, uintptr_t end, int advice)
{
    sleep_lock_read(&space->lock);
    helix_status st = is_covered(space, start, end) ? HELIX_OK : HELIX_E_NOMEM;
    struct vm_area *area = area_at_or_above(space, start);
    for (; area != NULL && area->start < end; area = area_next(area)) {
        const helix_status fit = fits(area, advice);
        if (fit != HELIX_OK) {
            st = fit;
            break;
        }
        unmap_pages(space, max(start, area->start), min(end, area->end));
    }
    sleep_unlock_read(&space->lock);
    return st;
}

/* The part of @area in the range, as bytes of its object, which gets a reference. */
static struct vm_object *next_part(struct vm_space *space, uintptr_t *at, uintptr_t end,
                                   u64 *offset_out, u64 *bytes_out, helix_status *st)
{
    struct vm_object *object = NULL;
    sleep_lock_read(&space->lock);
    struct vm_area *area = area_at_or_above(space, *at);
    *st = area == NULL || area->start > *at ? HELIX_E_NOMEM : fits(area, ADVICE_REMOVE);
    if (*st == HELIX_OK) {
        object = area->object;
        vm_object_get(object);
        *offset_out = area->offset + (*at - area->start);
        *bytes_out = min(end, area->end) - *at;
        *at += *bytes_out;
    }
    sleep_unlock_read(&space->lock);
    return object;
}

static helix_status remove_contents(struct vm_space *space, uintptr_t start, uintptr_t end)
{
    helix_status st = HELIX_OK;
    u64 offset, bytes;
    for (uintptr_t at = start; at < end && st == HELIX_OK;) {
        struct vm_object *object = next_part(space, &at, end, &offset, &bytes, &st);
        if (object == NULL)
            return st;
        st = object->ops->punch(object, offset, bytes);
        vm_object_put(object);
    }
    return st;
}

/* Fault in for reading or writing; every failure has its own name here. */
static helix_status populate(struct vm_space *space, uintptr_t start, uintptr_t end,
                             unsigned access)
{
    switch (fault_range(space, start, end, access)) {
    case HELIX_OK:
        return HELIX_OK;
    case HELIX_E_ACCESS:
        return HELIX_E_INVAL;
    case HELIX_E_IO:
        return HELIX_E_FAULT;
    case HELIX_E_CORRUPT:
        return HELIX_E_CORRUPT;
    default:
        return HELIX_E_NOMEM;
    }
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

static helix_status cover_only(struct vm_space *space, uintptr_t start, uintptr_t end, int advice)
{
    sleep_lock_read(&space->lock);
    helix_status st = is_covered(space, start, end) ? HELIX_OK : HELIX_E_NOMEM;
    struct vm_area *area = area_at_or_above(space, start);
    for (; area != NULL && area->start < end; area = area_next(area))
        if (fits(area, advice) != HELIX_OK)
            st = HELIX_E_INVAL;
    sleep_unlock_read(&space->lock);
    return st;
}

static helix_status wipe_on_fork(struct vm_space *space, uintptr_t start, uintptr_t end)
{
    const helix_status st = cover_only(space, start, end, ADVICE_WIPE_ON_FORK);
    return st == HELIX_OK ? change_flags(space, start, end, VM_WIPE_FORK, 0) : st;
}

/* As if the memory had failed: what is in the pages is lost. */
static helix_status poison(struct vm_space *space, uintptr_t start, uintptr_t end)
{
    const helix_status st = change_flags(space, start, end, VM_POISONED, 0);
    if (st != HELIX_OK)
        return st;
    sleep_lock_read(&space->lock);
    unmap_pages(space, start, end);
    sleep_unlock_read(&space->lock);
    return HELIX_OK;
}

static helix_status advise(struct vm_space *space, uintptr_t start, uintptr_t end, int advice)
{
    switch (advice) {
    case ADVICE_DONT_NEED:
    case ADVICE_DONT_NEED_LOCKED:
    case ADVICE_FREE: // allowed to free at any time: now
        return dont_need(space, start, end, advice);
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
    case ADVICE_REMOVE:
        return remove_contents(space, start, end);
    case ADVICE_POPULATE_READ:
        return populate(space, start, end, HAL_ACCESS_READ);
    case ADVICE_POPULATE_WRITE:
        return populate(space, start, end, HAL_ACCESS_WRITE);
    case ADVICE_POISON:
        return poison(space, start, end);
    case ADVICE_WILL_NEED:
        helix_ignore(fault_range(space, start, end, 0)); // as far as that goes
        return cover_only(space, start, end, advice);
    default:
        return cover_only(space, start, end, advice);
    }
}

static bool is_advice(int advice)
{
    return (advice >= ADVICE_NORMAL && advice <= ADVICE_DONT_NEED) ||
           (advice >= ADVICE_FREE && advice <= ADVICE_DONT_NEED_LOCKED) ||
           advice == ADVICE_POISON || advice == ADVICE_SOFT_OFFLINE;
}

helix_status vm_advise(struct vm_space *space, vaddr at, size_t bytes, int advice)
{
    const uintptr_t end = at.raw + align_up(bytes, PAGE_SIZE);
    if (!is_advice(advice) || !is_aligned(at.raw, PAGE_SIZE) || end < at.raw ||
        (bytes != 0 && end == at.raw))
        return HELIX_E_INVAL;
    if (end == at.raw)
        return HELIX_OK;
    return range_is_user(at.raw, end - at.raw) ? advise(space, at.raw, end, advice) : HELIX_E_NOMEM;
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
    const uintptr_t end = at.raw + align_up(bytes, PAGE_SIZE);
    st = cover_only(space, at.raw, end, ADVICE_NORMAL);
    if (st != HELIX_OK || !(flags & SYNC_INVALIDATE))
        return st;
    // Locked pages cannot be thrown away.
    return cover_only(space, at.raw, end, ADVICE_DONT_NEED) == HELIX_OK ? HELIX_OK : HELIX_E_BUSY;
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

static helix_status set_locked(struct vm_space *space, uintptr_t start, uintptr_t end,
                               enum vm_lock lock)
{
    const unsigned flags = lock == VM_LOCK_TOUCHED ? VM_LOCKED | VM_LOCK_ON_TOUCH : VM_LOCKED;
    return change_flags(space, start, end, lock == VM_LOCK_NONE ? 0 : flags,
                        VM_LOCKED | VM_LOCK_ON_TOUCH);
}

/* Lock or unlock the first area at or above *@at, which moves behind it. False: there is none. */
static bool next_area_range(struct vm_space *space, uintptr_t *at, enum vm_lock lock)
{
    sleep_lock_read(&space->lock);
    const struct vm_area *area = area_at_or_above(space, *at);
    const uintptr_t start = area != NULL ? area->start : 0, end = area != NULL ? area->end : 0;
    const bool special = area != NULL && (area->flags & VM_SPECIAL);
    sleep_unlock_read(&space->lock);
    if (end == 0)
        return false;
    *at = end;
    if (special || set_locked(space, start, end, lock) != HELIX_OK)
        return true; // it went meanwhile
    if (lock == VM_LOCK_PAGES)
        helix_ignore(fault_range(space, start, end, 0)); // as far as that goes
    return true;
}

/* Nothing is ever paged out: locking is the accounting, and having the pages there. */
helix_status vm_lock_range(struct vm_space *space, vaddr at, size_t bytes, enum vm_lock lock)
{
    uintptr_t start = align_down(at.raw, PAGE_SIZE);
    u64 length = bytes + (at.raw - start);
    helix_status st = length < bytes ? HELIX_E_INVAL : range_check(vaddr_of(start), length);
    if (st != HELIX_OK)
        return st;
    uintptr_t end = start + align_up(length, PAGE_SIZE);
    if (lock != VM_LOCK_NONE) {
        sleep_lock_read(&space->lock);
        st = area_check_locked(space, pages_to_lock(space, start, end));
        sleep_unlock_read(&space->lock);
        if (st != HELIX_OK)
            return space->limits.locked < PAGE_SIZE ? HELIX_E_PERM : HELIX_E_NOMEM;
    }
    st = set_locked(space, start, end, lock);
    if (st == HELIX_OK && lock == VM_LOCK_PAGES)
        st = fault_range(space, start, end, 0);
    else
        return st;
    return st == HELIX_E_NOMEM ? HELIX_E_AGAIN : st == HELIX_OK ? HELIX_OK : HELIX_E_NOMEM;
}

helix_status vm_lock_all(struct vm_space *space, enum vm_lock now, enum vm_lock future)
{
    sleep_lock_write(&space->lock);
    const bool any = now != VM_LOCK_NONE;
    helix_status st =
        any ? area_check_locked(space, space->mapped_pages - space->locked_pages) : HELIX_OK;
    if (st == HELIX_OK) {
        space->lock_future = future == VM_LOCK_NONE ? 0u : VM_LOCKED;
        if (future == VM_LOCK_TOUCHED)
            space->lock_future |= VM_LOCK_ON_TOUCH;
    }
    sleep_unlock_write(&space->lock);
    if (st != HELIX_OK)
        return HELIX_E_NOMEM;
    if (!any && future != VM_LOCK_NONE)
        return HELIX_OK; // only what comes
    uintptr_t at = 0;
    while (next_area_range(space, &at, now)) {
    }
    return HELIX_OK;
}
