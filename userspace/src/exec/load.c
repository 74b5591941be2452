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

static helix_status map_file_part(struct exec_attempt *attempt, struct vm_object *object,
                                  const struct elf_load_segment *segment)
{
    const struct vm_map_args args = {
        .at = vaddr_of(segment->address + attempt->image.bias),
        .bytes = align_up(segment->file_bytes, PAGE_SIZE),
        .flags = vm_flags_of(segment->flags),
        .how = VM_MAP_FIXED_NOREPLACE,
        .object = object,
        .offset = segment->file_offset,
        // What follows the file's part in its last page is bss: it must read as zeros.
        .file_bytes = segment->memory_bytes > segment->file_bytes ? segment->file_bytes : 0,
    };
    vaddr at;
    return vm_map(attempt->space, &args, &at);
}

static helix_status map_zero_part(struct exec_attempt *attempt,
                                  const struct elf_load_segment *segment)
{
    const u64 start = segment->address + align_up(segment->file_bytes, PAGE_SIZE);
    const u64 end = align_up(segment->address + segment->memory_bytes, PAGE_SIZE);
    if (start >= end)
        return HELIX_OK;
    const struct vm_map_args args = {
        .at = vaddr_of(start + attempt->image.bias),
        .bytes = end - start,
        .flags = vm_flags_of(segment->flags),
        .how = VM_MAP_FIXED_NOREPLACE,
    };
    vaddr at;
    return vm_map(attempt->space, &args, &at);
}

static helix_status map_segment(struct exec_attempt *attempt, struct vm_object *object,
                                const struct elf_load_segment *segment)
{
    helix_status status = HELIX_OK;
    if (segment->file_bytes)
        status = map_file_part(attempt, object, segment);
    if (status == HELIX_OK)
        status = map_zero_part(attempt, segment);
    return status;
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

helix_status exec_load(struct exec_attempt *attempt)
{
    const struct elf_program *program = &attempt->image.program;
    struct vm_object *object;
    helix_status status =
        attempt->image.file->ops->map(attempt->image.file, 0, VM_READ | VM_EXEC, &object);
    if (status != HELIX_OK)
        return status == HELIX_E_NODEV ? HELIX_E_ACCESS : status;
    attempt->image.bias = choose_bias(attempt);
    for (unsigned i = 0; status == HELIX_OK && i < program->segment_count; i++)
        status = map_segment(attempt, object, &program->segments[i]);
    vm_object_put(object);
    if (status != HELIX_OK)
        return status == HELIX_E_EXIST || status == HELIX_E_INVAL ? HELIX_E_NOT_EXEC : status;
    status = map_signal_return(attempt);
    if (status != HELIX_OK)
        return status;
    attempt->brk_base =
        program->high + attempt->image.bias + exec_random_pages(attempt, BRK_RANDOM_BITS);
    vm_set_brk_base(attempt->space, vaddr_of(attempt->brk_base));
    return HELIX_OK;
}
