/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "direct.h"

#include <helix/lib/compiler.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>

/* Physical memory with a tree at TREE_AT: header, reservations, nodes, names. */
#define MEMORY_BYTES 0x4000u
#define TREE_AT      0x1000u
#define RESERVED_AT  40u
#define NODES_AT     72u
#define NAMES_AT     0x800u
#define TREE_BYTES   0xc00u

static HELIX_ALIGNED(8) u8 memory[MEMORY_BYTES];
static const struct boot_window window = {.base = memory, .bytes = MEMORY_BYTES};
static struct boot_info info;
static const char *why;
static u32 at, names;

static void put(u32 offset, u32 value)
{
    value = __builtin_bswap32(value);
    memcpy(&memory[TREE_AT + offset], &value, sizeof value);
}

static void cell(u32 value)
{
    put(at, value);
    at += 4;
}

static void bytes(const void *data, size_t n)
{
    memcpy(&memory[TREE_AT + at], data, n);
    at += (u32)align_up(n, 4);
}

static void node(const char *name)
{
    cell(1);
    bytes(name, strlen(name) + 1);
}

static void property(const char *name, const void *data, size_t n)
{
    cell(3);
    cell((u32)n);
    cell(names - NAMES_AT);
    memcpy(&memory[TREE_AT + names], name, strlen(name) + 1);
    names += (u32)strlen(name) + 1;
    bytes(data, n);
}

static void cells(const char *name, u32 a, u32 b)
{
    const u32 both[] = {__builtin_bswap32(a), __builtin_bswap32(b)};
    property(name, both, sizeof both);
}

static void build(void)
{
    static const u32 header[] = {0xd00dfeed, TREE_BYTES, NODES_AT, NAMES_AT, RESERVED_AT,
                                 17,         16,         0,        0,        0};
    memset(memory, 0, sizeof memory);
    memset(&info, 0, sizeof info);
    at = NODES_AT;
    names = NAMES_AT;
    node("");
    property("#address-cells", "\0\0\0\1", 4);
    property("#size-cells", "\0\0\0\1", 4);
    node("memory@0");
    property("device_type", "memory", 7);
    cells("reg", 0, 0x8000000);
    cell(2);
    node("chosen");
    property("bootargs", "console=ttyS0 -- x", 19);
    property("linux,initrd-start", "\0\x40\0\0", 4);
    property("linux,initrd-end", "\0\x40\x12\x34", 4);
    property("rng-seed", "0123456789abcdef", 16);
    cell(2);
    node("reserved-memory");
    property("#address-cells", "\0\0\0\1", 4);
    property("#size-cells", "\0\0\0\1", 4);
    property("ranges", "", 0);
    node("firmware@100000");
    cells("reg", 0x100000, 0x80800);
    cell(2);
    cell(2);
    cell(2);
    cell(9);
    for (u32 i = 0; i < array_count(header); i++)
        put(4 * i, header[i]);
    put(32, names - NAMES_AT);
    put(36, at - NODES_AT);
    put(RESERVED_AT + 4, 0x200000);
    put(RESERVED_AT + 12, 0x1000);
}

static helix_status parse(void)
{
    why = NULL;
    return direct_parse(&window, TREE_AT, &info, &why);
}

static const struct boot_memory_range *range_at(u64 base)
{
    for (unsigned i = 0; i < info.memory_count; i++)
        if (info.memory[i].base.raw == base)
            return &info.memory[i];
    return NULL;
}

HELIX_TEST(direct, reads_memory_and_what_is_taken_of_it)
{
    build();
    REQUIRE(t, parse() == HELIX_OK);
    EXPECT(t, range_at(0)->bytes == TREE_AT && range_at(0)->kind == BOOT_MEMORY_USABLE);
    EXPECT(t, range_at(TREE_AT)->bytes == PAGE_SIZE && range_at(TREE_AT)->kind == BOOT_MEMORY_KEPT);
    EXPECT(t, range_at(0x100000)->bytes == 0x81000);
    EXPECT(t, range_at(0x100000)->kind == BOOT_MEMORY_RESERVED);
    EXPECT(t, range_at(0x200000)->kind == BOOT_MEMORY_RESERVED);
    EXPECT(t, info.memory_count == 7 && info.device_tree.raw == TREE_AT);
}

HELIX_TEST(direct, reads_what_is_chosen)
{
    build();
    REQUIRE(t, parse() == HELIX_OK);
    EXPECT(t, strcmp(info.cmdline, "console=ttyS0 -- x") == 0);
    EXPECT(t, info.module_count == 1 && info.modules[0].base.raw == 0x400000);
    EXPECT(t, info.modules[0].bytes == 0x1234);
    EXPECT(t, info.entropy_bytes == 16 && memcmp(info.entropy, "0123", 4) == 0);
}

HELIX_TEST(direct, refuses_with_a_sentence)
{
    build();
    put(0, 0x12345678);
    EXPECT(t, parse() == HELIX_E_CORRUPT && strstr(why, "none") != NULL);
    build();
    put(4, MEMORY_BYTES);
    EXPECT(t, parse() == HELIX_E_CORRUPT && why != NULL);
    build();
    EXPECT(t, direct_parse(&window, MEMORY_BYTES - 4, &info, &why) == HELIX_E_CORRUPT);
    EXPECT(t, direct_parse(&window, 0, &info, &why) == HELIX_E_CORRUPT);
}

/* Whatever a byte is changed to, the tree is refused or the map is in order. */
HELIX_TEST(direct, survives_any_changed_byte)
{
    u32 seed = 1;
    for (unsigned round = 0; round < 20000; round++) {
        build();
        seed = seed * 1664525u + 1013904223u;
        memory[TREE_AT + (seed >> 8) % TREE_BYTES] = (u8)(seed >> 24);
        if (parse() != HELIX_OK)
            continue;
        for (unsigned i = 1; i < info.memory_count; i++)
            REQUIRE(t, info.memory[i].base.raw >=
                           info.memory[i - 1].base.raw + info.memory[i - 1].bytes);
    }
}
