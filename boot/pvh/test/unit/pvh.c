/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "pvh.h"

#include <helix/lib/compiler.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>

#define MEMORY_BYTES 0x2000u
#define START_AT     0x100u
#define MAP_AT       0x200u
#define MODULES_AT   0x400u
#define CMDLINE_AT   0x1000u

static HELIX_ALIGNED(8) u8 memory[MEMORY_BYTES];
static const struct boot_window window = {.base = memory, .bytes = MEMORY_BYTES};
static struct boot_info info;
static const char *why;

static void put32(u32 at, u32 value)
{
    memcpy(&memory[at], &value, sizeof(value));
}

static void build(void)
{
    memset(memory, 0, sizeof(memory));
    memset(&info, 0, sizeof(info));
    put32(START_AT, PVH_START_MAGIC);
    put32(START_AT + 4, 1);
    put32(START_AT + 12, 1);
    put32(START_AT + 16, MODULES_AT);
    put32(START_AT + 24, CMDLINE_AT);
    put32(START_AT + 32, 0xf5000);
    put32(START_AT + 40, MAP_AT);
    put32(START_AT + 48, 2);
    put32(MAP_AT + 8, 0x9fc00);
    put32(MAP_AT + 16, 1);
    put32(MAP_AT + 24, 0x100000);
    put32(MAP_AT + 32, 0x1f00000);
    put32(MAP_AT + 40, 1);
    put32(MODULES_AT, 0x800000);
    put32(MODULES_AT + 8, 1234);
    memcpy(&memory[CMDLINE_AT], "console=ttyS0", 14);
}

static helix_status parse(void)
{
    why = NULL;
    return pvh_parse(&window, START_AT, &info, &why);
}

HELIX_TEST(pvh, reads_start_information)
{
    build();
    REQUIRE(t, parse() == HELIX_OK);
    EXPECT(t, strcmp(info.cmdline, "console=ttyS0") == 0 && info.acpi_rsdp.raw == 0xf5000);
    EXPECT(t, info.module_count == 1 && info.modules[0].base.raw == 0x800000);
    EXPECT(t, info.modules[0].bytes == 1234);
    EXPECT(t, info.memory_count == 2 && info.memory[0].bytes == 0x9f000);
}

HELIX_TEST(pvh, refuses_damaged_information)
{
    static const struct {
        u32 at;
        u32 value;
    } damages[] = {
        {START_AT, 0},                 // magic
        {START_AT + 4, 0},             // version without a memory map
        {START_AT + 12, 0x00ffffff},   // modules
        {START_AT + 16, MEMORY_BYTES}, // their list
        {START_AT + 24, MEMORY_BYTES}, // command line
        {START_AT + 40, 0},            // memory map
        {START_AT + 44, 0xffffffff},
        {START_AT + 48, 0}, // its length
        {START_AT + 48, 0x1000},
        {START_AT + 48, UINT32_MAX},
        {CMDLINE_AT, 0x02020202},
    };
    for (size_t i = 0; i < array_count(damages); i++) {
        build();
        put32(damages[i].at, damages[i].value);
        EXPECT(t, parse() != HELIX_OK && why != NULL);
    }
}

HELIX_TEST(pvh, takes_a_command_line_at_the_end_of_memory)
{
    build();
    put32(START_AT + 24, MEMORY_BYTES - 4);
    memcpy(&memory[MEMORY_BYTES - 4], "abcd", 4);
    REQUIRE(t, parse() == HELIX_OK);
    EXPECT(t, strcmp(info.cmdline, "abcd") == 0);
}

HELIX_TEST(pvh, takes_lists_at_any_address)
{
    build();
    memmove(&memory[MODULES_AT + 3], &memory[MODULES_AT], 32);
    memmove(&memory[MAP_AT + 5], &memory[MAP_AT], 48);
    put32(START_AT + 16, MODULES_AT + 3);
    put32(START_AT + 40, MAP_AT + 5);
    REQUIRE(t, parse() == HELIX_OK);
    EXPECT(t, info.module_count == 1 && info.modules[0].bytes == 1234 && info.memory_count == 2);
}
