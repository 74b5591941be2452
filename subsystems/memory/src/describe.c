/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * An address space as a record: its figures, then its areas in order, each with its private pages
 * and what they hold. Pages of objects are the objects' to describe; an area refers to its object
 * by id.
 */
#include <helix/hal/trap.h>
#include <helix/lib/string.h>

#include "space_private.h"

struct space_payload {
    u64 mmap_top;
    u64 brk_base, brk_end;
    u64 address_space, data, stack, locked; // limits
    u64 areas;                              // that follow
};

#define NAME_BYTES 16u

struct area_payload {
    u64 start, end;
    u64 object; // id; 0: anonymous
    u64 offset, file_end;
    u64 pages; // that follow, each its address and its contents
    u32 flags;
    u32 spare;
    char name[NAME_BYTES];
};

/* Names are static texts, so a record can bring back only those that memory knows. */
static const char *const known_names[] = {"[heap]", "[stack]", "[vdso]", "[vvar]"};

static const char *name_of(const char *text)
{
    for (size_t i = 0; i < array_count(known_names); i++) {
        if (strncmp(known_names[i], text, NAME_BYTES) == 0)
            return known_names[i];
    }
    return NULL;
}

static struct vm_space *space_of(const struct object *object)
{
    return container_of(object, struct vm_space, object);
}

struct object *vm_space_object(struct vm_space *space)
{
    return &space->object;
}

struct vm_space *vm_space_of_object(struct object *object)
{
    return space_of(object);
}

/* ---- Describe ---- */

static bool is_private_page(const struct hal_mapping *mapping)
{
    return !is_zero_frame(mapping->frame) && page_of(mapping->frame)->kind == FRAME_ANON;
}

static enum hal_walk_action count_page(void *context, vaddr at, struct hal_mapping *mapping)
{
    (void)at;
    if (is_private_page(mapping))
        (*(u64 *)context)++;
    return HAL_WALK_KEEP;
}

static enum hal_walk_action write_page(void *context, vaddr at, struct hal_mapping *mapping)
{
    u64 address = at.raw;
    if (!is_private_page(mapping))
        return HAL_WALK_KEEP;
    object_write(context, &address, sizeof(address));
    object_write(context, phys_to_virt(mapping->frame), PAGE_SIZE);
    return HAL_WALK_KEEP;
}

static void describe_area(struct vm_space *space, const struct vm_area *area,
                          struct object_writer *writer)
{
    struct area_payload payload = {
        .start = area->start,
        .end = area->end,
        .object = area->object != NULL ? area->object->object.id : 0,
        .offset = area->offset,
        .file_end = area->file_end,
        .flags = area->flags,
    };
    if (area->name != NULL)
        strlcpy(payload.name, area->name, sizeof(payload.name));
    vaddr start = vaddr_of(area->start);
    vaddr end = vaddr_of(area->end);
    spin_lock(&space->table_lock);
    hal_space_walk(&space->hal, start, end, count_page, &payload.pages);
    object_write(writer, &payload, sizeof(payload));
    hal_space_walk(&space->hal, start, end, write_page, writer);
    spin_unlock(&space->table_lock);
}

static helix_status space_describe(const struct object *object, struct object_writer *writer)
{
    struct vm_space *space = space_of(object);
    sleep_lock_read(&space->lock);
    const struct space_payload payload = {
        .mmap_top = space->mmap_top,
        .brk_base = space->brk_base,
        .brk_end = space->brk_end,
        .address_space = space->limits.address_space,
        .data = space->limits.data,
        .stack = space->limits.stack,
        .locked = space->limits.locked,
        .areas = space->area_count,
    };
    object_write(writer, &payload, sizeof(payload));
    rb_for_each(node, &space->areas)
        describe_area(space, area_of(node), writer);
    sleep_unlock_read(&space->lock);
    return HELIX_OK;
}

/* ---- Recreate ---- */

static helix_status area_check(const struct area_payload *payload)
{
    if (!is_aligned(payload->start | payload->end | payload->offset, PAGE_SIZE) ||
        payload->start >= payload->end || payload->start < HAL_USER_MIN ||
        payload->end > HAL_USER_END)
        return HELIX_E_CORRUPT;
    return HELIX_OK;
}

static helix_status recreate_page(struct object_reader *reader, struct vm_space *space,
                                  const struct area_payload *area)
{
    u64 address;
    helix_status st = object_read(reader, &address, sizeof(address));
    if (st != HELIX_OK)
        return st;
    if (address < area->start || address >= area->end || area->flags & VM_SHARED ||
        reader->bytes - reader->at < PAGE_SIZE)
        return HELIX_E_CORRUPT;
    const void *data = (const u8 *)reader->data + reader->at;
    size_t done;
    reader->at += PAGE_SIZE;
    return vm_copy_to(space, vaddr_of(address), data, PAGE_SIZE, &done);
}

static helix_status recreate_area(struct object_reader *reader, struct vm_space *space)
{
    struct area_payload payload;
    helix_status st = object_read(reader, &payload, sizeof(payload));
    if (st == HELIX_OK)
        st = area_check(&payload);
    if (st != HELIX_OK)
        return st;
    struct object *object = NULL;
    if (payload.object != 0) {
        object = reader->resolve(reader->context, OBJECT_MAPPING, payload.object);
        if (object == NULL)
            return HELIX_E_CORRUPT;
    }
    if (object == NULL && payload.flags & VM_SHARED)
        return HELIX_E_CORRUPT;
    payload.name[NAME_BYTES - 1] = '\0';
    const struct vm_map_args args = {
        .at = vaddr_of(payload.start),
        .bytes = payload.end - payload.start,
        .flags = payload.flags & ~(unsigned)VM_LOCKED, // the limit counts from now on
        .how = VM_MAP_FIXED_NOREPLACE,
        .object = object != NULL ? container_of(object, struct vm_object, object) : NULL,
        .offset = payload.offset,
        .file_bytes = payload.file_end == FILE_END_NONE ? 0 : payload.file_end - payload.offset,
        .name = name_of(payload.name),
    };
    vaddr at;
    st = vm_map(space, &args, &at);
    for (u64 i = 0; st == HELIX_OK && i < payload.pages; i++)
        st = recreate_page(reader, space, &payload);
    if (st == HELIX_OK && payload.flags & VM_LOCKED)
        st = vm_lock_range(space, at, args.bytes, true);
    return st == HELIX_E_EXIST || st == HELIX_E_INVAL ? HELIX_E_CORRUPT : st;
}

static helix_status space_recreate(struct object_reader *reader, const struct object_record *record,
                                   struct object **object_out)
{
    struct space_payload payload;
    struct vm_space *space;
    if (record->version != vm_space_type.version)
        return HELIX_E_NOTSUP;
    helix_status st = object_read(reader, &payload, sizeof(payload));
    if (st == HELIX_OK && (payload.mmap_top > HAL_USER_END || payload.brk_end > HAL_USER_END ||
                           payload.brk_base > payload.brk_end))
        st = HELIX_E_CORRUPT;
    if (st == HELIX_OK)
        st = vm_space_create(&space);
    if (st != HELIX_OK)
        return st;
    for (u64 i = 0; st == HELIX_OK && i < payload.areas; i++)
        st = recreate_area(reader, space);
    if (st != HELIX_OK) {
        vm_space_put(space);
        return st;
    }
    space->mmap_top = payload.mmap_top;
    space->brk_base = payload.brk_base;
    space->brk_end = payload.brk_end;
    space->limits = (struct vm_limits){.address_space = payload.address_space,
                                       .data = payload.data,
                                       .stack = payload.stack,
                                       .locked = payload.locked};
    *object_out = &space->object;
    return HELIX_OK;
}

static void space_discard(struct object *object)
{
    vm_space_put(space_of(object));
}

/* ---- Compare ---- */

struct comparison {
    struct vm_space *other;
    bool equal;
};

/* A private page here is a private page there, with the same contents. */
static enum hal_walk_action compare_page(void *context, vaddr at, struct hal_mapping *mapping)
{
    struct comparison *comparison = context;
    struct hal_mapping theirs;
    if (!is_private_page(mapping))
        return HAL_WALK_KEEP;
    if (!hal_space_query(&comparison->other->hal, at, &theirs) || !is_private_page(&theirs) ||
        memcmp(phys_to_virt(mapping->frame), phys_to_virt(theirs.frame), PAGE_SIZE) != 0)
        comparison->equal = false;
    return comparison->equal ? HAL_WALK_KEEP : HAL_WALK_STOP;
}

static bool pages_equal(struct vm_space *one, struct vm_space *other)
{
    struct comparison comparison = {.other = other, .equal = true};
    hal_space_walk(&one->hal, vaddr_of(HAL_USER_MIN), vaddr_of(HAL_USER_END), compare_page,
                   &comparison);
    return comparison.equal;
}

static bool objects_equal(const struct vm_object *l, const struct vm_object *r)
{
    if (l == r)
        return true;
    if (l == NULL || r == NULL || l->object.type != r->object.type || l->object.type == NULL)
        return false;
    return l->object.type->equal(&l->object, &r->object);
}

static bool areas_equal(const struct vm_area *l, const struct vm_area *r)
{
    return l->start == r->start && l->end == r->end && l->flags == r->flags &&
           l->offset == r->offset && l->file_end == r->file_end &&
           objects_equal(l->object, r->object);
}

/* Neither space is in use meanwhile. */
static bool space_equal(const struct object *left, const struct object *right)
{
    struct vm_space *l = space_of(left);
    struct vm_space *r = space_of(right);
    if (l->mmap_top != r->mmap_top || l->brk_base != r->brk_base || l->brk_end != r->brk_end ||
        memcmp(&l->limits, &r->limits, sizeof(l->limits)) != 0 || l->area_count != r->area_count)
        return false;
    struct vm_area *theirs = area_of(rb_first(&r->areas));
    rb_for_each(node, &l->areas) {
        if (!areas_equal(area_of(node), theirs))
            return false;
        theirs = area_next(theirs);
    }
    return pages_equal(l, r) && pages_equal(r, l);
}

const struct object_type vm_space_type = {
    .kind = OBJECT_ADDRESS_SPACE,
    .version = 1,
    .name = "address space",
    .describe = space_describe,
    .recreate = space_recreate,
    .discard = space_discard,
    .equal = space_equal,
};
OBJECT_TYPE_ENTRY(vm_space_type);
