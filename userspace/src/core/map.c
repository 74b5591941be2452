/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Which memory goes into a core file. */
#include "core/private.h"

#include <helix/abi/linux.h>
#include <helix/lib/elf64.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/object.h>

#define BUFFER_START 4096u

void *core_buffer_add(struct core_buffer *buffer, size_t bytes)
{
    if (buffer->failed)
        return NULL;
    if (buffer->bytes + bytes > buffer->capacity) {
        const size_t wanted = max(buffer->capacity * 2, buffer->bytes + bytes + BUFFER_START);
        u8 *memory = krealloc(buffer->memory, wanted);
        if (!memory) {
            buffer->failed = true;
            return NULL;
        }
        buffer->memory = memory;
        buffer->capacity = wanted;
    }
    void *at = buffer->memory + buffer->bytes;
    memset(at, 0, bytes);
    buffer->bytes += bytes;
    return at;
}

static bool count_area(const struct vm_area_info *area, void *context)
{
    (void)area;
    ((struct core_map *)context)->capacity++;
    return true;
}

struct reading {
    struct core_map *map;
    u32 filter;
    char *path; // LINUX_PATH_MAX bytes
};

static u32 add_name(struct core_buffer *names, const char *path)
{
    const size_t bytes = strlen(path) + 1;
    const size_t at = names->bytes;
    char *to = core_buffer_add(names, bytes);
    if (!to)
        return 0;
    memcpy(to, path, bytes);
    return (u32)at + 1;
}

/* Of a file that nobody changed debuggers have the rest; what was changed is memory like any. */
static u64 bytes_of(const struct vm_area_info *area, u32 filter)
{
    const u64 all = area->end.raw - area->start.raw;
    const bool shared = area->flags & VM_SHARED;
    if (area->flags & VM_DONT_DUMP)
        return 0;
    if (area->flags & VM_SPECIAL)
        return all;
    if (!area->object || (!shared && (area->flags & VM_WRITE) && area->private_pages))
        return filter & (shared ? CORE_ANONYMOUS_SHARED : CORE_ANONYMOUS_PRIVATE) ? all : 0;
    if (filter & (shared ? CORE_FILE_SHARED : CORE_FILE_PRIVATE))
        return all;
    const bool may_be_header = !shared && area->offset == 0 && (area->flags & VM_READ);
    return (filter & CORE_HEADERS) && may_be_header ? PAGE_SIZE : 0;
}

static bool read_area(const struct vm_area_info *area, void *context)
{
    struct reading *reading = context;
    struct core_map *map = reading->map;
    struct vm_object *object = area->object;
    u64 device, inode;
    if (map->count == map->capacity)
        return false; // another process, which shares the space, goes on mapping
    struct core_area *to = &map->areas[map->count++];
    *to = (struct core_area){
        .start = area->start.raw,
        .end = area->end.raw,
        .dump_bytes = bytes_of(area, reading->filter),
        .page = area->offset >> PAGE_SHIFT,
        .flags = (area->flags & VM_READ ? ELF_SEGMENT_READ : 0u) |
                 (area->flags & VM_WRITE ? ELF_SEGMENT_WRITE : 0u) |
                 (area->flags & VM_EXEC ? ELF_SEGMENT_EXECUTE : 0u),
    };
    if (object && object->ops->identify &&
        object->ops->identify(object, &device, &inode, reading->path, LINUX_PATH_MAX))
        to->name = add_name(&map->names, reading->path);
    return true;
}

/* A page is taken for its sake only when it is an ELF file's. */
static void drop_other_headers(struct vm_space *space, struct core_map *map)
{
    for (unsigned i = 0; i < map->count; i++) {
        struct core_area *area = &map->areas[i];
        char magic[ELF_MAGIC_SIZE];
        size_t done;
        if (area->dump_bytes != PAGE_SIZE || area->end - area->start == PAGE_SIZE)
            continue;
        if (vm_copy_from(space, vaddr_of(area->start), magic, sizeof magic, &done) != HELIX_OK ||
            done != sizeof magic || memcmp(magic, ELF_MAGIC, sizeof magic) != 0)
            area->dump_bytes = 0;
    }
}

helix_status core_map_read(struct vm_space *space, u32 filter, struct core_map *map)
{
    *map = (struct core_map){0};
    vm_for_each_area(space, vaddr_of(0), count_area, map);
    struct reading reading = {.map = map, .filter = filter, .path = kmalloc(LINUX_PATH_MAX)};
    map->areas = kmalloc(max(map->capacity, 1u) * sizeof *map->areas);
    if (!reading.path || !map->areas) {
        kfree(reading.path);
        core_map_free(map);
        return HELIX_E_NOMEM;
    }
    vm_for_each_area(space, vaddr_of(0), read_area, &reading);
    kfree(reading.path);
    drop_other_headers(space, map);
    return HELIX_OK;
}

void core_map_free(struct core_map *map)
{
    kfree(map->areas);
    kfree(map->names.memory);
}
