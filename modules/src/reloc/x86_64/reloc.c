/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Relocations of the x86-64 psABI that a compiler emits for kernel code (no PIC, code model
 * kernel). */
#include <helix/lib/string.h>

#include "elf.h"

enum x86_64_relocation {
    R_NONE = 0,
    R_64 = 1,
    R_PC32 = 2,
    R_PLT32 = 4,
    R_32 = 10,
    R_32S = 11,
    R_PC64 = 24,
};

const u16 elf_relocation_machine = ELF_MACHINE_X86_64;
const bool elf_has_veneers = false;

static helix_status write64(const struct elf_relocation *r, u64 value)
{
    if (r->room < sizeof value)
        return HELIX_E_MODULE_FORMAT;
    memcpy(r->where, &value, sizeof value);
    return HELIX_OK;
}

static helix_status write32(const struct elf_relocation *r, u64 value, bool fits)
{
    u32 low = (u32)value;
    if (r->room < sizeof low)
        return HELIX_E_MODULE_FORMAT;
    if (!fits)
        return HELIX_E_RANGE;
    memcpy(r->where, &low, sizeof low);
    return HELIX_OK;
}

static bool fits_signed(u64 value)
{
    return (i64)value == (i32)(u32)value;
}

helix_status elf_relocation_apply(const struct elf_relocation *r)
{
    u64 value = r->symbol + (u64)r->addend;
    switch (r->type) {
    case R_NONE:
        return HELIX_OK;
    case R_64:
        return write64(r, value);
    case R_PC64:
        return write64(r, value - r->place);
    case R_PC32:
    case R_PLT32: // functions are called directly: there is no PLT
        return write32(r, value - r->place, fits_signed(value - r->place));
    case R_32:
        return write32(r, value, value <= UINT32_MAX);
    case R_32S:
        return write32(r, value, fits_signed(value));
    default:
        return HELIX_E_NOTSUP;
    }
}
