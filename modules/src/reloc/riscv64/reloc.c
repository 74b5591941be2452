/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Relocations of the RISC-V psABI that a compiler emits for kernel code (code model medany, no PIC,
 * -mno-relax). Calls are pairs of auipc and jalr and reach 2 GB, which the module arena keeps to,
 * so there is neither PLT nor veneer. Where the assembler left room for relaxation all the same,
 * nothing is taken away: what stands there works as it is.
 */
#include <helix/lib/string.h>

#include "elf.h"

enum riscv_relocation {
    R_NONE = 0,
    R_32 = 1,
    R_64 = 2,
    R_BRANCH = 16,
    R_JAL = 17,
    R_CALL = 18,
    R_CALL_PLT = 19,
    R_PCREL_HI20 = 23,
    R_PCREL_LO12_I = 24,
    R_PCREL_LO12_S = 25,
    R_HI20 = 26,
    R_LO12_I = 27,
    R_LO12_S = 28,
    R_ADD8 = 33,
    R_ADD16 = 34,
    R_ADD32 = 35,
    R_ADD64 = 36,
    R_SUB8 = 37,
    R_SUB16 = 38,
    R_SUB32 = 39,
    R_SUB64 = 40,
    R_ALIGN = 43,
    R_RVC_BRANCH = 44,
    R_RVC_JUMP = 45,
    R_RELAX = 51,
    R_SUB6 = 52,
    R_SET6 = 53,
    R_SET8 = 54,
    R_SET16 = 55,
    R_SET32 = 56,
    R_32_PCREL = 57,
    R_PLT32 = 59,
};

const u16 elf_relocation_machine = ELF_MACHINE_RISCV;
const bool elf_has_veneers = false;

/* Immediates where the formats of instructions have them. */
#define FIELD_I 0xfff00000u
#define FIELD_S 0xfe000f80u
#define FIELD_U 0xfffff000u

static u32 bits(u64 value, unsigned high, unsigned low)
{
    return (u32)(value >> low) & ((2u << (high - low)) - 1);
}

static u32 field_i(u64 value)
{
    return bits(value, 11, 0) << 20;
}

static u32 field_s(u64 value)
{
    return bits(value, 11, 5) << 25 | bits(value, 4, 0) << 7;
}

static u32 field_b(u64 value)
{
    return bits(value, 12, 12) << 31 | bits(value, 10, 5) << 25 | bits(value, 4, 1) << 8 |
           bits(value, 11, 11) << 7;
}

static u32 field_j(u64 value)
{
    return bits(value, 20, 20) << 31 | bits(value, 10, 1) << 21 | bits(value, 11, 11) << 20 |
           bits(value, 19, 12) << 12;
}

static u32 field_cb(u64 value)
{
    return bits(value, 8, 8) << 12 | bits(value, 4, 3) << 10 | bits(value, 7, 6) << 5 |
           bits(value, 2, 1) << 3 | bits(value, 5, 5) << 2;
}

static u32 field_cj(u64 value)
{
    return bits(value, 11, 11) << 12 | bits(value, 4, 4) << 11 | bits(value, 9, 8) << 9 |
           bits(value, 10, 10) << 8 | bits(value, 6, 6) << 7 | bits(value, 7, 7) << 6 |
           bits(value, 3, 1) << 3 | bits(value, 5, 5) << 2;
}

/* The upper part of a value whose lower 12 bits are added as a signed number. */
static u64 upper(u64 value)
{
    return (value + 0x800) & ~0xfffull;
}

static bool fits(u64 value, unsigned width)
{
    i64 high = (i64)value >> (width - 1);
    return high == 0 || high == -1;
}

/* Replace the bits of @field at @where, @bytes wide. */
static helix_status put(const struct elf_relocation *r, size_t bytes, u64 field, u64 value)
{
    u64 old = 0;
    if (r->room < bytes)
        return HELIX_E_MODULE_FORMAT;
    memcpy(&old, r->where, bytes);
    old = (old & ~field) | (value & field);
    memcpy(r->where, &old, bytes);
    return HELIX_OK;
}

static helix_status add(const struct elf_relocation *r, size_t bytes, u64 field, u64 value)
{
    u64 old = 0;
    if (r->room < bytes)
        return HELIX_E_MODULE_FORMAT;
    memcpy(&old, r->where, bytes);
    return put(r, bytes, field, old + value);
}

/* What @width bits cannot hold does not reach. */
static helix_status jump(const struct elf_relocation *r, size_t bytes, u64 field, u32 encoded,
                         unsigned width)
{
    u64 distance = r->symbol + (u64)r->addend - r->place;
    if (!fits(distance, width) || (distance & 1) != 0)
        return HELIX_E_RANGE;
    return put(r, bytes, field, encoded);
}

/* auipc and jalr, one behind the other. */
static helix_status call(const struct elf_relocation *r, u64 distance)
{
    if (!fits(distance + 0x800, 32))
        return HELIX_E_RANGE;
    if (r->room < 8)
        return HELIX_E_MODULE_FORMAT;
    struct elf_relocation second = *r;
    second.where += 4;
    second.room -= 4;
    helix_status status = put(r, 4, FIELD_U, upper(distance));
    return status == HELIX_OK ? put(&second, 4, FIELD_I, field_i(distance)) : status;
}

static helix_status high(const struct elf_relocation *r, u64 value)
{
    return fits(value + 0x800, 32) ? put(r, 4, FIELD_U, upper(value)) : HELIX_E_RANGE;
}

static bool is_high(u32 type)
{
    return type == R_PCREL_HI20;
}

/* The symbol is the auipc whose relocation says what is meant. */
static helix_status low(const struct elf_relocation *r, u64 field, u32 (*encode)(u64 value))
{
    struct elf_relocation pair;
    helix_status status = elf_relocation_at(r, r->symbol, is_high, &pair);
    if (status != HELIX_OK)
        return status;
    return put(r, 4, field, encode(pair.symbol + (u64)pair.addend - pair.place));
}

static helix_status apply_code(const struct elf_relocation *r, u64 value, u64 distance)
{
    switch (r->type) {
    case R_BRANCH:
        return jump(r, 4, 0xfe000f80u, field_b(distance), 13);
    case R_JAL:
        return jump(r, 4, FIELD_U, field_j(distance), 21);
    case R_RVC_BRANCH:
        return jump(r, 2, 0x1c7c, field_cb(distance), 9);
    case R_RVC_JUMP:
        return jump(r, 2, 0x1ffc, field_cj(distance), 12);
    case R_CALL:
    case R_CALL_PLT:
        return call(r, distance);
    case R_PCREL_HI20:
        return high(r, distance);
    case R_PCREL_LO12_I:
        return low(r, FIELD_I, field_i);
    case R_PCREL_LO12_S:
        return low(r, FIELD_S, field_s);
    case R_HI20:
        return high(r, value);
    case R_LO12_I:
        return put(r, 4, FIELD_I, field_i(value));
    case R_LO12_S:
        return put(r, 4, FIELD_S, field_s(value));
    default:
        return HELIX_E_NOTSUP;
    }
}

/* A difference of two symbols is two relocations at one place: add the one, subtract the other. */
static helix_status apply_data(const struct elf_relocation *r, u64 value, u64 distance)
{
    switch (r->type) {
    case R_64:
        return put(r, 8, UINT64_MAX, value);
    case R_32:
        return fits(value, 32) || value <= UINT32_MAX ? put(r, 4, UINT32_MAX, value)
                                                      : HELIX_E_RANGE;
    case R_32_PCREL:
    case R_PLT32:
        return fits(distance, 32) ? put(r, 4, UINT32_MAX, distance) : HELIX_E_RANGE;
    case R_SET6:
        return put(r, 1, 0x3f, value);
    case R_SET8:
        return put(r, 1, 0xff, value);
    case R_SET16:
        return put(r, 2, 0xffff, value);
    case R_SET32:
        return put(r, 4, UINT32_MAX, value);
    case R_SUB6:
        return add(r, 1, 0x3f, -value);
    case R_ADD8:
    case R_ADD16:
    case R_ADD32:
    case R_ADD64:
        return add(r, 1u << (r->type - R_ADD8), UINT64_MAX, value);
    case R_SUB8:
    case R_SUB16:
    case R_SUB32:
    case R_SUB64:
        return add(r, 1u << (r->type - R_SUB8), UINT64_MAX, -value);
    default:
        return HELIX_E_NOTSUP;
    }
}

helix_status elf_relocation_apply(const struct elf_relocation *r)
{
    if (r->type == R_NONE || r->type == R_RELAX || r->type == R_ALIGN)
        return HELIX_OK;
    u64 value = r->symbol + (u64)r->addend;
    helix_status status = apply_code(r, value, value - r->place);
    return status == HELIX_E_NOTSUP ? apply_data(r, value, value - r->place) : status;
}
