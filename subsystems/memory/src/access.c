/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/trap.h>
#include <helix/lib/string.h>

#include "space_private.h"

/* Another process's memory, frame by frame through the direct map. */

static bool serves(const struct hal_mapping *mapping, unsigned access)
{
    if (access & FAULT_FORCE)
        return (mapping->prot & HAL_PROT_WRITE) ||
               (!is_zero_frame(mapping->frame) && page_of(mapping->frame)->kind == FRAME_ANON &&
                page_of(mapping->frame)->references == 1);
    if (access & HAL_ACCESS_WRITE)
        return (mapping->prot & HAL_PROT_WRITE) != 0;
    return true;
}

/* The frame that serves @access at @at, with a reference; AGAIN: it went away meanwhile. */
static helix_status frame_take(struct vm_space *space, uintptr_t at, unsigned access,
                               paddr *frame_out, bool *present_out)
{
    struct hal_mapping mapping;
    helix_status st = HELIX_E_AGAIN;
    spin_lock(&space->table_lock);
    *present_out = hal_space_query(&space->hal, vaddr_of(at), &mapping);
    if (*present_out && serves(&mapping, access)) {
        frame_get(mapping.frame);
        *frame_out = mapping.frame;
        st = HELIX_OK;
    }
    spin_unlock(&space->table_lock);
    return st;
}

static helix_status pin_locked(struct vm_space *space, uintptr_t at, unsigned access,
                               paddr *frame_out)
{
    struct vm_area *area = area_at_or_above(space, at);
    if (area == NULL || area->start > at)
        return HELIX_E_FAULT;
    bool present = false;
    unsigned rights = access & HAL_ACCESS_WRITE && !(access & FAULT_FORCE)
                          ? VM_WRITE
                          : VM_READ | VM_WRITE | VM_EXEC;
    if (!(area->flags & rights) && !(access & FAULT_FORCE))
        return HELIX_E_ACCESS;
    for (;;) {
        helix_status st = frame_take(space, at, access, frame_out, &present);
        if (st == HELIX_OK)
            return st;
        st = fault_page(space, area, at, present ? access | HAL_ACCESS_PRESENT : access);
        if (st != HELIX_OK)
            return st;
    }
}

static helix_status pin(struct vm_space *space, uintptr_t at, unsigned access, paddr *frame_out)
{
    uintptr_t page = align_down(at, PAGE_SIZE);
    sleep_lock_read(&space->lock);
    helix_status st = pin_locked(space, page, access, frame_out);
    sleep_unlock_read(&space->lock);
    if (st != HELIX_E_FAULT)
        return st;
    // The fault path knows how stacks grow.
    st = vm_fault(space, vaddr_of(page), access & ~FAULT_FORCE);
    if (st != HELIX_OK)
        return st;
    sleep_lock_read(&space->lock);
    st = pin_locked(space, page, access, frame_out);
    sleep_unlock_read(&space->lock);
    return st;
}

helix_status vm_pin(struct vm_space *space, vaddr at, unsigned access, paddr *frame_out)
{
    return pin(space, at.raw, access & (HAL_ACCESS_READ | HAL_ACCESS_WRITE | HAL_ACCESS_EXEC),
               frame_out);
}

helix_status vm_is_shared(struct vm_space *space, vaddr at, bool *shared_out)
{
    sleep_lock_read(&space->lock);
    const struct vm_area *area = area_at_or_above(space, at.raw);
    const bool there = area != NULL && area->start <= at.raw;
    if (there)
        *shared_out = (area->flags & VM_SHARED) != 0;
    sleep_unlock_read(&space->lock);
    return there ? HELIX_OK : HELIX_E_FAULT;
}

enum direction {
    FROM_SPACE,
    TO_SPACE,
    CODE_TO_SPACE, // what may be instructions
};

static HELIX_NOINLINE helix_status copy(struct vm_space *space, uintptr_t at, u8 *buffer,
                                        size_t bytes, enum direction direction, size_t *done_out)
{
    unsigned access = direction == FROM_SPACE ? HAL_ACCESS_READ : HAL_ACCESS_WRITE | FAULT_FORCE;
    size_t done = 0;
    helix_status st = HELIX_OK;
    while (done < bytes) {
        paddr frame;
        st = pin(space, at + done, access, &frame);
        if (st != HELIX_OK)
            break;
        size_t offset = (at + done) & PAGE_MASK;
        size_t piece = min(bytes - done, PAGE_SIZE - offset);
        u8 *memory = (u8 *)phys_to_virt(frame) + offset;
        if (direction == FROM_SPACE)
            memcpy(buffer + done, memory, piece);
        else
            memcpy(memory, buffer + done, piece);
        if (direction == CODE_TO_SPACE)
            hal_sync_code(vaddr_of(memory), piece);
        frame_put(frame);
        done += piece;
    }
    *done_out = done;
    return done > 0 || bytes == 0 ? HELIX_OK : st;
}

helix_status vm_copy_from(struct vm_space *space, vaddr from, void *to, size_t bytes,
                          size_t *done_out)
{
    return copy(space, from.raw, to, bytes, FROM_SPACE, done_out);
}

helix_status vm_copy_to(struct vm_space *space, vaddr to, const void *from, size_t bytes,
                        size_t *done_out)
{
    return copy(space, to.raw, (u8 *)(uintptr_t)from, bytes, TO_SPACE, done_out);
}

helix_status vm_copy_code_to(struct vm_space *space, vaddr to, const void *from, size_t bytes,
                             size_t *done_out)
{
    return copy(space, to.raw, (u8 *)(uintptr_t)from, bytes, CODE_TO_SPACE, done_out);
}
