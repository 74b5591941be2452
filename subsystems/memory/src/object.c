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

/* What goes: the pages of @object from @from to @to, from the areas that have all of @flags. */
struct dropped {
    struct vm_object *object;
    u64 from, to;
    unsigned flags;
};

static void drop_from_area(struct vm_space *space, const struct vm_area *area,
                           const struct dropped *dropped)
{
    const u64 first = area->offset, last = area->offset + (area->end - area->start);
    if (area->object != dropped->object || (area->flags & dropped->flags) != dropped->flags ||
        last <= dropped->from || first >= dropped->to)
        return;
    const uintptr_t start = area->start + (dropped->from > first ? dropped->from - first : 0);
    unmap_pages(space, start, area->end - (dropped->to < last ? last - dropped->to : 0));
}

static void drop_everywhere(const struct dropped *dropped)
{
    static u64 last_mark;
    u64 mark = atomic_fetch_add_relaxed(&last_mark, 1ull) + 1;
    struct vm_space *space;
    while ((space = space_to_visit(dropped->object, mark)) != NULL) {
        sleep_lock_write(&space->lock);
        rb_for_each(node, &space->areas)
            drop_from_area(space, area_of(node), dropped);
        sleep_unlock_write(&space->lock);
        vm_space_put(space);
    }
}

void vm_object_truncated(struct vm_object *object, u64 bytes)
{
    drop_everywhere(&(struct dropped){object, align_up(bytes, PAGE_SIZE), UINT64_MAX, 0});
}

void vm_object_punched(struct vm_object *object, u64 from, u64 to)
{
    drop_everywhere(&(struct dropped){object, from, to, VM_SHARED});
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
