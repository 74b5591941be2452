/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/trap.h>
#include <helix/lib/bitmap.h>
#include <helix/lib/string.h>

#include "oom.h"
#include "space_private.h"

/*
 * Page faults. The area says what should be there; the page table, looked at under table_lock, what
 * is. Whoever finds that somebody else was faster leaves it at that: the program runs the
 * instruction again.
 */
struct fault {
    struct vm_space *space;
    struct vm_area *area;
    uintptr_t at; // page-aligned
    unsigned access;
    bool write;
};

static inline void *frame_memory(paddr frame)
{
    return phys_to_virt(frame);
}

/* The rights of a page of this fault: a forced write does not make the page writable for the
 * program. */
static unsigned read_prot(const struct fault *f)
{
    return f->area->prot & ~(unsigned)HAL_PROT_WRITE;
}

/* Map a fresh frame of anonymous memory where nothing is; takes over its reference. */
static helix_status map_fresh(const struct fault *f, paddr frame, unsigned prot)
{
    u64 mapped = 0;
    f->area->private_pages = true;
    spin_lock(&f->space->table_lock);
    helix_status st = hal_space_fill(&f->space->hal, vaddr_of(f->at), &frame, 1, prot, &mapped);
    if (likely(mapped != 0))
        space_count(f->space, 1, 0);
    spin_unlock(&f->space->table_lock);
    if (unlikely(mapped == 0))
        frame_put(frame);
    return st;
}

static helix_status map_zeros(const struct fault *f)
{
    u64 mapped;
    spin_lock(&f->space->table_lock);
    helix_status st =
        hal_space_fill(&f->space->hal, vaddr_of(f->at), &vm_zero_frame, 1, read_prot(f), &mapped);
    spin_unlock(&f->space->table_lock);
    return st;
}

/* Anonymous memory, nothing mapped. */
static helix_status anon_absent(const struct fault *f)
{
    paddr frame;
    if (!f->write)
        return map_zeros(f);
    helix_status st = frame_alloc_as(FRAME_ANON, 0, FRAME_ZEROED, &frame);
    if (unlikely(st != HELIX_OK))
        return st;
    return map_fresh(f, frame, f->area->prot);
}

/* table_lock held. @fresh becomes a copy of what @old maps and takes its place. */
static void replace_with_copy(const struct fault *f, const struct hal_mapping *old, paddr fresh)
{
    if (is_zero_frame(old->frame)) {
        memset(frame_memory(fresh), 0, PAGE_SIZE);
        space_count(f->space, 1, 0);
    } else {
        memcpy(frame_memory(fresh), frame_memory(old->frame), PAGE_SIZE);
        if (page_of(old->frame)->kind != FRAME_ANON)
            space_count(f->space, 1, -1);
    }
    // The tables are there, so this cannot fail.
    helix_ignore(hal_space_map(&f->space->hal, vaddr_of(f->at), fresh, PAGE_SIZE, f->area->prot));
}

/* Only this mapping uses the frame, so it may be written. table_lock held. */
static bool is_sole_owner(paddr frame)
{
    const struct page *page = page_of(frame);
    return !is_zero_frame(frame) && page->kind == FRAME_ANON &&
           atomic_load_acquire(&page->references) == 1;
}

enum copy_result {
    COPY_GONE,   // nothing is mapped (any more)
    COPY_DONE,   // writable, or somebody else was faster
    COPY_NEEDED, // a frame for the copy is missing
};

/* One look under table_lock. @fresh NULL: none yet. On COPY_DONE with *fresh used, *old_out is the
 * frame to give up. */
static enum copy_result copy_try(const struct fault *f, paddr *fresh, paddr *old_out)
{
    struct hal_mapping old;
    if (!hal_space_query(&f->space->hal, vaddr_of(f->at), &old))
        return COPY_GONE;
    if (old.prot & HAL_PROT_WRITE)
        return COPY_DONE;
    if (is_sole_owner(old.frame)) {
        helix_ignore(hal_space_map(&f->space->hal, vaddr_of(f->at), old.frame, PAGE_SIZE,
                                   f->area->prot)); // the tables are there
        return COPY_DONE;
    }
    if (fresh == NULL)
        return COPY_NEEDED;
    replace_with_copy(f, &old, *fresh);
    *old_out = old.frame;
    return COPY_DONE;
}

static helix_status fault_absent(const struct fault *f);

/* A write to a private page that is mapped without the right: copy on write. */
static helix_status copy_on_write(const struct fault *f)
{
    paddr fresh, old = {0};
    spin_lock(&f->space->table_lock);
    enum copy_result result = copy_try(f, NULL, &old);
    spin_unlock(&f->space->table_lock);
    if (result != COPY_NEEDED)
        return result == COPY_DONE ? HELIX_OK : fault_absent(f);

    helix_status st = frame_alloc_as(FRAME_ANON, 0, 0, &fresh);
    if (st != HELIX_OK)
        return st;
    f->area->private_pages = true;
    spin_lock(&f->space->table_lock);
    result = copy_try(f, &fresh, &old);
    spin_unlock(&f->space->table_lock);
    if (old.raw == 0) {
        frame_put(fresh); // somebody else was faster, or it went away; the program tries again
        return HELIX_OK;
    }
    hal_tlb_flush(&f->space->hal, vaddr_of(f->at), 1);
    if (!is_zero_frame(old))
        frame_put(old);
    return HELIX_OK;
}

static u64 object_pages(struct vm_object *object)
{
    return div_round_up(object->ops->size(object), PAGE_SIZE);
}

/* Bytes of the page at @at that come from the object; the rest is zero. */
static u64 object_bytes(const struct fault *f)
{
    u64 from = area_index(f->area, f->at) * PAGE_SIZE;
    return f->area->file_end <= from ? 0 : min(f->area->file_end - from, (u64)PAGE_SIZE);
}

/* A private copy of the object's page, or of its first @bytes. */
static helix_status file_copy(const struct fault *f, u64 bytes, unsigned prot)
{
    struct page *page;
    paddr fresh;
    struct vm_object *object = f->area->object;
    helix_status st = object->ops->get_page(object, area_index(f->area, f->at), false, &page);
    if (st != HELIX_OK)
        return st;
    st = frame_alloc_as(FRAME_ANON, 0, 0, &fresh);
    if (st == HELIX_OK) {
        memcpy(frame_memory(fresh), frame_memory(page_frame(page)), bytes);
        memset((u8 *)frame_memory(fresh) + bytes, 0, PAGE_SIZE - bytes);
        st = map_fresh(f, fresh, prot);
    }
    frame_put(page_frame(page));
    return st;
}

/* Pages around a fault that may be mapped along with it. */
struct window {
    uintptr_t start;
    unsigned count;
    unsigned own; // the one that faulted
    struct page *pages[VM_OBJECT_AROUND];
};

static void window_init(const struct fault *f, u64 size_pages, struct window *w)
{
    const struct vm_area *area = f->area;
    // A window never leaves its aligned block, so it lies in one table.
    uintptr_t start = align_down(f->at, VM_OBJECT_AROUND * PAGE_SIZE);
    uintptr_t end = start + VM_OBJECT_AROUND * PAGE_SIZE;
    start = max(start, area->start);
    u64 whole =
        min(size_pages, area->file_end == FILE_END_NONE ? UINT64_MAX : area->file_end / PAGE_SIZE);
    u64 first = area_index(area, start);
    u64 limit = whole > first ? whole - first : 0;
    end = min(end, area->end);
    w->start = start;
    w->count = (unsigned)min((end - start) / PAGE_SIZE, limit);
    w->own = (unsigned)((f->at - start) / PAGE_SIZE);
}

/* Give back the pages whose references no mapping took over. */
static void window_release(const struct window *w, u64 mapped)
{
    for (unsigned i = 0; i < w->count; i++) {
        if (w->pages[i] != NULL && !(mapped >> i & 1))
            frame_put(page_frame(w->pages[i]));
    }
}

static helix_status window_map(const struct fault *f, const struct window *w, unsigned prot)
{
    HELIX_UNINITIALIZED paddr frames[VM_OBJECT_AROUND];
    u64 mapped = 0;
    for (unsigned i = 0; i < w->count; i++)
        frames[i] = w->pages[i] != NULL ? page_frame(w->pages[i]) : paddr_of(HAL_FILL_SKIP);
    spin_lock(&f->space->table_lock);
    helix_status st =
        hal_space_fill(&f->space->hal, vaddr_of(w->start), frames, w->count, prot, &mapped);
    space_count(f->space, 0, bit_count(mapped));
    spin_unlock(&f->space->table_lock);
    window_release(w, mapped);
    return st;
}

/* Map the object's own page for reading, and resident neighbours with it. */
static helix_status file_map(const struct fault *f, u64 size_pages, unsigned prot)
{
    HELIX_UNINITIALIZED struct window w;
    struct vm_object *object = f->area->object;
    window_init(f, size_pages, &w);
    helix_assert(w.own < w.count);
    if (object->ops->get_resident != NULL) {
        object->ops->get_resident(object, area_index(f->area, w.start), w.count, w.pages);
    } else {
        w.start = f->at;
        w.own = 0;
        w.count = 1;
        w.pages[0] = NULL;
    }
    if (w.pages[w.own] == NULL) {
        helix_status st =
            object->ops->get_page(object, area_index(f->area, f->at), false, &w.pages[w.own]);
        if (st != HELIX_OK) {
            w.pages[w.own] = NULL;
            window_release(&w, 0);
            return st;
        }
    }
    return window_map(f, &w, prot);
}

/* A private mapping of an object, nothing mapped. */
static helix_status private_absent(const struct fault *f)
{
    u64 bytes = object_bytes(f);
    if (bytes == 0)
        return anon_absent(f);
    u64 size_pages = object_pages(f->area->object);
    if (area_index(f->area, f->at) >= size_pages)
        return HELIX_E_IO;
    if (f->write || bytes < PAGE_SIZE)
        return file_copy(f, bytes, f->area->prot);
    return file_map(f, size_pages, read_prot(f));
}

/* A shared mapping, nothing mapped. */
static helix_status shared_absent(const struct fault *f)
{
    struct vm_object *object = f->area->object;
    struct page *page;
    u64 size_pages = object_pages(object);
    u64 index = area_index(f->area, f->at);
    if (index >= size_pages)
        return HELIX_E_IO;
    bool watched = object->ops->page_dirtied != NULL;
    if (!f->write && watched)
        return file_map(f, size_pages, read_prot(f));
    helix_status st = object->ops->get_page(object, index, f->write, &page);
    if (st != HELIX_OK)
        return st;
    if (watched)
        object->ops->page_dirtied(object, page);
    struct window w = {.start = f->at, .count = 1, .own = 0, .pages = {page}};
    return window_map(f, &w, f->area->prot);
}

/* The first write to a shared page that was mapped for reading. */
static helix_status shared_write(const struct fault *f)
{
    struct vm_object *object = f->area->object;
    struct page *page;
    u64 index = area_index(f->area, f->at);
    if (index >= object_pages(object))
        return HELIX_E_IO;
    helix_status st = object->ops->get_page(object, index, true, &page);
    if (st != HELIX_OK)
        return st;
    if (object->ops->page_dirtied != NULL)
        object->ops->page_dirtied(object, page);
    struct hal_mapping old;
    spin_lock(&f->space->table_lock);
    bool same = hal_space_query(&f->space->hal, vaddr_of(f->at), &old) &&
                old.frame.raw == page_frame(page).raw;
    if (same)
        helix_ignore(hal_space_map(&f->space->hal, vaddr_of(f->at), old.frame, PAGE_SIZE,
                                   f->area->prot)); // the tables are there
    spin_unlock(&f->space->table_lock);
    frame_put(page_frame(page));
    return HELIX_OK;
}

static helix_status fault_absent(const struct fault *f)
{
    if (f->area->object == NULL)
        return anon_absent(f);
    return f->area->flags & VM_SHARED ? shared_absent(f) : private_absent(f);
}

static bool is_allowed(const struct vm_area *area, unsigned access)
{
    unsigned flags = area->flags;
    if (access & FAULT_FORCE)
        return !(flags & VM_SHARED) || (flags & VM_WRITE);
    if (access & HAL_ACCESS_WRITE)
        return (flags & VM_WRITE) != 0;
    if (access & HAL_ACCESS_EXEC)
        return (flags & VM_EXEC) != 0;
    return (flags & (VM_READ | VM_WRITE | VM_EXEC)) != 0;
}

helix_status fault_page(struct vm_space *space, struct vm_area *area, uintptr_t at, unsigned access)
{
    if (unlikely(!is_allowed(area, access)))
        return HELIX_E_ACCESS;
    if (unlikely(area->flags & VM_POISONED))
        return HELIX_E_CORRUPT;
    const struct fault f = {
        .space = space,
        .area = area,
        .at = align_down(at, PAGE_SIZE),
        .access = access,
        .write = (access & HAL_ACCESS_WRITE) != 0,
    };
    if (likely(!(access & HAL_ACCESS_PRESENT)))
        return fault_absent(&f);
    if (!f.write)
        return HELIX_OK; // the rights came meanwhile
    return area->flags & VM_SHARED ? shared_write(&f) : copy_on_write(&f);
}

/* ---- Stacks ---- */

#define STACK_GAP (256u * PAGE_SIZE)

/* Let the stack above @at reach down to it. space->lock is held for writing. */
static helix_status stack_grow(struct vm_space *space, struct vm_area *area, uintptr_t at)
{
    uintptr_t start = align_down(at, PAGE_SIZE);
    if (area->end - start > space->limits.stack || start < HAL_USER_MIN)
        return HELIX_E_FAULT;
    const struct vm_area *below = area_previous(area);
    if (below != NULL && below->end + STACK_GAP > start)
        return HELIX_E_FAULT;
    helix_status st = area_check_limits(space, area->flags, (area->start - start) / PAGE_SIZE);
    if (st != HELIX_OK)
        return HELIX_E_FAULT;
    area_resize(area, start, area->end);
    return HELIX_OK;
}

static helix_status stack_reach(struct vm_space *space, uintptr_t at)
{
    helix_status st = HELIX_E_FAULT;
    sleep_lock_write(&space->lock);
    struct vm_area *area = area_at_or_above(space, at);
    if (area != NULL && at >= area->start)
        st = HELIX_OK;
    else if (area != NULL && area->flags & VM_GROWS_DOWN)
        st = stack_grow(space, area, at);
    sleep_unlock_write(&space->lock);
    return st;
}

/* ---- Entry ---- */

static helix_status fault_once(struct vm_space *space, uintptr_t at, unsigned access,
                               bool *reach_out)
{
    sleep_lock_read(&space->lock);
    struct vm_area *area = area_at_or_above(space, at);
    helix_status st = HELIX_E_FAULT;
    if (likely(area != NULL && at >= area->start))
        st = fault_page(space, area, at, access);
    else
        *reach_out = area != NULL && (area->flags & VM_GROWS_DOWN);
    sleep_unlock_read(&space->lock);
    return st;
}

helix_status vm_fault(struct vm_space *space, vaddr at, unsigned access)
{
    for (;;) {
        bool reach = false;
        helix_status st = fault_once(space, at.raw, access, &reach);
        if (likely(st == HELIX_OK))
            return st;
        if (reach) {
            st = stack_reach(space, at.raw);
            if (st != HELIX_OK)
                return st;
            continue;
        }
        if (st != HELIX_E_NOMEM || !oom_try_again())
            return st;
    }
}

static helix_status range_page(struct vm_space *space, struct vm_area *area, uintptr_t at,
                               unsigned access)
{
    struct hal_mapping mapping;
    spin_lock(&space->table_lock);
    const bool present = hal_space_query(&space->hal, vaddr_of(at), &mapping);
    spin_unlock(&space->table_lock);
    const bool write = (area->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
    if (present && (!(access & HAL_ACCESS_WRITE) || (mapping.prot & HAL_PROT_WRITE)))
        return HELIX_OK;
    if (access == 0)
        access = write ? HAL_ACCESS_WRITE : HAL_ACCESS_READ;
    return fault_page(space, area, at, access | (present ? HAL_ACCESS_PRESENT : 0u));
}

helix_status fault_range(struct vm_space *space, uintptr_t start, uintptr_t end, unsigned access)
{
    helix_status st = HELIX_OK;
    for (uintptr_t at = start; at < end && st == HELIX_OK; at += PAGE_SIZE) {
        sleep_lock_read(&space->lock);
        struct vm_area *area = area_at_or_above(space, at);
        st =
            area != NULL && at >= area->start ? range_page(space, area, at, access) : HELIX_E_FAULT;
        sleep_unlock_read(&space->lock);
    }
    return st;
}
