/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "multiboot2.h"

#include <helix/lib/compiler.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>

#define MEMORY_BYTES 0x1000u
#define LIST_AT      0x100u

static HELIX_ALIGNED(8) u8 memory[MEMORY_BYTES];
static const struct boot_window window = {.base = memory, .bytes = MEMORY_BYTES};
static struct boot_info info;
static const char *why;
static u32 end, map_at;

static void put32(u32 at, u32 value)
{
    memcpy(&memory[at], &value, sizeof(value));
}

/* Append a tag with @payload. Returns where it lies. */
static u32 add_tag(u32 type, const void *payload, u32 bytes)
{
    u32 at = end;
    put32(at, type);
    put32(at + 4, 8 + bytes);
    if (bytes > 0)
        memcpy(&memory[at + 8], payload, bytes);
    end = (u32)align_up(at + 8 + bytes, 8);
    return at;
}

static void build(void)
{
    static const u32 module[] = {0x800000, 0x800010, 0};
    static const u32 map[] = {24, 0, 0x100000, 0, 0x1f00000, 0, 1, 0};
    memset(memory, 0, sizeof(memory));
    memset(&info, 0, sizeof(info));
    end = LIST_AT + 8;
    add_tag(1, "quiet", 6);
    add_tag(2, "GRUB", 5);
    add_tag(3, module, sizeof(module));
    map_at = add_tag(6, map, sizeof(map));
    add_tag(15, "RSD PTR ", 8);
    add_tag(0, NULL, 0);
    put32(LIST_AT, end - LIST_AT);
}

static helix_status parse(void)
{
    why = NULL;
    return multiboot2_parse(&window, LIST_AT, &info, &why);
}

HELIX_TEST(multiboot2, reads_the_list)
{
    build();
    REQUIRE(t, parse() == HELIX_OK);
    EXPECT(t, strcmp(info.cmdline, "quiet") == 0 && strcmp(info.loader, "GRUB") == 0);
    EXPECT(t, info.module_count == 1 && info.modules[0].bytes == 16);
    EXPECT(t, info.memory_count == 1 && info.memory[0].bytes == 0x1f00000);
    EXPECT(t, memcmp(&memory[info.acpi_rsdp.raw], "RSD PTR ", 8) == 0);
}

HELIX_TEST(multiboot2, refuses_a_list_without_an_end)
{
    build();
    put32(LIST_AT, end - 8 - LIST_AT);
    EXPECT(t, parse() == HELIX_E_CORRUPT && why != NULL);
}

HELIX_TEST(multiboot2, refuses_sizes_that_do_not_fit)
{
    static const u32 sizes[] = {0, 7, 4096, UINT32_MAX};
    for (size_t i = 0; i < array_count(sizes); i++) {
        build();
        put32(LIST_AT, sizes[i]);
        EXPECT(t, parse() == HELIX_E_CORRUPT);
        build();
        put32(LIST_AT + 8 + 4, sizes[i]);
        EXPECT(t, parse() == HELIX_E_CORRUPT);
        build();
        put32(map_at + 8, sizes[i] & ~24u);
        EXPECT(t, parse() == HELIX_E_CORRUPT);
    }
}

HELIX_TEST(multiboot2, refuses_a_list_without_memory)
{
    build();
    put32(map_at, 99);
    EXPECT(t, parse() == HELIX_E_CORRUPT && why != NULL);
}

HELIX_TEST(multiboot2, survives_any_changed_byte)
{
    build();
    for (u32 at = LIST_AT; at < end; at++) {
        build();
        memory[at] ^= 0xff;
        helix_status status = parse();
        EXPECT(t, status == HELIX_OK || why != NULL);
    }
}
