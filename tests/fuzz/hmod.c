/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Any bytes are a module file: it is refused with a reason, or placed and relocated inside its own
 * parts. */
#include <stdlib.h>

#include <helix/lib/string.h>

#include "elf.h"
#include "fuzz.h"

#define PART_MOST (1u << 20)

/* Every other name is exported. */
static bool lookup(const char *name, u64 *address_out)
{
    *address_out = 0xffffffff80001000;
    return (name[0] & 1) != 0;
}

static void load(const struct elf_file *file)
{
    struct elf_target target = {.addresses = {0xffffffffa0000000, 0xffffffffa0100000},
                                .lookup = lookup};
    // Exactly as large as asked for: a byte beside it is a finding.
    for (unsigned i = 0; i < ELF_PARTS; i++)
        target.parts[i] = calloc(1, file->part_bytes[i] + 1);
    elf_copy(file, target.parts);
    if (elf_relocate(file, &target) == HELIX_OK &&
        elf_record_offset(file) + sizeof(u64) > file->part_bytes[ELF_PART_RODATA])
        abort();
    for (unsigned i = 0; i < ELF_PARTS; i++)
        free(target.parts[i]);
}

static void list_functions(const struct elf_file *file)
{
    u64 offset;
    const char *name;
    for (u32 i = 0; i < file->symbol_count; i++) {
        if (elf_function(file, i, &offset, &name) &&
            (offset > file->part_bytes[ELF_PART_TEXT] || strlen(name) >= file->bytes))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
    static struct elf_file file;
    char reason[128] = "";
    file = (struct elf_file){.data = data,
                             .bytes = n,
                             .machine = elf_relocation_machine,
                             .reason = reason,
                             .reason_capacity = sizeof reason};
    if (elf_open(&file) != HELIX_OK) {
        if (reason[0] == '\0')
            abort();
        return 0;
    }
    if (file.part_bytes[ELF_PART_TEXT] > PART_MOST || file.part_bytes[ELF_PART_RODATA] > PART_MOST)
        return 0;
    list_functions(&file);
    load(&file);
    return 0;
}
