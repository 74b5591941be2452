/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Instructions are relocated, taken apart again as a CPU would, and lead where they should. */
#include <string.h>

#include <helix/lib/test.h>

#include "elf.h"

/* The host's library has its own architecture's functions of these names. */
#define elf_relocation_apply   aarch64_apply
#define elf_relocation_machine aarch64_machine
#define elf_has_veneers        aarch64_has_veneers
#define elf_veneer_place       aarch64_veneer_place
helix_status aarch64_apply(const struct elf_relocation *r);
helix_status aarch64_veneer_place(const struct elf_relocation *r, const void *veneer,
                                  u64 *address_out);
extern const u16 aarch64_machine;
extern const bool aarch64_has_veneers;
#include "reloc/aarch64/reloc.c"

#define PLACE     0xffffffff84000100ull
#define VENEER_AT 0xffffffff84002000ull

static u8 code[8];
static u8 placed[ELF_VENEER_BYTES];
static bool have_room;

helix_status aarch64_veneer_place(const struct elf_relocation *r, const void *veneer,
                                  u64 *address_out)
{
    (void)r;
    memcpy(placed, veneer, sizeof placed);
    *address_out = VENEER_AT;
    return have_room ? HELIX_OK : HELIX_E_RANGE;
}

static helix_status apply(u32 type, u64 symbol, size_t room)
{
    const struct elf_relocation r = {
        .type = type, .where = code, .room = room, .place = PLACE, .symbol = symbol};
    return aarch64_apply(&r);
}

static u32 word(void)
{
    u32 value;
    memcpy(&value, code, sizeof value);
    return value;
}

static void put(u32 value)
{
    memcpy(code, &value, sizeof value);
}

/* The @bits bits from @shift on, as a signed number. */
static i64 field(u32 value, unsigned bits, unsigned shift)
{
    return (i64)((u64)value << (64 - bits - shift)) >> (64 - bits);
}

static i64 immediate_adr(u32 value)
{
    return field(value, 19, 5) * 4 + (value >> 29 & 3);
}

HELIX_TEST(reloc_aarch64, branches_reach_or_are_refused)
{
    static const i64 steps[] = {0, 4, -4, 0x7ffc, -0x8000};
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        const u64 near = PLACE + (u64)steps[i];
        put(0);
        EXPECT(t, apply(R_TSTBR14, near, 4) == HELIX_OK && field(word(), 14, 5) * 4 == steps[i]);
        put(0);
        EXPECT(t, apply(R_CONDBR19, near, 4) == HELIX_OK && field(word(), 19, 5) * 4 == steps[i]);
        put(0x94000000);
        EXPECT(t, apply(R_CALL26, near, 4) == HELIX_OK && field(word(), 26, 0) * 4 == steps[i]);
        EXPECT(t, word() >> 26 == 0x25);
    }
    EXPECT(t, apply(R_TSTBR14, PLACE + 0x8000, 4) == HELIX_E_RANGE);
    EXPECT(t, apply(R_CONDBR19, PLACE + 0x100000, 4) == HELIX_E_RANGE);
    EXPECT(t, apply(R_CONDBR19, PLACE + 2, 4) == HELIX_E_RANGE);
    EXPECT(t, apply(R_CALL26, PLACE, 3) == HELIX_E_MODULE_FORMAT);
    EXPECT(t, apply(9999, PLACE, 8) == HELIX_E_NOTSUP);
}

HELIX_TEST(reloc_aarch64, far_calls_go_through_a_veneer)
{
    u64 target = PLACE + 0x8000000;
    u64 kept;
    have_room = true;
    put(0x94000000);
    EXPECT(t, apply(R_CALL26, target, 4) == HELIX_OK);
    EXPECT(t, PLACE + (u64)(field(word(), 26, 0) * 4) == VENEER_AT);
    memcpy(&kept, placed + 8, sizeof kept);
    EXPECT(t, kept == target);
    EXPECT(t, memcmp(placed, "\x50\x00\x00\x58\x00\x02\x1f\xd6", 8) == 0);
    have_room = false;
    EXPECT(t, apply(R_JUMP26, PLACE - 0x8000004, 4) == HELIX_E_RANGE);
    EXPECT(t, apply(R_JUMP26, PLACE - 0x8000000, 4) == HELIX_OK);
}

HELIX_TEST(reloc_aarch64, pages_and_low_bits_make_an_address)
{
    static const i64 distances[] = {0, 8, 0xff8, 0x1000, -0x1000, 0x12345670, -0x12345670};
    for (unsigned i = 0; i < sizeof distances / sizeof distances[0]; i++) {
        const u64 symbol = PLACE + (u64)distances[i];
        put(0x90000000);
        EXPECT(t, apply(R_ADR_PREL_PG_HI21, symbol, 4) == HELIX_OK);
        const u64 base = (PLACE & ~0xfffull) + ((u64)immediate_adr(word()) << 12);
        put(0xf9400000);
        EXPECT(t, apply(R_LDST64_ABS_LO12_NC, symbol, 4) == HELIX_OK);
        EXPECT(t, base + (word() >> 10 & 0xfff) * 8 == symbol);
        put(0x91000000);
        EXPECT(t, apply(R_ADD_ABS_LO12_NC, symbol, 4) == HELIX_OK);
        EXPECT(t, base + (word() >> 10 & 0xfff) == symbol);
    }
    EXPECT(t, apply(R_ADR_PREL_PG_HI21, PLACE + (1ull << 33), 4) == HELIX_E_RANGE);
    EXPECT(t, apply(R_LDST64_ABS_LO12_NC, PLACE + 4, 4) == HELIX_E_RANGE);
    put(0x10000000);
    EXPECT(t, apply(R_ADR_PREL_LO21, PLACE - 7, 4) == HELIX_OK && immediate_adr(word()) == -7);
}

HELIX_TEST(reloc_aarch64, data_holds_addresses_and_distances)
{
    u64 value;
    EXPECT(t, apply(R_ABS64, PLACE, 8) == HELIX_OK);
    memcpy(&value, code, sizeof value);
    EXPECT(t, value == PLACE);
    EXPECT(t, apply(R_ABS64, PLACE, 7) == HELIX_E_MODULE_FORMAT);
    EXPECT(t, apply(R_PREL32, PLACE - 16, 4) == HELIX_OK && word() == (u32)-16);
    EXPECT(t, apply(R_PREL32, PLACE + (1ull << 31), 4) == HELIX_E_RANGE);
    EXPECT(t, apply(R_ABS32, 0x12345678, 4) == HELIX_OK && word() == 0x12345678);
}
