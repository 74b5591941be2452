/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/trap.h>

#include "space_private.h"

/* ---- Map ---- */

static helix_status place_fixed(struct vm_space *space, const struct vm_map_args *args, u64 bytes)
{
    uintptr_t at = args->at.raw;
    if (!is_aligned(at, PAGE_SIZE))
        return HELIX_E_INVAL;
    if (!range_is_user(at, bytes))
        return HELIX_E_NOMEM;
    if (at < HAL_USER_MIN)
        return HELIX_E_PERM;
    if (args->how & VM_MAP_FIXED_NOREPLACE)
        return area_is_free(space, at, at + bytes) ? HELIX_OK : HELIX_E_EXIST;
    return HELIX_OK;
}

static helix_status place_free(struct vm_space *space, uintptr_t hint, u64 bytes, uintptr_t *at_out)
{
    uintptr_t at = align_down(hint, PAGE_SIZE);
    if (at >= HAL_USER_MIN && range_is_user(at, bytes) && area_is_free(space, at, at + bytes)) {
        *at_out = at;
        return HELIX_OK;
    }
    return area_find_place(space, bytes, at_out);
}

static u64 file_end_of(const struct vm_map_args *args)
{
    if (args->object == NULL || args->file_bytes == 0 || args->flags & VM_SHARED)
        return FILE_END_NONE;
    return args->offset + args->file_bytes;
}

/* The new area takes its place; what was there goes first. space->lock is held for writing. */
static helix_status map_at(struct vm_space *space, const struct vm_map_args *args, uintptr_t at,
                           u64 bytes)
{
    struct vm_area like = {
        .start = at,
        .end = at + bytes,
        .object = args->object,
        .offset = args->object != NULL ? args->offset : 0,
        .file_end = file_end_of(args),
        .name = args->name,
    };
    area_set_flags(&like, args->flags);
    struct vm_area *area = area_create(&like, space);
    if (area == NULL)
        return HELIX_E_NOMEM;
    helix_status st = unmap_range(space, at, at + bytes);
    if (st != HELIX_OK) {
        area_destroy(area);
        return st;
    }
    area_insert(space, area);
    area_join(space, area);
    return HELIX_OK;
}

static helix_status map_locked(struct vm_space *space, const struct vm_map_args *args, u64 bytes,
                               uintptr_t *at_out)
{
    uintptr_t at = args->at.raw;
    helix_status st;
    if (args->how & (VM_MAP_FIXED | VM_MAP_FIXED_NOREPLACE))
        st = place_fixed(space, args, bytes);
    else
        st = place_free(space, at, bytes, &at);
    if (st == HELIX_OK && space->area_count > vm_areas_most())
        st = HELIX_E_NOMEM;
    if (st == HELIX_OK)
        st = area_check_limits(space, args->flags, bytes / PAGE_SIZE);
    if (st == HELIX_OK)
        st = map_at(space, args, at, bytes);
    if (st == HELIX_OK)
        *at_out = at;
    return st;
}

helix_status vm_map(struct vm_space *space, const struct vm_map_args *args, vaddr *at_out)
{
    u64 end;
    if (args->bytes == 0 || !is_aligned(args->offset, PAGE_SIZE))
        return HELIX_E_INVAL;
    if (args->bytes > HAL_USER_END)
        return HELIX_E_NOMEM;
    u64 bytes = align_up(args->bytes, PAGE_SIZE);
    if (add_overflows(args->offset, bytes, &end))
        return HELIX_E_OVERFLOW;

    struct vm_map_args shared = *args;
    struct vm_object *own = NULL;
    if (args->object == NULL && args->flags & VM_SHARED) {
        helix_status st = vm_object_create_shared(bytes, &own);
        if (st != HELIX_OK)
            return st;
        shared.object = own;
        shared.offset = 0;
    }
    uintptr_t at;
    sleep_lock_write(&space->lock);
    if (!(args->flags & VM_SPECIAL))
        shared.flags |= space->lock_future;
    helix_status st = map_locked(space, &shared, bytes, &at);
    sleep_unlock_write(&space->lock);
    if (own != NULL)
        vm_object_put(own); // the area has its own reference
    if (st != HELIX_OK)
        return st;
    const bool at_once = (shared.flags & (VM_LOCKED | VM_LOCK_ON_TOUCH)) == VM_LOCKED;
    if (args->how & VM_MAP_POPULATE || at_once)
        helix_ignore(fault_range(space, at, at + bytes, 0)); // what cannot be had now comes later
    *at_out = vaddr_of(at);
    return HELIX_OK;
}

helix_status vm_unmap(struct vm_space *space, vaddr at, size_t bytes)
{
    if (!is_aligned(at.raw, PAGE_SIZE) || bytes == 0 || !range_is_user(at.raw, bytes))
        return HELIX_E_INVAL;
    sleep_lock_write(&space->lock);
    helix_status st = unmap_range(space, at.raw, at.raw + align_up(bytes, PAGE_SIZE));
    sleep_unlock_write(&space->lock);
    return st;
}

/* ---- Protect ---- */

#define RIGHTS ((unsigned)(VM_READ | VM_WRITE | VM_EXEC))

/* A page that could not be written gets that right only by a fault, which may have to copy it. */
static enum hal_walk_action protect_leaf(void *context, vaddr at, struct hal_mapping *mapping)
{
    unsigned prot = *(const unsigned *)context;
    (void)at;
    if (!(mapping->prot & HAL_PROT_WRITE))
        prot &= ~(unsigned)HAL_PROT_WRITE;
    if (prot == mapping->prot)
        return HAL_WALK_KEEP;
    mapping->prot = prot;
    return HAL_WALK_SET_PROT;
}

static void protect_area(struct vm_space *space, struct vm_area *area, unsigned flags)
{
    u64 pages = area_pages(area);
    unsigned before = area->prot;
    area_change_flags(area, (area->flags & ~RIGHTS) | flags);
    unsigned prot = area->prot;
    if (prot == before)
        return;
    spin_lock(&space->table_lock);
    hal_space_walk(&space->hal, vaddr_of(area->start), vaddr_of(area->end), protect_leaf, &prot);
    spin_unlock(&space->table_lock);
    if (before & ~prot)
        hal_tlb_flush(&space->hal, vaddr_of(area->start), pages);
}

/* Is every page of the range mapped, by areas that may have these rights? */
static helix_status protect_check(struct vm_space *space, uintptr_t start, uintptr_t end,
                                  unsigned flags)
{
    uintptr_t at = start;
    u64 data = 0; // pages that become data
    struct vm_area *area = area_at_or_above(space, start);
    while (at < end) {
        if (area == NULL || area->start > at)
            return HELIX_E_NOMEM;
        if (((flags & VM_WRITE) && (area->flags & VM_NEVER_WRITE)) ||
            ((flags & VM_EXEC) && (area->flags & VM_NEVER_EXEC)))
            return HELIX_E_ACCESS;
        if (!area_is_data(area->flags) && area_is_data((area->flags & ~RIGHTS) | flags))
            data += (min(end, area->end) - at) / PAGE_SIZE;
        at = area->end;
        area = area_next(area);
    }
    const u64 most = space->limits.data / PAGE_SIZE;
    const bool fits = data <= most && space->data_pages <= most - data && commit_allows(data);
    return data == 0 || fits ? HELIX_OK : HELIX_E_NOMEM;
}

static helix_status protect_range(struct vm_space *space, uintptr_t start, uintptr_t end,
                                  unsigned flags)
{
    helix_status st = protect_check(space, start, end, flags);
    if (st == HELIX_OK)
        st = area_split_range(space, start, end);
    if (st != HELIX_OK)
        return st;
    struct vm_area *area = area_at_or_above(space, start);
    while (area != NULL && area->start < end) {
        if ((area->flags & RIGHTS) != flags)
            protect_area(space, area, flags);
        area = area_next(area_join(space, area));
    }
    return HELIX_OK;
}

helix_status vm_protect(struct vm_space *space, vaddr at, size_t bytes, unsigned flags)
{
    if (!is_aligned(at.raw, PAGE_SIZE) || (flags & ~RIGHTS))
        return HELIX_E_INVAL;
    if (bytes == 0)
        return HELIX_OK;
    if (!range_is_user(at.raw, bytes) || !range_is_user(at.raw, align_up(bytes, PAGE_SIZE)))
        return HELIX_E_NOMEM;
    sleep_lock_write(&space->lock);
    helix_status st = protect_range(space, at.raw, at.raw + align_up(bytes, PAGE_SIZE), flags);
    sleep_unlock_write(&space->lock);
    return st;
}

helix_status vm_protect_stack(struct vm_space *space, vaddr at, size_t bytes, unsigned flags)
{
    helix_status st = HELIX_E_INVAL;
    sleep_lock_read(&space->lock);
    const struct vm_area *area = area_at_or_above(space, at.raw);
    const uintptr_t start = area != NULL ? area->start : 0;
    if (area == NULL || start > at.raw)
        st = HELIX_E_NOMEM;
    else if (area->flags & VM_GROWS_DOWN)
        st = HELIX_OK;
    sleep_unlock_read(&space->lock);
    return st == HELIX_OK ? vm_protect(space, vaddr_of(start), bytes + (at.raw - start), flags)
                          : st;
}

/* ---- Another part of the object ---- */

static helix_status map_elsewhere_locked(struct vm_space *space, uintptr_t start, uintptr_t end,
                                         u64 offset)
{
    struct vm_area *area = area_at_or_above(space, start);
    if (area == NULL || area->start > start || !(area->flags & VM_SHARED) || area->object == NULL)
        return HELIX_E_INVAL;
    const struct vm_map_args args = {
        .flags = area->flags, .object = area->object, .offset = offset};
    uintptr_t at = area->end;
    while (at < end && (area = area_next(area)) != NULL && area->start == at &&
           area->object == args.object && area->flags == args.flags)
        at = area->end;
    return at < end ? HELIX_E_INVAL : map_at(space, &args, start, end - start);
}

helix_status vm_map_elsewhere(struct vm_space *space, vaddr at, size_t bytes, u64 offset)
{
    if (!range_is_user(at.raw, bytes))
        return HELIX_E_INVAL;
    sleep_lock_write(&space->lock);
    const helix_status st = map_elsewhere_locked(space, at.raw, at.raw + bytes, offset);
    sleep_unlock_write(&space->lock);
    if (st == HELIX_OK)
        helix_ignore(fault_range(space, at.raw, at.raw + bytes, 0)); // they come later otherwise
    return st;
}

/* ---- Break ---- */

void vm_set_brk_base(struct vm_space *space, vaddr base)
{
    space->brk_base = align_up(base.raw, PAGE_SIZE);
    space->brk_end = space->brk_base;
}

static helix_status brk_move(struct vm_space *space, uintptr_t wanted)
{
    uintptr_t from = align_up(space->brk_end, PAGE_SIZE);
    uintptr_t to = align_up(wanted, PAGE_SIZE);
    if (to < from)
        return unmap_range(space, to, from);
    if (to == from)
        return HELIX_OK;
    const struct vm_map_args args = {
        .at = vaddr_of(from),
        .bytes = to - from,
        .flags = VM_READ | VM_WRITE | VM_HEAP | space->lock_future,
        .how = VM_MAP_FIXED_NOREPLACE,
        .name = "[heap]",
    };
    if (to - space->brk_base > space->limits.data || !area_is_free(space, from, to + PAGE_SIZE))
        return HELIX_E_NOMEM;
    uintptr_t at;
    return map_locked(space, &args, to - from, &at);
}

vaddr vm_brk(struct vm_space *space, vaddr wanted)
{
    sleep_lock_write(&space->lock);
    if (wanted.raw >= space->brk_base && wanted.raw < HAL_USER_END && space->brk_base != 0 &&
        brk_move(space, wanted.raw) == HELIX_OK)
        space->brk_end = wanted.raw;
    vaddr now = vaddr_of(space->brk_end);
    sleep_unlock_write(&space->lock);
    return now;
}
