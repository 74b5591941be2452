/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Building the address space of a program: its segments as file mappings, its bss, its heap's
 * beginning. */
#include "arch.h"
#include "exec/exec.h"
#include "exec/vdso.h"

#include <helix/hal/mmu.h>
#include <helix/vfs/file.h>

static unsigned vm_flags_of(unsigned elf_flags)
{
    return (elf_flags & ELF_SEGMENT_READ ? VM_READ : 0) |
           (elf_flags & ELF_SEGMENT_WRITE ? VM_WRITE : 0) |
           (elf_flags & ELF_SEGMENT_EXECUTE ? VM_EXEC : 0);
}

static helix_status map_file_part(struct vm_space *space, struct vm_object *object, u64 bias,
                                  const struct elf_load_segment *segment)
{
    const struct vm_map_args args = {
        .at = vaddr_of(segment->address + bias),
        .bytes = align_up(segment->file_bytes, PAGE_SIZE),
        .flags = vm_flags_of(segment->flags),
        .how = VM_MAP_FIXED_NOREPLACE,
        .object = object,
        .offset = segment->file_offset,
        // What follows the file's part in its last page is bss: it must read as zeros.
        .file_bytes = segment->memory_bytes > segment->file_bytes ? segment->file_bytes : 0,
    };
    vaddr at;
    return vm_map(space, &args, &at);
}

static helix_status map_zero_part(struct vm_space *space, u64 bias,
                                  const struct elf_load_segment *segment)
{
    const u64 start = segment->address + align_up(segment->file_bytes, PAGE_SIZE);
    const u64 end = align_up(segment->address + segment->memory_bytes, PAGE_SIZE);
    if (start >= end)
        return HELIX_OK;
    const struct vm_map_args args = {
        .at = vaddr_of(start + bias),
        .bytes = end - start,
        .flags = vm_flags_of(segment->flags),
        .how = VM_MAP_FIXED_NOREPLACE,
    };
    vaddr at;
    return vm_map(space, &args, &at);
}

static helix_status map_segment(struct vm_space *space, struct vm_object *object, u64 bias,
                                const struct elf_load_segment *segment)
{
    helix_status status = HELIX_OK;
    if (segment->file_bytes)
        status = map_file_part(space, object, bias, segment);
    if (status == HELIX_OK)
        status = map_zero_part(space, bias, segment);
    return status;
}

static helix_status map_image(struct vm_space *space, const struct exec_image *image)
{
    struct vm_object *object;
    helix_status status = image->file->ops->map(image->file, 0, VM_READ | VM_EXEC, &object);
    if (status != HELIX_OK)
        return status == HELIX_E_NODEV ? HELIX_E_ACCESS : status;
    for (unsigned i = 0; status == HELIX_OK && i < image->program.segment_count; i++)
        status = map_segment(space, object, image->bias, &image->program.segments[i]);
    vm_object_put(object);
    return status == HELIX_E_EXIST || status == HELIX_E_INVAL ? HELIX_E_NOT_EXEC : status;
}

/* An interpreter that may lie anywhere lies where mmap() would put it: the space is still ours
 * alone, so what was found free stays free. */
static helix_status place_interpreter(struct vm_space *space, struct exec_image *image)
{
    const struct elf_program *program = &image->program;
    const size_t bytes = program->high - program->low + program->alignment - PAGE_SIZE;
    const struct vm_map_args args = {.bytes = bytes};
    vaddr at;
    if (program->type == ELF_TYPE_EXEC)
        return HELIX_OK;
    helix_status status = vm_map(space, &args, &at);
    if (status == HELIX_OK)
        status = vm_unmap(space, at, bytes);
    if (status == HELIX_OK)
        image->bias = align_up(at.raw, program->alignment) - program->low;
    return status;
}

static helix_status load_interpreter(struct exec_attempt *attempt)
{
    helix_status status = place_interpreter(attempt->space, attempt->interpreter);
    if (status == HELIX_OK)
        status = map_image(attempt->space, attempt->interpreter);
    return status == HELIX_E_NOT_EXEC ? HELIX_E_BAD_INTERP : status;
}

helix_status exec_load(struct exec_attempt *attempt)
{
    exec_layout_choose(attempt);
    attempt->image.bias = exec_layout_bias(attempt);
    helix_status status = map_image(attempt->space, &attempt->image);
    if (status == HELIX_OK && attempt->interpreter)
        status = load_interpreter(attempt);
    if (status == HELIX_OK)
        status = vdso_map(attempt->space, exec_layout_vdso(attempt), &attempt->vdso);
    if (status != HELIX_OK)
        return status;
    attempt->signal_return = vdso_signal_return_at(attempt->vdso);
    vm_set_brk_base(attempt->space, vaddr_of(exec_layout_heap(attempt)));
    return HELIX_OK;
}
