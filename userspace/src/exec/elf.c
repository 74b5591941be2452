/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "exec/elf.h"

#include <helix/lib/string.h>

helix_status elf_check_header(const void *data, size_t bytes, u16 machine, u64 file_bytes,
                              u64 *headers_offset_out, u64 *headers_bytes_out)
{
    struct elf64_header header;
    u64 end;
    if (bytes < sizeof header)
        return HELIX_E_NOT_EXEC;
    memcpy(&header, data, sizeof header);
    if (memcmp(header.ident, ELF_MAGIC, ELF_MAGIC_SIZE) != 0 ||
        header.ident[ELF_IDENT_CLASS] != ELF_CLASS_64 ||
        header.ident[ELF_IDENT_DATA] != ELF_DATA_LITTLE || header.machine != machine)
        return HELIX_E_NOT_EXEC;
    if (header.type != ELF_TYPE_EXEC && header.type != ELF_TYPE_SHARED)
        return HELIX_E_NOT_EXEC;
    const u64 size = (u64)header.program_count * sizeof(struct elf64_segment);
    if (header.program_entry_size != sizeof(struct elf64_segment) || size == 0 ||
        size > ELF_HEADERS_MAX)
        return HELIX_E_NOT_EXEC;
    if (add_overflows(header.program_offset, size, &end) || end > file_bytes)
        return HELIX_E_NOT_EXEC;
    *headers_offset_out = header.program_offset;
    *headers_bytes_out = size;
    return HELIX_OK;
}

/* Offset and address agree in their page; sizes neither wrap nor leave the file or the address
 * space. */
static bool segment_is_sane(const struct elf64_segment *segment, u64 file_bytes, u64 limit)
{
    u64 file_end, memory_end;
    if (segment->file_size > segment->memory_size ||
        add_overflows(segment->offset, segment->file_size, &file_end) || file_end > file_bytes ||
        add_overflows(segment->virtual_address, segment->memory_size, &memory_end) ||
        memory_end > limit)
        return false;
    return ((segment->offset ^ segment->virtual_address) & PAGE_MASK) == 0;
}

static helix_status add_segment(struct elf_program *program, const struct elf64_segment *segment,
                                u64 file_bytes, u64 limit)
{
    if (segment->memory_size == 0 && segment->file_size == 0)
        return HELIX_OK;
    if (!segment_is_sane(segment, file_bytes, limit) ||
        program->segment_count == ELF_PROGRAM_SEGMENTS)
        return HELIX_E_NOT_EXEC;
    const u64 slack = segment->virtual_address & PAGE_MASK;
    const struct elf_load_segment made = {
        .address = segment->virtual_address - slack,
        .file_offset = segment->offset - slack,
        .file_bytes = segment->file_size ? segment->file_size + slack : 0,
        .memory_bytes = segment->memory_size + slack,
        .flags = segment->flags,
    };
    // The ABI has them in rising order; overlapping ones would replace each other's pages.
    if (program->segment_count > 0 && made.address < program->high)
        return HELIX_E_NOT_EXEC;
    if (program->segment_count == 0)
        program->low = made.address;
    program->high = align_up(made.address + made.memory_bytes, PAGE_SIZE);
    if (is_power_of_two(segment->alignment) && segment->alignment > program->alignment)
        program->alignment = segment->alignment;
    program->segments[program->segment_count++] = made;
    return HELIX_OK;
}

/* Where the program headers end up in memory: inside the segment that maps their file offset. */
static u64 find_headers(const struct elf_program *program, u64 offset)
{
    for (unsigned i = 0; i < program->segment_count; i++) {
        const struct elf_load_segment *segment = &program->segments[i];
        if (offset >= segment->file_offset && offset - segment->file_offset < segment->file_bytes)
            return segment->address + (offset - segment->file_offset);
    }
    return 0;
}

/* The first one counts. The errors are those of reading the file. */
static helix_status note_interpreter(struct elf_program *program,
                                     const struct elf64_segment *segment, u64 file_bytes)
{
    if (program->interpreter_bytes)
        return HELIX_OK;
    if (segment->file_size < 2 || segment->file_size > PAGE_SIZE)
        return HELIX_E_NOT_EXEC;
    if ((i64)(segment->offset | (segment->offset + segment->file_size)) < 0)
        return HELIX_E_INVAL; // no place in a file
    if (segment->offset > file_bytes || segment->file_size > file_bytes - segment->offset)
        return HELIX_E_IO;
    program->interpreter_offset = segment->offset;
    program->interpreter_bytes = segment->file_size;
    return HELIX_OK;
}

static helix_status read_segment(struct elf_program *program, const struct elf64_segment *segment,
                                 u64 file_bytes, u64 limit)
{
    switch (segment->type) {
    case ELF_SEGMENT_LOAD:
        return add_segment(program, segment, file_bytes, limit);
    case ELF_SEGMENT_INTERPRETER:
        return note_interpreter(program, segment, file_bytes);
    case ELF_SEGMENT_GNU_STACK:
        program->executable_stack = (segment->flags & ELF_SEGMENT_EXECUTE) != 0;
        return HELIX_OK;
    default:
        return HELIX_OK;
    }
}

helix_status elf_read_program(const struct elf64_header *header, const void *headers,
                              u64 file_bytes, u64 limit, struct elf_program *program_out)
{
    struct elf_program *program = program_out;
    *program = (struct elf_program){
        .type = header->type,
        .entry = header->entry,
        .header_count = header->program_count,
        .alignment = PAGE_SIZE,
    };
    for (unsigned i = 0; i < header->program_count; i++) {
        struct elf64_segment segment;
        memcpy(&segment, (const u8 *)headers + i * sizeof segment, sizeof segment);
        const helix_status status = read_segment(program, &segment, file_bytes, limit);
        if (status != HELIX_OK)
            return status;
    }
    if (program->segment_count == 0 || program->alignment > limit / 4 || header->entry >= limit)
        return HELIX_E_NOT_EXEC;
    program->headers_address = find_headers(program, header->program_offset);
    return HELIX_OK;
}
