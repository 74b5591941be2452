/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Building the address space of a program: its segments as file mappings, its bss, its heap's
 * beginning. */
#include "arch.h"
#include "exec/exec.h"

#include <helix/entropy/entropy.h>
#include <helix/hal/mmu.h>
#include <helix/vfs/file.h>

#define PIE_BASE(limit) ((limit) / 3 * 2) // below the mappings, above the heap of a fixed program
#define PIE_RANDOM_BITS (log2_floor(HAL_USER_END / 64) - PAGE_SHIFT)
#define BRK_RANDOM_BITS 13u // 32 MB

u64 exec_random_pages(const struct exec_attempt *attempt, unsigned bits)
{
    if (attempt->personality & PERSONALITY_NO_RANDOMIZE)
        return 0;
    return (entropy_u64() & ((1ull << bits) - 1)) << PAGE_SHIFT;
}

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

static u64 choose_bias(const struct exec_attempt *attempt)
{
    const struct elf_program *program = &attempt->image.program;
    if (program->type == ELF_TYPE_EXEC)
        return 0;
    const u64 base = PIE_BASE(HAL_USER_END) + exec_random_pages(attempt, PIE_RANDOM_BITS);
    return align_down(base, program->alignment) - program->low;
}

static helix_status map_signal_return(struct exec_attempt *attempt)
{
    const struct vm_map_args args = {
        .bytes = PAGE_SIZE, .flags = VM_READ | VM_SPECIAL, .name = "[sigreturn]"};
    size_t done;
    if (arch_signal_return_bytes == 0)
        return HELIX_OK;
    helix_status status = vm_map(attempt->space, &args, &attempt->signal_return);
    if (status == HELIX_OK)
        status = vm_copy_to(attempt->space, attempt->signal_return, arch_signal_return,
                            arch_signal_return_bytes, &done);
    if (status == HELIX_OK)
        status = vm_protect(attempt->space, attempt->signal_return, PAGE_SIZE, VM_READ | VM_EXEC);
    return status;
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
    attempt->image.bias = choose_bias(attempt);
    helix_status status = map_image(attempt->space, &attempt->image);
    if (status == HELIX_OK && attempt->interpreter)
        status = load_interpreter(attempt);
    if (status == HELIX_OK)
        status = map_signal_return(attempt);
    if (status != HELIX_OK)
        return status;
    attempt->brk_base = attempt->image.program.high + attempt->image.bias +
                        exec_random_pages(attempt, BRK_RANDOM_BITS);
    vm_set_brk_base(attempt->space, vaddr_of(attempt->brk_base));
    return HELIX_OK;
}
