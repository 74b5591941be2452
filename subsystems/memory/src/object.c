/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "space_private.h"

void vm_object_init(struct vm_object *object, const struct vm_object_ops *ops)
{
    object->object = (struct object){.type = NULL, .id = object_id_new()};
    object->ops = ops;
    ref_init(&object->references);
    spinlock_init(&object->lock, LOCK_RANK_OBJECT);
    list_init(&object->areas);
}

void vm_object_get(struct vm_object *object)
{
    ref_get(&object->references);
}

void vm_object_put(struct vm_object *object)
{
    if (ref_put(&object->references))
        object->ops->destroy(object);
}

/* ---- Truncation ---- */

/* A space that maps the object and has not seen this truncation yet, with a reference; NULL: none
 * is left. */
static struct vm_space *space_to_visit(struct vm_object *object, u64 mark)
{
    struct vm_space *space = NULL;
    spin_lock(&object->lock);
    list_for_each(struct vm_area, area, &object->areas, object_link) {
        if (area->truncate_mark == mark)
            continue;
        area->truncate_mark = mark;
        // One that is dying drops its pages by itself.
        if (ref_try_get(&area->space->references)) {
            space = area->space;
            break;
        }
    }
    spin_unlock(&object->lock);
    return space;
}

/* Drop the pages of @object past @bytes from every area of @space. */
static void truncate_space(struct vm_space *space, struct vm_object *object, u64 bytes)
{
    u64 keep = align_up(bytes, PAGE_SIZE);
    sleep_lock_write(&space->lock);
    rb_for_each(node, &space->areas) {
        struct vm_area *area = area_of(node);
        if (area->object != object || area->offset + (area->end - area->start) <= keep)
            continue;
        uintptr_t from = area->offset >= keep ? area->start : area->start + (keep - area->offset);
        unmap_pages(space, from, area->end);
    }
    sleep_unlock_write(&space->lock);
}

void vm_object_truncated(struct vm_object *object, u64 bytes)
{
    static u64 last_mark;
    u64 mark = atomic_fetch_add_relaxed(&last_mark, 1ull) + 1;
    struct vm_space *space;
    while ((space = space_to_visit(object, mark)) != NULL) {
        truncate_space(space, object, bytes);
        vm_space_put(space);
    }
}

bool vm_object_has_writers(struct vm_object *object)
{
    bool found = false;
    spin_lock(&object->lock);
    list_for_each(struct vm_area, area, &object->areas, object_link)
        found |= (area->flags & VM_SHARED) && !(area->flags & VM_NEVER_WRITE);
    spin_unlock(&object->lock);
    return found;
}

u64 vm_object_areas(struct vm_object *object)
{
    spin_lock(&object->lock);
    const u64 count = list_length(&object->areas);
    spin_unlock(&object->lock);
    return count;
}
