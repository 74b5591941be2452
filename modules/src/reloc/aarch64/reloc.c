/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Relocations of the ELF for the Arm 64-bit architecture that a compiler emits for kernel code (no
 * PIC, code model small). Addresses of data reach 4 GB by pages. A branch reaches 128 MB; one to a
 * function of the kernel farther away goes through a veneer behind the module's code.
 */
#include <helix/lib/string.h>

#include "elf.h"

enum aarch64_relocation {
    R_NONE = 0,
    R_NONE_OLD = 256,
    R_ABS64 = 257,
    R_ABS32 = 258,
    R_PREL64 = 260,
    R_PREL32 = 261,
    R_LD_PREL_LO19 = 273,
    R_ADR_PREL_LO21 = 274,
    R_ADR_PREL_PG_HI21 = 275,
    R_ADR_PREL_PG_HI21_NC = 276,
    R_ADD_ABS_LO12_NC = 277,
    R_LDST8_ABS_LO12_NC = 278,
    R_TSTBR14 = 279,
    R_CONDBR19 = 280,
    R_JUMP26 = 282,
    R_CALL26 = 283,
    R_LDST16_ABS_LO12_NC = 284,
    R_LDST32_ABS_LO12_NC = 285,
    R_LDST64_ABS_LO12_NC = 286,
    R_LDST128_ABS_LO12_NC = 299,
    R_PLT32 = 314,
};

const u16 elf_relocation_machine = ELF_MACHINE_AARCH64;

const bool elf_has_veneers = true;

/* ldr x16, 1f; br x16; 1: .quad address */
struct veneer {
    u32 load, branch;
    u64 address;
};
static_assert(sizeof(struct veneer) == ELF_VENEER_BYTES);
#define VENEER_LOAD   0x58000050u
#define VENEER_BRANCH 0xd61f0200u

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

/* Put @field, @bits wide, into the instruction at @shift. */
static helix_status write_field(const struct elf_relocation *r, u64 field, unsigned bits,
                                unsigned shift)
{
    u32 code;
    const u32 mask = (u32)((1ull << bits) - 1);
    if (r->room < sizeof code)
        return HELIX_E_MODULE_FORMAT;
    memcpy(&code, r->where, sizeof code);
    code = (code & ~(mask << shift)) | ((u32)field & mask) << shift;
    memcpy(r->where, &code, sizeof code);
    return HELIX_OK;
}

/* As a signed number of @bits bits? */
static bool fits(u64 value, unsigned bits)
{
    return (i64)(value << (64 - bits)) >> (64 - bits) == (i64)value;
}

/* A branch by @bits bits of words, from bit @shift on. */
static helix_status write_branch(const struct elf_relocation *r, u64 distance, unsigned bits,
                                 unsigned shift)
{
    if (distance % 4 != 0 || !fits(distance, bits + 2))
        return HELIX_E_RANGE;
    return write_field(r, distance >> 2, bits, shift);
}

static helix_status write_call(const struct elf_relocation *r, u64 target)
{
    const struct veneer veneer = {VENEER_LOAD, VENEER_BRANCH, target};
    u64 at;
    if (fits(target - r->place, 28))
        return write_branch(r, target - r->place, 26, 0);
    helix_status status = elf_veneer_place(r, &veneer, &at);
    return status == HELIX_OK ? write_branch(r, at - r->place, 26, 0) : status;
}

/* Two bits of adr and adrp stand above the others. */
static helix_status write_adr(const struct elf_relocation *r, u64 value, bool checked)
{
    if (checked && !fits(value, 21))
        return HELIX_E_RANGE;
    helix_status status = write_field(r, value, 2, 29);
    return status == HELIX_OK ? write_field(r, value >> 2, 19, 5) : status;
}

static u64 page(u64 address)
{
    return address & ~0xfffull;
}

/* The low twelve bits for an access of 1 << @size bytes. */
static helix_status write_low(const struct elf_relocation *r, u64 value, unsigned size)
{
    if ((value & ((1ull << size) - 1)) != 0)
        return HELIX_E_RANGE;
    return write_field(r, (value & 0xfff) >> size, 12, 10);
}

helix_status elf_relocation_apply(const struct elf_relocation *r)
{
    const u64 value = r->symbol + (u64)r->addend;
    const u64 distance = value - r->place;
    const u64 pages = (u64)((i64)(page(value) - page(r->place)) >> 12);
    switch (r->type) {
    case R_NONE:
    case R_NONE_OLD:
        return HELIX_OK;
    case R_ABS64:
        return write64(r, value);
    case R_PREL64:
        return write64(r, distance);
    case R_ABS32:
        return write32(r, value, value <= UINT32_MAX || fits(value, 32));
    case R_PREL32:
    case R_PLT32:
        return write32(r, distance, fits(distance, 32));
    case R_LD_PREL_LO19:
    case R_CONDBR19:
        return write_branch(r, distance, 19, 5);
    case R_TSTBR14:
        return write_branch(r, distance, 14, 5);
    case R_JUMP26:
    case R_CALL26:
        return write_call(r, value);
    case R_ADR_PREL_LO21:
        return write_adr(r, distance, true);
    case R_ADR_PREL_PG_HI21:
        return write_adr(r, pages, true);
    case R_ADR_PREL_PG_HI21_NC:
        return write_adr(r, pages, false);
    case R_ADD_ABS_LO12_NC:
    case R_LDST8_ABS_LO12_NC:
        return write_low(r, value, 0);
    case R_LDST16_ABS_LO12_NC:
        return write_low(r, value, 1);
    case R_LDST32_ABS_LO12_NC:
        return write_low(r, value, 2);
    case R_LDST64_ABS_LO12_NC:
        return write_low(r, value, 3);
    case R_LDST128_ABS_LO12_NC:
        return write_low(r, value, 4);
    default:
        return HELIX_E_NOTSUP;
    }
}
