/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/string.h>
#include <helix/lib/test.h>
#include <helix/memory/heap.h>

#include "machine.h"

/* The one object that the spaces of these tests refer to. */
static struct object *resolve_shared(void *context, u32 kind, u64 id)
{
    struct vm_object *object = context;
    return kind == OBJECT_MAPPING && id == object->object.id ? &object->object : NULL;
}

static uintptr_t map(struct vm_space *space, const struct vm_map_args *args)
{
    vaddr at = {0};
    return vm_map(space, args, &at) == HELIX_OK ? at.raw : 0;
}

/* A small program: heap, stack, private and shared memory, some of it written. */
static helix_status build(struct vm_object *shared, struct vm_space **space_out)
{
    struct vm_space *space;
    size_t done;
    helix_status st = vm_space_create(&space);
    if (st != HELIX_OK)
        return st;
    vm_set_brk_base(space, vaddr_of(0x600000));
    (void)vm_brk(space, vaddr_of(0x602100));
    uintptr_t stack =
        map(space, &(struct vm_map_args){.at = vaddr_of(0x7000000),
                                         .bytes = 4 * PAGE_SIZE,
                                         .flags = VM_READ | VM_WRITE | VM_STACK | VM_GROWS_DOWN,
                                         .how = VM_MAP_FIXED,
                                         .name = "[stack]"});
    uintptr_t text =
        map(space, &(struct vm_map_args){.bytes = PAGE_SIZE, .flags = VM_READ | VM_EXEC});
    uintptr_t common = map(space, &(struct vm_map_args){.bytes = 8 * PAGE_SIZE,
                                                        .flags = VM_READ | VM_WRITE | VM_SHARED,
                                                        .object = shared});
    const struct {
        uintptr_t at;
        const char *text;
    } writes[] = {{0x600ffe, "heap"},
                  {stack + 10, "stack"},
                  {text, "code"},
                  {common + 5 * PAGE_SIZE, "common"}};
    for (size_t i = 0; i < array_count(writes); i++) {
        st = vm_copy_to(space, vaddr_of(writes[i].at), writes[i].text, strlen(writes[i].text),
                        &done);
        if (st != HELIX_OK)
            break;
    }
    *space_out = space;
    return st;
}

/* The record of @object in memory of the kernel's; the caller frees it. */
static void *record_of(const struct object *object, size_t *bytes_out)
{
    struct object_writer writer = {0};
    if (object->type->describe(object, &writer) != HELIX_OK)
        return NULL;
    *bytes_out = writer.bytes;
    void *data = kmalloc(writer.bytes);
    writer = (struct object_writer){.data = data, .capacity = *bytes_out};
    if (data == NULL || object->type->describe(object, &writer) != HELIX_OK)
        return NULL;
    return data;
}

static helix_status again(const struct object *object, const void *data, size_t bytes,
                          void *context, struct object **object_out)
{
    struct object_reader reader = {
        .data = data, .bytes = bytes, .resolve = resolve_shared, .context = context};
    const struct object_record record = {.kind = object->type->kind,
                                         .version = object->type->version,
                                         .id = object->id,
                                         .bytes = bytes};
    return object->type->recreate(&reader, &record, object_out);
}

HELIX_TEST(describe, makes_an_address_space_again)
{
    machine_start();
    u64 before = machine_settled();
    struct vm_object *shared;
    struct vm_space *space;
    struct object *copy;
    size_t bytes, done;
    REQUIRE(t, vm_object_create_shared(8 * PAGE_SIZE, &shared) == HELIX_OK);
    REQUIRE(t, build(shared, &space) == HELIX_OK);
    void *data = record_of(vm_space_object(space), &bytes);
    REQUIRE(t, data != NULL);
    REQUIRE(t, again(vm_space_object(space), data, bytes, shared, &copy) == HELIX_OK);
    EXPECT(t, copy->type->equal(vm_space_object(space), copy));
    EXPECT(t, vm_brk(vm_space_of_object(copy), vaddr_of(0)).raw == 0x602100);
    REQUIRE(t, vm_copy_to(vm_space_of_object(copy), vaddr_of(0x600fff), "X", 1, &done) == HELIX_OK);
    EXPECT(t, !copy->type->equal(vm_space_object(space), copy));
    copy->type->discard(copy);
    kfree(data);
    vm_space_put(space);
    vm_object_put(shared);
    EXPECT(t, machine_settled() == before);
}

HELIX_TEST(describe, makes_shared_memory_again)
{
    machine_start();
    u64 before = machine_settled();
    struct vm_object *shared;
    struct object *copy;
    struct page *page;
    size_t bytes;
    REQUIRE(t, vm_object_create_shared(2000 * PAGE_SIZE, &shared) == HELIX_OK);
    for (u64 index = 0; index < 2000; index += 777) {
        REQUIRE(t, shared->ops->get_page(shared, index, true, &page) == HELIX_OK);
        memset(phys_to_virt(page_frame(page)), (int)index + 1, PAGE_SIZE);
        frame_put(page_frame(page));
    }
    void *data = record_of(&shared->object, &bytes);
    REQUIRE(t, data != NULL);
    REQUIRE(t, again(&shared->object, data, bytes, NULL, &copy) == HELIX_OK);
    EXPECT(t, copy->type->equal(&shared->object, copy));
    REQUIRE(t, shared->ops->get_page(shared, 5, true, &page) == HELIX_OK);
    *(u8 *)phys_to_virt(page_frame(page)) = 1;
    frame_put(page_frame(page));
    EXPECT(t, !copy->type->equal(&shared->object, copy));
    copy->type->discard(copy);
    kfree(data);
    vm_object_put(shared);
    EXPECT(t, machine_settled() == before);
}

/* A record cut anywhere, or with a word changed, is refused or harmless, and loses nothing. */
HELIX_TEST(describe, refuses_damaged_records)
{
    machine_start();
    u64 before = machine_settled();
    struct vm_object *shared;
    struct vm_space *space;
    struct object *copy;
    size_t bytes;
    REQUIRE(t, vm_object_create_shared(8 * PAGE_SIZE, &shared) == HELIX_OK);
    REQUIRE(t, build(shared, &space) == HELIX_OK);
    u64 *data = record_of(vm_space_object(space), &bytes);
    REQUIRE(t, data != NULL);
    for (size_t cut = 0; cut < bytes; cut += 200)
        EXPECT(t, again(vm_space_object(space), data, cut, shared, &copy) == HELIX_E_CORRUPT);
    for (size_t word = 0; word < bytes / 8; word += word < 64 ? 1 : 60) {
        u64 saved = data[word];
        static const u64 poison[] = {0, 1, UINT64_MAX, 0x8000000000000000};
        for (size_t i = 0; i < array_count(poison); i++) {
            data[word] = poison[i];
            if (again(vm_space_object(space), data, bytes, shared, &copy) == HELIX_OK)
                copy->type->discard(copy);
        }
        data[word] = saved;
    }
    kfree(data);
    vm_space_put(space);
    vm_object_put(shared);
    EXPECT(t, machine_settled() == before);
}
