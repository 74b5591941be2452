/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/boot/boot.h>

#include <helix/lib/compiler.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>

static struct boot_info info;

static helix_status collect(const struct boot_memory_range *ranges, size_t count)
{
    struct boot_memory_collector collector = {.count = 0};
    memset(&info, 0, sizeof(info));
    for (size_t i = 0; i < count; i++) {
        helix_status status =
            boot_memory_add(&collector, ranges[i].base.raw, ranges[i].bytes, ranges[i].kind);
        if (status != HELIX_OK)
            return status;
    }
    return boot_memory_finish(&collector, &info);
}

static bool range_is(unsigned i, u64 base, u64 bytes, enum boot_memory_kind kind)
{
    return i < info.memory_count && info.memory[i].base.raw == base &&
           info.memory[i].bytes == bytes && info.memory[i].kind == kind;
}

HELIX_TEST(memory_map, sorts_and_joins)
{
    static const struct boot_memory_range ranges[] = {
        {{0x300000}, 0x100000, BOOT_MEMORY_USABLE},
        {{0x100000}, 0x100000, BOOT_MEMORY_USABLE},
        {{0x200000}, 0x100000, BOOT_MEMORY_USABLE},
    };
    REQUIRE(t, collect(ranges, array_count(ranges)) == HELIX_OK);
    EXPECT(t, info.memory_count == 1 && range_is(0, 0x100000, 0x300000, BOOT_MEMORY_USABLE));
}

HELIX_TEST(memory_map, lets_the_less_usable_kind_win)
{
    static const struct boot_memory_range ranges[] = {
        {{0x0}, 0x400000, BOOT_MEMORY_USABLE},
        {{0x100800}, 0x800, BOOT_MEMORY_RESERVED},
        {{0x100800}, 0x400, BOOT_MEMORY_BAD},
    };
    REQUIRE(t, collect(ranges, array_count(ranges)) == HELIX_OK);
    REQUIRE(t, info.memory_count == 4);
    EXPECT(t, range_is(0, 0, 0x100000, BOOT_MEMORY_USABLE));
    EXPECT(t, range_is(1, 0x100800, 0x400, BOOT_MEMORY_BAD));
    EXPECT(t, range_is(2, 0x100c00, 0x400, BOOT_MEMORY_RESERVED));
    EXPECT(t, range_is(3, 0x101000, 0x2ff000, BOOT_MEMORY_USABLE));
}

HELIX_TEST(memory_map, drops_what_is_empty_or_wraps)
{
    static const struct boot_memory_range ranges[] = {
        {{0x1000}, 0, BOOT_MEMORY_USABLE},
        {{UINT64_MAX - 10}, 0x1000, BOOT_MEMORY_USABLE},
        {{0x1800}, 0x900, BOOT_MEMORY_USABLE}, // no whole page
    };
    REQUIRE(t, collect(ranges, array_count(ranges)) == HELIX_OK);
    EXPECT(t, info.memory_count == 0);
}

HELIX_TEST(memory_map, drops_what_nothing_can_address)
{
    struct boot_memory_collector collector = {0};
    EXPECT(t,
           boot_memory_add(&collector, 0xffffffffffffff00, 0x9a, BOOT_MEMORY_USABLE) == HELIX_OK);
    EXPECT(t,
           boot_memory_add(&collector, 0x1000, 0xffffffffffff0000, BOOT_MEMORY_USABLE) == HELIX_OK);
    memset(&info, 0, sizeof info);
    EXPECT(t, boot_memory_finish(&collector, &info) == HELIX_OK);
    EXPECT(t, info.memory_count == 1 && info.memory[0].bytes == BOOT_PHYSICAL_LIMIT - 0x1000);
}

HELIX_TEST(memory_map, refuses_more_ranges_than_fit)
{
    struct boot_memory_collector collector = {.count = 0};
    for (u64 i = 0; i < BOOT_MEMORY_RANGES; i++)
        REQUIRE(t, boot_memory_add(&collector, i << 16, 0x8000, BOOT_MEMORY_USABLE) == HELIX_OK);
    EXPECT(t, boot_memory_add(&collector, 0, 1, BOOT_MEMORY_USABLE) == HELIX_E_LIMIT);
    memset(&info, 0, sizeof info);
    EXPECT(t, boot_memory_finish(&collector, &info) == HELIX_OK);
    EXPECT(t, info.memory_count == BOOT_MEMORY_RANGES);
}

HELIX_TEST(boot_cmdline, takes_text_up_to_its_end)
{
    static const char ended[] = "quiet\0junk";
    EXPECT(t, boot_cmdline_set(&info, ended, sizeof(ended)) == HELIX_OK);
    EXPECT(t, strcmp(info.cmdline, "quiet") == 0);
    EXPECT(t, boot_cmdline_set(&info, "abcdef", 3) == HELIX_OK);
    EXPECT(t, strcmp(info.cmdline, "abc") == 0);
}

HELIX_TEST(boot_cmdline, refuses_what_is_too_long_or_no_text)
{
    static char text[BOOT_CMDLINE_BYTES + 1];
    memset(text, 'a', sizeof(text));
    EXPECT(t, boot_cmdline_set(&info, text, sizeof(text)) == HELIX_E_TOO_BIG);
    EXPECT(t, boot_cmdline_set(&info, text, BOOT_CMDLINE_BYTES - 1) == HELIX_OK);
    EXPECT(t, boot_cmdline_set(&info, "a\x01z", 3) == HELIX_E_CORRUPT);
}

HELIX_TEST(boot_module, keeps_files_and_drops_empty_ones)
{
    memset(&info, 0, sizeof(info));
    EXPECT(t, boot_module_add(&info, 0x1000, 0) == HELIX_OK && info.module_count == 0);
    EXPECT(t, boot_module_add(&info, UINT64_MAX, 2) == HELIX_E_CORRUPT);
    for (unsigned i = 0; i < BOOT_MODULES; i++)
        EXPECT(t, boot_module_add(&info, 0x1000, 1) == HELIX_OK);
    EXPECT(t, boot_module_add(&info, 0x1000, 1) == HELIX_E_LIMIT);
}
