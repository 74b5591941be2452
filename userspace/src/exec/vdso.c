/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The vDSO in a program: the page of clocks, then the code, both straight from the kernel's image.
 * All programs share these frames, so no mapping of them may become writable; what a debugger
 * writes goes to a copy of the program's own.
 */
#include "exec/vdso.h"
#include "record.h"

#include <helix/hal/mmu.h>
#include <helix/hal/user_clock.h>
#include <helix/lib/assert.h>
#include <helix/lib/crc32c.h>
#include <helix/memory/frame.h>
#include <helix/memory/object.h>

/* From tools/vdso. */
extern const u8 vdso_image[], vdso_image_end[];
extern const u64 vdso_signal_return; // offset in the image, 0: none

/* Pages of the image, for mappings. */
struct image_part {
    struct vm_object object;
    const u8 *memory;
    size_t bytes;
};

static struct image_part clock_part, code_part;

static struct image_part *part_of(struct vm_object *object)
{
    return container_of(object, struct image_part, object);
}

static struct page *part_page(const struct image_part *part, u64 index)
{
    const paddr frame = virt_to_phys(part->memory + index * PAGE_SIZE);
    frame_get(frame); // the image's own reference keeps it from ever being freed
    return page_of(frame);
}

static helix_status part_get_page(struct vm_object *object, u64 index, bool for_write,
                                  struct page **page_out)
{
    helix_assert(!for_write && index < part_of(object)->bytes / PAGE_SIZE);
    *page_out = part_page(part_of(object), index);
    return HELIX_OK;
}

static void part_get_resident(struct vm_object *object, u64 first, unsigned count,
                              struct page **pages_out)
{
    for (unsigned i = 0; i < count; i++)
        pages_out[i] = part_page(part_of(object), first + i);
}

static u64 part_size(struct vm_object *object)
{
    return part_of(object)->bytes;
}

static void part_destroy(struct vm_object *object)
{
    (void)object;
    helix_panic("the vDSO lost its last reference");
}

static const struct vm_object_ops part_ops = {
    .get_page = part_get_page,
    .get_resident = part_get_resident,
    .size = part_size,
    .destroy = part_destroy,
};

/*
 * A record says which part it is and what the code was: an address space goes on only under a
 * kernel with the same code, for a thread may stand anywhere in it.
 */
struct part_record {
    u64 is_code;
    u64 sum; // of the code
};

static u64 code_sum(void)
{
    return crc32c(0, code_part.memory, code_part.bytes);
}

static helix_status part_describe(const struct object *object, struct object_writer *writer)
{
    const struct part_record record = {.is_code = object == &code_part.object.object,
                                       .sum = code_sum()};
    record_begin(object, sizeof record, writer);
    object_write(writer, &record, sizeof record);
    return HELIX_OK;
}

static helix_status part_recreate(struct object_reader *reader, const struct object_record *header,
                                  struct object **object_out)
{
    struct part_record record;
    const helix_status status = object_read(reader, &record, sizeof record);
    if (status != HELIX_OK)
        return status;
    if (header->version != code_part.object.object.type->version || record.sum != code_sum())
        return HELIX_E_NOTSUP;
    struct image_part *part = record.is_code ? &code_part : &clock_part;
    vm_object_get(&part->object);
    *object_out = &part->object.object;
    return HELIX_OK;
}

static void part_discard(struct object *object)
{
    vm_object_put(container_of(object, struct vm_object, object));
}

static bool part_equal(const struct object *left, const struct object *right)
{
    return left == right;
}

static const struct object_type part_type = {
    .kind = OBJECT_MAPPING,
    .version = 2, // 1 is memory's own
    .name = "vDSO",
    .describe = part_describe,
    .recreate = part_recreate,
    .discard = part_discard,
    .equal = part_equal,
};
OBJECT_TYPE_ENTRY(part_type);

static void part_init(struct image_part *part, const void *memory, size_t bytes)
{
    vm_object_init(&part->object, &part_ops);
    part->object.object.type = &part_type;
    part->memory = memory;
    part->bytes = bytes;
}

void vdso_start(void)
{
    part_init(&clock_part, &hal_user_clock, sizeof hal_user_clock);
    part_init(&code_part, vdso_image, (size_t)(vdso_image_end - vdso_image));
}

static helix_status map_part(struct vm_space *space, struct image_part *part, vaddr at,
                             unsigned flags, const char *name)
{
    const struct vm_map_args args = {
        .at = at,
        .bytes = part->bytes,
        .flags = VM_READ | VM_SPECIAL | VM_NEVER_WRITE | flags,
        .how = at.raw ? VM_MAP_FIXED_NOREPLACE : 0,
        .object = &part->object,
        .name = name,
    };
    return vm_map(space, &args, &at);
}

/* Where both fit below the mappings. */
static helix_status find_place(struct vm_space *space, size_t bytes, vaddr *at_out)
{
    const struct vm_map_args args = {.bytes = bytes};
    helix_status status = vm_map(space, &args, at_out);
    if (status == HELIX_OK)
        status = vm_unmap(space, *at_out, bytes);
    return status;
}

helix_status vdso_map(struct vm_space *space, vaddr at, vaddr *code_out)
{
    const size_t bytes = clock_part.bytes + code_part.bytes;
    helix_status status = HELIX_OK;
    if (!at.raw)
        status = find_place(space, bytes, &at);
    const vaddr code = vaddr_of(at.raw + clock_part.bytes);
    if (status == HELIX_OK)
        status = map_part(space, &clock_part, at, VM_DONT_DUMP, "[vvar]");
    if (status == HELIX_OK)
        status = map_part(space, &code_part, code, VM_EXEC, "[vdso]");
    *code_out = code;
    return status;
}

size_t vdso_bytes(void)
{
    return clock_part.bytes + code_part.bytes;
}

vaddr vdso_signal_return_at(vaddr code)
{
    return vaddr_of(vdso_signal_return ? code.raw + vdso_signal_return : 0);
}
