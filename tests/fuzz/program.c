/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Any bytes are a program file: what is accepted lies inside the file and below the limit, in
 * order, and nothing is read outside. */
#include <stdlib.h>

#include <helix/lib/string.h>

#include "exec/elf.h"
#include "exec/script.h"
#include "fuzz.h"

#define LIMIT 0x7ffffffff000ull

static void check(const struct elf_program *program, u64 file_bytes)
{
    u64 before = 0;
    for (unsigned i = 0; i < program->segment_count; i++) {
        const struct elf_load_segment *segment = &program->segments[i];
        const u64 end = segment->address + segment->memory_bytes;
        if ((segment->address | segment->file_offset) % PAGE_SIZE != 0 ||
            segment->address < before || end < segment->address || end > LIMIT ||
            segment->file_bytes > segment->memory_bytes)
            abort();
        if (segment->file_bytes && segment->file_offset + segment->file_bytes > file_bytes)
            abort();
        before = end;
    }
    if (program->interpreter_offset + program->interpreter_bytes > file_bytes ||
        program->high > LIMIT + PAGE_SIZE)
        abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
    static struct elf_program program;
    struct elf64_header header;
    struct script_line line;
    u64 offset, bytes;
    if (script_read_line((const char *)data, n, &line) == HELIX_OK && line.interpreter[0] == '\0')
        abort();
    if (elf_check_header(data, n, ELF_MACHINE_X86_64, n, &offset, &bytes) != HELIX_OK)
        return 0;
    memcpy(&header, data, sizeof header);
    if (elf_read_program(&header, data + offset, n, LIMIT, &program) == HELIX_OK)
        check(&program, n);
    return 0;
}
