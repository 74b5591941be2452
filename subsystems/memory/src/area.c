/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/trap.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "space_private.h"

/* Areas of a space: which addresses mean what. Everything here is books; page tables are changed
 * elsewhere. */
static struct kmem_cache area_cache = KMEM_CACHE(vm_area);

struct vm_area *area_of(struct rb_node *node)
{
    return node == NULL ? NULL : container_of(node, struct vm_area, node);
}

struct vm_area *area_next(struct vm_area *area)
{
    return area_of(rb_next(&area->node));
}

struct vm_area *area_previous(struct vm_area *area)
{
    return area_of(rb_prev(&area->node));
}

struct vm_area *area_at_or_above(struct vm_space *space, uintptr_t at)
{
    struct vm_area *last = atomic_load_relaxed(&space->last);
    if (last != NULL && at >= last->start && at < last->end)
        return last;
    struct vm_area *found = NULL;
    struct rb_node *node = space->areas.root;
    while (node != NULL) {
        struct vm_area *area = container_of(node, struct vm_area, node);
        bool below = at < area->end;
        if (below)
            found = area;
        node = node->child[below ? RB_LEFT : RB_RIGHT];
    }
    if (found != NULL)
        atomic_store_relaxed(&space->last, found);
    return found;
}

unsigned area_prot(unsigned flags)
{
    unsigned prot = HAL_PROT_USER;
    if (flags & (VM_READ | VM_WRITE | VM_EXEC))
        prot |= HAL_PROT_READ;
    if (flags & VM_WRITE)
        prot |= HAL_PROT_WRITE;
    if (flags & VM_EXEC)
        prot |= HAL_PROT_EXEC;
    return prot;
}

void area_set_flags(struct vm_area *area, unsigned flags)
{
    area->flags = flags;
    area->prot = area_prot(flags);
}

static void object_attach(struct vm_area *area)
{
    struct vm_object *object = area->object;
    if (object == NULL)
        return;
    vm_object_get(object);
    spin_lock(&object->lock);
    list_push_back(&object->areas, &area->object_link);
    spin_unlock(&object->lock);
}

static void object_detach(struct vm_area *area)
{
    struct vm_object *object = area->object;
    if (object == NULL)
        return;
    spin_lock(&object->lock);
    list_remove(&area->object_link);
    spin_unlock(&object->lock);
    vm_object_put(object);
}

struct vm_area *area_create(const struct vm_area *like, struct vm_space *space)
{
    struct vm_area *area = kmem_alloc(&area_cache);
    if (area == NULL)
        return NULL;
    *area = *like;
    area->space = space;
    object_attach(area);
    return area;
}

void area_destroy(struct vm_area *area)
{
    object_detach(area);
    kmem_free(&area_cache, area);
}

static bool (*exempt_from_locking)(void);
static u64 areas_most = 65530; // atomic

void vm_set_lock_exemption(bool (*exempt)(void))
{
    exempt_from_locking = exempt;
}

void vm_set_areas_most(u64 most)
{
    atomic_store_relaxed(&areas_most, most);
}

u64 vm_areas_most(void)
{
    return atomic_load_relaxed(&areas_most);
}

static bool is_promised(unsigned flags)
{
    return (flags & (VM_WRITE | VM_SHARED | VM_NO_RESERVE)) == VM_WRITE;
}

static void account(struct vm_space *space, unsigned flags, u64 pages)
{
    space->mapped_pages += pages;
    if (area_is_data(flags))
        space->data_pages += pages;
    if (is_promised(flags))
        commit_add(pages);
    if (flags & VM_LOCKED)
        space->locked_pages += pages;
}

void area_break_promise(const struct vm_area *area)
{
    if (is_promised(area->flags))
        commit_add(-area_pages(area));
}

static bool area_less(const struct rb_node *a, const struct rb_node *b)
{
    return container_of(a, struct vm_area, node)->start <
           container_of(b, struct vm_area, node)->start;
}

void area_change_flags(struct vm_area *area, unsigned flags)
{
    account(area->space, area->flags, -area_pages(area));
    area_set_flags(area, flags);
    account(area->space, flags, area_pages(area));
}

void area_append(struct vm_space *space, struct vm_area *area, struct vm_area *last)
{
    rb_insert_at(&space->areas, &area->node, last == NULL ? NULL : &last->node, RB_RIGHT);
    space->area_count++;
    account(space, area->flags, area_pages(area));
}

void area_insert(struct vm_space *space, struct vm_area *area)
{
    rb_insert(&space->areas, &area->node, area_less);
    space->area_count++;
    account(space, area->flags, area_pages(area));
}

void area_remove(struct vm_space *space, struct vm_area *area)
{
    if (atomic_load_relaxed(&space->last) == area)
        atomic_store_relaxed(&space->last, NULL);
    rb_erase(&space->areas, &area->node);
    space->area_count--;
    account(space, area->flags, -area_pages(area));
}

void area_resize(struct vm_area *area, uintptr_t start, uintptr_t end)
{
    account(area->space, area->flags, (end - start) / PAGE_SIZE - area_pages(area));
    area->offset += start - area->start;
    area->start = start;
    area->end = end;
}

helix_status area_split(struct vm_area *area, uintptr_t at)
{
    if (area->space->area_count >= vm_areas_most())
        return HELIX_E_NOMEM;
    struct vm_area *upper = area_create(area, area->space);
    if (upper == NULL)
        return HELIX_E_NOMEM;
    upper->offset += at - area->start;
    upper->start = at;
    area_resize(area, area->start, at);
    area_insert(area->space, upper);
    return HELIX_OK;
}

helix_status area_split_range(struct vm_space *space, uintptr_t start, uintptr_t end)
{
    helix_status st = HELIX_OK;
    struct vm_area *area = area_at_or_above(space, start);
    if (area != NULL && area->start < start)
        st = area_split(area, start);
    if (st != HELIX_OK)
        return st;
    area = area_at_or_above(space, end);
    return area != NULL && area->start < end ? area_split(area, end) : HELIX_OK;
}

static bool continues(const struct vm_area *low, const struct vm_area *high)
{
    if (low->end != high->start || low->flags != high->flags || low->object != high->object ||
        low->name != high->name)
        return false;
    if (low->object == NULL)
        return true;
    return low->offset + (low->end - low->start) == high->offset && low->file_end == high->file_end;
}

struct vm_area *area_join(struct vm_space *space, struct vm_area *area)
{
    struct vm_area *next = area_next(area);
    if (next != NULL && continues(area, next)) {
        area_remove(space, next);
        area_resize(area, area->start, next->end);
        area->private_pages |= next->private_pages;
        area_destroy(next);
    }
    struct vm_area *previous = area_previous(area);
    if (previous == NULL || !continues(previous, area))
        return area;
    area_remove(space, area);
    area_resize(previous, previous->start, area->end);
    previous->private_pages |= area->private_pages;
    area_destroy(area);
    return previous;
}

bool area_is_free(struct vm_space *space, uintptr_t start, uintptr_t end)
{
    const struct vm_area *area = area_at_or_above(space, start);
    return area == NULL || area->start >= end;
}

/* Room that stays free below a stack that may grow. */
#define STACK_GAP (256u * PAGE_SIZE)

static uintptr_t lowest_use(const struct vm_area *area)
{
    return area->flags & VM_GROWS_DOWN && area->start > STACK_GAP ? area->start - STACK_GAP
                                                                  : area->start;
}

helix_status area_find_place(struct vm_space *space, u64 bytes, uintptr_t *at_out)
{
    uintptr_t top = space->mmap_top;
    struct vm_area *area = area_at_or_above(space, top - 1);
    if (area != NULL && lowest_use(area) < top)
        top = lowest_use(area);
    area = area != NULL ? area_previous(area) : area_of(rb_last(&space->areas));
    for (; area != NULL; area = area_previous(area)) {
        if (area->end + bytes <= top && area->end <= top)
            break;
        top = min(top, lowest_use(area));
    }
    uintptr_t floor = max(HAL_USER_MIN, area != NULL ? area->end : 0ul);
    if (top < floor || top - floor < bytes)
        return HELIX_E_NOMEM;
    *at_out = top - bytes;
    return HELIX_OK;
}

helix_status area_check_locked(const struct vm_space *space, u64 pages)
{
    const u64 most = space->limits.locked / PAGE_SIZE;
    if (pages <= most && space->locked_pages <= most - pages)
        return HELIX_OK;
    return exempt_from_locking != NULL && exempt_from_locking() ? HELIX_OK : HELIX_E_LIMIT;
}

helix_status area_check_limits(const struct vm_space *space, unsigned flags, u64 pages)
{
    const struct vm_limits *limits = &space->limits;
    if (pages > limits->address_space / PAGE_SIZE ||
        space->mapped_pages > limits->address_space / PAGE_SIZE - pages)
        return HELIX_E_NOMEM;
    if (is_promised(flags) && !commit_allows(pages))
        return HELIX_E_NOMEM;
    if (area_is_data(flags) &&
        (pages > limits->data / PAGE_SIZE || space->data_pages > limits->data / PAGE_SIZE - pages))
        return HELIX_E_NOMEM;
    return flags & VM_LOCKED ? area_check_locked(space, pages) : HELIX_OK;
}
