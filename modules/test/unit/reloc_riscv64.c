/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Instructions are relocated, taken apart again as a CPU would, and lead where they should. */
#include <string.h>

#include <helix/lib/test.h>

#include "elf.h"

/* The host's library has its own architecture's functions of these names. */
#define elf_relocation_apply   riscv64_apply
#define elf_relocation_at      riscv64_at
#define elf_relocation_machine riscv64_machine
#define elf_has_veneers        riscv64_has_veneers
helix_status riscv64_apply(const struct elf_relocation *r);
helix_status riscv64_at(const struct elf_relocation *r, u64 place, bool (*wanted)(u32 type),
                        struct elf_relocation *other_out);
extern const u16 riscv64_machine;
extern const bool riscv64_has_veneers;
#include "reloc/riscv64/reloc.c"

#define PLACE 0xffffffffc0000100ull

static struct elf_relocation partner;

helix_status riscv64_at(const struct elf_relocation *r, u64 place, bool (*wanted)(u32 type),
                        struct elf_relocation *other_out)
{
    (void)r;
    if (place != partner.place || !wanted(partner.type))
        return HELIX_E_MODULE_FORMAT;
    *other_out = partner;
    return HELIX_OK;
}

static u8 code[8];

static helix_status apply(u32 type, u64 symbol, size_t room)
{
    const struct elf_relocation r = {
        .type = type, .where = code, .room = room, .place = PLACE, .symbol = symbol};
    return riscv64_apply(&r);
}

static u32 word(unsigned at)
{
    u32 value;
    memcpy(&value, code + at, sizeof value);
    return value;
}

/* Immediates, as the specification of the instruction formats has them. */
static i64 immediate_i(u32 w)
{
    return (i32)w >> 20;
}

static i64 immediate_s(u32 w)
{
    return (i64)((i32)w >> 25) * 32 + (w >> 7 & 31);
}

static i64 immediate_u(u32 w)
{
    return (i32)(w & 0xfffff000u);
}

static i64 immediate_b(u32 w)
{
    return (i64)((i32)w >> 31) * 4096 +
           ((w >> 7 & 1) << 11 | (w >> 25 & 63) << 5 | (w >> 8 & 15) << 1);
}

static i64 immediate_j(u32 w)
{
    return (i64)((i32)w >> 31) * (1 << 20) +
           ((w >> 12 & 255) << 12 | (w >> 20 & 1) << 11 | (w >> 21 & 1023) << 1);
}

static const i64 distances[] = {0,      2,      -2,         0x7fe,       0x800,       0xfff,
                                -0x800, -0x802, 0x12345678, -0x12345678, 0x7ffff7feL, -0x7ffff800L};

HELIX_TEST(reloc_riscv64, calls_reach_two_gigabytes)
{
    for (unsigned i = 0; i < sizeof distances / sizeof distances[0]; i++) {
        memset(code, 0, sizeof code);
        EXPECT(t, apply(R_CALL_PLT, PLACE + (u64)distances[i], 8) == HELIX_OK);
        EXPECT(t, immediate_u(word(0)) + immediate_i(word(4)) == distances[i]);
    }
    EXPECT(t, apply(R_CALL_PLT, PLACE + 0x80000000ull, 8) == HELIX_E_RANGE);
    EXPECT(t, apply(R_CALL_PLT, PLACE - 0x80001000ull, 8) == HELIX_E_RANGE);
    EXPECT(t, apply(R_CALL_PLT, PLACE, 7) == HELIX_E_MODULE_FORMAT);
}

HELIX_TEST(reloc_riscv64, halves_of_an_address_belong_together)
{
    for (unsigned i = 0; i < sizeof distances / sizeof distances[0]; i++) {
        const u64 symbol = PLACE - 0x40 + (u64)distances[i];
        partner = (struct elf_relocation){.type = R_PCREL_HI20,
                                          .where = code,
                                          .room = 8,
                                          .place = PLACE - 0x40,
                                          .symbol = symbol};
        memset(code, 0, sizeof code);
        EXPECT(t, riscv64_apply(&partner) == HELIX_OK);
        const i64 high = immediate_u(word(0));
        EXPECT(t, apply(R_PCREL_LO12_I, PLACE - 0x40, 4) == HELIX_OK);
        EXPECT(t, high + immediate_i(word(0)) == distances[i]);
        EXPECT(t, apply(R_PCREL_LO12_S, PLACE - 0x40, 4) == HELIX_OK);
        EXPECT(t, high + immediate_s(word(0)) == distances[i]);
    }
    EXPECT(t, apply(R_PCREL_LO12_I, PLACE, 4) == HELIX_E_MODULE_FORMAT);
}

HELIX_TEST(reloc_riscv64, jumps_reach_or_are_refused)
{
    for (i64 d = -4096; d < 4096; d += 2) {
        EXPECT(t, apply(R_BRANCH, PLACE + (u64)d, 4) == HELIX_OK && immediate_b(word(0)) == d);
        EXPECT(t, apply(R_JAL, PLACE + (u64)(d * 256), 4) == HELIX_OK &&
                      immediate_j(word(0)) == d * 256);
    }
    EXPECT(t, apply(R_BRANCH, PLACE + 4096, 4) == HELIX_E_RANGE);
    EXPECT(t, apply(R_JAL, PLACE + (1 << 20), 4) == HELIX_E_RANGE);
    EXPECT(t, apply(R_RVC_JUMP, PLACE + 2048, 2) == HELIX_E_RANGE);
    EXPECT(t, apply(R_RVC_BRANCH, PLACE - 258, 2) == HELIX_E_RANGE);
    EXPECT(t, apply(R_BRANCH, PLACE + 1, 4) == HELIX_E_RANGE);
    EXPECT(t, apply(99, PLACE, 8) == HELIX_E_NOTSUP);
}

HELIX_TEST(reloc_riscv64, differences_are_added_and_subtracted)
{
    u64 value;
    memset(code, 0, sizeof code);
    EXPECT(t, apply(R_ADD32, 0x5000, 4) == HELIX_OK && apply(R_SUB32, 0x5010, 4) == HELIX_OK);
    EXPECT(t, word(0) == (u32)-0x10 && word(4) == 0);
    EXPECT(t, apply(R_64, PLACE, 8) == HELIX_OK);
    memcpy(&value, code, sizeof value);
    EXPECT(t, value == PLACE);
}
