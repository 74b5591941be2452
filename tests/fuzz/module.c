/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Any bytes are a module file to be refused or relocated without a wrong access. */
#include <stdlib.h>

#include "elf.h"
#include "fuzz.h"

static bool lookup(const char *name, u64 *address_out)
{
    *address_out = 0xffffffff80001000ull;
    return name[0] != 'x';
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
    static struct elf_file file;
    char reason[160];
    file = (struct elf_file){.data = data,
                             .bytes = n,
                             .machine = ELF_MACHINE_X86_64,
                             .reason = reason,
                             .reason_capacity = sizeof reason};
    if (elf_open(&file) != HELIX_OK)
        return 0;
    struct elf_target target = {
        .parts = {calloc(1, file.part_bytes[0] + 1), calloc(1, file.part_bytes[1] + 1)},
        .addresses = {0xffffffffc0000000ull, 0xffffffffc1000000ull},
        .lookup = lookup,
    };
    if (target.parts[0] != NULL && target.parts[1] != NULL) {
        elf_copy(&file, target.parts);
        (void)elf_relocate(&file, &target);
        for (u32 i = 0; i < file.symbol_count; i++) {
            u64 offset;
            const char *name;
            if (elf_function(&file, i, &offset, &name) && offset > file.part_bytes[0])
                abort();
        }
    }
    free(target.parts[0]);
    free(target.parts[1]);
    return 0;
}
